"""Serves this folder, and has a child that uses CPU and memory until its parent ends."""

import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

parent = os.getpid()
if os.fork() == 0:
    held = b"x" * 200_000_000
    while os.getppid() == parent:
        pass
    os._exit(0)

address = os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])
ThreadingHTTPServer(address, SimpleHTTPRequestHandler).serve_forever()
