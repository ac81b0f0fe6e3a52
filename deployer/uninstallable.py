"""Requirements that pip can't install in a Space: why not, and what to do.

Each reason is one sentence, `why; what to do`, for the check before a deploy and the diagnosis of a
build log after it.
"""

from __future__ import annotations

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deployer.finding_names import FindingName

# Names that can't be installed, with the message for each.
# https://github.com/scikit-learn/sklearn-pypi-package
_NOT_A_PACKAGE = {
    "sklearn": "`sklearn` is a retired package whose install fails; use `scikit-learn`",
    "python": "`python` is not a package; remove the line: `python_version` in the card, or the "
    "Dockerfile's image, decides",
    "cv2": "package `cv2` not found; use `opencv-python-headless`",
    "opencv": "package `opencv` not found; use `opencv-python-headless`",
    "pil": "package `PIL` not found; use `Pillow`",
    "yaml": "package `yaml` not found; use `PyYAML`",
    "git": "package `git` not found; use `GitPython`",
    "pptx": "package `pptx` not found; use `python-pptx`",
    "dateutil": "package `dateutil` not found; use `python-dateutil`",
    "magic": "package `magic` not found; use `python-magic`",
    "umap": "package `umap` not found; use `umap-learn`",
    "openssl": "package `OpenSSL` not found; use `pyOpenSSL`",
    "mysqldb": "package `MySQLdb` not found; use `mysqlclient`",
    "nacl": "package `nacl` not found; use `PyNaCl`",
    "pyaudioop": "package `pyaudioop` not found; use `audioop-lts`, on Python 3.13 and newer",
    # Ubuntu's pip wrote `pkg-resources==0.0.0` into lists: bugs.launchpad.net/bugs/1635463
    "pkg-resources": "`pkg-resources` is not a package, although some `pip freeze` lists it; "
    "remove the line",
}
# Modules of the standard library for which pip says "Could not find a version that satisfies the
# requirement sqlite3 (from versions: none)", as public build logs show.
_ONLY_STDLIB = frozenset("""
    base64 csv glob json os pickle random re smtplib socket sqlite3 subprocess sys time tkinter
    urllib
    """.split())
# Packages that only another system can install, by their files on PyPI.
_OTHER_SYSTEM = {
    **dict.fromkeys(
        "onnxruntime-directml pypiwin32 pywin32 pywinpty tensorflow-intel twisted-iocpsupport "
        "windows-curses".split(),
        "Windows",
    ),
    **dict.fromkeys(
        "onnxruntime-silicon pyobjc pyobjc-core tensorflow-macos tensorflow-metal".split(), "macOS"
    ),
}
_BUILD_OF_TORCH = re.compile(r"cu\d{2,3}|cpu|rocm[\d.]+|pt\d\w+")


def why_not_installed(required: Requirement) -> tuple[FindingName, str] | None:
    """Why no package of this name can be installed, with the finding's name; None if one may be."""
    name = str(canonicalize_name(required.name))
    if name in _NOT_A_PACKAGE:
        return "requirements-not-found", _NOT_A_PACKAGE[name]
    if required.name in _ONLY_STDLIB:
        message = f"`{required.name}` is part of Python and not on PyPI, so the install fails"
        return "requirements-stdlib", f"{message}; remove the line"
    if (system := _system(name)) is not None:
        marker = "win32" if system == "Windows" else "darwin"
        message = f"`{required.name}` is for {system} only, and a Space runs on Linux; remove the"
        message = f'{message} line, or add `; sys_platform == "{marker}"`'
        return "requirements-platform", message
    return None


def _system(name: str) -> str | None:
    return "macOS" if name.startswith("pyobjc-framework-") else _OTHER_SYSTEM.get(name)


def why_no_such_build(required: Requirement) -> str | None:
    """Why PyPI does not have the build that is pinned, such as `==2.4.0+cu121`."""
    for one in required.specifier:
        version, _, local = one.version.partition("+")
        if one.operator in ("==", "===") and _BUILD_OF_TORCH.fullmatch(local):
            message = f"`{one.version}` is not on PyPI; add a line"
            index = f"`--extra-index-url https://download.pytorch.org/whl/{local}`"
            return f"{message} {index}, or use `{required.name}=={version}`"
    return None
