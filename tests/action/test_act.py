"""Each example, as it is written, by another runner: act runs its jobs on this machine.

https://nektosact.com: a checkout without a `ref` is a copy of the repository. GITHUB_SHA is what is
checked out, except under `push` and `pull_request_target`, where the event file names it;
GITHUB_REPOSITORY is that of the remote `origin`, and GITHUB_RUN_ID is 1 in every run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployer.rehearsal import App, Build, LocalHub, Metric, Metrics
from tests.action.conftest import TOKEN
from tests.conftest import APP, ROOT, Cli, Repo
from tests.project.documents import read

ACT = Path(sys.executable).with_name("act")
EXAMPLES = ROOT / "examples"
GUIDE = read("docs/guides/github-actions.md")
SPACE = "julia/summarizer"
OWN = {"id": 1296269, "full_name": "julia/project", "private": True}
FORK = {"id": 35129377, "full_name": "mallory/project", "private": False}
PULL_REQUEST = {"number": 7, "pull_request": {"head": {"sha": "c" * 40, "repo": OWN}}}
BY_A_FORK = {
    "number": 7,
    "pull_request": {
        "head": {"sha": "c" * 40, "repo": FORK},
        "base": {"ref": "main", "sha": "b" * 40},
    },
}
FAILED_RUN = {"conclusion": "failure", "head_sha": "c" * 40, "head_repository": OWN}
CHANGED = {"app.py": b"import gradio as gr\n\ngr.Blocks().launch()\n"}
_USES = re.compile(r"\b(org/hf-deploy)(?:/\w+)?(@[\w.]+)")
# the versions of the action that the examples use
_USED = {
    "".join(found)
    for file in EXAMPLES.glob("*.yml")
    for found in _USES.findall(file.read_text("utf-8"))
}


@dataclass(frozen=True)
class Ran:
    """How a run of act ended, and what it printed."""

    ok: bool
    text: str

    @property
    def verdicts(self) -> set[str]:
        """The output `verdict` of each deploy."""
        return set(re.findall(r"::set-output:: verdict=([\w-]+)", self.text))


Act = Callable[..., Ran]


@pytest.fixture(name="installer", scope="session")
def _installer(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Variables with which the action installs by uv, in a tenth of pip's time."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    path = os.pathsep.join((str(ACT.parent), own["PATH"]))
    cache = str(tmp_path_factory.mktemp("uv"))
    return own | {"PATH": path, "PIP_CONFIG_FILE": os.devnull, "UV_CACHE_DIR": cache}


@pytest.fixture(name="action", scope="session")
def _action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action's repository without what git ignores: act copies all of it for each use."""
    made = tmp_path_factory.mktemp("action")
    names = Repo(ROOT).git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in names.decode().split("\0")[:-1]:
        if (file := ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, made / name)
    return made


@pytest.fixture(name="act")
def _act(
    repo: Repo, hub: LocalHub, tmp_path: Path, installer: Mapping[str, str], action: Path
) -> Act:
    """Run workflows for an event, in a repository whose secrets have the token."""
    repo.git("remote", "add", "origin", "https://github.com/julia/project.git")

    def run(
        workflows: Path | str,
        event: str,
        payload: Mapping[str, Any] | None = None,
        *,
        token: str = TOKEN,
        actor: str = "julia",
        **variables: str,
    ) -> Ran:
        file = tmp_path / "event.json"
        file.write_text(json.dumps({"repository": OWN} | dict(payload or {})), "utf-8")
        home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        variables["HF_ENDPOINT"] = hub.url
        arguments = [
            *("-P", "ubuntu-latest=-self-hosted", "-W", EXAMPLES / workflows),
            *("--actor", actor, "-e", file, "--no-cache-server"),
            *(f"--local-repository={name}={action}" for name in _USED),
            *(f"--env={name}={value}" for name, value in variables.items()),
            *(("-s", "HF_TOKEN") if token else ()),
        ]
        done = subprocess.run(
            [ACT, event, *arguments],
            cwd=repo.root,
            env={**installer, **home, "HF_TOKEN": token},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode == 0, done.stdout + done.stderr)

    return run


def _on(events: str, *examples: str, folder: Path) -> Path:
    """Copies of examples that run on other events."""
    folder.mkdir()
    for name in examples:
        text, count = re.subn("(?m)^on: .*$", f"on: {events}", (EXAMPLES / name).read_text("utf-8"))
        assert count == 1
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_push_is_deployed(act: Act, hub: LocalHub, repo: Repo) -> None:
    ran = act("deploy.yml", "push", {"ref": "refs/heads/main"})
    assert ran.ok, ran.text
    assert hub.files(SPACE)["app.py"] == repo.tracked()["app.py"]
    assert hub.tags(SPACE).keys() == {"hf-deploy/1"}
    assert "julia/project@" in hub.commits(SPACE)[0].message
    assert TOKEN not in ran.text


def test_each_directory_becomes_a_space(act: Act, hub: LocalHub, repo: Repo) -> None:
    names = ("summarizer", "translator")
    repo.commit({f"apps/{name}/{path}": data for name in names for path, data in APP.items()})
    ran = act("monorepo.yml", "push")
    assert ran.ok, ran.text
    assert set(hub.spaces()) == {f"julia/{name}" for name in names}


def test_a_trusted_publisher_deploys_without_a_stored_token(act: Act, hub: LocalHub) -> None:
    hub.add_space(SPACE, {"README.md": b"---\nsdk: gradio\n---\n"})
    ran = act(
        "trusted-publisher.yml",
        "push",
        token="",
        ACTIONS_ID_TOKEN_REQUEST_URL=f"{hub.url}/_github/oidc?api-version=2.0",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=hub.scenario.github_token,
    )
    assert ran.ok and ran.verdicts == {"live"}, ran.text
    assert hub.commits(SPACE)[0].author == "[OIDC]"
    assert hub.scenario.github_token not in ran.text and "hf_jwt_" not in ran.text


def test_a_workflow_calls_the_reusable_one(act: Act, hub: LocalHub, repo: Repo) -> None:
    [caller] = (block for block in GUIDE.blocks("yaml") if "workflows/reusable.yml" in block)
    reusable = (EXAMPLES / "reusable.yml").read_bytes()
    files = {"caller.yml": caller.encode(), "reusable.yml": reusable}
    repo.commit({f".github/workflows/{name}": data for name, data in files.items()})
    ran = act(repo.root / ".github/workflows/caller.yml", "push")
    assert ran.ok and ran.verdicts == {"live"}, ran.text
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_button_rolls_back(act: Act, hub: LocalHub, repo: Repo, cli: Cli) -> None:
    assert cli("deploy", SPACE).code == 0
    old = hub.files(SPACE)
    repo.commit(CHANGED)
    assert cli("deploy", SPACE).code == 0
    ran = act("rollback.yml", "workflow_dispatch", {"inputs": {"release": " 1 "}})
    assert ran.ok, ran.text
    assert hub.files(SPACE) == old


def test_a_schedule_fails_once_the_space_has_drifted(act: Act, hub: LocalHub, cli: Cli) -> None:
    assert cli("deploy", SPACE, "--visibility", "public").code == 0
    assert act("status.yml", "schedule").ok
    theirs = hub.commit(SPACE, {"x": b"1"}, title="Mine", author="mallory")
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    ran = act("status.yml", "schedule")
    assert not ran.ok and "drifted" in ran.text


def test_a_pipeline_promotes_what_it_deployed_to_staging(
    act: Act, hub: LocalHub, repo: Repo, tmp_path: Path
) -> None:
    hub.scenario.builds = [Build(app=App(metrics=Metrics([Metric.of(cpu=20, memory=10)])))]
    pipeline = tmp_path / "pipeline.yml"
    text = (EXAMPLES / pipeline.name).read_text("utf-8")
    pipeline.write_text(re.sub(r"soak: \d+m", "soak: 2s", text), "utf-8")
    ran = act(pipeline, "push", {"ref": "refs/heads/main"})
    assert ran.ok and ran.verdicts == {"live", "planned"}, ran.text
    assert hub.files(SPACE) == hub.files(f"{SPACE}-staging")
    assert hub.files(SPACE)["app.py"] == repo.tracked()["app.py"]
    assert f"From: {SPACE}-staging@" in hub.commits(SPACE)[0].message
    hub.space(SPACE).visibility = "public"
    ran = act(pipeline, "schedule")
    assert ran.ok and "state=live" in ran.text, ran.text


def test_a_fork_s_pull_request_is_checked_and_not_deployed(
    act: Act, hub: LocalHub, repo: Repo, tmp_path: Path
) -> None:
    both = _on("pull_request", "deploy.yml", "check.yml", folder=tmp_path / "workflows")
    ran = act(both, "pull_request", BY_A_FORK, token="")
    assert ran.ok and ran.verdicts == {"skipped"}, ran.text
    assert "mallory/project" in ran.text and "::set-output:: findings=0" in ran.text
    repo.commit({"app.py": b"print(\n"})
    ran = act("check.yml", "pull_request", BY_A_FORK, token="")
    assert not ran.ok and "app.py" in ran.text and "python-syntax" in ran.text
    assert not hub.requests


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("push", {"ref": "refs/tags/v1", "deleted": True}),
        ("workflow_run", {"workflow_run": FAILED_RUN}),
        ("pull_request_target", BY_A_FORK),
    ],
    ids=["the deletion of a tag", "a commit that failed in CI", "code of a fork"],
)
def test_what_must_not_be_deployed_is_skipped(
    act: Act, hub: LocalHub, tmp_path: Path, event: str, payload: dict[str, Any]
) -> None:
    ran = act(_on(event, "deploy.yml", folder=tmp_path / "workflows"), event, payload)
    assert ran.ok and ran.verdicts == {"skipped"}, ran.text
    assert not hub.requests


def test_dependabot_s_pull_request_has_no_secrets(act: Act, hub: LocalHub, tmp_path: Path) -> None:
    workflows = _on("pull_request", "deploy.yml", folder=tmp_path / "workflows")
    ran = act(workflows, "pull_request", PULL_REQUEST, token="", actor="dependabot[bot]")
    assert ran.ok and ran.verdicts == {"skipped"}, ran.text
    assert not hub.requests


def test_a_tag_is_deployed_and_named_in_the_release(
    act: Act, hub: LocalHub, tmp_path: Path
) -> None:
    workflows = _on("{ push: { tags: [v*] } }", "deploy.yml", folder=tmp_path / "workflows")
    ran = act(workflows, "push", {"ref": "refs/tags/v1", "deleted": False})
    assert ran.ok and ran.verdicts == {"live"}, ran.text
    assert "Ref: refs/tags/v1\n" in hub.commits(SPACE)[0].message
