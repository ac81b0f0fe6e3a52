"""What a Dockerfile says about how the Space starts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.dockerfile import check, instructions
from deployer.problem import Level

E, W = Level.ERROR, Level.WARNING
SHIPPED = ["Dockerfile", "app.py", "start.sh", "bin/run"]

SOUND = {
    "the documented one": (
        "FROM python:3.9\nRUN useradd -m -u 1000 user\nUSER user\n"
        'ENV PATH="/home/user/.local/bin:$PATH"\nWORKDIR /app\n'
        "COPY --chown=user ./requirements.txt requirements.txt\n"
        "RUN pip install --no-cache-dir -r requirements.txt\nCOPY --chown=user . /app\n"
        'CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "7860"]\n'
    ),
    "an EXPOSE": "FROM a\nEXPOSE 7860/tcp\nCMD python app.py\n",
    "several EXPOSEs": "FROM a\nEXPOSE 3000 7860\nCMD ./server\n",
    "an EXPOSE that the command overrules": (
        "FROM a\nEXPOSE 8000\nCMD gunicorn -b 0.0.0.0:7860 app:app\n"
    ),
    "an EXPOSE of an earlier stage": "FROM a AS b\nEXPOSE 3000\nFROM c\nCOPY --from=b /x /x\n",
    "a port from the environment": "FROM a\nENV PORT=7860\nEXPOSE 8000\nCMD node server.js\n",
    "a variable": "FROM a\nEXPOSE $PORT\nCMD uvicorn app:app --port ${PORT}\n",
    "a script by its shell": 'FROM a\nCMD ["bash", "start.sh"]\n',
    "a script that is made executable": "FROM a\nRUN chmod +x start.sh\nCMD ./start.sh\n",
    "a script copied as executable": "FROM a\nCOPY --chmod=755 start.sh /\nCMD /start.sh\n",
    "a script of the image": 'FROM a\nENTRYPOINT ["/docker-entrypoint.sh"]\n',
    "a script as an argument": 'FROM a\nENTRYPOINT ["bash"]\nCMD ["./start.sh"]\n',
    "a here-document": "FROM a\nRUN <<EOF\nEXPOSE 1\nCMD x --port 99\nEOF\nCMD python app.py\n",
    "only an image": "FROM ghcr.io/a/b:latest\n",
    "a health check on the inside": (
        "FROM a\nHEALTHCHECK CMD curl --fail http://localhost:7860/ || exit 1\nCMD python app.py\n"
    ),
    "a folder that is made": "FROM a\nCMD mkdir -p data && python app.py\n",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_a_sound_dockerfile_passes_without_a_word(text: str) -> None:
    assert not check(text.encode(), 7860, SHIPPED)


BROKEN = [
    ("EXPOSE 8000\nCMD python app.py", 2, W, ["port 8000", "app_port: 8000", "7860"]),
    ('CMD ["uvicorn", "a:a", "--port", "8000"]', 2, W, ["app_port: 8000"]),
    ("# c\nCMD uvicorn a:a \\\n  --port=8000", 3, W, ["app_port: 8000"]),
    ("CMD streamlit run app.py --server.port 8501", 2, W, ["8501"]),
    ("CMD gunicorn --bind 0.0.0.0:5000 app:app", 2, W, ["5000"]),
    ("CMD flask run -p 5000", 2, W, ["5000"]),
    ("EXPOSE 7860\nCMD flask run -p 5000", 3, W, ["5000"]),
    ('CMD ["uvicorn", "a:a", "--host", "127.0.0.1"]', 2, E, ["127.0.0.1", "0.0.0.0"]),
    ("CMD flask run --host=localhost", 2, E, ["localhost"]),
    ("CMD nginx && uvicorn a:a --host 127.0.0.1", 2, W, ["0.0.0.0"]),
    ("CMD streamlit run x --server.address=127.0.0.1", 2, E, ["0.0.0.0"]),
    ('CMD ["./start.sh"]', 2, E, ["executable bit", "`bash ./start.sh`", "chmod +x"]),
    ("COPY . .\nENTRYPOINT /app/start.sh", 3, E, ["`bash /app/start.sh`"]),
    ('ENTRYPOINT ["bin/run"]\nCMD ["--fast"]', 2, E, ["`bin/run`"]),
]


@pytest.mark.parametrize(("text", "line", "level", "words"), BROKEN)
def test_a_broken_dockerfile_is_told_where_and_how(
    text: str, line: int, level: Level, words: list[str]
) -> None:
    (found,) = check(f"FROM a\n{text}\n".encode(), 7860, SHIPPED)
    assert (found.path, found.line, found.level) == ("Dockerfile", line, level)
    assert not [word for word in words if word not in found.message], found.message


def test_the_cards_port_decides() -> None:
    assert not check(b"FROM a\nEXPOSE 8000\n", 8000, SHIPPED)
    assert check(b"FROM a\nEXPOSE 8000\n", 800, SHIPPED)


def test_an_empty_dockerfile_is_told() -> None:
    assert "no instructions" in check(b"# nothing\n\n", 7860, SHIPPED)[0].message


def test_the_last_stage_is_read_with_its_lines() -> None:
    read = instructions("# c\nFROM a AS b\nRUN x\n\nfrom c\nrun a \\\n# in between\n  b\nCMD d\n")
    assert [(one.line, one.word, one.rest) for one in read] == [
        (5, "FROM", "c"),
        (6, "RUN", "a  b"),
        (9, "CMD", "d"),
    ]


@given(
    some.one_of(
        some.binary(),
        some.lists(
            some.sampled_from(
                ["FROM", "CMD", "EXPOSE", "[", '["a"', "\\", "\n", "<<E", "'", "-p 1"]
            )
        ).map(lambda words: " ".join(words).encode()),
    )
)
def test_no_bytes_break_a_check(data: bytes) -> None:
    assert all(str(one) for one in check(data, 7860, SHIPPED))
