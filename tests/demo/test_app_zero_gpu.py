"""ZeroGPU, as far as it can be tested without the hardware: where the model is, and who runs it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer.request import parse_request
from summarizer.samples import TEXTS
from summarizer.zero import on_gpu, seconds_for
from tests.demo.apps import ONE_CORE
from tests.demo.running import ROOT, run
from tests.fork_server import ForkServer

# pylint: disable=missing-function-docstring  # the names are the sentences

OnZeroGpu = Callable[[str], Any]

STAND_IN = Path(__file__).with_name("zero_gpu")
FERRY = TEXTS["A council meeting about a ferry"]
START = """
import json, os, sys
sys.path[:0] = {path}
from summarizer import Loader, summarize
loader = Loader({model!r}).start()
loader.state.model.is_small = False
import spaces
"""


@pytest.fixture(name="on_zero_gpu")
def _on_zero_gpu(demo_server: ForkServer, tiny_model: Path, tmp_path: Path) -> OnZeroGpu:
    """Runs code in a process whose environment says ZeroGPU; returns the JSON that it prints."""
    # a process that was forked must not wait for threads that only its parent has
    environment = {**ONE_CORE, "SPACES_ZERO_GPU": "true", "TOKENIZERS_PARALLELISM": "false"}
    start = START.format(path=[str(STAND_IN), str(ROOT)], model=str(tiny_model))

    def run_code(code: str) -> Any:
        program = tmp_path / "program.py"
        program.write_text(start + code, "utf-8")
        return json.loads(run(demo_server, program, **environment).splitlines()[-1])

    return run_code


def test_the_model_is_loaded_while_the_app_is_imported(on_zero_gpu: OnZeroGpu) -> None:
    assert on_zero_gpu("print(json.dumps(type(loader.state).__name__))") == "Ready"


def test_the_answer_streams_out_of_the_process_that_has_the_gpu(on_zero_gpu: OnZeroGpu) -> None:
    *updates, durations = on_zero_gpu(
        f"updates = list(summarize({FERRY!r}, 'Only the risks', 'Short', loader=loader))\n"
        "print(json.dumps([[u.summary, u.status] for u in updates] + [spaces.durations]))"
    )
    statuses = [status for _, status in updates]
    assert statuses[0] == "tiny is writing the summary\u2026"
    assert statuses[-1].startswith("Answered by tiny on the ")
    assert updates[-1][0]
    assert durations == [30]


def test_a_visitor_who_leaves_ends_the_process_that_has_the_gpu(on_zero_gpu: OnZeroGpu) -> None:
    before, after, seconds = on_zero_gpu(
        "import multiprocessing, time\n"
        f"updates = summarize({FERRY!r} * 20, 'Only the risks', loader=loader)\n"
        "next(updates); before = len(multiprocessing.active_children())\n"
        "start = time.monotonic(); updates.close(); took = time.monotonic() - start\n"
        "print(json.dumps([before, len(multiprocessing.active_children()), took]))"
    )
    assert (before, after) == (1, 0)
    assert seconds < 20


def test_an_invalid_request_asks_for_no_gpu(on_zero_gpu: OnZeroGpu) -> None:
    asked = on_zero_gpu(
        "list(summarize('', 'Only the risks', loader=loader))\nprint(json.dumps(spaces.durations))"
    )
    assert asked == []


def test_a_long_text_asks_for_the_gpu_for_longer_but_never_for_minutes() -> None:
    asked = [
        seconds_for(parse_request("A word. " * count, "risks")) for count in (10, 10_000, 24_000)
    ]
    assert asked == [30, 69, 120]


def test_elsewhere_the_function_runs_where_it_is_called() -> None:
    assert on_gpu(sys.exit) is sys.exit  # type: ignore[arg-type, comparison-overlap]
