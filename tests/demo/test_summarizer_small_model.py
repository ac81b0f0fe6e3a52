"""The app's own code with real weights, the smallest there are: a short answer, from loading on."""

from pathlib import Path
from typing import Any

import pytest

from summarizer import Loader, summarize
from summarizer.grounding import Grounds
from summarizer.languages import ENGLISH
from summarizer.loading import Ready
from summarizer.samples import TEXTS
from summarizer.sentences import sentences_of

# pylint: disable=missing-function-docstring  # the names are the sentences

FERRY = TEXTS["A council meeting about a ferry"]


@pytest.fixture(name="loader", scope="module")
def _loader(small_model: Path) -> Any:
    loaded = Loader(str(small_model)).start()
    loaded.wait(120)
    return loaded


def test_real_weights_give_a_whole_answer_in_the_form_that_was_asked_for(loader: Any) -> None:
    assert isinstance(loader.state, Ready)
    *_, last = summarize(FERRY, "Two bullets: what was decided?", "Short", loader=loader)
    assert last.status.startswith("Answered by SmolLM2-135M-Instruct on the ")
    lines = last.summary.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("- ") and line.endswith((".", "\u201d")) for line in lines)
    grounds = Grounds([sentence.text for sentence in sentences_of(FERRY)], ENGLISH)
    assert all(grounds.has_facts_of(line, ENGLISH) for line in lines)
