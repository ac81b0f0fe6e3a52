"""The languages whose prompts and texts are understood; each is a file of words in `languages/`."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path

import snowballstemmer

from summarizer.words import tokens

_FLAGS = re.IGNORECASE | re.VERBOSE
_ENOUGH = 20_000  # characters show a text's language


class Language:
    """What the file of a language says."""

    def __init__(self, code: str) -> None:
        file = Path(__file__).with_name("languages") / f"{code}.toml"
        self.code = code
        self._file = tomllib.loads(file.read_text("utf-8"))
        self.numbers: dict[str, int] = self._file["numbers"]
        self.form: dict[str, str] = self._file["form"]  # patterns by part
        self.names: dict[str, str] = self._file["language_names"]  # patterns by code
        self.aspects: dict[str, str] = self._file["aspects"]  # "asked for by | shown by"
        self.signs: dict[str, str] = self._file["signs"]  # patterns by name
        pairs = self._file.get("irregular", "").split()
        self._irregular = dict(pair.split("=") for pair in pairs)
        self.dates = "|".join(self._file["months_and_days"].split())

    @cached_property
    def stop_words(self) -> frozenset[str]:
        """Words that are too common to say what a sentence is about."""
        return frozenset(self._file["stop"].split())

    @cached_property
    def request_stems(self) -> frozenset[str]:
        """Stems of the words that say how to answer, or fit any text."""
        return self.stems(self._file["request"].split())

    @cached_property
    def readers(self) -> re.Pattern[str]:
        """Whom the answer is for."""
        return re.compile(self._file["readers"], _FLAGS)

    @cached_property
    def beyond(self) -> re.Pattern[str]:
        """What takes a writer, so that quoting does not do it."""
        return re.compile(self._file["beyond"], _FLAGS)

    def in_language(self, names: str) -> re.Pattern[str]:
        """A wish for an answer in a language of these names."""
        return re.compile(self._file["in_language"].format(f"(?:{names})"), _FLAGS)

    def stem(self, word: str) -> str:
        """A word in lower case without its ending: "risks" and "risk" are both "risk"."""
        return _stem(self._file["stemmer"], self._irregular.get(word, word))

    def stems(self, words: Iterable[str]) -> frozenset[str]:
        """The stems of words in lower case."""
        return frozenset(map(self.stem, words))

    def terms(self, text: str) -> list[str]:
        """What a text is about: the stems of its words but for those that say little."""
        return [self.stem(word) for word in tokens(text) if word not in self.stop_words]


ENGLISH, *_ = LANGUAGES = tuple(map(Language, ("en", "de", "fr", "es")))


def language_of(text: str, otherwise: Language = ENGLISH) -> Language:
    """The language whose common words the text has most of."""
    words = Counter(tokens(text[:_ENOUGH]))
    common = {one: sum(words[word] for word in one.stop_words) for one in LANGUAGES}
    best = max(LANGUAGES, key=lambda one: (common[one], one is otherwise))
    return best if common[best] else otherwise


def asked_language(prompt: str) -> str | None:
    """The code of the language that a prompt wants the answer in; "other" for one not known here."""
    for language in LANGUAGES:
        for code, names in language.names.items():
            if language.in_language(names).search(prompt):
                return code
    return None


@lru_cache(maxsize=100_000)
def _stem(algorithm: str, word: str) -> str:
    # a stemmer of its own each time, since one is not safe to share between threads
    stem: str = snowballstemmer.stemmer(algorithm).stemWord(word)
    return stem
