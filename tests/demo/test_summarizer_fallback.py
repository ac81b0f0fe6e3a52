"""Summaries without a model (yet): the extract, the status line, and what a start costs."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from summarizer import Loader, summarize
from summarizer.loading import CPU_MODEL, GPU_MODEL
from summarizer.samples import TEXTS
from summarizer.words import count

# pylint: disable=missing-function-docstring, redefined-outer-name  # the names are the sentences

ROOT = Path(__file__).parents[2]
FERRY = TEXTS["A council meeting about a ferry"]


@pytest.fixture(scope="module")
def nowhere() -> Loader:
    loader = Loader("/nonexistent/model").start()
    loader.wait(60)
    return loader


def test_while_the_model_is_loading_the_fallback_answers_and_says_why() -> None:
    *_, last = summarize(FERRY, "Only the risks", loader=Loader("not/started"))
    assert "second risk" in last.summary
    assert last.status.startswith("Answered by quoting 3 of 15 sentences of the text in ")
    assert re.search(r" s: the model is still loading\. Words: ", last.status)


def test_a_missing_model_is_named_and_the_fallback_answers(nowhere: Loader) -> None:
    *_, last = summarize(FERRY, "three bullets", loader=nowhere)
    assert last.summary.count("- ") == 3
    assert re.fullmatch(
        r"Answered by quoting 3 of 15 sentences of the text in (less than )?\d\.\d s: "
        r"no model is loaded \(model not found: model\)\. "
        rf"Words: 241 in the text, {count(last.summary)} in the summary\.",
        last.status,
    )


def test_one_sentence_is_not_called_sentences(nowhere: Loader) -> None:
    *_, last = summarize(FERRY, "one sentence", loader=nowhere)
    assert "quoting 1 of 15 sentences of" in last.status
    *_, last = summarize("One sentence, no more.", "one sentence", loader=nowhere)
    assert "quoting 1 of 1 sentence of" in last.status


def test_a_wrong_request_is_a_sentence_and_not_an_error(nowhere: Loader) -> None:
    *_, last = summarize("", "three bullets", loader=nowhere)
    assert last.summary == ""
    assert last.status.startswith("There is a prompt, but no text yet.")


def test_an_off_topic_prompt_is_reported(nowhere: Loader) -> None:
    *_, last = summarize(FERRY, "volcanoes", loader=nowhere)
    assert "None of the prompt's words is in the text" in last.status


def test_what_quoting_cannot_do_is_said_once_and_the_rest_is_done(nowhere: Loader) -> None:
    *_, last = summarize(FERRY, "two bullets in German for a ten-year-old", loader=nowhere)
    assert last.summary.count("- ") == 2
    said = "Quoting can't do this part of the prompt: “for a ten-year-old”, “in German”."
    assert last.status.endswith(said)
    assert "None of the prompt's words" not in last.status


def test_the_limit_of_sentences_is_reported(nowhere: Loader) -> None:
    text = " ".join(f"Item {n} weighs {n} kilos." for n in range(2000))
    *_, last = summarize(text, "100 sentences", loader=nowhere)
    assert last.status.endswith("The limit is 50 sentences.")
    assert "quoting 50 of 2,000 sentences of" in last.status


def test_the_card_and_the_requirements_name_the_same_gradio() -> None:
    card = (ROOT / "card.yaml").read_text()
    version = re.search(r'^sdk_version: "(.+)"$', card, re.MULTILINE)
    assert version
    assert f"gradio=={version[1]}" in (ROOT / "requirements.txt").read_text().splitlines()


def test_the_card_names_the_models_and_preloads_the_one_for_a_cpu() -> None:
    card = yaml.safe_load((ROOT / "card.yaml").read_text("utf-8"))
    assert card["models"] == [CPU_MODEL, GPU_MODEL]
    assert card["preload_from_hub"] == [CPU_MODEL]


def test_the_card_is_complete_and_within_the_limits_of_the_hub() -> None:
    card = yaml.safe_load((ROOT / "card.yaml").read_text("utf-8"))
    for key in ("title", "emoji", "colorFrom", "colorTo", "python_version", "license"):
        assert card[key]
    assert len(card["short_description"]) <= 60
    assert (ROOT / card["app_file"]).is_file()


def test_everything_that_is_installed_is_pinned() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)


def test_what_the_tests_need_of_it_has_the_same_version() -> None:
    pinned = set((ROOT / "requirements.txt").read_text("utf-8").splitlines())
    development = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    names = {line.partition("==")[0] for line in pinned}
    shared = {line for line in development["dev"] if line.partition("==")[0] in names}
    assert {"sentencex", "snowballstemmer"} <= {line.partition("==")[0] for line in shared}
    assert shared <= pinned
