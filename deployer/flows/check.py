"""Check what would ship, on this machine alone: nothing is asked, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

from deployer.findings import Findings
from deployer.flows.vet import leaks
from deployer.flows.wrap import Judged, judge
from deployer.order import Order
from deployer.problem import Problem
from deployer.snapshot import LONGEST_LFS_POINTER, Snapshot, is_lfs_pointer
from deployer.world import files

_POINTER = (
    "this is a Git LFS pointer and not the file: check out with `lfs: true`, or run `git lfs pull`"
)


def check(order: Order) -> tuple[Findings, Judged]:
    """All that is wrong with what would ship, and what that is.

    Raises UsageProblem and InvalidSource where there is nothing that could be checked.
    """
    judged = judge(order)
    snapshot = judged.snapshot
    found = Findings(
        len(snapshot.files),
        (*judged.problems, *_pointers(snapshot)),
        tuple(leaks(snapshot.files.values(), order.allow_credentials)),
        snapshot.warnings,
    )
    return found, judged


def _pointers(snapshot: Snapshot) -> Iterator[Problem]:
    """What a deploy refuses where it would be sent; it reads no file that stays as it is."""
    for path, file in snapshot.files.items():
        small = file.size < LONGEST_LFS_POINTER
        if small and is_lfs_pointer(files.read(file.content)):
            yield Problem(path, 1, _POINTER)
