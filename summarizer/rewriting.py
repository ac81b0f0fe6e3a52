"""One sentence in other words, by a model that may be too small for it.

What it writes is believed only if it can be proved: a shorter sentence leaves out whole asides and
nothing else, and a translation is what the model, reading nothing else, turns back into what the
sentence says.
"""

import re
from collections.abc import Callable, Generator
from itertools import accumulate, chain

from summarizer.grounding import Grounds
from summarizer.languages import LANGUAGES, NUMBERS, Language, language_of
from summarizer.sentences import ENDED
from summarizer.words import tokens

Rewriting = Generator[str | None]  # in the end what the sentence becomes; until then none
Say = Callable[[str, str], Generator[None, None, str]]  # a model's line to a text and instruction

_SHORTEN = "Shorten the user's sentence. Use only words of the sentence."
_TRANSLATE = "Translate the user's text into {}. Write only the translation."
_SHARE = 0.6  # of the words of a translation that come back
_BETWEEN = re.compile(r"[,;](?:\s|$)|[()\[\]\u2013\u2014]|\s-+\s")  # two stretches of a sentence
_SHORTEST_ASIDE = 3  # words
# a capital may begin a name; "|" is the edge of a cell
_TELLING = re.compile(r"[\d|A-Z\u00c0-\u00de]|n['\u2019]t\b")


def shorten(sentence: str, language: Language, say: Say) -> Rewriting:
    """The sentence without some of its asides, which limit nothing."""
    said = yield from say(sentence, _SHORTEN)
    asides = _left_out(sentence, said)
    yield said if asides and all(_is_idle(aside, language) for aside in asides) else None


def _left_out(sentence: str, said: str) -> list[str]:
    """The stretches that are not in what is said; none if more is different."""
    stretches, parts = _stretches(sentence), [_words(part) for part in _stretches(said)]
    rest = list(chain.from_iterable(parts))
    left_out: list[str] = []
    edges = [0]
    for place, stretch in enumerate(stretches):
        words = _words(stretch)
        if rest[: len(words)] == words:
            rest = rest[len(words) :]
            edges.append(edges[-1] + len(words))
        elif 0 < place < len(stretches) - 1:
            left_out.append(stretch)
        else:
            return []
    return left_out if not rest and {*accumulate(map(len, parts))} <= {*edges} else []


def _stretches(sentence: str) -> list[str]:
    return list(filter(str.strip, _BETWEEN.split(sentence)))


def _words(stretch: str) -> list[str]:
    """Its words with all marks that they have: "mayor's" is not "mayor", nor "trip:" "trip"."""
    return stretch.lower().split()


def _is_idle(aside: str, language: Language) -> bool:
    """Whether it has no name, no number, and nothing that denies or limits."""
    telling = language.denials | language.hedges | NUMBERS.keys()
    is_short = len(_words(aside)) < _SHORTEST_ASIDE
    return not (is_short or _TELLING.search(aside) or telling.intersection(tokens(aside)))


def translate(into: str, sentence: str, language: Language, say: Say) -> Rewriting:
    """The sentence in the language of this name, if the model turns it back."""
    said = yield from say(sentence, _TRANSLATE.format(into))
    others = [one for one in LANGUAGES if one is not language]
    # one that is not known here is taken for any of them
    wanted = [one for one in others if one.name == into] or others
    if language_of(said, otherwise=wanted[0]) not in wanted or not _fits(said, sentence):
        return
    back = yield from say(said, _TRANSLATE.format(language.name))
    yield said if _says(back, sentence, language) and _says(sentence, back, language) else None


def _fits(said: str, sentence: str) -> bool:
    """Whether it ends as the sentence does, and has as many cells of a table."""
    ends = [bool(ENDED.search(text)) for text in (said, sentence)]
    return ends[0] == ends[1] and said.count("|") == sentence.count("|")


def _says(text: str, sentence: str, language: Language) -> bool:
    """Whether the text says what the sentence does."""
    grounds = Grounds([text], language)
    return grounds.has_facts_of(sentence) and grounds.supports(sentence, _SHARE)
