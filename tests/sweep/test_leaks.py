"""Many requests to one process of the demo app."""

import pytest

from tests.demo.load import LONG_TEXTS, MEGABYTE, SHORT_TEXTS, NewClient, measure_growth
from tests.demo.running import App

# pylint: disable=missing-function-docstring  # the names are the sentences

# Measured: 3 MB, most of it what Gradio keeps of 30 sessions (it keeps 200 at most), and then
# some 5 kB a request. The rest is for the allocator.
MAX_GROWTH = 8 * MEGABYTE


def test_a_hundred_and_fifty_requests_without_a_model_leave_next_to_nothing_behind(
    fallback_app: App, new_client: NewClient
) -> None:
    client = new_client(fallback_app)
    growth = measure_growth(fallback_app, client, LONG_TEXTS, warm_up=50, requests=150)
    assert growth.memory < MAX_GROWTH
    assert growth.files == 0


@pytest.mark.slow
def test_sixty_requests_to_the_model_leave_next_to_nothing_behind(
    tiny_app: App, new_client: NewClient
) -> None:
    client = new_client(tiny_app)
    growth = measure_growth(tiny_app, client, SHORT_TEXTS, warm_up=10, requests=60)
    assert growth.memory < MAX_GROWTH
    assert growth.files == 0
