"""The demo app as an MCP server; of the libraries for that, what its environment lacks is added."""

import importlib
import os
import runpy
import sys
from pathlib import Path

import gradio.mcp

sys.path.append(os.environ["MCP_LIBRARIES"])
importlib.reload(gradio.mcp)  # it looks for them when it is imported
runpy.run_path(str(Path(__file__).parents[2] / "app.py"), run_name="__main__")
