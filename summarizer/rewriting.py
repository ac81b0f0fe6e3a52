"""One sentence in other words, by a model that may be too small for it.

What it writes is believed only if it can be proved: a shorter sentence leaves words out, no more,
and a translation is what the model, reading nothing else, turns back into what the sentence says.
"""

from collections.abc import Callable

from summarizer.grounding import Grounds
from summarizer.languages import LANGUAGES, Language, language_of
from summarizer.sentences import ENDED
from summarizer.words import tokens

Say = Callable[[str, str], str]  # the line that a model answers to a text and an instruction

_SHORTEN = "Shorten the user's sentence. Use only words of the sentence."
_TRANSLATE = "Translate the user's text into {}. Write only the translation."
_SHARE = 0.6  # of the words of a translation that come back
_SHORTEST = 0.4  # of a sentence's words: fewer tell nothing


def shorten(sentence: str, language: Language, say: Say) -> str | None:
    """The sentence with words left out, but for those that deny or limit it; none if it is not."""
    said = say(sentence, _SHORTEN)
    before, after = tokens(sentence), tokens(said)
    rest = iter(before)
    in_order = all(word in rest for word in after)
    is_shorter = _SHORTEST * len(before) <= len(after) < len(before)
    kept = (language.denials | language.hedges) & set(before) <= set(after)
    if not (in_order and is_shorter and kept and _fits(said, sentence)):
        return None
    has_facts = Grounds([said], language).has_facts_of(sentence)  # when it is, how much, and who
    return said if has_facts and _says(sentence, said, language) else None


def translate(into: str, sentence: str, language: Language, say: Say) -> str | None:
    """The sentence in the language of this name; none if the model does not turn it back."""
    said = say(sentence, _TRANSLATE.format(into))
    others = [one for one in LANGUAGES if one is not language]
    # one that is not known here is taken for any of them
    wanted = [one for one in others if one.name == into] or others
    if language_of(said, otherwise=wanted[0]) not in wanted or not _fits(said, sentence):
        return None
    back = say(said, _TRANSLATE.format(language.name))
    return said if _says(back, sentence, language) and _says(sentence, back, language) else None


def _fits(said: str, sentence: str) -> bool:
    """Whether it ends as the sentence does, and has as many cells of a table."""
    ends = [bool(ENDED.search(text)) for text in (said, sentence)]
    return ends[0] == ends[1] and said.count("|") == sentence.count("|")


def _says(text: str, sentence: str, language: Language) -> bool:
    """Whether the text says what the sentence does."""
    grounds = Grounds([text], language)
    return grounds.has_facts_of(sentence) and grounds.supports(sentence, _SHARE)
