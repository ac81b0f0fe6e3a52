"""Whether the event that started a workflow run may deploy what is checked out.

Some events run with the repository's secrets although someone else may have written the code that
the job has checked out. Under them, only a commit of the repository itself is deployed.
https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployer.source.snapshot import Checkout

# their GITHUB_SHA is the merge of the pull request, so it holds the code of its head
_AT_MERGE = frozenset({"pull_request_review", "pull_request_review_comment"})
_BY_ANYONE = _AT_MERGE | {
    "check_run",
    "check_suite",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "issue_comment",
    "issues",
    "pull_request_target",
    "status",
    "watch",
    "workflow_run",
}
_PULL_REQUEST = "pull_request"
_DEPENDABOT = "dependabot[bot]"
# tuples: what is looked up may be anything
_REMOVED = ("deleted", "unpublished")
_FAILED = ("action_required", "cancelled", "failure", "startup_failure", "timed_out")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MAX_SHOWN = 3


@dataclass(frozen=True, slots=True)
class WorkflowEvent:
    """The event of a workflow run.

    `payload` is the content of the event file, None where that can't be read. The others are what
    the runner says: `repository` is `owner/name`, `sha` the event's commit and `ref` its ref.
    """

    name: str = ""
    payload: Mapping[str, Any] | None = None
    repository: str = ""
    repository_id: str = ""
    sha: str = ""
    ref: str = ""
    actor: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> WorkflowEvent:
        """The event by the runner's variables and its file."""
        names = "EVENT_NAME REPOSITORY REPOSITORY_ID SHA REF ACTOR".split()
        name, *others = (environment.get(f"GITHUB_{name}", "") for name in names)
        return cls(name, _payload(environment.get("GITHUB_EVENT_PATH")), *others)

    @property
    def is_by_anyone(self) -> bool:
        """Whether the run has secrets although someone else may have written the code."""
        return self.name in _BY_ANYONE

    @property
    def is_by_dependabot(self) -> bool:
        """Whether Dependabot caused the run."""
        return self.actor == _DEPENDABOT

    @property
    def is_public(self) -> bool:
        """Whether the event says that the repository is public; a schedule's says nothing."""
        repository = _mapping(self.payload, "repository")
        if "visibility" in repository:
            return bool(repository["visibility"] == "public")
        return repository.get("private") is False


def reason_to_skip(
    event: WorkflowEvent, checkout: Checkout | None, *, has_token: bool
) -> str | None:
    """Why a run of this event may not deploy, and what to do instead; None where it may.

    `checkout` is what would be deployed, None for a rollback; what is in it matters only for an
    event that anyone can cause. `has_token` matters for Dependabot only, whose runs seldom get one.
    """
    if event.name == _PULL_REQUEST:
        reason = _reason_of_event(event) or reason_without_secrets(event, has_token=has_token)
        instead = "deploy once it is merged, by a workflow on `push`"
    elif checkout is not None and (reason := _reason_of_end(event)):
        instead = "deploy by a workflow on `push` or `workflow_dispatch`"
    elif not event.is_by_anyone:
        return None
    elif checkout is None:
        reason = f"anyone can cause `{event.name}`, which runs with this repository's secrets"
        instead = "run this by a workflow on `workflow_dispatch`"
    else:
        reason = _reason_of_event(event) or _reason_of_checkout(event, checkout)
        instead = (
            "deploy an unchanged checkout of `github.sha`, or by a workflow on `push` or "
            "`workflow_dispatch`"
        )
    return f"{reason}; {instead}" if reason else None


def reason_without_secrets(event: WorkflowEvent, *, has_token: bool) -> str | None:
    """Why a run of a pull request gets no secrets; None where it may have them."""
    if event.name != _PULL_REQUEST:
        return None
    _, repository = _head(event)
    if not _is_own(event, repository):
        return f"the pull request comes from {_name(repository)}, and such runs get no secrets"
    if event.is_by_dependabot and not has_token:
        return "the pull request comes from Dependabot, and such runs get no secrets of Actions"
    return None


def _reason_of_end(event: WorkflowEvent) -> str | None:
    """Why an event leaves nothing to deploy: what it is about was removed, or has failed."""
    payload = event.payload or {}
    if event.name == "push" and payload.get("deleted") is True:
        # the run's commit is then that of the default branch
        return "the push deletes a branch or a tag"
    if event.name == "release" and (action := payload.get("action")) in _REMOVED:
        return f"the release was {action}"
    if event.name == "workflow_run":
        conclusion = _mapping(payload, event.name).get("conclusion")
        if conclusion in _FAILED:
            return f"the workflow run before this one ended with `{conclusion}`"
    return None


def _reason_of_event(event: WorkflowEvent) -> str | None:
    if event.payload is None:
        return (
            f"the event file of `{event.name}` can't be read, so it is unknown whose code this is"
        )
    own = _mapping(event.payload, "repository")
    if not event.repository or not _is_own(event, own):
        return f"the event file of `{event.name}` is not about the repository of this run"
    return None


def _reason_of_checkout(event: WorkflowEvent, checkout: Checkout) -> str | None:
    under = f"`{event.name}` runs with secrets, and anyone may have written the code"
    if checkout.head is None:
        return f"{under}: no commit is checked out"
    if checkout.head not in set(_own_commits(event)):
        return (
            f"{under}: HEAD {checkout.head[:7]} is neither the event's own commit nor the head "
            "of its run or pull request in this repository"
        )
    if checkout.is_modified:
        return f"{under}: tracked files differ from HEAD {checkout.head[:7]}"
    if checkout.untracked:
        paths = ", ".join(checkout.untracked[:_MAX_SHOWN])
        hidden = len(checkout.untracked) - _MAX_SHOWN
        more = f" and {hidden} more" if hidden > 0 else ""
        return f"{under}: git does not track {paths}{more}"
    return None


def _own_commits(event: WorkflowEvent) -> Iterator[str]:
    """The commits of the repository itself that an event is about."""
    sha, repository = _head(event)
    is_own_head = _is_own(event, repository)
    is_merge = event.name in _AT_MERGE or event.ref.startswith("refs/pull/")
    commits = [event.sha if is_own_head or not is_merge else None, sha if is_own_head else None]
    return (one for one in commits if isinstance(one, str) and _COMMIT.fullmatch(one))


def _head(event: WorkflowEvent) -> tuple[object, Mapping[str, Any]]:
    """The head of the event's run or pull request: its commit, and the repository that it is in."""
    if event.name == "workflow_run":
        run = _mapping(event.payload, "workflow_run")
        return run.get("head_sha"), _mapping(run, "head_repository")
    if event.name in _AT_MERGE | {_PULL_REQUEST, "pull_request_target"}:
        head = _mapping(_mapping(event.payload, "pull_request"), "head")
        return head.get("sha"), _mapping(head, "repo")
    return None, {}


def _is_own(event: WorkflowEvent, repository: Mapping[str, Any]) -> bool:
    """Whether a repository of the payload is the one that the run belongs to, by id and name."""
    number, name = repository.get("id"), repository.get("full_name")
    return (
        isinstance(number, int)
        and not isinstance(number, bool)
        and isinstance(name, str)
        and name.lower() == event.repository.lower()
        and number == _mapping(event.payload, "repository").get("id")
        and event.repository_id in ("", str(number))
    )


def _name(repository: Mapping[str, Any]) -> str:
    name = repository.get("full_name")
    return name if isinstance(name, str) and name else "an unknown repository"


def _mapping(outer: object, key: str) -> Mapping[str, Any]:
    inner = outer.get(key) if isinstance(outer, dict) else None
    return inner if isinstance(inner, dict) else {}


def _payload(path: str | None) -> Mapping[str, Any] | None:
    try:
        payload = json.loads(Path(path).read_bytes()) if path else None
    except (OSError, ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
