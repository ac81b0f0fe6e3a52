"""Options that commands share; each may also come from the environment or the config file."""

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
# options of a single run (--dry-run, --json, …) do not belong in a file
FILE_OPTIONS = frozenset(
    "space endpoint path card include keep visibility hardware variables secrets sleep-time "
    "prune-variables push-secrets wait timeout health-path health-timeout "
    "verify verify-timeout soak rollback on-drift allow-credentials".split()
)


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


class Configured(click.Command):
    """A command whose options may also be set in a config file in the current directory."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the config file; the command line and the environment override it."""
        found = None if "--help" in args else _read_config(Path.cwd())
        if found is None:
            return super().make_context(info_name, args, parent, **extra)
        extra["default_map"] = self._defaults(found)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.BadParameter as error:
            raise _located(error, found) from None

    def _defaults(self, found: config.Config) -> dict[str, Any]:
        lists = {param.name for param in self.params if getattr(param, "multiple", False)}
        return {
            name: value.splitlines() if name in lists and isinstance(value, str) else value
            for option_name, value in found.options.items()
            if (name := option_name.replace("-", "_"))
        }


def _read_config(folder: Path) -> config.Config | None:
    own, shared = (_read_text(folder / name) for name in (config.OWN_FILE, config.SHARED_FILE))
    return config.read(own, shared, FILE_OPTIONS)


def _located(error: click.BadParameter, found: config.Config) -> Exception:
    """Return a UsageError that names the config file if the invalid value came from there."""
    name = error.param.name if error.param else None
    if not name or not error.ctx:
        return error
    if error.ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
        return error
    return UsageError(
        f"invalid value for {name.replace('_', '-')} in {found.origin}",
        cause=error.message,
        fix=f"correct that line; for valid values run `hf-deploy {error.ctx.info_name} --help`",
    )


def _read_text(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"could not read {file.name}",
            cause=str(error),
            fix="check its permissions, and save it as UTF-8",
        ) from None


def option(name: str, **settings: Any) -> Callable[[_Command], _Command]:
    """Declare an option with its environment variable: `--card` and HF_DEPLOY_CARD."""
    first = name.split("/")[0].removeprefix("--")
    envvar = f"{_PREFIX}_{first.upper().replace('-', '_')}"
    return click.option(name, envvar=envvar, **settings)


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
TARGET = (click.argument("space", envvar=f"{_PREFIX}_SPACE"), *HUB)
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
        "--soak",
        type=Duration(),
        default="0s",
        show_default=True,
        help="Time to keep probing the app after its first healthy response.",
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
yes = click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")


def options(*groups: Sequence[Callable[[_Command], _Command]]) -> Callable[[_Command], _Command]:
    """Add all options of these groups, in this order."""

    def decorate(command: _Command) -> _Command:
        for decorator in reversed([decorator for group in groups for decorator in group]):
            command = decorator(command)
        return command

    return decorate
