"""The two questions: before files on the Space are deleted, and before a rollback."""

from __future__ import annotations

import os
import pty
import re
from collections.abc import Iterator

import pytest

from deployer.rehearsal import Build, LocalHub, Step
from tests.conftest import APP, SPACE, Cli, Repo

OLD = {**APP, "theirs.txt": b"made by hand"}


@pytest.fixture(name="keyboard")
def _keyboard() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal: the one that a person types into, and the one a program reads."""
    typed, read = pty.openpty()
    yield typed, read
    os.close(typed)
    os.close(read)


def _answer(cli: Cli, keyboard: tuple[int, int], keys: bytes, *command: str) -> tuple[int, str]:
    typed, read = keyboard
    job = cli.start(*(command or ("deploy", SPACE)), stdin=read)
    os.write(typed, keys)
    ran = job.ended()
    return ran.code, ran.err


@pytest.mark.parametrize(("keys", "code"), [(b"n\n", 6), (b"\n", 6), (b"\x04", 130)])
def test_any_answer_but_yes_changes_nothing(
    cli: Cli, hub: LocalHub, keyboard: tuple[int, int], keys: bytes, code: int
) -> None:
    head = hub.add_space(SPACE, OLD).head
    ended, output = _answer(cli, keyboard, keys)
    assert ended == code
    assert "1 file only on the Space will be deleted. Continue?" in output
    assert "Traceback" not in output
    assert hub.space(SPACE).head == head


def test_yes_deploys(cli: Cli, hub: LocalHub, keyboard: tuple[int, int]) -> None:
    hub.add_space(SPACE, OLD)
    assert _answer(cli, keyboard, b"y\n")[0] == 0
    assert "theirs.txt" not in hub.files(SPACE)


def test_without_a_terminal_there_is_a_warning_and_no_question(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    ran = cli("deploy", SPACE)
    assert ran.code == 0 and "only on the Space will be deleted" in ran.err


@pytest.mark.parametrize(("keys", "code"), [(b"n\n", 6), (b"\n", 6), (b"y\n", 0)])
def test_a_rollback_asks_and_the_default_is_no(
    cli: Cli, hub: LocalHub, repo: Repo, keyboard: tuple[int, int], keys: bytes, code: int
) -> None:
    cli("deploy", SPACE)
    repo.commit({"app.py": b"second"})
    cli("deploy", SPACE)
    ended, output = _answer(cli, keyboard, keys, "rollback", SPACE)
    assert ended == code
    assert output.index("release 2, ") < output.index("~ app.py") < output.index("Roll back?")
    assert hub.files(SPACE)["app.py"] == (APP["app.py"] if code == 0 else b"second")


def test_without_a_terminal_a_rollback_needs_yes(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    cli("deploy", SPACE)
    repo.commit({"app.py": b"second"})
    cli("deploy", SPACE)
    refused = cli("rollback", SPACE)
    assert refused.code == 2 and "--yes" in refused.error["fix"]
    assert refused.error["cause"].startswith("1 file would change")
    assert hub.files(SPACE)["app.py"] == b"second"
    ran = cli("rollback", SPACE, "1", "--yes", "--json", here=cli.home)
    assert (ran.code, ran.json["verdict"], ran.json["release"]) == (0, "live", 3)
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_failed_deploy_reports_its_rollback(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    cli("deploy", SPACE)
    repo.commit({"app.py": b"bad"})
    failing = Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))
    hub.scenario.builds = [failing, Build()]
    ran = cli("deploy", SPACE, "--json")
    assert (ran.code, ran.json["exit_code"], ran.json["verdict"]) == (8, 8, "build-failed")
    assert ran.json["rolled_back"]["verdict"] == "live"
    assert ran.json["rolled_back"]["commit"] == hub.space(SPACE).running
    assert re.search(
        r"^rollback +Rolled back to release 1 \(\S+\) as release 3, which is healthy", ran.err, re.M
    )


def test_no_rollback_keeps_the_failed_release(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    cli("deploy", SPACE)
    repo.commit({"app.py": b"bad"})
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR"))), Build()]
    ran = cli("deploy", SPACE, "--no-rollback", "--json")
    assert (ran.code, ran.json["rolled_back"]) == (7, None)
    assert hub.files(SPACE)["app.py"] == b"bad"
