"""A Gradio app that nothing starts ends at once; what may start it is not reported."""

from __future__ import annotations

import pytest

from deployer.checks.launch import check
from deployer.problem import Level

APP = "import gradio as gr\n\ndemo = gr.Interface(fn=str, inputs='text', outputs='text')\n"
BLOCKS = "from gradio import Blocks\n\nwith Blocks() as demo:\n    pass\n"
UI = "import ui\n\nprint(ui.demo)\n"


@pytest.mark.parametrize(
    "sources",
    [{"app.py": APP}, {"app.py": BLOCKS}, {"app.py": UI, "ui.py": APP, "other.py": "x.launch()"}],
    ids=["interface", "blocks", "a module"],
)
def test_an_app_without_launch_is_a_warning(sources: dict[str, str]) -> None:
    (found,) = check("app.py", sources, lambda path: sources[path].encode())
    assert (found.path, found.level) == ("app.py", Level.WARNING)
    assert "`launch()`" in found.message


@pytest.mark.parametrize(
    "sources",
    [
        {"app.py": f"{APP}demo.launch()\n"},
        {"app.py": f"{APP}if __name__ == '__main__':\n    demo.queue().launch(share=True)\n"},
        {"app.py": UI, "ui.py": f"{APP}demo.launch()\n"},
        {"app.py": "from src.ui import demo\n", "src/ui.py": f"{APP}demo.launch()\n"},
        {
            "app.py": "from fastapi import FastAPI\nimport gradio as gr\n"
            "with gr.Blocks() as demo: ...\napp = gr.mount_gradio_app(FastAPI(), demo, path='/')\n"
        },
        {"app.py": f"import uvicorn\n{APP}uvicorn.run(demo.app, port=7860)\n"},
        {"app.py": "import os\nos.system('python webui.py')\n", "webui.py": APP},
        {"app.py": f"{APP}from helper import main\nmain(demo)\n"},
        {"app.py": "import streamlit as st\nst.title('x')\n"},
        {"app.py": "print('It runs.')\n"},
        {"app.py": f"{APP}import (\n"},
        {"app.py": f"import helper\n{APP}", "helper.py": "x = = 1\n"},
        {"main.py": APP},
    ],
)
def test_what_may_start_a_server_is_not_reported(sources: dict[str, str]) -> None:
    assert not check("app.py", sources, lambda path: sources[path].encode())


def test_a_module_that_cannot_be_read_may_start_it() -> None:
    sources = {"app.py": f"import helper\n{APP}", "helper.py": ""}

    def read(path: str) -> bytes:
        if path == "helper.py":
            raise OSError
        return sources[path].encode()

    assert not check("app.py", sources, read)
