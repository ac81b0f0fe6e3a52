"""Messages in the words of a workflow: who wrote `path: app` never typed `--path app`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from deployer.checks.findings import Findings
from deployer.errors import DeployError
from deployer.events import Event, Failed, Warned
from deployer.release.outcome import DeployResult, ErrorDetails, RolloutResult

_PREFIX = "HF_DEPLOY_"
_OF_MANY = {"variable": "variables", "secret": "secrets"}
# An option, in backticks with its value, or with a placeholder for it. Commands are to be typed.
_MENTIONED = re.compile(
    r"`--(?P<quoted>[a-z-]+)(?: (?P<value>[^`]+))?`|`[^`]*`|hf-deploy [a-z]+[^;,()`]*"
    r"|(?<![\w-])--(?P<plain>[a-z]+(?:-[a-z]+)*)(?: (?P<placeholder>[A-Z][A-Z0-9_]*\b))?"
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of the action that this step uses; none outside of it.

    Each method returns its argument with the options in its messages named as these inputs.
    """

    names: frozenset[str] = frozenset()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Inputs:
        """From the variables of the step: the action sets one for each input, given or not."""
        names = (name.removeprefix(_PREFIX) for name in environment if name.startswith(_PREFIX))
        return cls(frozenset(name.lower().replace("_", "-") for name in names))

    def text(self, text: str) -> str:
        """A message."""
        return _MENTIONED.sub(self._name, text)

    def _name(self, mention: re.Match[str]) -> str:
        option = mention["quoted"] or mention["plain"] or ""
        name, value = _OF_MANY.get(option, option), mention["value"] or mention["placeholder"]
        if name not in self.names:
            return mention[0]
        return f"`{name}: {value}`" if value else f"`{name}`"

    def event(self, event: Event) -> Event:
        """An event; only warnings and failures speak of options."""
        if isinstance(event, Warned):
            return replace(event, message=self.text(event.message))
        if isinstance(event, Failed):
            return replace(event, error=self._failure(event.error))
        return event

    def error(self, error: ErrorDetails) -> ErrorDetails:
        """An error, with the lines of files that are at fault."""
        return ErrorDetails(
            self.text(error.message),
            self.text(error.cause),
            self.text(error.fix),
            tuple(one._replace(text=self.text(one.text)) for one in error.findings),
        )

    def result(self, result: DeployResult) -> DeployResult:
        """How a run ended; logs stay as they are."""
        back = result.rolled_back
        return replace(
            result,
            rollout=self._rollout(result.rollout),
            rolled_back=back and replace(back, rollout=self._rollout(back.rollout)),
            warned=tuple(map(self.text, result.warned)),
        )

    def _rollout(self, rollout: RolloutResult) -> RolloutResult:
        error = rollout.error
        return replace(
            rollout,
            error=error and self._failure(error),
            warnings=tuple(map(self.text, rollout.warnings)),
            notice=rollout.notice and self.text(rollout.notice),
        )

    def _failure(self, error: ErrorDetails) -> ErrorDetails:
        """Why a commit failed: the cause is mostly a line of a log, and stays as it is."""
        return replace(self.error(error), cause=error.cause)

    def findings(self, found: Findings) -> Findings:
        """What a check found."""
        error = self.error(found.error) if found.error else None
        return replace(
            found,
            problems=tuple(replace(one, message=self.text(one.message)) for one in found.problems),
            warnings=tuple(map(self.text, found.warnings)),
            access_error=(
                DeployError(error.message, cause=error.cause, fix=error.fix) if error else None
            ),
        )
