"""The one question: before a first deploy deletes files that somebody put on the Space."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import APP, SPACE, Cli

OLD = {**APP, "theirs.txt": b"made by hand"}


@pytest.fixture(name="keyboard")
def _keyboard() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal: the one that a person types into, and the one a program reads."""
    typed, read = pty.openpty()
    yield typed, read
    os.close(typed)
    os.close(read)


def _answer(cli: Cli, keyboard: tuple[int, int], keys: bytes) -> tuple[int, str]:
    typed, read = keyboard
    job = cli.start("deploy", SPACE, stdin=read)
    os.write(typed, keys)
    ran = job.ended()
    return ran.code, ran.err


@pytest.mark.parametrize(("keys", "code"), [(b"n\n", 6), (b"\n", 6), (b"\x04", 130)])
def test_whoever_does_not_say_yes_changes_nothing(
    cli: Cli, hub: LocalHub, keyboard: tuple[int, int], keys: bytes, code: int
) -> None:
    head = hub.add_space(SPACE, OLD).head
    ended, said = _answer(cli, keyboard, keys)
    assert ended == code
    assert "1 file only on the Space would be deleted. Go on?" in said
    assert "Traceback" not in said
    assert hub.space(SPACE).head == head


def test_whoever_says_yes_deploys(cli: Cli, hub: LocalHub, keyboard: tuple[int, int]) -> None:
    hub.add_space(SPACE, OLD)
    assert _answer(cli, keyboard, b"y\n")[0] == 0
    assert "theirs.txt" not in hub.files(SPACE)


def test_without_a_terminal_nobody_is_asked_but_warned(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    ran = cli("deploy", SPACE)
    assert ran.code == 0 and "only on the Space would be deleted" in ran.err
