"""Options that commands share; each may also come from the environment or the config file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from deployer import config
from deployer.commands.configured import SpaceArgument
from deployer.errors import UsageError
from deployer.space.settings import NEVER
from deployer.space.space import DEFAULT_ENDPOINT, Visibility

_PREFIX = "HF_DEPLOY"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_Command = TypeVar("_Command", bound=Callable[..., Any])


class Lines(click.ParamType[str]):
    """A list option; its environment variable holds one item per line.

    Click would split the variable at whitespace, which may be part of a name.
    """

    name = "glob"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """The lines that are not empty, without surrounding whitespace."""
        return [line.strip() for line in rv.splitlines() if line.strip()]


class Assignments(Lines):
    """Lines `NAME=value` or `NAME`; all after the first `=`, whitespace too, is the value."""

    name = "name=value"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """The lines that are not empty, as they are."""
        return [line for line in rv.replace("\r\n", "\n").split("\n") if line.strip()]


class Boolean(click.types.BoolParamType):
    """A flag; its environment variable, and a config file, say `true` or `false`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Convert to a boolean."""
        found = self.str_to_bool(value)
        if found is None:
            accepted = "true, yes, on, 1, false, no, off or 0"
            self.fail(f"{value!r} is not a boolean; use {accepted}", param, ctx)
        return found


class Duration(click.ParamType[float]):
    """A duration such as `90s` or `30m`, converted to seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Convert to seconds."""
        try:
            return value if isinstance(value, float) else config.parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class SleepTime(click.ParamType[int]):
    """A duration, converted to whole seconds, or `never`, converted to NEVER."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Convert to seconds or NEVER."""
        if value == "never":
            return NEVER
        try:
            seconds = int(config.parse_duration(str(value)))
        except ValueError as error:
            self.fail(f"{error}, or never", param, ctx)
        return seconds or self.fail("must be more than 0; use never to disable", param, ctx)


class Percent(click.ParamType[float]):
    """A percentage such as `80%`, converted to a share: 0.8."""

    name = "percent"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Convert to a share."""
        match = re.fullmatch(r"(\d{1,3})%", str(value).strip(), re.ASCII)
        share = int(match[1]) / 100 if match else 0.0
        if not 0 < share <= 1:
            self.fail(f"invalid percentage {str(value)!r}; use 1% to 100%, e.g. 80%", param, ctx)
        return share


def option(name: str, **settings: Any) -> Callable[[_Command], _Command]:
    """Declare an option with its environment variable: `--card` and HF_DEPLOY_CARD."""
    first = name.split("/")[0].removeprefix("--")
    envvar = f"{_PREFIX}_{first.upper().replace('-', '_')}"
    if settings.get("is_flag") or "/--" in name:
        settings["type"] = Boolean()
    return click.option(name, envvar=envvar, **settings)


def _check_variable_names(
    _ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuse what names no variable. Raises UsageError."""
    for name in given:
        if not _VARIABLE.fullmatch(name):
            raise UsageError(
                "invalid name in --verify-env",
                cause="expected the name of an environment variable, got something else (hidden)",
                fix="pass names only, one per line or option: --verify-env NAME",
            )
    return given


KEEP = (
    option(
        "--keep",
        multiple=True,
        type=Lines(),
        help="Files on the Space that a deploy must not delete.",
    ),
)
SOURCE = (
    option(
        "--path",
        default=".",
        metavar="DIRECTORY",
        help="Directory that becomes the root of the Space.",
    ),
    option("--card", metavar="FILE", help="YAML file with the card of the Space."),
    option(
        "--include",
        multiple=True,
        type=Lines(),
        help="Files to deploy even if git does not track them or an ignore file excludes them.",
    ),
    *KEEP,
    option(
        "--allow-credentials",
        multiple=True,
        type=Lines(),
        help="Files or variables to skip in the credential scan.",
    ),
    option(
        "--ignore",
        multiple=True,
        type=Lines(),
        metavar="NAME",
        help="Finding to ignore, by the name that a check prints in brackets.",
    ),
)
HUB = (
    click.option(
        "--endpoint",
        envvar=["HF_DEPLOY_ENDPOINT", "HF_ENDPOINT"],
        default=DEFAULT_ENDPOINT,
        show_default=True,
        metavar="URL",
        help="Hub URL.",
    ),
)


def space_argument(*, required: bool) -> Callable[[_Command], _Command]:
    """Declare SPACE, with its environment variable."""
    return click.argument("space", cls=SpaceArgument, envvar=f"{_PREFIX}_SPACE", required=required)


TARGET = (space_argument(required=True), *HUB)
WATCH = (
    option(
        "--timeout",
        type=Duration(),
        default="45m",
        show_default=True,
        help="Timeout for the build and the start of the app.",
    ),
    option(
        "--health-path",
        metavar="PATH",
        help="Path to probe; healthy on a 2xx response. Default: `/`, healthy below 500.",
    ),
    option(
        "--health-timeout",
        type=Duration(),
        default="60s",
        show_default=True,
        help="Timeout for the first healthy response after the app starts.",
    ),
    option(
        "--verify",
        metavar="COMMAND",
        help="Shell command that must also succeed; SPACE_URL is set to the app URL.",
    ),
    option(
        "--verify-timeout",
        type=Duration(),
        default="60s",
        show_default=True,
        help="Timeout for the --verify command.",
    ),
    option(
        "--verify-env",
        multiple=True,
        type=Lines(),
        metavar="NAME",
        callback=_check_variable_names,
        help="Environment variable that the --verify command gets, too.",
    ),
    option(
        "--soak",
        type=Duration(),
        default="0s",
        show_default=True,
        help="Time to keep probing the app after its first healthy response.",
    ),
)
LIMITS = (
    option(
        "--max-cpu",
        type=Percent(),
        metavar="PERCENT",
        help="CPU that the app may use during a soak: of all its cores, on average; e.g. `80%`.",
    ),
    option(
        "--max-memory",
        type=Percent(),
        metavar="PERCENT",
        help="Memory that the app may use at any time during a soak, e.g. `90%`.",
    ),
)
RELEASE = (
    option(
        "--rollback/--no-rollback",
        default=True,
        show_default=True,
        help="Roll back to the last healthy release if the deploy fails.",
    ),
    option(
        "--on-drift",
        type=click.Choice(["deploy", "fail"]),
        default="deploy",
        show_default=True,
        help="What to do if someone else committed to the Space since the last release.",
    ),
    option("--resume", is_flag=True, help="Start the Space if it is paused or stopped."),
    option("--restart", is_flag=True, help="Restart the Space even if no file changed."),
    option(
        "--factory-rebuild",
        is_flag=True,
        help="Rebuild the Space from scratch if no file changed.",
    ),
)
GATES = (
    option(
        "--min-age",
        type=Duration(),
        default="0s",
        show_default=True,
        help="Minimum age of the release that FROM runs, counted from its commit.",
    ),
    option(
        "--gate-verify",
        metavar="COMMAND",
        help="Shell command that must succeed on FROM; SPACE_URL is set to its app URL. It gets "
        "--verify-timeout and --verify-env.",
    ),
    option(
        "--gate-soak",
        type=Duration(),
        default="0s",
        show_default=True,
        help="Time for which the app of FROM must stay healthy.",
    ),
    option(
        "--allow-unmeasured",
        is_flag=True,
        help="Open gates that cannot be measured.",
    ),
    option(
        "--allow-older",
        is_flag=True,
        help="Promote a release of an earlier workflow run than the one of TO.",
    ),
)
WAIT = (
    option(
        "--wait/--no-wait",
        default=True,
        show_default=True,
        help="Wait until the commit is running and healthy.",
    ),
)


def _check_names_only(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuse secret values outside the environment. Raises UsageError, which hides the value.

    Other processes and the shell history see a command line; git tracks the config file.
    """
    source = ctx.get_parameter_source(param.name or "")
    places = {
        ParameterSource.COMMANDLINE: "on the command line",
        ParameterSource.DEFAULT_MAP: "in the config file",
    }
    if source not in places or not any("=" in secret for secret in given):
        return given
    raise UsageError(
        f"secret value passed {places[source]}",
        cause="expected NAME, got NAME=value (hidden)",
        fix="rotate the secret, export it as NAME, and pass --secret NAME or set "
        '`secrets = ["NAME"]` in the file',
    )


SETTINGS = (
    option(
        "--visibility",
        type=click.Choice([choice.value for choice in Visibility]),
        default=Visibility.AUTO.value,
        show_default=True,
        help="Visibility of the Space; `auto` keeps it, and makes a new Space private unless the "
        "source repository is known to be public.",
    ),
    option("--hardware", metavar="NAME", help="Space hardware, e.g. `zero-a10g`."),
    option(
        "--sleep-time",
        type=SleepTime(),
        metavar="DURATION|never",
        help="Idle time before the Space sleeps, e.g. `1h`, or `never`.",
    ),
    click.option(
        "--variable",
        "variables",
        envvar=f"{_PREFIX}_VARIABLES",
        multiple=True,
        type=Assignments(),
        help="Variable of the Space; NAME alone takes the value from the environment.",
    ),
    click.option(
        "--secret",
        "secrets",
        envvar=f"{_PREFIX}_SECRETS",
        multiple=True,
        type=Assignments(),
        metavar="NAME",
        callback=_check_names_only,
        help="Secret of the Space; the value is taken from the environment.",
    ),
    option(
        "--prune-variables",
        is_flag=True,
        help="Remove variables of the Space that are not listed.",
    ),
    option("--push-secrets", is_flag=True, help="Update secrets even if no file changed."),
)
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print the result as one JSON object on stdout."
)
verbose = click.option(
    "--verbose", is_flag=True, help="Print the build log as it comes, also at a terminal."
)
yes = click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")


def options(*groups: Sequence[Callable[[_Command], _Command]]) -> Callable[[_Command], _Command]:
    """Add all options of these groups, in this order."""

    def decorate(command: _Command) -> _Command:
        for decorator in reversed([decorator for group in groups for decorator in group]):
            command = decorator(command)
        return command

    return decorate
