"""The demo app as its own process on this machine, as a Space would start it."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NO_MODEL = "/nonexistent"
_TINY_MODEL = Path(__file__).with_name("tiny_model.py")
_START_TIMEOUT = 90.0  # seconds; torch is imported meanwhile


@dataclass(frozen=True)
class App:
    """A running app."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def memory(self) -> int:
        """Bytes that the process holds in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("utf-8").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def make_models(python: str, folder: Path) -> Path:
    """Make two models in this folder by the demo's Python: "tiny", and one that is "slow"."""
    subprocess.run([python, str(_TINY_MODEL), str(folder)], check=True, capture_output=True)
    return folder


@contextmanager
def running_app(python: str, model_id: str | Path, folder: Path, **more: str) -> Iterator[App]:
    """Start app.py on a free port of this machine, and end it afterwards."""
    port = _free_port()
    env = os.environ | {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "tmp"),
        "HF_HOME": str(folder / "hub"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        "MODEL_ID": str(model_id),
        **more,
    }
    log = folder / "app.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [python, str(ROOT / "app.py")], cwd=folder, env=env, stdout=output, stderr=output
        ) as process,
    ):
        try:
            app = App(f"http://127.0.0.1:{port}/", process, log)
            _wait_until_it_answers(app)
            yield app
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(app: App) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(app.address, timeout=5):
                return
        except OSError:  # not listening yet; a process that ended never will be
            if app.process.poll() is not None:
                break
            time.sleep(0.1)  # a port has no event to wait for
    pytest.fail(f"app.py did not start:\n{app.log.read_text(errors='replace')[-4000:]}")
