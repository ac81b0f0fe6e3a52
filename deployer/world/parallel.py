"""Concurrent calls, for work that waits on the network or another process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

Result = TypeVar("Result")

_MAX_THREADS = 8


def run_all(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Make calls concurrently; return their results in order. Raises what the first failure raises.

    In daemon threads: a call that hangs must not keep an interrupted process from exiting.
    """
    pending: SimpleQueue[tuple[int, Callable[[], Result]]] = SimpleQueue()
    done: SimpleQueue[tuple[int, Result | Exception]] = SimpleQueue()
    for numbered in enumerate(calls):
        pending.put(numbered)

    def work() -> None:
        while True:
            try:
                number, call = pending.get_nowait()
            except Empty:
                return
            try:
                done.put((number, call()))
            except Exception as error:  # pylint: disable=broad-exception-caught
                done.put((number, error))

    for _ in range(min(len(calls), _MAX_THREADS)):
        threading.Thread(target=work, daemon=True).start()
    results: dict[int, Result] = {}
    while len(results) < len(calls):
        number, result = done.get()
        if isinstance(result, Exception):
            raise result
        results[number] = result
    return [results[number] for number in range(len(calls))]


def submit(call: Callable[[], Result]) -> Callable[[], Result]:
    """Start a call in a thread; return a function that waits for its result.

    That function raises what the call raises. It may be called at most once.
    """
    results: SimpleQueue[Result | Exception] = SimpleQueue()

    def work() -> None:
        try:
            results.put(call())
        except Exception as error:  # pylint: disable=broad-exception-caught
            results.put(error)

    threading.Thread(target=work, daemon=True).start()

    def wait() -> Result:
        result = results.get()
        if isinstance(result, Exception):
            raise result
        return result

    return wait
