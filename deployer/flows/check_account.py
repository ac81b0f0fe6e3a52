"""Ask the Hub whether a deploy could be made: the token, the Space, the card. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from deployer.access.account import AccessReport
from deployer.card.card import README
from deployer.card.rules import hub_problems
from deployer.checks.findings import Findings
from deployer.errors import DeployError
from deployer.flows.check_hardware import hardware_problems
from deployer.flows.locate import in_repository
from deployer.flows.operation import Operation
from deployer.flows.validate import CheckedSource
from deployer.flows.write_access import read_access
from deployer.problem import Level, Problem, not_ignored
from deployer.world import files, git
from deployer.world.hub import cards, commits, spaces
from deployer.world.hub.client import Client
from deployer.world.hub.errors import not_logged_in


def check_account(
    findings: Findings, checked: CheckedSource, connect: Callable[[], Operation]
) -> Findings:
    """The findings, and with them whether this token may deploy the files to the Space.

    What kept the Hub from being asked, or from answering, is among them; nothing is raised.
    """
    try:
        operation = connect()
        access = _access(operation)
        problems = list(_access_problems(operation, checked, access))
        if checked.card is not None and access.found is not None:
            problems += hardware_problems(
                checked.snapshot, checked.card, access.found, operation.request
            )
        # the question holds the README, which must not be sent with a credential in it
        if not findings.credentials:
            found = _card_problems(operation.client, checked)
            problems += in_repository(operation.request, found)
    except DeployError as error:
        return replace(findings, access_error=error)
    problems = not_ignored(problems, operation.request.ignore)
    return replace(findings, access=access, problems=(*findings.problems, *problems))


def _access(operation: Operation) -> AccessReport:
    """What the Hub says of the token and the Space. Raises NotAllowed without a token."""
    client = operation.client
    if client.token is None:
        raise not_logged_in()
    space = spaces.find(client, operation.space)
    if space is None:
        return read_access(operation, None)
    operation.with_current_name(space)
    history = commits.history_summary(client, space.id, space.head)
    return replace(read_access(operation, space), history=history)


def _access_problems(
    operation: Operation, checked: CheckedSource, access: AccessReport
) -> Iterator[Problem]:
    request = operation.request
    newest, commit = access.history.newest, checked.snapshot.source.commit
    released = newest.source.commit if newest else None
    is_known = None
    if released is not None and commit is not None:
        is_known = released == commit or git.is_in_history(request.here, released)
    sdk = checked.card.meta.get("sdk") if checked.card else None
    return access.problems(sdk, request.run, known=is_known)


def _card_problems(client: Client, checked: CheckedSource) -> Iterator[Problem]:
    """What the Hub says of the card, where our own rules have nothing against it."""
    card, card_file = checked.card, checked.card_file
    paths = (README, card_file.path if card_file else README)
    is_known = any(one.path in paths for one in checked.problems if one.level is Level.ERROR)
    if card is None or is_known:
        return
    readme = files.read(checked.snapshot.files[README].content).decode()
    errors, warnings = cards.validate(client, readme)
    yield from hub_problems(errors, card, card_file=card_file)
    yield from hub_problems(warnings, card, card_file=card_file, level=Level.WARNING)
