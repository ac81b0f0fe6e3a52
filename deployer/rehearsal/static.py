"""A static Space: its files, served unchanged.

https://huggingface.co/docs/hub/spaces-sdks-static
"""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deployer.card.card import README
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.ranges import range_response
from deployer.rehearsal.repository import StoredCommit

_INDEX = "index.html"


class StaticSite:
    """The commit that a static Space serves, and the file that it shows first."""

    def __init__(self) -> None:
        self.commit: StoredCommit | None = None
        self.index = _INDEX

    def find_file(self, path: str) -> str | None:
        """The path in the repository for a path in a URL; None if there is no such file."""
        files = self.commit.files if self.commit else {}
        name = path.strip("/")
        wanted = (name, f"{name}/{_INDEX}") if name else (self.index,)
        return next((path for path in wanted if path in files and path != README), None)


def static_app(site: StaticSite, objects: Objects) -> ASGIApp:
    """An application that serves the files of a site."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        path = site.find_file(unquote(request.url.path))
        response: Response = PlainTextResponse("Not found\n", 404)
        if path is not None and site.commit is not None:
            data = objects.read(site.commit.files[path])
            response = range_response(request, data, path, {"Cache-Control": "no-cache"})
        await response(scope, receive, send)

    return serve
