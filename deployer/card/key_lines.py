"""Which lines of a card belong to which key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import yaml

from deployer.card.yaml import InvalidCard, compose

_FIRST_LINE = 2  # of a card's YAML, in its README
_NO_CONTENT = re.compile(r"[ \t]*(?:#.*)?\r?\n?")


@dataclass(frozen=True, slots=True)
class KeyLines:
    """A card's YAML, and where the lines of each key start and end, the last line break included.

    `indent` is the whitespace before each key.
    """

    yaml: str
    spans: Mapping[str, tuple[int, int]]
    indent: str = ""

    def text(self, key: str) -> str | None:
        """The lines of a key; None where there is no such key."""
        span = self.spans.get(key)
        return None if span is None else self.yaml[slice(*span)]

    def replaced(self, new: Mapping[str, str | None]) -> str:
        """The YAML with other lines for these keys: None removes a key, a missing one is added."""
        text = self.yaml
        for key, (start, end) in sorted(self.spans.items(), key=lambda one: one[1], reverse=True):
            if key in new:
                text = text[:start] + (new[key] or "") + text[end:]
        return text + "".join(line or "" for key, line in new.items() if key not in self.spans)


def read_key_lines(text: str) -> KeyLines:
    """The lines of each key of a card. Raises InvalidCard where a line is not of one key alone."""
    root = compose(text, first_line=_FIRST_LINE)
    if root is None:
        return KeyLines(text, {})
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise InvalidCard("expected one `key: value` per line", _FIRST_LINE)
    starts = [_line_start(text, key) for key, _ in root.value]
    ends = (
        _end(text, _content_end(value), next_start)
        for (_, value), (_, next_start) in zip(
            root.value, pairwise([*starts, len(text)]), strict=True
        )
    )
    keys = (str(key.value) for key, _ in root.value)
    spans = dict(zip(keys, zip(starts, ends, strict=True), strict=True))
    return KeyLines(text, spans, text[starts[0] : root.value[0][0].start_mark.index])


def _line_start(text: str, key: yaml.Node) -> int:
    """Where the line of a key starts, which has nothing but whitespace before it."""
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    if text[start : key.start_mark.index].strip(" "):
        line = text.count("\n", 0, start) + _FIRST_LINE
        raise InvalidCard(f"`{key.value}` does not start its line", line)
    return start


def _end(text: str, content_end: int, next_start: int) -> int:
    """Where a key's lines end: comments and empty lines above the next key are not its own."""
    end = next_start
    while end > content_end:
        start = text.rfind("\n", 0, end - 1) + 1
        if start < content_end or not _NO_CONTENT.fullmatch(text[start:end]):
            break
        end = start
    return end


def _content_end(node: yaml.Node) -> int:
    """Up to where a value has content, in which `#` starts no comment; an alias is elsewhere."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _content_end(last[1] if isinstance(node, yaml.MappingNode) else last)
