"""The action's first step: which Python it takes, and what it puts into it.

The stand-ins for python3 and uv are real programs on a PATH that holds little else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.action.conftest import PATH, new_job
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
# a python3 whose environments have a Python that installs nothing, and writes down its variables
_WRITES_DOWN = """#!/bin/sh
[ "$2" = -c ] && exit 0
[ "$3" = venv ] && mkdir -p venv/bin && cp "$0" venv/bin/python
env >>"$STAND_IN_LOG"
"""
# settings of the caller's own pip, uv and Python, each of which redirects or breaks the install
_PIP = {
    "PIP_BREAK_SYSTEM_PACKAGES": "1",
    "PIP_BUILD_CONSTRAINT": "/missing.txt",
    "PIP_CONSTRAINT": "/missing.txt",
    "PIP_DEPENDENCY_GROUP": "dev",
    "PIP_DRY_RUN": "1",
    "PIP_EDITABLE": ".",
    "PIP_EXISTS_ACTION": "a",
    "PIP_IGNORE_INSTALLED": "1",
    "PIP_IGNORE_REQUIRES_PYTHON": "0",
    "PIP_LOG": "/missing/pip.log",
    "PIP_NO_BINARY": ":all:",
    "PIP_NO_DEPS": "0",
    "PIP_ONLY_BINARY": ":none:",
    "PIP_PLATFORM": "win_amd64",
    "PIP_PREFIX": "/missing/prefix",
    "PIP_PYTHON": "/missing/python",
    "PIP_PYTHON_VERSION": "3.8",
    "PIP_REPORT": "/missing/report.json",
    "PIP_REQUIREMENT": "/missing.txt",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_ROOT": "/missing/root",
    "PIP_SRC": "/missing/src",
    "PIP_TARGET": "/missing/target",
    "PIP_UPLOADED_PRIOR_TO": "2001-01-01",
    "PIP_USER": "1",
    "PIP_USE_FEATURE": "nonsense",
}
_PYTHON = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHOME": "/missing",
    "PYTHONINSPECT": "1",
    "PYTHONIOENCODING": "utf-16",
    "PYTHONOPTIMIZE": "2",
    "PYTHONPATH": "/missing",
    "PYTHONPLATLIBDIR": "missing",
    "PYTHONPYCACHEPREFIX": "/missing",
    "PYTHONWARNINGS": "error",
}
_UV_VARIABLES = {
    "UV_BREAK_SYSTEM_PACKAGES": "1",
    "UV_BUILD_CONSTRAINT": "/missing.txt",
    "UV_CONSTRAINT": "/missing.txt",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "UV_NO_BINARY": "1",
    "UV_NO_MANAGED_PYTHON": "0",
    "UV_NO_VERIFY_HASHES": "1",
    "UV_OVERRIDE": "/missing.txt",
    "UV_PROJECT": "/missing",
    "UV_PYTHON": "3.8",
    "UV_PYTHON_PREFERENCE": "only-managed",
    "UV_REQUIRE_HASHES": "nonsense",
    "UV_SYSTEM_PYTHON": "1",
    "UV_VENV_SEED": "nonsense",
    "UV_WORKING_DIR": "/missing",
}
_KEPT = (
    "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_NO_INDEX PIP_TRUSTED_HOST PIP_PROXY "
    "PIP_CERT PIP_CLIENT_CERT PIP_CONFIG_FILE PIP_CACHE_DIR PIP_NO_CACHE_DIR PIP_TIMEOUT "
    "PIP_DEFAULT_TIMEOUT PIP_RETRIES PIP_KEYRING_PROVIDER UV_INDEX UV_INDEX_URL UV_DEFAULT_INDEX "
    "UV_EXTRA_INDEX_URL UV_INDEX_STRATEGY UV_INDEX_INTERNAL_USERNAME UV_INDEX_INTERNAL_PASSWORD "
    "UV_FIND_LINKS UV_KEYRING_PROVIDER UV_CREDENTIALS_DIR UV_INSECURE_HOST UV_SYSTEM_CERTS "
    "UV_NATIVE_TLS UV_HTTP_TIMEOUT UV_HTTP_CONNECT_TIMEOUT UV_HTTP_RETRIES UV_REQUEST_TIMEOUT "
    "UV_OFFLINE UV_CONFIG_FILE UV_NO_CONFIG UV_CACHE_DIR UV_NO_CACHE UV_PYTHON_INSTALL_MIRROR "
    "UV_PYTHON_DOWNLOADS UV_PYTHON_DOWNLOADS_JSON_URL UV_PYTHON_INSTALL_DIR UV_PYTHON_CACHE_DIR "
    "UV_ASTRAL_MIRROR_URL HTTPS_PROXY NO_PROXY SSL_CERT_FILE REQUESTS_CA_BUNDLE"
).split()


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


def test_without_python_and_uv_one_error_says_what_to_add(machine: Machine) -> None:
    assert _says_to_add_python(machine.install())


def test_an_old_python_without_uv_is_the_same_error(machine: Machine) -> None:
    machine.add("python3", _OLD)
    assert _says_to_add_python(machine.install())


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 10), False), ((3, 11), True), ((3, 14), True), ((3, 15), False), ((4, 0), False)],
)
def test_a_python_is_selected_by_its_version(
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


def test_a_python_that_cannot_create_environments_is_not_selected(machine: Machine) -> None:
    # as Debian has it without python3-venv and python3-pip
    without = "import sys; sys.modules['ensurepip'] = sys.modules['pip'] = None; exec(sys.argv[1])"
    machine.add("python3", f'#!/bin/sh\nexec "{sys.executable}" -I -c "{without}" "$3"\n')
    assert _says_to_add_python(machine.install())


def test_a_python_with_pip_but_without_ensurepip_is_enough(machine: Machine) -> None:
    without = "import sys; sys.modules['ensurepip'] = None; exec(sys.argv[1])"
    machine.add(
        "python3",
        f'#!/bin/sh\n[ "$2" = -c ] && exec "{sys.executable}" -I -c "{without}" "$3"\n'
        f'exec "{sys.executable}" "$@"\n',
    )
    used = machine.install()
    assert used.ok, used.log.text
    assert _packages(used.steps["install"]["python"]) >= _locked()


@pytest.mark.parametrize(
    ("settings", "by_uv"),
    [
        ({}, True),
        ({"PIP_INDEX_URL": "https://index.example/simple"}, False),
        ({"PIP_FIND_LINKS": "/wheels"}, False),
        ({"PIP_CONFIG_FILE": "pip.conf"}, False),
    ],
)
def test_uv_is_preferred_where_pip_has_no_index_of_its_own(
    machine: Machine, tmp_path: Path, settings: dict[str, str], by_uv: bool
) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://index.example/simple\n")
    machine.add("uv", _STAND_IN)
    machine.add("python3", '#!/bin/sh\n[ "$2" = -c ] || echo "asked for $*" >&2\n')
    unset = {name: "" for name in os.environ if name.startswith("PIP_")}
    if "CONFIG" in "".join(settings):
        settings = {"PIP_CONFIG_FILE": str(tmp_path / settings["PIP_CONFIG_FILE"])}
    unset |= {"HOME": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}
    machine.job.environment |= unset | settings
    used = machine.install()
    assert ("asked for" not in used.log.text) == by_uv, used.log.text


@pytest.mark.parametrize(
    "file",
    [
        ".pip/pip.conf",
        ".config/pip/pip.conf",
        "Library/Application Support/pip/pip.conf",
        "pip/pip.ini",
    ],
)
def test_an_index_in_a_file_of_pip_s_is_found(machine: Machine, tmp_path: Path, file: str) -> None:
    machine.add("uv", _STAND_IN)
    machine.add("python3", '#!/bin/sh\n[ "$2" = -c ] || echo "asked for $*" >&2\n')
    unset = {name: "" for name in os.environ if name.startswith("PIP_")}
    machine.job.environment |= unset | {"HOME": str(tmp_path)}
    if "asked for" in machine.install().log.text:
        pytest.skip("this machine's pip has an index of its own")
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("[global]\nindex-url = https://index.example/simple\n")
    assert "asked for" in machine.install().log.text


def test_a_python_without_a_3_in_its_name_will_do(machine: Machine) -> None:
    for name in ("cp", "env", "mkdir"):
        (machine.programs / name).symlink_to(str(shutil.which(name)))
    machine.add("python", _WRITES_DOWN)
    assert machine.install().ok


def test_uv_is_used_if_python_is_too_old(machine: Machine) -> None:
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


def test_an_error_of_uv_is_shown_with_what_to_add(machine: Machine) -> None:
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


def _packages(python: str) -> set[str]:
    names = "sorted(one.name.lower() for one in importlib.metadata.distributions())"
    program = f"import importlib.metadata; print(*{names}, sep=chr(10))"
    ran = subprocess.run([python, "-I", "-c", program], capture_output=True, check=True, text=True)
    return {name.replace("_", "-") for name in ran.stdout.split()}


def _locked() -> set[str]:
    lock = (ROOT / "deployer/requirements.lock").read_text("utf-8")
    # those for other systems have a marker
    return set(re.findall(r"^([a-z][\w.-]*)==\S+ \\$", lock, re.MULTILINE))


def test_settings_of_the_job_s_own_python_and_network_are_kept(machine: Machine) -> None:
    for name in ("cp", "env", "mkdir"):
        (machine.programs / name).symlink_to(str(shutil.which(name)))
    machine.add("python3", _WRITES_DOWN)
    unwanted = _PIP | _PYTHON | _UV_VARIABLES
    machine.job.environment |= unwanted | dict.fromkeys(_KEPT, "/kept")
    used = machine.install()
    assert used.ok, used.log.text
    log = Path(machine.job.environment["STAND_IN_LOG"]).read_text("utf-8").splitlines()
    seen = {line.partition("=")[0] for line in log if "=" in line}
    assert not seen & unwanted.keys()
    assert set(_KEPT) <= seen and "HOME" in seen


def test_the_install_is_whole_whatever_the_job_set_for_its_own_pip(machine: Machine) -> None:
    machine.job.path = PATH
    machine.job.environment |= _PIP | _PYTHON
    used = machine.install()
    assert used.ok, used.log.text
    assert _packages(used.steps["install"]["python"]) >= _locked()


@pytest.mark.skipif(_UV is None, reason="uv is not installed here")
def test_the_same_holds_for_uv(machine: Machine) -> None:
    (machine.programs / "uv").symlink_to(str(_UV))
    (machine.programs / "python3.11").symlink_to(f"{sys.base_prefix}/bin/python3")
    machine.add("python3", _OLD)
    machine.job.environment |= _UV_VARIABLES
    used = machine.install()
    assert used.ok, used.log.text
    assert _packages(used.steps["install"]["python"]) >= _locked()


def test_installing_needs_none_of_the_inputs() -> None:
    text = (ROOT / "action/install.sh").read_text(encoding="utf-8")
    assert "HF_" not in text and "INPUT_" not in text
