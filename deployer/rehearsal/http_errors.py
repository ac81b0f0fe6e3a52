"""How the Hub says no: a status, a sentence, and the code that clients go by."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

REPO = "RepoNotFound"
REVISION = "RevisionNotFound"
ENTRY = "EntryNotFound"


class HttpError(Exception):
    """Answer with `status`, the message, the X-Error-Code if there is one, and more JSON keys."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.more = more


class Redirect(Exception):
    """Answer with a redirect: the repository has another name now."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


async def refuse(_: Request, error: Exception) -> Response:
    """A Refusal as an answer."""
    assert isinstance(error, HttpError)
    headers = {"X-Error-Message": error.message.encode("ascii", "replace").decode()}
    if error.code:
        headers["X-Error-Code"] = error.code
    body = {"error": error.message, **error.more}
    return JSONResponse(body, error.status, headers)


async def redirect(_: Request, error: Exception) -> Response:
    """A Moved as an answer; the method is kept."""
    assert isinstance(error, Redirect)
    return Response(status_code=307, headers={"Location": error.url})
