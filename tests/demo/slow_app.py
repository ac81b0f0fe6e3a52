"""The demo app as on slow hardware: each token takes a moment more, which costs no CPU."""

import runpy
import time
from pathlib import Path
from typing import Any

from transformers import LlamaForCausalLM

_SECONDS = 0.5
_forward = LlamaForCausalLM.forward


def _forward_slowly(*args: Any, **kwargs: Any) -> Any:
    time.sleep(_SECONDS)
    return _forward(*args, **kwargs)


LlamaForCausalLM.forward = _forward_slowly
runpy.run_path(str(Path(__file__).parents[2] / "app.py"), run_name="__main__")
