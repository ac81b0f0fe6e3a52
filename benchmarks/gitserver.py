"""A local git server: `git http-backend` behind a minimal HTTP server."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.proxy import LOOPBACK
from benchmarks.repositories import GIT_ENVIRONMENT

_NAME = "space.git"


class GitServer:
    """Serve one bare repository inside a `with`; any password may push."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / _NAME
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch", "main", str(self.repository)],
            env={**os.environ, **GIT_ENVIRONMENT},
            check=True,
        )
        handler = type("Handler", (_Handler,), {"root": folder})
        self._server = ThreadingHTTPServer((LOOPBACK, 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_address[1]

    def blobs(self) -> dict[str, str]:
        """The blob id of each file at the head."""
        entries = self._git("ls-tree", "-r", "-z", "main").split("\0")[:-1]
        parts = [entry.partition("\t") for entry in entries]
        return {path: fields.split()[2] for fields, _, path in parts}

    def commits(self) -> int:
        """The number of commits."""
        return int(self._git("rev-list", "--count", "--all"))

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "--git-dir", str(self.repository), *arguments],
            env={**os.environ, **GIT_ENVIRONMENT},
            check=True,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ).stdout


class _Handler(BaseHTTPRequestHandler):
    """Run git for each request. https://git-scm.com/docs/git-http-backend"""

    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        """Serve the refs, which a client requests first."""
        self._run(b"")

    def do_POST(self) -> None:  # pylint: disable=invalid-name
        """Serve a fetch or a push."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            self._run(self._chunks())
        else:
            self._run(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
        """Print nothing."""

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _run(self, body: bytes) -> None:
        if "Authorization" not in self.headers:  # git first tries without it, as with the Hub
            self._respond(401, {"WWW-Authenticate": "Basic"}, b"")
            return
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            **GIT_ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": LOOPBACK,
            "REMOTE_USER": "julia",
        }
        output = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, check=True, capture_output=True
        ).stdout
        head, _, content = output.partition(b"\r\n\r\n")
        lines = (line.partition(": ") for line in head.decode("latin-1").split("\r\n"))
        headers = {name: value for name, _, value in lines}
        self._respond(int(headers.pop("Status", "200").split()[0]), headers, content)

    def _respond(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
