"""Gradio's releases, as of a date: the Hub rejects a version that was never released.

`gradio_releases.txt` has the date in its first line, then one series per line, with yanked and
pre-releases. `make gradio-releases` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

Numbers = tuple[int, ...]
_FINAL = re.compile(r"\d+(\.\d+)+")
_LAST_ENDED = 4  # the newest major version that gets no releases any more


@cache
def releases() -> frozenset[str]:
    """Every version that was released up to the date of the list."""
    return frozenset(_lines()[1].split())


@cache
def list_date() -> str:
    """The date of the list, as YYYY-MM-DD."""
    return _lines()[0].strip("# ")


def last_of_ended(written: str) -> str | None:
    """The last release of a version's major, if that gets none any more."""
    major = numbers(written)[:1]
    return _last(major) if major and major[0] <= _LAST_ENDED else None


def neighbors(written: str) -> tuple[str, str] | None:
    """The releases below and above a version that was never released; None for any other.

    What may have been released since the date of the list is none such: a later version of a major,
    or of a series, that still gets releases.
    """
    version = numbers(written)
    if written in releases() or not _FINAL.fullmatch(written):
        return None
    series = [known for known in _finals() if known[:2] == version[:2]]
    if version[0] > _LAST_ENDED and series and version > max(series):
        return None
    below = max((known for known in _finals() if known < version), default=None)
    above = min((known for known in _finals() if known > version), default=None)
    if below is None or above is None or above[0] != version[0]:
        return None
    return _finals()[below], _finals()[above]


def numbers(version: str) -> Numbers:
    """The numbers in a version, for a comparison."""
    return tuple(map(int, re.findall(r"\d+", version)))


def _last(major: Numbers) -> str | None:
    found = max((known for known in _finals() if known[:1] == major), default=None)
    return None if found is None else _finals()[found]


@cache
def _finals() -> Mapping[Numbers, str]:
    """The final releases, by their numbers."""
    return {numbers(one): one for one in releases() if _FINAL.fullmatch(one)}


@cache
def _lines() -> tuple[str, str]:
    text = Path(__file__).with_suffix(".txt").read_text("utf-8")
    date, _, versions = text.partition("\n")
    return date, versions
