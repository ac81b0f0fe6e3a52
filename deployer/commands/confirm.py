"""Ask a person before files are deleted that no release of ours put there."""

from __future__ import annotations

from deployer.commands.session import Session
from deployer.events import Warned
from deployer.release.plan import Plan
from deployer.report.text import file_count


def confirm_deletions(session: Session, plan: Plan, yes: bool) -> bool:
    """Whether a plan may delete: asked where a person can answer, else warned of."""
    deletions = f"{file_count(len(plan.delete))} only on the Space will be deleted"
    if yes or not session.is_interactive:
        session.emit(
            Warned(f"{deletions} (recoverable from its history); use --keep GLOB to keep them")
        )
        return True
    return session.confirm(f"{deletions}. Continue?")
