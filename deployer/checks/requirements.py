"""Check what a Gradio Space installs: requirements.txt, pre-requirements.txt, packages.txt.

https://huggingface.co/docs/hub/spaces-dependencies; the format of the first two is pip's:
https://pip.pypa.io/en/stable/reference/requirements-file-format/. The Hub installs requirements.txt
together with the Gradio version of the card, so the two must agree.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from deployer.problem import Level, Problem

REQUIREMENTS = "requirements.txt"
PRE_REQUIREMENTS = "pre-requirements.txt"
PACKAGES = "packages.txt"

# Names that can't be installed, with the message for each.
# https://github.com/scikit-learn/sklearn-pypi-package
_NOT_A_PACKAGE = {
    "sklearn": "`sklearn` is a retired package whose install fails; use `scikit-learn`",
    "python": "`python` is not a package; set `python_version` in the card",
    "cv2": "package `cv2` not found; use `opencv-python-headless`",
    "opencv": "package `opencv` not found; use `opencv-python-headless`",
    "pil": "package `PIL` not found; use `Pillow`",
    "yaml": "package `yaml` not found; use `PyYAML`",
}
# Modules of the standard library for which pip says "Could not find a version that satisfies the
# requirement sqlite3 (from versions: none)", as public build logs show.
_ONLY_STDLIB = frozenset("""
    base64 csv glob json os pickle random re smtplib socket sqlite3 subprocess sys time tkinter
    urllib
    """.split())
# Build logs show `RUN --mount=target=requirements.txt,source=requirements.txt pip install ...` with
# the files copied later: github.com/gradio-app/gradio/pull/7376 and
# github.com/zlin0/wedefense/issues/93
_NOT_COPIED_YET = (
    "the Hub installs from this file alone, before it copies the others, so pip may not find this "
    "one; list its requirements here"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMENT = re.compile(r"(^|\s+)#.*$")
_OPTIONS = re.compile(r"\s+--?[A-Za-z].*$")  # `--hash=...` after a requirement
_MISNAMED = re.compile(r"requirements?(\.txt)?\.?(text|tx|txt)", re.IGNORECASE)
_FILE_OPTION = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc]))(?P<path>\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=|(?<=-e))(?P<path>.+)")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|file:")
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
_REPOSITORY_PAGE = re.compile(
    r"https?://(?:www\.)?(?:github|gitlab)\.com/[^/]+/[^/]+?(?:\.git)?/?(?:@.*)?"
)
_LOCAL_FILE = re.compile(r"[A-Za-z]:[\\/]|.*@\s*file://(?!/home/user/app/|/app/)")
# Patterns of lines that pip can't parse, each with its fix; the first that matches counts.
_FIXES = tuple(
    (re.compile(pattern), fix)
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
_ARCHIVE = re.compile(r".*\.(whl|zip|tar\.(gz|bz2|xz)|tgz|egg)", re.IGNORECASE)
# https://www.debian.org/doc/debian-policy/ch-controlfields.html#source, with apt-get's suffixes
_DEBIAN_NAME = re.compile(r"[a-z0-9][a-z0-9+.*-]+(:[a-z0-9-]+)?([=/][^=\s]\S*)?")

_COMMANDS = ("sudo", "apt", "apt-get", "pip", "RUN")
# https://packages.debian.org/bookworm/libgl1-mesa-glx was the last
_REMOVED = {"libgl1-mesa-glx": "libgl1"}


@dataclass(frozen=True, slots=True)
class _Line:
    """One logical line: the number of its first line, from 1, and its text without comment."""

    number: int
    text: str


def check(
    data: bytes,
    deployed_paths: Collection[str],
    *,
    path: str = REQUIREMENTS,
    sdk_version: str | None = None,
) -> list[Problem]:
    """What pip rejects in a requirements file, and conflicts with the card's `sdk_version`."""
    text = _decoded(data)
    if "\0" in text:
        return [Problem(path, 1, "not a text file; save it as UTF-8")]
    found: list[Problem] = []
    for line in _lines(text):
        for message, level in _check_line(line.text, deployed_paths, path, sdk_version):
            found.append(Problem(path, line.number, message, level))
    return found


def check_packages(data: bytes) -> list[Problem]:
    """What makes `xargs apt-get install -y < packages.txt` fail."""
    found: list[Problem] = []
    for number, line in enumerate(_decoded(data).split("\n"), 1):
        words = line.removesuffix("\r").split()
        if words[:1] and words[0] in _COMMANDS and "install" in words:
            message = "a command; write only the names of Debian packages, one per line"
            found.append(Problem(PACKAGES, number, message))
            continue
        if words and words[0].startswith("#"):
            message = "a comment, which apt-get reads as package names; remove it"
            found.append(Problem(PACKAGES, number, message, Level.WARNING))
            continue
        invalid = [word for word in words if not _is_debian_name(word)]
        if invalid:
            message = f"invalid Debian package name {invalid[0]!r}"
            found.append(Problem(PACKAGES, number, f"{message}; one lower-case name per line"))
        elif removed := next((word for word in words if word in _REMOVED), None):
            message = f"Debian 13, on which newer images are based, removed {removed!r}"
            fix = f"use {_REMOVED[removed]!r}"
            found.append(Problem(PACKAGES, number, f"{message}; {fix}", Level.WARNING))
        elif words and line.endswith("\r"):
            message = (
                "Windows line ending; apt-get reads the CR as part of the name, so save with LF"
            )
            found.append(Problem(PACKAGES, number, message, Level.WARNING))
    return found


def names(data: bytes) -> set[str]:
    """The canonical names of the packages in a requirements file."""
    required = (_requirement(_split_options(line.text)[0]) for line in _lines(_decoded(data)))
    return {str(canonicalize_name(one.name)) for one in required if one is not None}


def _decoded(data: bytes) -> str:
    """Decode as pip does: by the byte order mark, else as UTF-8, else as Latin-1."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


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
    text: str, deployed_paths: Collection[str], path: str, sdk_version: str | None
) -> Iterator[tuple[str, Level]]:
    if text.startswith("-"):
        yield from _check_option(text, deployed_paths, path)
        return
    bare, options = _split_options(text)
    required = _requirement(bare)
    if not bare:
        return
    if _LOCAL_FILE.match(bare):
        message = f"`{bare[:80]}` is a file on the computer where this list was made"
        yield f"{message}; use `name==version`", Level.ERROR
    elif _REPOSITORY_PAGE.fullmatch(bare):
        yield f"`{bare[:80]}` is a web page, not a package; use `git+{bare[:80]}`", Level.ERROR
    elif _URL.match(bare):
        return  # `git+https://...`: left to pip
    elif _is_local_path(bare):
        yield from _check_local_path(bare.split(maxsplit=1)[0], deployed_paths)
    elif required is not None:
        yield from _check_line_option(options)
        yield from _check_requirement(required, sdk_version)
    else:
        yield _explain_invalid(bare), Level.ERROR


def _split_options(text: str) -> tuple[str, str]:
    """A requirement, without an empty marker at its end, and the options after it."""
    bare = _OPTIONS.sub("", text)
    return bare.rstrip("; \t"), text[len(bare) :]


def _check_line_option(text: str) -> Iterator[tuple[str, Level]]:
    option = re.match(r"\s*(--?[\w-]+)", text)
    if option is None or option[1] in _LINE_OPTIONS:
        return
    if _is_file_option(option[1]):
        message = f"pip ignores `{option[1]}` after a requirement"
        yield f"{message}; move it to a line of its own", Level.WARNING
    else:
        yield f"pip rejects `{option[1]}` after a requirement; remove it", Level.ERROR


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _check_option(
    text: str, deployed_paths: Collection[str], path: str
) -> Iterator[tuple[str, Level]]:
    if text.startswith("- "):
        yield "pip ignores a line that starts with a dash; remove the dash", Level.WARNING
    elif not _is_file_option(text):
        word = text.split()[0]
        message = f"unknown option `{word}` for a requirements file"
        yield f"{message}; write only package names, one per line", Level.ERROR
    elif editable := _EDITABLE.fullmatch(text):
        target = editable["path"].strip()
        if not _URL.match(target):
            yield from _check_local_path(target, deployed_paths)
    elif (other := _FILE_OPTION.fullmatch(text)) and not _URL.match(other["path"]):
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), other["path"]))
        if wanted not in deployed_paths:
            yield f"`{wanted}` is not deployed, so pip can't read it; `git add` it", Level.ERROR
        else:
            yield _NOT_COPIED_YET, Level.WARNING


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


def _check_local_path(target: str, deployed_paths: Collection[str]) -> Iterator[tuple[str, Level]]:
    plain = posixpath.normpath(re.sub(r"\[.*\]$", "", target))
    if plain.startswith("/"):
        return  # the image may have it
    below = "" if plain == "." else f"{plain}/"
    projects = (f"{below}pyproject.toml", f"{below}setup.py", f"{below}setup.cfg")
    if any(path in deployed_paths for path in (plain, *projects)):
        yield _NOT_COPIED_YET, Level.WARNING
    else:
        message = f"`{target}` is a local path that is not deployed"
        yield f"{message}; `git add` it, or use the name on PyPI", Level.ERROR


def _check_requirement(
    required: Requirement, sdk_version: str | None
) -> Iterator[tuple[str, Level]]:
    name = str(canonicalize_name(required.name))
    if required.marker is not None or required.url is not None:
        return  # for some platforms only, or from a URL
    if name in _NOT_A_PACKAGE:
        yield _NOT_A_PACKAGE[name], Level.ERROR
    elif required.name in _ONLY_STDLIB:
        message = f"`{required.name}` is part of Python and not on PyPI, so the install fails"
        yield f"{message}; remove the line", Level.ERROR
    elif required.name in sys.stdlib_module_names:
        message = (
            f"`{required.name}` is part of Python; the PyPI package of that name is another one"
        )
        yield f"{message}, often old, whose install may fail; remove the line", Level.WARNING
    elif name == "gradio" and sdk_version and _excludes(required, sdk_version):
        yield (
            f"`gradio{required.specifier}` conflicts with the card's `sdk_version` {sdk_version}; "
            'the Hub installs both together, so the build fails (with "cache miss" as its reason); '
            "make them equal, or remove this line"
        ), Level.ERROR


def _excludes(required: Requirement, version: str) -> bool:
    try:
        return not required.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False  # reported for the card


def _explain_invalid(text: str) -> str:
    default = "write one requirement per line: `name`, `name==1.2` or `name>=1.2,<2`"
    fix = next((fix for pattern, fix in _FIXES if pattern.match(text)), default)
    return f"invalid requirement `{text[:80]}`; {fix}"


def misnamed(deployed_paths: Collection[str], app_file: str = "app.py") -> list[Problem]:
    """Files that are almost named or placed like requirements.txt; the Hub does not read them."""
    if REQUIREMENTS in deployed_paths:
        return []
    beside_app = posixpath.join(posixpath.dirname(app_file), REQUIREMENTS)
    paths = [path for path in deployed_paths if _MISNAMED.fullmatch(path) or path == beside_app]
    message = f"not installed, since the Hub reads only `{REQUIREMENTS}` in the root; move it there"
    return [Problem(path, None, message, Level.WARNING) for path in paths]


def _is_debian_name(word: str) -> bool:
    return (word.startswith("-") and word != "-") or _DEBIAN_NAME.fullmatch(word) is not None
