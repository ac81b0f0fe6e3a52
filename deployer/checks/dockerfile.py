"""Check a Dockerfile: what it copies and starts, and on which host and port.

https://docs.docker.com/reference/dockerfile/ and
https://huggingface.co/docs/hub/spaces-sdks-docker: one port of the container is open, the card's
`app_port`. Only what the text states plainly is checked.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePosixPath

from deployer.checks import docker_listening, docker_users
from deployer.checks.docker_image import image_at
from deployer.checks.docker_instructions import (
    DOCKERFILE,
    Instruction,
    Stage,
    has_other_escape,
    needed,
    parse,
    stages,
)
from deployer.checks.docker_start import commands
from deployer.problem import Problem, did_you_mean
from deployer.source.ignore import DockerIgnore

MAX_INSTRUCTIONS = 500  # of a Dockerfile that is checked in every respect
_NOT_A_PATH = re.compile(r"[*?\[$]|://|^git@|^\.gitattributes$")
_INSTRUCTIONS = frozenset("""
    ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL
    STOPSIGNAL USER VOLUME WORKDIR
    """.split())
# what gives a file the executable bit, or may: a script is not read
_MAKES_EXECUTABLE = re.compile(
    r"chmod|setfacl|\binstall\s+-|\bsh\b|\bbash\b|\bmake\b|\bpython[\d.]*\s|(?<![\w.])\./|<<|"
    r"\bgit\s"
)
_QUOTED_LIST = re.compile(r"\[\s*['‘’“”]")


def check(
    data: bytes,
    port: int,
    deployed_paths: Collection[str],
    *,
    ignored: DockerIgnore | None = None,
    text_of: Callable[[str], str] = lambda _: "",
    undeployed: Callable[[str], str | None] = lambda _: None,
    variables: Mapping[str, str] | None = None,
) -> list[Problem]:
    """What keeps a Docker Space from starting, or from being reachable at `port`.

    `ignored` are the rules of .dockerignore, `text_of` returns the text of a deployed path;
    `undeployed` says why a path is not deployed, where that is known. `variables` are the Space's.
    """
    text = decode(data)
    every = parse(text)
    if not every:
        message = "no instructions; start it with `FROM image`"
        return [Problem(DOCKERFILE, None, message, name="docker-empty")]
    if has_other_escape(text):
        return []  # its lines are continued in another way
    if broken := [*_unknown(every)][:1]:
        return broken  # nothing below it can be trusted
    if len(every) > MAX_INSTRUCTIONS:
        return list(_copies(every, deployed_paths, undeployed))
    built = needed(stages(every))
    stage = built[-1]
    every = sorted({one for each in built for one in each.instructions}, key=lambda one: one.line)
    found = [
        *_copies(every, deployed_paths, undeployed),
        *_ignored_copies(every, deployed_paths, ignored),
        *_lists(stage),
        *_script(stage, deployed_paths),
        *docker_users.check(built),
    ]
    listening = docker_listening.check(stage, port, deployed_paths, text_of, variables or {})
    return found + list(listening)


def decode(data: bytes) -> str:
    """The text of a Dockerfile."""
    return data.decode("utf-8-sig", "replace")


def _unknown(every: list[Instruction]) -> Iterator[Problem]:
    if not any(one.keyword == "FROM" for one in every):
        message = "missing `FROM image`; start the Dockerfile with it"
        yield Problem(DOCKERFILE, every[0].line, message, name="docker-syntax")
    for one in every:
        if re.match(r"[<=>]{7}", one.keyword):
            message = "unresolved merge conflict; keep one side and remove the markers"
            yield Problem(DOCKERFILE, one.line, message, name="docker-syntax")
        elif one.keyword not in _INSTRUCTIONS:
            message = f"unknown instruction `{one.keyword[:30]}`"
            hint = did_you_mean(one.keyword, _INSTRUCTIONS) or "; remove it"
            yield Problem(DOCKERFILE, one.line, message + hint, name="docker-syntax")


def _copies(
    every: list[Instruction],
    deployed_paths: Collection[str],
    undeployed: Callable[[str], str | None],
) -> Iterator[Problem]:
    """Copied files must be deployed. Docker allows a pattern that matches nothing."""
    folders = {str(folder) for path in deployed_paths for folder in PurePosixPath(path).parents}
    for one in every:
        if (
            one.keyword not in ("COPY", "ADD")
            or "--from=" in one.arguments
            or "<<" in one.arguments
        ):
            continue
        for source in [word for word in one.words if not word.startswith("--")][:-1]:
            path = posixpath.normpath(source.lstrip("/") or ".")
            if (
                not _NOT_A_PATH.search(source)
                and path not in deployed_paths
                and path not in folders
            ):
                message = f"`{source}` is copied here, but not deployed"
                why = undeployed(path)
                hint = did_you_mean(path, deployed_paths) or "; `git add` it"
                message += f": {why}" if why else hint
                yield Problem(DOCKERFILE, one.line, message, name="docker-copy-missing")


def _ignored_copies(
    every: list[Instruction], deployed_paths: Collection[str], ignored: DockerIgnore | None
) -> Iterator[Problem]:
    """What .dockerignore names is not sent to the build, so it can't be copied."""
    if not ignored:
        return
    for one in every:
        if one.keyword not in ("COPY", "ADD") or "from" in one.options or "<<" in one.arguments:
            continue
        for source in one.operands[:-1]:
            path = posixpath.normpath(source.lstrip("/") or ".")
            inner = [file for file in deployed_paths if file.startswith(f"{path}/")]
            if _NOT_A_PATH.search(source) or not (inner or path in deployed_paths):
                continue
            rule = ignored.match(path)
            if rule is not None and all(ignored.match(file) for file in inner):
                message = f"`{source}` is copied here, but {rule.origin} keeps it out of the build"
                fix = f"remove that line, or add `!{path}` after it"
                text = f"{message}; {fix}"
                yield Problem(DOCKERFILE, one.line, text, name="docker-copy-ignored")


def _lists(stage: Stage) -> Iterator[Problem]:
    for one in commands(stage):
        if _QUOTED_LIST.match(one.arguments):
            message = f"invalid list after {one.keyword}, which Docker passes to the shell"
            message = f"{message}; use straight double quotes"
            yield Problem(DOCKERFILE, one.line, message, name="docker-quotes")


def _may_make_executable(one: Instruction) -> bool:
    if one.keyword == "RUN":
        return _MAKES_EXECUTABLE.search(one.arguments) is not None
    return "chmod" in one.options


def _script(stage: Stage, deployed_paths: Collection[str]) -> Iterator[Problem]:
    """The Hub drops the executable bit, so a deployed script can't be started by its name."""
    started = commands(stage)
    if not started or any(map(_may_make_executable, stage.instructions)):
        return
    words, folder = started[0].words, stage.folder()
    name = words[0] if words else ""
    path = posixpath.normpath(posixpath.join(folder or "", name))
    if path in image_at(stage, deployed_paths).files and ("/" in name or name.endswith(".sh")):
        message = f"`{name}` can't be started: the Hub does not keep the executable bit"
        fix = f"start it as `bash {name}`, or add `RUN chmod +x {name}` after the COPY"
        message = f"{message}; {fix}"
        yield Problem(DOCKERFILE, started[0].line, message, name="docker-not-executable")
