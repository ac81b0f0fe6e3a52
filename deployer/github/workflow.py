"""How a step speaks to the runner: commands in its log, and files.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from deployer.report.annotations import Annotation

# the runner cuts a message there
_MAX_MESSAGE = 4000


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def annotation(one: Annotation) -> str:
    """The command that shows an annotation on the run's page, and at its line."""
    place = "" if one.path is None else f"file={_property(one.path)},"
    line = f"line={one.line}," if place and one.line else ""
    message = _data(one.message[:_MAX_MESSAGE])
    return f"::{one.kind} {place}{line}title={_property(one.title)}::{message}"


def mask(secret: str) -> str:
    """Have the runner star a secret out of all that is printed from now on."""
    return f"::add-mask::{_data(secret)}"


def group(title: str) -> str:
    """Begin a part of the log that folds."""
    return f"::group::{_data(title)}"


def end_group() -> str:
    """End it."""
    return "::endgroup::"


def escape_line(line: str) -> str:
    """A line of ours, or from outside, that the runner must not take for a command.

    `::…` counts at a line's start only, the older `##[…]` anywhere in it.
    """
    harmless = line.replace("##[", "## [")
    return f"│ {harmless}" if harmless.lstrip().startswith("::") else harmless


def line_of_json(text: str) -> str:
    """The same JSON, without a `##[…]` in it that the runner would take for a command."""
    return text.replace("##[", r"##\u005b")


def write_outputs(file: Path, outputs: Mapping[str, str]) -> None:
    """Set the step's outputs. A value can't forge another one: each delimiter is new."""
    with _appended(file) as stream:
        for name, value in outputs.items():
            delimiter = f"ghadelimiter_{uuid.uuid4()}"
            stream.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def write_summary(file: Path, markdown: str) -> None:
    """Add to the job's summary."""
    with _appended(file) as stream:
        stream.write(markdown)


def _appended(file: Path) -> TextIO:
    # what is no character at all must not end a deploy that went well
    return file.open("a", encoding="utf-8", errors="backslashreplace", newline="\n")
