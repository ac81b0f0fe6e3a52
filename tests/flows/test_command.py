"""A user's command: it ends with all that it started, and sees no secret."""

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

HERE = {"PATH": os.environ["PATH"]}


def _ran(text: str, timeout: float = 60.0, told: list[str] | None = None) -> command.Ran:
    return command.run(text, HERE, timeout, (told if told is not None else []).append)


def _is_alive(file: Path) -> bool:
    """Whether the process is there whose number stands in a file; a dead one may be unburied."""
    try:
        state = Path(f"/proc/{file.read_text().strip()}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("code", [0, 1, 42])
def test_the_exit_code_and_the_lines_of_both_outputs_are_told(code: int) -> None:
    told: list[str] = []
    ran = _ran(f"echo one; echo two >&2; printf three; exit {code}", told=told)
    assert (ran.code, ran.timed_out) == (code, False)
    assert list(ran.lines) == told == ["one", "two", "three"]


def test_the_last_lines_are_kept_and_all_are_told() -> None:
    told: list[str] = []
    ran = _ran("seq 5000", told=told)
    assert len(told) == 5000
    assert ran.lines == tuple(map(str, range(4981, 5001)))


def test_bytes_that_are_no_text_and_endless_lines_are_survived() -> None:
    ran = _ran(r"printf '\xff\r\n'; head -c 3000000 /dev/zero | tr '\0' x; echo; echo end")
    assert ran.lines[0] == "\ufffd" and ran.lines[-1] == "end"
    assert max(map(len, ran.lines)) < 10_000


def test_it_reads_nothing() -> None:
    assert _ran("read -r line || echo none").lines == ("none",)


def test_its_environment_is_the_one_that_is_given() -> None:
    ran = command.run("env", {**HERE, "SPACE_ID": "julia/demo"}, 20.0, lambda _: None)
    names = {line.partition("=")[0] for line in ran.lines}
    assert "SPACE_ID" in names and names <= {"PATH", "SPACE_ID", "PWD", "SHLVL", "_", "OLDPWD"}


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_when_the_time_is_up_it_ends_with_its_children(
    tmp_path: Path, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child"
    late = 0.0
    monkeypatch.setattr(clock, "now", lambda: time.monotonic() + late)

    def time_is_up(_: str) -> None:
        nonlocal late
        late = 600.0

    text = f"{trap}sleep 600 & echo $! > {child}; echo begun; wait; sleep 600"
    ran = command.run(text, HERE, 500.0, time_is_up)
    assert ran.timed_out and ran.code != 0 and ran.lines == ("begun",)
    assert child.read_text() and not _is_alive(child)


def test_a_child_in_the_background_ends_with_it_and_nobody_waits_for_it(tmp_path: Path) -> None:
    child = tmp_path / "child"
    ran = _ran(f"sleep 600 & echo $! > {child}; echo done")
    assert (ran.code, ran.lines, ran.timed_out) == (0, ("done",), False)
    assert child.read_text() and not _is_alive(child)


def test_a_child_that_left_the_group_is_not_waited_for(tmp_path: Path) -> None:
    child = tmp_path / "child"
    left = f"setsid sh -c 'echo $$ > {child}; exec sleep 600' &"
    try:
        ran = _ran(f"{left} until [ -s {child} ]; do sleep 0.02; done; echo done")
        assert (ran.code, ran.lines, ran.timed_out) == (0, ("done",), False)
    finally:
        os.kill(int(child.read_text()), signal.SIGKILL)


def test_a_command_that_prints_without_end_is_stopped() -> None:
    assert _ran("yes", timeout=0.3).timed_out


def test_an_interrupt_ends_it_too(tmp_path: Path) -> None:
    child = tmp_path / "child"

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command.run(f"echo $$ > {child}; echo begun; sleep 600", HERE, 60.0, interrupted)
    assert not _is_alive(child)


def test_without_bash_it_fails_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = command.run("true", {"PATH": str(tmp_path)}, 20.0, lambda _: None)
    assert ran.code == 127 and "bash could not be started" in ran.lines[0]


def test_a_command_that_no_process_can_get_fails_plainly() -> None:
    assert _ran("echo \0").code == 127


def test_no_thread_of_a_command_that_ended_is_left() -> None:
    before = threading.active_count()
    _ran("echo done")
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
def test_what_is_called_a_secret_is_left_out(name: str) -> None:
    assert not command.scrubbed({name: "x"}, ())


@pytest.mark.parametrize("name", KEPT_NAMES)
def test_what_is_not_called_so_stays(name: str) -> None:
    assert command.scrubbed({name: "x"}, ()) == {name: "x"}


@given(
    some.dictionaries(some.text(max_size=8), some.text(max_size=30)),
    some.lists(some.text(max_size=6), max_size=3),
    some.text(min_size=4, max_size=8),
)
def test_no_secret_stays_wherever_it_stands(
    environment: Mapping[str, str], secrets: list[str], secret: str
) -> None:
    given_one = {**environment, "URL": f"https://julia:{secret}@example.com/"}
    left = command.scrubbed(given_one, [*secrets, secret])
    assert not any(secret in value for value in left.values())
    assert left.items() <= given_one.items()


def test_a_secret_of_no_length_takes_nothing_away() -> None:
    assert command.scrubbed({"LANG": "C.UTF-8"}, ["", "C", "UTF"]) == {"LANG": "C.UTF-8"}


def test_the_surroundings_are_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_write")
    monkeypatch.setenv("PLAIN", "1")
    monkeypatch.setenv("HIDDEN", "x hf_write x")
    found = command.surroundings(["hf_write"])
    assert found["PLAIN"] == "1"
    assert not {"HF_TOKEN", "HIDDEN"} & found.keys()


def test_the_path_by_which_the_action_finds_us_is_not_handed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}/./")
    assert "PYTHONPATH" not in command.surroundings(())
    monkeypatch.setenv("PYTHONPATH", "/of/the/user")
    assert command.surroundings(())["PYTHONPATH"] == "/of/the/user"
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("PYTHONPATH")
    assert "PYTHONPATH" not in command.surroundings(())
