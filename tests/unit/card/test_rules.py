"""The rules of a card: each invalid card is reported at its line, valid ones have no findings."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from deployer.card.card import Card, CardFile, compose, explain_missing_card, parse
from deployer.card.rules import check_card
from deployer.card.schema import KEYS
from deployer.card.yaml import InvalidCard
from deployer.problem import Level, Problem
from deployer.space.space import CREATABLE, Sdk

DEPLOYED = ["README.md", "app.py", "src/app.py", "index.html", "dist/index.html", "Dockerfile"]
GRADIO = 'sdk: gradio\nsdk_version: "6.31.0"\n'


def card_of(front: str) -> Card:
    """The card of a README with this front matter."""
    card = parse(f"---\n{front}\n---\nbody\n")
    assert card is not None
    return card


def found_in(front: str) -> list[Problem]:
    """What is wrong with this front matter, beside common files."""
    return check_card(card_of(front), DEPLOYED)


# As people write them; the Hub takes every one.
VALID = {
    "the Hub's own start": (
        "title: Demo\nemoji: 🚀\ncolorFrom: blue\ncolorTo: indigo\nsdk: gradio\n"
        "sdk_version: 5.49.1\napp_file: app.py\npinned: false"
    ),
    "quoted": 'title: "A: b"\nsdk: "gradio"\nsdk_version: "6.31.0"\npython_version: "3.12"',
    "only an sdk": "sdk: gradio",
    "docker": "title: API\nsdk: docker\napp_port: 8000\npinned: true",
    "docker's default port": "sdk: docker",
    "docker with a port in quotes": 'sdk: docker\napp_port: "8501"',
    "docker that names an app_file": "sdk: docker\napp_file: nowhere.py\napp_port: 7860",
    "docker with another sdk's version": "sdk: docker\nsdk_version: 1.31\npython_version: 3.10",
    "static": "sdk: static\npinned: false",
    "static with a page": "sdk: static\napp_file: dist/index.html\nheader: mini\nfullWidth: true",
    "static that is built": (
        "sdk: static\napp_build_command: npm run build\napp_file: build/index.html"
    ),
    "gradio with docker's default port": "sdk: gradio\napp_port: 7860",
    "a broken joined emoji of a course's template": "sdk: gradio\nemoji: 🕵🏻‍♂️",
    "the same without its joiner": "sdk: gradio\nemoji: 🕵🏻♂️",
    "an arrow": "sdk: gradio\nemoji: ↔️",
    "a keycap": "sdk: gradio\nemoji: 1️⃣",
    "a letter that is an emoji": "sdk: gradio\nemoji: ℹ️",
    "a flag": "sdk: gradio\nemoji: 🇪🇺",
    "a family": "sdk: gradio\nemoji: 👩‍👩‍👧‍👦",
    "an old symbol": "sdk: gradio\nemoji: ⚡",
    "an emoji of Unicode 15": "sdk: gradio\nemoji: \U0001fabf",
    "an emoji newer than any Python": "sdk: gradio\nemoji: \U0001faff",
    "a pre-release": "sdk: gradio\nsdk_version: 5.0.0b1",
    "a pre-release in another way": "sdk: gradio\nsdk_version: 5.0.0-beta.2",
    "four parts": "sdk: gradio\nsdk_version: 2.7.5.2",
    "an unquoted Python": "sdk: gradio\npython_version: 3.9",
    "an unquoted Python of today": "sdk: gradio\npython_version: 3.12",
    "a Python in full": "sdk: gradio\npython_version: 3.12.12",
    "a quoted Python 3.10": 'sdk: gradio\npython_version: "3.10"',
    "a long wait": "sdk: gradio\nstartup_duration_timeout: 24h",
    "a short wait": "sdk: gradio\nstartup_duration_timeout: 45m",
    "log in": (
        "sdk: gradio\nhf_oauth: true\n# optional\nhf_oauth_expiration_minutes: 43200\n"
        "hf_oauth_scopes:\n- read-repos\n- write-repos\n- manage-repos\n- inference-api"
    ),
    "log in for one organisation": "sdk: static\nhf_oauth: true\nhf_oauth_authorized_org: acme",
    "log in for several": "sdk: static\nhf_oauth: true\nhf_oauth_authorized_org:\n - a\n - b",
    "a scope that is newer than we are": "sdk: docker\nhf_oauth_scopes:\n - teleport",
    "headers": (
        "sdk: static\ncustom_headers:\n  cross-origin-embedder-policy: require-corp\n"
        "  cross-origin-opener-policy: same-origin\n  cross-origin-resource-policy: cross-origin"
    ),
    "headers with capitals": (
        "sdk: static\ncustom_headers:\n  Cross-Origin-Embedder-Policy: credentialless"
    ),
    "preloads": (
        "sdk: gradio\npreload_from_hub:\n"
        "  - warp-ai/wuerstchen-prior text_encoder/model.safetensors,prior/model.safetensors\n"
        "  - coqui/XTTS-v1\n  - openai-community/gpt2 config.json "
        "11c5a3d5811f50298f278a704980280950aedb10\n  - distilbert-base-uncased\n  -"
    ),
    "preloads in a row": 'sdk: gradio\npreload_from_hub: ["a/b_32", "a/c_16"]',
    "models": "sdk: gradio\nmodels:\n- gpt2\n- deepset/roberta-base-squad2\ndatasets:\n- a/b.c-d_e",
    "a model alone": "sdk: gradio\nmodels: openai/whisper-large-v3",
    "a local sdk's own keys": "sdk: gradio\nauthor: Rahul\nauthor_github: https://x.y/z\nfoo: 1",
    "keys of model cards": (
        "sdk: gradio\nlicense: apache-2.0\nlanguage:\n  - en\nlibrary_name: gradio\n"
        "pipeline_tag: text-generation\nbase_model: a/b\nmetrics: [f1]"
    ),
    "Gradio's own short release": "sdk: gradio\nsdk_version: 3.4",
    "the last of an old series": "sdk: gradio\nsdk_version: 3.50.2",
    "several emojis": "sdk: gradio\nemoji: 📸🚀🌟",
    "a trademark for an emoji": "sdk: gradio\nemoji: ™",
    "a comment that is meant as one": "sdk: gradio\nlicense: # later\napp_file: # the default",
    "a wait in two units": "sdk: gradio\nstartup_duration_timeout: 1h 30m",
    "a license in capitals": "sdk: gradio\nlicense: MIT",
    "tags": 'sdk: gradio\ntags:\n- leaderboard\n- "2048"\n- submission:automatic',
    "an empty list of tags": "sdk: gradio\ntags: []",
    "keys without values": "sdk: gradio\nlicense:\nmodels:\nshort_description:\napp_port:",
    "a picture": "sdk: gradio\nthumbnail: >-\n  https://cdn.example/a.jpeg\nshort_description: x",
    "exactly sixty characters": f"sdk: gradio\nshort_description: {'x' * 60}",
    "sixty characters of Korean": f"sdk: gradio\nshort_description: {'한' * 60}",
    "hardware": "sdk: gradio\nsuggested_hardware: zero-a10g\nsuggested_storage: small",
    "a base path": "sdk: docker\nbase_path: /docs?x=1",
    "no embedding": "sdk: docker\ndisable_embedding: true",
    "true in quotes": "sdk: docker\npinned: 'false'",
    "a no that is a word": "sdk: gradio\ntitle: No\nshort_description: Yes",
    "an app below a folder": "sdk: gradio\napp_file: ./src/app.py",
    "several licenses": "sdk: gradio\nlicense:\n - mit\n - cc-by-4.0",
    "an anchor": "sdk: gradio\ntitle: &t Hi\nshort_description: *t",
    "Windows lines": "title: x\r\nsdk: gradio\r\nsdk_version: 5.0.0\r",
}


def test_a_valid_card_has_no_findings() -> None:
    assert {name: found_in(front) for name, front in VALID.items() if found_in(front)} == {}


@pytest.mark.parametrize(
    "color", ["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]
)
def test_eight_colors_are_known(color: str) -> None:
    assert not found_in(f"sdk: gradio\ncolorFrom: {color}\ncolorTo: {color}")


E, W = Level.ERROR, Level.WARNING

# front matter · line · level · words of the sentence
INVALID = [
    ("sdk: gradoi", 2, E, ["invalid `sdk` 'gradoi'", "gradio, docker, static", "mean `gradio`"]),
    ("sdk: gradio\nsdk_version: 5.10", 3, E, ["5.10", "number 5.1", '`sdk_version: "5.10.0"`']),
    ("sdk: gradio\nsdk_version: 5.1", 3, E, ["incomplete `sdk_version` 5.1,", '"5.1.0"']),
    ("sdk: gradio\nsdk_version: 6", 3, E, ['"6.0.0"']),
    ('sdk: gradio\nsdk_version: "4.44"', 3, E, ['"4.44.0"']),
    ("sdk: gradio\nsdk_version: latest", 3, E, ["'latest'", "6.31.0"]),
    ("sdk: gradio\nsdk_version: '>=5.0.0'", 3, E, ["one full version"]),
    ("sdk: gradio\nsdk_version: [5]", 3, E, ["one full version"]),
    ("sdk: gradio\npython_version: 3.10", 3, E, ["as 3.1,", '`python_version: "3.10"`']),
    ("sdk: gradio\npython_version: 3.20", 3, E, ["as 3.2,", '"3.20"']),
    ("sdk: gradio\npython_version: 2.7", 3, E, ["3.x or 3.x.y"]),
    ("sdk: gradio\npython_version: python3.11", 3, E, ["3.x or 3.x.y"]),
    ("sdk: gradio\napp_file: ap.py", 3, E, ["`ap.py`", "not deployed", "mean `app.py`"]),
    ("sdk: gradio\napp_file: App.py", 3, E, ["mean `app.py`"]),
    ("sdk: gradio\napp_file: lib/app.py", 3, E, ["mean `app.py`"]),
    ("sdk: static\napp_file: 3", 3, E, ["a number", "not a string"]),
    ("sdk: docker\napp_port: 0", 3, E, ["1 to 65535"]),
    ("sdk: docker\napp_port: 70000", 3, E, ["1 to 65535"]),
    ("sdk: docker\napp_port: http", 3, E, ["'http'", "whole number"]),
    ("sdk: docker\napp_port: true", 3, E, ["whole number"]),
    ("sdk: docker\napp_port: [80]", 3, E, ["whole number"]),
    ("sdk: gradio\napp_port: 8000", 3, W, ["outside of docker Spaces", "7860"]),
    ("sdk: static\napp_port: 8000", 3, W, ["has no port"]),
    ("sdk: docker\nbase_path: docs", 3, E, ["start it with `/`"]),
    ("sdk: static\nbase_path: /docs", 3, W, ["`app_file`"]),
    ("sdk: gradio\ncolorFrom: Blue", 3, E, ["red, yellow", "mean `blue`"]),
    ("sdk: gradio\ncolorTo: grey", 3, E, ["mean `gray`"]),
    ("sdk: gradio\ncolorTo: teal", 3, E, ["'teal'", "gray"]),
    ("sdk: gradio\ncolorTo: '#ff0000'", 3, E, ["one of red"]),
    ("sdk: gradio\ncolorTo: {a: 1}", 3, E, ["one of red"]),
    ("sdk: gradio\nemoji: rocket", 3, E, ["one emoji"]),
    ("sdk: gradio\nemoji: ':fire:'", 3, E, ["one emoji"]),
    ("sdk: gradio\nemoji: ''", 3, E, ["one emoji"]),
    ("sdk: gradio\nemoji: 7", 3, E, ["a number"]),
    ("sdk: gradio\nemoji: ':)'", 3, E, ["one emoji"]),
    ("sdk: gradio\nemoji: '??'", 3, E, ["one emoji"]),
    ("sdk: gradio\nemoji: '*'", 3, E, ["one emoji"]),
    ("sdk: gradio\nemoji: \ufffd", 3, E, ["one emoji"]),
    ("sdk: gradio\nemoji: 🚀 rocket", 3, E, ["one emoji"]),
    (f"sdk: gradio\nshort_description: {'x' * 61}", 3, E, ["61 characters", "60"]),
    (f"sdk: gradio\nshort_description: {'🚀' * 31}", 3, E, ["62 characters"]),
    ("sdk: gradio\nshort_description: 12", 3, E, ["quotes"]),
    ("sdk: gradio\nstartup_duration_timeout: 30", 3, E, ["30m or 1h"]),
    ("sdk: gradio\nstartup_duration_timeout: soon", 3, E, ["30m or 1h"]),
    ("sdk: gradio\nhf_oauth_expiration_minutes: 50000", 3, E, ["1 to 43200"]),
    ("sdk: gradio\nhf_oauth: yes", 3, W, ["'yes'", "true or false"]),
    ("sdk: gradio\npinned: 3", 3, W, ["true or false"]),
    ("sdk: gradio\nhf_oauth_scopes:\n - jobs\n - read_repo", 5, W, ["mean `read-repos`"]),
    ("sdk: static\ncustom_headers:\n  x-frame-options: deny", 4, E, ["x-frame-options", "only"]),
    ("sdk: static\ncustom_headers: none", 3, E, ["indented"]),
    (
        "sdk: static\ncustom_headers:\n  cross-origin-opener-policy: same-orign",
        4,
        E,
        ["mean `same-origin`"],
    ),
    ("sdk: gradio\npreload_from_hub:\n - a/b x, y z", 4, E, ["no space after a comma"]),
    ("sdk: gradio\npreload_from_hub:\n - c/d\n - https://huggingface.co/a/b", 5, E, ["URL"]),
    ("sdk: gradio\npreload_from_hub: {a: b}", 3, E, ["not a list"]),
    ("sdk: gradio\npreload_from_hub:\n - a/b x, y", 4, E, ["no space after a comma"]),
    ("sdk: gradio\npreload_from_hub:\n - a/b@main", 4, E, ["repository file"]),
    ("sdk: gradio\npreload_from_hub: https://huggingface.co/a/b", 3, E, ["URL"]),
    ("sdk: gradio\npreload_from_hub:\n - {a: b}", 4, E, ["repository file"]),
    ("sdk: gradio\nmodels:\n - c/d\n - https://huggingface.co/a/b", 5, W, ["owner/name"]),
    ("sdk: gradio\ndatasets:\n - my data", 4, W, ["owner/name"]),
    ("sdk: gradio\ndatasets:\n - datasets/a/b", 4, W, ["owner/name"]),
    ("sdk: gradio\nmodels: a/b, c/d", 3, W, ["owner/name"]),
    ("sdk: gradio\nmodels: [1]", 3, W, ["owner/name"]),
    ("sdk: gradio\ntags: demo", 3, E, ["not a list"]),
    ("sdk: gradio\ntags: [2048]", 3, E, ["2048", "quotes"]),
    ("sdk: gradio\ntags:\n  - a\n\n  - 2048", 6, E, ["2048", "quotes"]),
    ("sdk: gradio\nhf_oauth_scopes:\n - 1", 4, E, ["quotes"]),
    ("sdk: gradio\nhf_oauth_authorized_org: [a, 1]", 3, E, ["quotes"]),
    ("sdk: static\nheader: big", 3, E, ["mini, default"]),
    ("sdk: gradio\nsuggested_hardware: a10g-smal", 3, W, ["mean `a10g-small`"]),
    ("sdk: gradio\nsuggested_hardware: t4", 3, W, ["mean one of t4-small, t4-medium?"]),
    ("sdk: gradio\nsuggested_hardware: zero-gpu", 3, W, ["zero-a10g"]),
    ("sdk: gradio\nsuggested_hardware: GPU", 3, W, ["docs/hub/spaces-gpus"]),
    ("sdk: gradio\nsuggested_storage: huge", 3, W, ["small, medium, large"]),
    ("sdk: gradio\ntitle: 2048", 3, W, ["quotes"]),
    ("sdk: gradio\ntitle: 2024-05-05", 3, W, ["a date"]),
    ("sdk: gradio\nlicense: 3", 3, W, ["license"]),
    ("sdk: gradio\nlicense:\n - mit\n - apache 2.0", 5, W, ["mean `apache-2.0`"]),
    ("sdk: gradio\nlicense: Proprietary", 3, W, ["the Hub does not know", "use `other`"]),
    ("sdk: gradio\ncolorTo: #ff0000", 3, W, ["`colorTo` is empty", "`#ff0000`", "quotes"]),
    ("sdk: gradio\nhardware: t4-small", 3, W, ["mean `suggested_hardware`"]),
    ("sdk: gradio\nsdk_version: 4.45.0", 3, E, ["Gradio version 4.45.0", "4.44.1", "not exist"]),
    ("sdk: gradio\nsdk_version: 4.44.2", 3, E, ["last 4.x version is 4.44.1"]),
    ("sdk: gradio\nsdk_version: 1.40.0", 3, E, ["last 1.x version is 1.7.7"]),
    ("sdk: gradio\nsdk_version: 4.99", 3, E, ["unknown Gradio version 4.99,"]),
    ("sdk: gradio\nsdk_version: 4.30.0", 3, E, ["4.30.0", "not exist", "4.29.0 and 4.31.0"]),
    ("sdk: gradio\nsdk_version: 4.34", 3, E, ["unknown Gradio version 4.34", "4.33.0 and 4.35.0"]),
    ("sdk: gradio\nsdk_version: 6.17.1", 3, E, ["6.16.0 and 6.17.3"]),
    ("sdk: gradio\nsdk_version: 3.27", 3, E, ["version does not exist", '"3.27.0"']),
    ("sdk: gradio\nsdk_version: 2.9b26", 3, E, ["one full version of Gradio"]),
    ("sdk: gradio\napp_file: index.html", 3, E, ["`python index.html`", "not a Python file"]),
    ("sdk: static\napp_file: app.py", 3, W, ["never runs it"]),
    ("sdk: gradio\nstartup_duration_timeout: 30x", 3, E, ["30m or 1h"]),
    ("sdk: gradio\ncolourFrom: red", 3, W, ["`colourFrom`", "mean `colorFrom`"]),
    ("sdk: gradio\nsdkVersion: 5.0.0", 3, W, ["mean `sdk_version`"]),
    ("sdk: gradio\npython-version: 3.12", 3, W, ["mean `python_version`"]),
    ("sdk: gradio\napp-file: app.py", 3, W, ["mean `app_file`"]),
    ("sdk: docker\nx: 1\nappport: 7860", 4, W, ["mean `app_port`"]),
    ("sdk: docker\nport: 8000", 3, W, ["mean `app_port`"]),
]


def test_an_invalid_card_is_reported_with_its_line_and_fix() -> None:
    for front, line, level, words in INVALID:
        found, *others = found_in(front)
        assert not others, front
        assert (found.path, found.line, found.level) == ("README.md", line, level), front
        assert str(found).startswith(f"README.md:{line}: ")
        assert not [word for word in words if word not in found.message], found.message


def test_every_key_of_the_table_that_has_a_rule_is_invalid_above() -> None:
    broken = {key for front, *_ in INVALID for key in card_of(front).meta}
    untested = {key for key, rules in KEYS.items() if rules} - broken
    assert untested == {  # all four share their rule with a key that is
        *("fullWidth", "disable_embedding", "app_build_command", "thumbnail"),
    }


@pytest.mark.parametrize(
    ("front", "starts"),
    [
        ("sdk: gradio", "app.py"),
        ("sdk: gradio\napp_file: src/main.py", "src/main.py"),
        ("sdk: docker", "Dockerfile"),
        ("sdk: docker\napp_file: other", "Dockerfile"),
        ("sdk: static", "index.html"),
        ("sdk: static\napp_file: dist/index.html", "dist/index.html"),
    ],
)
def test_each_sdk_needs_the_file_that_it_starts(front: str, starts: str) -> None:
    card = card_of(front)
    assert f"`{starts}`" in check_card(card, ["README.md"])[0].message
    assert "a rule" in check_card(card, ["README.md"], excluded=[starts])[0].message
    assert not check_card(card, ["README.md", starts])


@pytest.mark.parametrize("there", ["dockerfile", "DockerFile", "docker/Dockerfile"])
def test_a_dockerfile_elsewhere_is_found(there: str) -> None:
    (found,) = check_card(card_of("sdk: docker"), [there])
    assert f"did you mean `{there}`?" in found.message


@pytest.mark.parametrize(
    "sdk", ["", "sdk: null", "sdk: Gradio", "sdk: flask", "sdk: [gradio]", "sdk: 3", "sdk: {a: 1}"]
)
def test_an_sdk_that_is_none_is_reported_with_the_valid_ones(sdk: str) -> None:
    (found,) = check_card(card_of(f"title: x\n{sdk}"), ["app.py"])
    assert all(name in found.message for name in CREATABLE)
    assert found.line == (3 if sdk else None)


@pytest.mark.parametrize(
    ("front", "line", "words"),
    [
        ("SDK: gradio", 2, ["missing key `sdk`", "`SDK` is an unknown key"]),
        ("title: x\n\u200bsdk: gradio", 3, ["missing key `sdk`"]),
        ("sdk: FastAPI", 2, ["`sdk: docker`"]),
        ("sdk: html", 2, ["`sdk: static`"]),
    ],
)
def test_what_people_write_for_an_sdk_is_understood(
    front: str, line: int, words: list[str]
) -> None:
    (found,) = found_in(front)
    assert (found.line, found.level) == (line, E)
    assert not [word for word in words if word not in found.message], found.message


@pytest.mark.parametrize(
    ("app_file", "meant"),
    [("src\\app.py", "src/app.py"), ("'a.py '", "a.py"), ("main.py", "a.py"), ("x", None)],
)
def test_the_file_that_was_meant_is_named(app_file: str, meant: str | None) -> None:
    (found,) = check_card(card_of(f"sdk: gradio\napp_file: {app_file}"), ["src/app.py", "a.py"])
    assert ("did you mean" in found.message) == (meant is not None)
    assert meant is None or f"`{meant}`?" in found.message


def test_each_invalid_item_is_reported_at_its_own_line() -> None:
    found = found_in("sdk: gradio\ntags:\n- a\n- 1\n- true\nmodels:\n- b\n- c d\n-\n- http://e/f")
    assert [one.line for one in found] == [5, 6, 9, 11]


def test_streamlit_is_a_warning_that_names_docker() -> None:
    (found,) = check_card(card_of("sdk: streamlit\nsdk_version: 1.55.0"), ["app.py"])
    assert (found.line, found.level) == (2, Level.WARNING)
    assert "docker" in found.message and "8501" in found.message


def test_a_streamlit_space_needs_its_app_file() -> None:
    _, missing = check_card(card_of("sdk: streamlit\napp_file: main.py"), ["app.py"])
    assert (missing.line, missing.level) == (3, Level.ERROR)


def test_several_problems_come_in_the_order_of_their_lines() -> None:
    found = found_in("emoji: x\ncolorTo: teal\nsdk: gradio\nsdk_version: 5.0\ntitles: y\ntitle: z")
    assert [one.line for one in found] == [2, 3, 5]


def test_a_card_file_is_reported_at_its_own_line() -> None:
    card_file = CardFile("conf/card.yaml", "# c\nsdk: gradio\n\ncolorTo: teal\ntags:\n- a\n- 1\n")
    card = parse(compose("---\ntitle: 2048\n---\n", card_file.text))
    assert card is not None
    found = check_card(card, DEPLOYED, card_file=card_file)
    assert [(one.path, one.line) for one in found] == [
        *(("README.md", 2), ("conf/card.yaml", 4), ("conf/card.yaml", 7)),
    ]


def test_a_card_file_with_its_own_fences_has_its_own_lines() -> None:
    card_file = CardFile("card.md", "---\nsdk: gradio\nheader: big\n---\n")
    card = parse(compose("", card_file.text))
    assert card is not None
    assert [one.line for one in check_card(card, DEPLOYED, card_file=card_file)] == [3]


def test_a_missing_key_is_reported_in_the_card_file() -> None:
    card = parse(compose("", "title: x\n"))
    assert card is not None
    (found,) = check_card(card, DEPLOYED, card_file=CardFile("card.yaml", "title: x\n"))
    assert (found.path, found.line) == ("card.yaml", None)
    assert str(found).startswith("card.yaml: missing key `sdk`")


@pytest.mark.parametrize(
    ("readme", "line", "word"),
    [
        ("", 1, "no card found"),
        ("# Title\n", 1, "no card found"),
        ("# Title\n\n---\na rule\n---\n", 1, "no card found"),
        ("\n\n---\nsdk: gradio\n---\n", 3, "text before the card"),
        ("  ---\nsdk: gradio\n  ---\n", 1, "text before the card"),
        ("---\nsdk: gradio\n# Title\n", 1, "no closing `---`"),
        ("---\nsdk: gradio\n  ---\n", 3, "invalid end"),
        ("---\nsdk: gradio\n...\n", 3, "exactly `---`"),
        ("---\nsdk: gradio\n----\nbody\n---x\n", 3, "exactly `---`"),
        ("----\nsdk: gradio\n----\n", 1, "invalid start"),
        ("—--\r\nsdk: gradio\r\n—--\r\n", 1, "invalid start"),
        ("title: x\nsdk: gradio\n---\n", 1, "no opening `---`"),
        ("# Title\n\n---\nsdk: gradio\n---\n", 3, "text before the card"),
        ("```yaml\r\n---\r\ntitle: x\r\nsdk: gradio\r\n---\r\n```\r\n", 2, "text before the card"),
    ],
)
def test_why_a_readme_has_no_card(readme: str, line: int, word: str) -> None:
    assert parse(readme) is None
    assert explain_missing_card(readme)[0] == line
    assert word in explain_missing_card(readme)[1]


_VALUES = some.recursive(
    some.one_of(
        some.none(),
        some.booleans(),
        some.integers(),
        some.floats(),
        some.text(max_size=8),
        some.dates(),
        some.binary(max_size=3),
    ),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3), some.dictionaries(some.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)
_KEYS = some.one_of(some.sampled_from([*KEYS, "colour_from", "appPort"]), some.text(max_size=6))


@given(some.dictionaries(_KEYS, _VALUES, max_size=6), some.sampled_from([*map(str, Sdk), "x"]))
def test_no_value_breaks_a_rule(meta: dict[str, object], sdk: str) -> None:
    try:
        card = parse(f"---\n{yaml.safe_dump({**meta, 'sdk': sdk})}---\n")
    except InvalidCard:
        return
    if card is not None:
        assert all(str(one) for one in check_card(card, DEPLOYED))


@given(some.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        card = parse(f"---\n{text}\n---\n")
    except InvalidCard:
        return
    if card is not None:
        check_card(card, DEPLOYED)
    assert explain_missing_card(text)
