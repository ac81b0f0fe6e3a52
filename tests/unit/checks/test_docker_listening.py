"""On which host and port a container listens, from the command, variables and defaults."""

from __future__ import annotations

import pytest

from deployer.checks.dockerfile import check
from deployer.problem import Level, Problem

E, W = Level.ERROR, Level.WARNING
PATHS = ["Dockerfile", "app.py", "index.js", "package.json"]
NEXT = '{"dependencies": {"next": "15"}}'


def found_in(text: str, port: int = 7860, package: str = "") -> list[Problem]:
    """What is wrong with a Dockerfile that ends in this text."""
    texts = {"package.json": package}
    dockerfile = f"FROM node:22\nCOPY . .\n{text}\n".encode()
    return check(dockerfile, port, PATHS, text_of=lambda path: texts.get(path, ""))


@pytest.mark.parametrize(
    "text",
    [
        "CMD uvicorn a:a --host 0.0.0.0 --port ${PORT:-7860}",
        "CMD uvicorn a:a --host 0.0.0.0 --port $PORT",
        "ENV PORT=7860\nCMD uvicorn a:a --host 0.0.0.0 --port $PORT",
        "ARG PORT=7860\nENV PORT=$PORT\nCMD uvicorn a:a --host 0.0.0.0 --port ${PORT}",
        'ENV P=7860\nCMD ["sh", "-c", "uvicorn a:a --host :: --port $P"]',
        "ENV UVICORN_HOST=0.0.0.0 UVICORN_PORT=7860\nCMD uvicorn a:a",
        "ENV HOST=0.0.0.0\nCMD uvicorn a:a --host $HOST --port 7860",
        "CMD uvicorn a:a --uds /tmp/s & nginx",
        "CMD uvicorn a:a --fd 0",
        "CMD fastapi run --port 7860",
        "ENV PORT=7860\nCMD fastapi run app.py",
        "ENV FLASK_RUN_HOST=0.0.0.0 FLASK_RUN_PORT=7860\nCMD flask run",
        "CMD flask run -h 0.0.0.0 -p 7860",
        "ENV PORT=7860\nCMD gunicorn a:a",
        "ARG PORT\nENV PORT=$PORT\nCMD gunicorn a:a",
        "CMD gunicorn -b [::]:7860 a:a",
        "CMD gunicorn -b 0.0.0.0:7860 -b 127.0.0.1:9000 a:a",
        "CMD gunicorn -b unix:/tmp/s a:a",
        "CMD gunicorn -c conf.py a:a",
        "COPY <<E /app/gunicorn.conf.py\nbind = ':7860'\nE\nCMD gunicorn a:a",
        "RUN mkdir .streamlit && echo x > .streamlit/config.toml\nCMD streamlit run a.py",
        "ENV GUNICORN_CMD_ARGS=--bind=0.0.0.0:7860\nCMD gunicorn a:a",
        "CMD gunicorn -b :7860 a:a",
        "CMD gunicorn a:a --bind=0.0.0.0:${PORT}",
        "ENV STREAMLIT_SERVER_PORT=7860\nCMD streamlit run a.py",
        "CMD streamlit run a.py --server.port=7860 --browser.serverAddress=127.0.0.1",
        "CMD python -m http.server 7860",
        "ENV PORT=7860\nCMD next start",
        "CMD npx next start -p 7860",
        "ENV HOSTNAME=0.0.0.0\nENV PORT=7860\nCMD node server.js",
        "ENV HOST=localhost\nCMD python app.py",
        "ENV DB_HOST=localhost REDIS_HOST=127.0.0.1\nCMD node index.js",
        "ENV HOSTNAME=localhost\nENV HOSTNAME=0.0.0.0\nCMD node server.js",
        "ARG HF_TOKEN\nENV HF_TOKEN=${HF_TOKEN}\nCMD node index.js",
        "ENV PATH=$PATH LD_LIBRARY_PATH=${LD_LIBRARY_PATH}\nCMD node index.js",
        "ENV CACHE_KEY=$CACHE_KEY\nCMD node index.js",
        "EXPOSE 3000\nENV PORT=7860\nCMD npm start",
        "EXPOSE 3838\nCMD R -e \"shiny::runApp(host = '0.0.0.0', port = 7860)\"",
        "EXPOSE 80\nHEALTHCHECK CMD curl -f http://localhost:7860\nCMD node index.js",
        'ENV SERVER_OPTS="--port 9000"\nCMD node index.js',
        "CMD bash -c 'uvicorn a:a --port 9000 & nginx'",
        'ENTRYPOINT ["/start"]\nCMD ["uvicorn", "a:a"]',
        'ENTRYPOINT ["/start"]\nCMD ["gunicorn", "-b", "127.0.0.1:8000", "a:a"]',
        'EXPOSE 80\nENTRYPOINT ["env", "bash", "x.sh"]\nCMD ["--host", "127.0.0.1", "-p", "80"]',
        "EXPOSE 80\nCMD service nginx start && uvicorn a:a --host 127.0.0.1 --port 8000",
        "CMD redis-server --bind 127.0.0.1 --daemonize yes && python app.py",
        "CMD bash -c 'uvicorn a:a --host 127.0.0.1 & streamlit run a.py --server.port 7860'",
        "CMD until pg_isready -h localhost; do sleep 1; done; python app.py",
        "EXPOSE 8000\nCMD bash -c 'uvicorn a:a --port 8000 & python app.py'",
    ],
)
def test_what_reaches_the_port_or_is_not_known_has_no_finding(text: str) -> None:
    assert not found_in(text)


@pytest.mark.parametrize(
    ("text", "line", "level", "name", "words"),
    [
        ("CMD uvicorn a:a --host 0.0.0.0 --port ${PORT:-8000}", 3, W, "port", ["8000"]),
        ("ENV PORT=8000\nCMD uvicorn a:a --host 0 --port $PORT", 4, W, "port", ["app_port: 8000"]),
        ("ARG P=8080\nENV P=$P\nCMD gunicorn -b :$P a:a", 5, W, "port", ["8080"]),
        ('CMD ["uvicorn", "a:a", "--host=::", "--port=$PORT"]', 3, E, "port", ["a shell"]),
        ("CMD fastapi run app.py", 3, W, "port", ["8000 by default"]),
        ("CMD fastapi run app.py --port 80", 3, E, "port", ["port 80,"]),
        ("CMD flask run --port 7860", 3, E, "localhost", ["127.0.0.1 by default"]),
        ("ENV FLASK_RUN_HOST=127.0.0.1\nCMD flask run", 4, E, "localhost", ["127.0.0.1"]),
        ("CMD flask --app x run --host=0.0.0.0", 3, W, "port", ["5000 by default"]),
        ("ENV PORT=8080\nCMD gunicorn a:a", 4, W, "port", ["8080"]),
        ("CMD gunicorn -b 0.0.0.0 a:a", 3, W, "port", ["8000 by default"]),
        ("CMD gunicorn -b localhost a:a", 3, E, "localhost", ["0.0.0.0"]),
        ("CMD gunicorn -b 127.0.0.1:7860 a:a", 3, E, "localhost", ["0.0.0.0"]),
        ("CMD python -m http.server", 3, W, "port", ["8000 by default"]),
        ("CMD python3 -m http.server 8080", 3, E, "port", ["8080"]),
        ("CMD python -m http.server 7860 -b 127.0.0.1", 3, E, "localhost", ["`--bind 0.0.0.0`"]),
        ("CMD npx next start", 3, W, "port", ["3000 by default"]),
        ("CMD streamlit run a.py", 3, W, "port", ["8501 by default"]),
        ("CMD cd web && exec streamlit run a.py --server.port 8501", 3, E, "port", ["8501"]),
        ("CMD uv run uvicorn a:a --port 7860", 3, E, "localhost", ["127.0.0.1"]),
        ("CMD poetry run uvicorn a:a --host 0.0.0.0 --port 80", 3, E, "port", ["80"]),
        ("ENV HOST=localhost\nCMD npm start", 3, W, "localhost", ["`HOST`", "0.0.0.0"]),
        ("ENV A=1 HOSTNAME=127.0.0.1\nCMD node build", 3, W, "localhost", ["`HOSTNAME`"]),
        ('ENV X_ARGUMENTS="--model m --port 8080"', 3, W, "port", ["8080"]),
        ("EXPOSE 3000/tcp\nCMD node index.js", 3, W, "port", ["3000"]),
        ("ENV HF_TOKEN=${HF_TOKEN}\nCMD node index.js", 3, W, "empty-variable", ["`HF_TOKEN`"]),
        ("ENV A=1 \\\n  API_KEY=$API_KEY\nCMD node index.js", 3, W, "empty-variable", ["API_KEY"]),
    ],
)
def test_what_does_not_reach_the_port_is_reported(
    text: str, line: int, level: Level, name: str, words: list[str]
) -> None:
    (found,) = found_in(text)
    assert (found.line, found.level, found.name) == (line, level, f"docker-{name}")
    assert not [word for word in words if word not in found.message], found.message


def test_next_js_listens_on_its_hostname() -> None:
    text = 'ENV PORT 3000\nENV HOSTNAME localhost\nEXPOSE 3000\nCMD ["node", "server.js"]'
    (found,) = found_in(text, 3000, NEXT)
    assert (found.line, found.level, found.name) == (4, E, "docker-localhost")
    (found,) = found_in(text, 3000)
    assert found.level is W


def test_the_stages_below_the_last_one_count() -> None:
    text = "ENV PORT=7860\nFROM node:22 AS web\nENV PORT=80\nFROM web\nCMD gunicorn a:a"
    (found,) = found_in(text)
    assert "80" in found.message
