"""A plan: the difference between a snapshot and the Space's files. Made before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from deployer.ignore import GIT_ATTRIBUTES, Patterns
from deployer.snapshot import File, Snapshot
from deployer.tree import RemoteFile, RemoteTree


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


def unsettled(snapshot: Snapshot, remote: RemoteTree) -> list[File]:
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

    Files that `unsettled` names must have their SHA-256 by now. The root `.gitattributes` holds
    the Hub's LFS rules: it is never deleted.
    """
    if remote is None:
        return Plan(None, add=_sorted(snapshot.files.values()))
    plan = Plan(remote.head)
    ours, theirs = snapshot.files, remote.files
    gone = sorted(theirs.keys() - ours.keys() - {GIT_ATTRIBUTES})
    kept = [path for path in gone if keep.match(path) or _is_below(path, snapshot.absent)]
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


def _same(ours: File, theirs: RemoteFile) -> bool:
    if theirs.lfs is not None:
        return ours.size == theirs.size and ours.lfs == theirs.lfs
    return ours.oid == theirs.oid


def _sorted(files: Iterable[File]) -> tuple[File, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
