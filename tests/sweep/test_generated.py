"""The generated searches of all unit tests, with many more examples (`make sweep`)."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test

_TESTS = Path(__file__).parents[1]
_ROOT = _TESTS.parent


def _searches() -> Iterator[Callable[..., None]]:
    for file in sorted(_TESTS.glob("unit/**/test_*.py")):
        module = importlib.import_module(".".join(file.relative_to(_ROOT).with_suffix("").parts))
        yield from (test for test in vars(module).values() if is_hypothesis_test(test))


@pytest.mark.parametrize("search", list(_searches()), ids=lambda search: search.__name__)
def test_no_counter_example_is_found(
    search: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    fixtures = inspect.signature(search).parameters
    search(**{name: request.getfixturevalue(name) for name in fixtures})
