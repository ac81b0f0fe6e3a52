"""Whatever stands in an input stays data: nothing runs, nothing is forged, nothing slips out."""

from __future__ import annotations

import pytest
import yaml

from deployer.rehearsal import LocalHub
from tests.action.conftest import TOKEN, Workflow
from tests.action.runner.job import Used
from tests.conftest import ROOT, Repo

_INPUTS = list(yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"])
_OUTPUTS = frozenset(
    "verdict changed commit previous-commit release rollback-commit space-url app-url "
    "release-url source-commit duration plan findings warnings".split()
)
HOSTILE = {
    "shell": 'x$(touch RAN)`touch RAN`\'; touch RAN; "; touch RAN; " ${{ secrets.HF_TOKEN }}',
    "runner": "--help\x1b[2J\u202e\u2028::error::forged##[error]\n"
    "x\ntouch RAN\n::set-output name=verdict::live\r::error::forged\n::add-path::/\n"
    "x\nghadelimiter_1\nverdict<<ghadelimiter_1\nlive\nghadelimiter_1\n"
    "x ##[set-output name=verdict]live",
}
_REFUSED = frozenset(
    "space path card visibility sleep-time variables secrets prune-variables push-secrets "
    "timeout health-timeout wait dry-run verify-timeout soak max-cpu max-memory rollback on-drift "
    "resume restart factory-rebuild".split()
)


def _has_only_own_commands(used: Used) -> None:
    """Every workflow command in the log comes from hf-deploy."""
    names = {command.name for command in used.log.commands}
    assert names <= {"add-mask", "group", "endgroup", "error", "warning"}, used.log.raw
    for command in used.log.find_by_name("error", "warning"):
        assert command.properties["title"].startswith("hf-deploy"), used.log.raw
    assert len(used.log.errors) == (0 if used.ok else 1), used.log.raw
    assert used.outputs.keys() == _OUTPUTS
    assert used.reach == ""


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", _INPUTS)
def test_a_hostile_input_stays_data(
    workflow: Workflow, hub: LocalHub, repo: Repo, name: str, kind: str
) -> None:
    used = workflow.deploy(**{"wait": "false", name: HOSTILE[kind]})
    _has_only_own_commands(used)
    assert used.exits["Deploy"] in (0, 2, 3, 5, 11), used.log.raw
    assert used.outputs["verdict"] in ("committed", "live", "error"), used.log.raw
    assert used.ok == (used.outputs["verdict"] != "error")
    if name in _REFUSED:
        assert used.exits["Deploy"] == 2, used.log.raw
        assert not hub.spaces()
    assert repo.git("status", "--porcelain", "--ignored") == b""
    assert not list(repo.root.parent.rglob("RAN"))
    assert TOKEN not in used.log.text and TOKEN not in used.summary


def test_hostile_file_names_stay_data(workflow: Workflow, hub: LocalHub, repo: Repo) -> None:
    names = ("::error::forged", "a\n::set-output name=verdict::x", "##[error]y", "$(touch RAN)")
    repo.commit({name: b"1" for name in names})
    used = workflow.deploy()
    assert used.outputs["verdict"] == "live", used.log.raw
    _has_only_own_commands(used)
    assert set(names) <= hub.files(workflow.inputs["space"]).keys()
