"""All routes together, behind the recorder and the faults."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from deployer.rehearsal.faults import faulty
from deployer.rehearsal.http_errors import HttpError, Redirect, redirect, refuse
from deployer.rehearsal.hub import Hub
from deployer.rehearsal.request_log import recorded
from deployer.rehearsal.routes import (
    account,
    changes,
    files,
    logs,
    refs,
    repos,
    runtime,
    settings,
    transfer,
    tree,
)

_SUBJECTS = (account, repos, settings, refs, tree, changes, transfer, files, runtime, logs)


def application(hub: Hub) -> ASGIApp:
    """The Hub as an ASGI application."""
    routes = [route for subject in _SUBJECTS for route in subject.ROUTES]
    app = Starlette(routes=routes, exception_handlers={HttpError: refuse, Redirect: redirect})
    app.state.hub = hub
    shaken = faulty(_raw_paths(app), hub.scenario)
    return recorded(shaken, hub.book, transfer.CONTENT)


def _raw_paths(app: ASGIApp) -> ASGIApp:
    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        # a slash inside a revision or a path comes as %2F and must not part it
        await app({**scope, "path": scope["raw_path"].decode("latin-1")}, receive, send)

    return routed
