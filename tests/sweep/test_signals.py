"""`kill -9` and a cancelled job at the requests of each flow (`make sweep`)."""

from __future__ import annotations

import random
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployer.rehearsal import Fault
from tests.conftest import Cli, Job, Repo
from tests.fork_server import ForkServer
from tests.sweep import judge
from tests.sweep.flows import FLOWS, Stage, stage_of
from tests.sweep.play import run
from tests.sweep.requests import Request, requests_of

_SEED, _CASES = 1, 120
_SIGNALS = (signal.SIGKILL, signal.SIGTERM)


@dataclass(frozen=True)
class Case:
    """A flow that gets a signal at a request, which then has its effect or is lost."""

    flow: str
    request: Request
    number: signal.Signals
    effect: bool

    def __str__(self) -> str:
        effect = "with" if self.effect else "without"
        return f"{self.flow}, {self.request}, {self.number.name} {effect} effect"


def _cases() -> list[Case]:
    cases = [
        Case(flow, request, number, effect)
        for flow in FLOWS
        for request in requests_of(flow)
        for number in _SIGNALS
        for effect in (True, False)
    ]
    return random.Random(_SEED).sample(cases, _CASES)


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("case", _cases(), ids=str)
def test_a_signal(case: Case, repo: Repo, fork_server: ForkServer, tmp_path: Path) -> None:
    with stage_of(FLOWS[case.flow], repo) as stage:
        cli = Cli(tmp_path, repo.root, stage.environment(), fork_server)
        found = [*_signalled(case, stage, cli), *judge.whatever_was_cut_short(stage)]
        again = run(stage.run_again)
        found += judge.after_the_next_run(stage, again)
    if found:
        pytest.fail(f"{case}: {'; '.join(found)} (then {again.words})", pytrace=False)


def _signalled(case: Case, stage: Stage, cli: Cli) -> list[str]:
    """Run the flow until the signal ends it; what is wrong with its output."""
    jobs: list[Job] = []
    started = threading.Event()
    sent: list[signal.Signals] = []

    def send() -> None:
        sent.append(case.number)
        started.wait(10)
        jobs[0].process.send_signal(case.number)
        jobs[0].process.wait(30)

    request = case.request
    drop = None if case.effect else "before"
    stage.hub.scenario.faults = [
        Fault(request.method, request.pattern, after=request.number - 1, conflict=send, drop=drop)
    ]
    jobs.append(cli.start(*stage.flow.command))
    started.set()
    ran = jobs[0].ended()
    stage.hub.scenario.faults = []
    if request.is_poll and not sent:
        return []
    if case.number is signal.SIGKILL:
        return [] if ran.code == -signal.SIGKILL else [f"exit code {ran.code}"]
    found = [] if ran.code == 130 and "Traceback" not in ran.err else [f"exit code {ran.code}"]
    return [*found, *judge.untrue_text(ran.err, stage.new_commits())]
