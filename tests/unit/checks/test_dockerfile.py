"""What a Dockerfile says about how the Space starts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from deployer.checks.dockerfile import check
from deployer.problem import Level

E, W = Level.ERROR, Level.WARNING
DEPLOYED = ["Dockerfile", "app.py", "start.sh", "bin/run", "requirements.txt", "src/a/b.js"]

VALID = {
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
    "a variable": "FROM a\nEXPOSE $PORT\nCMD uvicorn app:app --host 0.0.0.0 --port ${PORT}\n",
    "a script by its shell": 'FROM a\nCMD ["bash", "start.sh"]\n',
    "a script that is made executable": "FROM a\nRUN chmod +x start.sh\nCMD ./start.sh\n",
    "a script copied as executable": "FROM a\nCOPY --chmod=755 start.sh /\nCMD /start.sh\n",
    "a script that another one makes executable": (
        'FROM a\nWORKDIR /app\nCOPY . .\nRUN bash build.sh\nCMD ["./start.sh"]\n'
    ),
    "a script that is installed": (
        "FROM a\nCOPY start.sh /tmp/\nRUN install -m 755 /tmp/start.sh /start.sh\nCMD /start.sh\n"
    ),
    "a script of another stage": (
        "FROM a AS b\nCOPY . /app\nRUN chmod +x /app/start.sh\nFROM a\nWORKDIR /app\n"
        'COPY . .\nCOPY --from=b /app/start.sh /app/start.sh\nCMD ["./start.sh"]\n'
    ),
    "a script of the image with a deployed one's name": (
        'FROM a\nCOPY src /src\nENTRYPOINT ["/usr/bin/start.sh"]\n'
    ),
    "a copy in a stage that is not built": (
        "FROM a AS b\nFROM b AS test\nCOPY tests /tests\nFROM b\nCMD python app.py\n"
    ),
    "a script of the image": 'FROM a\nENTRYPOINT ["/docker-entrypoint.sh"]\n',
    "a script as an argument": 'FROM a\nENTRYPOINT ["bash"]\nCMD ["./start.sh"]\n',
    "a here-document": "FROM a\nRUN <<EOF\nEXPOSE 1\nCMD x --port 99\nEOF\nCMD python app.py\n",
    "only an image": "FROM ghcr.io/a/b:latest\n",
    "a health check on the inside": (
        "FROM a\nHEALTHCHECK CMD curl --fail http://localhost:7860/ || exit 1\nCMD python app.py\n"
    ),
    "what is copied from elsewhere": (
        "FROM a AS b\nCOPY . .\nFROM c\nCOPY --from=b /gone /x\nADD https://a.b/c /d\n"
        "COPY $SRC /x\nCOPY package*.json yarn.lock* /x/\nCOPY .gitattributes /x\n"
        'COPY src src/a/ /x/\nCOPY ["app.py", "/x/"]\nCOPY <<EOF /y\ntext\nEOF\n'
    ),
    "lines that go on after a blank one": "FROM a\nRUN x \\\n\n  # c\n\n  y\nCMD z\n",
    "a here-string": "FROM a\nRUN cat <<<EOF\nCMD python app.py\n",
    "a byte order mark": "\ufeffFROM a\nCMD python app.py\n",
    "small letters": "from a\nworkdir /x\ncmd python app.py\n",
    "another escape": "# escape=`\nFROM a\nCOPY gone c:\\\nCMD y\n",
    "a test of the shell": "FROM a\nCMD [ -f x ] && python app.py\n",
    "a host from the environment": "FROM a\nENV UVICORN_HOST=::\nCMD uvicorn a:a --port 7860\n",
    "a server behind another": "FROM a\nCMD nginx & uvicorn a:a --port 8000\n",
    "a server in a script": "FROM a\nCMD bash start.sh\n",
    "a folder that is made": "FROM a\nCMD mkdir -p data && python app.py\n",
}


def test_a_valid_dockerfile_has_no_findings() -> None:
    found = {name: check(text.encode(), 7860, DEPLOYED) for name, text in VALID.items()}
    assert {name: problems for name, problems in found.items() if problems} == {}


INVALID = [
    ("EXPOSE 8000\nCMD python app.py", 2, W, ["port 8000", "app_port: 8000", "7860"]),
    ('CMD ["uvicorn", "a:a", "--host", "::", "--port", "8000"]', 2, E, ["app_port: 8000"]),
    ("# c\nCMD uvicorn a:a --host 0.0.0.0 \\\n  --port=8000", 3, E, ["app_port: 8000"]),
    ("CMD streamlit run app.py --server.port 8501", 2, E, ["8501"]),
    ("CMD gunicorn --bind 0.0.0.0:5000 app:app", 2, E, ["5000"]),
    ("CMD flask run -h 0.0.0.0 -p 5000", 2, E, ["5000"]),
    ("EXPOSE 7860\nCMD flask run --host=0.0.0.0 -p 5000", 3, E, ["5000"]),
    ("CMD uvicorn a:a --port 7860", 2, E, ["127.0.0.1 by default", "`--host 0.0.0.0`"]),
    ('CMD ["python", "-m", "flask", "run"]', 2, E, ["127.0.0.1 by default"]),
    ("CMD gunicorn app:app", 2, E, ["`--bind 0.0.0.0:PORT`"]),
    ("CMD streamlit run app.py", 2, W, ["`streamlit` listens on port 8501", "app_port: 8501"]),
    ("EXPOSE 7860\nCMD uvicorn a:a --host 0.0.0.0", 3, W, ["listens on port 8000"]),
    ("RUN x\nCOPPY . .\nCMD y", 3, E, ["unknown instruction `COPPY`", "mean `COPY`"]),
    ("RUN x\n<<<<<<< HEAD\nCMD y", 3, E, ["merge conflict"]),
    ("```\nCMD y", 2, E, ["instruction ````"]),
    ("RUN x\nCOPY req.txt /x\nCMD y", 3, E, ["`req.txt` is copied"]),
    ("COPY --chown=user ./Src/ app.py /x/\nCMD y", 2, E, ["`./Src/` is copied"]),
    ('COPY ["app.py", "main.py", "/x/"]\nCMD y', 2, E, ["`main.py` is copied"]),
    ("ADD ../x /x\nCMD y", 2, E, ["`../x` is copied"]),
    ("COPY gone /x\nFROM b\nCOPY --from=0 /x /x\nCMD y", 2, E, ["`gone` is copied"]),
    ("CMD ['python', 'app.py']", 2, E, ["double quotes"]),
    ("ENTRYPOINT [ “python”, “app.py” ]", 2, E, ["double quotes"]),
    ('CMD ["uvicorn", "a:a", "--host", "127.0.0.1"]', 2, E, ["127.0.0.1", "0.0.0.0"]),
    ("CMD flask run --host=localhost", 2, E, ["localhost"]),
    ("CMD cd web && vite preview --host 127.0.0.1", 2, W, ["0.0.0.0"]),
    ("CMD streamlit run x --server.address=127.0.0.1", 2, E, ["0.0.0.0"]),
    ('COPY . .\nCMD ["./start.sh"]', 3, E, ["executable bit", "`bash ./start.sh`", "chmod +x"]),
    ('COPY ./start.sh ./\nCMD ["./start.sh"]', 3, E, ["executable bit"]),
    ("COPY . /app\nENTRYPOINT /app/start.sh", 3, E, ["`bash /app/start.sh`"]),
    ('COPY bin /bin\nENTRYPOINT ["bin/run"]\nCMD ["--fast"]', 3, E, ["`bin/run`"]),
]


def test_an_invalid_dockerfile_is_reported_with_its_line_and_fix() -> None:
    for text, line, level, words in INVALID:
        found, *others = check(f"FROM a\n{text}\n".encode(), 7860, DEPLOYED)
        assert not others, text
        assert (found.path, found.line, found.level) == ("Dockerfile", line, level), text
        assert not [word for word in words if word not in found.message], found.message


def test_the_port_of_the_card_is_used() -> None:
    assert not check(b"FROM a\nEXPOSE 8000\n", 8000, DEPLOYED)
    assert check(b"FROM a\nEXPOSE 8000\n", 800, DEPLOYED)


def test_a_server_config_file_disables_the_port_check() -> None:
    for command, path in (
        ("gunicorn app:app", "gunicorn.conf.py"),
        ("streamlit run app.py", ".streamlit/config.toml"),
        ("flask run", ".flaskenv"),
    ):
        text = f"FROM a\nCMD {command}\n".encode()
        assert check(text, 7860, DEPLOYED) and not check(text, 7860, [*DEPLOYED, path])


def test_a_dockerfile_without_an_image_is_reported() -> None:
    (found,) = check(b"# c\nRUN x\nCMD y\n", 7860, DEPLOYED)
    assert (found.line, found.level) == (2, E) and "`FROM image`" in found.message


def test_an_empty_dockerfile_is_reported() -> None:
    assert "no instructions" in check(b"# nothing\n\n", 7860, DEPLOYED)[0].message


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
    assert all(str(one) for one in check(data, 7860, DEPLOYED))
