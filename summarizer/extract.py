"""Extractive summary: the text's own sentences, picked by the words of the prompt.

Each sentence is scored by how much it says about the prompt, and where the prompt asks for nothing
in particular by how much of the whole text it covers. The best ones are taken one by one, each time
minus what was already said (maximal marginal relevance). What was clearly asked for is printed
first, and what is alike in that stands in the order of the text. Every word is the author's.
"""

import math
from collections import Counter
from dataclasses import dataclass

from summarizer.facets import Query, general_query, query
from summarizer.languages import Language, language_of
from summarizer.sentences import FULL_STOPS, Sentence, sentences_of
from summarizer.shape import DEFAULT_LENGTH, LENGTHS, Length, shape
from summarizer.words import count, tokens

MAX_SENTENCES = 50

_MAX_ON_TOPIC = 6  # where the prompt says "only" and no count
_RELEVANT = 0.2  # of the best sentence's relevance: below that, a sentence is filler
_CLEAR = 0.8  # below that, it is printed after the clearly relevant ones
_UNDER = 0.6  # of the relevance of the heading over it
_GENERAL = 0.05  # what importance counts where something is relevant
_CUE = 0.5  # what decisions, results and figures add to importance
_LEAD = 0.2  # what the first sentence of a text gains, which often says it all
_NOVELTY = 0.8  # of its worth, a sentence loses if all of it was said
_SPREAD = 0.3  # how much another sentence of the same paragraph costs a general summary


@dataclass(frozen=True)
class Extract:
    """The picked sentences: those clearly asked for first, else in the order of the text."""

    sentences: tuple[str, ...]
    total: int
    bullets: bool = False
    on_topic: bool = True  # False: nothing the prompt asks about is in the text
    capped: bool = False  # True: the prompt asked for more than MAX_SENTENCES
    beyond: tuple[str, ...] = ()  # what the prompt asks for and quoting does not do, in its words

    def __str__(self) -> str:
        if self.bullets:
            return "\n".join(f"- {sentence}" for sentence in self.sentences)
        # what does not end as a sentence does, such as a row of a table, has a line of its own
        ends = (" " if sentence[-1] in FULL_STOPS else "\n" for sentence in self.sentences)
        return "".join(map("".join, zip(self.sentences, ends))).rstrip()


@dataclass(frozen=True)
class _Candidate:
    """A sentence with what it says and what it is worth."""

    place: int
    text: str
    paragraph: int
    terms: dict[str, float]  # and how telling each is
    relevance: float  # to the prompt, 1 for the best
    value: float

    @property
    def rank(self) -> int:
        """Clearly relevant sentences are printed before weaker ones, and these before filler."""
        return (self.relevance >= _CLEAR) + (self.relevance >= _RELEVANT)

    def repeats(self, said: set[str]) -> float:
        """How much of what it says was said, from 0 to 1."""
        again = sum(weight for term, weight in self.terms.items() if term in said)
        return again / (sum(self.terms.values()) or 1.0)


def extract(text: str, prompt: str, length: Length = LENGTHS[DEFAULT_LENGTH]) -> Extract:
    """Pick the sentences of the text that answer the prompt best."""
    wanted = shape(prompt)
    language = language_of(text)
    asked = query(prompt, language)
    candidates = _candidates(sentences_of(text, language), asked, language)
    total = len(candidates)
    on_topic = any(candidate.relevance for candidate in candidates)
    number = wanted.count or (MAX_SENTENCES if wanted.words else length.sentences)
    if on_topic and (wanted.only or not wanted.count):
        candidates = [c for c in candidates if c.relevance >= _RELEVANT]  # no filler
        number = max(number, _MAX_ON_TOPIC) if wanted.only and not wanted.count else number
    picked = _pick(
        candidates, min(number, MAX_SENTENCES), wanted.words, spread=0.0 if on_topic else _SPREAD
    )
    picked.sort(key=lambda c: (-c.rank, c.place))
    return Extract(
        sentences=tuple(c.text for c in picked),
        total=total,
        bullets=wanted.bullets,
        on_topic=on_topic or not asked.aspects,
        capped=(wanted.count or 0) > MAX_SENTENCES,
        beyond=asked.beyond,
    )


def ranking(text: str, prompt: str, first: int) -> list[str]:
    """The sentences that answer the prompt best, as far as they do.

    The `first` ones are in the order in which an extract prints them; of the others the best first.
    """
    wanted = shape(prompt)
    language = language_of(text)
    asked = query(prompt, language)
    candidates = _candidates(sentences_of(text, language), asked, language)
    on_topic = any(candidate.relevance for candidate in candidates)
    if on_topic and (wanted.only or not wanted.count):
        candidates = [c for c in candidates if c.relevance >= _RELEVANT]  # no filler
    picked = _pick(candidates, max(first, MAX_SENTENCES), spread=0.0 if on_topic else _SPREAD)
    best = sorted(picked[:first], key=lambda c: (-c.rank, c.place))
    return [candidate.text for candidate in [*best, *picked[first:]]]


def _candidates(sentences: list[Sentence], asked: Query, language: Language) -> list[_Candidate]:
    """What each sentence is worth: relevance decides, importance where nothing is relevant."""
    terms = [tuple(dict.fromkeys(language.terms(sentence.text))) for sentence in sentences]
    counts = Counter(term for said in terms for term in said)
    general = _importance(sentences, terms, counts, language)
    relevance = _relevance(sentences, asked, language)
    share = _GENERAL if any(relevance) else 1.0
    telling = {term: math.log(1 + len(terms) / number) for term, number in counts.items()}
    return [
        _Candidate(
            place,
            sentence.text,
            sentence.paragraph,
            {term: telling[term] for term in terms[place]},
            relevance[place],
            relevance[place] + share * general[place],
        )
        for place, sentence in enumerate(sentences)
    ]


def _relevance(sentences: list[Sentence], asked: Query, language: Language) -> list[float]:
    """What each sentence, or the heading over it, says about the query, from 0 to 1 for the best.

    What is rare in the text counts more.
    """
    said = [language.stems(tokens(sentence.text)) for sentence in sentences]
    titles = {s.heading: language.stems(tokens(s.heading)) for s in sentences}
    scores = [0.0] * len(sentences)
    for aspect in asked.aspects:
        under = {title: _UNDER * aspect.named_in(words) for title, words in titles.items()}
        found = [
            max(aspect.shown_by(s.text, words), under[s.heading])
            for s, words in zip(sentences, said)
        ]
        rare = math.log(1 + len(found) / (sum(found) or 1.0))
        scores = [score + aspect.weight * rare * part for score, part in zip(scores, found)]
    return _of_best([score / (1 + len(words) / 80) for score, words in zip(scores, said)])


def _importance(
    sentences: list[Sentence],
    terms: list[tuple[str, ...]],
    counts: Counter[str],
    language: Language,
) -> list[float]:
    """How much of what the whole text is about; decisions, figures and risks count more."""
    covered = [
        sum(math.log(1 + counts[term]) for term in said) / (1 + len(said) / 30) for said in terms
    ]
    cues = _relevance(sentences, general_query(language), language)
    scores = [c + _CUE * cue for c, cue in zip(_of_best(covered), cues)]
    return [scores[0] + _LEAD, *scores[1:]]


def _pick(
    candidates: list[_Candidate], number: int, words: int | None = None, spread: float = 0.0
) -> list[_Candidate]:
    """Take the best sentence, then the best that adds something, and so on, within the words."""
    left = list(candidates)
    picked: list[_Candidate] = []
    said: set[str] = set()
    while len(picked) < number:
        if words is not None:
            room = words - sum(count(c.text) for c in picked)
            # at least one, however long it is
            left = [c for c in left if count(c.text) <= room] or ([] if picked else left)
        if not left:
            break
        paragraphs = Counter(c.paragraph for c in picked)
        best = max(
            left,
            key=lambda c: (
                c.value * (1 - _NOVELTY * c.repeats(said)) - spread * paragraphs[c.paragraph]
            ),
        )
        left.remove(best)
        picked.append(best)
        said.update(best.terms)
    return picked


def _of_best(scores: list[float]) -> list[float]:
    """Scores as shares of the best."""
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best else scores
