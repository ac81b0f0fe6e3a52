"""The action's first step: which Python it takes, and what it puts into it.

The stand-ins for python3 and uv are real programs on a PATH that holds little else.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.action.conftest import new_job
from tests.action.runner.job import Job, Used
from tests.conftest import ROOT

_NEEDED = ("bash", "mktemp", "rm")
_OLD = "#!/bin/sh\n# it says no to every question, as an old Python does\nexit 1\n"
_HERE = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
_UV = shutil.which("uv", path=_HERE)
# a uv that makes an environment with the Python of these tests, and writes down what it is asked
_STAND_IN = f"""#!/bin/sh
echo "$PWD: $*" >>"$STAND_IN_LOG"
[ "$1" = pip ] || exec '{sys.executable}' -I -m venv --without-pip venv
"""


@dataclass(frozen=True)
class Machine:
    """A runner on which only these programs are installed."""

    programs: Path
    job: Job

    def add(self, name: str, script: str) -> None:
        """Install a program that is a script."""
        (self.programs / name).write_text(script, encoding="utf-8")
        (self.programs / name).chmod(0o755)

    def install(self, action: Path = ROOT) -> Used:
        """Run the action's first step."""
        return self.job.use(action, {}, only=["install"])


@pytest.fixture(name="machine")
def _machine(tmp_path: Path) -> Machine:
    """A runner without any Python."""
    programs, workspace = tmp_path / "bin", tmp_path / "workspace"
    programs.mkdir()
    workspace.mkdir()
    for name in _NEEDED:
        (programs / name).symlink_to(str(shutil.which(name)))
    job = new_job(workspace, tmp_path / "job", STAND_IN_LOG=str(tmp_path / "uv.log"))
    job.path = str(programs)
    return Machine(programs, job)


def _says_to_add_python(used: Used) -> bool:
    [error] = used.log.errors
    assert not used.ok
    assert error.properties["title"] == "hf-deploy: Python not found"
    return "actions/setup-python" in error.data and "3.11" in error.data


def test_without_python_and_uv_one_line_says_what_to_add(machine: Machine) -> None:
    assert _says_to_add_python(machine.install())


def test_an_old_python_without_uv_is_the_same(machine: Machine) -> None:
    machine.add("python3", _OLD)
    assert _says_to_add_python(machine.install())


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 10), False), ((3, 11), True), ((3, 14), True), ((3, 15), False), ((4, 0), False)],
)
def test_a_python_is_taken_by_its_version(
    machine: Machine, version: tuple[int, int], fits: bool
) -> None:
    # the question that is asked is answered by a real Python which takes itself for another one
    claim = f"import sys; sys.version_info = {(*version, 0, 'final', 0)}; exec(sys.argv[1])"
    asked = f'exec "{sys.executable}" -I -c "{claim}" "$3"'
    refused = 'echo "asked for an environment" >&2; exit 3'
    machine.add("python3", f'#!/bin/sh\nif [ "$2" = -c ]; then {asked}; fi\n{refused}\n')
    used = machine.install()
    assert ("asked for an environment" in used.log.text) == fits
    assert fits or _says_to_add_python(used)


def test_a_python_that_can_not_make_environments_is_not_taken(machine: Machine) -> None:
    # as Debian has it without python3-venv
    without = "import sys; sys.modules['ensurepip'] = None; exec(sys.argv[1])"
    machine.add("python3", f'#!/bin/sh\nexec "{sys.executable}" -I -c "{without}" "$3"\n')
    assert _says_to_add_python(machine.install())


def test_uv_is_asked_where_python_is_too_old(machine: Machine) -> None:
    machine.add("python3", _OLD)
    machine.add("uv", _STAND_IN)
    used = machine.install()
    assert used.ok, used.log.text
    made, filled = Path(machine.job.environment["STAND_IN_LOG"]).read_text("utf-8").splitlines()
    folder, python = used.steps["install"]["folder"], used.steps["install"]["python"]
    assert Path(python).is_file() and python.startswith(f"{folder}/")
    # not where the caller's pyproject.toml and uv.toml are
    assert made.startswith(f"{folder}: venv ") and ">=3.11,<3.15" in made
    assert filled.startswith(f"{folder}: pip install --python {python} ")
    for option in ("--require-hashes", "--no-deps", "--only-binary :all:", "requirements.lock"):
        assert option in filled


def test_a_uv_that_can_not_help_is_the_same_as_none(machine: Machine) -> None:
    machine.add("uv", "#!/bin/sh\necho 'error: no Python found' >&2\nexit 2\n")
    used = machine.install()
    assert _says_to_add_python(used)
    assert "error: no Python found" in used.log.text


@pytest.mark.skipif(_UV is None, reason="uv is not installed here")
def test_the_real_uv_installs_what_deployer_needs(machine: Machine) -> None:
    (machine.programs / "uv").symlink_to(str(_UV))
    # uv looks for a Python on PATH, too
    (machine.programs / "python3.11").symlink_to(f"{sys.base_prefix}/bin/python3")
    machine.add("python3", _OLD)
    used = machine.install()
    assert used.ok, used.log.text
    asked = machine.job.execute(
        f"PYTHONPATH={ROOT} exec {used.steps['install']['python']} -P -m deployer --version",
        {},
        machine.job.new_files(),
    )
    assert asked[0] == 0 and asked[1].startswith("hf-deploy "), asked[1]


def test_a_package_with_another_hash_is_not_installed(machine: Machine, tmp_path: Path) -> None:
    action = tmp_path / "action"
    (action / "deployer").mkdir(parents=True)
    shutil.copy(ROOT / "action.yml", action)
    shutil.copytree(ROOT / "action", action / "action")
    wrong = "0" * 64
    (action / "deployer/requirements.lock").write_text(f"packaging==26.3 --hash=sha256:{wrong}\n")
    (tmp_path / "packaging-26.3-py3-none-any.whl").write_bytes(b"something else")
    machine.job.environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    machine.job.path = _HERE
    used = machine.install(action)
    [error] = used.log.errors
    assert not used.ok and error.properties["title"] == "hf-deploy: install failed"
    assert wrong in used.log.text


def test_installing_needs_none_of_the_inputs() -> None:
    text = (ROOT / "action/install.sh").read_text(encoding="utf-8")
    assert "HF_" not in text and "INPUT_" not in text
