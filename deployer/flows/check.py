"""Check what would ship, on this machine alone: nothing is asked, and nothing is sent."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from deployer.checks.credentials import Leak
from deployer.checks.findings import Findings
from deployer.checks.limits import kept_apart
from deployer.errors import InvalidSource
from deployer.flows.scan_credentials import leaks
from deployer.flows.validate import Judged, judge
from deployer.problem import Problem
from deployer.request import Order
from deployer.source.snapshot import LONGEST_LFS_POINTER, Snapshot, is_lfs_pointer
from deployer.world import files

_Found = TypeVar("_Found", Problem, Leak)
_POINTER = (
    "this is a Git LFS pointer and not the file: check out with `lfs: true`, or run `git lfs pull`"
)


def check(order: Order) -> tuple[Findings, Judged]:
    """All that is wrong with what would ship, and what that is.

    Paths are told from the folder that one stands in. Raises UsageProblem, and InvalidSource where
    there is nothing that could be checked.
    """
    refused: list[Problem] = []
    judged = judge(order, lambda path, error: refused.append(_refusal(path, error)))
    snapshot = judged.snapshot
    found = leaks(snapshot.files.values(), order.allow_credentials)
    problems = (*refused, *judged.problems, *_pointers(snapshot))
    return (
        Findings(
            len(snapshot.files),
            tuple(one if one.path == order.card else _from_here(order, one) for one in problems),
            tuple(_from_here(order, one) for one in found),
            snapshot.warnings,
            large=kept_apart(snapshot.files),
        ),
        judged,
    )


def _refusal(path: str, error: InvalidSource) -> Problem:
    return Problem(path, None, f"{error.what} {error.do}")


def _from_here(order: Order, found: _Found) -> _Found:
    """The same, where its path begins in the folder that becomes the Space's root."""
    return replace(found, path=posixpath.normpath(posixpath.join(order.path, str(found.path))))


def _pointers(snapshot: Snapshot) -> Iterator[Problem]:
    """What a deploy refuses where it would be sent; it reads no file that stays as it is."""
    for path, file in snapshot.files.items():
        small = file.size < LONGEST_LFS_POINTER
        if small and is_lfs_pointer(files.read(file.content)):
            yield Problem(path, 1, _POINTER)
