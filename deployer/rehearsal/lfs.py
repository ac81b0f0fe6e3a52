"""Decide which files are LFS files, by .gitattributes, size and content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deployer.errors import UsageError
from deployer.rehearsal.objects import Objects
from deployer.source.ignore import GIT_ATTRIBUTES, Patterns
from deployer.source.tree import RemoteFile

MAX_REGULAR_FILE_BYTES = 10 * 1024 * 1024
_RULE = "filter=lfs diff=lfs merge=lfs -text"
_DEFAULT_PATTERNS = (
    "*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack "
    "*.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors "
    "saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents*"
).split()


def default_gitattributes() -> bytes:
    """The .gitattributes of a new repository on the Hub."""
    return "".join(f"{pattern} {_RULE}\n" for pattern in _DEFAULT_PATTERNS).encode()


def read_text(files: Mapping[str, RemoteFile], path: str, objects: Objects) -> str:
    """The text of a small file; empty if it is missing."""
    file = files.get(path)
    return "" if file is None else objects.read_blob(file).decode("utf-8", "replace")


class LfsRules:
    """The LFS rules of a .gitattributes. https://git-scm.com/docs/gitattributes"""

    def __init__(self, attributes: str) -> None:
        lines = (line.split() for line in attributes.splitlines() if line.strip())
        patterns = [words[0] for words in lines if "filter=lfs" in words[1:]]
        self._patterns = compile_patterns(
            pattern.replace("[[:space:]]", "[ ]")
            for pattern in patterns
            if not pattern.startswith(("#", "!"))
        )

    def matches(self, path: str) -> bool:
        """Whether a rule makes this path an LFS file."""
        return self._patterns.match(path) is not None

    def upload_mode(self, path: str, size: int, sample: bytes) -> str:
        """How a client must upload a file: `lfs` or `regular`. `sample` are its first bytes.

        Rule: https://huggingface.co/docs/hub/repositories-getting-started (10 MiB; binary files)
        """
        if size == 0:
            return "regular"
        is_lfs = size > MAX_REGULAR_FILE_BYTES or b"\0" in sample or self.matches(path)
        return "lfs" if is_lfs else "regular"


def rule_for(path: str) -> str:
    """The line of .gitattributes that makes exactly this path an LFS file."""
    escaped = "".join("\\" + c if c in "\\*?[]" else c for c in path)
    return f"{escaped.replace(' ', '[[:space:]]')} {_RULE}\n"


def compile_patterns(patterns: Iterable[str]) -> Patterns:
    """Compile gitignore patterns; if one of them is invalid, nothing matches."""
    try:
        return Patterns.of_option(GIT_ATTRIBUTES, patterns)
    except UsageError:
        return Patterns(())
