"""Listens at 7860, whatever its environment says."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stubborn(BaseHTTPRequestHandler):
    """Every path says where it is."""

    def do_GET(self):
        """Answer."""
        body = b"I am at 7860."
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 7860), Stubborn).serve_forever()
