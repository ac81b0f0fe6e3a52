"""Files that only seem to list the packages of a Space are reported."""

from __future__ import annotations

from deployer.checks.requirement_files import misnamed
from deployer.problem import Level


def test_a_file_that_pip_does_not_read_is_reported() -> None:
    for name in (
        "requirement.txt",
        "Requirements.txt",
        "requirements.txt.txt",
        "requirements.text",
    ):
        (found,) = misnamed(["app.py", name])
        assert (found.path, found.level) == (name, Level.WARNING)
        assert not misnamed([name, "requirements.txt"])
    assert misnamed(["src/app.py", "src/requirements.txt"], "src/app.py")
    assert not misnamed(["src/app.py", "requirements.txt", "src/requirements.txt"], "src/app.py")
    assert not misnamed(["requirements-dev.txt", "pre-requirements.txt", "docs/requirement.txt"])
