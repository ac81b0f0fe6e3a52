"""What every command does around its flow: open the Hub, report the end, choose the exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from deployer.commands.console import Console
from deployer.errors import BUG_EXIT_CODE, BUG_REPORT_URL, DeployError, Interrupted
from deployer.events import Warned
from deployer.github import workflow
from deployer.github.context import Context
from deployer.release.outcome import DeployResult, ErrorDetails
from deployer.release.plan import Plan
from deployer.report import json_output, markdown, terminal
from deployer.request import parse_endpoint
from deployer.space.settings import Secret
from deployer.space.space import DEFAULT_ENDPOINT, SpaceId

if TYPE_CHECKING:
    from deployer.world.hub.client import Client


@dataclass(frozen=True)
class Session:
    """One call of a command: where its words and results go."""

    context: Context | None
    console: Console
    space: str | None = None
    endpoint: str = DEFAULT_ENDPOINT
    as_json: bool = False
    _hidden: list[str] = field(default_factory=list, repr=False)

    @classmethod
    def open(cls, **known: Any) -> Session:
        """A session for the surroundings that this process is in: a terminal, or a workflow."""
        context = Context.read(os.environ)
        session = cls(context, Console(in_workflow=context is not None), **known)
        # read when huggingface_hub is imported, for its keyless exchange
        os.environ["HF_ENDPOINT"] = session.endpoint
        return session

    def run(self, body: Callable[[], DeployResult]) -> int:
        """Run a command's body, report how it ended, and return the exit code."""
        try:
            outcome = body()
        except DeployError as error:
            return self.refuse(error)
        except KeyboardInterrupt:
            before = Interrupted(
                "Interrupted.", cause="nothing was sent yet", fix="Call it again when you like."
            )
            return self.refuse(before)
        except Exception:  # pylint: disable=broad-exception-caught
            self.console.close()
            self.console.say(map(terminal.printable, self._traceback()))
            bug = ErrorDetails(
                "This is a bug in hf-deploy.",
                "the traceback above",
                f"Report it with the traceback: {BUG_REPORT_URL}",
            )
            return self._failed(bug, BUG_EXIT_CODE)
        return self._ended(outcome)

    def refuse(self, error: DeployError) -> int:
        """Report an expected error."""
        return self._failed(ErrorDetails.of(error), error.exit_code)

    def refuse_usage(self, error: click.ClickException) -> int:
        """Report a call that can't be read: in click's own words, or as the action's inputs."""
        if self.context is None:
            error.show()
            return error.exit_code
        details = ErrorDetails(
            "The inputs can't be read.",
            error.format_message(),
            "Mend that input (each is named like its option); the README lists them all.",
        )
        return self._failed(details, error.exit_code)

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Keep these out of what is printed from now on; in a workflow, by whomever."""
        values = [secret.value for secret in secrets]
        # whoever prints prints a line at a time
        lines = (line for value in values for line in value.splitlines())
        hidden = [text for text in dict.fromkeys((*values, *lines)) if text.strip()]
        self._hidden.extend(hidden)
        if self.context is not None:
            for text in hidden:
                self.console.command(workflow.mask(text))

    def get_ready(self) -> None:
        """Bring what speaks to the Hub while git is waited for. Sends nothing."""
        from deployer.world.parallel import submit  # pylint: disable=import-outside-toplevel

        submit(_hub)

    def connect(self, space: SpaceId) -> Client:
        """The connection to a Hub; its token is masked before anything more is printed."""
        from deployer.world.hub import client, tokens  # pylint: disable=import-outside-toplevel

        endpoint = parse_endpoint(self.endpoint)
        anonymous = client.connect(endpoint, None, self.console.emit)
        token, identity = tokens.find_token(anonymous, space)
        if token and self.context is not None:
            self.console.command(workflow.mask(token))
        return client.connect(endpoint, token, self.console.emit, identity)

    def agreed(self, plan: Plan, yes: bool) -> bool:
        """Whether a plan may delete: asked where somebody can answer, else said."""
        question = f"{terminal.number(len(plan.delete))} only on the Space would be deleted."
        if yes or self.as_json or not sys.stdin.isatty():
            self.console.emit(Warned(f"{question} Its history keeps them; --keep would, too."))
            return True
        return self.asks(f"{question} Go on?")

    def asks(self, question: str) -> bool:
        """What somebody at the terminal says to a question. Raises KeyboardInterrupt."""
        self.console.close()
        try:
            return click.confirm(question, err=True)
        except click.Abort:
            raise KeyboardInterrupt from None

    def _traceback(self) -> list[str]:
        # what a library puts into its exceptions is not ours to know
        text = traceback.format_exc()
        for value in (os.environ.get("HF_TOKEN", "").strip(), *self._hidden):
            text = text.replace(value, "***") if value else text
        return text.splitlines()

    def _ended(self, outcome: DeployResult) -> int:
        self.console.close()
        self.console.say(terminal.detail_lines(outcome))
        self.console.say([terminal.verdict_line(outcome)], on_stdout=not self.as_json)
        ending = outcome.rollout
        if self.context is not None:
            for warning in ending.warnings:
                self.console.command(
                    workflow.annotation("warning", "hf-deploy", terminal.printable(warning))
                )
            if ending.error is not None:
                back = (
                    terminal.rollback_sentence(outcome.rolled_back) if outcome.rolled_back else ""
                )
                self._annotate(ending.verdict.value, ending.error, back)
            self._write(_outputs(outcome), markdown.summary(outcome))
        if self.as_json:
            click.echo(workflow.line_of_json(json_output.result_json(outcome)))
        return outcome.exit_code

    def _failed(self, error: ErrorDetails, exit_code: int) -> int:
        self.console.close()
        self.console.say(terminal.error_lines(error))
        if self.context is not None:
            self._annotate("not deployed", error)
            self._write(_outputs(None), markdown.failure(error, self.space))
        if self.as_json:
            click.echo(workflow.line_of_json(json_output.error_json(error, exit_code, self.space)))
        return exit_code

    def _annotate(self, how: str, error: ErrorDetails, more: str = "") -> None:
        lines = (error.message, error.cause, error.fix, more)
        message = "\n".join(terminal.printable(line) for line in lines if line)
        self.console.command(workflow.annotation("error", f"hf-deploy: {how}", message))

    def _write(self, outputs: dict[str, str], summary: str) -> None:
        assert self.context is not None
        try:
            if self.context.output is not None:
                workflow.write_outputs(self.context.output, outputs)
            if self.context.summary is not None:
                workflow.write_summary(self.context.summary, summary)
        except OSError as error:
            # the deploy ended as it ended, whether or not the runner hears of it
            self.console.emit(Warned(f"The outputs could not be written: {error}"))


def _hub() -> None:
    # pylint: disable=import-outside-toplevel
    from deployer.flows import deploy as _
    from deployer.world.hub import client

    client.warm_up()


def _outputs(outcome: DeployResult | None) -> dict[str, str]:
    """The step's outputs; `error` is the verdict of what never came to an outcome."""
    return {
        "verdict": outcome.rollout.verdict.value if outcome else "error",
        "changed": "true" if outcome and outcome.changed else "false",
        "commit": outcome and outcome.commit or "",
        "previous-commit": outcome and outcome.previous or "",
        "release": str(outcome.number) if outcome and outcome.number else "",
        "rollback-commit": outcome and outcome.rolled_back and outcome.rolled_back.commit or "",
        "space-url": outcome and outcome.space_url or "",
        "app-url": outcome and outcome.app_url or "",
    }
