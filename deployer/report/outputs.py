"""The outputs of the action's step, by the names that `action.yml` has."""

from __future__ import annotations

import json
from collections.abc import Sequence

from deployer.release.outcome import DeployResult, Known
from deployer.release.plan import Plan
from deployer.release.release import Promoted
from deployer.release.status import Status
from deployer.report.json_output import plan_object
from deployer.report.text import printable

_MAX_PLAN = 100_000  # characters; a job's outputs may have 1 MB together


def result_outputs(result: DeployResult) -> dict[str, str]:
    """The outputs of a run that came to a result; what is not known is empty."""
    rolled_back = result.rolled_back
    return {
        "verdict": result.rollout.verdict.value,
        "changed": "true" if result.changed else "false",
        "commit": result.commit or "",
        "previous-commit": result.previous or "",
        "release": str(result.number or ""),
        "rollback-commit": rolled_back.commit if rolled_back else "",
        "space-url": result.space_url or "",
        "app-url": result.app_url or "",
        "release-url": result.commit_url or "",
        "source-commit": (result.source.commit if result.source else None) or "",
        "duration": f"{result.seconds:.0f}",
        "plan": _plan(result.plan) if result.plan else "",
        "findings": _number(result.findings),
        "warnings": _lines(result.warnings),
        **_promoted(result.promoted),
    }


def error_outputs(known: Known) -> dict[str, str]:
    """The same outputs of a run that could not be carried out: its verdict is `error`."""
    unknown = "commit release rollback-commit app-url release-url".split()
    return dict.fromkeys(unknown, "") | {
        "verdict": "error",
        "changed": "false",
        "previous-commit": known.previous or "",
        "space-url": known.space_url or "",
        "source-commit": (known.source.commit if known.source else None) or "",
        "duration": f"{known.seconds:.0f}",
        "plan": _plan(known.plan) if known.plan else "",
        "findings": _number(known.findings),
        "warnings": _lines(known.warned),
        **_promoted(known.promoted),
    }


def _promoted(promoted: Promoted | None) -> dict[str, str]:
    """The output that only a promotion has."""
    return {"from-commit": promoted.commit} if promoted else {}


def status_outputs(status: Status) -> dict[str, str]:
    """The outputs of a status; `commit` is the one that runs, else the head."""
    return {
        "state": status.state.value,
        "commit": status.running or status.space.head,
        "space-url": status.space_url,
        "app-url": status.app_url or "",
    }


def _plan(plan: Plan) -> str:
    """The plan in JSON: the paths, or where they are too long, how many there are."""
    paths = plan_object(plan)
    whole = json.dumps(paths)
    if len(whole) <= _MAX_PLAN:
        return whole
    return json.dumps(
        {name: len(value) if isinstance(value, list) else value for name, value in paths.items()}
    )


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def _lines(warnings: Sequence[str]) -> str:
    return "\n".join(map(printable, warnings))
