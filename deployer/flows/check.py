"""Check the files to deploy, on this machine alone. Asks no Hub."""

from __future__ import annotations

from collections.abc import Iterator

from deployer.checks.credentials import Credential
from deployer.checks.findings import Findings
from deployer.checks.limits import lfs_files
from deployer.errors import InvalidSource
from deployer.flows.locate import in_repository
from deployer.flows.scan_credentials import find_credentials
from deployer.flows.take_snapshot import snapshot_of
from deployer.flows.validate import CheckedSource, check_source
from deployer.problem import Level, Problem
from deployer.request import DeployRequest
from deployer.source.snapshot import MAX_LFS_POINTER_BYTES, Snapshot, is_lfs_pointer
from deployer.world import files

_POINTER = (
    "Git LFS pointer instead of the file: run `git lfs pull`; in a workflow, set `lfs: true` in "
    "the `with:` of actions/checkout"
)


def check(request: DeployRequest) -> tuple[Findings, CheckedSource]:
    """All findings in the files to deploy, and the files.

    Paths are relative to the repository's root. Raises UsageError, and InvalidSource where there is
    nothing to check.
    """
    rejected: list[Problem] = []
    snapshot = snapshot_of(request, lambda path, error: rejected.append(_problem(path, error)))
    checked = check_source(request, snapshot)
    snapshot = checked.snapshot
    found = list(find_credentials(snapshot.files.values(), request))
    credentials = [one for one in found if not one.is_warning]
    warnings = [_warning(one) for one in found if one.is_warning]
    at_files = [one for one in snapshot.warnings if one.path is not None]
    problems = (*rejected, *at_files, *checked.problems, *_pointers(snapshot), *warnings)
    findings = Findings(
        len(snapshot.files),
        in_repository(request, problems),
        in_repository(request, credentials),
        tuple(one.text for one in snapshot.warnings if one.path is None),
        large=lfs_files(snapshot.files),
    )
    return findings, checked


def _problem(path: str, error: InvalidSource) -> Problem:
    message = f"{error.message} ({error.cause}); {error.fix}"
    return Problem(path, None, message, name="file-rejected")


def _warning(found: Credential) -> Problem:
    message = f"{found.rule} ({found.redacted}); remove it unless it is public or expired"
    return Problem(found.path, found.line, message, Level.WARNING, name="possible-credential")


def _pointers(snapshot: Snapshot) -> Iterator[Problem]:
    """Git LFS pointers; a deploy rejects only those that it would upload."""
    for path, file in snapshot.files.items():
        is_small = file.size < MAX_LFS_POINTER_BYTES
        if is_small and is_lfs_pointer(files.read(file.content)):
            yield Problem(path, 1, _POINTER, name="lfs-pointer")
