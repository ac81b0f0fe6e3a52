"""The YAML of a card, read as the Hub reads it, with the line of each key and each mistake.

The Hub reads by YAML 1.2, as https://github.com/nodeca/js-yaml does; PyYAML reads 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_NO_INDENT = re.compile(r"(?<=\S)[^\n]+|^[ \t]+$", re.MULTILINE)
_CONTENT = re.compile(r"\s*[^\s#]")


class InvalidCard(ValueError):
    """The front matter is no YAML mapping. `line` counts from 1 in the file, or is None."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
    """YAML as the Hub reads it: `yes`, `no`, `on`, `off` are words, as YAML 1.2 has it."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, words) for tag, words in rules if not tag.endswith((":bool", ":value"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def _or_text(construct: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Read what only looks like a number or a date, such as 2026-13-45, as a text."""

    def read(loader: Any, node: Any) -> Any:
        try:
            return construct(loader, node)
        except (ValueError, OverflowError):
            return node.value

    return read


for _tag in ("int", "float", "timestamp"):
    _tag = f"tag:yaml.org,2002:{_tag}"
    _Loader.add_constructor(_tag, _or_text(yaml.SafeLoader.yaml_constructors[_tag]))


@dataclass(frozen=True, slots=True)
class Written:
    """The keys of a mapping, and the line each stands on, counted as the file counts.

    `raw` is what was written for those keys that have one word, `items` has the lines of what is in
    a key's list, by its number from 0, or mapping, by its key.
    """

    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    raw: Mapping[str, str]
    items: Mapping[str, Mapping[int | str, int]]


def written(text: str, *, first_line: int) -> Written:
    """Read a YAML mapping that starts on a line of its file. Raises BadCard."""
    # the Hub's js-yaml takes a tab for a blank, but where a line is indented
    text = _NO_INDENT.sub(lambda found: found[0].replace("\t", " "), text)
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + first_line
        raise InvalidCard(
            f"there is a character that YAML does not take: {_code(error)}", line
        ) from None
    try:
        node = loader.get_single_node()
        meta = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text, first_line) from None
    except RecursionError:
        raise InvalidCard("this is nested too deeply", first_line) from None
    finally:
        loader.dispose()
    if not isinstance(meta, dict):
        raise _no_mapping(text, first_line)
    pairs = node.value if node else []
    return Written(
        {str(key): value for key, value in meta.items()},
        _lines(pairs, first_line),
        {str(key.value): _raw(value, text) for key, value in pairs if isinstance(value.value, str)},
        {str(key.value): _items(value, first_line) for key, value in pairs},
    )


def _raw(node: yaml.Node, text: str) -> str:
    """The word that was written; of an empty value, the comment that follows it."""
    if node.value or getattr(node, "style", None) is not None:
        return str(node.value)
    rest = text[node.start_mark.index :].partition("\n")[0].strip()
    return rest if rest.startswith("#") else ""


def _items(node: yaml.Node, first_line: int) -> dict[int | str, int]:
    """The line of each item of a list, by its number from 0, or of a mapping, by its key."""
    if isinstance(node, yaml.SequenceNode):
        return {at: item.start_mark.line + first_line for at, item in enumerate(node.value)}
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): key.start_mark.line + first_line for key, _ in node.value}
    return {}


def _code(error: yaml.reader.ReaderError) -> str:
    code = error.character if isinstance(error.character, int) else ord(error.character)
    return f"U+{code:04X}"


def _no_mapping(text: str, first_line: int) -> InvalidCard:
    lines = enumerate(text.split("\n"))
    line = next((place for place, content in lines if _CONTENT.match(content)), 0)
    said = _said(text.split("\n")[line], _UNREADABLE) or "this is no list of `key: value` lines"
    return InvalidCard(said, line + first_line)


# What a line looks like that YAML can't read, and what to write; the first that fits counts. `{}`
# is what the pattern caught.
_UNREADABLE = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"(<{7}|={7}|>{7})( |$)", "a merge conflict was left here"),
        (r" *\t", "there is a tab; YAML is indented with spaces only"),
        (
            r".*[\u00a0\u2000-\u200b\u202f\u3000\ufeff]",
            "there is a blank that is none for YAML, as web pages have them: type it anew",
        ),
        (r"[\w-]+:\s+:\w+:\s*$", "put the emoji itself, not its name"),
        (r"\s*[\w-]+:[^\s/]", "put a blank after the colon"),
        (r"\s*[\w-]+\s*=", "write a colon and a blank for the `=`"),
        (
            r"\s*(- |[\w-]+:\s+)'",
            "a text in single quotes ends at the next one: put double quotes around one that has "
            "an apostrophe",
        ),
        (
            r'\s*(- |[\w-]+:\s+)".*\\',
            "a backslash in double quotes stands for more than itself: use single quotes",
        ),
        (
            r'\s*(- |[\w-]+:\s+)"',
            "a text in double quotes ends at the next one: nothing may follow",
        ),
        (
            r"\s*(?:- |[\w-]+:\s+)([\[\]{}@`%*&!|>?])",
            "put quotes around a text that starts with {}",
        ),
        (r"\s*(- )?[^:]+: .*:(\s|$)", "put quotes around a text that holds a colon and a blank"),
        (r"-\s+[\w-]+:(\s|$)", "take the dash away: a card is lines of `key: value`"),
        (r" +[\w-]+:(\s|$)", "this is indented, and each key of a card starts at the margin"),
    )
)
# What PyYAML says, and what that means. The first three are surer than how the line looks.
_PROBLEMS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"found unexpected end of stream", "the quote that opens here is never closed"),
        (r"expected ',' or '([\]}])'", "the bracket that opens here is never closed with `{}`"),
        (r"found undefined alias '?(.*?)'?$", "`*{}` names an anchor that there is not"),
        (r"expected <block end>, but found '-'", "a list's dashes stand one below the other"),
        (r"could not find expected ':'", "this is no line of `key: value`"),
    )
)
# Where these begin is the mistake; elsewhere it is where PyYAML stopped.
_BEGUN = ("simple key", "quoted scalar", "flow sequence", "flow mapping")


def _explained(error: yaml.MarkedYAMLError, text: str, first_line: int) -> InvalidCard:
    begun = str(error.context).endswith(_BEGUN)
    mark = (error.context_mark if begun else None) or error.problem_mark or error.context_mark
    if mark is None:
        return InvalidCard(str(error.problem), first_line)
    problem = str(error.problem or error.context)
    line = text[mark.index - mark.column :].partition("\n")[0]
    said = _said(problem, _PROBLEMS[:3]) or _said(line, _UNREADABLE)
    return InvalidCard(said or _said(problem, _PROBLEMS) or problem, mark.line + first_line)


def _said(text: str, known: Iterable[tuple[re.Pattern[str], str]]) -> str | None:
    """The sentence of the first pattern that fits, with what the pattern caught."""
    for pattern, said in known:
        if found := pattern.match(text):
            return said.format(*found.groups())
    return None


def _lines(pairs: list[tuple[yaml.Node, yaml.Node]], first_line: int) -> dict[str, int]:
    """The line of each key. The Hub refuses a key that stands twice, and so does this."""
    lines: dict[str, int] = {}
    for key, _ in pairs:
        name, line = str(key.value), key.start_mark.line + first_line
        if name in lines and name != "<<":
            raise InvalidCard(
                f"`{name}` stands on line {lines[name]} already; keep one of them", line
            )
        lines[name] = line
    return lines
