"""The demo app as a process of its own, with the environment that a Space would give it."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fork_server import ForkedProcess, ForkServer

ROOT = Path(__file__).parents[2]
APP = ROOT / "app.py"
SLOW_APP = Path(__file__).with_name("slow_app.py")
LARGE_APP = Path(__file__).with_name("large_app.py")
NO_MODEL = "/nonexistent"
_TINY_MODEL = Path(__file__).with_name("tiny_model.py")
_START_TIMEOUT = 90.0  # seconds
# not imported by these: gradio.http_server, which reads the port from the environment
DEMO = ["gradio", "pypdf", "torch", "transformers.models.llama.modeling_llama"]


@dataclass(frozen=True)
class App:
    """A running app."""

    url: str
    process: ForkedProcess
    log: Path

    @property
    def memory(self) -> int:
        """Bytes that the process holds in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("utf-8").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def run(server: ForkServer, program: Path, *arguments: str, **environment: str) -> str:
    """Run a program to its end, which must be a success; returns its stdout."""
    process = server.start(
        [str(program), *arguments], program.parent, os.environ | environment, subprocess.DEVNULL
    )
    out, err = process.communicate(100)
    assert process.returncode == 0, err.decode()
    return out.decode()


def make_models(server: ForkServer, folder: Path) -> Path:
    """Make two models in this folder, "tiny" and "slow"."""
    run(server, _TINY_MODEL, str(folder))
    return folder


@contextmanager
def running_app(
    server: ForkServer,
    model_id: str | Path,
    folder: Path,
    program: Path = APP,
    port: int = 0,
    **more: str,
) -> Iterator[App]:
    """Start the app on this port, or on a free one, and end it afterwards."""
    port = port or _free_port()
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
    process = server.start_logged([str(program)], folder, env, log)
    try:
        app = App(f"http://127.0.0.1:{port}/", process, log)
        _wait_until_it_answers(app)
        yield app
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(app: App) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(app.url, timeout=5):
                return
        except OSError:  # not listening yet; a process that ended never will be
            if app.process.poll() is not None:
                break
            time.sleep(0.1)  # a port has no event to wait for
    pytest.fail(f"app.py did not start:\n{app.log.read_text(errors='replace')[-4000:]}")
