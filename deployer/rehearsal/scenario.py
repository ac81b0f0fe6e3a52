"""The scripted behavior of a local Hub: tokens, how builds end, which requests fail."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from deployer.rehearsal.metric import Metric

PUBLISHER = "publisher"


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """The account behind a token, and what the token may do.

    `role` is read, write, fineGrained or PUBLISHER. `orgs` are namespaces besides its own;
    `everywhere` allows all of them; `only` limits the token to one Space, as a Trusted Publisher's.
    `pro` is a paid account.
    """

    name: str
    role: str = "write"
    orgs: tuple[str, ...] = ()
    everywhere: bool = False
    only: str | None = None
    pro: bool = False

    def can_read(self, space: str) -> bool:
        """Whether this token may see a private Space (`owner/name`)."""
        if self.only is not None:
            return self.only == space
        owner = space.partition("/")[0]
        return self.everywhere or owner == self.name or owner in self.orgs

    def can_write(self, space: str) -> bool:
        """Whether this token may change a Space (`owner/name`)."""
        return self.role != "read" and self.can_read(space)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics that the Hub streams of a scripted Space's app, one each `interval` seconds.

    Text is sent as it is, as the data of an event. A stream continues where the one before stopped;
    after the last sample it stays open, and that one is sent again on each that is opened later.
    """

    samples: Sequence[Metric | str] = ()
    interval: float = 0.0


@dataclass(frozen=True, slots=True)
class App:
    """The responses of a scripted Space's app.

    The status is in `paths`, else the next of `statuses` (the last repeats), else `status`.
    For `after` seconds from its start the app answers 503. Each response takes `delay` seconds;
    with `hang` there is none. Without `metrics` the Hub has none of it.
    """

    status: int = 200
    body: bytes = b"It runs.\n"
    after: float = 0.0
    paths: Mapping[str, int] = field(default_factory=dict)
    statuses: Sequence[int] = ()
    delay: float = 0.0
    hang: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    metrics: Metrics | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a build, kept for `seconds`, and until /runtime was polled `polls` times.

    BUILDING and APP_STARTING show as RUNNING_… while an older commit runs. `log` goes to the build
    log while it builds, to the run log afterwards. The last stage stays.
    """

    stage: str
    seconds: float = 0.0
    log: Sequence[str] = ()
    polls: int = 0


SUCCESS_STEPS = (
    Step("BUILDING", log=("--> FROM docker.io/library/python:3.10\n", "DONE 0.0s\n")),
    Step("APP_STARTING"),
    Step("RUNNING"),
)


@dataclass(frozen=True, slots=True)
class Build:
    """The stages of a Space after a commit or a restart.

    For `stale` seconds and `stale_polls` polls, /runtime still shows the old stage and commit; with
    `early_log` the build log begins before that. `sha` is whether /runtime shows the running
    commit. `message` is the errorMessage of the last step. `app` runs from the first RUNNING on;
    None keeps the app that runs.
    """

    steps: Sequence[Step] = SUCCESS_STEPS
    run_log: Sequence[str] = ()
    message: str | None = None
    stale: float = 0.0
    stale_polls: int = 0
    early_log: bool = False
    sha: bool = True
    app: App | None = field(default_factory=App)


@dataclass(frozen=True, eq=False)
class Fault:
    """A fault in requests whose method and path match.

    `path` is a regular expression, searched in the raw path with its query. The first `after`
    matches pass, the next `times` fail. Such a request waits `delay` seconds and calls `conflict`.
    Then one of these happens:

    - `drop`: its connection is closed without an answer, before or after it took effect, or in the
      middle of the answer, whose Content-Length is that of the whole. With `hang` it stays open.
    - `hang`: it is never answered, and has no effect.
    - `rewrite`: it takes effect, and `rewrite` turns the body of its answer into another one;
      `status` and `headers`, if any, replace those of the answer.
    - `status`: it has no effect, and gets this status with `headers` and `body`.
    - `cut_after_events`: its stream of events is cut after so many.
    """

    method: str
    path: str
    times: int = 1
    after: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    rewrite: Callable[[bytes], bytes] | None = None
    drop: Literal["before", "within", "after"] | None = None
    hang: bool = False
    cut_after_events: int | None = None
    delay: float = 0.0
    conflict: Callable[[], object] | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether it applies to a request; the method `*` is any."""
        return self.method in ("*", method) and re.search(self.path, path) is not None


RESTART = Build(steps=(Step("APP_STARTING"), Step("RUNNING")), app=None)
TEST_TOKENS = {"hf_write": TokenOwner("julia"), "hf_read": TokenOwner("julia", role="read")}
CLAIMS = {
    "repository": "julia/project",
    "ref": "refs/heads/main",
    "workflow_ref": "julia/project/.github/workflows/deploy.yml@refs/heads/main",
}
_ADMIN = TokenOwner("rehearsal", everywhere=True)


class Scenario:
    """The scripted behavior of a local Hub; every attribute may be changed between two requests.

    `builds` are used in order, the last repeats; `settings_restart` follows a new variable, secret
    or hardware. `create_error` is the status, or status and message, of a failing repos/create.
    `trusted` are the Spaces with a Trusted Publisher (None: all), `claims` the claims in GitHub's
    OIDC tokens. `close_logs` ends the stream of a finished log; otherwise it stays open, with an
    empty event every `keep_alive` seconds.
    """

    def __init__(
        self,
        *,
        tokens: Mapping[str, TokenOwner] | None = None,
        builds: Sequence[Build] = (),
        faults: Sequence[Fault] = (),
        create_error: int | tuple[int, str] | None = None,
        settings_restart: Build = RESTART,
    ) -> None:
        self.tokens: dict[str, TokenOwner] = dict(TEST_TOKENS if tokens is None else tokens)
        self.faults: list[Fault] = list(faults)
        self.create_error = create_error
        self.settings_restart = settings_restart
        self.trusted: set[str] | None = None
        self.admin_token: str | None = None
        self.github_token = "github-request-token"
        self.claims: dict[str, str] = dict(CLAIMS)
        self.close_logs = True
        self.keep_alive = 15.0
        self._matched: dict[Fault, int] = {}
        self.builds = list(builds)

    @classmethod
    def for_one_user(cls) -> Scenario:
        """One random token that may do anything, and no other way in: for a Hub that runs code."""
        made = cls(tokens={})
        made.admin_token = f"hf_{secrets.token_urlsafe(32)}"
        made.tokens[made.admin_token] = _ADMIN
        made.github_token, made.trusted = secrets.token_urlsafe(32), set()
        return made

    @property
    def builds(self) -> list[Build]:
        """All builds, past and to come; setting them starts at the first."""
        return self._builds

    @builds.setter
    def builds(self, builds: Sequence[Build]) -> None:
        self._builds = list(builds)
        self._used = 0

    def next_build(self) -> Build:
        """Take the next build; without any, a successful one."""
        if not self._builds:
            return Build()
        build = self._builds[min(self._used, len(self._builds) - 1)]
        self._used += 1
        return build

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The first fault that applies to this request; every match is counted."""
        chosen = None
        for fault in self.faults:
            if fault.matches(method, path):
                seen = self._matched[fault] = self._matched.get(fault, 0) + 1
                if chosen is None and fault.after < seen <= fault.after + fault.times:
                    chosen = fault
        return chosen
