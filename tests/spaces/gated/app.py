"""Listens once the file that the variable GATE names is there."""

import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Opened(BaseHTTPRequestHandler):
    """Every path says that the gate is open."""

    def do_GET(self):
        """Answer."""
        body = b"The gate is open."
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


print("The app waits.")
while not os.path.exists(os.environ["GATE"]):
    time.sleep(0.02)
address = os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])
ThreadingHTTPServer(address, Opened).serve_forever()
