"""A clock for the sweep: waits take no time, and a request that hangs ends soon."""

from __future__ import annotations

import threading
import time

import httpx2
import pytest

from deployer.world import clock

_FACTOR = 40.0  # how much faster than on the clock a time-out passes
_MAX_TIMEOUT = 1.0  # seconds
_MAX_SLEEP = 0.02  # seconds


class NoTimeout(Exception):
    """A request hangs, and would do so for ever."""


def shorten(patch: pytest.MonkeyPatch, *, hangs: bool) -> None:
    """Let waits of huggingface_hub move the clock instead; with `hangs`, time-outs, too.

    For the fixture `no_waits`, which does the same for those of hf-deploy.
    """
    sleep, send = time.sleep, httpx2.HTTPTransport.handle_request

    def pass_at_once(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            clock.sleep(seconds)
        sleep(min(seconds, _MAX_SLEEP))

    def send_with_short_timeouts(
        transport: httpx2.HTTPTransport, request: httpx2.Request
    ) -> httpx2.Response:
        timeouts = request.extensions["timeout"]
        short = {
            name: min((value or _MAX_TIMEOUT * _FACTOR) / _FACTOR, _MAX_TIMEOUT)
            for name, value in timeouts.items()
        }
        request.extensions = {**request.extensions, "timeout": short}
        try:
            return send(transport, request)
        except httpx2.ReadTimeout:
            if timeouts["read"] is None:
                raise NoTimeout(f"{request.method} {request.url.path}") from None
            pass_at_once(timeouts["read"])
            raise

    patch.setattr(time, "sleep", pass_at_once)
    if hangs:
        patch.setattr(httpx2.HTTPTransport, "handle_request", send_with_short_timeouts)
