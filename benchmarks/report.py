"""The figures of a run as a Markdown page: the cost of each tool, side by side."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from statistics import median

from benchmarks.jobs import BUILD_TIME, BUILDING, OWN_PIP, STALE, STARTING, JobCost
from benchmarks.measure import CASES, Cost
from benchmarks.tools import OFFICIAL, OURS, PLAN, versions


@dataclass
class Figures:
    """All measurements of a run; latencies in milliseconds, startup times in seconds.

    `pairs`: seconds of hf-deploy and of the official action for one changed line, in turns.
    `setups`, `jobs`: the costs of each, by name, in turns.
    """

    files: int
    latencies: Sequence[int]
    costs: dict[tuple[str, str, int], Cost] = field(default_factory=dict)
    pairs: list[tuple[float, float]] = field(default_factory=list)
    growth: dict[tuple[str, int], Cost] = field(default_factory=dict)
    setups: dict[str, list[JobCost]] = field(default_factory=dict)
    jobs: dict[str, list[JobCost]] = field(default_factory=dict)
    startup: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    day: date = field(default_factory=lambda: datetime.now(UTC).date())

    @property
    def max_latency(self) -> int:
        """The greatest latency, at which concurrent requests overlap for certain."""
        return max(self.latencies)

    def tools(self) -> list[str]:
        """The tools that deployed, in order."""
        return list(dict.fromkeys(tool for tool, _, _ in self.costs))


def page(figures: Figures) -> str:
    """The page in Markdown."""
    tested = ", ".join(f"{name} {version}" for name, version in versions().items())
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Written by `make bench` on {figures.day}, on {os.cpu_count()} cores "
            f"({platform.system()}): {tested}.",
            "",
            f"Each tool deploys the same repository of {figures.files:,} files, three folders "
            "deep, in a new process and with empty caches, to a local Hub; `git push` goes to "
            "`git http-backend`. A proxy in between adds the latency to every request and counts "
            "requests and bytes (bodies only). After each deploy the files of the Space are "
            "compared with `git ls-files`, blob by blob. hf-deploy does not wait for the app "
            "(`--no-wait`). No file is large enough for LFS or Xet. `upload_folder` does not "
            "delete files that were removed from the repository.",
            "",
            "**Times are relative to the official action in the same run**, with seconds in "
            "brackets. Memory is the peak of the largest process; below 12 MB it is that of the "
            "benchmark itself. “Sequential” is the number of requests that were sent one after the "
            "other, "
            f"at {figures.max_latency} ms each.",
            "",
            *(line for case in CASES for line in _case(figures, case)),
            *_pairs(figures),
            *_growth(figures),
            *_setups(figures.setups),
            *_jobs(figures),
            *_startup(figures.startup),
            *(f"Failed and omitted: {what}.\n" for what in figures.missing),
        ]
    )


def _case(figures: Figures, case: str) -> list[str]:
    times = [f"time at {latency} ms" for latency in figures.latencies]
    titles = ["", "requests", "sequential", "up", "down", "commits = builds", "memory", *times]
    rows = []
    for tool in figures.tools():
        cost = figures.costs.get((tool, case, figures.max_latency))
        if cost is not None:
            counts = [cost.requests, cost.chain, size(cost.up), size(cost.down), cost.commits]
            ratios = [_ratio(figures, tool, case, latency) for latency in figures.latencies]
            rows.append([tool, *map(str, counts), size(cost.memory), *ratios])
    return [f"## {case.capitalize()}", "", *_table(titles, rows), ""]


def _ratio(figures: Figures, tool: str, case: str, latency: int) -> str:
    cost = figures.costs.get((tool, case, latency))
    base = figures.costs.get((OFFICIAL.name, case, latency))
    if cost is None:
        return "–"
    return f"{cost.seconds / base.seconds if base else 1:.2f} ({cost.seconds:.1f} s)"


def _pairs(figures: Figures) -> list[str]:
    if not figures.pairs:
        return []
    ratio = median(ours / official for ours, official in figures.pairs)
    return [
        f"In {len(figures.pairs)} further rounds of one changed line at {figures.max_latency} ms, "
        f"{OURS.name} took {ratio:.2f} of the time of {OFFICIAL.name} (median of the rounds).",
        "",
    ]


def _setups(setups: Mapping[str, Sequence[JobCost]]) -> list[str]:
    if not setups:
        return []
    rows = []
    for name, costs in setups.items():
        pairs = zip(costs, setups[OWN_PIP.name], strict=True)
        ratio = median(one.setup / base.setup for one, base in pairs)
        rows.append([name, f"{ratio:.2f} ({median(cost.setup for cost in costs):.1f} s)"])
    return [
        "## Set-up",
        "",
        "The action's first step (`action/install.sh`) with empty caches, and the same packages "
        "installed by a virtual environment's own pip: medians of "
        f"{len(setups[OWN_PIP.name])} rounds.",
        "",
        *_table(["", "time"], rows),
        "",
    ]


def _jobs(figures: Figures) -> list[str]:
    if not figures.jobs:
        return []
    rows = []
    for name, costs in figures.jobs.items():
        setup, deploy = median(one.setup for one in costs), median(one.deploy for one in costs)
        beyond = f"{setup + deploy - BUILD_TIME:.1f} s"
        right = sum(one.is_running for one in costs)
        app = {0: "the one before", len(costs): "this one"}.get(
            right, f"this one in {right} of {len(costs)}"
        )
        rows.append(
            [name, f"{setup:.1f} s", f"{deploy:.1f} s", beyond if right == len(costs) else "–", app]
        )
    rounds = len(next(iter(figures.jobs.values())))
    return [
        "## A whole job",
        "",
        f"One line changed among {figures.files:,} files at {figures.max_latency} ms, with set-up "
        f"and empty caches, until the job ends: medians of {rounds} rounds. The Hub notices the "
        f"commit after {STALE:g} s, builds for {BUILDING:g} s and starts the app in {STARTING:g} s;"
        f" “beyond” is what the job takes longer than these {BUILD_TIME:g} s. uvx installs in the "
        "deploy itself.",
        "",
        *_table(["", "set-up", "deploy", "beyond", "commit that runs when the job ends"], rows),
        "",
    ]


def _growth(figures: Figures) -> list[str]:
    numbers = sorted({number for _, number in figures.growth})
    tools = list(dict.fromkeys(tool for tool, _ in figures.growth))
    rows = [[tool, *(_grown(figures, tool, number) for number in numbers)] for tool in tools]
    return [
        "## Growth with the number of files",
        "",
        f"One line changed, at {figures.max_latency} ms: requests, seconds. (`{PLAN.name}` changes "
        "nothing; its Space has no release.)",
        "",
        "![Requests and seconds against the number of files](benchmarks.svg)",
        "",
        *_table(["files", *(f"{number:,}" for number in numbers)], rows),
        "",
    ]


def _grown(figures: Figures, tool: str, number: int) -> str:
    cost = figures.growth.get((tool, number))
    return f"{cost.requests}, {cost.seconds:.1f} s" if cost else "–"


def _startup(times: Mapping[str, float]) -> list[str]:
    rows = [[f"`hf-deploy {option}`", f"{time * 1000:.0f} ms"] for option, time in times.items()]
    return ["## Start-up time", "", *_table(["", "whole process, median"], rows), ""]


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *("--:" for _ in titles[1:])]
    return [f"| {' | '.join(row)} |" for row in (titles, rule, *rows)]


def size(count: int) -> str:
    """A number of bytes with a unit."""
    if count < 1_000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1_000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"
