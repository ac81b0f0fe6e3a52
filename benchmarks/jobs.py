"""Whole jobs, as a runner has them: set-up, deploy, and what runs on the Space when they end.

A job's commands are bash. Each job has empty caches; packages come from the index that pip and uv
are configured for.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import HubServer, check_files, child, environment
from benchmarks.proxy import Proxy
from benchmarks.repositories import FIRST, ONE_LINE, Repository
from benchmarks.tools import ROOT, SPACE
from deployer.rehearsal import Build, LocalHub, Scenario, Step

STALE, BUILDING, STARTING = 2.0, 10.0, 1.0  # seconds
BUILD_TIME = STALE + BUILDING + STARTING
BUILD = Build(
    stale=STALE,
    steps=(Step("BUILDING", BUILDING), Step("APP_STARTING", STARTING), Step("RUNNING")),
)
_INSTALL = 'bash "$ROOT/action/install.sh"'
_DEPLOY = """
VENV_PYTHON=$(sed -n s/^python=//p "$GITHUB_OUTPUT") HF_DEPLOY_SPACE=$SPACE \\
  exec bash "$ROOT/action/run.sh" deploy
"""
# https://github.com/huggingface/hub-sync
_HUB_SYNC = """
uvx hf repos create "$SPACE" --repo-type=space --exist-ok --space-sdk=gradio
uvx hf upload "$SPACE" . --repo-type=space --exclude='.git*' --exclude='.github*' --delete='*' \\
  --commit-message='Sync from GitHub via hub-sync'
"""
# the loop of docs/guides/migrating.md
_BY_HAND = """
PYTHONPATH=$RUNNER_TEMP/packages exec python3 -c '
import os, time
from huggingface_hub import HfApi
api, space = HfApi(), os.environ["SPACE"]
api.create_repo(space, repo_type="space", space_sdk="gradio", exist_ok=True)
commit = api.upload_folder(repo_id=space, repo_type="space", folder_path=".", delete_patterns="*")
while True:
    runtime = api.get_space_runtime(space)
    if runtime.stage == "RUNNING"{condition}:
        break
    time.sleep(10)
'
"""
_NETWORK = re.compile(r"(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|(PIP|UV)_\w+", re.IGNORECASE)


@dataclass(frozen=True)
class Job:
    """A job: what it runs before it deploys, and to deploy. With `has_uv`, uv is on its PATH."""

    name: str
    setup: str
    deploy: str = ""
    has_uv: bool = False


OWN_PIP = Job(
    "python3 -m venv, its own pip",
    """
python3 -m venv "$RUNNER_TEMP/python"
"$RUNNER_TEMP/python/bin/python" -m pip install --quiet --require-hashes --no-deps \\
  --only-binary :all: --requirement "$ROOT/deployer/requirements.lock"
""",
)
OURS_BY_UV = Job("hf-deploy, uv on PATH", _INSTALL, _DEPLOY, has_uv=True)
OURS_BY_PIP = Job("hf-deploy, only pip", _INSTALL, _DEPLOY)
HUB_SYNC = Job("hub-sync (official action)", "", _HUB_SYNC, has_uv=True)
_PIP_INSTALL = 'python3 -m pip install --quiet --target "$RUNNER_TEMP/packages" huggingface_hub'
POLL = Job(
    "upload_folder, then poll for RUNNING", _PIP_INSTALL, _BY_HAND.replace("{condition}", "")
)
POLL_COMMIT = Job(
    "upload_folder, then poll for RUNNING and the commit",
    _PIP_INSTALL,
    _BY_HAND.replace("{condition}", ' and runtime.raw.get("sha") == commit.oid'),
)
SETUPS = (OWN_PIP, OURS_BY_PIP, OURS_BY_UV)
JOBS = (OURS_BY_UV, OURS_BY_PIP, HUB_SYNC, POLL, POLL_COMMIT)


@dataclass(frozen=True)
class JobCost:
    """Seconds of set-up and of the rest; whether the app of that commit ran at the end."""

    setup: float
    deploy: float
    is_running: bool = False


def measure_setups(rounds: int) -> dict[str, list[JobCost]]:
    """The costs of each set-up, in turns."""
    costs: dict[str, list[JobCost]] = {job.name: [] for job in SETUPS}
    for _ in range(rounds):
        for job in SETUPS:
            with _runner(job) as variables:
                costs[job.name].append(JobCost(_bash(job.setup, ROOT, variables), 0.0))
    return costs


def measure_jobs(
    repository: Repository,
    latency: float,
    rounds: int,
    *,
    jobs: Sequence[Job] = JOBS,
    build: Build = BUILD,
) -> dict[str, list[JobCost]]:
    """The costs of each job for one changed line, in turns. Raises WrongResult."""
    costs: dict[str, list[JobCost]] = {job.name: [] for job in jobs}
    with ExitStack() as stack:
        hubs = {job: stack.enter_context(_hub(latency, build)) for job in jobs}
        for tag in [FIRST, *(ONE_LINE, FIRST) * rounds][: 1 + rounds]:
            repository.check_out(tag)
            for job, (hub, url) in hubs.items():
                costs[job.name].append(_run(job, repository, hub, url))
    return {name: measured[1:] for name, measured in costs.items()}


@contextmanager
def _hub(latency: float, build: Build) -> Iterator[tuple[LocalHub, str]]:
    """A Hub and its URL behind a proxy."""
    with LocalHub(scenario=Scenario(builds=[build])) as hub:
        with Proxy(HubServer(hub).port, latency) as proxy:
            yield hub, proxy.url


def _run(job: Job, repository: Repository, hub: LocalHub, url: str) -> JobCost:
    with _runner(job, url) as variables:
        setup = _bash(job.setup, repository.root, variables)
        deploy = _bash(job.deploy, repository.root, variables)
    check_files(job.name, HubServer(hub), repository)
    head, runtime = hub.commits(SPACE)[0].id, hub.space(SPACE).runtime
    is_running = runtime.running == head
    hub.wait_until(lambda: runtime.running == head, timeout=60)
    return JobCost(setup, deploy, is_running)


@contextmanager
def _runner(job: Job, url: str = "") -> Iterator[dict[str, str]]:
    """The environment of a new runner, with or without uv."""
    with tempfile.TemporaryDirectory() as home:
        folders = [
            folder
            for folder in os.environ["PATH"].split(os.pathsep)
            if not (Path(folder) / "uv").exists()
        ]
        if job.has_uv:
            programs = Path(home) / "uv"
            programs.mkdir()
            for name in ("uv", "uvx"):
                (programs / name).symlink_to(Path(sys.executable).with_name(name))
            folders.insert(0, str(programs))
        network = {
            name: value
            for name, value in os.environ.items()
            if _NETWORK.fullmatch(name) and not (job.has_uv and name.startswith("PIP_"))
        }
        yield {
            **environment(home, url),
            **network,
            **({"PIP_CONFIG_FILE": os.devnull} if job.has_uv else {}),
            "PATH": os.pathsep.join(folders),
            "ROOT": str(ROOT),
            "SPACE": SPACE,
            "RUNNER_TEMP": home,
            "GITHUB_OUTPUT": str(Path(home) / "output"),
        }


def _bash(script: str, cwd: Path, variables: Mapping[str, str]) -> float:
    """The seconds that a script takes; 0 for none. Raises WrongResult."""
    if not script:
        return 0.0
    bash = shutil.which("bash") or "bash"
    return child([bash, "-euc", script], cwd, variables)[0]
