"""Report to a person at a terminal: progress on stderr, results on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import click

from deployer.commands.reporter import CommandOutput, Reporter
from deployer.commands.seen_log import SeenLog
from deployer.commands.status_line import StatusLine
from deployer.errors import Interrupted
from deployer.events import (
    Committed,
    Event,
    Failed,
    GateMeasured,
    LogLine,
    Planned,
    PromotionStarted,
    SettingsPlanned,
    StageChanged,
    Waiting,
)
from deployer.release.outcome import DeployResult, ErrorDetails, Known, RolloutResult
from deployer.report import terminal
from deployer.report.event_lines import event_line, waiting_line
from deployer.report.redaction import Redactor
from deployer.report.text import printable

_OF_PLAN = (PromotionStarted, Planned, SettingsPlanned, GateMeasured)
_COLORS = {"warning": "yellow", "error": "red", "live": "green", "unchanged": "green"}


@dataclass
class TerminalReporter(Reporter):
    """Prints a line for each event, and one that changes while nothing happens.

    The lines of a log are shown in that one, too, and printed only if the deploy fails; with
    `is_verbose`, and where no line can change, they are printed as they come. Neither a line of a
    log nor an error is printed twice, nor a stage twice in a row. With `json_on_stdout` every line
    goes to stderr. `is_plan_result`: the plan is what was asked for, so all of it is printed, as a
    result.
    """

    redact: Redactor
    json_on_stdout: bool = False
    is_plan_result: bool = False
    is_verbose: bool = False
    _status: StatusLine = field(default_factory=StatusLine)
    _waiting: Waiting | None = None
    _log_line: str = ""
    _log: SeenLog = field(default_factory=SeenLog)
    _stage: str = ""  # the line of the stage that was said last
    _failed: list[ErrorDetails] = field(default_factory=list)  # those that were printed

    def emit(self, event: Event) -> None:
        is_held = self._status.is_possible and not self.is_verbose
        if isinstance(event, LogLine):
            self._log.add(event.line, is_printed=not is_held)
        if isinstance(event, Waiting):
            self._waiting = event
            self._show_status()
        elif isinstance(event, LogLine) and is_held:
            self._log_line = event.line
            self._show_status()
        elif isinstance(event, StageChanged):
            self._waiting, self._log_line = None, ""
            said, self._stage = self._stage, event_line(event)
            if self._stage != said:
                self._show_event(event)
        else:
            self._show_event(event)

    def _show_event(self, event: Event) -> None:
        if isinstance(event, Failed):
            self._failed.append(event.error)
            self._print(terminal.error_lines(event.error, self._log.take(event.log)))
            return
        is_result = self.is_plan_result and isinstance(event, _OF_PLAN)
        self._print([event_line(event)], is_result=is_result)
        if isinstance(event, Planned):
            lines = terminal.plan_lines(event.plan, whole=self._prints_whole_plan)
            self._print(lines, is_result=self.is_plan_result)
        elif isinstance(event, Committed):
            self._log = SeenLog()

    def _show_status(self) -> None:
        self._status.show(self.redact(waiting_line(self._waiting, self._log_line)))

    def pause(self) -> None:
        self._status.clear()

    def show_result(self, result: DeployResult) -> None:
        self._status.clear(was_typed_in=result.exit_code == Interrupted.exit_code)
        self._print(terminal.detail_lines(self._unprinted(result)))
        self._print([terminal.verdict_line(result)], is_result=True)

    def show_output(self, output: CommandOutput) -> None:
        if self.json_on_stdout:
            self._status.clear()
        else:
            self._print(output.lines, is_result=True)

    def show_error(self, error: ErrorDetails, exit_code: int, known: Known) -> None:
        is_interrupt = exit_code == Interrupted.exit_code
        self._status.clear(was_typed_in=is_interrupt)
        log = () if is_interrupt else self._log.take()
        self._print(terminal.error_lines(error, log))

    def show_traceback(self, lines: Sequence[str]) -> None:
        self._print(map(printable, lines))

    def _unprinted(self, result: DeployResult) -> DeployResult:
        """The result without the errors that were printed, and each other with all of its log."""
        back = result.rolled_back
        if back is not None:
            back = replace(back, rollout=self._unprinted_of(back.rollout))
        return replace(result, rollout=self._unprinted_of(result.rollout), rolled_back=back)

    def _unprinted_of(self, rollout: RolloutResult) -> RolloutResult:
        if rollout.error is None or rollout.error in self._failed:
            return replace(rollout, error=None)
        is_interrupt = rollout.code == Interrupted.exit_code
        return replace(rollout, log=() if is_interrupt else self._log.take(rollout.log))

    @property
    def _prints_whole_plan(self) -> bool:
        return self.is_plan_result and not self.json_on_stdout

    def _print(self, lines: Iterable[str], *, is_result: bool = False) -> None:
        """Print lines in which text from outside was made printable."""
        self._status.clear()
        on_stdout = is_result and not self.json_on_stdout
        block = list(lines)
        for line in self.redact("\n".join(block)).split("\n") if block else ():
            color = _COLORS.get(line.split(" ", 1)[0]) if self._status.is_possible else None
            shown = self._escape(line)
            click.echo(click.style(shown, fg=color) if color else shown, err=not on_stdout)

    def _escape(self, line: str) -> str:
        return line
