"""On which host and port a container's server listens, where it is one of the known servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from deployer.checks.docker_start import Start

_LOOPBACK = re.compile(r"127\.\d+\.\d+\.\d+|localhost|::1|\[::1\]")


@dataclass(frozen=True, slots=True)
class _Server:
    """How a program is told where to listen, and where it does without.

    From its documentation: uvicorn.org/settings, fastapi.tiangolo.com/fastapi-cli,
    flask.palletsprojects.com/cli, docs.gunicorn.org/settings, docs.streamlit.io/config.toml,
    hypercorn.readthedocs.io, docs.python.org/3/library/http.server, nextjs.org/docs/api-reference.
    An empty host means all of them. `files` and `opaque` options may say anything else.
    """

    host: str
    port: str
    command: str = ""
    host_options: tuple[str, ...] = ("--host",)
    port_options: tuple[str, ...] = ("--port",)
    bind_options: tuple[str, ...] = ()
    host_variables: tuple[str, ...] = ()
    port_variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()
    fix: str = "--host 0.0.0.0"


_SERVERS: Mapping[str, _Server] = {
    "uvicorn": _Server(
        "127.0.0.1",
        "8000",
        host_variables=("UVICORN_HOST",),
        port_variables=("UVICORN_PORT",),
        opaque=("--uds", "--fd", "--env-file"),
    ),
    "fastapi": _Server(
        "", "8000", "run", host_variables=("FASTAPI_HOST",), port_variables=("PORT", "FASTAPI_PORT")
    ),
    "flask": _Server(
        "127.0.0.1",
        "5000",
        "run",
        host_options=("--host", "-h"),
        port_options=("--port", "-p"),
        host_variables=("FLASK_RUN_HOST",),
        port_variables=("FLASK_RUN_PORT",),
        files=(".flaskenv", ".env"),
        opaque=("--env-file", "-e"),
    ),
    "gunicorn": _Server(
        "127.0.0.1",
        "8000",
        host_options=(),
        port_options=(),
        bind_options=("--bind", "-b"),
        files=("gunicorn.conf.py",),
        opaque=("--config", "-c", "--paste"),
        fix="--bind 0.0.0.0:PORT",
    ),
    "hypercorn": _Server(
        "127.0.0.1",
        "8000",
        host_options=(),
        port_options=(),
        bind_options=("--bind", "-b"),
        opaque=("--config", "-c"),
        fix="--bind 0.0.0.0:PORT",
    ),
    "streamlit": _Server(
        "",
        "8501",
        "run",
        host_options=("--server.address",),
        port_options=("--server.port", "--server-port"),
        host_variables=("STREAMLIT_SERVER_ADDRESS",),
        port_variables=("STREAMLIT_SERVER_PORT",),
        files=(".streamlit/config.toml",),
        fix="--server.address=0.0.0.0",
    ),
    "http.server": _Server(
        "", "8000", host_options=("--bind", "-b"), port_options=(), fix="--bind 0.0.0.0"
    ),
    "next": _Server(
        "",
        "3000",
        "start",
        host_options=("--hostname", "-H"),
        port_options=("--port", "-p"),
        port_variables=("PORT",),
        fix="--hostname 0.0.0.0",
    ),
}
# commands with which gunicorn and others can be configured by a variable of any content
_ARGUMENT_VARIABLES = {"gunicorn": "GUNICORN_CMD_ARGS"}


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a known server listens: the host, empty for all, and the port; None if unknown.

    `is_host_sure` and `is_port_sure` if no variable of the Space can change it.
    """

    program: str
    fix: str
    host: str | None
    port: str | None
    is_host_default: bool
    is_port_sure: bool
    port_origin: str
    is_host_sure: bool = True


def listening(start: Start, has_file: Callable[[str], bool]) -> Listening | None:
    """Where the started server listens; None for an unknown one, or one that a file configures.

    `has_file` tells whether a file whose path ends so may be in the image.
    """
    name = PurePosixPath(start.program).name
    server = _SERVERS.get(name)
    if server is None or any(map(has_file, server.files)):
        return None
    arguments = list(start.arguments)
    if server.command:
        if server.command not in arguments:
            return None
        if name == "fastapi" and arguments[:1] != ["run"]:
            return None
    if _option(arguments, server.opaque) is not None or _ARGUMENT_VARIABLES.get(name, "") in (
        start.variables
    ):
        return None
    return _resolved(name, server, start, arguments)


def _resolved(name: str, server: _Server, start: Start, arguments: list[str]) -> Listening | None:
    host_option = _option(arguments, server.host_options)
    port_option = _option(arguments, server.port_options)
    is_literal = "$" not in " ".join(arguments)
    if (bound := _option(arguments, server.bind_options)) is not None:
        value = start.value(bound)
        several = sum(word in server.bind_options for word in arguments) > 1
        if value is None or "unix:" in value or several:
            return None
        host_option, _, port_option = value.rpartition(":") if ":" in value else (value, "", None)
    elif name == "gunicorn" and "PORT" in start.variables:
        port = start.variables["PORT"]
        return Listening(name, server.fix, "", port, False, False, " by PORT")
    elif name == "http.server":
        port_option = next((word for word in arguments if re.fullmatch(r"\d+|\$.*", word)), None)
    host, is_host_default = _setting(start, host_option, server.host_variables, server.host)
    port, is_port_default = _setting(start, port_option, server.port_variables, server.port)
    is_literal = is_literal and port_option is not None
    origin = "" if port_option is not None else " by default" if is_port_default else ""
    return Listening(name, server.fix, host, port, is_host_default, is_literal, origin)


def _setting(
    start: Start, option: str | None, variables: tuple[str, ...], default: str
) -> tuple[str | None, bool]:
    """A value, None if unknown, and whether it is the default."""
    if option is not None:
        return start.value(option), False
    for name in variables:
        if name in start.variables:
            return start.variables[name], False
    return default, True


def _option(arguments: list[str], names: Collection[str]) -> str | None:
    """The value of the last of these options, attached or not."""
    found = None
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            found = value if equals else next(iter(arguments[index + 1 :]), "")
        elif word[:2] in names and len(word) > 2 and not word.startswith("--"):
            found = word[2:].removeprefix("=")
    return found


def is_loopback(host: str | None) -> bool:
    """Whether only the container itself reaches a server on this host."""
    return host is not None and _LOOPBACK.fullmatch(host) is not None
