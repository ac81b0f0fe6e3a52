"""Which model is loaded, how it is downloaded, and what the page shows until it is there."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from summarizer import Loader, loading
from summarizer.loading import CPU_MODEL, GPU_MODEL, Loading

# pylint: disable=missing-function-docstring  # the names are the sentences

ROOT = Path(__file__).parents[2]
FETCH = "import sys; from summarizer.loading import fetch; print(fetch(sys.argv[1], print))"


COMMIT = "c" * 40
CONTENT = {
    "config.json": b"{}",
    "model.safetensors": bytes(3_000_000),
    "onnx/model.onnx": bytes(1_000_000),
}


class Hub(BaseHTTPRequestHandler):
    """What the client asks a Hub for a model: its commit, its files, and each of them."""

    def do_HEAD(self) -> None:  # pylint: disable=invalid-name
        """The length and the id of a file."""
        self.do_GET()

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        """The commit, the list of files, or a file."""
        path = urlsplit(self.path).path
        if path in ("/api/models/my/model", "/api/models/my/model/revision/main"):
            return self._send(json.dumps({"id": "my/model", "sha": COMMIT}).encode())
        if path.startswith("/api/models/my/model/tree/"):
            files = [
                {"type": "file", "path": name, "size": len(data), "oid": f"{number:040}"}
                for number, (name, data) in enumerate(CONTENT.items())
            ]
            return self._send(json.dumps(files).encode())
        if (name := path.removeprefix(f"/my/model/resolve/{COMMIT}/")) in CONTENT:
            return self._send(CONTENT[name])
        return self.send_error(404)

    def log_message(self, *_: object) -> None:  # pylint: disable=arguments-differ
        """Print nothing."""

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{len(body)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@contextmanager
def model_hub() -> Iterator[str]:
    """A Hub that has one model."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def silent_hub() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def run(*command: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {
        "HF_HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "HF_HUB_DISABLE_PROGRESS_BARS": "0",
    }
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | own | environment
    )


def test_the_model_is_chosen_by_the_hardware_and_model_id_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_NVIDIA", tmp_path / "none")
    assert Loader().model_id == Loader("").model_id == CPU_MODEL
    monkeypatch.setattr(loading, "_NVIDIA", tmp_path)
    assert Loader().model_id == GPU_MODEL
    assert Loader("my/model").model_id == "my/model"


def test_the_page_shows_how_much_of_the_model_is_downloaded() -> None:
    loader = Loader("my/model")
    assert loader.describe().startswith("The model model is being loaded.")
    loader.state = Loading(120_000_000, 480_000_000)
    assert "is being downloaded, 120 of 480 MB (25%)" in loader.describe()
    assert isinstance(loader.state, Loading)


def test_a_model_is_downloaded_without_what_is_not_used_and_the_bytes_are_reported(
    demo_python: str, tmp_path: Path
) -> None:
    with model_hub() as url:
        ended = run(demo_python, "-c", FETCH, "my/model", home=tmp_path, HF_ENDPOINT=url)
    *reported, folder = ended.stdout.splitlines()
    assert {file.name for file in Path(folder).iterdir()} == {"config.json", "model.safetensors"}
    assert reported[-1] == "3000002 3000002"
    again = run(
        demo_python, "-c", FETCH, "my/model", home=tmp_path, HF_ENDPOINT="http://127.0.0.1:9"
    )
    assert again.stdout.splitlines() == [folder]


def test_without_progress_bars_a_model_is_downloaded_all_the_same(
    demo_python: str, tmp_path: Path
) -> None:
    silent = {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    with model_hub() as url:
        ended = run(demo_python, "-c", FETCH, "my/model", home=tmp_path, HF_ENDPOINT=url, **silent)
    assert (Path(ended.stdout.strip()) / "config.json").is_file()


def test_a_hub_that_never_answers_is_given_up_within_seconds(
    demo_python: str, tmp_path: Path
) -> None:
    start = time.monotonic()
    with silent_hub() as url:
        ended = run(demo_python, "-c", FETCH, "my/model", home=tmp_path, HF_ENDPOINT=url)
    assert "LocalEntryNotFoundError" in ended.stderr
    assert time.monotonic() - start < 60  # ten for the Hub, the others for the imports


def test_make_demo_says_that_no_hub_answers_and_succeeds(tmp_path: Path) -> None:
    with silent_hub() as url:
        ended = run(sys.executable, "tools/preload.py", home=tmp_path, HF_ENDPOINT=url)
    assert ended.returncode == 0
    assert f"{CPU_MODEL} could not be downloaded (" in ended.stdout
    assert "the demo quotes sentences instead" in ended.stdout
