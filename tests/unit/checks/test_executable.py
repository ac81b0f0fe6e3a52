"""What is started by its name: only that needs the executable bit, which the Hub does not keep."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from deployer.checks.executable import check
from deployer.problem import Level, Problem
from deployer.source.snapshot import File


def found_in(sources: Mapping[str, str], app_file: str = "Dockerfile") -> list[Problem]:
    """The problems where every file but the first has the executable bit."""
    deployed = {
        path: File.of_bytes(path, text.encode())._replace(executable=number > 0)
        for number, (path, text) in enumerate(sources.items())
    }
    return check(app_file, deployed, lambda path: sources[path].encode())


SH = "#!/bin/sh\necho\n"


@pytest.mark.parametrize(
    ("sources", "where"),
    [
        ({"Dockerfile": "FROM a\nCOPY . .\nRUN ./install.sh\n", "install.sh": SH}, "Dockerfile:3"),
        (
            {"Dockerfile": "FROM a\nRUN cd /app && \\\n  /app/bin/setup --all\n", "bin/setup": SH},
            "Dockerfile:2",
        ),
        (
            {"Dockerfile": 'FROM a\nCMD ["bash", "-c", "./run.sh && x"]', "run.sh": SH},
            "Dockerfile:2",
        ),
        (
            {"Dockerfile": "FROM a\nENTRYPOINT tini -- ./x\nCMD ./run.sh", "run.sh": SH},
            "Dockerfile:3",
        ),
        (
            {
                "Dockerfile": 'FROM a\nCMD ["bash", "start.sh"]',
                "start.sh": "#!/bin/bash\nset -e\nexec ./bin/server --port 7860\n",
                "bin/server": SH,
            },
            "start.sh:3",
        ),
    ],
)
def test_a_file_that_a_docker_space_starts_by_its_name(
    sources: Mapping[str, str], where: str
) -> None:
    (found,) = found_in(sources)
    assert (found.location, found.level) == (where, Level.WARNING)
    assert "chmod +x" in found.message


@pytest.mark.parametrize(
    "code",
    [
        'import subprocess\n\nsubprocess.run(["./bin/tool", "-v"], check=True)\n',
        'import os\n\nos.system("FAST=1 ./bin/tool -v")\n',
        'from subprocess import Popen\nimport os\nserver = Popen("bin/tool")\n',
    ],
)
def test_a_file_that_app_py_starts_by_its_name(code: str) -> None:
    (found,) = found_in({"app.py": code, "bin/tool": SH}, "app.py")
    assert found.location == "app.py:3" and "`chmod +x" in found.message
    assert "bash" not in found.message and "python" not in found.message


@pytest.mark.parametrize(
    "sources",
    [
        {"Dockerfile": "FROM a\nCMD python app.py\n", "app.py": SH, "scripts/lint.sh": SH},
        {
            "Dockerfile": "FROM a\nRUN bash install.sh\nCMD bash ./run.sh",
            "install.sh": SH,
            "run.sh": SH,
        },
        {"Dockerfile": "FROM a\nRUN chmod -R +x bin && ./bin/x\n", "bin/x": SH},
        {"Dockerfile": "FROM a\nCOPY --chmod=755 x.sh ./\nRUN ./x.sh\n", "x.sh": SH},
        {"Dockerfile": "FROM a\nRUN cat ./x.sh # ./x.sh\n", "x.sh": SH},
        {"Dockerfile": "FROM a\nRUN /usr/bin/x.sh\n", "x.sh": SH},
        # an error of its own, in the Dockerfile's checks
        {"Dockerfile": 'FROM a\nCMD ["./run.sh"]\n', "run.sh": SH},
        {"Dockerfile": "FROM a\nCMD\n", "run.sh": SH},
    ],
    ids=lambda sources: sources["Dockerfile"].split("\n")[1],
)
def test_a_file_that_needs_no_executable_bit(sources: Mapping[str, str]) -> None:
    assert not found_in(sources)


@pytest.mark.parametrize(
    "code",
    [
        "#!/usr/bin/env python3\nimport gradio\n",
        'import subprocess\nsubprocess.run(["bash", "./bin/tool"])\n',
        'import os\nos.chmod("bin/tool", 0o755)\nos.system("./bin/tool")\n',
        'print("./bin/tool")\n',
        "import (",
    ],
)
def test_app_py_itself_and_what_it_only_names_need_none(code: str) -> None:
    assert not found_in({"README.md": "", "app.py": code, "bin/tool": SH}, "app.py")


def test_a_file_without_the_bit_is_not_reported() -> None:
    sources = {"run.sh": SH, "Dockerfile": "FROM a\nRUN ./run.sh\n"}
    assert not found_in(sources)
