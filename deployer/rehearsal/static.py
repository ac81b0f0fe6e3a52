"""A static Space: its files, served as they are.

https://huggingface.co/docs/hub/spaces-sdks-static
"""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deployer.card.card import README
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.ranges import ranged
from deployer.rehearsal.repository import StoredCommit

_INDEX = "index.html"


class StaticSite:
    """Which commit a static Space shows, and the file that it starts with."""

    def __init__(self) -> None:
        self.commit: StoredCommit | None = None
        self.start = _INDEX

    def find(self, path: str) -> str | None:
        """The path in the repository that an address means."""
        files = self.commit.files if self.commit else {}
        name = path.strip("/")
        wanted = (name, f"{name}/{_INDEX}") if name else (self.start,)
        return next((path for path in wanted if path in files and path != README), None)


def static_site(shelf: StaticSite, objects: Objects) -> ASGIApp:
    """The files of a shelf as a web site."""

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        path = shelf.find(unquote(request.url.path))
        response: Response = PlainTextResponse("Not found\n", 404)
        if path is not None and shelf.commit is not None:
            data = objects.read(shelf.commit.files[path])
            response = ranged(request, data, path, {"Cache-Control": "no-cache"})
        await response(scope, receive, send)

    return site
