"""The Space itself: made as the card says, refused, and never half changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deployer.errors import Conflict, HubError, InvalidSource, NotAllowed
from deployer.events import Created, Replanned
from deployer.rehearsal import Fault, LocalHub, TokenOwner, token_fingerprint
from deployer.release.verdict import Verdict
from deployer.source.snapshot import SourceHints
from deployer.space.settings import RequestedSettings
from deployer.space.space import SpaceId, Visibility
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

DOCKER = {"README.md": b"---\nsdk: docker\n---\n", "Dockerfile": b"FROM scratch\n"}
STATIC = {"README.md": b"---\nsdk: static\n---\n", "index.html": b"<p>It runs.</p>\n"}


def _creation(hub: LocalHub) -> dict[str, Any]:
    (request,) = hub.requests_to("/api/repos/create", "POST")
    body = json.loads(request.body)
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    ("sdk", "files"), [("gradio", APP), ("docker", DOCKER), ("static", STATIC)]
)
def test_a_new_space_has_the_card_s_sdk(
    deploy: Deployer, hub: LocalHub, repo: Repo, sdk: str, files: dict[str, bytes]
) -> None:
    (repo.root / "app.py").unlink()
    repo.commit(files)
    assert deploy().rollout.verdict is Verdict.LIVE
    assert _creation(hub)["sdk"] == sdk
    assert hub.space(SPACE).sdk == sdk


@pytest.mark.parametrize(
    ("asked", "public", "made"),
    [
        ("auto", False, "private"),
        ("auto", True, "public"),
        ("public", False, "public"),
        ("private", True, "private"),
        ("protected", True, "protected"),
    ],
)
def test_a_new_space_is_as_visible_as_asked_or_as_its_source(
    deploy: Deployer, hub: LocalHub, asked: str, public: bool, made: str
) -> None:
    deploy(
        settings=RequestedSettings(visibility=Visibility(asked)), hints=SourceHints(public=public)
    )
    assert hub.space(SPACE).visibility == made
    (event,) = deploy.told(Created)
    assert event.visibility == made and event.reason


def test_hardware_is_asked_for_when_the_space_is_made(deploy: Deployer, hub: LocalHub) -> None:
    deploy(settings=RequestedSettings(hardware="zero-a10g"))
    assert hub.space(SPACE).hardware == "zero-a10g"


def test_an_existing_space_keeps_the_settings_that_nobody_asked_to_change(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP, private=True)
    deploy()
    space = hub.space(SPACE)
    assert (space.visibility, space.hardware) == ("private", "cpu-basic")
    assert not hub.requests_to("/api/repos/create")


def test_without_a_token_nothing_is_asked(deploy: Deployer, hub: LocalHub) -> None:
    with pytest.raises(NotAllowed, match="not logged in") as raised:
        deploy(token=None)
    assert "HF_TOKEN" in raised.value.fix
    assert not hub.requests


@pytest.mark.parametrize("token", ["hf_read", "hf_nobody_knows_it"])
def test_a_token_that_may_not_write_is_refused_and_nothing_changes(
    deploy: Deployer, hub: LocalHub, token: str
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    head = hub.space(SPACE).head
    with pytest.raises(NotAllowed):
        deploy(token=token)
    assert hub.space(SPACE).head == head


def test_a_token_that_may_not_write_makes_no_space(deploy: Deployer, hub: LocalHub) -> None:
    with pytest.raises(NotAllowed):
        deploy(token="hf_read")
    assert not hub.spaces()


def test_somebody_else_s_space_is_refused(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space("eve/hers", APP)
    hub.add_space("eve/secret", APP, private=True)
    heads = [hub.space(name).head for name in hub.spaces()]
    (deploy.here / "app.py").write_bytes(b"changed")
    for name in ("eve/hers", "eve/secret", "eve/new"):
        with pytest.raises(NotAllowed):
            deploy(space=SpaceId.parse(name))
    assert [hub.space(name).head for name in hub.spaces()] == heads


def test_an_organization_s_space_is_made_there(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.tokens["hf_org"] = TokenOwner("julia", orgs=("acme",))
    deploy(token="hf_org", space=SpaceId.parse("acme/demo"))
    assert list(hub.spaces()) == ["acme/demo"]


def test_a_plan_that_does_not_include_the_space_says_what_is_free(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.create_error = (402, "Gradio Spaces need a PRO subscription")
    with pytest.raises(NotAllowed) as raised:
        deploy()
    error = raised.value
    assert "PRO" in error.fix and "static" in error.fix and "zero-a10g" in error.fix
    assert "PRO subscription" in error.cause
    assert not hub.spaces()


def test_a_space_made_by_hand_needs_no_right_to_create(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.create_error = 403
    hub.add_space(SPACE, {"README.md": b"x"})
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_space_that_somebody_makes_at_the_same_moment_is_used(
    deploy: Deployer, hub: LocalHub
) -> None:
    made = Fault("POST", "/api/repos/create", conflict=lambda: hub.add_space(SPACE, APP))
    hub.scenario.faults = [made]
    assert deploy().exit_code == 0


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"README.md": b"# No card\n"}, "two lines of `---`"),
        ({"README.md": b"\n---\nsdk: gradio\n---\n"}, "move its `---`"),
        ({"README.md": b"---\ntitle: x\n---\n"}, "missing key `sdk`"),
        ({"README.md": b"---\nsdk: streamlit\n---\n"}, "app_port: 8501"),
        ({"README.md": b"---\nsdk: flask\n---\n"}, "'flask'"),
        ({"README.md": b"---\nsdk: docker\n---\n"}, "Dockerfile"),
        ({"README.md": b"---\nsdk: static\n---\n"}, "index.html"),
        ({"README.md": b"---\nsdk: gradio\napp_file: main.py\n---\n"}, "main.py"),
        ({"README.md": b"---\nsdk: [gradio\n---\n"}, "README.md:"),
        ({"README.md": b"---\n- sdk\n---\n"}, "README.md:2"),
        ({"README.md": b"---\ntitle: a: b\nsdk: gradio\n---\n"}, "README.md:2"),
        ({"README.md": "---\nsdk: gradio\n---\né".encode("latin-1")}, "README.md"),
        ({".hfignore": b"README.md\n"}, ".hfignore:1"),
    ],
)
def test_a_card_that_the_hub_could_not_use_stops_before_the_hub_is_asked(
    deploy: Deployer, hub: LocalHub, repo: Repo, files: dict[str, bytes], says: str
) -> None:
    repo.commit(files)
    with pytest.raises(InvalidSource) as raised:
        deploy()
    assert says in raised.value.cause
    assert not hub.requests


def test_a_card_file_that_contradicts_the_readme_names_the_key(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"card.yaml": b"title: Other\nsdk: gradio\n"})
    with pytest.raises(InvalidSource) as raised:
        deploy(card="card.yaml")
    assert "`title`" in raised.value.cause
    assert not hub.requests


@pytest.mark.slow
def test_a_hub_that_can_not_be_reached_says_its_address(deploy: Deployer) -> None:
    deploy.hub.stop()
    with pytest.raises(HubError) as raised:
        deploy.plan()
    assert deploy.hub.url in raised.value.cause


def test_a_commit_in_between_makes_a_new_plan_and_the_space_ends_equal_to_the_source(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    theirs: list[str] = []
    hub.scenario.faults = [
        Fault("POST", "/commit/", conflict=lambda: theirs.append(hub.commit(SPACE, {"x": b"x"})))
    ]
    outcome = deploy()
    assert outcome.rollout.verdict is Verdict.LIVE
    assert [event.head for event in deploy.told(Replanned)] == theirs == [outcome.previous]
    files = hub.files(SPACE)
    files.pop(".gitattributes", None)
    assert files == repo.tracked()


def test_a_commit_in_between_that_did_the_same_leaves_nothing_to_do(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [
        Fault("POST", "/commit/", conflict=lambda: hub.commit(SPACE, {"app.py": APP["app.py"]}))
    ]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.UNCHANGED, 0)
    assert not outcome.changed


def test_somebody_who_keeps_committing_is_a_conflict_in_the_end(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    turns = iter(range(100))
    hub.scenario.faults = [
        Fault(
            "POST",
            "/commit/",
            times=100,
            conflict=lambda: hub.commit(SPACE, {"x": b"%d" % next(turns)}),
        )
    ]
    with pytest.raises(Conflict, match="keeps committing"):
        deploy()
    assert 10 <= commits_sent(hub) <= 30
    assert all("Nonce" not in commit.message for commit in hub.commits(SPACE))


def test_a_space_that_goes_away_meanwhile_is_a_conflict(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    api = deploy.client().api
    hub.scenario.faults = [
        Fault(
            "POST",
            "/commit/",
            conflict=lambda: api.delete_repo(SPACE, repo_type="space", token="hf_write"),
        )
    ]
    with pytest.raises((Conflict, NotAllowed)):
        deploy()


def test_an_answer_that_was_lost_is_not_committed_twice(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [Fault("POST", "/commit/", drop="after")]
    outcome = deploy()
    assert outcome.rollout.verdict is Verdict.LIVE
    assert len(hub.commits(SPACE)) == 2
    assert hub.commits(SPACE)[0].id == outcome.commit


def test_an_answer_that_was_lost_before_somebody_else_committed_is_found(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [
        Fault("POST", "/commit/", drop="after"),
        Fault("GET", "/commits/", after=1, conflict=lambda: hub.commit(SPACE, {"x": b"x"})),
    ]
    outcome = deploy()
    ours = [commit.id for commit in hub.commits(SPACE) if "Nonce" in commit.message]
    assert ours == [outcome.commit]


def test_a_request_that_never_arrived_is_sent_again(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [Fault("POST", "/commit/", drop="before")]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(hub.commits(SPACE)) == 2


def test_a_hub_that_fails_for_a_moment_is_asked_again(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [
        Fault("GET", r"/api/spaces/julia/demo\?", status=500),
        Fault("GET", "/tree/", status=503),
        Fault("GET", "/commits/", drop="before"),
        Fault("POST", "/preupload/", status=502),
        Fault("GET", "/runtime", status=502),
        Fault("GET", "/host", status=429, headers={"Retry-After": "0"}),
    ]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(hub.commits(SPACE)) == 2


def test_too_many_requests_are_answered_by_the_pause_that_the_hub_asks_for(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    limit = {"RateLimit": '"api";r=0;t=1', "RateLimit-Policy": '"fixed window";"api";q=1000;w=300'}
    hub.scenario.faults = [
        Fault("GET", "/tree/", status=429, headers=limit),
        Fault("POST", "/commit/", status=429, headers={"Retry-After": "1"}),
    ]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_hub_that_refuses_without_a_known_reason_is_not_asked_again(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP)
    hub.scenario.faults = [
        Fault("GET", "/tree/", times=9, status=418, body='{"error": "a teapot"}')
    ]
    with pytest.raises(HubError) as raised:
        deploy.plan()
    assert "a teapot" in raised.value.cause
    assert len(hub.requests_to("/tree/")) == 1


def test_a_public_space_is_planned_without_a_token(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "old.txt": b"o"})
    outcome = deploy.plan(token=None)
    assert outcome.plan is not None and outcome.plan.delete == ("old.txt",)
    assert {request.token for request in hub.requests} == {None}


def test_a_saved_login_is_not_sent_where_no_token_was_chosen(
    deploy: Deployer, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_write")
    hub.add_space(SPACE, APP)
    deploy.plan(token=None)
    assert {request.token for request in hub.requests} == {None}


def test_every_request_carries_the_token_and_no_address_does(
    deploy: Deployer, hub: LocalHub
) -> None:
    (deploy.here / "model.bin").write_bytes(bytes(1000))
    Repo(deploy.here).commit()
    deploy()
    uploads = {request.token for request in hub.requests if "/_lfs/" in request.path}
    others = {request.token for request in hub.requests if "/_lfs/" not in request.path}
    assert (uploads, others) == ({None}, {token_fingerprint("hf_write")})
    assert not [r for r in hub.requests if "hf_write" in f"{r.path}?{r.query}"]


def test_a_private_space_is_planned_with_a_token_that_may_read(
    deploy: Deployer, hub: LocalHub, tmp_path: Path
) -> None:
    del tmp_path
    hub.add_space(SPACE, APP, private=True)
    outcome = deploy.plan(token="hf_read")
    assert outcome.plan is not None and not outcome.plan.changes
