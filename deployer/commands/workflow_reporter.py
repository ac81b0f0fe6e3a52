"""Report to a workflow run: the log with its groups, annotations, outputs and the job summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import click

from deployer.commands.reporter import CommandOutput
from deployer.commands.terminal_reporter import TerminalReporter
from deployer.errors import Interrupted
from deployer.events import Event, Waiting, Warned
from deployer.github import workflow
from deployer.github.context import Context
from deployer.release.outcome import DeployResult, ErrorDetails, Known
from deployer.report import summary, terminal
from deployer.report.annotations import (
    TITLE,
    Annotation,
    error_annotation,
    finding_annotations,
    warning_annotations,
)
from deployer.report.outputs import error_outputs, result_outputs
from deployer.report.phases import Phase, next_phase
from deployer.report.text import printable


@dataclass
class WorkflowReporter(TerminalReporter):
    """Prints lines that the runner can't take for commands, and speaks to it by annotations.

    The lines of each phase are a group, which the runner folds; annotations come at the end, in no
    group. With `is_readonly` the outputs are not those of a deploy. `failed` is what to call a run
    that could not be carried out. Options in messages become the context's inputs.
    """

    context: Context = Context()
    space: str | None = None
    is_readonly: bool = False
    failed: str = "not deployed"
    _phase: Phase | None = None
    _warned: list[Warned] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._status.is_possible = False

    def emit(self, event: Event) -> None:
        if isinstance(event, Waiting):
            return  # a log has no line that changes
        event = self.context.inputs.event(event)
        if isinstance(event, Warned):
            self._warned.append(event)
        super().emit(event)

    def _show_event(self, event: Event) -> None:
        # a plan that was asked for is not folded, and comes by another stream
        self._group(None if self.is_plan_result else next_phase(self._phase, event))
        super()._show_event(event)

    def mask(self, secret: str) -> None:
        click.echo(workflow.mask(secret), err=True)

    def pause(self) -> None:
        self._group(None)

    def show_result(self, result: DeployResult) -> None:
        self._group(None)
        result = self.context.inputs.result(result)
        super().show_result(result)
        rollout, rolled_back = result.rollout, result.rolled_back
        self._annotate_warnings(result.warnings)
        if rollout.notice is not None:
            title = f"{TITLE}: {rollout.verdict}"
            self._annotate([Annotation("notice", title, printable(rollout.notice))])
        if rollout.error is not None:
            more = list(terminal.rollback_lines(rolled_back)) if rolled_back else []
            how = rollout.verdict.value
            self._annotate([error_annotation(how, rollout.error, more)])
        self._write(result_outputs(result), summary.summary(result, self.context.pages))

    def show_output(self, output: CommandOutput) -> None:
        self._group(None)
        self._annotate_warnings()
        # not at the top: a deploy does not need it
        # pylint: disable-next=import-outside-toplevel
        from deployer.report.readonly_summary import (
            check_summary,
            environments_summary,
            status_summary,
        )

        output = self._in_inputs(output)
        text, pages, code = "", self.context.pages, output.exit_code
        warned = [one.message for one in self._warned]
        if output.findings is not None:
            self._annotate(finding_annotations(output.findings))
            text = check_summary(output.findings, code, pages, warned)
        if output.status is not None:
            if output.error is not None:
                self._annotate([error_annotation(output.status.state.value, output.error)])
            text = status_summary(output.status, code, pages, warned)
        if output.environments:
            if output.error is not None:
                self._annotate([error_annotation("status", output.error)])
            text = environments_summary(output.environments, output.error, pages, warned)
        super().show_output(output)
        self._write(output.outputs, text)

    def show_error(self, error: ErrorDetails, exit_code: int, known: Known) -> None:
        self._group(None)
        inputs = self.context.inputs
        error = inputs.error(error)
        known = replace(known, warned=tuple(map(inputs.text, known.warned)))
        super().show_error(error, exit_code, known)
        how = summary.INTERRUPTED if exit_code == Interrupted.exit_code else self.failed
        self._annotate_warnings()
        self._annotate([error_annotation(how, error)])
        outputs = {} if self.is_readonly else error_outputs(known)
        pages = self.context.pages
        self._write(outputs, summary.failure(error, how, self.space, known, pages))

    def show_traceback(self, lines: Sequence[str]) -> None:
        self._group(None)
        super().show_traceback(lines)

    def _in_inputs(self, output: CommandOutput) -> CommandOutput:
        inputs = self.context.inputs
        return replace(
            output,
            lines=tuple(map(inputs.text, output.lines)),
            error=output.error and inputs.error(output.error),
            findings=output.findings and inputs.findings(output.findings),
        )

    def _escape(self, line: str) -> str:
        return workflow.escape_line(line)

    def _group(self, phase: Phase | None) -> None:
        """Fold what is printed from now on into the group of a phase; None: into none."""
        if phase is self._phase:
            return
        if self._phase is not None:
            self._command(workflow.end_group())
        if phase is not None:
            self._command(workflow.group(phase.value))
        self._phase = phase

    def _command(self, line: str) -> None:
        """Print a workflow command."""
        click.echo(self.redact(line), err=True)

    def _annotate(self, every: Sequence[Annotation]) -> None:
        for one in every:
            self._command(workflow.annotation(one))

    def _annotate_warnings(self, more: Sequence[str] = ()) -> None:
        """Annotate the warnings so far, and `more` of which some may be among them."""
        emitted = {one.message for one in self._warned}
        every = [*self._warned, *(Warned(message) for message in more if message not in emitted)]
        self._annotate(warning_annotations(every))

    def _write(self, outputs: Mapping[str, str], text: str) -> None:
        try:
            if self.context.output is not None and outputs:
                workflow.write_outputs(self.context.output, self.redact.deeply(dict(outputs)))
            if self.context.summary is not None and text:
                workflow.write_summary(self.context.summary, self.redact(text))
        except OSError as error:
            # the deploy ended as it ended, whether or not the runner hears of it
            message = printable(f"could not write the outputs: {error}")
            self._annotate([Annotation("warning", TITLE, message)])
