"""The options that commands share, each also from the environment and from the config file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from deployer import config
from deployer.errors import UsageProblem
from deployer.space import DEFAULT_ENDPOINT, Visibility

_PREFIX = "HF_DEPLOY"
_Command = TypeVar("_Command", bound=Callable[..., Any])
# what is asked of a single call (--dry-run, --json, …) has no place in a file
FILE_OPTIONS = frozenset(
    "space endpoint path card include keep visibility hardware wait timeout "
    "health-path health-timeout".split()
)


class Lines(click.ParamType[str]):
    """A list that may come as the lines of one value; blanks are part of a name."""

    name = "glob"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """An environment variable holds one a line."""
        return [line.strip() for line in rv.splitlines() if line.strip()]


class Duration(click.ParamType[float]):
    """A duration such as `90s` or `30m`, in seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds."""
        try:
            return value if isinstance(value, float) else config.seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


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
    return UsageProblem(
        "The config file sets an option to something that it can't be.",
        seen=f"{found.origin}: {name.replace('_', '-')}: {error.message}",
        do="Mend that line; the README says what each option takes.",
    )


def _text(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(
            "The config file can't be read.", seen=f"{file.name}: {error}", do="Save it as UTF-8."
        ) from None


def option(name: str, **settings: Any) -> Callable[[_Command], _Command]:
    """An option with its environment variable: `--card` and HF_DEPLOY_CARD."""
    first = name.split("/")[0].removeprefix("--")
    envvar = f"{_PREFIX}_{first.upper().replace('-', '_')}"
    return click.option(name, envvar=envvar, **settings)


SOURCE = (
    option("--path", default=".", help="The folder that becomes the Space's root."),
    option("--card", help="A YAML file with the Space's card, put in front of the README."),
    option(
        "--include", multiple=True, type=Lines(), help="Ship these too, though git ignores them."
    ),
    option(
        "--keep", multiple=True, type=Lines(), help="Files that live only on the Space and stay."
    ),
)
TARGET = (
    click.argument("space", envvar=f"{_PREFIX}_SPACE"),
    click.option(
        "--endpoint",
        envvar=["HF_DEPLOY_ENDPOINT", "HF_ENDPOINT"],
        default=DEFAULT_ENDPOINT,
        show_default=True,
        help="The Hub.",
    ),
)
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
)
CREATION = (
    option(
        "--visibility",
        type=click.Choice([choice.value for choice in Visibility]),
        default=Visibility.AUTO.value,
        show_default=True,
        help="Of a new Space; auto: private unless the source is known to be public.",
    ),
    option("--hardware", help="Of a new Space, for example zero-a10g."),
    option("--wait/--no-wait", default=True, show_default=True, help="Watch until it runs."),
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def options(*groups: Sequence[Callable[[_Command], _Command]]) -> Callable[[_Command], _Command]:
    """All options of these groups, in this order."""

    def decorate(command: _Command) -> _Command:
        for decorator in reversed([decorator for group in groups for decorator in group]):
            command = decorator(command)
        return command

    return decorate
