"""Where a Python file makes its server listen: Flask's `run`, `uvicorn.run`, Gradio's `launch`.

https://flask.palletsprojects.com/en/stable/api/#flask.Flask.run, https://www.uvicorn.org/settings,
https://www.gradio.app/docs/gradio/blocks#blocks-launch. Only one call that is surely made counts.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deployer.checks.docker_servers import Listening

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BRANCHES = (
    *(ast.If, ast.Try, ast.TryStar, ast.While, ast.For, ast.AsyncFor, ast.Match),
    *(ast.IfExp, ast.BoolOp),
)
_MAX_STEPS = 5  # from a name to its value
_ENVIRONMENT = ("os.environ.get", "os.getenv", "environ.get", "getenv")
_NUMBERS = ("int", "str")
# what may start another server, beside the call
_STARTS_OTHERS = re.compile(
    rb"\b(?:_?thread|threading|Thread|ThreadPool\w*|multiprocessing|Process|ProcessPool\w*|"
    rb"subprocess|Popen|create_task|run_in_executor|os\.(?:system|popen|spawn\w*|exec\w*|fork))\b"
)
_SERVES = re.compile(r"(?:serve|launch|run)(?:_\w+)?")
_SETS_VARIABLES = re.compile(
    rb"environ\s*\[[^\]\n]*\]\s*=(?!=)|environ\.(?:setdefault|update)|\bputenv\b|dotenv"
)


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
    code = _Code.of(tree)
    if len(calls) != 1 or _STARTS_OTHERS.search(source) or code.serves_beside(calls[0][1]):
        return None
    kind, call = calls[0]
    if not code.is_reached(call):
        return None
    if any(keyword.arg is None for keyword in call.keywords) or _has_other_arguments(kind, call):
        return None
    scope = _Scope(code.assigned(), variables, _SETS_VARIABLES.search(source) is not None)
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


@dataclass(frozen=True, slots=True)
class _Code:
    """The nodes of a file, and the node above each one by its identity."""

    nodes: list[ast.AST]
    parents: Mapping[int, ast.AST]

    @classmethod
    def of(cls, tree: ast.Module) -> _Code:
        """The code of a parsed file."""
        nodes = list(ast.walk(tree))
        return cls(nodes, {id(one): node for node in nodes for one in ast.iter_child_nodes(node)})

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, the innermost first."""
        while (parent := self.parents.get(id(node))) is not None:
            yield parent
            node = parent

    def function(self, node: ast.AST) -> ast.AST | None:
        """The innermost function around a node."""
        return next((one for one in self.above(node) if isinstance(one, _FUNCTIONS)), None)

    def is_reached(self, call: ast.Call) -> bool:
        """Whether the module surely makes a call, itself or in functions that it calls."""
        calls: dict[str, list[ast.Call]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                calls.setdefault(node.func.id, []).append(node)
        pending, seen = [call], set[int]()
        while pending:
            one = pending.pop()
            function = self.function(one)
            if self.is_conditional(one) or id(function) in seen:
                continue
            if function is None:
                return True
            seen.add(id(function))
            pending += calls.get(getattr(function, "name", ""), [])
        return False

    def is_conditional(self, node: ast.AST) -> bool:
        """Whether a node runs under a condition other than that of the main module."""
        for one in self.above(node):
            if isinstance(one, _FUNCTIONS):
                return False
            if isinstance(one, _BRANCHES) and not _is_main(one):
                return True
        return False

    def serves_beside(self, call: ast.Call) -> bool:
        """Whether another call may start a server, too."""
        own = {getattr(node, "name", "") for node in self.nodes if isinstance(node, _FUNCTIONS)}
        for node in self.nodes:
            if not isinstance(node, ast.Call) or node is call:
                continue
            if isinstance(node.func, ast.Attribute) and _SERVES.fullmatch(node.func.attr):
                return True
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if _SERVES.fullmatch(name) and name not in own:
                return True
        return False

    def assigned(self) -> dict[str, ast.expr]:
        """The values of the names that only the module itself binds, once and in any case."""
        bound = Counter(name for node in self.nodes for name in _bound(node))
        found: dict[str, ast.expr] = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign) and not self.is_conditional(node):
                names = [one.id for one in node.targets if isinstance(one, ast.Name)]
                if self.function(node) is None:
                    found |= {name: node.value for name in names if bound[name] == 1}
        return found


def _is_main(node: ast.AST) -> bool:
    """Whether it is `if __name__ == "__main__"`."""
    test = node.test if isinstance(node, ast.If) else None
    left = test.left if isinstance(test, ast.Compare) else None
    return isinstance(left, ast.Name) and left.id == "__name__"


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a node gives a value: a target, a parameter, a function, an import."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name


def _has_other_arguments(kind: _Kind, call: ast.Call) -> bool:
    """Whether the host or the port may be among the arguments without a name."""
    return len(call.args) > (1 if kind is _UVICORN else 0) or any(
        keyword.arg in ("uds", "fd", "config") for keyword in call.keywords
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """The values of names, and the variables of the container, unless the file sets some."""

    assigned: Mapping[str, ast.expr]
    variables: Mapping[str, str | None]
    sets_variables: bool


def _argument(call: ast.Call, name: str, default: str, variable: str, scope: _Scope) -> _Value:
    value = next((one.value for one in call.keywords if one.arg == name), None)
    if value is not None:
        return _evaluated(value, scope)
    if variable and scope.sets_variables:
        return _Value(None, False)
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
    if name not in _ENVIRONMENT or scope.sets_variables:
        return _Value(None)
    variable = _evaluated(first, scope, steps).text or ""
    if variable in scope.variables:
        return _Value(scope.variables[variable], False)
    return _Value(_evaluated(others[0], scope, steps).text if others else None, False)
