"""What a user reads, and what a test is called, is in the plain English of git, gh and hf."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from deployer.cli import cli
from tests.conftest import ROOT
from tests.project.documents import DOCUMENTS, Document

# what not to write, and what to write in its place
_WORDS = {
    r"mend(?:s|ed|ing)?": "fix",
    r"somebody(?:'s)?": "someone",
    r"anew": "again; from scratch",
    r"that (?:is|was) no": "invalid X; X is not a Y",
    r"there (?:is|are) no such": "X not found; unknown X",
    r"(?<!there )(?:is|are|was) no (?!longer\b|more\b)[a-z]+": "X is not a Y",
    r"(?<!as )well(?!-)": "healthy",
    r"as (?:it|they) should": "healthy; correct",
    r"good (?:answers?|commits?|files|releases?)": "healthy",
    r"last good": "last healthy",
    r"t(?:ake|akes|aken|aking|ook) (?:\w+ ){0,3}back": "roll back",
    r"br(?:ing|ings|inging|ought) (?:[\w'{}]+ ){0,5}back": "roll back",
    r"com(?:e|es|ing) back": "roll back",
    r"in the way of": "conflicts with",
    r"blanks?": "whitespace; space",
    r"one (?:\S+ )?a line": "one per line",
    r"told": "set; named; reported",
    r"sound": "valid",
    r"ship(?:s|ped|ping)?": "deploy",
    r"(?:would|about to|anything|what) leaves?": "upload; deploy",
    r"stays? behind": "excluded",
    r"left out": "excluded",
    r"address(?:es)?": "URL",
    r"ours?|by us": "hf-deploy's; made by hf-deploy",
    r"you stand in|one stands in": "current directory",
    r"lies? (?:apart|in|outside|there)": "is",
    r"account's plan": "subscription",
    r"what became of": "status",
    r"goes? (?:on|wrong|well)": "continues; fails; succeeds",
    r"(?:behavi|col|fav)ou?r(?<=our)\w*|licences?|organis\w+|recognis\w+": "American spelling",
    r"summaris\w+|centres?": "American spelling",
}
_FORBIDDEN = {re.compile(rf"(?i)\b(?:{word})\b"): better for word, better in _WORDS.items()}


def offenders(text: str) -> Iterator[str]:
    """Each forbidden word in a text, with what to write in its place."""
    line = " ".join(text.split())
    for pattern, better in _FORBIDDEN.items():
        for found in pattern.finditer(line):
            around = line[max(0, found.start() - 30) : found.end() + 30]
            yield f"{found[0]!r} in {around!r}: write {better!r}"


@pytest.mark.parametrize(
    "text", ["The app is not well.", "Mend it", "Its licence", "summarised", "ended well"]
)
def test_the_list_finds_old_words(text: str) -> None:
    assert list(offenders(text))


@pytest.mark.parametrize(
    "text", ["It works as well.", "there is no release", "It is no longer there", "color, four"]
)
def test_the_list_passes_plain_words(text: str) -> None:
    assert not list(offenders(text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_document_has_none_of_them(document: Document) -> None:
    assert not list(offenders(document.text))


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "action.yml",
        ROOT / "Makefile",
        *sorted((ROOT / "examples").rglob("*.yml")),
        *sorted((ROOT / ".github").rglob("*.*")),
    ],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_a_file_has_none_of_them(path: Path) -> None:
    assert not list(offenders(path.read_text("utf-8")))


def test_the_help_has_none_of_them() -> None:
    assert not list(offenders(cli.get_help(click.Context(cli, info_name="hf-deploy"))))


@pytest.mark.parametrize("name", cli.list_commands(click.Context(cli)))
def test_the_help_of_a_command_has_none_of_them(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert not list(offenders(command.get_help(click.Context(command, info_name=name))))


def _sentences(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Each string of several words with its line, docstrings aside; `{}` in place of a value."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)  # a docstring
        elif isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
            yield node.lineno, "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node not in skipped and re.search(r"\w \w", node.value):
                yield node.lineno, node.value


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "deployer").rglob("*.py")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_a_message_has_none_of_them(path: Path) -> None:
    module = ast.parse(path.read_text("utf-8"))
    found = [f"line {line}: {one}" for line, text in _sentences(module) for one in offenders(text)]
    assert not found, "\n".join(found)


def _names(module: ast.Module) -> Iterator[str]:
    """Each name of a function or class as words, and the first line of each docstring."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name.replace("_", " ")
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield (ast.get_docstring(node) or "").partition("\n")[0]


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "tests").rglob("*.py")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_the_names_in_a_test_file_have_none_of_them(path: Path) -> None:
    module = ast.parse(path.read_text("utf-8"))
    assert not [one for text in _names(module) for one in offenders(text)]
