"""The configuration reference of Spaces: what each key of a card may hold.

https://huggingface.co/docs/hub/spaces-config-reference, read by each key; what one key means for
another, or for the files that ship, is in `card_rules`. A rule takes a value and says what is
wrong with it, or None. Where it is not known that the Hub refuses a value, the rule only warns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from deployer.problem import Level, did_you_mean

Rule = Callable[[object], str | None]

COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
LONGEST_DESCRIPTION = 60
LONGEST_LOGIN = 43_200  # minutes: https://huggingface.co/docs/hub/spaces-oauth
# https://huggingface.co/docs/hub/spaces-gpus and the client's `SpaceHardware`
HARDWARE = (
    *("cpu-basic", "cpu-upgrade", "cpu-performance", "cpu-xl", "sprx8", "zero-a10g"),
    *("t4-small", "t4-medium", "l4x1", "l4x4", "l40sx1", "l40sx4", "l40sx8"),
    *("a10g-small", "a10g-large", "a10g-largex2", "a10g-largex4"),
    *("a100-large", "a100x4", "a100x8", "h100", "h100x8", "h200", "h200x2", "h200x4", "h200x8"),
    *("rtx-pro-6000", "rtx-pro-6000x2", "rtx-pro-6000x4", "rtx-pro-6000x8"),
    *("v5e-1x1", "v5e-2x2", "v5e-2x4", "inf2x6"),
)
# https://huggingface.co/docs/hub/oauth#currently-supported-scopes
SCOPES = (
    *("openid", "profile", "email", "read-billing", "read-repos", "gated-repos"),
    *("contribute-repos", "write-repos", "manage-repos", "read-mcp", "write-discussions"),
    *("read-collections", "write-collections", "inference-api", "jobs", "webhooks"),
)
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers
HEADERS: Mapping[str, Collection[str]] = {
    "cross-origin-embedder-policy": ("unsafe-none", "require-corp", "credentialless"),
    "cross-origin-opener-policy": (
        *("unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"),
    ),
    "cross-origin-resource-policy": ("same-site", "same-origin", "cross-origin"),
}

_REPO = re.compile(r"[\w.-]+(/[\w.-]+){0,2}")
_DURATION = re.compile(r"\d+(\.\d+)?\s*([a-z]+)", re.IGNORECASE)
_PICTURE = re.compile("[\U0001f300-\U0001f3fa\U0001f400-\U0001faff]")
_JOINED = re.compile("\u200d.")


@dataclass(frozen=True, slots=True)
class Key:
    """A key's rule, and how bad it is to break it."""

    rule: Rule
    level: Level = Level.ERROR


def one_of(allowed: Collection[str]) -> Rule:
    """The value is one of these words."""

    def rule(value: object) -> str | None:
        if value in tuple(allowed):
            return None
        return f"is {_shown(value)}; it is one of {', '.join(allowed)}{_meant(value, allowed)}"

    return rule


def text(value: object) -> str | None:
    """The value is a text."""
    if isinstance(value, str):
        return None
    return f"is {_kind(value)}, and must be a text: put quotes around it"


def boolean(value: object) -> str | None:
    """The value is true or false; the Hub takes them in quotes, too."""
    if isinstance(value, bool) or str(value).lower() in ("true", "false"):
        return None
    return f"is {_shown(value)}; it is true or false"


def whole(low: int, high: int) -> Rule:
    """The value is a whole number in a range; the Hub takes it in quotes, too."""

    def rule(value: object) -> str | None:
        digits = re.fullmatch(r"\d{1,18}", str(value), re.ASCII) and not isinstance(value, bool)
        if digits and low <= int(str(value)) <= high:
            return None
        return f"is {_shown(value)}; it is a whole number from {low} to {high}"

    return rule


def texts(value: object) -> str | None:
    """The value is a list of texts."""
    if not isinstance(value, list):
        return f"is {_kind(value)}, and must be a list: one `- text` a line"
    wrong = next((item for item in value if not isinstance(item, str)), None)
    if wrong is None:
        return None
    return f"holds {_shown(wrong)}, which is {_kind(wrong)}: put quotes around it"


def text_or_texts(value: object) -> str | None:
    """The value is a text, or a list of texts."""
    return None if isinstance(value, str) else texts(value)


def repositories(value: object) -> str | None:
    """The value names repositories of the Hub: `owner/name`, or an old `name` alone."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str):
            return None if item is None else f"holds {_shown(item)}; write `owner/name`"
        if not _REPO.fullmatch(item):
            return f"holds {item!r}; write `owner/name`, without an address or blanks"
    return None


def preloaded(value: object) -> str | None:
    """The value is a list of `repository [file,file] [commit]`."""
    if not isinstance(value, list):
        return None if isinstance(value, str) else f"is {_kind(value)}, and must be a list"
    for item in value:
        if isinstance(item, str) and "://" in item:
            return f"holds {item!r}; write `owner/name`, without the address"
        if isinstance(item, str) and len(item.split()) > 3:
            return f"holds {item!r}; write `repository file,file commit`: no blank after a comma"
        if not isinstance(item, str) and item is not None:
            return f"holds {_shown(item)}; write `repository file,file commit`"
    return None


def description(value: object) -> str | None:
    """The value is a text of at most 60 characters, counted as the Hub's JavaScript does."""
    if not isinstance(value, str):
        return text(value)
    length = len(value.encode("utf-16-le", "surrogatepass")) // 2
    if length <= LONGEST_DESCRIPTION:
        return None
    return f"is {length} characters long; {LONGEST_DESCRIPTION} is the most"


def duration(value: object) -> str | None:
    """The value is a time like `30m` or `1h`."""
    if isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        return None
    return f"is {_shown(value)}; it is a time with its unit, like 30m or 1h"


def headers(value: object) -> str | None:
    """The value maps the three cross-origin headers to what they may say."""
    if not isinstance(value, dict):
        return f"is {_kind(value)}; write each header as an indented line `name: value`"
    for name, said in value.items():
        allowed = HEADERS.get(str(name).lower())
        if allowed is None:
            return f"has {_shown(name)}; only {', '.join(HEADERS)} are allowed" + _meant(
                name, HEADERS
            )
        wrong = one_of(allowed)(said)
        if wrong is not None:
            return f"has a `{name}` that {wrong}"
    return None


def emoji(value: object) -> str | None:
    """The value is an emoji. What letters spell is none."""
    if not isinstance(value, str):
        return f"is {_kind(value)}; it is one emoji"
    spelt = any(letter.isalnum() for letter in value.replace("ℹ", ""))
    if not value.strip() or (spelt and "\u20e3" not in value):  # which makes `1` a keycap
        return f"is {value!r}; it is one emoji, like 🚀"
    return None


def emojis(value: object) -> str | None:
    """The value is no more than one emoji; the parts of a joined one count as one."""
    if isinstance(value, str) and len(_PICTURE.findall(_JOINED.sub("", value))) > 1:
        return f"is {value!r}; it is one emoji, and the Hub may refuse several"
    return None


def starts_with_slash(value: object) -> str | None:
    """The value is a path on the Space's host."""
    if isinstance(value, str) and value.startswith("/"):
        return None
    return f"is {_shown(value)}; it starts with `/`"


def scopes(value: object) -> str | None:
    """The value lists scopes; only what looks like a slip is told, as the Hub adds new ones."""
    for item in value if isinstance(value, list) else []:
        if isinstance(item, str) and item not in SCOPES and (meant := _meant(item, SCOPES)):
            return f"has {item!r}, which is no scope{meant}"
    return None


# What the Hub does with a wrong value of these is not documented: a warning.
_MILD = Level.WARNING

KEYS: Mapping[str, tuple[Key, ...]] = {
    "title": (Key(text, _MILD),),
    "emoji": (Key(emoji), Key(emojis, _MILD)),
    "colorFrom": (Key(one_of(COLOURS)),),
    "colorTo": (Key(one_of(COLOURS)),),
    "sdk": (),
    "sdk_version": (),
    "python_version": (),
    "suggested_hardware": (Key(one_of(HARDWARE), _MILD),),
    "suggested_storage": (Key(one_of(("small", "medium", "large")), _MILD),),
    "app_file": (Key(text),),
    "app_build_command": (Key(text),),
    "app_port": (Key(whole(1, 65_535)),),
    "base_path": (Key(starts_with_slash),),
    "fullWidth": (Key(boolean, _MILD),),
    "header": (Key(one_of(("mini", "default"))),),
    "short_description": (Key(description),),
    "models": (Key(repositories, _MILD),),
    "datasets": (Key(repositories, _MILD),),
    "tags": (Key(texts),),
    "thumbnail": (Key(text, _MILD),),
    "pinned": (Key(boolean, _MILD),),
    "hf_oauth": (Key(boolean, _MILD),),
    "hf_oauth_scopes": (Key(text_or_texts), Key(scopes, _MILD)),
    "hf_oauth_expiration_minutes": (Key(whole(1, LONGEST_LOGIN)),),
    "hf_oauth_authorized_org": (Key(text_or_texts),),
    "disable_embedding": (Key(boolean, _MILD),),
    "startup_duration_timeout": (Key(duration),),
    "custom_headers": (Key(headers),),
    "preload_from_hub": (Key(preloaded),),
    "license": (Key(text_or_texts, _MILD),),
}

# Keys of model and dataset cards, which a Space's card may have as well:
# https://github.com/huggingface/hub-docs/blob/main/modelcard.md and datasetcard.md
OF_OTHER_CARDS = frozenset("""
    language languages license_name license_link license_details library_name pipeline_tag metrics
    base_model base_model_relation new_version widget inference model-index model_name co2_eq_emissions
    annotations_creators language_creators language_details pretty_name size_categories
    source_datasets task_categories task_ids paperswithcode_id configs dataset_info train-eval-index
    extra_gated_prompt extra_gated_fields extra_gated_heading extra_gated_description
    extra_gated_button_content viewer multilinguality arxiv doi tag dataset model author authors
    description version url region
    """.split())


def _meant(value: object, known: Collection[str]) -> str:
    return did_you_mean(value, known) if isinstance(value, str) else ""


def _shown(value: object) -> str:
    said = value if isinstance(value, str) else str(value)
    return repr(said[:60]) if isinstance(value, str) else f"`{said[:60]}`"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "a date or another kind"
