"""What a start of the app needs, and how it works without a network or without torch."""

import subprocess
import time
from pathlib import Path

from tests.demo.running import ROOT, run
from tests.fork_server import ForkServer

# pylint: disable=missing-function-docstring  # the names are the sentences


def test_without_a_network_the_default_model_fails_within_seconds(
    demo_server: ForkServer, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text("from summarizer import Loader\nprint(Loader().start().wait(60))")
    # The proxy is a closed port on this machine: every connection is refused at once.
    closed = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    offline = closed | {"HF_HOME": str(tmp_path), "NO_PROXY": "", "no_proxy": ""}
    start = time.monotonic()
    assert "could not be fetched from the Hub" in run(demo_server, program, **offline)
    assert time.monotonic() - start < 45


def test_without_torch_summaries_are_extractive(demo_python: str, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch is missing')")
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        "from summarizer import Loader, summarize\n"
        f"loader = Loader({str(tmp_path)!r}).start(); loader.wait(60)\n"
        "print(list(summarize('It rains. It pours.', 'one sentence', loader=loader))[-1])"
    )
    ended = subprocess.run([demo_python, "-c", code], capture_output=True, text=True, check=True)
    assert "torch or transformers can't be imported" in ended.stdout
    assert "It rains." in ended.stdout


def test_starting_does_not_wait_for_torch(demo_python: str) -> None:
    code = "import sys, summarizer; print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    ended = subprocess.run(
        [demo_python, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
