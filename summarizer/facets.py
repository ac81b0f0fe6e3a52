"""What a prompt is after, and how surely a sentence shows it.

A prompt asks in its own words ("the ferry") and by aspect ("the costs", "who", "when"). An aspect
is known by the words that people use for it, in any language, and by signs such as dates and names.
"""

import re
from dataclasses import dataclass
from functools import cache

from summarizer.languages import LANGUAGES, Language, language_of
from summarizer.words import tokens

Words = frozenset[str]

_ASKED, _SIGN, _HINT = 0.7, 0.6, 0.35  # against 1 for a word of the prompt itself
_SHARED_SIGNS = {
    "money": re.compile(
        r"[$€£¥]\s?\d|\d\s?[$€£¥]"
        r"|\d\s?(?:(?:m|bn|mill?\w*|thousand|hundred|mil)\s)?(?:de\s|d['\u2019])?"
        r"(?:euros?|dollars?|pounds?|francs?|franken|kron\w{1,2}|yen|rupees|cents|pence)\b"
        r"|\d\s?(?:EUR|USD|GBP|CHF)\b",
        re.IGNORECASE,
    ),
    "quote": re.compile(r"[\"\u201c\u201d\u201e\u00ab]"),
    "number": re.compile(
        rf"\d|\b(?:{'|'.join(number for one in LANGUAGES for number in one.numbers)})\b"
    ),
}
_SIGNS_OF = {
    "when": "date",
    "how_long": "span",
    "who": "name",
    "where": "place",
    "how_many": "number",
    "how_much": "number money",
    "why": "reason",
    "cost": "money",
    "should": "advice",
    "step": "advice",
    "next_step": "plan",
    "opinion": "quote",
    "result": "number",
    "past": "date",
}


@dataclass(frozen=True)
class Facet:
    """One aspect in one language: the stems that ask for it, those that hint at it, its signs."""

    asked: Words
    hints: Words = frozenset()
    signs: tuple[re.Pattern[str], ...] = ()
    weight: float = 0.8

    def named_in(self, words: Words) -> float:
        """How surely a heading names this aspect, below 1."""
        return 1 - (1 - _ASKED) ** len(self.asked & words)

    def shown_by(self, text: str, words: Words) -> float:
        """How surely a sentence shows this aspect, below 1; more evidence makes it surer."""
        doubt = 1 - self.named_in(words)
        doubt *= (1 - _HINT) ** len(self.hints & words)
        doubt *= (1 - _SIGN) ** sum(bool(sign.search(text)) for sign in self.signs)
        return 1 - doubt


@dataclass(frozen=True)
class Own:
    """A word of the prompt itself, as a stem."""

    stem: str
    weight: float = 1.0

    def named_in(self, words: Words) -> float:
        """1 if it is there, else 0."""
        return float(self.stem in words)

    def shown_by(self, _text: str, words: Words) -> float:
        """As for a heading: the word is there or not."""
        return self.named_in(words)


@dataclass(frozen=True)
class Query:
    """What a prompt asks about, and what of it takes more than quoting, in the prompt's words."""

    own: tuple[Own, ...]
    facets: tuple[Facet, ...]
    beyond: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.own or self.facets)

    def aspects(self) -> tuple[Own | Facet, ...]:
        """Everything a sentence is measured by."""
        return self.own + self.facets


def query(prompt: str, text_language: Language) -> Query:
    """Read out of a prompt what it asks about; the answers are sentences in `text_language`."""
    language = language_of(prompt, otherwise=text_language)
    topic, beyond = _without_wishes(" ".join(prompt.split()), language, text_language)
    said = tokens(topic)
    own = [
        stem
        for word in said
        if word not in language.stop_words and not word.isdigit()
        if (stem := language.stem(word)) not in language.request_stems
    ]
    named = {name for one in LANGUAGES for name in _named(one, said)}
    shown = _facets(text_language)
    facets = tuple(facet for name, facet in shown.items() if name in named)
    return Query(tuple(map(Own, dict.fromkeys(own))), facets, tuple(dict.fromkeys(beyond)))


def _without_wishes(
    prompt: str, language: Language, text_language: Language
) -> tuple[str, list[str]]:
    """The prompt without for whom and in what form; and what of that only a writer can do."""
    beyond = [match.group().strip() for match in language.beyond.finditer(prompt)]
    prompt = language.readers.sub(" ", language.beyond.sub(" ", prompt))
    for code, names in language.names.items():
        wish = language.in_language(names)
        if code != text_language.code:
            beyond += [match.group().strip() for match in wish.finditer(prompt)]
        prompt = wish.sub(" ", prompt)
    return prompt, beyond


def _named(language: Language, said: list[str]) -> set[str]:
    """The names of the aspects that these words ask for."""
    stems = list(map(language.stem, said))
    asked = {*stems, *map("_".join, zip(stems, stems[1:]))}
    return {name for name, facet in _facets(language).items() if facet.asked & asked}


@cache
def _facets(language: Language) -> dict[str, Facet]:
    """The aspects in a language by name."""
    found = {}
    for name, row in language.aspects.items():
        asked, hints = ([word.split("_") for word in part.split()] for part in row.split("|"))
        found[name] = Facet(
            asked=frozenset("_".join(map(language.stem, words)) for words in asked),
            hints=language.stems(word for (word,) in hints),
            signs=tuple(_sign(language, sign) for sign in _SIGNS_OF.get(name, "").split()),
        )
    return found


@cache
def _sign(language: Language, name: str) -> re.Pattern[str]:
    """What shows a date, a name and so on, in a language."""
    if name in _SHARED_SIGNS:
        return _SHARED_SIGNS[name]
    return re.compile(language.signs[name].replace("DATES", language.dates), re.IGNORECASE)
