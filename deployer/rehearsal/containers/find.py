"""Find the container engine of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

from deployer.rehearsal.containers.engine import Engine, EngineError, Limits
from deployer.rehearsal.environment import engine_environment

_PROGRAMS = ("docker", "podman")
_NEEDED = {"cpu", "memory"}  # the cgroup controllers that set limits
_HOW = (
    "Install Docker (https://docs.docker.com/engine/install/) or Podman "
    "(https://podman.io/docs/installation), or deploy to another Space to test it."
)


class NoEngine(Exception):
    """No engine works here: why, and how to get one."""


def find_engine(environ: Mapping[str, str], label: str) -> Engine:
    """The engine that works here, docker before podman. Raises NoEngine."""
    failures = []
    for name in _PROGRAMS:
        program = shutil.which(name, path=environ.get("PATH"))
        if program is None:
            continue
        try:
            return open_engine(program, environ, label)
        except (EngineError, ValueError) as error:
            failures.append(f"{name} does not work here: {error}.")
    reasons = " ".join(failures) or "it has no container engine."
    raise NoEngine(f"The local Hub can't build Docker Spaces: {reasons} {_HOW}")


def open_engine(program: str, environ: Mapping[str, str], label: str) -> Engine:
    """An engine by the path of its program. Raises EngineError or ValueError if it doesn't work."""
    environment = engine_environment(environ)
    info = Engine(program, environment, label, is_podman=False, limits=None).info()
    is_podman = "host" in info  # also where it is installed as `docker`
    # docker exits with 0 although its daemon does not answer
    errors = info.get("ServerErrors") or []
    if errors:
        raise EngineError(str(errors[0]))
    limits = Limits() if _can_limit(info, is_podman) else None
    cores = info["host"].get("cpus") if is_podman else info.get("NCPU")
    if limits is not None:
        # docker refuses more than there are
        limits = Limits(cores=min(limits.cores, int(cores or limits.cores)))
    return Engine(program, environment, label, is_podman, limits)


def _can_limit(info: Mapping[str, Any], is_podman: bool) -> bool:
    if is_podman:
        return set(info["host"].get("cgroupControllers") or ()) >= _NEEDED
    return bool(info.get("MemoryLimit") and info.get("CpuCfsQuota"))
