"""The set that the action installs: complete, exact, and the same for every machine."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

_LOCK = (ROOT / "deployer/requirements.lock").read_text(encoding="utf-8")
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_ENTRY = re.compile(
    r"^(?P<pin>[A-Za-z][^\\\n]*?) *(?P<hashes>(?:\\\n +--hash=\S+ *)+)$", re.MULTILINE
)
_WANTED = [Requirement(text) for text in _PROJECT["dependencies"]]
_MACHINES = [
    {"sys_platform": platform, "platform_machine": machine, "python_version": python}
    for platform, machine in (
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "arm64"),
        ("win32", "AMD64"),
    )
    for python in ("3.11", "3.12", "3.13", "3.14")
]


def _pins() -> dict[str, Requirement]:
    found = [Requirement(entry["pin"]) for entry in _ENTRY.finditer(_LOCK)]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def test_every_line_is_a_pin_with_its_hashes() -> None:
    rest = re.sub(r"^ *#.*\n", "", _LOCK, flags=re.MULTILINE)
    rest = _ENTRY.sub("", rest)
    assert rest.strip() == ""
    for entry in _ENTRY.finditer(_LOCK):
        assert re.search(r"==\d", entry["pin"])
        hashes = re.findall(r"--hash=(\S+)", entry["hashes"])
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", found) for found in hashes)


@pytest.mark.parametrize("wanted", _WANTED, ids=lambda wanted: wanted.name)
def test_each_dependency_is_locked_at_a_version_that_the_project_allows(
    wanted: Requirement,
) -> None:
    pin = _pins()[canonicalize_name(wanted.name)]
    [exact] = pin.specifier
    assert wanted.specifier.contains(exact.version)
    assert pin.marker is None


@pytest.mark.parametrize("machine", _MACHINES, ids=lambda machine: "-".join(machine.values()))
def test_the_same_set_is_for_every_machine_that_runs_it(machine: dict[str, str]) -> None:
    full = {**machine, "python_full_version": f"{machine['python_version']}.0"}
    excluded = {
        name for name, pin in _pins().items() if pin.marker and not pin.marker.evaluate(full)
    }
    only_windows = {"colorama"} if machine["sys_platform"] != "win32" else set()
    assert excluded - {"httpx2-jsfetch"} == only_windows


def test_the_range_of_pythons_is_the_one_that_the_action_takes() -> None:
    script = (ROOT / "action/install.sh").read_text(encoding="utf-8")
    classified = re.findall(r"Python :: 3\.(\d+)", " ".join(_PROJECT["classifiers"]))
    first, last = min(map(int, classified)), max(map(int, classified))
    assert _PROJECT["requires-python"] == f">=3.{first}"
    assert f"(3, {first}) <= sys.version_info[:2] <= (3, {last})" in script
    assert f">=3.{first},<3.{last + 1}" in script
    assert f"Python 3.{first} to 3.{last}" in script
