"""A Space as the Hub describes it: its id, its stage, its head, the running commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from deployer.errors import UsageError

_NAME = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_MAX_ID = 96

DEFAULT_ENDPOINT = "https://huggingface.co"
ZERO_GPU = "zero-a10g"


class Stage(StrEnum):
    """The stage of a Space; an unlisted one stays a plain string.

    https://huggingface.co/docs/huggingface_hub/package_reference/space_runtime lists all of them
    but SLEEPING, which the Hub reports as well.
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
AT_REST = frozenset({Stage.PAUSED, Stage.STOPPED, Stage.DELETING})  # by a person's decision
FAILED = frozenset({Stage.NO_APP_FILE, Stage.CONFIG_ERROR, Stage.BUILD_ERROR, Stage.RUNTIME_ERROR})


class Sdk(StrEnum):
    """How a Space is built. https://huggingface.co/docs/hub/spaces-config-reference"""

    GRADIO = "gradio"
    DOCKER = "docker"
    STATIC = "static"
    STREAMLIT = "streamlit"


# the Hub still builds Streamlit Spaces: https://huggingface.co/docs/hub/spaces-sdks-streamlit
CREATABLE = (Sdk.GRADIO, Sdk.DOCKER, Sdk.STATIC)
NO_NEW_STREAMLIT = (
    "the Hub has created no Streamlit Space since April 2025; use `sdk: docker` and "
    "`app_port: 8501`, and add a Dockerfile that runs `streamlit run`"
)


class Visibility(StrEnum):
    """Who may see a Space.

    `auto` keeps it, and makes a new Space private unless the source is public.
    """

    AUTO = "auto"
    PUBLIC = "public"
    PROTECTED = "protected"
    PRIVATE = "private"

    def decided(self, *, source_is_public: bool) -> Visibility:
        """What `auto` means for a new Space; any other value is returned unchanged."""
        if self is not Visibility.AUTO:
            return self
        return Visibility.PUBLIC if source_is_public else Visibility.PRIVATE


@dataclass(frozen=True, slots=True)
class SpaceId:
    """`owner/name`, by the Hub's rules for repository names.

    `environment` is the name by which the caller asked for it, if that is one of the config file.
    """

    owner: str
    name: str
    environment: str | None = field(default=None, compare=False)

    @property
    def argument(self) -> str:
        """What a command is to be given for it: an environment has options of its own."""
        return self.environment or str(self)

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> SpaceId:
        """Parse `owner/name`, or the URL of a Space's page.

        Raises UsageError for a name that the Hub would reject.
        """
        path = re.sub(r"^https?://[^/]+/spaces/", "", text.strip()).strip("/")
        owner, slash, name = path.partition("/")
        if not slash or not all(map(_NAME.fullmatch, (owner, name))):
            raise _invalid_id(text)
        if len(path) > _MAX_ID or name.endswith(".git"):
            raise _invalid_id(text)
        return cls(owner, name)


def _invalid_id(text: str) -> UsageError:
    may_be_environment = "/" not in text
    return UsageError(
        f"invalid Space id {text[: _MAX_ID + 20]!r}",
        cause=f"an id is owner/name, at most {_MAX_ID} letters, digits, '-', '_' and '.'",
        fix="use owner/name, e.g. julia/summarizer"
        + (", or define [environments.NAME] in hf-deploy.toml" if may_be_environment else ""),
    )


@dataclass(frozen=True, slots=True)
class Runtime:
    """The runtime status of a Space.

    `running` is the commit of the container that serves now (40 hex digits), None where the Hub
    doesn't say. `message` is the Hub's error message, untrusted text. `hardware` is the current
    one, `requested` the one to come; `sleep_time` is in seconds, None where the Space never sleeps
    or the Hub doesn't say. `volumes` are the paths where storage is mounted.
    """

    stage: str
    running: str | None = None
    hardware: str | None = None
    message: str | None = None
    requested: str | None = None
    sleep_time: int | None = None
    volumes: tuple[str, ...] = ()

    @classmethod
    def read(cls, response: Mapping[str, Any]) -> Runtime:
        """Read the JSON response of `/api/spaces/{id}/runtime`."""
        hardware = response.get("hardware") or {}
        sleep_time = response.get("gcTimeout")
        return cls(
            stage=str(response.get("stage") or "UNKNOWN"),
            running=response.get("sha") or None,
            hardware=hardware.get("current") or hardware.get("requested"),
            message=_message(response),
            requested=hardware.get("requested"),
            sleep_time=sleep_time if isinstance(sleep_time, int) else None,
            volumes=tuple(_volumes(response)),
        )


def _volumes(response: Mapping[str, Any]) -> Iterator[str]:
    volumes = response.get("volumes")
    for volume in volumes if isinstance(volumes, list) else ():
        if isinstance(volume, Mapping) and "mountPath" in volume:
            yield str(volume["mountPath"])


def _message(response: Mapping[str, Any]) -> str | None:
    """The Hub's error message, and its reason where it flagged the Space as abusive."""
    abuse = response.get("abuse")
    reason = abuse.get("reason") if isinstance(abuse, Mapping) else None
    words = ": ".join(str(text) for text in (response.get("errorMessage"), reason) if text)
    return " ".join(words.split()) or None


@dataclass(frozen=True, slots=True)
class Space:
    """An existing Space: `head` is the commit of its main branch.

    `visibility` is None where the Hub only says whether it is private.
    """

    id: SpaceId
    head: str
    sdk: str | None
    private: bool
    runtime: Runtime
    visibility: str | None = None
