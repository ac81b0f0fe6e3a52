"""HTTP responses with a file's bytes, or with the range of them that was requested."""

from __future__ import annotations

import re
from collections.abc import Mapping
from mimetypes import guess_type

from starlette.requests import Request
from starlette.responses import Response

_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


def range_response(
    request: Request, data: bytes, path: str, headers: Mapping[str, str]
) -> Response:
    """The response to a request for a file, its media type guessed from the path."""
    media_type = guess_type(path)[0] or "application/octet-stream"
    all_headers = {**headers, "Accept-Ranges": "bytes"}
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted is None or not any(wanted.groups()):
        return Response(data, 200, all_headers, media_type)
    first, last = _bounds(wanted, len(data))
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(data)}"})
    all_headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, all_headers, media_type)


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    if not wanted["first"]:
        return max(0, size - int(wanted["last"])), size - 1
    last = int(wanted["last"]) if wanted["last"] else size - 1
    return int(wanted["first"]), min(last, size - 1)
