"""What a child process may know of the machine it runs on, and what a Space tells its app.

Neither a token nor anything else of who started the rehearsal gets through, unless it stands here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# without the library path, some interpreters don't even start
_MACHINE = {"PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"}
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
_CERTIFICATES = {
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
}
_SHARED = _MACHINE | _PROXIES | {name.lower() for name in _PROXIES} | _CERTIFICATES
_INSTALLING = {"HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}


@dataclass(frozen=True, slots=True)
class SpaceInfo:
    """What a Space's app can know about its Space."""

    id: str
    title: str
    host: str
    creator: str

    def variables(self) -> dict[str, str]:
        """As Spaces tells it. https://huggingface.co/docs/hub/spaces-overview"""
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
            "CPU_CORES": str(os.cpu_count() or 1),
            "MEMORY": f"{_memory_gib()}Gi",
            "PYTHONUNBUFFERED": "1",
        }


def for_installing(current_user: Mapping[str, str]) -> dict[str, str]:
    """What pip needs of the caller's environment: its settings, the proxy, the certificates."""
    kept = _SHARED | _INSTALLING
    found = {k: v for k, v in current_user.items() if k in kept or k.startswith("PIP_")}
    return found | {"PYTHONUNBUFFERED": "1"}


def for_app(
    current_user: Mapping[str, str],
    facts: SpaceInfo,
    *,
    home: Path,
    models: Path,
    settings: Mapping[str, str],
) -> dict[str, str]:
    """The environment of an app. `settings` are the Space's variables and secrets; they win."""
    kept = {key: value for key, value in current_user.items() if key in _SHARED}
    kept |= _direct(kept)
    own = {"LANG": "C.UTF-8", "HOME": str(home), "TMPDIR": str(home / "tmp")}
    quiet = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}
    return {**own, **kept, **facts.variables(), **quiet, "HF_HOME": str(models), **settings}


def listening_at(environment: Mapping[str, str], port: int, programs: Path) -> dict[str, str]:
    """The same, for an app that answers at this port only, and finds these programs first.

    Gradio takes both from here and stays on the loopback interface, unless app.py says otherwise.
    """
    path = os.pathsep.join(filter(None, (str(programs), environment.get("PATH"))))
    address = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    return {**environment, "PATH": path, **address}


def _direct(kept: Mapping[str, str]) -> dict[str, str]:
    """What keeps an app that looks at itself, as Gradio's does when it starts, off a proxy."""
    if not any(name.upper() in _PROXIES for name in kept):
        return {}
    said = kept.get("no_proxy") or kept.get("NO_PROXY")
    hosts = ",".join(filter(None, (said, "127.0.0.1", "localhost")))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _memory_gib() -> int:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return max(1, pages * size // 2**30)
