"""The action's input `token`, and how it differs from HF_TOKEN of the job.

GitHub replaces a secret that is not set by an empty string. So the input has a default: without it,
an empty input could not be told from none, and a misspelt secret would go unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from deployer.errors import UsageError

_VARIABLE = "HF_DEPLOY_TOKEN"
_DEFAULT = "environment"


def apply(environment: MutableMapping[str, str]) -> None:
    """Let the input, where it is given, be HF_TOKEN, which is otherwise the job's own."""
    given = environment.get(_VARIABLE, _DEFAULT)
    if given != _DEFAULT:
        environment["HF_TOKEN"] = given


def is_empty(environment: Mapping[str, str]) -> bool:
    """Whether the input is given, and is empty."""
    return not environment.get(_VARIABLE, _DEFAULT).strip()


def empty() -> UsageError:
    """The error for an empty input."""
    return UsageError(
        "the input `token` is empty",
        cause="a secret that the repository lacks or this run may not use is an empty string",
        fix="correct its name, or add it to the repository (`gh secret set HF_TOKEN`); to use "
        "HF_TOKEN of the environment or a Trusted Publisher, remove `token`",
    )
