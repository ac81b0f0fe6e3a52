"""Bytes as an HTTP answer, or the one range of them that is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from mimetypes import guess_type

from starlette.requests import Request
from starlette.responses import Response

_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


def ranged(request: Request, data: bytes, path: str, headers: Mapping[str, str]) -> Response:
    """The answer to a request for a file; its type goes by the path."""
    kind = guess_type(path)[0] or "application/octet-stream"
    told = {**headers, "Accept-Ranges": "bytes"}
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or not any(asked.groups()):
        return Response(data, 200, told, kind)
    first, last = _bounds(asked, len(data))
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(data)}"})
    told["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, told, kind)


def _bounds(asked: re.Match[str], size: int) -> tuple[int, int]:
    if not asked["first"]:
        return max(0, size - int(asked["last"])), size - 1
    last = int(asked["last"]) if asked["last"] else size - 1
    return int(asked["first"]), min(last, size - 1)
