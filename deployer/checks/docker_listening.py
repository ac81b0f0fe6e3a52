"""Whether the Space reaches the server of a container: its host and its port.

The Space asks one port of the container, the card's `app_port`, from outside. What the command says
itself is sure. What a variable, a default or EXPOSE says may be changed by a variable of the Space,
and is a warning, but for the host: it is the servers' default that breaks most Spaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePosixPath

from deployer.checks.docker_instructions import DOCKERFILE, Instruction, Stage, assignments
from deployer.checks.docker_servers import Listening, is_loopback, listening
from deployer.checks.docker_start import Start, commands, start_of
from deployer.checks.secret_names import is_named_like_secret
from deployer.finding_names import FindingName
from deployer.problem import Level, Problem

_PORT = re.compile(
    r"(?:--(?:server[._-])?port[= ]|(?<= )-p[= ]|--bind[= ]\S*:|(?<= )-b[= ]\S*:)"
    r"(?P<port>\d{2,5})\b"
)
_HOST = re.compile(
    r"(?:--(?:host|bind|server[._-](?:name|address)|address|ip)[= ]|(?<= )-[bh][= ])"
    r"(?P<host>127\.0\.0\.1|localhost)\b"
)
_PROXY = re.compile(
    r"\b(nginx|caddy|supervisord?|haproxy|traefik|honcho|apache2(ctl)?|apachectl|openresty|socat|"
    r"envoy|pm2(-runtime)?)\b"
)
_SEVERAL_PROGRAMS = re.compile(rf"&|;|\||{_PROXY.pattern}")
_ARGUMENTS = re.compile(r"ARG|OPT|CMD|COMMAND|FLAGS")  # a variable with options of a command
_NODE = frozenset("node npm pnpm yarn bun npx tsx".split())
_CODE = re.compile(
    r".*\.(py|js|mjs|cjs|ts|tsx|sh|go|rs|rb|php|java|kt|cs|r|jl|json|toml|ya?ml|conf|cfg|ini|env|"
    r"properties|template)|(.*/)?[^./]+|(.*/)?\.env[\w.]*",
    re.IGNORECASE,
)
_MAX_CODE_FILES = 300


Finding = tuple[int, FindingName, str, Level]


def check(
    stage: Stage,
    port: int,
    deployed_paths: Collection[str],
    text_of: Callable[[str], str],
    variables: Mapping[str, str],
) -> Iterator[Problem]:
    """What keeps the Space from reaching the server of a stage at a port."""
    start = start_of(stage, variables)
    text = " ".join(one.arguments for one in stage.instructions)

    def has_file(name: str) -> bool:
        return name in text or any(f"/{path}".endswith(f"/{name}") for path in deployed_paths)

    found = listening(start, has_file) if start else None
    if start is not None and found is not None:
        findings = list(check_server(start.line, found, port))
    elif str(port) not in variables.values():
        findings = list(_of_any(stage, start, port, deployed_paths, text_of))
    else:
        findings = []
    findings += _of_variables(stage, start, text_of)
    for line, name, message, level in findings:
        yield Problem(DOCKERFILE, line, message, level, name=name)


def check_server(line: int, found: Listening, port: int) -> Iterator[Finding]:
    """What keeps the Space from reaching a server that the text at a line starts."""
    if is_loopback(found.host):
        default = " by default" if found.is_host_default else ""
        subject = f"`{found.program}`" if found.is_host_default else "the app"
        message = f"{subject} listens on {found.host}{default}, unreachable from outside the "
        verb = "add" if found.is_host_default else "use"
        message = f"{message}container; {verb} `{found.fix}`"
        level = Level.ERROR if found.is_host_sure else Level.WARNING
        yield line, "docker-localhost", message, level
    elif found.port is not None and found.port.startswith("$"):
        message = f"`{found.port}` stays as it is in the list form of a command; write the command"
        message = f"{message} without brackets, so that a shell reads it"
        yield line, "docker-port", message, Level.ERROR
    elif found.port is not None and found.port.isdecimal() and int(found.port) != port:
        origin = found.port_origin
        message = f"`{found.program}` listens on port {found.port}{origin}, not on the Space's open"
        message = f"{message} port {port}; {_port_fix(found.port, port)}"
        level = Level.ERROR if found.is_port_sure else Level.WARNING
        yield line, "docker-port", message, level


def _port_fix(wrong: str, port: int) -> str:
    return f"set `app_port: {wrong}` in the card, or use {port} here"


def _of_any(
    stage: Stage,
    start: Start | None,
    port: int,
    deployed_paths: Collection[str],
    text_of: Callable[[str], str],
) -> Iterator[Finding]:
    """What a command of any program says, and EXPOSE, which opens nothing but shows a port."""
    texts = [(one, " ".join(["", *one.words])) for one in commands(stage)]
    if _starts_others(start, texts):
        return  # which may listen anywhere, or forward to any port
    for one, text in texts:
        if (found := _HOST.search(text)) and "0.0.0.0" not in text:
            level = Level.WARNING if _SEVERAL_PROGRAMS.search(text) else Level.ERROR
            message = f"the app listens on {found['host']}, unreachable from outside the container"
            yield one.line, "docker-localhost", f"{message}; use 0.0.0.0", level
            return
    named = [(one, ports) for one, text in texts if (ports := _PORT.findall(text))]
    named = named or _ports_in_variables(stage)
    is_only_exposed = not named
    exposed = [(one, _exposed(one)) for one in stage.instructions if one.keyword == "EXPOSE"]
    named = named or [(one, ports) for one, ports in exposed if ports]
    if (
        not named
        or any(str(port) in ports for _, ports in named)
        or _is_set_by_variable(stage, port)
    ):
        return
    if is_only_exposed and _is_named(port, stage, deployed_paths, text_of):
        return
    one, ports = named[0]
    message = f"port {ports[0]} does not match the Space's open port {port}"
    yield one.line, "docker-port", f"{message}; {_port_fix(ports[0], port)}", Level.WARNING


def _starts_others(start: Start | None, texts: list[tuple[Instruction, str]]) -> bool:
    """Whether a proxy or several programs start, or ENTRYPOINT is one that gets CMD's words."""
    if any(_PROXY.search(text) for _, text in texts):
        return True
    if start is None:
        return len(texts) > 1 or any(_SEVERAL_PROGRAMS.search(text) for _, text in texts)
    return len(texts) > 1 and start.program in texts[0][0].words


def _ports_in_variables(stage: Stage) -> list[tuple[Instruction, list[str]]]:
    """The ports in a variable with the options of a command that the image starts."""
    if commands(stage):
        return []
    return [
        (one, ports)
        for one in stage.instructions
        if one.keyword == "ENV"
        for name, value in assignments(one)
        if _ARGUMENTS.search(name) and (ports := _PORT.findall(f" {value}"))
    ]


def _exposed(one: Instruction) -> list[str]:
    return re.findall(r"(?<!\S)(\d+)(?:/tcp)?(?!\S)", one.arguments)


def _is_set_by_variable(stage: Stage, port: int) -> bool:
    """Whether an ENV or ARG holds the port, so that the command may listen there."""
    variables = (one for one in stage.instructions if one.keyword in ("ENV", "ARG"))
    text = " ".join(one.arguments for one in variables)
    return re.search(rf"(?<!\d){port}(?!\d)", text) is not None


def _is_named(
    port: int, stage: Stage, deployed_paths: Collection[str], text_of: Callable[[str], str]
) -> bool:
    """Whether the Dockerfile or some code names the port, so that the app may listen there."""
    pattern = re.compile(rf"(?<!\d){port}(?!\d)")
    texts = (one.arguments for one in stage.instructions if one.keyword != "EXPOSE")
    code = sorted(
        (path for path in deployed_paths if _CODE.fullmatch(path) and path != DOCKERFILE),
        key=lambda path: path.count("/"),
    )
    is_in_code = any(pattern.search(text_of(path)) for path in code[:_MAX_CODE_FILES])
    return is_in_code or len(code) > _MAX_CODE_FILES or any(map(pattern.search, texts))


def _of_variables(
    stage: Stage, start: Start | None, text_of: Callable[[str], str]
) -> Iterator[Finding]:
    for one in stage.instructions:
        for name, value in assignments(one) if one.keyword == "ENV" else ():
            if value in (f"${name}", f"${{{name}}}") and _is_empty_secret(stage, one, name):
                message = f"`{name}` is empty in the image: the build does not see the Space's"
                fix = "remove the line; a secret of the Space is set when the app starts"
                yield one.line, "docker-empty-variable", f"{message} secrets; {fix}", Level.WARNING
            elif start is not None and is_loopback(value) and _reads_host(start, name):
                level = Level.ERROR if _is_next(start, name, text_of) else Level.WARNING
                message = f"`{name}` makes the app listen on {value}, unreachable from outside the"
                message = f"{message} container; set it to 0.0.0.0"
                yield one.line, "docker-localhost", message, level


def _is_empty_secret(stage: Stage, one: Instruction, name: str) -> bool:
    return is_named_like_secret(name, "a value") and name not in stage.variables(one)


def _reads_host(start: Start, name: str) -> bool:
    """Whether the program probably listens on the host of a variable, as those for Node.js do."""
    if PurePosixPath(start.program).name not in _NODE or name not in ("HOST", "HOSTNAME"):
        return False
    return is_loopback(start.variables.get(name))


def _is_next(start: Start, name: str, text_of: Callable[[str], str]) -> bool:
    """Whether it is Next.js' own server, which listens on HOSTNAME: nextjs.org/docs/deploying."""
    is_server = any(word.endswith("server.js") for word in start.arguments)
    return name == "HOSTNAME" and is_server and "next" in text_of("package.json")
