"""Look for credentials in what is about to leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from deployer.checks.credentials import (
    PRAGMA,
    Credential,
    Scanner,
    find_by_name,
    find_in_names,
    scan,
)
from deployer.errors import CredentialFound
from deployer.source.ignore import Patterns
from deployer.source.snapshot import File
from deployer.space.settings import Variable
from deployer.world import files

_MAX_SHOWN = 5


def credentials(leaving: Iterable[File], allowed: Patterns) -> Iterator[Credential]:
    """The credentials in these files, by name or by their bytes; `allowed` files are not read.

    Where a path holds one itself, it is told without it.
    """
    checked = [file for file in leaving if not allowed.match(file.path)]
    spoken = find_in_names(file.path for file in checked)
    for file in checked:
        if (leak := spoken.get(file.path) or find_by_name(file.path)) is not None:
            yield leak
            continue
        scanner = Scanner(file.path)
        for chunk in files.chunks(file.content):
            scanner.feed(chunk)
        yield from scanner.end()


def scan_files(leaving: Iterable[File], allowed: Patterns) -> None:
    """Let files pass that hold no credential. Raises CredentialFound, which shows none of it."""
    found = list(islice(credentials(leaving, allowed), _MAX_SHOWN + 1))
    if not found:
        return
    more = " and more" if len(found) > _MAX_SHOWN else ""
    raise CredentialFound(
        "A credential would leave with these files.",
        cause="; ".join(str(leak) for leak in found[:_MAX_SHOWN]) + more,
        fix="Take it out, and make a new one: git remembers. Where it is none, write "
        f"`{PRAGMA.decode()}` into its line, or name the file with --allow-credentials.",
    )


def scan_variables(variables: Iterable[Variable], allowed: Patterns) -> None:
    """Let variables pass that hold no credential: whoever sees a Space can read its variables.

    Raises CredentialFound, which shows none of it.
    """
    spoken = (one for one in variables if not allowed.match(one.name))
    found = [leak for one in spoken for leak in scan(one.name, f"{one.name}={one.value}".encode())]
    if found:
        raise CredentialFound(
            "A variable holds a credential, and whoever sees the Space can read it.",
            cause="; ".join(f"{leak.path}: {leak.rule} ({leak.redacted})" for leak in found),
            fix="Make it a secret, and a new one if it was a variable before. Where it is none, "
            "name the variable with --allow-credentials.",
        )
