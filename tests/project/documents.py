"""The documents that users and contributors read, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

_NAMES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "examples/microservice/README.md",
)
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """A Markdown file; `prose` is its text without code blocks."""

    path: Path
    text: str

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def prose(self) -> str:
        """The text without code blocks."""
        return _BLOCK.sub("", self.text)

    @property
    def links(self) -> list[str]:
        """The targets of its links and images that are not URLs."""
        found = [first or second for first, second in _LINK.findall(self.prose)]
        return [link for link in found if not re.match(r"[a-z]+:", link)]

    @property
    def anchors(self) -> set[str]:
        """What a link may name after `#`, by GitHub's rule for headings."""
        headings = _HEADING.findall(self.prose)
        return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}

    def blocks(self, *languages: str) -> Iterator[str]:
        """The code blocks in one of these languages, without their indentation."""
        for indent, language, code in _BLOCK.findall(self.text):
            if language in languages:
                yield re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)

    def section(self, title: str) -> str:
        """The text below a heading, up to the next one of its level or above. Fails without it."""
        found = re.search(
            rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,2}} |^\1 |\Z)",
            self.text,
            re.DOTALL | re.MULTILINE,
        )
        assert found, f"{self} has no section {title!r}"
        return found[2]


def read(name: str) -> Document:
    """One document, by its path from the root."""
    return Document(ROOT / name, (ROOT / name).read_text("utf-8"))


DOCUMENTS = [
    *map(read, _NAMES),
    *(read(path.relative_to(ROOT).as_posix()) for path in sorted((ROOT / "docs").rglob("*.md"))),
]
