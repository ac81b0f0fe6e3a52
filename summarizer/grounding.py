"""Hold what a model writes against the text: numbers, names, words, and what is denied.

A sentence is supported if a few sentences of the text say it between them. That is strict on what a
reader would act on and mild on wording: a sentence refused by mistake costs only a quotation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from summarizer.languages import LANGUAGES, NUMBERS, Language
from summarizer.words import tokens

_MAX_SOURCES = 4  # sentences of the text that one sentence may draw on
_SHORTEST_QUOTE = 4  # words; fewer in a row are nobody's
_DENIED_BEFORE, _DENIED_AFTER = 2, 3  # words of a clause that "not" is about
_SHORT_NOT = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
_JOINT = re.compile(  # between two clauses
    r"[,;:.!?()\u2013\u2014]\s+"
    r"|\s(?=(?:and|but|because|while|which|so|und|aber|weil|et|mais|y|pero)\s)"
)
_SHORTEST_CLAUSE = 3  # words that say something
_NAME = re.compile(r"(?<=[\w,;)] )[A-Z\u00c0-\u00de]\w+")
_NUMERAL = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_DENIALS = frozenset[str]().union(*(language.denials for language in LANGUAGES))


@dataclass(frozen=True)
class Claim:
    """What a sentence says: the stems of its words, which of them it denies, and its numbers."""

    words: frozenset[str]
    denied: frozenset[str]
    numbers: frozenset[str]

    def contradicts(self, other: "Claim") -> bool:
        """Whether one denies something of which the other denies nothing."""
        return not self.denied & other.denied and bool(
            self.denied & other.words or other.denied & self.words
        )


class Grounds:
    """A text's sentences, to hold others against them."""

    def __init__(self, sentences: list[str], language: Language) -> None:
        self.language = language
        self.sentences = sentences
        self._claims = [self._claim(sentence) for sentence in sentences]
        words = tokens(" ".join(sentences))
        self._text = f" {' '.join(words)} "
        self._known = {*words, *language.stems(words)}
        self._numbers = _union(claim.numbers for claim in self._claims)

    def has_in_a_row(self, sentence: str) -> bool:
        """Whether the text has these very words."""
        words = tokens(sentence)
        return len(words) >= _SHORTEST_QUOTE and f" {' '.join(words)} " in self._text

    def has_facts_of(self, sentence: str) -> bool:
        """Whether the text has every number and name of a sentence."""
        # in German, every noun has a capital letter
        names = [] if self.language.code == "de" else tokens(" ".join(_NAME.findall(sentence)))
        known = all({name, self.language.stem(name)} & self._known for name in names)
        return known and self._numbers.issuperset(_numbers(sentence))

    def nearest(self, sentence: str) -> list[str]:
        """The sentence that has most of this one's words; none if no sentence has any."""
        return [self.sentences[place] for place in self._sources(sentence)[:1]]

    def _sources(self, sentence: str) -> list[int]:
        """The places of the sentences that this one's words are from, the closest first."""
        left = words = self._claim(sentence).words
        found: list[int] = []
        while left and len(found) < _MAX_SOURCES:
            # one word in common with a further sentence may be chance
            at_least = 2 if found else 1
            shared = [
                len(left & claim.words) if len(words & claim.words) >= at_least else 0
                for claim in self._claims
            ]
            if not (most := max(shared)):
                break
            found.append(shared.index(most))
            left -= self._claims[found[-1]].words
        return found

    def supports(self, sentence: str, share: float) -> bool:
        """Whether the text says this, too: of each clause at least this share of the words."""
        return all(self._says(clause, share) for clause in self._clauses(sentence))

    def _says(self, clause: str, share: float) -> bool:
        claim = self._claim(clause)
        sources = [self._claims[place] for place in self._sources(clause)]
        if not sources or claim.contradicts(sources[0]):
            return False
        known = len(claim.words & _union(source.words for source in sources))
        enough = min(len(claim.words), share * (len(claim.words) + 1))  # of three words, all
        # most of it from one sentence, or two facts were made one; and no number from elsewhere
        mostly = len(claim.words & sources[0].words) > share * len(claim.words)
        numbers = _union(source.numbers for source in sources)
        return known >= enough and mostly and claim.numbers <= numbers

    def _clauses(self, sentence: str) -> list[str]:
        """Parts that say something by themselves: shorter ones go with what is before them."""
        clauses: list[str] = []
        for part in _JOINT.split(sentence):
            sizes = [len(self._claim(one).words) for one in (*clauses[-1:], part)]
            if clauses and min(sizes) < _SHORTEST_CLAUSE:
                clauses[-1] += f" {part}"
            else:
                clauses.append(part)
        return clauses

    def _claim(self, sentence: str) -> Claim:
        language = self.language
        terms = frozenset(term for term in language.terms(sentence) if not term.isdigit())
        words = terms - language.stems(_DENIALS)
        denied = language.stems(_denied(sentence, language)) & words
        return Claim(words, denied, frozenset(_numbers(sentence)))


def _union(sets: Iterator[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def _denied(sentence: str, language: Language) -> Iterator[str]:
    """The words near a "not", within its clause."""
    for clause in _JOINT.split(_SHORT_NOT.sub(" not", sentence)):
        words = [w for w in tokens(clause) if w in _DENIALS or w not in language.stop_words]
        for place, word in enumerate(words):
            if word in _DENIALS:
                yield from words[max(0, place - _DENIED_BEFORE) : place]
                yield from words[place + 1 : place + 1 + _DENIED_AFTER]


def _numbers(sentence: str) -> Iterator[str]:
    """Its numbers as digits: "212,000" and "forty-one" are 212000 and 41."""
    for numeral in _NUMERAL.findall(_THOUSANDS.sub("", sentence)):
        yield numeral.replace(",", ".")
    before = 0
    for number in [*(NUMBERS.get(word, 0) for word in tokens(sentence)), 0]:
        if before >= 20 and 0 < number < 10:
            before += number
        else:
            if before > 1:
                yield str(before)
            before = number
