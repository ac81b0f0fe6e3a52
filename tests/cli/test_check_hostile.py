"""hf-deploy check on hostile files: no traceback, and no secret in the output.

The real command, called in this process: a process of its own for each would take minutes.
"""

from __future__ import annotations

import io
import json
import re
import signal
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from deployer.card.schema import KEYS
from deployer.cli import main

# put together here, so that this file passes the scans of ours and of GitHub
_VALUE = "QvXbT7rLw2KdNs8JzPq4GhYe1MfUa6Rc3x"
_TOKENS = {
    "hf": ("hf" + "_" + _VALUE, _VALUE),
    "github": ("gh" + "p_" + _VALUE + "7k", _VALUE),
    "anthropic": ("sk-ant-" + "api03-" + (_VALUE + "_9-") * 3, _VALUE),
    "address": ("https://julia:" + _VALUE[:20] + "@acme.io/x", _VALUE[:20]),
    "by its name": ("MISTRAL_API" + "_KEY=" + _VALUE[:32], _VALUE[:32]),
    "key's line": (_VALUE + "+/" + _VALUE[::-1][:28], _VALUE),
    "key": (
        "-----BEGIN PRIVATE " + "KEY-----\\n" + _VALUE * 2 + "\\n-----END PRIVATE " + "KEY-----",
        _VALUE,
    ),
}
_CARD = b"---\ntitle: Demo\nsdk: gradio\n---\n"
_MODES: dict[str, tuple[list[str], dict[str, str]]] = {
    "terminal": ([], {}),
    "json": (["--json"], {}),
    "actions": ([], {"GITHUB_ACTIONS": "true"}),
    "strict json in actions": (["--json", "--strict"], {"GITHUB_ACTIONS": "true"}),
}
_OURS = re.compile(r"::(?:error|warning) (?:file=[^:]+,)?title=[^:,]+::[^\r\n]*|::add-mask::.*")
_CODES = {0, 1, 2, 3, 4}  # 2: a config file or a pattern that can't be read
_examples = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@dataclass(frozen=True)
class _Checked:
    """What one call of the command said."""

    code: int
    out: str
    err: str
    mode: str

    def assert_harmless(self, secret: str) -> None:
        """Nothing of a secret came out, and nothing that a terminal or a runner would obey."""
        output = self.out + self.err
        assert self.code in _CODES, output
        assert "Traceback" not in output
        decoded = output + json.dumps(json.loads(self.out)) if "json" in self.mode else output
        assert secret not in decoded and secret[6:-6] not in decoded
        assert {one for one in output if unicodedata.category(one) in ("Cc", "Cf", "Cs")} <= {"\n"}
        if "actions" in self.mode:
            obeyed = [line for line in output.split("\n") if line.lstrip().startswith("::")]
            assert [line for line in obeyed if not _OURS.fullmatch(line)] == []
            # the runner takes a line for the older `##[…]` only where it is none with `::`
            assert not any("##[" in line for line in output.split("\n") if line not in obeyed)


def _check(files: Mapping[str, bytes], mode: str) -> _Checked:
    arguments, environment = _MODES[mode]
    out, err = io.StringIO(), io.StringIO()
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for path, data in files.items():
            place = Path(folder) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            place.chmod(0o755 if path.endswith(".sh") else 0o644)
        for name, value in environment.items():
            patch.setenv(name, value)
        with chdir(folder), redirect_stdout(out), redirect_stderr(err):
            code = main(["check", *arguments])
    return _Checked(code, out.getvalue(), err.getvalue(), mode)


def _card(body: str) -> bytes:
    return f"---\n{body}\n---\n# Demo\n".encode("utf-8", "surrogatepass")


_modes = some.sampled_from(sorted(_MODES))
_tokens = some.sampled_from(sorted(_TOKENS)).map(lambda kind: _TOKENS[kind])
_YAML = (
    "'",
    '"',
    "[",
    "{",
    "&a ",
    "*none ",
    "!!python/name:os.system ",
    "|\n  ",
    ">-\n ",
    "? - : ",
)
_HOSTILE = (
    "\t",
    "\x1b[2J",
    "\u202e",
    "\r\n::error::x\n",
    "##[error]x",
    "\0",
    "\x9b",
    "\ud800",
    "%",
)
_odd = some.one_of(some.text(max_size=8), some.sampled_from((*_YAML, *_HOSTILE)))
_keys = some.one_of(some.sampled_from(sorted(KEYS)), some.text(max_size=8))


@some.composite
def _lines(draw: some.DrawFn, token: str) -> str:
    """Front matter, valid or not, that says the token somewhere."""
    start = draw(some.sampled_from(("sdk: gradio\n", "sdk: docker\n", "sdk: static\n", "")))
    lines = draw(some.lists(some.tuples(_keys, _odd, _odd), max_size=4))
    position = draw(some.integers(0, len(lines)))
    lines.insert(position, (draw(_keys), draw(_odd) + token, draw(_odd)))
    colon = draw(some.sampled_from((": ", ": ", ": ", ":", " ", "\n  - ")))
    return start + "\n".join(f"{key}{colon}{one}{other}" for key, one, other in lines)


@given(some.data(), _tokens, _modes)
@_examples
def test_any_front_matter_is_checked_and_no_token_in_it_is_reported(
    data: some.DataObject, token: tuple[str, str], mode: str
) -> None:
    card = _card(data.draw(_lines(token[0])))  # pylint: disable=no-value-for-parameter
    _check({"README.md": card, "app.py": b"x = 1\n"}, mode).assert_harmless(token[1])


@pytest.mark.parametrize("kind", sorted(_TOKENS))
def test_no_key_of_the_card_shows_a_token_that_is_its_value(kind: str) -> None:
    whole, secret = _TOKENS[kind]
    for value in (f'"{whole}"', f'["{whole}"]', f'{{"{whole}": "{whole}"}}'):
        body = "\n".join(f"{key}: {value}" for key in KEYS)
        ran = _check({"README.md": _card(body), "app.py": b""}, "terminal")
        ran.assert_harmless(secret)
        assert ran.code != 0 and "`colorFrom`" in ran.out


_FILES = (
    *("README.md", "requirements.txt", "pre-requirements.txt", "packages.txt", "Dockerfile"),
    *("app.py", ".gitattributes", ".gitignore", ".hfignore", "notes.ipynb"),
)


@given(
    some.lists(some.tuples(some.sampled_from(_FILES), some.binary(max_size=60)), max_size=5),
    some.tuples(some.sampled_from(_FILES), some.binary(max_size=60), some.binary(max_size=60)),
    some.sampled_from((b"", b"sdk: gradio", b"sdk: docker")),
    _tokens,
    _modes,
)
@example([], ("app.py", b"x = '", b""), b"sdk: gradio", _TOKENS["hf"], "terminal")
@example([], ("requirements.txt", b"numpy = ", b""), b"sdk: gradio", _TOKENS["hf"], "json")
@example([], ("requirements.txt", b"0", b""), b"sdk: gradio", _TOKENS["anthropic"], "terminal")
@example([], ("Dockerfile", b"FROM ", b"\n"), b"sdk: docker", _TOKENS["address"], "actions")
@_examples
def test_any_bytes_are_read_and_no_token_in_them_is_reported(
    others: list[tuple[str, bytes]],
    planted: tuple[str, bytes, bytes],
    card: bytes,
    token: tuple[str, str],
    mode: str,
) -> None:
    path, before, after = planted
    files = {"README.md": b"---\n%b\n---\n" % card} | dict(others)
    files[path] = (files["README.md"] if path == "README.md" else b"") + (
        before + token[0].encode() + after
    )
    _check(files, mode).assert_harmless(token[1])


@given(some.text(max_size=20), _tokens, some.sampled_from(("terminal", "actions")))
@example('token = "', _TOKENS["hf"], "terminal")
@_examples
def test_an_unreadable_config_file_is_quoted_without_its_token(
    before: str, token: tuple[str, str], mode: str
) -> None:
    text = (before + token[0]).encode("utf-8", "surrogatepass")
    ran = _check({"README.md": _CARD, "app.py": b"", "hf-deploy.toml": text}, mode)
    assert ran.code in (0, 2, 4)
    replace(ran, code=4).assert_harmless(token[1])


_pieces = some.sampled_from(
    (
        *(
            "a",
            " ",
            "-",
            "--x",
            ".",
            "::error::",
            "##[error]",
            "%0A",
            ",",
            ":",
            ".cache/",
            "b/",
            ".py",
        ),
        *("\n", "\r", "\t", "\x1b[2J", "\x7f", "\u202e", "\u200b", "\u2028", "é", "e\u0301", "CON"),
        *(
            "\udcff",
            "\udc9b",
            "A",
            "~",
            "*",
            "[x]",
            '"',
            "'",
            "\\",
            "x" * 90,
            ".env",
            "__pycache__/",
        ),
    )
)
_names = some.lists(_pieces, min_size=1, max_size=4).map("".join)


@given(some.lists(_names, max_size=4), some.booleans(), _names, _modes)
@example([], True, "-", "terminal")
@example(["\n::error::x.sh"], False, "b/", "actions")
@_examples
def test_any_file_name_is_reported_harmlessly(
    names: list[str], spoken: bool, name: str, mode: str
) -> None:
    token = _TOKENS["hf"][0]
    files = {"README.md": _CARD, "app.py": b"import os\n"}
    for number, one in enumerate(names):
        path = f"d{number}/{one}".strip("/")
        files[f"{path}.sh"] = b"#!/bin/sh\n"
        files[f"{path}.py"] = b"x = = 1\n"
    files["t" + name.replace("/", "") + (f"/{token}.py" if spoken else ".txt")] = token.encode()
    ran = _check(files, mode)
    assert ran.code in (1, 4)  # 1: a name that is no text
    ran.assert_harmless(_VALUE)
