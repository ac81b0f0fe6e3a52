"""What a sentence says, as far as it can be compared: words, numbers, what it denies and limits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from summarizer.languages import LANGUAGES, NUMBERS, Language
from summarizer.words import tokens

JOINT = re.compile(  # between two clauses
    r"[,;:.!?()\u2013\u2014]\s+"
    r"|\s(?=(?:and|but|because|while|which|so|und|aber|weil|et|mais|y|pero)\s)"
)
_DENIED_BEFORE, _DENIED_AFTER = 2, 3  # words of a clause that "not" is about
_UNIT = 2  # words after a number that say of what it is
_SHORT_NOT = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
_DECIMAL = re.compile(r"(?<=\d)[.,:](?=\d)")
_THOUSANDS = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_DENIALS = frozenset[str]().union(*(language.denials for language in LANGUAGES))
_LIMITS = frozenset[str]().union(*(language.limits for language in LANGUAGES))
_ABSOLUTE = frozenset[str]().union(*(language.absolute for language in LANGUAGES))


@dataclass(frozen=True)
class Claim:
    """The stems of a sentence's words, and its numbers, in order, and which of them it denies.

    `limits` has each word such as "may" with the word after it; `absolute` has words such as "all".
    """

    terms: tuple[str, ...]
    denied: frozenset[str]
    limits: frozenset[tuple[str, str]]
    absolute: frozenset[str]

    @cached_property
    def words(self) -> frozenset[str]:
        """Its terms without numbers."""
        return frozenset(self.terms) - self.numbers

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its numbers as digits."""
        return frozenset(self.terms[place] for place in self._places_of_numbers())

    def agrees_with(self, source: "Claim") -> bool:
        """Whether it says no more than the source does of what both speak of."""
        return (
            not self._contradicts(source)
            and not self._reverses(source)
            and all(limit in self.limits for limit in source.limits if limit[1] in self.terms)
            and self._has_numbers_of(source)
        )

    def _contradicts(self, other: "Claim") -> bool:
        """Whether one denies something of which the other denies nothing."""
        return not self.denied & other.denied and bool(
            self.denied & other.words or other.denied & self.words
        )

    def _reverses(self, source: "Claim") -> bool:
        """Whether it has two words of the source the other way round, as who lent whom."""
        ours, theirs = (
            [term for term in one.terms if term in other.words]
            for one, other in ((self, source), (source, self))
        )
        around = {*zip(theirs[2:], theirs[1:], theirs)}
        return any(one in around and one[0] != one[2] for one in zip(ours, ours[1:], ours[2:]))

    def _has_numbers_of(self, source: "Claim") -> bool:
        """Whether its numbers are the source's, in that order, and of the same things."""
        if not (places := self._places_of_numbers()):
            return True
        units = {term for place in places for term in self.terms[place + 1 : place + 1 + _UNIT]}
        rest = iter(source.terms)
        in_order = all(self.terms[place] in rest for place in places)
        return in_order and units <= {*source.terms} and source.nearest_number(self) in self.numbers

    def nearest_number(self, other: "Claim") -> str:
        """Of its numbers, the one that is nearest to the words of another claim."""
        found = [[at for at, term in enumerate(self.terms) if term == word] for word in other.words]

        def away(number: int) -> tuple[int, bool]:
            steps = sum(min(abs(number - place) for place in places) for places in found if places)
            return steps, self.terms[number] not in other.numbers

        return self.terms[min(self._places_of_numbers(), key=away)]

    def _places_of_numbers(self) -> list[int]:
        return [place for place, term in enumerate(self.terms) if term[0].isdigit()]


def claim_of(sentence: str, language: Language) -> Claim:
    """What a sentence in this language says."""
    terms: list[str] = []
    limits: list[tuple[str, str]] = []
    ahead: list[str] = []  # what limits the next term
    said = _with_digits(sentence)
    for word in said:
        if word not in language.stop_words and word not in _DENIALS:
            terms.append(language.stem(word))
            limits += ((limit, terms[-1]) for limit in ahead)
            ahead = []
        if word in _LIMITS:
            ahead.append(word)
    denied = language.stems(_denied(sentence, language)).intersection(terms)
    return Claim(tuple(terms), denied, frozenset(limits), _ABSOLUTE.intersection(said))


def _with_digits(sentence: str) -> list[str]:
    """Its words, and its numbers as digits: "212,000" and "forty-one" are 212000 and 41."""
    found: list[str] = []
    tens = 0
    for word in tokens(_DECIMAL.sub("point", _THOUSANDS.sub("", sentence))):
        number = NUMBERS.get(word, 0)
        if tens >= 20 and 0 < number < 10:
            found[-1] = str(tens + number)
        else:
            found.append(str(number) if number > 1 else word)
        tens = number
    return found


def _denied(sentence: str, language: Language) -> Iterator[str]:
    """The words near a "not", within its clause."""
    for clause in JOINT.split(_SHORT_NOT.sub(" not", sentence)):
        words = [w for w in tokens(clause) if w in _DENIALS or w not in language.stop_words]
        for place, word in enumerate(words):
            if word in _DENIALS:
                yield from words[max(0, place - _DENIED_BEFORE) : place]
                yield from words[place + 1 : place + 1 + _DENIED_AFTER]
