"""The options that commands share, each also from the environment and from the config file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from deployer import config
from deployer.errors import UsageError
from deployer.space.settings import NEVER
from deployer.space.space import DEFAULT_ENDPOINT, Visibility

_PREFIX = "HF_DEPLOY"
_Command = TypeVar("_Command", bound=Callable[..., Any])
# what is asked of a single call (--dry-run, --json, …) has no place in a file
FILE_OPTIONS = frozenset(
    "space endpoint path card include keep visibility hardware variables secrets sleep-time "
    "prune-variables push-secrets wait timeout health-path health-timeout "
    "verify verify-timeout soak rollback on-drift allow-credentials".split()
)


class Lines(click.ParamType[str]):
    """A list that may come as the lines of one value; blanks are part of a name."""

    name = "glob"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """An environment variable holds one a line."""
        return [line.strip() for line in rv.splitlines() if line.strip()]


class Assignments(Lines):
    """Lines `NAME=value` or `NAME`; all that follows the first `=` is the value, blanks too."""

    name = "name=value"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """An environment variable holds one a line."""
        return [line for line in rv.replace("\r\n", "\n").split("\n") if line.strip()]


class Duration(click.ParamType[float]):
    """A duration such as `90s` or `30m`, in seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds."""
        try:
            return value if isinstance(value, float) else config.parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class SleepTime(click.ParamType[int]):
    """A duration in whole seconds, or `never`."""

    name = "duration|never"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Seconds, or NEVER."""
        if value == "never":
            return NEVER
        try:
            seconds = int(config.parse_duration(str(value)))
        except ValueError as error:
            self.fail(f"{error}, or never", param, ctx)
        return seconds or self.fail("no Space sleeps at once; `never` keeps it awake", param, ctx)


class Configured(click.Command):
    """A command whose options may stand in the config file of the folder one stands in."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the file, below the environment and the command line."""
        found = None if "--help" in args else _found(Path.cwd())
        if found is None:
            return super().make_context(info_name, args, parent, **extra)
        extra["default_map"] = self._defaults(found)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.BadParameter as error:
            raise _blamed(error, found) from None

    def _defaults(self, found: config.Config) -> dict[str, Any]:
        lists = {param.name for param in self.params if getattr(param, "multiple", False)}
        return {
            name: value.splitlines() if name in lists and isinstance(value, str) else value
            for option_name, value in found.options.items()
            if (name := option_name.replace("-", "_"))
        }


def _found(folder: Path) -> config.Config | None:
    own, shared = (_text(folder / name) for name in (config.OWN_FILE, config.SHARED_FILE))
    return config.read(own, shared, FILE_OPTIONS)


def _blamed(error: click.BadParameter, found: config.Config) -> Exception:
    """The error, put where the value was written."""
    name = error.param.name if error.param else None
    if not name or not error.ctx:
        return error
    if error.ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
        return error
    return UsageError(
        "The config file sets an option to something that it can't be.",
        cause=f"{found.origin}: {name.replace('_', '-')}: {error.message}",
        fix="Mend that line; the README says what each option takes.",
    )


def _text(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "The config file can't be read.", cause=f"{file.name}: {error}", fix="Save it as UTF-8."
        ) from None


def option(name: str, **settings: Any) -> Callable[[_Command], _Command]:
    """An option with its environment variable: `--card` and HF_DEPLOY_CARD."""
    first = name.split("/")[0].removeprefix("--")
    envvar = f"{_PREFIX}_{first.upper().replace('-', '_')}"
    return click.option(name, envvar=envvar, **settings)


KEEP = (
    option(
        "--keep", multiple=True, type=Lines(), help="Files that live only on the Space and stay."
    ),
)
SOURCE = (
    option("--path", default=".", help="The folder that becomes the Space's root."),
    option("--card", help="A YAML file with the Space's card, put in front of the README."),
    option(
        "--include", multiple=True, type=Lines(), help="Ship these too, though git ignores them."
    ),
    *KEEP,
    option(
        "--allow-credentials",
        multiple=True,
        type=Lines(),
        help="Files, or variables, in which no credential is looked for.",
    ),
)
HUB = (
    click.option(
        "--endpoint",
        envvar=["HF_DEPLOY_ENDPOINT", "HF_ENDPOINT"],
        default=DEFAULT_ENDPOINT,
        show_default=True,
        help="The Hub.",
    ),
)
TARGET = (click.argument("space", envvar=f"{_PREFIX}_SPACE"), *HUB)
WATCH = (
    option(
        "--timeout", type=Duration(), default="45m", show_default=True, help="For build and start."
    ),
    option("--health-path", help="Ask this path of the app; only a 2xx answer is well."),
    option(
        "--health-timeout",
        type=Duration(),
        default="60s",
        show_default=True,
        help="For the app to answer well once it runs.",
    ),
    option("--verify", metavar="COMMAND", help="Run this by bash, too; SPACE_URL is the app."),
    option(
        "--verify-timeout",
        type=Duration(),
        default="60s",
        show_default=True,
        help="For that command.",
    ),
    option(
        "--soak",
        type=Duration(),
        default="0s",
        show_default=True,
        help="Look for so long more whether the app stays well.",
    ),
)
RELEASE = (
    option(
        "--rollback/--no-rollback",
        default=True,
        show_default=True,
        help="Bring the last good files back after a failure.",
    ),
    option(
        "--on-drift",
        type=click.Choice(["deploy", "fail"]),
        default="deploy",
        show_default=True,
        help="Where somebody else committed since our last release.",
    ),
    option("--resume", is_flag=True, help="Start a Space that is paused."),
    option("--restart", is_flag=True, help="Restart the Space also where nothing changed."),
    option("--factory-rebuild", is_flag=True, help="Build it anew where nothing changed."),
)
WAIT = (option("--wait/--no-wait", default=True, show_default=True, help="Watch until it runs."),)


def _names_only(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """The secrets; a value may stand in the environment only. Raises UsageProblem."""
    source = ctx.get_parameter_source(param.name or "")
    places = {
        ParameterSource.COMMANDLINE: "a command line, which other programs and the history see",
        ParameterSource.DEFAULT_MAP: "the config file, which git tracks",
    }
    if source not in places or not any("=" in secret for secret in given):
        return given
    raise UsageError(
        f"A secret's value must never stand in {places[source]}.",
        cause="NAME=value, which is not shown, where only a NAME may be",
        fix="Take the value for known to others, and make a new one. Put that into the environment, "
        'under the secret\'s name: --secret NAME, or `secrets = ["NAME"]` in the file.',
    )


SETTINGS = (
    option(
        "--visibility",
        type=click.Choice([choice.value for choice in Visibility]),
        default=Visibility.AUTO.value,
        show_default=True,
        help="Of the Space; auto: private unless the source is known to be public, for a new one.",
    ),
    option("--hardware", help="Of the Space, for example zero-a10g."),
    option("--sleep-time", type=SleepTime(), help="Fall asleep after so long without a visitor."),
    click.option(
        "--variable",
        "variables",
        envvar=f"{_PREFIX}_VARIABLES",
        multiple=True,
        type=Assignments(),
        help="A variable of the Space; a NAME alone takes its value from the environment.",
    ),
    click.option(
        "--secret",
        "secrets",
        envvar=f"{_PREFIX}_SECRETS",
        multiple=True,
        type=Assignments(),
        metavar="NAME",
        callback=_names_only,
        help="A secret of the Space; its value is taken from the environment.",
    ),
    option("--prune-variables", is_flag=True, help="Remove the variables that are not named."),
    option("--push-secrets", is_flag=True, help="Send the secrets also where no file changed."),
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def options(*groups: Sequence[Callable[[_Command], _Command]]) -> Callable[[_Command], _Command]:
    """All options of these groups, in this order."""

    def decorate(command: _Command) -> _Command:
        for decorator in reversed([decorator for group in groups for decorator in group]):
            command = decorator(command)
        return command

    return decorate
