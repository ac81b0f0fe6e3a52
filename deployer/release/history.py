"""A Space's history, read back: which commits are our releases, and what became of each.

Nothing but the commits and the tags of the Space is needed, so any machine can read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from deployer.release.release import TAGS, Kind, RollbackReason, Run
from deployer.source.ignore import Patterns
from deployer.source.snapshot import Snapshot, Source

BY_HAND = "by-hand"  # in place of a verdict, where a person took a release back
_TRAILER = re.compile(r"^(?P<key>[A-Z][A-Za-z-]*): (?P<value>.*)$", re.MULTILINE)
_MAX_NUMBER_DIGITS = 9  # digits
_MAX_NUMBER = 900_000_000  # more is nobody's release, and leaves no room for ours
_LOOK_BACK = 48  # commits: with two more they are one page


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a Space's history, newest first in every list of them."""

    id: str
    title: str
    message: str
    author: str
    at: datetime


def trailers(message: str) -> dict[str, str]:
    """The trailers of a commit's message; the first of each name counts."""
    found: dict[str, str] = {}
    for trailer in _TRAILER.finditer(message.replace("\r\n", "\n")):
        found.setdefault(trailer["key"], trailer["value"].strip())
    return found


def carries_nonce(commit: Commit, nonce: str) -> bool:
    """Whether this is the commit that was sent with that nonce."""
    return trailers(commit.message).get("Nonce") == nonce


@dataclass(frozen=True, slots=True)
class ReleaseCommit:
    """A release as the history tells of it."""

    commit: Commit
    number: int
    said: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, commit: Commit, below: str | None) -> ReleaseCommit | None:
        """From a commit and the id of the one below it; None for one that is not ours.

        Words that were copied from a release to another place name another commit below.
        """
        said = trailers(commit.message)
        number = said.get("Release", "")
        if (
            not re.fullmatch(rf"[0-9]{{1,{_MAX_NUMBER_DIGITS}}}", number)
            or int(number) > _MAX_NUMBER
        ):
            return None
        ours = "Nonce" in said and "Tool" in said and below is not None
        return cls(commit, int(number), said) if ours and said.get("Base") == below else None

    @property
    def id(self) -> str:
        """Its commit on the Space."""
        return self.commit.id

    @property
    def kind(self) -> str:
        """A `Kind`, or what a newer version calls it."""
        return self.said.get("Kind", Kind.DEPLOY)

    @property
    def source(self) -> Source:
        """What it was made from."""
        return Source.read(self.said.get("Source", ""), self.said.get("Ref"))

    @property
    def run(self) -> Run:
        """The workflow run that made it."""
        return Run(self.said.get("Run"), self.said.get("Attempt"), self.said.get("Actor"))

    @property
    def by(self) -> str:
        """Who made it: the workflow's actor, else the commit's author."""
        return self.run.actor or self.commit.author

    @property
    def because(self) -> RollbackReason | None:
        """What a rollback took back."""
        return RollbackReason.read(self.said.get("Because"))


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """What a Space's history says of us, as far as a plan needs it.

    `newest` is our newest release, None without one; `drift` are the commits on top of it that are
    not ours; `turn` is the newest run that released. `top` are the trailers of the head where that
    is a release of ours, in its own place. `floor` is the highest number that was ever verified,
    where somebody squashed the history.
    """

    newest: ReleaseCommit | None = None
    drift: tuple[Commit, ...] = ()
    turn: tuple[int, int] | None = None
    top: Mapping[str, str] = field(default_factory=dict)
    floor: int = 0

    @property
    def number(self) -> int:
        """The number of our newest release; 0 without one."""
        return self.newest.number if self.newest else self.floor

    @property
    def drifted(self) -> tuple[Commit, ...]:
        """What others committed since our newest release; before the first one, nothing counts."""
        return self.drift if self.newest else ()

    @property
    def head_at(self) -> datetime | None:
        """When the head was committed."""
        if self.drift:
            return self.drift[0].at
        return self.newest.commit.at if self.newest else None

    def is_up_to_date(self, snapshot: Snapshot, keep: Patterns) -> bool:
        """Whether the head is a release of just these files, and what it has besides is kept.

        Where the source has no `.gitattributes`, the Hub's own is nobody's business.
        """
        return (
            self.top.get("Snapshot") == snapshot.id
            and snapshot.attributes in (None, self.top.get("Attributes"))
            and self.top.get("Kept") in (None, keep.id)
            and not snapshot.missing_submodules
        )

    def is_newer_than(self, run: Run) -> bool:
        """Whether a later run than this one has released."""
        return run.turn is not None and self.turn is not None and self.turn > run.turn


def summarize_history(history: Iterable[Commit]) -> HistorySummary:
    """Read a history, newest first, no further than needed, so a lazy one costs no more requests.

    That is our newest release and the commit below it; where that release was made outside of a
    workflow, the newest one of a workflow's run is looked for among the next 48, too.
    """
    drift: list[Commit] = []
    records = _records(history)
    for commit, newest in records:
        if newest is None:
            drift.append(commit)
            continue
        turn = newest.run.turn
        if turn is None:
            turns = (older.run.turn for _, older in islice(records, _LOOK_BACK) if older)
            turn = next((one for one in turns if one is not None), None)
        return HistorySummary(newest, tuple(drift), turn, {} if drift else newest.said)
    return HistorySummary(drift=tuple(drift))


def _records(history: Iterable[Commit]) -> Iterator[tuple[Commit, ReleaseCommit | None]]:
    """Each commit with what it says where it is a release of ours, in its own place."""
    commits = iter(history)
    commit = next(commits, None)
    while commit is not None:
        below = next(commits, None)
        yield commit, ReleaseCommit.read(commit, below.id if below else None)
        commit = below


class ReleaseState(StrEnum):
    """What became of a release."""

    VERIFIED = "verified"
    ROLLED_BACK = "rolled back"
    NOT_SEEN = "not seen healthy"


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """A release and what became of it; `because` is the verdict that it was taken back for."""

    record: ReleaseCommit
    state: ReleaseState
    because: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseLog:
    """Our releases, newest first, and the commits on top that are not ours.

    `lost` are the numbers of verified releases whose commits are not in the history any more:
    somebody squashed it.
    """

    entries: tuple[ReleaseEntry, ...]
    drift: tuple[Commit, ...] = ()
    lost: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """The highest number that was given; 0 without any release."""
        return max([*self.lost, *(entry.record.number for entry in self.entries)], default=0)

    def entry(self, number: int) -> ReleaseEntry | None:
        """The release of this number; of several the one that was seen healthy."""
        found = [entry for entry in self.entries if entry.record.number == number]
        seen = [entry for entry in found if entry.state is ReleaseState.VERIFIED]
        return next(iter([*seen, *found]), None)

    def at(self, commit: str) -> ReleaseEntry | None:
        """The release that this commit is."""
        return next((entry for entry in self.entries if entry.record.id == commit), None)

    def good(self, *, before: str, other: bool = False) -> str | None:
        """The commit to go back to from another one: the newest verified release below it that
        nobody took back, else the commit that ran when it was planned, or a release below it.

        `other` passes over releases that hold the very files of that commit.
        """
        places = [place for place, entry in enumerate(self.entries) if entry.record.id == before]
        start = places[0] if places else 0
        below = self.entries[start + len(places) :]
        held = self.entries[start].record.said.get("Snapshot") if places and other else None
        for entry in below:
            same = held is not None and entry.record.said.get("Snapshot") == held
            if entry.state is ReleaseState.VERIFIED and not same:
                return entry.record.id
        ran = [entry.record.said.get("Running") for entry in self.entries[start:]]
        bad = {before} | {e.record.id for e in self.entries if e.state is ReleaseState.ROLLED_BACK}
        return next((commit for commit in ran if commit and commit not in bad), None)


def highest(tags: Iterable[str]) -> int:
    """The highest number among the tags of verified releases; 0 without any."""
    return max(_numbers(tags), default=0)


def _numbers(tags: Iterable[str]) -> list[int]:
    ours = (tag.removeprefix(TAGS) for tag in tags if tag.startswith(TAGS))
    return [int(one) for one in ours if re.fullmatch(rf"[0-9]{{1,{_MAX_NUMBER_DIGITS}}}", one)]


def release_log_of(history: Sequence[Commit], tags: Mapping[str, str]) -> ReleaseLog:
    """The log of a whole history, newest first, with the Space's tags (name to commit)."""
    records = list(_records(history))
    ours = [record for _, record in records if record is not None]
    drift: list[Commit] = []
    for commit, record in records:
        if record is not None:
            break
        drift.append(commit)
    taken_back = {because.commit: because.verdict for r in ours if (because := r.because)}
    entries = tuple(_entry(record, tags, taken_back) for record in ours)
    ids = {commit.id for commit in history}
    lost = _numbers(name for name, commit in tags.items() if commit not in ids)
    return ReleaseLog(entries, tuple(drift) if ours else (), tuple(sorted(lost)))


def _entry(
    record: ReleaseCommit, tags: Mapping[str, str], taken_back: Mapping[str, str]
) -> ReleaseEntry:
    if record.id in taken_back:
        return ReleaseEntry(record, ReleaseState.ROLLED_BACK, taken_back[record.id])
    verified = tags.get(f"{TAGS}{record.number}") == record.id
    return ReleaseEntry(record, ReleaseState.VERIFIED if verified else ReleaseState.NOT_SEEN)
