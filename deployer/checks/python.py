"""The Python that a Gradio Space starts with: `app_file` and what it imports from the Space.

Each file is parsed, never run. Python finds modules beside the file that it was started with:
https://docs.python.org/3/library/sys_path_init.html. What only a newer Python than ours may read is
told from what none can: https://docs.python.org/3/whatsnew/3.12.html and 3.14.html.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deployer.problem import Level, Problem

Read = Callable[[str], bytes]
Python = tuple[int, int]

NEWEST_DEFAULT: Python = (3, 13)  # what a Space without `python_version` may be given in 2026
NEWEST_KNOWN: Python = (3, 14)  # whose grammar is known here
_OLDEST_KNOWN: Python = (3, 7)  # the oldest that `ast` can read as
# Generics, `type X = ...`, `except A, B:`; t-strings, and f-strings over several lines.
_NEWER = (
    r"type\s+\w",
    r"(async\s+)?def\s+\w+\s*\[",
    r"class\s+\w+\s*\[",
    r"except\*?\s[^:(]*,",
    r".*\b[ft]r?[\"']",
)
_NEWER_LINE = re.compile(rf"\s*({'|'.join(_NEWER)})", re.IGNORECASE)
# https://docs.python.org/3/reference/import.html#package-relative-imports
_NO_PACKAGE = "a relative import fails in the file that Python is started with: take the dots away"
_TRIED = (ast.Try, ast.TryStar)


def check(
    app_file: str,
    shipped: Collection[str],
    read: Read,
    *,
    python: Python | None = None,
    left_out: Collection[str] = (),
    untracked: Callable[[str], bool] = lambda _: False,
    required: Collection[str] = (),
) -> list[Problem]:
    """Errors of syntax in `app_file` and the modules it reaches, and imports of what stays behind.

    `untracked` says whether a file lies there and does not ship, though no rule leaves it out.
    `python` is the Space's version: of one that is newer than all that is known here, nothing is
    said. `required` are the packages that get installed.
    """
    if python is not None and python > max(NEWEST_KNOWN, sys.version_info[:2]):
        return []
    home = str(PurePosixPath(app_file).parent)
    tour = _ImportResolver(home, shipped, left_out, untracked, required)
    return sorted(set(_follow(app_file, tour, read, python)))


@dataclass(frozen=True, slots=True)
class _ImportResolver:
    """Where modules may be found; `home` is the folder of `app_file`."""

    home: str
    shipped: Collection[str]
    left_out: Collection[str]
    untracked: Callable[[str], bool]
    required: Collection[str]
    seen: set[str] = field(default_factory=set)

    def files(self, folder: str, dotted: str) -> list[str]:
        """The files of a module and of the packages above it, as far as they ship."""
        return [path for path in _candidates(folder, dotted) if path in self.shipped]

    def hidden(self, dotted: str) -> tuple[str, Level] | None:
        """What to say of a file that an import means and that does not ship."""
        top = dotted.partition(".")[0]
        if top in sys.stdlib_module_names or top.replace("_", "-").lower() in self.required:
            return None
        found = _candidates(self.home, dotted)
        for module, package in zip(found[::2], found[1::2], strict=True):
            if module in self.shipped or package in self.shipped:
                continue
            for path in (module, package):
                said = f"this imports from {path}, which would not ship"
                if path in self.left_out:
                    return f"{said}: a rule leaves it out", Level.WARNING
                if self.untracked(path):
                    return f"{said}: git does not track it; `git add {path}`", Level.ERROR
        return None


@dataclass(frozen=True, slots=True)
class _Import:
    """A module that a file imports: its name, its line, and how many dots stood before it."""

    name: str
    line: int
    dots: int = 0
    tried: bool = False


def _follow(
    app_file: str, tour: _ImportResolver, read: Read, python: Python | None
) -> Iterator[Problem]:
    pending = [app_file] if app_file in tour.shipped and app_file.endswith(".py") else []
    while pending:
        path = pending.pop()
        if path in tour.seen:
            continue
        tour.seen.add(path)
        tree = _parsed(path, read, python)
        if isinstance(tree, _Fault):
            yield from _told(path, tree, python)
            continue
        for one in _imports(tree):
            pending += _reached(one, path, tour)
            hidden = None if one.dots or one.tried else tour.hidden(one.name)
            if hidden is not None:
                yield Problem(path, one.line, *hidden)
            if one.dots and path == app_file and not one.tried:
                yield Problem(path, one.line, _NO_PACKAGE)


@dataclass(frozen=True, slots=True)
class _Fault:
    """Where and why a file can't be read; whether a newer Python might read it."""

    line: int | None
    message: str
    newer: bool = False


def _told(path: str, fault: _Fault, python: Python | None) -> Iterator[Problem]:
    ours = sys.version_info[:2]
    if not fault.newer or (python or NEWEST_DEFAULT) <= ours:
        yield Problem(path, fault.line, f"Python can't read this: {fault.message}")
    elif python is None:
        said = f"Python {ours[0]}.{ours[1]} can't read this: {fault.message}"
        mend = "name the newer one that can as `python_version` in the card"
        yield Problem(path, fault.line, f"{said}; {mend}", Level.WARNING)


def _parsed(path: str, read: Read, python: Python | None) -> ast.Module | _Fault:
    try:
        source = read(path)
    except OSError:
        return ast.Module([], [])  # told where it is sent
    known = python if python and _OLDEST_KNOWN <= python < sys.version_info[:2] else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, path, feature_version=known)
            compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return _Fault(error.lineno or None, error.msg, _may_be_newer(error, source))
    except ValueError as error:
        return _Fault(None, str(error))
    except (RecursionError, MemoryError):
        return ast.Module([], [])  # too deep for this parser to judge
    return tree


def _may_be_newer(error: SyntaxError, source: bytes) -> bool:
    if error.msg.startswith(("f-string", "t-string")):
        return True
    lines = source.splitlines()[: error.lineno or 0]
    line = lines[-1].decode("utf-8", "replace") if lines else ""
    vague = error.msg.startswith(("invalid", "expected", "multiple", "unterminated"))
    return vague and _NEWER_LINE.match(line) is not None


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


def _reached(one: _Import, path: str, tour: _ImportResolver) -> list[str]:
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
