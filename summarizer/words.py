"""Words as the fallback compares them: without endings, and without those that say nothing."""

import re

# Chinese and Japanese put no blanks between words, so there each character counts as one.
_WITHOUT_BLANKS = r"\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_WITHOUT_BLANKS}]|[^\W_]+")
# As people count words: "don't" is one. Python and JavaScript read this alike.
COUNTED_WORD = rf"[{_WITHOUT_BLANKS}]|[^\s{_WITHOUT_BLANKS}]+"
_CONTRACTION = re.compile(r"(?<=\w)['\u2019](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_ENDINGS = (("ies", "es", "s"), ("ously", "ing", "ous", "ed", "ly"), ("e", "y"))
_SHORTEST_STEM = 3

STOP_WORDS = frozenset("""
    a about above after again against all also am an and any are as at be because been before being
    below between both but by can could did do does doing don down during each either else ever few
    for from further get gets give given go goes had has have having he her here hers herself him
    himself his how however i if in into is isn it its itself let many may me might more most much
    must my myself neither no nor not now of off on once one only onto or other our ours ourselves
    out over own per same shall she should so some such than that the their theirs them themselves
    then there these they this those though through to too two under until up upon us very was wasn
    we were what when where whether which while who whom whose why will with within without would
    you your yours yourself yet
    """.split())

# Words that say how to answer, not what about.
REQUEST_WORDS = frozenset("""
    answer anything audience brief briefly bullet bullets busy child clear clearly concise couple
    describe eight explain exactly facts fifteen five four general highlight highlights idea ideas
    important item items just key line lines list longer main maximum mention minimum nine nothing
    overview paragraph paragraphs part parts people plain please point points reader readers rest
    sentence sentences seven short shorter shortly simple single six something sum summaries
    summarise summarised summarize summarized summary takeaway takeaways tell ten text thing things
    three tldr tl dr top twelve twenty want word words write writing year old yourself
    """.split())

# Words of one family: a prompt that says one of them asks, less strongly, for the others.
_FAMILIES = [
    "risk danger threat hazard fail failure loss delay warning warn uncertain concern unsafe die",
    "problem issue fault fail failure difficulty trouble concern delay risk",
    "decision decide agree approve choose chose resolve vote reject",
    "cost price pay paid budget spend spent expense money euro dollar pound grant fund",
    "deadline date due until before schedule",
    "benefit advantage gain improve save better help",
    "result find found finding show outcome conclude conclusion",
    "recommendation recommend advise advice suggest propose",
    "number figure statistic amount quantity",
]
_ASKS_FOR_NUMBERS = ("when", "number", "figure", "statistic", "amount", "quantity", "date")

HAS_NUMBER = "#"


def count(text: str) -> int:
    """How many words a text has, for people."""
    return len(re.findall(COUNTED_WORD, text))


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, as they stand."""
    return _WORD.findall(_CONTRACTION.sub("", text).lower())


def stem(word: str) -> str:
    """A word without its ending: "risks", "risky" and "risk" are all "risk"."""
    for endings in _ENDINGS:
        word = _without_ending(word, endings)
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2]:
        return word[:-1]
    return word


def terms(text: str) -> list[str]:
    """What a sentence is about: its stems, and a mark if it has numbers."""
    found = [stem(word) for word in tokens(text) if word not in STOP_WORDS]
    return found + [HAS_NUMBER] if any(character.isdigit() for character in text) else found


def query_weights(prompt: str) -> dict[str, float]:
    """What a prompt asks about: its own words in full, words near to them at half the weight."""
    said = tokens(prompt)
    asked = {stem(w) for w in said if w not in STOP_WORDS | REQUEST_WORDS and not w.isdigit()}
    near = {word for family in _NEAR if family & asked for word in family}
    weights = dict.fromkeys(near, 0.5) | dict.fromkeys(asked, 1.0)
    if not _NUMERIC.isdisjoint(map(stem, said)):
        weights[HAS_NUMBER] = 0.3
    return weights


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


_NEAR = [frozenset(stem(word) for word in family.split()) for family in _FAMILIES]
_NUMERIC = frozenset(map(stem, _ASKS_FOR_NUMBERS))
