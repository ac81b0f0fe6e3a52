"""A Streamlit Space that exists is deployed like any other; a new one can't be created."""

from __future__ import annotations

import pytest

from deployer.errors import InvalidSource
from deployer.events import Warned
from deployer.flows.check import check
from deployer.flows.check_account import check_account
from deployer.problem import Level
from deployer.rehearsal import LocalHub
from deployer.release.verdict import Verdict
from tests.conftest import SPACE, Repo
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

APP = {
    "README.md": b"---\ntitle: Charts\nsdk: streamlit\nsdk_version: 1.52.0\n---\n",
    "app.py": b"import streamlit as st\nst.title('Charts')\n",
    "requirements.txt": b"pandas\n",
}


@pytest.fixture(autouse=True)
def _source(repo: Repo) -> None:
    repo.commit(APP)


def test_an_existing_one_gets_the_commit_and_a_warning(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    assert deploy().rollout.verdict is Verdict.LIVE
    (warning,) = deploy.events_of(Warned)
    assert "README.md:3" in warning.message and "app_port: 8501" in warning.message


def test_a_new_one_is_refused_before_it_is_created(deploy: Deployer, hub: LocalHub) -> None:
    for attempt in (deploy, lambda: deploy.plan(token="hf_write")):
        with pytest.raises(InvalidSource) as raised:
            attempt()
        assert "sdk: docker" in raised.value.fix and "app_port: 8501" in raised.value.fix
    assert not hub.spaces()


def test_a_plan_without_a_token_cannot_know_that_it_is_new(deploy: Deployer) -> None:
    assert deploy.plan().plan is not None


@pytest.mark.parametrize(("exists", "errors"), [(True, 0), (False, 1)])
def test_check_with_a_space_reports_an_error_only_where_it_is_new(
    deploy: Deployer, hub: LocalHub, exists: bool, errors: int
) -> None:
    if exists:
        hub.add_space(SPACE, APP)
    found, checked = check(deploy.request())
    found = check_account(found, checked, deploy.operation)
    messages = [one.message for one in found.problems if one.level is Level.ERROR]
    assert len(messages) == errors and all("Dockerfile" in one for one in messages)


def test_its_code_and_requirements_are_checked(deploy: Deployer, repo: Repo) -> None:
    repo.commit({"app.py": b"import (\n", "requirements.txt": b"pandas=2\n"})
    found, _ = check(deploy.request())
    errors = {one.location for one in found.problems if one.level is Level.ERROR}
    assert errors == {"app.py:1", "requirements.txt:1"}
