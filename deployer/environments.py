"""Environments: the tables of the config file that say what differs from one Space to another.

Options at the top of the file are for all. `[environments.staging]` has those of one environment,
and `[environments.staging.card]` the keys of the card that are its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deployer.config import ENVIRONMENTS, Config, check_options, unknown_name
from deployer.errors import UsageError
from deployer.file_options import InvalidConfig
from deployer.problem import did_you_mean
from deployer.space.space import SpaceId

OTHER_APP_KEYS = frozenset({"sdk"})  # of a card; every environment runs the same app
CARD = "card"  # a file at the top, and a table of keys in an environment
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_BY_NAME = frozenset({"variables", "secrets"})


@dataclass(frozen=True, slots=True)
class CardKeys:
    """Keys of the card that an environment sets; `set_in` has the line of each."""

    values: Mapping[str, Any] = field(default_factory=dict)
    set_in: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Environment:
    """A named target of a deploy.

    `config` are the options in effect for it: its own, and of those at the top the ones that it
    does not set. `where` is the line of its table.
    """

    name: str
    where: str
    config: Config
    card: CardKeys = CardKeys()

    @property
    def space(self) -> SpaceId:
        """Its Space. Raises InvalidConfig where neither it nor the top of the file names one."""
        if (space := _space(self.config)) is not None:
            return replace(space, environment=self.name)
        raise InvalidConfig(
            f"environment {self.name} has no Space",
            where=self.where,
            cause=f"{self.where}: neither this table nor the top of the file sets `space`",
            fix=f'add `space = "owner/name"` to {_header(self.config, self.name)}',
        )


def read_environments(config: Config, known: Collection[str]) -> Mapping[str, Environment]:
    """The environments of a config file by name, in its order.

    `known` are the names of all options. Raises InvalidConfig for what is not a table, an invalid
    name, an option that the file may not set, a key that no card has, and two environments with
    one Space.
    """
    if config.environments is None:
        return {}
    _space(config)
    tables = _table(config, config.environments, ENVIRONMENTS)
    found = {name: _environment(config, name, table, known) for name, table in tables.items()}
    _refuse_one_space(found.values())
    return found


def find_environment(
    environments: Mapping[str, Environment], name: str, origin: str
) -> Environment:
    """The environment of this name. Raises UsageError, with the names that the file has."""
    if name in environments:
        return environments[name]
    raise UsageError(
        f"unknown environment {name!r}",
        cause=f"{origin} has: {', '.join(environments)}",
        fix=f"pass one of these, or a Space id, owner/name{did_you_mean(name, environments)}",
    )


def _environment(config: Config, name: str, table: object, known: Collection[str]) -> Environment:
    path = (ENVIRONMENTS, name)
    where = config.locate(*path)
    if not _NAME.fullmatch(name):
        raise InvalidConfig(
            f"invalid name of an environment: {name!r}",
            where=where,
            cause="a name has lower-case letters, digits and `-` only",
            fix=f"rename it, e.g. {_header(config, 'staging')}",
        )
    own = dict(_table(config, table, *path))
    card = own.pop(CARD) if isinstance(own.get(CARD), dict) else {}
    lines = {key: config.locate(*path, key) for key in own}
    check_options(f"{config.origin}, environment {name}", own, lines, known)
    keys = CardKeys(card, {key: config.locate(*path, CARD, key) for key in card})
    _check_card(config, name, keys)
    merged = {key: _merged(key, config.options.get(key), value) for key, value in own.items()}
    in_effect = replace(
        config, options={**config.options, **merged}, set_in={**config.set_in, **lines}
    )
    return Environment(name, where, in_effect, keys)


def _table(config: Config, value: object, *path: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise InvalidConfig(
        f"invalid {'.'.join(path)} in {config.origin}",
        where=config.locate(*path),
        cause="it is a value, not a table",
        fix=f"write a table {_header(config, *(path[1:] or ('staging',)))} for each environment",
    )


def _header(config: Config, *path: str) -> str:
    return config.name_table(ENVIRONMENTS, *path)


def _merged(option: str, general: object, own: object) -> object:
    """An environment's value; variables and secrets are added to those at the top by NAME."""
    first, last = _lines(general), _lines(own)
    if option not in _BY_NAME or first is None or last is None:
        return own
    names = {_name_of(line) for line in last}
    return [*(line for line in first if _name_of(line) not in names), *last]


def _lines(value: object) -> list[str] | None:
    lines = value.splitlines() if isinstance(value, str) else value
    return lines if isinstance(lines, list) else None


def _name_of(line: str) -> str:
    return line.partition("=")[0].strip()


def _check_card(config: Config, name: str, card: CardKeys) -> None:
    """Raise InvalidConfig for a key that no card has, and for a value that no key can have."""
    if not card.values:
        return
    from deployer.card.schema import KEYS  # pylint: disable=import-outside-toplevel

    for key, value in card.values.items():
        where = card.set_in[key]
        if key in OTHER_APP_KEYS:
            raise InvalidConfig(
                f"environment {name} may not set {key} of the card",
                where=where,
                cause="it would be another app; an environment runs the same files",
                fix=f"remove {key} from {_header(config, name, CARD)}",
            )
        if key not in KEYS:
            raise unknown_name(f"key {key!r} of a card in {config.origin}", where, key, KEYS)
        if not _is_plain(value):
            raise InvalidConfig(
                f"invalid value for {key} of the card in {config.origin}",
                where=where,
                cause="its type is not one that a key of a card can have",
                fix="use a string, a whole number, true, false, a list or a table of strings; put "
                "quotes around a version or a date",
            )


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    items = value if isinstance(value, list) else [value]
    return all(isinstance(item, str | int) for item in items)


def _refuse_one_space(environments: Collection[Environment]) -> None:
    """Raise InvalidConfig for two environments of one Space; the Hub ignores the case of ids."""
    taken: dict[str, Environment] = {}
    for one in environments:
        space = _space(one.config)
        if space is None:
            continue
        other = taken.setdefault(str(space).lower(), one)
        if other is not one:
            raise InvalidConfig(
                f"environments {other.name} and {one.name} have the same Space",
                where=one.config.set_in["space"],
                cause=f"both deploy to {space}",
                fix=f"set another `space` in {_header(one.config, one.name)}",
            )


def _space(config: Config) -> SpaceId | None:
    """The Space that a config names. Raises InvalidConfig for an invalid id."""
    value = config.options.get("space")
    if value is None:
        return None
    try:
        return SpaceId.parse(str(value))
    except UsageError as error:
        raise InvalidConfig(
            error.message, where=config.set_in["space"], cause=error.cause, fix=error.fix
        ) from None
