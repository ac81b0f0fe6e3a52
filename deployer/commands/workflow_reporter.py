"""Report to a workflow run: the log with its groups, annotations, outputs and the job summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import click

from deployer.checks.findings import Findings
from deployer.commands.reporter import CommandOutput
from deployer.commands.terminal_reporter import TerminalReporter
from deployer.events import Event, LogLine, Waiting, Warned
from deployer.github import workflow
from deployer.github.context import Context
from deployer.release.outcome import DeployResult, ErrorDetails
from deployer.report import markdown, terminal
from deployer.report.outputs import error_outputs, result_outputs
from deployer.report.text import printable

_TITLE = "hf-deploy"


@dataclass
class WorkflowReporter(TerminalReporter):
    """Prints lines that the runner can't take for commands, and speaks to it by annotations.

    With `is_readonly` no summary is written, nor the outputs of a deploy.
    """

    context: Context = Context()
    space: str | None = None
    is_readonly: bool = False
    _is_grouped: bool = False

    def __post_init__(self) -> None:
        self._is_interactive = False

    def emit(self, event: Event) -> None:
        if isinstance(event, Waiting):
            return  # a log has no line that changes
        self._group(isinstance(event, LogLine))
        if isinstance(event, Warned):
            self._warn(event.message)
        else:
            super().emit(event)

    def mask(self, secret: str) -> None:
        click.echo(workflow.mask(secret), err=True)

    def pause(self) -> None:
        self._group(False)

    def show_result(self, result: DeployResult) -> None:
        self._group(False)
        super().show_result(result)
        rollout, rolled_back = result.rollout, result.rolled_back
        for warning in result.warnings:
            if warning not in result.warned:  # those were annotated at once
                self._warn(warning)
        if rollout.notice is not None:
            title = f"{_TITLE}: {rollout.verdict}"
            self._command(workflow.annotation("notice", title, printable(rollout.notice)))
        if rollout.error is not None:
            more = list(terminal.rollback_lines(rolled_back)) if rolled_back else []
            self._annotate(rollout.verdict.value, rollout.error, more)
        self._write(result_outputs(result), markdown.summary(result))

    def show_output(self, output: CommandOutput) -> None:
        self._group(False)
        if output.findings is not None:
            self._annotate_findings(output.findings)
        if output.error is not None:
            is_check = output.findings is not None
            self._annotate("check failed" if is_check else "unhealthy or drifted", output.error)
        super().show_output(output)
        self._write(output.outputs)

    def show_error(self, error: ErrorDetails, exit_code: int, warnings: Sequence[str]) -> None:
        self._group(False)
        super().show_error(error, exit_code, warnings)
        self._annotate("failed" if self.is_readonly else "not deployed", error)
        if not self.is_readonly:
            self._write(error_outputs(warnings), markdown.failure(error, self.space, warnings))

    def show_traceback(self, lines: Sequence[str]) -> None:
        self._group(False)
        super().show_traceback(lines)

    def _escape(self, line: str) -> str:
        return workflow.escape_line(line)

    def _group(self, is_log: bool) -> None:
        """Fold the lines of a log into a group of the workflow's log."""
        if is_log != self._is_grouped:
            self._is_grouped = is_log
            self._command(workflow.group("Build log") if is_log else workflow.end_group())

    def _command(self, line: str) -> None:
        """Print a workflow command."""
        click.echo(self.redact(line), err=True)

    def _warn(self, message: str) -> None:
        self._command(workflow.annotation("warning", _TITLE, printable(message)))

    def _annotate(self, how: str, error: ErrorDetails, more: Iterable[str] = ()) -> None:
        lines = (error.message, f"cause: {error.cause}", f"fix: {error.fix}", *more)
        message = "\n".join(printable(line) for line in lines)
        self._command(workflow.annotation("error", f"{_TITLE}: {how}", message))

    def _annotate_findings(self, findings: Findings) -> None:
        """Put each finding where it is in the files."""
        for problem in findings.problems:
            title = f"{_TITLE}: {problem.name}"
            location = problem.path and printable(problem.path), problem.line
            message = printable(problem.message)
            self._command(workflow.finding(problem.level.value, location, message, title))
        for warning in findings.warnings:
            self._annotate_line("warning", None, None, warning)
        for found in findings.credentials:
            self._annotate_line("error", found.path, found.line, f"{found.rule} ({found.redacted})")

    def _annotate_line(self, kind: str, path: str | None, line: int | None, message: str) -> None:
        location = (path and printable(path), line)
        self._command(workflow.finding(kind, location, printable(message)))

    def _write(self, outputs: Mapping[str, str], summary: str = "") -> None:
        try:
            if self.context.output is not None and outputs:
                workflow.write_outputs(self.context.output, self.redact.deeply(dict(outputs)))
            if self.context.summary is not None and summary:
                workflow.write_summary(self.context.summary, self.redact(summary))
        except OSError as error:
            # the deploy ended as it ended, whether or not the runner hears of it
            self._warn(f"could not write the outputs: {error}")
