"""A Hub's use of the container engine: found when it is needed, cleaned up when the Hub ends."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from deployer.rehearsal.containers.engine import Engine, EngineError
from deployer.rehearsal.containers.find import find_engine, open_engine
from deployer.rehearsal.containers.leftovers import remove

_NOTE = "engine"  # a file that outlives a killed Hub: the name of the engine that it used


class EngineSession:
    """The engine of one Hub. `folder` is the Hub's own; its name labels all that the Hub makes."""

    def __init__(self, folder: Path) -> None:
        self.label = folder.name
        self._note = folder / _NOTE
        self._engine: Engine | None = None

    def find(self) -> Engine:
        """The engine of this machine. Raises NoEngine; looks again where it did before."""
        if self._engine is None:
            engine = find_engine(os.environ, self.label)
            self._note.write_text(Path(engine.program).name, "utf-8")
            self._engine = engine
        return self._engine

    def close(self) -> None:
        """Remove all containers and images of the Hub."""
        if self._engine is not None:
            with suppress(EngineError):
                remove(self._engine)


def clean_up_after(folder: Path) -> None:
    """Remove all containers and images of a Hub that was killed, by its folder.

    Raises OSError if its engine doesn't work at the moment.
    """
    note = folder / _NOTE
    if not note.exists():
        return
    # only a name is read: the program is the one that this user runs under it
    name = Path(note.read_text("utf-8")).name
    program = shutil.which(name)
    if program is not None:
        try:
            remove(open_engine(program, os.environ, folder.name))
        except (EngineError, ValueError) as error:
            raise OSError(str(error)) from None
