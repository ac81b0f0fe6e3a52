"""Which program a container starts."""

from __future__ import annotations

import pytest

from deployer.checks.docker_instructions import parse, stages
from deployer.checks.docker_start import Start, start_of


def start(text: str) -> Start | None:
    """What the last stage starts."""
    return start_of(stages(parse(f"FROM a\nWORKDIR /app\n{text}\n"))[-1])


@pytest.mark.parametrize(
    ("text", "program", "arguments"),
    [
        ('CMD ["uvicorn", "a:a"]', "uvicorn", ("a:a",)),
        ("CMD uvicorn a:a", "uvicorn", ("a:a",)),
        ('ENTRYPOINT ["uvicorn"]\nCMD ["a:a"]', "uvicorn", ("a:a",)),
        ('CMD ["sh", "-c", "uvicorn a:a"]', "uvicorn", ("a:a",)),
        ('CMD ["bash", "-lc", "exec uvicorn a:a"]', "uvicorn", ("a:a",)),
        ('ENTRYPOINT ["/usr/bin/tini", "--", "python", "-u", "x.py"]', "python", ("x.py",)),
        ("CMD python3.12 -X dev -m uvicorn a:a", "uvicorn", ("a:a",)),
        ("CMD uv run --no-sync uvicorn a:a", "uvicorn", ("a:a",)),
        ("CMD mkdir -p d && alembic upgrade head && uvicorn a:a", "uvicorn", ("a:a",)),
        ("CMD PORT=1 uvicorn a:a", "uvicorn", ("a:a",)),
        ("CMD env A=1 uvicorn a:a", "uvicorn", ("a:a",)),
        ("CMD x\nCMD uvicorn a:a", "uvicorn", ("a:a",)),
    ],
)
def test_the_program_is_found_behind_what_wraps_it(
    text: str, program: str, arguments: tuple[str, ...]
) -> None:
    found = start(text)
    assert found is not None
    assert (found.program, found.arguments) == (program, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "RUN x",
        "CMD nginx & uvicorn a:a",
        "CMD ./migrate && uvicorn a:a",
        "CMD uvicorn a:a | tee log",
        "CMD (uvicorn a:a)",
        "CMD $PROGRAM a",
        "CMD 'unclosed",
        'CMD ["sh", "-c", "a & b"]',
    ],
)
def test_what_is_not_plain_is_not_known(text: str) -> None:
    assert start(text) is None


def test_earlier_commands_set_the_folder_and_variables() -> None:
    found = start("CMD cd api && export PORT=1 && uvicorn a:a --port $PORT")
    assert found is not None
    assert found.folder == "/app/api" and found.value("$PORT") == "1"
    found = start('CMD ["uvicorn", "--port", "$PORT"]')
    assert found is not None and found.value("$PORT") == "$PORT"
