"""Nothing that the Hub starts outlives it, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deployer.rehearsal import supervisor
from deployer.rehearsal.ports import is_listening
from deployer.rehearsal.process import SupervisedProcess
from tests.conftest import awaited

ROOT = Path(__file__).parents[2]
SUPERVISOR = [sys.executable, "-I", "-S", supervisor.__file__]
# a child with a child of its own; both write their numbers
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("I stay.", flush=True)
time.sleep(600)
"""
HOLDER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from deployer.rehearsal.process import SupervisedProcess

def tell(line):
    print(line, end="", flush=True)

async def hold():
    held = await SupervisedProcess.start([sys.executable, "-c", {family!r}], Path("."), {{}}, tell)
    await held.wait()

asyncio.run(hold())
"""


def alive(number: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(") ")[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not state.startswith("Z")


def gone(*numbers: int) -> bool:
    """Whether all of these processes end, long before they would by themselves."""
    end = time.monotonic() + 60
    while any(map(alive, numbers)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(name="leashed")
def _leashed() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes to be ended with the test."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def start(started: list[subprocess.Popen[str]], *command: str) -> subprocess.Popen[str]:
    """Start a command with a pipe as its standard input."""
    process = subprocess.Popen(  # pylint: disable=consider-using-with
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    started.append(process)
    return process


def numbers_of(process: subprocess.Popen[str]) -> list[int]:
    """The process numbers that it prints in its first line."""
    assert process.stdout is not None
    return [int(word) for word in process.stdout.readline().split()]


def test_the_exit_code_is_passed_on(leashed: list[subprocess.Popen[str]]) -> None:
    for code in (0, 3):
        process = start(leashed, *SUPERVISOR, sys.executable, "-c", f"raise SystemExit({code})")
        assert process.wait(60) == code


def test_an_end_by_a_signal_is_told_as_shells_do(leashed: list[subprocess.Popen[str]]) -> None:
    kill = "import os; os.kill(os.getpid(), 9)"
    assert start(leashed, *SUPERVISOR, sys.executable, "-c", kill).wait(60) == 137


def test_a_command_that_is_not_there_is_127(leashed: list[subprocess.Popen[str]]) -> None:
    assert start(leashed, *SUPERVISOR, "/no/such/program").wait(60) == 127


def test_signals_are_passed_on(leashed: list[subprocess.Popen[str]]) -> None:
    process = start(leashed, *SUPERVISOR, sys.executable, "-c", FAMILY)
    numbers = numbers_of(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    assert gone(*numbers)


def test_the_end_of_the_pipe_ends_the_whole_family(
    leashed: list[subprocess.Popen[str]],
) -> None:
    process = start(leashed, *SUPERVISOR, sys.executable, "-c", FAMILY)
    numbers = numbers_of(process)
    assert process.stdin is not None and all(map(alive, numbers))
    process.stdin.close()
    assert process.wait(60) == 128 + signal.SIGTERM
    assert gone(*numbers)


def test_what_a_command_leaves_behind_is_ended(leashed: list[subprocess.Popen[str]]) -> None:
    leaving = FAMILY.rpartition("time.sleep")[0]
    process = start(leashed, *SUPERVISOR, sys.executable, "-c", leaving)
    numbers = numbers_of(process)
    assert process.wait(60) == 0
    assert gone(*numbers)


def test_who_does_not_listen_is_killed(leashed: list[subprocess.Popen[str]]) -> None:
    process = start(leashed, *SUPERVISOR, sys.executable, "-c", STUBBORN)
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    started = time.monotonic()
    process.stdin.close()
    assert process.wait(60) == 128 + signal.SIGKILL
    assert time.monotonic() - started >= supervisor.GRACE_SECONDS


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_family_ends_with_its_holder(
    leashed: list[subprocess.Popen[str]], number: signal.Signals
) -> None:
    holder = start(leashed, sys.executable, "-c", HOLDER.format(root=str(ROOT), family=FAMILY))
    numbers = numbers_of(holder)
    os.kill(holder.pid, number)
    assert gone(*numbers)


def printed(program: str, folder: Path, **environment: str) -> tuple[list[str], int]:
    """The lines that a program prints on a leash, and its exit code."""
    lines: list[str] = []

    async def run() -> int:
        command = [sys.executable, "-c", program]
        process = await SupervisedProcess.start(command, folder, environment, lines.append)
        return await process.wait()

    return lines, awaited(run())


def test_what_a_process_prints_comes_line_by_line(tmp_path: Path) -> None:
    talk = r"import os; os.write(1, b'one\ntw'); os.write(1, b'o\n\xff\xc3'); os.write(2, b'\xa4')"
    assert printed(talk, tmp_path) == (["one\n", "two\n", "\ufffdä\n"], 0)


def test_a_line_without_an_end_is_told_in_pieces(tmp_path: Path) -> None:
    lines, _ = printed("print('x' * 100_000, end='')", tmp_path)
    assert len(lines) > 1 and sum(map(len, lines)) - len(lines) == 100_000


def test_a_child_sees_the_environment_that_it_is_given(tmp_path: Path) -> None:
    lines, _ = printed("import os; print(*sorted(os.environ))", tmp_path, ONE="1")
    # Python itself sets the character type where there is no locale
    assert set(lines[0].split()) - {"LC_CTYPE"} == {"ONE"}


def test_a_process_that_prints_without_end_can_be_ended(tmp_path: Path) -> None:
    async def run() -> None:
        command = [sys.executable, "-c", "while True: print('x' * 1000)"]
        process = await SupervisedProcess.start(command, tmp_path, {}, lambda line: None)
        await asyncio.wait_for(process.stop(), 60)

    awaited(run())


def test_a_port_is_known_by_who_listens_there(tmp_path: Path) -> None:
    serve = "import socket, sys, time; s = socket.create_server(('127.0.0.1', 0)); "
    serve += "print(s.getsockname()[1], flush=True); time.sleep(600)"

    async def run() -> list[bool]:
        told: list[asyncio.Future[int]] = []
        processes = []
        for _ in range(2):
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            told.append(port)
            # the listener is a grandchild: apps often start one
            shell = ["sh", "-c", '"$0" -c "$1"; true', sys.executable, serve]
            write = _once(port)
            processes.append(await SupervisedProcess.start(shell, tmp_path, {}, write))
        ports = [await port for port in told]
        seen = [is_listening(process.session_id, port) for process in processes for port in ports]
        for process in processes:
            await process.stop()
        return seen

    assert awaited(run()) == [True, False, False, True]


def _once(port: asyncio.Future[int]) -> Callable[[str], None]:
    return lambda line: port.set_result(int(line))
