"""A release: a commit on the Space made by hf-deploy, recognized by the trailers of its message.

The Space's history is the release log; trailers are as git reads them:
https://git-scm.com/docs/git-interpret-trailers
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from deployer import __version__
from deployer.environments import OTHER_APP_KEYS
from deployer.source.snapshot import Source

TAGS = "hf-deploy/"
_NUMBER = re.compile(r"[0-9]{1,18}")
_PROMOTED = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40}) release ([0-9]{1,9})", re.ASCII)
# lone surrogates are bytes that are not UTF-8, as git allows in the name of a branch
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Run:
    """Who deploys, and from which workflow run; all None at a terminal."""

    id: str | None = None
    attempt: str | None = None
    actor: str | None = None

    @property
    def sequence(self) -> tuple[int, int] | None:
        """What orders runs: ids only grow, numbers of a workflow restart. None without a run."""
        if self.id is None or not _NUMBER.fullmatch(self.id):
            return None
        attempt = self.attempt or ""
        return int(self.id), int(attempt) if _NUMBER.fullmatch(attempt) else 1

    @property
    def trailer(self) -> str:
        """Its id and its attempt, as the trailer `Source-Run` has them; empty without a run."""
        return " ".join(filter(None, (self.id, self.attempt)))


class Kind(StrEnum):
    """What a release is for."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    PROMOTE = "promote"


@dataclass(frozen=True, slots=True)
class RollbackReason:
    """Why a release was rolled back: its commit, and its verdict."""

    commit: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.commit} {self.verdict}"

    @classmethod
    def read(cls, text: str | None) -> RollbackReason | None:
        """From its trailer."""
        match = re.fullmatch(r"([0-9a-f]{40}) ([a-z-]{1,40})", text or "")
        return cls(match[1], match[2]) if match else None


@dataclass(frozen=True, slots=True)
class Promoted:
    """The release of another Space that a promotion committed: its Space, commit and number."""

    space: str
    commit: str
    number: int

    def __str__(self) -> str:
        return f"{self.space}@{self.commit} release {self.number}"

    @property
    def short(self) -> str:
        """`owner/name release 3`."""
        return f"{self.space} release {self.number}"

    @classmethod
    def read(cls, text: str | None) -> Promoted | None:
        """From its trailer."""
        match = _PROMOTED.fullmatch(text or "")
        return cls(match[1], match[2], int(match[3])) if match else None


@dataclass(frozen=True, slots=True)
class Release:
    """What the commit of a release says of itself.

    `snapshot` is None where the id of what it holds is unknown, as after a rollback to a commit not
    made by hf-deploy. `nonce` is new for every operation; `kept` is the id of the patterns that
    kept files which are not the source's; `attributes` is the id of the source's own
    `.gitattributes`, before the Hub's lines were added. Both keep the snapshot's id from being all
    that there is to say of the Space. `card` has the lines that keys of the README's card had
    before the environment set them, None for a key that it added. `base` is the commit below: a
    message that was copied to another place in the history does not fit there. (Rewriting the
    history can still forge a release.) `running` is the commit that ran when this one was planned:
    a rollback target, even if it could not be tagged. `promoted` is the release of another Space
    whose files this one has, and `source_run` the run that deployed them first, if that is not
    `run`.
    """

    number: int
    source: Source
    snapshot: str | None
    nonce: str
    run: Run = Run()
    kind: Kind = Kind.DEPLOY
    reason: RollbackReason | None = None
    kept: str | None = None
    attributes: str | None = None
    card: Mapping[str, str | None] | None = None
    base: str | None = None
    running: str | None = None
    promoted: Promoted | None = None
    source_run: Run = Run()

    @property
    def title(self) -> str:
        """The commit's title: `Deploy owner/repo@1a2b3c4`."""
        return f"{self.kind.capitalize()} {_one_line(self.source.short)}"

    @property
    def message(self) -> str:
        """The commit's description: one trailer per line."""
        trailers = {
            "Release": str(self.number),
            "Kind": self.kind,
            "Source": str(self.source),
            "Ref": self.source.ref,
            "From": str(self.promoted) if self.promoted else None,
            "Source-Run": self.source_run.trailer,
            "Run": self.run.id,
            "Attempt": self.run.attempt,
            "Actor": self.run.actor,
            "Snapshot": self.snapshot,
            "Attributes": self.attributes,
            "Card": json.dumps(self.card) if self.card else None,
            "Base": self.base,
            "Running": self.running,
            "Kept": self.kept,
            "Because": str(self.reason) if self.reason else None,
            "Nonce": self.nonce,
            "Tool": f"hf-deploy {__version__}",
        }
        return "\n".join(f"{key}: {_one_line(value)}" for key, value in trailers.items() if value)


def read_card_trailer(text: str | None) -> Mapping[str, str | None] | None:
    """`Release.card` from its trailer; empty without one, and for one that would put another app's
    key back. None for anything else.
    """
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    is_valid = isinstance(found, dict) and all(
        lines is None or isinstance(lines, str) for lines in found.values()
    )
    if not is_valid:
        return None
    return found if OTHER_APP_KEYS.isdisjoint(found) else {}


def _one_line(text: str) -> str:
    # a branch or folder name with a newline in it would forge a trailer
    return _CONTROL.sub(" ", text)
