"""One JSON object for scripts: always the same keys."""

from __future__ import annotations

import json
from typing import Any

from deployer.outcome import Outcome, Trouble
from deployer.plan import Plan


def outcome_json(outcome: Outcome) -> str:
    """How a deploy or a plan ended."""
    return _object(
        verdict=outcome.ending.verdict.value,
        exit_code=outcome.exit_code,
        space=str(outcome.space),
        commit=outcome.commit,
        previous_commit=outcome.previous,
        changed=outcome.changed,
        plan=_plan(outcome.plan) if outcome.plan else None,
        space_url=outcome.space_url,
        app_url=outcome.app_url,
        seconds=round(outcome.seconds, 3),
        error=_error(outcome.ending.trouble),
    )


def trouble_json(trouble: Trouble, exit_code: int, space: str | None) -> str:
    """A command that ended in an error before it had an outcome."""
    return _object(exit_code=exit_code, space=space, changed=False, error=_error(trouble))


def _object(**known: Any) -> str:
    keys = "verdict exit_code space commit previous_commit changed plan space_url app_url seconds"
    return json.dumps({key: known.get(key) for key in f"{keys} error".split()})


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
