"""The demo app, with the tiny model taken for a large one: it writes freely."""

import runpy
from pathlib import Path

from summarizer import model

model._SMALL = 0  # pylint: disable=protected-access
runpy.run_path(str(Path(__file__).parents[2] / "app.py"), run_name="__main__")
