"""Everything that is done before the Hub is asked anything: the snapshot, and its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deployer.card import card as cards
from deployer.card.card import BYTE_ORDER_MARK, README, Card, CardFile
from deployer.card.yaml import InvalidCard
from deployer.checks import limits, local
from deployer.checks.findings import redact_problem
from deployer.errors import InvalidSource, UsageError
from deployer.events import Event, SnapshotTaken, Warned
from deployer.flows.pack import Refuse, pack
from deployer.flows.source import describe, locate
from deployer.problem import Level, Problem, closest_match
from deployer.request import DeployRequest
from deployer.source.snapshot import File, Snapshot
from deployer.world import files
from deployer.world.parallel import submit

_MAX_SHOWN = 5
_HOW = "start it with a card, or keep the card in a file and pass --card FILE"
_MARKED = (
    "a byte order mark stands before the card, and not every reader sees past it; save it as UTF-8 "
    "without BOM"
)


@dataclass(frozen=True, slots=True)
class ValidSource:
    """What would ship, with a card that is sound; `apart` is the card's own file, if it has one."""

    snapshot: Snapshot
    card: Card
    apart: CardFile | None = None


def _raise(_path: str, error: InvalidSource) -> None:
    raise error


def take_snapshot(request: DeployRequest, refuse: Refuse = _raise) -> Snapshot:
    """The snapshot of the ordered folder; of what can't ship, `refuse` is told.

    Raises UsageProblem, and InvalidSource where nothing is left to ship.
    """
    place = locate(request.here, request.path)
    source = submit(lambda: describe(place, request.told))
    return pack(place.root, place.repository, request.include, source, refuse)


def validate(request: DeployRequest, emit: Callable[[Event], None]) -> ValidSource:
    """Take the snapshot of the ordered folder and check all of it. Asks the Hub nothing.

    Raises UsageProblem, and InvalidSource where anything would keep the Space from running.
    """
    judged = check_source(request)
    errors = [str(found) for found in judged.problems if found.level is Level.ERROR]
    if errors or judged.card is None:
        more = f"; and {len(errors) - _MAX_SHOWN} more" if len(errors) > _MAX_SHOWN else ""
        raise InvalidSource(
            "This would not become a Space that runs.",
            cause="; ".join(errors[:_MAX_SHOWN]) + more,
            fix=f"Mend it; `hf-deploy check` shows all. The card: {cards.REFERENCE}",
        )
    snapshot = judged.snapshot
    mild = map(str, judged.problems)
    for warning in (*snapshot.warnings, *mild):
        emit(Warned(warning))
    emit(SnapshotTaken(snapshot))
    return ValidSource(snapshot, judged.card, judged.apart)


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """What would ship, and all that is wrong with it, in the order of its lines.

    `card` is None where there is none that can be read, which is an error among the problems.
    `apart` is the card's own file, where it has one.
    """

    snapshot: Snapshot
    card: Card | None
    problems: tuple[Problem, ...]
    apart: CardFile | None = None

    def __post_init__(self) -> None:
        """A problem quotes a file, and must not show a credential that is in it."""
        object.__setattr__(self, "problems", tuple(map(redact_problem, self.problems)))


def check_source(request: DeployRequest, refuse: Refuse = _raise) -> CheckedSource:
    """Take the snapshot of the ordered folder and check it on this machine.

    Raises as `take_snapshot` does.
    """
    snapshot, apart = take_snapshot(request, refuse), None
    try:
        if request.card is not None:
            apart = _apart(request)
            snapshot = _composed(snapshot, apart)
        card = _card(snapshot)
    except _NoCard as error:
        problems = [error.problem, *limits.check(snapshot.files)]
        return CheckedSource(snapshot, None, tuple(sorted(problems)), apart)
    found = local.check_files(
        card,
        snapshot.files,
        lambda path: files.read(snapshot.files[path].content),
        card_file=apart,
        excluded=snapshot.excluded,
        untracked=lambda path: files.exists(request.here / request.path / path),
    )
    if _readme(snapshot).startswith(BYTE_ORDER_MARK):
        found.append(Problem(README, 1, _MARKED, Level.WARNING))
    return CheckedSource(snapshot, card, tuple(sorted(found)), apart)


class _NoCard(Exception):
    """There is no card that can be read, and this is why."""

    def __init__(self, path: str, line: int | None, why: str) -> None:
        super().__init__(why)
        self.problem = Problem(path, line, why)


def _apart(request: DeployRequest) -> CardFile:
    name = str(request.card)
    try:
        text = files.text_of(request.here / name)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(name, error) from None
    if text is None:
        raise UsageError(
            "There is no such card file.",
            cause=f"--card {name}",
            fix="Name a YAML file, with its path from the folder you stand in.",
        )
    return CardFile(name, text)


def _unreadable(path: str, error: OSError | UnicodeDecodeError) -> _NoCard:
    if isinstance(error, UnicodeDecodeError):
        return _NoCard(path, *cards.explain_not_utf8(error.object))
    return _NoCard(path, None, f"it can't be read: {error.strerror}")


def _composed(snapshot: Snapshot, apart: CardFile) -> Snapshot:
    """The snapshot, with the card that lies apart in front of its README."""
    readme = _readme(snapshot)
    _parsed(readme)
    try:
        composed = cards.compose(readme, apart.text)
    except InvalidCard as error:
        raise _NoCard(apart.path, error.line, str(error)) from None
    return snapshot.with_files([File.of_bytes(README, composed.encode())])


def _card(snapshot: Snapshot) -> Card:
    readme = _readme(snapshot)
    card = _parsed(readme)
    if card is not None:
        return card
    if rule := snapshot.excluded.get(README):
        raise _NoCard(README, None, f"it is left out by {rule}, and the Space's card stands in it")
    if README not in snapshot.files:
        meant = closest_match(README, (path for path in snapshot.files if "/" not in path))
        do = f"rename {meant} to it" if meant else _HOW
        raise _NoCard(README, None, f"there is none, so the Space has no card: {do}")
    line, why = cards.explain_missing_card(readme)
    raise _NoCard(README, line, f"{why}. {_HOW[:1].upper()}{_HOW[1:]}")


def _readme(snapshot: Snapshot) -> str:
    file = snapshot.files.get(README)
    if file is None:
        return ""
    try:
        return files.read(file.content).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(README, error) from None


def _parsed(readme: str) -> Card | None:
    try:
        return cards.parse(readme)
    except InvalidCard as error:
        raise _NoCard(README, error.line, str(error)) from None
