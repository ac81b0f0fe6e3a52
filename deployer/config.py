"""Our own options from a file: `hf-deploy.toml`, or `[tool.hf-deploy]` in `pyproject.toml`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from deployer.errors import UsageError

OWN_FILE = "hf-deploy.toml"
SHARED_FILE = "pyproject.toml"
_TABLE = "tool.hf-deploy"
_DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s?)?")


@dataclass(frozen=True, slots=True)
class Config:
    """The options that a file sets, by their names on the command line, and the file's name."""

    origin: str
    options: Mapping[str, Any]


def read(own: str | None, shared: str | None, known: Collection[str]) -> Config | None:
    """The options of `hf-deploy.toml` (its text in `own`), else of `pyproject.toml` (`shared`).

    `known` are the names that may stand there. Raises UsageProblem for a file that is no TOML and
    for a name that is not known.
    """
    if own is not None:
        return _checked(OWN_FILE, _toml(OWN_FILE, own), known)
    if shared is None:
        return None
    tool = _toml(SHARED_FILE, shared).get("tool")
    table = tool.get("hf-deploy") if isinstance(tool, dict) else None
    return None if table is None else _checked(f"{SHARED_FILE} [{_TABLE}]", table, known)


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "The config file can't be read.",
            cause=f"{name}: {error}",
            fix="Mend that line; the format is described at https://toml.io",
        ) from None


def _checked(origin: str, table: object, known: Collection[str]) -> Config:
    if not isinstance(table, dict):
        raise UsageError(
            "The config file can't be read.",
            cause=f"{origin} is no table of options",
            fix='Write one `option = "value"` a line.',
        )
    for name, value in table.items():
        if name not in known:
            _unknown(origin, name, known)
        if not _is_plain(value):
            raise UsageError(
                "The config file sets an option to something that it can't be.",
                cause=f"{origin}: {name}",
                fix="Use a string, a number, true or false, or a list of strings.",
            )
    return Config(origin, table)


def _unknown(origin: str, name: str, known: Collection[str]) -> None:
    near = difflib.get_close_matches(name, known, n=1)
    raise UsageError(
        "The config file names an option that does not exist.",
        cause=f"{origin}: {name}",
        fix=(
            f"Did you mean `{near[0]}`?"
            if near
            else f"These may stand there: {', '.join(sorted(known))}."
        ),
    )


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, (str, int, bool))


def seconds(text: str) -> float:
    """A duration in seconds: `90`, `90s`, `30m`, `1h30m`. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not match[0]:
        raise ValueError(f"{text!r} is no duration; write for example 90s, 30m or 1h30m")
    hours, minutes, rest = (int(match[unit] or 0) for unit in "hms")
    return float(hours * 3600 + minutes * 60 + rest)
