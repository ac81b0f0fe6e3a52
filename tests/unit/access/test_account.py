"""The permissions of a token, as the Hub reports them."""

from __future__ import annotations

from typing import Any

import pytest

from deployer.access.account import Account
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
def test_role_membership_and_permissions_decide_who_may_create_a_space(
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
def test_a_missing_permission_is_named_with_the_url_to_change_it(
    account: Account, space: SpaceId, why: str
) -> None:
    message = account.missing_permission(space, "403: no")
    assert message.startswith('the token "ci" of julia') and why in message
    assert "settings/tokens" in message


def test_an_account_with_few_fields_is_read() -> None:
    account = Account.read({"name": "julia"})
    assert (account.token, account.role, account.pro) == (None, None, None)
    assert account.may_write_for("julia") and "role unknown" in str(account)


def test_a_permission_for_one_space_is_not_enough_to_create_it() -> None:
    assert "it lacks `repo.write` for julia;" in WRITES_ONE.missing_permission(APP, None)
