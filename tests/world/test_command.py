"""The user's command ends together with its child processes, and gets no secret."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.space.settings import Secret
from deployer.world import clock, command

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def _run(
    text: str, timeout: float = 60.0, emitted: list[str] | None = None
) -> command.CommandResult:
    return command.run(text, ENVIRONMENT, timeout, (emitted if emitted is not None else []).append)


def _is_alive(file: Path) -> bool:
    """Whether the process with the id in a file is running; a zombie is not."""
    try:
        state = Path(f"/proc/{file.read_text().strip()}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("code", [0, 1, 42])
def test_the_exit_code_is_returned_and_the_lines_of_both_outputs_are_emitted(code: int) -> None:
    emitted: list[str] = []
    result = _run(f"echo one; echo two >&2; printf three; exit {code}", emitted=emitted)
    assert (result.code, result.timed_out) == (code, False)
    assert list(result.lines) == emitted == ["one", "two", "three"]


def test_all_lines_are_emitted_and_the_last_ones_are_returned() -> None:
    emitted: list[str] = []
    result = _run("seq 5000", emitted=emitted)
    assert len(emitted) == 5000
    assert result.lines == tuple(map(str, range(4981, 5001)))


def test_invalid_utf_8_is_replaced_and_a_very_long_line_is_truncated() -> None:
    result = _run(r"printf '\xff\r\n'; head -c 3000000 /dev/zero | tr '\0' x; echo; echo end")
    assert result.lines[0] == "\ufffd" and result.lines[-1] == "end"
    assert max(map(len, result.lines)) < 10_000


def test_its_stdin_is_empty() -> None:
    assert _run("read -r line || echo none").lines == ("none",)


def test_it_gets_exactly_the_given_environment() -> None:
    result = command.run("env", {**ENVIRONMENT, "SPACE_ID": "julia/demo"}, 20.0, lambda _: None)
    names = {line.partition("=")[0] for line in result.lines}
    assert "SPACE_ID" in names and names <= {"PATH", "SPACE_ID", "PWD", "SHLVL", "_", "OLDPWD"}


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_after_the_timeout_it_is_ended_with_its_children(
    tmp_path: Path, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child"
    late = 0.0
    monkeypatch.setattr(clock, "now", lambda: time.monotonic() + late)

    def advance_the_clock(_: str) -> None:
        nonlocal late
        late = 600.0

    text = f"{trap}sleep 600 & echo $! > {child}; echo begun; wait; sleep 600"
    result = command.run(text, ENVIRONMENT, 500.0, advance_the_clock)
    assert result.timed_out and result.code != 0 and result.lines == ("begun",)
    assert child.read_text() and not _is_alive(child)


def test_a_background_child_is_ended_with_it_and_not_waited_for(tmp_path: Path) -> None:
    child = tmp_path / "child"
    result = _run(f"sleep 600 & echo $! > {child}; echo done")
    assert (result.code, result.lines, result.timed_out) == (0, ("done",), False)
    assert child.read_text() and not _is_alive(child)


def test_a_child_that_left_the_process_group_is_not_waited_for(tmp_path: Path) -> None:
    child = tmp_path / "child"
    left = f"setsid sh -c 'echo $$ > {child}; exec sleep 600' &"
    try:
        result = _run(f"{left} until [ -s {child} ]; do sleep 0.02; done; echo done")
        assert (result.code, result.lines, result.timed_out) == (0, ("done",), False)
    finally:
        os.kill(int(child.read_text()), signal.SIGKILL)


def test_a_command_with_endless_output_times_out() -> None:
    assert _run("yes", timeout=0.3).timed_out


def test_an_interrupt_ends_it(tmp_path: Path) -> None:
    child = tmp_path / "child"

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command.run(f"echo $$ > {child}; echo begun; sleep 600", ENVIRONMENT, 60.0, interrupt)
    assert not _is_alive(child)


def test_without_bash_the_result_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = command.run("true", {"PATH": str(tmp_path)}, 20.0, lambda _: None)
    assert result.code == 127 and "could not start bash" in result.lines[0]


def test_a_command_with_a_nul_byte_fails_with_127() -> None:
    assert _run("echo \0").code == 127


def test_no_thread_is_left_after_a_command() -> None:
    before = threading.active_count()
    _run("echo done")
    end = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() <= before


# typical names of secrets, and of what changes later steps of a job
SECRET_NAMES = """
    HF_TOKEN HF_HOME HF_ENDPOINT HUGGING_FACE_HUB_TOKEN INPUT_TOKEN INPUT_SPACE HF_DEPLOY_VERIFY
    ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_RUNTIME_TOKEN
    ACTIONS_CACHE_URL GITHUB_TOKEN GITHUB_ENV GITHUB_OUTPUT GITHUB_PATH GITHUB_STEP_SUMMARY
    GITHUB_STATE GITHUB_EVENT_PATH GH_TOKEN GH_PAT AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    AWS_SESSION_TOKEN AWS_PROFILE AZURE_CLIENT_SECRET AZURE_STORAGE_CONNECTION_STRING
    GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CREDENTIALS OPENAI_API_KEY ANTHROPIC_API_KEY APIKEY
    DATABASE_URL REDIS_URL MONGO_URI MONGODB_URI PGPASSWORD PGPASSFILE PGPASSWD MYSQL_PWD
    DB_PASSWORD DB_PASS DB_DSN SENTRY_DSN SLACK_WEBHOOK DISCORD_WEBHOOK_URL KUBECONFIG
    KUBE_CONFIG_DATA DOCKER_CONFIG DOCKER_AUTH_CONFIG DOCKER_HOST PIP_INDEX_URL PIP_EXTRA_INDEX_URL
    UV_INDEX_URL TWINE_PASSWORD NPM_CONFIG_USERCONFIG NODE_AUTH_TOKEN npm_config_token NETRC
    SSH_AUTH_SOCK SSH_PRIVATE_KEY SSH_ASKPASS GIT_ASKPASS GIT_CONFIG_VALUE_0 GPG_PASSPHRASE
    VAULT_ADDR VAULT_TOKEN WANDB_API_KEY SUPABASE_KEY STRIPE_SK TWILIO_SID PRIVATE_KEY SIGNING_KEY
    CERTIFICATE_P12 KEYSTORE_BASE64 CONNECTION_STRING AMQP_URL CELERY_BROKER_URL SMTP_URL
    http_auth PYTHONPATH PYTHONSTARTUP BASH_ENV ENV LD_PRELOAD RUNNER_TRACKING_ID
    """.split()
KEPT_NAMES = """
    PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_ALL LC_CTYPE TZ TMPDIR TEMP TMP TERM COLORTERM
    NO_COLOR CI SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS
    LD_LIBRARY_PATH DYLD_LIBRARY_PATH VIRTUAL_ENV CONDA_PREFIX pythonLocation Python_ROOT_DIR
    Python3_ROOT_DIR PKG_CONFIG_PATH RUNNER_TEMP RUNNER_OS RUNNER_ARCH RUNNER_TOOL_CACHE SystemRoot
    ComSpec PATHEXT windir GITHUB_REPOSITORY GITHUB_REF GITHUB_REF_NAME GITHUB_SHA GITHUB_RUN_ID
    GITHUB_RUN_NUMBER GITHUB_RUN_ATTEMPT GITHUB_SERVER_URL GITHUB_WORKSPACE GITHUB_ACTOR
    GITHUB_EVENT_NAME GITHUB_WORKFLOW GITHUB_JOB http_proxy HTTPS_PROXY no_proxy NO_PROXY
    """.split()


def _environment(
    environ: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    token: str = "",
    named: tuple[str, ...] = (),
) -> dict[str, str]:
    given_secrets = [Secret(name, value) for name, value in (secrets or {}).items()]
    return command.environment_for_child(environ, given_secrets, token, named)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_variable_that_is_not_known_to_be_harmless_is_removed_unless_it_is_named(
    name: str,
) -> None:
    assert not _environment({name: "x"})
    assert _environment({name: "x", "OTHER": "y"}, named=(name,)) == {name: "x"}


@pytest.mark.parametrize("name", KEPT_NAMES)
def test_a_variable_that_says_who_and_where_we_are_is_kept(name: str) -> None:
    assert _environment({name: "x"}) == {name: "x"}


@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("value", ["http://julia:pass@proxy:80", "julia:pass@proxy"])
def test_a_proxy_with_a_password_is_removed(name: str, value: str) -> None:
    assert not _environment({name: value})
    assert _environment({name: "http://proxy:80"}) == {name: "http://proxy:80"}


@given(
    some.dictionaries(some.sampled_from(KEPT_NAMES), some.text(max_size=30)),
    some.text(min_size=4, max_size=8),
)
def test_a_variable_that_contains_a_secret_value_is_removed(
    environment: Mapping[str, str], secret: str
) -> None:
    given_variables = {**environment, "HOME": f"/home/{secret}/"}
    for left in (
        _environment(given_variables, {"KEY": secret}),
        _environment(given_variables, token=secret),
    ):
        assert not any(secret in value for value in left.values())
        assert left.items() <= given_variables.items()


def test_a_secret_of_the_space_is_removed_by_its_name() -> None:
    assert not _environment({"TERM": "dumb"}, {"TERM": "other"})


def test_an_empty_or_short_secret_removes_nothing() -> None:
    assert _environment({"LANG": "C.UTF-8"}, {"A": "", "B": "UTF"}, "C") == {"LANG": "C.UTF-8"}


def test_a_name_that_is_not_set_adds_nothing() -> None:
    assert not _environment({}, named=("MISSING",))
