"""Report to a person at a terminal: progress on stderr, results on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from deployer.commands.reporter import CommandOutput, Reporter
from deployer.events import Event, Planned, SettingsPlanned, Waiting
from deployer.release.outcome import DeployResult, ErrorDetails
from deployer.report import terminal
from deployer.report.event_lines import event_line
from deployer.report.redaction import Redactor
from deployer.report.text import printable

_CLEAR_LINE = "\r\x1b[2K"
_COLORS = {"warning": "yellow", "error": "red", "live": "green", "unchanged": "green"}


@dataclass
class TerminalReporter(Reporter):
    """Prints a line for each event, and one that changes while nothing happens.

    With `json_on_stdout` every line goes to stderr. `is_plan_result`: the plan is what was asked
    for, so all of it is printed, as a result.
    """

    redact: Redactor
    json_on_stdout: bool = False
    is_plan_result: bool = False
    _is_interactive: bool = False
    _has_status_line: bool = False

    def __post_init__(self) -> None:
        self._is_interactive = sys.stderr.isatty()

    def emit(self, event: Event) -> None:
        if isinstance(event, Waiting):
            self._show_status(event_line(event))
        elif isinstance(event, Planned):
            self._print([event_line(event)], is_result=self.is_plan_result)
            lines = terminal.plan_lines(event.plan, whole=self._prints_whole_plan)
            self._print(lines, is_result=self.is_plan_result)
        else:
            is_result = self.is_plan_result and isinstance(event, SettingsPlanned)
            self._print([event_line(event)], is_result=is_result)

    def pause(self) -> None:
        self._clear_status()

    def show_result(self, result: DeployResult) -> None:
        self._print(terminal.detail_lines(result))
        self._print([terminal.verdict_line(result)], is_result=True)

    def show_output(self, output: CommandOutput) -> None:
        if self.json_on_stdout:
            self._clear_status()
        else:
            self._print(output.lines, is_result=True)

    def show_error(self, error: ErrorDetails, exit_code: int, warnings: Sequence[str]) -> None:
        self._print(terminal.error_lines(error))

    def show_traceback(self, lines: Sequence[str]) -> None:
        self._print(map(printable, lines))

    @property
    def _prints_whole_plan(self) -> bool:
        return self.is_plan_result and not self.json_on_stdout

    def _print(self, lines: Iterable[str], *, is_result: bool = False) -> None:
        """Print lines in which text from outside was made printable."""
        self._clear_status()
        on_stdout = is_result and not self.json_on_stdout
        block = list(lines)
        for line in self.redact("\n".join(block)).split("\n") if block else ():
            label = line.split(" ", 1)[0]
            color = _COLORS.get(label) if self._is_interactive else None
            click.secho(self._escape(line), err=not on_stdout, fg=color)

    def _escape(self, line: str) -> str:
        return line

    def _show_status(self, line: str) -> None:
        if self._is_interactive:
            self._has_status_line = True
            click.echo(f"{_CLEAR_LINE}{self.redact(line)}", err=True, nl=False)

    def _clear_status(self) -> None:
        if self._has_status_line:
            self._has_status_line = False
            click.echo(_CLEAR_LINE, err=True, nl=False)
