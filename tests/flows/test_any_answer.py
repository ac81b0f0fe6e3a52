"""A sample of the faults that `make sweep` plays at every request of every flow."""

from __future__ import annotations

import random

import pytest

from tests.conftest import Repo
from tests.sweep.play import Case, for_good, once, two, wrong

_SEED = 7


def _sample() -> list[Case]:
    generator = random.Random(_SEED)
    series = ((once(), 30), (for_good(), 6), (two(), 12))
    return [case for cases, count in series for case in generator.sample(list(cases), count)]


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("case", _sample(), ids=str)
def test_any_answer(case: Case, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    if found := wrong(case, repo, monkeypatch):
        pytest.fail(found, pytrace=False)
