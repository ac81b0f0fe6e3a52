"""The release log of a Space, read from its commits and tags: every release, and its state."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from deployer.release.release import (
    TAGS,
    Kind,
    Promoted,
    RollbackReason,
    Run,
    read_card_trailer,
)
from deployer.source.ignore import Patterns
from deployer.source.snapshot import Snapshot, Source

BY_HAND = "by-hand"  # in place of a verdict, where a person rolled a release back
_TRAILER = re.compile(r"^(?P<key>[A-Z][A-Za-z-]*): (?P<value>.*)$", re.MULTILINE)
_MAX_NUMBER_DIGITS = 9
_MAX_NUMBER = (
    900_000_000  # a higher number is not a release, and would leave no room for the next one
)
_FIRST_TITLE = "initial commit"  # by the Hub, in a new Space
_MAX_OLDER_COMMITS = 48  # commits: with two more they are one page


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a Space's history, newest first in every list of them."""

    id: str
    title: str
    message: str
    author: str
    at: datetime


def parse_trailers(message: str) -> dict[str, str]:
    """The trailers of a commit's message; the first of each name counts."""
    found: dict[str, str] = {}
    for trailer in _TRAILER.finditer(message.replace("\r\n", "\n")):
        found.setdefault(trailer["key"], trailer["value"].strip())
    return found


def carries_nonce(commit: Commit, nonce: str) -> bool:
    """Whether this is the commit that was sent with that nonce."""
    return parse_trailers(commit.message).get("Nonce") == nonce


@dataclass(frozen=True, slots=True)
class ReleaseCommit:
    """A commit of the history that is a release, with its trailers."""

    commit: Commit
    number: int
    trailers: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, commit: Commit, below: str | None) -> ReleaseCommit | None:
        """From a commit and the id of the one below it; None for a commit not made by hf-deploy.

        A message that was copied from a release to another place names another commit below.
        """
        found = parse_trailers(commit.message)
        number = found.get("Release", "")
        if (
            not re.fullmatch(rf"[0-9]{{1,{_MAX_NUMBER_DIGITS}}}", number)
            or int(number) > _MAX_NUMBER
        ):
            return None
        is_release = "Nonce" in found and "Tool" in found and below is not None
        return (
            cls(commit, int(number), found) if is_release and found.get("Base") == below else None
        )

    @property
    def id(self) -> str:
        """Its commit on the Space."""
        return self.commit.id

    @property
    def kind(self) -> str:
        """A `Kind`, or what a newer version calls it."""
        return self.trailers.get("Kind", Kind.DEPLOY)

    @property
    def source(self) -> Source:
        """What it was made from."""
        return Source.read(self.trailers.get("Source", ""), self.trailers.get("Ref"))

    @property
    def run(self) -> Run:
        """The workflow run that made it."""
        return Run(
            self.trailers.get("Run"), self.trailers.get("Attempt"), self.trailers.get("Actor")
        )

    @property
    def source_run(self) -> Run:
        """The workflow run that deployed its files first, to whichever Space; empty if unknown."""
        number, _, attempt = self.trailers.get("Source-Run", "").partition(" ")
        if number:
            return Run(number, attempt or None)
        return self.run if self.kind == Kind.DEPLOY else Run()

    @property
    def promoted(self) -> Promoted | None:
        """The release of another Space whose files it has."""
        return Promoted.read(self.trailers.get("From"))

    @property
    def by(self) -> str:
        """Who made it: the workflow's actor, else the commit's author."""
        return self.run.actor or self.commit.author

    @property
    def reason(self) -> RollbackReason | None:
        """What a rollback rolled back, and why."""
        return RollbackReason.read(self.trailers.get("Because"))

    @property
    def card(self) -> Mapping[str, str | None] | None:
        """The lines that keys of the README's card had before the environment set them.

        None for a trailer that can't be read.
        """
        return read_card_trailer(self.trailers.get("Card"))


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """What a Space's history says of its releases, as far as a plan needs it.

    `newest` is the newest release, None without one; `drift` are the commits on top of it that were
    not made by hf-deploy; `sequence` is of the newest workflow run that released. `head_trailers`
    are those of the head, where that is a release. `max_number` is the highest number that was ever
    verified, where the history was squashed.
    """

    newest: ReleaseCommit | None = None
    drift: tuple[Commit, ...] = ()
    sequence: tuple[int, int] | None = None
    head_trailers: Mapping[str, str] = field(default_factory=dict)
    max_number: int = 0

    @property
    def number(self) -> int:
        """The number of the newest release; 0 without one."""
        return self.newest.number if self.newest else self.max_number

    @property
    def head_number(self) -> int | None:
        """The number of the release that the head is; None where it is none."""
        return self.newest.number if self.newest and not self.drift else None

    @property
    def drifted(self) -> tuple[Commit, ...]:
        """The commits of others since the newest release; before the first one, none counts."""
        return self.drift if self.newest else ()

    @property
    def head_at(self) -> datetime | None:
        """When the head was committed."""
        if self.drift:
            return self.drift[0].at
        return self.newest.commit.at if self.newest else None

    @property
    def is_untouched(self) -> bool:
        """Whether the only commit is the one that the Hub makes in a new Space."""
        return self.newest is None and [commit.title for commit in self.drift] == [_FIRST_TITLE]

    def is_up_to_date(self, snapshot: Snapshot, keep: Patterns) -> bool:
        """Whether the head is a release of just these files, and what it has besides is kept.

        Where the source has no `.gitattributes`, the Hub's own does not matter.
        """
        return (
            self.head_trailers.get("Snapshot") == snapshot.id
            and snapshot.attributes in (None, self.head_trailers.get("Attributes"))
            and self.head_trailers.get("Kept") in (None, keep.id)
            and not snapshot.missing_submodules
        )

    def is_newer_than(self, run: Run) -> bool:
        """Whether a later run than this one has released."""
        return (
            run.sequence is not None and self.sequence is not None and self.sequence > run.sequence
        )


def summarize_history(history: Iterable[Commit]) -> HistorySummary:
    """Read a history, newest first, no further than needed, so a lazy one costs no more requests.

    That is the newest release and the commit below it; where that release was made outside of a
    workflow, the newest one of a workflow run is searched for among the next 48, too.
    """
    drift: list[Commit] = []
    records = _records(history)
    for commit, newest in records:
        if newest is None:
            drift.append(commit)
            continue
        sequence = newest.run.sequence
        if sequence is None:
            sequences = (
                older.run.sequence for _, older in islice(records, _MAX_OLDER_COMMITS) if older
            )
            sequence = next((one for one in sequences if one is not None), None)
        return HistorySummary(newest, tuple(drift), sequence, {} if drift else newest.trailers)
    return HistorySummary(drift=tuple(drift))


def _records(history: Iterable[Commit]) -> Iterator[tuple[Commit, ReleaseCommit | None]]:
    """Each commit, and the release that it is, if any."""
    commits = iter(history)
    commit = next(commits, None)
    while commit is not None:
        below = next(commits, None)
        yield commit, ReleaseCommit.read(commit, below.id if below else None)
        commit = below


class ReleaseState(StrEnum):
    """The state of a release."""

    VERIFIED = "verified"
    ROLLED_BACK = "rolled back"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """A release and its state; `reason` is the verdict that it was rolled back for."""

    record: ReleaseCommit
    state: ReleaseState
    reason: str | None = None

    def is_healthy(self, ran: Collection[str | None]) -> bool:
        """Whether it was verified, or is one of the commits that `ran` for long enough."""
        if self.state is ReleaseState.UNVERIFIED:
            return self.record.id in ran
        return self.state is ReleaseState.VERIFIED


@dataclass(frozen=True, slots=True)
class ReleaseLog:
    """The releases of a Space, newest first, and the commits on top not made by hf-deploy.

    `squashed` are the numbers of verified releases whose commits are not in the history any more:
    it was squashed.
    """

    entries: tuple[ReleaseEntry, ...]
    drift: tuple[Commit, ...] = ()
    squashed: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """The highest number that was given; 0 without any release."""
        return max([*self.squashed, *(entry.record.number for entry in self.entries)], default=0)

    def entry(self, number: int) -> ReleaseEntry | None:
        """The release of this number; of several the one that was seen healthy."""
        found = [entry for entry in self.entries if entry.record.number == number]
        seen = [entry for entry in found if entry.state is ReleaseState.VERIFIED]
        return next(iter([*seen, *found]), None)

    def at(self, commit: str) -> ReleaseEntry | None:
        """The release that this commit is."""
        return next((entry for entry in self.entries if entry.record.id == commit), None)

    def last_healthy(self, *, before: str, other: bool = False) -> str | None:
        """The commit to roll back to: the newest release below the commit `before` that was
        verified, or that ran when a later one was planned, and was not rolled back; else the
        commit not made by hf-deploy that ran when that one, or a release below it, was planned.

        `other` passes over releases that hold the very files of that commit.
        """
        start, below = self._below(before)
        head = self.at(before)
        held = head.record.trailers.get("Snapshot") if head and other else None
        ran = [entry.record.trailers.get("Running") for entry in self.entries[start:]]
        for entry in below:
            same = held is not None and entry.record.trailers.get("Snapshot") == held
            if entry.is_healthy(ran) and not same:
                return entry.record.id
        ours = {before, *(entry.record.id for entry in self.entries)}
        return next((commit for commit in ran if commit and commit not in ours), None)

    def last_verified(self, *, before: str) -> str | None:
        """The newest release below the commit `before` that was verified, and not rolled back."""
        _, below = self._below(before)
        return next((entry.record.id for entry in below if entry.is_healthy(())), None)

    def _below(self, commit: str) -> tuple[int, tuple[ReleaseEntry, ...]]:
        """The place of a release, or of the newest one below a commit, and all below it."""
        places = [place for place, entry in enumerate(self.entries) if entry.record.id == commit]
        start = places[0] if places else 0
        return start, self.entries[start + len(places) :]


def highest_number(tags: Iterable[str]) -> int:
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
    rolled_back = {reason.commit: reason.verdict for r in ours if (reason := r.reason)}
    entries = tuple(_entry(record, tags, rolled_back) for record in ours)
    ids = {commit.id for commit in history}
    lost = _numbers(name for name, commit in tags.items() if commit not in ids)
    return ReleaseLog(entries, tuple(drift) if ours else (), tuple(sorted(lost)))


def _entry(
    record: ReleaseCommit, tags: Mapping[str, str], rolled_back: Mapping[str, str]
) -> ReleaseEntry:
    if record.id in rolled_back:
        return ReleaseEntry(record, ReleaseState.ROLLED_BACK, rolled_back[record.id])
    verified = tags.get(f"{TAGS}{record.number}") == record.id
    return ReleaseEntry(record, ReleaseState.VERIFIED if verified else ReleaseState.UNVERIFIED)
