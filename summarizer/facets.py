"""What a prompt is after, and how surely a sentence shows it.

A prompt asks in its own words ("the ferry") and by aspect ("the costs", "who", "when"). An aspect
is known by the words that people use for it, in any language, and by signs such as dates and names.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

from summarizer.languages import LANGUAGES, Language, language_of
from summarizer.words import tokens

_SIGN, _HINT = 0.6, 0.35  # how sure they make; a word that asks for the aspect: `Aspect.sure`
_DECIDED = 0.3  # how much "approved" counts beside what was to be approved
# what a general summary is to have, and how much each counts
_CUES = {"decide": 2.0, "cost": 1.0, "risk": 0.5}


@dataclass(frozen=True)
class Aspect:
    """Stems that ask for it, stems that hint at it, and its sign."""

    asked: frozenset[str]
    hints: frozenset[str] = frozenset()
    sign: re.Pattern[str] | None = None
    sure: float = 0.7
    weight: float = 0.8

    def named_in(self, stems: frozenset[str]) -> float:
        """How surely a heading names this aspect, from 0 to 1."""
        return 1 - (1 - self.sure) ** len(self.asked & stems)

    def shown_by(self, text: str, stems: frozenset[str]) -> float:
        """How surely a sentence shows this aspect, from 0 to 1; more evidence makes it surer."""
        doubt = (1 - self.named_in(stems)) * (1 - _HINT) ** len(self.hints & stems)
        return 1 - doubt * (1 - _SIGN if self.sign and self.sign.search(text) else 1)


@dataclass(frozen=True)
class Query:
    """What a prompt asks about, its phrases for what takes a writer, and itself without these."""

    aspects: tuple[Aspect, ...]
    beyond: tuple[str, ...] = ()
    topic: str = ""
    words: frozenset[str] = frozenset()  # stems that ask for no known aspect


def query(prompt: str, text_language: Language) -> Query:
    """Read out of a prompt what it asks about; the text is in `text_language`."""
    language = language_of(prompt, otherwise=text_language)
    topic, beyond = _without_wishes(prompt, text_language)
    said = tokens(topic)
    words = [word for word in said if word not in language.stop_words and not word.isdigit()]
    stems = [language.stem(word) for word in words if not _is_request(word)]
    named = {name for one in LANGUAGES for name in _named(one, said)}
    known = _aspects(text_language)
    # whether something "was approved" asks for what was decided about it
    decided = known["decide"].hints.intersection(stems) if len(stems) > 1 else frozenset()
    named |= {"decide"} if decided else set()
    own = tuple(
        Aspect(frozenset([stem]), sure=1.0, weight=_DECIDED if stem in decided else 1.0)
        for stem in dict.fromkeys(stems)
    )
    aspects = [aspect for name, aspect in known.items() if name in named]
    rest = frozenset(stems).difference(*(aspect.asked for aspect in aspects))
    return Query((*own, *aspects), tuple(dict.fromkeys(beyond)), topic, rest)


def _is_request(word: str) -> bool:
    """Whether a word only says how to answer, in any language."""
    return any(one.stem(word) in one.request_stems for one in LANGUAGES)


def general_query(language: Language) -> Query:
    """What readers look for who ask for nothing in particular; hints are not enough for that."""
    known = _aspects(language)
    cues = [replace(known[name], hints=frozenset(), weight=w) for name, w in _CUES.items()]
    return Query(tuple(cues))


def _without_wishes(prompt: str, text_language: Language) -> tuple[str, list[str]]:
    """The prompt without for whom and in what form, and what of that only a writer can do."""
    beyond: list[str] = []
    prompt = " ".join(prompt.split())
    for language in LANGUAGES:
        beyond += (match.group().strip() for match in language.beyond.finditer(prompt))
        prompt = language.readers.sub(" ", language.beyond.sub(" ", prompt))
        wishes = language.answer_in.finditer(prompt)
        beyond += (wish.group() for wish in wishes if wish.lastgroup != text_language.code)
        prompt = language.answer_in.sub(" ", prompt)
    return prompt, beyond


def _named(language: Language, said: list[str]) -> set[str]:
    """The names of the aspects that these words ask for."""
    stems = language.stems_and_pairs(said)
    return {name for name, aspect in _aspects(language).items() if aspect.asked & stems}


@cache
def _aspects(language: Language) -> dict[str, Aspect]:
    """The aspects in a language by name."""
    found = {}
    for name, row in language.aspects.items():
        asked, hints = row.split("|")
        found[name] = Aspect(
            asked=frozenset("_".join(map(language.stem, one.split("_"))) for one in asked.split()),
            hints=language.stems(hints.split()),
            sign=language.signs.get(name),
        )
    return found
