"""Ctrl-C and a cancelled job: at any moment the Space is at a whole commit, and we say at which."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer.flows import interrupt
from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from tests.cli.conftest import KEYS, Runner
from tests.conftest import APP, ROOT, SPACE, Cli, Job, Ran, Repo, changes_asked

SIGNALS = [signal.SIGINT, signal.SIGTERM]
OLD = {**APP, "app.py": b"old"}
# loaded by Python at its start: interrupts it as soon as a module is imported
INTERRUPT_AT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPT_AT"]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
"""
# a program that imports a module, which interrupts it
IMPORT = """
import sys, threading
from deployer import interrupts

interrupts.defer()
try:
    with interrupts.raised():
        import interrupted
        {then}
except KeyboardInterrupt:
    print(sys.modules["interrupted"].is_complete)
"""
THEN = ["threading.Event().wait(60)", "raise ValueError('git was interrupted')"]
SENT_TO_ITSELF = "import signal\nsignal.raise_signal({number})\nis_complete = True\n"


class Gate:
    """A request that waits at a gate: the test knows that it came, and lets it through."""

    def __init__(self, hub: LocalHub, method: str, path: str, after: int = 0) -> None:
        self._here, self._open = threading.Event(), threading.Event()
        fault = Fault(method, path, after=after, times=1, conflict=self._wait)
        hub.scenario.faults = [*hub.scenario.faults, fault]

    def _wait(self) -> None:
        self._here.set()
        self._open.wait(90)

    def reached(self, job: Job) -> None:
        """Wait until the request is here."""
        if not self._here.wait(60):
            job.process.kill()
            pytest.fail(f"the request never came: {job.ended()}")

    def open(self) -> None:
        """Let it through."""
        self._open.set()


@pytest.fixture(name="gates")
def _gates() -> Iterator[list[Gate]]:
    """The gates of a test, all opened at its end, so that the Hub can stop."""
    made: list[Gate] = []
    yield made
    for gate in made:
        gate.open()


def _interrupted(ran: Ran) -> str:
    assert ran.code == 130
    assert "Traceback" not in ran.err
    return ran.error["cause"]


@pytest.mark.parametrize("number", SIGNALS)
def test_before_the_commit(
    cli: Cli, hub: LocalHub, gates: list[Gate], number: signal.Signals
) -> None:
    head = hub.add_space(SPACE, OLD).head
    gates.append(gate := Gate(hub, "GET", "/tree/"))
    cli.fork_server = None  # a process from its very start, this once
    job = cli.start("deploy", SPACE)
    gate.reached(job)
    seen = _interrupted(job.interrupt(number))
    assert head in seen and "nothing was committed" in seen
    assert hub.space(SPACE).head == head


@pytest.mark.parametrize("number", SIGNALS)
def test_while_the_build_is_watched(cli: Cli, hub: LocalHub, number: signal.Signals) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    job = cli.start("deploy", SPACE)
    hub.wait_until(lambda: len(hub.requests_to("/logs/build")) > 0, 60)
    seen = _interrupted(job.interrupt(number))
    assert hub.space(SPACE).head in seen and "committed by this run" in seen
    assert len(hub.commits(SPACE)) == 2


def test_while_the_app_is_probed(cli: Cli, hub: LocalHub) -> None:

    hub.scenario.builds = [Build(app=App(hang=True))]
    job = cli.start("deploy", SPACE)
    hub.wait_until(lambda: hub.requests_to("/host"), 60)
    assert hub.space(SPACE).head in _interrupted(job.interrupt())


def test_while_the_files_are_checked(cli: Cli, hub: LocalHub, gates: list[Gate]) -> None:
    gates.append(gate := Gate(hub, "GET", r"/api/spaces/julia/demo\?"))
    job = cli.start("deploy", SPACE)
    gate.reached(job)
    _interrupted(job.interrupt())
    assert not hub.spaces()


def test_before_a_new_space_is_created(cli: Cli, hub: LocalHub, gates: list[Gate]) -> None:
    gates.append(gate := Gate(hub, "POST", "/api/repos/create"))
    job = cli.start("deploy", SPACE)
    gate.reached(job)
    assert "does not exist" in _interrupted(job.interrupt())
    assert not hub.spaces()


def test_during_the_commit_the_output_does_not_claim_that_nothing_changed(
    cli: Cli, hub: LocalHub, gates: list[Gate]
) -> None:
    head = hub.add_space(SPACE, OLD).head
    gates.append(gate := Gate(hub, "POST", "/commit/"))
    job = cli.start("deploy", SPACE)
    gate.reached(job)
    seen = _interrupted(job.interrupt())
    assert head in seen
    assert "nothing was committed" not in seen
    gate.open()
    hub.wait_until(lambda: hub.space(SPACE).head != head)
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_commit_that_arrives_after_the_interrupt_is_the_result(
    cli: Cli, hub: LocalHub, gates: list[Gate]
) -> None:
    head = hub.add_space(SPACE, OLD).head
    gates.append(gate := Gate(hub, "POST", "/commit/"))
    job = cli.start("deploy", SPACE, "--json")
    gate.reached(job)
    before = len(hub.requests_to("/commits/main"))
    job.process.send_signal(signal.SIGINT)
    # it is not there at the first look
    hub.wait_until(lambda: len(hub.requests_to("/commits/main")) == before + 2)
    gate.open()
    _is_result(job.ended(), hub, head)


def test_a_commit_that_is_applied_and_not_yet_answered_is_the_result(
    cli: Cli, hub: LocalHub
) -> None:
    head = hub.add_space(SPACE, OLD).head
    hub.scenario.faults = [Fault("POST", "/commit/", drop="after", hang=True)]
    job = cli.start("deploy", SPACE, "--variable", "A=1", "--json")
    hub.wait_until(lambda: hub.space(SPACE).head != head, 60)
    ran = job.interrupt()
    _is_result(ran, hub, head)
    assert ran.json["settings"] == ["variable A"]


def test_a_commit_whose_files_are_looked_up_is_the_result(
    cli: Cli, hub: LocalHub, gates: list[Gate]
) -> None:
    head = hub.add_space(SPACE, OLD).head
    gates.append(gate := Gate(hub, "POST", "/paths-info/"))
    job = cli.start("deploy", SPACE, "--json")
    gate.reached(job)
    _is_result(job.interrupt(), hub, head)


def test_the_commit_of_a_rollback_by_hand_is_the_result(cli: Cli, hub: LocalHub) -> None:
    first = hub.add_space(SPACE, OLD).head
    assert cli("deploy", SPACE, "--no-wait").code == 0
    head = hub.space(SPACE).head
    hub.scenario.faults = [Fault("POST", "/commit/", drop="after", hang=True)]
    job = cli.start("rollback", SPACE, first, "--yes", "--json")
    hub.wait_until(lambda: hub.space(SPACE).head != head, 60)
    _is_result(job.interrupt(), hub, head)


def _is_result(ran: Ran, hub: LocalHub, previous: str) -> None:
    """Assert that the run names its commit, the head now, and says no more of it than that."""
    said, head = ran.json, hub.space(SPACE).head
    assert (ran.code, said["verdict"], said["changed"]) == (130, "committed", True)
    assert (said["commit"], said["previous_commit"]) == (head, previous) and head != previous
    assert said["release"] == len(hub.commits(SPACE)) - 1
    assert f"is at {head}, committed by this run" in said["error"]["cause"]


def test_a_new_space_and_its_settings_so_far_are_named(
    cli: Cli, hub: LocalHub, gates: list[Gate]
) -> None:
    gates.append(gate := Gate(hub, "POST", "/secrets"))
    job = cli.start(
        "deploy", SPACE, "--variable", "A=1", "--secret", "B", "--secret", "C", B="2", C="3"
    )
    gate.reached(job)
    assert _interrupted(job.interrupt()).endswith(
        f"{hub.space(SPACE).head}; nothing was committed; the Space was created by this run; "
        "settings changed: variable A, secret B (perhaps)"
    )


@pytest.mark.parametrize("module", ["click", "deployer.commands.deploy", "deployer.flows.validate"])
def test_while_the_program_is_imported(
    cli: Cli, hub: LocalHub, gates: list[Gate], runner: Runner, tmp_path: Path, module: str
) -> None:
    gates.append(Gate(hub, "GET", "/api/"))  # a deploy to this machine may be as quick as an import
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(INTERRUPT_AT, "utf-8")
    path = os.pathsep.join((str(hook), str(ROOT)))
    ran = cli("deploy", SPACE, PYTHONPATH=path, INTERRUPT_AT=module, **runner.environment)
    # the last module may be imported while the Hub is asked already
    ends = _interrupted(ran).rpartition("; ")[2]
    assert ends in ("nothing was changed", "nothing was committed")
    assert runner.outputs["verdict"] == "error" and runner.outputs["changed"] == "false"
    assert "interrupted" in runner.summary and ends in runner.summary
    assert not changes_asked(hub)


def test_where_the_parent_process_ignores_ctrl_c(
    cli: Cli, hub: LocalHub, gates: list[Gate]
) -> None:
    hub.add_space(SPACE, OLD)
    gates.append(gate := Gate(hub, "GET", "/tree/"))
    cli.fork_server = None  # a child of this process
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        job = cli.start("deploy", SPACE)
    finally:
        signal.signal(signal.SIGINT, before)
    gate.reached(job)
    assert "nothing was committed" in _interrupted(job.interrupt(signal.SIGINT))


def test_while_a_large_file_is_uploaded(
    cli: Cli, hub: LocalHub, repo: Repo, gates: list[Gate]
) -> None:
    head = hub.add_space(SPACE, OLD).head
    repo.commit({"model.bin": bytes(range(256)) * 99})
    gates.append(gate := Gate(hub, "PUT", "/_lfs/"))
    job = cli.start("deploy", SPACE)
    gate.reached(job)
    job.process.send_signal(signal.SIGTERM)
    # it does not wait until the gate opens
    assert head in _interrupted(job.ended(timeout=60))
    assert hub.space(SPACE).head == head


def test_with_json_an_interrupt_is_one_object(cli: Cli, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    job = cli.start("deploy", SPACE, "--json")
    hub.wait_until(lambda: len(hub.requests_to("/logs/build")) > 0, 60)
    ran = job.interrupt()
    assert (ran.code, list(ran.json), ran.json["exit_code"]) == (130, KEYS, 130)
    assert hub.space(SPACE).head in ran.json["error"]["cause"]


def test_an_interrupted_plan_is_one_object(cli: Cli, hub: LocalHub, gates: list[Gate]) -> None:
    hub.add_space(SPACE, OLD)
    gates.append(gate := Gate(hub, "GET", "/tree/"))
    job = cli.start("plan", SPACE, "--json")
    gate.reached(job)
    ran = job.interrupt()
    assert ran.code == 130 and "Traceback" not in ran.err
    assert (list(ran.json), ran.json["exit_code"]) == (KEYS, 130)


def test_a_second_signal_does_not_end_in_a_traceback(
    cli: Cli, hub: LocalHub, gates: list[Gate]
) -> None:
    hub.add_space(SPACE, OLD)
    gates += [gate := Gate(hub, "GET", "/tree/"), asked := Gate(hub, "GET", r"\?expand", after=1)]
    job = cli.start("deploy", SPACE)
    gate.reached(job)
    job.process.send_signal(signal.SIGINT)
    asked.reached(job)
    ran = job.interrupt()
    assert ran.code == 130 and "Traceback" not in ran.err


def test_an_interrupt_does_not_wait_for_a_hanging_hub(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    job = cli.start("deploy", SPACE)
    hub.wait_until(lambda: len(hub.requests_to("/logs/build")) > 0, 60)
    hub.scenario.faults = [Fault("*", ".*", times=999, status=503)]
    job.process.send_signal(signal.SIGTERM)
    ran = job.ended(timeout=20)  # asking as long as ever would take 23 seconds
    assert ran.code == 130
    assert re.search(r"^cause\b", ran.err, re.MULTILINE)
    # a cancelled job is killed 7.5 seconds after the first signal
    assert interrupt._TIMEOUT <= 5  # pylint: disable=protected-access


def _program(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="has no timer that interrupts")
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("then", THEN, ids=["waiting", "failing"])
def test_an_import_is_not_cut_off(tmp_path: Path, number: signal.Signals, then: str) -> None:
    (tmp_path / "interrupted.py").write_text(SENT_TO_ITSELF.format(number=int(number)))
    ran = _program(tmp_path, IMPORT.format(then=then))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "True\n", "")


def test_a_third_signal_ends_a_process_that_hangs(tmp_path: Path) -> None:
    signals = "import signal\nfor _ in range(3): signal.raise_signal(signal.SIGTERM)\n"
    start = "from deployer import interrupts\ninterrupts.defer()\n"
    ran = _program(tmp_path, f"{start}{signals}print('It goes on.')")
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")
