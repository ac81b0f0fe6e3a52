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
    "cv2": "no package is named `cv2`: write `opencv-python-headless`",
    "opencv": "no package is named `opencv`: write `opencv-python-headless`",
    "pil": "no package is named `PIL`: write `Pillow`",
    "yaml": "no package is named `yaml`: write `PyYAML`",
}
# Parts of Python of whose names pip says "Could not find a version that satisfies the requirement
# sqlite3 (from versions: none)", as public build logs show.
_PART_ONLY = frozenset("""
    base64 csv glob json os pickle random re smtplib socket sqlite3 subprocess sys time tkinter urllib
    """.split())
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
_MISNAMED = re.compile(r"requirements?(\.txt)?\.?(text|tx|txt)", re.IGNORECASE)
_NAMES_FILE = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?<=-[rc]))(?P<path>\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=|(?<=-e))(?P<path>.+)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|file:")
# https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options
_OF_A_FILE = frozenset("""
    -i --index-url --pypi-url --extra-index-url --no-index -c --constraint -r --requirement -e
    --editable -f --find-links --no-binary --only-binary --prefer-binary --require-hashes --pre
    --all-releases --only-final --trusted-host --use-feature -Z --always-unzip --build-constraint
    """.split())
_OF_A_LINE = (
    "--hash",
    "--config-setting",
    "--config-settings",
    "--global-option",
    "--install-option",
)
_PAGE = re.compile(r"https?://(?:www\.)?(?:github|gitlab)\.com/[^/]+/[^/]+?(?:\.git)?/?(?:@.*)?")
_ON_DISK = re.compile(r"[A-Za-z]:[\\/]|.*@\s*file://(?!/home/user/app/|/app/)")
# What a line looks like that pip can't read, and what to write; the first that fits counts.
_WRONG = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"[\w.-]+=[\w.*]+=\w+", "this is of conda: write `name==version`"),
        (r"[\w.-]+(\[.*\])?\s*=\s*[\w.*]+", "one version is named with `==`"),
        (r"[^=]*=>|[^=]*=<", "write `>=` or `<=`"),
        (r"[\w.-]+\s*\^", "`^` is of Poetry: write `>=1.2,<2`"),
        (r".*==\s*latest", "leave the version out for the latest"),
        (r"!?(pip3?|conda|uv|python3? -m pip)\s", "write the package's name, not the command"),
        (r"(import|from)\s", "write the package's name, not the Python line"),
        (r"['\"“‘]", "take the quotes away"),
        (r"[<=>]{7}", "a merge conflict was left here"),
        (r"git\s|git\+git@", "write `git+https://...`"),
        (r".*[\u200b\ufeff]", "there is an invisible letter in it: type it anew"),
    )
)
_ARCHIVE = re.compile(r".*\.(whl|zip|tar\.(gz|bz2|xz)|tgz|egg)", re.IGNORECASE)
# https://www.debian.org/doc/debian-policy/ch-controlfields.html#source; then what apt-get takes
_DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.*-]+(:[a-z0-9-]+)?([=/][^=\s]\S*)?")

_COMMANDS = ("sudo", "apt", "apt-get", "pip", "RUN")
# https://packages.debian.org/bookworm/libgl1-mesa-glx was the last
_GONE = {"libgl1-mesa-glx": "libgl1"}


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
        if words[:1] and words[0] in _COMMANDS and "install" in words:
            said = "names of Debian packages stand here, one a line, and no command"
            found.append(Problem(PACKAGES, number, said))
            continue
        if words and words[0].startswith("#"):
            said = "apt-get gets this comment as names of packages: take it out"
            found.append(Problem(PACKAGES, number, said, Level.WARNING))
            continue
        wrong = [word for word in words if not _is_debian(word)]
        if wrong:
            said = f"{wrong[0]!r} is no name of a Debian package"
            found.append(Problem(PACKAGES, number, f"{said}; one name a line, in small letters"))
        elif gone := next((word for word in words if word in _GONE), None):
            said = f"Debian 13, which newer images have, has no {gone!r} any more"
            mend = f"write {_GONE[gone]!r}"
            found.append(Problem(PACKAGES, number, f"{said}: {mend}", Level.WARNING))
        elif words and line.endswith("\r"):
            said = "this line ends as on Windows, and apt-get takes the CR for a part of the name"
            found.append(Problem(PACKAGES, number, said, Level.WARNING))
    return found


def names(data: bytes) -> set[str]:
    """The packages that a requirements file names, in their canonical form."""
    required = (_requirement(_parts(line.text)[0]) for line in _lines(_decoded(data)))
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
    bare, behind = _parts(text)
    required = _requirement(bare)
    if not bare:
        return
    if _ON_DISK.match(bare):
        said = f"`{bare[:80]}` is a file of the machine where this list was made"
        yield f"{said}: write `name==version`", Level.ERROR
    elif _PAGE.fullmatch(bare):
        yield f"`{bare[:80]}` is a page, no package: write `git+{bare[:80]}`", Level.ERROR
    elif _ADDRESS.match(bare):
        return  # `git+https://...`: for pip to say
    elif _is_local(bare):
        yield from _local(bare.split(maxsplit=1)[0], shipped)
    elif required is not None:
        yield from _options(behind)
        yield from _named(required, sdk_version)
    else:
        yield _why_invalid(bare), Level.ERROR


def _parts(text: str) -> tuple[str, str]:
    """A requirement, which may end with an empty marker, and the options behind it."""
    bare = _OPTIONS.sub("", text)
    return bare.rstrip("; \t"), text[len(bare) :]


def _options(text: str) -> Iterator[tuple[str, Level]]:
    option = re.match(r"\s*(--?[\w-]+)", text)
    if option is None or option[1] in _OF_A_LINE:
        return
    said = f"`{option[1]}` behind a requirement"
    if _is_option(option[1]):
        yield f"pip does not heed {said}: put it on a line of its own", Level.WARNING
    else:
        yield f"pip takes no {said}: take it out", Level.ERROR


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _option(text: str, shipped: Collection[str], path: str) -> Iterator[tuple[str, Level]]:
    if text.startswith("- "):
        yield "pip passes over a line that starts with a dash: take the dash away", Level.WARNING
    elif not _is_option(text):
        word = text.split()[0]
        said = f"pip knows no `{word}` in a requirements file"
        yield f"{said}: write each package's name alone on its line", Level.ERROR
    elif editable := _EDITABLE.fullmatch(text):
        target = editable["path"].strip()
        if not _ADDRESS.match(target):
            yield from _local(target, shipped)
    elif (other := _NAMES_FILE.fullmatch(text)) and not _ADDRESS.match(other["path"]):
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), other["path"]))
        if wanted not in shipped:
            yield f"`{wanted}` would not ship, and pip could not read it", Level.ERROR
        else:
            yield _ALONE, Level.WARNING


def _is_option(text: str) -> bool:
    """Whether a line starts with an option of pip's; one letter may be followed by its value."""
    word = re.split(r"[\s=]", text, maxsplit=1)[0]
    if word.startswith("--"):  # pip takes the beginning of an option for it
        return len(word) > 3 and any(known.startswith(word) for known in _OF_A_FILE)
    return text[:2] in _OF_A_FILE


def _is_local(text: str) -> bool:
    # as pip: what has a slash, starts with a dot or is an archive is a path
    path = text.split(maxsplit=1)[0]
    return "@" not in text and bool("/" in path or path[0] == "." or _ARCHIVE.fullmatch(path))


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
    elif required.name in _PART_ONLY:
        said = f"`{required.name}` is a part of Python, and no package has that name"
        yield f"{said}, so the install fails: take the line out", Level.ERROR
    elif required.name in sys.stdlib_module_names:
        said = f"`{required.name}` is a part of Python already"
        other = "the package of that name is another, often old one whose install may fail"
        yield f"{said}, and {other}: take the line out", Level.WARNING
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
    usual = "one requirement a line, like `name`, `name==1.2` or `name>=1.2,<2`"
    mend = next((said for pattern, said in _WRONG if pattern.match(text)), usual)
    return f"pip can't read `{text[:80]}`: {mend}"


def misnamed(shipped: Collection[str], app_file: str = "app.py") -> list[Problem]:
    """A file that is only close to requirements.txt, by its name or its folder: it is not read."""
    if REQUIREMENTS in shipped:
        return []
    beside = posixpath.join(posixpath.dirname(app_file), REQUIREMENTS)
    meant = [path for path in shipped if _MISNAMED.fullmatch(path) or path == beside]
    said = f"the Hub reads only `{REQUIREMENTS}` at the top, so nothing of this is installed"
    return [Problem(path, None, f"{said}: move it there", Level.WARNING) for path in meant]


def _is_debian(word: str) -> bool:
    return (word.startswith("-") and word != "-") or _DEBIAN.fullmatch(word) is not None
