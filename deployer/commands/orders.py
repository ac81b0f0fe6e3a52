"""The order that a command's options make; apart from them, as no `--help` needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deployer.errors import UsageProblem
from deployer.github.context import Context
from deployer.ignore import Patterns
from deployer.order import Health, Order
from deployer.space import SpaceId, Visibility


def order_of(given: Mapping[str, Any], context: Context | None) -> Order:
    """The order that a command's options make. Raises UsageProblem."""
    context = context or Context()
    return Order(
        space=SpaceId.parse(given["space"]),
        here=Path.cwd(),
        path=given["path"],
        card=given["card"],
        include=Patterns.of_option("--include", given["include"]),
        keep=Patterns.of_option("--keep", given["keep"]),
        visibility=Visibility(given.get("visibility", Visibility.AUTO)),
        hardware=given.get("hardware"),
        wait=given.get("wait", True),
        timeout=given.get("timeout", Order.timeout),
        health=_health(given),
        told=context.told,
        run=context.run,
    )


def _health(given: Mapping[str, Any]) -> Health:
    path = given.get("health_path")
    if path is not None and not re.fullmatch(r"/[!-~]*", path):
        raise UsageProblem(
            "That is no path of the app.",
            seen=f"--health-path {path}",
            do=f"Write it as in an address, with a slash first: --health-path /{quote(path)}",
        )
    return Health(path, given.get("health_timeout", Health.timeout))
