"""Judge one answer: the aspect, the form, and what in it is not from the text."""

import re
from dataclasses import dataclass

from benchmarks.demo.cases import Case, flat
from summarizer.grounding import Grounds
from summarizer.languages import asked_language, language_of
from summarizer.sentences import sentences_of, split_sentences
from summarizer.words import tokens

_COVERED = 0.6  # of a sentence's words that the text must have
_SAME = 0.9  # of a sentence's words that an earlier one has, too
_QUOTES = re.compile(r"[\u201c\u201d]")
_MARK = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)]|\|(?:\s*\d+\s*\|)?)\s*|\s*\|\s*$")
_TABLE_RULE = re.compile(r"^[\s|:-]+$")
_TABLE_HEAD = "| No. | What the text says |"
_ENDED = re.compile(r"[.!?\u2026\u3002][\"'\u2019\u201d)*]*\s*\|?$")


@dataclass(frozen=True)
class Marks:
    """What is right and wrong with an answer; `aspect` and `form` are None if not asked for."""

    aspect: bool | None
    form: bool | None
    sentences: int
    unsupported: int
    invented: int  # sentences with a number or a name that the text has not
    repeated: int
    ends_whole: bool


def mark(case: Case, answer: str) -> Marks:
    """Judge an answer to a case."""
    language = language_of(case.text)
    grounds = Grounds([s.text for s in sentences_of(case.text, language)], language)
    said = _sentences(answer)
    is_translated = asked_language(case.prompt) not in (None, language.name)
    unsupported = [
        sentence
        for sentence in said
        if not (grounds.has_in_a_row(sentence) or grounds.supports(sentence, _COVERED))
    ]
    return Marks(
        aspect=_first_source(said, grounds) in case.answers if case.answers else None,
        form=not case.form.unmet(answer) if case.form else None,
        sentences=len(said),
        unsupported=0 if is_translated else len(unsupported),
        invented=sum(not grounds.has_facts_of(sentence) for sentence in said),
        repeated=sum(_is_repeated(place, said) for place in range(len(said))),
        ends_whole=bool(_ENDED.search(answer.strip())),
    )


def _sentences(answer: str) -> list[str]:
    """The sentences of an answer without the marks of lists, tables and quotations."""
    found = []
    for line in answer.splitlines():
        if line != _TABLE_HEAD and not _TABLE_RULE.match(line):
            bare = _QUOTES.sub("", _MARK.sub("", line))
            found += [flat(one) for one in split_sentences(bare, language_of(bare))]
    return [sentence for sentence in found if tokens(sentence)]


def _first_source(said: list[str], grounds: Grounds) -> str | None:
    """The sentence of the text that the first one of the answer is nearest to."""
    nearest = grounds.nearest(said[0]) if said else []
    return flat(nearest[0]) if nearest else None


def _is_repeated(place: int, said: list[str]) -> bool:
    words = set(tokens(said[place]))
    return any(len(words & set(tokens(one))) >= _SAME * len(words) for one in said[:place])
