"""A step's output as the runner reads it: workflow commands are parsed, secrets are masked.

https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_NEW = re.compile(r"::(?P<name>[^ :]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)
_OLD = re.compile(r"##\[(?P<name>[^ \]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", re.DOTALL)
_KNOWN = frozenset(
    "add-mask add-matcher add-path debug echo endgroup error group notice remove-matcher "
    "save-state set-env set-output stop-commands warning".split()
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_STARS = "***"


@dataclass(frozen=True)
class Command:
    """A command that the runner would obey."""

    name: str
    properties: dict[str, str]
    data: str


@dataclass
class Log:
    """The log of one use of an action. `raw` is what was printed, `text` what GitHub shows."""

    secrets: list[str] = field(default_factory=list)
    raw: str = ""
    text: str = ""
    commands: list[Command] = field(default_factory=list)

    def take(self, printed: str) -> None:
        """Read what one step printed, line by line: a mask only counts from its line on."""
        self.raw += printed
        for line in _LINE_END.split(printed):
            command = parsed(line)
            if command is not None:
                self.commands.append(command)
            if command is not None and command.name == "add-mask":
                self.secrets += [part for part in _LINE_END.split(command.data) if part]
            else:
                self.text += f"{self.masked(line)}\n"

    def masked(self, text: str) -> str:
        """A text without the secrets in it."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, _STARS)
        return text

    def find_by_name(self, *names: str) -> Iterator[Command]:
        """The commands with these names."""
        return (command for command in self.commands if command.name in names)

    @property
    def errors(self) -> list[Command]:
        """The error annotations."""
        return list(self.find_by_name("error"))


def parsed(line: str) -> Command | None:
    """The command in a line: `::…` at its start, the older `##[…]` anywhere in it."""
    for found, between in ((_NEW.match(line.lstrip()), ","), (_OLD.search(line), ";")):
        if found and found["name"].lower() in _KNOWN:
            properties = dict(_properties((found["properties"] or "").split(between)))
            return Command(found["name"].lower(), properties, _unescaped(found["data"]))
    return None


def _properties(parts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name, sign, value = part.strip().partition("=")
        if sign:
            value = value.replace("%3A", ":").replace("%2C", ",").replace("%3B", ";")
            yield name, _unescaped(value.replace("%5D", "]"))


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
