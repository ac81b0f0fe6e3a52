"""Check a Docker Space: its Dockerfile, and the files that it installs, starts and runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from deployer.checks import debian, docker_program, dockerfile, python, requirements
from deployer.checks.docker_instructions import (
    DOCKERFILE,
    IGNORE_FILES,
    Stage,
    has_other_escape,
    needed,
    parse,
    stages,
)
from deployer.checks.docker_listening import check_server
from deployer.checks.docker_servers import Listening, listening
from deployer.checks.docker_start import Start, start_of, start_of_script
from deployer.checks.python_server import listening_in
from deployer.errors import UsageError
from deployer.problem import Problem
from deployer.source.ignore import DockerIgnore
from deployer.source.snapshot import File

_MAX_WORK = 1_000_000  # instructions times files
_MAX_CODE_BYTES = 200_000  # of a script, and of a file that is searched for a port


@dataclass(frozen=True, slots=True)
class Files:
    """The files to deploy, and what is known of others.

    `read` returns the bytes of a path, none for one that can't be read; `untracked` tells whether a
    path exists but is not deployed, although no rule excludes it; `undeployed` says why a path is
    not deployed, where that is known. `variables` are those that the Space gets.
    """

    deployed: Mapping[str, File]
    read: Callable[[str], bytes]
    excluded: Collection[str]
    untracked: Callable[[str], bool]
    undeployed: Callable[[str], str | None]
    variables: Mapping[str, str]

    def has_file(self, name: str) -> bool:
        """Whether the path of a deployed file ends so."""
        return any(f"/{path}".endswith(f"/{name}") for path in self.deployed)

    def read_small(self, path: str) -> bytes:
        """The bytes of a file of the size of a script, else none."""
        is_small = path in self.deployed and self.deployed[path].size < _MAX_CODE_BYTES
        return self.read(path) if is_small else b""

    def text_of(self, path: str) -> str:
        """The text of a small file, else an empty one."""
        return self.read_small(path).decode("utf-8", "replace")


def check(data: bytes, port: int, files: Files) -> list[Problem]:
    """What keeps a Docker Space with this Dockerfile from being built, or reached at `port`."""
    ignored = _ignored(files)
    found = dockerfile.check(
        data,
        port,
        files.deployed,
        ignored=ignored,
        text_of=files.text_of,
        undeployed=files.undeployed,
        variables=files.variables,
    )
    text = dockerfile.decode(data)
    instructions = parse(text)
    is_large = len(instructions) > dockerfile.MAX_INSTRUCTIONS or (
        len(instructions) * len(files.deployed) > _MAX_WORK
    )
    if has_other_escape(text) or is_large or not (every := stages(instructions)):
        return found
    built = needed(every)
    context = [path for path in files.deployed if not (ignored and ignored.match(path))]
    path, line, server = _served(built[-1], context, files) or ("", 0, None)
    served = [
        Problem(path, line, message, level, name=name)
        for line, name, message, level in (check_server(line, server, port) if server else ())
    ]
    if served or (server and server.port == str(port)):  # EXPOSE says less than what is read
        found = [problem for problem in found if problem.name != "docker-port"]
    return [
        *found,
        *served,
        *debian.check_image(DOCKERFILE, built),
        *_scripts(built, context, files),
        *_python(built, context, files),
    ]


def _ignored(files: Files) -> DockerIgnore | None:
    """The rules that keep files out of the build."""
    name = next((name for name in IGNORE_FILES if name in files.deployed), None)
    if name is None:
        return None
    try:
        return DockerIgnore(name, files.text_of(name))
    except UsageError:
        return None  # Docker itself says what is wrong with it


def _served(
    stage: Stage, context: Collection[str], files: Files
) -> tuple[str, int, Listening] | None:
    """The file that the container starts, and the line where it makes its server listen."""
    start = start_of(stage, files.variables)
    if start is None:
        return None
    app = docker_program.python_app(stage, context)
    if app is not None and app.folder is None and start.program == "python":
        path, found = app.path, listening_in(files.read_small(app.path), start.variables)
    elif (script := docker_program.script(start, stage, context)) is not None:
        path, found = script, _listening_in_script(script, start, files)
    else:
        return None
    return (path, *found) if found else None


def _listening_in_script(path: str, start: Start, files: Files) -> tuple[int, Listening] | None:
    """The line of a script that starts a known server, and where that listens."""
    inner = start_of_script(files.text_of(path), start)
    found = listening(inner, files.has_file) if inner else None
    return (inner.line, found) if inner and found else None


def _scripts(built: list[Stage], context: Collection[str], files: Files) -> Iterator[Problem]:
    for path in docker_program.scripts(built, context, files.read_small):
        if b"\r\n" in files.read_small(path):
            message = "Windows line endings (CRLF), which break a script; save it with LF"
            yield Problem(path, 1, message, name="script-line-endings")


def _python(built: list[Stage], context: Collection[str], files: Files) -> Iterator[Problem]:
    """The requirements files that the build installs, and the Python that the container starts."""
    required: set[str] = set()
    for file in docker_program.installed(built, context):
        data = files.read(file.path)
        required |= requirements.names(data)
        build = requirements.Build(
            alone=False,
            has_secrets=True,
            has_index=file.has_index,
            without_pypi=file.without_pypi,
            folder=file.folder,
        )
        yield from requirements.check(data, file.available, path=file.path, build=build)
    app = docker_program.python_app(built[-1], context)
    if app is not None:
        yield from python.check(
            app.path,
            files.deployed,
            files.read,
            python=docker_program.python_version(built[-1]),
            default=None,
            folder=app.folder,
            excluded=files.excluded,
            untracked=files.untracked,
            required=required,
        )
