"""Which model answers, and where its files are: a folder, or the Hub through its local cache."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from httpx2 import HTTPError
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.utils import tqdm

from summarizer.zero import IS_ZERO

CPU_MODEL = "ibm-granite/granite-4.0-350m"
GPU_MODEL = "Qwen/Qwen3-4B-Instruct-2507"

# Only what a model with safetensors needs: repositories also hold ONNX exports and checkpoints.
FILES = """
    config.json generation_config.json model*.safetensors model.safetensors.index.json tokenizer*
    special_tokens_map.json added_tokens.json vocab* merges.txt chat_template*
    """.split()
_HUB_TIMEOUT = 10.0  # seconds; the page works without the model, so don't wait long
_NVIDIA = Path("/dev/nvidiactl")  # there wherever a process may use a GPU of NVIDIA's


def default_model() -> str:
    """The Hub id of the model for this hardware."""
    return GPU_MODEL if IS_ZERO or _NVIDIA.exists() else CPU_MODEL


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
            if self.unit == "B" and self.total:
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
