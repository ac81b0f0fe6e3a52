"""Why a path would be deployed, or not: a line for people, JSON for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deployer.errors import InvalidSource
from deployer.report.json_output import json_object
from deployer.report.text import file_count, printable
from deployer.source.ignore import IgnoreRules, Patterns
from deployer.source.snapshot import Snapshot

_KEYS = ("path", "deployed", "reason", "exit_code", "error")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a path would be deployed, and the rule that decides."""

    path: str
    is_deployed: bool
    reason: str


def explain(
    snapshot: Snapshot,
    keep: Patterns,
    rejected: Mapping[str, InvalidSource],
    path: str,
    *,
    exists: bool,
) -> Explanation:
    """The rule that decides for a path.

    `rejected` are the paths that can't be deployed; `exists` says whether the path is on disk.
    """
    path = path.removeprefix("./")
    inside = [name for name in snapshot.files if name.startswith(f"{path.rstrip('/')}/")]
    if path in snapshot.files:
        return Explanation(path, True, "deployed")
    if inside:
        return Explanation(path, True, f"directory with {file_count(len(inside))} to deploy")
    reason = _rule(snapshot, keep, rejected, path)
    if reason is None and not exists:
        reason = "not found"
    if reason is None:
        fix = f"to deploy it: git add {path}, or --include {path}"
        reason = f"not deployed, because git does not track it; {fix}"
    return Explanation(path, False, reason)


def _rule(
    snapshot: Snapshot, keep: Patterns, rejected: Mapping[str, InvalidSource], path: str
) -> str | None:
    if error := rejected.get(path):
        return f"not deployed: {error.summary}; {error.fix}"
    if rule := snapshot.excluded.get(path):
        return f"excluded by {rule}"
    if rule := IgnoreRules().excluding_rule(path):
        return f"never deployed ({rule})"
    if rule := keep.match(path):
        return f"not deployed; kept on the Space by {rule}"
    return None


def explanation_line(found: Explanation) -> str:
    """`PATH: REASON`."""
    return printable(f"{found.path}: {found.reason}")


def explanation_json(found: Explanation) -> str:
    """The JSON object of `plan --explain`."""
    return json_object(
        _KEYS, path=found.path, deployed=found.is_deployed, reason=found.reason, exit_code=0
    )
