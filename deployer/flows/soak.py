"""Soak: keep checking an app after its first healthy response; some fail only then."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from deployer.errors import HubError
from deployer.events import SoakStarted
from deployer.flows.diagnose import failed_rollout, log_end
from deployer.flows.measure import Meter
from deployer.flows.operation import Operation
from deployer.flows.running_app import RunningApp
from deployer.flows.watch import superseded
from deployer.release.outcome import ErrorDetails, RolloutResult
from deployer.release.verdict import VERDICT_OF_STAGE, Verdict
from deployer.request import Health
from deployer.space.metrics import USE_LESS
from deployer.space.space import AT_REST, FAILED, Runtime, Stage
from deployer.world import clock, probe
from deployer.world.hub import spaces

_MAX_WAIT = 5.0  # seconds between two checks: a restart must not fit in between
_RETRY_AFTER = 1.0  # seconds; a single bad response proves nothing
# with nothing that serves meanwhile: the app that was seen running is gone
_GONE = FAILED | {Stage.BUILDING, Stage.APP_STARTING}


def soak(operation: Operation, app: RunningApp, *, is_probed: bool) -> RolloutResult:
    """Check the Space for the time of `--soak`, less and less often, and once more at the end.

    With `is_probed` the app itself is asked, too: it answered this machine before. An app that is
    gone, fails two probes in a row, or used more than its limits, is `unhealthy`; a newer commit on
    top ends the soak as `superseded`. The result has what was measured meanwhile.
    """
    seconds = operation.request.health.soak
    operation.emit(SoakStarted(seconds))
    with closing(Meter(operation, app)) as meter:
        result = _soak(_Checks(operation, app, is_probed), meter, seconds)
        if result.verdict is Verdict.LIVE:
            result = _within_limits(operation.request.health, meter)
        return replace(result, usage=meter.usage)


def _soak(checks: _Checks, meter: Meter, seconds: float) -> RolloutResult:
    deadline = clock.Deadline(seconds)
    for wait in clock.backoff(longest=_MAX_WAIT):
        meter.wait(min(wait, deadline.left))
        result = checks.of_runtime(deadline) or checks.of_app(deadline)
        if result is not None:
            return result
        if deadline.passed:
            break
    return RolloutResult(Verdict.LIVE)


def _within_limits(health: Health, meter: Meter) -> RolloutResult:
    """The end of a soak in which nothing failed: unhealthy if more was used than may be.

    What could not be measured is a warning, since the files are not to blame for that.
    """
    if not health.limits:
        return RolloutResult(Verdict.LIVE)
    usage = meter.usage
    if usage is None or not usage.covers(health.soak):
        return RolloutResult(Verdict.LIVE, warnings=(meter.warning(health.soak),))
    exceeded = health.limits.exceeded_by(usage)
    if exceeded is None:
        return RolloutResult(Verdict.LIVE)
    error = ErrorDetails(
        "app used more CPU or memory than its limit during the soak period",
        exceeded,
        USE_LESS,
    )
    return RolloutResult(Verdict.UNHEALTHY, error)


@dataclass(frozen=True, slots=True)
class _Checks:
    """The checks of a soak; each gives a result, or None where all is healthy."""

    operation: Operation
    app: RunningApp
    is_probed: bool

    def of_runtime(self, deadline: clock.Deadline) -> RolloutResult | None:
        """What the stage and the running commit say, twice: a single answer proves nothing."""
        if self.app.static or self._of_runtime(deadline) is None:
            return None
        clock.sleep(_RETRY_AFTER)
        return self._of_runtime(deadline)

    def _of_runtime(self, deadline: clock.Deadline) -> RolloutResult | None:
        """The result that they mean. A Hub that fails for a while says nothing."""
        try:
            runtime = spaces.runtime(self.operation.client, self.operation.space, deadline)
            return self._result_of(runtime, deadline)
        except HubError as error:
            self.operation.warn_of(error)
            return None

    def of_app(self, deadline: clock.Deadline) -> RolloutResult | None:
        """What the app answers; after a failed probe it is asked once more."""
        if self.app.url is None or not self.is_probed:
            return None
        url = self.app.url + (self.operation.request.health.path or "/")
        if self._failed_probe(url) is None:
            return None
        clock.sleep(_RETRY_AFTER)
        failed = self._failed_probe(url)
        if failed is None:
            return None
        cause = f"{url} returned {failed} twice, {deadline.elapsed:.0f} s after it was healthy"
        # a newer commit that takes over, or a container that is gone, explains it better
        return self.of_runtime(deadline) or self._unhealthy(cause)

    def _failed_probe(self, url: str) -> probe.ProbeResult | None:
        """The response of the app, if it is not a healthy one."""
        seen = probe.get(url, self.app.token)
        health = self.operation.request.health
        is_healthy = seen.status is not None and health.is_healthy(seen.status)
        return None if is_healthy or seen.is_unauthorized else seen

    def _result_of(self, runtime: Runtime, deadline: clock.Deadline) -> RolloutResult | None:
        commit, stage = self.app.commit, runtime.stage
        if runtime.running not in (None, commit):
            return superseded(self.operation, runtime, commit)
        at_rest = VERDICT_OF_STAGE.get(stage) if stage in AT_REST else None
        if at_rest is None and stage not in _GONE:
            return None  # it runs, or is in an unknown stage
        found = spaces.find(self.operation.client, self.operation.space)
        if found is not None and found.head != commit:
            return superseded(self.operation, runtime, commit)
        cause = f"stage {stage}, {deadline.elapsed:.0f} s after it was healthy"
        if at_rest is None:
            return self._unhealthy(cause, runtime.message)
        page = self.operation.page
        if at_rest is Verdict.PAUSED:
            return RolloutResult(at_rest, warnings=(f"{at_rest.headline}; see {page}",))
        fix = f"see the Space's settings: {page}/settings"
        return RolloutResult(at_rest, ErrorDetails(at_rest.headline, cause, fix))

    def _unhealthy(self, cause: str, message: str | None = None) -> RolloutResult:
        link = f"{self.operation.page}?logs=container"
        error = ErrorDetails(
            "app became unhealthy during the soak period",
            f"{cause}: {message}" if message else cause,
            f"fix the error in the app log and deploy again: {link}",
        )
        log = log_end(self.operation, build=False)
        return failed_rollout(Verdict.UNHEALTHY, error, log, message, link)
