"""What the Hub says of a card: it judges each README before a commit."""

from __future__ import annotations

from collections.abc import Sequence

from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

from deployer.errors import InvalidSource
from deployer.world.hub.client import Client

_SOUND_OR_NOT = (200, 400)


class CardRejected(InvalidSource):
    """The Hub would not take a README, and said why in a few sentences (untrusted text)."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(
            "The Hub refuses the card.",
            cause="; ".join(sentences),
            fix="Mend what it says; nothing was committed.",
        )
        self.sentences = sentences


def opinion(client: Client, readme: str) -> tuple[list[str], list[str]]:
    """What the Hub calls an error in a README's front matter, and what it only warns of."""

    def asked() -> tuple[list[str], list[str]]:
        response = get_session().post(
            f"{client.endpoint}/api/validate-yaml",
            json={"content": readme, "repoType": "space"},
            headers=build_hf_headers(token=client.token or False),
        )
        if response.status_code not in _SOUND_OR_NOT:
            hf_raise_for_status(response)
        answer = response.json()
        return _messages(answer["errors"]), _messages(answer["warnings"])

    return client.call_with_retry(asked, "ask the Hub about the card")


def refused(error: ValueError) -> CardRejected:
    """The same, where huggingface_hub asked and raised what it was told, a line each."""
    lines = str(error).splitlines()
    return CardRejected([line.removeprefix("- ") for line in lines[1:]] or lines)


def _messages(found: Sequence[dict[str, str]]) -> list[str]:
    return [" ".join(str(one["message"]).split()) for one in found]
