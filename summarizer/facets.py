"""What a prompt is after, and which sentences show signs of it.

A prompt asks in its own words ("the ferry") and by aspect ("the costs", "who", "when"). An aspect
is known by a small table of words that people use for it, and by signs such as dates and names.
"""

import re
from dataclasses import dataclass

from summarizer.words import stem, stems, topic, without_audience

Words = frozenset[str]

_SAME_START = 0.3
_START = 5  # letters: "electricity" and "electrical" have the same start, and no common stem
_ASKED, _SIGN, _HINT = 0.7, 0.6, 0.35  # against 1 for a word of the prompt itself

_MONTH_OR_DAY = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
)
_AMOUNT_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
)

_SIGNS = {
    "date": re.compile(
        rf"\b(?:{_MONTH_OR_DAY}|1[0-9]\d\d|20\d\d|\d?\d[:.][0-5]\d|[Tt]oday|[Tt]omorrow"
        r"|[Yy]esterday|[Tt]onight|noon|midnight|spring|summer|autumn|winter|century|deadline"
        r"|(?:next|last|this) (?:week|month|year))\b"
    ),
    "span": re.compile(
        rf"\b(?:\d[\d.,]*|an?|half|{_AMOUNT_WORDS}|several|few)[\s-](?:and a half )?(?:an )?"
        r"(?:second|minute|hour|day|night|week|month|year|decade)s?\b"
    ),
    "money": re.compile(
        r"[$€£¥]\s?\d|\d\s?[$€£¥]|\d\s?(?:(?:m|bn|million|billion|thousand|hundred)\s)?"
        r"(?:euros?|dollars?|pounds?|francs?|kron\w{1,2}|yen|rupees|cents|pence|EUR|USD|GBP|CHF)\b"
    ),
    "number": re.compile(rf"\d|\b(?:{_AMOUNT_WORDS}|half|twice|hundreds?|thousands?|dozens?)\b"),
    "name": re.compile(
        rf"(?<=[\w,] )(?!(?:{_MONTH_OR_DAY})\b)[A-Z][a-z]+\b|\b(?:Mr|Mrs|Ms|Dr|Prof|Professor)\b"
    ),
    "place": re.compile(
        rf"\b(?:[Ii]n|[Aa]t|[Tt]o|[Ff]rom|[Nn]ear|[Oo]n) (?:the )?"
        rf"(?!(?:{_MONTH_OR_DAY})\b)[A-Z][a-z]"
    ),
    "quote": re.compile(r"[\"\u201c\u201d\u00ab]"),
    "reason": re.compile(r"\b(?:due to|owing to|led to|result of|so that|that is why)\b", re.I),
    "plan": re.compile(r"\b(?:will|going to|plans? to|by (?:the end|next|\d))\b"),
    "advice": re.compile(
        r"^(?:please|do not|don['\u2019]t|never|always|make sure|be sure|try|keep|use|take|add|put"
        r"|avoid|check|call|ask|let|turn|store|wait|remember|read|write|stir|mix|cut|place"
        r"|open|close|remove|press|choose|bring|start|stop|begin|wash|wear|leave|set)\b"
        r"|\b(?:must not|do not)\b",
        re.I,
    ),
}

# Asked for by these words | hinted at by these | the signs of it. Words of the first column count
# in a sentence, too. "how_much" stands for the two words in a row.
_TABLE = """
when date timeline chronology | until before after since begin start end | date;
schedule deadline timetable calendar | until before start finish open begin end due | date plan;
how_long duration | long last lasting take time | span;
who whom whose person people name | | name;
where place location site | street road north south east west near | place;
how_many number figure statistic amount quantity data count | percent average total | number;
how_much number figure amount | percent average total half | number money;
why reason cause because root explain_why | because since therefore consequently trigger | reason;
cost price expense expensive fee fare charge budget afford | pay cheap spend tax bill rate fund |
    money;
money finance financial fund income revenue profit salary wage pay funding | budget cost spend
    earn price invest grant loan debt donate tax sell | money;
should recommend recommendation advice advise suggest propose tip instruction how_do how_can
    how_to how_should have_to to_do | must should ought need better please avoid | advice;
step method procedure process recipe instruction direction how_made how_do | first then next
    finally until | advice;
risk danger hazard threat peril dangerous | may might could fear warn unless worry unsafe fail
    lose harm uncertain damage concern vulnerable emergency |;
worry fear concern afraid anxious | warn risk danger doubt uncertain may might could |;
warn warning caution | danger risk careful avoid never must stop unless |;
problem issue difficulty trouble obstacle challenge fault bug error mistake defect flaw went_wrong
    go_wrong goes_wrong wrong | fail break crash lack delay miss unfortunately sadly stuck cannot
    leak wrong broken damage bad poor lose complain |;
damage harm impact effect consequence affect affected victim suffer | lose hit destroy injure kill
    close without cannot hurt reduce fall rise |;
limit limitation caveat shortcoming | but only however cannot unable small few not |;
disadvantage drawback weakness con downside negative minus criticism bad dislike worst | but
    unfortunately however poor weak annoying disappoint lack slow difficult sadly too not complain
    problem |;
advantage benefit strength pro upside positive plus good like best praise | better easy improve
    save great excellent pleasant enjoy love quiet help free well gain perfect |;
next_step next_steps next plan future todo task outlook ahead tomorrow action | will soon intend
    promise expect hope prepare | plan;
task duty responsibility responsible role | will must lead manage plan organise organize ensure |;
decide decision vote resolution ruling agree agreement outcome conclude | approve choose reject
    resolve pass adopt refuse elect |;
critic critics criticism against opponent objection oppose opposition complaint complain | but
    however although argue doubt reject warn unfair protest angry disagree |;
opinion view reaction response comment quote argue think believe said say they_say | argue claim
    add explain warn praise tell call admit | quote;
support supporter favour favor agree | welcome praise back help approve |;
result finding find discover outcome conclusion conclude evidence | show reveal percent average
    suggest indicate confirm prove compare | number;
achieve achievement success accomplish progress | manage first complete reach increase open new
    improve win award grow raise |;
change difference new update feature improvement improve | now add introduce replace no longer
    instead first previously increase |;
fix repair solve solution resolve remedy measure | mend correct restore replace no longer |;
require requirement condition need prerequisite qualify qualification eligible applicant | must
    should require necessary at least experience skill degree licence |;
rule law legal court ban right obligation regulation regulate | must forbid allow permit judge
    fine police sue illegal illegally prohibit |;
health medical disease illness sick injury symptom injure wound patient | doctor hospital nurse
    pain blood medicine treat infect fever die break hurt heal therapy |;
environment nature ecology climate pollution pollute sustainability | emission carbon waste plant
    tree river air water energy species forest toxic plastic chemical |;
animal wildlife species fauna | bird fish insect mammal dog cat horse cow bee nest breed hunt |;
plant flora vegetation crop harvest garden | tree flower seed grow soil leaf grass wheat fruit
    farm |;
sport game match tournament | team player win lose score goal final coach point |;
service staff customer_service | friendly polite rude helpful attentive slow wait |;
weather rain storm temperature forecast | wind snow sun cloud degree dry wet frost cold hot heat
    flood drought |;
water drought flood | rain river lake well irrigate dry wet litre drink |;
food eat meal dish cuisine menu ingredient diet | taste cook bread meat fish vegetable fruit sauce
    soup dessert salt sugar gram kilo delicious fresh butter flour |;
job work employ employment career staff employee worker labour labor | hire salary colleague shift
    office union fire apply |;
school education teach teacher student pupil learn | class lesson exam university course training
    |;
transport traffic travel route journey trip commute | bus train tram car bike road station stop
    ferry ship flight drive street line airport |;
safety safe security protect secure protection | guard danger emergency accident rescue alarm
    police lock |;
technology technical technological software computer digital | app system device machine data
    internet update program |;
history past origin historical background | century ancient found founded former once war early
    originally since ago | date;
speed fast slow performance quick | second minute faster slower hurry rapidly takes |;
noise sound loud quiet atmosphere mood | hear music silent voice shout decibel light cosy |;
size big large dimension measure measurement weight | metre meter kilometre long wide tall high
    heavy small kilo | number;
use application purpose usage used_for | serve apply employ need for |;
"""


@dataclass(frozen=True)
class Facet:
    """One aspect: the stems of the words that ask for it, of those that hint at it, its signs."""

    asked: frozenset[str]
    hints: frozenset[str] = frozenset()
    signs: tuple[re.Pattern[str], ...] = ()
    weight: float = 0.8

    def named_in(self, words: Words) -> float:
        """How surely a heading names this aspect, below 1."""
        return 1 - (1 - _ASKED) ** len(self.asked & words)

    def shown_by(self, text: str, words: Words) -> float:
        """How surely a sentence shows this aspect, below 1; more evidence makes it surer."""
        doubt = 1 - self.named_in(words)
        doubt *= (1 - _HINT) ** len(self.hints & words)
        doubt *= (1 - _SIGN) ** sum(bool(sign.search(text)) for sign in self.signs)
        return 1 - doubt


@dataclass(frozen=True)
class Own:
    """A word of the prompt itself."""

    stem: str
    weight: float = 1.0

    def named_in(self, words: Words) -> float:
        """1 if it is there, less if a word has the same start."""
        if self.stem in words:
            return 1.0
        start = self.stem[:_START]
        same = len(start) == _START and any(word.startswith(start) for word in words)
        return _SAME_START if same else 0.0

    def shown_by(self, _text: str, words: Words) -> float:
        """As for a heading: the word is there or not."""
        return self.named_in(words)


@dataclass(frozen=True)
class Query:
    """What a prompt asks about: its own words and the aspects they name."""

    own: tuple[Own, ...]
    facets: tuple[Facet, ...]

    def __bool__(self) -> bool:
        return bool(self.own or self.facets)

    def aspects(self) -> tuple[Own | Facet, ...]:
        """Everything a sentence is measured by."""
        return self.own + self.facets


def query(prompt: str) -> Query:
    """Read out of a prompt what it asks about."""
    said = stems(without_audience(prompt))
    own = topic(prompt)
    asked = {*own, *_ASKING.intersection(said), *map("_".join, zip(said, said[1:]))}
    return Query(tuple(map(Own, own)), tuple(facet for facet in _FACETS if facet.asked & asked))


def _facet(row: str) -> Facet:
    asked, hints, signs = row.split("|")
    return Facet(
        asked=frozenset("_".join(map(stem, word.split("_"))) for word in asked.split()),
        hints=frozenset(map(stem, hints.split())),
        signs=tuple(_SIGNS[name] for name in signs.split()),
    )


_FACETS = tuple(map(_facet, _TABLE.strip(" \n;").split(";")))
# Words that ask for an aspect although they are too common to be a topic.
_ASKING = frozenset(map(stem, "when who whom whose where why should against next".split()))
