"""Tokens: their owner, their permissions, and how a workflow exchanges an OIDC token for one."""

from __future__ import annotations

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    BadRequestError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
)

from deployer.rehearsal import LocalHub, TokenOwner, token_fingerprint
from deployer.rehearsal.store import HostedSpace

WEB = httpx2.Client()
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
}


def oidc_token(hub: LocalHub, audience: str | None = None) -> str:
    """Request an OIDC token as a workflow does."""
    answer = WEB.get(
        f"{hub.url}/_github/oidc",
        params={"audience": audience or hub.url},
        headers={"Authorization": f"Bearer {hub.scenario.github_token}"},
    )
    return str(answer.json()["value"])


def exchange(hub: LocalHub, token: str, resource: str = "spaces/julia/app") -> httpx2.Response:
    """Exchange an OIDC token for a Hub token."""
    body = EXCHANGE | {"subject_token": token, "resource": resource}
    return WEB.post(f"{hub.url}/oauth/token", json=body)


def test_whoami_shows_the_account_and_the_role(api: HfApi, reader: HfApi) -> None:
    assert api.whoami()["name"] == "julia"
    assert api.whoami()["auth"]["accessToken"]["role"] == "write"
    assert reader.whoami()["auth"]["accessToken"]["role"] == "read"


def test_whoami_shows_the_scopes_of_a_fine_grained_token(hub: LocalHub) -> None:
    hub.scenario.tokens["hf_fine"] = TokenOwner("julia", role="fineGrained", orgs=("acme",))
    me = HfApi(endpoint=hub.url, token="hf_fine").whoami()
    assert me["auth"]["accessToken"]["fineGrained"]["scoped"][0]["permissions"] == ["repo.write"]
    assert [org["name"] for org in me["orgs"]] == ["acme"]


def test_an_unknown_token_is_rejected_everywhere(hub: LocalHub, space: HostedSpace) -> None:
    api = HfApi(endpoint=hub.url, token="hf_wrong")
    for call in (api.whoami, lambda: api.space_info(space.id)):
        with pytest.raises(HfHubHTTPError) as error:
            call()
        assert error.value.response.status_code == 401


def test_without_a_token_only_public_spaces_are_visible(
    hub: LocalHub, stranger: HfApi, space: HostedSpace
) -> None:
    hub.add_space("julia/hidden", {"app.py": b""}, private=True)
    assert stranger.space_info(space.id).id == space.id
    with pytest.raises(RepositoryNotFoundError) as error:
        stranger.space_info("julia/hidden")
    assert error.value.response.status_code == 401


def test_a_private_space_is_not_found_by_other_users(hub: LocalHub) -> None:
    hub.scenario.tokens["hf_other"] = TokenOwner("tom")
    hub.add_space("julia/hidden", {"app.py": b""}, private=True)
    with pytest.raises(RepositoryNotFoundError) as error:
        HfApi(endpoint=hub.url, token="hf_other").space_info("julia/hidden")
    assert error.value.response.status_code == 404


def test_auth_check_shows_whether_a_token_may_write(
    api: HfApi, reader: HfApi, space: HostedSpace
) -> None:
    api.auth_check(space.id, repo_type="space", write=True)
    reader.auth_check(space.id, repo_type="space")
    with pytest.raises(HfHubHTTPError) as error:
        reader.auth_check(space.id, repo_type="space", write=True)
    assert error.value.response.status_code == 403
    assert not isinstance(error.value, GatedRepoError)


def test_a_member_of_an_organization_writes_there_and_nowhere_else(hub: LocalHub) -> None:
    hub.scenario.tokens["hf_org"] = TokenOwner("tom", orgs=("acme",))
    hub.add_space("acme/app", {"app.py": b""})
    hub.add_space("julia/app", {"app.py": b""})
    api = HfApi(endpoint=hub.url, token="hf_org")
    api.auth_check("acme/app", repo_type="space", write=True)
    with pytest.raises(HfHubHTTPError, match="rights"):
        api.auth_check("julia/app", repo_type="space", write=True)


def test_the_admin_token_may_write_to_every_namespace_of_a_real_hub() -> None:
    with LocalHub(real=True) as hub:
        api = HfApi(endpoint=hub.url, token=hub.token)
        api.create_repo("someone/app", repo_type="space", space_sdk="gradio")
        assert hub.spaces() == ["someone/app"]


def test_a_workflow_gets_a_token_for_one_space_only(hub: LocalHub, space: HostedSpace) -> None:
    hub.add_space("julia/other", {"app.py": b""})
    token = exchange(hub, oidc_token(hub)).json()["access_token"]
    api = HfApi(endpoint=hub.url, token=token)
    api.auth_check(space.id, repo_type="space", write=True)
    with pytest.raises(HfHubHTTPError):
        api.auth_check("julia/other", repo_type="space", write=True)
    with pytest.raises(HfHubHTTPError):
        api.create_repo("julia/new", repo_type="space", space_sdk="gradio")
    with pytest.raises(HfHubHTTPError):
        api.whoami()


def test_commits_with_an_exchanged_token_have_the_oidc_author(
    hub: LocalHub, space: HostedSpace
) -> None:
    token = exchange(hub, oidc_token(hub)).json()["access_token"]
    api = HfApi(endpoint=hub.url, token=token)
    api.upload_file(
        path_or_fileobj=b"new", path_in_repo="a.txt", repo_id=space.id, repo_type="space"
    )
    assert hub.commits(space.id)[0].author == "[OIDC]"


@pytest.mark.usefixtures("space")
def test_an_oidc_token_is_valid_for_its_audience_and_its_space_only(hub: LocalHub) -> None:
    assert exchange(hub, "made.up.token").json()["error"] == "invalid_grant"
    assert exchange(hub, oidc_token(hub, "https://elsewhere.example")).status_code == 400
    assert exchange(hub, oidc_token(hub), "spaces/julia/missing").status_code == 400
    hub.scenario.trusted = set()
    assert "Trusted Publisher" in exchange(hub, oidc_token(hub)).json()["error_description"]


def test_an_exchange_needs_the_grant_type(hub: LocalHub) -> None:
    answer = WEB.post(f"{hub.url}/oauth/token", json={"subject_token": "x"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_oidc_token_needs_the_request_token_and_an_audience(hub: LocalHub) -> None:
    assert WEB.get(f"{hub.url}/_github/oidc?audience=x").status_code == 401
    headers = {"Authorization": f"Bearer {hub.scenario.github_token}"}
    assert WEB.get(f"{hub.url}/_github/oidc", headers=headers).status_code == 400


def test_the_client_exchanges_an_oidc_token_by_itself(
    hub: LocalHub, space: HostedSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_OIDC_RESOURCE", f"spaces/{space.id}")
    monkeypatch.setenv("HF_OIDC_ID_TOKEN", oidc_token(hub))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    api = HfApi(endpoint=hub.url)
    api.auth_check(space.id, repo_type="space", write=True)


def test_a_recorded_request_has_a_fingerprint_and_not_the_token(hub: LocalHub, api: HfApi) -> None:
    api.whoami()
    record = hub.requests_to("/whoami-v2")[0]
    assert record.token == token_fingerprint("hf_write")
    assert "hf_write" not in repr(record)


@pytest.mark.parametrize(
    ("front_matter", "problem"),
    [
        ("sdk: [", "YAML"),
        ("sdk: flask", '"sdk" must be one of'),
        ("colorFrom: mauve", '"colorFrom"'),
        ("short_description: " + "long " * 20, "short_description"),
        ("startup_duration_timeout: soon", "duration"),
    ],
)
def test_invalid_front_matter_is_rejected_before_the_commit_is_sent(
    hub: LocalHub, api: HfApi, space: HostedSpace, front_matter: str, problem: str
) -> None:
    with pytest.raises(ValueError, match="Invalid metadata") as error:
        api.upload_file(
            path_or_fileobj=f"---\n{front_matter}\n---\n".encode(),
            path_in_repo="README.md",
            repo_id=space.id,
            repo_type="space",
        )
    assert problem in str(error.value)
    assert not isinstance(error.value, BadRequestError)
    assert not hub.requests_to("/commit/")


def test_a_readme_without_front_matter_is_valid(hub: LocalHub) -> None:
    answer = WEB.post(f"{hub.url}/api/validate-yaml", json={"content": "# Hello"})
    assert answer.json() == {"errors": [], "warnings": []}
