"""A plan: the difference between a snapshot and the Space's files, made before any change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from deployer.errors import InvalidSource
from deployer.source.ignore import GIT_ATTRIBUTES, Patterns
from deployer.source.snapshot import File, OnSpace, Sha256, Snapshot
from deployer.source.tree import RemoteFile, RemoteTree


@dataclass(frozen=True, slots=True)
class Plan:
    """What one commit would change on the Space.

    `base` is the head that the plan was made from, None where the Space does not exist yet. `keep`
    are files that exist only on the Space and stay; all tuples are sorted.
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
        """The files that are uploaded."""
        return self.add + self.update

    @property
    def bytes_sent(self) -> int:
        """The size of the upload, in bytes."""
        return sum(file.size for file in self.sent)

    def of_new_space(self) -> Plan:
        """The same for a Space whose only files the Hub put there: what replaces them is added."""
        return replace(self, add=_sorted(self.sent), update=())

    def with_sha256(self, known: Mapping[str, Sha256]) -> Plan:
        """The same with the SHA-256 of some files, by path."""

        def complete(files: tuple[File, ...]) -> tuple[File, ...]:
            return tuple(file._replace(lfs=known.get(file.path, file.lfs)) for file in files)

        return replace(self, add=complete(self.add), update=complete(self.update))


def needs_sha256(snapshot: Snapshot, remote: RemoteTree) -> list[File]:
    """The files whose SHA-256 must be compared: the Space has LFS files of the same size."""
    return [
        file
        for path, file in snapshot.files.items()
        if file.lfs is None
        and (earlier := remote.files.get(path)) is not None
        and earlier.lfs is not None
        and earlier.size == file.size
    ]


def compare(snapshot: Snapshot, remote: RemoteTree | None, keep: Patterns) -> Plan:
    """The plan that makes the Space equal to the snapshot.

    Files that `needs_sha256` names must have their SHA-256 by now. The root `.gitattributes` holds
    the Hub's LFS rules: it is never deleted. Raises InvalidSource where a file that is kept would
    lie below a deployed one, or the other way round.
    """
    if remote is None:
        return Plan(None, add=_sorted(snapshot.files.values()))
    plan = Plan(remote.head)
    ours, remote_files = snapshot.files, remote.files
    gone = sorted(remote_files.keys() - ours.keys() - {GIT_ATTRIBUTES})
    kept = [
        path for path in gone if keep.match(path) or _is_below(path, snapshot.missing_submodules)
    ]
    _reject_clashes(kept, ours)
    both = [file for path, file in ours.items() if path in remote_files]
    update = [file for file in both if not _same(file, remote_files[file.path])]
    return replace(
        plan,
        add=_sorted(file for path, file in ours.items() if path not in remote_files),
        update=_sorted(update),
        delete=tuple(path for path in gone if path not in set(kept)),
        keep=tuple(kept),
        unchanged=len(both) - len(update),
    )


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def files_of(tree: RemoteTree, space: str | None = None) -> dict[str, File]:
    """The files of a commit, to be copied from there; `space` is another one than deployed to."""
    return {path: _on_space(file, tree.head, space) for path, file in tree.files.items()}


def plan_copy(
    files: Mapping[str, File],
    head: RemoteTree,
    keep: Patterns,
    deployed_paths: Collection[str] = (),
) -> Plan:
    """The plan that makes a Space at `head` equal to these files, of an earlier commit or of
    another Space: what differs is copied.

    Files that `keep` names stay as they are, but for `deployed_paths`: those of the deploy that is
    rolled back, or of the release that is promoted. The Hub's LFS rules are never deleted. Raises
    InvalidSource as `compare` does.
    """
    paths = files.keys() | head.files.keys()
    stay = {path for path in paths if path not in deployed_paths and keep.match(path)}
    kept = sorted(stay & head.files.keys())
    wanted = {path: file for path, file in files.items() if path not in stay}
    _reject_clashes(kept, wanted)
    gone = head.files.keys() - wanted.keys() - stay - {GIT_ATTRIBUTES}
    both = wanted.keys() & head.files.keys()
    update = [wanted[path] for path in both if not _same(wanted[path], head.files[path])]
    return Plan(
        head.head,
        add=_sorted(file for path, file in wanted.items() if path not in head.files),
        update=_sorted(update),
        delete=tuple(sorted(gone)),
        keep=tuple(kept),
        unchanged=len(both) - len(update),
    )


def _on_space(file: RemoteFile, commit: str, space: str | None) -> File:
    lfs = None if file.lfs is None else Sha256(file.lfs)
    return File(file.path, file.size, file.oid, OnSpace(commit, space), lfs)


def _reject_clashes(kept: list[str], ours: Mapping[str, File]) -> None:
    """Each path is a file or a folder, never both."""
    if not kept:
        return
    folders = {folder for path in ours for folder in _above(path)}
    clash = next(
        (path for path in kept if path in folders or not ours.keys().isdisjoint(_above(path))), None
    )
    if clash is not None:
        raise InvalidSource(
            "kept file conflicts with a deployed file",
            cause=f"{clash} is a file on one side and a directory on the other",
            fix="rename it, or remove it from --keep",
        )


def _above(path: str) -> list[str]:
    """The directories that a path is in."""
    return [path[:place] for place, letter in enumerate(path) if letter == "/"]


def _same(ours: File, remote_file: RemoteFile) -> bool:
    # equal ids with an LFS file there: ours is the very pointer to it, as in an equal folder
    if remote_file.lfs is not None and ours.oid != remote_file.oid:
        return ours.size == remote_file.size and ours.lfs == remote_file.lfs
    return ours.oid == remote_file.oid


def _sorted(files: Iterable[File]) -> tuple[File, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
