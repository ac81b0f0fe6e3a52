"""Report to a script: one JSON object on stdout, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import click

from deployer.commands.reporter import CommandOutput, Reporter
from deployer.github import workflow
from deployer.release.outcome import DeployResult, ErrorDetails, Known
from deployer.report.json_output import error_json, result_json
from deployer.report.redaction import Redactor


@dataclass
class JsonReporter(Reporter):
    """Prints how a command ended; `readonly_json` is the object of a command that changes nothing,
    where it could not be carried out.
    """

    redact: Redactor
    space: str | None
    readonly_json: Callable[[ErrorDetails, int, str | None], str] | None

    def show_result(self, result: DeployResult) -> None:
        self._print(result_json(result))

    def show_output(self, output: CommandOutput) -> None:
        self._print(output.json)

    def show_error(self, error: ErrorDetails, exit_code: int, known: Known) -> None:
        if self.readonly_json is not None:
            self._print(self.readonly_json(error, exit_code, self.space))
        else:
            self._print(error_json(error, exit_code, self.space, known))

    def _print(self, text: str) -> None:
        redacted = json.dumps(self.redact.deeply(json.loads(text)))
        # also a runner reads stdout
        click.echo(workflow.line_of_json(redacted))
