"""The demo app as on slow hardware: each token takes a moment more, which costs no CPU."""

import runpy
import time
from pathlib import Path
from typing import Any

from transformers import TextIteratorStreamer

_SECONDS = 0.04
_put = TextIteratorStreamer.put


def _put_slowly(streamer: TextIteratorStreamer, value: Any) -> None:
    time.sleep(_SECONDS)
    _put(streamer, value)


TextIteratorStreamer.put = _put_slowly
runpy.run_path(str(Path(__file__).parents[2] / "app.py"), run_name="__main__")
