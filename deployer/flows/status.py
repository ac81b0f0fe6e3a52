"""Read the state of a Space: what it runs, whether that is healthy, what was released to it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from deployer.events import Waiting
from deployer.flows.find_space import require_space
from deployer.flows.health import check_health, find_app
from deployer.flows.measure import Meter
from deployer.flows.operation import Operation
from deployer.flows.release_log import read_release_log
from deployer.flows.rollout import Rollout, is_old, wait_until_healthy
from deployer.flows.running_app import RunningApp
from deployer.release.history import Commit, ReleaseLog, release_log_of
from deployer.release.outcome import DeployResult
from deployer.release.status import SERVING, HealthResult, Status, running
from deployer.release.verdict import GracePeriods, RolloutState, Verdict
from deployer.space.space import FAILED, Sdk, Space
from deployer.world import clock
from deployer.world.hub import commits, refs, spaces

_MEASURE_TIMEOUT = 3.0  # seconds for the first sample, of which the Hub sends one each second


def read_history(operation: Operation) -> tuple[Space, ReleaseLog]:
    """A Space, and its releases."""
    space, operation = require_space(operation)
    return space, read_release_log(operation, space.head)


def read_status(operation: Operation) -> Status:
    """The state of a Space now. A running app is probed; one that is asleep is left asleep."""
    space, operation = require_space(operation)
    history = commits.whole_history(operation.client, space.id, space.head)
    log = release_log_of(history, refs.tags(operation.client, space.id))
    commit = running(space) or space.head
    app = find_app(operation, commit, private=space.private, static=space.sdk == Sdk.STATIC)
    status = Status(
        space,
        log,
        commit=next((one for one in history if one.id == commit), None),
        space_url=operation.page,
        app_url=app.url,
    )
    if space.runtime.stage not in SERVING:
        return status
    # measured while it is probed
    with closing(Meter(operation, app)) as meter:
        deadline = clock.Deadline(_MEASURE_TIMEOUT)
        health = probe_once(operation, app)
        usage = meter.wait_for_first(deadline.left)
    limits = operation.request.health.limits
    if limits and usage is None:
        operation.warn(meter.warning())
    return replace(status, health=health, usage=usage, limits=limits)


def wait_for_head(operation: Operation) -> DeployResult:
    """Wait until the head of a Space runs and is healthy, or is seen to have failed.

    A release that was seen healthy is tagged, and a Space that is asleep is visited; nothing is
    restarted.
    """
    started_at = clock.now()
    space, operation = require_space(operation)
    operation = operation.after_commit()
    history = commits.whole_history(operation.client, space.id, space.head)
    log = release_log_of(history, refs.tags(operation.client, space.id))
    space, grace = _wait_for_stage_of_head(operation, space, history[0])
    entry = log.at(space.head)
    state = RolloutState(
        space.head,
        space.runtime,
        static=space.sdk == Sdk.STATIC,
        sent=False,
        predates_run=is_old(history[0].at, grace),
        grace=grace,
    )
    number = entry.record.number if entry else None
    waiting = replace(operation, request=replace(operation.request, wait=True))
    return DeployResult(
        space=space.id,
        rollout=wait_until_healthy(waiting, Rollout(state, space.private, number, True)),
        source=entry.record.source if entry else None,
        commit=space.head,
        previous=space.head,
        space_url=operation.page,
        number=number,
        drift=log.drift,
        seconds=clock.now() - started_at,
    )


def _wait_for_stage_of_head(
    operation: Operation, space: Space, head: Commit
) -> tuple[Space, GracePeriods]:
    """The Space once its failed stage must be the head's, or is over.

    The Hub needs a while to notice a commit; until then a failure is of the one before.
    """
    grace = operation.request.grace
    # the committer names the date, and may name any
    left = min(grace.commit, grace.commit - clock.age(head.at))
    deadline = clock.Deadline(left)
    for wait in clock.backoff():
        if space.sdk == Sdk.STATIC or space.runtime.stage not in FAILED:
            return space, grace
        if deadline.passed:
            break
        operation.emit(Waiting(space.runtime.stage, deadline.elapsed))
        clock.sleep(min(wait, deadline.left))
        space = replace(space, runtime=spaces.runtime(operation.client, space.id))
    return space, replace(grace, commit=0.0)


def probe_once(operation: Operation, app: RunningApp) -> HealthResult:
    """Probe the app, as after a deploy, but without a command of the user's and without a soak."""
    request = operation.request
    brief = replace(request, verify=None, health=replace(request.health, soak=0.0))
    result = check_health(replace(operation, request=brief), app)
    if result.warnings:
        return HealthResult(None, result.warnings[0])
    if result.verdict is not Verdict.LIVE:
        return HealthResult(False, result.error.cause if result.error else None)
    return HealthResult(True, f"healthy response from {app.url}{request.health.path or '/'}")
