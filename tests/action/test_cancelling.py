"""A job that is cancelled, at any moment: the Space has a whole commit, and the run says which.

Only the step's own process is signalled, as GitHub does; that must be hf-deploy itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest

from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from tests.action.conftest import Workflow
from tests.action.runner.job import Used
from tests.conftest import APP, SPACE, Repo

OLD = {**APP, "app.py": b"old"}
ENDLESS = Build(steps=(Step("BUILDING", seconds=600),))
FAILED = Build(steps=(Step("BUILDING"), Step("BUILD_ERROR")))
UNANSWERED = Fault("POST", "/commit/", drop="after", hang=True)
Cancel = Callable[..., Used]


@pytest.fixture(name="cancelled_at")
def _cancelled_at(workflow: Workflow, hub: LocalHub) -> Iterator[Cancel]:
    """Deploy, and cancel the job while the Hub holds a request back; it is let through then."""
    here, let_through = Event(), Event()

    def hold() -> None:
        here.set()
        let_through.wait(90)

    def run(method: str, path: str, after: int = 0) -> Used:
        hub.scenario.faults = [Fault(method, path, after=after, times=1, conflict=hold)]
        with ThreadPoolExecutor() as pool:
            running = pool.submit(workflow.deploy)
            assert here.wait(60), "the request never came"
            workflow.job.cancel()
            let_through.set()
            return running.result()

    yield run
    let_through.set()


def _said(used: Used) -> str:
    """What the run's one error says; the summary says it, too."""
    [error] = used.log.errors
    assert not used.ok and "interrupted" in error.data, used.log.text
    assert "interrupted" in used.summary
    return error.data


def test_before_the_commit(cancelled_at: Cancel, hub: LocalHub) -> None:
    head = hub.add_space(SPACE, OLD).head
    used = cancelled_at("GET", "/tree/")
    assert used.exits["Deploy"] == 130
    said = _said(used)
    assert head in said and "nothing was committed" in said
    assert head in used.summary
    assert hub.space(SPACE).head == head


def test_while_the_commit_is_sent(cancelled_at: Cancel, hub: LocalHub) -> None:
    head = hub.add_space(SPACE, OLD).head
    used = cancelled_at("POST", "/commit/")
    assert used.exits["Deploy"] == 130
    assert head in _said(used) and "may still arrive, whole" in used.summary
    hub.wait_until(lambda: hub.space(SPACE).head != head)
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


@pytest.mark.parametrize(
    ("path", "build"), [("/logs/build", ENDLESS), ("/host", Build(app=App(hang=True)))]
)
def test_while_the_commit_is_watched(
    cancelled_at: Cancel, hub: LocalHub, path: str, build: Build
) -> None:
    hub.scenario.builds = [build]
    used = cancelled_at("GET", path)
    head = hub.commits(SPACE)[0].id
    assert used.exits["Deploy"] == 130
    assert head in _said(used) and head in used.summary
    assert used.outputs["commit"] == head and used.outputs["changed"] == "true"


def test_while_the_commit_of_a_rollback_is_sent(
    cancelled_at: Cancel, hub: LocalHub, workflow: Workflow, repo: Repo
) -> None:
    assert workflow.deploy().ok
    repo.commit({"app.py": b"new"})
    hub.scenario.builds = [FAILED]
    used = cancelled_at("POST", "/commit/", after=1)
    failed = used.outputs["commit"]
    assert used.exits["Deploy"] == 130 and used.outputs["verdict"] == "build-failed"
    assert f"at {failed}; the commit was being sent and may still arrive, whole" in _said(used)
    assert f"at {failed}" in used.summary
    hub.wait_until(lambda: hub.space(SPACE).head != failed)
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_commit_that_is_applied_and_not_yet_answered(workflow: Workflow, hub: LocalHub) -> None:
    before = hub.add_space(SPACE, OLD).head
    hub.scenario.faults = [UNANSWERED]
    used = _cancelled(workflow, hub, commits=2)
    head = hub.commits(SPACE)[0].id
    assert used.exits["Deploy"] == 130 and used.outputs["verdict"] == "committed"
    assert (used.outputs["changed"], used.outputs["commit"]) == ("true", head)
    assert used.outputs["previous-commit"] == before
    assert f"at {head}, committed by this run" in _said(used) and head in used.summary


def test_a_rollback_whose_commit_is_applied_and_not_yet_answered(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    assert workflow.deploy().ok
    repo.commit({"app.py": b"new"})
    hub.scenario.builds = [FAILED]
    hub.scenario.faults = [replace(UNANSWERED, after=1)]
    used = _cancelled(workflow, hub, commits=len(hub.commits(SPACE)) + 2)
    head = hub.commits(SPACE)[0].id
    assert used.exits["Deploy"] == 130 and used.outputs["verdict"] == "build-failed"
    assert used.outputs["rollback-commit"] == head
    assert f"at {head}, committed by this run" in _said(used) and head in used.summary


def _cancelled(
    workflow: Workflow, hub: LocalHub, commits: int, *, is_watched: bool = False
) -> Used:
    """Deploy, and cancel the job once the Space has so many commits, and the last is watched."""

    def is_time() -> bool:
        has_all = SPACE in hub.spaces() and len(hub.commits(SPACE)) == commits
        return has_all and (_last_is_watched(hub) or not is_watched)

    with ThreadPoolExecutor() as pool:
        running = pool.submit(workflow.deploy)
        hub.wait_until(is_time, 60)
        workflow.job.cancel()
        return running.result()


def _last_is_watched(hub: LocalHub) -> bool:
    requests = hub.requests
    last = max(i for i, request in enumerate(requests) if request.matches("/commit/"))
    return any(request.matches("/runtime") for request in requests[last:])


def test_while_a_rollback_is_watched(workflow: Workflow, hub: LocalHub, repo: Repo) -> None:
    assert workflow.deploy().ok
    commits = len(hub.commits(SPACE)) + 2
    repo.commit({"app.py": b"new"})
    hub.scenario.builds = [FAILED, ENDLESS]
    used = _cancelled(workflow, hub, commits, is_watched=True)
    head = hub.commits(SPACE)[0].id
    assert used.exits["Deploy"] == 130 and used.outputs["verdict"] == "build-failed"
    assert f"at {head}, committed by this run" in _said(used) and head in used.summary
    assert hub.files(SPACE)["app.py"] == APP["app.py"]
    # once in the log, once in the annotation
    assert used.log.text.count("committed by this run") == 2
    assert used.summary.count("committed by this run") == 1
    assert "which was not seen healthy" in used.summary.splitlines()[0]
