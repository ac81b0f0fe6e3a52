"""The tools that deploy a repository to a Space, as the commands that a job would run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import deployer

ROOT = Path(__file__).parents[1]
SPACE = "julia/benchmark"
_HF = str(Path(sys.executable).with_name("hf"))
# what actions based on `upload_folder` run, without its `delete_patterns`
_UPLOAD_FOLDER = f"""
from huggingface_hub import HfApi
api = HfApi()
api.create_repo("{SPACE}", repo_type="space", space_sdk="gradio", exist_ok=True)
api.upload_folder(repo_id="{SPACE}", repo_type="space", folder_path=".")
"""


@dataclass(frozen=True)
class Tool:
    """One tool; `{server}` in its commands is replaced by the host and port of the server."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    over_git: bool = False

    def commands_for(self, url: str) -> list[list[str]]:
        """The commands of the tool for a server."""
        server = url.removeprefix("http://")
        return [[part.replace("{server}", server) for part in command] for command in self.commands]


OURS = Tool(
    "hf-deploy", ((sys.executable, "-m", "deployer", "deploy", SPACE, "--no-wait", "--json"),)
)
# https://github.com/huggingface/hub-sync
OFFICIAL = Tool(
    "hub-sync (official action)",
    (
        (_HF, "repos", "create", SPACE, "--repo-type=space", "--exist-ok", "--space-sdk=gradio"),
        (
            *(_HF, "upload", SPACE, ".", "--repo-type=space"),
            *("--exclude=.git*", "--exclude=.github*", "--delete=*"),
            "--commit-message=Sync from GitHub via hub-sync",
        ),
    ),
)
UPLOAD_FOLDER = Tool("upload_folder", ((sys.executable, "-c", _UPLOAD_FOLDER),))
GIT_PUSH = Tool(
    "git push --force",
    (("git", "push", "--quiet", "--force", "http://{server}/space.git", "HEAD:refs/heads/main"),),
    over_git=True,
)
TOOLS = (OURS, OFFICIAL, UPLOAD_FOLDER, GIT_PUSH)
PLAN = Tool("hf-deploy plan", ((sys.executable, "-m", "deployer", "plan", SPACE, "--json"),))


def versions() -> dict[str, str]:
    """The versions of the tools."""
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout
    return {
        "hf-deploy": deployer.__version__,
        "huggingface_hub (also what hub-sync runs)": version("huggingface_hub"),
        "git": git.split()[2],
        "Python": ".".join(str(part) for part in sys.version_info[:3]),
    }
