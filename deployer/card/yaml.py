"""Parse the YAML of a card as the Hub does, with the line of each key and each error.

The Hub reads YAML 1.2 (https://github.com/nodeca/js-yaml); PyYAML reads 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

_NO_INDENT = re.compile(r"(?<=\S)[^\n]+|^[ \t]+$", re.MULTILINE)
_CONTENT = re.compile(r"\s*[^\s#]")
_MAX_CHARACTERS = 1_000_000  # PyYAML reads about as many in ten seconds
_MAX_EXPANDED = 10_000  # values, with those of each alias counted where it stands


class InvalidCard(ValueError):
    """The front matter is not a YAML mapping. `line` counts from 1 in the file, or is None."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
    """YAML as the Hub reads it: `yes`, `no`, `on`, `off` are strings, as in YAML 1.2."""

    has_aliases = False

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        """Compose a value, and note whether any is an alias."""
        self.has_aliases = self.has_aliases or self.check_event(yaml.AliasEvent)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, words) for tag, words in rules if not tag.endswith((":bool", ":value"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_MAX_SCALAR = 1_000  # characters of a number or a date; PyYAML's time grows with their square
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def _or_text(construct: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Read what only looks like a number or a date, such as 2026-13-45, as a string."""

    def read(loader: Any, node: Any) -> Any:
        # 1:30 is base 60 in YAML 1.1 only
        if len(node.value) > _MAX_SCALAR or (":" in node.value and not node.tag.endswith("stamp")):
            return node.value
        try:
            return construct(loader, node)
        except (ValueError, OverflowError, LookupError, AttributeError):
            return node.value

    return read


for _tag in ("bool", "int", "float", "timestamp"):
    _tag = f"tag:yaml.org,2002:{_tag}"
    _Loader.add_constructor(_tag, _or_text(yaml.SafeLoader.yaml_constructors[_tag]))


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """The keys of a mapping, and the line of each key, counted from the start of the file.

    `raw` is the unparsed text of scalar values; `items` has the lines of the items in a key's list
    (by index, from 0) or mapping (by key).
    """

    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    raw: Mapping[str, str]
    items: Mapping[str, Mapping[int | str, int]]


def read_mapping(text: str, *, first_line: int) -> YamlMapping:
    """Parse a YAML mapping that starts on `first_line` of its file. Raises InvalidCard."""
    node = compose(text, first_line=first_line)
    with _explained(text, first_line):
        meta = _Loader("").construct_document(node) if node else {}
    if not isinstance(meta, dict):
        raise _not_a_mapping(text, first_line)
    pairs = node.value if node else []
    return YamlMapping(
        {str(key): value for key, value in meta.items()},
        _lines(pairs, first_line),
        {str(key.value): _raw(value, text) for key, value in pairs if isinstance(value.value, str)},
        {str(key.value): _items(value, first_line) for key, value in pairs},
    )


def compose(text: str, *, first_line: int) -> yaml.Node | None:
    """The nodes of a YAML document, which know where in the text they are; None without one.

    Raises InvalidCard.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InvalidCard(
            f"{len(text):,} characters, limit {_MAX_CHARACTERS:,}; keep only the keys of a card",
            first_line,
        )
    # the Hub's js-yaml reads a tab as a space, except in the indentation
    text = _NO_INDENT.sub(lambda found: found[0].replace("\t", " "), text)
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + first_line
        raise InvalidCard(
            f"invalid character {_code(error)}; remove it, YAML does not allow it", line
        ) from None
    try:
        with _explained(text, first_line):
            node = loader.get_single_node()
            if loader.has_aliases and node is not None:
                _check_expansion(node, first_line)
            return node
    finally:
        loader.dispose()


@contextmanager
def _explained(text: str, first_line: int) -> Iterator[None]:
    """Raise InvalidCard for what PyYAML raises."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        raise _to_invalid_card(error, text, first_line) from None
    except RecursionError:
        raise InvalidCard("nested too deeply; flatten the value", first_line) from None


def _check_expansion(root: yaml.Node, first_line: int) -> None:
    """Refuse aliases that contain themselves, or stand for very many values. Raises InvalidCard.

    Ten aliases of ten aliases, nine times over, are a billion values in a few lines.
    """
    sizes: dict[int, int | None] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            known = sizes[id(node)]
            if known is None:
                raise InvalidCard("an alias contains itself; write the value out", line(node))
            return known
        sizes[id(node)] = None
        total = 1 + sum(map(size, _children(node)))
        if total > _MAX_EXPANDED:
            raise InvalidCard(
                f"aliases that stand for over {_MAX_EXPANDED:,} values; write the values out",
                line(node),
            )
        sizes[id(node)] = total
        return total

    def line(node: yaml.Node) -> int:
        return int(node.start_mark.line) + first_line

    size(root)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _raw(node: yaml.Node, text: str) -> str:
    """The unparsed text of a scalar; of an empty value, the comment that follows it."""
    if node.value or getattr(node, "style", None) is not None:
        return str(node.value)
    rest = text[node.start_mark.index :].partition("\n")[0].strip()
    return rest if rest.startswith("#") else ""


def _items(node: yaml.Node, first_line: int) -> dict[int | str, int]:
    """The line of each item of a list (by index, from 0) or of a mapping (by key)."""
    if isinstance(node, yaml.SequenceNode):
        return {index: item.start_mark.line + first_line for index, item in enumerate(node.value)}
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): key.start_mark.line + first_line for key, _ in node.value}
    return {}


def _code(error: yaml.reader.ReaderError) -> str:
    code = error.character if isinstance(error.character, int) else ord(error.character)
    return f"U+{code:04X}"


def _not_a_mapping(text: str, first_line: int) -> InvalidCard:
    lines = enumerate(text.split("\n"))
    line = next((index for index, content in lines if _CONTENT.match(content)), 0)
    message = _message_for(text.split("\n")[line], _BY_LINE) or "expected `key: value` lines"
    return InvalidCard(message, line + first_line)


# Patterns of lines that YAML can't parse, each with a message; the first that matches counts. `{}`
# is the pattern's group.
_BY_LINE = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (
            r"(<{7}|={7}|>{7})( |$)",
            "unresolved merge conflict; keep one side and remove the markers",
        ),
        (r" *\t", "tab in the indentation; use spaces"),
        (
            r".*[\u00a0\u2000-\u200b\u202f\u3000\ufeff]",
            "a space that YAML does not accept, as web pages have; retype it as a plain space",
        ),
        (r"[\w-]+:\s+:\w+:\s*$", "emoji given by its name; write the emoji itself"),
        (r"\s*[\w-]+:[^\s/]", "no space after the colon; add one"),
        (r"\s*[\w-]+\s*=", "`=` after a key; write `key: value`"),
        (
            r"\s*(- |[\w-]+:\s+)'",
            "text after a closing single quote; use double quotes around text with an apostrophe",
        ),
        (
            r'\s*(- |[\w-]+:\s+)".*\\',
            "invalid escape in double quotes; use single quotes around text with a backslash",
        ),
        (
            r'\s*(- |[\w-]+:\s+)"',
            "text after a closing double quote; remove it, or use single quotes around the whole",
        ),
        (
            r"\s*(?:- |[\w-]+:\s+)([\[\]{}@`%*&!|>?])",
            "unquoted text starts with {}; put quotes around it",
        ),
        (
            r"\s*(- )?[^:]+: .*:(\s|$)",
            "unquoted text contains a colon and a space; put quotes around it",
        ),
        (r"-\s+[\w-]+:(\s|$)", "dash before a key; remove it, a card has `key: value` lines"),
        (
            r" +[\w-]+:(\s|$)",
            "indented key; start each key of the card at the beginning of its line",
        ),
    )
)
# Messages of PyYAML, and what to report; the first three are more reliable than `_BY_LINE`.
_BY_PYYAML = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r"found unexpected end of stream", "unclosed quote; add the closing one"),
        (r"expected ',' or '([\]}])'", "unclosed bracket; add `{}`"),
        (
            r"found undefined alias '?(.*?)'?$",
            "undefined anchor `*{}`; put quotes around text that starts with *",
        ),
        (r"expected <block end>, but found '-'", "inconsistent list indentation; align the dashes"),
        (r"could not find expected ':'", "expected `key: value`"),
    )
)
# Of these, the error is where they begin; of others, where PyYAML stopped.
_STARTED = ("simple key", "quoted scalar", "flow sequence", "flow mapping")


def _to_invalid_card(error: yaml.MarkedYAMLError, text: str, first_line: int) -> InvalidCard:
    started = str(error.context).endswith(_STARTED)
    mark = (error.context_mark if started else None) or error.problem_mark or error.context_mark
    if mark is None:
        return InvalidCard(str(error.problem), first_line)
    problem = str(error.problem or error.context)
    line = text[mark.index - mark.column :].partition("\n")[0]
    message = (
        _message_for(problem, _BY_PYYAML[:3])
        or _message_for(line, _BY_LINE)
        or _message_for(problem, _BY_PYYAML)
    )
    return InvalidCard(message or problem, mark.line + first_line)


def _message_for(text: str, table: Iterable[tuple[re.Pattern[str], str]]) -> str | None:
    """The message of the first pattern that matches, with the pattern's groups."""
    for pattern, message in table:
        if match := pattern.match(text):
            return message.format(*match.groups())
    return None


def _lines(pairs: list[tuple[yaml.Node, yaml.Node]], first_line: int) -> dict[str, int]:
    """The line of each key. Raises InvalidCard for a duplicate key, which the Hub rejects, too."""
    lines: dict[str, int] = {}
    for key, _ in pairs:
        name, line = str(key.value), key.start_mark.line + first_line
        if name in lines and name != "<<":
            raise InvalidCard(
                f"duplicate key `{name}` (also on line {lines[name]}); keep one of them", line
            )
        lines[name] = line
    return lines
