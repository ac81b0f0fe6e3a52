"""Who hears of a command: one reporter for each audience, a terminal, a workflow run, a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deployer.checks.findings import Findings
from deployer.events import Event
from deployer.release.environment_status import EnvironmentStatus
from deployer.release.outcome import DeployResult, ErrorDetails, Known
from deployer.release.status import Status


@dataclass(frozen=True)
class CommandOutput:
    """What a command that changes nothing has to show.

    `lines` are for a person, `json` is one object for a script. `error` says why the exit code is
    not 0; `findings` are those of a check, `status` is what a Space runs, `environments` what all
    of them run. `outputs` are those of a workflow's step.
    """

    lines: Sequence[str]
    json: str
    exit_code: int = 0
    error: ErrorDetails | None = None
    findings: Findings | None = None
    status: Status | None = None
    environments: Sequence[EnvironmentStatus] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)


class Reporter:
    """Reports the events of a command, and how it ended, to one audience."""

    def emit(self, event: Event) -> None:
        """Something happened."""

    def mask(self, secret: str) -> None:
        """This text must not be shown from now on."""

    def pause(self) -> None:
        """A question to the user follows."""

    def show_result(self, result: DeployResult) -> None:
        """A deploy, a plan or a rollback has ended."""

    def show_output(self, output: CommandOutput) -> None:
        """A command that changes nothing has ended."""

    def show_error(self, error: ErrorDetails, exit_code: int, known: Known) -> None:
        """The command could not be carried out; `known` is what was found out until then."""

    def show_traceback(self, lines: Sequence[str]) -> None:
        """The command ended in a bug."""
