"""Everything that can be wrong with a card, found before anything leaves.

Each key by itself is looked up in `reference`; here are the rules that need more: what was written
rather than what YAML made of it, another key, or the files that ship.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deployer.card import README, BadCard, Card, CardFile
from deployer.problem import Level, Problem, did_you_mean, near
from deployer.reference import KEYS, OF_OTHER_CARDS
from deployer.space import Sdk

DEFAULT_PORT = 7860
_FULL_VERSION = re.compile(r"\d+(\.\d+){2,}([.-]?(a|b|rc|c|alpha|beta|dev|post)[.-]?\d*)*")
_SHORT_VERSION = re.compile(r"\d+(\.\d+)?")
_PYTHON = re.compile(r"3(\.\d{1,2}){1,2}")
_NAMED = re.compile(r"""["'`](\w+)""")
_SLIP = 0.8  # how close an unknown key must be to a known one to be told

Found = tuple[str, str, Level]  # the key, a sentence, how bad


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
        Problem(*place(key), message, level)
        for rule in _RULES
        for key, message, level in rule(looked)
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


def _places(
    card: Card, readme: str, card_file: CardFile | None
) -> Callable[[str], tuple[str, int | None]]:
    apart = _lines_apart(card_file)

    def place(key: str) -> tuple[str, int | None]:
        if card_file is not None and (key in apart or key not in card.lines):
            return card_file.path, apart.get(key)
        return readme, card.lines.get(key)

    return place


def _lines_apart(card_file: CardFile | None) -> dict[str, int]:
    try:
        return dict(card_file.lines()) if card_file else {}
    except BadCard:
        return {}


def _each_key(looked: _Looked) -> Iterator[Found]:
    for key, value in looked.card.meta.items():
        if value is None:
            continue  # `key:` alone is as good as no key
        for known in KEYS.get(key, ()):
            wrong = known.rule(value)
            if wrong is not None:
                yield key, f"`{key}` {wrong}", known.level
                break


def _unknown_keys(looked: _Looked) -> Iterator[Found]:
    """Only slips are told: people keep keys of their own there, and the Hub lets them."""
    meta = looked.card.meta
    for key in meta.keys() - KEYS.keys() - OF_OTHER_CARDS:
        meant = near(key, KEYS, cutoff=_SLIP)
        if meant is not None and meant not in meta:
            yield key, f"`{key}` is no key of a Space; did you mean `{meant}`?", Level.WARNING


def _sdk(looked: _Looked) -> Iterator[Found]:
    sdk = looked.card.meta.get("sdk")
    if sdk == "streamlit":
        # https://huggingface.co/docs/hub/spaces-sdks-streamlit
        yield "sdk", (
            "Streamlit is no SDK of Spaces any more (since April 2025): write `sdk: docker` and "
            "`app_port: 8501`, and add a Dockerfile that runs `streamlit run`"
        ), Level.ERROR
    elif sdk is None:
        yield "sdk", "`sdk` is missing; it is one of gradio, docker, static", Level.ERROR
    elif not _is_sdk(sdk):
        said = f"`sdk` is {sdk!r}; it is one of gradio, docker, static"
        meant = did_you_mean(sdk, list(Sdk)) if isinstance(sdk, str) else ""
        yield "sdk", said + meant, Level.ERROR


def _sdk_version(looked: _Looked) -> Iterator[Found]:
    """The Hub wants all of a version: github.com/Vision-CAIR/MiniGPT-4/issues/255."""
    card = looked.card
    value = card.meta.get("sdk_version")
    if value is None or not _is(card, Sdk.GRADIO):
        return
    written = card.raw.get("sdk_version", str(value)).strip()
    if _FULL_VERSION.fullmatch(written.lower()):
        return
    yield "sdk_version", _why_no_version(value, written), Level.ERROR


def _why_no_version(value: object, written: str) -> str:
    if not _SHORT_VERSION.fullmatch(written):
        return f"`sdk_version` is {written!r}; it is one version of Gradio in full, like 6.31.0"
    full = f"{written}.0" if "." in written else f"{written}.0.0"
    mend = f'the Hub wants a version in full: write `sdk_version: "{full}"`, or the one you mean'
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
        yield "python_version", f'{said}: write `python_version: "{written}"`', Level.ERROR


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
    name = PurePosixPath(wanted).name.lower()
    same = sorted(path for path in shipped if PurePosixPath(path).name.lower() == name)
    meant = same[0] if same else near(wanted, (path for path in shipped if "/" not in path))
    return "" if meant is None else f"; did you mean `{meant}`?"


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
    _sdk_version,
    _python_version,
    _app_file,
    _port,
    _base_path,
    _unknown_keys,
)


def _is_sdk(value: object) -> bool:
    return isinstance(value, str) and value in set(Sdk)


def _is(card: Card, sdk: Sdk) -> bool:
    return card.meta.get("sdk") == sdk
