"""A Space, as the Hub tells of it: its id, its stage, its head and what runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from deployer.errors import UsageError

_NAME = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_MAX_ID = 96

DEFAULT_ENDPOINT = "https://huggingface.co"


class Stage(StrEnum):
    """Where a Space stands; a stage that is not here stays a plain string.

    https://huggingface.co/docs/huggingface_hub/package_reference/space_runtime names all of them
    but SLEEPING, which is real.
    """

    NO_APP_FILE = "NO_APP_FILE"
    CONFIG_ERROR = "CONFIG_ERROR"
    BUILDING = "BUILDING"
    BUILD_ERROR = "BUILD_ERROR"
    APP_STARTING = "APP_STARTING"
    RUNNING = "RUNNING"
    RUNNING_BUILDING = "RUNNING_BUILDING"
    RUNNING_APP_STARTING = "RUNNING_APP_STARTING"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    SLEEPING = "SLEEPING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    DELETING = "DELETING"


MOVING = frozenset(
    {Stage.BUILDING, Stage.APP_STARTING, Stage.RUNNING_BUILDING, Stage.RUNNING_APP_STARTING}
)
AT_REST = frozenset({Stage.PAUSED, Stage.STOPPED, Stage.DELETING})  # by somebody's will
FAILED = frozenset({Stage.NO_APP_FILE, Stage.CONFIG_ERROR, Stage.BUILD_ERROR, Stage.RUNTIME_ERROR})


class Sdk(StrEnum):
    """How a Space is built. https://huggingface.co/docs/hub/spaces-config-reference"""

    GRADIO = "gradio"
    DOCKER = "docker"
    STATIC = "static"


class Visibility(StrEnum):
    """Who may see a Space; `auto`: as it is, a new one private unless its source is public."""

    AUTO = "auto"
    PUBLIC = "public"
    PROTECTED = "protected"
    PRIVATE = "private"

    def decided(self, *, source_is_public: bool) -> Visibility:
        """What `auto` comes to; any other choice stays as it is."""
        if self is not Visibility.AUTO:
            return self
        return Visibility.PUBLIC if source_is_public else Visibility.PRIVATE


@dataclass(frozen=True, slots=True)
class SpaceId:
    """`owner/name`, by the Hub's rules for repository names."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> SpaceId:
        """Read `owner/name`, or the address of a Space's page.

        Raises UsageProblem where the Hub would refuse the name.
        """
        path = re.sub(r"^https?://[^/]+/spaces/", "", text.strip()).strip("/")
        owner, slash, name = path.partition("/")
        if not slash or not all(map(_NAME.fullmatch, (owner, name))):
            raise _bad_id(text)
        if len(path) > _MAX_ID or name.endswith(".git"):
            raise _bad_id(text)
        return cls(owner, name)


def _bad_id(text: str) -> UsageError:
    return UsageError(
        "That is not the id of a Space.",
        cause=repr(text[: _MAX_ID + 20]),
        fix=f"Write owner/name, at most {_MAX_ID} letters, digits, '-', '_' and '.', "
        "for example: hf-deploy deploy julia/summariser",
    )


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a Space's machine is doing.

    `running` is the commit of the container that serves now (40 hex digits), or None where the
    Hub doesn't say. `message` is the Hub's own word on an error, untrusted text. `requested` is the
    hardware that was asked for; `sleep_time`, in seconds, None where it never sleeps or the Hub
    doesn't say.
    """

    stage: str
    running: str | None = None
    hardware: str | None = None
    message: str | None = None
    requested: str | None = None
    sleep_time: int | None = None

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Runtime:
        """From the JSON object that `/api/spaces/{id}/runtime` answers."""
        hardware = answer.get("hardware") or {}
        pause = answer.get("gcTimeout")
        return cls(
            stage=str(answer.get("stage") or "UNKNOWN"),
            running=answer.get("sha") or None,
            hardware=hardware.get("current") or hardware.get("requested"),
            message=" ".join(str(answer.get("errorMessage") or "").split()) or None,
            requested=hardware.get("requested"),
            sleep_time=pause if isinstance(pause, int) else None,
        )


@dataclass(frozen=True, slots=True)
class Space:
    """A Space that exists: where its main branch stands and what it runs.

    `visibility` is None where the Hub only says whether it is private.
    """

    id: SpaceId
    head: str
    sdk: str | None
    private: bool
    runtime: Runtime
    visibility: str | None = None
