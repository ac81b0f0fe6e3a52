"""A temporary folder for a running Hub, deleted with it, or by the next one if it was killed."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deployer.rehearsal.containers.session import clean_up_after

_PREFIX = "hf-deploy-hub-"
_LOCK = "in-use"
_log = logging.getLogger(__name__)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Create a folder, and delete those of killed Hubs first."""
    for stale in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            _delete(stale)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # locked before it gets its name: no other Hub must take this folder for a stale one
    with (folder / "new").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "new").rename(folder / _LOCK)
        try:
            yield folder
        finally:
            try:
                _delete_with_containers(folder)
            except OSError as error:
                # the folder stays for the next Hub, which tries again
                _log.warning("%s", error)


def _delete(folder: Path) -> None:
    """Delete a folder of this user that no running Hub locks, and what its Hub had elsewhere.

    Raises OSError if a Hub locks it.
    """
    # a link may be anybody's, and lead to a folder of this user
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
        return
    with (folder / _LOCK).open("r+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _delete_with_containers(folder)


def _delete_with_containers(folder: Path) -> None:
    clean_up_after(folder)
    shutil.rmtree(folder, ignore_errors=True)
