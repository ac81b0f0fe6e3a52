"""Hold what a model writes against the text: numbers, names, words, what is denied and limited.

A sentence is supported if a few sentences of the text say it between them. That is strict on what a
reader would act on and mild on wording: a sentence refused by mistake costs only a quotation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

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
_CAPITALIZED = re.compile(r"\b[A-Z\u00c0-\u00de]\w+")
_NAME = re.compile(rf"(?<=[\w.,;)] ){_CAPITALIZED.pattern}")
_LOWER_CASE = re.compile(r"\b[a-z\u00df-\u00ff]\w+")
_DECIMAL = re.compile(r"(?<=\d)[.,:](?=\d)")
_THOUSANDS = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d{3}(?!\d))")
_UNIT = 2  # words after a number that say of what it is
_DENIALS = frozenset[str]().union(*(language.denials for language in LANGUAGES))
_LIMITS = frozenset(  # not to be dropped
    "may might could perhaps most some few only könnte könnten vielleicht meisten manche einige "
    "wenige nur peut peuvent pourrait pourraient plupart certains quelques puede pueden podría "
    "podrían quizá quizás mayoría algunos algunas pocos solo".split()
)
_ABSOLUTE = frozenset(  # not to be added
    "all every each none always will alle jede jeder jedes immer wird tous toutes chaque toujours "
    "todos todas cada siempre".split()
)


@dataclass(frozen=True)
class Claim:
    """What a sentence says: the stems of its words, and its numbers, in order; what it denies.

    `limits` has each word that limits a statement, with the word after it; `said` has all words.
    """

    terms: tuple[str, ...]
    denied: frozenset[str]
    limits: frozenset[tuple[str, str]]
    said: frozenset[str]

    @cached_property
    def words(self) -> frozenset[str]:
        """Its terms without numbers."""
        return frozenset(term for term in self.terms if not _is_number(term))

    def contradicts(self, other: "Claim") -> bool:
        """Whether one denies something of which the other denies nothing."""
        return not self.denied & other.denied and bool(
            self.denied & other.words or other.denied & self.words
        )

    def keeps_limits_of(self, source: "Claim") -> bool:
        """Whether a "may" or "most" of the source is still with what it limits."""
        return all(limit in self.said for limit, of in source.limits if of in self.terms)

    def keeps_numbers_of(self, source: "Claim") -> bool:
        """Whether its numbers are the source's, in that order, and of the same things."""
        places = _places_of_numbers(self.terms)
        units = {term for place in places for term in self.terms[place + 1 : place + 1 + _UNIT]}
        rest = iter(source.terms)
        in_order = all(self.terms[place] in rest for place in places)
        return in_order and units <= {*source.terms} and (not places or self._is_nearest_in(source))

    def _is_nearest_in(self, source: "Claim") -> bool:
        """Whether the number of the source that is nearest to these words is one of these."""
        found = {
            word: [place for place, term in enumerate(source.terms) if term == word]
            for word in self.words
        }

        def away(number: int) -> tuple[int, bool]:
            steps = (min(abs(number - place) for place in at) for at in found.values() if at)
            return sum(steps), source.terms[number] not in self.terms

        return source.terms[min(_places_of_numbers(source.terms), key=away)] in self.terms

    def reverses(self, source: "Claim") -> bool:
        """Whether it has two words of the source the other way round, as who lent whom."""
        ours, theirs = (
            [term for term in one.terms if term in other.words]
            for one, other in ((self, source), (source, self))
        )
        around = {*zip(theirs[2:], theirs[1:], theirs)}
        return any(one in around and one[0] != one[2] for one in zip(ours, ours[1:], ours[2:]))


class Grounds:
    """A text's sentences, to hold others against them."""

    def __init__(self, sentences: list[str], language: Language) -> None:
        self.language = language
        self.sentences = sentences
        self._claims = [self._claim(sentence) for sentence in sentences]
        words = tokens(" ".join(sentences))
        self._text = f" {' '.join(words)} "
        self._known = language.stems(words)
        self._names = self._stems_of_names(" ".join(sentences)) - language.stems(
            _LOWER_CASE.findall(" ".join(sentences))
        )
        self._numbers = {term for claim in self._claims for term in claim.terms if _is_number(term)}

    def _stems_of_names(self, text: str) -> frozenset[str]:
        # in German, every noun has a capital letter
        names = [] if self.language.code == "de" else tokens(" ".join(_NAME.findall(text)))
        return self.language.stems(names)

    def has_in_a_row(self, sentence: str) -> bool:
        """Whether the text has these very words."""
        words = tokens(sentence)
        return len(words) >= _SHORTEST_QUOTE and f" {' '.join(words)} " in self._text

    def has_facts_of(self, sentence: str) -> bool:
        """Whether the text has every number and name of a sentence."""
        return self._stems_of_names(sentence) <= self._known and self._numbers.issuperset(
            one for one in _terms(sentence) if _is_number(one)
        )

    def nearest(self, sentence: str) -> list[str]:
        """The sentence that has most of this one's words; none if no sentence has any."""
        return [self.sentences[place] for place in self._sources(sentence)[:1]]

    def _sources(self, sentence: str) -> list[int]:
        """The places of the sentences that this one's words are from, the closest first."""
        left = terms = frozenset(self._claim(sentence).terms)
        found: list[int] = []
        while left and len(found) < _MAX_SOURCES:
            # one word in common with a further sentence may be chance
            at_least = 2 if found else 1
            shared = [
                (
                    len(left.intersection(claim.terms))
                    if len(terms.intersection(claim.terms)) >= at_least
                    else 0
                )
                for claim in self._claims
            ]
            if not (most := max(shared)):
                break
            found.append(shared.index(most))
            left = left.difference(self._claims[found[-1]].terms)
        return found

    def supports(self, sentence: str, share: float) -> bool:
        """Whether the text says this, too: of each clause at least this share of the words."""
        return all(self._says(clause, share) for clause in self._clauses(sentence))

    def _says(self, clause: str, share: float) -> bool:
        claim = self._claim(clause)
        sources = [self._claims[place] for place in self._sources(clause)]
        if not sources or claim.contradicts(sources[0]) or claim.reverses(sources[0]):
            return False
        names = sources[0].words & self._names
        named = self.language.stems(map(str.lower, _CAPITALIZED.findall(clause))) & self._names
        same_names = not names or named <= names
        known = len(claim.words & _union(source.words for source in sources))
        enough = min(len(claim.words), share * (len(claim.words) + 1))  # of three words, all
        # most of it from one sentence, or two facts were made one; and no number from elsewhere
        mostly = len(claim.words & sources[0].words) > share * len(claim.words)
        alike = (
            one for one in self._claims if 2 * len(claim.words & one.words) >= len(claim.words)
        )
        as_surely = claim.said & _ABSOLUTE <= _union(one.said for one in alike)
        kept = claim.keeps_limits_of(sources[0]) and claim.keeps_numbers_of(sources[0])
        return known >= enough and mostly and same_names and as_surely and kept

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
        terms: list[str] = []
        limits: list[tuple[str, str]] = []
        ahead: list[str] = []  # what limits the next term
        said = _terms(sentence)
        for word in said:
            if word not in language.stop_words and word not in _DENIALS:
                terms.append(word if _is_number(word) else language.stem(word))
                limits += ((limit, terms[-1]) for limit in ahead)
                ahead = []
            if word in _LIMITS:
                ahead.append(word)
        denied = language.stems(_denied(sentence, language)).intersection(terms)
        return Claim(tuple(terms), denied, frozenset(limits), frozenset(said))


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


def _places_of_numbers(terms: tuple[str, ...]) -> list[int]:
    return [place for place, term in enumerate(terms) if _is_number(term)]


def _is_number(term: str) -> bool:
    return term[0].isdigit()


def _terms(sentence: str) -> list[str]:
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
