"""What a commit wants to become: its card read as Spaces reads it, or why it can't come up.

https://huggingface.co/docs/hub/spaces-config-reference
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployer.card.card import README, Card, parse
from deployer.card.yaml import InvalidCard
from deployer.rehearsal.builder import BEFORE, PACKAGES, REQUIREMENTS, Recipe
from deployer.rehearsal.front_matter import mistakes, seconds
from deployer.rehearsal.largefiles import text_of
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.repository import StoredCommit
from deployer.space.space import Sdk, Stage

_STARTUP = 30 * 60
_NO_DOCKER = (
    "A rehearsal can't build Docker Spaces: there is no container engine behind it. "
    "Build the image with docker itself, or deploy to a preview Space."
)
_NO_STATIC_BUILD = "A rehearsal doesn't run `app_build_command`; build first and ship the result."


class ConfigError(Exception):
    """The Space can't come up: the stage it ends in, and why."""

    def __init__(self, stage: Stage, why: str | None = None) -> None:
        super().__init__(why or stage)
        self.stage = stage
        self.why = why


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """A commit that can come up: its card's keys, and the file that it starts with."""

    commit: StoredCommit
    meta: Mapping[str, Any]
    sdk: Sdk
    app_file: str

    @property
    def title(self) -> str:
        """What the app is called; empty where the card doesn't say."""
        return str(self.meta.get("title") or "")

    @property
    def startup(self) -> int:
        """How many seconds the app may take until it answers."""
        return seconds(str(self.meta.get("startup_duration_timeout", ""))) or _STARTUP

    def recipe(self, objects: Objects) -> Recipe:
        """What its environment is made from."""
        files = self.commit.files
        names = [name for name in (BEFORE, REQUIREMENTS, PACKAGES) if name in files]
        texts = {name: text_of(files, name, objects) for name in names}
        return Recipe(self.meta, texts, self.commit.folders[""])


def launch_spec_of(commit: StoredCommit, objects: Objects) -> LaunchSpec:
    """The blueprint of a commit. Raises Misfit."""
    card = _card(text_of(commit.files, README, objects))
    app_file = card.app_file
    if app_file is None:
        raise ConfigError(Stage.CONFIG_ERROR, _NO_STATIC_BUILD)
    if card.sdk is not Sdk.STATIC and app_file not in commit.files:
        raise ConfigError(Stage.NO_APP_FILE)
    if card.sdk is Sdk.DOCKER:
        raise ConfigError(Stage.CONFIG_ERROR, _NO_DOCKER)
    return LaunchSpec(commit, card.meta, card.sdk, app_file)


def _card(readme: str) -> Card:
    try:
        card, wrong = parse(readme), mistakes(readme)
    except InvalidCard as error:
        wrong, card = [str(error)], None
    if wrong:
        raise ConfigError(
            Stage.CONFIG_ERROR, f"Invalid configuration in README: {'; '.join(wrong)}"
        )
    if card is None or "sdk" not in card.meta:
        raise ConfigError(Stage.CONFIG_ERROR, "Missing configuration in README")
    return card
