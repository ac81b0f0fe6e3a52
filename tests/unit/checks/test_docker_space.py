"""A Docker Space as a whole: what its Dockerfile installs, starts and runs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from deployer.card.card import parse
from deployer.checks.local import check_files
from deployer.problem import Level, Problem
from deployer.source.snapshot import File

CARD = b"---\nsdk: docker\n---\n"
APP = (
    "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nCMD {}\n"
)


def found_in(
    dockerfile: str,
    files: Mapping[str, bytes] | None = None,
    untracked: str = "",
    variables: Mapping[str, str] | None = None,
) -> list[Problem]:
    """All that is wrong with a Docker Space."""
    sources = {"README.md": CARD, "Dockerfile": dockerfile.encode(), **(files or {})}
    card = parse(CARD.decode())
    assert card is not None
    deployed = {path: File.of_bytes(path, data) for path, data in sources.items()}
    return check_files(
        card,
        deployed,
        sources.__getitem__,
        untracked=lambda path: path == untracked,
        variables=variables,
    )


def lines(found: list[Problem]) -> list[tuple[str | None, int | None, str]]:
    """Where each problem is, and its name."""
    return sorted((one.path or "", one.line or 0, one.name) for one in found)


def test_requirements_and_the_started_file_are_read_as_in_a_gradio_space() -> None:
    files = {
        "requirements.txt": b"fastapi\nsklearn\nnumpy=1.26\n./packages/viewer\n"
        b"<<<<<<< HEAD\npip install pandas\n",
        "packages/viewer/pyproject.toml": b"",
        "app.py": b"def main(:\n    pass\n",
    }
    assert lines(found_in(APP.format('["python", "app.py"]'), files)) == [
        ("app.py", 1, "python-syntax"),
        ("requirements.txt", 2, "requirements-not-found"),
        ("requirements.txt", 3, "requirements-invalid"),
        ("requirements.txt", 4, "requirements-local-path"),
        ("requirements.txt", 5, "requirements-invalid"),
        ("requirements.txt", 6, "requirements-invalid"),
    ]


@pytest.mark.parametrize(
    "install",
    [
        "COPY deploy/reqs.txt /tmp/\nRUN pip3 install -r /tmp/reqs.txt",
        "WORKDIR /x\nCOPY . .\nRUN cd deploy && pip install --upgrade pip -r reqs.txt",
        "COPY . /x\nRUN apt-get update && python -m pip install --requirement=/x/deploy/reqs.txt",
        "COPY --chown=1000 deploy/ ./\nRUN uv pip install --system -r reqs.txt",
        "ARG D=deploy\nCOPY ${D}/reqs.txt ./\nRUN pip install \\\n    -rreqs.txt",
    ],
)
def test_the_installed_file_is_found_where_it_was_copied_to(install: str) -> None:
    files = {"deploy/reqs.txt": b"numpy=1\n"}
    found = found_in(f"FROM python:3.12\n{install}\nCMD python -m http.server 7860\n", files)
    assert lines(found) == [("deploy/reqs.txt", 1, "requirements-invalid")]


def test_files_beside_a_requirements_file_are_looked_for_in_the_image() -> None:
    text = "FROM python:3.12\nWORKDIR /app\nCOPY back/reqs.txt back/base.txt back/lib ./\n{}"
    text += "RUN pip install -r reqs.txt\nCMD python -m http.server 7860\n"
    files = {
        "back/reqs.txt": b"-r base.txt\n-r gone.txt\n/opt/x\n",
        "back/base.txt": b"",
        "back/lib/a.py": b"",
    }
    assert lines(found_in(text.format(""), files)) == [
        ("back/reqs.txt", 2, "requirements-local-path")
    ]
    assert not found_in(text.format("RUN curl -O https://a.b/gone.txt\n"), files)


def test_a_requirements_file_may_be_copied_under_another_name() -> None:
    text = "FROM python:3.12\nCOPY reqs/cloud.txt ./requirements.txt\n"
    text += "RUN pip install -r requirements.txt\nCMD python -m http.server 7860\n"
    assert lines(found_in(text, {"reqs/cloud.txt": b"numpy=1\n"})) == [
        ("reqs/cloud.txt", 1, "requirements-invalid")
    ]


@pytest.mark.parametrize(
    "install",
    [
        "RUN pip install -r requirements.txt",  # not copied: the image may have one
        "COPY . .\nRUN sed -i s/=/==/ requirements.txt && pip install -r requirements.txt",
        "COPY . .\nRUN pip install -r requirements.txt || true",
        "COPY . .\nRUN pip install numpy",
        "COPY . .\nCOPY --from=b /requirements.txt ./\nRUN pip install -r requirements.txt",
        "COPY . .\nRUN uv export > requirements.txt\nRUN pip install -r requirements.txt",
        "COPY . .\nRUN uv pip install --system -r pyproject.toml",
        "COPY . .\nRUN uv pip install --requirement=pyproject.toml --extra dev",
    ],
)
def test_a_file_that_may_be_another_one_is_not_read(install: str) -> None:
    text = f"FROM python:3.12\n{install}\nCMD python -m http.server 7860\n"
    files = {"requirements.txt": b"numpy=1\n", "pyproject.toml": b"[project]\nname = 'x'\n"}
    assert not found_in(text, files)


@pytest.mark.parametrize(
    "install",
    [
        "RUN pip install -i https://a.b/simple -r requirements.txt",
        "RUN pip install -r requirements.txt --index-url=https://a.b/simple",
        "ENV PIP_INDEX_URL=https://a.b/simple\nRUN pip install -r requirements.txt",
    ],
)
def test_another_index_may_have_packages_of_any_name(install: str) -> None:
    text = f"FROM python:3.12\nCOPY . .\n{install}\nCMD python -m http.server 7860\n"
    found = found_in(text, {"requirements.txt": b"sklearn\nyaml\nnumpy=1\n"})
    assert lines(found) == [("requirements.txt", 3, "requirements-invalid")]


def test_a_stage_that_nothing_uses_is_not_built() -> None:
    text = "FROM python:3.12 AS dev\nCOPY . .\nRUN pip install -r dev.txt\n"
    text += "FROM python:3.12\nCMD python -m http.server 7860\n"
    assert not found_in(text, {"dev.txt": b"numpy=1\n"})
    used = text.replace("CMD", "COPY --from=dev /x /x\nCMD")
    assert lines(found_in(used, {"dev.txt": b"numpy=1\n"})) == [
        ("dev.txt", 1, "requirements-invalid")
    ]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ('["python", "-u", "server.py"]', "server.py"),
        ("uvicorn api.main:app --host 0.0.0.0 --port 7860", "api/main.py"),
        ('["gunicorn", "-b", "0.0.0.0:7860", "api.main:create_app()"]', "api/main.py"),
        ("uvicorn main:app --app-dir api --host 0.0.0.0 --port 7860", "api/main.py"),
        ("cd api && python main.py", "api/main.py"),
        ("python -m api.main", "api/main.py"),
        ("python -m api", "api/__main__.py"),
        ("streamlit run ui/page.py --server.port 7860", "ui/page.py"),
        ("fastapi run api/main.py --port 7860", "api/main.py"),
        ("flask --app api.main run --host 0.0.0.0 --port 7860", "api/main.py"),
        ("hypercorn api.main:app --bind 0.0.0.0:7860", "api/main.py"),
    ],
)
def test_the_python_that_a_command_starts_is_parsed(command: str, path: str) -> None:
    files = {path: b"x = = 1\n", "api/other.py": b"x = = 1\n"}
    found = found_in(f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD {command}\n", files)
    assert lines(found) == [(path, 1, "python-syntax")]


def test_modules_are_looked_for_where_the_server_starts() -> None:
    text = "FROM python:3.12\nCOPY backend /code\nWORKDIR /code\n"
    text += 'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "7860"]\n'
    files = {
        "backend/app/__init__.py": b"",
        "backend/app/main.py": b"from . import routes\nfrom app.settings import KEY\nimport os\n",
        "backend/app/routes.py": b"def f(:\n",
    }
    found = found_in(text, files, untracked="backend/app/settings.py")
    assert lines(found) == [
        ("backend/app/main.py", 2, "python-import"),
        ("backend/app/routes.py", 1, "python-syntax"),
    ]


def test_the_python_of_an_official_image_decides_what_it_can_parse_and_import() -> None:
    files = {"app.py": b"import imghdr\nmatch 1:\n    case 1: pass\n"}
    text = "FROM python:{}-slim\nCOPY . .\nCMD python app.py\n"
    assert lines(found_in(text.format("3.9"), files)) == [("app.py", 3, "python-syntax")]
    assert lines(found_in(text.format("3.13"), files)) == [("app.py", 1, "python-removed-module")]
    assert not found_in(text.format("3.12"), files)
    assert not found_in(text.replace("python:{}-slim", "nvidia/cuda:12"), files)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("COPY . .\nCMD bash start.sh", "start.sh"),
        (
            'COPY start.sh /entrypoint\nRUN chmod +x /entrypoint\nENTRYPOINT ["/entrypoint"]',
            "start.sh",
        ),
        ('COPY . /a\nRUN chmod +x /a/job.py\nCMD ["/a/job.py"]', "job.py"),
        ("COPY . /a\nRUN bash /a/start.sh\nCMD python -m http.server 7860", "start.sh"),
        ("COPY . /a\nRUN cd /a && . ./start.sh\nCMD python -m http.server 7860", "start.sh"),
        ("COPY . /a\nWORKDIR /a\nCMD bash outer.sh", "start.sh"),
    ],
)
def test_a_script_that_runs_needs_lf(text: str, path: str) -> None:
    files = {
        "start.sh": b"#!/bin/bash\r\nx\r\n",
        "outer.sh": b"#!/bin/sh\nset -e\n. ./start.sh\n",
        "job.py": b"#!/usr/bin/env python3\r\n",
    }
    found = found_in(f"FROM debian:13\n{text}\n", files)
    assert lines(found) == [(path, 1, "script-line-endings")]


@pytest.mark.parametrize(
    "text",
    [
        "COPY . .\nRUN dos2unix start.sh\nCMD bash start.sh",
        "COPY . .\nRUN sed -i 's/\\r$//' *.sh\nCMD bash start.sh",
        "COPY . .\nRUN sed -i 's/\\x0D$//' *.sh\nCMD bash start.sh",
        "COPY . .\nCMD python job.py",
        "COPY . .\nCMD cat start.sh",
        "COPY . .\nCMD python -m http.server 7860",
    ],
)
def test_a_script_that_does_not_run_or_is_converted_may_have_crlf(text: str) -> None:
    files = {"start.sh": b"#!/bin/bash\r\nx\r\n", "job.py": b"#!/usr/bin/env python3\r\nx = 1\r\n"}
    assert not found_in(f"FROM debian:13\n{text}\n", files)


def test_a_large_file_that_is_started_is_not_read() -> None:
    text = "FROM debian:13\nCOPY server /server\nRUN chmod +x /server\nCMD /server\n"
    assert not found_in(text, {"server": b"\x7fELF" + b"\n" * 2_500_000})


def test_what_dockerignore_hides_is_neither_copied_nor_read() -> None:
    text = "FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python app.py\n"
    files = {"requirements.txt": b"numpy=1\n", ".dockerignore": b"requirements.txt\n"}
    assert not found_in(text, files)
    both = {**files, "Dockerfile.dockerignore": b"*.md\n"}
    assert lines(found_in(text, both)) == [("requirements.txt", 1, "requirements-invalid")]


def test_expose_is_not_believed_where_the_code_names_the_right_port() -> None:
    text = "FROM node:22\nCOPY . .\nEXPOSE 3000\nCMD node index.js\n"
    (found,) = found_in(text, {"index.js": b"listen(process.env.PORT || 3000)"})
    assert (found.name, found.level) == ("docker-port", Level.WARNING)
    assert not found_in(text, {"index.js": b"listen(process.env.PORT || 7860)"})
    assert not found_in(text, {"config/a.yaml": b"port: 7860"})


def test_expose_is_not_believed_where_the_app_is_seen_to_use_the_port() -> None:
    text = "FROM python:3.12\nENV GRADIO_SERVER_NAME=::\nCOPY . .\nEXPOSE 8000\nCMD python app.py\n"
    assert found_in(text, {"app.py": b"import ui\n"})
    assert not found_in(text, {"app.py": b"import gradio as gr\ngr.Blocks().launch()\n"})


SCRIPT = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nENV P=8000\nCMD {}\n"


@pytest.mark.parametrize(
    ("script", "line", "name"),
    [
        ("#!/bin/sh\nset -e\n\nexec uvicorn a:a --host 0.0.0.0 --port 8000\n", 4, "docker-port"),
        ("python seed.py  # data\ngunicorn a:a \\\n  -b 127.0.0.1:7860\n", 2, "docker-localhost"),
        ("cd api\nuvicorn a:a --host 0.0.0.0 --port $P\n", 2, "docker-port"),
        ("flask run > log 2>&1\n", 1, "docker-localhost"),
    ],
)
@pytest.mark.parametrize("command", ["bash start.sh", '["/bin/sh", "-e", "./start.sh"]'])
def test_the_server_that_a_script_starts_is_checked_at_its_line(
    command: str, script: str, line: int, name: str
) -> None:
    found = found_in(SCRIPT.format(command), {"start.sh": script.encode()})
    assert lines(found) == [("start.sh", line, name)]


@pytest.mark.parametrize(
    "script",
    [
        "uvicorn a:a --host 0.0.0.0 --port 7860\n",
        "PORT=${PORT:-7860}\nuvicorn a:a --host 0.0.0.0 --port $PORT\n",
        "P=7860\nuvicorn a:a --host 0.0.0.0 --port $P\n",
        "uvicorn a:a --port 8000 &\nstreamlit run x.py --server.port 7860\n",
        "nginx\nuvicorn a:a --port 8000\n",
        "service apache2 start\nexec uvicorn a:a --port 8000\n",
        "bash ./proxy.sh\nuvicorn a:a --port 8000\n",
        "openresty -c o.conf\nuvicorn a:a --port 8000\n",
        "if [ $A ]; then\n  uvicorn a:a --port 8000\nfi\n",
        "serve() {\n  true\n}\nuvicorn a:a --port 8000\n",
        'exec "$@"\n',
        "",
    ],
)
def test_a_script_that_serves_the_port_or_is_not_plain_has_no_finding(script: str) -> None:
    assert not found_in(SCRIPT.format("bash start.sh"), {"start.sh": script.encode()})


@pytest.mark.parametrize(
    ("ignored", "copy", "rule"),
    [
        (b"node_modules\ndist\n", "COPY dist ./dist", 2),
        (b"# built\n/dist/\n", "COPY ./dist/ ./", 2),
        (b"*.json\n", "COPY package.json ./", 1),
        (b"**/*.json\n", "ADD web/a.json dist /x/", 1),
        (b"web\n", "COPY --chown=1000 web/a.json /x/", 1),
        (b"*\n!dist\n", "COPY package.json ./", 1),
    ],
)
def test_a_copy_of_what_dockerignore_names_fails(ignored: bytes, copy: str, rule: int) -> None:
    files = {"dist/index.html": b"", "package.json": b"{}", "web/a.json": b"{}"}
    text = f"FROM node:22\n{copy}\nCMD python -m http.server 7860\n"
    found = found_in(text, {**files, ".dockerignore": ignored})
    assert lines(found) == [("Dockerfile", 2, "docker-copy-ignored")]
    assert f".dockerignore:{rule} keeps it out" in found[0].message


@pytest.mark.parametrize(
    ("ignored", "copy"),
    [
        (b"dist/*\n", "COPY dist ./dist"),
        (b"dist\n!dist/index.html\n", "COPY dist ./dist"),
        (b"*\n!package.json\n!dist\n", "COPY package.json dist ./"),
        (b"dist\n", "COPY web/dist ./"),
        (b"dist\n", "COPY . ."),
        (b"dist\n", "COPY --from=build dist ./"),
        (b"*.md\n.git\n", "COPY package*.json ./"),
        (b"[", "COPY dist ./"),
    ],
)
def test_a_copy_that_dockerignore_leaves_alone_passes(ignored: bytes, copy: str) -> None:
    files = {"dist/index.html": b"", "package.json": b"{}", "web/dist/a.js": b""}
    text = f"FROM node:22\n{copy}\nCMD python -m http.server 7860\n"
    assert not found_in(text, {**files, ".dockerignore": ignored})


@pytest.mark.parametrize(
    "dockerfile",
    [
        # a program of its own, its port by ARG and ENV
        "FROM node:20-alpine\nUSER root\nARG PORT=7860\nENV PORT=${PORT}\nRUN npm install -g x\n"
        "RUN mkdir -p /data && chmod 777 /data\nWORKDIR /data\nEXPOSE ${PORT}\n"
        'CMD ["npx", "x", "start"]\n',
        # an image with its own EXPOSE, and a port of the Space's
        "FROM ghcr.io/a/chat:latest\nENV HOST=0.0.0.0\nENV PORT=7860\nEXPOSE 3080\n"
        'RUN cd /app/api && npm install\nCMD ["npm", "run", "backend"]\n',
        # stages that are built from each other, and files of another one
        "FROM node:20 AS base\nENV P=/pnpm\nFROM base AS clone\nWORKDIR /src\n"
        "RUN git clone https://github.com/a/b.git .\nFROM base AS build\n"
        "COPY --from=clone /src /src\nRUN pnpm install\nFROM base AS app\n"
        "COPY --from=build /app /app\nWORKDIR /app\nEXPOSE 7860\n"
        'RUN chmod +x ./start.sh\nCMD ["./start.sh"]\n',
        # an image alone
        "FROM ghcr.io/a/model-server:1.3\n",
        # a proxy in front of two servers
        "FROM python:3.12\nRUN apt-get update && apt-get install -y nginx supervisor\nCOPY . .\n"
        "EXPOSE 80\nCMD supervisord -c supervisord.conf\n",
    ],
)
def test_kinds_of_spaces_that_run_have_no_finding(dockerfile: str) -> None:
    assert not found_in(dockerfile)


def test_a_server_that_the_image_starts_with_options_of_a_variable() -> None:
    text = "FROM ghcr.io/a/server:1\n\nENV HF_TOKEN=${HF_TOKEN}\nENV HOME=/tmp\n"
    text += 'ENV A_ARGUMENTS="--m x '
    found = found_in(f'{text}--port 8080 --trust"\n')
    assert lines(found) == [
        ("Dockerfile", 3, "docker-empty-variable"),
        ("Dockerfile", 5, "docker-port"),
    ]
    assert not any(one.level is Level.ERROR for one in found)


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ("uvicorn a:a --host 0.0.0.0 --port ${PORT:-8000}", {"PORT": "7860"}),
        ("uvicorn a:a --port 7860", {"UVICORN_HOST": "0.0.0.0"}),
        ("streamlit run a.py", {"STREAMLIT_SERVER_PORT": "7860"}),
        ("bash start.sh", {"PORT": "7860"}),
        ("node server.js", {"APP_PORT": "7860"}),
    ],
)
def test_a_variable_of_the_space_comes_before_those_of_the_image(
    command: str, variables: dict[str, str]
) -> None:
    text = f"FROM python:3.12\nENV PORT=8000\nCOPY . .\nEXPOSE 8000\nCMD {command}\n"
    script = b"gunicorn -b 0.0.0.0:$PORT a:a\n"
    assert found_in(text, {"start.sh": script})
    assert not found_in(text, {"start.sh": script}, variables=variables)
