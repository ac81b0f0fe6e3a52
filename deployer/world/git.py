"""Every call of git. Output is read as bytes; no shell is involved."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from deployer.errors import InvalidSource, UsageError
from deployer.source.ignore import Rule
from deployer.world.parallel import submit

_SYMLINK, _SUBMODULE, _EXECUTABLE = "120000", "160000", "100755"
_CONVERTING = frozenset({b"text", b"crlf", b"eol", b"ident", b"filter", b"working-tree-encoding"})
# All that git, and a filter that the caller's own clone configures, gets of the environment: where
# things are, how to find the caller's configuration, and what a partial clone needs to fetch.
_PASSED_VARIABLES = frozenset(
    "PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TERM SUDO_UID SSH_AUTH_SOCK "
    "XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR LD_LIBRARY_PATH "
    "DYLD_LIBRARY_PATH SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE NO_PROXY "
    "GIT_CONFIG GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM GIT_ATTR_NOSYSTEM "
    "GIT_CEILING_DIRECTORIES GIT_DISCOVERY_ACROSS_FILESYSTEM GIT_EXEC_PATH "
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_SSL_CAINFO GIT_SSL_CAPATH GIT_SSH GIT_SSH_COMMAND "
    # Windows
    "SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT TEMP TMP USERPROFILE HOMEDRIVE HOMEPATH "
    "APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES MSYSTEM".split()
)
_MAX_CONFIG = 1000  # settings in the environment
_PROXY_VARIABLES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
# of what the environment configures: https://git-scm.com/docs/git-config#ENVIRONMENT
_PASSED_CONFIG = ("safe.", "core.", "extensions.", "filter.", "lfs.", "index.", "feature.")
# Nothing of a repository is run but what its own .git/config sets as a filter. A folder that has
# the shape of a bare repository is none (safe.bareRepository): https://git-scm.com/docs/git-config
_RUN_NOTHING = tuple(
    argument
    for setting in (
        "safe.bareRepository=explicit",
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "core.askPass=",
        "core.pager=cat",
        "core.editor=true",
    )
    for argument in ("-c", setting)
)
# also lists files of which only the timestamp changed: that costs no more than reading them
_LIST_CHANGED = (
    "diff-files --name-only -z --relative --ignore-submodules=all --no-ext-diff --no-textconv"
).split()
# for `git status`; with renames, a line of it may be any file's name; for the files of a submodule
# it would start another git, without our settings
_OF_TRACKED = ("-z", "--untracked-files=no", "--ignore-submodules=dirty", "--no-renames")
_NOT_SAFE = re.compile(r"dubious ownership in repository at '(?P<path>.+)'")
_REMOTE_URL = re.compile(
    r"(?:[a-z+]+://[^/]+/|[^/]+@[^/:]+:)(?:[\w.-]+/)*?"
    r"(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?"
)


class IndexEntry(NamedTuple):  # there are many, and a dataclass takes three times as long
    """One path that git tracks, relative to the folder that was listed.

    `oid` is the id of the blob in the index. `unmodified`: according to git, the working tree has
    exactly those bytes. `sparse`: excluded by a sparse checkout.
    """

    path: str
    mode: str
    oid: str
    unmodified: bool
    sparse: bool

    @property
    def is_link(self) -> bool:
        """Whether it is a symlink."""
        return self.mode == _SYMLINK

    @property
    def is_submodule(self) -> bool:
        """Whether it is a submodule: a commit of another repository."""
        return self.mode == _SUBMODULE

    @property
    def is_executable(self) -> bool:
        """Whether it is a file with its executable bit set."""
        return self.mode == _EXECUTABLE


@dataclass(frozen=True, slots=True)
class State:
    """What is checked out: the commit, 40 hex digits, None before the first one; the full name of
    the branch, None for a detached head. `is_dirty`: tracked files, and commits of submodules,
    differ from that commit.
    """

    commit: str | None
    branch: str | None
    is_dirty: bool


def top_level(folder: Path) -> Path | None:
    """The root of the repository that contains a folder; None if there is none.

    Raises UsageError if git is not installed or cannot read the repository, and for a folder that
    has the shape of a bare repository.
    """
    _refuse_bare(folder)
    try:
        result = _git(folder, "rev-parse", "--show-toplevel")
    except FileNotFoundError:
        if any((parent / ".git").exists() for parent in (folder, *folder.parents)):
            raise UsageError(
                "git is not installed",
                cause=f"{folder} is in a git repository, and only tracked files are deployed",
                fix="install git: https://git-scm.com/downloads",
            ) from None
        return None
    if result.returncode == 0:
        return Path(os.fsdecode(result.stdout.removesuffix(b"\n")))
    message = _error_line(result)
    if "not a git repository" in message and not (folder / ".git").exists():
        return None
    raise _unreadable(folder, "status", message)


def _refuse_bare(folder: Path) -> None:
    """Raise UsageError where git would take a plain folder for a repository, with its config.

    Git 2.38 and later does the same for safe.bareRepository.
    """
    folder = folder.resolve()
    for parent in (folder, *folder.parents):
        if _is_repository(parent / ".git") or parent.name == ".git":
            return
        if _is_repository(parent):
            raise UsageError(
                f"directory has the shape of a bare git repository: {parent}",
                cause="it has HEAD, objects and refs, so git would obey a config in it",
                fix=f"deploy the directory above it, or rename the file: git mv {parent}/HEAD "
                f"{parent}/HEAD.txt",
            )


def _is_repository(folder: Path) -> bool:
    """Whether git takes a path for a repository: a file that names one, or what one consists of."""
    return folder.is_file() or (
        os.path.lexists(folder / "HEAD")
        and ((folder / "objects").is_dir() or (folder / "commondir").is_file())
        and ((folder / "refs").is_dir() or (folder / "commondir").is_file())
    )


def is_submodule(folder: Path) -> bool:
    """Whether the repository that contains a folder tracks it as a submodule."""
    result = _git(folder.parent, "ls-files", "-s", "-z", "--", f":(literal){folder.name}")
    return result.returncode == 0 and result.stdout.startswith(_SUBMODULE.encode())


def committed(file: Path) -> bytes | None:
    """The bytes that a file has in the commit that is checked out; None if it is not in there."""
    try:
        result = _git(file.parent, "cat-file", "blob", f"HEAD:./{file.name}")
    except FileNotFoundError:
        return None
    return result.stdout if result.returncode == 0 else None


def entries(folder: Path) -> list[IndexEntry]:
    """All paths that git tracks below a folder of a repository, a submodule as a single one.

    Raises InvalidSource if a merge is in progress.
    """
    converts_all = submit(lambda: _config(folder, "core.autocrlf") not in (None, "false"))
    changed = submit(lambda: _lines(folder, *_LIST_CHANGED))
    tracked = _lines(folder, "ls-files", "-v", "-s", "-z", "--", ".")
    converted = submit(lambda: _converted(folder, tracked))
    listed = [_parse_entry(line) for line in tracked]
    if any(stage != "0" for _, _, _, stage, _ in listed):
        raise InvalidSource(
            "unfinished merge",
            cause="unmerged paths: "
            + ", ".join(sorted({path for *_, stage, path in listed if stage != "0"})[:5]),
            fix="resolve the conflicts, run `git commit`, and deploy again",
        )
    uncertain = frozenset(map(os.fsdecode, [*changed(), *converted()]))
    is_sure = not converts_all()
    return [
        IndexEntry(
            path,
            mode,
            oid,
            # a lower-case letter: by `git update-index`, git assumes that the file is unchanged
            unmodified=is_sure and tag == "H" and path not in uncertain,
            sparse=tag in "Ss",
        )
        for tag, mode, oid, _, path in listed
    ]


def _parse_entry(line: bytes) -> tuple[str, str, str, str, str]:
    facts, _, path = line.partition(b"\t")
    tag, mode, oid, stage = facts.decode().split(" ")
    return tag, mode, oid, stage, os.fsdecode(path)


def _converted(folder: Path, tracked: Iterable[bytes]) -> list[bytes]:
    """Paths whose bytes git converts between the index and the working tree.

    https://git-scm.com/docs/gitattributes
    """
    stdin = b"".join(line.partition(b"\t")[2] + b"\0" for line in tracked)
    # only the attributes that are specified, mostly none
    fields = _lines(folder, "check-attr", "--all", "-z", "--stdin", stdin=stdin)
    triples = zip(fields[0::3], fields[1::3], fields[2::3], strict=True)
    return [path for path, name, value in triples if name in _CONVERTING and value != b"unset"]


def _config(folder: Path, key: str) -> str | None:
    result = _git(folder, "config", "--get", key)
    return os.fsdecode(result.stdout).strip() if result.returncode == 0 else None


def ignoring_rule(folder: Path, path: str) -> Rule | None:
    """The rule by which git ignores a path, existing or not; None where none does."""
    try:
        result = _git(folder, "check-ignore", "--verbose", "-z", "--stdin", stdin=os.fsencode(path))
    except FileNotFoundError:
        return None
    fields = result.stdout.split(b"\0")
    if result.returncode != 0 or len(fields) < 4 or fields[2].startswith(b"!"):
        return None
    origin, line, pattern = (os.fsdecode(field) for field in fields[:3])
    return Rule(f"{origin}:{line}", pattern)


def read_blob(repository: Path, oid: str) -> bytes:
    """The bytes of a blob. Raises InvalidSource if the clone does not have it."""
    result = _git(repository, "cat-file", "blob", oid)
    if result.returncode != 0:
        raise InvalidSource(
            f"cannot read blob {oid[:7]} from git (sparse or partial clone)",
            cause=_error_line(result),
            fix="run `git sparse-checkout disable`, or drop `filter:` from actions/checkout",
        )
    return result.stdout


def blob_sizes(repository: Path, oids: Iterable[str]) -> dict[str, int]:
    """The size in bytes of each of these blobs."""
    stdin = "".join(f"{oid}\n" for oid in oids).encode()
    result = _git(repository, "cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=stdin)
    pairs = (line.split(" ") for line in result.stdout.decode().splitlines())
    return {oid: int(size) for oid, size in pairs if size.isdecimal()}


def head(folder: Path) -> str | None:
    """The commit that is checked out, 40 hex digits; None before the first commit."""
    result = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return result.stdout.decode().strip() or None


def is_in_history(folder: Path, commit: str) -> bool | None:
    """Whether a commit (40 hex digits) is HEAD or an ancestor of it; None in a shallow clone."""
    if _git(folder, "merge-base", "--is-ancestor", commit, "HEAD").returncode == 0:
        return True
    result = _git(folder, "rev-parse", "--is-shallow-repository")
    return None if result.stdout.strip() == b"true" else False


def is_dirty(folder: Path) -> bool:
    """Whether tracked files below a folder, without submodules, differ from the commit there."""
    return state(folder).is_dirty


def state(folder: Path) -> State:
    """What is checked out, and whether it differs below a folder."""
    lines = _lines(folder, "status", "--porcelain=v2", "--branch", *_OF_TRACKED, "--", ".")
    headers = dict(line[2:].split(b" ", 1) for line in lines if line.startswith(b"# "))
    commit, name = (os.fsdecode(headers[b"branch." + key]) for key in (b"oid", b"head"))
    return State(
        None if commit == "(initial)" else commit,
        None if name == "(detached)" else f"refs/heads/{name}",
        is_dirty=len(lines) > len(headers),
    )


def _submodules(folder: Path) -> list[Path]:
    """The submodules below a folder of a repository that are checked out, without their own."""
    tracked = _lines(folder, "ls-files", "-s", "-z", "--", ".")
    links = (line for line in tracked if line.startswith(_SUBMODULE.encode()))
    places = [folder / os.fsdecode(line.partition(b"\t")[2]) for line in links]
    return [place for place in places if (place / ".git").exists()]


def is_modified(repository: Path) -> bool:
    """Whether tracked files of a repository, or of a submodule, differ from what is checked out.

    Unlike `is_dirty`, reads them all: the index may be told not to look
    (`git update-index --assume-unchanged`), and a file's times may be made up.
    """
    if is_dirty(repository):
        return True
    with tempfile.TemporaryDirectory() as folder:
        index = os.path.join(folder, "index")
        if _git(repository, "read-tree", "HEAD", index=index).returncode != 0:
            return True
        result = _git(repository, "status", "--porcelain", *_OF_TRACKED, index=index)
    # this index knows nothing of a sparse checkout: what that left out is deleted here
    changes = (line for line in result.stdout.split(b"\0") if line and line[:2] != b" D")
    is_changed = result.returncode != 0 or any(changes)
    return is_changed or any(map(is_modified, _submodules(repository)))


def is_tracked(repository: Path, path: Path) -> bool:
    """Whether git tracks the file at a path; never one that is outside the repository."""
    arguments = ("--literal-pathspecs", "ls-files", "--error-unmatch", "--", os.fspath(path))
    return _git(repository, *arguments).returncode == 0


def untracked_attributes(repository: Path) -> list[str]:
    """The files that tell git how to convert others, and that are in no commit.

    With them git takes for unmodified what was written in another encoding, which runs as it is.
    """
    listed = _lines(repository, "ls-files", "-z", "--others", "--", ":(glob)**/.gitattributes")
    own = _git(repository, "rev-parse", "--path-format=absolute", "--git-path", "info/attributes")
    path = Path(os.fsdecode(own.stdout.removesuffix(b"\n")))
    has_own = own.returncode != 0 or path.is_file() and path.stat().st_size > 0
    return [*map(os.fsdecode, listed), *([".git/info/attributes"] if has_own else [])]


def remote_name(folder: Path) -> str | None:
    """`owner/name` from the URL of the remote `origin`, and no other part of that URL."""
    url = _config(folder, "remote.origin.url")
    match = _REMOTE_URL.fullmatch(url) if url else None
    return f"{match['owner']}/{match['name']}" if match else None


def _lines(folder: Path, *arguments: str, stdin: bytes = b"") -> list[bytes]:
    result = _git(folder, *arguments, stdin=stdin)
    if result.returncode != 0:
        raise _unreadable(folder, arguments[0], f"git {arguments[0]}: {_error_line(result)}")
    return result.stdout.split(b"\0")[:-1]


def _unreadable(folder: Path, command: str, message: str) -> UsageError:
    unsafe = _NOT_SAFE.search(message)
    return UsageError(
        f"git cannot read the repository {folder}",
        cause=message,
        fix=(
            f"run `git config --global --add safe.directory '{unsafe['path']}'`"
            if unsafe
            else f"run `git {command}` in {folder} and fix the error that it reports"
        ),
    )


def _git(
    folder: Path, *arguments: str, stdin: bytes = b"", index: str | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder of a repository, so that it runs nothing that the repository brings.

    What the caller's own clone configures in `.git/config` is the caller's: a clean filter, as
    `git lfs install --local` sets one up, runs to compare a file with the index. It gets none of
    our tokens and secrets; its environment is the one that git has. `index` is the path of another
    index than the repository's.
    """
    environment = _environment(os.environ, folder) | {"GIT_NO_REPLACE_OBJECTS": "1"}
    if index is not None:
        environment["GIT_INDEX_FILE"] = index
    return subprocess.run(
        ["git", "--no-optional-locks", "--no-pager", *_RUN_NOTHING, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        env=environment,
    )


def _environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables that git gets: by their names, so that one with a secret is not among them."""
    passed = {
        name: value
        for name, value in environment.items()
        if name.upper() in _PASSED_VARIABLES
        or name.startswith("LC_")
        or (name.upper() in _PROXY_VARIABLES and "@" not in value)
    }
    settings = [*_caller_settings(environment), *_safe_directory(environment, folder)]
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return passed | variables | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def _safe_directory(environment: Mapping[str, str], folder: Path) -> list[tuple[str, str]]:
    """The setting by which git reads the repository of a folder in the workspace of a job.

    In a `container:` another user owns it: https://github.com/actions/checkout/issues/2031
    """
    workspace = environment.get("GITHUB_WORKSPACE")
    if environment.get("GITHUB_ACTIONS") != "true" or not workspace:
        return []
    here, bounds = (Path(os.path.realpath(path)) for path in (folder, workspace))
    top = next((one for one in (here, *here.parents) if (one / ".git").exists()), bounds)
    return [("safe.directory", top.as_posix())] if top.is_relative_to(bounds) else []


def _caller_settings(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """The settings in GIT_CONFIG_KEY_0 and so on, without headers, credentials and URLs."""
    count = environment.get("GIT_CONFIG_COUNT", "")
    return [
        (key, environment.get(f"GIT_CONFIG_VALUE_{number}", ""))
        for number in range(min(int(count), _MAX_CONFIG) if count.isdecimal() else 0)
        if (key := environment.get(f"GIT_CONFIG_KEY_{number}", ""))
        .lower()
        .startswith(_PASSED_CONFIG)
    ]


def _error_line(result: subprocess.CompletedProcess[bytes]) -> str:
    lines = result.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else f"git exited with {result.returncode}, no output"
