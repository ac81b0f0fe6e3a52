"""The names of all findings: stable, listed in docs/checks.md, and values of `--ignore`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from deployer.errors import UsageError

FindingName = Literal[
    # the account and the Space
    "account-denied",
    "account-subscription",
    "hub-card",
    "release-newer",
    "release-unknown",
    "space-converted",
    "space-drift",
    "space-refused",
    "space-stopped",
    # the card
    "app-file-kind",
    "app-file-missing",
    "app-not-launched",
    "app-port-ignored",
    "base-path-ignored",
    "card-byte-order-mark",
    "card-comment",
    "card-doubtful-value",
    "card-invalid-value",
    "card-python-version",
    "card-sdk",
    "card-sdk-version",
    "card-unknown-key",
    "card-unreadable",
    # the Dockerfile and what it starts
    "docker-copy-ignored",
    "docker-copy-missing",
    "docker-empty",
    "docker-empty-variable",
    "docker-localhost",
    "docker-not-executable",
    "docker-user",
    "docker-port",
    "docker-quotes",
    "docker-syntax",
    "script-line-endings",
    # Debian packages
    "packages-invalid",
    "packages-line-endings",
    "packages-removed",
    # Python
    "python-import",
    "python-relative-import",
    "python-removed-module",
    "python-syntax",
    # requirements
    "requirements-duplicate",
    "requirements-gradio",
    "requirements-ignored",
    "requirements-invalid",
    "requirements-local-path",
    "requirements-local-version",
    "requirements-misplaced",
    "requirements-namesake",
    "requirements-not-found",
    "requirements-platform",
    "requirements-private",
    "requirements-stdlib",
    "requirements-unread",
    "requirements-wheel",
    "requirements-zerogpu",
    # the checkout, paths and sizes
    "checkout-missing",
    "file-rejected",
    "file-size",
    "file-unchecked",
    "lfs-pointer",
    "path-case",
    "path-count",
    "path-length",
    "path-name",
    "path-rejected",
    "possible-credential",
    "space-size",
    "submodule-missing",
]
NAMES: frozenset[str] = frozenset(get_args(FindingName))
# Names that --ignore refuses, each with what to do instead: a deploy stops at these by itself.
_UNAVOIDABLE = {
    "account-denied": "give the token write access",
    "card-unreadable": "correct the card; nothing can be deployed without one",
    "file-rejected": "exclude the file in .hfignore",
    "lfs-pointer": "run `git lfs pull`",
    "possible-credential": "pass --allow-credentials FILE",
    "space-refused": "create the Space with another SDK",
}


def check_ignored(names: Iterable[str], line: str | None = None) -> frozenset[str]:
    """The names to ignore, by the line of the config file that has them, if one has.

    Raises UsageError for an unknown one, and for one that can't be.
    """
    given = f"{line}: ignore {{}}" if line else "`--ignore {}`"
    ignored = frozenset(names)
    for name in sorted(ignored):
        if name in _UNAVOIDABLE:
            raise UsageError(
                f"cannot ignore {name}", cause=given.format(name), fix=_UNAVOIDABLE[name]
            )
        if name not in NAMES:
            raise UsageError(
                f"unknown finding {name[:60]!r}",
                cause=given.format(name[:60]),
                fix="pass a name that `hf-deploy check` prints in brackets; all are in "
                "docs/checks.md",
            )
    return ignored
