"""Which environment a Space gets, and which cards can't start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from deployer.rehearsal.builder import Builder, BuildFailed, EnvironmentSpec
from deployer.rehearsal.front_matter import parse_duration
from deployer.rehearsal.launch_spec import ConfigError, LaunchSpec, launch_spec_of
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.repository import StoredCommit, utc_now
from tests.conftest import awaited

# a Python whose venv copies itself, and whose pip prints its arguments
STUB = """#!/bin/sh
if [ "$2" = -c ]; then echo 3.12.1; exit; fi
if [ "$3" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; exit; fi
shift 3; echo "pip $*"
while [ -e hold ]; do sleep 0.02; done
if [ -e bad ]; then echo "No such package"; exit 2; fi
"""
QUIET = "install --no-input --disable-pip-version-check --progress-bar off"
PIN = {"sdk_version": "6.31.0"}
GRADIO = b"---\nsdk: gradio\n---\n"


def spec(
    card: Mapping[str, object] | None = None, tree: str = "1", **texts: str
) -> EnvironmentSpec:
    """An environment spec; requirements files are named without their `.txt`."""
    files = {f"{name.replace('_', '-')}.txt": text for name, text in texts.items()}
    return EnvironmentSpec(PIN if card is None else card, files, tree)


def test_equal_requirements_share_an_environment() -> None:
    one = spec(requirements="torch==2.0\n")
    other = spec({**PIN, "title": "Other"}, tree="2", requirements="torch==2.0\n")
    assert one.key("3.11.7") == other.key("3.11.7")


@pytest.mark.parametrize(
    "other",
    [
        spec({}),
        spec({"sdk_version": "6.30.0"}),
        spec(requirements="numpy\n"),
        spec(pre_requirements="numpy\n"),
    ],
)
def test_other_requirements_get_another_environment(other: EnvironmentSpec) -> None:
    assert spec().key("3.11.7") != other.key("3.11.7")
    assert other.key("3.11.7") != other.key("3.12.0")


@pytest.mark.parametrize(
    "line", ["-r more.txt", "-c pins.txt", "-e .", "./wheel.whl", "x @ file:x.whl", "-rmore.txt"]
)
def test_requirements_that_refer_to_local_files_depend_on_the_whole_tree(line: str) -> None:
    one, other = (spec(tree=tree, requirements=f"numpy\n{line}\n") for tree in "12")
    assert one.key("3.11.7") != other.key("3.11.7")


def test_gradio_is_pinned_only_by_the_card() -> None:
    assert spec({}).sdk_packages == ["gradio[oauth]", "uvicorn>=0.14.0", "spaces"]
    assert spec().sdk_packages[0] == "gradio[oauth]==6.31.0"


class Workspace:
    """A builder that uses the stub as its Python, and the folder of a Space."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "app"
        self.files.mkdir()
        self.cache = folder / "cache"
        python = folder / "python"
        python.write_text(STUB)
        python.chmod(0o755)
        self.builder = Builder(self.cache, str(python))
        self.log = LogBuffer()

    async def build(self, wanted: EnvironmentSpec, log: LogBuffer | None = None) -> Path:
        """Build an environment."""
        return await self.builder.build(wanted, self.files, log or self.log)

    def hold(self) -> Path:
        """Make pip wait until the returned file is deleted."""
        held = self.files / "hold"
        held.touch()
        return held


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture(name="workspace")
def _workspace(tmp_path: Path) -> Workspace:
    """A builder and its folders."""
    return Workspace(tmp_path)


def test_requirements_are_installed_in_the_order_of_spaces(workspace: Workspace) -> None:
    wanted = spec(pre_requirements="a", requirements="b")
    made = awaited(workspace.build(wanted))
    pip = [line for line in workspace.log.text.splitlines() if line.startswith("pip ")]
    files = workspace.files
    assert pip == [
        f"pip {QUIET} -r pre-requirements.txt",
        f"pip {QUIET} -r requirements.txt gradio[oauth]==6.31.0 uvicorn>=0.14.0 spaces",
    ]
    assert made == workspace.cache / wanted.key("3.12.1")
    assert workspace.log.text.startswith("--> FROM local Python 3.12.1\n")
    assert str(files) not in workspace.log.text


def test_an_environment_is_built_once(workspace: Workspace) -> None:
    awaited(workspace.build(spec()))
    again = LogBuffer()
    awaited(workspace.build(spec(), again))
    assert f"pip {QUIET} gradio[oauth]==6.31.0 uvicorn>=0.14.0 spaces\n" in workspace.log.text
    assert "CACHED\n" in again.text and "pip install --" not in again.text


def test_a_failed_build_leaves_nothing_and_is_retried(workspace: Workspace) -> None:
    bad = workspace.files / "bad"
    bad.touch()
    with pytest.raises(BuildFailed, match="Job failed with exit code: 2"):
        awaited(workspace.build(spec()))
    assert "No such package\n" in workspace.log.text
    assert not [path for path in workspace.cache.iterdir() if path.is_dir()]
    bad.unlink()
    assert awaited(workspace.build(spec())).is_dir()


def test_an_incomplete_environment_is_rebuilt(workspace: Workspace) -> None:
    half = workspace.cache / spec().key("3.12.1")
    (half / "bin").mkdir(parents=True)
    (half / "rubbish").touch()
    awaited(workspace.build(spec()))
    assert not (half / "rubbish").exists()


def test_a_cancelled_build_stops_pip(workspace: Workspace) -> None:
    async def run() -> None:
        workspace.hold()
        building = asyncio.create_task(workspace.build(spec()))
        await until(lambda: "pip install" in workspace.log.text)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building

    awaited(run())
    assert not [path for path in workspace.cache.iterdir() if path.is_dir()]


def test_concurrent_builds_of_one_environment_wait_for_each_other(workspace: Workspace) -> None:
    async def run() -> tuple[Path, Path]:
        held, waiting = workspace.hold(), LogBuffer()
        first = asyncio.create_task(workspace.build(spec()))
        await until(lambda: "pip install --no-input" in workspace.log.text)
        second = asyncio.create_task(workspace.build(spec(), waiting))
        await until(lambda: "Waiting for another build" in waiting.text)
        held.unlink()
        done = await first, await second
        assert "CACHED" in waiting.text
        return done

    first, second = awaited(run())
    assert first == second


@pytest.mark.parametrize(
    ("wanted", "is_logged"), [("3.12", False), ("3.12.1", False), ("3.1", True)]
)
def test_another_python_than_in_the_card_is_logged(
    workspace: Workspace, wanted: str, is_logged: bool
) -> None:
    awaited(workspace.build(spec({**PIN, "python_version": wanted})))
    assert ("The card sets Python" in workspace.log.text) == is_logged


@pytest.fixture(name="objects")
def _objects(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """An empty object store."""
    return Objects(tmp_path_factory.mktemp("lfs"))


def commit(objects: Objects, **files: bytes) -> StoredCommit:
    """A commit of these files; `app_py` is app.py."""
    names = {"readme": "README.md", "app_py": "app.py", "dockerfile": "Dockerfile"}
    made = [objects.add_file(names[name], data) for name, data in files.items()]
    return StoredCommit(
        "1" * 40, None, "x", "", "julia", utc_now(), {file.path: file for file in made}
    )


@pytest.mark.parametrize(
    ("files", "stage", "message"),
    [
        ({"app_py": b""}, "CONFIG_ERROR", "Missing configuration in README"),
        ({"readme": b"# Hello"}, "CONFIG_ERROR", "Missing configuration in README"),
        ({"readme": b"---\ntitle: x\n---\n"}, "CONFIG_ERROR", "Missing configuration in README"),
        ({"readme": b"---\nsdk: [\n---\n"}, "CONFIG_ERROR", "Invalid configuration"),
        ({"readme": b"---\nsdk: flask\n---\n"}, "CONFIG_ERROR", '"sdk" must be one of'),
        (
            {"readme": b"---\nsdk: streamlit\n---\n", "app_py": b""},
            "CONFIG_ERROR",
            "can't build Streamlit Spaces",
        ),
        ({"readme": GRADIO}, "NO_APP_FILE", None),
        ({"readme": b"---\nsdk: docker\n---\n"}, "NO_APP_FILE", None),
        (
            {"readme": b"---\nsdk: docker\napp_port: 70000\n---\n", "dockerfile": b"FROM x"},
            "CONFIG_ERROR",
            '"app_port" must be a number from 1 to 65535',
        ),
        (
            {"readme": b"---\nsdk: static\napp_build_command: make\n---\n"},
            "CONFIG_ERROR",
            "app_build_command",
        ),
    ],
)
def test_a_commit_that_cannot_start_ends_in_a_stage_with_a_message(
    objects: Objects, files: dict[str, bytes], stage: str, message: str | None
) -> None:
    with pytest.raises(ConfigError) as error:
        launch_spec_of(commit(objects, **files), objects)
    assert error.value.stage == stage
    assert (message or "") in (error.value.message or "")


def test_a_valid_card_sets_the_app_file_and_the_startup_timeout(objects: Objects) -> None:
    card = b"---\nsdk: gradio\ntitle: My app\nstartup_duration_timeout: 2m\n---\n"
    launch: LaunchSpec = launch_spec_of(commit(objects, readme=card, app_py=b""), objects)
    assert (launch.app_file, launch.title, launch.startup_timeout) == ("app.py", "My app", 120)
    plain = launch_spec_of(commit(objects, readme=GRADIO, app_py=b""), objects)
    assert plain.startup_timeout == 30 * 60


@pytest.mark.parametrize(
    ("text", "number"),
    [("30m", 1800), ("1h", 3600), ("45s", 45), ("90", 90), ("0m", None), ("1d", None), ("", None)],
)
def test_durations_are_parsed(text: str, number: int | None) -> None:
    assert parse_duration(text) == number
