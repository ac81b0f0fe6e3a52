"""Answer a request by the model, or by extracting sentences where no model is ready."""

import logging
import time
from collections.abc import Iterator

from summarizer.answer import Update, describe_answer
from summarizer.extract import MAX_SENTENCES, extract
from summarizer.loading import Loader, Ready
from summarizer.request import InvalidRequest, Request, parse_request
from summarizer.shape import DEFAULT_LENGTH
from summarizer.writer import EmptyAnswer
from summarizer.zero import Write

_LOG = logging.getLogger(__name__)


def summarize(
    text: str | None, prompt: str | None, length: str | None = DEFAULT_LENGTH, *, loader: Loader
) -> Iterator[Update]:
    """Summarize by the model, or by extraction where there is no model (yet).

    Each update replaces the one before; the last one is the answer. An invalid request is answered
    with a status that says why; nothing that a visitor can type raises.
    """
    try:
        request = parse_request(text, prompt, length)
    except InvalidRequest as error:
        yield Update("", str(error))
        return
    state = loader.state
    if isinstance(state, Ready):
        yield from _answer_by_model(request, state.write, loader.name)
    else:
        yield _answer_by_extract(request, state.reason)


def _answer_by_model(request: Request, write: Write, name: str) -> Iterator[Update]:
    try:
        yield from write(request)
    except EmptyAnswer as error:
        yield _answer_by_extract(request, f"{name} {error}")
    except Exception as error:  # pylint: disable=broad-exception-caught
        # Out of memory, a broken template: the visitor gets an extract, the log gets the traceback.
        _LOG.exception("The model failed while it was answering")
        yield _answer_by_extract(request, f"{name} failed while answering ({type(error).__name__})")


def _answer_by_extract(request: Request, reason: str) -> Update:
    start = time.monotonic()
    found = extract(request.text, request.prompt, request.length)
    summary = str(found)
    seconds = time.monotonic() - start
    sentences = "1 sentence" if found.total == 1 else f"{found.total:,} sentences"
    status = [
        describe_answer("extractive summary (no model)", seconds, request.text, summary),
        f"Why: {reason}. Quotes {len(found.sentences):,} of {sentences}; nothing is generated.",
        *request.remarks,
    ]
    if found.beyond:
        asked = ", ".join(f"\u201c{phrase}\u201d" for phrase in found.beyond)
        status.append(f"Quoting can't do this part of the prompt: {asked}.")
    if not found.on_topic:
        status.append("None of the prompt's words is in the text; these are its main sentences.")
    if found.capped:
        status.append(f"The limit is {MAX_SENTENCES} sentences.")
    return Update(summary, " ".join(status))
