"""The folder that a Hub works in. It goes with the Hub, or with the next one that starts."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "hf-deploy-hub-"
_LOCK = "in-use"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new empty folder. What killed Hubs left behind is cleared away first."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            _clear(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # locked before it has its name, so that nobody takes this folder for one left behind
    with (folder / "new").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "new").rename(folder / _LOCK)
        try:
            (folder / "hub").mkdir()
            yield folder / "hub"
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Remove a folder of ours that no living Hub holds. Raises OSError where one does."""
    if folder.stat().st_uid != os.getuid():
        return
    with (folder / _LOCK).open("r+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
