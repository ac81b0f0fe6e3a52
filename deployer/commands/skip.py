"""End a command that changes a Space before it begins where its event may not cause one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployer import config
from deployer.flows.inspect_checkout import inspect_checkout
from deployer.github.context import Context
from deployer.github.event import WorkflowEvent, reason_to_skip
from deployer.release.outcome import DeployResult, RolloutResult
from deployer.release.verdict import Verdict
from deployer.source.ignore import Patterns
from deployer.source.snapshot import Checkout
from deployer.space.space import SpaceId


def skip_deploy(given: Mapping[str, Any], context: Context | None) -> DeployResult | None:
    """The result of a deploy that its event may not cause; None where it may.

    To be called before the other options are read: a secret that a run does not get is no error.
    """
    if context is None:
        return None
    return _result(
        given, context.event, _inspect(given) if context.event.is_by_anyone else Checkout()
    )


def skip_without_checkout(given: Mapping[str, Any], context: Context | None) -> DeployResult | None:
    """The same for a rollback or a promotion, which needs no checkout."""
    return None if context is None else _result(given, context.event, None)


def _result(
    given: Mapping[str, Any], event: WorkflowEvent, checkout: Checkout | None
) -> DeployResult | None:
    reason = reason_to_skip(event, checkout, has_token=_has_token(event))
    if reason is None:
        return None
    space = SpaceId.parse(given["space"])
    return DeployResult(space, RolloutResult(Verdict.SKIPPED, notice=reason))


def _has_token(event: WorkflowEvent) -> bool:
    if not event.is_by_dependabot:
        return True
    from deployer.world.hub import tokens  # pylint: disable=import-outside-toplevel

    return tokens.has_token()


def _inspect(given: Mapping[str, Any]) -> Checkout:
    """What git says of all that the deploy would read, its options and the card included."""
    here = Path.cwd()
    configs = (here / name for name in (config.OWN_FILE, config.SHARED_FILE))
    also_read = [file for file in configs if file.exists()][:1]
    if given["card"] is not None:
        also_read.append(here / given["card"])
    include = Patterns.of_option("--include", given["include"])
    return inspect_checkout(here, given["path"], include, also_read)
