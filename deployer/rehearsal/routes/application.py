"""The Hub as an ASGI application: all routes, faults injected, requests recorded."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from deployer.rehearsal.access import with_access_rules
from deployer.rehearsal.faults import with_faults
from deployer.rehearsal.http_errors import HttpError, Redirect, error_response, redirect_response
from deployer.rehearsal.hub import Hub
from deployer.rehearsal.request_log import with_request_log
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
    """The application that serves a Hub."""
    routes = [route for subject in _SUBJECTS for route in subject.ROUTES]
    app = Starlette(
        routes=routes, exception_handlers={HttpError: error_response, Redirect: redirect_response}
    )
    app.state.hub = hub
    app_with_faults = with_faults(_route_raw_paths(app), hub.scenario)
    recorded = with_request_log(app_with_faults, hub.request_log, transfer.CONTENT)
    return with_access_rules(
        recorded, lambda token: hub.tokens.owner_of(token) is not None, transfer.CONTENT
    )


def _route_raw_paths(app: ASGIApp) -> ASGIApp:
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        # %2F in a revision or a path must not separate path segments
        await app({**scope, "path": scope["raw_path"].decode("latin-1")}, receive, send)

    return handle
