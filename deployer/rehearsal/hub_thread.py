"""A thread that runs the Hub in its own event loop, and calls into it from other threads."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from deployer.rehearsal.hub import Hub

T = TypeVar("T")


class ChangeNotifier:
    """Lets other threads wait for changes of the Hub."""

    def __init__(self) -> None:
        self._version = 0
        self._changed = threading.Condition()

    def notify(self) -> None:
        """Wake all waiting threads: something changed."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], object], timeout: float) -> None:
        """Wait until a condition holds, checked at every change. Raises TimeoutError."""
        end = time.monotonic() + timeout
        while True:
            version = self._version
            if condition():
                return
            if not self._wait(version, end - time.monotonic()):
                raise TimeoutError(f"the condition did not hold within {timeout:g} seconds")

    def _wait(self, version: int, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._version != version, max(0.0, timeout))


@dataclass(frozen=True, slots=True)
class OpenHub:
    """A Hub that listens on a port."""

    hub: Hub
    port: int


Opener = Callable[[], AbstractAsyncContextManager[OpenHub]]


@dataclass(frozen=True, slots=True)
class _RunningHub:
    opened: OpenHub
    loop: asyncio.AbstractEventLoop
    stopping: asyncio.Event


class HubThread:
    """Runs the Hub that `opener` opens, until `stop`."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._running: Future[_RunningHub] = Future()
        self._thread = threading.Thread(target=self._run, name="local-hub", daemon=True)

    @property
    def opened(self) -> OpenHub:
        """The open Hub. Raises RuntimeError before the start."""
        if self._thread.ident is None:
            raise RuntimeError("the local Hub was not started")
        return self._running.result().opened

    def start(self) -> OpenHub:
        """Open the Hub. Raises what `opener` raises."""
        self._thread.start()
        return self.opened

    def stop(self) -> None:
        """Close the Hub, and wait until that is done."""
        if self._thread.is_alive():
            running = self._running.result()
            running.loop.call_soon_threadsafe(running.stopping.set)
            self._thread.join()

    def call(self, function: Callable[[Hub], T]) -> T:
        """Call a function with the Hub, in its event loop."""

        async def call() -> T:
            return function(self.opened.hub)

        return self.run(call())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the Hub's event loop, and give its result."""
        loop = self._running.result().loop
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            if not self._running.done():
                self._running.set_exception(RuntimeError("the local Hub could not start"))

    async def _main(self) -> None:
        stopping = asyncio.Event()
        try:
            async with self._opener() as opened:
                self._running.set_result(_RunningHub(opened, asyncio.get_running_loop(), stopping))
                await stopping.wait()
        except OSError as error:
            if self._running.done():
                raise
            self._running.set_exception(error)
