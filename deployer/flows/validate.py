"""Take the snapshot of a source and check all of it, before anything is sent to the Hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from deployer.card import card as cards
from deployer.card.card import BYTE_ORDER_MARK, README, Card, CardFile
from deployer.card.override import Before, Overridden, override
from deployer.card.yaml import InvalidCard
from deployer.checks import limits, local
from deployer.checks.findings import redact_problem
from deployer.checks.undeployed import explain
from deployer.errors import InvalidSource, UsageError
from deployer.events import Event, SnapshotTaken, Warned
from deployer.flows.locate import check_inside, in_repository, locate_card_keys, missing_checkout
from deployer.flows.take_snapshot import snapshot_of
from deployer.finding_names import FindingName
from deployer.problem import Level, Problem, closest_match, not_ignored
from deployer.request import DeployRequest
from deployer.source.snapshot import File, Snapshot
from deployer.world import files, git

_MAX_SHOWN = 5
_BYTE_ORDER_MARK = (
    "byte order mark before the card, which not every reader accepts; save it as UTF-8 without BOM"
)


@dataclass(frozen=True, slots=True)
class ValidSource:
    """The files to deploy, with a valid card; `card_file` is the card's own file, if it has one.

    `overridden` has the lines that keys of the card had before the environment set them.
    """

    snapshot: Snapshot
    card: Card
    card_file: CardFile | None = None
    overridden: Before = field(default_factory=dict)


def validate(
    request: DeployRequest,
    emit: Callable[[Event], None],
    taken: Callable[[], Snapshot] | None = None,
) -> ValidSource:
    """Take the snapshot of the requested folder and check all of it. Asks no Hub.

    `taken` waits for a snapshot that is being taken already. Raises UsageError, and InvalidSource
    where anything would keep the Space from running.
    """
    checked = check_source(request, taken() if taken else snapshot_of(request))
    snapshot = checked.snapshot
    problems = in_repository(request, checked.problems)
    emit(SnapshotTaken(snapshot, len(problems) + len(snapshot.warnings)))
    errors = [one for one in problems if one.level is Level.ERROR]
    if errors or checked.card is None:
        raise invalid_source(errors)
    for one in in_repository(request, snapshot.warnings):
        emit(Warned(one.text, one.finding))
    for one in problems:
        emit(Warned(str(one), one.finding))
    return ValidSource(snapshot, checked.card, checked.card_file, checked.overridden)


def invalid_source(errors: Sequence[Problem]) -> InvalidSource:
    """The error for what would keep the Space from running."""
    more = f"; and {len(errors) - _MAX_SHOWN} more" if len(errors) > _MAX_SHOWN else ""
    count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    return InvalidSource(
        f"{count} would break the Space",
        cause="; ".join(map(str, errors[:_MAX_SHOWN])) + more,
        fix=f"run `hf-deploy check` to list all problems; card reference: {cards.REFERENCE}",
        findings=(one.finding for one in errors),
    )


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """The files to deploy, and the problems found in them, in the order of their lines.

    `card` is None where there is none that can be read, which is an error among the problems.
    `card_file` is the card's own file, where it has one. `overridden` has the lines that keys of
    the card had before the environment set them.
    """

    snapshot: Snapshot
    card: Card | None
    problems: tuple[Problem, ...]
    card_file: CardFile | None = None
    overridden: Before = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A problem quotes a file, and must not show a credential that is in it."""
        object.__setattr__(self, "problems", tuple(map(redact_problem, self.problems)))


def check_source(request: DeployRequest, snapshot: Snapshot) -> CheckedSource:
    """Check the snapshot of the requested folder on this machine."""
    card_file, overridden = None, Overridden()
    kept = tuple(not_ignored(snapshot.warnings, request.ignore))
    snapshot = replace(snapshot, warnings=kept)
    try:
        if request.card is not None:
            card_file = _read_card_file(request)
            snapshot = _with_card(snapshot, card_file)
        card = _card(request, snapshot)
        if request.card_keys.values:
            card, overridden = _override(request, snapshot, card)
            snapshot = _with_readme(snapshot, overridden.text)
    except _NoCard as error:
        problems = [error.problem, *not_ignored(limits.check(snapshot.files), request.ignore)]
        return CheckedSource(snapshot, None, tuple(sorted(problems)), card_file)
    root = request.here / request.path
    problems = local.check_files(
        card,
        snapshot.files,
        lambda path: files.read(snapshot.files[path].content),
        card_file=card_file,
        excluded=snapshot.excluded,
        untracked=lambda path: files.exists(root / path),
        undeployed=lambda path: explain(
            path,
            snapshot.excluded.get(path) or git.ignoring_rule(root, path),
            exists=files.exists(root / path),
        ),
        hardware=request.settings.hardware,
        variables={one.name: one.value for one in request.settings.variables},
    )
    if _readme(snapshot).startswith(BYTE_ORDER_MARK):
        name: FindingName = "card-byte-order-mark"
        problems.append(Problem(README, 1, _BYTE_ORDER_MARK, Level.WARNING, name=name))
    problems = sorted(not_ignored(problems, request.ignore))
    return CheckedSource(snapshot, card, tuple(problems), card_file, overridden.before)


class _NoCard(Exception):
    """There is no readable card."""

    def __init__(self, path: str, line: int | None, why: str) -> None:
        super().__init__(why)
        self.problem = Problem(path, line, why, name="card-unreadable")


def _read_card_file(request: DeployRequest) -> CardFile:
    name = str(request.card)
    check_inside(request.here, "card", name, request.set_in.get("card"))
    try:
        text = files.read_text(request.here / name)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(name, error) from None
    if text is None:
        raise UsageError(
            f"card file not found: {name}",
            cause=f"`--card {name}`",
            fix="pass a YAML file, with its path from the current directory, to --card",
        )
    return CardFile(name, text)


def _unreadable(path: str, error: OSError | UnicodeDecodeError) -> _NoCard:
    if isinstance(error, UnicodeDecodeError):
        return _NoCard(path, *cards.explain_not_utf8(error.object))
    return _NoCard(path, None, f"cannot be read: {error.strerror}")


def _with_card(snapshot: Snapshot, card_file: CardFile) -> Snapshot:
    """The snapshot, with the card of its own file in front of the README."""
    readme = _readme(snapshot)
    _parse(readme)
    try:
        composed = cards.compose(readme, card_file.text)
    except InvalidCard as error:
        raise _NoCard(card_file.path, error.line, str(error)) from None
    return _with_readme(snapshot, composed)


def _with_readme(snapshot: Snapshot, readme: str) -> Snapshot:
    return snapshot.with_files([File.of_bytes(README, readme.encode())])


def _override(request: DeployRequest, snapshot: Snapshot, card: Card) -> tuple[Card, Overridden]:
    """The README with the environment's keys in its card, and that card.

    A key that the environment sets has its line in the config file, any other where it is in the
    source.
    """
    keys = request.card_keys
    try:
        overridden = override(_readme(snapshot), keys.values)
    except InvalidCard as error:
        raise _NoCard(README, error.line, str(error)) from None
    new = _parse(overridden.text) or card
    set_in = locate_card_keys(request)
    return replace(new, lines=card.lines, items=card.items, set_in=set_in), overridden


def _card(request: DeployRequest, snapshot: Snapshot) -> Card:
    readme = _readme(snapshot)
    card = _parse(readme)
    if card is not None:
        return card
    if rule := snapshot.excluded.get(README):
        raise _NoCard(README, None, f"excluded by {rule}, but it holds the Space's card")
    if README not in snapshot.files:
        similar = closest_match(README, (path for path in snapshot.files if "/" not in path))
        fix = missing_checkout(request) or (
            f"rename {similar} to {README}"
            if similar
            else "add one with a card, or pass --card FILE"
        )
        raise _NoCard(README, None, f"not found, so the Space has no card: {fix}")
    line, why = cards.explain_missing_card(readme)
    raise _NoCard(README, line, f"{why}, or pass --card FILE")


def _readme(snapshot: Snapshot) -> str:
    file = snapshot.files.get(README)
    if file is None:
        return ""
    try:
        return files.read(file.content).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(README, error) from None


def _parse(readme: str) -> Card | None:
    try:
        return cards.parse(readme)
    except InvalidCard as error:
        raise _NoCard(README, error.line, str(error)) from None
