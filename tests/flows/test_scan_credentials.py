"""A credential never leaves: nothing is sent, nothing is made, and it is not shown."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256

import pytest

from deployer.errors import CredentialFound
from deployer.events import Warned
from deployer.rehearsal import LocalHub, TokenOwner
from deployer.release.verdict import Verdict
from deployer.source.ignore import Patterns
from deployer.space.settings import RequestedSettings, Secret, Variable
from tests.conftest import APP, SPACE, Repo, changes_asked
from tests.flows.conftest import Deployer

TOKEN = "hf" + "_" + "QvXbT7rLw2KdNs8JzPq4GhYe1MfUa6Rc3x"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    "files",
    [
        {"app.py": f"token = '{TOKEN}'\n".encode()},
        {"README.md": APP["README.md"] + f"Log in with {TOKEN}.\n".encode()},
        {".env": b"MODE=fast\n"},
        {"data.bin": bytes(range(256)) * 8 + TOKEN.encode() + b"\0" * 9},
        {"app.py": b"import os\nos.environ['MISTRAL_API_KEY'] = '" + TOKEN[3:].encode() + b"'\n"},
    ],
    ids=["code", "readme", "by name", "binary", "by its variable"],
)
def test_a_credential_stops_a_deploy_before_any_upload(
    deploy: Deployer, hub: LocalHub, repo: Repo, files: dict[str, bytes], there: bool
) -> None:
    if there:
        hub.add_space(SPACE, {**APP, "app.py": b"old"})
    repo.commit(files)
    with pytest.raises(CredentialFound) as refusal:
        deploy()
    error = str(vars(refusal.value))
    (path,) = files
    assert path in error and TOKEN not in error and TOKEN[5:-5] not in error
    assert refusal.value.exit_code == 4
    assert not changes_asked(hub)


def test_every_credential_is_counted_and_found_at_its_line(deploy: Deployer, repo: Repo) -> None:
    repo.commit({f"{number:02}.py": f"x = '{TOKEN}'\n".encode() for number in range(40)})
    with pytest.raises(CredentialFound) as refusal:
        deploy()
    assert refusal.value.cause.count("; ") == 4 and refusal.value.cause.endswith(" and 35 more")
    assert [one.path for one in refusal.value.findings] == [f"{n:02}.py" for n in range(40)]


def test_only_files_to_upload_are_scanned(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"old.txt": TOKEN.encode()})
    hub.add_space(SPACE, repo.tracked())
    repo.commit({"new.txt": b"harmless"})
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_line_and_a_file_can_be_allowed(deploy: Deployer, repo: Repo) -> None:
    repo.commit({"a.py": f"x = '{TOKEN}'  # hf-deploy: allow-secret\n".encode()})
    assert deploy().rollout.verdict is Verdict.LIVE
    repo.commit({"tests/b.py": f"x = '{TOKEN}'\n".encode()})
    allowed = Patterns.of_option("--allow-credentials", ["tests/"])
    assert deploy(allow_credentials=allowed).rollout.verdict is Verdict.LIVE


def test_a_plan_warns_of_credentials(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"app.py": f"token = '{TOKEN}'\n".encode()})
    deploy.plan(token="hf_write")
    (warning,) = deploy.events_of(Warned)
    assert "app.py:1" in warning.message and TOKEN not in warning.message
    assert not hub.spaces()


def test_a_file_named_like_a_token_is_an_error_that_hides_it(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({f"data/{TOKEN}.txt": b"harmless"})
    with pytest.raises(CredentialFound) as refusal:
        deploy()
    error = str(vars(refusal.value))
    assert "data/hf_Qv" in error and TOKEN not in error and TOKEN[5:-5] not in error
    assert not changes_asked(hub)


def test_a_credential_in_a_variable_stops_a_deploy_before_any_request(
    deploy: Deployer, hub: LocalHub
) -> None:
    variables = (Variable("MODE", "fast"), Variable("UPSTREAM", f"https://x.org?key={TOKEN}"))
    with pytest.raises(CredentialFound, match="credential in a variable") as refusal:
        deploy(settings=RequestedSettings(variables=variables))
    error = str(vars(refusal.value))
    assert "UPSTREAM: Hugging Face token" in error and TOKEN[5:-5] not in error
    assert not hub.requests
    deploy.plan(settings=RequestedSettings(variables=variables))
    assert any("would be refused" in event.message for event in deploy.events_of(Warned))
    allowed = Patterns.of_option("--allow-credentials", ["UPSTREAM"])
    assert deploy(
        settings=RequestedSettings(variables=variables), allow_credentials=allowed
    ).changed


def test_the_token_and_the_secrets_of_a_deploy_are_found_in_any_encoding(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    token, value = "t0k3n" + "a1b2c3d4e5" * 3, "Zq7w" + "N4v8Lk2Rt6"
    hub.scenario.tokens[token] = TokenOwner("julia")
    settings = RequestedSettings(secrets=(Secret("DB", value), Secret("MODEL", "gpt-4o")))
    pragma = "# hf-deploy: allow-secret"
    repo.commit({"a.txt": b"gpt-4o\n", "b.txt": f"x = {token}  {pragma}\n".encode()})
    repo.commit({"c.bin": b"\0\1" + b64encode(b":" + value.encode())})
    with pytest.raises(CredentialFound) as refusal:
        deploy(token=token, settings=settings)
    assert refusal.value.cause == ("b.txt:1: the token in use (…); c.bin: value of secret DB (…)")
    deploy.plan(token=token, settings=settings)
    assert any("the token in use" in event.message for event in deploy.events_of(Warned))
    assert not changes_asked(hub)


def test_a_jwt_is_warned_of_and_deployed(deploy: Deployer, repo: Repo) -> None:
    head, claims = (json.dumps(part).encode() for part in ({"alg": "HS256"}, {"sub": "42"}))
    parts = (head, claims, sha256(b"signature").digest())
    token = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    repo.commit({"a.py": b"x = '" + token + b"'\n"})
    assert deploy().rollout.verdict is Verdict.LIVE
    assert any("a.py:1: JSON Web Token" in event.message for event in deploy.events_of(Warned))
