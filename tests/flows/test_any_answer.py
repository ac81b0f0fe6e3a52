"""Whatever the Hub answers: a sample of what `make sweep` plays at each request of each flow."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from tests.conftest import Repo
from tests.sweep.clock import shorten
from tests.sweep.flows import FLOWS, stage_of
from tests.sweep.play import Case, for_good, once, two, wrong
from tests.sweep.requests import Request, recorded, requests_of

pytestmark = pytest.mark.usefixtures("no_waits")

_SEED = 7


def _sample() -> list[Case]:
    generator = random.Random(_SEED)
    series = ((once(), 26), (for_good(), 4), (two(), 8))
    return [case for cases, count in series for case in generator.sample(list(cases), count)]


def _counted(requests: Iterable[Request]) -> set[tuple[str, str, int]]:
    # those that run at the same time come in any order, and polls as often as they are needed
    return {(one.method, one.path, one.is_poll or one.number) for one in requests}


@pytest.mark.parametrize("flow", FLOWS)
def test_the_sweep_knows_every_request_of_a_flow(
    flow: str, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, hangs=False)
    expected = FLOWS[flow]
    with stage_of(expected, repo) as stage:
        before = len(stage.hub.requests)
        result = stage.run()
        sent = recorded(stage.hub.requests[before:])
    assert (result.rollout.verdict, result.exit_code) == (expected.verdict, expected.exit_code)
    lines = "\n".join(f"{request.method} {request.path}" for request in sent)
    assert _counted(sent) == _counted(requests_of(flow)), f"the requests of this flow:\n{lines}"


@pytest.mark.parametrize("case", _sample(), ids=str)
def test_any_answer(case: Case, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    if found := wrong(case, repo, monkeypatch):
        pytest.fail(found, pytrace=False)
