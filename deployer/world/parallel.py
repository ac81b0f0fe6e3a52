"""Several calls at a time, where what they wait for is not this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

Answer = TypeVar("Answer")

_AT_ONCE = 8


def run_all(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """What these calls give, in their order, several at a time. Raises what the first one raises.

    In daemon threads: one that hangs must not keep an interrupted process from ending.
    """
    left: SimpleQueue[tuple[int, Callable[[], Answer]]] = SimpleQueue()
    done: SimpleQueue[tuple[int, Answer | Exception]] = SimpleQueue()
    for numbered in enumerate(calls):
        left.put(numbered)

    def work() -> None:
        while True:
            try:
                number, call = left.get_nowait()
            except Empty:
                return
            try:
                done.put((number, call()))
            except Exception as error:  # pylint: disable=broad-exception-caught
                done.put((number, error))

    for _ in range(min(len(calls), _AT_ONCE)):
        threading.Thread(target=work, daemon=True).start()
    answers: dict[int, Answer] = {}
    while len(answers) < len(calls):
        number, answer = done.get()
        if isinstance(answer, Exception):
            raise answer
        answers[number] = answer
    return [answers[number] for number in range(len(calls))]


def submit(call: Callable[[], Answer]) -> Callable[[], Answer]:
    """Make a call beside whatever comes next; the function that this gives waits for its answer.

    That one raises what the call raises, and is to be called once, or not at all.
    """
    answered: SimpleQueue[Answer | Exception] = SimpleQueue()

    def work() -> None:
        try:
            answered.put(call())
        except Exception as error:  # pylint: disable=broad-exception-caught
            answered.put(error)

    threading.Thread(target=work, daemon=True).start()

    def answer() -> Answer:
        found = answered.get()
        if isinstance(found, Exception):
            raise found
        return found

    return answer
