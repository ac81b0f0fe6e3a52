"""The benchmarks measure, and don't let a wrong result pass."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.chart import chart
from benchmarks.jobs import OURS_BY_PIP, OWN_PIP, JobCost, measure_jobs
from benchmarks.measure import CASES, WrongResult, bench, startup
from benchmarks.proxy import Exchange, longest_chain
from benchmarks.report import Figures, page
from benchmarks.repositories import FIRST, Repository
from benchmarks.tools import GIT_PUSH, OURS, Tool
from deployer.rehearsal import Build

FILES = 30


@pytest.fixture(name="repository", scope="module")
def _repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository.make(tmp_path_factory.mktemp("benchmarks") / "source", FILES)


@pytest.mark.parametrize("tool", [OURS, GIT_PUSH], ids=lambda tool: tool.name)
def test_every_case_is_measured(tool: Tool, repository: Repository) -> None:
    with bench(tool, repository, latency=0) as running:
        costs = {case: running.run(tag) for case, tag in CASES.items()}
    assert [cost.commits for cost in costs.values()] == [1, 0, 1, 1]
    assert all(1 <= cost.chain <= cost.requests for cost in costs.values())
    assert all(cost.memory > 1_000_000 and 0 < cost.seconds < 60 for cost in costs.values())
    first, nothing, one_line, _ = costs.values()
    assert nothing.up < one_line.up < first.up
    figures = Figures(FILES, [0], {(tool.name, case, 0): cost for case, cost in costs.items()})
    figures.growth = {(tool.name, 30): one_line, (tool.name, 10): one_line}
    assert f"| {tool.name} | {one_line.requests} |" in page(figures)
    ElementTree.fromstring(chart(figures.growth))


def test_a_space_that_is_not_the_repository_fails(repository: Repository) -> None:
    idle = Tool("idle", ((sys.executable, "-c", "pass"),))
    with bench(idle, repository, latency=0) as running:
        with pytest.raises(WrongResult, match=f"{FILES} files of the Space are wrong"):
            running.run(FIRST)


def test_a_tool_that_fails_says_why(repository: Repository, tmp_path: Path) -> None:
    broken = Tool("broken", ((sys.executable, str(tmp_path / "missing.py")),))
    with bench(broken, repository, latency=0) as running:
        with pytest.raises(WrongResult, match=r"(?s)ended with 2.*missing\.py"):
            running.run(FIRST)


def test_requests_at_the_same_time_are_one_step() -> None:
    times = [(0, 1), (1, 2), (1, 2.1), (1.5, 2), (3, 4)]
    assert longest_chain(Exchange("", start, end, 0, 0) for start, end in times) == 3


def test_a_whole_job_is_measured_until_its_commit_runs(repository: Repository) -> None:
    costs = measure_jobs(repository, 0.0, 1, jobs=[OURS_BY_PIP], build=Build())
    (cost,) = costs[OURS_BY_PIP.name]
    assert cost.is_running and cost.setup > 0 and cost.deploy > 0
    setups = {OURS_BY_PIP.name: [cost], OWN_PIP.name: [JobCost(4 * cost.setup, 0.0)]}
    text = page(Figures(FILES, [0], setups=setups, jobs={**costs, "push": [JobCost(0.0, 1.0)]}))
    assert f"| {OURS_BY_PIP.name} | 0.25 (" in text
    assert re.search(
        rf"{OURS_BY_PIP.name} \|.*\| this one \|\n\| push \|.*\| the one before \|", text
    )


def test_the_time_of_version_is_that_of_the_whole_process() -> None:
    seconds = startup("--version", 1)
    assert 0 < seconds < 60
    text = page(Figures(FILES, [0], startup={"--version": seconds}))
    assert "whole process" in text
    assert f"| `hf-deploy --version` | {seconds * 1000:.0f} ms |" in text
