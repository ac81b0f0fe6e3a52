"""The schema of a Space's card: the values that each key may have.

https://huggingface.co/docs/hub/spaces-config-reference; what one key implies for another, or for
the deployed files, is in `rules`. A rule takes a value and returns an error message, or None. Where
the Hub is not known to reject a value, the level is a warning. A rule with `each` takes the items
of a list one by one, or the pairs of a mapping.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from deployer.problem import Level, did_you_mean

Rule = Callable[[object], str | None]

COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
MAX_DESCRIPTION = 60
MAX_LOGIN_MINUTES = 43_200  # 30 days: https://huggingface.co/docs/hub/spaces-oauth
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

# https://huggingface.co/docs/hub/repositories-licenses
LICENSES = frozenset("""
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause
    bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0
    cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
    cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0
    cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research
    intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0
    openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr
    deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2
    llama3.3 llama4 grok2-community gemma unknown other
    """.split())

_REPO = re.compile(r"[\w.-]+(/[\w.-]+)?")
_DURATION = re.compile(
    r"(\d+(\.\d+)?\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\s*)+", re.IGNORECASE
)
# emojis that Unicode classes as letters or punctuation, and the frame of a keycap
_OTHER_EMOJIS = "‼⁉〰ℹ\u20e3"


@dataclass(frozen=True, slots=True)
class Key:
    """A rule for a key's value, or for each item in it, and the level of a violation."""

    rule: Rule
    level: Level = Level.ERROR
    each: bool = False


def one_of(allowed: Collection[str]) -> Rule:
    """The value is one of these strings."""

    def rule(value: object) -> str | None:
        if value in tuple(allowed):
            return None
        return f"is {_quoted(value)}; use one of {', '.join(allowed)}{_hint(value, allowed)}"

    return rule


def text(value: object) -> str | None:
    """The value is a string."""
    if isinstance(value, str):
        return None
    return f"is {_kind(value)}, not a string; put quotes around it"


def boolean(value: object) -> str | None:
    """The value is true or false; the Hub accepts them in quotes, too."""
    if isinstance(value, bool) or str(value).lower() in ("true", "false"):
        return None
    return f"is {_quoted(value)}; use true or false"


def whole(low: int, high: int) -> Rule:
    """The value is a whole number in a range; the Hub accepts it in quotes, too."""

    def rule(value: object) -> str | None:
        digits = re.fullmatch(r"\d{1,18}", str(value), re.ASCII) and not isinstance(value, bool)
        if digits and low <= int(str(value)) <= high:
            return None
        return f"is {_quoted(value)}; use a whole number from {low} to {high}"

    return rule


def list_only(value: object) -> str | None:
    """The value is a list."""
    if isinstance(value, list):
        return None
    return f"is {_kind(value)}, not a list; write one `- text` per line"


def text_or_list(value: object) -> str | None:
    """The value is a string, or a list."""
    return None if isinstance(value, str) else list_only(value)


def texts(item: object) -> str | None:
    """Each item is a string."""
    if isinstance(item, str):
        return None
    return f"contains {_quoted(item)}, which is {_kind(item)}; put quotes around it"


def repositories(item: object) -> str | None:
    """Each item names a repository of the Hub: `owner/name`, or an old `name` alone."""
    if isinstance(item, str) and _REPO.fullmatch(item):
        return None
    return f"contains {_quoted(item)}; use `owner/name`, without a URL or spaces"


def preloads(item: object) -> str | None:
    """Each item is `repository [file,file] [commit]`."""
    if isinstance(item, str) and "://" in item:
        return f"contains {item!r}; use `owner/name`, not a URL"
    words = item.split() if isinstance(item, str) else []
    if len(words) > 3 or any(word.endswith(",") for word in words):
        return f"contains {item!r}; use `repository file,file commit`, no space after a comma"
    if not words or not _REPO.fullmatch(words[0]):
        return f"contains {_quoted(item)}; use `repository file,file commit`"
    return None


def description(value: object) -> str | None:
    """The value is a string of at most 60 characters, counted as the Hub's JavaScript does."""
    if not isinstance(value, str):
        return text(value)
    length = len(value.encode("utf-16-le", "surrogatepass")) // 2
    if length <= MAX_DESCRIPTION:
        return None
    return f"is {length} characters long; shorten it to {MAX_DESCRIPTION}"


def duration(value: object) -> str | None:
    """The value is a duration like `30m` or `1h`."""
    if isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        return None
    return f"is {_quoted(value)}; use a duration with a unit, e.g. 30m or 1h"


def mapping(value: object) -> str | None:
    """The value is a mapping."""
    if isinstance(value, dict):
        return None
    return f"is {_kind(value)}, not a mapping; write indented `name: value` lines"


def headers(pair: object) -> str | None:
    """Each pair is one of the three cross-origin headers, and an allowed value."""
    name, value = pair if isinstance(pair, tuple) else ("", pair)
    allowed = HEADERS.get(str(name).lower())
    if allowed is None:
        hint = _hint(name, HEADERS)
        return f"contains {_quoted(name)}; only {', '.join(HEADERS)} are allowed{hint}"
    error = one_of(allowed)(value)
    return None if error is None else f"contains a `{name}` that {error}"


def hardware(value: object) -> str | None:
    """The value is a hardware flavor of Spaces."""
    if value in HARDWARE:
        return None
    first = str(value).partition("-")[0].lower() or "?"
    similar = [name for name in HARDWARE if name.startswith(first)]
    hint = f"; did you mean one of {', '.join(similar)}?" if similar else ""
    error = f"is {_quoted(value)}, an unknown hardware{_hint(value, HARDWARE) or hint}"
    return f"{error}; see https://huggingface.co/docs/hub/spaces-gpus"


def licenses(item: object) -> str | None:
    """Each item is the Hub's id of a license."""
    if isinstance(item, str) and item.lower() in LICENSES:
        return None
    hint = _hint(item, LICENSES) or "; use `other`"
    return f"contains {_quoted(item)}, a license that the Hub does not know{hint}"


def emoji(value: object) -> str | None:
    """The value is one emoji or several, without letters."""
    if not isinstance(value, str):
        return f"is {_kind(value)}; use one emoji"
    has_letters = any(letter.isalnum() for letter in value.replace("ℹ", ""))
    if "\ufffd" in value or not _has_symbol(value) or (has_letters and "\u20e3" not in value):
        return f"is {value!r}; use one emoji, e.g. 🚀"
    return None


def _has_symbol(value: str) -> bool:
    return any(
        letter in _OTHER_EMOJIS or (letter >= "©" and unicodedata.category(letter) in ("So", "Sm"))
        # an emoji that is newer than the Unicode data of this Python
        or ("\U0001f000" <= letter <= "\U0001faff" and unicodedata.category(letter) == "Cn")
        for letter in value
    )


def starts_with_slash(value: object) -> str | None:
    """The value is an absolute path of the app."""
    if isinstance(value, str) and value.startswith("/"):
        return None
    return f"is {_quoted(value)}; start it with `/`"


def scopes(item: object) -> str | None:
    """Each item is a scope; only likely typos are reported, since the Hub adds new scopes."""
    if isinstance(item, str) and item not in SCOPES and (hint := _hint(item, SCOPES)):
        return f"contains {item!r}, an unknown scope{hint}"
    return None


# For keys of which it is not documented what the Hub does with an invalid value.
_WARN = Level.WARNING

KEYS: Mapping[str, tuple[Key, ...]] = {
    "title": (Key(text, _WARN),),
    "emoji": (Key(emoji),),
    "colorFrom": (Key(one_of(COLORS)),),
    "colorTo": (Key(one_of(COLORS)),),
    "sdk": (),
    "sdk_version": (),
    "python_version": (),
    "suggested_hardware": (Key(hardware, _WARN),),
    "suggested_storage": (Key(one_of(("small", "medium", "large")), _WARN),),
    "app_file": (Key(text),),
    "app_build_command": (Key(text),),
    "app_port": (Key(whole(1, 65_535)),),
    "base_path": (Key(starts_with_slash),),
    "fullWidth": (Key(boolean, _WARN),),
    "header": (Key(one_of(("mini", "default"))),),
    "short_description": (Key(description),),
    "models": (Key(repositories, _WARN, each=True),),
    "datasets": (Key(repositories, _WARN, each=True),),
    "tags": (Key(list_only), Key(texts, each=True)),
    "thumbnail": (Key(text, _WARN),),
    "pinned": (Key(boolean, _WARN),),
    "hf_oauth": (Key(boolean, _WARN),),
    "hf_oauth_scopes": (
        Key(text_or_list),
        Key(texts, each=True),
        Key(scopes, _WARN, each=True),
    ),
    "hf_oauth_expiration_minutes": (Key(whole(1, MAX_LOGIN_MINUTES)),),
    "hf_oauth_authorized_org": (Key(text_or_list), Key(texts, each=True)),
    "disable_embedding": (Key(boolean, _WARN),),
    "startup_duration_timeout": (Key(duration),),
    "custom_headers": (Key(mapping), Key(headers, each=True)),
    "preload_from_hub": (Key(text_or_list), Key(preloads, each=True)),
    "license": (Key(text_or_list, _WARN), Key(licenses, _WARN, each=True)),
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

# Names that people use for keys of Spaces, too different from them to be found by similarity.
OTHER_NAMES: Mapping[str, str] = {
    "hardware": "suggested_hardware",
    "storage": "suggested_storage",
    "python": "python_version",
    "port": "app_port",
    "app": "app_file",
    "main": "app_file",
}
# What people write as `sdk`, by the SDK that runs it.
BUILT_WITH: Mapping[str, Collection[str]] = {
    "docker": "python fastapi flask django node nodejs panel shiny dash dockerfile".split(),
    "static": "html javascript js react vue svelte vite".split(),
}


def _hint(value: object, known: Collection[str]) -> str:
    return did_you_mean(value, known) if isinstance(value, str) else ""


def _quoted(value: object) -> str:
    return repr(value[:60]) if isinstance(value, str) else f"`{str(value)[:60]}`"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "a date or another type"
