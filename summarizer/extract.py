"""Extractive summary: the text's own sentences, picked by the words of the prompt.

Each sentence is scored by how much it says about the prompt and how central it is to the text.
Then the best ones are taken one by one, each time minus what was already said (maximal marginal
relevance). What was clearly asked for is printed first, and what is alike in that stands in the
order of the text. Nothing is invented: every word is the author's.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from summarizer.facets import Query, query
from summarizer.languages import Language, language_of
from summarizer.sentences import Sentence, sentences_of
from summarizer.shape import DEFAULT_LENGTH, LENGTHS, Length, Shape, shape
from summarizer.words import tokens

MAX_SENTENCES = 50

_MAX_ON_TOPIC = 6  # where the prompt says "only" and no count
_GENERAL = 0.05  # what general importance counts where something is relevant
_RELEVANT = 0.2  # of the best sentence's relevance: below that, a sentence is filler
_CLEAR = 0.75  # below that, it is printed after the clearly relevant ones
_UNDER = 0.6  # of the relevance of the heading over it
_ECHO = 0.2  # of the best sentence, for another that speaks of the same
_PASSED_ON = 0.6  # to a sentence that goes on about the same
_NOVELTY = 0.5  # how much saying the same again costs
Vector = dict[str, float]


@dataclass(frozen=True)
class Extract:
    """The picked sentences: those clearly asked for first, else in the order of the text."""

    sentences: tuple[str, ...]
    total: int
    bullets: bool = False
    on_topic: bool = True  # False: nothing the prompt asks about is in the text
    capped: bool = False  # True: the prompt asked for more than MAX_SENTENCES

    def __str__(self) -> str:
        if self.bullets:
            return "\n".join(f"- {sentence}" for sentence in self.sentences)
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Candidate:
    """A sentence with what it says and what it is worth."""

    place: int
    text: str
    vector: Vector
    relevance: float  # to the prompt, 1 for the best
    value: float


def extract(text: str, prompt: str, length: Length = LENGTHS[DEFAULT_LENGTH]) -> Extract:
    """Pick the sentences of the text that answer the prompt best."""
    wanted = shape(prompt)
    language = language_of(text)
    asked = query(prompt, language)
    sentences = sentences_of(text, language)
    candidates = _candidates(sentences, asked, language)
    on_topic = any(candidate.relevance for candidate in candidates)
    count = _how_many(wanted, length)
    if on_topic and (wanted.only or not wanted.count):
        candidates = [c for c in candidates if c.relevance >= _RELEVANT]  # no filler
        count = max(count, _MAX_ON_TOPIC) if wanted.only and not wanted.count else count
    picked = _within_words(_pick(candidates, count), wanted.words)
    picked.sort(key=lambda c: (-_rank(c.relevance), c.place))
    return Extract(
        sentences=tuple(c.text for c in picked),
        total=len(sentences),
        bullets=wanted.bullets,
        on_topic=on_topic or not asked,
        capped=(wanted.count or 0) > MAX_SENTENCES,
    )


def ranking(text: str, prompt: str, first: int) -> list[str]:
    """The sentences that answer the prompt best, whatever form it asks for.

    The `first` ones are in the order in which an extract prints them; of the others the best first.
    """
    language = language_of(text)
    candidates = _candidates(sentences_of(text, language), query(prompt, language), language)
    picked = _pick(candidates, max(first, MAX_SENTENCES))
    best = sorted(picked[:first], key=lambda c: (-_rank(c.relevance), c.place))
    return [candidate.text for candidate in [*best, *picked[first:]]]


def _candidates(sentences: list[Sentence], asked: Query, language: Language) -> list[Candidate]:
    """What each sentence is worth: relevance decides, importance where nothing is relevant."""
    idf = _idf([set(language.terms(sentence.text)) for sentence in sentences])
    vectors = [_vector(language.terms(sentence.text), idf) for sentence in sentences]
    general = _importance([sentence.text for sentence in sentences], vectors)
    relevance = _relevance(sentences, asked, vectors, language)
    share = _GENERAL if any(relevance) else 1.0
    return [
        Candidate(s.place, s.text, vector, relevant, relevant + share * important)
        for s, vector, relevant, important in zip(sentences, vectors, relevance, general)
    ]


def _rank(relevance: float) -> int:
    """Clearly relevant sentences are printed before weaker ones, and these before filler."""
    return (relevance >= _CLEAR) + (relevance >= _RELEVANT)


def _how_many(wanted: Shape, length: Length) -> int:
    if wanted.count:
        return min(wanted.count, MAX_SENTENCES)
    return MAX_SENTENCES if wanted.words else length.sentences


def _idf(sentences: list[set[str]]) -> Vector:
    """How telling each term is within this text."""
    counts = Counter(term for sentence in sentences for term in sentence)
    return {term: math.log(1 + len(sentences) / count) for term, count in counts.items()}


def _vector(terms: list[str], idf: Vector) -> Vector:
    return _unit({term: n * idf[term] for term, n in Counter(terms).items()})


def _relevance(sentences: list[Sentence], asked: Query, vectors: list[Vector], language: Language) -> list[float]:
    """How much each sentence says about the query, from 0 to 1 for the best one."""
    scores = _matches(sentences, asked, language)
    scores = _with_echo(scores, vectors)
    scores = _with_neighbours(scores, sentences)
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best else scores


def _matches(sentences: list[Sentence], asked: Query, language: Language) -> list[float]:
    """What each sentence, and the heading over it, has of the query; what is rare counts more."""
    said = [language.stems(tokens(sentence.text)) for sentence in sentences]
    titles = {s.heading: language.stems(tokens(s.heading)) for s in sentences}
    scores = [0.0] * len(sentences)
    for aspect in asked.aspects():
        under = {title: _UNDER * aspect.named_in(titles[title]) for title in titles}
        found = [
            max(aspect.shown_by(s.text, words), under[s.heading])
            for s, words in zip(sentences, said)
        ]
        rare = math.log(1 + len(found) / (sum(found) or 1.0))
        scores = [score + aspect.weight * rare * part for score, part in zip(scores, found)]
    return [score / (1 + len(words) / 80) for score, words in zip(scores, said)]


def _with_echo(scores: list[float], vectors: list[Vector]) -> list[float]:
    """Add a little for what the best sentence speaks of, in words that the prompt did not know."""
    best = max(scores, default=0.0)
    if not best:
        return scores
    model = vectors[scores.index(best)]
    return [s + _ECHO * best * _similarity(model, v) for s, v in zip(scores, vectors)]


def _with_neighbours(scores: list[float], sentences: list[Sentence]) -> list[float]:
    """A sentence such as "It may sink." goes on about what the one before it said."""
    passed = list(scores)
    for place, sentence in enumerate(sentences):
        if place and sentence.goes_on:
            passed[place] = max(passed[place], _PASSED_ON * scores[place - 1])
    return passed


def _importance(texts: list[str], vectors: list[Vector]) -> list[float]:
    """Near to what the whole text is about; early is a little better; headlines say little."""
    center: Vector = {}
    for vector in vectors:
        for term, weight in vector.items():
            center[term] = center.get(term, 0.0) + weight
    center = _unit(center)
    scores = []
    for place, (text, vector) in enumerate(zip(texts, vectors)):
        score = _similarity(vector, center) + 0.3 / (1 + place)
        scores.append(score * (0.3 if _says_little(text) else 1.0))
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best else scores


def _says_little(text: str) -> bool:
    """Headlines, and sentences such as "They came."."""
    length = len(tokens(text))
    return length < 4 or (length < 8 and text[-1].isalnum())


def _pick(sentences: list[Candidate], count: int) -> list[Candidate]:
    """Take the best sentence, then the best that adds something, and so on."""
    left = list(sentences)
    said = [0.0] * len(left)
    picked: list[Candidate] = []
    while left and len(picked) < count:
        gains = [sentence.value - _NOVELTY * same for sentence, same in zip(left, said)]
        best = gains.index(max(gains))
        picked.append(left.pop(best))
        said.pop(best)
        said = [max(s, _similarity(picked[-1].vector, o.vector)) for s, o in zip(said, left)]
    return picked


def _within_words(picked: Iterable[Candidate], limit: int | None) -> list[Candidate]:
    """As many of the picked sentences, best first, as a limit in words allows; at least one."""
    kept: list[Candidate] = []
    used = 0
    for sentence in picked:
        length = len(sentence.text.split())
        if limit is None or not kept or used + length <= limit:
            kept.append(sentence)
            used += length
    return kept


def _unit(vector: Vector) -> Vector:
    norm = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / norm for term, weight in vector.items()} if norm else vector


def _similarity(one: Vector, other: Vector) -> float:
    if len(other) < len(one):
        one, other = other, one
    return sum(weight * other.get(term, 0.0) for term, weight in one.items())
