"""The Python that a Space starts with: parsed, never run."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.checks.python import check
from deployer.problem import Level, Problem

CURRENT = (sys.version_info[0], sys.version_info[1])
BAD = "x = 1\nif x\n    pass\n"


def found_in(
    sources: dict[str, str | bytes], app_file: str = "app.py", **how: object
) -> list[Problem]:
    """The findings in these sources, by default for the Python that runs the tests."""
    held = {
        path: text.encode() if isinstance(text, str) else text for path, text in sources.items()
    }
    options = {"python": CURRENT, **how}
    return check(app_file, held, held.__getitem__, **options)  # type: ignore[arg-type]


def places(found: list[Problem]) -> list[tuple[str | None, int | None]]:
    """Where the problems are."""
    return [(one.path, one.line) for one in found]


def test_valid_python_has_no_findings() -> None:
    assert not found_in({"app.py": "import gradio as gr\nfrom os import path\ngr.x = path\n"})
    assert not found_in({"app.py": ""})
    assert not found_in({"app.py": "# coding: latin-1\nx = 'é'\n".encode("latin-1")})
    assert not found_in({"app.py": b"\xef\xbb\xbfx = 1\n"})
    assert not found_in({"app.py": "x = '\\d'\nassert (x, 1)\n"})  # worth a warning to others


@pytest.mark.parametrize(
    ("source", "version", "level"),
    [
        ("import imghdr", (3, 13), Level.ERROR),
        ("from imp import reload", (3, 12), Level.ERROR),
        ("import telnetlib as t, os", (3, 14), Level.ERROR),
        ("from distutils.util import strtobool", (3, 12), Level.WARNING),
        ("import cgi", None, Level.WARNING),
        ("import imghdr", (3, 12), None),
        ("import distutils.version", (3, 11), None),
        ("try:\n    import imghdr\nexcept ImportError:\n    pass", (3, 13), None),
        ("def f():\n    import imghdr", (3, 13), None),
        ("import pyaudioop", (3, 13), None),
    ],
)
def test_a_module_that_the_spaces_python_removed_is_reported(
    source: str, version: tuple[int, int] | None, level: Level | None
) -> None:
    found = found_in({"app.py": source}, python=version)
    assert [(one.name, one.level) for one in found] == [("python-removed-module", level)] * (
        level is not None
    )


def test_a_module_that_a_package_or_the_space_has_is_not_missing() -> None:
    source = {"app.py": "import audioop\nimport distutils\nimport imghdr\n"}
    required = ["audioop-lts", "setuptools", "standard-imghdr"]
    assert not found_in(source, python=(3, 13), required=required)
    assert len(found_in(source, python=(3, 13), required=[])) == 3
    assert len(found_in({**source, "imghdr.py": ""}, python=(3, 13))) == 2
    assert not found_in(source, python=None, default=None)


def test_modules_may_be_in_another_folder_than_the_started_file() -> None:
    source = {"src/app/main.py": "from app import x\nfrom . import y\n", "src/app/x.py": "x = = 1"}
    (found,) = found_in(source, "src/app/main.py", folder="src")
    assert (found.path, found.name) == ("src/app/x.py", "python-syntax")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (BAD, 2),
        ("def f():\nreturn 1\n", 2),
        ("x = (\n", 1),
        ("print 'x'\n", 1),
        ("if 1:\n\tx = 1\n        y = 2\n", 3),
        ("<<<<<<< HEAD\n", 1),
        ("x = 1\nreturn x\n", 2),
        (b"x = '\xe9'\n", None),
        (b"# coding: klingon\n", None),
        (b"x = 1\0\n", None),
    ],
)
def test_an_error_is_reported_at_its_line(source: str | bytes, line: int | None) -> None:
    (found,) = found_in({"app.py": source})
    assert found.path == "app.py" and found.level is Level.ERROR
    assert found.message.startswith("Python can't parse this: ")
    assert line is None or found.line == line


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("import helper", "helper.py"),
        ("import os, helper as h", "helper.py"),
        ("from helper import x", "helper.py"),
        ("import pkg", "pkg/__init__.py"),
        ("import pkg.mod", "pkg/__init__.py"),
        ("import pkg.sub.mod", "pkg/sub/mod.py"),
        ("from pkg import mod", "pkg/mod.py"),
        ("from pkg.sub import mod", "pkg/sub/mod.py"),
        ("def f():\n    import helper", "helper.py"),
        ("try:\n    import helper\nexcept ImportError: pass", "helper.py"),
    ],
)
def test_modules_of_the_space_are_read(source: str, path: str) -> None:
    assert places(found_in({"app.py": source, path: BAD})) == [(path, 2)]
    assert not found_in({"app.py": source, path: "x = 1"})


def test_imports_are_followed_and_relative_ones_are_known() -> None:
    sources: dict[str, str | bytes] = {
        "app.py": "import pkg.a\n",
        "pkg/__init__.py": "from . import b\n",
        "pkg/a.py": "from .sub.c import x\nfrom .... import far\nimport app\n",
        "pkg/b.py": BAD,
        "pkg/sub/c.py": "from ..d import y\nfrom .. import e\n",
        "pkg/d.py": BAD,
        "pkg/e.py": BAD,
        "other.py": BAD,
    }
    assert places(found_in(sources)) == [("pkg/b.py", 2), ("pkg/d.py", 2), ("pkg/e.py", 2)]


def test_modules_are_found_next_to_the_app_file() -> None:
    sources: dict[str, str | bytes] = {"src/app.py": "import a", "src/a.py": BAD, "a.py": BAD}
    assert places(found_in(sources, "src/app.py")) == [("src/a.py", 2)]


def test_a_file_that_is_not_deployed_or_not_python_is_not_read() -> None:
    assert not found_in({"b.py": BAD})
    assert not found_in({"app.txt": BAD}, "app.txt")


def test_an_unreadable_file_is_not_checked() -> None:
    def read(path: str) -> bytes:
        raise OSError(path)

    assert not check("app.py", ["app.py"], read)


def test_code_that_is_too_deep_is_not_checked() -> None:
    assert not [one for one in found_in({"app.py": "x = " + "-" * 20_000 + "1\n"}) if one.line != 1]


NEWER = [  # each is of a Python after 3.11, which is the oldest that runs us
    "type X = int\n",
    "def f[T](x: T) -> T: return x\n",
    "class A[T]: pass\n",
    "x = {'a': f'{x['a']}'}\n",
    "try: pass\nexcept A, B: pass\n",
    "x = t'{x}'\n",
]


@pytest.mark.parametrize("python", [None, (3, 12), (3, 14), (3, 8), CURRENT])
def test_a_syntax_error_is_an_error_for_each_version(python: tuple[int, int] | None) -> None:
    for source in (BAD, "print 'x'\n", "<<<<<<< HEAD\n", "!pip install x\n", "x = (\n"):
        assert [one.level for one in found_in({"app.py": source}, python=python)] == [Level.ERROR]


def test_newer_syntax_is_not_checked_for_a_newer_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployer.checks.python.sys.version_info", (3, 11))
    monkeypatch.setattr("deployer.checks.python.compile", lambda *_, **__: None, raising=False)

    def parse(source: bytes, path: str, **_: object) -> None:
        raise SyntaxError("invalid syntax", (path, source.count(b"\n"), 1, None))

    monkeypatch.setattr("deployer.checks.python.ast.parse", parse)
    for source in NEWER:
        assert not found_in({"app.py": source}, python=(3, 14))
        assert found_in({"app.py": source}, python=(3, 11))[0].level is Level.ERROR
        (found,) = found_in({"app.py": source}, python=None)
        assert found.level is Level.WARNING and "`python_version`" in found.message


def test_an_older_python_rejects_newer_syntax() -> None:
    source = "match 1:\n    case 1: pass\n"
    (found,) = found_in({"app.py": source}, python=(3, 9))
    assert found.level is Level.ERROR and "3.10" in found.message
    assert not found_in({"app.py": source}, python=(3, 10))


def test_an_unknown_python_is_not_checked() -> None:
    assert not found_in({"app.py": BAD}, python=(3, 99))


def test_an_import_of_an_excluded_file_is_reported() -> None:
    source = "import os\nimport settings\nfrom data.load import x\n"
    first, second = found_in({"app.py": source}, excluded=["settings.py", "data/__init__.py"])
    assert (first.line, first.level) == (2, Level.WARNING)
    assert "imports settings.py, which is not deployed" in first.message
    assert second.line == 3


@pytest.mark.parametrize(
    "source",
    [
        "import json",
        "import numpy",
        "import here",
        "try:\n    import settings\nexcept ImportError:\n    pass",
        "def f():\n    import settings",
        "if 0:\n    import settings",
    ],
)
def test_other_imports_are_not_reported(source: str) -> None:
    excluded = ["json.py", "numpy.py", "settings.py", "here.py"]
    sources: dict[str, str | bytes] = {"app.py": source, "here/__init__.py": ""}
    assert not found_in(sources, excluded=excluded, required=["numpy"])


@given(some.one_of(some.binary(), some.text("import from.\nas ab()\\\"':\t\0#é").map(str.encode)))
def test_no_bytes_break_a_check(data: bytes) -> None:
    held = {"app.py": data, "a.py": b"", "b/__init__.py": data}
    assert all(str(one) for one in check("app.py", held, held.__getitem__, excluded=["ab.py"]))


def test_a_relative_import_in_the_started_file_is_reported_at_its_line() -> None:
    (found,) = found_in({"app.py": "import os\nfrom .utils import x\n", "utils.py": "x = 1\n"})
    assert (found.path, found.line) == ("app.py", 2) and "relative import" in found.message
    sources = {"app.py": "import pkg.a\n", "pkg/__init__.py": "", "pkg/a.py": "from . import b\n"}
    assert not found_in({**sources, "pkg/b.py": ""})


def test_with_another_search_path_a_module_may_be_anywhere() -> None:
    for line, expected in (("", [("app.py", 2)]), ("import sys; sys.path.insert(0, 'src')", [])):
        sources: dict[str, str | bytes] = {"app.py": f"{line}\nimport settings\n"}
        found = found_in(sources, untracked=lambda path: path == "settings.py")
        assert places(found) == expected
