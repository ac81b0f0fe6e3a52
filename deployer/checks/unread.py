"""Check a Gradio Space whose packages are listed in a file that the Hub does not read.

The Hub installs requirements.txt only: github.com/gradio-app/gradio/issues/12487.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deployer.problem import Level, Problem
from deployer.python_modules import package_of

_LISTS = re.compile(r"\s*(dependencies\s*=|\[tool\.poetry\.dependencies\]|\[packages\])")
# what Gradio, or the Hub beside it, installs
_INSTALLED = frozenset("""
    gradio gradio-client huggingface-hub spaces aiofiles anyio click datasets fastapi filelock fsspec
    ffmpy groovy httpx httpcore idna jinja2 markdown-it-py markupsafe matplotlib mcp numpy orjson
    packaging pandas pillow protobuf pydantic pydub python-dateutil python-multipart pytz pyyaml
    requests rich ruff safehttpx semantic-version starlette tomlkit tqdm typer typing-extensions
    urllib3 uvicorn websockets
    """.split())


def check(path: str, data: bytes, imported: Collection[str]) -> Iterator[Problem]:
    """A warning for packages that this file lists and the app imports, but nothing installs.

    `imported` are the modules that the app imports, by their dotted names.
    """
    packages = {
        str(canonicalize_name(package_of(one) or one.partition(".")[0])) for one in imported
    }
    missing = sorted(packages & (_listed(data) - _INSTALLED))
    if missing:
        message = f"the Hub does not read this file, so {missing[0]}, which the app imports, is not"
        fix = "list it in requirements.txt, e.g. by `uv export --no-hashes -o requirements.txt`"
        message = f"{message} installed; {fix}"
        lines = data.decode("utf-8", "replace").splitlines()
        line = next((number for number, text in enumerate(lines, 1) if _LISTS.match(text)), None)
        yield Problem(path, line, message, Level.WARNING, name="requirements-unread")


def _listed(data: bytes) -> set[str]:
    """The packages that a pyproject.toml or a Pipfile requires, by their canonical names."""
    try:
        content = tomllib.loads(data.decode("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return set()
    project = _table(content, "project").get("dependencies")
    poetry = _table(_table(_table(content, "tool"), "poetry"), "dependencies")
    names = [*poetry, *_table(content, "packages")]
    names += [_name(text) for text in project] if isinstance(project, list) else []
    return {str(canonicalize_name(name)) for name in names if name and name != "python"}


def _table(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _name(text: object) -> str:
    try:
        return Requirement(str(text)).name
    except InvalidRequirement:
        return ""
