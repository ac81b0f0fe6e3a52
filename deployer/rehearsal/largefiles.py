"""Which files are large files (Git LFS), and which a .gitignore leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deployer.errors import UsageError
from deployer.rehearsal.objects import Objects
from deployer.source.ignore import GIT_ATTRIBUTES, Patterns
from deployer.source.tree import RemoteFile

MAX_REGULAR_FILE_BYTES = 10 * 1024 * 1024
_RULE = "filter=lfs diff=lfs merge=lfs -text"
_USUAL = (
    "*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack "
    "*.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors "
    "saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents*"
).split()


def usual_attributes() -> bytes:
    """The .gitattributes that a new repository on the Hub starts with."""
    return "".join(f"{pattern} {_RULE}\n" for pattern in _USUAL).encode()


def text_of(files: Mapping[str, RemoteFile], path: str, objects: Objects) -> str:
    """A small text file of a tree; empty where it is missing."""
    file = files.get(path)
    return "" if file is None else objects.raw(file).decode("utf-8", "replace")


class LargeFiles:
    """The LFS rules of a .gitattributes. https://git-scm.com/docs/gitattributes"""

    def __init__(self, attributes: str) -> None:
        lines = (line.split() for line in attributes.splitlines() if line.strip())
        patterns = [words[0] for words in lines if "filter=lfs" in words[1:]]
        self._rules = get_readable_space(
            pattern.replace("[[:space:]]", "[ ]")
            for pattern in patterns
            if not pattern.startswith(("#", "!"))
        )

    def claim(self, path: str) -> bool:
        """Whether a rule makes this path a large file."""
        return self._rules.match(path) is not None

    def mode(self, path: str, size: int, sample: bytes) -> str:
        """How a file is to be uploaded: `lfs` or `regular`.

        Rule: https://huggingface.co/docs/hub/repositories-getting-started (10 MiB; binary files)
        """
        if size == 0:
            return "regular"
        large = size > MAX_REGULAR_FILE_BYTES or b"\0" in sample or self.claim(path)
        return "lfs" if large else "regular"


def rule_for(path: str) -> str:
    """The line that makes exactly this path a large file."""
    escaped = "".join("\\" + c if c in "\\*?[]" else c for c in path)
    return f"{escaped.replace(' ', '[[:space:]]')} {_RULE}\n"


def get_readable_space(patterns: Iterable[str]) -> Patterns:
    """Patterns as git reads them; where one of them is none, nothing matches."""
    try:
        return Patterns.of_option(GIT_ATTRIBUTES, patterns)
    except UsageError:
        return Patterns(())
