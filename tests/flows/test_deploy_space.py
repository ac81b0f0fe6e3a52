"""The Space itself: made as the card says, refused, and never half changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployer.errors import Conflict, HubError, InvalidSource, NotAllowed
from deployer.events import Created, Planned, Replanned, Warned
from deployer.rehearsal import Fault, LocalHub, TokenOwner, token_fingerprint
from deployer.release.verdict import Verdict
from deployer.report.terminal import counts
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


def test_what_the_hub_put_into_a_new_space_counts_as_none_of_its_files(deploy: Deployer) -> None:
    result = deploy()
    (planned,) = deploy.events_of(Planned)
    assert result.plan is not None and counts(result.plan) == counts(planned.plan)


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
def test_a_new_space_has_the_requested_visibility_or_that_of_its_source(
    deploy: Deployer, hub: LocalHub, asked: str, public: bool, made: str
) -> None:
    deploy(
        settings=RequestedSettings(visibility=Visibility(asked)), hints=SourceHints(public=public)
    )
    assert hub.space(SPACE).visibility == made
    (event,) = deploy.events_of(Created)
    assert event.visibility == made and event.reason


def test_a_new_space_is_created_with_its_hardware(deploy: Deployer, hub: LocalHub) -> None:
    deploy(settings=RequestedSettings(hardware="zero-a10g"))
    assert hub.space(SPACE).hardware == "zero-a10g"


def test_an_existing_space_keeps_its_other_settings(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, private=True)
    deploy()
    space = hub.space(SPACE)
    assert (space.visibility, space.hardware) == ("private", "cpu-basic")
    assert not hub.requests_to("/api/repos/create")


def test_without_a_token_no_request_is_made(deploy: Deployer, hub: LocalHub) -> None:
    with pytest.raises(NotAllowed, match="not logged in") as raised:
        deploy(token=None)
    assert "HF_TOKEN" in raised.value.fix
    assert not hub.requests


@pytest.mark.parametrize("token", ["hf_read", "hf_nobody_knows_it"])
def test_a_read_only_token_is_an_error_and_changes_nothing(
    deploy: Deployer, hub: LocalHub, token: str
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    head = hub.space(SPACE).head
    with pytest.raises(NotAllowed):
        deploy(token=token)
    assert hub.space(SPACE).head == head


def test_a_read_only_token_creates_no_space(deploy: Deployer, hub: LocalHub) -> None:
    with pytest.raises(NotAllowed):
        deploy(token="hf_read")
    assert not hub.spaces()


def test_a_space_of_another_owner_is_an_error(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space("eve/hers", APP)
    hub.add_space("eve/secret", APP, private=True)
    heads = [hub.space(name).head for name in hub.spaces()]
    (deploy.here / "app.py").write_bytes(b"changed")
    for name in ("eve/hers", "eve/secret", "eve/new"):
        with pytest.raises(NotAllowed):
            deploy(space=SpaceId.parse(name))
    assert [hub.space(name).head for name in hub.spaces()] == heads


def test_a_space_of_an_organization_is_created_there(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.tokens["hf_org"] = TokenOwner("julia", orgs=("acme",))
    deploy(token="hf_org", space=SpaceId.parse("acme/demo"))
    assert list(hub.spaces()) == ["acme/demo"]


def test_a_subscription_that_is_too_small_is_an_error_that_names_what_is_free(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.create_error = (402, "Gradio Spaces need a PRO subscription")
    with pytest.raises(NotAllowed) as raised:
        deploy()
    error = raised.value
    assert "PRO" in error.fix and "static" in error.fix and "zero-a10g" in error.fix
    assert "PRO subscription" in error.cause
    assert not hub.spaces()


def test_an_existing_space_needs_no_permission_to_create(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.create_error = 403
    hub.add_space(SPACE, {"README.md": b"x"})
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_space_created_at_the_same_moment_is_used(deploy: Deployer, hub: LocalHub) -> None:
    made = Fault("POST", "/api/repos/create", conflict=lambda: hub.add_space(SPACE, APP))
    hub.scenario.faults = [made]
    assert deploy().exit_code == 0


def _not_found(times: int) -> Fault:
    """The Hub does not find the Space, so many times."""
    headers = {"X-Error-Code": "RepoNotFound"}
    return Fault("GET", rf"/api/spaces/{SPACE}\?", times=times, status=404, headers=headers)


def test_a_space_that_is_not_found_once_keeps_its_releases_and_its_numbers(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    assert deploy().number == 1
    hub.commit(SPACE, {"theirs.txt": b"by hand"})
    repo.commit({"app.py": b"new"})
    hub.scenario.faults = [_not_found(2)]
    result = deploy()
    assert (result.rollout.verdict, result.number) == (Verdict.LIVE, 2)
    assert [commit.title for commit in result.drift] == ["A change by hand"]
    assert hub.tags(SPACE)["hf-deploy/2"] == result.commit
    assert not deploy.events_of(Created)
    (warning,) = [event.message for event in deploy.events_of(Warned)]
    assert "exists, though" in warning


def test_files_of_a_space_that_is_not_found_once_are_not_deleted_without_a_question(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "hers.txt": b"x"})
    hub.scenario.faults = [_not_found(1)]
    deploy.answer = False
    with pytest.raises(Conflict, match="cancelled"):
        deploy()
    assert deploy.asked[0].delete == ("hers.txt",)
    assert "hers.txt" in hub.files(SPACE)


def test_a_space_that_exists_but_is_never_found_is_an_error_that_says_so(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [_not_found(999)]
    with pytest.raises(NotAllowed) as raised:
        deploy()
    assert "says that it exists" in raised.value.cause
    assert not commits_sent(hub)


def test_a_new_space_that_is_not_found_at_once_is_waited_for(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.faults = [_not_found(4)]
    result = deploy()
    assert (result.rollout.verdict, result.number) == (Verdict.LIVE, 1)


def test_a_creation_with_a_lost_response_is_a_new_space(
    deploy: Deployer, hub: LocalHub, space_files: Callable[[], dict[str, bytes]], repo: Repo
) -> None:
    hub.scenario.faults = [Fault("POST", "/api/repos/create", drop="after")]
    deploy.answer = False
    result = deploy()
    assert (result.rollout.verdict, result.number, deploy.asked) == (Verdict.LIVE, 1, [])
    assert space_files() == repo.tracked()
    assert len(hub.commits(SPACE)) == 2


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"README.md": b"# No card\n"}, "two lines of `---`"),
        ({"README.md": b"\n---\nsdk: gradio\n---\n"}, "move its `---`"),
        ({"README.md": b"---\ntitle: x\n---\n"}, "missing key `sdk`"),
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
def test_an_invalid_card_is_an_error_before_any_request(
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
def test_an_unreachable_hub_is_an_error_with_its_url(deploy: Deployer) -> None:
    deploy.hub.stop()
    with pytest.raises(HubError) as raised:
        deploy.plan()
    assert deploy.hub.url in raised.value.cause


def test_a_concurrent_commit_is_replanned_and_overwritten(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    theirs: list[str] = []
    hub.scenario.faults = [
        Fault("POST", "/commit/", conflict=lambda: theirs.append(hub.commit(SPACE, {"x": b"x"})))
    ]
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert [event.head for event in deploy.events_of(Replanned)] == theirs == [result.previous]
    files = hub.files(SPACE)
    files.pop(".gitattributes", None)
    assert files == repo.tracked()


def test_a_concurrent_commit_with_the_same_files_is_unchanged(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [
        Fault("POST", "/commit/", conflict=lambda: hub.commit(SPACE, {"app.py": APP["app.py"]}))
    ]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNCHANGED, 0)
    assert not result.changed


def test_repeated_commits_by_someone_else_are_a_conflict(deploy: Deployer, hub: LocalHub) -> None:
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


def test_a_space_deleted_during_the_deploy_is_a_conflict(deploy: Deployer, hub: LocalHub) -> None:
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


def test_a_commit_with_a_lost_response_is_not_repeated(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [Fault("POST", "/commit/", drop="after")]
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert len(hub.commits(SPACE)) == 2
    assert hub.commits(SPACE)[0].id == result.commit


def test_a_commit_with_a_lost_response_is_found_below_another_commit(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [
        Fault("POST", "/commit/", drop="after"),
        Fault("GET", "/commits/", after=1, conflict=lambda: hub.commit(SPACE, {"x": b"x"})),
    ]
    result = deploy()
    ours = [commit.id for commit in hub.commits(SPACE) if "Nonce" in commit.message]
    assert ours == [result.commit]


def test_a_lost_request_is_repeated(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.faults = [Fault("POST", "/commit/", drop="before")]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(hub.commits(SPACE)) == 2


def test_a_transient_hub_error_is_retried(deploy: Deployer, hub: LocalHub) -> None:
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


def test_a_rate_limit_is_retried_after_the_pause_that_the_hub_sets(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    limit = {"RateLimit": '"api";r=0;t=1', "RateLimit-Policy": '"fixed window";"api";q=1000;w=300'}
    hub.scenario.faults = [
        Fault("GET", "/tree/", status=429, headers=limit),
        Fault("POST", "/commit/", status=429, headers={"Retry-After": "1"}),
    ]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_an_unknown_rejection_is_not_retried(deploy: Deployer, hub: LocalHub) -> None:
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
    result = deploy.plan(token=None)
    assert result.plan is not None and result.plan.delete == ("old.txt",)
    assert {request.token for request in hub.requests} == {None}


def test_a_saved_login_is_not_sent_without_a_token(
    deploy: Deployer, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_write")
    hub.add_space(SPACE, APP)
    deploy.plan(token=None)
    assert {request.token for request in hub.requests} == {None}


def test_every_request_has_the_token_and_no_url_does(deploy: Deployer, hub: LocalHub) -> None:
    (deploy.here / "model.bin").write_bytes(bytes(1000))
    Repo(deploy.here).commit()
    deploy()
    uploads = {request.token for request in hub.requests if "/_lfs/" in request.path}
    others = {request.token for request in hub.requests if "/_lfs/" not in request.path}
    assert (uploads, others) == ({None}, {token_fingerprint("hf_write")})
    assert not [r for r in hub.requests if "hf_write" in f"{r.path}?{r.query}"]


def test_a_private_space_is_planned_with_a_read_token(
    deploy: Deployer, hub: LocalHub, tmp_path: Path
) -> None:
    del tmp_path
    hub.add_space(SPACE, APP, private=True)
    result = deploy.plan(token="hf_read")
    assert result.plan is not None and not result.plan.changes
