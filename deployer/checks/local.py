"""Every check of what would ship that needs no Hub, in one call."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from deployer.card import rules
from deployer.card.card import README, Card, CardFile
from deployer.checks import dockerfile, limits, python, requirements
from deployer.problem import Problem
from deployer.source.snapshot import File
from deployer.space.space import Sdk

Read = Callable[[str], bytes]
_TWO_PARTS = re.compile(r"3\.(\d{1,2})")


def problems(
    card: Card,
    shipped: Mapping[str, File],
    read: Read,
    *,
    readme: str = README,
    card_file: CardFile | None = None,
    left_out: Collection[str] = (),
    untracked: Callable[[str], bool] = lambda _: False,
) -> list[Problem]:
    """What is wrong with what would ship: the card first, then what it starts, then the paths.

    `read` gives the bytes of a path that ships; a file that it can't read is not judged here.
    `untracked` says whether a file lies there and does not ship, though no rule leaves it out.
    """
    found = rules.problems(card, shipped, readme=readme, card_file=card_file, left_out=left_out)
    if card.meta.get("sdk") == Sdk.GRADIO:
        found += _gradio(card, shipped, read, left_out, untracked)
    elif card.meta.get("sdk") == Sdk.DOCKER:
        found += _docker(card, shipped, read)
    return found + limits.check(shipped)


def _gradio(
    card: Card,
    shipped: Mapping[str, File],
    read: Read,
    left_out: Collection[str],
    untracked: Callable[[str], bool],
) -> list[Problem]:
    found: list[Problem] = []
    required: set[str] = set()
    version = card.meta.get("sdk_version")
    pinned = version if isinstance(version, str) else None
    for path in (requirements.PRE_REQUIREMENTS, requirements.REQUIREMENTS):
        data = _bytes(path, shipped, read)
        asked = pinned if path == requirements.REQUIREMENTS else None
        found += requirements.check(data, shipped, path=path, sdk_version=asked)
        required |= requirements.names(data)
    found += requirements.misnamed(shipped, str(card.app_file))
    found += requirements.check_packages(_bytes(requirements.PACKAGES, shipped, read))
    app_file = str(card.app_file)
    return found + python.check(
        app_file,
        shipped,
        read,
        python=_python(card),
        left_out=left_out,
        untracked=untracked,
        required=required,
    )


def _python(card: Card) -> python.Python | None:
    """The Space's Python as it was written, or None."""
    written = _TWO_PARTS.match(card.raw.get("python_version", ""))
    return (3, int(written[1])) if written else None


def _docker(card: Card, shipped: Mapping[str, File], read: Read) -> list[Problem]:
    if dockerfile.DOCKERFILE not in shipped:
        return []  # told by the card's rules
    port = str(card.meta.get("app_port", rules.DEFAULT_PORT))
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else rules.DEFAULT_PORT
    try:
        data = read(dockerfile.DOCKERFILE)
    except OSError:
        return []
    found = dockerfile.check(data, number, shipped)
    for path in dockerfile.scripts(data, shipped):
        if b"\r\n" in _bytes(path, shipped, read):
            said = "its lines end as on Windows, and a shell takes the CR for a part of each"
            found.append(Problem(path, 1, f"{said}: save it with the line ends of Unix (LF)"))
    return found


def _bytes(path: str, shipped: Mapping[str, File], read: Read) -> bytes:
    try:
        return read(path) if path in shipped else b""
    except OSError:
        return b""
