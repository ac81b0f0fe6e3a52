"""No file tells of the machine that it was written on."""

from __future__ import annotations

import re
import subprocess

from tests.conftest import ROOT

_REGISTRIES = (".".join(("pypi", "org")), ".".join(("pythonhosted", "org")), "npmjs" + ".org")
_MACHINE = re.compile(r"(?<![\w./~-])/(?:work|root|opt)/\w|/tmp/\w+/bin")


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
