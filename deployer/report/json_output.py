"""One JSON object for scripts: always the same keys."""

from __future__ import annotations

import json
from typing import Any

from deployer.release.history import Commit
from deployer.release.outcome import Outcome, Restored, Trouble
from deployer.release.plan import Plan

KEYS = (
    "verdict exit_code space release commit previous_commit changed plan settings drift restored "
    "space_url app_url seconds warnings error"
).split()


def outcome_json(outcome: Outcome) -> str:
    """How a deploy or a plan ended."""
    return _object(
        verdict=outcome.ending.verdict.value,
        exit_code=outcome.exit_code,
        space=str(outcome.space),
        commit=outcome.commit,
        previous_commit=outcome.previous,
        changed=outcome.changed,
        release=outcome.number,
        settings=list(outcome.settings),
        drift=[drift(commit) for commit in outcome.drift],
        restored=_restored(outcome.restored) if outcome.restored else None,
        plan=_plan(outcome.plan) if outcome.plan else None,
        space_url=outcome.space_url,
        app_url=outcome.app_url,
        seconds=round(outcome.seconds, 3),
        warnings=list(outcome.ending.warnings),
        error=_error(outcome.ending.trouble),
    )


def trouble_json(trouble: Trouble, exit_code: int, space: str | None) -> str:
    """A command that ended in an error before it had an outcome."""
    return _object(exit_code=exit_code, space=space, changed=False, error=_error(trouble))


def _object(**known: Any) -> str:
    return json.dumps({key: known.get(key) for key in KEYS})


def drift(commit: Commit) -> dict[str, str]:
    """A commit that is not ours."""
    return {
        "commit": commit.id,
        "at": commit.at.isoformat(),
        "author": commit.author,
        "title": commit.title,
    }


def _restored(restored: Restored) -> dict[str, Any]:
    return {
        "commit": restored.commit,
        "to": restored.to,
        "release": restored.number,
        "verdict": restored.ending.verdict.value,
        "error": _error(restored.ending.trouble),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "added": [file.path for file in plan.add],
        "updated": [file.path for file in plan.update],
        "deleted": list(plan.delete),
        "unchanged": plan.unchanged,
    }


def _error(trouble: Trouble | None) -> dict[str, str] | None:
    if trouble is None:
        return None
    return {"what": trouble.what, "seen": trouble.seen, "do": trouble.do}
