"""`make demo`: a local Hub, a build, and the page in a browser."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from summarizer.samples import TEXTS

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rehearsal(demo_python: str) -> Iterator[subprocess.Popen[str]]:
    """The command that `make demo` calls, with the environment of the Space built already."""
    del demo_python
    command = [sys.executable, "-m", "deployer", "rehearse"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.real
def test_the_demo_is_deployed_to_a_hub_on_this_machine_and_summarizes(
    rehearsal: subprocess.Popen[str], open_page: Any
) -> None:
    assert rehearsal.stdout is not None
    output = ""
    while not re.search(r"^serving", output, re.MULTILINE):
        line = rehearsal.stdout.readline()
        assert line, f"it ended without serving:\n{output}"
        output += line
    assert re.search(r"^commit +[0-9a-f]{7}, release 1", output, re.MULTILINE)
    found = re.search(r"^live .* (http://127\.0\.0\.1:\d+) ", output, re.MULTILINE)
    assert found, output
    page = open_page(found[1])
    page.locator("#text textarea").fill(TEXTS["A council meeting about a ferry"])
    page.locator("#prompt textarea").fill("Only the risks, two bullets")
    page.locator("#go").click()
    page.wait_for_function("document.querySelector('#summary textarea').value.includes('risk')")
    page.get_by_text("Answered by").wait_for()
    rehearsal.send_signal(signal.SIGINT)
    assert rehearsal.wait(60) == 0
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        page.goto(found[1])
