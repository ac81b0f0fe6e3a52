"""The card of a promotion: without the keys of the environment that it comes from, and with those
of the one that it goes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from deployer.card.card import README, parse
from deployer.card.override import Before, Overridden, override, put_back
from deployer.card.rules import check_card
from deployer.card.yaml import InvalidCard
from deployer.checks.findings import redact_problem
from deployer.errors import InvalidSource
from deployer.flows.candidate import Candidate
from deployer.flows.locate import in_repository, locate_card_keys
from deployer.flows.operation import Operation
from deployer.flows.validate import invalid_source
from deployer.problem import Level, not_ignored
from deployer.source.snapshot import File
from deployer.world.hub import downloads


@dataclass(frozen=True, slots=True)
class PromotedCard:
    """The README to commit, None where it is the candidate's as it is.

    `before` has the lines that its keys had before the environment set them.
    """

    readme: File | None = None
    before: Before = field(default_factory=dict)


def promoted_card(operation: Operation, candidate: Candidate) -> PromotedCard:
    """The README of a candidate, with the keys of the operation's environment in its card.

    Raises InvalidSource where the card can't be changed by lines, and for a value of those keys
    that is invalid.
    """
    keys, before = operation.request.card_keys.values, _before(operation, candidate)
    file = candidate.tree.files.get(README)
    if file is None or not (keys or before):
        return PromotedCard()
    space = candidate.space
    data = downloads.download(operation.client, space.id, file, space.head)
    try:
        made = _change(data.decode(), before, keys)
    except (InvalidCard, UnicodeDecodeError) as error:
        raise _unchangeable(operation, candidate, str(error)) from None
    _check(operation, candidate, made.text)
    readme = File.of_bytes(README, made.text.encode())
    return PromotedCard(None if readme.oid == file.oid else readme, made.before)


def _before(operation: Operation, candidate: Candidate) -> Before:
    """The lines that the candidate's own environment has replaced."""
    if candidate.record is None:
        return {}
    if "Card" in candidate.record.trailers and candidate.record.card == {}:
        operation.warn(
            f"the trailer Card of the release on {candidate.space.id} is ignored: it is not of an "
            "environment"
        )
    if candidate.record.card is None:
        raise _unchangeable(operation, candidate, "its release does not say what it was before")
    return candidate.record.card


def _change(readme: str, before: Before, keys: Mapping[str, object]) -> Overridden:
    plain = put_back(readme, before) if before else readme
    return override(plain, keys) if keys else Overridden(plain)


def _check(operation: Operation, candidate: Candidate, readme: str) -> None:
    """Raise InvalidSource for an invalid value of a key that the environment sets, at its line in
    the config file; warn of a doubtful one. All else was checked when it was deployed.
    """
    request, set_in = operation.request, locate_card_keys(operation.request)
    card = parse(readme)
    if card is None or not set_in:
        return
    found = check_card(replace(card, set_in=set_in), candidate.tree.files.keys())
    own = [one for one in not_ignored(found, request.ignore) if one.path != README]
    problems = in_repository(request, map(redact_problem, own))
    if errors := [one for one in problems if one.level is Level.ERROR]:
        raise invalid_source(errors)
    for one in problems:
        operation.warn(str(one), one.finding)


def _unchangeable(operation: Operation, candidate: Candidate, why: str) -> InvalidSource:
    return InvalidSource(
        f"could not change the card of {candidate.space.id} for {operation.space}",
        cause=f"{README}: {why}",
        fix=f"correct the card, or the keys in the config file, and deploy to {candidate.space.id}",
    )
