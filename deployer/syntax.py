"""The Python that a Gradio Space starts with: `app_file` and what it imports from the Space.

Each file is parsed, never run. Python finds modules beside the file that it was started with:
https://docs.python.org/3/library/sys_path_init.html
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deployer.problem import Level, Problem

Read = Callable[[str], bytes]
Python = tuple[int, int]

NEWEST_DEFAULT: Python = (3, 13)  # what a Space without `python_version` may be given in 2026
_TRIED = (ast.Try, ast.TryStar)


def check(
    app_file: str,
    shipped: Collection[str],
    read: Read,
    *,
    python: Python | None = None,
    left_out: Collection[str] = (),
    required: Collection[str] = (),
) -> list[Problem]:
    """Errors of syntax in `app_file` and the modules it reaches, and imports of what is left out.

    `python` is the Space's version: a newer one than ours knows more than we do, so nothing is
    said. `required` are the packages that get installed.
    """
    if python is not None and python > sys.version_info[:2]:
        return []
    unsure = python is None and NEWEST_DEFAULT > sys.version_info[:2]
    level = Level.WARNING if unsure else Level.ERROR
    tour = _Tour(str(PurePosixPath(app_file).parent), shipped, left_out, required)
    return sorted(set(_follow(app_file, tour, read, level)))


@dataclass(frozen=True, slots=True)
class _Tour:
    """Where modules may be found; `home` is the folder of `app_file`."""

    home: str
    shipped: Collection[str]
    left_out: Collection[str]
    required: Collection[str]
    seen: set[str] = field(default_factory=set)

    def files(self, folder: str, dotted: str) -> list[str]:
        """The files of a module and of the packages above it, as far as they ship."""
        return [path for path in _candidates(folder, dotted) if path in self.shipped]

    def hidden(self, dotted: str) -> str | None:
        """The file that an import means and that a rule leaves out."""
        top = dotted.partition(".")[0]
        if top in sys.stdlib_module_names or top.replace("_", "-").lower() in self.required:
            return None
        if self.files(self.home, top):
            return None
        return next((path for path in _candidates(self.home, top) if path in self.left_out), None)


@dataclass(frozen=True, slots=True)
class _Import:
    """A module that a file imports: its name, its line, and how many dots stood before it."""

    name: str
    line: int
    dots: int = 0
    tried: bool = False


def _follow(app_file: str, tour: _Tour, read: Read, level: Level) -> Iterator[Problem]:
    pending = [app_file] if app_file in tour.shipped and app_file.endswith(".py") else []
    while pending:
        path = pending.pop()
        if path in tour.seen:
            continue
        tour.seen.add(path)
        tree = _parsed(path, read)
        if isinstance(tree, _Fault):
            yield Problem(path, tree.line, f"Python can't read this: {tree.message}", level)
            continue
        for one in _imports(tree):
            pending += _reached(one, path, tour)
            hidden = None if one.dots or one.tried else tour.hidden(one.name)
            if hidden is not None:
                said = f"this imports from {hidden}, which would not ship"
                yield Problem(path, one.line, f"{said}: a rule leaves it out", Level.WARNING)


@dataclass(frozen=True, slots=True)
class _Fault:
    line: int | None
    message: str


def _parsed(path: str, read: Read) -> ast.Module | _Fault:
    try:
        source = read(path)
    except OSError:
        return ast.Module([], [])  # told where it is sent
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, path)
            compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return _Fault(error.lineno or None, error.msg)
    except ValueError as error:
        return _Fault(None, str(error))
    except (RecursionError, MemoryError):
        return ast.Module([], [])  # too deep for this parser to judge
    return tree


def _imports(tree: ast.Module) -> Iterator[_Import]:
    tried = {id(below) for node in ast.walk(tree) if _may_fail(node) for below in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield _Import(name.name, node.lineno, tried=id(node) in tried)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            tail = [f"{base}.{name.name}".strip(".") for name in node.names]
            for dotted in (base, *tail) if base else tail:
                yield _Import(dotted, node.lineno, node.level, id(node) in tried)


def _may_fail(node: ast.AST) -> bool:
    """A place where an import may fail or is not reached: `try`, `if`, inside a function."""
    return isinstance(node, (*_TRIED, ast.If, ast.FunctionDef, ast.AsyncFunctionDef))


def _reached(one: _Import, path: str, tour: _Tour) -> list[str]:
    folder = tour.home
    if one.dots:
        above = PurePosixPath(path).parents
        if one.dots > len(above):
            return []
        folder = str(above[one.dots - 1])
    return tour.files(folder, one.name)


def _candidates(folder: str, dotted: str) -> list[str]:
    start = "" if folder == "." else f"{folder}/"
    names = dotted.split(".")
    stems = ["/".join(names[: place + 1]) for place in range(len(names))]
    return [f"{start}{stem}{end}" for stem in stems for end in (".py", "/__init__.py")]
