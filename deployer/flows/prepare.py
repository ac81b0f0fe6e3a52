"""Everything before the first change: the snapshot, its card, the Space as it is, the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from deployer import card as cards
from deployer.card import README, BadCard, Card
from deployer.errors import InvalidSource, UsageProblem
from deployer.events import Event, Packed, Warned
from deployer.flows.pack import pack
from deployer.flows.source import describe, locate
from deployer.ignore import GIT_ATTRIBUTES
from deployer.order import Order
from deployer.plan import Plan, compare, unsettled
from deployer.snapshot import LONGEST_LFS_POINTER, File, Snapshot, is_lfs_pointer
from deployer.space import Space
from deployer.tree import RemoteTree
from deployer.world import files
from deployer.world.hub import commits, trees
from deployer.world.hub.client import Client

_LFS_RULE = b"filter=lfs"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would ship, with a card that is sound."""

    snapshot: Snapshot
    card: Card


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan, and the number of our newest release below it (None: there is none)."""

    plan: Plan
    last: int | None = None


def take(order: Order) -> Snapshot:
    """The snapshot of the ordered folder. Raises UsageProblem and InvalidSource."""
    place = locate(order.here, order.path)
    return pack(place.root, place.repository, order.include, describe(place, order.told))


def wrap(order: Order, tell: Callable[[Event], None]) -> Parcel:
    """Take the snapshot of the ordered folder and check its card. Asks the Hub nothing.

    Raises UsageProblem and InvalidSource.
    """
    snapshot = take(order)
    if order.card is not None:
        snapshot = _with_card(snapshot, order)
    card = _sound_card(snapshot)
    for warning in snapshot.warnings:
        tell(Warned(warning))
    tell(Packed(snapshot))
    return Parcel(snapshot, card)


def _with_card(snapshot: Snapshot, order: Order) -> Snapshot:
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
    try:
        composed = cards.compose(_readme(snapshot), apart)
    except BadCard as error:
        raise _invalid_card(f"{name}{_at(error.line)}", str(error)) from None
    return snapshot.with_files([File.of_bytes(README, composed.encode())])


def _readme(snapshot: Snapshot) -> str:
    file = snapshot.files.get(README)
    if file is None:
        return ""
    try:
        return files.read(file.content).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(README, str(error)) from None


def _sound_card(snapshot: Snapshot) -> Card:
    try:
        card = cards.parse(_readme(snapshot))
    except BadCard as error:
        raise _invalid_card(f"{README}{_at(error.line)}", str(error)) from None
    if card is None:
        raise _no_card(snapshot)
    problems = cards.problems(card, snapshot.files)
    if problems:
        seen = "; ".join(f"{README}{_at(found.line)}: {found.message}" for found in problems)
        raise InvalidSource(
            "The Space's card is not sound.", seen=seen, do=f"Mend it: {cards.REFERENCE}"
        )
    return card


def _no_card(snapshot: Snapshot) -> InvalidSource:
    if rule := snapshot.left_out.get(README):
        seen = f"{README} is left out by {rule}"
    elif README in snapshot.files:
        seen = (
            f"{README} does not start with a line of three dashes (nor may a BOM stand before it)"
        )
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


def plan(client: Client, order: Order, snapshot: Snapshot, space: Space | None) -> Draft:
    """The plan for a snapshot against the Space as it is (None: not there yet).

    Raises InvalidSource where a Git LFS pointer would be sent in place of its file.
    """
    if space is None:
        return Draft(_checked(compare(snapshot, None, order.keep)))
    past = commits.past(client, order.space, space.head)
    if past.is_now(snapshot):
        return Draft(Plan(space.head, unchanged=len(snapshot.files)), past.number)
    remote = trees.tree(client, order.space, space.head, snapshot.files)
    return Draft(against(client, order, snapshot, remote), past.number)


def against(client: Client, order: Order, snapshot: Snapshot, remote: RemoteTree) -> Plan:
    """The plan for a snapshot against files whose listing is known. Raises as `plan` does."""
    snapshot = _with_attributes(client, order, snapshot, remote)
    settled = (
        replace(file, lfs=files.sha256(file.content)) for file in unsettled(snapshot, remote)
    )
    return _checked(compare(snapshot.with_files(list(settled)), remote, order.keep))


def _with_attributes(
    client: Client, order: Order, snapshot: Snapshot, remote: RemoteTree
) -> Snapshot:
    """The root `.gitattributes` is shared with the Hub, whose LFS rules stand in it."""
    ours, theirs = snapshot.files.get(GIT_ATTRIBUTES), remote.files.get(GIT_ATTRIBUTES)
    if ours is None or theirs is None or ours.oid == theirs.oid:
        return snapshot
    there = commits.read(client, order.space, GIT_ATTRIBUTES, remote.head)
    merged = _merged_attributes(files.read(ours.content), there)
    return snapshot.with_files([File.of_bytes(GIT_ATTRIBUTES, merged)])


def _checked(made: Plan) -> Plan:
    """The plan, if no Git LFS pointer is in it."""
    small = (file for file in made.sent if file.size < LONGEST_LFS_POINTER)
    pointers = [file.path for file in small if is_lfs_pointer(files.read(file.content))]
    if pointers:
        more = f" and {len(pointers) - _SHOWN} more" if len(pointers) > _SHOWN else ""
        raise InvalidSource(
            "Git LFS pointers lie where the files should be.",
            seen=", ".join(pointers[:_SHOWN]) + more,
            do="Check out with `lfs: true` (actions/checkout), or run `git lfs pull`.",
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
