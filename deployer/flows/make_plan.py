"""The plan of a deploy: a snapshot against the Space as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deployer.errors import InvalidSource
from deployer.release.history import HistorySummary, highest
from deployer.release.plan import Plan, compare, needs_sha256
from deployer.request import DeployRequest
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.source.snapshot import MAX_LFS_POINTER_BYTES, File, Snapshot, is_lfs_pointer
from deployer.source.tree import RemoteTree
from deployer.space.space import Space
from deployer.world import files
from deployer.world.hub import commits, refs, trees
from deployer.world.hub.client import Client

_LFS_RULE = b"filter=lfs"
_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """A plan, and what the history below it says of us."""

    plan: Plan
    past: HistorySummary = HistorySummary()


def plan(
    client: Client, request: DeployRequest, snapshot: Snapshot, space: Space | None
) -> PlannedRelease:
    """The plan for a snapshot against the Space as it is (None: not there yet).

    Raises InvalidSource where a Git LFS pointer would be sent in place of its file, or a kept file
    is in the way.
    """
    if space is None:
        return PlannedRelease(_checked(compare(snapshot, None, request.keep)))
    past = commits.history_summary(client, space.id, space.head)
    if past.is_up_to_date(snapshot, request.keep):
        return PlannedRelease(Plan(space.head, unchanged=len(snapshot.files)), past)
    if past.newest is None:
        past = replace(past, floor=highest(refs.tags(client, space.id)))
    remote = trees.tree(client, space.id, space.head, snapshot.files)
    return PlannedRelease(against(client, request, snapshot, remote), past)


def against(client: Client, request: DeployRequest, snapshot: Snapshot, remote: RemoteTree) -> Plan:
    """The plan for a snapshot against files whose listing is known. Raises as `plan` does."""
    snapshot = _with_attributes(client, request, snapshot, remote)
    settled = (
        replace(file, lfs=files.sha256(file.content)) for file in needs_sha256(snapshot, remote)
    )
    return _checked(compare(snapshot.with_files(list(settled)), remote, request.keep))


def _with_attributes(
    client: Client, request: DeployRequest, snapshot: Snapshot, remote: RemoteTree
) -> Snapshot:
    """The root `.gitattributes` is shared with the Hub, whose LFS rules stand in it."""
    ours, theirs = snapshot.files.get(GIT_ATTRIBUTES), remote.files.get(GIT_ATTRIBUTES)
    if ours is None or theirs is None or ours.oid == theirs.oid:
        return snapshot
    there = commits.read(client, request.space, GIT_ATTRIBUTES, remote.head)
    merged = _merged_attributes(files.read(ours.content), there)
    return snapshot.with_files([File.of_bytes(GIT_ATTRIBUTES, merged)])


def _checked(made: Plan) -> Plan:
    """The plan, if no Git LFS pointer is in it."""
    small = (file for file in made.sent if file.size < MAX_LFS_POINTER_BYTES)
    pointers = [file.path for file in small if is_lfs_pointer(files.read(file.content))]
    if pointers:
        more = f" and {len(pointers) - _MAX_SHOWN} more" if len(pointers) > _MAX_SHOWN else ""
        raise InvalidSource(
            "Git LFS pointers lie where the files should be.",
            cause=", ".join(pointers[:_MAX_SHOWN]) + more,
            fix="Check out with `lfs: true` (actions/checkout), or run `git lfs pull`.",
        )
    return made


def _merged_attributes(ours: bytes, theirs: bytes) -> bytes:
    """Our `.gitattributes` with the LFS lines of the Hub's that it lacks."""
    have = set(ours.splitlines())
    missing = [line for line in theirs.splitlines() if _LFS_RULE in line and line not in have]
    if not missing:
        return ours
    start = ours if not ours or ours.endswith(b"\n") else ours + b"\n"
    return start + b"".join(line + b"\n" for line in missing)
