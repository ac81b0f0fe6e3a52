"""Write the list of Gradio's releases, from the index that pip is configured for.

Run by `make gradio-releases`. The JSON page of a package lists yanked releases, too, which
`pip index versions` does not: https://packaging.python.org/specifications/simple-repository-api/
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from packaging.version import Version

_FILE = Path(__file__).parents[1] / "deployer/card/gradio_releases.txt"
_PAGE = re.compile(r"^Getting page (https?://\S+)$", re.MULTILINE)
_JSON = "application/vnd.pypi.simple.v1+json"


def main() -> None:
    """Replace the list. Exits with a message where the index has no JSON page."""
    versions = sorted(map(Version, _versions(_page_url())))
    series = groupby(versions, lambda version: version.release[:2])
    lines = [" ".join(map(str, same)) for _, same in series]
    _FILE.write_text("\n".join([f"# {datetime.now(UTC):%Y-%m-%d}", *lines, ""]), "utf-8")
    print(f"{_FILE}: {len(versions)} releases, the newest {versions[-1]}")


def _page_url() -> str:
    """The page of Gradio at the index that pip is configured for."""
    command = [sys.executable, "-m", "pip", "-vv", "index", "versions", "gradio", "--no-cache-dir"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    match = _PAGE.search(ran.stdout + ran.stderr)
    return match[1] if match else sys.exit("pip has read no page of an index")


def _versions(url: str) -> list[str]:
    request = urllib.request.Request(url, headers={"Accept": _JSON})
    with urllib.request.urlopen(request, timeout=60) as response:
        page = json.load(response)
    versions: list[str] = page["versions"]
    return versions


if __name__ == "__main__":
    main()
