"""Everything that can be wrong with a card, found before anything leaves.

Each key by itself is looked up in `reference`; here are the rules that need more: what was written
rather than what YAML made of it, another key, or the files that ship.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deployer.card.card import README, Card, CardFile
from deployer.card.schema import BUILT_WITH, KEYS, OF_OTHER_CARDS, OTHER_NAMES, Key
from deployer.card.yaml import InvalidCard
from deployer.problem import Level, Problem, did_you_mean, near
from deployer.space.space import Sdk

DEFAULT_PORT = 7860
_FULL_VERSION = re.compile(r"\d+(\.\d+){2,}([.-]?(a|b|rc|c|alpha|beta|dev|post)[.-]?\d*)*")
_SHORT_VERSION = re.compile(r"\d+(\.\d+)?")
_PYTHON = re.compile(r"3(\.\d{1,2}){1,2}")
# Gradio's own short releases, and the last of each series that has ended:
# https://github.com/gradio-app/gradio/releases
_SHORT_RELEASES = frozenset("3.0 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9".split())
_LAST = {"1": "1.7.7", "2": "2.9.4", "3": "3.50.2", "4": "4.44.1"}
_NO_SUCH = '"Gradio version does not exist"'
_NAMED = re.compile(r"""["'`](\w+)""")
_NO_PYTHON = (".ipynb", ".html", ".js", ".ts", ".sh", ".md", ".json", ".yaml", ".yml", ".toml")
_SLIP = 0.8  # how close an unknown key must be to a known one to be told

Place = tuple[str, int | None]
# The key, a sentence, how bad; and of what is in the key's value: its number from 0, or its name.
Found = tuple[str, str, Level] | tuple[str, str, Level, int | str]


@dataclass(frozen=True, slots=True)
class _Looked:
    """A card and what ships with it."""

    card: Card
    shipped: Collection[str]
    left_out: Collection[str] = field(default=())


def problems(
    card: Card,
    shipped: Collection[str],
    *,
    readme: str = README,
    card_file: CardFile | None = None,
    left_out: Collection[str] = (),
) -> list[Problem]:
    """What is wrong with a card, given the paths that ship; by file and line.

    Of a card that lies apart, each key is told where it stands there.
    """
    looked = _Looked(card, shipped, left_out)
    place = _places(card, readme, card_file)
    return sorted(
        Problem(*place(key, *item), message, level)
        for rule in _RULES
        for key, message, level, *item in rule(looked)
    )


def hub_says(
    sentences: Iterable[str],
    card: Card,
    *,
    card_file: CardFile | None = None,
    level: Level = Level.ERROR,
) -> list[Problem]:
    """What the Hub itself says of a card, at the line of the key that a sentence names."""
    place = _places(card, README, card_file)
    named = ((_NAMED.search(sentence), sentence) for sentence in sentences)
    return [
        Problem(*place(key[1] if key else ""), f"the Hub says: {sentence}", level)
        for key, sentence in named
    ]


def _places(card: Card, readme: str, card_file: CardFile | None) -> Callable[..., Place]:
    apart = _read_apart(card_file)

    def place(key: str, item: int | str | None = None) -> Place:
        if card_file is not None and (key in apart.lines or key not in card.lines):
            return card_file.path, _line(apart, key, item)
        return readme, _line(card, key, item)

    return place


def _line(card: Card, key: str, item: int | str | None) -> int | None:
    inner = {} if item is None else card.items.get(key, {})
    return inner.get("" if item is None else item, card.lines.get(key))


def _read_apart(card_file: CardFile | None) -> Card:
    try:
        return card_file.card() if card_file else Card({}, {}, "")
    except InvalidCard:
        return Card({}, {}, "")


def _each_key(looked: _Looked) -> Iterator[Found]:
    for key, value in looked.card.meta.items():
        if value is None:
            continue  # `key:` alone is as good as no key
        for known in KEYS.get(key, ()):
            found = list(
                _of_items(key, value, known) if known.each else _of_value(key, value, known)
            )
            yield from found
            if found:
                break


def _of_value(key: str, value: object, known: Key) -> Iterator[Found]:
    wrong = known.rule(value)
    if wrong is not None:
        yield key, f"`{key}` {wrong}", known.level


def _of_items(key: str, value: object, known: Key) -> Iterator[Found]:
    for item, one in _items(value):
        wrong = None if one is None else known.rule(one)
        if wrong is not None:
            yield key, f"`{key}` {wrong}", known.level, item


def _items(value: object) -> Iterator[tuple[int | str, object]]:
    if isinstance(value, dict):
        yield from ((str(name), (name, said)) for name, said in value.items())
    else:
        yield from enumerate(value if isinstance(value, list) else [value])


def _commented(looked: _Looked) -> Iterator[Found]:
    """`colorTo: #ff0000` is a comment for YAML. A comment that is meant as one has a blank."""
    for key, value in looked.card.meta.items():
        written = looked.card.raw.get(key, "")
        if value is None and key in KEYS and re.match(r"#\S", written):
            said = f"`{key}` is empty: to YAML, `{written[:60]}` is a comment"
            yield key, f"{said}, so put quotes around it", Level.WARNING


def _unknown_keys(looked: _Looked) -> Iterator[Found]:
    """Only slips are told: people keep keys of their own there, and the Hub lets them."""
    for key, meant in _slips(looked.card):
        if meant != "sdk":
            yield key, f"`{key}` is no key of a Space; did you mean `{meant}`?", Level.WARNING


def _slips(card: Card) -> Iterator[tuple[str, str]]:
    """The keys that no Space has, and what each was probably meant for."""
    for key in card.meta.keys() - KEYS.keys() - OF_OTHER_CARDS:
        meant = OTHER_NAMES.get(key) or near(key, KEYS, cutoff=_SLIP)
        if meant is not None and meant not in card.meta:
            yield key, meant


def _sdk(looked: _Looked) -> Iterator[Found]:
    sdk = looked.card.meta.get("sdk")
    if sdk == "streamlit":
        # https://huggingface.co/docs/hub/spaces-sdks-streamlit
        yield "sdk", (
            "Streamlit is no SDK of Spaces any more (since April 2025): write `sdk: docker` and "
            "`app_port: 8501`, and add a Dockerfile that runs `streamlit run`"
        ), Level.ERROR
    elif sdk is None:
        key = next((key for key, meant in _slips(looked.card) if meant == "sdk"), "sdk")
        instead = "" if key == "sdk" else f"; `{key}` is another key"
        said = f"`sdk` is missing; it is one of gradio, docker, static{instead}"
        yield key, said, Level.ERROR
    elif not _is_sdk(sdk):
        said = f"`sdk` is {sdk!r}; it is one of gradio, docker, static"
        yield "sdk", said + _meant_sdk(sdk), Level.ERROR


def _meant_sdk(value: object) -> str:
    if not isinstance(value, str):
        return ""
    runs_as = next((sdk for sdk, names in BUILT_WITH.items() if value.lower() in names), None)
    if runs_as is not None:
        return f", and what is built with {value} runs as `sdk: {runs_as}`"
    return did_you_mean(value, list(Sdk))


def _sdk_version(looked: _Looked) -> Iterator[Found]:
    """The Hub wants all of a version: github.com/Vision-CAIR/MiniGPT-4/issues/255."""
    card = looked.card
    value = card.meta.get("sdk_version")
    if value is None or not _is(card, Sdk.GRADIO):
        return
    written = card.raw.get("sdk_version", str(value)).strip()
    full = _FULL_VERSION.fullmatch(written.lower())
    last = _LAST.get(written.partition(".")[0])
    if last and (full or _SHORT_VERSION.fullmatch(written)) and _numbers(written) > _numbers(last):
        said = f"there is no Gradio {written}: {last} is the last of its series"
        yield "sdk_version", f"{said}, and the Hub would say {_NO_SUCH}", Level.ERROR
    elif not full and written not in _SHORT_RELEASES:
        yield "sdk_version", _why_no_version(value, written), Level.ERROR


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _why_no_version(value: object, written: str) -> str:
    if not _SHORT_VERSION.fullmatch(written):
        return f"`sdk_version` is {written!r}; it is one version of Gradio in full, like 6.31.0"
    full = f"{written}.0" if "." in written else f"{written}.0.0"
    wants = f"the Hub wants a version in full, and would say {_NO_SUCH}"
    mend = f'{wants}: write `sdk_version: "{full}"`, or the one you mean'
    read = f", which YAML reads as the number {value}" if str(value) != written else ""
    return f"`sdk_version` is {written}{read}; {mend}"


def _python_version(looked: _Looked) -> Iterator[Found]:
    card = looked.card
    value = card.meta.get("python_version")
    if value is None or not _is(card, Sdk.GRADIO):
        return
    written = card.raw.get("python_version", str(value)).strip()
    if not _PYTHON.fullmatch(written):
        said = f"`python_version` is {written!r}; it is 3.x or 3.x.y, like 3.12"
        yield "python_version", said, Level.ERROR
    elif isinstance(value, float) and str(value) != written:
        said = f"`python_version` is {written} without quotes, which YAML reads as {value}"
        fails = f'and the build ends with "python:{value}: not found"'
        yield "python_version", f'{said}, {fails}: write `python_version: "{written}"`', Level.ERROR


def _app_file(looked: _Looked) -> Iterator[Found]:
    card, shipped = looked.card, looked.shipped
    if not _is_sdk(card.meta.get("sdk")) or not isinstance(card.meta.get("app_file", ""), str):
        return
    app_file = card.app_file
    if app_file is None or app_file in shipped:
        return
    key = "sdk" if card.sdk is Sdk.DOCKER or "app_file" not in card.meta else "app_file"
    said = f"a {card.sdk} Space starts from `{app_file}`, which would not ship"
    if app_file in looked.left_out:
        yield key, f"{said}: a rule leaves it out", Level.ERROR
    else:
        yield key, said + _meant_file(app_file, shipped), Level.ERROR


def _meant_file(wanted: str, shipped: Collection[str]) -> str:
    name = PurePosixPath(wanted.strip().replace("\\", "/")).name.lower()
    same = sorted(path for path in shipped if PurePosixPath(path).name.lower() == name)
    above = [path for path in shipped if "/" not in path]
    kind = PurePosixPath(wanted).suffix
    alike = [path for path in above if kind and PurePosixPath(path).suffix == kind]
    only = alike[0] if len(alike) == 1 else None
    meant = same[0] if same else near(wanted, above) or only
    return "" if meant is None else f"; did you mean `{meant}`?"


def _kind_of_app(looked: _Looked) -> Iterator[Found]:
    card = looked.card
    app_file = card.meta.get("app_file")
    kind = PurePosixPath(app_file).suffix if isinstance(app_file, str) else ""
    if _is(card, Sdk.GRADIO) and kind in _NO_PYTHON:
        said = f"a gradio Space runs `python {app_file}`, and that is no Python file"
        yield "app_file", said, Level.ERROR
    elif _is(card, Sdk.STATIC) and kind == ".py":
        said = f"a static Space shows `{app_file}` and never runs it: is its `sdk` gradio?"
        yield "app_file", said, Level.WARNING


def _port(looked: _Looked) -> Iterator[Found]:
    card = looked.card
    port = card.meta.get("app_port")
    elsewhere = _is(card, Sdk.GRADIO) or _is(card, Sdk.STATIC)
    if elsewhere and port is not None and str(port) != str(DEFAULT_PORT):
        said = f"`app_port` counts for docker Spaces only; a {card.sdk} Space"
        means = f"must listen on {DEFAULT_PORT}" if card.sdk is Sdk.GRADIO else "has no port"
        yield "app_port", f"{said} {means}", Level.WARNING


def _base_path(looked: _Looked) -> Iterator[Found]:
    if "base_path" in looked.card.meta and _is(looked.card, Sdk.STATIC):
        yield "base_path", "a static Space has no `base_path`: use `app_file`", Level.WARNING


_RULES: tuple[Callable[[_Looked], Iterator[Found]], ...] = (
    _sdk,
    _each_key,
    _commented,
    _sdk_version,
    _python_version,
    _app_file,
    _kind_of_app,
    _port,
    _base_path,
    _unknown_keys,
)


def _is_sdk(value: object) -> bool:
    return isinstance(value, str) and value in set(Sdk)


def _is(card: Card, sdk: Sdk) -> bool:
    return card.meta.get("sdk") == sdk
