"""JSON for scripts: one object, always with the same keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, Gate, Known, Rollback
from deployer.release.plan import Plan
from deployer.release.release import Promoted
from deployer.space.metrics import Usage

KEYS = (
    "verdict exit_code space release commit previous_commit source_commit changed plan settings "
    "drift rolled_back from gates space_url app_url usage seconds warnings error"
).split()


def result_json(result: DeployResult) -> str:
    """The JSON object of a deploy, a plan or a rollback."""
    return json_object(
        KEYS,
        verdict=result.rollout.verdict.value,
        exit_code=result.exit_code,
        space=str(result.space),
        commit=result.commit,
        previous_commit=result.previous,
        source_commit=result.source.commit if result.source else None,
        changed=result.changed,
        release=result.number,
        settings=list(result.settings),
        drift=[drift(commit) for commit in result.drift],
        rolled_back=_rolled_back(result.rolled_back) if result.rolled_back else None,
        plan=plan_object(result.plan) if result.plan else None,
        **_promotion(result.promoted, result.gates),
        space_url=result.space_url,
        app_url=result.app_url,
        usage=_usage(result.rollout.usage) if result.rollout.usage else None,
        seconds=round(result.seconds, 3),
        warnings=[*result.warnings, *filter(None, [result.rollout.notice])],
        error=error_object(result.rollout.error),
    )


def error_json(
    error: ErrorDetails, exit_code: int, space: str | None, known: Known = Known()
) -> str:
    """The same keys for a command that could not be carried out, with what it knew until then."""
    return json_object(
        KEYS,
        exit_code=exit_code,
        space=space,
        previous_commit=known.previous,
        source_commit=known.source.commit if known.source else None,
        changed=False,
        plan=plan_object(known.plan) if known.plan else None,
        drift=[drift(commit) for commit in known.drift] or None,
        **_promotion(known.promoted, known.gates),
        space_url=known.space_url,
        seconds=round(known.seconds, 3),
        warnings=list(known.warned) or None,
        error=error_object(error),
    )


def json_object(keys: Sequence[str], **known: Any) -> str:
    """One JSON object with just these keys, null where nothing is known."""
    return json.dumps(with_keys(keys, **known))


def with_keys(keys: Sequence[str], **known: Any) -> dict[str, Any]:
    """Just these keys, None where nothing is known."""
    return {key: known.get(key) for key in keys}


def drift(commit: Commit) -> dict[str, str]:
    """A commit not made by hf-deploy."""
    return {
        "commit": commit.id,
        "at": commit.at.isoformat(),
        "author": commit.author,
        "title": commit.title,
    }


def promoted_object(promoted: Promoted | None) -> dict[str, Any] | None:
    """The release of another Space that was promoted."""
    if promoted is None:
        return None
    return {"space": promoted.space, "commit": promoted.commit, "release": promoted.number}


def _promotion(promoted: Promoted | None, gates: Sequence[Gate]) -> dict[str, Any]:
    """What only a promotion has; null for all else."""
    measured = [
        {"name": one.name, "target": one.target, "measured": one.measured, "open": one.is_open}
        for one in gates
    ]
    return {"from": promoted_object(promoted), "gates": measured if promoted else None}


def _rolled_back(rolled_back: Rollback) -> dict[str, Any]:
    return {
        "commit": rolled_back.commit,
        "to": rolled_back.to.commit,
        "release": rolled_back.number,
        "verdict": rolled_back.rollout.verdict.value,
        "error": error_object(rolled_back.rollout.error),
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "cpu": {"mean": in_percent(usage.mean_cpu), "peak": in_percent(usage.peak_cpu)},
        "memory": {"mean": in_percent(usage.mean_memory), "peak": in_percent(usage.peak_memory)},
        "seconds": round(usage.seconds),
    }


def in_percent(share: float) -> float:
    """A share as a percentage, as exactly as it is shown elsewhere."""
    return round(100 * share, 1)


def plan_object(plan: Plan) -> dict[str, Any]:
    """The paths of a plan by what happens to them, and how many stay as they are."""
    return {
        "added": [file.path for file in plan.add],
        "updated": [file.path for file in plan.update],
        "deleted": list(plan.delete),
        "kept": list(plan.keep),
        "unchanged": plan.unchanged,
    }


def error_object(error: ErrorDetails | None) -> dict[str, str] | None:
    """The three lines of an error, under the names that they have everywhere."""
    if error is None:
        return None
    return {"error": error.message, "cause": error.cause, "fix": error.fix}
