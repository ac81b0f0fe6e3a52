"""Pick the engine that can answer now, and tell the visitor at each step what is happening."""

import logging
import time
from collections.abc import Iterator

from summarizer.answer import Update, answered
from summarizer.extract import MAX_SENTENCES, extract
from summarizer.loading import Failed, Loader, Loading, Ready
from summarizer.request import Refused, Request, read
from summarizer.shape import DEFAULT_LENGTH
from summarizer.writer import NoAnswer
from summarizer.zero import Write

_LOG = logging.getLogger(__name__)


def summarize(
    text: str | None, prompt: str | None, length: str | None = DEFAULT_LENGTH, *, loader: Loader
) -> Iterator[Update]:
    """Answer a request by the model, or by the fallback where there is no model (yet).

    Each update replaces the one before; the last one stands. Nothing the visitor typed raises.
    """
    try:
        request = read(text, prompt, length)
    except Refused as refusal:
        yield Update("", str(refusal))
        return
    match loader.state:
        case Ready(write=write):
            yield from _by_model_or_fallback(request, write, loader.name)
        case Loading():
            yield _by_fallback(request, "the model is still loading")
        case Failed(reason):
            yield _by_fallback(request, reason)


def _by_model_or_fallback(request: Request, write: Write, name: str) -> Iterator[Update]:
    try:
        yield from write(request)
    except NoAnswer:
        yield _by_fallback(request, f"{name} gave an empty answer")
    except Exception as error:  # pylint: disable=broad-exception-caught
        # Out of memory, a broken template: the visitor still gets an answer, the log the reason.
        _LOG.exception("The model failed while it was answering")
        yield _by_fallback(request, f"{name} failed while answering ({type(error).__name__})")


def _by_fallback(request: Request, reason: str) -> Update:
    start = time.monotonic()
    found = extract(request.text, request.prompt, request.length)
    summary = str(found)
    seconds = time.monotonic() - start
    count = "1 sentence" if len(found.sentences) == 1 else f"{len(found.sentences):,} sentences"
    status = [
        answered("the extractive fallback", seconds, request.text, summary),
        f"Why: {reason}. It quotes {count} of {found.total:,} and writes nothing of its own.",
        *request.remarks,
    ]
    if not found.on_topic:
        status.append("None of the prompt's words is in the text: these sentences are its gist.")
    if found.capped:
        status.append(f"It quotes at most {MAX_SENTENCES} sentences.")
    return Update(summary, " ".join(status))
