"""Check that a Gradio app is started: without `launch()` it ends at once, with exit code 0."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from deployer.checks import python
from deployer.problem import Level, Problem

Read = Callable[[str], bytes]

_GRADIO = re.compile(rb"^[ \t]*(?:import|from)[ \t]+gradio\b", re.MULTILINE)
_INTERFACE = re.compile(rb"\b(?:Blocks|Interface|ChatInterface|TabbedInterface)\b")
# `launch`, a server of another kind, or what may start either: a Gradio app mounted in FastAPI runs
_MAY_SERVE = re.compile(
    rb"launch|serve|uvicorn|hypercorn|gunicorn|waitress|FastAPI|Flask|Starlette|mount_gradio_app|"
    rb"aiohttp|tornado|asyncio|threading|subprocess|multiprocessing|runpy|importlib|__import__|"
    rb"\b(?:exec|eval)\(|\bos\.(?:system|exec|spawn|popen)|while True|Server\b|"
    rb"\b(?:run|start|main|cli|create_app)\w*\("
)


def check(app_file: str, deployed_paths: Collection[str], read: Read) -> list[Problem]:
    """A warning where neither `app_file` nor what it imports from the Space starts a server."""
    modules = python.reachable(app_file, deployed_paths, read)
    sources = b"\n".join(modules.values())
    is_app = _GRADIO.search(sources) and _INTERFACE.search(sources)
    if not is_app or _MAY_SERVE.search(sources):
        return []
    message = (
        "`launch()` is never called, so the app ends at once, without an error; call it on the "
        "Gradio app at the end"
    )
    return [Problem(app_file, None, message, Level.WARNING, name="app-not-launched")]
