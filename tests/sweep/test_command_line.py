"""Faults that the command line meets: its exit code and its output are true (`make sweep`)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Cli, Ran, Repo
from tests.fork_server import ForkServer
from tests.sweep import judge
from tests.sweep.flows import FLOWS, Flow, stage_of
from tests.sweep.kinds import KINDS
from tests.sweep.play import Case, faults_of, once, run

_SEED, _CASES = 1, 80


def _cases() -> list[Case]:
    # its clock is the real one
    cases = [case for case in once() if "hang" not in KINDS[case.faults[0][1]].happens]
    return random.Random(_SEED).sample(cases, _CASES)


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("case", _cases(), ids=str)
def test_one_fault(case: Case, repo: Repo, fork_server: ForkServer, tmp_path: Path) -> None:
    with stage_of(FLOWS[case.flow], repo) as stage:
        cli = Cli(tmp_path, repo.root, stage.environment(), fork_server)
        met: list[bool] = []
        stage.hub.scenario.faults = faults_of(case, stage, met)
        ran = cli(*stage.flow.command, "--json")
        stage.hub.scenario.faults = []
        found = [*_untrue_output(ran, bool(stage.new_commits()))]
        found += judge.whatever_was_cut_short(stage)
        if all(met):
            found += _as_without_faults(stage.flow, ran)
        again = run(stage.run_again)
        found += judge.after_the_next_run(stage, again)
    if found:
        end = f"{ran.json['verdict']} {ran.code}: {ran.json['error']}; then {again.words}"
        pytest.fail(f"{case}: {'; '.join(found)} ({end})", pytrace=False)


def _untrue_output(ran: Ran, has_committed: bool) -> Iterator[str]:
    if ran.code == 70 or "Traceback" in ran.err:
        yield "a traceback"
    if ran.code != ran.json["exit_code"]:
        yield f"exit code {ran.code}, but {ran.json['exit_code']} in its JSON"
    if ran.json["verdict"] is not None and ran.json["changed"] is not has_committed:
        yield f"changed: {ran.json['changed']}"


def _as_without_faults(flow: Flow, ran: Ran) -> Iterator[str]:
    if (ran.json["verdict"], ran.code) != (flow.verdict, flow.exit_code):
        yield f"not {flow.verdict} {flow.exit_code}"
