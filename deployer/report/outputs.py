"""The outputs of the action's step, by the names that `action.yml` has."""

from __future__ import annotations

from collections.abc import Sequence

from deployer.release.outcome import DeployResult
from deployer.report.text import printable


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
        "warnings": _lines(result.warnings),
    }


def error_outputs(warnings: Sequence[str]) -> dict[str, str]:
    """The same outputs of a run that could not be carried out: its verdict is `error`."""
    names = "commit previous-commit release rollback-commit space-url app-url".split()
    known = {"verdict": "error", "changed": "false", "warnings": _lines(warnings)}
    return known | dict.fromkeys(names, "")


def _lines(warnings: Sequence[str]) -> str:
    return "\n".join(map(printable, warnings))
