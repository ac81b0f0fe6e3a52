"""A plan: the difference between a snapshot and the Space's files. Made before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from deployer.errors import InvalidSource
from deployer.source.ignore import GIT_ATTRIBUTES, Patterns
from deployer.source.snapshot import File, OnSpace, Snapshot
from deployer.source.tree import RemoteFile, RemoteTree


@dataclass(frozen=True, slots=True)
class Plan:
    """What one commit would do to the Space.

    `base` is the head that the plan was made from, None where the Space does not exist yet. `keep`
    are files that live only on the Space and stay; all tuples are sorted.
    """

    base: str | None
    add: tuple[File, ...] = ()
    update: tuple[File, ...] = ()
    delete: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    unchanged: int = 0

    @property
    def changes(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.add or self.update or self.delete)

    @property
    def sent(self) -> tuple[File, ...]:
        """The files whose bytes leave."""
        return self.add + self.update

    @property
    def bytes_sent(self) -> int:
        """The size of what leaves, in bytes."""
        return sum(file.size for file in self.sent)


def needs_sha256(snapshot: Snapshot, remote: RemoteTree) -> list[File]:
    """The files whose SHA-256 decides: the Space has them as LFS files of the same size."""
    return [
        file
        for path, file in snapshot.files.items()
        if file.lfs is None
        and (there := remote.files.get(path)) is not None
        and there.lfs is not None
        and there.size == file.size
    ]


def compare(snapshot: Snapshot, remote: RemoteTree | None, keep: Patterns) -> Plan:
    """The plan that makes the Space equal to the snapshot.

    Files that `needs_sha256` names must have their SHA-256 by now. The root `.gitattributes` holds
    the Hub's LFS rules: it is never deleted. Raises InvalidSource where a file that is kept would
    lie below one that ships, or the other way round.
    """
    if remote is None:
        return Plan(None, add=_sorted(snapshot.files.values()))
    plan = Plan(remote.head)
    ours, theirs = snapshot.files, remote.files
    gone = sorted(theirs.keys() - ours.keys() - {GIT_ATTRIBUTES})
    kept = [
        path for path in gone if keep.match(path) or _is_below(path, snapshot.missing_submodules)
    ]
    _refuse_clashes(kept, ours)
    both = [file for path, file in ours.items() if path in theirs]
    update = [file for file in both if not _same(file, theirs[file.path])]
    return replace(
        plan,
        add=_sorted(file for path, file in ours.items() if path not in theirs),
        update=_sorted(update),
        delete=tuple(path for path in gone if path not in set(kept)),
        keep=tuple(kept),
        unchanged=len(both) - len(update),
    )


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def plan_rollback(
    there: RemoteTree, now: RemoteTree, keep: Patterns, shipped: Collection[str] = ()
) -> Plan:
    """The plan that makes a Space at `now` what it was at `there`: what differs is copied.

    Files that `keep` names stay as they are, but for those that a deploy `shipped`. The Hub's LFS
    rules are never deleted. Raises InvalidSource as `compare` does.
    """
    paths = there.files.keys() | now.files.keys()
    stay = {path for path in paths if path not in shipped and keep.match(path)}
    kept = sorted(stay & now.files.keys())
    wanted = {
        path: File(path, file.size, file.oid, OnSpace(there.head))
        for path, file in there.files.items()
        if path not in stay
    }
    _refuse_clashes(kept, wanted)
    gone = now.files.keys() - wanted.keys() - stay - {GIT_ATTRIBUTES}
    both = wanted.keys() & now.files.keys()
    update = [wanted[path] for path in both if wanted[path].oid != now.files[path].oid]
    return Plan(
        now.head,
        add=_sorted(file for path, file in wanted.items() if path not in now.files),
        update=_sorted(update),
        delete=tuple(sorted(gone)),
        keep=tuple(kept),
        unchanged=len(both) - len(update),
    )


def _refuse_clashes(kept: list[str], ours: Mapping[str, File]) -> None:
    """Each path is a file or a folder, never both."""
    if not kept:
        return
    folders = {folder for path in ours for folder in _above(path)}
    clash = next(
        (path for path in kept if path in folders or not ours.keys().isdisjoint(_above(path))), None
    )
    if clash is not None:
        raise InvalidSource(
            "A file that is to be kept stands in the way of one that ships.",
            cause=f"{clash} is on the Space, and one of the two would have to be a folder",
            fix="Keep it under another name, or leave it out of --keep.",
        )


def _above(path: str) -> list[str]:
    """The folders that a path lies in."""
    return [path[:place] for place, letter in enumerate(path) if letter == "/"]


def _same(ours: File, theirs: RemoteFile) -> bool:
    # equal ids with an LFS file there: ours is the very pointer to it, as in an equal folder
    if theirs.lfs is not None and ours.oid != theirs.oid:
        return ours.size == theirs.size and ours.lfs == theirs.lfs
    return ours.oid == theirs.oid


def _sorted(files: Iterable[File]) -> tuple[File, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
