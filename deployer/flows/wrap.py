"""Everything that is done before the Hub is asked anything: the snapshot, and its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deployer import card as cards
from deployer import checks
from deployer.card import README, BadCard, Card, CardFile
from deployer.errors import InvalidSource, UsageProblem
from deployer.events import Event, Packed, Warned
from deployer.flows.pack import pack
from deployer.flows.source import describe, locate
from deployer.order import Order
from deployer.problem import Level, Problem
from deployer.snapshot import File, Snapshot
from deployer.world import files
from deployer.world.parallel import begin

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would ship, with a card that is sound."""

    snapshot: Snapshot
    card: Card


def take(order: Order) -> Snapshot:
    """The snapshot of the ordered folder. Raises UsageProblem and InvalidSource."""
    place = locate(order.here, order.path)
    source = begin(lambda: describe(place, order.told))
    return pack(place.root, place.repository, order.include, source)


def wrap(order: Order, tell: Callable[[Event], None]) -> Parcel:
    """Take the snapshot of the ordered folder and check all of it. Asks the Hub nothing.

    Raises UsageProblem, and InvalidSource where anything would keep the Space from running.
    """
    judged = judge(order)
    errors = [str(found) for found in judged.problems if found.level is Level.ERROR]
    if errors:
        more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
        raise InvalidSource(
            "This would not become a Space that runs.",
            seen="; ".join(errors[:_SHOWN]) + more,
            do=f"Mend it; `hf-deploy check` shows all. The card: {cards.REFERENCE}",
        )
    snapshot = judged.parcel.snapshot
    mild = map(str, judged.problems)
    for warning in (*snapshot.warnings, *mild):
        tell(Warned(warning))
    tell(Packed(snapshot))
    return judged.parcel


@dataclass(frozen=True, slots=True)
class Judged:
    """What would ship, and all that is wrong with it, in the order of its lines."""

    parcel: Parcel
    problems: tuple[Problem, ...]


def judge(order: Order) -> Judged:
    """Take the snapshot of the ordered folder and check it on this machine.

    Raises UsageProblem, and InvalidSource where there is no card that could be checked.
    """
    snapshot, apart = take(order), None
    if order.card is not None:
        snapshot, apart = _with_card(snapshot, order)
    card = _card_of(_readme(snapshot))
    if card is None:
        raise _no_card(snapshot)
    found = checks.problems(
        card,
        snapshot.files,
        lambda path: files.read(snapshot.files[path].content),
        card_file=apart,
        left_out=snapshot.left_out,
    )
    return Judged(Parcel(snapshot, card), tuple(sorted(found)))


def _with_card(snapshot: Snapshot, order: Order) -> tuple[Snapshot, CardFile]:
    name = str(order.card)
    try:
        apart = files.text_of(order.here / name)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(name, str(error)) from None
    if apart is None:
        raise UsageProblem(
            "There is no such card file.",
            seen=f"--card {name}",
            do="Name a YAML file, with its path from the folder you stand in.",
        )
    readme = _readme(snapshot)
    _card_of(readme)
    try:
        composed = cards.compose(readme, apart)
    except BadCard as error:
        raise _invalid_card(f"{name}{_at(error.line)}", str(error)) from None
    return snapshot.with_files([File.of_bytes(README, composed.encode())]), CardFile(name, apart)


def _readme(snapshot: Snapshot) -> str:
    file = snapshot.files.get(README)
    if file is None:
        return ""
    try:
        return files.read(file.content).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(README, str(error)) from None


def _card_of(readme: str) -> Card | None:
    try:
        return cards.parse(readme)
    except BadCard as error:
        raise _invalid_card(f"{README}{_at(error.line)}", str(error)) from None


def _no_card(snapshot: Snapshot) -> InvalidSource:
    if rule := snapshot.left_out.get(README):
        seen = f"{README} is left out by {rule}"
    elif README in snapshot.files:
        line, why = cards.why_no_card(_readme(snapshot))
        seen = f"{README}:{line}: {why}"
    else:
        seen = f"there is no {README} among the {len(snapshot.files)} files"
    return InvalidSource(
        "The Space would have no card, so the Hub could not build it.",
        seen=seen,
        do=f"Start {README} with a card, or keep it in a file and pass --card FILE: "
        f"{cards.REFERENCE}",
    )


def _invalid_card(where: str, why: str) -> InvalidSource:
    return InvalidSource(
        "The Space's card can't be read.",
        seen=f"{where}: {why}",
        do=f"Mend the YAML there: {cards.REFERENCE}",
    )


def _unreadable(name: str, why: str) -> InvalidSource:
    return InvalidSource(
        "A file can't be read.", seen=f"{name}: {why}", do="Make it a text file in UTF-8."
    )


def _at(line: int | None) -> str:
    return "" if line is None else f":{line}"
