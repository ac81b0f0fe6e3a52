"""Scan for credentials in what would be uploaded, and in variables."""

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
from deployer.checks.known_secrets import KnownSecret, known_secrets
from deployer.checks.secret_names import is_named_like_secret
from deployer.errors import CredentialFound
from deployer.flows.locate import in_repository
from deployer.flows.operation import Operation
from deployer.request import DeployRequest
from deployer.source.snapshot import File
from deployer.space.settings import Variable
from deployer.world import files
from deployer.world.hub import budget

_MAX_SHOWN = 5
_ALLOW = "allow-credentials"


def find_credentials(
    scanned: Iterable[File], request: DeployRequest, known: Iterable[KnownSecret] = ()
) -> Iterator[Credential]:
    """The credentials in these files, by name or by their bytes; allowed files are not read.

    A file in the checkout allows no file that git does not track: only the caller knows what is in
    it. The values of `known` secrets are searched for, too. A path that holds a credential itself
    is shown without it.
    """
    known = tuple(known)
    allowed, is_from_file = request.allow_credentials, _ALLOW in request.set_in
    checked = [
        file
        for file in scanned
        if (file.untracked and is_from_file) or not allowed.match(file.path)
    ]
    by_path = find_in_names((file.path for file in checked), known)
    for file in checked:
        if (found := by_path.get(file.path) or find_by_name(file.path)) is not None:
            yield found
            continue
        scanner = Scanner(file.path, known)
        for chunk in files.chunks(file.content):
            scanner.feed(chunk)
        yield from scanner.end()


@budget.lifted()
def scan_files(operation: Operation, uploaded: Iterable[File]) -> None:
    """Raise CredentialFound, which shows none of it, for a credential in these files.

    The error has all of them: a person should see at once how much there is to rotate. The token
    and the secrets of this operation are searched for by their values. Warns of what may be public
    or expired.
    """
    request = operation.request
    secrets = ((secret.name, secret.value) for secret in request.settings.secrets)
    known = known_secrets(operation.client.token, secrets)
    errors: list[Credential] = []
    warnings: list[Credential] = []
    for one in find_credentials(uploaded, request, known):
        (warnings if one.is_warning else errors).append(one)
    if warnings:
        first = in_repository(request, warnings)[0]
        message = f"{_list(warnings)}: remove it unless it is public or expired"
        operation.warn(message, first.finding)
    if errors:
        raise CredentialFound(
            "credentials found in files to deploy",
            cause=_list(errors),
            fix="remove and rotate them (git history keeps the old value); for a false positive "
            f"add `{PRAGMA.decode()}` next to it, or pass --allow-credentials FILE",
            findings=(one.finding for one in in_repository(request, errors)),
        )


def _list(found: list[Credential]) -> str:
    more = f" and {len(found) - _MAX_SHOWN} more" if len(found) > _MAX_SHOWN else ""
    return "; ".join(map(str, islice(found, _MAX_SHOWN))) + more


def scan_variables(request: DeployRequest) -> None:
    """Raise CredentialFound, which shows none of it, for a credential in a variable.

    Whoever can see a Space can read its variables.
    """
    checked = _variables_to_check(request)
    hits = (hit for one in checked for hit in scan(one.name, f"{one.name}={one.value}".encode()))
    found = [hit for hit in hits if not hit.is_warning]
    if found:
        raise CredentialFound(
            "credential in a variable (anyone who can see the Space can read it)",
            cause="; ".join(f"{one.path}: {one.rule} ({one.redacted})" for one in found),
            fix="rotate it and pass it with --secret NAME; for a false positive pass "
            "--allow-credentials NAME",
        )


def variable_warnings(request: DeployRequest) -> Iterator[str]:
    """A warning for each variable that is named like a secret, whatever its value looks like."""
    for one in _variables_to_check(request):
        if is_named_like_secret(one.name, one.value):
            yield (
                f"variable {one.name} is named like a secret, and anyone who can see the Space can "
                f"read it; pass `--secret {one.name}`, or `--allow-credentials {one.name}`"
            )


def _variables_to_check(request: DeployRequest) -> list[Variable]:
    """The variables that no one allowed; a file in the checkout allows only its own."""
    if _ALLOW in request.set_in and "variables" not in request.set_in:
        return list(request.settings.variables)
    allowed = request.allow_credentials
    return [one for one in request.settings.variables if not allowed.match(one.name)]
