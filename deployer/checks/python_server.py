"""Where a Python file makes its server listen: Flask's `run`, `uvicorn.run`, Gradio's `launch`.

https://flask.palletsprojects.com/en/stable/api/#flask.Flask.run, https://www.uvicorn.org/settings,
https://www.gradio.app/docs/gradio/blocks#blocks-launch. Only one call that is surely made counts.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deployer.checks.docker_servers import Listening

_MAX_STEPS = 5  # from a name to its value
_ENVIRONMENT = ("os.environ.get", "os.getenv", "environ.get", "getenv")
_NUMBERS = ("int", "str")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A server: its host and port where the call names none, the names of both arguments."""

    name: str
    host: str
    port: str
    host_name: str = "host"
    port_name: str = "port"
    host_variable: str = ""
    port_variable: str = ""


_FLASK = _Kind("app.run", "127.0.0.1", "5000")
_UVICORN = _Kind("uvicorn.run", "127.0.0.1", "8000")
_GRADIO = _Kind(
    "launch",
    "127.0.0.1",
    "7860",
    "server_name",
    "server_port",
    "GRADIO_SERVER_NAME",
    "GRADIO_SERVER_PORT",
)


@dataclass(frozen=True, slots=True)
class _Value:
    """A value, None where it is not known; `is_literal` if no variable can change it."""

    text: str | None
    is_literal: bool = True


def listening_in(
    source: bytes, variables: Mapping[str, str | None]
) -> tuple[int, Listening] | None:
    """The line of the call by which a file listens, and where; None unless that is plain."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = list(_calls(tree))
    if len(calls) != 1 or _is_conditional(tree, calls[0][1]):
        return None
    kind, call = calls[0]
    if any(keyword.arg is None for keyword in call.keywords) or _has_other_arguments(kind, call):
        return None
    scope = _Scope(_assigned(tree), variables)
    host = _argument(call, kind.host_name, kind.host, kind.host_variable, scope)
    port = _argument(call, kind.port_name, kind.port, kind.port_variable, scope)
    named = {keyword.arg for keyword in call.keywords}
    is_default = kind.host_name not in named and kind.host_variable not in variables
    fix = f'{kind.host_name}="0.0.0.0"'
    origin = "" if kind.port_name in named else " by default"
    return call.lineno, Listening(
        kind.name, fix, host.text, port.text, is_default, port.is_literal, origin, host.is_literal
    )


def _calls(tree: ast.Module) -> Iterator[tuple[_Kind, ast.Call]]:
    flask, gradio = _instances(tree, "flask", "Flask"), _instances(tree, "gradio", "")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = _root(node.func.value)
        if node.func.attr == "run" and owner == "uvicorn":
            yield _UVICORN, node
        elif node.func.attr == "run" and owner in flask:
            yield _FLASK, node
        elif node.func.attr == "launch" and owner in gradio:
            yield _GRADIO, node


def _instances(tree: ast.Module, module: str, name: str) -> set[str]:
    """The names of what a module's call (of `name`, or of any) was assigned to, and its own."""
    makers = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            makers |= {one.asname or one.name for one in node.names if one.name == module}
        elif isinstance(node, ast.ImportFrom) and node.module == module:
            wanted = (one for one in node.names if name in ("", one.name))
            makers |= {one.asname or one.name for one in wanted}
    found = set() if name else set(makers)
    for node in ast.walk(tree):
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.With):
            pairs = [(item.optional_vars, item.context_expr) for item in node.items]
        for target, value in pairs:
            is_made = isinstance(value, ast.Call) and _root(value) in makers
            if isinstance(target, ast.Name) and is_made:
                found.add(target.id)
    return found


def _root(node: ast.expr) -> str:
    """The first name of `a.b(c).d`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_conditional(tree: ast.Module, call: ast.Call) -> bool:
    """Whether a call is made under a condition other than that of the main module."""
    for node in ast.walk(tree):
        is_branch = isinstance(node, ast.If | ast.Try | ast.TryStar | ast.While | ast.For)
        if is_branch and any(inner is call for inner in ast.walk(node)):
            if not (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)):
                return True
    return False


def _has_other_arguments(kind: _Kind, call: ast.Call) -> bool:
    """Whether the host or the port may be among the arguments without a name."""
    return len(call.args) > (1 if kind is _UVICORN else 0) or any(
        keyword.arg in ("uds", "fd", "config") for keyword in call.keywords
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """The values of names that are assigned once, and the variables of the container."""

    assigned: Mapping[str, ast.expr]
    variables: Mapping[str, str | None]


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    twice = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    twice |= {target.id} & found.keys()
                    found[target.id] = node.value
    return {name: value for name, value in found.items() if name not in twice}


def _argument(call: ast.Call, name: str, default: str, variable: str, scope: _Scope) -> _Value:
    value = next((one.value for one in call.keywords if one.arg == name), None)
    if value is not None:
        return _evaluated(value, scope)
    if variable in scope.variables:
        return _Value(scope.variables[variable], False)
    return _Value(default, not variable)


def _evaluated(node: ast.expr, scope: _Scope, steps: int = 0) -> _Value:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
        return _Value(str(node.value))
    if steps < _MAX_STEPS:
        if isinstance(node, ast.Name) and node.id in scope.assigned:
            return _evaluated(scope.assigned[node.id], scope, steps + 1)
        if isinstance(node, ast.Call) and node.args and not node.keywords:
            return _called(node, scope, steps + 1)
    return _Value(None)


def _called(node: ast.Call, scope: _Scope, steps: int) -> _Value:
    """The value of `int(...)`, or of a variable of the container, with its default."""
    name = ast.unparse(node.func)
    first, *others = node.args
    if name in _NUMBERS:
        return _evaluated(first, scope, steps)
    if name not in _ENVIRONMENT:
        return _Value(None)
    variable = _evaluated(first, scope, steps).text or ""
    if variable in scope.variables:
        return _Value(scope.variables[variable], False)
    return _Value(_evaluated(others[0], scope, steps).text if others else None, False)
