"""Check what would ship, on this machine alone: nothing is asked, and nothing is sent."""

from __future__ import annotations

from deployer.findings import Findings
from deployer.flows.vet import leaks
from deployer.flows.wrap import Judged, judge
from deployer.order import Order


def check(order: Order) -> tuple[Findings, Judged]:
    """All that is wrong with what would ship, and what that is.

    Raises UsageProblem and InvalidSource where there is nothing that could be checked.
    """
    judged = judge(order)
    snapshot = judged.snapshot
    found = leaks(snapshot.files.values(), order.allow_credentials)
    return Findings(len(snapshot.files), judged.problems, tuple(found), snapshot.warnings), judged
