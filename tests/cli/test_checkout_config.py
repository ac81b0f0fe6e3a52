"""What a config file in the checkout may set, and what only the caller may."""

from __future__ import annotations

import os
import pty
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import APP, CARD, SPACE, Cli, Ran, Repo, commits_sent

OWN, SHARED = "hf-deploy.toml", "pyproject.toml"
KEY = "sk-ant-" + "api03-" + "b7Q2mZx9KfT4wLs8VnR1cYd6HjP3gEu5" * 3 + "-A1b2C3AA"


def _refused(ran: Ran, *shown: str) -> dict[str, str]:
    assert ran.code == 2, ran.out + ran.err
    error = ran.error
    assert all(text in error["cause"] for text in shown), error
    return error


@pytest.mark.parametrize(
    "arguments",
    [["status", SPACE], ["history", SPACE], ["plan", SPACE], ["deploy", SPACE], ["check", SPACE]],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.parametrize("name", [OWN, SHARED])
def test_a_file_does_not_say_where_the_token_goes(
    cli: Cli, hub: LocalHub, repo: Repo, arguments: list[str], name: str
) -> None:
    asked: list[str] = []

    class Liar(BaseHTTPRequestHandler):
        """Writes down who asks."""

        def do_GET(self) -> None:  # pylint: disable=invalid-name
            """Any request."""
            asked.append(self.headers.get("Authorization", "nobody"))
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    Thread(target=server.serve_forever, daemon=True).start()
    line = f'endpoint = "http://127.0.0.1:{server.server_port}"\n'
    table = "[project]\nname = 'x'\n\n[tool.hf-deploy]\n" if name == SHARED else "\n\n\n\n"
    repo.commit({name: (table + line).encode()})
    try:
        error = _refused(cli(*arguments, HF_ENDPOINT=""), f"{name}:5")
    finally:
        server.shutdown()
        server.server_close()
    assert not asked and not hub.requests
    assert "--endpoint" in error["fix"] and "HF_DEPLOY_ENDPOINT" in error["fix"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('wait = false\nvariables = ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]\n', 2),
        ('variables = """\nA=1\nDATABASE_URL\n"""\n', 1),
        ('secrets = ["HF_TOKEN"]\n', 1),
        *(
            (f'# ours\n"secrets" = ["API_KEY", "{name}"]\n', 2)
            for name in "GITHUB_TOKEN ACTIONS_RUNTIME_TOKEN RUNNER_TEMP AWS_SECRET_ACCESS_KEY "
            "azure_client_secret GOOGLE_CREDENTIALS GCP_SA_KEY GCLOUD_KEY DOCKER_PASSWORD "
            "NPM_TOKEN PYPI_TOKEN TWINE_PASSWORD KUBECONFIG SSH_PRIVATE_KEY HUGGING_FACE_HUB_TOKEN "
            "GH_TOKEN HCLOUD_TOKEN HEROKU_API_KEY FLY_API_TOKEN VERCEL_TOKEN CR_PAT HFTOKEN "
            "JFROG_ACCESS_TOKEN BITBUCKET_TOKEN CIRCLE_TOKEN".split()
        ),
        ('token = "hf_secret"\n', 1),
    ],
)
@pytest.mark.parametrize("command", ["deploy"])
def test_a_file_publishes_nothing_of_the_caller_s_job(
    cli: Cli, hub: LocalHub, repo: Repo, command: str, text: str, line: int
) -> None:
    repo.commit({OWN: text.encode()})
    job = {
        name: "hunter2" for name in "ACTIONS_ID_TOKEN_REQUEST_TOKEN DATABASE_URL API_KEY".split()
    }
    ran = cli(command, SPACE, **job)
    error = _refused(ran, f"{OWN}:{line}")
    assert "hunter2" not in ran.err and "hf_secret" not in ran.err
    assert error["fix"]
    assert not hub.requests


def test_the_caller_names_those_secrets_and_variables(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({OWN: b'secrets = ["NPM_TOKEN"]\nvariables = ["REGION"]\nwait = false\n'})
    ran = cli(
        "deploy",
        SPACE,
        "--secret",
        "NPM_TOKEN",
        NPM_TOKEN="n",
        HF_DEPLOY_VARIABLES="REGION",
        REGION="eu",
    )
    assert ran.code == 0, ran.err
    assert set(hub.space(SPACE).secrets) == {"NPM_TOKEN"}
    assert set(hub.space(SPACE).variables) == {"REGION"}


def test_a_file_names_secrets_of_the_app(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    names = "AZURE_OPENAI_API_KEY DATABASE_URL GOOGLE_API_KEY OPENAI_API_KEY SYSTEM_PROMPT".split()
    repo.commit({OWN: f"secrets = {names}\nwait = false\n".encode()})
    ran = cli("deploy", SPACE, **dict.fromkeys(names, "o"))
    assert ran.code == 0, ran.err
    assert set(hub.space(SPACE).secrets) == set(names)


@pytest.mark.parametrize(
    ("keys", "more", "code"),
    [
        (b"n\n", (), 6),
        (b"\n", (), 6),
        (b"y\n", (), 0),
        (b"", ("--yes",), 0),
        (b"", ("--secret", "API_KEY"), 0),
    ],
)
def test_a_person_is_asked_for_the_secrets_that_a_file_names(
    cli: Cli, hub: LocalHub, repo: Repo, keys: bytes, more: tuple[str, ...], code: int
) -> None:
    repo.commit({OWN: b'secrets = ["API_KEY"]\nwait = false\n'})
    typed, read = pty.openpty()
    try:
        job = cli.start("deploy", SPACE, *more, stdin=read, API_KEY="hunter2")
        os.write(typed, keys)
        ran = job.ended()
    finally:
        os.close(typed)
        os.close(read)
    assert ran.code == code, ran.err
    is_asked = f"{OWN}:1" in ran.err and "API_KEY. Continue?" in ran.err
    assert is_asked is not bool(more)
    assert "hunter2" not in ran.err
    assert commits_sent(hub) == (code == 0)


def test_a_file_names_no_path_and_no_card_outside_the_repository(
    cli: Cli, repo: Repo, tmp_path: Path
) -> None:
    outside = tmp_path / "private.yaml"
    outside.write_bytes(b"title: Private\nsdk: gradio\n")
    (tmp_path / "more").mkdir()
    repo.link("link.yaml", outside)
    for line in ('card = "../private.yaml"', f'card = "{outside}"', 'card = "link.yaml"'):
        repo.commit({OWN: f"\n{line}\n".encode(), "README.md": b"# Demo\n"})
        error = _refused(cli("check"), f"{OWN}:2")
        assert "Private" not in error["cause"]
    repo.commit({".hfignore": b"link.yaml\n"})
    assert cli("check", "--card", str(outside)).code == 0
    repo.commit({OWN: b'path = "../more"\n'})
    _refused(cli("check"), "../more")


def test_a_file_names_a_card_in_the_repository(cli: Cli, repo: Repo) -> None:
    repo.commit(
        {
            "space/README.md": b"# Demo\n",
            "space/app.py": b"",
            "card.yaml": CARD[4:-4],
            "space/hf-deploy.toml": b'card = "../card.yaml"\n',
        }
    )
    ran = cli("check", here=repo.root / "space")
    assert ran.code == 0, ran.out + ran.err


@pytest.mark.parametrize(
    ("before", "asked", "code"),
    [
        ("private", "public", 2),
        ("private", "protected", 2),
        ("protected", "public", 2),
        ("public", "public", 0),
        ("public", "private", 0),
        (None, "public", 0),
    ],
)
def test_a_file_shows_no_space_to_more_people(
    cli: Cli, hub: LocalHub, repo: Repo, before: str | None, asked: str, code: int
) -> None:
    if before is not None:
        hub.add_space(SPACE, APP)
        hub.space(SPACE).visibility = before
    repo.commit({OWN: f'wait = false\nvisibility = "{asked}"\n'.encode()})
    for command in ("plan", "deploy"):
        ran = cli(command, SPACE)
        if code:
            assert "--visibility" in _refused(ran, f"{OWN}:2")["fix"]
        else:
            assert ran.code == 0, ran.err
    assert hub.space(SPACE).visibility == (before if code else asked)
    assert cli("deploy", SPACE, "--visibility", asked).code == 0
    assert hub.space(SPACE).visibility == asked


@pytest.mark.parametrize(
    "allowed_by_file", ["*", ".env", "**/*", "/.env", "build/", "[.]e*"], ids=map(str, range(6))
)
def test_a_file_allows_no_credential_in_what_git_does_not_track(
    cli: Cli, hub: LocalHub, repo: Repo, allowed_by_file: str
) -> None:
    text = (
        f'include = [".env", "build/"]\nallow-credentials = ["{allowed_by_file}"]\nwait = false\n'
    )
    repo.commit({OWN: text.encode(), ".gitignore": b".env\nbuild/\n"})
    repo.write({".env": b"A=1\n", "build/settings.txt": f'key = "{KEY}"\n'.encode()})
    for command in (("deploy", SPACE), ("check",)):
        ran = cli(*command)
        assert ran.code == 4, ran.out + ran.err
        assert KEY not in ran.out + ran.err
    assert not commits_sent(hub)
    allowed = ("--allow-credentials", ".env", "--allow-credentials", "build/")
    assert cli("deploy", SPACE, *allowed).code == 0


def test_a_file_allows_a_credential_in_a_tracked_file_and_in_its_own_variables(
    cli: Cli, repo: Repo
) -> None:
    text = f'allow-credentials = ["keys.txt", "EXAMPLE"]\nvariables = ["EXAMPLE={KEY}"]\n'
    repo.commit({OWN: f"{text}wait = false\n".encode(), "keys.txt": KEY.encode()})
    # the file itself quotes the key, too
    repo.commit({".hfignore": b"hf-deploy.toml\n"})
    ran = cli("deploy", SPACE)
    assert ran.code == 0, ran.err
    ran = cli("deploy", SPACE, "--variable", f"EXAMPLE={KEY}")
    assert ran.code == 4, ran.err
    assert KEY not in ran.err


@pytest.mark.parametrize("change", ["untracked", "modified", "staged", "linked", "assumed"])
def test_a_command_of_a_file_that_is_not_as_committed_is_not_run(
    cli: Cli, hub: LocalHub, repo: Repo, tmp_path: Path, change: str
) -> None:
    text = f"wait = true\nverify = \"touch '{tmp_path / 'ran'}'\"\n".encode()
    if change != "untracked":
        repo.commit({OWN: b"wait = true\n"})
    if change == "assumed":
        repo.git("update-index", "--assume-unchanged", OWN)
    if change == "linked":
        (repo.root / OWN).unlink()
        (tmp_path / "elsewhere").write_bytes(text)
        repo.link(OWN, tmp_path / "elsewhere")
        repo.commit()
    else:
        repo.write({OWN: text})
    if change == "staged":
        repo.git("add", OWN)
    error = _refused(cli("deploy", SPACE), f"{OWN}:2")
    assert "--verify" in error["fix"] and not hub.requests
    assert not (tmp_path / "ran").exists()


def test_a_command_of_a_committed_file_is_printed_and_run(
    cli: Cli, repo: Repo, tmp_path: Path
) -> None:
    command = f"touch '{tmp_path / 'ran'}'"
    repo.commit({SHARED: f'[tool.hf-deploy]\nverify = "{command}"\n'.encode()})
    ran = cli("deploy", SPACE)
    assert ran.code == 0, ran.err
    assert command in ran.err and (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("given", "is_warned"),
    [
        ("DB_PASSWORD=correct horse", True),
        ("API_KEY=letmein", True),
        ("AUTH_TOKEN=letmein", True),
        ("MAX_NEW_TOKENS=5.12e2", False),
        ("TOKENIZER=org/model", False),
        ("KEYBOARD=qwertz", False),
        ("TOKENS_PER_SECOND=10.25", False),
    ],
)
def test_a_variable_that_is_named_like_a_secret_is_warned_of(
    cli: Cli, hub: LocalHub, given: str, is_warned: bool
) -> None:
    name = given.partition("=")[0]
    ran = cli("deploy", SPACE, "--no-wait", "--variable", given)
    assert ran.code == 0, ran.err
    assert (f"variable {name} is named like a secret" in ran.err) is is_warned
    assert given.partition("=")[2] not in ran.err
    assert name in hub.space(SPACE).variables


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://julia:hunter2@huggingface.co",
        "http://hunter2@127.0.0.1:9",
        "hunter2@localhost",
        "https://huggingface.co/?token=hunter2",
        "https://julia:hunter2",
    ],
)
@pytest.mark.parametrize("command", ["status", "deploy"])
def test_an_endpoint_with_a_password_is_refused_and_not_shown(
    cli: Cli, endpoint: str, command: str
) -> None:
    for ran in (
        cli(command, SPACE, "--endpoint", endpoint),
        cli(command, SPACE, "--json", HF_ENDPOINT=endpoint),
    ):
        assert ran.code == 2
        assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize("host", ["hub.example", "10.0.0.1", "0.0.0.0", "localhost.example"])
def test_the_token_is_not_sent_in_the_clear(cli: Cli, host: str) -> None:
    error = _refused(cli("status", SPACE, "--endpoint", f"http://{host}:8000"), "plain http")
    assert "https://" in error["fix"]
