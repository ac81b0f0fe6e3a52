"""Each kind of fault at each request of each flow, and two at a time (`make sweep`)."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.sweep.play import Case, for_good, once, two, wrong

pytestmark = pytest.mark.usefixtures("no_waits")


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
