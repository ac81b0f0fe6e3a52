"""Look at a Space: what it runs, and whether it is well. Nothing of it is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deployer.events import Event, Waiting
from deployer.flows.health import check_health, running_commit
from deployer.flows.release_log import read_log
from deployer.flows.resolve_space import require_space
from deployer.flows.rollout import Rollout, is_old, wait_until_healthy
from deployer.flows.soak import RunningCommit
from deployer.release.history import Commit, ReleaseLog, release_log_of
from deployer.release.outcome import DeployResult
from deployer.release.status import SERVING, HealthResult, Status, running
from deployer.release.verdict import GracePeriods, RolloutState, Verdict
from deployer.request import DeployRequest
from deployer.space.space import FAILED, Sdk, Space
from deployer.world import clock
from deployer.world.hub import commits, refs, spaces
from deployer.world.hub.client import Client


def look_back(
    client: Client, request: DeployRequest, emit: Callable[[Event], None]
) -> tuple[Space, ReleaseLog]:
    """A Space, and what was released to it."""
    space, _ = require_space(client, request, emit)
    return space, read_log(client, space.id, space.head)


def look(client: Client, request: DeployRequest, emit: Callable[[Event], None]) -> Status:
    """How a Space is now. The app is asked where it runs; one that sleeps is left asleep."""
    space, request = require_space(client, request, emit)
    history = commits.whole_history(client, space.id, space.head)
    log = release_log_of(history, refs.tags(client, space.id))
    now = running(space) or space.head
    found = running_commit(
        client, space.id, now, private=space.private, static=space.sdk == Sdk.STATIC
    )
    status = Status(
        space,
        log,
        commit=next((commit for commit in history if commit.id == now), None),
        space_url=client.page(space.id),
        app_url=found.url,
    )
    if space.runtime.stage not in SERVING:
        return status
    return replace(status, health=_checked(client, request, found, emit))


def attach(client: Client, request: DeployRequest, emit: Callable[[Event], None]) -> DeployResult:
    """Watch the head of a Space until it runs and is well, or is seen to have failed.

    A release that was seen healthy is tagged, and one that is asleep is visited; nothing is ever
    restarted.
    """
    begin = clock.now()
    space, request = require_space(client, request, emit)
    history = commits.whole_history(client, space.id, space.head)
    log = release_log_of(history, refs.tags(client, space.id))
    space, patience = _past_leftovers(client, space, history[0], request.patience, emit)
    entry = log.at(space.head)
    evidence = RolloutState(
        space.head,
        space.runtime,
        static=space.sdk == Sdk.STATIC,
        sent=False,
        old=is_old(history[0].at, patience),
        patience=patience,
    )
    number = entry.record.number if entry else None
    claim = Rollout(replace(request, wait=True), evidence, space.private, number, hands_off=True)
    ending, url = wait_until_healthy(client, claim, emit)
    return DeployResult(
        space=space.id,
        rollout=ending,
        source=entry.record.source.short if entry else None,
        commit=space.head,
        previous=space.head,
        space_url=client.page(space.id),
        app_url=url,
        number=number,
        drift=log.drift,
        seconds=clock.now() - begin,
    )


def _past_leftovers(
    client: Client,
    space: Space,
    head: Commit,
    patience: GracePeriods,
    emit: Callable[[Event], None],
) -> tuple[Space, GracePeriods]:
    """The Space once its failure must be the head's, or is over.

    The Hub needs a while to notice a commit; until then a failure is of the one before.
    """
    # whoever commits names the date, and may name any
    left = min(patience.apply_settings, patience.apply_settings - clock.age(head.at))
    deadline = clock.Deadline(left)
    for wait in clock.backoff():
        if space.sdk == Sdk.STATIC or space.runtime.stage not in FAILED:
            return space, patience
        if deadline.passed:
            break
        emit(Waiting(space.runtime.stage, deadline.elapsed))
        clock.sleep(min(wait, deadline.left))
        space = replace(space, runtime=spaces.runtime(client, space.id))
    return space, replace(patience, apply_settings=0.0)


def _checked(
    client: Client, request: DeployRequest, found: RunningCommit, emit: Callable[[Event], None]
) -> HealthResult:
    """Ask the app, as after a deploy, but neither a command of the user's nor for long."""
    brief = replace(request, verify=None, health=replace(request.health, soak=0.0))
    ending = check_health(client, brief, found, emit)
    if ending.warnings:
        return HealthResult(None, ending.warnings[0])
    if ending.verdict is not Verdict.LIVE:
        return HealthResult(False, ending.error.cause if ending.error else None)
    return HealthResult(True, f"a good answer from {found.url}{request.health.path or '/'}")
