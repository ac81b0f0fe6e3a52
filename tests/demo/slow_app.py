"""The demo app with a large model on slow hardware: each token takes a moment, but no CPU.

The model is the tiny one, taken for a large one: it writes freely.
"""

import runpy
import time
from pathlib import Path
from typing import Any

from transformers import LlamaForCausalLM

from summarizer import model

_SECONDS = 0.5
_forward = LlamaForCausalLM.forward


def _forward_slowly(*args: Any, **kwargs: Any) -> Any:
    time.sleep(_SECONDS)
    return _forward(*args, **kwargs)


LlamaForCausalLM.forward = _forward_slowly
model._SMALL = 0  # pylint: disable=protected-access
runpy.run_path(str(Path(__file__).parents[2] / "app.py"), run_name="__main__")
