"""A release: a commit on the Space that we made, and the words by which it is known again.

The Space's history is the release log; each release carries trailers, as git reads them:
https://git-scm.com/docs/git-interpret-trailers
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from deployer import __version__
from deployer.ignore import Patterns
from deployer.snapshot import Snapshot, Source

_TRAILER = re.compile(r"^(?P<key>[A-Z][A-Za-z-]*): (?P<value>.*)$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a Space's history, newest first in every list of them."""

    id: str
    title: str
    message: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Who deploys, and from which workflow run; all None at a terminal."""

    id: str | None = None
    attempt: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What a release says of itself.

    `nonce` is new for every attempt to commit; `kept` is the id of the patterns that made files
    stay which are not the source's; `attributes` is the id of the source's own `.gitattributes`,
    before the Hub's lines were added. Both keep the snapshot's id from being all that there is to
    say of the Space. `base` is the commit below: words that were copied to another place in the
    history don't fit there. (Who rewrites the history can still forge a release.)
    """

    number: int
    source: Source
    snapshot: str
    nonce: str
    run: Run = Run()
    kind: str = "deploy"
    kept: str | None = None
    attributes: str | None = None
    base: str | None = None

    @property
    def title(self) -> str:
        """The commit's title: `Deploy owner/repo@1a2b3c4`."""
        return f"{self.kind.capitalize()} {_one_line(self.source.short)}"

    @property
    def message(self) -> str:
        """The commit's description: one trailer a line."""
        said = {
            "Release": str(self.number),
            "Kind": self.kind,
            "Source": str(self.source),
            "Ref": self.source.ref,
            "Run": self.run.id,
            "Attempt": self.run.attempt,
            "Actor": self.run.actor,
            "Snapshot": self.snapshot,
            "Attributes": self.attributes,
            "Base": self.base,
            "Kept": self.kept,
            "Nonce": self.nonce,
            "Tool": f"hf-deploy {__version__}",
        }
        return "\n".join(f"{key}: {_one_line(value)}" for key, value in said.items() if value)


def _one_line(text: str) -> str:
    # a branch or folder name with a newline in it would forge a trailer
    return _CONTROL.sub(" ", text)


def trailers(message: str) -> dict[str, str]:
    """The trailers of a commit's message; the first of each name counts."""
    found: dict[str, str] = {}
    for trailer in _TRAILER.finditer(message.replace("\r\n", "\n")):
        found.setdefault(trailer["key"], trailer["value"].strip())
    return found


def number_of(commit: Commit) -> int | None:
    """The release number of a commit; None for a commit that is not ours."""
    said = trailers(commit.message)
    number = said.get("Release", "")
    return int(number) if number.isdecimal() and "Nonce" in said and "Tool" in said else None


@dataclass(frozen=True, slots=True)
class Past:
    """What a Space's history says of us: the number of our newest release, None without one.

    `top` are the trailers of the head where that is a release of ours, in its own place.
    """

    number: int | None = None
    top: Mapping[str, str] = field(default_factory=dict)

    def is_now(self, snapshot: Snapshot, keep: Patterns) -> bool:
        """Whether the head is a release of just these files, and what it has besides is kept.

        Where the source has no `.gitattributes`, the Hub's own is nobody's business.
        """
        return (
            self.top.get("Snapshot") == snapshot.id
            and snapshot.attributes in (None, self.top.get("Attributes"))
            and self.top.get("Kept") in (None, keep.id)
            and not snapshot.absent
        )


def past_of(history: Iterable[Commit]) -> Past:
    """Read a history, newest first, no further than our newest release and the commit below it.

    So a lazy history costs no more requests.
    """
    commits = iter(history)
    for place, commit in enumerate(commits):
        if (number := number_of(commit)) is not None:
            said = trailers(commit.message)
            below = None if place else next(commits, None)
            return Past(number, said if below and below.id == said.get("Base") else {})
    return Past()


def carries_nonce(commit: Commit, nonce: str) -> bool:
    """Whether this is the commit that was sent with that nonce."""
    return trailers(commit.message).get("Nonce") == nonce
