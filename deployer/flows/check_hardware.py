"""Check the files against the hardware that a Space has: ZeroGPU accepts only some versions."""

from __future__ import annotations

from deployer.card.card import Card
from deployer.checks import local
from deployer.errors import InvalidSource
from deployer.problem import Problem, not_ignored
from deployer.request import DeployRequest
from deployer.source.snapshot import Snapshot
from deployer.space.space import Space
from deployer.world import files


def hardware_problems(
    snapshot: Snapshot, card: Card, space: Space, request: DeployRequest
) -> list[Problem]:
    """What the Space's own hardware refuses; requested hardware is checked with the files."""
    if request.settings.hardware is not None:
        return []

    def read(path: str) -> bytes:
        return files.read(snapshot.files[path].content)

    found = local.check_hardware(card, snapshot.files, read, space.runtime.hardware)
    return not_ignored(found, request.ignore)


def refuse_hardware(snapshot: Snapshot, card: Card, space: Space, request: DeployRequest) -> None:
    """Raise InvalidSource for what the Space's own hardware refuses."""
    found = hardware_problems(snapshot, card, space, request)
    if found:
        raise InvalidSource(
            f"the hardware of {space.id} refuses these files",
            cause="; ".join(map(str, found)),
            fix="change the version, or choose other hardware with --hardware",
        )
