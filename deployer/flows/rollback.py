"""Roll a Space back by hand: to a release, or to the last good one. Needs no source repository."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from deployer.errors import Conflict, UsageError
from deployer.events import Event, ManualRollbackStarted, Planned, Replanned, Warned
from deployer.flows.interrupt import interrupted
from deployer.flows.release_log import read_log
from deployer.flows.resolve_space import require_space
from deployer.flows.revert import Revert, commit_revert, plan_revert
from deployer.flows.rollout import Rollout, is_old, wait_until_healthy
from deployer.release.history import BY_HAND, ReleaseLog, ReleaseState
from deployer.release.outcome import DeployResult
from deployer.release.plan import Plan
from deployer.release.release import TAGS, RollbackReason
from deployer.release.verdict import RolloutState
from deployer.request import DeployRequest
from deployer.source.ignore import Patterns
from deployer.space.space import Sdk, Space
from deployer.world import clock
from deployer.world.hub import commits, refs
from deployer.world.hub.client import Client
from deployer.world.hub.errors import not_logged_in

_TRIES = 5
_MAX_SHOWN = 10


def roll_back(
    client: Client,
    request: DeployRequest,
    wanted: str | None,
    emit: Callable[[Event], None],
    confirm: Callable[[Plan], bool],
) -> DeployResult:
    """Bring the files of a release back by one commit on top, and see that one run.

    `wanted` is a release's number or a commit of the Space (7 hex digits or more); None is the
    last good one. Raises the DeployError of whatever keeps that from being done.
    """
    if client.token is None:
        raise not_logged_in()
    begin = clock.now()
    outcome = _rolled_back(client, request, wanted, emit, confirm)
    return replace(outcome, space_url=client.page(outcome.space), seconds=clock.now() - begin)


def _rolled_back(
    client: Client,
    request: DeployRequest,
    wanted: str | None,
    emit: Callable[[Event], None],
    confirm: Callable[[Plan], bool],
) -> DeployResult:
    to: str | None = None
    for attempt in range(_TRIES):
        space, request = require_space(client, request, emit)
        if attempt:
            emit(Replanned(space.head))
        log = read_log(client, space.id, space.head)
        to = to or _target(client, log, space, wanted, request.keep, emit)
        way = Revert(request, log, space.head, to, RollbackReason(space.head, BY_HAND))
        plan = plan_revert(client, way)
        emit(ManualRollbackStarted(_named(log, way.head), _named(log, way.to)))
        emit(Planned(request.space, plan))
        if not plan.changes:
            return _proved(client, way, space, emit)
        if not confirm(plan):
            raise Conflict(
                "Nothing was rolled back, because you said no.",
                cause=f"{request.space} stays at {space.head}",
                fix="Look at `hf-deploy history`, and name the release that you want.",
            )
        try:
            restored, url = commit_revert(client, way, plan, space, emit)
        except commits.HeadMoved:
            continue
        except KeyboardInterrupt:
            raise interrupted(client, space.id, way.nonce, under_way=True) from None
        return DeployResult(
            space=request.space,
            rollout=restored.rollout,
            plan=plan,
            commit=restored.commit,
            previous=plan.base,
            app_url=url,
            number=restored.number,
        )
    raise Conflict(
        "Somebody else keeps committing to the Space.",
        cause=f"{_TRIES} times the head moved between the plan and the commit",
        fix="Roll back again when that is finished.",
    )


def _proved(
    client: Client, way: Revert, space: Space, emit: Callable[[Event], None]
) -> DeployResult:
    """The head has these files already; whether it runs is another question."""
    entry = way.log.at(space.head)
    number = entry.record.number if entry else None
    evidence = RolloutState(
        space.head,
        space.runtime,
        static=space.sdk == Sdk.STATIC,
        sent=False,
        old=is_old(entry.record.commit.at if entry else None, way.request.patience),
        patience=way.request.patience,
    )
    ending, url = wait_until_healthy(
        client, Rollout(way.request, evidence, space.private, number), emit
    )
    return DeployResult(
        space=space.id,
        rollout=ending,
        plan=Plan(space.head),
        commit=space.head,
        previous=space.head,
        app_url=url,
        number=number,
    )


def _target(
    client: Client,
    log: ReleaseLog,
    space: Space,
    wanted: str | None,
    keep: Patterns,
    emit: Callable[[Event], None],
) -> str:
    """The commit to go back to. Raises UsageProblem where there is none."""
    if log.lost:
        emit(Warned(f"Somebody squashed the history: releases {_listed(log.lost)} are not in it."))
    to = _last_good(log, space.head) if wanted is None else _chosen(client, log, space, wanted)
    if to is None:
        raise UsageError(
            "There is nothing to go back to.",
            cause="no earlier release was seen healthy",
            fix=f"Name a release or a commit yourself: hf-deploy history {space.id}",
        )
    entry = log.at(to)
    if entry is not None and entry.state is not ReleaseState.VERIFIED and to != space.head:
        emit(Warned(f"Release {entry.record.number} was {entry.state}."))
    last = log.at(space.head)
    if last is not None and "Kept" in last.record.said and not keep:
        emit(Warned("The last deploy kept files by --keep; without it, they go back, too."))
    return to


def _last_good(log: ReleaseLog, head: str) -> str | None:
    """The last good commit; the head itself where it is a rollback that nobody saw the end of."""
    entry = log.at(head)
    if entry is not None and entry.state is ReleaseState.NOT_SEEN:
        because = entry.record.because
        if because is not None and because.verdict == BY_HAND:
            return head
    return log.good(before=head, other=True)


def _chosen(client: Client, log: ReleaseLog, space: Space, wanted: str) -> str:
    number = wanted.removeprefix(TAGS)
    if re.fullmatch(r"[0-9]{1,9}", number):
        if entry := log.entry(int(number)):
            return entry.record.id
        if int(number) in log.lost:
            return refs.tags(client, space.id)[f"{TAGS}{number}"]
    ids = {commit.id for commit in commits.whole_history(client, space.id, space.head)}
    found = [one for one in ids if len(wanted) >= 7 and one.startswith(wanted.lower())]
    if len(found) == 1:
        return found[0]
    numbers = [entry.record.number for entry in log.entries]
    raise UsageError(
        "There is no such release.",
        cause=f"{wanted!r}; there are {_listed(numbers) or 'none'}",
        fix=f"Name one of them, or a commit: hf-deploy history {space.id}",
    )


def _listed(numbers: list[int] | tuple[int, ...]) -> str:
    more = ", …" if len(numbers) > _MAX_SHOWN else ""
    return ", ".join(str(number) for number in numbers[:_MAX_SHOWN]) + more


def _named(log: ReleaseLog, commit: str) -> str:
    entry = log.at(commit)
    if entry is None:
        return f"{commit[:7]}, not by hf-deploy"
    return f"release {entry.record.number}, {entry.record.source.short} ({commit[:7]})"
