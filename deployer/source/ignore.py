"""Which rule excludes a file, and which files that exist only on the Space are kept.

All rules are gitignore patterns, read by pathspec: https://git-scm.com/docs/gitignore
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1
from itertools import islice
from typing import Any

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from deployer.errors import UsageError

IGNORE_FILE = ".hfignore"
GIT_IGNORE_FILE = ".gitignore"
GIT_ATTRIBUTES = ".gitattributes"
ALWAYS_EXCLUDED = (".git", ".github/", GIT_IGNORE_FILE, IGNORE_FILE)
# The Hub's client rejects a path with one of these folders in it (huggingface_hub,
# `FORBIDDEN_FOLDERS` of _commit_api.py).
FORBIDDEN_FOLDER = ".cache"


_MAX_PATTERNS = 10_000  # of one file or option
_MAX_PATTERN = 4_096  # characters; no path is longer
# what pathspec makes of `*` in a name, and of `**` between two folders
_STAR, _FOLDERS, _ANY_PARENT = "[^/]*", "(?:/.+)?", "^(?:.+/)?"


class _LinearPattern(GitIgnoreSpecPattern):
    """A gitignore pattern whose regular expression never tries a name in more ways than needed.

    That of pathspec takes minutes for `*a*a*a*a*b` or `**/a/**/a/**/b` and a long path. The first
    place that fits what stands between two stars is as good as any later one, so what was matched
    up to there (an atomic group) is never tried again, as `fnmatch.translate` does it, too.
    """

    __slots__ = ()

    @staticmethod
    def _translate_segment_glob(pattern: str, range_error: Any) -> str:
        translated = GitIgnoreSpecPattern._translate_segment_glob(pattern, range_error)
        first, *rest = translated.split(_STAR)
        if not rest:
            return first
        *between, last = rest
        return first + "".join(f"(?>[^/]*?{part})" for part in between if part) + _STAR + last

    @classmethod
    def pattern_to_regex(cls, pattern: Any) -> tuple[Any, bool | None]:
        """The regular expression of a pattern, and whether it includes what it matches."""
        regex, include = super().pattern_to_regex(pattern)
        if regex is None:
            return regex, include
        first, *rest = regex.split(_FOLDERS)
        if not rest:
            return regex, include
        if first.startswith(_ANY_PARENT):
            first = f"^(?>(?:.+?/)??{first.removeprefix(_ANY_PARENT)}(?=/))"
        *between, last = rest
        middle = "".join(f"(?>(?:/.+?)??{part}(?=/))" for part in between)
        return first + middle + _FOLDERS + last, include


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern and where it was written: `.hfignore:3`, `--keep`, `always`."""

    origin: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.origin} {self.pattern!r}"


class Patterns:
    """Rules of one origin; the last one that matches a path decides, as in git."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Raises UsageError for an invalid pattern."""
        self._rules = tuple(islice(rules, _MAX_PATTERNS + 1))
        self._check_limits()
        try:
            self._spec = GitIgnoreSpec.from_lines(
                (rule.pattern for rule in self._rules), _LinearPattern, backend="simple"
            )
        except (ValueError, re.error) as error:
            origins = {rule.origin.partition(":")[0] for rule in self._rules}
            raise UsageError(
                f"invalid pattern in {', '.join(sorted(origins))}",
                cause=str(error),
                fix="use the syntax of .gitignore: https://git-scm.com/docs/gitignore",
            ) from None

    def _check_limits(self) -> None:
        long = next((rule for rule in self._rules if len(rule.pattern) > _MAX_PATTERN), None)
        if long is not None:
            raise UsageError(
                f"pattern too long in {long.origin}",
                cause=f"{len(long.pattern):,} characters, the limit is {_MAX_PATTERN:,}",
                fix="split it into several: https://git-scm.com/docs/gitignore",
            )
        if len(self._rules) > _MAX_PATTERNS:
            raise UsageError(
                f"too many patterns in {self._rules[0].origin.partition(':')[0]}",
                cause=f"more than {_MAX_PATTERNS:,}",
                fix="name folders instead of files: https://git-scm.com/docs/gitignore",
            )

    @classmethod
    def of_file(cls, name: str, text: str) -> Patterns:
        """The rules of an ignore file, one per line."""
        lines = text.replace("\r\n", "\n").split("\n")
        return cls(Rule(f"{name}:{number}", line) for number, line in enumerate(lines, 1) if line)

    @classmethod
    def of_option(cls, option: str, globs: Iterable[str]) -> Patterns:
        """The rules that were passed to an option."""
        return cls(Rule(option, glob) for glob in globs)

    def __bool__(self) -> bool:
        return bool(self._rules)

    @property
    def id(self) -> str:
        """A hash of the patterns in their order: 12 hex digits."""
        lines = "\n".join(rule.pattern for rule in self._rules)
        return sha1(lines.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()[
            :12
        ]

    def match(self, path: str) -> Rule | None:
        """The rule that matches this path; None where none does, or where a `!` rule negates it."""
        result = self._spec.check_file(path)
        if not result.include or result.index is None:
            return None
        return self._rules[result.index]


class DockerIgnore:
    """The rules of a .dockerignore: https://docs.docker.com/build/concepts/context/.

    Each pattern is one of the root, and a path that any `!` pattern matches counts as not ignored.
    """

    def __init__(self, name: str, text: str) -> None:
        """Raises UsageError for an invalid pattern."""
        ignored, kept = list[Rule](), list[Rule]()
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
            pattern = line.strip()
            rules = kept if pattern.startswith("!") else ignored
            pattern = pattern.removeprefix("!").strip().removeprefix("./").strip("/")
            if pattern and pattern != "." and not line.startswith("#"):
                rules.append(Rule(f"{name}:{number}", f"/{pattern}"))
        self._ignored, self._kept = Patterns(ignored), Patterns(kept)

    def match(self, path: str) -> Rule | None:
        """The rule that keeps this path out of the build; None where none surely does."""
        return None if self._kept.match(path) else self._ignored.match(path)


_ALWAYS = Patterns(Rule("always", pattern) for pattern in ALWAYS_EXCLUDED)
_ALWAYS_NAMES = frozenset(pattern.rstrip("/") for pattern in ALWAYS_EXCLUDED)


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """All rules that decide what is deployed: the built-in ones, the ignore files, `include`."""

    ignored: tuple[Patterns, ...] = ()
    include: Patterns = Patterns(())

    def excluding_rule(self, path: str) -> Rule | None:
        """The rule that excludes this path; None where it is deployed.

        The built-in rules always hold; `include` overrides the ignore files.
        """
        has_such_name = not _ALWAYS_NAMES.isdisjoint(path.split("/"))
        if has_such_name and (always := _ALWAYS.match(path)):
            return always
        if self.include and self.include.match(path):
            return None
        return next((rule for rules in self.ignored if (rule := rules.match(path))), None)
