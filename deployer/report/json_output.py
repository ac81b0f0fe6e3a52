"""One JSON object for scripts: always the same keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from deployer.checks.credentials import redact
from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, Rollback
from deployer.release.plan import Plan

KEYS = (
    "verdict exit_code space release commit previous_commit changed plan settings drift rolled_back "
    "space_url app_url seconds warnings error"
).split()


def result_json(outcome: DeployResult) -> str:
    """How a deploy or a plan ended."""
    return json_object(
        KEYS,
        verdict=outcome.rollout.verdict.value,
        exit_code=outcome.exit_code,
        space=str(outcome.space),
        commit=outcome.commit,
        previous_commit=outcome.previous,
        changed=outcome.changed,
        release=outcome.number,
        settings=list(outcome.settings),
        drift=[drift(commit) for commit in outcome.drift],
        rolled_back=_rolled_back(outcome.rolled_back) if outcome.rolled_back else None,
        plan=_plan(outcome.plan) if outcome.plan else None,
        space_url=outcome.space_url,
        app_url=outcome.app_url,
        seconds=round(outcome.seconds, 3),
        warnings=list(outcome.rollout.warnings),
        error=error_object(outcome.rollout.error),
    )


def error_json(error: ErrorDetails, exit_code: int, space: str | None) -> str:
    """A command that ended in an error before it had an outcome."""
    return json_object(
        KEYS, exit_code=exit_code, space=space, changed=False, error=error_object(error)
    )


def json_object(keys: Sequence[str], **known: Any) -> str:
    """One JSON object with just these keys, null where nothing is known, and no credential."""
    return json.dumps({key: _redacted(known.get(key)) for key in keys})


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _redacted(inside) for key, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(inside) for inside in value]
    return value


def drift(commit: Commit) -> dict[str, str]:
    """A commit that is not ours."""
    return {
        "commit": commit.id,
        "at": commit.at.isoformat(),
        "author": commit.author,
        "title": commit.title,
    }


def _rolled_back(restored: Rollback) -> dict[str, Any]:
    return {
        "commit": restored.commit,
        "to": restored.to,
        "release": restored.number,
        "verdict": restored.rollout.verdict.value,
        "error": error_object(restored.rollout.error),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "added": [file.path for file in plan.add],
        "updated": [file.path for file in plan.update],
        "deleted": list(plan.delete),
        "unchanged": plan.unchanged,
    }


def error_object(error: ErrorDetails | None) -> dict[str, str] | None:
    """The three lines of an error, under the names that they have everywhere."""
    if error is None:
        return None
    return {"error": error.message, "cause": error.cause, "fix": error.fix}
