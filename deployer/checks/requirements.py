"""Check the requirements files that a Space installs.

https://huggingface.co/docs/hub/spaces-dependencies; the format is pip's:
https://pip.pypa.io/en/stable/reference/requirements-file-format/. The Hub installs requirements.txt
together with the Gradio version of the card, so the two must agree.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deployer.checks.requirement_files import REQUIREMENTS, decode
from deployer.checks.requirement_names import (
    Finding,
    check_gradio,
    check_local_version,
    check_name,
    check_namesake,
    check_url,
    check_zero_gpu,
)
from deployer.patterns import lazy
from deployer.problem import Level, Problem

# Build logs show `RUN --mount=target=requirements.txt,source=requirements.txt pip install ...` with
# the files copied later: github.com/gradio-app/gradio/pull/7376 and
# github.com/zlin0/wedefense/issues/93
_NOT_COPIED_YET = (
    "the Hub installs from this file alone, before it copies the others, so pip may not find this "
    "one; list its requirements here"
)
_COMMENT = lazy(r"(^|\s+)#.*$")
_OPTIONS = lazy(r"\s+--?[A-Za-z].*$")  # `--hash=...` after a requirement
_FILE_OPTION = lazy(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc]))(?P<path>\S+)")
_EDITABLE = lazy(r"(?:-e|--editable)(?:\s+|=|(?<=-e))(?P<path>.+)")
_URL = lazy(r"[A-Za-z][A-Za-z0-9+.-]*://|file:")
# https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options
_FILE_OPTIONS = frozenset("""
    -i --index-url --pypi-url --extra-index-url --no-index -c --constraint -r --requirement -e
    --editable -f --find-links --no-binary --only-binary --prefer-binary --require-hashes --pre
    --all-releases --only-final --trusted-host --use-feature -Z --always-unzip --build-constraint
    """.split())
_LINE_OPTIONS = (
    "--hash",
    "--config-setting",
    "--config-settings",
    "--global-option",
    "--install-option",
)
_REPOSITORY_PAGE = lazy(
    r"https?://(?:www\.)?(?:github|gitlab)\.com/[^/]+/[^/]+?(?:\.git)?/?(?:@.*)?"
)
_LOCAL_FILE = lazy(r"[A-Za-z]:[\\/]|.*@\s*file://(?!/home/user/app/|/app/)")
# Patterns of lines that pip can't parse, each with its fix; the first that matches counts.
_FIXES = tuple(
    (lazy(pattern), fix)
    for pattern, fix in (
        (r"[\w.-]+=[\w.*]+=\w+", "this is conda syntax; use `name==version`"),
        (r"[\w.-]+(\[.*\])?\s*=\s*[\w.*]+", "use `==` for one version"),
        (r"[^=]*=>|[^=]*=<", "use `>=` or `<=`"),
        (r"[\w.-]+\s*\^", "`^` is Poetry syntax; use e.g. `>=1.2,<2`"),
        (r".*==\s*latest", "remove the version to get the latest"),
        (r"!?(pip3?|conda|uv|python3? -m pip)\s", "write only the package name, not the command"),
        (r"(import|from)\s", "write only the package name, not the Python import"),
        (r"['\"“‘]", "remove the quotes"),
        (r"[<=>]{7}", "resolve the merge conflict and remove its markers"),
        (r"git\s|git\+git@", "use `git+https://...`"),
        (r".*[\u200b\ufeff]", "remove the invisible character"),
    )
)
# lines after which packages come from elsewhere than PyPI, or may
_OTHER_SOURCE = lazy(
    r"(-i|--index-url|--extra-index-url|-f|--find-links|-r|--requirement|-c|--constraint)(?![\w-])"
)
_ARCHIVE = lazy(r".*\.(whl|zip|tar\.(gz|bz2|xz)|tgz|egg)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """One logical line: the number of its first line, from 1, and its text without comment."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Build:
    """How a requirements file gets installed, which decides what its lines can be.

    The Hub installs that of a Gradio Space `alone`, before it copies the other files, with the
    card's `sdk_version` of Gradio and without the Space's secrets. `zero_gpu` is the level of a
    torch that ZeroGPU refuses, None if the Space is not known to use it. `has_index` if packages
    may come from elsewhere than PyPI, whatever the file says, `without_pypi` if none do from
    there, so that no name is surely wrong. `folder` is the file's, from
    where pip runs, if it is another one than in the repository; `names` are those in the file.
    """

    alone: bool = True
    sdk_version: str | None = None
    has_secrets: bool = False
    has_index: bool = False
    without_pypi: bool = False
    zero_gpu: Level | None = None
    folder: str | None = None
    names: frozenset[str] = frozenset()


def check(
    data: bytes,
    deployed_paths: Collection[str] | None,
    *,
    path: str = REQUIREMENTS,
    build: Build = Build(),
) -> list[Problem]:
    """What pip rejects in a requirements file, and what conflicts with its build.

    `deployed_paths` are the files that may be there, None if any may.
    """
    text = decode(data)
    if "\0" in text:
        return [Problem(path, 1, "not a text file; save it as UTF-8", name="requirements-invalid")]
    lines = list(_lines(text))
    has_index = build.has_index or any(_OTHER_SOURCE.match(line.text) for line in lines)
    build = replace(build, has_index=has_index, names=frozenset(names(data)))
    found = [
        Problem(path, line.number, message, level, name=name)
        for line in lines
        for name, message, level in _check_line(line.text, deployed_paths, path, build)
    ]
    return sorted([*found, *_duplicates(lines, path)])


def _duplicates(lines: list[_Line], path: str) -> Iterator[Problem]:
    """Two exact versions of one package, which pip can't install together."""
    pinned: dict[str, tuple[int, Requirement]] = {}
    for line in lines:
        required = _requirement(_split_options(line.text)[0])
        if required is None or required.marker or required.url or not required.specifier:
            continue
        name = str(canonicalize_name(required.name))
        number, first = pinned.setdefault(name, (line.number, required))
        if first is not required and _conflict(first, required):
            message = f"`{name}{required.specifier}` conflicts with `{name}{first.specifier}` in"
            message = f"{message} line {number}; keep one of them"
            yield Problem(path, line.number, message, name="requirements-duplicate")


def _conflict(first: Requirement, second: Requirement) -> bool:
    """Whether one of them wants an exact version, and none such is what both want."""
    both = first.specifier & second.specifier
    exact = [one.version for one in both if one.operator == "==" and "*" not in one.version]
    return bool(exact) and not any(both.contains(one, prereleases=True) for one in exact)


def names(data: bytes) -> set[str]:
    """The canonical names of the packages in a requirements file."""
    required = (_requirement(_split_options(line.text)[0]) for line in _lines(decode(data)))
    return {str(canonicalize_name(one.name)) for one in required if one is not None}


def _lines(text: str) -> Iterator[_Line]:
    """The logical lines, as pip joins them: a backslash continues a line, but not in a comment."""
    start, parts = 1, list[str]()
    physical = text.splitlines()
    for number, line in enumerate(physical, 1):
        start = start if parts else number
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment and number < len(physical):
            parts.append(line[:-1])
            continue
        joined = _COMMENT.sub("", "".join([*parts, " " + line if comment else line])).strip()
        parts = []
        if joined:
            yield _Line(start, joined.removesuffix("\\").strip())


def _check_line(
    text: str, deployed_paths: Collection[str] | None, path: str, build: Build
) -> Iterator[Finding]:
    if text.startswith("-"):
        yield from _check_option(text, deployed_paths, path, build)
        return
    bare, options = _split_options(text)
    required = _requirement(bare)
    if not bare:
        return
    if _LOCAL_FILE.match(bare):
        message = f"`{bare[:80]}` is a file on the computer where this list was made"
        yield "requirements-local-path", f"{message}; use `name==version`", Level.ERROR
    elif _REPOSITORY_PAGE.fullmatch(bare):
        message = f"`{bare[:80]}` is a web page, not a package; use `git+{bare[:80]}`"
        yield "requirements-invalid", message, Level.ERROR
    elif _URL.match(bare):
        yield from check_url(bare, has_secrets=build.has_secrets)
    elif _is_local_path(bare):
        yield from _check_local_path(bare.split(maxsplit=1)[0], deployed_paths, build)
    elif required is not None:
        yield from _check_line_option(options)
        yield from _check_requirement(required, build)
    else:
        yield "requirements-invalid", _explain_invalid(bare), Level.ERROR


def _split_options(text: str) -> tuple[str, str]:
    """A requirement, without an empty marker at its end, and the options after it."""
    bare = _OPTIONS.sub("", text)
    return bare.rstrip("; \t"), text[len(bare) :]


def _check_line_option(text: str) -> Iterator[Finding]:
    option = re.match(r"\s*(--?[\w-]+)", text)
    if option is None or option[1] in _LINE_OPTIONS:
        return
    if _is_file_option(option[1]):
        message = f"pip ignores `{option[1]}` after a requirement"
        message = f"{message}; move it to a line of its own"
        yield "requirements-ignored", message, Level.WARNING
    else:
        message = f"pip rejects `{option[1]}` after a requirement; remove it"
        yield "requirements-invalid", message, Level.ERROR


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _check_option(
    text: str, deployed_paths: Collection[str] | None, path: str, build: Build
) -> Iterator[Finding]:
    if text.startswith("- "):
        message = "pip ignores a line that starts with a dash; remove the dash"
        yield "requirements-ignored", message, Level.WARNING
    elif not _is_file_option(text):
        message = f"unknown option `{text.split()[0]}` for a requirements file"
        message = f"{message}; write only package names, one per line"
        yield "requirements-invalid", message, Level.ERROR
    elif editable := _EDITABLE.fullmatch(text):
        target = editable["path"].strip()
        if _URL.match(target):
            yield from check_url(target, has_secrets=build.has_secrets)
        else:
            yield from _check_local_path(target, deployed_paths, build)
    elif (other := _FILE_OPTION.fullmatch(text)) and not _URL.match(other["path"]):
        folder = posixpath.dirname(path) if build.folder is None else build.folder
        wanted = posixpath.normpath(posixpath.join(folder, other["path"]))
        if deployed_paths is not None and wanted not in deployed_paths:
            where, fix = ("deployed", "`git add` it") if build.alone else ("copied", "copy it")
            message = f"`{wanted}` is not {where}, so pip can't read it; {fix}"
            yield "requirements-local-path", message, Level.ERROR
        elif build.alone:
            yield "requirements-local-path", _NOT_COPIED_YET, Level.WARNING


def _is_file_option(text: str) -> bool:
    """Whether a line starts with an option for requirements files, its value attached or not."""
    word = re.split(r"[\s=]", text, maxsplit=1)[0]
    if word.startswith("--"):  # pip accepts a prefix of an option
        return len(word) > 3 and any(known.startswith(word) for known in _FILE_OPTIONS)
    return text[:2] in _FILE_OPTIONS


def _is_local_path(text: str) -> bool:
    # as in pip: anything with a slash, a dot at the start or the suffix of an archive is a path
    path = text.split(maxsplit=1)[0]
    return "@" not in text and bool("/" in path or path[0] == "." or _ARCHIVE.fullmatch(path))


def _check_local_path(
    target: str, deployed_paths: Collection[str] | None, build: Build
) -> Iterator[Finding]:
    plain = posixpath.normpath(re.sub(r"\[.*\]$", "", target))
    if plain.startswith("/") or deployed_paths is None:
        return  # the image may have it
    below = "" if plain == "." else f"{plain}/"
    projects = (f"{below}pyproject.toml", f"{below}setup.py", f"{below}setup.cfg")
    if not any(path in deployed_paths for path in (plain, *projects)):
        where = "deployed; `git add` it" if build.alone else "copied before; copy it"
        message = f"`{target}` is a local path that is not {where}, or use the name on PyPI"
        yield "requirements-local-path", message, Level.ERROR
    elif build.alone:
        yield "requirements-local-path", _NOT_COPIED_YET, Level.WARNING


def _check_requirement(required: Requirement, build: Build) -> Iterator[Finding]:
    if required.url is not None:
        yield from check_url(required.url, has_secrets=build.has_secrets)
    if required.marker is not None or required.url is not None:
        return  # for some platforms only, or from a URL
    if not build.without_pypi:
        yield from check_name(required)
        yield from check_namesake(required, build.names)
    if not build.has_index:
        yield from check_local_version(required)
    if build.sdk_version:
        yield from check_gradio(required, build.sdk_version)
    if build.zero_gpu:
        yield from check_zero_gpu(required, build.zero_gpu)


def _explain_invalid(text: str) -> str:
    default = "write one requirement per line: `name`, `name==1.2` or `name>=1.2,<2`"
    fix = next((fix for pattern, fix in _FIXES if pattern.match(text)), default)
    return f"invalid requirement `{text[:80]}`; {fix}"
