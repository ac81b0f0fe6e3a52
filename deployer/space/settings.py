"""A Space's settings: its variables and secrets, its hardware, its sleep time, its visibility."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from deployer.errors import UsageError
from deployer.space.space import Visibility

NEVER = -1  # the sleep time of a Space that is always awake

# https://huggingface.co/docs/hub/spaces-overview
_NAME = re.compile(r"[a-zA-Z][_a-zA-Z0-9]*")
# Names that are safe to print: a line of a private key can look like a name, but not like these.
_SAFE_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_MAX_SAFE_NAME = 40


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a Space; anyone who can see the Space can read its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of a Space; printing it in any way hides its value."""

    name: str
    value: str = field(repr=False)

    def __repr__(self) -> str:
        return f"Secret({self.name!r}, ***)"

    def __format__(self, _spec: str) -> str:
        return repr(self)


@dataclass(frozen=True, slots=True)
class RequestedSettings:
    """The settings that the user requested; all others are left unchanged.

    `sleep_time` is in seconds, or NEVER. `prune_variables` deletes the variables that are not
    listed; `push_secrets` sends every secret again. Raises UsageError for a duplicate name.
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
        duplicate = next((name for name in names if names.count(name) > 1), None)
        if duplicate is not None:
            raise UsageError(
                f"duplicate variable or secret {duplicate!r}",
                cause="the app gets variables and secrets in one environment",
                fix="pass each name once, either with --variable or with --secret",
            )


@dataclass(frozen=True, slots=True)
class CurrentSettings:
    """The settings that a Space has, as far as they were requested.

    `hardware` is the requested one, which may not run yet. `sleep_time` is in seconds, None where
    the Space never sleeps or the Hub doesn't say; `visibility` is None where the Hub only says
    whether it is `private`.
    """

    private: bool
    visibility: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    secret_names: frozenset[str] = frozenset()
    hardware: str | None = None
    sleep_time: int | None = None


@dataclass(frozen=True, slots=True)
class SettingsPlan:
    """The changes to make to a Space's settings."""

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
        """Whether the Hub restarts the app for these changes."""
        return bool(
            self.set_variables or self.delete_variables or self.set_secrets or self.hardware
        )

    @property
    def names(self) -> tuple[str, ...]:
        """A few words for each change; of variables and secrets only the names."""
        return tuple(self._names())

    @property
    def steps(self) -> tuple[SettingsPlan, ...]:
        """The same changes one by one: the visibility first, the secrets last."""
        return tuple(self._steps())

    def private_after(self, before: bool) -> bool:
        """Whether the Space is private after these changes, given whether it was `before`."""
        return before if self.visibility is None else self.visibility is Visibility.PRIVATE

    def _steps(self) -> Iterator[SettingsPlan]:
        if self.visibility is not None:
            yield SettingsPlan(visibility=self.visibility)
        if self.hardware is not None or self.sleep_time is not None:
            yield SettingsPlan(hardware=self.hardware, sleep_time=self.sleep_time)
        yield from (SettingsPlan(set_variables=(one,)) for one in self.set_variables)
        yield from (SettingsPlan(delete_variables=(one,)) for one in self.delete_variables)
        yield from (SettingsPlan(set_secrets=(one,)) for one in self.set_secrets)

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


def collision(requested: RequestedSettings, current: CurrentSettings) -> tuple[str, str] | None:
    """The name of a requested variable that the Space has as a secret, or the other way round, and
    which of the two it has; None without one. The Hub does not start a Space that has both.
    """
    kept = {} if requested.prune_variables else current.variables
    taken = (
        *((one.name, "secret") for one in requested.variables if one.name in current.secret_names),
        *((one.name, "variable") for one in requested.secrets if one.name in kept),
    )
    return next(iter(taken), None)


def compare(
    requested: RequestedSettings, current: CurrentSettings, *, committing: bool
) -> SettingsPlan:
    """The difference between the requested settings and those that a Space has.

    What the Hub does not reveal, such as the value of an existing secret, is sent whenever a commit
    is (`committing`).
    """
    listed = {variable.name for variable in requested.variables}
    unlisted = sorted(current.variables.keys() - listed) if requested.prune_variables else ()
    return SettingsPlan(
        set_variables=tuple(
            variable
            for variable in requested.variables
            if current.variables.get(variable.name) != variable.value
        ),
        delete_variables=tuple(unlisted),
        set_secrets=tuple(
            secret
            for secret in requested.secrets
            if committing or requested.push_secrets or secret.name not in current.secret_names
        ),
        hardware=requested.hardware if requested.hardware != current.hardware else None,
        sleep_time=_sleep_time(requested, current, committing),
        visibility=_visibility(requested, current, committing),
    )


def _sleep_time(
    requested: RequestedSettings, current: CurrentSettings, committing: bool
) -> int | None:
    if requested.hardware not in (None, current.hardware):
        # a change of hardware resets the sleep time
        return requested.sleep_time
    if requested.sleep_time == NEVER and current.sleep_time is None:
        return NEVER if committing else None
    return requested.sleep_time if requested.sleep_time != current.sleep_time else None


def _visibility(
    requested: RequestedSettings, current: CurrentSettings, committing: bool
) -> Visibility | None:
    if requested.visibility in (Visibility.AUTO, current.visibility):
        return None
    opposite = Visibility.PUBLIC if current.private else Visibility.PRIVATE
    differs = current.visibility is not None or requested.visibility is opposite
    return requested.visibility if differs or committing else None


def read_variables(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[Variable, ...]:
    """Variables from lines `NAME=value`, or `NAME` with its value in the environment.

    Raises UsageError for any other line, without showing a value.
    """
    return tuple(
        Variable(*_pair("variable", number, line, environment))
        for number, line in enumerate(lines, 1)
    )


def read_secrets(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[Secret, ...]:
    """Secrets from lines `NAME=value`, or `NAME` with its value in the environment.

    Raises UsageError for any other line and for an empty value, without showing a value.
    """
    return tuple(_secret(number, line, environment) for number, line in enumerate(lines, 1))


def _secret(number: int, line: str, environment: Mapping[str, str]) -> Secret:
    secret = Secret(*_pair("secret", number, line, environment))
    if secret.value.strip():
        return secret
    raise UsageError(
        "empty secret",
        cause=f"{_location('secret', number, secret.name)}; in a workflow, a secret that the "
        "repository lacks is an empty string",
        fix="add the secret to the repository (`gh secret set NAME`), or remove the line",
    )


def _pair(kind: str, number: int, line: str, environment: Mapping[str, str]) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"invalid {kind} on line {number} (hidden)",
            cause="a name has letters, digits and _ only, and starts with a letter",
            fix="write NAME=value, one per line; for a value of several lines, export it as NAME "
            "and write NAME alone",
        )
    if not equals and name not in environment:
        raise UsageError(
            f"{kind} without a value",
            cause=f"{_location(kind, number, name)} is not in the environment",
            fix="set an environment variable of that name (`env:` in a workflow), or write "
            "NAME=value" + (" in the input `secrets`" if kind == "secret" else ""),
        )
    value = value if equals else environment[name]
    if not _is_utf8(value):
        raise UsageError(
            f"the value of a {kind} is not text",
            cause=f"{_location(kind, number, name)} is not UTF-8",
            fix="encode it, e.g. with base64",
        )
    return name, value


def _is_utf8(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _location(kind: str, number: int, name: str) -> str:
    """The line of a setting, with its name if that can't be a piece of a secret."""
    safe = len(name) <= _MAX_SAFE_NAME and _SAFE_NAME.fullmatch(name)
    shown = f" ({name})" if kind == "variable" or safe else ""
    return f"line {number} of the {kind}s{shown}"
