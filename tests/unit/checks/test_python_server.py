"""Where a Python file makes its server listen, as far as the file says so plainly."""

from __future__ import annotations

import pytest

from deployer.card.card import parse
from deployer.checks.local import check_files
from deployer.checks.python_server import listening_in
from deployer.problem import Level, Problem
from deployer.source.snapshot import File

E, W = Level.ERROR, Level.WARNING
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
UVICORN = "import uvicorn, os\n"
GRADIO = "import gradio as gr\nwith gr.Blocks() as demo:\n    pass\n"


def found_in(source: str, environment: str = "") -> list[Problem]:
    """What is wrong with a Docker Space that starts this file."""
    sources = {
        "README.md": b"---\nsdk: docker\n---\n",
        "Dockerfile": f"FROM python:3.12\nCOPY . .\n{environment}\nCMD python app.py\n".encode(),
        "app.py": source.encode(),
    }
    card = parse(sources["README.md"].decode())
    assert card is not None
    deployed = {path: File.of_bytes(path, data) for path, data in sources.items()}
    return check_files(card, deployed, sources.__getitem__)


@pytest.mark.parametrize(
    ("source", "line", "level", "name"),
    [
        (FLASK + "app.run(threaded=True, processes=1)", 3, E, "localhost"),
        (
            FLASK + "if __name__ == '__main__':\n    app.run(debug=True, port=7860)",
            4,
            E,
            "localhost",
        ),
        (FLASK + "app.run(host='0.0.0.0')", 3, E, "port"),
        (FLASK + "PORT = 8080\napp.run(host='::', port=PORT)", 4, E, "port"),
        (UVICORN + "uvicorn.run('app:app', host='127.0.0.1', port=7860)", 2, E, "localhost"),
        (UVICORN + "uvicorn.run(app, host='0.0.0.0')", 2, E, "port"),
        (
            UVICORN + "uvicorn.run(app, host='0.0.0.0', port=int(os.getenv('PORT', '8000')))",
            *(2, W, "port"),
        ),
        (
            FLASK + "def main():\n    app.run()\nif __name__ == '__main__':\n    main()",
            4,
            E,
            "localhost",
        ),
        (GRADIO + "demo.launch()", 4, W, "localhost"),
        (GRADIO + "demo.queue().launch(share=False)", 4, W, "localhost"),
        (GRADIO + "demo.launch(server_name='127.0.0.1')", 4, E, "localhost"),
        (GRADIO + "demo.launch(server_name='0.0.0.0', server_port=8080)", 4, E, "port"),
        ("import gradio as gr\ngr.Interface(str, 'text', 'text').launch()", 2, W, "localhost"),
    ],
)
def test_a_server_that_the_space_does_not_reach_is_reported(
    source: str, line: int, level: Level, name: str
) -> None:
    found = found_in(source)
    assert [(one.path, one.line, one.level, one.name) for one in found] == [
        ("app.py", line, level, f"docker-{name}")
    ]


@pytest.mark.parametrize(
    ("source", "environment"),
    [
        (FLASK + "app.run(host='0.0.0.0', port=7860)", ""),
        (FLASK + "app.run(host=HOST, port=7860)", ""),
        (FLASK + "app.run(**options)", ""),
        (FLASK + "PORT = 5000\napp.run('0.0.0.0', port=PORT)", ""),
        (FLASK + "if DEBUG:\n    app.run()\nelse:\n    serve(app)", ""),
        (FLASK + "app.run()\napp.run(host='0.0.0.0', port=7860)", ""),
        ("import asyncio\nasyncio.run(main())\napp.run()", ""),
        (UVICORN + "uvicorn.run(app, host='0.0.0.0', port=int(os.environ.get('PORT', 7860)))", ""),
        (UVICORN + "uvicorn.run(app, host='0.0.0.0', port=int(os.environ['PORT']))", ""),
        (UVICORN + "uvicorn.run(app, uds='/tmp/s')", ""),
        (
            UVICORN + "uvicorn.run(app, host='0.0.0.0', port=int(os.getenv('PORT', 8000)))",
            "ENV PORT=7860",
        ),
        (GRADIO + "demo.launch(server_name='0.0.0.0')", ""),
        (GRADIO + "demo.launch()", "ENV GRADIO_SERVER_NAME=0.0.0.0"),
        (GRADIO + "with sync_playwright() as p:\n    p.chromium.launch()", ""),
        ("from ui import demo\ndemo.launch()", ""),
        (FLASK + "def api():\n    app.run()\nThread(target=api).start()\nui()", ""),
        (FLASK + "def api():\n    app.run()\nProcess(target=api).start()\nui()", ""),
        (FLASK + "subprocess.Popen(['streamlit', 'run', 'ui.py'])\napp.run()", ""),
        (FLASK + "def local():\n    app.run()\nstart()", ""),
        (FLASK + "def local():\n    app.run()\nif DEBUG:\n    local()", ""),
        (FLASK + "app.run()\nserve(app, host='0.0.0.0', port=7860)", ""),
        (FLASK + "H = '::1'\ndef main(H):\n    app.run(host=H, port=7860)\nmain('::')", ""),
        (FLASK + "P = 1\nfor P in (7860,):\n    pass\napp.run(host='::', port=P)", ""),
        (FLASK + "def f():\n    P = 1\nfrom a import P\napp.run(host='::', port=P)", ""),
        (FLASK + "if LOCAL:\n    P = 1\napp.run(host='::', port=P)", ""),
        ("import os\nos.environ['GRADIO_SERVER_NAME'] = '::'\n" + GRADIO + "demo.launch()", ""),
        (
            UVICORN + "load_dotenv()\nuvicorn.run(a, host=os.getenv('H', '::1'), port=7860)",
            "",
        ),
        (
            FLASK
            + "os.environ.setdefault('P', '7860')\n"
            + "app.run(host='::', port=int(os.environ.get('P', 5000)))",
            "",
        ),
        ("def f(:", ""),
    ],
)
def test_what_is_reached_or_not_plain_has_no_finding(source: str, environment: str) -> None:
    found = [one for one in found_in(source, environment) if one.name != "python-syntax"]
    assert not found


def test_a_port_in_the_file_is_reported_once_and_not_by_expose() -> None:
    (found,) = found_in(FLASK + "app.run(host='0.0.0.0', port=5000)", "EXPOSE 5000")
    assert (found.path, found.line) == ("app.py", 3)


def test_a_file_that_nothing_can_parse_listens_nowhere() -> None:
    assert listening_in(b"\0", {}) is None and listening_in(b"(" * 10_000, {}) is None
