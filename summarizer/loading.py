"""Choose the model, and load it once, in a background thread: from a folder, or from the Hub."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from httpx2 import HTTPError
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.utils import tqdm

from summarizer.writer import make_writer
from summarizer.zero import IS_ZERO, Write, on_gpu

if TYPE_CHECKING:
    from summarizer.model import Model

CPU_MODEL = "ibm-granite/granite-4.0-350m"
GPU_MODEL = "Qwen/Qwen3-4B-Instruct-2507"

# Only what a model with safetensors needs: repositories also hold ONNX exports and checkpoints.
FILES = """
    config.json generation_config.json model*.safetensors model.safetensors.index.json tokenizer*
    special_tokens_map.json added_tokens.json vocab* merges.txt chat_template*
    """.split()
_HUB_TIMEOUT = 10.0  # seconds; the page works without the model, so don't wait long
_NVIDIA = Path("/dev/nvidiactl")  # there wherever a process may use a GPU of NVIDIA's
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loading:
    """The model is being downloaded, with the bytes so far and in all, or loaded."""

    done: int = 0
    total: int = 0
    reason = "the model is still loading"


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
    """Loads a model, by default the one for this hardware, in a background thread."""

    def __init__(self, model_id: str | None = None) -> None:
        has_gpu = IS_ZERO or _NVIDIA.exists()
        self.model_id = model_id or (GPU_MODEL if has_gpu else CPU_MODEL)
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
            case Loading(done, total):
                share = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB ({done / (total or 1):.0%})"
                doing = f"downloaded, {share}" if done < total else "loaded"
                return (
                    f"The model {self.name} is being {doing}. Until then summaries are extractive."
                )
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


def fetch(model_id: str, report: Callable[[int, int], None]) -> str:
    """The model's local folder, downloaded if need be; reports the bytes so far, and in all.

    Raises what huggingface_hub raises: within seconds if no Hub answers.
    """
    if Path(model_id).is_dir():
        return model_id

    class Bar(tqdm):  # type: ignore[misc, type-arg, unused-ignore]
        """A progress bar in the log, and on the page."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["disable"] = False
            super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call, unused-ignore]

        def update(self, n: float | None = 1) -> bool | None:
            """Show and report progress; the bar that counts files is only shown."""
            shown: bool | None = super().update(n)
            if not self.disable and self.unit == "B" and self.total:
                report(int(self.n), int(self.total))
            return shown

    try:
        # snapshot_download would wait for ever
        HfApi().model_info(model_id, timeout=_HUB_TIMEOUT)
    except RepositoryNotFoundError:
        raise
    except (HTTPError, OSError):  # no Hub in reach; what is cached will do
        return snapshot_download(model_id, allow_patterns=FILES, local_files_only=True)
    return snapshot_download(model_id, allow_patterns=FILES, tqdm_class=Bar)
