"""Everything is checked before anything is sent to the Hub."""

from __future__ import annotations

import pytest

from deployer.errors import InvalidSource
from deployer.events import Warned
from deployer.rehearsal import LocalHub
from deployer.release.verdict import Verdict
from tests.conftest import APP, SPACE, Repo
from tests.flows.conftest import Deployer

PINNED = b'---\nsdk: gradio\npython_version: "3.10"\n---\n'


@pytest.mark.parametrize(
    ("files", "seen"),
    [
        ({"README.md": b"---\nsdk: gradio\ncolorFrom: bleu\n---\n"}, "README.md:3: "),
        ({"requirements.txt": b"numpy\nnumpy=1\n"}, "requirements.txt:2: "),
        ({"README.md": PINNED, "app.py": b"print(1)\ndef f(:\n"}, "app.py:2: "),
        ({"README.md": b"---\nsdk: docker\n---\n"}, "Dockerfile"),
    ],
    ids=["card", "requirements", "syntax", "dockerfile"],
)
def test_invalid_files_are_an_error_before_any_request(
    deploy: Deployer, hub: LocalHub, repo: Repo, files: dict[str, bytes], seen: str
) -> None:
    repo.commit(files)
    with pytest.raises(InvalidSource) as refusal:
        deploy()
    assert seen in refusal.value.cause
    assert refusal.value.exit_code == 3
    assert not hub.requests


def test_many_problems_are_summarized(deploy: Deployer, repo: Repo) -> None:
    repo.commit({"requirements.txt": b"numpy=1\n" * 20})
    with pytest.raises(InvalidSource) as refusal:
        deploy()
    assert refusal.value.cause.count("requirements.txt:") == 5
    assert refusal.value.cause.endswith("and 15 more")


def test_files_with_warnings_are_deployed(deploy: Deployer, repo: Repo) -> None:
    repo.commit({"README.md": APP["README.md"].replace(b"sdk:", b"colour_from: blue\nsdk:")})
    assert deploy().rollout.verdict is Verdict.LIVE
    assert any("README.md:3" in event.message for event in deploy.events_of(Warned))


@pytest.mark.parametrize(
    "readme",
    [
        b"\xef\xbb\xbf---\r\ntitle: Caf\xc3\xa9  # best\r\nsdk: gradio\r\n---\r\nbody\r\n",
        b"---\n# first\nsdk: 'gradio'\n\n\ntitle:   a\n---",
    ],
    ids=["a byte order mark, carriage returns", "comments, order, quotes, no newline at the end"],
)
def test_a_readme_with_a_card_is_deployed_byte_for_byte(
    deploy: Deployer, hub: LocalHub, repo: Repo, readme: bytes
) -> None:
    repo.commit({"README.md": readme})
    assert deploy().rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE)["README.md"] == readme
    marked = any("byte order mark" in event.message for event in deploy.events_of(Warned))
    assert marked is readme.startswith(b"\xef\xbb\xbf")


def test_a_readme_below_a_card_file_is_deployed_byte_for_byte(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    body, card = b"# T\xc3\xaftle\r\n\r\n---\r\nnot a card\r\n", b"# mine\nsdk: gradio\n"
    repo.commit({"README.md": body, "card.yaml": card})
    assert deploy(card="card.yaml").rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE)["README.md"] == b"---\r\n# mine\r\nsdk: gradio\r\n---\r\n" + body
