"""The table of the demo's benchmark, from the results."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Rows = Sequence[dict[str, Any]]


def table(results: Rows) -> str:
    """A Markdown table with a row for each engine."""
    engines = list(dict.fromkeys(row["engine"] for row in results))
    head = ["", *_COLUMNS]
    lines = [head, ["---", *["--:"] * len(_COLUMNS)]]
    for engine in engines:
        rows = [row for row in results if row["engine"] == engine]
        lines.append([engine, *(column(rows) for column in _COLUMNS.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(name: str) -> Callable[[Rows], str]:
    def column(rows: Rows) -> str:
        judged = [row[name] for row in rows if row[name] is not None]
        return f"{sum(judged)} of {len(judged)}"

    return column


def _of_sentences(name: str) -> Callable[[Rows], str]:
    def column(rows: Rows) -> str:
        return f"{_sum(rows, name)} of {_sum(rows, 'sentences')}"

    return column


def _sum(rows: Rows, name: str) -> int:
    return sum(row[name] for row in rows)


def _seconds(rows: Rows) -> str:
    return f"{_median(row['seconds'] for row in rows):.1f}"


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


_COLUMNS: dict[str, Callable[[Rows], str]] = {
    "answers the aspect": _share("aspect"),
    "has the form": _share("form"),
    "sentences not supported": _of_sentences("unsupported"),
    "with an invented number or name": _of_sentences("invented"),
    "repeated": _of_sentences("repeated"),
    "ends whole": _share("ends_whole"),
    "seconds (median)": _seconds,
}
