"""The action `promote`: what one Space runs goes to another one."""

from __future__ import annotations

import pytest

from deployer.rehearsal import LocalHub
from tests.action.conftest import TOKEN, Workflow
from tests.action.runner.job import Used
from tests.action.test_hostile_inputs import HOSTILE
from tests.conftest import SPACE, Repo

# pylint: disable=missing-function-docstring  # the names are the sentences

TO = "julia/production"


@pytest.fixture(name="released")
def _released(workflow: Workflow) -> Workflow:
    """A workflow that released once."""
    assert workflow.deploy().outputs["verdict"] == "live"
    return workflow


def _promote(workflow: Workflow, **inputs: str) -> Used:
    given = {name: value for name, value in workflow.inputs.items() if name != "space"}
    return workflow.use("promote", {**given, "from": SPACE, "to": TO, **inputs})


def test_the_release_goes_to_the_other_space(released: Workflow, hub: LocalHub, repo: Repo) -> None:
    used = _promote(released, **{"gate-soak": "1s"})
    assert used.ok, used.log.text
    assert (used.outputs["verdict"], used.outputs["release"]) == ("live", "1")
    assert used.outputs["source-commit"] == repo.git("rev-parse", "HEAD").decode().strip()
    assert used.outputs["from-commit"] == hub.commits(SPACE)[0].id
    assert hub.files(TO) == hub.files(SPACE)
    assert "gate-soak" in used.summary and "julia/demo release 1" in used.summary


def test_a_dry_run_is_what_a_person_reads_before_approving(
    released: Workflow, hub: LocalHub
) -> None:
    used = _promote(released, **{"dry-run": "true", "min-age": "1h"})
    assert used.ok and used.outputs["verdict"] == "planned"
    assert "min-age" in used.summary and "app.py" in used.summary
    assert hub.spaces() == [SPACE]


def test_a_closed_gate_is_one_error_with_its_figures(released: Workflow, hub: LocalHub) -> None:
    used = _promote(released, **{"min-age": "1h"})
    [error] = used.log.errors
    assert not used.ok and used.outputs["verdict"] == "gate-closed"
    assert "gate closed: min-age" in error.data and "`min-age`" in error.data
    assert hub.spaces() == [SPACE]


def test_a_missing_input_is_named(released: Workflow) -> None:
    used = _promote(released, to="")
    [error] = used.log.errors
    assert not used.ok and "the input `to` is missing" in error.data


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize(
    "name", ["from", "to", "min-age", "gate-soak", "allow-unmeasured", "allow-older"]
)
def test_a_hostile_input_stays_data(
    released: Workflow, hub: LocalHub, repo: Repo, name: str, kind: str
) -> None:
    used = _promote(released, **{name: HOSTILE[kind]})
    assert used.exits["Promote"] == 2 and used.outputs["verdict"] == "error", used.log.raw
    assert len(used.log.errors) == 1 and used.reach == ""
    assert not list(repo.root.parent.rglob("RAN")) and hub.spaces() == [SPACE]
    assert TOKEN not in used.log.text and TOKEN not in used.summary
