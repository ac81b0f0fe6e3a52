"""A stand-in for the API that Lambda offers to a runtime, over HTTP on loopback.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

_PREFIX = "/2018-06-01/runtime"
_INVOCATION = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
_TIMEOUT = 20.0  # seconds


@dataclass
class RuntimeApi:
    """Events for a function, and what it answers: a path below the invocation, and a body."""

    host: str = ""
    events: Queue[dict[str, Any]] = field(default_factory=Queue)
    answers: Queue[tuple[str, Any]] = field(default_factory=Queue)

    def invoke(self, event: dict[str, Any]) -> Any:
        """What the function responds to an event; fails if it reports an error."""
        self.events.put(event)
        kind, body = self.answers.get(timeout=_TIMEOUT)
        assert kind == f"{_PREFIX}/invocation/{_INVOCATION}/response", body
        return body


@contextmanager
def serve_runtime_api() -> Iterator[RuntimeApi]:
    """Serve the API to one runtime."""
    api = RuntimeApi()

    class Handler(BaseHTTPRequestHandler):
        """One request of the runtime."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # pylint: disable=invalid-name
            """Wait for the next event."""
            assert self.path == f"{_PREFIX}/invocation/next"
            body = json.dumps(api.events.get()).encode()
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", _INVOCATION)
            self.send_header("Lambda-Runtime-Deadline-Ms", "4102444800000")
            self.send_header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:us-east-1:123456789012:function:addition",
            )
            self._end(body)

        def do_POST(self) -> None:  # pylint: disable=invalid-name
            """Take a response, or an error."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(202)
            self._end(b"{}")
            api.answers.put((self.path, body))

        def _end(self, body: bytes) -> None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:  # pylint: disable=arguments-differ
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.block_on_close = False  # one thread waits for an event that does not come
        api.host = f"127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield api
        finally:
            server.shutdown()
