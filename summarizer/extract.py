"""The fallback: a summary made of the text's own sentences, picked by the words of the prompt.

Each sentence is scored by how much it says about the prompt and how central it is to the text.
Then the best ones are taken one by one, each time minus what was already said (maximal marginal
relevance), and printed in the order of the text. Nothing is invented: every word is the author's.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from summarizer import chunks
from summarizer.shape import DEFAULT_LENGTH, LENGTHS, Length, Shape, shape
from summarizer.words import query_weights, terms, tokens

MOST_SENTENCES = 50

_LONGEST_SENTENCE = 600
_MOST_ON_TOPIC = 6  # where the prompt says "only" and no count
_RELEVANCE = 0.75  # against general importance, where the prompt's words are in the text
_NOVELTY = 0.5  # how much saying the same again costs
_LIST_MARK = re.compile(r"^(?:[-*\u2022\u2013]|\d{1,3}[.)])\s+")

Vector = dict[str, float]


@dataclass(frozen=True)
class Extract:
    """The picked sentences, in the order of the text."""

    sentences: tuple[str, ...]
    total: int
    bullets: bool = False
    on_topic: bool = True  # False: none of the prompt's words is in the text
    capped: bool = False  # True: the prompt asked for more than MOST_SENTENCES

    def __str__(self) -> str:
        if self.bullets:
            return "\n".join(f"- {sentence}" for sentence in self.sentences)
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Sentence:
    """A sentence with its place in the text and, later, what it is worth."""

    place: int
    text: str
    vector: Vector
    value: float = 0.0


def extract(text: str, prompt: str, length: Length = LENGTHS[DEFAULT_LENGTH]) -> Extract:
    """Pick the sentences of the text that answer the prompt best."""
    wanted = shape(prompt)
    texts = _sentence_texts(text)
    idf = _idf([set(terms(sentence)) for sentence in texts])
    relevance = _relevance(texts, query_weights(prompt), idf)
    on_topic = any(relevance)
    ranked = _scored(texts, idf, relevance)
    count = _how_many(wanted, length)
    if wanted.only and on_topic:
        ranked = [sentence for sentence in ranked if relevance[sentence.place] > 0]
        count = max(count, _MOST_ON_TOPIC) if not wanted.count else count
    picked = _within_words(_pick(ranked, count), wanted.words)
    return Extract(
        sentences=tuple(s.text for s in sorted(picked, key=lambda s: s.place)),
        total=len(texts),
        bullets=wanted.bullets,
        on_topic=on_topic or not query_weights(prompt),
        capped=(wanted.count or 0) > MOST_SENTENCES,
    )


def _how_many(wanted: Shape, length: Length) -> int:
    if wanted.count:
        return min(wanted.count, MOST_SENTENCES)
    return MOST_SENTENCES if wanted.words else length.sentences


def _sentence_texts(text: str) -> list[str]:
    """Sentences on one line each, without list marks, without those that are said twice."""
    pieces: list[str] = []
    for sentence in chunks.sentences(text):
        pieces += _short_enough(sentence)
    lines = (_LIST_MARK.sub("", " ".join(piece.split())) for piece in pieces)
    return list(dict.fromkeys(line for line in lines if terms(line))) or [" ".join(text.split())]


def _short_enough(sentence: str) -> list[str]:
    """Text without full stops, such as a log, goes by its lines; without lines, by its words."""
    if len(sentence) <= _LONGEST_SENTENCE:
        return [sentence]
    lines = sentence.splitlines()
    return [part for line in lines for part in chunks.split(line, _LONGEST_SENTENCE)]


def _idf(sentences: list[set[str]]) -> Vector:
    """How telling each term is within this text."""
    counts = Counter(term for sentence in sentences for term in sentence)
    return {term: math.log(1 + len(sentences) / count) for term, count in counts.items()}


def _relevance(texts: list[str], query: Vector, idf: Vector) -> list[float]:
    """How much each sentence says about the query, from 0 to 1 for the best one."""
    found = {term: weight * idf[term] for term, weight in query.items() if term in idf}
    scores = []
    for text in texts:
        stems = terms(text)
        hits = sum(found[term] for term in set(stems) if term in found)
        scores.append(hits / (1 + len(stems) / 40))  # a long sentence hits by chance
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best else scores


def _scored(texts: list[str], idf: Vector, relevance: list[float]) -> list[Sentence]:
    """Relevance and general importance together; importance alone where nothing is relevant."""
    vectors = [_unit({t: n * idf[t] for t, n in Counter(terms(text)).items()}) for text in texts]
    general = _importance(texts, vectors)
    share = _RELEVANCE if any(relevance) else 0.0
    return [
        Sentence(place, text, vector, share * relevance[place] + (1 - share) * general[place])
        for place, (text, vector) in enumerate(zip(texts, vectors))
    ]


def _importance(texts: list[str], vectors: list[Vector]) -> list[float]:
    """Near to what the whole text is about; early is a little better; headlines say little."""
    centre: Vector = {}
    for vector in vectors:
        for term, weight in vector.items():
            centre[term] = centre.get(term, 0.0) + weight
    centre = _unit(centre)
    scores = []
    for place, (text, vector) in enumerate(zip(texts, vectors)):
        score = _similarity(vector, centre) + 0.3 / (1 + place)
        scores.append(score * (0.3 if _says_little(text) else 1.0))
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best else scores


def _says_little(text: str) -> bool:
    """Headlines, and sentences such as "They came."."""
    length = len(tokens(text))
    return length < 4 or (length < 8 and text[-1].isalnum())


def _pick(sentences: list[Sentence], count: int) -> list[Sentence]:
    """Take the best sentence, then the best that adds something, and so on."""
    left = list(sentences)
    said = [0.0] * len(left)
    picked: list[Sentence] = []
    while left and len(picked) < count:
        gains = [sentence.value - _NOVELTY * same for sentence, same in zip(left, said)]
        best = gains.index(max(gains))
        picked.append(left.pop(best))
        said.pop(best)
        said = [max(s, _similarity(picked[-1].vector, o.vector)) for s, o in zip(said, left)]
    return picked


def _within_words(picked: Iterable[Sentence], limit: int | None) -> list[Sentence]:
    """As many of the picked sentences, best first, as a limit in words allows; at least one."""
    kept: list[Sentence] = []
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
