"""Check the Python code that starts a Space, and what it imports from the Space.

Files are parsed, never run. Python finds modules next to the file that it was started with:
https://docs.python.org/3/library/sys_path_init.html. Code that only a newer Python can parse is
recognized by what its version added to the grammar: https://docs.python.org/3/whatsnew/3.12.html
and 3.14.html.
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
from deployer.python_modules import PythonVersion, removed_module, replacement

Read = Callable[[str], bytes]

NEWEST_DEFAULT: PythonVersion = (3, 13)  # of a Space without `python_version`, in 2026
NEWEST_KNOWN: PythonVersion = (3, 14)  # the newest whose grammar is known here
_OLDEST_KNOWN: PythonVersion = (3, 7)  # the oldest `feature_version` of `ast`
# Syntax: generics, `type X = ...`, `except A, B:`; t-strings, and f-strings over several lines.
_NEWER = (
    r"type\s+\w",
    r"(async\s+)?def\s+\w+\s*\[",
    r"class\s+\w+\s*\[",
    r"except\*?\s[^:(]*,",
    r".*\b[ft]r?[\"']",
)
_NEWER_LINE = re.compile(rf"\s*({'|'.join(_NEWER)})", re.IGNORECASE)
# https://docs.python.org/3/reference/import.html#package-relative-imports
_RELATIVE_IMPORT = (
    "relative import in the file that Python starts with, where it fails; remove the leading dots"
)
_TRY_STATEMENTS = (ast.Try, ast.TryStar)


def check(
    app_file: str,
    deployed_paths: Collection[str],
    read: Read,
    *,
    python: PythonVersion | None = None,
    default: PythonVersion | None = NEWEST_DEFAULT,
    folder: str | None = None,
    excluded: Collection[str] = (),
    untracked: Callable[[str], bool] = lambda _: False,
    required: Collection[str] = (),
) -> list[Problem]:
    """Syntax errors in `app_file` and the modules it imports, and imports that fail.

    `untracked` tells whether a path exists but is not deployed, although no rule excludes it.
    `python` is the Space's version; with one that is newer than all known ones, nothing is checked.
    Where it is None, the Space gets the `default`, or one that can't be known. `required` are the
    names of the packages that get installed. Modules are looked for in `folder`; without one,
    Python starts with the file itself, and looks for them beside it.
    """
    if python is not None and python > max(NEWEST_KNOWN, sys.version_info[:2]):
        return []
    started = app_file if folder is None else None
    beside = str(PurePosixPath(app_file).parent) if folder is None else folder
    resolver = _ImportResolver(beside, deployed_paths, excluded, untracked, required)
    versions = _Versions(python, default)
    return sorted(set(_check_modules(app_file, started, resolver, read, versions)))


def imported(app_file: str, deployed_paths: Collection[str], read: Read) -> set[str]:
    """The modules that the app surely imports, by their dotted names, without its own."""
    folder = str(PurePosixPath(app_file).parent)
    resolver = _ImportResolver(folder, deployed_paths, (), lambda _: False, ())
    found: set[str] = set()
    for path, tree in _modules(app_file, resolver, read, None):
        if isinstance(tree, ast.Module):
            sure = (one for one in _imports(tree) if not one.dots and not one.optional)
            found |= {one.name for one in sure if not _imported_files(one, path, resolver)}
    return found


@dataclass(frozen=True, slots=True)
class _Versions:
    """The version that was chosen for the Space, or the one it gets without; None if unknown."""

    chosen: PythonVersion | None
    default: PythonVersion | None

    @property
    def likely(self) -> PythonVersion | None:
        """The version that runs, as far as is known."""
        return self.chosen or self.default


def reachable(app_file: str, deployed_paths: Collection[str], read: Read) -> dict[str, bytes]:
    """The source of `app_file` and of each module that it imports from the Space, by path.

    Empty where one of them can't be read or parsed, so that what they do is not known.
    """
    resolver = _ImportResolver(
        str(PurePosixPath(app_file).parent), deployed_paths, (), lambda _: False, ()
    )
    pending = [app_file] if app_file in deployed_paths and app_file.endswith(".py") else []
    sources: dict[str, bytes] = {}
    while pending:
        path = pending.pop()
        if path in sources:
            continue
        try:
            sources[path] = read(path)
        except OSError:
            return {}
        tree = _parse(path, sources.__getitem__, None)
        if isinstance(tree, _ParseError):
            return {}
        for one in _imports(tree):
            pending += _imported_files(one, path, resolver)
    return sources


@dataclass(frozen=True, slots=True)
class _ImportResolver:
    """Finds modules among the deployed files; `folder` is the folder of `app_file`."""

    folder: str
    deployed_paths: Collection[str]
    excluded: Collection[str]
    untracked: Callable[[str], bool]
    required: Collection[str]
    seen: set[str] = field(default_factory=set)

    def files(self, folder: str, dotted: str) -> list[str]:
        """The deployed files of a module and of the packages above it."""
        return [path for path in _candidates(folder, dotted) if path in self.deployed_paths]

    def removed(self, dotted: str, versions: _Versions) -> tuple[str, Level] | None:
        """The message and level for an import of a module that the Space's Python has not."""
        found, version = removed_module(dotted), versions.likely
        if found is None or version is None or version < found[1].version:
            return None
        name, module = found
        if name != dotted.partition(".")[0] or self.files(self.folder, name):
            return None
        if module.package in self.required:
            return None
        message = f"imports {name}, which Python {version[0]}.{version[1]} has not"
        is_sure = versions.chosen is not None and not module.common
        fix = f"{replacement(module)}, or use {module.last}"
        return f"{message}; {fix}", Level.ERROR if is_sure else Level.WARNING

    def undeployed(self, dotted: str) -> tuple[str, Level] | None:
        """The message and level for an import of a local file that is not deployed."""
        top = dotted.partition(".")[0]
        if top in sys.stdlib_module_names or top.replace("_", "-").lower() in self.required:
            return None
        paths = _candidates(self.folder, dotted)
        for module, package in zip(paths[::2], paths[1::2], strict=True):
            if module in self.deployed_paths or package in self.deployed_paths:
                continue
            for path in (module, package):
                message = f"imports {path}, which is not deployed"
                if path in self.excluded:
                    fix = f"pass `--include {path}`"
                    return f"{message}: a rule excludes it; if needed, {fix}", Level.WARNING
                if self.untracked(path):
                    return f"{message}: not tracked by git; `git add {path}`", Level.ERROR
        return None


@dataclass(frozen=True, slots=True)
class _Import:
    """An imported module: its name, line and number of leading dots; `optional` if it may fail."""

    name: str
    line: int
    dots: int = 0
    optional: bool = False


def _check_modules(
    app_file: str,
    started: str | None,
    resolver: _ImportResolver,
    read: Read,
    versions: _Versions,
) -> Iterator[Problem]:
    modules = list(_modules(app_file, resolver, read, versions.chosen))
    is_found = not any(map(_changes_path, (tree for _, tree in modules)))
    for path, tree in modules:
        if isinstance(tree, _ParseError):
            yield from _syntax_problem(path, tree, versions)
            continue
        for one in _imports(tree):
            if one.optional:
                continue
            if one.dots:
                if path == started:
                    yield Problem(path, one.line, _RELATIVE_IMPORT, name="python-relative-import")
            elif is_found and (missing := resolver.undeployed(one.name)) is not None:
                yield Problem(path, one.line, *missing, name="python-import")
            elif (removed := resolver.removed(one.name, versions)) is not None:
                yield Problem(path, one.line, *removed, name="python-removed-module")


def _changes_path(tree: ast.Module | _ParseError) -> bool:
    """Whether a module may make Python look for others elsewhere: it names `sys.path`."""
    if isinstance(tree, _ParseError):
        return False
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    paths = (node.value for node in names if node.attr == "path")
    return any(isinstance(owner, ast.Name) and owner.id == "sys" for owner in paths)


def _modules(
    app_file: str, resolver: _ImportResolver, read: Read, python: PythonVersion | None
) -> Iterator[tuple[str, ast.Module | _ParseError]]:
    """`app_file` and the deployed modules that it imports, each parsed."""
    pending = [app_file] if app_file in resolver.deployed_paths and app_file.endswith(".py") else []
    while pending:
        path = pending.pop()
        if path in resolver.seen:
            continue
        resolver.seen.add(path)
        tree = _parse(path, read, python)
        yield path, tree
        if isinstance(tree, ast.Module):
            for one in _imports(tree):
                pending += _imported_files(one, path, resolver)


@dataclass(frozen=True, slots=True)
class _ParseError:
    """Where and why a file can't be parsed; `newer` if a newer Python might parse it."""

    line: int | None
    message: str
    newer: bool = False


def _syntax_problem(path: str, error: _ParseError, versions: _Versions) -> Iterator[Problem]:
    current = sys.version_info[:2]
    if not error.newer or (versions.likely is not None and versions.likely <= current):
        message = f"Python can't parse this: {error.message}"
        yield Problem(path, error.line, message, name="python-syntax")
    elif versions.chosen is None and versions.default is not None:
        message = f"Python {current[0]}.{current[1]} can't parse this: {error.message}"
        fix = "if a newer one can, set `python_version` in the card"
        message = f"{message}; {fix}"
        yield Problem(path, error.line, message, Level.WARNING, name="python-syntax")


def _parse(path: str, read: Read, python: PythonVersion | None) -> ast.Module | _ParseError:
    try:
        source = read(path)
    except OSError:
        return ast.Module([], [])  # reported where the file is uploaded
    known = python if python and _OLDEST_KNOWN <= python < sys.version_info[:2] else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, path, feature_version=known)
            compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return _ParseError(error.lineno or None, error.msg, _may_be_newer(error, source))
    except ValueError as error:
        return _ParseError(None, str(error))
    except (RecursionError, MemoryError):
        return ast.Module([], [])  # nested too deeply for this parser
    return tree


def _may_be_newer(error: SyntaxError, source: bytes) -> bool:
    if error.msg.startswith(("f-string", "t-string")):
        return True
    lines = source.splitlines()[: error.lineno or 0]
    line = lines[-1].decode("utf-8", "replace") if lines else ""
    vague = error.msg.startswith(("invalid", "expected", "multiple", "unterminated"))
    return vague and _NEWER_LINE.match(line) is not None


def _imports(tree: ast.Module) -> Iterator[_Import]:
    optional = {id(inner) for node in ast.walk(tree) if _may_fail(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield _Import(name.name, node.lineno, optional=id(node) in optional)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            tail = [f"{base}.{name.name}".strip(".") for name in node.names]
            for dotted in (base, *tail) if base else tail:
                yield _Import(dotted, node.lineno, node.level, id(node) in optional)


def _may_fail(node: ast.AST) -> bool:
    """Whether an import in this node may fail or not run: `try`, `if`, inside a function."""
    return isinstance(node, (*_TRY_STATEMENTS, ast.If, ast.FunctionDef, ast.AsyncFunctionDef))


def _imported_files(one: _Import, path: str, resolver: _ImportResolver) -> list[str]:
    folder = resolver.folder
    if one.dots:
        parents = PurePosixPath(path).parents
        if one.dots > len(parents):
            return []
        folder = str(parents[one.dots - 1])
    return resolver.files(folder, one.name)


def _candidates(folder: str, dotted: str) -> list[str]:
    prefix = "" if folder == "." else f"{folder}/"
    names = dotted.split(".")
    stems = ["/".join(names[: index + 1]) for index in range(len(names))]
    return [f"{prefix}{stem}{suffix}" for stem in stems for suffix in (".py", "/__init__.py")]
