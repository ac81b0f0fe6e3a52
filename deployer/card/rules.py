"""Check a card: each key by its schema, then in relation to other keys and to the deployed files.

The rules of single keys are in `schema`; the rules here need more: the text as written rather than
as YAML reads it, another key, or the paths of the files to deploy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deployer.card import gradio_releases
from deployer.card.card import README, Card, CardFile
from deployer.card.schema import BUILT_WITH, KEYS, OF_OTHER_CARDS, OTHER_NAMES, Key
from deployer.card.yaml import InvalidCard
from deployer.finding_names import FindingName
from deployer.problem import Level, Problem, closest_match, did_you_mean
from deployer.space.space import CREATABLE, NO_NEW_STREAMLIT, Sdk

DEFAULT_PORT = 7860
_FULL_VERSION = re.compile(r"\d+(\.\d+){2,}([.-]?(a|b|rc|c|alpha|beta|dev|post)[.-]?\d*)*")
_SHORT_VERSION = re.compile(r"\d+(\.\d+)?")
_PYTHON = re.compile(r"3(\.\d{1,2}){1,2}")
_REJECTED = 'the Hub rejects with "Gradio version does not exist"'
_OF_HUB = "reported by the Hub"
_QUOTED_WORD = re.compile(r"""["'`](\w+)""")
_NOT_PYTHON = (".ipynb", ".html", ".js", ".ts", ".sh", ".md", ".json", ".yaml", ".yml", ".toml")
_MIN_KEY_SIMILARITY = 0.8  # of an unknown key and a known one, for a warning

Location = tuple[str, int | None]
# key, message, level; and for an item in the key's value: its index, from 0, or its name
Finding = tuple[str, str, Level] | tuple[str, str, Level, int | str]


@dataclass(frozen=True, slots=True)
class _Input:
    """A card, and the paths that are deployed with it."""

    card: Card
    deployed_paths: Collection[str]
    excluded: Collection[str] = field(default=())
    undeployed: Callable[[str], str | None] = lambda _: None


def check_card(
    card: Card,
    deployed_paths: Collection[str],
    *,
    readme: str = README,
    card_file: CardFile | None = None,
    excluded: Collection[str] = (),
    undeployed: Callable[[str], str | None] = lambda _: None,
) -> list[Problem]:
    """The problems of a card, given the deployed and the excluded paths; by file and line.

    `undeployed` says why a path is not deployed, where that is known. With a `card_file`, each key
    has its line in the file that sets it.
    """
    checked = _Input(card, deployed_paths, excluded, undeployed)
    location = _locator(card, readme, card_file)
    return sorted(
        Problem(*location(key, *item), message, level, name=name)
        for name, rule in _RULES
        for key, message, level, *item in rule(checked)
    )


def hub_problems(
    sentences: Iterable[str],
    card: Card,
    *,
    card_file: CardFile | None = None,
    level: Level = Level.ERROR,
) -> list[Problem]:
    """What the Hub itself reports of a card, at the line of the key that a sentence quotes."""
    location = _locator(card, README, card_file)
    quoted = ((_QUOTED_WORD.search(sentence), sentence) for sentence in sentences)
    return [
        Problem(*location(key[1] if key else ""), f"{_OF_HUB}: {sentence}", level, name="hub-card")
        for key, sentence in quoted
    ]


def _locator(card: Card, readme: str, card_file: CardFile | None) -> Callable[..., Location]:
    """A function from a key, and an item in it, to their file and line."""
    own = _parsed(card_file)

    def location(key: str, item: int | str | None = None) -> Location:
        if key in card.set_in:
            return card.set_in[key]
        if card_file is not None and (key in own.lines or key not in card.lines):
            return card_file.path, _line(own, key, item)
        return readme, _line(card, key, item)

    return location


def _line(card: Card, key: str, item: int | str | None) -> int | None:
    inner = {} if item is None else card.items.get(key, {})
    return inner.get("" if item is None else item, card.lines.get(key))


def _parsed(card_file: CardFile | None) -> Card:
    try:
        return card_file.card() if card_file else Card({}, {}, "")
    except InvalidCard:
        return Card({}, {}, "")


def _invalid_values(checked: _Input) -> Iterator[Finding]:
    return (found for found in _each_key(checked) if found[2] is Level.ERROR)


def _doubtful_values(checked: _Input) -> Iterator[Finding]:
    return (found for found in _each_key(checked) if found[2] is Level.WARNING)


def _each_key(checked: _Input) -> Iterator[Finding]:
    for key, value in checked.card.meta.items():
        if value is None:
            continue  # `key:` without a value counts as absent
        for schema in KEYS.get(key, ()):
            found = list(
                _check_items(key, value, schema)
                if schema.each
                else _check_value(key, value, schema)
            )
            yield from found
            if found:
                break


def _check_value(key: str, value: object, schema: Key) -> Iterator[Finding]:
    error = schema.rule(value)
    if error is not None:
        yield key, f"`{key}` {error}", schema.level


def _check_items(key: str, value: object, schema: Key) -> Iterator[Finding]:
    for index, item in _items(value):
        error = None if item is None else schema.rule(item)
        if error is not None:
            yield key, f"`{key}` {error}", schema.level, index


def _items(value: object) -> Iterator[tuple[int | str, object]]:
    if isinstance(value, dict):
        yield from ((str(name), (name, inner)) for name, inner in value.items())
    else:
        yield from enumerate(value if isinstance(value, list) else [value])


def _commented(checked: _Input) -> Iterator[Finding]:
    """`colorTo: #ff0000` is a comment in YAML. An intended comment has a space after the `#`."""
    for key, value in checked.card.meta.items():
        written = checked.card.raw.get(key, "")
        if value is None and key in KEYS and re.match(r"#\S", written):
            message = f"`{key}` is empty: YAML reads `{written[:60]}` as a comment; put quotes"
            yield key, f"{message} around it", Level.WARNING


def _unknown_keys(checked: _Input) -> Iterator[Finding]:
    """Only likely typos are reported: the Hub allows custom keys, and people use them."""
    for key, meant in _typos(checked.card):
        if meant != "sdk":
            yield key, f"unknown key `{key}`; did you mean `{meant}`?", Level.WARNING


def _typos(card: Card) -> Iterator[tuple[str, str]]:
    """The unknown keys that resemble a known one, with that one."""
    for key in card.meta.keys() - KEYS.keys() - OF_OTHER_CARDS:
        meant = OTHER_NAMES.get(key) or closest_match(key, KEYS, cutoff=_MIN_KEY_SIMILARITY)
        if meant is not None and meant not in card.meta:
            yield key, meant


def _sdk(checked: _Input) -> Iterator[Finding]:
    sdk = checked.card.meta.get("sdk")
    if sdk == Sdk.STREAMLIT:
        message = f"`sdk: streamlit` works in existing Spaces only: {NO_NEW_STREAMLIT}"
        yield "sdk", message, Level.WARNING
    elif sdk is None:
        key = next((key for key, meant in _typos(checked.card) if meant == "sdk"), "sdk")
        unknown = "" if key == "sdk" else f" (`{key}` is an unknown key)"
        message = f"missing key `sdk`{unknown}; use one of gradio, docker, static"
        yield key, message, Level.ERROR
    elif not _is_sdk(sdk):
        message = f"invalid `sdk` {sdk!r}; use one of gradio, docker, static"
        yield "sdk", message + _sdk_hint(sdk), Level.ERROR


def _sdk_hint(value: object) -> str:
    if not isinstance(value, str):
        return ""
    runs_as = next((sdk for sdk, names in BUILT_WITH.items() if value.lower() in names), None)
    if runs_as is not None:
        return f"; for {value}, use `sdk: {runs_as}`"
    return did_you_mean(value, CREATABLE)


def _sdk_version(checked: _Input) -> Iterator[Finding]:
    """The Hub requires a full version: github.com/Vision-CAIR/MiniGPT-4/issues/255."""
    card = checked.card
    value = card.meta.get("sdk_version")
    if value is None or not _is(card, Sdk.GRADIO):
        return
    written = card.raw.get("sdk_version", str(value)).strip()
    full = _FULL_VERSION.fullmatch(written.lower())
    is_version = full or _SHORT_VERSION.fullmatch(written)
    if is_version and written in gradio_releases.releases():
        return
    last = gradio_releases.last_of_ended(written) if is_version else None
    unknown = f"unknown Gradio version {written}, which {_REJECTED}"
    if last and gradio_releases.numbers(written) > gradio_releases.numbers(last):
        major = written.partition(".")[0]
        yield "sdk_version", f"{unknown}; the last {major}.x version is {last}", Level.ERROR
    elif near := gradio_releases.neighbors(written if full else _with_patch(written)):
        known = f"its neighbors are {near[0]} and {near[1]}"
        message = f"{unknown}; {known} (as of {gradio_releases.list_date()})"
        yield "sdk_version", message, Level.ERROR
    elif not full:
        yield "sdk_version", _explain_version(value, written), Level.ERROR


def _with_patch(written: str) -> str:
    return f"{written}.0" if "." in written else f"{written}.0.0"


def _explain_version(value: object, written: str) -> str:
    if not _SHORT_VERSION.fullmatch(written):
        return f"invalid `sdk_version` {written!r}; use one full version of Gradio, e.g. 6.31.0"
    full = _with_patch(written)
    read = f" (read by YAML as the number {value})" if str(value) != written else ""
    return (
        f"incomplete `sdk_version` {written}{read}, which {_REJECTED}; use a full version, e.g. "
        f'`sdk_version: "{full}"`'
    )


def _python_version(checked: _Input) -> Iterator[Finding]:
    card = checked.card
    value = card.meta.get("python_version")
    if value is None or not _is(card, Sdk.GRADIO):
        return
    written = card.raw.get("python_version", str(value)).strip()
    if not _PYTHON.fullmatch(written):
        message = f"invalid `python_version` {written!r}; use 3.x or 3.x.y, e.g. 3.12"
        yield "python_version", message, Level.ERROR
    elif isinstance(value, float) and str(value) != written:
        message = (
            f"unquoted `python_version` {written} is read by YAML as {value}, and the build fails "
            f'with "python:{value}: not found"; use `python_version: "{written}"`'
        )
        yield "python_version", message, Level.ERROR


def _app_file(checked: _Input) -> Iterator[Finding]:
    card, deployed_paths = checked.card, checked.deployed_paths
    if not _is_sdk(card.meta.get("sdk")) or not isinstance(card.meta.get("app_file", ""), str):
        return
    app_file = card.app_file
    if app_file is None or app_file in deployed_paths:
        return
    key = "sdk" if card.sdk is Sdk.DOCKER or "app_file" not in card.meta else "app_file"
    message = f"`{app_file}`, which a {card.sdk} Space starts from, is not deployed"
    if app_file in checked.excluded:
        yield key, f"{message}: a rule excludes it; remove that rule, or --include it", Level.ERROR
    elif (why := checked.undeployed(app_file)) is not None:
        yield key, f"{message}: {why}", Level.ERROR
    else:
        yield key, message + _app_file_hint(app_file, deployed_paths), Level.ERROR


def _app_file_hint(wanted: str, deployed_paths: Collection[str]) -> str:
    name = PurePosixPath(wanted.strip().replace("\\", "/")).name.lower()
    same_name = sorted(p for p in deployed_paths if PurePosixPath(p).name.lower() == name)
    in_root = [path for path in deployed_paths if "/" not in path]
    suffix = PurePosixPath(wanted).suffix
    same_suffix = [path for path in in_root if suffix and PurePosixPath(path).suffix == suffix]
    only = same_suffix[0] if len(same_suffix) == 1 else None
    meant = same_name[0] if same_name else closest_match(wanted, in_root) or only
    if meant is None:
        return f"; add it to the repository (`git add {wanted}`)"
    return f"; did you mean `{meant}`?"


def _kind_of_app(checked: _Input) -> Iterator[Finding]:
    card = checked.card
    app_file = card.meta.get("app_file")
    suffix = PurePosixPath(app_file).suffix if isinstance(app_file, str) else ""
    if _is(card, Sdk.GRADIO) and suffix in _NOT_PYTHON:
        message = f"`{app_file}` is not a Python file, and a gradio Space runs `python {app_file}`"
        yield "app_file", f"{message}; name the .py file of the app", Level.ERROR
    elif _is(card, Sdk.STATIC) and suffix == ".py":
        message = f"a static Space serves `{app_file}` and never runs it; to run it, use"
        yield "app_file", f"{message} `sdk: gradio`", Level.WARNING


def _port(checked: _Input) -> Iterator[Finding]:
    card = checked.card
    port = card.meta.get("app_port")
    ignored = _is(card, Sdk.GRADIO) or _is(card, Sdk.STATIC)
    if ignored and port is not None and str(port) != str(DEFAULT_PORT):
        gradio = f"listen on {DEFAULT_PORT}, as a gradio Space must, and remove the key"
        fix = gradio if card.sdk is Sdk.GRADIO else "remove it, a static Space has no port"
        yield "app_port", f"`app_port` is ignored outside of docker Spaces; {fix}", Level.WARNING


def _base_path(checked: _Input) -> Iterator[Finding]:
    if "base_path" in checked.card.meta and _is(checked.card, Sdk.STATIC):
        message = "`base_path` is ignored in a static Space; use `app_file`"
        yield "base_path", message, Level.WARNING


_RULES: tuple[tuple[FindingName, Callable[[_Input], Iterator[Finding]]], ...] = (
    ("card-sdk", _sdk),
    ("card-invalid-value", _invalid_values),
    ("card-doubtful-value", _doubtful_values),
    ("card-comment", _commented),
    ("card-sdk-version", _sdk_version),
    ("card-python-version", _python_version),
    ("app-file-missing", _app_file),
    ("app-file-kind", _kind_of_app),
    ("app-port-ignored", _port),
    ("base-path-ignored", _base_path),
    ("card-unknown-key", _unknown_keys),
)


def _is_sdk(value: object) -> bool:
    return isinstance(value, str) and value in set(Sdk)


def _is(card: Card, sdk: Sdk) -> bool:
    return card.meta.get("sdk") == sdk
