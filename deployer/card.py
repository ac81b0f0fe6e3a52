"""The card: the Space's configuration, the YAML front matter of its README.

The rules are those of https://huggingface.co/docs/hub/spaces-config-reference. A card may also lie
apart, in a YAML file, and is then put in front of the README when it ships. Text that a person
wrote is never rewritten: what is missing is appended as lines.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from deployer.space import Sdk

README = "README.md"
BYTE_ORDER_MARK = "\ufeff"
REFERENCE = "https://huggingface.co/docs/hub/spaces-config-reference"
_FENCED = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_LIKE_A_FENCE = re.compile(r"\s*[-–—.]{2,}\s*")
_KEY_OF_A_CARD = re.compile(r"(title|emoji|colorFrom|sdk|app_file)\s*:")
_NOT_FIRST = "the card's three dashes must be the very first bytes, with nothing before them"
_FENCE = "it takes exactly three dashes, `---`, at the margin"
_NO_INDENT = re.compile(r"(?<=\S)[^\n]+|^[ \t]+$", re.MULTILINE)
_CONTENT = re.compile(r"\s*[^\s#]")
_DEFAULT_APP_FILE = {Sdk.GRADIO: "app.py", Sdk.STATIC: "index.html"}


@dataclass(frozen=True, slots=True)
class Card:
    """The keys of a card, the line each stands on (from 1), and the README's text below it.

    `raw` is what was written for those keys that have one word: `3.10`, which YAML reads as 3.1, or
    `#fff`, which is a comment. `items` has the lines of what is in a key's list or mapping.
    """

    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str
    raw: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Mapping[int | str, int]] = field(default_factory=dict)

    @property
    def sdk(self) -> Sdk:
        """The SDK; only to be asked of a card without problems."""
        return Sdk(self.meta["sdk"])

    @property
    def app_file(self) -> str | None:
        """What must ship for the Space to start; None for a static Space that is built there."""
        if self.sdk is Sdk.DOCKER:
            return "Dockerfile"
        if self.sdk is Sdk.STATIC and self.meta.get("app_build_command"):
            return None
        return str(self.meta.get("app_file") or _DEFAULT_APP_FILE[self.sdk]).removeprefix("./")


@dataclass(frozen=True, slots=True)
class CardFile:
    """A card that lies apart: its path as the user names it, and its text."""

    path: str
    text: str

    def card(self) -> Card:
        """What it says, with its own lines; no body. Raises BadCard."""
        text, first_line = _unfenced(self.text)
        return _read(text, first_line=first_line)


class BadCard(ValueError):
    """The front matter is no YAML mapping. `line` counts from 1 in the file, or is None."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def split(readme: str) -> tuple[str | None, str]:
    """The YAML of a README's front matter (None where there is none), and the text below it."""
    fenced = _FENCED.match(readme)
    if fenced is None:
        return None, readme
    return fenced["yaml"], readme[fenced.end() :]


def why_no_card(readme: str) -> tuple[int, str]:
    """Why a README that has no card has none: the line to look at, and a sentence."""
    lines = readme.removeprefix(BYTE_ORDER_MARK).split("\n")
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    start = lines[first - 1]
    if start.strip() == "---":
        return _why_no_end(lines) if first == 1 and start[:1] == "-" else (first, _NOT_FIRST)
    if _KEY_OF_A_CARD.match(start):
        return first, "the card has no beginning: put a line of three dashes above it, as line 1"
    sdk = next((number for number, line in enumerate(lines) if _KEY_OF_A_CARD.match(line)), 0)
    above = [number for number, line in enumerate(lines[:sdk], 1) if _LIKE_A_FENCE.fullmatch(line)]
    if not above:
        return 1, "it does not start with a card, between two lines of three dashes"
    if lines[above[-1] - 1].strip() != "---":
        return above[-1], f"this begins no card: {_FENCE}"
    return above[-1], _NOT_FIRST


def _why_no_end(lines: list[str]) -> tuple[int, str]:
    ends = (number for number, line in enumerate(lines, 1) if _LIKE_A_FENCE.fullmatch(line))
    end = next((number for number in ends if number > 1), None)
    if end is not None:
        return end, f"the card never ends, as this is no end: {_FENCE}"
    return 1, "the card never ends: close it with a line of three dashes, at the margin"


def why_no_text(data: bytes) -> tuple[int, str]:
    """Why bytes are no text in UTF-8: the line to look at, and a sentence."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return 1, "it is saved as UTF-16; save it as UTF-8"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (
            line,
            f"there is a byte (0x{data[error.start]:02x}) that is no UTF-8: save it as UTF-8",
        )
    return 1, "it can't be read"


def parse(readme: str) -> Card | None:
    """The card of a README; None where it has no front matter. Raises BadCard."""
    front, body = split(readme)
    if front is None:
        return None
    return replace(_read(front, first_line=2), body=body)


def compose(readme: str, apart: str) -> str:
    """Put a card that lies apart in front of a README.

    Keys that the README's own front matter has are kept; what it lacks is appended to it, as the
    lines of the other file. Raises BadCard, with a line of `apart`, where both set a key to
    different values; call `parse` on the README first to tell its own mistakes by its own lines.
    """
    front, body = split(readme)
    apart, first_line = _unfenced(apart)
    own = _read(front or "", first_line=2).meta
    there = _read(apart, first_line=first_line)
    given = there.meta
    for key in sorted(given.keys() & own.keys()):
        if given[key] != own[key]:
            said = f"`{key}` is {own[key]!r} in the README, {given[key]!r} in the card file"
            raise BadCard(said, there.lines.get(key))
    newline = "\r\n" if re.match(r"[^\n]*\r\n", readme) else "\n"
    lines = _lines_of(apart, given.keys() - own.keys())
    block = (front or "") + "".join(line.rstrip("\r") + newline for line in lines)
    mark = BYTE_ORDER_MARK if front and readme.startswith(BYTE_ORDER_MARK) else ""
    composed = f"{mark}---{newline}{block}---{newline}{body}"
    if _meta(composed) != {**given, **own}:
        raise BadCard(
            "its keys can't be appended line by line; write one `key: value` a line",
            min(there.lines.values(), default=None),
        )
    return composed


def _meta(readme: str) -> Mapping[str, Any] | None:
    try:
        card = parse(readme)
    except BadCard:
        return None
    return None if card is None else card.meta


def _unfenced(apart: str) -> tuple[str, int]:
    """The YAML of a card file, which may have dashes of its own, and the line that it starts on."""
    apart = apart.removeprefix("\ufeff")
    front = split(apart)[0]
    return (apart, 1) if front is None else (front, 2)


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


def _read(text: str, *, first_line: int) -> Card:
    """The keys of a YAML mapping: a card without a body. Raises BadCard."""
    # the Hub's js-yaml takes a tab for a blank, but where a line is indented
    text = _NO_INDENT.sub(lambda found: found[0].replace("\t", " "), text)
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + first_line
        raise BadCard(
            f"there is a character that YAML does not take: {_code(error)}", line
        ) from None
    try:
        node = loader.get_single_node()
        meta = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text, first_line) from None
    except RecursionError:
        raise BadCard("this is nested too deeply", first_line) from None
    finally:
        loader.dispose()
    if not isinstance(meta, dict):
        raise _no_mapping(text, first_line)
    pairs = node.value if node else []
    return Card(
        {str(key): value for key, value in meta.items()},
        _lines(pairs, first_line),
        "",
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


def _no_mapping(text: str, first_line: int) -> BadCard:
    lines = enumerate(text.split("\n"))
    line = next((place for place, content in lines if _CONTENT.match(content)), 0)
    said = _said(text.split("\n")[line], _UNREADABLE) or "this is no list of `key: value` lines"
    return BadCard(said, line + first_line)


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


def _explained(error: yaml.MarkedYAMLError, text: str, first_line: int) -> BadCard:
    begun = str(error.context).endswith(_BEGUN)
    mark = (error.context_mark if begun else None) or error.problem_mark or error.context_mark
    if mark is None:
        return BadCard(str(error.problem), first_line)
    problem = str(error.problem or error.context)
    line = text[mark.index - mark.column :].partition("\n")[0]
    said = _said(problem, _PROBLEMS[:3]) or _said(line, _UNREADABLE)
    return BadCard(said or _said(problem, _PROBLEMS) or problem, mark.line + first_line)


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
            raise BadCard(f"`{name}` stands on line {lines[name]} already; keep one of them", line)
        lines[name] = line
    return lines


def _lines_of(text: str, keys: Collection[str]) -> list[str]:
    """The lines of a YAML mapping that belong to these of its top-level keys, comments too."""
    lines = text.removesuffix("\n").split("\n")
    if not keys:
        return []
    starts = sorted((line - 1, key) for key, line in _read(text, first_line=1).lines.items())
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    starts[:1] = [(0, key) for _, key in starts[:1]]  # what stands above belongs to the first key
    wanted: list[str] = []
    for (start, key), end in zip(starts, ends, strict=True):
        if key in keys:
            wanted += lines[start:end]
    return wanted
