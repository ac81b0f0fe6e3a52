"""Where deployed files are in an image."""

from __future__ import annotations

from deployer.checks.docker_image import Image, image_at
from deployer.checks.docker_instructions import parse, stages

CONTEXT = ["Dockerfile", "app.py", "requirements.txt", "reqs/a.txt", "src/main.py", "src/x/y.py"]


def image(text: str) -> Image:
    """The image of the last stage."""
    return image_at(stages(parse(f"FROM python:3.12\n{text}\n"))[-1], CONTEXT)


def test_files_are_where_copy_puts_them() -> None:
    assert image("WORKDIR /app\nCOPY . .").files["/app/src/x/y.py"] == "src/x/y.py"
    assert image("COPY src /code/").files == {
        "/code/main.py": "src/main.py",
        "/code/x/y.py": "src/x/y.py",
    }
    assert image("COPY app.py /code").files == {"/code": "app.py"}
    assert image("COPY app.py requirements.txt /code/").files == {
        "/code/app.py": "app.py",
        "/code/requirements.txt": "requirements.txt",
    }
    assert image('COPY ["reqs/a.txt", "./b.txt"]').files == {"/b.txt": "reqs/a.txt"}
    assert image("WORKDIR /app\nCOPY *.txt ./").files == {
        "/app/requirements.txt": "requirements.txt"
    }


def test_the_last_copy_to_a_path_counts() -> None:
    text = "COPY requirements.txt /r.txt\nCOPY reqs/a.txt /r.txt"
    assert image(text).files == {"/r.txt": "reqs/a.txt"}


def test_what_another_stage_or_a_url_brings_is_not_known() -> None:
    found = image("COPY . /app\nCOPY --from=b /app /app")
    assert not found.files and not found.is_complete
    assert not image("COPY app.py $WHERE/").is_complete
    assert not image("RUN git clone https://a.b/c /app").is_complete
    assert image("COPY . /app\nRUN pip install -r /app/requirements.txt").is_complete


def test_a_file_that_a_command_may_have_changed_is_not_known() -> None:
    text = "COPY . /app\nRUN sed -i s/a/b/ /app/requirements.txt && pip freeze > /app/src/main.py"
    found = image(text)
    assert found.deployed("/app/requirements.txt") is None
    assert found.deployed("/app/src/main.py") is None
    assert found.deployed("/app/app.py") == "app.py"
