"""Validate a README's front matter as the Hub does.

https://huggingface.co/docs/hub/spaces-config-reference
"""

from __future__ import annotations

import re

from deployer.card.card import parse
from deployer.space.space import Sdk

_COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
_CHOICES = {
    "sdk": tuple(Sdk),
    "colorFrom": _COLORS,
    "colorTo": _COLORS,
    "header": ("mini", "default"),
}
_MAX_DESCRIPTION = 60
_PORTS = range(1, 65536)
_DURATION = re.compile(r"(?P<number>[1-9][0-9]*)\s*(?P<unit>[smh]?)")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "": 1}


def find_errors(readme: str) -> list[str]:
    """The errors in the front matter, one sentence each. Raises InvalidCard if it isn't YAML."""
    card = parse(readme)
    if card is None:
        return []
    errors = [
        f'"{key}" must be one of [{", ".join(choices)}]'
        for key, choices in _CHOICES.items()
        if key in card.meta and card.meta[key] not in choices
    ]
    if len(str(card.meta.get("short_description") or "")) > _MAX_DESCRIPTION:
        errors.append(f'"short_description" must be at most {_MAX_DESCRIPTION} characters long')
    timeout = card.meta.get("startup_duration_timeout")
    if timeout is not None and parse_duration(str(timeout)) is None:
        errors.append('"startup_duration_timeout" must be a duration like 30m or 1h')
    port = card.meta.get("app_port", 1)
    if port is True or port not in _PORTS:
        errors.append('"app_port" must be a number from 1 to 65535')
    return errors


def parse_duration(duration: str) -> int | None:
    """The seconds of a duration like `30m`; None if it isn't one."""
    found = _DURATION.fullmatch(duration.strip())
    return int(found["number"]) * _UNIT_SECONDS[found["unit"]] if found else None
