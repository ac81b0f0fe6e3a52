"""Podman with a storage of the tests' own, in which everything left behind can be counted."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.containers.base_images import STORAGE_CONFIG, base_images, configure_storage

PROGRAMS = ("podman", "runc", "mmdebstrap", "apt-get")
# where runc is
_PATH = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))
_CLEAN_UP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Podman:
    """Podman on a storage in a folder, by way of its environment."""

    program: str
    folder: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str) -> list[str]:
        """Run podman; gives the lines of its output."""
        done = subprocess.run(
            [self.program, *arguments],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"podman {arguments}: {done.stderr}"
        return done.stdout.splitlines()

    def left(self) -> Counter[str]:
        """What is there: containers, networks, mounts and processes; layers of images stay."""
        found = {
            "container": self("ps", "--all", "--external", "--format={{.ID}} {{.Names}}"),
            "network": self("network", "ls", "--quiet"),
            "mount": self._lines(Path("/proc/self/mounts")),
            "process": self._processes(),
        }
        return Counter(f"{kind} {line}" for kind, lines in found.items() for line in lines)

    def left_beside(self, expected: Counter[str]) -> Counter[str]:
        """What else is there: of a container that exits, podman cleans up only then."""
        end = time.monotonic() + _CLEAN_UP_SECONDS
        while (more := self.left() - expected) and time.monotonic() < end:
            time.sleep(0.1)
        return more

    def close(self) -> None:
        """Remove everything."""
        containers = self("ps", "--all", "--external", "--quiet")
        for arguments in (("rm", *containers), ("rmi", "--all")):
            # the base images are read-only, which it reports
            with suppress(AssertionError):
                self(*arguments, "--force")
        shutil.rmtree(self.folder)

    def _lines(self, file: Path) -> list[str]:
        with suppress(OSError):
            lines = file.read_text("utf-8", "replace").splitlines()
            return [line for line in lines if str(self.folder) in line]
        return []

    def _processes(self) -> list[str]:
        """Those in containers and builds, and those that watch them; no zombies."""
        ours = os.readlink("/proc/self/ns/mnt")
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                inside = os.readlink(process / "ns" / "mnt") != ours
                # a zombie has no command line
                if command and (
                    str(self.folder) in command or inside and self._lines(process / "mountinfo")
                ):
                    found.append(f"{process.name}: {command}")
        return found


@pytest.fixture(name="podman", scope="session")
def _podman() -> Iterator[Podman]:
    """The engine of the Docker Spaces, in the environment of this process, too."""
    programs = {program: shutil.which(program, path=_PATH) for program in PROGRAMS}
    for program, path in programs.items():
        if path is None:
            unavailable(f"{program} not found: see Set up in CONTRIBUTING.md")
    environment = {
        "CONTAINERS_CONF": str(Path(__file__).with_name("containers.conf")),
        # https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md
        "BUILDAH_ISOLATION": "chroot",
        # a running docker would be used instead
        "DOCKER_HOST": "unix:///nonexistent",
    }
    folder = Path(tempfile.mkdtemp(prefix="hf-deploy-podman-"))
    images = base_images(os.environ | environment)
    environment[STORAGE_CONFIG] = str(configure_storage(folder, *images))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        made = Podman(str(programs["podman"]), folder, environment)
        yield made
        made.close()
