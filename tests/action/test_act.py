"""Each example, as it is written, by another runner: act runs its jobs on this machine.

https://nektosact.com: a checkout without a `ref` is a copy of the repository.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployer.rehearsal import LocalHub
from tests.action.conftest import TOKEN
from tests.conftest import APP, ROOT, Repo

ACT = Path(sys.executable).with_name("act")
SPACE = "julia/summarizer"


@dataclass(frozen=True)
class Ran:
    """How a run of act ended, and what it printed."""

    ok: bool
    text: str


Act = Callable[..., Ran]


@pytest.fixture(name="act")
def _act(repo: Repo, hub: LocalHub, tmp_path: Path) -> Act:
    """Run an example's workflow for an event, in a repository whose secrets have the token."""

    def run(example: str, event: str, payload: dict[str, Any] | None = None) -> Ran:
        file = tmp_path / "event.json"
        file.write_text(json.dumps(payload or {}), "utf-8")
        arguments = [
            *("-P", "ubuntu-latest=-self-hosted", "-W", ROOT / "examples" / example),
            *("--local-repository", f"org/hf-deploy@v1={ROOT}", "--no-cache-server"),
            *("--env", f"HF_ENDPOINT={hub.url}", "-s", "HF_TOKEN", "-e", file),
        ]
        done = subprocess.run(
            [ACT, event, *arguments],
            cwd=repo.root,
            env=os.environ
            | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "HF_TOKEN": TOKEN},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode == 0, done.stdout + done.stderr)

    return run


def test_a_push_is_deployed(act: Act, hub: LocalHub, repo: Repo) -> None:
    ran = act("deploy.yml", "push")
    assert ran.ok, ran.text
    assert hub.files(SPACE)["app.py"] == repo.tracked()["app.py"]
    assert hub.tags(SPACE).keys() == {"hf-deploy/1"}
    assert TOKEN not in ran.text


def test_each_directory_becomes_a_space(act: Act, hub: LocalHub, repo: Repo) -> None:
    names = ("summarizer", "translator")
    repo.commit({f"apps/{name}/{path}": data for name in names for path, data in APP.items()})
    ran = act("monorepo.yml", "push")
    assert ran.ok, ran.text
    assert set(hub.spaces()) == {f"julia/{name}" for name in names}


def test_a_button_rolls_back(act: Act, hub: LocalHub, repo: Repo) -> None:
    assert act("deploy.yml", "push").ok
    old = hub.files(SPACE)
    repo.commit({"app.py": b"import gradio as gr\n\ngr.Blocks().launch()\n"})
    assert act("deploy.yml", "push").ok
    ran = act("rollback.yml", "workflow_dispatch", {"inputs": {"release": "1"}})
    assert ran.ok, ran.text
    assert hub.files(SPACE) == old


def test_a_pull_request_is_checked_without_a_token(act: Act, hub: LocalHub, repo: Repo) -> None:
    assert act("check.yml", "pull_request").ok
    repo.commit({"app.py": b"print(\n"})
    ran = act("check.yml", "pull_request")
    assert not ran.ok and "app.py" in ran.text and "python-syntax" in ran.text
    assert not hub.requests


def test_a_schedule_fails_once_the_space_has_drifted(act: Act, hub: LocalHub) -> None:
    assert act("deploy.yml", "push").ok
    hub.space(SPACE).visibility = "public"
    assert act("status.yml", "schedule").ok
    theirs = hub.commit(SPACE, {"x": b"1"}, title="Mine", author="mallory")
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    assert not act("status.yml", "schedule").ok
