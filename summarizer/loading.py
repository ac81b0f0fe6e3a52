"""Load the model once, in a background thread, and report its state."""

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summarizer.weights import default_model, fetch
from summarizer.writer import make_writer
from summarizer.zero import IS_ZERO, Write, on_gpu

if TYPE_CHECKING:
    from summarizer.model import Model

_MEGABYTE = 1_000_000
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loading:
    """The model is being downloaded, with the bytes so far and in all, or loaded."""

    done: int = 0
    total: int = 0
    reason = "the model is still loading"

    def __str__(self) -> str:
        if self.done >= self.total:
            return "is being loaded"
        done, total = self.done / _MEGABYTE, self.total / _MEGABYTE
        return f"is being downloaded, {done:,.0f} of {total:,.0f} MB ({done / total:.0%})"


@dataclass(frozen=True)
class Ready:
    """The model is loaded; `write` answers requests with it."""

    model: "Model"
    write: Write


@dataclass(frozen=True)
class Failed:
    """The model could not be loaded; `reason` is a clause for the visitor."""

    reason: str


State = Loading | Ready | Failed


class Loader:
    """Loads a model in a background thread, so that the page is usable at once."""

    def __init__(self, model_id: str | None = None) -> None:
        self.model_id = model_id or default_model()
        self.state: State = Loading()
        self._thread = threading.Thread(target=self._load, name="load-model", daemon=True)

    @property
    def name(self) -> str:
        """The model's short name: the last part of its Hub id or folder."""
        return self.model_id.rstrip("/").rpartition("/")[2] or self.model_id

    def start(self) -> "Loader":
        """Start loading; returns at once, on ZeroGPU once the model is loaded."""
        self._thread.start()
        if IS_ZERO:
            self._thread.join()
        return self

    def wait(self, timeout: float | None = None) -> State:
        """Block until the model is loaded or has failed to (for scripts and tests)."""
        self._thread.join(timeout)
        return self.state

    def describe(self) -> str:
        """One line for the page: the model's state."""
        match self.state:
            case Loading():
                return f"The model {self.name} {self.state}. Until then summaries are extractive."
            case Failed(reason):
                return f"The model can't be used ({reason}). Summaries are extractive."
            case Ready(model=model):
                return f"The model {self.name} is ready and runs on the {model.device_name}."

    def _report(self, done: int, total: int) -> None:
        self.state = Loading(done, total)

    def _load(self) -> None:
        try:
            folder = fetch(self.model_id, self._report)
            self.state = Loading()
            # Imported here: torch takes seconds to import and may be missing.
            from summarizer.model import Model  # pylint: disable=import-outside-toplevel

            model = Model.load(folder)
            self.state = Ready(model, on_gpu(make_writer(model, self.name)))
        except Exception as error:  # pylint: disable=broad-exception-caught
            # Whatever failed, the page goes on with extractive summaries.
            _LOG.exception("The model %s could not be loaded", self.model_id)
            self.state = Failed(_describe(self.name, error))


def _describe(name: str, error: Exception) -> str:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "ImportError" in kinds:
        return "torch or transformers can't be imported"
    if kinds & {"RepositoryNotFoundError", "HFValidationError"}:
        return f"model not found: {name}"
    if kinds & {"LocalEntryNotFoundError", "ConnectionError", "NetworkError", "TimeoutException"}:
        return f"{name} could not be fetched from the Hub"
    return f"{name} could not be loaded ({type(error).__name__})"
