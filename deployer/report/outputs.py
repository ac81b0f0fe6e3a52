"""The outputs of the action's step, by the names that `action.yml` has."""

from __future__ import annotations

from deployer.release.outcome import DeployResult


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
    }


def error_outputs() -> dict[str, str]:
    """The same outputs of a run that could not be carried out: its verdict is `error`."""
    names = "commit previous-commit release rollback-commit space-url app-url".split()
    return {"verdict": "error", "changed": "false"} | dict.fromkeys(names, "")
