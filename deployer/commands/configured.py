"""A command whose options may also be set in a config file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from deployer import config, file_options
from deployer.config import Config
from deployer.environments import Environment, find_environment, read_environments
from deployer.errors import Finding, UsageError
from deployer.file_options import InvalidConfig


@dataclass(frozen=True, slots=True)
class FoundConfig:
    """What the config file says for a command with these arguments: the options at its top, those
    in effect, its environments by name, and the one that SPACE names, if it names one.
    """

    arguments: Sequence[str]
    general: Config
    config: Config
    environments: Mapping[str, Environment]
    environment: Environment | None = None

    def named(self, space: str | None) -> Environment | None:
        """The environment that a value given for SPACE names; None for the id of a Space.

        Raises UsageError for a name that the file does not have.
        """
        name = (space or "").strip()
        if not name or "/" in name or not self.environments:
            return None
        return find_environment(self.environments, name, self.config.origin)


class SpaceArgument(click.Argument):
    """The argument SPACE: the id of a Space, or an environment's name, which becomes that id.

    Called other than `space`, it has no default from the file.
    """


class Configured(click.Command):
    """A command that reads the config file of the current directory.

    The command line and the environment override it. The options of the environment that SPACE
    names override those at the top of the file.
    """

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the config file, unless only the help is asked for."""
        try:
            return self._make_configured(info_name, args, parent, extra)
        except InvalidConfig as error:
            error.findings = tuple(map(_in_repository, error.findings))
            raise

    def _make_configured(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None,
        extra: dict[str, Any],
    ) -> click.Context:
        is_help = not {"-h", "--help"}.isdisjoint(args)
        general = None if is_help else _read_config(Path.cwd())
        if general is None:
            return super().make_context(info_name, args, parent, **extra)
        found = self._find(general, args)
        extra["default_map"] = self._defaults(found.config)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.BadParameter as error:
            raise _in_file(error, found.config) from None
        for table in (general, found.config) if found.environment else (general,):
            _check_values(context, table)
        context.obj = found
        if found.environment is not None:
            self._set_space(context, found.environment)
        return context

    def _set_space(self, context: click.Context, environment: Environment) -> None:
        """Put the Space of an environment in the place of its name."""
        argument = self._space_argument
        assert argument is not None and argument.name is not None
        context.params[argument.name] = str(environment.space)
        context.set_parameter_source(argument.name, ParameterSource.DEFAULT_MAP)

    def _find(self, general: Config, args: list[str]) -> FoundConfig:
        """The options in effect where the caller gives these arguments."""
        environments = read_environments(general, file_options.FILE_OPTIONS)
        found = FoundConfig((*args,), general, general, environments)
        environment = found.named(self._given_space(args))
        if environment is None:
            return found
        return replace(found, config=environment.config, environment=environment)

    def _given_space(self, args: list[str]) -> str | None:
        """What the caller gives for SPACE. What else is invalid there is not reported yet."""
        if (argument := self._space_argument) is None:
            return None
        context = click.Context(self, resilient_parsing=True)
        self.parse_args(context, [*args])
        return context.params.get(str(argument.name))

    @property
    def _space_argument(self) -> SpaceArgument | None:
        return next((one for one in self.params if isinstance(one, SpaceArgument)), None)

    def _defaults(self, found: Config) -> dict[str, Any]:
        params = {param.name: param for param in self.params}
        return {
            name: _checked(value, params.get(name), option, found)
            for option, value in found.options.items()
            if (name := option.replace("-", "_"))
        }


def _check_values(context: click.Context, table: Config) -> None:
    """Raise InvalidConfig for a value in effect that a file may not set."""
    for option, where in table.set_in.items():
        if _is_from_file(context, option):
            file_options.check(option, table.options[option], where)


def _is_from_file(context: click.Context, option: str) -> bool:
    """Whether the value in effect is the file's: nothing of the caller overrides it."""
    source = context.get_parameter_source(option.replace("-", "_"))
    return source is ParameterSource.DEFAULT_MAP


def found_config(context: click.Context) -> FoundConfig | None:
    """What the config file says for the run of a command; None without one."""
    return context.obj if isinstance(context.obj, FoundConfig) else None


def in_environment(context: click.Context, name: str) -> click.Context:
    """The context of the same command line, were that environment given for SPACE."""
    found = found_config(context)
    assert found is not None
    arguments = [*found.arguments, name]
    return context.command.make_context(context.info_name, arguments, context.parent)


def set_in_file(context: click.Context) -> dict[str, str]:
    """The options whose values in effect are the config file's, each with its line."""
    found = found_config(context)
    set_in = found.config.set_in if found else {}
    return {name: line for name, line in set_in.items() if _is_from_file(context, name)}


def caller_gave(context: click.Context, name: str) -> bool:
    """Whether the value of a parameter is the caller's, not the file's or a default."""
    given = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return context.get_parameter_source(name) in given


def read_value(context: click.Context, table: Config | None, option: str) -> Any:
    """What a table of the file says of an option of the command, whatever the caller says of it;
    None where it does not say anything.
    """
    if table is None or option not in table.options:
        return None
    name = option.replace("-", "_")
    param = next(one for one in context.command.params if one.name == name)
    try:
        return param.type_cast_value(context, _checked(table.options[option], param, option, table))
    except click.BadParameter as error:
        raise _invalid(error, option, table) from None


def _checked(value: Any, param: click.Parameter | None, option: str, found: Config) -> Any:
    """The value of an option, as click takes it. Raises InvalidConfig for one of the wrong type."""
    if param is None:
        return value
    if getattr(param, "multiple", False):
        lines = value.splitlines() if isinstance(value, str) else value
        is_valid = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
        wanted, value = "a list of strings", lines
    elif isinstance(param.type, click.types.BoolParamType):
        is_valid, wanted = isinstance(value, (bool, str)), "true or false"
    elif param.type is click.STRING or isinstance(param.type, click.Choice):
        is_valid, wanted = isinstance(value, str), "a string"
    else:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        is_valid, wanted = isinstance(value, str) or is_number, 'a string, e.g. "90s"'
    if is_valid:
        return value
    raise InvalidConfig(
        f"invalid value for {option} in {found.origin}",
        where=found.set_in[option],
        cause=f"{value!r} is not {wanted}",
        fix=f"set {option} to {wanted}",
    )


def _read_config(folder: Path) -> Config | None:
    own, shared = (_read_text(folder / name) for name in (config.OWN_FILE, config.SHARED_FILE))
    return config.read(own, shared, file_options.FILE_OPTIONS)


def _in_file(error: click.BadParameter, found: Config) -> Exception:
    """An InvalidConfig if the invalid value came from there."""
    name = error.param.name if error.param else None
    if not name or not error.ctx:
        return error
    if error.ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
        return error
    return _invalid(error, name.replace("_", "-"), found)


def _invalid(error: click.BadParameter, option: str, found: Config) -> InvalidConfig:
    command = error.ctx.info_name if error.ctx else "COMMAND"
    return InvalidConfig(
        f"invalid value for {option} in {found.origin}",
        where=found.set_in[option],
        cause=error.message,
        fix=f"correct that line; for valid values run `hf-deploy {command} --help`",
    )


def _in_repository(found: Finding) -> Finding:
    """A finding in a file of the current directory, with its path from the repository's root."""
    from deployer.world import git  # pylint: disable=import-outside-toplevel

    here = Path.cwd()
    with suppress(UsageError):  # the config file's own error is the one to report
        if (top := git.top_level(here)) is not None:
            base = os.path.relpath(here, os.path.realpath(top))
            return found._replace(path=Path(base, str(found.path)).as_posix())
    return found


def _read_text(file: Path) -> str | None:
    from deployer.world import files  # pylint: disable=import-outside-toplevel

    try:
        return files.read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfig(
            f"could not read {file.name}",
            where=file.name,
            cause=str(error),
            fix="check its permissions, and save it as UTF-8",
        ) from None
