"""Ask the Hub whether a deploy could be made: the token, the Space, the card. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from deployer.access.account import AccessReport
from deployer.card.card import README
from deployer.card.rules import hub_problems
from deployer.checks.findings import Findings
from deployer.errors import DeployError
from deployer.events import Event
from deployer.flows.resolve_space import resolve_renamed
from deployer.flows.validate import CheckedSource
from deployer.problem import Level, Problem
from deployer.request import DeployRequest
from deployer.space.space import SpaceId
from deployer.world import files, git
from deployer.world.hub import accounts, cards, commits, spaces
from deployer.world.hub.client import Client
from deployer.world.hub.errors import no_token


def check_account(
    found: Findings,
    judged: CheckedSource,
    request: DeployRequest,
    connect: Callable[[SpaceId], Client],
    emit: Callable[[Event], None],
) -> Findings:
    """The findings, and with them whether this token may deploy the files to the ordered Space.

    What kept the Hub from being asked, or from answering, is among them; nothing is raised.
    """
    try:
        client = connect(request.space)
        access = _access(client, request, emit)
        theirs = [*_asked(request, judged, access)]
        # the question holds the README, which must not leave with a credential in it
        if not found.credentials:
            theirs += _refused(client, judged)
    except DeployError as error:
        return replace(found, access_error=error)
    return replace(found, access=access, problems=(*found.problems, *theirs))


def _access(client: Client, request: DeployRequest, emit: Callable[[Event], None]) -> AccessReport:
    """What the Hub says of the token and the Space. Raises NotAllowed without a token."""
    if client.token is None:
        raise no_token("to deploy")
    # whose a keyless token is can't be asked
    account = None if client.is_keyless else accounts.account(client)
    found = spaces.find(client, request.space)
    request = resolve_renamed(request, found, emit)
    if found is None:
        creates = account is not None and account.may_write_for(request.space.owner)
        denial = None if creates else "Space not found"
        return AccessReport(request.space, account, None, denial, claims=client.identity)
    past = commits.past(client, found.id, found.head)
    denial = accounts.why_not(client, found.id)
    return AccessReport(found.id, account, found, denial, past, client.identity)


def _asked(
    request: DeployRequest, judged: CheckedSource, access: AccessReport
) -> Iterator[Problem]:
    newest, ours = access.past.newest, judged.snapshot.source.commit
    released = newest.source.commit if newest else None
    known = None
    if released is not None and ours is not None:
        known = released == ours or git.holds(request.here, released)
    sdk = judged.card.meta.get("sdk") if judged.card else None
    return access.problems(sdk, request.run, known=known)


def _refused(client: Client, judged: CheckedSource) -> Iterator[Problem]:
    """What the Hub itself says of the card, where we have nothing against it."""
    card, apart = judged.card, judged.apart
    places = (README, apart.path if apart else README)
    known = any(found.path in places for found in judged.problems if found.level is Level.ERROR)
    if card is None or known:
        return
    readme = files.read(judged.snapshot.files[README].content).decode()
    errors, mild = cards.opinion(client, readme)
    yield from hub_problems(errors, card, card_file=apart)
    yield from hub_problems(mild, card, card_file=apart, level=Level.WARNING)
