"""What a Gradio Space installs: requirements.txt, pre-requirements.txt, packages.txt.

https://huggingface.co/docs/hub/spaces-dependencies; the format of the first two is pip's:
https://pip.pypa.io/en/stable/reference/requirements-file-format/. The Hub installs requirements.txt
in one go with the Gradio that the card names, so the two must agree.
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

# Names that install nothing, and what to write.
# https://github.com/scikit-learn/sklearn-pypi-package
_NO_PACKAGE = {
    "sklearn": "`sklearn` is no package any more and its install fails: write `scikit-learn`",
    "python": "Python itself is no package: set `python_version` in the card",
    "os": "`os` is a part of Python, and no package has that name: take the line out",
    "sys": "`sys` is a part of Python, and no package has that name: take the line out",
}
# Build logs show `RUN --mount=target=requirements.txt,source=requirements.txt pip install ...` with
# the files copied later: github.com/gradio-app/gradio/pull/7376 and
# github.com/zlin0/wedefense/issues/93
_ALONE = (
    "the Hub installs from this file alone, before the others are copied, so pip may not find "
    "what this names: write the requirements out here"
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
_NAMES_FILE = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc]))(?P<path>\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=|(?<=-e))(?P<path>.+)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ARCHIVE = re.compile(r".*\.(whl|zip|tar\.(gz|bz2|xz)|tgz|egg)", re.IGNORECASE)
# https://www.debian.org/doc/debian-policy/ch-controlfields.html#source; then what apt-get takes
_DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.*-]+(:[a-z0-9-]+)?([=/][^=\s]\S*)?")


@dataclass(frozen=True, slots=True)
class _Line:
    """One logical line: where it starts, from 1, and its text without comment."""

    number: int
    text: str


def check(
    data: bytes,
    shipped: Collection[str],
    *,
    path: str = REQUIREMENTS,
    sdk_version: str | None = None,
) -> list[Problem]:
    """What pip would refuse in a requirements file, and what disagrees with the card's Gradio."""
    text = _decoded(data)
    if "\0" in text:
        return [Problem(path, 1, "this is no text; save it as UTF-8")]
    found: list[Problem] = []
    for line in _lines(text):
        for message, level in _line(line.text, shipped, path, sdk_version):
            found.append(Problem(path, line.number, message, level))
    return found


def check_packages(data: bytes) -> list[Problem]:
    """What `xargs apt-get install -y < packages.txt` would stumble over."""
    found: list[Problem] = []
    for number, line in enumerate(_decoded(data).split("\n"), 1):
        words = line.removesuffix("\r").split()
        if words and words[0].startswith("#"):
            said = "apt-get gets this comment as names of packages: take it out"
            found.append(Problem(PACKAGES, number, said, Level.WARNING))
            continue
        wrong = [word for word in words if not _is_debian(word)]
        if wrong:
            said = f"{wrong[0]!r} is no name of a Debian package"
            found.append(Problem(PACKAGES, number, f"{said}; one name a line, in small letters"))
        elif words and line.endswith("\r"):
            said = "this line ends as on Windows, and apt-get takes the CR for a part of the name"
            found.append(Problem(PACKAGES, number, said, Level.WARNING))
    return found


def names(data: bytes) -> set[str]:
    """The packages that a requirements file names, in their canonical form."""
    required = (_requirement(_OPTIONS.sub("", line.text)) for line in _lines(_decoded(data)))
    return {str(canonicalize_name(one.name)) for one in required if one is not None}


def _decoded(data: bytes) -> str:
    """As pip reads it: by its byte order mark, else UTF-8, else one byte a letter."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _lines(text: str) -> Iterator[_Line]:
    """The logical lines, as pip joins them: a backslash at the end goes on, a comment does not."""
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


def _line(
    text: str, shipped: Collection[str], path: str, sdk_version: str | None
) -> Iterator[tuple[str, Level]]:
    if text.startswith("-"):
        yield from _option(text, shipped, path)
        return
    bare = _OPTIONS.sub("", text)
    required = _requirement(bare)
    if _ADDRESS.match(bare):
        return  # `git+https://...`: for pip to say
    if _is_local(bare):
        yield from _local(bare, shipped)
    elif required is not None:
        yield from _named(required, sdk_version)
    else:
        yield _why_invalid(bare), Level.ERROR


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _option(text: str, shipped: Collection[str], path: str) -> Iterator[tuple[str, Level]]:
    if editable := _EDITABLE.fullmatch(text):
        target = editable["path"].strip()
        if not _ADDRESS.match(target):
            yield from _local(target, shipped)
    elif (other := _NAMES_FILE.fullmatch(text)) and not _ADDRESS.match(other["path"]):
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), other["path"]))
        if wanted not in shipped:
            yield f"`{wanted}` would not ship, and pip could not read it", Level.ERROR
        else:
            yield _ALONE, Level.WARNING


def _is_local(text: str) -> bool:
    # as pip: what has a slash, starts with a dot or is an archive is a path
    return "@" not in text and bool("/" in text or text.startswith(".") or _ARCHIVE.fullmatch(text))


def _local(target: str, shipped: Collection[str]) -> Iterator[tuple[str, Level]]:
    plain = posixpath.normpath(re.sub(r"\[.*\]$", "", target))
    if plain.startswith("/"):
        return  # the image may have it
    below = "" if plain == "." else f"{plain}/"
    projects = (f"{below}pyproject.toml", f"{below}setup.py", f"{below}setup.cfg")
    if any(path in shipped for path in (plain, *projects)):
        yield _ALONE, Level.WARNING
    else:
        yield f"`{target}` is a path on this machine that would not ship", Level.ERROR


def _named(required: Requirement, sdk_version: str | None) -> Iterator[tuple[str, Level]]:
    name = str(canonicalize_name(required.name))
    if required.marker is not None or required.url is not None:
        return  # only for some machines, or somebody's own
    if name in _NO_PACKAGE:
        yield _NO_PACKAGE[name], Level.ERROR
    elif required.name.lower() in sys.stdlib_module_names:
        said = f"`{required.name}` is a part of Python already"
        yield f"{said}: an install of it fails or hides the real one; take it out", Level.WARNING
    elif name == "gradio" and sdk_version and _excludes(required, sdk_version):
        yield (
            f"this asks for `gradio{required.specifier}` and the card's `sdk_version` is "
            f'{sdk_version}: the Hub installs both at once, so the build fails (with "cache miss" '
            "as its reason); make them equal, or take this line out"
        ), Level.ERROR


def _excludes(required: Requirement, version: str) -> bool:
    try:
        return not required.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False  # the card's own problem


def _why_invalid(text: str) -> str:
    said = f"pip can't read `{text[:80]}`"
    if re.fullmatch(r"[\w.-]+(\[.*\])?\s*=\s*[\w.*]+", text):
        return f"{said}: one version is named with `==`"
    if re.match(r"(pip|conda|uv)\s", text):
        return f"{said}: write the package's name, not the command"
    if re.match(r"(import|from)\s", text):
        return f"{said}: write the package's name, not the Python line"
    if text[:1] in "'\"":
        return f"{said}: take the quotes away"
    if re.match(r"[<=>]{7}", text):
        return f"{said}: a merge conflict was left here"
    return f"{said}: one requirement a line, like `name`, `name==1.2` or `name>=1.2,<2`"


def _is_debian(word: str) -> bool:
    return word.startswith("-") or _DEBIAN.fullmatch(word) is not None
