"""Words: as people count them, and as languages compare them."""

import re

# Chinese and Japanese put no spaces between words, so there each character counts as one.
_WITHOUT_SPACES = r"\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W_]+")
# As people count words: "don't" is one. Python and JavaScript read this alike.
COUNTED_WORD = rf"[{_WITHOUT_SPACES}]|[^\s{_WITHOUT_SPACES}]+"
_CLITIC = re.compile(
    r"(?<=\w)['\u2019](?:s|t|re|ve|ll|d|m)\b"  # don't, it's
    r"|\b(?:[cdjlmnst]|qu)['\u2019](?=\w)",  # l'eau, qu'il
    re.IGNORECASE,
)


def count(text: str) -> int:
    """How many words a text has, for people."""
    return len(re.findall(COUNTED_WORD, text))


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, without clitics."""
    return _WORD.findall(_CLITIC.sub("", text).lower())
