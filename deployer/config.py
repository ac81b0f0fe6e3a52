"""Our own options from a file: `hf-deploy.toml`, or `[tool.hf-deploy]` in `pyproject.toml`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deployer import file_options
from deployer.file_options import InvalidConfig
from deployer.toml_lines import TomlLines

OWN_FILE = "hf-deploy.toml"
SHARED_FILE = "pyproject.toml"
ENVIRONMENTS = "environments"
_TABLE = "tool.hf-deploy"
_FOR_CARD_TABLE = (
    'name a file (`card = "card.yaml"`); a table of keys is an environment\'s: '
    "[environments.NAME.card]"
)
_MAX_CHARACTERS = 1_000_000
_MAX_DOTS = 200  # in one line; tomllib takes a time that grows with their square
_AT_LINE = re.compile(r"\(at line (\d+),")  # in an error of tomllib
_DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s?)?")


@dataclass(frozen=True, slots=True)
class Config:
    """The options that a file sets, by their names on the command line, and the file's name.

    `set_in` has the line of each: `hf-deploy.toml:3`. `environments` is the table of that name, as
    it was read.
    """

    origin: str
    options: Mapping[str, Any]
    set_in: Mapping[str, str]
    environments: object = None
    _lines: TomlLines = field(default_factory=lambda: TomlLines(""), repr=False)

    def locate(self, *path: str) -> str:
        """The file and the line of a key in our table, or of the table around it."""
        return _locate(self.origin, self._lines, path)

    def name_table(self, *path: str) -> str:
        """The header of a table in ours: `[environments.staging]`."""
        return f"[{'.'.join((*_table_path(self.origin), *path))}]"


def read(own: str | None, shared: str | None, known: Collection[str]) -> Config | None:
    """The options of `hf-deploy.toml` (its text in `own`), else of `pyproject.toml` (`shared`).

    `known` are the names of all options. Raises InvalidConfig for invalid TOML, an unknown option,
    one that a file may not set, and a value of a type that no option has.
    """
    if own is not None:
        return _config(OWN_FILE, own, _parse_toml(OWN_FILE, own), known)
    if shared is None:
        return None
    tool = _parse_toml(SHARED_FILE, shared).get("tool")
    table = tool.get("hf-deploy") if isinstance(tool, dict) else None
    if table is None:
        return None
    return _config(f"{SHARED_FILE} [{_TABLE}]", shared, table, known)


def _parse_toml(name: str, text: str) -> dict[str, Any]:
    if len(text) > _MAX_CHARACTERS:
        raise InvalidConfig(
            f"{name} is too large",
            where=name,
            cause=f"{len(text):,} characters, the limit is {_MAX_CHARACTERS:,}",
            fix=f"keep only options in {name}; the format: https://toml.io",
        )
    import tomllib  # pylint: disable=import-outside-toplevel  # most repositories have no such file

    try:
        _check_depth(text)
        return tomllib.loads(text)
    except RecursionError:
        raise InvalidConfig(
            f"invalid TOML in {name}",
            where=name,
            cause="values or keys are nested too deeply",
            fix="flatten them, no option needs it; the format: https://toml.io",
        ) from None
    except ValueError as error:  # a number of too many digits is not a TOMLDecodeError
        line = _AT_LINE.search(str(error))
        raise InvalidConfig(
            f"invalid TOML in {name}",
            where=f"{name}:{line[1]}" if line else name,
            cause=str(error),
            fix="correct that line; the format: https://toml.io",
        ) from None


def _check_depth(text: str) -> None:
    """Raises RecursionError for a line with very many dots, which would be the parts of a key."""
    for line in text.splitlines():
        if line.count(".") > _MAX_DOTS and not line.lstrip().startswith("#"):
            raise RecursionError


def _config(origin: str, text: str, table: object, known: Collection[str]) -> Config:
    if not isinstance(table, dict):
        raise InvalidConfig(
            f"invalid config in {origin}",
            where=origin,
            cause=f"{_TABLE} is not a table",
            fix=f'write a table [{_TABLE}] with one `option = "value"` per line',
        )
    lines = TomlLines(text)
    options = {name: value for name, value in table.items() if name != ENVIRONMENTS}
    set_in = {name: _locate(origin, lines, (name,)) for name in options}
    check_options(origin, options, set_in, known, {*known, ENVIRONMENTS})
    return Config(origin, options, set_in, table.get(ENVIRONMENTS), lines)


def _locate(origin: str, lines: TomlLines, path: Sequence[str]) -> str:
    line = lines.of((*_table_path(origin), *path))
    return origin if line is None else f"{origin.partition(' ')[0]}:{line}"


def _table_path(origin: str) -> tuple[str, ...]:
    return () if origin == OWN_FILE else tuple(_TABLE.split("."))


def check_options(
    origin: str,
    options: Mapping[str, Any],
    set_in: Mapping[str, str],
    known: Collection[str],
    similar_to: Collection[str] = (),
) -> None:
    """Raise InvalidConfig for an option in a table that is not known, or not a file's to set, and
    for a value of a type that no option has.

    `similar_to` are all keys that may stand there.
    """
    for name, value in options.items():
        where = set_in[name]
        file_options.refuse_caller_only(name, where)
        if name not in known:
            raise unknown_name(f"option {name!r} in {origin}", where, name, similar_to or known)
        if not _is_plain(value):
            raise InvalidConfig(
                f"invalid value for {name} in {origin}",
                where=where,
                cause="its type is not one that an option can have",
                fix=(
                    _FOR_CARD_TABLE
                    if name == "card" and isinstance(value, dict)
                    else "use a string, a number, true, false, or a list of strings"
                ),
            )


def unknown_name(what: str, where: str, name: str, known: Collection[str]) -> InvalidConfig:
    """The error for a name that is not one of the known ones, with the one that was likely meant.

    `what` names it: `option 'timeuot' in hf-deploy.toml`.
    """
    from difflib import get_close_matches  # pylint: disable=import-outside-toplevel

    similar = get_close_matches(name, known, n=1)
    kind = what.partition(" ")[0]
    return InvalidConfig(
        f"unknown {what}",
        where=where,
        cause=f"not {'an' if kind[0] in 'aeiou' else 'a'} {kind} that a config file can set",
        fix=(
            f"did you mean `{similar[0]}`?"
            if similar
            else f"use one of: {', '.join(sorted(known))}"
        ),
    )


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, (str, int, bool))


def parse_duration(text: str) -> float:
    """A duration in seconds: `90`, `90s`, `30m`, `1h30m`. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not match[0]:
        raise ValueError(f"invalid duration {text!r}; use e.g. 90s, 30m or 1h30m")
    hours, minutes, seconds = (int(match[unit] or 0) for unit in "hms")
    return float(hours * 3600 + minutes * 60 + seconds)


def format_duration(seconds: float) -> str:
    """A duration as `parse_duration` reads it, in whole seconds: `1h30m`, `45s`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
