"""A 402 or 403 is not always the token: the Hub's own message decides what is said."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from deployer.errors import NotAllowed
from deployer.flows.check import check
from deployer.flows.check_account import check_account
from deployer.problem import Level
from deployer.rehearsal import Fault, LocalHub
from tests.conftest import APP, SPACE, Repo
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

OLD = {**APP, "app.py": b"old"}


def _refused(status: int, message: str, path: str = "/commit/") -> Fault:
    return Fault("POST", path, 99, status=status, body=json.dumps({"error": message}))


@pytest.mark.parametrize(
    ("status", "message", "reason", "fix"),
    [
        (
            403,
            "Private repository storage limit reached, please upgrade your plan to increase it",
            "private storage of the account is full",
            "--visibility public",
        ),
        (
            403,
            "Repository storage limit reached (Max: 1 GB)",
            "repository of the Space is full",
            "model or dataset repository",
        ),
        (
            403,
            "You have exceeded your public storage space",
            "storage of the account is full",
            "change the subscription",
        ),
        (
            403,
            "Your storage patterns tripped our internal systems! Please contact us",
            "stopped the uploads",
            "website@huggingface.co",
        ),
        (
            403,
            "You've reached your quota limit, please upgrade your account, or pause other Spaces",
            "quota of the account is used up",
            "pause or delete other Spaces",
        ),
        (403, "Subscribe to PRO to use this", "not included in the subscription", "billing"),
        (402, "Payment required", "not included in the subscription", "billing"),
        (
            403,
            "This organization only accepts fine-grained tokens (token policy)",
            "policy of the organization",
            "fine-grained token",
        ),
        (
            403,
            "Your token must be approved: the organization requires administrator approval",
            "policy of the organization",
            "administrator",
        ),
        (
            403,
            "Only private repositories can be created in this organization",
            "private Spaces only",
            "--visibility private",
        ),
        (
            403,
            "Creating public repositories is disabled by your organization",
            "private Spaces only",
            "--visibility private",
        ),
        (
            403,
            "Please verify your email address before creating a repository",
            "e-mail of the account is not verified",
            "verify it in the settings",
        ),
        (403, "Access to model acme/llm is restricted", "gated repository", "request access"),
        (403, "This Space was flagged as abusive", "Hub itself has blocked", "website@"),
        (403, "Authorization error.", "token lacks write access", "grant it write access"),
        (
            403,
            "You are not allowed to write to this organization",
            "token lacks write access",
            "grant it write access",
        ),
    ],
)
def test_a_refused_commit_has_a_sentence_of_its_own(
    deploy: Deployer, hub: LocalHub, status: int, message: str, reason: str, fix: str
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.faults = [_refused(status, message)]
    with pytest.raises(NotAllowed) as raised:
        deploy()
    error = raised.value
    assert reason in error.message and fix in error.fix and message in error.cause
    assert ("write access" in error.message + error.fix) is (reason == "token lacks write access")


def test_a_refused_upload_of_a_large_file_has_it_too(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"model.bin": bytes(11_000_000)})
    hub.add_space(SPACE, OLD)
    hub.scenario.faults = [
        _refused(403, "Repository storage limit reached (Max: 1 GB)", "/info/lfs/objects/batch")
    ]
    with pytest.raises(NotAllowed, match="repository of the Space is full"):
        deploy()


def test_a_large_file_that_is_refused_by_itself_does_not_blame_the_card(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"model.bin": bytes(11_000_000)})
    hub.add_space(SPACE, OLD)
    refused = {"code": 403, "message": "Repository storage limit reached (Max: 1 GB)"}
    oid = sha256(bytes(11_000_000)).hexdigest()
    objects = [{"oid": oid, "size": 11_000_000, "error": refused}]
    body = json.dumps({"transfer": "basic", "objects": objects})
    batch = Fault("POST", "/info/lfs/objects/batch", 99, status=200, body=body)
    hub.scenario.faults = [batch]
    with pytest.raises(NotAllowed, match="refused large files") as raised:
        deploy()
    assert "Max: 1 GB" in raised.value.cause and "dataset repository" in raised.value.fix


def test_a_refused_creation_that_upgrading_would_allow_names_the_free_ones(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.create_error = 403, "Upgrade to PRO to create Docker Spaces"
    with pytest.raises(NotAllowed) as raised:
        deploy()
    assert "subscription" in raised.value.message and "static Space" in raised.value.fix


def test_check_with_a_space_does_not_blame_the_token_for_a_policy(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    body = json.dumps({"error": "The organization requires approval of tokens"})
    hub.scenario.faults = [Fault("GET", "/auth-check/write", 99, status=403, body=body)]
    found, checked = check(deploy.request())
    problems = check_account(found, checked, deploy.operation).problems
    (error,) = [one.message for one in problems if one.level is Level.ERROR]
    assert "policy of the organization" in error and "no write access" not in error
