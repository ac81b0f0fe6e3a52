"""The output of an engine's build, as the Hub shows a build: `--> RUN …`, `CACHED`, `DONE 1.2s`.

podman prints `STEP 2/5: RUN …`; docker, with BuildKit's plain progress, `#6 [2/5] RUN …`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from deployer.checks.docker_instructions import Instruction, parse
from deployer.rehearsal.containers.engine import MARK

_ERROR = re.compile(r"(?:Error|ERROR): (?P<words>.*)")
_EXIT_CODE = re.compile(r"exit (?:code:?|status) (?P<code>\d+)")
_STEP = re.compile(
    r"(?:\[(?P<stage>\d+)/\d+\] )?STEP (?P<number>\d+)/\d+: (?P<instruction>.*)", re.DOTALL
)
_LAYER = re.compile(r"(?P<before>.*)--> [0-9a-f]{11,12}$")
_OWN = re.compile(r"(?:\[\d+/\d+\] )?COMMIT$|[0-9a-f]{64}$")
_UNUSED = re.compile(r"\[Warning\] one or more build args were not consumed: \[(?P<names>[^\]]*)\]")
_VERTEX = re.compile(r"#(?P<vertex>\d+) (?P<text>.*)", re.DOTALL)
_TITLE = re.compile(r"\[(?:(?P<stage>\S+) +)?(?P<number>\d+)/\d+\] (?P<instruction>.*)", re.DOTALL)
_TIMED = re.compile(r"\d+\.\d+ (?P<text>.*)", re.DOTALL)
_DIGEST = re.compile(r"(?:sha256:|resolve |extracting )\S+")
_FAILED_LINE = re.compile(r"Dockerfile:(?P<line>\d+)$")
_UNNAMED = re.compile(r"stage-(?P<number>\d+)")
_NUMBERED = ("FROM", "RUN", "COPY", "ADD", "WORKDIR")  # the instructions that BuildKit counts

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FailedStep:
    """The instruction at which a build ended, and its line in the Dockerfile."""

    line: int
    instruction: str

    @classmethod
    def of(cls, instruction: Instruction) -> FailedStep:
        """The step of an instruction."""
        return cls(instruction.line, f"{instruction.keyword} {instruction.arguments}")

    def __str__(self) -> str:
        return f"{self.instruction} (Dockerfile:{self.line})"


class BuildOutput(ABC):
    """Translates the lines of one build; remembers its last error, and the exit code in that."""

    def __init__(self, dockerfile: str, write: Write) -> None:
        self._stages: list[list[Instruction]] = []
        for instruction in parse(dockerfile):
            if instruction.keyword == "FROM":
                self._stages.append([])
            if self._stages:
                self._stages[-1].append(instruction)
        self._write = write
        self.exit_code: int | None = None
        self.error = ""

    def add(self, line: str) -> None:
        """Write a line of the engine as the Hub would, if it would."""
        # the last such line is the engine's own
        self._find_error(line)
        self._translate(line.rstrip("\n"))

    @property
    @abstractmethod
    def failed_step(self) -> FailedStep | None:
        """The step that failed, as far as it is known; asked after a failed build."""

    @abstractmethod
    def _translate(self, line: str) -> None:
        """Write a line, or remember it."""

    def _find_error(self, text: str) -> bool:
        found = _ERROR.match(text)
        if found is not None:
            self.error = found["words"]
            code = _EXIT_CODE.search(self.error)
            self.exit_code = int(code["code"]) if code else None
        return found is not None

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
        stage = int(self._step["stage"] or 1) - 1
        found = _nth(self._stages[stage : stage + 1], int(self._step["number"]))
        # ONBUILD instructions of the base image are counted, too, but stand in no line here
        return found if found and _is_same(found.instruction, self._step["instruction"]) else None

    def _translate(self, line: str) -> None:
        step = _STEP.match(line)
        if step is not None:
            self._step, self._started, self._is_cached = step, monotonic(), False
            self._say(f"--> {step['instruction']}")
        elif line.startswith("--> Using cache"):
            self._is_cached = True
            self._say("CACHED")
        elif layer := _LAYER.match(line):
            # what the step printed may end without a line break
            if layer["before"]:
                self._say(layer["before"])
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
        self._steps: dict[str, re.Match[str]] = {}  # titles by the number of their vertex
        self._failed: re.Match[str] | None = None
        self._failed_line: int | None = None

    @property
    def failed_step(self) -> FailedStep | None:
        """The one whose line docker names, else the one that reported an error."""
        for instruction in (one for stage in self._stages for one in stage):
            if instruction.line == self._failed_line:
                return FailedStep.of(instruction)
        if self._failed is None:
            return None
        counted = [[i for i in stage if i.keyword in _NUMBERED] for stage in self._stages]
        of_name = [stage for stage in counted if _has_name(stage[0], self._failed["stage"])]
        unnamed = _UNNAMED.fullmatch(self._failed["stage"] or "stage-0")
        if not of_name and unnamed:
            of_name = counted[int(unnamed["number"]) :]
        return _nth(of_name, int(self._failed["number"]))

    def _translate(self, line: str) -> None:
        vertex = _VERTEX.match(line)
        if vertex is not None:
            self._translate_vertex(vertex["vertex"], vertex["text"])
        elif line:
            failed = _FAILED_LINE.match(line)
            if failed is not None:
                self._failed_line = int(failed["line"])
            self._say(line)

    def _translate_vertex(self, number: str, text: str) -> None:
        title = _TITLE.match(text)
        if title is not None:
            # the title is shown again whenever the output turns to another vertex
            if number not in self._steps:
                self._say(f"--> {title['instruction']}")
            self._steps[number] = title
        elif number in self._steps and not _DIGEST.match(text):
            if self._find_error(text):
                self._failed = self._steps[number]
            timed = _TIMED.match(text)
            self._say(timed["text"] if timed else text)


def _nth(stages: Sequence[Sequence[Instruction]], number: int) -> FailedStep | None:
    """The step of that number, from 1, in the first of some stages."""
    found = stages[0][number - 1 : number] if stages else ()
    return FailedStep.of(found[0]) if found else None


def _has_name(first: Instruction, name: str | None) -> bool:
    return name is not None and first.arguments.lower().endswith(f" as {name.lower()}")


def _is_same(instruction: str, shown: str) -> bool:
    """Whether podman shows this instruction, but for spaces, and the case of the keyword."""
    return "".join(instruction.split()).lower() == "".join(shown.split()).lower()
