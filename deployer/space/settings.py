"""A Space's settings: its variables and secrets, its hardware, its sleep time, who may see it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from deployer.errors import UsageError
from deployer.space.space import Visibility

NEVER = -1  # the sleep time of a Space that is always awake

# https://huggingface.co/docs/hub/spaces-overview
_NAME = re.compile(r"[a-zA-Z][_a-zA-Z0-9]*")
# A line of a key that fell apart may look like a name, too; nobody calls a secret like that.
_SAFE_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_MAX_SAFE_NAME = 40


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a Space: everybody who sees the Space may see its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of a Space; however it is printed, its value is not."""

    name: str
    value: str = field(repr=False)

    def __repr__(self) -> str:
        return f"Secret({self.name!r}, ***)"

    def __format__(self, _spec: str) -> str:
        return repr(self)


@dataclass(frozen=True, slots=True)
class RequestedSettings:
    """The settings that a person asked for; what is not named stays as it is.

    `sleep_time` is in seconds, or NEVER. `prune_variables` removes the variables that are not
    named; `push_secrets` sends every secret again. Raises UsageProblem for a name that comes twice.
    """

    variables: tuple[Variable, ...] = ()
    secrets: tuple[Secret, ...] = ()
    hardware: str | None = None
    sleep_time: int | None = None
    visibility: Visibility = Visibility.AUTO
    prune_variables: bool = False
    push_secrets: bool = False

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        names += [secret.name for secret in self.secrets]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(
                "A variable or a secret is named twice.",
                cause=twice,
                fix="Name each once, as a variable or as a secret: the app finds both in its "
                "environment.",
            )


@dataclass(frozen=True, slots=True)
class CurrentSettings:
    """The settings that a Space has, as far as they were asked for.

    `hardware` is what was requested for it. `sleep_time` is None where it never sleeps, and where
    the Hub doesn't say; `visibility` is None where the Hub only says whether it is `private`.
    """

    private: bool
    visibility: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    secret_names: frozenset[str] = frozenset()
    hardware: str | None = None
    sleep_time: int | None = None


@dataclass(frozen=True, slots=True)
class SettingsPlan:
    """What is to be changed in a Space's settings; nothing of it is as it should be yet."""

    set_variables: tuple[Variable, ...] = ()
    delete_variables: tuple[str, ...] = ()
    set_secrets: tuple[Secret, ...] = ()
    hardware: str | None = None
    sleep_time: int | None = None
    visibility: Visibility | None = None

    @property
    def changes(self) -> bool:
        """Whether there is anything to change."""
        return bool(self.names)

    @property
    def restarts(self) -> bool:
        """Whether the Hub will restart the app for it."""
        return bool(
            self.set_variables or self.delete_variables or self.set_secrets or self.hardware
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What changes, a few words each; of variables and secrets the names only."""
        return tuple(self._names())

    def private_after(self, before: bool) -> bool:
        """Whether the Space is private with this done, that is or is not so before."""
        return before if self.visibility is None else self.visibility is Visibility.PRIVATE

    def _names(self) -> Iterator[str]:
        yield from (f"variable {variable.name}" for variable in self.set_variables)
        yield from (f"variable {name} (removed)" for name in self.delete_variables)
        yield from (f"secret {secret.name}" for secret in self.set_secrets)
        if self.hardware is not None:
            yield f"hardware {self.hardware}"
        if self.sleep_time is not None:
            yield "sleep time " + ("never" if self.sleep_time == NEVER else f"{self.sleep_time} s")
        if self.visibility is not None:
            yield f"visibility {self.visibility}"


def compare(
    asked: RequestedSettings, present: CurrentSettings, *, committing: bool
) -> SettingsPlan:
    """What differs between the settings asked for and those that a Space has.

    What the Hub does not tell is sent whenever a commit is (`committing`): the value of a secret
    that is there already, say.
    """
    listed = {variable.name for variable in asked.variables}
    unlisted = sorted(present.variables.keys() - listed) if asked.prune_variables else ()
    return SettingsPlan(
        set_variables=tuple(
            variable
            for variable in asked.variables
            if present.variables.get(variable.name) != variable.value
        ),
        delete_variables=tuple(unlisted),
        set_secrets=tuple(
            secret
            for secret in asked.secrets
            if committing or asked.push_secrets or secret.name not in present.secret_names
        ),
        hardware=asked.hardware if asked.hardware != present.hardware else None,
        sleep_time=_sleep_time(asked, present, committing),
        visibility=_visibility(asked, present, committing),
    )


def _sleep_time(asked: RequestedSettings, present: CurrentSettings, committing: bool) -> int | None:
    if asked.hardware not in (None, present.hardware):
        # other hardware comes with a sleep time of its own
        return asked.sleep_time
    if asked.sleep_time == NEVER and present.sleep_time is None:
        return NEVER if committing else None
    return asked.sleep_time if asked.sleep_time != present.sleep_time else None


def _visibility(
    asked: RequestedSettings, present: CurrentSettings, committing: bool
) -> Visibility | None:
    if asked.visibility is Visibility.AUTO or asked.visibility == present.visibility:
        return None
    opposite = Visibility.PUBLIC if present.private else Visibility.PRIVATE
    differs = present.visibility is not None or asked.visibility is opposite
    return asked.visibility if differs or committing else None


def read_variables(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[Variable, ...]:
    """Variables from lines `NAME=value`, or `NAME` whose value the environment has.

    Raises UsageProblem for a line that is neither; it shows no value.
    """
    return tuple(
        Variable(*_pair("variable", number, line, environment))
        for number, line in enumerate(lines, 1)
    )


def read_secrets(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[Secret, ...]:
    """Secrets from lines `NAME=value`, or `NAME` whose value the environment has.

    Raises UsageProblem for a line that is neither, and for an empty value; it shows no value.
    """
    return tuple(_secret(number, line, environment) for number, line in enumerate(lines, 1))


def _secret(number: int, line: str, environment: Mapping[str, str]) -> Secret:
    secret = Secret(*_pair("secret", number, line, environment))
    if secret.value.strip():
        return secret
    raise UsageError(
        "A secret is empty.",
        cause=_place("secret", number, secret.name),
        fix="Store it first (a secret that a repository does not have is an empty string in a "
        "workflow), or take the line out.",
    )


def _pair(kind: str, number: int, line: str, environment: Mapping[str, str]) -> tuple[str, str]:
    name, given, value = line.partition("=")
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"That is no {kind}.",
            cause=f"line {number} of the {kind}s, which is not shown",
            fix="Write NAME=value, one a line; a name has letters, digits and _ only. A value of "
            "several lines comes from the environment: write only its NAME.",
        )
    if not given and name not in environment:
        raise UsageError(
            f"A {kind} has no value.",
            cause=f"{_place(kind, number, name)}, which is not in the environment",
            fix="Set a variable of that name (`env:` in a workflow), or write NAME=value"
            + (" into the input `secrets`." if kind == "secret" else "."),
        )
    value = value if given else environment[name]
    if not _is_text(value):
        raise UsageError(
            f"The value of a {kind} is no text.",
            cause=f"{_place(kind, number, name)}, which is not UTF-8",
            fix="Encode it, for example with base64.",
        )
    return name, value


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _place(kind: str, number: int, name: str) -> str:
    """Where a setting stands, with its name if that can't be a part of somebody's secret."""
    safe = len(name) <= _MAX_SAFE_NAME and _SAFE_NAME.fullmatch(name)
    shown = f" ({name})" if kind == "variable" or safe else ""
    return f"line {number} of the {kind}s{shown}"
