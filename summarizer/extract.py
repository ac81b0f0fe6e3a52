"""Extractive summary: the text's own sentences, picked by the words of the prompt.

A sentence is worth what it says about the prompt, or else how much of the whole text it covers. The
best ones are taken one by one, each minus what was already said (maximal marginal relevance). What
was clearly asked for is printed first, and what is alike in that in the order of the text.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from summarizer.answer import Line, render
from summarizer.facets import Query, general_query, query
from summarizer.languages import Language, language_of
from summarizer.sentences import FULL_STOPS, Sentence, sentences_of
from summarizer.shape import DEFAULT_LENGTH, LENGTHS, Length, Shape, shape
from summarizer.words import count, tokens

MAX_SENTENCES = 50

_MAX_ON_TOPIC = 6  # where the prompt says "only" and no count
_RELEVANT = 0.2  # of the best sentence's relevance: below that, a sentence is filler
_CLEAR = 0.85  # below that, it is printed after the clearly relevant ones
_UNDER = 0.6  # of the relevance of the heading over it
_GENERAL = 0.05  # what importance counts where something is relevant
_CUE = 0.6  # what decisions, results and figures add to importance
_LEAD = 0.2  # what the first sentence of a text gains, which often says it all
_NOVELTY = 0.8  # of its worth, a sentence loses if all of it was said
_HANGING = 0.6  # of its worth, if a sentence hangs on one that is not picked
_PART = 0.5  # of its worth, if it is a question or no whole sentence
_MAX_CANDIDATES = 1_000  # of so many, each is weighed again after each pick
_SPREAD = 0.3  # how much another sentence of the same paragraph costs a general summary


@dataclass(frozen=True)
class Extract:
    """The picked sentences: those clearly asked for first, else in the order of the text."""

    lines: tuple[Line, ...]
    total: int
    shape: Shape = Shape()
    on_topic: bool = True  # False: none of the words that the prompt asks about is in the text
    too_long: bool = False  # True: no sentence is as short as the prompt wants them
    capped: bool = False  # True: the prompt asked for more than MAX_SENTENCES
    beyond: tuple[str, ...] = ()  # what the prompt asks for and quoting does not do, in its words

    def __str__(self) -> str:
        return render(self.lines, self.shape)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences without what is between them."""
        return tuple(line.text for line in self.lines)

    def remarks(self, engine: str) -> Iterator[str]:
        """Sentences for the visitor: what the engine could not do as the prompt asks."""
        if self.beyond:
            asked = ", ".join(f"\u201c{phrase}\u201d" for phrase in self.beyond)
            yield f"{engine} can't do this part of the prompt: {asked}."
        if not self.on_topic:
            yield "None of the prompt's words is in the text: these sentences may not answer it."
        if self.too_long:
            yield "No sentence is that short."
        if self.capped:
            yield f"The limit is {MAX_SENTENCES} sentences."


def extract(text: str, prompt: str, length: Length = LENGTHS[DEFAULT_LENGTH]) -> Extract:
    """Pick the sentences of the text that answer the prompt best."""
    found = Ranking(text, prompt)
    wanted = found.wanted
    number = wanted.count or (MAX_SENTENCES if wanted.words else length.sentences)
    if found.on_topic and wanted.only and not wanted.count:
        number = max(number, _MAX_ON_TOPIC)
    places = found.in_print(found.pick(min(number, MAX_SENTENCES), wanted.words))
    picked = [found.sentences[place] for place in places]
    sizes = [found.sizes[place] for place in places]
    ends = (one.is_item or after.is_item for one, after in zip(picked, picked[1:] + picked[-1:]))
    return Extract(
        lines=tuple(Line(one.text, ends_line=end) for one, end in zip(picked, ends)),
        total=len(found.sentences),
        shape=replace(wanted, table=False),  # which takes a writer
        on_topic=found.has_words,
        too_long=sum(sizes) > (wanted.words or math.inf) or max(sizes) > (wanted.each or math.inf),
        capped=(wanted.count or 0) > MAX_SENTENCES,
        beyond=found.asked.beyond,
    )


class Ranking:
    """The sentences of a text, and what each is worth as an answer to a prompt."""

    def __init__(self, text: str, prompt: str) -> None:
        self.language = language = language_of(text)
        self.wanted = shape(prompt)
        self.asked = query(prompt, language)
        self.sentences = sentences_of(text, language)
        self.sizes = [_size(one) for one in self.sentences]
        terms = [dict.fromkeys(language.terms(one.text)) for one in self.sentences]
        self._counts = Counter(chain.from_iterable(terms))
        weights = {term: math.log(1 + len(terms) / n) for term, n in self._counts.items()}
        self._telling = [{term: weights[term] for term in one} for one in terms]
        self._hangs = [bool(language.hanging.search(one.text)) for one in self.sentences]
        full = _fullness(self.sentences)
        relevance = _relevance(self.sentences, self.asked, language)
        self._relevance = [part * one for part, one in zip(full, relevance)]
        self.on_topic = any(self._relevance)
        words, titles = self.asked.words, " ".join({one.heading for one in self.sentences})
        is_said = bool(words & {*self._counts, *language.terms(titles)}) if words else self.on_topic
        self.has_words = is_said or not self.asked.aspects
        cues = _relevance(self.sentences, general_query(language), language)
        share = _GENERAL if self.on_topic else 1.0
        importance = [c + _CUE * cue for c, cue in zip(self._coverage(), cues)]
        importance[full.index(max(full))] += _LEAD * (2 if self.wanted.count == 1 else 1)
        self._worth = [r + share * f * i for r, f, i in zip(self._relevance, full, importance)]

    def best(self, first: int) -> list[str]:
        """The sentences by how well they answer, but the `first` ones as an extract prints them."""
        picked = self.pick(max(first, MAX_SENTENCES))
        places = [*self.in_print(picked[:first]), *picked[first:]]
        return [self.sentences[place].text for place in places]

    def pick(self, number: int, words: int | None = None) -> list[int]:
        """The places of the best sentence, of what adds most to it, and so on, in so many words.

        Filler is among them only where the prompt wants a count.
        """
        no_filler = self.on_topic and (self.wanted.only or not self.wanted.count)
        least = _RELEVANT if no_filler else 0.0
        left = [place for place, relevance in enumerate(self._relevance) if relevance >= least]
        most = self.wanted.each or math.inf
        left = [place for place in left if self.sizes[place] <= most] or left
        left.sort(key=lambda place: -self._worth[place])
        picked: list[int] = []
        said: set[str] = set()
        fitting = [place for place in left if self._fits(place, picked, number, words)]
        fitting = fitting[:_MAX_CANDIDATES]
        while fitting := [one for one in fitting if self._fits(one, picked, number, words)]:
            best = max(fitting, key=lambda place: self._gain(place, said, picked))
            picked += [place for place in self._unit(best) if place not in picked]
            said.update(*(self._telling[place] for place in self._unit(best)))
        return picked or left[:1]

    def in_print(self, picked: list[int]) -> list[int]:
        """Clearly relevant sentences before weaker ones, these before filler, else by place.

        What belongs together stands together.
        """
        clear = {one: sum(self._relevance[one] >= x for x in (_CLEAR, _RELEVANT)) for one in picked}
        for unit in map(self._unit, picked):
            clear |= dict.fromkeys(unit, max(clear.get(one, 0) for one in unit))
        return sorted(picked, key=lambda place: (-clear[place], place))

    def _unit(self, place: int) -> tuple[int, ...]:
        """A sentence and what it hangs on; a question of a chat or a list and its answer.

        Where that hangs, too, the text is about one person or thing, which readers know.
        """
        if place and self._hangs[place] and not self._hangs[place - 1]:
            return place - 1, place
        first, *rest = self.sentences[place : place + 2]
        has_answer = first.text[-1:] == "?" and any(o.is_item and o.text[-1:] != "?" for o in rest)
        return (place, place + 1) if first.is_item and has_answer else (place,)

    def _fits(self, place: int, picked: list[int], number: int, words: int | None) -> bool:
        """Whether there is room for a sentence with its unit."""
        together = {*picked, *self._unit(place)}
        size = sum(self.sizes[one] for one in together)
        return place not in picked and len(together) <= number and size <= (words or size)

    def _gain(self, place: int, said: set[str], picked: list[int]) -> float:
        """What a sentence is worth minus what was said, and minus what its paragraph has said."""
        telling = self._telling[place]
        again = sum(weight for term, weight in telling.items() if term in said)
        new = 1 - _NOVELTY * again / (sum(telling.values()) or 1.0)
        new *= _HANGING if self._hangs[place] and place - 1 not in picked else 1
        paragraph = self.sentences[place].paragraph
        again = sum(self.sentences[one].paragraph == paragraph for one in picked)
        return self._worth[place] * new - (0.0 if self.on_topic else _SPREAD) * again

    def _coverage(self) -> list[float]:
        """How much each sentence has of what the whole text is about, 1 for the best."""
        about = [sum(math.log(1 + self._counts[term]) for term in one) for one in self._telling]
        return _of_best([one / (1 + len(has) / 30) for one, has in zip(about, self._telling)])


def _relevance(sentences: list[Sentence], asked: Query, language: Language) -> list[float]:
    """What each sentence, or the heading over it, says about the query, 1 for the best.

    What is rare in the text counts more.
    """
    said = [language.stems(tokens(sentence.text)) for sentence in sentences]
    titles = {s.heading: language.stems_and_pairs(tokens(s.heading)) for s in sentences}
    scores = [0.0] * len(sentences)
    for aspect in asked.aspects:
        under = {title: _UNDER * aspect.named_in(words) for title, words in titles.items()}
        shown = (aspect.shown_by(s.text, words) for s, words in zip(sentences, said))
        found = [max(by, under[s.heading]) for s, by in zip(sentences, shown)]
        rare = math.log(1 + len(found) / (sum(found) or 1.0))
        scores = [score + aspect.weight * rare * part for score, part in zip(scores, found)]
    return _of_best([score / (1 + len(words) / 80) for score, words in zip(scores, said)])


def _size(sentence: Sentence) -> int:
    """How many words a sentence has; a row has spaces only by chance."""
    return len(tokens(sentence.text)) if sentence.is_item else count(sentence.text)


def _fullness(sentences: list[Sentence]) -> list[float]:
    """Less than 1 for a question, and for what is no whole sentence in a text of such."""
    whole = [one.is_item or one.text[-1:] in FULL_STOPS for one in sentences]
    least = _PART if 2 * sum(whole) > len(whole) else 1.0
    return [_PART if s.text[-1:] == "?" else 1 if w else least for s, w in zip(sentences, whole)]


def _of_best(scores: list[float]) -> list[float]:
    """Scores as shares of the best."""
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best else scores
