"""What the Hub refuses in a README's front matter.

https://huggingface.co/docs/hub/spaces-config-reference
"""

from __future__ import annotations

import re

from deployer.card.card import parse
from deployer.space.space import Sdk

_COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
_ONE_OF = {
    "sdk": tuple(Sdk),
    "colorFrom": _COLORS,
    "colorTo": _COLORS,
    "header": ("mini", "default"),
}
_MAX_DESCRIPTION = 60
_DURATION = re.compile(r"(?P<number>[1-9][0-9]*)\s*(?P<unit>[smh]?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "": 1}


def mistakes(readme: str) -> list[str]:
    """What is wrong with the front matter, one sentence each. Raises BadCard."""
    card = parse(readme)
    if card is None:
        return []
    found = [
        f'"{key}" must be one of [{", ".join(allowed)}]'
        for key, allowed in _ONE_OF.items()
        if key in card.meta and card.meta[key] not in allowed
    ]
    if len(str(card.meta.get("short_description") or "")) > _MAX_DESCRIPTION:
        found.append(f'"short_description" must be at most {_MAX_DESCRIPTION} characters long')
    for key in ("startup_duration_timeout",):
        if key in card.meta and seconds(str(card.meta[key])) is None:
            found.append(f'"{key}" must be a duration like 30m or 1h')
    return found


def seconds(duration: str) -> int | None:
    """A duration like `30m` in seconds; None where it isn't one."""
    found = _DURATION.fullmatch(duration.strip())
    return int(found["number"]) * _SECONDS[found["unit"]] if found else None
