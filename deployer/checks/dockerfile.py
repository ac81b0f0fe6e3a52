"""What a Dockerfile says about how the Space starts: its port, its host, its script.

https://docs.docker.com/reference/dockerfile/ and
https://huggingface.co/docs/hub/spaces-sdks-docker: one port of the container is open, the card's
`app_port`. Only what is plainly said is judged.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from deployer.problem import Level, Problem, did_you_mean

DOCKERFILE = "Dockerfile"
_PATTERN = re.compile(r"[*?\[$]|://|^git@|^\.gitattributes$")
_EMPTY_OR_COMMENT = re.compile(r"\s*(#.*)?")
_INSTRUCTIONS = frozenset("""
    ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL
    STOPSIGNAL USER VOLUME WORKDIR
    """.split())
_OTHER_ESCAPE = re.compile(r"\s*#\s*escape\s*=\s*`")
_QUOTED_LIST = re.compile(r"\[\s*['‘’“”]")
_UNIX_ENDS = re.compile(r"dos2unix|\\r")
# Where a server listens unless it is told, by its own documentation: uvicorn.org/settings,
# flask.palletsprojects.com/cli, docs.gunicorn.org/settings, docs.streamlit.io/config.toml,
# fastapi.tiangolo.com/fastapi-cli. Here are its program, its host, its port, and what tells it.
_SERVERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "uvicorn": ("127.0.0.1", "8000", ()),
    "flask": ("127.0.0.1", "5000", (".flaskenv", ".env")),
    "gunicorn": ("127.0.0.1", "8000", ("gunicorn.conf.py",)),
    "hypercorn": ("127.0.0.1", "8000", ()),
    "streamlit": ("", "8501", (".streamlit/config.toml",)),
}
_TOLD_HOST = re.compile(r"(?<=\s)(--host|-h|--bind|-b|--uds|--fd|--config|-c)\b")
_TOLD_PORT = re.compile(r"(?<=\s)(--(server[._-])?port|-p|--bind|-b|--uds|--fd|--config|-c)\b")
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
_SEVERAL = re.compile(rf"&|;|\||{_PROXY.pattern}")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its line, from 1, its word in capitals, and the rest."""

    line: int
    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The words of a command, in either of its two forms."""
        try:
            said = json.loads(self.rest)
            if isinstance(said, list):
                return [str(word) for word in said]
        except (ValueError, RecursionError):
            pass
        try:
            return shlex.split(self.rest)
        except ValueError:
            return self.rest.split()


def instructions(text: str) -> list[Instruction]:
    """The instructions of the last stage, which is the one that runs."""
    every = list(_instructions(text))
    starts = [place for place, one in enumerate(every) if one.word == "FROM"]
    return every[starts[-1] :] if starts else every


def check(data: bytes, port: int, shipped: Collection[str]) -> list[Problem]:
    """What would keep a Docker Space from being reached or started at `port`."""
    text = _text(data)
    every = list(_instructions(text))
    if not every:
        return [Problem(DOCKERFILE, None, "it has no instructions; it starts with `FROM image`")]
    if _OTHER_ESCAPE.match(text):
        return []  # its lines go on in another way
    if broken := [*_unknown(every)][:1]:
        return broken  # and nothing below it is sure
    stage = instructions(text)
    found = [*_copies(every, shipped), *_lists(stage), *_script(stage, shipped), *_host(stage)]
    found += () if found else _silent_host(stage, shipped)
    return found or list(_ports(stage, port, shipped))


def scripts(data: bytes, shipped: Collection[str]) -> list[str]:
    """The shell scripts that ship and that the Space is started with; none that get mended."""
    every = list(_instructions(_text(data)))
    if any(_UNIX_ENDS.search(one.rest) for one in every if one.word == "RUN"):
        return []
    words = {word for one in _started(every) for word in one.words}
    names = {PurePosixPath(word).name for word in words if word.endswith(".sh")}
    return sorted(path for path in shipped if PurePosixPath(path).name in names)


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
    if not any(one.word == "FROM" for one in every):
        said = "there is no `FROM image`, with which a Dockerfile starts"
        yield Problem(DOCKERFILE, every[0].line, said)
    for one in every:
        if re.match(r"[<=>]{7}", one.word):
            yield Problem(DOCKERFILE, one.line, "a merge conflict was left here")
        elif one.word not in _INSTRUCTIONS:
            said = f"Docker knows no `{one.word[:30]}`{did_you_mean(one.word, _INSTRUCTIONS)}"
            yield Problem(DOCKERFILE, one.line, said)


def _copies(every: list[Instruction], shipped: Collection[str]) -> Iterator[Problem]:
    """What is copied from the Space must ship. Docker lets a pattern match nothing."""
    folders = {str(above) for path in shipped for above in PurePosixPath(path).parents}
    for one in every:
        if one.word not in ("COPY", "ADD") or "--from=" in one.rest or "<<" in one.rest:
            continue
        for source in [word for word in one.words if not word.startswith("--")][:-1]:
            path = posixpath.normpath(source.lstrip("/") or ".")
            if not _PATTERN.search(source) and path not in shipped and path not in folders:
                said = f"`{source}` is copied here, and would not ship"
                yield Problem(DOCKERFILE, one.line, said + did_you_mean(path, shipped))


def _lists(stage: list[Instruction]) -> Iterator[Problem]:
    for one in _started(stage):
        if _QUOTED_LIST.match(one.rest):
            said = f"the list after {one.word} takes straight double quotes"
            yield Problem(DOCKERFILE, one.line, f"{said}; Docker gives this one to the shell")


def _started(stage: list[Instruction]) -> list[Instruction]:
    """What runs: the last ENTRYPOINT, the last CMD."""
    last = {one.word: one for one in stage if one.word in ("ENTRYPOINT", "CMD")}
    return [last[word] for word in ("ENTRYPOINT", "CMD") if word in last]


def _script(stage: list[Instruction], shipped: Collection[str]) -> Iterator[Problem]:
    """The Hub keeps no executable bit, so a script that ships can't be started by its name."""
    started = _started(stage)
    if not started or any("chmod" in one.rest for one in stage):
        return
    words = started[0].words
    name = words[0] if words else ""
    ships = any(PurePosixPath(path).name == PurePosixPath(name).name for path in shipped)
    if ships and ("/" in name or name.endswith(".sh")):
        said = f"`{name}` can't be started: the Hub keeps no executable bit"
        mend = f"start it as `bash {name}`, or add `RUN chmod +x {name}` after it is copied"
        yield Problem(DOCKERFILE, started[0].line, f"{said}; {mend}")


def _host(stage: list[Instruction]) -> Iterator[Problem]:
    for one in _started(stage):
        command = " ".join(one.words)
        found = _LOOPBACK.search(command)
        if found:
            level = Level.WARNING if _SEVERAL.search(command) else Level.ERROR
            said = f"the app listens on {found['host']}, where nobody outside reaches it"
            yield Problem(DOCKERFILE, one.line, f"{said}: use 0.0.0.0", level)


def _server(stage: list[Instruction], shipped: Collection[str]) -> tuple[Instruction, str] | None:
    """The server that alone is started, and that nothing but its command tells where to listen."""
    started = _started(stage)
    command = " ".join(word for one in started for word in one.words)
    if not started or _SEVERAL.search(command) or "$" in command:
        return None
    first = [PurePosixPath(word).name for word in command.split()]
    if first[:2] in (["python", "-m"], ["python3", "-m"]):
        first = first[2:]
    name = first[0] if first else ""
    settings = " ".join(one.rest for one in stage if one.word in ("ENV", "ARG")).upper()
    told = re.search(rf"\b(HOST|PORT|{name.upper()}_\w+)\b", settings)
    if name not in _SERVERS or told or any(path in shipped for path in _SERVERS[name][2]):
        return None
    return started[0], name


def _silent_host(stage: list[Instruction], shipped: Collection[str]) -> Iterator[Problem]:
    if server := _server(stage, shipped):
        one, name = server
        host = _SERVERS[name][0]
        if host and not _TOLD_HOST.search(_command(stage)):
            said = f"`{name}` listens on {host} unless told, where nobody outside reaches it"
            option = "--bind 0.0.0.0:PORT" if name.endswith("corn") else "--host 0.0.0.0"
            option = "--host 0.0.0.0" if name == "uvicorn" else option
            yield Problem(DOCKERFILE, one.line, f"{said}: add `{option}`")


def _command(stage: list[Instruction]) -> str:
    return " ".join(["", *(word for one in _started(stage) for word in one.words)])


def _ports(stage: list[Instruction], port: int, shipped: Collection[str]) -> Iterator[Problem]:
    """A command's own port counts more than an EXPOSE, which opens nothing."""
    if _PROXY.search(_command(stage)):
        return  # which may listen anywhere
    commands = [(one, _PORT.findall(" ".join(["", *one.words]))) for one in _started(stage)]
    exposed = [(one, _exposed(one)) for one in stage if one.word == "EXPOSE"]
    named = [(one, ports) for one, ports in commands if ports]
    server = None if named or _TOLD_PORT.search(_command(stage)) else _server(stage, shipped)
    if server:
        named = [(server[0], [_SERVERS[server[1]][1]])]
    named = named or [(one, ports) for one, ports in exposed if ports]
    spoken = {found for _, ports in named for found in ports}
    if named and str(port) not in spoken and not _by_environment(stage, port):
        one, ports = named[0]
        said = f"`{server[1]}` listens on" if server else "this names port"
        said = f"{said} {ports[0]}, and the Space's open port is {port}"
        mend = f"write `app_port: {ports[0]}` in the card, or use {port} here"
        yield Problem(DOCKERFILE, one.line, f"{said}: {mend}", Level.WARNING)


def _exposed(one: Instruction) -> list[str]:
    return re.findall(r"(?<!\S)(\d+)(?:/tcp)?(?!\S)", one.rest)


def _by_environment(stage: list[Instruction], port: int) -> bool:
    """Whether an ENV or ARG names the port, so that the command may well listen there."""
    said = " ".join(one.rest for one in stage if one.word in ("ENV", "ARG"))
    return re.search(rf"(?<!\d){port}(?!\d)", said) is not None
