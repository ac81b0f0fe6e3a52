"""ZeroGPU, as far as it can be had without the hardware: where the model is, and who runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from summarizer.request import parse_request
from summarizer.samples import TEXTS
from summarizer.zero import on_gpu, seconds_for

# pylint: disable=missing-function-docstring  # the names are the sentences

ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("zero_gpu")
FERRY = TEXTS["A council meeting about a ferry"]


def on_zero_gpu(python: str, model: Path, code: str) -> Any:
    """What this code prints, as JSON, where the environment says ZeroGPU."""
    surroundings = {"SPACES_ZERO_GPU": "true", "PYTHONPATH": f"{STAND_IN}{os.pathsep}{ROOT}"}
    # a process that was forked must not wait for threads that only its parent has
    surroundings |= {"OMP_NUM_THREADS": "1", "CPU_CORES": "1", "TOKENIZERS_PARALLELISM": "false"}
    start = (
        f"import json, os\nfrom summarizer import Loader, summarize\nL = Loader({str(model)!r})\n"
    )
    ran = subprocess.run(
        [python, "-c", start + code],
        env=os.environ | surroundings,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.slow
def test_the_model_is_placed_while_the_app_is_imported(demo_python: str, tiny_model: Path) -> None:
    code = "print(json.dumps(type(L.start().state).__name__))"
    assert on_zero_gpu(demo_python, tiny_model, code) == "Ready"


@pytest.mark.slow
def test_the_answer_streams_out_of_the_process_that_has_the_gpu(
    demo_python: str, tiny_model: Path
) -> None:
    code = (
        f"updates = list(summarize({FERRY!r}, 'Only the risks', 'Short', loader=L.start()))\n"
        "import spaces\n"
        "print(json.dumps([[u.summary, u.status] for u in updates] + [spaces.durations]))"
    )
    *updates, durations = on_zero_gpu(demo_python, tiny_model, code)
    statuses = [status for _, status in updates]
    assert any("is reading the text, part 2 of " in status for status in statuses)
    assert statuses[-1].startswith("Answered by tiny on the ")
    assert updates[-1][0]
    assert durations == [30]


@pytest.mark.slow
def test_a_visitor_who_leaves_ends_the_process_that_has_the_gpu(
    demo_python: str, tiny_model: Path
) -> None:
    code = (
        "import multiprocessing, time\n"
        f"updates = summarize({FERRY!r} * 20, 'Only the risks', loader=L.start())\n"
        "next(updates); before = len(multiprocessing.active_children())\n"
        "start = time.monotonic(); updates.close(); took = time.monotonic() - start\n"
        "print(json.dumps([before, len(multiprocessing.active_children()), took]))"
    )
    before, after, seconds = on_zero_gpu(demo_python, tiny_model, code)
    assert (before, after) == (1, 0)
    assert seconds < 20


def test_a_request_that_is_refused_asks_for_no_gpu(demo_python: str, tiny_model: Path) -> None:
    code = (
        "list(summarize('', 'Only the risks', loader=L.start()))\n"
        "import spaces\n"
        "print(json.dumps(spaces.durations))"
    )
    assert on_zero_gpu(demo_python, tiny_model, code) == []


def test_a_long_text_asks_for_the_gpu_for_longer_but_never_for_minutes() -> None:
    asked = [
        seconds_for(parse_request("A word. " * count, "risks")) for count in (10, 10_000, 24_000)
    ]
    assert asked == [30, 69, 120]


def test_elsewhere_the_function_runs_where_it_is_called() -> None:
    assert on_gpu(sys.exit) is sys.exit  # type: ignore[arg-type, comparison-overlap]
