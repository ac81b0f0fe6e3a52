"""Load the model once, in the background, and know at any time how far that is."""

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summarizer.writer import writer
from summarizer.zero import IS_ZERO, Write, on_gpu

if TYPE_CHECKING:
    from summarizer.model import Model

DEFAULT_MODEL = "HuggingFaceTB/SmolLM2-360M-Instruct"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loading:
    """The model is on its way."""


@dataclass(frozen=True)
class Ready:
    """The model is there, and this is what writes with it."""

    model: "Model"
    write: Write


@dataclass(frozen=True)
class Failed:
    """The model will not come; the reason is a plain clause for the visitor."""

    reason: str


State = Loading | Ready | Failed


class Loader:
    """Loads a model in a thread of its own, so that the page is usable at once."""

    def __init__(self, model_id: str | None = None) -> None:
        self.model_id = model_id or DEFAULT_MODEL
        self._state: State = Loading()
        self._thread = threading.Thread(target=self._load, name="load-model", daemon=True)

    @property
    def state(self) -> State:
        """Loading, Ready or Failed, as of now."""
        return self._state

    @property
    def is_loading(self) -> bool:
        """Whether the state is still to change."""
        return isinstance(self._state, Loading)

    @property
    def name(self) -> str:
        """The model's short name: the last part of its Hub id or folder."""
        return self.model_id.rstrip("/").rpartition("/")[2] or self.model_id

    def start(self) -> "Loader":
        """Begin to load; returns at once, but on ZeroGPU when all is loaded."""
        self._thread.start()
        if IS_ZERO:
            self._thread.join()
        return self

    def wait(self, timeout: float | None = None) -> State:
        """Block until the model is loaded or has failed to (for scripts and tests)."""
        self._thread.join(timeout)
        return self._state

    def describe(self) -> str:
        """One plain sentence for the page: which engine answers now."""
        match self._state:
            case Loading():
                return f"The model {self.name} is still loading. The extractive fallback answers."
            case Failed(reason):
                return f"The model can't be used: {reason}. The extractive fallback answers."
            case Ready(model=model):
                return f"The model {self.name} is ready and runs on the {model.device_name}."

    def _load(self) -> None:
        try:
            # Imported here, not above: torch takes seconds to import and may be missing.
            from summarizer.model import Model  # pylint: disable=import-outside-toplevel

            model = Model.load(self.model_id)
            self._state = Ready(model, on_gpu(writer(model, self.name)))
        except Exception as error:  # pylint: disable=broad-exception-caught
            # Whatever went wrong, the page must go on with the fallback.
            _LOG.exception("The model %s could not be loaded", self.model_id)
            self._state = Failed(_reason(self.name, error))


def _reason(name: str, error: Exception) -> str:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "ImportError" in kinds:
        return "torch or transformers can't be imported"
    if kinds & {"RepositoryNotFoundError", "HFValidationError", "NoSuchFolder"}:
        return f"there is no model at {name}"
    if kinds & {"LocalEntryNotFoundError", "OfflineModeIsEnabled", "ConnectionError"}:
        return f"{name} could not be fetched from the Hub"
    return f"{name} could not be loaded ({type(error).__name__})"
