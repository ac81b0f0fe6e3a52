"""Docker Spaces, built and run by podman."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from deployer.rehearsal import LocalHub
from deployer.rehearsal.store import HostedSpace
from tests.containers.engine import Podman
from tests.containers.gate import Gate
from tests.rehearsal.conftest import stages_until_idle

Files = dict[str, bytes]
CreateDocker = Callable[[dict[str, str], dict[str, str]], HostedSpace]
StartDocker = Callable[..., tuple[HostedSpace, list[str]]]
WEB = httpx2.Client()
STARTED = ["BUILDING", "APP_STARTING", "RUNNING"]
ID = "julia/docker"
# as `cat` of a key file: the last line ends, too
KEY = "-----BEGIN KEY-----\nc2VjcmV0\n-----END KEY-----\n"
MODE = 'fast and $HOME, "so"'
# writes down how podman is called
RECORDER = """\
#!/bin/sh
printf '%s\\n' "$@" >>{record}
exec {podman} "$@"
"""


@pytest.fixture(name="start_docker")
def _start_docker(docker_hub: LocalHub, docker_files: Files) -> StartDocker:
    """Add the tiny Docker Space with changed files; gives it and its stages, once it is idle."""

    def start(**more: bytes) -> tuple[HostedSpace, list[str]]:
        files = docker_files | more
        space = docker_hub.add_space(ID, files, sdk="docker")
        return space, stages_until_idle(docker_hub, space)

    return start


@pytest.fixture(name="api")
def _api(docker_hub: LocalHub) -> HfApi:
    """The client of julia, who may write."""
    return HfApi(endpoint=docker_hub.url, token="hf_write")


@pytest.fixture(name="create_docker")
def _create_docker(docker_hub: LocalHub, docker_files: Files, api: HfApi) -> CreateDocker:
    """Create the tiny Docker Space with variables and secrets; gives it once it is idle."""

    def create(variables: dict[str, str], secrets: dict[str, str]) -> HostedSpace:
        api.create_repo(
            ID,
            repo_type="space",
            space_sdk="docker",
            space_variables=[{"key": key, "value": value} for key, value in variables.items()],
            space_secrets=[{"key": key, "value": value} for key, value in secrets.items()],
        )
        operations = [CommitOperationAdd(path, data) for path, data in docker_files.items()]
        api.create_commit(ID, operations, commit_message="All", repo_type="space")
        space = docker_hub.space(ID)
        stages_until_idle(docker_hub, space)
        return space

    return create


@pytest.fixture(name="calls")
def _calls(tmp_path: Path, podman: Podman, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the arguments of every call of podman, one per line."""
    record, programs = tmp_path / "calls", tmp_path / "programs"
    programs.mkdir()
    recorder = programs / "podman"
    recorder.write_text(RECORDER.format(record=record, podman=podman.program), "utf-8")
    recorder.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(programs), os.environ["PATH"])))
    return record


def dockerfile(*lines: str) -> bytes:
    """A Dockerfile on busybox; the lines begin with its second."""
    return "\n".join(["FROM busybox", *lines, ""]).encode()


def test_a_docker_space_is_built_started_and_answers(start_docker: StartDocker, api: HfApi) -> None:
    space, stages = start_docker(**{"www/new": os.urandom(8)})
    assert stages == STARTED
    assert (space.running, space.message) == (space.head, None)
    assert WEB.get(space.url).text == "Hello!"
    log = space.build_log
    assert log.startswith("===== Build Queued at ")
    assert "--> FROM busybox\n" in log and "\nBuilding in mode none\n" in log
    assert re.search(r"--> RUN echo .*\n(.*\n)*?DONE \d+\.\d+s\n", log)
    assert "hf-deploy" not in log.lower()
    assert space.run_log.startswith("===== Application Startup at ")
    assert "\nThe app starts.\n" in space.run_log
    assert api.get_space_runtime(ID).stage == "RUNNING"
    shown = "".join(api.fetch_space_logs(ID, build=True))
    assert "--> RUN chmod +x www/cgi-bin/environment" in shown


def test_the_settings_reach_the_build_and_the_app_and_no_secret_a_command_line(
    create_docker: CreateDocker,
    docker_files: Files,
    calls: Path,
    podman: Podman,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_caller")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_caller")
    use = b"RUN --mount=type=secret,id=KEY,mode=0444,required=true sha256sum </run/secrets/KEY"
    docker_files["Dockerfile"] = docker_files["Dockerfile"].replace(
        b"USER root\n", use + b" >www/key\nUSER root\n"
    )
    space = create_docker({"MODE": MODE}, {"KEY": KEY})
    assert space.stage == "RUNNING"
    assert WEB.get(f"{space.url}/mode").text == f"{MODE}\n"
    assert WEB.get(f"{space.url}/key").text.split()[0] == sha256(KEY.encode()).hexdigest()
    seen = WEB.get(f"{space.url}/cgi-bin/environment").text
    assert f"\nMODE={MODE}\n" in seen and f"\nKEY={KEY}" in seen
    assert {
        f"SPACE_ID={ID}",
        "SPACE_AUTHOR_NAME=julia",
        "SPACE_REPO_NAME=docker",
        "SPACE_TITLE=Docker",
        f"SPACE_HOST={space.url.removeprefix('http://')}",
        "SYSTEM=spaces",
        "CPU_CORES=2",
        "MEMORY=16Gi",
    } <= set(seen.splitlines())
    assert not re.search("hf_caller|ghs_caller|PYTHONPATH|CONTAINERS_|DOCKER_", seen)
    said = calls.read_text("utf-8")
    assert "\nbuild\n" in said and "\ncreate\n" in said
    for line in KEY.splitlines():
        assert line not in said and line not in space.build_log
    image = podman("ps", "--format={{.ImageID}}")[0]
    assert "c2VjcmV0" not in "".join(podman("inspect", image) + podman("history", image))


def test_a_secret_by_the_name_of_a_setting_of_podman_is_none_of_podman(
    create_docker: CreateDocker,
) -> None:
    space = create_docker({}, {"CONTAINERS_CONF": "/nowhere", "LD_PRELOAD": "/nowhere\n/here"})
    assert space.stage == "RUNNING"
    seen = WEB.get(f"{space.url}/cgi-bin/environment").text
    assert "\nCONTAINERS_CONF=/nowhere\n" in seen
    assert "LD_PRELOAD is not set here: the engine itself would read it." in space.run_log


def test_a_container_may_do_no_more_than_one_on_spaces(
    start_docker: StartDocker, podman: Podman
) -> None:
    space, _ = start_docker()
    # although the Dockerfile says USER root
    assert "user 1000\n" in WEB.get(f"{space.url}/cgi-bin/environment").text
    found = json.loads("".join(podman("inspect", *podman("ps", "--quiet"))))[0]
    assert found["HostConfig"]["NanoCpus"] == 2 * 10**9
    assert found["HostConfig"]["Memory"] == 16 * 2**30
    assert not found["EffectiveCaps"]
    assert "no-new-privileges" in found["HostConfig"]["SecurityOpt"]


def test_a_build_repeats_only_what_has_changed_also_in_the_next_hub(
    docker_hub: LocalHub,
    docker_files: Files,
    start_docker: StartDocker,
    podman: Podman,
    tmp_path: Path,
) -> None:
    slow = b"RUN echo The slow step. && head -c 16 /dev/urandom >slow\nARG MODE"
    recipe = docker_files["Dockerfile"].replace(b"ARG MODE", slow)
    changed = recipe.replace(b"in mode", b"again in mode")
    space, _ = start_docker(Dockerfile=recipe)
    assert "\nThe slow step.\n" in space.build_log, space.build_log
    docker_hub.commit(ID, {"Dockerfile": changed})
    assert stages_until_idle(docker_hub, space)[-1] == "RUNNING"
    assert re.search(r"--> RUN echo The slow step\. .*\nCACHED\n", space.build_log)
    assert "\nBuilding again in mode none\n" in space.build_log
    docker_hub.stop()
    images = podman("images", "--all", "--quiet")
    with LocalHub(real=True, cache=tmp_path / "cache") as other:
        space = other.add_space(ID, docker_files | {"Dockerfile": changed}, sdk="docker")
        assert stages_until_idle(other, space)[-1] == "RUNNING"
    assert space.build_log.count("\nCACHED\n") == changed.count(b"\n") - 1
    assert podman("images", "--all", "--quiet") == images


def test_the_old_container_answers_while_the_next_is_built(
    docker_hub: LocalHub, docker_files: Files, start_docker: StartDocker, gate: Gate
) -> None:
    space, _ = start_docker()
    old, url = space.running, space.url
    build = docker_files["Dockerfile"] + f"RUN {gate.wait}\n".encode()
    new = docker_hub.commit(ID, {"Dockerfile": build, "www/index.html": b"Hello again!"})
    gate.wait_for_visitor()
    assert (space.stage, space.running) == ("RUNNING_BUILDING", old)
    assert WEB.get(url).text == "Hello!"
    gate.open()
    assert stages_until_idle(docker_hub, space)[-1] == "RUNNING"
    assert (space.running, WEB.get(url).text) == (new, "Hello again!")


def test_a_newer_commit_cancels_the_build_of_an_older_one(
    docker_hub: LocalHub,
    docker_files: Files,
    start_docker: StartDocker,
    gate: Gate,
    podman: Podman,
) -> None:
    space, _ = start_docker()
    stuck = docker_files["Dockerfile"] + f"RUN {gate.wait}\n".encode()
    docker_hub.commit(ID, {"Dockerfile": stuck})
    gate.wait_for_visitor()
    newest = docker_hub.commit(ID, docker_files)
    assert stages_until_idle(docker_hub, space)[-1] == "RUNNING"
    assert space.running == newest
    # nothing of the build, nor the first container
    assert len(podman("ps", "--all", "--external", "--quiet")) == 1


def test_new_settings_build_the_image_again_and_restart_the_container(
    docker_hub: LocalHub, start_docker: StartDocker, api: HfApi
) -> None:
    space, _ = start_docker()
    api.add_space_variable(ID, "MODE", "fast")
    assert stages_until_idle(docker_hub, space)[-1] == "RUNNING"
    assert WEB.get(f"{space.url}/mode").text == "fast\n"


def test_settings_that_change_during_a_build_are_those_of_the_app(
    docker_hub: LocalHub, docker_files: Files, api: HfApi, gate: Gate
) -> None:
    wait = f"FROM busybox\nRUN {gate.wait}\n".encode()
    recipe = docker_files["Dockerfile"].replace(b"FROM busybox\n", wait)
    space = docker_hub.add_space(ID, docker_files | {"Dockerfile": recipe}, sdk="docker")
    gate.wait_for_visitor()
    api.add_space_variable(ID, "MODE", "fast")
    gate.open()
    assert stages_until_idle(docker_hub, space)[-1] == "RUNNING"
    assert WEB.get(f"{space.url}/mode").text == "fast\n"
    assert "\nMODE=fast\n" in WEB.get(f"{space.url}/cgi-bin/environment").text


def test_a_paused_or_deleted_space_has_no_container(
    docker_hub: LocalHub, start_docker: StartDocker, api: HfApi, podman: Podman
) -> None:
    space, _ = start_docker()
    assert api.pause_space(ID).stage == "PAUSED"
    assert WEB.get(space.url).status_code == 503
    docker_hub.wait_until(lambda: not podman("ps", "--all", "--quiet"))
    api.restart_space(ID)
    assert stages_until_idle(docker_hub, space)[-1] == "RUNNING"
    assert WEB.get(space.url).text == "Hello!"
    api.delete_repo(ID, repo_type="space")
    assert podman("ps", "--all", "--quiet") == []


def test_what_a_container_uses_is_streamed(start_docker: StartDocker, docker_hub: LocalHub) -> None:
    start_docker()
    url = f"{docker_hub.url}/api/spaces/{ID}/metrics"
    headers = {"Authorization": "Bearer hf_write"}
    with WEB.stream("GET", url, headers=headers, timeout=60) as answer:
        data = next(line for line in answer.iter_lines() if line.startswith("data: "))
    sample = json.loads(data.removeprefix("data: "))
    assert 0 < sample["memory_used_bytes"] < sample["memory_total_bytes"] == 16 * 2**30
    assert 0 <= sample["cpu_usage_pct"] <= 100


@pytest.mark.parametrize(
    ("lines", "code", "failed"),
    [
        (["WORKDIR /app", "", "RUN true \\", "  && exit 7"], 7, "RUN true .*exit 7.*Dockerfile:4"),
        (["# a comment", "COPY missing.txt ."], 125, r"COPY missing\.txt \. .*Dockerfile:3"),
    ],
    ids=["a command", "a missing file"],
)
def test_a_build_that_fails_names_the_instruction_and_its_line(
    start_docker: StartDocker, lines: list[str], code: int, failed: str
) -> None:
    space, stages = start_docker(Dockerfile=dockerfile(*lines))
    assert stages == ["BUILDING", "BUILD_ERROR"]
    assert f"exit code: {code}" in (space.message or "")
    assert re.search(failed, space.message or ""), space.message
    assert WEB.get(space.url).status_code == 503


def test_a_container_that_exits_is_shown_with_the_end_of_its_log(start_docker: StartDocker) -> None:
    crash = dockerfile("CMD echo 'I looked for my model.'; exit 3")
    space, stages = start_docker(Dockerfile=crash)
    assert stages == ["BUILDING", "APP_STARTING", "RUNTIME_ERROR"]
    assert space.message == "Exit code: 3. Reason: I looked for my model."


def test_the_last_lines_of_a_long_log_are_shown(start_docker: StartDocker) -> None:
    space, _ = start_docker(Dockerfile=dockerfile("CMD seq 60000; echo The end.; exit 3"))
    assert (space.message or "").endswith("\n59999\n60000\nThe end.")


def test_a_here_document_is_built_or_podman_is_too_old(start_docker: StartDocker) -> None:
    space, _ = start_docker(Dockerfile=dockerfile("RUN <<EOF", "exit 7", "EOF"))
    assert space.stage == "BUILD_ERROR" or "here-document" in (space.message or "")


def test_a_container_that_exits_later_is_noticed(
    docker_hub: LocalHub, start_docker: StartDocker
) -> None:
    space, stages = start_docker(**{"www/cgi-bin/environment": b"#!/bin/sh\nkill 1\n"})
    assert stages == STARTED
    with pytest.raises(httpx2.HTTPError):
        WEB.get(f"{space.url}/cgi-bin/environment")
    docker_hub.wait_until(lambda: space.stage == "RUNTIME_ERROR", 60)
    assert (space.message or "").startswith("Exit code: ")
    assert space.running is None
    assert WEB.get(space.url).status_code == 503


def test_an_app_that_listens_on_loopback_only_does_not_answer(
    start_docker: StartDocker, docker_files: Files, app_port: int
) -> None:
    start = f"CMD exec httpd -f -p 127.0.0.1:{app_port}"
    card = docker_files["README.md"].replace(b"sdk:", b"startup_duration_timeout: 4s\nsdk:")
    space, stages = start_docker(Dockerfile=dockerfile(start), **{"README.md": card})
    assert stages == ["BUILDING", "APP_STARTING", "RUNTIME_ERROR"]
    assert f"Listening on 127.0.0.1:{app_port} only" in (space.message or "")


def test_a_docker_space_needs_a_dockerfile(docker_hub: LocalHub, docker_files: Files) -> None:
    recipe = docker_files.pop("Dockerfile")
    space = docker_hub.add_space(ID, docker_files, sdk="docker")
    assert stages_until_idle(docker_hub, space) == ["NO_APP_FILE"]
    docker_hub.commit(ID, {"Dockerfile": recipe})
    assert stages_until_idle(docker_hub, space)[-3:] == STARTED


def test_a_port_that_another_program_has_is_not_taken_for_a_failing_app(
    start_docker: StartDocker, app_port: int
) -> None:
    with socket.create_server(("0.0.0.0", app_port)):
        space, _ = start_docker()
    assert space.stage == "RUNTIME_ERROR"
    assert f"port {app_port} of this machine is taken by another program" in (space.message or "")


def test_of_two_spaces_that_want_one_port_the_second_is_not_taken_for_a_failing_app(
    docker_hub: LocalHub, docker_files: Files
) -> None:
    recipe = docker_files["Dockerfile"].replace(b"CMD ", b"CMD sleep 1; ")
    spaces = [
        docker_hub.add_space(name, docker_files | {"Dockerfile": recipe}, sdk="docker")
        for name in ("julia/one", "julia/two")
    ]
    for space in spaces:
        stages_until_idle(docker_hub, space)
    (served,) = [space for space in spaces if space.stage == "RUNNING"]
    assert WEB.get(served.url).text == "Hello!"
    (other,) = [space for space in spaces if space is not served]
    assert other.stage == "RUNTIME_ERROR"
    assert "is taken by another program" in (other.message or "")


@pytest.mark.parametrize("first", [{}, {"Dockerfile.dockerignore": b"hidden"}])
def test_only_the_dockerfile_and_the_dockerignore_count(
    start_docker: StartDocker, first: Files
) -> None:
    ignored = b"shown" if first else b"hidden"
    podmans_own = {"Containerfile": b"FROM nothing", ".containerignore": b"www"}
    files = podmans_own | {".dockerignore": ignored, "hidden": b"x", "shown": b"x"}
    recipe = dockerfile("COPY . /all", "RUN ls /all", "CMD exit 7")
    space, _ = start_docker(Dockerfile=recipe, **files, **first)
    assert "\nshown\n" in space.build_log and "\nhidden\n" not in space.build_log
    assert (space.message or "").startswith("Exit code: 7.")


def test_without_an_engine_it_is_said_how_to_get_one(
    start_docker: StartDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    space, _ = start_docker()
    assert space.stage == "CONFIG_ERROR"
    message = space.message or ""
    assert message.startswith("The local Hub can't build Docker Spaces: ")
    assert "https://docs.docker.com/" in message and "https://podman.io/" in message
