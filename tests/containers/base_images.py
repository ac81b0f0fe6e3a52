"""The base images of the tests' Docker Spaces, made of Debian packages: no registry is needed.

Their storage is read by podman beside the one that it writes to.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deployer.commands.local_hub import cache_folder

# https://github.com/containers/storage/blob/main/docs/containers-storage.conf.5.md
STORAGE_CONFIG = "CONTAINERS_STORAGE_CONF"
_COMPLETE_MARKER = "complete"
# where pip gets packages from
_PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy")
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

# what mmdebstrap is told; in its hooks, $1 is the root folder
_BUSYBOX = [
    "--variant=extract",
    "--include=busybox-static",
    '--extract-hook=mkdir -p "$1"/usr/bin "$1"/usr/sbin "$1"/sbin',
    '--extract-hook=chroot "$1" /bin/busybox --install -s',
    '--extract-hook=echo root:x:0:0:root:/root:/bin/sh >"$1"/etc/passwd',
]
_PYTHON = [
    "--variant=minbase",
    "--include=ca-certificates,python-is-python3,python3-pip",
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")),
    '--customize-hook=rm "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
]


def base_images(environment: Mapping[str, str]) -> list[Path]:
    """Give the storages of `busybox` and `python:3.12-slim`; each is made once, then cached.

    That Python is the one of this machine's Debian.
    """
    return [
        _base_image("busybox:latest", _BUSYBOX, environment),
        _base_image("python:3.12-slim", [*_PYTHON, *_pip_hooks()], environment),
    ]


def _base_image(name: str, options: list[str], environment: Mapping[str, str]) -> Path:
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    key = hashlib.sha256(json.dumps([name, suite, options]).encode()).hexdigest()
    folder = cache_folder() / "base-images" / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder.with_suffix(".lock")):
        if not (folder / _COMPLETE_MARKER).exists():
            # left by an interrupted run
            shutil.rmtree(folder, ignore_errors=True)
            storage = {STORAGE_CONFIG: str(configure_storage(folder))}
            tree = str(folder / "tree.tar")
            _run(["mmdebstrap", "--quiet", *options, suite, tree, _mirror(suite)], environment)
            command = ["podman", "import", tree, f"docker.io/library/{name}"]
            _run(command, {**environment, **storage})
            os.remove(tree)
            (folder / _COMPLETE_MARKER).touch()
    return folder / "images"


def configure_storage(folder: Path, *others: Path) -> Path:
    """Write the configuration of a storage in a folder, which reads others, too; gives the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "storage.conf"
    file.write_text(
        '[storage]\ndriver = "overlay"\n'
        f"graphroot = {json.dumps(str(folder / 'images'))}\n"
        f"runroot = {json.dumps(str(folder / 'run'))}\n"
        f"[storage.options]\nadditionalimagestores = {json.dumps([*map(str, others)])}\n",
        "utf-8",
    )
    return file


def _mirror(suite: str) -> str:
    """The mirror that apt is configured for."""
    only = ["Created-By: Packages", f"Codename: {suite}", "Component: main"]
    found = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", *only], os.environ)
    return found.split()[0]


def _pip_hooks() -> list[str]:
    """Hooks that give pip the configuration and the certificates that it has here."""
    lines = _run([sys.executable, "-m", "pip", "config", "list"], os.environ).splitlines()
    found = {name.rpartition(".")[2]: ast.literal_eval(value) for name, value in map(_split, lines)}
    config = [f"{name} = {found[name]}" for name in _PIP_SETTINGS if name in found]
    hooks = []
    if "cert" in found:
        certificates = Path(found["cert"])
        version = hashlib.sha256(certificates.read_bytes()).hexdigest()
        config.append(f"cert = {_CERTIFICATES}")
        copy = f'cp {shlex.quote(found["cert"])} "$1"{_CERTIFICATES}'
        hooks.append(f"--customize-hook={copy} # {version}")
    text = shlex.quote("\n".join(["[global]", *config, ""]))
    return [*hooks, f'--customize-hook=printf %s {text} >"$1"/etc/pip.conf']


def _split(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name, value


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
