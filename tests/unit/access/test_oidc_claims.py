"""The claims of a workflow's OIDC token, as the fields of the Hub's form."""

from __future__ import annotations

import base64
import json

import pytest

from deployer.access.oidc_claims import OidcClaims


def _claims(claims: object) -> OidcClaims:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return OidcClaims.read(f"header.{part}.signature")


def test_claims_are_shown_as_the_fields_of_the_form() -> None:
    workflow = "julia/project/.github/workflows/deploy.yml@refs/heads/main"
    claims = {"repository": "julia/project", "ref": "refs/heads/main", "workflow_ref": workflow}
    fields = "repository = julia/project, branch = main, workflow = deploy.yml"
    assert str(_claims(claims)) == fields
    assert str(_claims(claims | {"ref": "refs/tags/v1"})) == fields.replace("branch = main, ", "")


@pytest.mark.parametrize("claims", [[], 1, {}, {"ref": 1, "workflow_ref": "x"}])
def test_claims_of_another_type_show_nothing(claims: object) -> None:
    assert str(_claims(claims)) == ""


@pytest.mark.parametrize("token", ["", "a.b", "a.!!.c", "a.e30x.c"])
def test_an_invalid_token_has_no_claims(token: str) -> None:
    assert OidcClaims.read(token) == OidcClaims()
