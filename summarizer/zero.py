"""ZeroGPU, a hardware of Spaces: a GPU is lent for as long as a decorated function runs.

The rules are from https://huggingface.co/docs/hub/spaces-zerogpu: the model is placed on the GPU
while the app is imported, and the function runs in a forked process. What goes into it and comes
out of it is pickled; it is stopped by closing the generator that it is.
"""

import importlib
import os
from collections.abc import Callable, Iterator

from summarizer.answer import Update
from summarizer.request import Request

Write = Callable[[Request], Iterator[Update]]

IS_ZERO = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
# Imported here, before anything looks for a GPU; only Spaces have it.
SPACES = importlib.import_module("spaces") if IS_ZERO else None


def on_gpu(write: Write) -> Write:
    """The same function, run where the GPU is; anywhere but on ZeroGPU, the function itself."""
    if SPACES is None:
        return write
    decorated: Write = SPACES.GPU(duration=seconds_for)(write)
    return decorated


def seconds_for(request: Request) -> int:
    """How long the GPU is asked for; asking for less puts the visitor further ahead."""
    return min(120, 30 + len(request.text) // 2_000)
