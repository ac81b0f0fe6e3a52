"""What the commands do that only look: their result is all that they leave behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import click

from deployer.checks.findings import Findings
from deployer.commands.session import Session
from deployer.github import workflow
from deployer.release.outcome import ErrorDetails
from deployer.report import json_output, terminal


@dataclass(frozen=True)
class CommandOutput:
    """What was seen: lines for a person, one JSON object for a script, and the exit code.

    `error` says why the exit code is not 0.
    """

    lines: Sequence[str]
    json: str
    exit_code: int = 0
    error: ErrorDetails | None = None


@dataclass(frozen=True)
class ReadOnlySession(Session):
    """One call of a command that only looks; `failure` is its JSON where it came to nothing.

    It writes no outputs and no summary: those belong to a deploy of the same job.
    """

    failure: Callable[[ErrorDetails, int, str | None], str] = json_output.error_json

    @classmethod
    def open(cls, **known: Any) -> ReadOnlySession:
        """A session for the surroundings that this process is in."""
        session = super().open(**known)
        assert isinstance(session, cls)
        return session

    def show(self, body: Callable[[], CommandOutput]) -> int:
        """Run a command's body, print what it saw, and return the exit code."""
        try:
            sight = body()
        except (Exception, KeyboardInterrupt) as error:  # pylint: disable=broad-exception-caught
            return self.run(lambda: _again(error))
        self.console.close()
        if self.context is not None and sight.error is not None:
            self._annotate("not as it should be", sight.error)
        if self.as_json:
            click.echo(workflow.line_of_json(sight.json))
        else:
            self.console.say(sight.lines, on_stdout=True)
        return sight.exit_code

    def annotate(self, findings: Findings) -> None:
        """In a workflow: put each finding where it stands in the files."""
        if self.context is None:
            return
        for found in findings.problems:
            self._put(found.level.value, found.path, found.line, found.message)
        for warning in findings.warnings:
            self._put("warning", None, None, warning)
        for leak in findings.credentials:
            self._put("error", leak.path, leak.line, f"{leak.rule} ({leak.redacted})")

    def _put(self, kind: str, path: str | None, line: int | None, message: str) -> None:
        place = (path and terminal.printable(path), line)
        self.console.command(workflow.finding(kind, place, terminal.printable(message)))

    def _failed(self, error: ErrorDetails, exit_code: int) -> int:
        self.console.close()
        self.console.say(terminal.error_lines(error))
        if self.context is not None:
            self._annotate("could not look", error)
        if self.as_json:
            click.echo(workflow.line_of_json(self.failure(error, exit_code, self.space)))
        return exit_code


def _again(error: BaseException) -> NoReturn:
    raise error
