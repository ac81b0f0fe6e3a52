"""The output of an engine's build, as the Hub shows a build: `--> RUN …`, `CACHED`, `DONE 1.2s`.

podman prints `STEP 2/5: RUN …`; docker, with BuildKit's plain progress, `#6 [2/5] RUN …`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from deployer.checks import docker_instructions
from deployer.rehearsal.containers.engine import MARK

_ERROR = re.compile(r"(?:Error|ERROR): (?P<words>.*)")
_EXIT_CODE = re.compile(r"exit (?:code:?|status) (?P<code>\d+)")
_STEP = re.compile(
    r"(?:\[(?P<stage>\d+)/\d+\] )?STEP (?P<number>\d+)/\d+: (?P<instruction>.*)", re.DOTALL
)
_LAYER = re.compile(r"--> [0-9a-f]{8,64}$")
_OWN = re.compile(r"(?:\[\d+/\d+\] )?COMMIT$|[0-9a-f]{64}$")
_UNUSED = re.compile(r"\[Warning\] one or more build args were not consumed: \[(?P<names>[^\]]*)\]")
_VERTEX = re.compile(r"#(?P<vertex>\d+) (?P<text>.*)", re.DOTALL)
_TITLE = re.compile(r"\[(?:(?P<stage>\S+) +)?\d+/\d+\] (?P<instruction>.*)", re.DOTALL)
_TIMED = re.compile(r"\d+\.\d+ (?P<text>.*)", re.DOTALL)
_FAILED_LINE = re.compile(r"Dockerfile:(?P<line>\d+)$")

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FailedStep:
    """The instruction at which a build ended, and its line in the Dockerfile."""

    line: int
    instruction: str

    def __str__(self) -> str:
        return f"{self.instruction} (Dockerfile:{self.line})"


class BuildOutput(ABC):
    """Translates the lines of one build; remembers its last error, and the exit code in that."""

    def __init__(self, dockerfile: str, write: Write) -> None:
        self._instructions = docker_instructions.parse(dockerfile)
        self._write = write
        self.exit_code: int | None = None
        self.error = ""

    def add(self, line: str) -> None:
        """Write a line of the engine as the Hub would, if it would."""
        # the last such line is the engine's own
        found = _ERROR.match(line)
        if found is not None:
            self.error = found["words"]
            code = _EXIT_CODE.search(self.error)
            self.exit_code = int(code["code"]) if code else None
        self._translate(line.rstrip("\n"))

    @property
    @abstractmethod
    def failed_step(self) -> FailedStep | None:
        """The step that failed, as far as it is known; asked after a failed build."""

    @abstractmethod
    def _translate(self, line: str) -> None:
        """Write a line, or remember it."""

    def _say(self, text: str) -> None:
        self._write(text + "\n")


class PodmanOutput(BuildOutput):
    """The output of `podman build`."""

    def __init__(self, dockerfile: str, write: Write) -> None:
        super().__init__(dockerfile, write)
        self._step: re.Match[str] | None = None
        self._started = monotonic()
        self._is_cached = False

    @property
    def failed_step(self) -> FailedStep | None:
        """The last one that began."""
        if self._step is None:
            return None
        stages: list[list[docker_instructions.Instruction]] = []
        for instruction in self._instructions:
            if instruction.keyword == "FROM":
                stages.append([])
            if stages:
                stages[-1].append(instruction)
        stage, number = int(self._step["stage"] or 1), int(self._step["number"])
        of_stage = stages[stage - 1] if stage <= len(stages) else []
        steps = (FailedStep(i.line, f"{i.keyword} {i.arguments}") for i in of_stage[number - 1 :])
        step = next(steps, None)
        # ONBUILD instructions of the base image are counted, too, but stand in no line here
        return step if step and _is_same(step.instruction, self._step["instruction"]) else None

    def _translate(self, line: str) -> None:
        step = _STEP.match(line)
        if step is not None:
            self._step, self._started, self._is_cached = step, monotonic(), False
            self._say(f"--> {step['instruction']}")
        elif line.startswith("--> Using cache"):
            self._is_cached = True
            self._say("CACHED")
        elif _LAYER.match(line):
            if not self._is_cached:
                self._say(f"DONE {monotonic() - self._started:.1f}s")
        elif not _OWN.match(line):
            self._say_other(line)

    def _say_other(self, line: str) -> None:
        unused = _UNUSED.match(line)
        names = [name for name in unused["names"].split() if name != MARK] if unused else []
        if names:
            self._say(f"[Warning] one or more build args were not consumed: [{' '.join(names)}]")
        elif not unused:
            self._say(line)


class BuildKitOutput(BuildOutput):
    """The output of `docker build` with BuildKit's plain progress."""

    def __init__(self, dockerfile: str, write: Write) -> None:
        super().__init__(dockerfile, write)
        self._steps: dict[str, str] = {}  # instructions by the number of their vertex
        self._failed_line: int | None = None

    @property
    def failed_step(self) -> FailedStep | None:
        """The one that docker names."""
        found = (i for i in self._instructions if i.line == self._failed_line)
        return next((FailedStep(i.line, f"{i.keyword} {i.arguments}") for i in found), None)

    def _translate(self, line: str) -> None:
        vertex = _VERTEX.match(line)
        if vertex is None:
            failed = _FAILED_LINE.match(line)
            if failed is not None:
                self._failed_line = int(failed["line"])
            self._say(line)
            return
        number, text = vertex["vertex"], vertex["text"]
        title = _TITLE.match(text)
        if title is not None:
            # the title is shown again whenever the output turns to another vertex
            if number not in self._steps:
                self._say(f"--> {title['instruction']}")
            self._steps[number] = title["instruction"]
        elif number in self._steps:
            timed = _TIMED.match(text)
            self._say(timed["text"] if timed else text)


def _is_same(instruction: str, shown: str) -> bool:
    """Whether podman shows this instruction, but for spaces, and the case of the keyword."""
    return "".join(instruction.split()).lower() == "".join(shown.split()).lower()
