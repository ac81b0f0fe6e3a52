"""Secrets are found however they are written, and nothing else is hidden."""

from __future__ import annotations

import html
import json
import re
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from threading import Thread
from urllib.parse import quote, quote_plus

import pytest

from deployer.report.redaction import Redactor

TOKEN = "hf_SentinelTokenAbCdEfGhIjKlMnOpQrSt"
SECRET = "s3n+t/i n'el=\"&é_\\x-Value%"


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>&~@:$])", r"\\\1", text)


def _entities(text: str) -> str:
    return re.sub(r"[&<>|`*_~\\@#\[\]:$]", lambda match: f"&#{ord(match[0])};", text)


def _hexadecimal_entities(text: str) -> str:
    return "".join(f"&#x{ord(one):X};" for one in text)


WAYS: list[Callable[[str], str]] = [
    str,
    json.dumps,
    lambda text: json.dumps(text, ensure_ascii=False),
    repr,
    quote,
    lambda text: quote(text, safe="").lower() if text.islower() else quote(text, safe=""),
    quote_plus,
    html.escape,
    _markdown,
    _entities,
]
BASE64: list[Callable[[bytes], bytes]] = [b64encode, urlsafe_b64encode]


@pytest.fixture(name="redact")
def _redact() -> Redactor:
    redactor = Redactor()
    redactor.hide_token(TOKEN)
    redactor.hide_secret(SECRET)
    return redactor


@pytest.mark.parametrize("way", WAYS)
def test_a_value_is_hidden_however_it_is_escaped(
    redact: Redactor, way: Callable[[str], str]
) -> None:
    for value in (TOKEN, SECRET):
        quotes = '"' if way(value).startswith('"') else "'" if way is repr else ""
        assert redact(f"before {way(value)} after") == f"before {quotes}***{quotes} after"


@pytest.mark.parametrize("encode", BASE64)
@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
def test_a_value_in_base64_is_hidden(
    redact: Redactor, encode: Callable[[bytes], bytes], before: str
) -> None:
    for value in (TOKEN, SECRET):
        text = encode(f"{before}{value}:rest".encode()).decode()
        assert "***" in redact(text)
        assert "***" in redact(f"{text[:20]}\n{text[20:]}")


@pytest.mark.parametrize("length", [14, 20])
def test_a_part_of_a_token_in_base64_is_hidden(redact: Redactor, length: int) -> None:
    for at in range(len(TOKEN) - length):
        assert "***" in redact(b64encode(TOKEN[at : at + length].encode()).decode())


@pytest.mark.parametrize("way", [*WAYS, _hexadecimal_entities])
def test_a_part_of_a_token_is_hidden(redact: Redactor, way: Callable[[str], str]) -> None:
    for at in range(len(TOKEN) - 12):
        shown = redact(way(f"x {TOKEN[at : at + 12]} y"))
        assert "***" in shown and TOKEN[at + 4 : at + 9] not in shown


def test_each_line_of_a_value_is_hidden(redact: Redactor) -> None:
    redact.hide_secret("-----BEGIN-----\nfirst-l1ne\n\nsecond-l1ne\n")
    assert redact("first-l1ne or second-l1ne") == "*** or ***"


@pytest.mark.parametrize(
    "word", ["", "abc", "true", "False", "None", "production", "8080", "julia", "https", "password"]
)
def test_words_and_short_values_stay(word: str) -> None:
    redact = Redactor()
    redact.hide_secret(word)
    text = f"https://hub/{word} is {word}: True https 80801"
    assert redact(text) == text


def test_a_short_value_is_not_looked_for_in_words() -> None:
    redact = Redactor()
    redact.hide_secret("gpt4o")
    assert redact("gpt4o is in gpt4omni") == "*** is in gpt4omni"


def test_what_is_public_stays() -> None:
    redact = Redactor()
    redact.keep(["julia-42/demo", "julia-42"])
    redact.hide_secret("julia-42")
    assert redact("https://huggingface.co/spaces/julia-42/demo").endswith("julia-42/demo")


def test_the_password_in_a_url_is_hidden(redact: Redactor) -> None:
    shown = redact("http://julia:pa55w0rd@proxy:3128 and http://localhost:8000/a@b")
    assert shown == "http://julia:***@proxy:3128 and http://localhost:8000/a@b"


def test_json_keeps_its_keys(redact: Redactor) -> None:
    redact.hide_secret("exit_code")
    assert redact.deeply({"exit_code": [0, None, f"x {TOKEN}", {"a": "exit_code"}]}) == {
        "exit_code": [0, None, "x ***", {"a": "***"}]
    }


def test_a_long_text_takes_no_time(redact: Redactor) -> None:
    for number in range(20):
        redact.hide_secret(f"a-value-{number}-of-twenty")
    lines = (f"+ some/long/path/with-many_parts/file_number_{n}.py" for n in range(10_000))
    text = "\n".join(lines)
    began = time.process_time()
    assert redact(text) == text
    assert time.process_time() - began < 2


def test_a_value_is_hidden_while_another_thread_redacts() -> None:
    redact, text = Redactor(), " ".join(f"value-{number:04}" for number in range(300))
    thread = Thread(target=lambda: [redact.hide(word) for word in text.split()])
    thread.start()
    while thread.is_alive():
        redact(text)
    assert not re.search(r"\d", redact(text))
