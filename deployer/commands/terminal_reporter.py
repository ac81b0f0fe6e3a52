"""Report to a person at a terminal: progress on stderr, results on stdout."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import click

from deployer.commands.reporter import CommandOutput, Reporter
from deployer.commands.status_line import StatusLine
from deployer.errors import Interrupted
from deployer.events import (
    AutoRollbackStarted,
    Event,
    LogLine,
    Planned,
    SettingsPlanned,
    StageChanged,
    Waiting,
)
from deployer.release.outcome import DeployResult, ErrorDetails, Known, RolloutResult
from deployer.report import terminal
from deployer.report.event_lines import event_line
from deployer.report.redaction import Redactor
from deployer.report.text import printable

_COLORS = {"warning": "yellow", "error": "red", "live": "green", "unchanged": "green"}
_MAX_LOG = 100_000  # lines that are kept


def _new_log() -> deque[str]:
    return deque(maxlen=_MAX_LOG)


@dataclass
class TerminalReporter(Reporter):
    """Prints a line for each event, and one that changes while nothing happens.

    The lines of a log are shown in that one, too, and printed only if the deploy fails; with
    `is_verbose`, and where no line can change, they are printed as they come. With `json_on_stdout`
    every line goes to stderr. `is_plan_result`: the plan is what was asked for, so all of it is
    printed, as a result.
    """

    redact: Redactor
    json_on_stdout: bool = False
    is_plan_result: bool = False
    is_verbose: bool = False
    _status: StatusLine = field(default_factory=StatusLine)
    _doing: str = "…"
    _log_line: str = ""
    # of the deploy and of each rollback
    _logs: list[deque[str]] = field(default_factory=lambda: [_new_log()])

    def emit(self, event: Event) -> None:
        if isinstance(event, Waiting):
            self._doing = event_line(event)
            self._show_status()
        elif isinstance(event, LogLine) and self._status.is_possible and not self.is_verbose:
            self._logs[-1].append(event.line)
            self._log_line = printable(event.line)
            self._show_status()
        else:
            self._show_event(event)

    def _show_event(self, event: Event) -> None:
        is_result = self.is_plan_result and isinstance(event, (Planned, SettingsPlanned))
        self._print([event_line(event)], is_result=is_result)
        if isinstance(event, Planned):
            lines = terminal.plan_lines(event.plan, whole=self._prints_whole_plan)
            self._print(lines, is_result=self.is_plan_result)
        elif isinstance(event, StageChanged):
            self._doing, self._log_line = "…", ""
        elif isinstance(event, AutoRollbackStarted):
            self._logs.append(_new_log())

    def _show_status(self) -> None:
        log = f" │ {self._log_line}" if self._log_line else ""
        self._status.show(self.redact(f"{self._doing}{log}"))

    def pause(self) -> None:
        self._status.clear()

    def show_result(self, result: DeployResult) -> None:
        self._status.clear(was_typed_in=result.exit_code == Interrupted.exit_code)
        self._print(terminal.detail_lines(self._with_logs(result)))
        self._print([terminal.verdict_line(result)], is_result=True)

    def show_output(self, output: CommandOutput) -> None:
        if self.json_on_stdout:
            self._status.clear()
        else:
            self._print(output.lines, is_result=True)

    def show_error(self, error: ErrorDetails, exit_code: int, known: Known) -> None:
        is_interrupt = exit_code == Interrupted.exit_code
        self._status.clear(was_typed_in=is_interrupt)
        log = () if is_interrupt else tuple(self._logs[-1])
        self._print(terminal.error_lines(error, log))

    def show_traceback(self, lines: Sequence[str]) -> None:
        self._print(map(printable, lines))

    def _with_logs(self, result: DeployResult) -> DeployResult:
        """The result, with all of a log that was not printed where the rollout failed."""
        back = result.rolled_back
        if back is not None:
            back = replace(back, rollout=_with_log(back.rollout, self._logs[-1]))
        rollout = _with_log(result.rollout, self._logs[0])
        return replace(result, rollout=rollout, rolled_back=back)

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


def _with_log(rollout: RolloutResult, seen: Iterable[str]) -> RolloutResult:
    """A failed rollout, with the log that was seen of it before the end that it has already."""
    if rollout.error is None or rollout.code == Interrupted.exit_code:
        return rollout
    whole = tuple(seen)
    is_end = whole[-len(rollout.log) :] == rollout.log
    return replace(rollout, log=whole if is_end else whole + rollout.log)
