"""What a test says beforehand: who may do what, how builds end, what goes wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

PUBLISHER = "publisher"


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whom a token belongs to.

    `role` is read, write, fineGrained or PUBLISHER. `orgs` are namespaces besides the own one;
    `everywhere` opens them all; `only` narrows the token to one Space, as a Trusted Publisher's is.
    `pro` says that the account pays.
    """

    name: str
    role: str = "write"
    orgs: tuple[str, ...] = ()
    everywhere: bool = False
    only: str | None = None
    pro: bool = False

    def may_enter(self, space: str) -> bool:
        """Whether a private Space (`owner/name`) is there for this token."""
        if self.only is not None:
            return self.only == space
        owner = space.partition("/")[0]
        return self.everywhere or owner == self.name or owner in self.orgs

    def may_write(self, space: str) -> bool:
        """Whether this token may change a Space (`owner/name`)."""
        return self.role != "read" and self.may_enter(space)


@dataclass(frozen=True, slots=True)
class App:
    """What the app of a scripted Space answers.

    `paths` says the status by path, `statuses` one status after the other (the last repeats), else
    it is `status`. For `after` seconds from its start the app answers 503. `hang` never answers.
    """

    status: int = 200
    body: bytes = b"It runs.\n"
    after: float = 0.0
    paths: Mapping[str, int] = field(default_factory=dict)
    statuses: Sequence[int] = ()
    hang: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a build, kept for `seconds` and until /runtime was asked `polls` times.

    BUILDING and APP_STARTING show as RUNNING_… while an older commit still serves. `log` goes to
    the build log while it builds, to the run log afterwards. The last step stays.
    """

    stage: str
    seconds: float = 0.0
    log: Sequence[str] = ()
    polls: int = 0


GOOD_STEPS = (
    Step("BUILDING", log=("--> FROM docker.io/library/python:3.10\n", "DONE 0.0s\n")),
    Step("APP_STARTING"),
    Step("RUNNING"),
)


@dataclass(frozen=True, slots=True)
class Build:
    """What a Space does after a commit or a restart.

    `stale` (seconds, and `stale_polls` questions) is how long /runtime still shows the old stage
    and commit. `sha` says whether /runtime tells the running commit. `message` is the errorMessage
    of the last step. `app` is what serves once a step says RUNNING; None keeps the app before.
    """

    steps: Sequence[Step] = GOOD_STEPS
    run_log: Sequence[str] = ()
    message: str | None = None
    stale: float = 0.0
    stale_polls: int = 0
    sha: bool = True
    app: App | None = field(default_factory=App)


@dataclass(frozen=True, eq=False)
class Fault:
    """Something that goes wrong with requests whose method and path match (a regular expression,
    searched in the raw path with its query).

    It strikes `times` times, after it let `after` matches pass. Then: wait `delay` seconds, call
    `conflict`, and answer `status` with `headers` and `body`, or `drop` the connection without an
    answer, `before` or `after` the request took effect; or cut a log stream after so many events.
    """

    method: str
    path: str
    times: int = 1
    after: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    drop: Literal["before", "after"] | None = None
    cut_after_events: int | None = None
    delay: float = 0.0
    conflict: Callable[[], object] | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is meant; the method `*` is any."""
        return self.method in ("*", method) and re.search(self.path, path) is not None


RESTART = Build(steps=(Step("APP_STARTING"), Step("RUNNING")), app=None)
JULIA = {"hf_write": TokenOwner("julia"), "hf_read": TokenOwner("julia", role="read")}
ADMIN_TOKEN = "hf_rehearsal"
CLAIMS = {
    "repository": "julia/project",
    "ref": "refs/heads/main",
    "workflow_ref": "julia/project/.github/workflows/deploy.yml@refs/heads/main",
}
REHEARSAL = {**JULIA, ADMIN_TOKEN: TokenOwner("rehearsal", everywhere=True)}


class Scenario:
    """All that a test can decide; every attribute may be changed between two requests.

    `builds` are used in order, the last repeats; `settings_restart` follows a new variable, secret
    or hardware. `create_refusal` is a status, or a status and a message, for repos/create.
    `trusted` are the Spaces with a Trusted Publisher (None: all), `claims` what GitHub's identity
    tokens say. `close_logs` ends a log stream
    when nothing more can come, as opposed to leaving it open.
    """

    def __init__(
        self,
        *,
        tokens: Mapping[str, TokenOwner] | None = None,
        builds: Sequence[Build] = (),
        faults: Sequence[Fault] = (),
        create_refusal: int | tuple[int, str] | None = None,
        settings_restart: Build = RESTART,
    ) -> None:
        self.tokens: dict[str, TokenOwner] = dict(JULIA if tokens is None else tokens)
        self.faults: list[Fault] = list(faults)
        self.create_refusal = create_refusal
        self.settings_restart = settings_restart
        self.trusted: set[str] | None = None
        self.github_token = "github-request-token"
        self.claims: dict[str, str] = dict(CLAIMS)
        self.close_logs = True
        self.keep_alive = 15.0
        self._matched: dict[Fault, int] = {}
        self.builds = list(builds)

    @property
    def builds(self) -> list[Build]:
        """The builds to come, and those that were; setting it starts at its first one."""
        return self._builds

    @builds.setter
    def builds(self, builds: Sequence[Build]) -> None:
        self._builds = list(builds)
        self._used = 0

    def next_build(self) -> Build:
        """Take the next build; where none was said, it goes well."""
        if not self._builds:
            return Build()
        build = self._builds[min(self._used, len(self._builds) - 1)]
        self._used += 1
        return build

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The first fault that strikes this request; every match is counted."""
        striking = None
        for fault in self.faults:
            if fault.matches(method, path):
                seen = self._matched[fault] = self._matched.get(fault, 0) + 1
                if striking is None and fault.after < seen <= fault.after + fault.times:
                    striking = fault
        return striking
