"""Why a file is not deployed: the rule that ignores it, and the option that deploys all of it."""

from __future__ import annotations

import pytest

from deployer.checks.undeployed import explain
from deployer.source.ignore import Patterns, Rule


@pytest.mark.parametrize(
    ("path", "pattern", "glob"),
    [
        ("dist/index.html", "dist/", "dist/"),
        ("dist/index.html", "/dist", "dist/"),
        ("web/dist/index.html", "web/dist/", "web/dist/"),
        ("web/build/a/index.html", "build*", "web/build/"),
        ("dist", "dist/", "dist"),
        ("model.onnx", "*.onnx", "model.onnx"),
        ("assets/model.onnx", "*.onnx", "assets/model.onnx"),
    ],
)
def test_an_ignored_file_has_the_rule_and_the_glob_that_includes_it(
    path: str, pattern: str, glob: str
) -> None:
    for exists in (True, False):
        why = explain(path, Rule(".gitignore:2", pattern), exists=exists)
        assert why is not None and f".gitignore:2 {pattern!r}" in why
        assert why.endswith(f"`--include {glob}`") is not exists
        assert f"`--include {glob}`" in why and ("build it first" in why) is not exists
    deployed = path if "/" in path or "." in path else f"{path}/index.html"
    assert Patterns.of_option("--include", [glob]).match(deployed)


def test_what_a_build_makes_is_built_first() -> None:
    why = explain("dist/index.html", None, exists=False)
    assert why is not None and "build it first, and pass `--include dist/`" in why
    why = explain("build/app.js", None, exists=True)
    assert why is not None and "git does not track it" in why


@pytest.mark.parametrize("path", ["index.html", "src/main.py", "Dockerfile"])
def test_any_other_file_is_only_missing(path: str) -> None:
    assert explain(path, None, exists=False) is None
