"""Promotion: the verified release of one Space to another, file for file."""

from __future__ import annotations

from typing import Any

import pytest

from deployer.errors import Conflict, DeployError, InvalidSource, NotAllowed
from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.rehearsal.scenario import PUBLISHER, TokenOwner
from deployer.release.history import parse_trailers
from deployer.release.outcome import DeployResult
from deployer.release.release import Run
from deployer.release.verdict import Verdict
from deployer.request import Gates, OnDrift
from deployer.source.ignore import Patterns
from deployer.space.settings import NEVER, RequestedSettings, Secret, Variable
from deployer.space.space import SpaceId
from deployer.world.hub import spaces
from tests.conftest import APP, Repo, changes_asked, commits_sent
from tests.flows.conftest import FILES, PRODUCTION, STAGING, Deployer, Promoter
from tests.flows.test_hub_faults import TRANSIENT

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")


@pytest.fixture(name="old")
def _old(hub: LocalHub, repo: Repo, deploy: Deployer) -> dict[str, bytes]:
    """The files of an older release on production, with some that staging lacks."""
    repo.commit({**APP, "app.py": b"old", "model.bin": b"\0old", "gone.txt": b"x", "a/b": b"y"})
    deploy(space=PRODUCTION, run=Run("90"))
    repo.git("rm", "-q", "-r", ".")
    return hub.files(str(PRODUCTION))


def _trailers(hub: LocalHub, space: SpaceId = PRODUCTION) -> dict[str, str]:
    return parse_trailers(hub.commits(str(space))[0].message)


def _are_equal(hub: LocalHub) -> bool:
    """Whether both Spaces have the same files, byte for byte, by LFS where the other has."""
    theirs, ours = (hub.commits(str(space))[0].files for space in (STAGING, PRODUCTION))
    without = {path: file for path, file in ours.items() if path != ".gitattributes"}
    return without == {path: file for path, file in theirs.items() if path != ".gitattributes"}


def test_a_new_space_becomes_a_private_copy(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    result = promote()
    assert (result.rollout.verdict, result.number) == (Verdict.LIVE, 1)
    assert hub.files(str(PRODUCTION)) == hub.files(str(STAGING))
    assert hub.space(str(PRODUCTION)).private and _are_equal(hub)
    assert hub.tags(str(PRODUCTION)) == {"hf-deploy/1": result.commit}
    assert hub.space(str(PRODUCTION)).running == result.commit
    assert result.promoted is not None and result.promoted.commit == staged.commit
    assert result.source == staged.source


def test_a_space_gets_what_differs_and_loses_what_the_release_lacks(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert old and staged.changed
    result = promote()
    assert _are_equal(hub) and result.number == 2
    assert result.plan is not None and result.plan.delete == ("a/b", "gone.txt")
    assert "README.md" not in {file.path for file in result.plan.sent}
    uploads = hub.requests_to("/_lfs/", "PUT")
    assert len(uploads) == 3, "only deploys upload: of one file old, of two new"
    assert len(hub.requests_to("/lfs-files/duplicate", "POST")) == 1


def test_the_lfs_rules_of_both_spaces_are_kept(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    rule = b"*.own filter=lfs diff=lfs merge=lfs -text\n"
    hub.add_space(str(PRODUCTION), {**APP, ".gitattributes": rule, "kept.own": b"\0" * 9})
    promote(keep=Patterns.of_option("--keep", ["kept.own"]))
    rules = hub.files(str(PRODUCTION))[".gitattributes"]
    assert rules == hub.files(str(STAGING))[".gitattributes"] + rule
    assert hub.files(str(PRODUCTION))["kept.own"] == b"\0" * 9
    assert not promote(keep=Patterns.of_option("--keep", ["kept.own"])).changed


def test_the_release_names_the_original_source_and_where_it_comes_from(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    promote(run=Run("200", "1", "maria"))
    ours, theirs = _trailers(hub), _trailers(hub, STAGING)
    assert ours["Kind"] == "promote"
    assert ours["From"] == f"julia/staging@{staged.commit} release 1"
    assert (ours["Run"], ours["Actor"], ours["Source-Run"]) == ("200", "maria", "100 2")
    same = ("Source", "Ref", "Attributes")
    assert [ours[name] for name in same] == [theirs[name] for name in same]


def test_the_same_release_again_is_unchanged_and_so_is_its_source(
    hub: LocalHub, staged: DeployResult, deploy: Deployer, promote: Promoter
) -> None:
    assert staged.changed and promote().changed
    sent = commits_sent(hub)
    again = promote(gates=Gates(min_age=3600.0))
    assert (again.rollout.verdict, again.exit_code) == (Verdict.UNCHANGED, 0)
    assert deploy(space=PRODUCTION).rollout.verdict is Verdict.UNCHANGED
    assert commits_sent(hub) == sent


def test_a_release_is_promoted_on_and_a_rollback_keeps_where_it_came_from(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    promote(run=Run("200"))
    result = promote(origin=PRODUCTION, space=SpaceId("julia", "last"), run=Run("300"))
    trailers = _trailers(hub, SpaceId("julia", "last"))
    assert trailers["From"].startswith("julia/production@") and result.source == staged.source
    assert trailers["Source-Run"] == "100 2"


REFUSED: dict[str, Fault] = {
    "not allowed": Fault("POST", "/lfs-files/duplicate", 9, status=403),
    "no such route": Fault("POST", "/lfs-files/duplicate", 9, status=404),
    "no hashes": Fault(
        "POST", "staging/paths-info/", 9, rewrite=lambda body: body.replace(b"xetHash", b"other")
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_large_files_that_the_hub_does_not_copy_are_downloaded_and_uploaded(
    hub: LocalHub, staged: DeployResult, promote: Promoter, name: str
) -> None:
    assert staged.changed
    uploads = len(hub.requests_to("/_lfs/", "PUT"))
    hub.scenario.faults = [REFUSED[name]]
    assert promote().rollout.verdict is Verdict.LIVE
    assert hub.files(str(PRODUCTION)) == hub.files(str(STAGING)) and _are_equal(hub)
    assert len(hub.requests_to("/_lfs/", "PUT")) > uploads


def test_a_large_file_is_one_also_where_the_target_has_no_rule_for_it(
    hub: LocalHub, repo: Repo, staged: DeployResult, deploy: Deployer, promote: Promoter
) -> None:
    assert staged.changed
    repo.commit({"data/notes.txt": b"now the rule for it is there"})
    deploy(space=STAGING)
    assert hub.commits(str(STAGING))[0].files["data/notes.txt"].lfs
    hub.scenario.faults = [REFUSED["not allowed"]]
    assert promote().rollout.verdict is Verdict.LIVE and _are_equal(hub)


@pytest.mark.parametrize("kind", ["503", "lost", "lost-answer", "cut"])
@pytest.mark.parametrize(
    "request_",
    [
        ("GET", "staging/resolve/.*[.]bin"),
        ("POST", "production.git/info/lfs/objects/batch"),
        ("PUT", "/_lfs/"),
        ("POST", "production.git/info/lfs/objects/verify"),
    ],
    ids=" ".join,
)
def test_large_files_arrive_despite_a_fault_on_their_way(
    hub: LocalHub, staged: DeployResult, promote: Promoter, request_: tuple[str, str], kind: str
) -> None:
    assert staged.changed
    kinds: dict[str, dict[str, Any]] = {**TRANSIENT, "cut": {"drop": "within"}}
    hub.scenario.faults = [REFUSED["not allowed"], Fault(*request_, **kinds[kind])]
    assert promote().rollout.verdict is Verdict.LIVE and _are_equal(hub)


def test_a_large_file_that_arrives_as_another_is_asked_for_again(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    corrupt = Fault("GET", "/resolve/.*[.]bin", 2, rewrite=lambda body: b"!" + body[1:])
    hub.scenario.faults = [REFUSED["not allowed"], corrupt]
    assert promote().changed and _are_equal(hub)


def test_a_keyless_token_copies_a_public_space_by_itself(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert old and staged.changed
    hub.space(str(STAGING)).visibility = "public"
    hub.scenario.tokens["hf_jwt_1"] = TokenOwner("[OIDC]", PUBLISHER, only=str(PRODUCTION))
    assert promote(token="hf_jwt_1").changed and _are_equal(hub)
    assert not hub.requests_to("/lfs-files/duplicate")


def test_a_keyless_token_cannot_read_a_private_space_which_is_said(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert old and staged.changed
    hub.space(str(STAGING)).visibility = "private"
    hub.scenario.tokens["hf_jwt_1"] = TokenOwner("[OIDC]", PUBLISHER, only=str(PRODUCTION))
    with pytest.raises(NotAllowed) as raised:
        promote(token="hf_jwt_1")
    assert "Trusted Publisher" in raised.value.cause and "HF_TOKEN" in raised.value.fix
    assert hub.files(str(PRODUCTION)) == old


def _refused(promote: Promoter, hub: LocalHub, **more: Any) -> DeployError:
    """The error of a promotion that changes nothing."""
    before = len(changes_asked(hub))
    with pytest.raises(Conflict) as raised:
        promote(**more)
    changed = [one for one in changes_asked(hub)[before:] if "/paths-info/" not in one]
    assert not changed and raised.value.exit_code == 6
    return raised.value


@pytest.mark.parametrize(
    ("stage", "said", "fix"),
    [
        ("BUILDING", "building", "hf-deploy status julia/staging --wait"),
        ("RUNNING_BUILDING", "building", "hf-deploy status julia/staging --wait"),
        ("PAUSED", "paused", "hf-deploy deploy julia/staging"),
        ("RUNTIME_ERROR", "crashed", "hf-deploy deploy julia/staging"),
        ("BUILD_ERROR", "build failed", "hf-deploy deploy julia/staging"),
    ],
)
def test_a_space_that_does_not_run_is_not_promoted(
    hub: LocalHub, staged: DeployResult, promote: Promoter, stage: str, said: str, fix: str
) -> None:
    assert staged.changed
    hub.space(str(STAGING)).runtime.stage = stage
    error = _refused(promote, hub)
    assert said in error.message and fix in error.fix


def test_a_space_that_runs_another_commit_than_its_head_is_not_promoted(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    hub.space(str(STAGING)).runtime.running = "f" * 40
    assert "does not run its head" in _refused(promote, hub).message


def test_a_space_with_commits_of_others_is_not_promoted(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    drift = hub.commit(str(STAGING), {"other.txt": b"x"}, author="someone")
    hub.wait_until(lambda: hub.space(str(STAGING)).running == drift)
    error = _refused(promote, hub)
    assert "not made by hf-deploy" in error.message and "someone" in error.cause
    assert "hf-deploy rollback julia/staging" in error.fix


def test_a_space_without_a_release_is_not_promoted(hub: LocalHub, promote: Promoter) -> None:
    hub.add_space(str(STAGING), APP)
    assert "no release" in _refused(promote, hub).message


def test_a_release_that_was_never_seen_healthy_is_not_promoted(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(FILES)
    deploy(space=STAGING, wait=False)
    hub.wait_until(lambda: hub.space(str(STAGING)).stage == "RUNNING")
    error = _refused(promote, hub)
    assert "not seen healthy" in error.message and "release 1" in error.cause
    assert "--wait" in error.fix


@pytest.mark.parametrize("to", [STAGING, SpaceId("Julia", "STAGING"), SpaceId("julia", "renamed")])
def test_a_space_is_not_promoted_to_itself_by_any_name(
    hub: LocalHub, staged: DeployResult, deploy: Deployer, promote: Promoter, to: SpaceId
) -> None:
    assert staged.changed
    if to.name == "renamed":
        deploy.client().api.move_repo(str(STAGING), str(to), repo_type="space")
    assert "same Space" in _refused(promote, hub, space=to).message


def test_another_sdk_is_not_replaced(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    hub.add_space(str(PRODUCTION), {"README.md": b"---\nsdk: static\n---\n"}, sdk="static")
    error = _refused(promote, hub)
    assert "another SDK" in error.message and error.cause == "static, and gradio"


def test_a_release_of_an_earlier_run_replaces_a_later_one_only_when_asked_to(
    hub: LocalHub, repo: Repo, staged: DeployResult, deploy: Deployer, promote: Promoter
) -> None:
    assert staged.changed
    repo.commit({"app.py": b"newer"})
    deploy(space=PRODUCTION, run=Run("150"))
    error = _refused(promote, hub, run=Run("200"))
    assert "older" in error.message and "run 100 2" in error.cause and "run 150" in error.cause
    assert promote(run=Run("200"), allow_older=True).changed and _are_equal(hub)


def test_a_later_run_supersedes_the_promotion(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    result = promote(run=Run("80"))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.SUPERSEDED, 0)
    assert hub.files(str(PRODUCTION)) == old


def test_drift_stops_a_promotion_that_is_to_fail_on_it(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert old and staged.changed
    hub.commit(str(PRODUCTION), {"theirs.txt": b"x"}, author="someone")
    assert "not made by hf-deploy" in _refused(promote, hub, on_drift=OnDrift.FAIL).message
    result = promote()
    assert [one.author for one in result.drift] == ["someone"] and _are_equal(hub)


def test_a_sleeping_space_is_woken_and_promoted(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(FILES)
    steps = (Step("BUILDING"), Step("RUNNING", polls=9), Step("SLEEPING"))
    hub.scenario.builds = [Build(steps=steps), Build()]
    deploy(space=STAGING)
    for _ in range(9):
        spaces.runtime(deploy.client(), STAGING)
    hub.wait_until(lambda: hub.space(str(STAGING)).stage == "SLEEPING")
    assert promote().rollout.verdict is Verdict.LIVE
    assert hub.space(str(STAGING)).stage == "RUNNING" and _are_equal(hub)


def test_a_space_that_is_unhealthy_now_is_not_promoted(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(FILES)
    hub.scenario.builds = [Build(app=App(statuses=(200, 500)))]
    assert deploy(space=STAGING).rollout.verdict is Verdict.LIVE
    error = _refused(promote, hub)
    assert "not healthy" in error.message and "HTTP 500" in error.cause
    assert hub.spaces() == [str(STAGING)]


@pytest.mark.parametrize(
    ("request_", "soak"),
    [
        ("/commits/", 5.0),
        ("/tree/", 5.0),
        ("production.expand", 5.0),
        ("/variables", 5.0),
        ("staging/host", 0.0),
    ],
)
def test_a_source_that_changes_in_the_meantime_is_not_promoted(
    hub: LocalHub,
    old: dict[str, bytes],
    staged: DeployResult,
    promote: Promoter,
    request_: str,
    soak: float,
) -> None:
    assert staged.changed
    change = Fault("GET", request_, conflict=lambda: hub.commit(str(STAGING), {"other.txt": b"x"}))
    hub.scenario.faults = [change]
    with pytest.raises(Conflict) as raised:
        promote(gates=Gates(soak=soak))
    assert str(STAGING) in raised.value.message
    assert hub.files(str(PRODUCTION)) == old


def test_a_target_that_changes_in_the_meantime_is_planned_for_again(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert old and staged.changed
    change = Fault(
        "POST", "/commit/", conflict=lambda: hub.commit(str(PRODUCTION), {"new.txt": b"x"})
    )
    hub.scenario.faults = [change]
    result = promote()
    assert result.rollout.verdict is Verdict.LIVE and _are_equal(hub)
    assert result.plan is not None and "new.txt" in result.plan.delete


def test_two_promotions_at_once_make_one_commit(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert old and staged.changed
    other: list[DeployResult] = []
    second = Fault("POST", "/commit/", conflict=lambda: other.append(promote()))
    hub.scenario.faults = [second]
    result = promote()
    assert result.rollout.verdict is Verdict.UNCHANGED and other[0].changed
    assert _are_equal(hub) and len(hub.commits(str(PRODUCTION))) == 3


def test_a_promotion_that_fails_is_rolled_back(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR"))), Build()]
    result = promote()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert {**hub.files(str(PRODUCTION)), ".gitattributes": b""} == {**old, ".gitattributes": b""}
    assert hub.space(str(STAGING)).stage == "RUNNING"


def test_a_target_that_is_broken_gets_the_release(
    hub: LocalHub, repo: Repo, deploy: Deployer, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR"))), Build()]
    repo.commit({"app.py": b"broken"})
    assert deploy(space=PRODUCTION).exit_code == 7
    assert promote().rollout.verdict is Verdict.LIVE and _are_equal(hub)


def test_private_spaces_are_promoted(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert old and staged.changed
    hub.space(str(STAGING)).visibility = hub.space(str(PRODUCTION)).visibility = "private"
    assert promote().rollout.verdict is Verdict.LIVE and _are_equal(hub)


def test_two_spaces_that_never_sleep_do_not_differ(
    hub: LocalHub, staged: DeployResult, old: dict[str, bytes], promote: Promoter
) -> None:
    assert staged.changed and old
    hub.space(str(STAGING)).sleep_time = None
    promote.plan()
    assert "julia/staging never sleeps, julia/production sleeps after 48h" in promote.warnings
    promote.plan(settings=RequestedSettings(sleep_time=NEVER))
    assert "sleeps" not in promote.warnings
    hub.space(str(PRODUCTION)).sleep_time = NEVER
    promote.plan()
    assert "sleeps" not in promote.warnings


def test_nothing_is_said_of_the_sleep_time_of_a_space_that_does_not_run(
    hub: LocalHub, staged: DeployResult, old: dict[str, bytes], promote: Promoter
) -> None:
    assert staged.changed and old
    hub.space(str(PRODUCTION)).runtime.stage = "PAUSED"
    promote.plan()
    assert "sleeps" not in promote.warnings


def test_what_the_source_has_and_the_target_lacks_is_said_by_name(
    hub: LocalHub, old: dict[str, bytes], repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    assert old
    repo.commit(FILES)
    theirs = RequestedSettings(
        variables=(Variable("MODE", "m0de"), Variable("LEVEL", "high")),
        secrets=(Secret("KEY", "s3cret"), Secret("OTHER", "0ther")),
        hardware="t4-small",
    )
    deploy(space=STAGING, settings=theirs)
    ours = RequestedSettings(variables=(Variable("LEVEL", "low"),), secrets=(Secret("OTHER", "x"),))
    promote(settings=ours)
    assert "lacks variables of julia/staging: MODE;" in promote.warnings
    assert "lacks secrets of julia/staging: KEY;" in promote.warnings
    assert "julia/staging runs on t4-small, julia/production on cpu-basic" in promote.warnings
    assert "s3cret" not in promote.warnings and "m0de" not in promote.warnings
    space = hub.space(str(PRODUCTION))
    assert {**space.variables, **space.secrets}.keys() == {"LEVEL", "OTHER"}
    assert _are_equal(hub)


def test_a_dry_run_shows_the_plan_and_changes_nothing(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    before = len(changes_asked(hub))
    result = promote.plan(gates=Gates(min_age=3600.0, soak=600.0))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.PLANNED, 0)
    assert result.plan is not None and result.plan.delete == ("a/b", "gone.txt")
    assert result.promoted is not None and result.source == staged.source
    assert [(gate.name, gate.is_open) for gate in result.gates] == [
        ("min-age", False),
        ("gate-soak", None),
    ]
    assert not [one for one in changes_asked(hub)[before:] if "/paths-info/" not in one]
    assert hub.files(str(PRODUCTION)) == old


def test_a_dry_run_says_what_a_promotion_would_refuse(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(FILES)
    deploy(space=STAGING, wait=False)
    hub.wait_until(lambda: hub.space(str(STAGING)).stage == "RUNNING")
    result = promote.plan()
    assert result.exit_code == 0
    assert "a promotion would be refused: julia/staging was not seen healthy" in promote.warnings
    assert hub.spaces() == [str(STAGING)]


def test_a_token_that_may_not_write_changes_nothing(
    hub: LocalHub, old: dict[str, bytes], staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    with pytest.raises(NotAllowed):
        promote(token="hf_read")
    assert hub.files(str(PRODUCTION)) == old


def test_a_keyless_token_creates_no_space_which_is_said_before_the_gates(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    hub.space(str(STAGING)).visibility = "public"
    hub.scenario.tokens["hf_jwt_1"] = TokenOwner("[OIDC]", PUBLISHER, only=str(PRODUCTION))
    probed = len(hub.requests_to("staging/host"))
    with pytest.raises(NotAllowed, match="Trusted Publisher"):
        promote(token="hf_jwt_1", gates=Gates(soak=60.0))
    assert len(hub.requests_to("staging/host")) == probed


def test_a_release_whose_card_cannot_be_put_back_is_not_promoted(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    forged = Fault(
        "GET",
        "staging/commits/",
        rewrite=lambda body: body.replace(b"\\nNonce:", b"\\nCard: {\\nNonce:"),
    )
    hub.scenario.faults = [forged]
    with pytest.raises(InvalidSource, match="could not change the card") as raised:
        promote()
    assert "what it was before" in raised.value.cause
    assert hub.spaces() == [str(STAGING)]


def test_a_dry_run_wakes_no_space(hub: LocalHub, staged: DeployResult, promote: Promoter) -> None:
    assert staged.changed
    hub.space(str(STAGING)).runtime.stage = "SLEEPING"
    visits = len(hub.visits)
    assert promote.plan().exit_code == 0
    assert promote.warnings == "julia/staging is asleep; a promotion would wake it"
    assert len(hub.visits) == visits and hub.space(str(STAGING)).stage == "SLEEPING"
