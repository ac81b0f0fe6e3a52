"""The demo app as on slow hardware: each token takes a moment more, which costs no CPU."""

import runpy
import time
from pathlib import Path
from typing import Any

from transformers import RepetitionPenaltyLogitsProcessor

_SECONDS = 0.1
_penalize = RepetitionPenaltyLogitsProcessor.__call__


def _penalize_slowly(*arguments: Any) -> Any:
    time.sleep(_SECONDS)
    return _penalize(*arguments)


RepetitionPenaltyLogitsProcessor.__call__ = _penalize_slowly
runpy.run_path(str(Path(__file__).parents[2] / "app.py"), run_name="__main__")
