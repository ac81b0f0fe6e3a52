"""The files by which a step speaks to the runner, read by the runner's own rules.

https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# https://docs.github.com/actions: a larger summary is thrown away whole
LARGEST_SUMMARY = 1024 * 1024
_VARIABLES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


class BadFileCommand(Exception):
    """The runner would fail the step."""


@dataclass(frozen=True)
class Files:
    """Fresh files for one step."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> Files:
        """Make them, empty."""
        folder.mkdir(parents=True)
        for name in _VARIABLES:
            (folder / name).touch()
        return cls(folder)

    @property
    def environment(self) -> dict[str, str]:
        """Where they are."""
        return {name: str(self.folder / name) for name in _VARIABLES}

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs that the step set."""
        return pairs(self._text("GITHUB_OUTPUT"))

    @property
    def summary(self) -> str:
        """What the step adds to the job's summary."""
        text = self._text("GITHUB_STEP_SUMMARY")
        if len(text.encode()) > LARGEST_SUMMARY:
            raise BadFileCommand("the summary is too large")
        return text

    @property
    def reach(self) -> str:
        """What would reach into the caller's later steps."""
        return "".join(map(self._text, ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")))

    def _text(self, name: str) -> str:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return file.read()


def pairs(text: str) -> dict[str, str]:
    """`name=value` lines and `name<<delimiter` blocks; the first of the two signs decides."""
    found: dict[str, str] = {}
    # only a newline ends a line
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    while lines:
        line = lines.pop(0).removesuffix("\n")
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            value = _block(lines, delimiter)
        else:
            raise BadFileCommand(f"invalid format {line!r}")
        if not name:
            raise BadFileCommand(f"a name must not be empty: {line!r}")
        found[name] = value
    return found


def _block(lines: list[str], delimiter: str) -> str:
    if not delimiter:
        raise BadFileCommand("a delimiter must not be empty")
    value: list[str] = []
    while lines:
        line = lines.pop(0)
        if line.removesuffix("\n") == delimiter:
            return "".join(value).removesuffix("\n")
        if not line.endswith("\n"):
            break
        value.append(line)
    raise BadFileCommand(f"matching delimiter not found {delimiter!r}")
