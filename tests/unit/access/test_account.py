"""Permissions of a token's account, by what the Hub says of it; and a workflow's OIDC claims."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from deployer.access.account import Account
from deployer.access.oidc_claims import OidcClaims
from deployer.space.space import SpaceId

APP = SpaceId.parse("julia/app")
TEAM = SpaceId.parse("acme/app")


def _account(role: str, org_role: str | None = None, **fine: Any) -> Account:
    token = {"displayName": "ci", "role": role, "fineGrained": fine or None}
    orgs = [{"name": "acme", "roleInOrg": org_role}] if org_role else []
    auth = {"type": "access_token", "accessToken": token}
    return Account.read({"name": "julia", "isPro": False, "orgs": orgs, "auth": auth})


def _scope(kind: str, name: str, *permissions: str) -> dict[str, Any]:
    return {"entity": {"type": kind, "name": name}, "permissions": list(permissions)}


WRITES_HERE = _account("fineGrained", "write", scoped=[_scope("user", "julia", "repo.write")])
WRITES_ALL = _account("fineGrained", "write", **{"global": ["repo.write"]})
WRITES_ONE = _account("fineGrained", scoped=[_scope("space", "julia/app", "repo.write")])
READS_HERE = _account("fineGrained", scoped=[_scope("user", "julia", "repo.content.read")])


@pytest.mark.parametrize(
    ("account", "owner", "may"),
    [
        (_account("write"), "julia", True),
        (_account("write"), "acme", False),
        (_account("write", "write"), "acme", True),
        (_account("write", "admin"), "acme", True),
        (_account("write", "read"), "acme", False),
        (_account("read", "admin"), "acme", False),
        (_account("read"), "julia", False),
        (WRITES_HERE, "julia", True),
        (WRITES_HERE, "acme", False),
        (WRITES_ALL, "acme", True),
        (WRITES_ONE, "julia", False),
        (READS_HERE, "julia", False),
    ],
)
def test_who_may_make_a_space_follows_from_role_membership_and_permissions(
    account: Account, owner: str, may: bool
) -> None:
    assert account.may_write_for(owner) is may


@pytest.mark.parametrize(
    ("account", "space", "why"),
    [
        (_account("read"), APP, "it is read-only"),
        (_account("write"), TEAM, "not a member of acme"),
        (_account("write", "read"), TEAM, "julia has role read in acme"),
        (READS_HERE, APP, "`repo.write`"),
        (_account("write"), APP, "the Hub says: 403: no"),
        (_account("write", "contributor"), TEAM, "the Hub says: 403: no"),
        (WRITES_ONE, APP, "the Hub says: 403: no"),
    ],
)
def test_what_a_token_lacks_is_named_and_where_to_change_it(
    account: Account, space: SpaceId, why: str
) -> None:
    message = account.missing_permission(space, "403: no")
    assert message.startswith('the token "ci" of julia') and why in message
    assert "settings/tokens" in message


def test_an_answer_that_says_little_is_read_too() -> None:
    account = Account.read({"name": "julia"})
    assert (account.token, account.role, account.pro) == (None, None, None)
    assert account.may_write_for("julia") and "role unknown" in str(account)


def _claims(claims: object) -> OidcClaims:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return OidcClaims.read(f"header.{part}.signature")


def test_claims_are_shown_by_the_fields_of_the_hub_s_form() -> None:
    workflow = "julia/project/.github/workflows/deploy.yml@refs/heads/main"
    claims = {"repository": "julia/project", "ref": "refs/heads/main", "workflow_ref": workflow}
    said = "repository = julia/project, branch = main, workflow = deploy.yml"
    assert str(_claims(claims)) == said
    assert str(_claims(claims | {"ref": "refs/tags/v1"})) == said.replace("branch = main, ", "")


@pytest.mark.parametrize("claims", [[], 1, {}, {"ref": 1, "workflow_ref": "x"}])
def test_claims_of_another_type_show_nothing(claims: object) -> None:
    assert str(_claims(claims)) == ""


@pytest.mark.parametrize("token", ["", "a.b", "a.!!.c", "a.e30x.c"])
def test_an_invalid_token_has_no_claims(token: str) -> None:
    assert OidcClaims.read(token) == OidcClaims()


def test_what_a_token_lacks_to_create_a_space_is_not_what_it_has_for_it_alone() -> None:
    assert "it lacks `repo.write` for julia;" in WRITES_ONE.missing_permission(APP, None)
