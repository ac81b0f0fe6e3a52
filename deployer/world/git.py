"""Every call of git. Names and contents come as bytes; no shell is in between."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deployer.errors import InvalidSource, UsageError
from deployer.world.parallel import run_all

_SYMLINK, _SUBMODULE, _EXECUTABLE = "120000", "160000", "100755"
_CONVERTING = frozenset({b"text", b"crlf", b"eol", b"ident", b"filter", b"working-tree-encoding"})
# Some are set inside a git hook, where they would point at another repository
# (`git rev-parse --local-env-vars`); the others would change what a path means.
_NOT_OURS = frozenset(
    f"GIT_{name}"
    for name in "DIR WORK_TREE INDEX_FILE PREFIX COMMON_DIR OBJECT_DIRECTORY LITERAL_PATHSPECS "
    "GLOB_PATHSPECS NOGLOB_PATHSPECS ICASE_PATHSPECS".split()
)
# a file that was only touched is named too: that costs a read and no more
_CHANGED = ("diff-files", "--name-only", "-z", "--relative", "--ignore-submodules=all")
_REMOTE = re.compile(
    r"(?:[a-z+]+://[^/]+/|[^/]+@[^/:]+:)(?:[\w.-]+/)*?"
    r"(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?"
)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One path that git tracks, relative to the folder that was asked for.

    `oid` is the blob that the index has. `unmodified` says that the working tree has just those bytes,
    by git's own word. `sparse` says that the path was left out of the checkout on purpose.
    """

    path: str
    mode: str
    oid: str
    unmodified: bool
    sparse: bool

    @property
    def is_link(self) -> bool:
        """A symbolic link."""
        return self.mode == _SYMLINK

    @property
    def is_submodule(self) -> bool:
        """A commit of another repository."""
        return self.mode == _SUBMODULE

    @property
    def is_executable(self) -> bool:
        """A file with its executable bit set."""
        return self.mode == _EXECUTABLE


def top_level(folder: Path) -> Path | None:
    """The root of the repository that a folder lies in; None where it lies in none.

    Raises UsageProblem where git is missing or will not read the repository.
    """
    try:
        answer = _git(folder, "rev-parse", "--show-toplevel")
    except FileNotFoundError:
        if any((parent / ".git").exists() for parent in (folder, *folder.parents)):
            raise UsageError(
                "This is a git repository, and git is not installed.",
                cause=str(folder),
                fix="Install git: it says which files are tracked, and only those ship.",
            ) from None
        return None
    if answer.returncode == 0:
        return Path(os.fsdecode(answer.stdout.removesuffix(b"\n")))
    said = _said(answer)
    if "not a git repository" in said and not (folder / ".git").exists():
        return None
    raise UsageError("git will not read this repository.", cause=said, fix=_mend(folder, said))


def _mend(folder: Path, said: str) -> str:
    if "dubious ownership" in said:
        return f"git config --global --add safe.directory '{folder}'"
    return f"Try `git status` in {folder} and mend what it says."


def entries(folder: Path) -> list[IndexEntry]:
    """All that git tracks below a folder of a repository, submodules as single entries.

    Raises InvalidSource while a merge is not finished.
    """
    tracked, changed, converted = run_all(
        [
            lambda: _lines(folder, "ls-files", "-v", "-s", "-z", "--", "."),
            lambda: _lines(folder, *_CHANGED),
            lambda: _converted(folder),
        ]
    )
    unsure = frozenset(map(os.fsdecode, [*changed, *converted]))
    listed = [_listed(line) for line in tracked]
    if any(stage != "0" for _, _, _, stage, _ in listed):
        raise InvalidSource(
            "A merge is not finished.",
            cause="git lists several versions of: "
            + ", ".join(sorted({path for *_, stage, path in listed if stage != "0"})[:5]),
            fix="Finish the merge, commit, and deploy again.",
        )
    return [
        IndexEntry(
            path,
            mode,
            oid,
            # a lower-case letter: somebody told git to assume that the file is unchanged
            unmodified=tag == "H" and path not in unsure,
            sparse=tag in "Ss",
        )
        for tag, mode, oid, _, path in listed
    ]


def _listed(line: bytes) -> tuple[str, str, str, str, str]:
    facts, _, path = line.partition(b"\t")
    tag, mode, oid, stage = facts.decode().split(" ")
    return tag, mode, oid, stage, os.fsdecode(path)


def _converted(folder: Path) -> list[bytes]:
    """Paths whose bytes git changes between the index and the working tree.

    https://git-scm.com/docs/gitattributes
    """
    paths = _lines(folder, "ls-files", "-z", "--", ".")
    if _config(folder, "core.autocrlf") not in (None, "false"):
        return paths
    stdin = b"".join(path + b"\0" for path in paths)
    # of all attributes only those that are specified: mostly none
    fields = _lines(folder, "check-attr", "--all", "-z", "--stdin", stdin=stdin)
    triples = zip(fields[0::3], fields[1::3], fields[2::3], strict=True)
    return [path for path, name, value in triples if name in _CONVERTING and value != b"unset"]


def _config(folder: Path, key: str) -> str | None:
    answer = _git(folder, "config", "--get", key)
    return os.fsdecode(answer.stdout).strip() if answer.returncode == 0 else None


def read_blob(repository: Path, oid: str) -> bytes:
    """The bytes of a blob. Raises InvalidSource where the clone does not have it."""
    answer = _git(repository, "cat-file", "blob", oid)
    if answer.returncode != 0:
        raise InvalidSource(
            "A file that the checkout left out can't be read from git.",
            cause=_said(answer),
            fix="Check the file out, or fetch the whole repository (no `filter:` in the checkout).",
        )
    return answer.stdout


def blob_sizes(repository: Path, oids: Iterable[str]) -> dict[str, int]:
    """The size in bytes of each of these blobs."""
    stdin = "".join(f"{oid}\n" for oid in oids).encode()
    answer = _git(repository, "cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=stdin)
    pairs = (line.split(" ") for line in answer.stdout.decode().splitlines())
    return {oid: int(size) for oid, size in pairs if size.isdecimal()}


def head(folder: Path) -> str | None:
    """The commit that is checked out, 40 hex digits; None before the first one."""
    answer = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return answer.stdout.decode().strip() or None


def holds(folder: Path, commit: str) -> bool | None:
    """Whether a commit (40 hex digits) is checked out, or below it; None in a shallow clone."""
    if _git(folder, "merge-base", "--is-ancestor", commit, "HEAD").returncode == 0:
        return True
    answer = _git(folder, "rev-parse", "--is-shallow-repository")
    return None if answer.stdout.strip() == b"true" else False


def branch(folder: Path) -> str | None:
    """The full name of the branch that is checked out; None for a detached head."""
    answer = _git(folder, "symbolic-ref", "--quiet", "HEAD")
    return os.fsdecode(answer.stdout).strip() or None


def is_dirty(folder: Path) -> bool:
    """Whether tracked files below a folder differ from the commit that is checked out."""
    arguments = ("status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=none")
    return bool(_lines(folder, *arguments, "--", "."))


def remote_name(folder: Path) -> str | None:
    """`owner/name` from the address of the remote `origin`; never anything else of that address."""
    address = _config(folder, "remote.origin.url")
    match = _REMOTE.fullmatch(address) if address else None
    return f"{match['owner']}/{match['name']}" if match else None


def _lines(folder: Path, *arguments: str, stdin: bytes = b"") -> list[bytes]:
    answer = _git(folder, *arguments, stdin=stdin)
    if answer.returncode != 0:
        raise UsageError(
            "git will not read this repository.",
            cause=f"git {arguments[0]}: {_said(answer)}",
            fix=f"Try `git {arguments[0]}` in {folder} and mend what it says.",
        )
    return answer.stdout.split(b"\0")[:-1]


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    return subprocess.run(
        ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        env={**environment, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
    )


def _said(answer: subprocess.CompletedProcess[bytes]) -> str:
    lines = answer.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else f"git ended with {answer.returncode} and said nothing"
