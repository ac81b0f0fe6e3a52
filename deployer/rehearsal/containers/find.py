"""Find the container engine of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace

from packaging.version import Version

from deployer.checks import docker_instructions
from deployer.rehearsal.containers.engine import Engine, EngineError, Limits
from deployer.rehearsal.environment import engine_environment

_PROGRAMS = ("docker", "podman")
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
    for name in _PROGRAMS:
        program = shutil.which(name, path=environ.get("PATH"))
        if program is None:
            continue
        try:
            engine = open_engine(program, environ, label)
        except (EngineError, ValueError) as error:
            failures += f"{name} does not work here ({error}). "
        else:
            remark = f"{failures}{name} is used.\n" if failures else ""
            return replace(engine, remark=remark)
    reasons = failures or "it has no container engine. "
    raise NoEngine(f"{_CANNOT}{reasons}{_HOW}")


def open_engine(program: str, environ: Mapping[str, str], label: str) -> Engine:
    """An engine by the path of its program. Raises EngineError or ValueError if it doesn't work."""
    bare = Engine(program, engine_environment(environ), label)
    info = bare.info()
    host = info.get("host")  # of podman, also where it is installed as `docker`
    # docker exits with 0 although its daemon does not answer
    errors = info.get("ServerErrors") or []
    if errors:
        raise EngineError(str(errors[0]))
    if host:
        can_limit = set(host.get("cgroupControllers") or ()) >= _NEEDED
        cores, buildah = host.get("cpus"), Version(str(host["buildahVersion"]))
        bare = replace(bare, is_podman=True, reads_heredocs=buildah >= _FIRST_WITH_HEREDOCS)
    else:
        can_limit = bool(info.get("MemoryLimit") and info.get("CpuCfsQuota"))
        cores = info.get("NCPU")
        plugins = (info.get("ClientInfo") or {}).get("Plugins") or []
        bare = replace(bare, has_buildx=any(plugin.get("Name") == "buildx" for plugin in plugins))
    # docker refuses more cores than there are
    limits = Limits(cores=min(Limits().cores, int(cores or 1)))
    return replace(bare, limits=limits if can_limit else None)


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
