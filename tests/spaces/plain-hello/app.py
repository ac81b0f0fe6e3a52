"""Answers at once, with a greeting or with its own environment."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    """Every path says hello, except /environment."""

    def do_GET(self):
        """Answer."""
        seen = json.dumps({**os.environ, "CWD": os.getcwd()}).encode()
        body = seen if self.path == "/environment" else b"Hello!"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


address = os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])
print("The app listens.")
ThreadingHTTPServer(address, Hello).serve_forever()
