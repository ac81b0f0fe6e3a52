"""Import names are not package names, and Python removes modules."""

from __future__ import annotations

import sys

import pytest
from packaging.utils import canonicalize_name

from deployer.python_modules import PACKAGES, REMOVED, package_of, removed_module
from deployer.release.diagnosis import diagnose


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("git", "GitPython"),
        ("pptx", "python-pptx"),
        ("whisper", "openai-whisper"),
        ("serial.tools", "pyserial"),
        ("telegram.ext", "python-telegram-bot"),
        ("google.cloud.storage.blob", "google-cloud-storage"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("google", None),
        ("google.cloud", None),
        ("azure", None),
        ("requests", None),
    ],
)
def test_a_module_has_a_package_only_where_that_is_sure(module: str, package: str | None) -> None:
    assert package_of(module) == package


def test_a_table_has_only_what_a_guess_would_miss() -> None:
    plain = {module: package for module, package in PACKAGES.items() if "." not in module}
    same = [one for one, two in plain.items() if canonicalize_name(one) == canonicalize_name(two)]
    assert not same


@pytest.mark.parametrize("module", sorted(REMOVED))
def test_a_removed_module_was_in_python_before(module: str) -> None:
    removed = REMOVED[module]
    here = sys.version_info[:2]
    assert removed.version in ((3, 12), (3, 13)) and removed.instead
    if here < removed.version:
        assert module in sys.stdlib_module_names or module in ("msilib", "nis", "spwd")


def test_what_pydub_imports_is_audioop() -> None:
    found = removed_module("pyaudioop")
    assert found is not None and found[0] == "audioop" and found[1].package == "audioop-lts"
    assert removed_module("json") is None


@pytest.mark.parametrize(
    ("module", "words", "never"),
    [
        ("pyaudioop", ["Python 3.13 removed it", "add audioop-lts", '"3.12"'], "add pyaudioop"),
        ("distutils", ["Python 3.12 removed it", "add setuptools", '"3.11"'], "add distutils"),
        ("imghdr", ["Python 3.13 removed it", "PIL or filetype"], "add imghdr"),
        ("lib2to3", ["Python 3.13 removed it", "LibCST"], "to requirements.txt"),
        ("pkg_resources", ["setuptools 82 removed it", "`setuptools<82`"], "add pkg_resources"),
        ("google", ["many packages share"], "add google "),
        ("azure.identity", ["add azure-identity"], "the installed azure"),
        ("google.cloud", ["many packages share"], "the installed google"),
        ("ruamel.yaml", ["add ruamel.yaml"], "the installed ruamel"),
        ("whisper", ["add openai-whisper"], "add whisper"),
    ],
)
def test_a_missing_module_gets_advice_that_helps(module: str, words: list[str], never: str) -> None:
    found = diagnose([f"ModuleNotFoundError: No module named '{module}'"])
    assert found is not None
    text = f"{found.message}; {found.fix}"
    assert not [word for word in words if word not in text], text
    assert never not in text


def test_a_package_that_needs_a_removed_module_to_be_built_is_not_at_fault_itself() -> None:
    found = diagnose(["      ModuleNotFoundError: No module named 'pkg_resources'"])
    assert found is not None and "newer version" in found.fix
    found = diagnose(["      ModuleNotFoundError: No module named 'distutils'"])
    assert found is not None and "Python 3.12 removed it" in found.message
