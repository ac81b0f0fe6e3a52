"""check SPACE: whether this token may deploy these files there, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deployer.checks.findings import Findings
from deployer.errors import DeployError, HubError, InvalidSource, NotAllowed
from deployer.flows.check import check
from deployer.flows.check_account import check_account
from deployer.flows.operation import Operation
from deployer.problem import Level
from deployer.rehearsal import Fault, LocalHub, TokenOwner
from deployer.release.release import Run
from deployer.request import OnDrift
from deployer.space.settings import RequestedSettings
from deployer.space.space import SpaceId
from tests.conftest import APP, SPACE, Repo
from tests.flows.conftest import Deployer

ReadOnlySession = Callable[..., Findings]


@pytest.fixture(name="look")
def _look(deploy: Deployer) -> ReadOnlySession:
    """Check the repository and the account."""

    def looked(token: str | None = "hf_write", **more: Any) -> Findings:
        request = deploy.request(**more)
        found, checked = check(request)
        client = deploy.client(token)
        return check_account(
            found, checked, lambda: Operation(client, request, deploy.events.append)
        )

    return looked


def _said(found: Findings, level: Level) -> str:
    return "\n".join(str(one) for one in found.problems if one.level is level)


def _errors(found: Findings) -> str:
    return _said(found, Level.ERROR)


def _warnings(found: Findings) -> str:
    return _said(found, Level.WARNING)


def test_an_account_that_may_deploy_has_no_findings(
    deploy: Deployer, look: ReadOnlySession, hub: LocalHub
) -> None:
    deploy()
    before = len(hub.requests)
    found = look()
    assert (found.problems, found.access_error, found.exit_code(strict=True)) == ((), None, 0)
    assert found.access is not None and found.access.writable
    assert found.access.history.number == 1
    asked = hub.requests[before:]
    assert {request.method for request in asked} == {"GET", "POST"} and len(asked) == 5
    assert [r.path for r in asked if r.method == "POST"] == ["/api/validate-yaml"]


def test_a_token_that_may_only_read_is_a_problem(look: ReadOnlySession, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    found = look("hf_read")
    assert "no write access to julia/demo: it is read-only" in _errors(found)
    assert found.exit_code(strict=False) == 1


def test_a_fine_grained_token_writes_where_it_may_and_nowhere_else(
    look: ReadOnlySession, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP)
    hub.add_space("julia/other", APP)
    hub.scenario.tokens["hf_fine"] = TokenOwner("julia", "fineGrained", only=SPACE)
    assert not _errors(look("hf_fine"))
    assert "`repo.write`" in _errors(look("hf_fine", space=SpaceId.parse("julia/other")))


def test_a_missing_space_can_be_created_or_not(look: ReadOnlySession, hub: LocalHub) -> None:
    found = look()
    assert not _errors(found)
    assert "no PRO" in _warnings(found) and "zero-a10g" in _warnings(found)
    assert "read-only" in _errors(look("hf_read"))
    assert "not a member of acme" in _errors(look(space=SpaceId.parse("acme/demo")))
    hub.scenario.tokens["hf_write"] = TokenOwner("julia", pro=True, orgs=("acme",))
    assert not look().problems
    assert not look(space=SpaceId.parse("acme/demo")).problems
    assert not hub.spaces()


def test_a_static_space_is_free(look: ReadOnlySession, repo: Repo) -> None:
    repo.commit({"README.md": b"---\nsdk: static\n---\n", "index.html": b"<p>"})
    assert not look().problems


def test_a_space_of_another_sdk_is_a_warning(look: ReadOnlySession, hub: LocalHub) -> None:
    hub.add_space(SPACE, {"README.md": b"---\nsdk: docker\n---\n", "Dockerfile": b"FROM x\n"})
    assert "is a docker Space, and the card has `sdk: gradio`" in _warnings(look())


def test_a_space_that_is_paused_is_a_warning(look: ReadOnlySession, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, stage="PAUSED")
    assert "julia/demo is paused" in _warnings(look())


def test_a_newer_release_is_a_warning(deploy: Deployer, look: ReadOnlySession, repo: Repo) -> None:
    ours = repo.git("rev-parse", "HEAD").decode().strip()
    repo.commit({"app.py": b"print('newer')\n"})
    deploy(run=Run(id="20"))
    assert not look().problems
    repo.git("checkout", "--quiet", ours)
    assert "is from a later run" in _warnings(look(run=Run(id="10")))
    assert "this branch does not contain" in _warnings(look())
    repo.write({".git/shallow": f"{ours}\n".encode()})
    assert not look().problems  # nobody can know


def test_drift_is_a_warning(deploy: Deployer, look: ReadOnlySession, hub: LocalHub) -> None:
    deploy()
    hub.commit(SPACE, {"x": b"by hand"})
    assert "julia/demo has commits not made by hf-deploy" in _warnings(look(on_drift=OnDrift.FAIL))


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not logged in"), ("hf_unknown", "invalid or expired token")],
)
def test_without_a_valid_token_the_account_is_not_checked(
    look: ReadOnlySession, hub: LocalHub, token: str | None, error: str
) -> None:
    hub.add_space(SPACE, APP)
    found = look(token)
    assert isinstance(found.access_error, NotAllowed) and error in found.access_error.message
    assert found.exit_code(strict=False) == 5


def test_a_hub_error_keeps_the_findings_of_the_files(
    look: ReadOnlySession, hub: LocalHub, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployer.world.hub.client._WAITS", ())
    hub.scenario.faults = [Fault("*", ".", times=99, status=503)]
    found = look()
    assert isinstance(found.access_error, HubError)
    assert found.exit_code(strict=False) == 11
    repo.commit({"README.md": b"---\nsdk: gradio\ncolorFrom: bleu\n---\n"})
    assert (len(look().problems), look().exit_code(strict=False)) == (1, 1)


def _refusing(message: str) -> Fault:
    body = f'{{"errors": [{{"message": "{message}"}}], "warnings": []}}'
    return Fault("POST", "/validate-yaml", times=9, status=400, body=body)


def test_the_findings_of_the_hub_on_the_card_have_a_line(
    deploy: Deployer, look: ReadOnlySession, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    repo.commit({"README.md": b"---\ntitle: Demo\nsdk: gradio\nnew_key: 1\n---\n"})
    hub.scenario.faults = [_refusing(r"\"new_key\" must be a string")]
    finding = 'README.md:4: reported by the Hub: "new_key" must be a string [hub-card]'
    assert _errors(look()) == finding
    with pytest.raises(DeployError) as to_deploy_error:
        deploy()
    assert (to_deploy_error.value.exit_code, to_deploy_error.value.cause) == (3, finding)
    assert len(hub.commits(SPACE)) == 1


def test_the_findings_of_the_hub_on_a_card_file_have_a_line(
    deploy: Deployer, look: ReadOnlySession, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"README.md": b"# Demo\n", "card.yaml": b"sdk: gradio\nnew_key: 1\n"})
    hub.scenario.faults = [_refusing(r"\"new_key\" must be a string")]
    finding = 'card.yaml:2: reported by the Hub: "new_key" must be a string [hub-card]'
    assert _errors(look(card="card.yaml")) == finding
    with pytest.raises(DeployError) as to_deploy_error:
        deploy(card="card.yaml")
    assert to_deploy_error.value.cause == finding


def test_a_readme_with_a_credential_is_not_sent_for_validation(
    look: ReadOnlySession, hub: LocalHub, repo: Repo
) -> None:
    token = "hf" + "_" + "QvXbT7rLw2KdNs8JzPq4GhYe1MfUa6Rc3x"
    hub.add_space(SPACE, APP)
    repo.commit({"README.md": APP["README.md"] + token.encode()})
    assert look().exit_code(strict=False) == 4
    assert {request.method for request in hub.requests} == {"GET"}


TORCH = {"requirements.txt": b"torch==2.3.1\n"}


def test_zerogpu_refuses_what_it_does_not_have(
    deploy: Deployer, look: ReadOnlySession, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, APP)
    repo.commit(TORCH)
    assert not _errors(look())
    hub.space(SPACE).hardware = "zero-a10g"
    assert "requirements.txt:1: `torch==2.3.1` is refused by ZeroGPU" in _errors(look())
    assert not _errors(look(ignore=frozenset(["requirements-zerogpu"])))
    with pytest.raises(InvalidSource, match="hardware of julia/demo") as refused:
        deploy(wait=False)
    assert "requirements.txt:1" in refused.value.cause
    assert not [one for one in hub.requests if "/commit/" in one.path]


def test_requested_hardware_is_checked_before_the_hub_is_asked(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit(TORCH)
    with pytest.raises(InvalidSource) as refused:
        deploy(wait=False, settings=RequestedSettings(hardware="zero-a10g"))
    assert "ZeroGPU" in refused.value.cause and not hub.requests
