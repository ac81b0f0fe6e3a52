"""Each kind of fault at each request of each flow, and two at a time (`make sweep`)."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.sweep.clock import shorten
from tests.sweep.flows import FLOWS, stage_of
from tests.sweep.play import Case, for_good, once, two, wrong
from tests.sweep.requests import recorded, requests_of

pytestmark = pytest.mark.usefixtures("no_waits")


@pytest.mark.parametrize("flow", FLOWS)
def test_the_table_has_every_request_of_a_flow(
    flow: str, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, hangs=False)
    with stage_of(FLOWS[flow], repo) as stage:
        before = len(stage.hub.requests)
        result = stage.run()
        sent = recorded(stage.hub.requests[before:])
    assert (result.rollout.verdict, result.exit_code) == (
        FLOWS[flow].verdict,
        FLOWS[flow].exit_code,
    )
    lines = "\n".join(f"{request.method} {request.path}" for request in sent)
    # those that run at the same time come in any order
    assert set(sent) == set(requests_of(flow)), f"the requests of this flow are\n{lines}"


@pytest.mark.parametrize("case", list(once()), ids=str)
def test_one_fault(case: Case, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(wrong(case, repo, monkeypatch))


@pytest.mark.parametrize("case", list(for_good()), ids=str)
def test_a_fault_that_stays(case: Case, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(wrong(case, repo, monkeypatch))


@pytest.mark.parametrize("case", list(two()), ids=str)
def test_two_faults(case: Case, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(wrong(case, repo, monkeypatch))


def _check(found: str) -> None:
    if found:
        pytest.fail(found, pytrace=False)
