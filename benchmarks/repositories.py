"""Synthetic git repositories: many small text files, three folders deep."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Julia",
    "GIT_AUTHOR_EMAIL": "julia@example.com",
    "GIT_COMMITTER_NAME": "Julia",
    "GIT_COMMITTER_EMAIL": "julia@example.com",
}
FIRST, ONE_LINE, SPREAD = "first", "one-line", "spread"
_APP = {"README.md": "---\ntitle: Benchmark\nsdk: gradio\n---\n", "app.py": "print('It runs.')\n"}
_FILE_SIZE = 4_300  # bytes
_MAX_BYTES = 43_000_000  # of all files together
_FILES_PER_FOLDER = 10
_LINE = 70  # characters


@dataclass(frozen=True)
class Repository:
    """A git repository with three tagged commits: the first, and two changes after it."""

    root: Path

    @classmethod
    def make(cls, root: Path, files: int) -> Repository:
        """Commit this many files, then one changed line, then a changed line in 1 % of them."""
        made = cls(root)
        root.mkdir(parents=True)
        made.git("init", "--quiet", "--initial-branch", "main")
        names = list(_names(files - len(_APP)))
        size = min(_FILE_SIZE, _MAX_BYTES // files)
        for name, text in _APP.items():
            (root / name).write_text(text, "utf-8")
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_text(name, size), "utf-8")
        made._commit(FIRST)
        made._change(names[len(names) // 2 :][:1], "one line")
        made._commit(ONE_LINE)
        made._change(names[:: len(names) // max(1, files // 100)][: max(1, files // 100)], "1 %")
        made._commit(SPREAD)
        made.check_out(FIRST)
        return made

    def git(self, *arguments: str) -> str:
        """The output of a git command. Raises CalledProcessError if it fails."""
        return subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **GIT_ENVIRONMENT},
            check=True,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ).stdout

    def check_out(self, tag: str) -> None:
        """Check out a tag and remove all other files, as a job does."""
        self.git("checkout", "--quiet", "--force", "--detach", tag)
        self.git("clean", "--quiet", "-dffx")

    def blobs(self) -> dict[str, str]:
        """The blob id of each tracked file."""
        entries = self.git("ls-files", "-z", "--stage").split("\0")[:-1]
        parts = [entry.partition("\t") for entry in entries]
        return {path: mode_and_id.split()[1] for mode_and_id, _, path in parts}

    def _change(self, names: Sequence[str], to: str) -> None:
        for name in names:
            lines = (self.root / name).read_text("utf-8").splitlines()
            lines[len(lines) // 2] = f"changed: {to}"
            (self.root / name).write_text("\n".join(lines) + "\n", "utf-8")

    def _commit(self, tag: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", tag)
        self.git("tag", tag)


def _names(count: int) -> Iterator[str]:
    """Paths, ten files per folder at the third level, with equally many folders at each level."""
    width = math.ceil((count / _FILES_PER_FOLDER) ** (1 / 3))
    for number in range(count):
        folder = number // _FILES_PER_FOLDER
        top, middle, low = folder // width**2, folder // width % width, folder % width
        yield f"part-{top:02}/group-{middle:02}/unit-{low:02}/file-{number:06}.txt"


def _text(name: str, size: int) -> str:
    """Text of about this size, unique to a file."""
    digits = hashlib.shake_256(name.encode()).hexdigest(size // 2)
    return "\n".join(digits[at : at + _LINE] for at in range(0, len(digits), _LINE)) + "\n"
