"""Play one case: a flow, and the faults that its requests meet."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pytest

from deployer.rehearsal import Fault
from deployer.release.outcome import DeployResult
from deployer.world import clock
from tests.conftest import Repo
from tests.sweep import judge
from tests.sweep.clock import shorten
from tests.sweep.flows import FLOWS, Stage, stage_of
from tests.sweep.kinds import FOR_GOOD, KINDS, Nature
from tests.sweep.requests import Request, requests_of

_ALWAYS = 1_000_000
_SEED, _PAIRS = 1, 400


@dataclass(frozen=True)
class Case:
    """A flow, and at which of its requests what happens, once or from then on."""

    flow: str
    faults: tuple[tuple[Request, str], ...]
    for_good: bool = False

    def __str__(self) -> str:
        faults = (f"{request}, {kind}" for request, kind in self.faults)
        return ", ".join([self.flow, *faults, *(["for good"] if self.for_good else [])])


def once() -> Iterator[Case]:
    """Every kind at every request of every flow."""
    for flow in FLOWS:
        for request in requests_of(flow):
            for kind in KINDS:
                if _is_played(kind, request):
                    yield Case(flow, ((request, kind),))


def for_good() -> Iterator[Case]:
    """Some kinds at every request, and at all such requests after it."""
    for case in once():
        if case.faults[0][1] in FOR_GOOD:
            yield replace(case, for_good=True)


def two() -> Iterator[Case]:
    """Two faults at a time, by a seed: a sample of all pairs."""
    generator = random.Random(_SEED)
    cases = {flow: [case for case in once() if case.flow == flow] for flow in FLOWS}
    for _ in range(_PAIRS):
        flow = generator.choice(list(FLOWS))
        first, second = generator.sample(cases[flow], 2)
        yield Case(flow, (*first.faults, *second.faults))


def _is_played(kind: str, request: Request) -> bool:
    return KINDS[kind].only in f"{request.path}/"


def wrong(case: Case, repo: Repo, patch: pytest.MonkeyPatch) -> str:
    """Play a case; all that is wrong with how it ends, in one line, or nothing.

    For a test with the fixture `no_waits`.
    """
    shorten(patch, hangs=any("hang" in KINDS[kind].happens for _, kind in case.faults))
    with stage_of(FLOWS[case.flow], repo) as stage:
        met: list[bool] = []
        stage.hub.scenario.faults = faults_of(case, stage, met)
        ended = run(stage.run)
        stage.hub.scenario.faults = []
        found = list(judge.whatever_happened(stage, ended))
        if not met and not all(request.is_poll for request, _ in case.faults):
            found.append("the request was not sent")
        if all(met) and not case.for_good:
            found += judge.as_without_faults(stage, ended)
        again = run(stage.run_again)
        found += judge.after_the_next_run(stage, again)
    return f"{case}: {'; '.join(found)} ({ended.words}; then {again.words})" if found else ""


def faults_of(case: Case, stage: Stage, met: list[bool]) -> list[Fault]:
    """The faults; when one comes, `met` gets whether the flow is to end as without it."""

    def meet(kind: str) -> None:
        nature = KINDS[kind].nature
        is_refused_too_late = nature is Nature.REFUSED and bool(stage.new_commits())
        met.append(nature is Nature.PASSING or is_refused_too_late)

    return [
        Fault(
            request.method,
            request.pattern,
            times=_ALWAYS if case.for_good else 1,
            after=request.number - 1,
            conflict=partial(meet, kind),
            **KINDS[kind].happens,
        )
        for request, kind in case.faults
    ]


def run(flow: Callable[[], DeployResult]) -> judge.Ended:
    """Run a flow, whatever it raises."""
    started_at = clock.now()
    try:
        outcome: DeployResult | Exception = flow()
    except Exception as error:  # pylint: disable=broad-exception-caught
        outcome = error
    return judge.Ended(outcome, clock.now() - started_at)
