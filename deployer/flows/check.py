"""Check what would ship, on this machine alone: nothing is asked, and nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.credentials import Leak
from deployer.flows.vet import leaks
from deployer.flows.wrap import judge
from deployer.order import Order
from deployer.problem import Level, Problem


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in so many files: problems, and credentials."""

    files: int
    problems: tuple[Problem, ...]
    leaks: tuple[Leak, ...]
    warnings: tuple[str, ...] = ()

    def exit_code(self, *, strict: bool) -> int:
        """4 where a credential was found, else 1 where anything is wrong, 0 otherwise."""
        if self.leaks:
            return 4
        wrong = any(strict or found.level is Level.ERROR for found in self.problems)
        return int(wrong or (strict and bool(self.warnings)))


def check(order: Order) -> Findings:
    """All that is wrong with what would ship.

    Raises UsageProblem and InvalidSource where there is nothing that could be checked.
    """
    judged = judge(order)
    snapshot = judged.parcel.snapshot
    found = leaks(snapshot.files.values(), order.allow_credentials)
    return Findings(len(snapshot.files), judged.problems, tuple(found), snapshot.warnings)
