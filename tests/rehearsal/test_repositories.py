"""Create, show, move and delete Spaces, branches and tags."""

from __future__ import annotations

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from deployer.card.card import parse
from deployer.rehearsal import LocalHub
from deployer.rehearsal.store import HostedSpace

WEB = httpx2.Client()


def test_a_new_space_has_a_readme_with_a_card_and_no_app(hub: LocalHub, api: HfApi) -> None:
    url = api.create_repo("julia/new", repo_type="space", space_sdk="gradio")
    assert url == f"{hub.url}/spaces/julia/new"
    files = hub.files("julia/new")
    card = parse(files["README.md"].decode())
    assert sorted(files) == [".gitattributes", "README.md"]
    assert card is not None and card.meta["sdk"] == "gradio"
    assert [commit.title for commit in hub.commits("julia/new")] == ["initial commit"]
    assert api.get_space_runtime("julia/new").stage == "NO_APP_FILE"


def test_a_new_static_space_runs_at_once(hub: LocalHub, api: HfApi) -> None:
    api.create_repo("julia/page", repo_type="space", space_sdk="static")
    hub.wait_until(lambda: hub.space("julia/page").stage == "RUNNING")
    raw = api.get_space_runtime("julia/page").raw
    assert raw["hardware"] == {"current": None, "requested": None}
    assert "sha" not in raw


def test_a_space_can_be_made_private_with_settings(hub: LocalHub, api: HfApi) -> None:
    api.create_repo(
        "julia/new",
        repo_type="space",
        space_sdk="docker",
        private=True,
        space_variables=[{"key": "MODE", "value": "fast"}],
        space_secrets=[{"key": "KEY", "value": "shh"}],
        space_hardware="t4-small",
    )
    assert api.space_info("julia/new").private
    assert api.get_space_variables("julia/new")["MODE"].value == "fast"
    assert list(api.get_space_secrets("julia/new")) == ["KEY"]
    assert hub.space("julia/new").hardware == "t4-small"


def test_creating_a_space_twice_fails_without_exist_ok(api: HfApi, space: HostedSpace) -> None:
    with pytest.raises(HfHubHTTPError, match="already created"):
        api.create_repo(space.id, repo_type="space", space_sdk="gradio")
    again = api.create_repo(space.id, repo_type="space", space_sdk="gradio", exist_ok=True)
    assert again.repo_id == space.id


@pytest.mark.parametrize("status", [402, 403])
def test_creating_an_existing_space_passes_even_if_new_ones_are_rejected(
    hub: LocalHub, api: HfApi, space: HostedSpace, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    hub.scenario.create_error = status, "Gradio Spaces need a paid plan"
    api.create_repo(space.id, repo_type="space", space_sdk="gradio", exist_ok=True)
    with pytest.raises(HfHubHTTPError, match="paid plan"):
        api.create_repo("julia/new", repo_type="space", space_sdk="gradio", exist_ok=True)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"sdk": "streamlit"}, "sdk"),
        ({"sdk": None}, "sdk"),
        ({"type": "model"}, "Spaces only"),
        ({"name": "a--b"}, "name"),
        ({"visibility": "secret"}, "visibility"),
        ({"secrets": [{"key": "1A", "value": ""}]}, "key"),
    ],
)
def test_an_invalid_creation_is_rejected(
    hub: LocalHub, change: dict[str, object], error: str
) -> None:
    body = {"name": "new", "type": "space", "sdk": "gradio"} | change
    headers = {"Authorization": "Bearer hf_write"}
    answer = WEB.post(f"{hub.url}/api/repos/create", json=body, headers=headers)
    assert answer.status_code == 400
    assert error in answer.json()["error"]


def test_a_space_is_created_only_in_a_namespace_of_the_user(api: HfApi, reader: HfApi) -> None:
    for client, name in ((api, "tom/app"), (reader, "julia/app")):
        with pytest.raises(HfHubHTTPError) as error:
            client.create_repo(name, repo_type="space", space_sdk="gradio")
        assert error.value.response.status_code == 403


def test_info_has_the_head_the_card_and_the_host(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    info = api.space_info(space.id, files_metadata=True)
    assert info.sha == hub.commits(space.id)[0].id
    assert info.card_data is not None and info.card_data.title == "App"
    assert info.host == space.url
    assert info.subdomain == "julia-app"
    assert info.runtime is not None and info.runtime.stage == "RUNNING"
    assert info.siblings is not None
    assert {file.rfilename: file.size for file in info.siblings}["app.py"] == 9


def test_info_has_only_the_expanded_fields(hub: LocalHub, space: HostedSpace) -> None:
    answer = WEB.get(f"{hub.url}/api/spaces/{space.id}?expand=sha&expand=runtime")
    assert sorted(answer.json()) == ["_id", "id", "runtime", "sha"]


def test_a_date_in_a_card_does_not_break_info(hub: LocalHub, api: HfApi) -> None:
    hub.add_space("julia/dated", {"README.md": b"---\nsdk: gradio\ndate: 2026-01-02\n---\n"})
    card = api.space_info("julia/dated").card_data
    assert card is not None and card["date"] == "2026-01-02"


def test_info_shows_other_revisions(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    first = space.head
    hub.commit(space.id, {"more.txt": b"more"})
    assert api.space_info(space.id, revision=first).sha == first
    assert api.space_info(space.id, revision=first[:7]).sha == first
    with pytest.raises(RevisionNotFoundError):
        api.space_info(space.id, revision="nowhere")


def test_a_missing_space_is_not_found(api: HfApi) -> None:
    assert not api.repo_exists("julia/missing", repo_type="space")
    with pytest.raises(RepositoryNotFoundError):
        api.get_space_runtime("julia/missing")


def test_a_moved_space_redirects(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    api.move_repo(space.id, "julia/renamed", repo_type="space")
    api.move_repo("julia/renamed", "julia/final", repo_type="space")
    assert api.space_info("julia/app").id == "julia/final"
    assert hub.requests_to("/api/spaces/julia/app")[-1].status == 307
    api.add_space_variable("julia/app", "MODE", "fast")
    assert hub.space("julia/final").variables["MODE"].value == "fast"


def test_a_former_name_can_be_used_again(api: HfApi, space: HostedSpace) -> None:
    api.move_repo(space.id, "julia/renamed", repo_type="space")
    api.create_repo("julia/app", repo_type="space", space_sdk="docker")
    assert api.space_info("julia/app").sdk == "docker"


def test_a_space_is_not_moved_to_an_existing_one(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    hub.add_space("julia/taken", {"app.py": b""})
    with pytest.raises(HfHubHTTPError) as error:
        api.move_repo(space.id, "julia/taken", repo_type="space")
    assert error.value.response.status_code == 409


def test_a_deleted_space_no_longer_answers(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    url = space.url
    assert WEB.get(url).status_code == 200
    api.delete_repo(space.id, repo_type="space")
    assert not hub.spaces()
    with pytest.raises(httpx2.ConnectError):
        WEB.get(url)
    api.delete_repo(space.id, repo_type="space", missing_ok=True)


def test_the_visibility_can_change(api: HfApi, stranger: HfApi, space: HostedSpace) -> None:
    api.update_repo_settings(space.id, repo_type="space", private=True)
    with pytest.raises(RepositoryNotFoundError):
        stranger.space_info(space.id)


def test_branches_and_tags_are_created_and_deleted(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    api.create_tag(space.id, tag="hf-deploy/1", repo_type="space")
    api.create_branch(space.id, branch="feature/a", repo_type="space")
    refs = api.list_repo_refs(space.id, repo_type="space")
    assert [(tag.name, tag.target_commit) for tag in refs.tags] == [("hf-deploy/1", space.head)]
    assert [branch.name for branch in refs.branches] == ["main", "feature/a"]
    assert hub.tags(space.id) == {"hf-deploy/1": space.head}
    assert api.space_info(space.id, revision="feature/a").sha == space.head
    api.delete_tag(space.id, tag="hf-deploy/1", repo_type="space")
    api.delete_branch(space.id, branch="feature/a", repo_type="space")
    refs = api.list_repo_refs(space.id, repo_type="space", include_pull_requests=True)
    assert (refs.tags, len(refs.branches), refs.pull_requests) == ([], 1, [])


def test_existing_and_missing_refs_are_errors(api: HfApi, space: HostedSpace) -> None:
    api.create_tag(space.id, tag="one", repo_type="space")
    with pytest.raises(HfHubHTTPError, match="exists"):
        api.create_tag(space.id, tag="one", repo_type="space")
    api.create_tag(space.id, tag="one", repo_type="space", exist_ok=True)
    with pytest.raises(RevisionNotFoundError):
        api.delete_tag(space.id, tag="two", repo_type="space")
    with pytest.raises(HfHubHTTPError, match="main branch"):
        api.delete_branch(space.id, branch="main", repo_type="space")
    with pytest.raises(HfHubHTTPError, match="exists"):
        api.create_branch(space.id, branch="main", repo_type="space")


def test_a_commit_to_another_branch_is_not_built(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    api.create_branch(space.id, branch="next", repo_type="space")
    running = space.running
    done = api.upload_file(
        path_or_fileobj=b"x",
        path_in_repo="x.txt",
        repo_id=space.id,
        repo_type="space",
        revision="next",
    )
    assert hub.commits(space.id, "next")[0].id == done.oid
    assert (space.running, space.stage, space.head) == (running, "RUNNING", running)


def test_the_page_of_a_space_redirects_to_its_app(hub: LocalHub, space: HostedSpace) -> None:
    page = WEB.get(f"{hub.url}/spaces/{space.id}", follow_redirects=True)
    assert page.text == "It runs.\n"
