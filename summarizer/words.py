"""Words as the extractive summary compares them: stemmed, without stop words."""

import re
from functools import lru_cache

# Chinese and Japanese put no spaces between words, so there each character counts as one.
_WITHOUT_SPACES = r"\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W_]+")
# As people count words: "don't" is one. Python and JavaScript read this alike.
COUNTED_WORD = rf"[{_WITHOUT_SPACES}]|[^\s{_WITHOUT_SPACES}]+"
_CONTRACTION = re.compile(r"(?<=\w)['\u2019](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)

# Tried one row after the other, and in each row only the first that fits. The number is how much
# of the word must be left: "station" is not "st", but "recommendation" is "recommend".
_ENDINGS = (
    (3, ("ies", "s")),
    (3, ("ously", "ing", "ous", "ed", "ly")),
    (4, ("ational", "ation", "ator", "ate", "ial", "al")),
    (4, tuple("ment ness ance ence ity age ion ure er or ive able ful".split())),
    (3, ("e", "y", "i")),
)
_IRREGULAR = dict(pair.split("=") for pair in """
    children=child men=man women=woman people=person lost=lose loss=lose losses=lose paid=pay
    said=say told=tell sold=sell sale=sell sales=sell bought=buy spent=spend taught=teach
    thought=think built=build grew=grow grown=grow growth=grow fell=fall fallen=fall rose=rise
    risen=rise chose=choose chosen=choose choice=choose found=find broke=break broken=break
    won=win died=die dead=die death=die deaths=die hurt=harm began=begin begun=begin led=lead
    made=make used=use kept=keep held=hold wrote=write written=write costly=cost eaten=eat ate=eat
    drove=drive driven=drive drank=drink drunk=drink fed=feed fought=fight flew=fly
    decision=decide decisions=decide worse=bad worst=bad better=good best=good
    """.split())

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

# Words that say how to answer, or that fit any text: they say nothing about the topic.
REQUEST_WORDS = frozenset("""
    answer anything article ask asked audience author brief briefly bullet bullets busy clear
    clearly concise concentrate concern concerning content couple deal describe detail details
    document easy eight email essential everything exactly explain extract fact facts fifteen five
    focus focusing four general gist happen happened happens hello help hi highlight highlights
    idea ideas important info information interested item items involved just key know language
    let like line lines list long longer look main make matter maximum mean means mention mentioned
    message minimum need nine nothing overview page paragraph paragraphs part parts passage people piece
    plain please point points question quick quickly quote reader readers regarding related report
    rest rewrite say says sentence sentences seven short shorter shortly show simple simply single
    six situation something speak story sum summaries summarise summarised summarize
    summarized summary takeaway takeaways tell ten text thank thanks thing things three tldr tl dr top topic twelve
    twenty two understand use want whole word words write writing year years
    """.split())

# The one who is to read the answer: "for a ten-year-old", "to my mother", "like I'm five".
# "The teachers" and "for applicants" are not taken for readers, because they may be the topic.
_READER = r"""
    (?:mother|mum|mom|father|dad|parent|grand\w{2,7}|sister|brother|son|daughter|wife|husband|aunt
    |uncle|neighbou?r|friend|child|kid|toddler|teenager|pupil|student|boss|manager|colleague|team
    |client|reader|beginner|novice|layman|layperson|lay\ person|non-?expert|expert|outsider|person
    |adult|newcomer|audience|year[\s-]old(?:\s+child)?)(?:s|ren)?
"""
_AUDIENCE = re.compile(
    rf"""
      \b(?:for|to)\s+(?:an?|my|our|some|your)\s+(?:[\w]+[\s-]+){{0,2}}?{_READER}\b
    | \b(?:tell|show)\s+(?:an?|my|our)\s+{_READER}\b
    | \b(?:like|as\ if)\s+i(?:\ a|['\u2019])?(?:m|\ were|\ was)\s+\w+
    | \b\w+[\s-]years?[\s-]olds?\b
    """,
    re.VERBOSE,
)

HAS_NUMBER = "#"


def count(text: str) -> int:
    """How many words a text has, for people."""
    return len(re.findall(COUNTED_WORD, text))


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, as they stand."""
    return _WORD.findall(_CONTRACTION.sub("", text).lower())


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without its ending: "risks", "risky" and "risk" are all "risk"."""
    word = _IRREGULAR.get(word, word)
    for shortest, endings in _ENDINGS:
        word = _without_ending(word, endings, shortest)
    if len(word) > 3 and word[-1] == word[-2]:
        return word[:-1]
    return word


def stems(text: str) -> list[str]:
    """Every word of a text without its ending."""
    return [stem(word) for word in tokens(text)]


def terms(text: str) -> list[str]:
    """What a sentence is about: its stems, and a mark if it has numbers."""
    found = [stem(word) for word in tokens(text) if word not in STOP_WORDS]
    return found + [HAS_NUMBER] if any(character.isdigit() for character in text) else found


def without_audience(prompt: str) -> str:
    """The prompt in lower case, without the words for whom the answer is."""
    return _AUDIENCE.sub(" ", prompt.lower())


def topic(prompt: str) -> list[str]:
    """What a prompt asks about, in its own words: the stems, without how to answer and for whom."""
    left_out = STOP_WORDS | REQUEST_WORDS
    said = tokens(without_audience(prompt))
    asked = [stem(word) for word in said if word not in left_out and not word.isdigit()]
    return list(dict.fromkeys(asked))


def _without_ending(word: str, endings: tuple[str, ...], shortest: int) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word.removesuffix(ending)
    return word
