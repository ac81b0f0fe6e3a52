"""`python -m benchmarks`: measure, and write docs/benchmarks.md and docs/benchmarks.svg."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.measure import CASES, WrongResult, bench, plan, startup
from benchmarks.report import Figures, page
from benchmarks.repositories import FIRST, ONE_LINE, Repository
from benchmarks.tools import PLAN, ROOT, TOOLS, Tool

_GROWTH = (10, 100, 1_000)
_GROWTH_OF_PLAN = 100_000
_PAIRS = 15


def main() -> int:
    """Measure and write; gives 1 where a tool failed."""
    said = _arguments()
    figures = Figures(said.files, said.latency)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        everything(figures, Path(folder), quick=said.quick)
    text = page(figures)
    print(text)
    if said.output:
        said.output.mkdir(parents=True, exist_ok=True)
        (said.output / "benchmarks.md").write_text(text, "utf-8")
        (said.output / "benchmarks.svg").write_text(chart(figures.growth), "utf-8")
    return int(bool(figures.missing))


def everything(figures: Figures, folder: Path, *, quick: bool) -> None:
    """All that there is to measure."""
    repository = Repository.make(folder / "all", figures.files)
    for latency in figures.latencies:
        for tool in TOOLS:
            deploys(figures, tool, repository, latency)
    for number in [number for number in _GROWTH if number < figures.files]:
        repository = Repository.make(folder / str(number), number)
        for tool in TOOLS:
            grow(figures, tool, repository, number)
    if not quick:
        repository = Repository.make(folder / "plan", _GROWTH_OF_PLAN)
        with _noted(figures, f"{PLAN.name} of {_GROWTH_OF_PLAN:,} files"):
            cost = plan(repository, figures.farthest / 1000)
            figures.growth[PLAN.name, _GROWTH_OF_PLAN] = cost
    figures.startup = {option: startup(option, _PAIRS) for option in ("--version", "--help")}


def deploys(figures: Figures, tool: Tool, repository: Repository, latency: int) -> None:
    """Every case, one after the other."""
    with (
        _noted(figures, f"{tool.name} at {latency} ms"),
        bench(tool, repository, latency / 1000) as running,
    ):
        for case, tag in CASES.items():
            cost = figures.costs[tool.name, case, latency] = running.run(tag)
            if tag == ONE_LINE and latency == figures.farthest:
                figures.growth[tool.name, figures.files] = cost


def grow(figures: Figures, tool: Tool, repository: Repository, number: int) -> None:
    """One changed line, in a repository of another size."""
    with (
        _noted(figures, f"{tool.name} with {number:,} files"),
        bench(tool, repository, figures.farthest / 1000) as running,
    ):
        running.run(FIRST)
        figures.growth[tool.name, number] = running.run(ONE_LINE)


@contextmanager
def _noted(figures: Figures, what: str) -> Iterator[None]:
    """Say what is being measured; what fails stands in the report, and the others go on."""
    _tell(what)
    try:
        yield
    except WrongResult as error:
        figures.missing.append(what)
        _tell(str(error))


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _latencies(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--files", type=int, default=None, help="how many the repository has")
    parser.add_argument("--latency", type=_latencies, default=[0, 50], help="in ms, with commas")
    parser.add_argument("--quick", action="store_true", help="200 files; only prints")
    parser.add_argument("--output", type=Path, help="the folder to write to, by default docs")
    said = parser.parse_args()
    said.files = said.files or (200 if said.quick else 10_000)
    said.output = said.output or (None if said.quick else ROOT / "docs")
    return said


if __name__ == "__main__":
    sys.exit(main())
