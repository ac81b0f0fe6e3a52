"""A command whose options may also be set in a config file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from deployer import config, file_options
from deployer.errors import Finding, UsageError
from deployer.file_options import InvalidConfig


class Configured(click.Command):
    """A command that reads the config file of the current directory.

    The command line and the environment override it.
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
        found = None if is_help else _read_config(Path.cwd())
        if found is None:
            return super().make_context(info_name, args, parent, **extra)
        extra["default_map"] = self._defaults(found)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.BadParameter as error:
            raise _in_file(error, found) from None
        for option, where in found.set_in.items():
            if _is_from_file(context, option):
                file_options.check(option, found.options[option], where)
        context.obj = found
        return context

    def _defaults(self, found: config.Config) -> dict[str, Any]:
        params = {param.name: param for param in self.params}
        return {
            name: _checked(value, params.get(name), option, found)
            for option, value in found.options.items()
            if (name := option.replace("-", "_"))
        }


def _is_from_file(context: click.Context, option: str) -> bool:
    """Whether the value in effect is the file's: nothing of the caller overrides it."""
    source = context.get_parameter_source(option.replace("-", "_"))
    return source is ParameterSource.DEFAULT_MAP


def set_in_file(context: click.Context) -> dict[str, str]:
    """The options whose values in effect are the config file's, each with its line."""
    found = context.obj
    if not isinstance(found, config.Config):
        return {}
    return {name: line for name, line in found.set_in.items() if _is_from_file(context, name)}


def _checked(value: Any, param: click.Parameter | None, option: str, found: config.Config) -> Any:
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


def _read_config(folder: Path) -> config.Config | None:
    own, shared = (_read_text(folder / name) for name in (config.OWN_FILE, config.SHARED_FILE))
    return config.read(own, shared, file_options.FILE_OPTIONS)


def _in_file(error: click.BadParameter, found: config.Config) -> Exception:
    """An InvalidConfig if the invalid value came from there."""
    name = error.param.name if error.param else None
    if not name or not error.ctx:
        return error
    if error.ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
        return error
    option = name.replace("_", "-")
    return InvalidConfig(
        f"invalid value for {option} in {found.origin}",
        where=found.set_in[option],
        cause=error.message,
        fix=f"correct that line; for valid values run `hf-deploy {error.ctx.info_name} --help`",
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
