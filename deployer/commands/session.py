"""What every command does around its flow: connect to the Hub, report, choose the exit code."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from deployer import interrupts
from deployer.access import token_input
from deployer.commands.environment_secrets import hide_environment
from deployer.commands.json_reporter import JsonReporter
from deployer.commands.reporter import CommandOutput, Reporter
from deployer.commands.terminal_reporter import TerminalReporter
from deployer.commands.usage import explain_usage
from deployer.errors import (
    BUG_EXIT_CODE,
    BUG_REPORT_URL,
    Conflict,
    CredentialFound,
    DeployError,
    Interrupted,
    UsageError,
)
from deployer.events import (
    DriftFound,
    Event,
    GateMeasured,
    Planned,
    PromotionStarted,
    Replanned,
    SnapshotTaken,
    Warned,
)
from deployer.github.context import Context
from deployer.github.event import reason_without_secrets
from deployer.release.outcome import DeployResult, ErrorDetails, Known
from deployer.report.redaction import Redactor
from deployer.request import DeployRequest, parse_endpoint
from deployer.space.settings import Secret
from deployer.space.space import DEFAULT_ENDPOINT, SpaceId

if TYPE_CHECKING:
    from deployer.world.hub.client import Client

# what to call a run of a command that could not be carried out
_FAILED = {
    "plan": "not planned",
    "rollback": "not rolled back",
    "promote": "not promoted",
    "check": "not checked",
    "history": "history unknown",
    "status": "status unknown",
}
_READONLY = frozenset({"check", "history", "status"})

# one for the process: what a command learned must not show in the report of a later bug either
_REDACTOR = Redactor()


@dataclass(frozen=True)
class Session:
    """One run of a command: the workflow run that it is in, if any, and who hears of it.

    `known` is what it has found out so far.
    """

    context: Context | None
    reporters: Sequence[Reporter]
    endpoint: str = DEFAULT_ENDPOINT
    known: Known = field(default_factory=Known)
    started_at: float = 0.0

    @classmethod
    def open(
        cls,
        *,
        space: str | None = None,
        endpoint: str = DEFAULT_ENDPOINT,
        as_json: bool = False,
        is_plan: bool = False,
        is_verbose: bool = False,
        command: str = "deploy",
        readonly_json: Callable[[ErrorDetails, int, str | None], str] | None = None,
    ) -> Session:
        """A session for the environment of this process: a terminal, or a workflow.

        `is_plan`: the plan is the result. `readonly_json` is the JSON of a command that changes
        nothing, where it could not be carried out.
        """
        # not at the top: `--help` of a command needs nothing of `world`, a terminal no workflow
        # pylint: disable=import-outside-toplevel
        from deployer.world import clock, environment_block

        token_input.apply(os.environ)
        environment_block.hide()
        context = Context.read(os.environ)
        _REDACTOR.keep((space or "", *(space or "").split("/")))
        hide_environment(_REDACTOR, os.environ, endpoint)
        reporters: list[Reporter] = []
        if context is None:
            reporters.append(TerminalReporter(_REDACTOR, as_json, is_plan, is_verbose))
        else:
            from deployer.commands import workflow_reporter

            reporters.append(
                workflow_reporter.WorkflowReporter(
                    _REDACTOR,
                    as_json,
                    is_plan,
                    context=context,
                    space=space,
                    is_readonly=command in _READONLY,
                    failed=_FAILED.get(command, "not deployed"),
                )
            )
        if as_json:
            reporters.append(JsonReporter(_REDACTOR, space, readonly_json))
        # read when huggingface_hub is imported, for its exchange of an OIDC token
        os.environ["HF_ENDPOINT"] = endpoint
        session = cls(context, reporters, endpoint, started_at=clock.now())
        session.known.space_url = _page_of(space, endpoint)
        threading.excepthook = session._report_thread_bug
        return session

    def emit(self, event: Event) -> None:
        """Report an event, and keep what is part of the end, too, whatever that will be."""
        known = self.known
        match event:
            case Warned():
                known.warned = tuple(dict.fromkeys((*known.warned, event.message)))
            case SnapshotTaken():
                known.source, known.findings = event.snapshot.source, event.findings
            case Planned():
                known.plan = event.plan
            case Replanned():
                known.plan = None
            case DriftFound():
                known.drift = event.commits
            case PromotionStarted():
                known.promoted, known.source = event.promoted, event.source
            case GateMeasured():
                known.gates = (*known.gates, event.gate)
        for reporter in self.reporters:
            reporter.emit(event)

    def run(self, body: Callable[[], DeployResult | CommandOutput]) -> int:
        """Run a command's body, report how it ended, and return the exit code."""
        try:
            with interrupts.raised():
                ended = body()
        except DeployError as error:
            return self.report_error(error)
        except KeyboardInterrupt:
            return self.report_error(
                Interrupted(
                    "interrupted",
                    cause="nothing was changed",
                    fix="run the same command, or the job, again",
                )
            )
        except Exception as error:  # pylint: disable=broad-exception-caught
            return self.report_bug(error)
        if isinstance(ended, DeployResult):
            page = ended.space_url or self.known.space_url
            known = self.known
            ended = replace(ended, warned=known.warned, findings=known.findings, space_url=page)
        for reporter in self.reporters:
            if isinstance(ended, CommandOutput):
                reporter.show_output(ended)
            else:
                reporter.show_result(ended)
        return ended.exit_code

    def report_error(self, error: DeployError) -> int:
        """Report an expected error, and return its exit code."""
        if isinstance(error, CredentialFound):
            self.known.findings = (self.known.findings or 0) + len(error.findings)
        return self._fail(ErrorDetails.of(error), error.exit_code)

    def report_usage(self, error: click.ClickException) -> int:
        """Report a usage error, and return its exit code."""
        details = explain_usage(error, is_workflow=self.context is not None)
        return self._fail(details, error.exit_code)

    def mask_secrets(self, secrets: Iterable[Secret]) -> None:
        """Keep these out of all output from now on; in a workflow, also out of that of others."""
        values = [secret.value for secret in secrets]
        for value in values:
            _REDACTOR.hide_secret(value)
        # output comes a line at a time
        lines = (line for value in values for line in value.splitlines())
        for text in dict.fromkeys((*values, *lines)):
            if text.strip():
                self._mask(text)

    def reason_without_token(self) -> str | None:
        """Why a run of this event gets no token; None if it has one, or should."""
        from deployer.world.hub import tokens  # pylint: disable=import-outside-toplevel

        if self.context is None or tokens.has_token():
            return None
        return reason_without_secrets(self.context.event, has_token=False)

    def connect(self, space: SpaceId) -> Client:
        """The connection to the Hub; its token is masked as soon as it is known.

        Raises UsageError for an empty input `token`, where the run could have one.
        """
        from deployer.world.hub import client, tokens  # pylint: disable=import-outside-toplevel

        if token_input.is_empty(os.environ) and self.reason_without_token() is None:
            raise token_input.empty()
        endpoint = parse_endpoint(self.endpoint)
        anonymous = client.connect(endpoint, None, self.emit)
        token, identity = tokens.find_token(anonymous, space, _REDACTOR.hide_token)
        if token:
            self._mask(token)
        return client.connect(endpoint, token, self.emit, identity)

    @property
    def is_interactive(self) -> bool:
        """Whether a person can answer a question."""
        is_json = any(isinstance(reporter, JsonReporter) for reporter in self.reporters)
        return sys.stdin is not None and sys.stdin.isatty() and not is_json

    def confirm(self, question: str) -> bool:
        """The answer of the person at the terminal. Raises KeyboardInterrupt."""
        for reporter in self.reporters:
            reporter.pause()
        try:
            return click.confirm(question, err=True)
        except click.Abort:
            raise KeyboardInterrupt from None

    def confirm_secrets(self, request: DeployRequest) -> None:
        """Ask a person whether the secrets that a file in the checkout names may be sent.

        Raises Conflict for a no.
        """
        where, secrets = request.set_in.get("secrets"), request.settings.secrets
        if where is None or not secrets or not self.is_interactive:
            return
        names = ", ".join(secret.name for secret in secrets)
        question = f"{where} sends these of your environment to {request.space}: {names}. Continue?"
        if not self.confirm(question):
            raise Conflict(
                "deploy cancelled",
                cause=f"{where} names secrets: {names}",
                fix="pass those to send on the command line: --secret NAME",
            )

    def _mask(self, secret: str) -> None:
        for reporter in self.reporters:
            reporter.mask(secret)

    def _fail(self, error: ErrorDetails, exit_code: int) -> int:
        from deployer.world import clock  # pylint: disable=import-outside-toplevel

        self.known.seconds = clock.now() - self.started_at
        for reporter in self.reporters:
            reporter.show_error(error, exit_code, self.known)
        return exit_code

    def _report_thread_bug(self, arguments: threading.ExceptHookArgs) -> None:
        """Show the traceback of a thread that failed, which Python would print as it is."""
        if arguments.exc_value is not None:
            self._show_traceback(arguments.exc_value)

    def report_bug(self, error: Exception) -> int:
        """Report an unexpected error with its traceback, and return the exit code."""
        self._show_traceback(error)
        bug = ErrorDetails(
            "this is a bug in hf-deploy",
            "the traceback above",
            f"report it with the traceback: {BUG_REPORT_URL}",
        )
        return self._fail(bug, BUG_EXIT_CODE)

    def _show_traceback(self, error: BaseException) -> None:
        lines = "".join(traceback.format_exception(error)).splitlines()
        for reporter in self.reporters:
            reporter.show_traceback(lines)


def _page_of(space: str | None, endpoint: str) -> str | None:
    """The URL of a Space's page; None where no valid name or Hub is given."""
    try:
        return f"{parse_endpoint(endpoint)}/spaces/{SpaceId.parse(space)}" if space else None
    except UsageError:
        return None
