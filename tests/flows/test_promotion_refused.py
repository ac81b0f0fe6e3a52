"""Which promotions are refused before anything is waited for: runs, rollbacks, tokens, cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deployer.environments import CardKeys
from deployer.errors import Conflict, InvalidSource, NotAllowed
from deployer.flows.rollback import roll_back
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.rehearsal.scenario import PUBLISHER, TokenOwner
from deployer.release.release import Run
from deployer.release.verdict import Verdict
from deployer.request import Gates
from tests.conftest import APP, Repo, changes_asked
from tests.flows.conftest import PRODUCTION, STAGING, Deployer, Promoter

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")


@pytest.mark.parametrize("is_new", [True, False])
def test_a_release_of_a_later_run_is_promoted_only_by_that_run(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter, is_new: bool
) -> None:
    repo.commit({**APP, "app.py": b"seen"})
    deploy(space=STAGING, run=Run("100", "1"))
    if not is_new:
        promote(run=Run("100", "1"))
    repo.commit({"app.py": b"unseen"})
    deploy(space=STAGING, run=Run("101", "1"))
    before = len(changes_asked(hub))
    with pytest.raises(Conflict, match="julia/staging was deployed by a later run") as raised:
        promote(run=Run("100", "2"), gates=Gates(min_age=3600.0))
    assert "of run 101 1, and this is run 100 2" in raised.value.cause
    assert raised.value.fix == "promote it from that run"
    assert not [one for one in changes_asked(hub)[before:] if "/paths-info/" not in one]
    assert promote.plan(run=Run("100", "2")).exit_code == 0
    assert "would be refused: julia/staging was deployed by a later run" in promote.warnings
    assert promote(run=Run("101", "2")).rollout.verdict is Verdict.LIVE
    late = promote(run=Run("100", "2"))
    assert late.rollout.verdict is Verdict.UNCHANGED, "that very release is there by now"


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_release_that_was_rolled_back_is_not_promoted(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter, by_hand: bool
) -> None:
    repo.commit(APP)
    deploy(space=STAGING)
    failing = Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))
    hub.scenario.builds = [] if by_hand else [failing, Build()]
    repo.commit({"app.py": b"bad"})
    deploy(space=STAGING)
    if by_hand:
        roll_back(deploy.operation(space=STAGING), None)
    with pytest.raises(Conflict, match="was rolled back") as raised:
        promote()
    assert "rollback of" in raised.value.cause and "release 3" in raised.value.cause
    assert raised.value.fix == "fix the source and deploy it: hf-deploy deploy julia/staging"
    with pytest.raises(Conflict) as named:
        promote(origin=replace(STAGING, environment="staging"))
    assert named.value.fix == "fix the source and deploy it: hf-deploy deploy staging"
    assert hub.spaces() == [str(STAGING)]
    repo.commit({"app.py": b"good"})
    deploy(space=STAGING)
    assert promote().rollout.verdict is Verdict.LIVE


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("token", ["hf_read", "hf_jwt_2"])
def test_a_token_that_may_not_write_is_refused_before_the_gates(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter, token: str, is_new: bool
) -> None:
    repo.commit(APP)
    deploy(space=STAGING)
    hub.space(str(STAGING)).visibility = "public"
    if not is_new:
        hub.add_space(str(PRODUCTION), {**APP, "old.txt": b"x"}, private=False)
    hub.scenario.tokens["hf_jwt_2"] = TokenOwner("[OIDC]", PUBLISHER, only=str(STAGING))
    probed = len(hub.requests_to("staging/host"))
    with pytest.raises(NotAllowed) as raised:
        promote(token=token, gates=Gates(soak=600.0))
    assert "julia/production" in raised.value.message
    assert len(hub.requests_to("staging/host")) == probed


def test_a_token_that_may_create_it_though_its_account_does_not_say_so_is_warned_of_and_used(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(APP)
    deploy(space=STAGING)
    hub.scenario.tokens["hf_all"] = TokenOwner("admin", everywhere=True)
    assert promote(token="hf_all").rollout.verdict is Verdict.LIVE
    assert "may refuse to create julia/production: the token" in promote.warnings
    assert "admin is not a member of julia" in promote.warnings


INVALID = {
    "colorFrom": "nocolor",
    "emoji": "not an emoji",
    "app_file": "none.py",
}


@pytest.mark.parametrize("key", INVALID)
def test_an_invalid_card_of_the_environment_changes_nothing(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter, key: str
) -> None:
    repo.commit(APP)
    deploy(space=STAGING)
    before = len(changes_asked(hub))
    keys = CardKeys({key: INVALID[key]}, {key: "hf-deploy.toml:6"})
    for run in (promote, promote.plan):
        with pytest.raises(InvalidSource, match="1 problem would break the Space") as raised:
            run(card_keys=keys, gates=Gates(min_age=3600.0))
        assert raised.value.findings[0].location == "hf-deploy.toml:6"
        assert f"`{key}`" in raised.value.cause or INVALID[key] in raised.value.cause
    assert len(changes_asked(hub)) == before


def test_a_doubtful_card_of_the_environment_is_a_warning_unless_ignored(
    repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(APP)
    deploy(space=STAGING)
    keys = CardKeys({"license": "mine"}, {"license": "hf-deploy.toml:6"})
    promote.plan(card_keys=keys)
    assert "hf-deploy.toml:6: `license`" in promote.warnings
    promote.plan(card_keys=keys, ignore=frozenset({"card-doubtful-value"}))
    assert "license" not in promote.warnings


def test_a_trailer_that_would_put_another_sdk_back_is_ignored_which_is_said(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(APP)
    deploy(space=STAGING)
    forged = b'\\nCard: {\\"sdk\\": \\"sdk: docker\\\\n\\"}\\nNonce:'
    rewrite = Fault("GET", "staging/commits/", 9, rewrite=lambda b: b.replace(b"\\nNonce:", forged))
    hub.scenario.faults = [rewrite]
    assert promote().rollout.verdict is Verdict.LIVE
    assert hub.files(str(PRODUCTION))["README.md"] == APP["README.md"]
    assert "trailer Card of the release on julia/staging is ignored" in promote.warnings
