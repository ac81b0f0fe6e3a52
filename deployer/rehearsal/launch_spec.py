"""Read from a commit's card what Spaces would start, or why it can't.

https://huggingface.co/docs/hub/spaces-config-reference
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployer.card.card import README, Card, parse
from deployer.card.rules import DEFAULT_PORT
from deployer.card.yaml import InvalidCard
from deployer.rehearsal.builder import PACKAGES, PRE_REQUIREMENTS, REQUIREMENTS, EnvironmentSpec
from deployer.rehearsal.front_matter import find_errors, parse_duration
from deployer.rehearsal.lfs import read_text
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.repository import StoredCommit
from deployer.space.space import Sdk, Stage

_STARTUP_TIMEOUT = 30 * 60
_PATIENCE = 60
_NO_STREAMLIT = "The local Hub can't build Streamlit Spaces: deploy to the Space to test it."
_NO_STATIC_BUILD = (
    "The local Hub doesn't run `app_build_command`: run it first, and deploy its output."
)


class ConfigError(Exception):
    """The Space can't start: the stage that it ends in, and the Hub's message if there is one."""

    def __init__(self, stage: Stage, message: str | None = None) -> None:
        super().__init__(message or stage)
        self.stage = stage
        self.message = message


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """A commit that can start: its card's keys, and the file to run or to show first."""

    commit: StoredCommit
    meta: Mapping[str, Any]
    sdk: Sdk
    app_file: str

    @property
    def title(self) -> str:
        """The title in the card; empty if it has none."""
        return str(self.meta.get("title") or "")

    @property
    def startup_timeout(self) -> int:
        """How many seconds the app may take until it answers."""
        return parse_duration(str(self.meta.get("startup_duration_timeout", ""))) or (
            _STARTUP_TIMEOUT
        )

    @property
    def patience(self) -> int:
        """How many seconds an app may listen at another port than its own, and only there."""
        return self.startup_timeout if "startup_duration_timeout" in self.meta else _PATIENCE

    @property
    def app_port(self) -> int:
        """The port that a Docker Space's app must listen on."""
        return int(self.meta.get("app_port", DEFAULT_PORT))

    def environment_spec(self, objects: Objects) -> EnvironmentSpec:
        """What decides its Python environment."""
        files = self.commit.files
        names = [name for name in (PRE_REQUIREMENTS, REQUIREMENTS, PACKAGES) if name in files]
        texts = {name: read_text(files, name, objects) for name in names}
        return EnvironmentSpec(self.meta, texts, self.commit.folders[""])


def launch_spec_of(commit: StoredCommit, objects: Objects) -> LaunchSpec:
    """The launch spec of a commit. Raises ConfigError."""
    card = _read_card(read_text(commit.files, README, objects))
    app_file = card.app_file
    if app_file is None:
        raise ConfigError(Stage.CONFIG_ERROR, _NO_STATIC_BUILD)
    if card.sdk is not Sdk.STATIC and app_file not in commit.files:
        raise ConfigError(Stage.NO_APP_FILE)
    if card.sdk is Sdk.STREAMLIT:
        raise ConfigError(Stage.CONFIG_ERROR, _NO_STREAMLIT)
    return LaunchSpec(commit, card.meta, card.sdk, app_file)


def _read_card(readme: str) -> Card:
    try:
        card, errors = parse(readme), find_errors(readme)
    except InvalidCard as error:
        errors, card = [str(error)], None
    if errors:
        raise ConfigError(
            Stage.CONFIG_ERROR, f"Invalid configuration in README: {'; '.join(errors)}"
        )
    if card is None or "sdk" not in card.meta:
        raise ConfigError(Stage.CONFIG_ERROR, "Missing configuration in README")
    return card
