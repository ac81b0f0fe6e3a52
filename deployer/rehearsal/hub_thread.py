"""The thread in which a Hub lives, and the ways in from other threads."""

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
    """Wakes whoever waits in another thread for something to change."""

    def __init__(self) -> None:
        self._version = 0
        self._changed = threading.Condition()

    def tell(self) -> None:
        """Something changed."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], object], timeout: float) -> None:
        """Wait until something holds, looking at every change. Raises TimeoutError."""
        end = time.monotonic() + timeout
        while True:
            seen = self._version
            if condition():
                return
            if not self._wait(seen, end - time.monotonic()):
                raise TimeoutError("the Hub did not come to that in time")

    def _wait(self, seen: int, left: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._version != seen, max(0.0, left))


@dataclass(frozen=True, slots=True)
class Open:
    """A Hub that answers at a port."""

    hub: Hub
    port: int


Opener = Callable[[], AbstractAsyncContextManager[Open]]


@dataclass(frozen=True, slots=True)
class _OpenHub:
    open: Open
    loop: asyncio.AbstractEventLoop
    stopping: asyncio.Event


class HubThread:
    """Runs what `opener` opens, in an event loop of its own, until it is told to stop."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._inside: Future[_OpenHub] = Future()
        self._thread = threading.Thread(target=self._run, name="local-hub", daemon=True)

    @property
    def open(self) -> Open:
        """What was opened. Raises RuntimeError before the start."""
        if self._thread.ident is None:
            raise RuntimeError("the Hub was not started")
        return self._inside.result().open

    def start(self) -> Open:
        """Open it. Raises what the opening raises."""
        self._thread.start()
        return self.open

    def stop(self) -> None:
        """Close it, and wait until that is done."""
        if self._thread.is_alive():
            inside = self._inside.result()
            inside.loop.call_soon_threadsafe(inside.stopping.set)
            self._thread.join()

    def call(self, work: Callable[[Hub], T]) -> T:
        """Do something with the Hub while it does nothing else."""

        async def called() -> T:
            return work(self.open.hub)

        return self.wait_for(called())

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the Hub's event loop, and give what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._inside.result().loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            if not self._inside.done():
                self._inside.set_exception(RuntimeError("the Hub could not start"))

    async def _main(self) -> None:
        stopping = asyncio.Event()
        try:
            async with self._opener() as opened:
                self._inside.set_result(_OpenHub(opened, asyncio.get_running_loop(), stopping))
                await stopping.wait()
        except OSError as error:
            if self._inside.done():
                raise
            self._inside.set_exception(error)
