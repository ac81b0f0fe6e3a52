"""Look for credentials in what is about to leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from deployer.checks.credentials import PRAGMA, Leak, Scanner, in_names, named, scan
from deployer.errors import CredentialFound
from deployer.source.ignore import Patterns
from deployer.source.snapshot import File
from deployer.space.settings import Variable
from deployer.world import files

_SHOWN = 5


def leaks(leaving: Iterable[File], allowed: Patterns) -> Iterator[Leak]:
    """The credentials in these files, by name or by their bytes; `allowed` files are not read.

    Where a path holds one itself, it is told without it.
    """
    checked = [file for file in leaving if not allowed.match(file.path)]
    spoken = in_names(file.path for file in checked)
    for file in checked:
        if (leak := spoken.get(file.path) or named(file.path)) is not None:
            yield leak
            continue
        scanner = Scanner(file.path)
        for chunk in files.chunks(file.content):
            scanner.feed(chunk)
        yield from scanner.end()


def refuse_leaks(leaving: Iterable[File], allowed: Patterns) -> None:
    """Let files pass that hold no credential. Raises CredentialFound, which shows none of it."""
    found = list(islice(leaks(leaving, allowed), _SHOWN + 1))
    if not found:
        return
    more = " and more" if len(found) > _SHOWN else ""
    raise CredentialFound(
        "A credential would leave with these files.",
        seen="; ".join(str(leak) for leak in found[:_SHOWN]) + more,
        do="Take it out, and make a new one: git remembers. Where it is none, write "
        f"`{PRAGMA.decode()}` into its line, or name the file with --allow-credentials.",
    )


def refuse_open_secrets(variables: Iterable[Variable], allowed: Patterns) -> None:
    """Let variables pass that hold no credential: whoever sees a Space can read its variables.

    Raises CredentialFound, which shows none of it.
    """
    spoken = (one for one in variables if not allowed.match(one.name))
    found = [leak for one in spoken for leak in scan(one.name, f"{one.name}={one.value}".encode())]
    if found:
        raise CredentialFound(
            "A variable holds a credential, and whoever sees the Space can read it.",
            seen="; ".join(f"{leak.path}: {leak.rule} ({leak.redacted})" for leak in found),
            do="Make it a secret, and a new one if it was a variable before. Where it is none, "
            "name the variable with --allow-credentials.",
        )
