"""Answer all cases by quoting and by a model, in the demo Space's own environment.

    python -m benchmarks.demo.measure MODEL RESULTS EVERY

RESULTS gets a line of JSON for each answer; those that it has already are not asked for again.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.demo.cases import Case, cases
from benchmarks.demo.marks import mark
from summarizer import Loader, summarize
from summarizer.loading import Ready

QUOTING, RAW, SHOWN = "quoting alone", "as the model writes it", "as the page shows it"
_NO_MODEL = "/nonexistent"


def main(model_id: str, results: Path, every: int) -> None:
    """Measure what is missing."""
    done = {_key(json.loads(line)) for line in results.read_text("utf-8").splitlines()}
    missing = [case for case in cases(every) if (case.text, case.prompt) not in done]
    nothing, loader = Loader(_NO_MODEL).start(), Loader(model_id).start()
    nothing.wait()
    if not isinstance(state := loader.wait(), Ready):
        sys.exit(f"{loader.describe()}")
    state.model.is_small = False  # the page quotes instead of it; here it is measured
    wrote = _listen(state.model)
    for number, case in enumerate(missing, start=1):
        print(f"{number} of {len(missing)}: {case.prompt}", file=sys.stderr)
        with results.open("a", encoding="utf-8") as file:
            for row in _rows(case, nothing, loader, wrote):
                file.write(json.dumps(row) + "\n")


def _rows(
    case: Case, nothing: Loader, loader: Loader, wrote: list[str]
) -> Iterator[dict[str, Any]]:
    wrote.clear()
    for engine, by in ((QUOTING, nothing), (SHOWN, loader)):
        start = time.monotonic()
        *_, last = summarize(case.text, case.prompt, loader=by)
        seconds = time.monotonic() - start
        yield _row(case, engine, last.summary, seconds) | {"status": last.status}
    yield _row(case, RAW, "".join(wrote), seconds)


def _row(case: Case, engine: str, answer: str, seconds: float) -> dict[str, Any]:
    asked = {"text": case.text, "prompt": case.prompt, "engine": engine}
    return asked | {"answer": answer, "seconds": seconds} | asdict(mark(case, answer))


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["text"], row["prompt"]


def _listen(model: Any) -> list[str]:
    """Note what the model writes."""
    wrote: list[str] = []
    stream = model.stream

    def listen(*arguments: Any, **options: Any) -> Any:
        for piece in stream(*arguments, **options):
            wrote.append(piece)
            yield piece
        wrote.append("\n")

    model.stream = listen
    return wrote


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
