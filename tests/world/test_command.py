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

from deployer.world import clock, command
from tests.conftest import ROOT

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


SECRET_NAMES = [
    "HF_TOKEN", "HF_HOME", "HF_ENDPOINT", "HUGGING_FACE_HUB_TOKEN", "INPUT_TOKEN", "INPUT_SPACE",
    "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_RUNTIME_URL", "HF_DEPLOY_VERIFY", "GITHUB_TOKEN",
    "GH_TOKEN", "GH_PAT", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY", "OPENAI_API_KEY", "APIKEY",
    "DB_PASSWORD", "PGPASSWD", "GOOGLE_APPLICATION_CREDENTIALS", "SSH_AUTH_SOCK", "http_auth",
    "npm_config_token",
]  # fmt: skip
KEPT_NAMES = [
    "PATH", "HOME", "LANG", "CI", "GITHUB_SHA", "RUNNER_TEMP", "KEYBOARD", "KEY_FILE_NAME",
    "MONKEY", "HFX", "PATH_TO_X", "https_proxy",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_variable_named_like_a_secret_is_removed(name: str) -> None:
    assert not command.without_secrets({name: "x"}, ())


@pytest.mark.parametrize("name", KEPT_NAMES)
def test_a_variable_with_another_name_is_kept(name: str) -> None:
    assert command.without_secrets({name: "x"}, ()) == {name: "x"}


@given(
    some.dictionaries(some.text(max_size=8), some.text(max_size=30)),
    some.lists(some.text(max_size=6), max_size=3),
    some.text(min_size=4, max_size=8),
)
def test_a_variable_that_contains_a_secret_value_is_removed(
    environment: Mapping[str, str], secrets: list[str], secret: str
) -> None:
    given_variables = {**environment, "URL": f"https://julia:{secret}@example.com/"}
    left = command.without_secrets(given_variables, [*secrets, secret])
    assert not any(secret in value for value in left.values())
    assert left.items() <= given_variables.items()


def test_an_empty_or_short_secret_removes_nothing() -> None:
    assert command.without_secrets({"LANG": "C.UTF-8"}, ["", "C", "UTF"]) == {"LANG": "C.UTF-8"}


def test_a_child_gets_the_environment_of_this_process_without_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_write")
    monkeypatch.setenv("PLAIN", "1")
    monkeypatch.setenv("HIDDEN", "x hf_write x")
    found = command.environment_for_child(["hf_write"])
    assert found["PLAIN"] == "1"
    assert not {"HF_TOKEN", "HIDDEN"} & found.keys()


def test_the_pythonpath_of_the_action_is_not_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}/./")
    assert "PYTHONPATH" not in command.environment_for_child(())
    monkeypatch.setenv("PYTHONPATH", "/of/the/user")
    assert command.environment_for_child(())["PYTHONPATH"] == "/of/the/user"
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("PYTHONPATH")
    assert "PYTHONPATH" not in command.environment_for_child(())
