"""Tokens: who they belong to, what they may do, and how a workflow gets one without a secret."""

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

from deployer.rehearsal import ADMIN_TOKEN, LocalHub, TokenOwner, token_fingerprint
from deployer.rehearsal.store import HostedSpace

WEB = httpx2.Client()
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
}


def minted(hub: LocalHub, audience: str | None = None) -> str:
    """An identity token, as a workflow gets it."""
    answer = WEB.get(
        f"{hub.url}/_github/oidc",
        params={"audience": audience or hub.url},
        headers={"Authorization": f"Bearer {hub.scenario.github_token}"},
    )
    return str(answer.json()["value"])


def exchanged(hub: LocalHub, identity: str, resource: str = "spaces/julia/app") -> httpx2.Response:
    """What the Hub answers to an identity token."""
    body = EXCHANGE | {"subject_token": identity, "resource": resource}
    return WEB.post(f"{hub.url}/oauth/token", json=body)


def test_a_token_tells_its_account_and_role(api: HfApi, reader: HfApi) -> None:
    assert api.whoami()["name"] == "julia"
    assert api.whoami()["auth"]["accessToken"]["role"] == "write"
    assert reader.whoami()["auth"]["accessToken"]["role"] == "read"


def test_a_fine_grained_token_tells_its_scopes(hub: LocalHub) -> None:
    hub.scenario.tokens["hf_fine"] = TokenOwner("julia", role="fineGrained", orgs=("acme",))
    me = HfApi(endpoint=hub.url, token="hf_fine").whoami()
    assert me["auth"]["accessToken"]["fineGrained"]["scoped"][0]["permissions"] == ["repo.write"]
    assert [org["name"] for org in me["orgs"]] == ["acme"]


def test_an_unknown_token_is_refused_everywhere(hub: LocalHub, space: HostedSpace) -> None:
    api = HfApi(endpoint=hub.url, token="hf_wrong")
    for ask in (api.whoami, lambda: api.space_info(space.id)):
        with pytest.raises(HfHubHTTPError) as refused:
            ask()
        assert refused.value.response.status_code == 401


def test_nobody_sees_public_spaces_only(hub: LocalHub, stranger: HfApi, space: HostedSpace) -> None:
    hub.add_space("julia/hidden", {"app.py": b""}, private=True)
    assert stranger.space_info(space.id).id == space.id
    with pytest.raises(RepositoryNotFoundError) as refused:
        stranger.space_info("julia/hidden")
    assert refused.value.response.status_code == 401


def test_a_private_space_is_not_there_for_others(hub: LocalHub) -> None:
    hub.scenario.tokens["hf_other"] = TokenOwner("tom")
    hub.add_space("julia/hidden", {"app.py": b""}, private=True)
    with pytest.raises(RepositoryNotFoundError) as refused:
        HfApi(endpoint=hub.url, token="hf_other").space_info("julia/hidden")
    assert refused.value.response.status_code == 404


def test_a_preflight_says_whether_a_token_may_write(
    api: HfApi, reader: HfApi, space: HostedSpace
) -> None:
    api.auth_check(space.id, repo_type="space", write=True)
    reader.auth_check(space.id, repo_type="space")
    with pytest.raises(HfHubHTTPError) as refused:
        reader.auth_check(space.id, repo_type="space", write=True)
    assert refused.value.response.status_code == 403
    assert not isinstance(refused.value, GatedRepoError)


def test_a_token_for_an_organisation_writes_there_and_not_elsewhere(hub: LocalHub) -> None:
    hub.scenario.tokens["hf_org"] = TokenOwner("tom", orgs=("acme",))
    hub.add_space("acme/app", {"app.py": b""})
    hub.add_space("julia/app", {"app.py": b""})
    api = HfApi(endpoint=hub.url, token="hf_org")
    api.auth_check("acme/app", repo_type="space", write=True)
    with pytest.raises(HfHubHTTPError, match="rights"):
        api.auth_check("julia/app", repo_type="space", write=True)


def test_the_rehearsal_token_opens_every_namespace_of_a_real_hub() -> None:
    with LocalHub(real=True) as hub:
        api = HfApi(endpoint=hub.url, token=ADMIN_TOKEN)
        api.create_repo("somebody/app", repo_type="space", space_sdk="gradio")
        assert hub.spaces() == ["somebody/app"]


def test_a_workflow_gets_a_token_for_one_space_only(hub: LocalHub, space: HostedSpace) -> None:
    hub.add_space("julia/other", {"app.py": b""})
    token = exchanged(hub, minted(hub)).json()["access_token"]
    api = HfApi(endpoint=hub.url, token=token)
    api.auth_check(space.id, repo_type="space", write=True)
    with pytest.raises(HfHubHTTPError):
        api.auth_check("julia/other", repo_type="space", write=True)
    with pytest.raises(HfHubHTTPError):
        api.create_repo("julia/new", repo_type="space", space_sdk="gradio")
    with pytest.raises(HfHubHTTPError):
        api.whoami()


def test_commits_of_a_workflow_have_the_system_user_as_author(
    hub: LocalHub, space: HostedSpace
) -> None:
    token = exchanged(hub, minted(hub)).json()["access_token"]
    api = HfApi(endpoint=hub.url, token=token)
    api.upload_file(
        path_or_fileobj=b"new", path_in_repo="a.txt", repo_id=space.id, repo_type="space"
    )
    assert hub.commits(space.id)[0].author == "[OIDC]"


@pytest.mark.usefixtures("space")
def test_an_identity_token_counts_for_its_audience_and_its_space(hub: LocalHub) -> None:
    assert exchanged(hub, "made.up.token").json()["error"] == "invalid_grant"
    assert exchanged(hub, minted(hub, "https://elsewhere.example")).status_code == 400
    assert exchanged(hub, minted(hub), "spaces/julia/missing").status_code == 400
    hub.scenario.trusted = set()
    assert "Trusted Publisher" in exchanged(hub, minted(hub)).json()["error_description"]


def test_an_exchange_needs_its_grant_type(hub: LocalHub) -> None:
    answer = WEB.post(f"{hub.url}/oauth/token", json={"subject_token": "x"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_minting_needs_the_request_token_and_an_audience(hub: LocalHub) -> None:
    assert WEB.get(f"{hub.url}/_github/oidc?audience=x").status_code == 401
    headers = {"Authorization": f"Bearer {hub.scenario.github_token}"}
    assert WEB.get(f"{hub.url}/_github/oidc", headers=headers).status_code == 400


def test_the_client_itself_goes_the_keyless_way(
    hub: LocalHub, space: HostedSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_OIDC_RESOURCE", f"spaces/{space.id}")
    monkeypatch.setenv("HF_OIDC_ID_TOKEN", minted(hub))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    api = HfApi(endpoint=hub.url)
    api.auth_check(space.id, repo_type="space", write=True)


def test_a_record_marks_the_token_and_never_tells_it(hub: LocalHub, api: HfApi) -> None:
    api.whoami()
    record = hub.requests_to("/whoami-v2")[0]
    assert record.token == token_fingerprint("hf_write")
    assert "hf_write" not in repr(record)


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        ("sdk: [", "YAML"),
        ("sdk: streamlit", '"sdk" must be one of'),
        ("colorFrom: mauve", '"colorFrom"'),
        ("short_description: " + "long " * 20, "short_description"),
        ("startup_duration_timeout: soon", "duration"),
    ],
)
def test_a_bad_front_matter_is_refused_before_anything_is_sent(
    hub: LocalHub, api: HfApi, space: HostedSpace, front: str, problem: str
) -> None:
    with pytest.raises(ValueError, match="Invalid metadata") as refused:
        api.upload_file(
            path_or_fileobj=f"---\n{front}\n---\n".encode(),
            path_in_repo="README.md",
            repo_id=space.id,
            repo_type="space",
        )
    assert problem in str(refused.value)
    assert not isinstance(refused.value, BadRequestError)
    assert not hub.requests_to("/commit/")


def test_a_readme_without_front_matter_is_no_mistake(hub: LocalHub) -> None:
    answer = WEB.post(f"{hub.url}/api/validate-yaml", json={"content": "# Hello"})
    assert answer.json() == {"errors": [], "warnings": []}
