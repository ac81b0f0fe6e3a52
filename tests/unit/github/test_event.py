"""Which events may deploy: the repository's own commits, whoever caused the run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployer.github.event import WorkflowEvent, reason_to_skip
from deployer.source.snapshot import Checkout

BASE, HEAD, OTHER = "a" * 40, "b" * 40, "c" * 40
OWN = {"id": 1296269, "full_name": "julia/project", "private": False}
FORK = {"id": 35129377, "full_name": "mallory/project", "private": False}
BY_ANYONE = (
    "check_run check_suite discussion discussion_comment fork gollum issue_comment issues "
    "pull_request_review pull_request_review_comment pull_request_target status watch workflow_run"
).split()
REVIEWS = ("pull_request_review", "pull_request_review_comment")
WITH_HEAD = (*REVIEWS, "pull_request_target", "workflow_run")
NONSENSE: tuple[Any, ...] = (None, True, 1, -1.5, "x", [], [{}], {}, {"repo": []}, {"head": None})


def payload(name: str, repository: object = "own", sha: object = HEAD) -> dict[str, Any]:
    """An event's content, whose head is a commit of `repository`; as GitHub sends it, shortened."""
    repository = OWN if repository == "own" else repository
    common: dict[str, Any] = {"repository": OWN, "sender": {"login": "mallory"}}
    if name == "workflow_run":
        run = {"id": 1, "event": "pull_request", "head_sha": sha, "head_repository": repository}
        return {**common, "action": "completed", name: {**run, "repository": OWN}}
    if name.startswith("pull_request"):
        head = {"ref": "patch-1", "sha": sha, "repo": repository}
        pull = {"number": 7, "head": head, "base": {"ref": "main", "sha": BASE, "repo": OWN}}
        return {**common, "action": "opened", "number": 7, "pull_request": pull}
    if name == "issue_comment":
        issue = {"number": 7, "pull_request": {"url": "https://api.github.com/repos/…/pulls/7"}}
        return {**common, "issue": issue, "comment": {"body": "/deploy"}}
    return common


def event(name: str, repository: object = "own", **more: Any) -> WorkflowEvent:
    """An event, as the runner hands it over."""
    ref = "refs/pull/7/merge" if name in (*REVIEWS, "pull_request") else "refs/heads/main"
    made = WorkflowEvent(
        name, payload(name, repository), "julia/project", "1296269", BASE, ref, "julia"
    )
    return replace(made, **more)


def reason(
    of: WorkflowEvent, checkout: Checkout | None = Checkout(BASE), has_token: bool = True
) -> str | None:
    """Why it is skipped."""
    return reason_to_skip(of, checkout, has_token=has_token)


@pytest.mark.parametrize(
    "name",
    "push workflow_dispatch schedule release repository_dispatch merge_group create".split() + [""],
)
def test_an_event_of_those_who_may_write_deploys_what_is_there(name: str) -> None:
    unreadable = event(name, payload=None)
    for checkout in (Checkout(), Checkout(OTHER, True, ("dist/app.js",)), None):
        assert reason(unreadable, checkout) is None


@pytest.mark.parametrize("name", sorted(set(BY_ANYONE) - set(REVIEWS)))
@pytest.mark.parametrize("repository", [OWN, FORK, None])
def test_the_base_is_deployed_whoever_caused_the_run(name: str, repository: object) -> None:
    assert reason(event(name, repository)) is None


@pytest.mark.parametrize("name", REVIEWS)
def test_the_merge_of_a_fork_is_not_the_base(name: str) -> None:
    assert reason(event(name)) is None
    said = reason(event(name, FORK))
    assert said and BASE[:7] in said


@pytest.mark.parametrize("name", sorted(set(BY_ANYONE) - {"workflow_run"}))
def test_the_merge_of_an_unknown_pull_request_is_not_the_base(name: str) -> None:
    assert reason(event(name, None, ref="refs/pull/7/merge"))


@pytest.mark.parametrize("name", WITH_HEAD)
def test_a_head_is_deployed_only_of_the_repository_itself(name: str) -> None:
    assert reason(event(name), Checkout(HEAD)) is None
    for another in (
        FORK,
        None,
        {**OWN, "id": FORK["id"]},
        {**OWN, "full_name": FORK["full_name"]},
        {**OWN, "id": str(OWN["id"])},
        {**OWN, "id": True},
        {"id": OWN["id"]},
        {"full_name": OWN["full_name"]},
    ):
        said = reason(event(name, another), Checkout(HEAD))
        assert said and "`push`" in said and f"`{name}`" in said


@pytest.mark.parametrize("name", BY_ANYONE)
def test_another_commit_is_not_deployed(name: str) -> None:
    said = reason(event(name), Checkout(OTHER))
    assert said and OTHER[:7] in said
    assert reason(event(name), Checkout(None))


@pytest.mark.parametrize("name", sorted(set(BY_ANYONE) - set(WITH_HEAD)))
def test_an_event_without_a_head_vouches_for_no_head(name: str) -> None:
    hostile = payload("workflow_run") | payload("pull_request_target") | payload(name)
    assert reason(event(name, payload=hostile), Checkout(HEAD))


@pytest.mark.parametrize("name", BY_ANYONE)
def test_what_is_not_the_commit_is_not_deployed(name: str) -> None:
    said = reason(event(name), Checkout(BASE, is_modified=True))
    assert said and "differ" in said
    said = reason(event(name), Checkout(BASE, untracked=("dist/a.js", "b", "c", "d")))
    assert said and "dist/a.js" in said and "1 more" in said


@pytest.mark.parametrize("name", [*BY_ANYONE, "pull_request"])
@pytest.mark.parametrize("content", [None, {}, {"repository": FORK}, {"repository": "x"}])
def test_what_the_event_file_does_not_name_is_not_deployed(
    name: str, content: dict[str, Any] | None
) -> None:
    assert reason(event(name, payload=content))


@pytest.mark.parametrize("name", BY_ANYONE)
@pytest.mark.parametrize(
    "more", [{"repository": ""}, {"repository": "julia/other"}, {"repository_id": "2"}]
)
def test_an_event_of_another_repository_is_not_deployed(name: str, more: dict[str, str]) -> None:
    assert reason(replace(event(name), **more))


@pytest.mark.parametrize("sha", ["", "main", BASE[:7], BASE.upper(), f"{BASE}\n"])
def test_only_a_whole_commit_id_counts(sha: str) -> None:
    assert reason(event("issue_comment", sha=sha), Checkout(sha))
    of_run = event("workflow_run", payload=payload("workflow_run", OWN, sha))
    assert reason(of_run, Checkout(sha))


def test_an_older_runner_does_not_say_the_id_and_names_differ_in_case() -> None:
    for more in ({"repository_id": ""}, {"repository": "Julia/Project"}):
        assert reason(replace(event("workflow_run"), **more), Checkout(HEAD)) is None


@pytest.mark.parametrize("name", BY_ANYONE)
def test_a_rollback_is_not_for_anyone(name: str) -> None:
    said = reason(event(name), None)
    assert said and "workflow_dispatch" in said


def test_a_pull_request_of_the_repository_itself_deploys() -> None:
    changed = Checkout(OTHER, True, ("dist/app.js",))
    assert reason(event("pull_request"), changed) is None
    assert reason(event("pull_request"), None) is None


@pytest.mark.parametrize("repository", [FORK, None])
@pytest.mark.parametrize("has_token", [True, False])
def test_a_fork_s_pull_request_is_skipped_without_a_word_of_tokens(
    repository: object, has_token: bool
) -> None:
    for checkout in (Checkout(BASE), None):
        said = reason(event("pull_request", repository), checkout, has_token)
        assert said and "merged" in said and "token" not in said.lower()


def test_dependabot_s_pull_request_is_skipped_where_it_has_no_token() -> None:
    by_dependabot = event("pull_request", actor="dependabot[bot]")
    said = reason(by_dependabot, has_token=False)
    assert said and "Dependabot" in said and "token" not in said.lower()
    assert reason(by_dependabot, has_token=True) is None
    assert reason(event("pull_request", actor="julia"), has_token=False) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("push", {"deleted": True, "ref": "refs/heads/old", "after": "0" * 40}),
        ("release", {"action": "deleted"}),
        ("release", {"action": "unpublished"}),
    ],
)
def test_what_was_removed_deploys_nothing(name: str, content: dict[str, Any]) -> None:
    said = reason(event(name, payload=content))
    assert said and ("delete" in said or "unpublished" in said)
    assert reason(event(name, payload=content), None) is None  # a rollback may be the answer


@pytest.mark.parametrize("name", ["push", "release"])
@pytest.mark.parametrize("key", ["deleted", "action"])
@pytest.mark.parametrize("value", [False, "true", "published", [], {}, None])
def test_what_was_not_removed_is_deployed(name: str, key: str, value: object) -> None:
    assert reason(event(name, payload={key: value})) is None


@pytest.mark.parametrize(
    ("conclusion", "deploys"),
    [("success", True), ("neutral", True), (None, True), ({}, True)]
    + [(one, False) for one in ("failure", "cancelled", "timed_out", "action_required")],
)
def test_what_failed_in_the_run_before_is_not_deployed(conclusion: object, deploys: bool) -> None:
    content = payload("workflow_run")
    content["workflow_run"]["conclusion"] = conclusion
    said = reason(event("workflow_run", payload=content), Checkout(HEAD))
    assert said is None if deploys else said and str(conclusion) in said


@pytest.mark.parametrize("name", [*BY_ANYONE, "pull_request"])
@pytest.mark.parametrize("nonsense", NONSENSE, ids=repr)
def test_nonsense_in_the_event_is_skipped_and_breaks_nothing(name: str, nonsense: object) -> None:
    whole = payload(name)
    for key in whole:
        said = reason(event(name, payload=whole | {key: nonsense}), Checkout(HEAD))
        assert said or key in ("sender", "action", "number", "issue", "comment")
        inner = whole[key]
        for deeper in inner if isinstance(inner, dict) else ():
            broken = whole | {key: inner | {deeper: nonsense}}
            said = reason(event(name, payload=broken), Checkout(OTHER))
            assert said or name == "pull_request"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b'"x"', b"1", b"null", b"[" * 100_000, b"9" * 10_000],
    ids=lambda content: repr(content[:8]),
)
def test_an_event_file_that_is_not_an_object_is_unreadable(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(content)
    environment = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(file)}
    assert WorkflowEvent.read(environment).payload is None


def test_an_event_is_read_from_the_runner_s_variables_and_its_file(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(payload("workflow_run")))
    environment = {
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_REPOSITORY": "julia/project",
        "GITHUB_REPOSITORY_ID": "1296269",
        "GITHUB_SHA": BASE,
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_ACTOR": "julia",
    }
    assert WorkflowEvent.read(environment) == event("workflow_run")
    for missing in ("", str(tmp_path), str(tmp_path / "missing"), "\0"):
        assert WorkflowEvent.read({"GITHUB_EVENT_PATH": missing}).payload is None
