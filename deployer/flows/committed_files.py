"""Look up whether a commit changed the files of the Space as it was meant to."""

from __future__ import annotations

from collections.abc import Mapping

from deployer.errors import DeployError
from deployer.flows.operation import Operation
from deployer.release.plan import Plan
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.source.snapshot import File
from deployer.source.tree import RemoteFile
from deployer.world import clock
from deployer.world.hub import trees

_WAITS = (1.0, 4.0)  # seconds before it is looked up again: no single answer decides
_TIMEOUT = 60.0  # seconds, after which no request is repeated
_MAX_SHOWN = 3


def find_wrong_files(operation: Operation, plan: Plan, commit: str) -> Plan:
    """The plan that is left after a commit: what it sent and is not there, what it deleted and is.

    The SHA-256 of what was uploaded must be known by now. Nothing is left where the Hub can't be
    asked, which is warned of.
    """
    sent = {file.path: file for file in plan.sent if file.path != GIT_ATTRIBUTES}  # shared with it
    paths, deadline = [*sent, *plan.delete], clock.Deadline(_TIMEOUT)
    for wait in (*_WAITS, None):
        try:
            found = trees.files_at(operation.client, operation.space, commit, paths, deadline)
            left = _left(plan, sent, found, commit)
            if not left.changes or wait is None:
                return left
        except DeployError as error:
            if wait is None:
                operation.warn(f"the commit was not checked: {error.summary}")
                return Plan(commit)
        clock.sleep(wait)
    raise AssertionError("unreachable: the last answer returns")


def differs_in(wrong: Plan) -> str:
    """In which files a commit is not what was meant, in words."""
    paths = [*(file.path for file in wrong.sent), *wrong.delete]
    more = f" and {len(paths) - _MAX_SHOWN} more" if len(paths) > _MAX_SHOWN else ""
    return f"does not have what was sent: {', '.join(paths[:_MAX_SHOWN])}{more}"


def _left(
    plan: Plan, sent: Mapping[str, File], found: Mapping[str, RemoteFile], commit: str
) -> Plan:
    wrong = [file for path, file in sent.items() if not _is_there(file, found.get(path))]
    return Plan(
        commit,
        add=tuple(file for file in wrong if file.path not in found),
        update=tuple(file for file in wrong if file.path in found),
        delete=tuple(path for path in plan.delete if path in found),
    )


def _is_there(file: File, found: RemoteFile | None) -> bool:
    if found is None:
        return False
    return found.oid == file.oid if found.lfs is None else found.lfs == file.lfs
