"""The claims in a GitHub job's OIDC token that a Trusted Publisher of the Hub checks."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass

_BRANCH = "refs/heads/"
_FILE = re.compile(r"[^@]*/\.github/workflows/(?P<file>[^@/]+)@.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OidcClaims:
    """The claims that a Trusted Publisher compares, each exactly; None for a missing one.

    `branch` is None for a tag or a pull request, `workflow` is the name of its file.
    https://huggingface.co/docs/hub/trusted-publishers
    """

    repository: str | None = None
    branch: str | None = None
    workflow: str | None = None

    @classmethod
    def read(cls, token: str) -> OidcClaims:
        """Read a JSON web token without verifying it: the Hub does that."""
        try:
            part = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (IndexError, ValueError):
            return cls()
        if not isinstance(claims, dict):
            return cls()
        texts = {key: value for key, value in claims.items() if isinstance(value, str)}
        ref, file = texts.get("ref", ""), _FILE.fullmatch(texts.get("workflow_ref", ""))
        return cls(
            repository=texts.get("repository"),
            branch=ref.removeprefix(_BRANCH) if ref.startswith(_BRANCH) else None,
            workflow=file["file"] if file else None,
        )

    def __str__(self) -> str:
        """The values for the fields of the Hub's form."""
        fields = {
            "repository": self.repository,
            "branch": self.branch,
            "workflow": self.workflow,
        }
        return ", ".join(f"{name} = {value}" for name, value in fields.items() if value)
