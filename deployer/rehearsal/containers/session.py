"""A Hub's use of the container engine: found when it is needed, cleaned up after."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from deployer.rehearsal.containers.engine import Engine, EngineError
from deployer.rehearsal.containers.find import PROGRAMS, find_engine, open_engine
from deployer.rehearsal.containers.leftovers import remove

_NOTE = "engine"  # a file that outlives a killed Hub: the name of the engine that it used


class EngineSession:
    """The engine of one Hub. `folder` is the Hub's own; its name labels all that the Hub makes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engine: Engine | None = None

    def find(self) -> Engine:
        """The engine of this machine. Raises NoEngine; looks again where it did before."""
        if self._engine is None:
            engine = find_engine(os.environ, self._folder.name)
            (self._folder / _NOTE).write_text(Path(engine.program).name, "ascii")
            self._engine = engine
        return self._engine


def clean_up_after(folder: Path) -> None:
    """Remove all containers and images of a Hub that has ended, by its folder.

    Raises OSError if its engine isn't here, or doesn't work at the moment.
    """
    note = folder / _NOTE
    name = note.read_text("ascii", "replace") if note.exists() else None
    if name not in PROGRAMS:
        return
    try:
        remove(open_engine(shutil.which(name) or name, os.environ, folder.name))
    except EngineError as error:
        raise OSError(f"containers of {folder.name} are left: {error}") from None
