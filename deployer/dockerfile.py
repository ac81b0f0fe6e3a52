"""What a Dockerfile says about how the Space starts: its port, its host, its script.

https://docs.docker.com/reference/dockerfile/ and
https://huggingface.co/docs/hub/spaces-sdks-docker: one port of the container is open, the card's
`app_port`. Only what is plainly said is judged.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from deployer.problem import Level, Problem

DOCKERFILE = "Dockerfile"
_EMPTY_OR_COMMENT = re.compile(r"\s*(#.*)?")
_HEREDOC = re.compile(r"<<-?\s*[\"']?(?P<end>\w+)[\"']?")
_PORT = re.compile(
    r"(?:--(?:server[._-])?port[= ]|(?<= )-p[= ]|--bind[= ]\S*:|(?<= )-b[= ]\S*:)"
    r"(?P<port>\d{2,5})\b"
)
_LOOPBACK = re.compile(
    r"(?:--(?:host|bind|server[._-](?:name|address)|address|ip)[= ]|(?<= )-[bh][= ])"
    r"(?P<host>127\.0\.0\.1|localhost)\b"
)
_SEVERAL = re.compile(r"&|;|\||\b(nginx|caddy|supervisord?|haproxy|traefik|honcho)\b")


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
    stage = instructions(data.decode("utf-8", "replace"))
    if not stage:
        return [Problem(DOCKERFILE, None, "it has no instructions; it starts with `FROM image`")]
    found = [*_script(stage, shipped), *_host(stage)]
    return found or list(_ports(stage, port))


def _instructions(text: str) -> Iterator[Instruction]:
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if _EMPTY_OR_COMMENT.fullmatch(line):
            continue
        parts = [line.strip()]
        while parts[-1].endswith("\\"):
            parts[-1] = parts[-1][:-1]
            parts.append(next((text for _, text in lines if not _is_comment(text)), "").strip())
        word, _, rest = " ".join(parts).partition(" ")
        if heredoc := _HEREDOC.search(rest):
            body = []
            for _, inner in lines:
                if inner.strip() == heredoc["end"]:
                    break
                body.append(inner)
            rest = "\n".join([rest, *body])
        yield Instruction(number, word.upper(), rest.strip())


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


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


def _ports(stage: list[Instruction], port: int) -> Iterator[Problem]:
    """A command's own port counts more than an EXPOSE, which opens nothing."""
    commands = [(one, _PORT.findall(" ".join(["", *one.words]))) for one in _started(stage)]
    exposed = [(one, _exposed(one)) for one in stage if one.word == "EXPOSE"]
    named = [(one, ports) for one, ports in commands if ports]
    named = named or [(one, ports) for one, ports in exposed if ports]
    spoken = {found for _, ports in named for found in ports}
    if named and str(port) not in spoken and not _by_environment(stage, port):
        one, ports = named[0]
        said = f"this names port {ports[0]}, and the Space's open port is {port}"
        mend = f"write `app_port: {ports[0]}` in the card, or use {port} here"
        yield Problem(DOCKERFILE, one.line, f"{said}: {mend}", Level.WARNING)


def _exposed(one: Instruction) -> list[str]:
    return re.findall(r"(?<!\S)(\d+)(?:/tcp)?(?!\S)", one.rest)


def _by_environment(stage: list[Instruction], port: int) -> bool:
    """Whether an ENV or ARG names the port, so that the command may well listen there."""
    said = " ".join(one.rest for one in stage if one.word in ("ENV", "ARG"))
    return re.search(rf"(?<!\d){port}(?!\d)", said) is not None
