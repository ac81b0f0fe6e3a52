"""Soak: look at an app for a while after it first answered well; some fall over only then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deployer.errors import HubError
from deployer.events import Event, SoakStarted, Warned
from deployer.flows.diagnose import failed_rollout, log_end
from deployer.release.outcome import ErrorDetails, RolloutResult
from deployer.release.verdict import Verdict
from deployer.request import Health
from deployer.space.space import FAILED, Runtime, SpaceId, Stage
from deployer.world import clock, probe
from deployer.world.hub import spaces
from deployer.world.hub.client import Client

_MAX_WAIT = 5.0  # seconds between two looks: a restart must not fit in between
_ASK_AGAIN = 1.0  # seconds; one answer that went astray is no finding
# with nothing that serves meanwhile: the app that was seen running is gone
_GONE = FAILED | {Stage.BUILDING, Stage.APP_STARTING}
_AT_REST: dict[str, Verdict] = {
    Stage.PAUSED: Verdict.PAUSED,
    Stage.STOPPED: Verdict.STOPPED,
    Stage.DELETING: Verdict.DELETING,
}


@dataclass(frozen=True, slots=True)
class RunningCommit:
    """A commit that was seen running, and where its app answers.

    Where nobody says that, `url` is None and `unknown` the reason. A private app is asked with the
    token; a static Space has no machine that could fall over.
    """

    space: SpaceId
    commit: str
    url: str | None
    unknown: str = ""
    private: bool = False
    static: bool = False


def soak(
    client: Client,
    candidate: RunningCommit,
    health: Health,
    *,
    visits: bool,
    emit: Callable[[Event], None],
) -> RolloutResult:
    """Look at the Space for `health.soak` seconds, less and less often, and once more at the end.

    `visits` says that the app itself is asked, too: it answered this machine before. An app that is
    gone or answers badly twice is `unhealthy`; a newer commit on top ends it as `superseded`.
    """
    emit(SoakStarted(health.soak))
    look = _Look(client, candidate, health, visits, emit)
    deadline = clock.Deadline(health.soak)
    for wait in clock.backoff(longest=_MAX_WAIT):
        clock.sleep(min(wait, deadline.left))
        ending = look.at_machine(deadline) or look.at_app(deadline)
        if ending is not None:
            return ending
        if deadline.passed:
            break
    return RolloutResult(Verdict.LIVE)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look after the other at the same Space; each gives an ending, or None if all is well."""

    client: Client
    candidate: RunningCommit
    health: Health
    visits: bool
    emit: Callable[[Event], None]

    def at_machine(self, deadline: clock.Deadline) -> RolloutResult | None:
        """What the stage and the running commit say. A Hub that fails for a while says nothing."""
        if self.candidate.static:
            return None
        try:
            runtime = spaces.runtime(self.client, self.candidate.space, deadline)
            return self._judged(runtime, deadline)
        except HubError as error:
            self.emit(Warned(f"{error.message} {error.cause}"))
            return None

    def at_app(self, deadline: clock.Deadline) -> RolloutResult | None:
        """What the app answers; a bad answer is asked for once more."""
        url = self.candidate.url
        if url is None or not self.visits:
            return None
        address = url + (self.health.path or "/")
        if self._visited_well(address) is None:
            return None
        clock.sleep(_ASK_AGAIN)
        bad = self._visited_well(address)
        if bad is None:
            return None
        seen = f"{bad} from {address}, twice, {deadline.elapsed:.0f} seconds after it was well"
        # a newer commit that takes over, or a machine that is gone, explains a bad answer better
        return self.at_machine(deadline) or self._unhealthy(seen)

    def _visited_well(self, address: str) -> probe.ProbeResult | None:
        """The answer of the app, if it is a bad one."""
        seen = probe.get(address, self.client.token if self.candidate.private else None)
        well = seen.status is not None and self.health.is_healthy(seen.status)
        return None if well or seen.is_unauthorized else seen

    def _judged(self, runtime: Runtime, deadline: clock.Deadline) -> RolloutResult | None:
        commit, stage = self.candidate.commit, runtime.stage
        if runtime.running not in (None, commit):
            return self._superseded()
        at_rest = _AT_REST.get(stage)
        if at_rest is None and stage not in _GONE:
            return None  # it runs, or is a stage that nobody knows
        found = spaces.find(self.client, self.candidate.space)
        if found is not None and found.head != commit:
            return self._superseded()
        seen = f"the stage {stage}, {deadline.elapsed:.0f} seconds after it was well"
        if at_rest is None:
            return self._unhealthy(seen, runtime.message)
        if at_rest is Verdict.PAUSED:
            return RolloutResult(at_rest, warnings=(f"{at_rest.sentence} {self._page}",))
        return RolloutResult(
            at_rest, ErrorDetails(at_rest.sentence, seen, f"Look at {self._page}/settings")
        )

    def _superseded(self) -> RolloutResult:
        sentence = Verdict.SUPERSEDED.sentence
        history = f"Its history is at {self._page}/commits/main"
        return RolloutResult(Verdict.SUPERSEDED, warnings=(f"{sentence} {history}",))

    def _unhealthy(self, seen: str, message: str | None = None) -> RolloutResult:
        link = f"{self._page}?logs=container"
        error = ErrorDetails(
            "The app was well, and did not stay so.",
            f"{seen}: {message}" if message else seen,
            f"Mend what the app's log says, and deploy again: {link}",
        )
        log = log_end(self.client, self.candidate.space, build=False)
        return failed_rollout(Verdict.UNHEALTHY, error, log, message, link)

    @property
    def _page(self) -> str:
        return self.client.page(self.candidate.space)
