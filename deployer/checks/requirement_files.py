"""Which files list the packages of a Space, and which only seem to; imports no parser of them.

https://huggingface.co/docs/hub/spaces-dependencies
"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Collection

from deployer.finding_names import FindingName
from deployer.patterns import lazy
from deployer.problem import Level, Problem

REQUIREMENTS = "requirements.txt"
PRE_REQUIREMENTS = "pre-requirements.txt"
UNREAD = ("pyproject.toml", "Pipfile")  # by the Hub: github.com/gradio-app/gradio/issues/12487
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MISNAMED = lazy(r"requirements?(\.txt)?\.?(text|tx|txt)", re.IGNORECASE)


def decode(data: bytes) -> str:
    """Decode as pip does: by the byte order mark, else as UTF-8, else as Latin-1."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def misnamed(deployed_paths: Collection[str], app_file: str = "app.py") -> list[Problem]:
    """Files that are almost named or placed like requirements.txt; the Hub does not read them."""
    if REQUIREMENTS in deployed_paths:
        return []
    beside_app = posixpath.join(posixpath.dirname(app_file), REQUIREMENTS)
    paths = [path for path in deployed_paths if _MISNAMED.fullmatch(path) or path == beside_app]
    message = f"not installed, since the Hub reads only `{REQUIREMENTS}` in the root; move it there"
    name: FindingName = "requirements-misplaced"
    return [Problem(path, None, message, Level.WARNING, name=name) for path in paths]
