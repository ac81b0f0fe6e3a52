"""Say a sentence in another language, by a model that may be too small for it.

Only the model knows both languages, so it is asked twice: a translation is believed if the model,
reading nothing else, turns it back into what the sentence says.
"""

from collections.abc import Callable, Generator

from summarizer.grounding import Grounds
from summarizer.languages import LANGUAGES, Language, language_of
from summarizer.sentences import ENDED

Say = Callable[[str, str], Generator[None, None, str]]  # a model's line to a text and instruction

_TRANSLATE = "Translate the user's text into {}. Write only the translation."
_SHARE = 0.6  # of the words of a translation that come back


def translate(
    sentence: str, language: Language, into: str, say: Say
) -> Generator[None, None, str | None]:
    """The sentence in the language of this name; none if the model does not turn it back."""
    said = yield from say(sentence, _TRANSLATE.format(into))
    others = [one for one in LANGUAGES if one is not language]
    wanted = [one for one in others if one.name == into]
    # one that is not known here is taken for any of them
    found = language_of(said, otherwise=language if wanted else others[0])
    if found not in (wanted or others) or not _fits(said, sentence):
        return None
    back = yield from say(said, _TRANSLATE.format(language.name))
    return said if _says(back, sentence, language) and _says(sentence, back, language) else None


def _fits(said: str, sentence: str) -> bool:
    """Whether it ends as the sentence does, and has as many cells of a table."""
    ends = [bool(ENDED.search(text)) for text in (said, sentence)]
    return ends[0] == ends[1] and said.count("|") == sentence.count("|")


def _says(text: str, sentence: str, language: Language) -> bool:
    """Whether the text says what the sentence does."""
    grounds = Grounds([text], language)
    return grounds.has_facts_of(sentence) and grounds.supports(sentence, _SHARE)
