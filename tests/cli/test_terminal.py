"""What a person sees at a real terminal: the build log is one line that changes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from tests.cli.conftest import ESCAPE
from tests.conftest import APP, SPACE, Cli, Job
from tests.fork_server import SHORT_WAITS

LOG = tuple(f"--> RUN step {number}\n" for number in range(30))
HOSTILE = (
    "日本語" * 60 + "\n",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\r\n",
    "👩‍👩‍👧‍👧☁️" * 40 + "\n",
    "e\u0301\u202e\u2028" * 90 + "\n",
    "\b\b\b\x9b1A\t\x0b\x0c" * 30 + "\n",
    "x" * 5000 + "\n",
)
SUCCESS = (Step("APP_STARTING", polls=1), Step("RUNNING"))
_TOKEN = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|.", re.DOTALL)
# what is cleared afterwards
_STATUS = re.compile(r"\r\x1b\[2K([^\r\n]*)(?=\r\x1b)")


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@dataclass
class Screen:
    """What is on a terminal in the end, as far as hf-deploy uses one; anything else fails."""

    columns: int
    rows: list[str] = field(default_factory=lambda: [""])
    wrapped: set[int] = field(default_factory=set)

    def feed(self, text: str) -> None:
        """Draw a text."""
        column = 0
        for token in _TOKEN.findall(text):
            if token == "\r":
                column = 0
            elif token == "\n":
                self.rows.append("")
            elif token == "\x1b[2K":
                self.rows[-1] = ""
            elif token.startswith(ESCAPE):
                assert token.endswith("m"), token
            else:
                assert unicodedata.category(token) not in ("Cc", "Cf"), repr(token)
                if column + _width(token) > self.columns:
                    self.wrapped.add(len(self.rows) - 1)
                    self.rows.append("")
                    column = 0
                # what is drawn in the middle of a line replaces the rest of it here
                self.rows[-1] = self.rows[-1][:column] + token
                column += _width(token)

    @property
    def lines(self) -> list[str]:
        """The lines, each as it was printed."""
        ends = ("" if row in self.wrapped else "\n" for row in range(len(self.rows)))
        text = "".join(row + end for row, end in zip(self.rows, ends, strict=True))
        return text.rstrip("\n").split("\n")


class Terminal:
    """A terminal, and all that was printed at it so far."""

    def __init__(self, columns: int) -> None:
        self.keyboard, self.end = pty.openpty()
        self.resize(columns)
        self.columns = columns
        self._printed, self._news = b"", threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def resize(self, columns: int) -> None:
        """Make it wider or narrower."""
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, size)

    def wait_for(self, pattern: str, after: int = 0) -> int:
        """Wait until this was printed; returns how much is printed then."""
        with self._news:
            found = self._news.wait_for(lambda: re.search(pattern, self.text[after:]), 60)
            assert found, self.text
            return len(self.text)

    @property
    def text(self) -> str:
        """What was printed so far, control characters included."""
        return self._printed.decode("utf-8", "replace")

    def ended(self, job: Job) -> Screen:
        """The screen after a command has ended."""
        job.process.wait(60)
        os.close(self.end)
        with self._news:
            assert self._news.wait_for(lambda: self.end < 0, 60)
        screen = Screen(self.columns)
        screen.feed(self.text)
        return screen

    def _read(self) -> None:
        while True:
            try:
                new = os.read(self.keyboard, 65536)
            except OSError:  # nobody has it open any more
                new = b""
            with self._news:
                self._printed += new
                if not new:
                    self.end = -1
                self._news.notify_all()
            if not new:
                os.close(self.keyboard)
                return


@pytest.fixture(name="terminal")
def _terminal(request: pytest.FixtureRequest) -> Terminal:
    """A terminal with 80 columns, or as many as the test says."""
    return Terminal(getattr(request, "param", 80))


def _build(log: tuple[str, ...], *last: Step) -> Build:
    return Build(steps=(Step("BUILDING", log=log, polls=2), *(last or SUCCESS)))


def _statuses(text: str) -> Iterator[str]:
    """Each text that the changing line had."""
    return (shown for shown in _STATUS.findall(text) if shown.startswith("…"))


def test_the_build_log_is_one_line_that_changes(
    cli: Cli, hub: LocalHub, terminal: Terminal
) -> None:
    hub.scenario.builds = [_build(LOG)]
    job = cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS)
    screen = terminal.ended(job)
    assert job.process.returncode == 0
    assert [line for line in _statuses(terminal.text) if line.endswith("│ --> RUN step 29")]
    assert not [line for line in screen.lines if "│" in line or "…" in line]
    assert screen.lines[-1].startswith("live ")


def test_a_failed_build_has_its_whole_log_before_the_error(
    cli: Cli, hub: LocalHub, terminal: Terminal
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    log = (*LOG, "ERROR: No matching distribution found for torchh\n")
    hub.scenario.builds = [_build(log, Step("BUILD_ERROR")), _build(("--> the old one\n",))]
    screen = terminal.ended(cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS))
    lines = [line.removeprefix("  │ ") for line in screen.lines if line.startswith("  │ ")]
    assert lines[0].startswith("===== Build Queued") and lines[1:] == [one.strip() for one in log]
    labels = [line.split(" ", 1)[0] for line in screen.lines]
    failed = labels.index("error")
    assert screen.lines[failed - 1].endswith("torchh")
    assert labels[failed : failed + 4] == ["error", "cause", "fix", "rollback"]
    assert "error" not in labels[failed + 4 :]
    assert labels[-3:] == ["rollback", "", "build-failed"]


def test_what_failed_is_said_before_the_rollback_is_over(
    cli: Cli, hub: LocalHub, terminal: Terminal
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    unending = Build(steps=(Step("BUILDING", seconds=600),))
    hub.scenario.builds = [_build(LOG, Step("BUILD_ERROR")), unending]
    job = cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS)
    terminal.wait_for("RUN step 29\r\n(?s:.*)error .*\r\ncause .*\r\nfix (?s:.*)rollback ")
    job.process.send_signal(2)
    terminal.ended(job)


def test_an_error_that_the_rollback_adds_does_not_repeat_the_log(
    cli: Cli, hub: LocalHub, terminal: Terminal
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [_build(LOG, Step("BUILD_ERROR"))]
    hub.scenario.faults = [Fault("POST", "/commit/", 9, after=1, status=403)]
    screen = terminal.ended(cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS))
    assert [line for line in screen.lines if line.startswith("  │ --> RUN")] == [
        f"  │ {one.strip()}" for one in LOG
    ]
    errors = [line for line in screen.lines if line.startswith("error ")]
    assert len(errors) == 2 and "; rollback failed: " in errors[1]


@pytest.mark.parametrize("terminal", [40], indirect=True)
def test_a_narrow_terminal_shows_the_time_and_the_log(
    cli: Cli, hub: LocalHub, terminal: Terminal
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=LOG, seconds=600),))]
    job = cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS)
    terminal.wait_for(r"… 0 s │ --> RUN step 29\r")
    terminal.wait_for(r"… [1-9] s │ --> RUN step 29\r")
    job.process.send_signal(2)
    terminal.ended(job)


def test_a_stage_is_said_in_words_and_once(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [_build(LOG, Step("BUILD_ERROR")), Build()]
    ran = cli("deploy", SPACE, **SHORT_WAITS)
    stages = [line.split(None, 1)[1] for line in ran.err.splitlines() if line.startswith("space ")]
    assert ran.code == 8 and stages.count("build error") == 1
    assert not [stage for stage in stages if "_" in stage or stage.isupper()]
    assert all(one != other for one, other in zip(stages, stages[1:], strict=False))


def test_verbose_prints_the_log_as_it_comes(cli: Cli, hub: LocalHub, terminal: Terminal) -> None:
    hub.scenario.builds = [_build(LOG)]
    job = cli.start("deploy", SPACE, "--verbose", terminal=terminal.end, **SHORT_WAITS)
    lines = terminal.ended(job).lines
    assert [line for line in lines if "--> RUN" in line] == [f"  │ {one.strip()}" for one in LOG]
    assert lines.index("  │ --> RUN step 29") < len(lines) - 3


@pytest.mark.parametrize("terminal", [1, 7, 20, 80, 300], indirect=True)
def test_no_log_line_wraps_or_leaves_anything(cli: Cli, hub: LocalHub, terminal: Terminal) -> None:
    hub.scenario.builds = [_build(HOSTILE)]
    job = cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS)
    screen = terminal.ended(job)
    for shown in _STATUS.findall(terminal.text):
        # the terminal itself prints ^C after it
        assert sum(map(_width, shown)) <= max(terminal.columns - 3, 0)
    whole = Screen(10_000)
    whole.feed(terminal.text)
    assert screen.lines == whole.lines
    assert not [line for line in whole.lines if "│" in line or "…" in line]


def test_the_line_follows_the_width_of_the_terminal(
    cli: Cli, hub: LocalHub, terminal: Terminal
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=("x" * 99 + "\n",), seconds=600),))]
    job = cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS)
    seen = terminal.wait_for("x{30}…")
    terminal.resize(20)
    # the first may have been written before
    seen = terminal.wait_for(r"\r.*\r", seen)
    seen = terminal.wait_for(r"\r.*\r", seen)
    job.process.send_signal(2)
    terminal.ended(job)
    shown = list(_statuses(terminal.text[seen - 60 :]))[-1]
    assert sum(map(_width, shown)) <= 17


def test_ctrl_c_leaves_a_clean_line(cli: Cli, hub: LocalHub, terminal: Terminal) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=("x" * 99 + "\n",), seconds=600),))]
    job = cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS)
    terminal.wait_for("x{30}…")
    os.write(terminal.keyboard, b"\x03")  # it is shown as ^C
    terminal.wait_for(r"\^C")
    job.process.send_signal(2)
    screen = terminal.ended(job)
    assert job.process.returncode == 130
    assert [line.split(" ", 1)[0] for line in screen.lines[-4:]] == [
        "error", "cause", "fix", "committed",
    ]  # fmt: skip
    assert not [line for line in screen.lines if "^C" in line or "│" in line or "…" in line]


def test_ctrl_c_where_no_line_changes_leaves_one_too(
    cli: Cli, hub: LocalHub, terminal: Terminal
) -> None:
    hub.scenario.builds = [Build(app=App(hang=True))]
    job = cli.start("deploy", SPACE, terminal=terminal.end)
    terminal.wait_for("probe .*\n")
    os.write(terminal.keyboard, b"\x03")
    terminal.wait_for(r"\^C")
    job.process.send_signal(2)
    screen = terminal.ended(job)
    assert job.process.returncode == 130
    assert not [line for line in screen.lines if "^C" in line]


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, None], ids=["dumb", "pipe"])
def test_where_no_line_can_change_the_log_is_printed_without_control_characters(
    cli: Cli, hub: LocalHub, terminal: Terminal, variables: dict[str, str] | None
) -> None:
    hub.scenario.builds = [_build(LOG)]
    if variables is None:
        ran = cli("deploy", SPACE, **SHORT_WAITS)
        text = ran.err + ran.out
    else:
        job = cli.start("deploy", SPACE, terminal=terminal.end, **SHORT_WAITS, **variables)
        terminal.ended(job)
        text = terminal.text.replace("\r\n", "\n")
    assert not set(text) & {ESCAPE, "\r"}
    assert [line for line in text.splitlines() if "--> RUN" in line] == [
        f"  │ {one.strip()}" for one in LOG
    ]


def test_a_first_deploy_prints_a_few_of_its_files(cli: Cli, hub: LocalHub) -> None:
    for number in range(40):
        (cli.here / f"f{number}.txt").write_text("x")
    ran = cli("deploy", SPACE, "--include", "*.txt", "--no-wait", **SHORT_WAITS)
    assert ran.code == 0 and len(hub.files(SPACE)) > 40
    assert ran.err.count("           + f") < 10 and "+ … and 32 more" in ran.err
    assert cli("deploy", "julia/other", "--include", "*.txt", "--dry-run").out.count(" + ") == 42
