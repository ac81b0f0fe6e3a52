"""Which environment a Space gets, and what a card says that can't be."""

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

# a Python that makes environments of itself, and whose pip tells what it was asked
STUB = """#!/bin/sh
if [ "$2" = -c ]; then echo 3.12.1; exit; fi
if [ "$3" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; exit; fi
shift 3; echo "pip $*"
while [ -e hold ]; do sleep 0.02; done
if [ -e bad ]; then echo "No such package"; exit 2; fi
"""
PIN = {"sdk_version": "6.31.0"}
GRADIO = b"---\nsdk: gradio\n---\n"


def recipe(
    card: Mapping[str, object] | None = None, tree: str = "1", **texts: str
) -> EnvironmentSpec:
    """A recipe; the texts are named without their `.txt`."""
    files = {f"{name.replace('_', '-')}.txt": text for name, text in texts.items()}
    return EnvironmentSpec(PIN if card is None else card, files, tree)


def test_the_same_needs_share_an_environment() -> None:
    one = recipe(requirements="torch==2.0\n")
    other = recipe({**PIN, "title": "Other"}, tree="2", requirements="torch==2.0\n")
    assert one.key("3.11.7") == other.key("3.11.7")


@pytest.mark.parametrize(
    "other",
    [
        recipe({}),
        recipe({"sdk_version": "6.30.0"}),
        recipe(requirements="numpy\n"),
        recipe(pre_requirements="numpy\n"),
    ],
)
def test_other_needs_mean_another_environment(other: EnvironmentSpec) -> None:
    assert recipe().key("3.11.7") != other.key("3.11.7")
    assert other.key("3.11.7") != other.key("3.12.0")


@pytest.mark.parametrize(
    "line", ["-r more.txt", "-c pins.txt", "-e .", "./wheel.whl", "x @ file:x.whl", "-rmore.txt"]
)
def test_requirements_that_name_files_of_the_space_depend_on_all_of_it(line: str) -> None:
    one, other = (recipe(tree=tree, requirements=f"numpy\n{line}\n") for tree in "12")
    assert one.key("3.11.7") != other.key("3.11.7")


def test_an_unpinned_gradio_is_the_newest() -> None:
    assert recipe({}).sdk_packages == ["gradio[oauth]", "uvicorn>=0.14.0", "spaces"]
    assert recipe().sdk_packages[0] == "gradio[oauth]==6.31.0"


class Workshop:
    """A builder with the stub for a Python, and the folder of a Space."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "app"
        self.files.mkdir()
        self.cache = folder / "cache"
        python = folder / "python"
        python.write_text(STUB)
        python.chmod(0o755)
        self.builder = Builder(self.cache, str(python))
        self.log = LogBuffer()

    async def build(self, made: EnvironmentSpec, log: LogBuffer | None = None) -> Path:
        """Build an environment."""
        return await self.builder.build(made, self.files, log or self.log)

    def hold(self) -> Path:
        """Make pip wait until this file is gone."""
        held = self.files / "hold"
        held.touch()
        return held


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture(name="workshop")
def _workshop(tmp_path: Path) -> Workshop:
    """A place to build in."""
    return Workshop(tmp_path)


def test_an_environment_is_made_in_the_order_of_spaces(workshop: Workshop) -> None:
    asked = recipe(pre_requirements="a", requirements="b")
    made = awaited(workshop.build(asked))
    pip = [line for line in workshop.log.text.splitlines() if line.startswith("pip ")]
    quiet = "install --no-input --disable-pip-version-check --progress-bar off"
    files = workshop.files
    assert pip == [
        f"pip {quiet} -r pre-requirements.txt",
        f"pip {quiet} -r requirements.txt gradio[oauth]==6.31.0 uvicorn>=0.14.0 spaces",
    ]
    assert made == workshop.cache / asked.key("3.12.1")
    assert workshop.log.text.startswith("--> FROM local Python 3.12.1\n")
    assert str(files) not in workshop.log.text


def test_an_environment_is_made_once(workshop: Workshop) -> None:
    awaited(workshop.build(recipe()))
    again = LogBuffer()
    awaited(workshop.build(recipe(), again))
    assert "CACHED\n" in again.text and "pip install --" not in again.text


def test_a_failed_build_leaves_nothing_and_is_tried_anew(workshop: Workshop) -> None:
    bad = workshop.files / "bad"
    bad.touch()
    with pytest.raises(BuildFailed, match="Job failed with exit code: 2"):
        awaited(workshop.build(recipe()))
    assert "No such package\n" in workshop.log.text
    assert not [path for path in workshop.cache.iterdir() if path.is_dir()]
    bad.unlink()
    assert awaited(workshop.build(recipe())).is_dir()


def test_what_was_left_half_made_is_made_anew(workshop: Workshop) -> None:
    half = workshop.cache / recipe().key("3.12.1")
    (half / "bin").mkdir(parents=True)
    (half / "rubbish").touch()
    awaited(workshop.build(recipe()))
    assert not (half / "rubbish").exists()


def test_a_cancelled_build_ends_its_pip(workshop: Workshop) -> None:
    async def run() -> None:
        workshop.hold()
        building = asyncio.create_task(workshop.build(recipe()))
        await until(lambda: "pip install" in workshop.log.text)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building

    awaited(run())
    assert not [path for path in workshop.cache.iterdir() if path.is_dir()]


def test_the_same_environment_is_not_built_twice_at_once(workshop: Workshop) -> None:
    async def run() -> tuple[Path, Path]:
        held, waiting = workshop.hold(), LogBuffer()
        first = asyncio.create_task(workshop.build(recipe()))
        await until(lambda: "pip install --no-input" in workshop.log.text)
        second = asyncio.create_task(workshop.build(recipe(), waiting))
        await until(lambda: "Waiting for another build" in waiting.text)
        held.unlink()
        done = await first, await second
        assert "CACHED" in waiting.text
        return done

    first, second = awaited(run())
    assert first == second


@pytest.mark.parametrize(("asked", "told"), [("3.12", False), ("3.12.1", False), ("3.1", True)])
def test_another_python_than_the_card_asks_for_is_told(
    workshop: Workshop, asked: str, told: bool
) -> None:
    awaited(workshop.build(recipe({**PIN, "python_version": asked})))
    assert ("The card sets Python" in workshop.log.text) == told


@pytest.fixture(name="objects")
def _objects(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """A place for bytes."""
    return Objects(tmp_path_factory.mktemp("large"))


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
        ({"readme": b"---\nsdk: streamlit\n---\n"}, "CONFIG_ERROR", '"sdk" must be one of'),
        ({"readme": GRADIO}, "NO_APP_FILE", None),
        ({"readme": b"---\nsdk: docker\n---\n"}, "NO_APP_FILE", None),
        (
            {"readme": b"---\nsdk: docker\n---\n", "dockerfile": b"FROM x"},
            "CONFIG_ERROR",
            "can't build Docker Spaces",
        ),
        (
            {"readme": b"---\nsdk: static\napp_build_command: make\n---\n"},
            "CONFIG_ERROR",
            "app_build_command",
        ),
    ],
)
def test_what_cannot_come_up_ends_in_a_stage_that_says_why(
    objects: Objects, files: dict[str, bytes], stage: str, message: str | None
) -> None:
    with pytest.raises(ConfigError) as error:
        launch_spec_of(commit(objects, **files), objects)
    assert error.value.stage == stage
    assert (message or "") in (error.value.message or "")


def test_a_good_card_says_what_starts_and_for_how_long_it_may_take(objects: Objects) -> None:
    card = b"---\nsdk: gradio\ntitle: My app\nstartup_duration_timeout: 2m\n---\n"
    spec: LaunchSpec = launch_spec_of(commit(objects, readme=card, app_py=b""), objects)
    assert (spec.app_file, spec.title, spec.startup_timeout) == ("app.py", "My app", 120)
    plain = launch_spec_of(commit(objects, readme=GRADIO, app_py=b""), objects)
    assert plain.startup_timeout == 30 * 60


@pytest.mark.parametrize(
    ("text", "number"),
    [("30m", 1800), ("1h", 3600), ("45s", 45), ("90", 90), ("0m", None), ("1d", None), ("", None)],
)
def test_durations_are_read(text: str, number: int | None) -> None:
    assert parse_duration(text) == number
