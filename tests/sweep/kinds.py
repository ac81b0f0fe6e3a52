"""The kinds of faults that the sweep plays at each request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

_PAGE = "<html><body>Please log in</body></html>"
_HTML = {"content-type": "text/html"}
_SPACE_NOT_FOUND = {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}
_BAD_TOKEN = {"X-Error-Message": "Invalid credentials in Authorization header"}


class Nature(Enum):
    """What a single fault of a kind means.

    PASSING: the request is to be sent again. REFUSED: a "no", which may be believed before the
    commit. UNNOTICED: an answer that some routes may give, although the request had no effect.
    """

    PASSING = 1
    REFUSED = 2
    UNNOTICED = 3


@dataclass(frozen=True)
class Kind:
    """A kind of fault; `happens` are the fields of its `Fault`, `only` is where it is played."""

    nature: Nature
    happens: Mapping[str, Any]
    only: str = ""


def _refused(status: int, headers: Mapping[str, str] | None = None) -> Kind:
    return Kind(Nature.REFUSED, {"status": status, "headers": headers or {}})


def _passing(**happens: Any) -> Kind:
    return Kind(Nature.PASSING, happens)


def _is_list(body: bytes) -> bool:
    return body.startswith(b"[")


KINDS = {
    "429": _passing(status=429, headers={"Retry-After": "1"}),
    "500": _passing(status=500),
    "502": _passing(status=502, body=_PAGE, headers=_HTML),
    "503": _passing(status=503),
    "502 after effect": _passing(status=502, rewrite=lambda body: body),
    "request lost": _passing(drop="before"),
    "answer lost": _passing(drop="after"),
    "answer torn": _passing(drop="within"),
    "no answer": _passing(hang=True),
    "answer stalls": _passing(drop="within", hang=True),
    "empty body": _passing(rewrite=lambda _: b""),
    "half a body": _passing(rewrite=lambda body: body[: len(body) // 2]),
    "null": _passing(rewrite=lambda _: b"null"),
    "wrong type": _passing(rewrite=lambda body: b"{}" if _is_list(body) else b"[]"),
    "no keys": _passing(rewrite=lambda body: b"[{}]" if _is_list(body) else b"{}"),
    "page": _passing(rewrite=lambda _: _PAGE.encode(), headers=_HTML),
    "foreign body": Kind(Nature.PASSING, {"rewrite": lambda _: b"of another file"}, "/resolve/"),
    "page, no effect": Kind(Nature.UNNOTICED, {"status": 200, "body": _PAGE, "headers": _HTML}),
    "{}, no effect": Kind(Nature.UNNOTICED, {"status": 200, "body": "{}"}),
    "401": _refused(401, _BAD_TOKEN),
    "403": _refused(403),
    "404": _refused(404, _SPACE_NOT_FOUND),
    "409": _refused(409),
    "412": _refused(412),
}

# of the kinds, those that are also played at each such request from one on
FOR_GOOD = ("503", "answer lost", "no answer", "no keys", "page", "403", "404")
