"""No file names a path of one machine or a package registry."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.conftest import ROOT

_REGISTRIES = (".".join(("pypi", "org")), ".".join(("pythonhosted", "org")), "npmjs" + ".org")
_FOLDERS = [folder for folder in (ROOT, Path.home()) if folder != Path("/")]
_MACHINE = re.compile(rf"(?<![\w.~-])(?:{'|'.join(re.escape(str(at)) for at in _FOLDERS)})/")


def _texts() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return {name: (ROOT / name).read_bytes().decode("utf-8", "replace") for name in names}


def test_no_file_names_a_package_registry() -> None:
    found = {name: host for name, text in _texts().items() for host in _REGISTRIES if host in text}
    assert found == {}


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {name: seen[0] for name, text in _texts().items() if (seen := _MACHINE.search(text))}
    assert found == {}
