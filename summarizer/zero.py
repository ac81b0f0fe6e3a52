"""ZeroGPU, a hardware of Spaces: the app has a GPU while a decorated function runs.

It runs in a forked process, its arguments and results are pickled, and closing the generator stops
it. The model is loaded before: https://huggingface.co/docs/hub/spaces-zerogpu
"""

import importlib
import os
from collections.abc import Callable, Iterator

from summarizer.answer import Update
from summarizer.request import Request

Write = Callable[[Request], Iterator[Update]]

IS_ZERO = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
# Imported before anything initializes CUDA, as its documentation asks; only Spaces have it.
SPACES = importlib.import_module("spaces") if IS_ZERO else None


def on_gpu(write: Write) -> Write:
    """The function, decorated to run on ZeroGPU; without ZeroGPU the function itself."""
    decorated: Write = SPACES.GPU(duration=seconds_for)(write) if SPACES else write
    return decorated


def seconds_for(request: Request) -> int:
    """GPU seconds to request; shorter requests get a better place in the queue."""
    return min(120, 30 + len(request.text) // 2_000)
