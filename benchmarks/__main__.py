"""`python -m benchmarks`: measure, and write docs/benchmarks.md and docs/benchmarks.svg."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.jobs import measure_jobs, measure_setups
from benchmarks.measure import CASES, WrongResult, bench, pairs, plan, startup
from benchmarks.report import Figures, page
from benchmarks.repositories import FIRST, ONE_LINE, Repository
from benchmarks.tools import PLAN, ROOT, TOOLS, Tool

_SMALLER_SIZES = (10, 100, 1_000)  # files
_PLAN_SIZE = 100_000  # files
_STARTUP_RUNS = 15
_ROUNDS, _JOB_ROUNDS = 5, 3


def main() -> int:
    """Measure and write the report; return 1 if a tool failed."""
    options = _arguments()
    figures = Figures(options.files, options.latency)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        measure_all(figures, Path(folder), quick=options.quick)
    text = page(figures)
    print(text)
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / "benchmarks.md").write_text(text, "utf-8")
        (options.output / "benchmarks.svg").write_text(chart(figures.growth), "utf-8")
    return int(bool(figures.missing))


def measure_all(figures: Figures, folder: Path, *, quick: bool) -> None:
    """Run every benchmark."""
    repository = Repository.make(folder / "all", figures.files)
    rounds = 1 if quick else _ROUNDS
    with _reported(figures, "set-up"):
        figures.setups = measure_setups(rounds)
    with _reported(figures, "whole jobs"):
        rounds_of_jobs = 1 if quick else _JOB_ROUNDS
        figures.jobs = measure_jobs(repository, figures.max_latency / 1000, rounds_of_jobs)
    for latency in figures.latencies:
        for tool in TOOLS:
            measure_cases(figures, tool, repository, latency)
    with _reported(figures, "one changed line, in turns"):
        figures.pairs = pairs(repository, figures.max_latency / 1000, rounds)
    for number in [number for number in _SMALLER_SIZES if number < figures.files]:
        repository = Repository.make(folder / str(number), number)
        for tool in TOOLS:
            measure_growth(figures, tool, repository, number)
    if not quick:
        repository = Repository.make(folder / "plan", _PLAN_SIZE)
        with _reported(figures, f"{PLAN.name} of {_PLAN_SIZE:,} files"):
            cost = plan(repository, figures.max_latency / 1000)
            figures.growth[PLAN.name, _PLAN_SIZE] = cost
    figures.startup = {option: startup(option, _STARTUP_RUNS) for option in ("--version", "--help")}


def measure_cases(figures: Figures, tool: Tool, repository: Repository, latency: int) -> None:
    """Measure every case of one tool, one after the other."""
    with (
        _reported(figures, f"{tool.name} at {latency} ms"),
        bench(tool, repository, latency / 1000) as running,
    ):
        for case, tag in CASES.items():
            cost = figures.costs[tool.name, case, latency] = running.run(tag)
            if tag == ONE_LINE and latency == figures.max_latency:
                figures.growth[tool.name, figures.files] = cost


def measure_growth(figures: Figures, tool: Tool, repository: Repository, number: int) -> None:
    """Measure one changed line in a repository of another size."""
    with (
        _reported(figures, f"{tool.name} with {number:,} files"),
        bench(tool, repository, figures.max_latency / 1000) as running,
    ):
        running.run(FIRST)
        figures.growth[tool.name, number] = running.run(ONE_LINE)


@contextmanager
def _reported(figures: Figures, what: str) -> Iterator[None]:
    """Print what is being measured. A failure goes into the report and does not stop the rest."""
    _print(what)
    try:
        yield
    except WrongResult as error:
        figures.missing.append(what)
        _print(str(error))


def _print(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _latencies(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--files", type=int, default=None, help="number of files in the repository")
    parser.add_argument(
        "--latency", type=_latencies, default=[0, 50], help="in ms, separated by commas"
    )
    parser.add_argument("--quick", action="store_true", help="use 200 files and only print")
    parser.add_argument("--output", type=Path, help="folder to write to; default: docs")
    options = parser.parse_args()
    options.files = options.files or (200 if options.quick else 10_000)
    options.output = options.output or (None if options.quick else ROOT / "docs")
    return options


if __name__ == "__main__":
    sys.exit(main())
