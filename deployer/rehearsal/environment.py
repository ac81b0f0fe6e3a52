"""Environment variables of child processes: the few of this machine, and those that Spaces sets.

No token of the person who runs the local Hub reaches a Space's code.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployer.child_environment import PROXIES, system_variables

# pip reads its own settings, and proxies with their password; git fetches some requirements
_INHERITED_BY_PIP = PROXIES | {"HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}
_INHERITED_BY_PIP |= {"GIT_SSL_CAINFO"}
# a container engine finds its daemon, its settings, its storage and its keys by these
_INHERITED_BY_ENGINES = {
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "REGISTRY_AUTH_FILE",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
}
_ENGINE_PREFIXES = tuple(
    "DOCKER_ BUILDX_ BUILDKIT_ CONTAINER_ CONTAINERS_ BUILDAH_ STORAGE_ XDG_".split()
)
# what else its program reads, or its libraries: not passed on
_READ_BY_PROGRAMS = tuple("LD_ PODMAN_ _CONTAINERS_ GO GCONV_ NOTIFY_ LISTEN_".split())
# one kind of build and of output for both, and images that keep all that a Dockerfile says
_ENGINE_SETTINGS = {
    "DOCKER_BUILDKIT": "1",
    "BUILDKIT_PROGRESS": "plain",
    "BUILDAH_FORMAT": "docker",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of a Space's variables and secrets, by name."""

    variables: Mapping[str, str]
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SpaceInfo:
    """What an app can read about its Space."""

    id: str
    title: str
    host: str
    creator: str
    cores: int
    memory: int  # GiB

    def variables(self) -> dict[str, str]:
        """The variables that Spaces sets. https://huggingface.co/docs/hub/spaces-overview"""
        owner, _, name = self.id.partition("/")
        return {
            "SYSTEM": "spaces",
            "SPACE_ID": self.id,
            "SPACE_AUTHOR_NAME": owner,
            "SPACE_REPO_NAME": name,
            "SPACE_TITLE": self.title,
            "SPACE_HOST": self.host,
            "SPACE_CREATOR_USER_ID": self.creator,
            "ACCELERATOR": "none",
            "CPU_CORES": str(self.cores),
            "MEMORY": f"{self.memory}Gi",
        }


def install_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of pip: its own settings, proxies and certificates from `environ`."""
    inherited = {
        key: value
        for key, value in environ.items()
        if key in _INHERITED_BY_PIP or key.startswith("PIP_")
    }
    return system_variables(environ) | inherited | {"PYTHONUNBUFFERED": "1"}


def engine_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a container engine's program: its own settings, from `environ`."""
    inherited = {name: value for name, value in environ.items() if _is_of_engine(name)}
    return system_variables(environ) | inherited | _ENGINE_SETTINGS


def is_read_by_engines(name: str) -> bool:
    """Whether a variable of this name means something to the engine's own program."""
    is_of_system = name in system_variables({name: ""})
    return is_of_system or _is_of_engine(name) or name.startswith(_READ_BY_PROGRAMS)


def _is_of_engine(name: str) -> bool:
    return name in _INHERITED_BY_ENGINES or name.startswith(_ENGINE_PREFIXES)


def app_environment(
    environ: Mapping[str, str],
    space: SpaceInfo,
    *,
    home: Path,
    model_cache: Path,
    settings: Settings,
) -> dict[str, str]:
    """The environment of an app. The Space's settings win."""
    inherited = system_variables(environ)
    inherited |= _proxy_exceptions(inherited)
    own = {"LANG": "C.UTF-8", "HOME": str(home), "TMPDIR": str(home / "tmp")}
    unbuffered = {"PYTHONUNBUFFERED": "1"}
    no_telemetry = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}
    cache = {"HF_HOME": str(model_cache)}
    defaults = {**own, **inherited, **space.variables(), **unbuffered, **no_telemetry, **cache}
    return {**defaults, **settings.variables, **settings.secrets}


def with_port(environment: Mapping[str, str], port: int, programs: Path) -> dict[str, str]:
    """Add the port that an app must listen on, and put a folder of programs first in PATH.

    Gradio reads host and port from these variables; an app.py that sets them itself wins.
    """
    path = os.pathsep.join(filter(None, (str(programs), environment.get("PATH"))))
    server = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    return {**environment, "PATH": path, **server}


def _proxy_exceptions(inherited: Mapping[str, str]) -> dict[str, str]:
    """Exclude loopback from the proxy: Gradio requests its own URL when it starts."""
    if PROXIES.isdisjoint(inherited):
        return {}
    current = inherited.get("no_proxy") or inherited.get("NO_PROXY")
    hosts = ",".join(filter(None, (current, "127.0.0.1", "localhost")))
    return {"no_proxy": hosts, "NO_PROXY": hosts}
