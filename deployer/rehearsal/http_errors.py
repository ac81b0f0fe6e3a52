"""HTTP errors as the Hub sends them: a status, a message, and the code that clients check."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

REPO_NOT_FOUND = "RepoNotFound"
REVISION_NOT_FOUND = "RevisionNotFound"
ENTRY_NOT_FOUND = "EntryNotFound"


class HttpError(Exception):
    """Becomes an error response. `code` is its X-Error-Code; `more` are keys of its JSON body."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.more = more


class Redirect(Exception):
    """Becomes a redirect to the URL under a renamed repository."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


async def error_response(_: Request, error: Exception) -> Response:
    """The response for an HttpError."""
    assert isinstance(error, HttpError)
    headers = {"X-Error-Message": error.message.encode("ascii", "replace").decode()}
    if error.code:
        headers["X-Error-Code"] = error.code
    body = {"error": error.message, **error.more}
    return JSONResponse(body, error.status, headers)


async def redirect_response(_: Request, error: Exception) -> Response:
    """The response for a Redirect; 307 keeps the request's method."""
    assert isinstance(error, Redirect)
    return Response(status_code=307, headers={"Location": error.url})
