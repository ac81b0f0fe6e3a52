"""A job on a runner, which uses a composite action as GitHub would: step by step, with bash."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from tests.action.runner.expressions import Status, fill, holds
from tests.action.runner.filecommands import Files
from tests.action.runner.log import Log

_BASH = shutil.which("bash") or "bash"
# installing goes the machine's own way to its package index
PASSED_ON = re.compile(
    r"(?:PIP|UV)_\w+|SSL_CERT_\w+|(?:REQUESTS_CA|CURL_CA)_BUNDLE|\w+_PROXY", re.I
)
_STEP_KEYS = frozenset({"name", "id", "if", "shell", "run", "env"})
# a cancelled step gets so many seconds after each signal, then the next
_TIMEOUT = {signal.SIGINT: 7.5, signal.SIGTERM: 2.5, signal.SIGKILL: None}


class BadAction(Exception):
    """The runner would refuse the action, or warn about how it is used."""


@dataclass(frozen=True)
class Used:
    """How one use of an action ended: what the workflow, and its reader, get to see.

    `exits` are the exit codes of the steps that ran, `steps` the outputs of each that has an id,
    `reach` what was written for the caller's later steps.
    """

    ok: bool
    outputs: dict[str, str]
    log: Log
    summary: str
    exits: dict[str, int]
    steps: dict[str, dict[str, str]]
    reach: str


@dataclass
class Job:
    """A job with a workspace; `environment` is its `env:`, `event` what started it."""

    workspace: Path
    folder: Path
    path: str
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    context: dict[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.temp = self.folder / "_temp"
        self.temp.mkdir(parents=True)
        self._numbers = count()
        self._cancelled = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def use(
        self,
        action: Path,
        inputs: Mapping[str, str],
        *,
        given: Mapping[str, Mapping[str, str]] | None = None,
        only: Collection[str] = (),
    ) -> Used:
        """Use the action in a folder.

        Steps in `given` are skipped, with these outputs; with `only`, no other steps run.
        """
        manifest = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))
        run = _Run(self, action, manifest, _resolved(manifest, inputs), dict(given or {}))
        for step in manifest["runs"]["steps"]:
            if step.get("id") not in run.steps and (not only or step.get("id") in only):
                run.step(step)
        return run.ended()

    def cancel(self) -> None:
        """Cancel the job while a step runs: only the step's own process is signalled."""
        self._cancelled.set()
        process = self._process
        assert process is not None
        for number, seconds in _TIMEOUT.items():
            process.send_signal(number)
            try:
                process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                continue

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was cancelled."""
        return self._cancelled.is_set()

    def execute(self, script: str, environment: Mapping[str, str], files: Files) -> tuple[int, str]:
        """Run a script as `shell: bash` does; its exit code, and all that it printed."""
        place = self.temp / f"{next(self._numbers)}.sh"
        place.write_text(script, encoding="utf-8", newline="\n")
        with subprocess.Popen(
            [_BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", str(place)],
            cwd=self.workspace,
            env={**self._base(), **self.environment, **files.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            self._process = process
            printed, _ = process.communicate()
        return process.returncode, printed.decode("utf-8", "replace")

    def new_files(self) -> Files:
        """The files for the next step."""
        return Files.new(self.temp / "_runner_file_commands" / str(next(self._numbers)))

    def _base(self) -> dict[str, str]:
        passed_on = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        return {
            **passed_on,
            "PATH": self.path,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            **{f"GITHUB_{name.upper()}": value for name, value in self.context.items()},
        }


class _Run:
    """One use of an action, while it runs."""

    def __init__(
        self,
        job: Job,
        action: Path,
        manifest: Mapping[str, Any],
        inputs: Mapping[str, str],
        given: dict[str, Mapping[str, str]],
    ) -> None:
        self._job, self._action, self._manifest, self._inputs = job, action, manifest, inputs
        self.steps = given
        self._log = Log(list(job.secrets))
        self._exits: dict[str, int] = {}
        self._summary = self._reach = ""

    def step(self, step: Mapping[str, Any]) -> None:
        """Run a step, unless its condition says no."""
        if unknown := step.keys() - _STEP_KEYS:
            raise BadAction(f"a step has {unknown}")
        status = Status(failed=any(self._exits.values()), cancelled=self._job.is_cancelled)
        if not holds(step.get("if", "success()"), self._contexts(), status):
            return
        if step["shell"] != "bash":
            raise BadAction("only bash is known here")
        environment = {
            name: fill(str(value), self._contexts()) for name, value in step.get("env", {}).items()
        }
        environment["GITHUB_ACTION_PATH"] = str(self._action)
        files = self._job.new_files()
        code, printed = self._job.execute(fill(step["run"], self._contexts()), environment, files)
        self._log.take(printed)
        self._exits[step["name"]] = code
        self._summary += self._log.masked(files.summary)
        self._reach += files.reach
        if "id" in step:
            self.steps[step["id"]] = files.outputs

    def ended(self) -> Used:
        """What came of it."""
        contexts = self._contexts()
        outputs = {
            name: fill(output["value"], contexts)
            for name, output in self._manifest.get("outputs", {}).items()
        }
        steps = {name: dict(values) for name, values in self.steps.items()}
        ok = not any(self._exits.values())
        return Used(ok, outputs, self._log, self._summary, self._exits, steps, self._reach)

    def _contexts(self) -> dict[str, Mapping[str, object]]:
        ids = [step["id"] for step in self._manifest["runs"]["steps"] if "id" in step]
        return {
            "inputs": self._inputs,
            "env": self._job.environment,
            "github": self._job.context,
            "runner": {"temp": str(self._job.temp), "os": "Linux"},
            "steps": {name: {"outputs": self.steps.get(name, {})} for name in ids},
        }


def _resolved(manifest: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Every input of the action, with its default where it was not given."""
    known: Mapping[str, Mapping[str, Any]] = manifest["inputs"]
    if unexpected := inputs.keys() - known.keys():
        raise BadAction(f"unexpected inputs {unexpected}")
    defaults = {name: str(declared.get("default", "")) for name, declared in known.items()}
    return {**defaults, **inputs}
