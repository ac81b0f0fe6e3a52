"""Find the container engine of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from packaging.version import Version

from deployer.checks import docker_instructions
from deployer.rehearsal.containers.engine import Engine, EngineError, Limits, read_answer
from deployer.rehearsal.environment import engine_environment

PROGRAMS = ("docker", "podman")
_NEEDED = {"cpu", "memory"}  # the cgroup controllers that set limits
# of buildah, which podman builds with; https://github.com/containers/buildah/releases
_FIRST_WITH_HEREDOCS = Version("1.33")
_CANNOT = "The local Hub can't build Docker Spaces: "
_HOW = (
    "Install Docker (https://docs.docker.com/engine/install/) or Podman "
    "(https://podman.io/docs/installation), or deploy to another Space to test it."
)


class NoEngine(Exception):
    """No engine here builds it: why, and how to get one."""


def find_engine(environ: Mapping[str, str], label: str) -> Engine:
    """The engine that works here, docker before podman. Raises NoEngine."""
    failures = ""
    for name in PROGRAMS:
        program = shutil.which(name, path=environ.get("PATH"))
        if program is None:
            continue
        try:
            engine = open_engine(program, environ, label)
        except EngineError as error:
            failures += f"{name} does not work here ({error}). "
        else:
            remark = f"{failures}{name} is used.\n" if failures else ""
            return replace(engine, remark=remark)
    reasons = failures or "it has no container engine. "
    raise NoEngine(f"{_CANNOT}{reasons}{_HOW}")


def open_engine(program: str, environ: Mapping[str, str], label: str) -> Engine:
    """An engine by the path of its program. Raises EngineError if it doesn't work."""
    engine = Engine(program, engine_environment(environ), label)
    info = engine.info()
    # docker exits with 0 although its daemon does not answer
    if errors := info.get("ServerErrors"):
        raise EngineError(" ".join(map(str, errors)))
    with read_answer("info"):
        return _as_podman(engine, info["host"]) if "host" in info else _as_docker(engine, info)


def _as_podman(engine: Engine, host: Mapping[str, Any]) -> Engine:
    """podman, also where it is installed as `docker`."""
    can_limit = set(host.get("cgroupControllers") or ()) >= _NEEDED
    return replace(
        engine,
        is_podman=True,
        reads_heredocs=Version(host["buildahVersion"]) >= _FIRST_WITH_HEREDOCS,
        limits=_limits(host["cpus"]) if can_limit else None,
    )


def _as_docker(engine: Engine, info: Mapping[str, Any]) -> Engine:
    plugins = info.get("ClientInfo", {}).get("Plugins") or []
    can_limit = info.get("MemoryLimit") and info.get("CpuCfsQuota")
    return replace(
        engine,
        has_buildx=any(plugin["Name"] == "buildx" for plugin in plugins),
        limits=_limits(info["NCPU"]) if can_limit else None,
    )


def _limits(cores: int) -> Limits:
    # docker refuses more cores than there are
    return Limits(cores=min(Limits().cores, cores))


def check_support(engine: Engine, dockerfile: str) -> None:
    """Raise NoEngine where Spaces builds a Dockerfile that this engine can't read."""
    if engine.reads_heredocs:
        return
    for instruction in docker_instructions.parse(dockerfile):
        if instruction.has_heredoc:
            raise NoEngine(
                f"{_CANNOT}this podman doesn't read here-documents, which Spaces does "
                f"(Dockerfile:{instruction.line}). Install podman 4.9 or later, or docker."
            )
