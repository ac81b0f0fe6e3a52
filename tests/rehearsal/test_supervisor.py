"""No process that the Hub starts outlives it, however the Hub ends."""

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

FOLDER = str(Path(supervisor.__file__).parent)
SUPERVISOR = [sys.executable, "-I", "-S", supervisor.__file__]
# a process with a child; it prints both pids
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
SHORT_GRACE = f"""
import sys
sys.path.append({FOLDER!r})
import supervisor
supervisor.GRACE_SECONDS = 0.3
sys.exit(supervisor.run(sys.argv[1:]))
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("Ignoring SIGTERM.", flush=True)
time.sleep(600)
"""
# imported without its package, which would take a second to import
HOLDER = """
import asyncio, sys
from pathlib import Path
sys.path.append({folder!r})
from process import SupervisedProcess

def write(line):
    print(line, end="", flush=True)

async def hold():
    process = await SupervisedProcess.start([sys.executable, "-c", {family!r}], Path("."), {{}}, write)
    await process.wait()

asyncio.run(hold())
"""


def is_alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not state.startswith("Z")


def have_exited(*pids: int) -> bool:
    """Whether all of these processes exit, long before they would by themselves."""
    end = time.monotonic() + 60
    while any(map(is_alive, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(name="started")
def _started() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes to kill after the test."""
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


def pids_of(process: subprocess.Popen[str]) -> list[int]:
    """The pids in its first line of output."""
    assert process.stdout is not None
    return [int(word) for word in process.stdout.readline().split()]


def test_the_exit_code_is_passed_on(started: list[subprocess.Popen[str]]) -> None:
    for code in (0, 3):
        process = start(started, *SUPERVISOR, sys.executable, "-c", f"raise SystemExit({code})")
        assert process.wait(60) == code


def test_death_by_a_signal_has_the_exit_code_of_shells(
    started: list[subprocess.Popen[str]],
) -> None:
    kill = "import os; os.kill(os.getpid(), 9)"
    assert start(started, *SUPERVISOR, sys.executable, "-c", kill).wait(60) == 137


def test_a_missing_command_exits_with_127(started: list[subprocess.Popen[str]]) -> None:
    assert start(started, *SUPERVISOR, "/no/such/program").wait(60) == 127


def test_signals_are_passed_on(started: list[subprocess.Popen[str]]) -> None:
    process = start(started, *SUPERVISOR, sys.executable, "-c", FAMILY)
    pids = pids_of(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    assert have_exited(*pids)


def test_closing_the_pipe_kills_all_children(
    started: list[subprocess.Popen[str]],
) -> None:
    process = start(started, *SUPERVISOR, sys.executable, "-c", FAMILY)
    pids = pids_of(process)
    assert process.stdin is not None and all(map(is_alive, pids))
    process.stdin.close()
    assert process.wait(60) == 128 + signal.SIGTERM
    assert have_exited(*pids)


def test_children_that_outlive_their_command_are_killed(
    started: list[subprocess.Popen[str]],
) -> None:
    leaving = FAMILY.rpartition("time.sleep")[0]
    process = start(started, *SUPERVISOR, sys.executable, "-c", leaving)
    pids = pids_of(process)
    assert process.wait(60) == 0
    assert have_exited(*pids)


def test_a_process_that_ignores_sigterm_is_killed(started: list[subprocess.Popen[str]]) -> None:
    python = [sys.executable, "-I", "-S", "-c"]
    process = start(started, *python, SHORT_GRACE, sys.executable, "-c", STUBBORN)
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    closed_at = time.monotonic()
    process.stdin.close()
    assert process.wait(60) == 128 + signal.SIGKILL
    assert time.monotonic() - closed_at >= 0.3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_all_children_are_killed_when_the_holder_dies(
    started: list[subprocess.Popen[str]], number: signal.Signals
) -> None:
    holder = start(started, sys.executable, "-c", HOLDER.format(folder=FOLDER, family=FAMILY))
    pids = pids_of(holder)
    os.kill(holder.pid, number)
    assert have_exited(*pids)


def run_program(program: str, folder: Path, **environment: str) -> tuple[list[str], int]:
    """Run a supervised program; gives its lines of output and its exit code."""
    lines: list[str] = []

    async def run() -> int:
        command = [sys.executable, "-c", program]
        process = await SupervisedProcess.start(command, folder, environment, lines.append)
        return await process.wait()

    return lines, awaited(run())


def test_output_is_read_line_by_line(tmp_path: Path) -> None:
    program = (
        r"import os; os.write(1, b'one\ntw'); os.write(1, b'o\n\xff\xc3'); os.write(2, b'\xa4')"
    )
    assert run_program(program, tmp_path) == (["one\n", "two\n", "\ufffdä\n"], 0)


def test_a_line_without_an_end_is_read_in_parts(tmp_path: Path) -> None:
    lines, _ = run_program("print('x' * 100_000, end='')", tmp_path)
    assert len(lines) > 1 and sum(map(len, lines)) - len(lines) == 100_000


def test_a_process_gets_exactly_the_given_environment(tmp_path: Path) -> None:
    lines, _ = run_program("import os; print(*sorted(os.environ))", tmp_path, ONE="1")
    # Python itself sets the character type where there is no locale
    assert set(lines[0].split()) - {"LC_CTYPE"} == {"ONE"}


def test_a_process_with_endless_output_can_be_stopped(tmp_path: Path) -> None:
    async def run() -> None:
        command = [sys.executable, "-c", "while True: print('x' * 1000)"]
        process = await SupervisedProcess.start(command, tmp_path, {}, lambda line: None)
        await asyncio.wait_for(process.stop(), 60)

    awaited(run())


def test_a_port_is_attributed_to_the_session_that_listens_on_it(tmp_path: Path) -> None:
    serve = "import socket, sys, time; s = socket.create_server(('127.0.0.1', 0)); "
    serve += "print(s.getsockname()[1], flush=True); time.sleep(600)"

    async def run() -> list[bool]:
        futures: list[asyncio.Future[int]] = []
        processes = []
        for _ in range(2):
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            futures.append(port)
            # the listener is a grandchild: apps often start one
            shell = ["sh", "-c", '"$0" -c "$1"; true', sys.executable, serve]
            write = _once(port)
            processes.append(await SupervisedProcess.start(shell, tmp_path, {}, write))
        ports = [await port for port in futures]
        answers = [
            is_listening(process.session_id, port) for process in processes for port in ports
        ]
        for process in processes:
            await process.stop()
        return answers

    assert awaited(run()) == [True, False, False, True]


def _once(port: asyncio.Future[int]) -> Callable[[str], None]:
    return lambda line: port.set_result(int(line))
