"""Where a command's words go: to a terminal, or into the log of a workflow run."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from deployer import events
from deployer.github import workflow
from deployer.report import terminal

_CLEAR_LINE = "\r\x1b[2K"
_COLORS = {"warning": "yellow", "error": "red", "live": "green", "unchanged": "green"}


class Console:
    """Prints events as they come, on stderr; stdout is for results."""

    def __init__(self, *, in_workflow: bool) -> None:
        self._in_workflow = in_workflow
        self._live = sys.stderr.isatty() and not in_workflow
        self._grouped = False
        self._status_shown = False

    def emit(self, event: events.Event) -> None:
        """Print an event as one line, or fold it into a group of the workflow's log."""
        if isinstance(event, events.Waiting):
            self._status(event)
            return
        self._fold(isinstance(event, events.LogLine))
        if isinstance(event, events.Warned) and self._in_workflow:
            self.command(
                workflow.annotation("warning", "hf-deploy", terminal.printable(event.message))
            )
            return
        if isinstance(event, events.Planned):
            self.tell_plan(event, whole=False)
        else:
            self.say([terminal.event_line(event)])

    def tell_plan(self, event: events.Planned, *, whole: bool) -> None:
        """Print a plan: all of it, as a result, on stdout, or its beginning, on the way."""
        self.say([terminal.event_line(event)], on_stdout=whole)
        self.say(terminal.plan_lines(event.plan, whole=whole), on_stdout=whole)

    def say(self, lines: Iterable[str], *, on_stdout: bool = False) -> None:
        """Print lines of ours; text from outside in them was made printable."""
        self._clear_status()
        for line in lines:
            text = workflow.relayed(line) if self._in_workflow else line
            label = line.split(" ", 1)[0]
            click.secho(text, err=not on_stdout, fg=_COLORS.get(label) if self._live else None)

    def command(self, line: str) -> None:
        """Speak to the runner."""
        self._clear_status()
        click.echo(line, err=True)

    def close(self) -> None:
        """End what is still open on the screen or in the log."""
        self._fold(False)
        self._clear_status()

    def _fold(self, logged: bool) -> None:
        if logged == self._grouped or not self._in_workflow:
            return
        self._grouped = logged
        self.command(workflow.group("Build log") if logged else workflow.end_group())

    def _status(self, event: events.Waiting) -> None:
        if self._live:
            self._status_shown = True
            click.echo(f"{_CLEAR_LINE}{terminal.event_line(event)}", err=True, nl=False)

    def _clear_status(self) -> None:
        if self._status_shown:
            self._status_shown = False
            click.echo(_CLEAR_LINE, err=True, nl=False)
