"""Stands in for ZeroGPU: runs a decorated generator in a forked process, as that hardware does.

What goes in and comes out is pickled; closing the generator asks the process to close its own at
the next value. Written after https://huggingface.co/docs/hub/spaces-zerogpu.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

_FORK = multiprocessing.get_context("fork")
Generate = Callable[..., Iterator[Any]]

durations: list[float] = []


def GPU(  # pylint: disable=invalid-name  # it is called so there
    *, duration: Callable[..., float]
) -> Callable[[Generate], Generate]:
    """The decorator; `duration` is called with what the function is called with."""

    def decorate(task: Generate) -> Generate:
        def run(*arguments: Any) -> Iterator[Any]:
            durations.append(duration(*arguments))
            given, values, stop = _FORK.Queue(), _FORK.Queue(), _FORK.Event()
            given.put(arguments)
            process = _FORK.Process(target=_work, args=(task, given, values, stop))
            process.start()
            try:
                while (message := values.get(timeout=60))[0] == "value":
                    yield message[1]
            finally:
                stop.set()
                process.join(60)

        return run

    return decorate


def _work(task: Generate, given: Any, values: Any, stop: Any) -> None:
    generator: Any = task(*given.get())
    for value in generator:
        if stop.is_set():
            generator.close()
            break
        values.put(("value", value))
    values.put(("end", None))
