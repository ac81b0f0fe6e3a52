"""Check what would ship, on this machine alone: nothing is asked, and nothing is sent."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from deployer.checks.credentials import Credential
from deployer.checks.findings import Findings
from deployer.checks.limits import lfs_files
from deployer.errors import InvalidSource
from deployer.flows.scan_credentials import credentials
from deployer.flows.validate import CheckedSource, check_source
from deployer.problem import Problem
from deployer.request import DeployRequest
from deployer.source.snapshot import MAX_LFS_POINTER_BYTES, Snapshot, is_lfs_pointer
from deployer.world import files

_Found = TypeVar("_Found", Problem, Credential)
_POINTER = (
    "this is a Git LFS pointer and not the file: check out with `lfs: true`, or run `git lfs pull`"
)


def check(request: DeployRequest) -> tuple[Findings, CheckedSource]:
    """All that is wrong with what would ship, and what that is.

    Paths are told from the folder that one stands in. Raises UsageProblem, and InvalidSource where
    there is nothing that could be checked.
    """
    refused: list[Problem] = []
    judged = check_source(request, lambda path, error: refused.append(_refusal(path, error)))
    snapshot = judged.snapshot
    found = credentials(snapshot.files.values(), request.allow_credentials)
    problems = (*refused, *judged.problems, *_pointers(snapshot))
    return (
        Findings(
            len(snapshot.files),
            tuple(
                one if one.path == request.card else _from_here(request, one) for one in problems
            ),
            tuple(_from_here(request, one) for one in found),
            snapshot.warnings,
            large=lfs_files(snapshot.files),
        ),
        judged,
    )


def _refusal(path: str, error: InvalidSource) -> Problem:
    return Problem(path, None, f"{error.message} {error.fix}")


def _from_here(request: DeployRequest, found: _Found) -> _Found:
    """The same, where its path begins in the folder that becomes the Space's root."""
    return replace(found, path=posixpath.normpath(posixpath.join(request.path, str(found.path))))


def _pointers(snapshot: Snapshot) -> Iterator[Problem]:
    """What a deploy refuses where it would be sent; it reads no file that stays as it is."""
    for path, file in snapshot.files.items():
        small = file.size < MAX_LFS_POINTER_BYTES
        if small and is_lfs_pointer(files.read(file.content)):
            yield Problem(path, 1, _POINTER)
