"""Hold what a model writes against the text: numbers, names, words, what is denied and limited.

A sentence is supported if a few sentences of the text say it between them. That is strict on what a
reader would act on and mild on wording: a sentence refused by mistake costs only a quotation.
"""

import re

from summarizer.claim import JOINT, claim_of
from summarizer.languages import Language
from summarizer.words import tokens

_MAX_SOURCES = 4  # sentences of the text that one sentence may draw on
_SHORTEST_QUOTE = 4  # words; fewer in a row are nobody's
_SHORTEST_CLAUSE = 3  # words that say something
_CAPITALIZED = re.compile(r"\b[A-Z\u00c0-\u00de]\w+")
_NAME = re.compile(rf"(?<=[\w.,;)] ){_CAPITALIZED.pattern}")
_LOWER_CASE = re.compile(r"\b[a-z\u00df-\u00ff]\w+")


class Grounds:
    """A text's sentences, to hold others against them."""

    def __init__(self, sentences: list[str], language: Language) -> None:
        self.language = language
        self.sentences = sentences
        self._claims = [claim_of(sentence, language) for sentence in sentences]
        text = " ".join(sentences)
        words = tokens(text)
        self._text = f" {' '.join(words)} "
        self._known = language.stems(words)
        # "The Council met" does not make a name of "the council"
        self._names = self._stems(_NAME, text) - language.stems(_LOWER_CASE.findall(text))
        self._numbers = frozenset[str]().union(*(claim.numbers for claim in self._claims))

    def _stems(self, name: re.Pattern[str], text: str) -> frozenset[str]:
        """What looks like a name, but in German: there, every noun has a capital letter."""
        found = [] if self.language.code == "de" else name.findall(text)
        return self.language.stems(tokens(" ".join(found)))

    def has_in_a_row(self, sentence: str) -> bool:
        """Whether the text has these very words."""
        words = tokens(sentence)
        return len(words) >= _SHORTEST_QUOTE and f" {' '.join(words)} " in self._text

    def has_facts_of(self, sentence: str) -> bool:
        """Whether the text has every number and name of a sentence."""
        numbers = claim_of(sentence, self.language).numbers
        return self._stems(_NAME, sentence) <= self._known and numbers <= self._numbers

    def nearest(self, sentence: str) -> list[str]:
        """The sentence that has most of this one's words; none if no sentence has any."""
        return [self.sentences[place] for place in self._sources(sentence)[:1]]

    def _sources(self, sentence: str) -> list[int]:
        """The places of the sentences that this one's words are from, the closest first."""
        left = terms = frozenset(claim_of(sentence, self.language).terms)
        found: list[int] = []
        while left and len(found) < _MAX_SOURCES:
            # one word in common with a further sentence may be chance
            at_least = 2 if found else 1
            both = (terms.intersection(claim.terms) for claim in self._claims)
            shared = [len(left & one) if len(one) >= at_least else 0 for one in both]
            if not (most := max(shared)):
                break
            found.append(shared.index(most))
            left = left.difference(self._claims[found[-1]].terms)
        return found

    def supports(self, sentence: str, share: float) -> bool:
        """Whether the text says this, too: of each clause at least this share of the words."""
        return all(self._says(clause, share) for clause in self._clauses(sentence))

    def _says(self, clause: str, share: float) -> bool:
        claim = claim_of(clause, self.language)
        sources = [self._claims[place] for place in self._sources(clause)]
        if not sources or not claim.agrees_with(sources[0]):
            return False
        names = sources[0].words & self._names
        if names and not self._stems(_CAPITALIZED, clause) & self._names <= names:
            return False
        size = len(claim.words)
        known = frozenset[str]().union(*(claim.words & one.words for one in sources))
        enough = min(size, share * (size + 1))  # of three words, all
        # most of it from one sentence, or two facts were made one
        mostly = len(claim.words & sources[0].words) > share * size
        alike = (one.absolute for one in self._claims if 2 * len(claim.words & one.words) >= size)
        return len(known) >= enough and mostly and claim.absolute <= frozenset[str]().union(*alike)

    def _clauses(self, sentence: str) -> list[str]:
        """Parts that say something by themselves: shorter ones go with what is before them."""
        clauses: list[str] = []
        for part in JOINT.split(sentence):
            last = [*clauses[-1:], part]
            sizes = [len(claim_of(one, self.language).words) for one in last]
            if clauses and min(sizes) < _SHORTEST_CLAUSE:
                clauses[-1] += f" {part}"
            else:
                clauses.append(part)
        return clauses
