"""Answer a request by the model, or by extracting sentences where no model is ready."""

import logging
from collections.abc import Iterator

from summarizer.answer import Update, final_update
from summarizer.extract import extract
from summarizer.loading import Failed, Loader, Ready
from summarizer.request import InvalidRequest, Request, parse_request
from summarizer.shape import DEFAULT_LENGTH
from summarizer.writer import EmptyAnswer

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
    if isinstance(state := loader.state, Ready):
        try:
            yield from state.write(request)
            return
        except EmptyAnswer as error:
            reason = f"{loader.name} {error}"
        except Exception as error:  # pylint: disable=broad-exception-caught
            # Out of memory, a broken template: the visitor gets an extract, the log the traceback.
            _LOG.exception("The model failed while it was answering")
            reason = f"{loader.name} failed while answering ({type(error).__name__})"
    else:
        reason = (
            f"no model is loaded ({state.reason})" if isinstance(state, Failed) else state.reason
        )
    yield _answer_by_extract(request, reason)


def _answer_by_extract(request: Request, reason: str) -> Update:
    found = extract(request.text, request.prompt, request.length)
    sentences = "sentence" if found.total == 1 else "sentences"
    engine = f"quoting {len(found.lines):,} of {found.total:,} {sentences} of the text"
    remarks = [*request.remarks, *found.remarks("Quoting")]
    return final_update(request, engine, str(found), remarks, reason)
