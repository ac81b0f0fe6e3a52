"""What the tests of the command line share: its JSON, and a job of GitHub Actions."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT

KEYS = (
    "verdict exit_code space release commit previous_commit source_commit changed plan settings "
    "drift rolled_back from gates space_url app_url usage seconds warnings error"
).split()
ESCAPE = "\x1b"


@dataclass(frozen=True)
class Runner:
    """The files and variables that a step of GitHub Actions gets."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_REPOSITORY": "julia/project",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_ACTOR": "julia",
        }

    def event(self, name: str, payload: object, sha: str, **more: str) -> dict[str, str]:
        """The variables in a run of this event, whose own commit is `sha`."""
        file = self.folder / "event.json"
        file.write_text(json.dumps(payload), "utf-8")
        files = {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file), "GITHUB_SHA": sha}
        return self.environment | files | more

    @property
    def summary(self) -> str:
        """The job summary."""
        return (self.folder / "summary").read_text("utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs, as the runner reads them."""
        found: dict[str, str] = {}
        lines = iter((self.folder / "output").read_bytes().decode().split("\n")[:-1])
        for line in lines:
            name, delimiter = line.split("<<", 1)
            value: list[str] = []
            for inner in lines:
                if inner == delimiter:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        return found


@pytest.fixture(name="runner")
def _runner(tmp_path: Path) -> Runner:
    """A step of a job."""
    folder = tmp_path / "runner"
    folder.mkdir()
    return Runner(folder)


def commands(text: str) -> list[str]:
    """The names of the commands that a runner would obey, in order.

    As in actions/runner, `ActionCommand.cs`: `::` at a line's start, after spaces; `##[` anywhere.
    """
    found = []
    for line in re.split(r"[\r\n]+", text):
        if match := re.match(r"\s*::([a-z-]+)[^:]*::", line):
            found.append(match[1])
        elif match := re.search(r"##\[([a-z-]+)", line):
            found.append(match[1])
    return found


@pytest.fixture(name="broken_library")
def _broken_library(tmp_path: Path) -> str:
    """A PYTHONPATH with a library that fails with the token in its message."""
    folder = tmp_path / "broken" / "huggingface_hub"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("import os\nraise RuntimeError(os.environ['HF_TOKEN'])\n")
    return os.pathsep.join([str(folder.parent), str(ROOT)])
