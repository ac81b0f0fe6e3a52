"""Download what the card preloads for the Spaces of the local Hub, as the Hub does in a build.

Run by `make demo`. Without a Hub in reach it says so within seconds; the demo works without.
"""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from deployer.commands.local_hub import cache_folder

_CARD = Path(__file__).parents[1] / "card.yaml"
_TIMEOUT = 5.0  # seconds


def main() -> None:
    """Download the models with a progress bar each."""
    os.environ["HF_HOME"] = str(cache_folder() / "huggingface")
    # pylint: disable=import-outside-toplevel  # it reads HF_HOME when it is imported
    from huggingface_hub import HfApi, snapshot_download

    for line in yaml.safe_load(_CARD.read_text("utf-8"))["preload_from_hub"]:
        model, _, files = line.partition(" ")
        try:
            HfApi().model_info(model, timeout=_TIMEOUT)  # snapshot_download would wait for ever
            snapshot_download(model, allow_patterns=files.split(",") if files else None)
        except Exception as error:  # pylint: disable=broad-exception-caught
            reason = type(error).__name__
            print(f"{model} could not be downloaded ({reason}); the demo quotes sentences instead.")


if __name__ == "__main__":
    main()
