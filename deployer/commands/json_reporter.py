"""Report to a script: one JSON object on stdout, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import click

from deployer.commands.reporter import CommandOutput, Reporter
from deployer.github import workflow
from deployer.release.outcome import DeployResult, ErrorDetails
from deployer.report.json_output import result_json
from deployer.report.redaction import Redactor


@dataclass
class JsonReporter(Reporter):
    """Prints how a command ended; `error_json` is its object where it could not be carried out."""

    redact: Redactor
    space: str | None
    error_json: Callable[[ErrorDetails, int, str | None], str]

    def show_result(self, result: DeployResult) -> None:
        self._print(result_json(result))

    def show_output(self, output: CommandOutput) -> None:
        self._print(output.json)

    def show_error(self, error: ErrorDetails, exit_code: int) -> None:
        self._print(self.error_json(error, exit_code, self.space))

    def _print(self, text: str) -> None:
        redacted = json.dumps(self.redact.deeply(json.loads(text)))
        # also a runner reads stdout
        click.echo(workflow.line_of_json(redacted))
