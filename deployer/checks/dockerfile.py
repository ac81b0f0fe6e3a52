"""Check a Dockerfile: what it copies, and on which host and port its command listens.

https://docs.docker.com/reference/dockerfile/ and
https://huggingface.co/docs/hub/spaces-sdks-docker: one port of the container is open, the card's
`app_port`. Only what the text states plainly is checked.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from deployer.problem import Level, Problem, did_you_mean

DOCKERFILE = "Dockerfile"
_NOT_A_PATH = re.compile(r"[*?\[$]|://|^git@|^\.gitattributes$")
_EMPTY_OR_COMMENT = re.compile(r"\s*(#.*)?")
_INSTRUCTIONS = frozenset("""
    ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL
    STOPSIGNAL USER VOLUME WORKDIR
    """.split())
_ESCAPE_DIRECTIVE = re.compile(r"\s*#\s*escape\s*=\s*`")
_QUOTED_LIST = re.compile(r"\[\s*['‘’“”]")
_FIXES_LINE_ENDINGS = re.compile(r"dos2unix|\\r")
# Where servers listen by default, from their documentation: uvicorn.org/settings,
# flask.palletsprojects.com/cli, docs.gunicorn.org/settings, docs.streamlit.io/config.toml,
# fastapi.tiangolo.com/fastapi-cli. The program, its host, its port, and the files that change them.
_SERVERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "uvicorn": ("127.0.0.1", "8000", ()),
    "flask": ("127.0.0.1", "5000", (".flaskenv", ".env")),
    "gunicorn": ("127.0.0.1", "8000", ("gunicorn.conf.py",)),
    "hypercorn": ("127.0.0.1", "8000", ()),
    "streamlit": ("", "8501", (".streamlit/config.toml",)),
}
_HOST_OPTION = re.compile(r"(?<=\s)(--host|-h|--bind|-b|--uds|--fd|--config|-c)\b")
_PORT_OPTION = re.compile(r"(?<=\s)(--(server[._-])?port|-p|--bind|-b|--uds|--fd|--config|-c)\b")
_HEREDOC = re.compile(r"(?<!<)<<-?\s*[\"']?(?P<end>\w+)[\"']?")
_PORT = re.compile(
    r"(?:--(?:server[._-])?port[= ]|(?<= )-p[= ]|--bind[= ]\S*:|(?<= )-b[= ]\S*:)"
    r"(?P<port>\d{2,5})\b"
)
_LOOPBACK = re.compile(
    r"(?:--(?:host|bind|server[._-](?:name|address)|address|ip)[= ]|(?<= )-[bh][= ])"
    r"(?P<host>127\.0\.0\.1|localhost)\b"
)
_PROXY = re.compile(r"\b(nginx|caddy|supervisord?|haproxy|traefik|honcho)\b")
_SEVERAL_PROGRAMS = re.compile(rf"&|;|\||{_PROXY.pattern}")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its line, from 1, its keyword in upper case, and its arguments."""

    line: int
    keyword: str
    arguments: str

    @property
    def words(self) -> list[str]:
        """The words of a command, in exec or shell form."""
        try:
            parsed = json.loads(self.arguments)
            if isinstance(parsed, list):
                return [str(word) for word in parsed]
        except (ValueError, RecursionError):
            pass
        try:
            return shlex.split(self.arguments)
        except ValueError:
            return self.arguments.split()


def instructions(text: str) -> list[Instruction]:
    """The instructions of the last stage, which is the one that runs."""
    every = list(_instructions(text))
    starts = [index for index, one in enumerate(every) if one.keyword == "FROM"]
    return every[starts[-1] :] if starts else every


def check(
    data: bytes,
    port: int,
    deployed_paths: Collection[str],
    undeployed: Callable[[str], str | None] = lambda _: None,
) -> list[Problem]:
    """What keeps a Docker Space from starting, or from being reachable at `port`.

    `undeployed` says why a path is not deployed, where that is known.
    """
    text = _text(data)
    every = list(_instructions(text))
    if not every:
        return [Problem(DOCKERFILE, None, "no instructions; start it with `FROM image`")]
    if _ESCAPE_DIRECTIVE.match(text):
        return []  # its lines are continued in another way
    if broken := [*_unknown(every)][:1]:
        return broken  # nothing below it can be trusted
    stage = instructions(text)
    found = [
        *_copies(every, deployed_paths, undeployed),
        *_lists(stage),
        *_script(stage, deployed_paths),
        *_host(stage),
    ]
    found += () if found else _default_host(stage, deployed_paths)
    return found or list(_ports(stage, port, deployed_paths))


def scripts(data: bytes, deployed_paths: Collection[str]) -> list[str]:
    """The deployed scripts of the start command, unless the build converts their line endings."""
    every = list(_instructions(_text(data)))
    if any(_FIXES_LINE_ENDINGS.search(one.arguments) for one in every if one.keyword == "RUN"):
        return []
    words = {word for one in _started(every) for word in one.words}
    names = {PurePosixPath(word).name for word in words if word.endswith(".sh")}
    return sorted(path for path in deployed_paths if PurePosixPath(path).name in names)


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def _instructions(text: str) -> Iterator[Instruction]:
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if _EMPTY_OR_COMMENT.fullmatch(line):
            continue
        parts = [line.strip()]
        while parts[-1].endswith("\\"):
            parts[-1] = parts[-1][:-1]
            parts.append(next((text for _, text in lines if not _is_skipped(text)), "").strip())
        word, _, rest = " ".join(parts).partition(" ")
        if heredoc := _HEREDOC.search(rest):
            body = []
            for _, inner in lines:
                if inner.strip() == heredoc["end"]:
                    break
                body.append(inner)
            rest = "\n".join([rest, *body])
        yield Instruction(number, word.upper(), rest.strip())


def _is_skipped(line: str) -> bool:
    return _EMPTY_OR_COMMENT.fullmatch(line) is not None


def _unknown(every: list[Instruction]) -> Iterator[Problem]:
    if not any(one.keyword == "FROM" for one in every):
        message = "missing `FROM image`; start the Dockerfile with it"
        yield Problem(DOCKERFILE, every[0].line, message)
    for one in every:
        if re.match(r"[<=>]{7}", one.keyword):
            message = "unresolved merge conflict; keep one side and remove the markers"
            yield Problem(DOCKERFILE, one.line, message)
        elif one.keyword not in _INSTRUCTIONS:
            message = f"unknown instruction `{one.keyword[:30]}`"
            hint = did_you_mean(one.keyword, _INSTRUCTIONS) or "; remove it"
            yield Problem(DOCKERFILE, one.line, message + hint)


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
                yield Problem(DOCKERFILE, one.line, message + (f": {why}" if why else hint))


def _lists(stage: list[Instruction]) -> Iterator[Problem]:
    for one in _started(stage):
        if _QUOTED_LIST.match(one.arguments):
            message = f"invalid list after {one.keyword}, which Docker passes to the shell"
            yield Problem(DOCKERFILE, one.line, f"{message}; use straight double quotes")


def _started(stage: list[Instruction]) -> list[Instruction]:
    """The instructions that run: the last ENTRYPOINT, the last CMD."""
    last = {one.keyword: one for one in stage if one.keyword in ("ENTRYPOINT", "CMD")}
    return [last[word] for word in ("ENTRYPOINT", "CMD") if word in last]


def _script(stage: list[Instruction], deployed_paths: Collection[str]) -> Iterator[Problem]:
    """The Hub drops the executable bit, so a deployed script can't be started by its name."""
    started = _started(stage)
    if not started or any("chmod" in one.arguments for one in stage):
        return
    words = started[0].words
    name = words[0] if words else ""
    deployed = any(PurePosixPath(path).name == PurePosixPath(name).name for path in deployed_paths)
    if deployed and ("/" in name or name.endswith(".sh")):
        message = f"`{name}` can't be started: the Hub does not keep the executable bit"
        fix = f"start it as `bash {name}`, or add `RUN chmod +x {name}` after the COPY"
        yield Problem(DOCKERFILE, started[0].line, f"{message}; {fix}")


def _host(stage: list[Instruction]) -> Iterator[Problem]:
    for one in _started(stage):
        command = " ".join(one.words)
        found = _LOOPBACK.search(command)
        if found:
            level = Level.WARNING if _SEVERAL_PROGRAMS.search(command) else Level.ERROR
            message = f"the app listens on {found['host']}, unreachable from outside the container"
            yield Problem(DOCKERFILE, one.line, f"{message}; use 0.0.0.0", level)


def _server(
    stage: list[Instruction], deployed_paths: Collection[str]
) -> tuple[Instruction, str] | None:
    """The only started program if it is a known server configured by its command alone."""
    started = _started(stage)
    command = " ".join(word for one in started for word in one.words)
    if not started or _SEVERAL_PROGRAMS.search(command) or "$" in command:
        return None
    names = [PurePosixPath(word).name for word in command.split()]
    if names[:2] in (["python", "-m"], ["python3", "-m"]):
        names = names[2:]
    name = names[0] if names else ""
    variables = " ".join(one.arguments for one in stage if one.keyword in ("ENV", "ARG")).upper()
    configured = re.search(rf"\b(HOST|PORT|{name.upper()}_\w+)\b", variables)
    if (
        name not in _SERVERS
        or configured
        or any(path in deployed_paths for path in _SERVERS[name][2])
    ):
        return None
    return started[0], name


def _default_host(stage: list[Instruction], deployed_paths: Collection[str]) -> Iterator[Problem]:
    if server := _server(stage, deployed_paths):
        one, name = server
        host = _SERVERS[name][0]
        if host and not _HOST_OPTION.search(_command(stage)):
            message = (
                f"`{name}` listens on {host} by default, unreachable from outside the container"
            )
            option = "--bind 0.0.0.0:PORT" if name.endswith("corn") else "--host 0.0.0.0"
            option = "--host 0.0.0.0" if name == "uvicorn" else option
            yield Problem(DOCKERFILE, one.line, f"{message}; add `{option}`")


def _command(stage: list[Instruction]) -> str:
    return " ".join(["", *(word for one in _started(stage) for word in one.words)])


def _ports(
    stage: list[Instruction], port: int, deployed_paths: Collection[str]
) -> Iterator[Problem]:
    """A port in the command takes precedence over EXPOSE, which opens nothing."""
    if _PROXY.search(_command(stage)):
        return  # a proxy, which may forward to any port
    commands = [(one, _PORT.findall(" ".join(["", *one.words]))) for one in _started(stage)]
    exposed = [(one, _exposed(one)) for one in stage if one.keyword == "EXPOSE"]
    named = [(one, ports) for one, ports in commands if ports]
    server = (
        None if named or _PORT_OPTION.search(_command(stage)) else _server(stage, deployed_paths)
    )
    if server:
        named = [(server[0], [_SERVERS[server[1]][1]])]
    named = named or [(one, ports) for one, ports in exposed if ports]
    found = {number for _, ports in named for number in ports}
    if named and str(port) not in found and not _is_set_by_variable(stage, port):
        one, ports = named[0]
        subject = f"`{server[1]}` listens on port" if server else "port"
        message = f"{subject} {ports[0]} does not match the Space's open port {port}"
        fix = f"set `app_port: {ports[0]}` in the card, or use {port} here"
        yield Problem(DOCKERFILE, one.line, f"{message}; {fix}", Level.WARNING)


def _exposed(one: Instruction) -> list[str]:
    return re.findall(r"(?<!\S)(\d+)(?:/tcp)?(?!\S)", one.arguments)


def _is_set_by_variable(stage: list[Instruction], port: int) -> bool:
    """Whether an ENV or ARG holds the port, so that the command may listen there."""
    variables = " ".join(one.arguments for one in stage if one.keyword in ("ENV", "ARG"))
    return re.search(rf"(?<!\d){port}(?!\d)", variables) is not None
