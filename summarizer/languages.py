"""The languages whose prompts and texts are understood: files of words in `languages/`."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import snowballstemmer

from summarizer.words import tokens

_STAMP = r"(?:[\[\d]\S*[ ](?:-[ ])?){0,2}(?:\w{1,20}[ ]?:[ ])?"  # who speaks in a chat, and when
_ENOUGH = 20_000  # characters show a text's language


class Language:
    """What the file of a language says."""

    def __init__(self, code: str) -> None:
        file = _file(code)
        self.code = code
        self.name: str = file["name"]  # in English
        self._stemmer: str = file["stemmer"]
        self._irregular = dict(pair.split("=") for pair in file.get("irregular", "").split())
        pairs = (pair.split("=") for pair in file["numbers"].split())
        self.numbers = {word: int(number) for word, number in pairs}
        self.form: dict[str, str] = file["form"]  # patterns of what prompts say of a form
        self.aspects: dict[str, str] = file["aspects"]  # "words that ask for it | that hint at it"
        # "ein" and "une" are articles, too
        numbers = [word for word, number in self.numbers.items() if number > 1]
        words = {"DATES": file["months_and_days"].split(), "NUMBERS": numbers}
        self.signs = {
            aspect: _pattern(re.sub("DATES|NUMBERS", lambda one: "|".join(words[one[0]]), sign))
            for aspects, sign in {**file["signs"], **_file("any")["signs"]}.items()
            for aspect in aspects.split()
        }
        self.denials = frozenset(file["denials"].split())  # say the opposite of what is near them
        self.limits = frozenset(file["limits"].split())  # "may", "most"
        self.absolute = frozenset(file["absolute"].split())  # "all", "will"
        self.stop_words = frozenset(file["stop"].split())  # too common to tell sentences apart
        self.request_stems = self.stems(file["request"].split())  # how to answer, or any text
        self.hanging = _pattern(file["hanging"])  # needs the sentence before it
        # lines that say nothing else, perhaps with a name
        self.polite = _pattern(rf"(?m:^{_STAMP}(?:{file['polite']})(?:,?[ ]\w+){{0,2}}[ ]?[,.!]?$)")
        self.readers = _pattern(file["readers"])  # whom the answer is for
        self.beyond = _pattern(file["beyond"])  # what takes a writer
        names = "|".join(f"(?P<{code}>{name})" for code, name in file["language_names"].items())
        # the wish for an answer in a language; the group's name is its code
        self.answer_in = _pattern(file["answer_in"].format(f"(?:{names})"))

    def stem(self, word: str) -> str:
        """A word in lower case without its ending: "risks" and "risk" are both "risk"."""
        return _stem(self._stemmer, self._irregular.get(word, word))

    def stems(self, words: Iterable[str]) -> frozenset[str]:
        """The stems of words in lower case."""
        return frozenset(map(self.stem, words))

    def stems_and_pairs(self, words: list[str]) -> frozenset[str]:
        """The stems of words in lower case, and of each two that follow one another: "to_do"."""
        stems = list(map(self.stem, words))
        return frozenset([*stems, *map("_".join, pairwise(stems))])

    def terms(self, text: str) -> list[str]:
        """What a text is about: the stems of its words but for those that say little."""
        return [self.stem(word) for word in tokens(text) if word not in self.stop_words]


def _file(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name("languages") / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


@lru_cache(maxsize=100_000)
def _stem(algorithm: str, word: str) -> str:
    # a stemmer of its own each time, since one is not safe to share between threads
    stem: str = snowballstemmer.stemmer(algorithm).stemWord(word)
    return stem


ENGLISH, *_ = LANGUAGES = tuple(map(Language, ("en", "de", "fr", "es")))
BY_CODE = {one.code: one for one in LANGUAGES}
NUMBERS = {word: number for one in LANGUAGES for word, number in one.numbers.items()}


def language_of(text: str, otherwise: Language = ENGLISH) -> Language:
    """The language whose common words the text has most of."""
    words = Counter(tokens(text[:_ENOUGH]))
    common = {one: sum(words[word] for word in one.stop_words) for one in LANGUAGES}
    best = max(LANGUAGES, key=lambda one: (common[one], one is otherwise))
    return best if common[best] else otherwise


def asked_language(prompt: str) -> str | None:
    """The name of the language that a prompt wants the answer in, English for those known here."""
    for found in filter(None, (one.answer_in.search(prompt) for one in LANGUAGES)):
        code = found.lastgroup or ""
        return BY_CODE[code].name if code in BY_CODE else found[code].capitalize()
    return None
