"""The Hub's own validation of a card: it checks each README before a commit."""

from __future__ import annotations

from collections.abc import Sequence

from huggingface_hub.utils import get_session, hf_raise_for_status

from deployer.card.card import REFERENCE
from deployer.errors import InvalidSource
from deployer.world.hub.client import Client

_STATUSES = (200, 400)  # for a valid card and for an invalid one
_REJECTION = "Invalid metadata in README.md"  # what huggingface_hub raises begins with it


class CardRejected(InvalidSource):
    """The Hub rejected a README, for the reasons in `messages` (untrusted text)."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__(
            "the Hub rejected the card",
            cause="; ".join(messages),
            fix=f"fix the card and deploy again; nothing was committed; reference: {REFERENCE}",
        )
        self.messages = messages


def validate(client: Client, readme: str) -> tuple[list[str], list[str]]:
    """The errors and the warnings that the Hub reports for the front matter of a README."""

    def post() -> tuple[list[str], list[str]]:
        response = get_session().post(
            f"{client.endpoint}/api/validate-yaml",
            json={"content": readme, "repoType": "space"},
            headers=client.headers,
        )
        if response.status_code not in _STATUSES:
            hf_raise_for_status(response)
        result = response.json()
        return _messages(result["errors"]), _messages(result["warnings"])

    return client.call_with_retry(post, "validate the card")


def is_rejection(error: ValueError) -> bool:
    """Whether huggingface_hub raised this after a failed validation."""
    return str(error).startswith(_REJECTION)


def to_card_rejected(error: ValueError) -> CardRejected:
    """Convert what huggingface_hub raises after a failed validation: a title, then `- ` lines."""
    lines = str(error).splitlines()
    return CardRejected([line.removeprefix("- ") for line in lines[1:]] or lines)


def _messages(findings: Sequence[dict[str, str]]) -> list[str]:
    return [" ".join(str(finding["message"]).split()) for finding in findings]
