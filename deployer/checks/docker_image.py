"""Which deployed files an image holds, and where: what COPY and ADD put there.

What a RUN or another stage puts there is not known. So a path that is not found may still exist,
unless all of a stage's instructions are understood.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from deployer.checks.docker_instructions import Instruction, Stage, expand

_PATTERN = re.compile(r"[*?\[]")
_URL = re.compile(r"\w+://|git@")
_ARCHIVE = re.compile(r"\.(tar|tgz|tar\.\w+|txz)$")
# what a command may bring into an image; anything else leaves its files alone
_BRINGS_FILES = re.compile(
    r"\b(git|curl|wget|unzip|tar|cp|mv|ln|tee|rsync|hf|huggingface-cli|snapshot_download|patch|"
    r"gdown|aria2c|npm|npx|yarn|pnpm|cookiecutter|django-admin|cat|echo|printf)\b|>|<<"
)


@dataclass(frozen=True, slots=True)
class Image:
    """The deployed paths by their absolute paths in an image.

    `is_complete` if nothing else is known to bring files of its own into it. `commands` is the text
    of the commands that ran; they may have changed what they name.
    """

    files: dict[str, str]
    is_complete: bool
    commands: str = ""

    def deployed(self, path: str) -> str | None:
        """The deployed path of a file in the image; None where it is not known, or was changed."""
        name = re.escape(posixpath.basename(path))
        is_named = re.search(
            rf"(>|\bsed\b|\bmv\b|\bcp\b|\btee\b)[^&;\n]{{0,300}}{name}", self.commands
        )
        return None if is_named else self.files.get(path)

    def below(self, folder: str) -> dict[str, str]:
        """The deployed paths by their paths in the image, relative to a folder."""
        prefix = folder.rstrip("/") + "/"
        return {
            path.removeprefix(prefix): deployed
            for path, deployed in self.files.items()
            if path.startswith(prefix)
        }


def image_at(stage: Stage, context: Collection[str], before: Instruction | None = None) -> Image:
    """The image at an instruction of a stage, or at its end; `context` are the paths to copy."""
    files: dict[str, str] = {}
    is_complete, commands = True, list[str]()
    for one in stage.instructions:
        if one is before:
            break
        if one.keyword == "RUN":
            commands.append(one.arguments)
            is_complete = is_complete and not _BRINGS_FILES.search(one.arguments)
        if one.keyword not in ("COPY", "ADD"):
            continue
        copied = _copied(stage, one, context, files)
        is_complete = is_complete and copied is not None
        if copied is None and (target := _target(stage, one)) is not None:
            files = {
                path: file
                for path, file in files.items()
                if path != target and not _is_below(path, target)
            }
        files |= copied or {}
    return Image(files, is_complete, "\n".join(commands))


def _copied(
    stage: Stage, one: Instruction, context: Collection[str], present: Collection[str]
) -> dict[str, str] | None:
    """What an instruction copies: deployed paths by absolute ones; None where it can't be known."""
    target = _target(stage, one)
    sources = [expand(word, stage.variables(one)) for word in one.operands[:-1]]
    if target is None or "from" in one.options or "<<" in one.arguments:
        return None
    found: dict[str, str] = {}
    for source in sources:
        if source is None or _URL.match(source):
            return None
        if one.keyword == "ADD" and _ARCHIVE.search(source):
            return None
        is_folder = (
            len(sources) > 1
            or one.operands[-1].endswith(("/", "."))
            or bool(_PATTERN.search(source))
        )
        is_folder = is_folder or any(_is_below(path, target) for path in present)
        for path, relative in _matches(context_path(source), context):
            inner = relative or (posixpath.basename(path) if is_folder else "")
            found[posixpath.join(target, inner) if inner else target] = path
    return found


def _target(stage: Stage, one: Instruction) -> str | None:
    """The absolute path to which an instruction copies."""
    named = expand(one.operands[-1], stage.variables(one)) if one.operands else None
    folder = stage.folder(one)
    if named is None or folder is None:
        return None
    return posixpath.normpath(posixpath.join(folder, named))


def _matches(source: str, context: Collection[str]) -> Iterator[tuple[str, str]]:
    """The paths that a source names, each with its path below the source; empty for the file."""
    depth = 0 if source == "." else source.count("/") + 1
    is_pattern = _PATTERN.search(source) is not None
    for path in context:
        if not depth:
            yield path, path
            continue
        parts = path.split("/")
        top = "/".join(parts[:depth])
        if len(parts) >= depth and (fnmatchcase(top, source) if is_pattern else top == source):
            yield path, "/".join(parts[depth:])


def context_path(source: str) -> str:
    """A source of COPY as the path of a file to deploy; `.` for all of them."""
    return posixpath.normpath(source.lstrip("/") or ".")


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")
