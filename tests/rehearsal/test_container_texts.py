"""What container engines print, as the local Hub reads and shows it."""

from __future__ import annotations

import pytest

from deployer.rehearsal.containers.build_log import BuildKitOutput, BuildOutput, PodmanOutput
from deployer.rehearsal.containers.listening import describe, is_wrong, read_listening
from deployer.rehearsal.containers.usage import Usage, parse_usage

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG VERSION=1
FROM node:20 AS pages
RUN npm run build

FROM python:3.12-slim
COPY --from=pages /dist /dist
RUN pip install \\
    --no-cache-dir flask
CMD ["python", "app.py"]
"""
PODMAN = """\
[1/2] STEP 1/2: FROM node:20 AS pages
[1/2] STEP 2/2: RUN npm run build
--> Using cache 17bdcc843eda3c3daf8fef8a1bff75e858e7fc748466836b9680ac4c2398dff6
--> 17bdcc843ed
[2/2] STEP 1/4: FROM python:3.12-slim
[2/2] STEP 2/4: COPY --from=pages /dist /dist
--> 5f6cad9cbdc
[2/2] STEP 3/4: RUN pip install     --no-cache-dir flask
Collecting flask
"""
PODMAN_ENDS = """\
--> 67b72f11723
[2/2] STEP 4/4: CMD ["python", "app.py"]
[2/2] COMMIT
--> a2e57a5c2a2
[Warning] one or more build args were not consumed: [HF_DEPLOY_HUB MODE]
a2e57a5c2a22884a766017414994b5dd97f28e8d946d606aa6cb437a0a14dd72
"""
BUILDKIT = """\
#0 building with "default" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 98B done
#1 DONE 0.0s

#4 [pages 1/2] FROM docker.io/library/node:20@sha256:2f9e
#4 DONE 0.0s

#5 [pages 2/2] RUN npm run build
#5 CACHED

#6 [stage-1 2/3] COPY --from=pages /dist /dist
#6 DONE 0.1s

#7 [stage-1 3/3] RUN pip install     --no-cache-dir flask
#7 0.512 Collecting flask

#6 [stage-1 2/3] COPY --from=pages /dist /dist

#7 [stage-1 3/3] RUN pip install     --no-cache-dir flask
"""
BUILDKIT_FAILS = """\
#7 1.844 ERROR: No matching distribution found for flask
#7 ERROR: process "/bin/sh -c pip install" did not complete successfully: exit code: 4
------
 > [stage-1 3/3] RUN pip install     --no-cache-dir flask:
1.844 ERROR: No matching distribution found for flask
------
Dockerfile:8
--------------------
   8 | >>> RUN pip install \\
--------------------
ERROR: failed to solve: process "/bin/sh -c pip install" did not complete: exit code: 4
"""
# /proc/net/tcp and tcp6 as Linux prints them, then `ls -l /proc/*/fd`
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: {one} 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 1
   2: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0
  sl  local_address                         remote_address                        st tx_queue
   0: {two} 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 \
       0 4713 1 0 100 0 0 10 0
/proc/1/fd:
lrwx------    1 1000     0   64 Nov 30 06:09 3 -> socket:[4711]
lrwx------    1 1000     0   64 Nov 30 06:09 4 -> socket:[4712]
lrwx------    1 1000     0   64 Nov 30 06:09 5 -> socket:[4713]
lrwx------    1 1000     0   64 Nov 30 06:09 6 -> /dev/null
"""
NOTHING_6 = "0" * 32 + ":0000"


def shown(kind: type[BuildOutput], text: str) -> tuple[list[str], BuildOutput]:
    """The lines of a build log, and what was understood of an engine's output."""
    lines: list[str] = []
    output = kind(DOCKERFILE, lines.append)
    for line in text.splitlines(keepends=True):
        output.add(line)
    return [line.rstrip("\n") for line in lines], output


def test_a_build_of_podman_is_shown_as_the_hub_shows_one() -> None:
    lines, _ = shown(PodmanOutput, PODMAN + PODMAN_ENDS)
    assert [line[:4] if line.startswith("DONE") else line for line in lines] == [
        "--> FROM node:20 AS pages",
        "--> RUN npm run build",
        "CACHED",
        "--> FROM python:3.12-slim",
        "--> COPY --from=pages /dist /dist",
        "DONE",
        "--> RUN pip install     --no-cache-dir flask",
        "Collecting flask",
        "DONE",
        '--> CMD ["python", "app.py"]',
        "DONE",
        "[Warning] one or more build args were not consumed: [MODE]",
    ]


def test_a_build_of_docker_is_shown_as_the_hub_shows_one() -> None:
    lines, _ = shown(BuildKitOutput, BUILDKIT)
    assert [line for line in lines if line] == [
        "--> FROM docker.io/library/node:20@sha256:2f9e",
        "DONE 0.0s",
        "--> RUN npm run build",
        "CACHED",
        "--> COPY --from=pages /dist /dist",
        "DONE 0.1s",
        "--> RUN pip install     --no-cache-dir flask",
        "Collecting flask",
    ]


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (PodmanOutput, PODMAN + 'Error: building at STEP "RUN pip install": exit status 4\n', 4),
        (BuildKitOutput, BUILDKIT + BUILDKIT_FAILS, 4),
    ],
)
def test_a_failed_build_names_its_instruction_and_line(
    kind: type[BuildOutput], text: str, code: int
) -> None:
    _, output = shown(kind, text)
    assert str(output.failed_step) == "RUN pip install  --no-cache-dir flask (Dockerfile:8)"
    assert output.exit_code == code


def test_a_step_of_docker_without_a_line_is_found_by_its_number() -> None:
    failed = BUILDKIT + "#7 ERROR: executor failed running [/bin/sh -c pip]: exit code: 4\n"
    output = shown(BuildKitOutput, failed)[1]
    assert str(output.failed_step) == "RUN pip install  --no-cache-dir flask (Dockerfile:8)"
    assert output.exit_code == 4


def test_what_a_step_prints_without_a_line_break_is_kept_apart_from_podmans_words() -> None:
    lines, _ = shown(PodmanOutput, PODMAN + "no line break--> 67b72f11723\n")
    assert lines[-2] == "no line break" and lines[-1].startswith("DONE ")


def test_an_exit_code_that_the_app_prints_is_not_the_builds() -> None:
    text = PODMAN + 'Error: exit status 77\nError: building at STEP "RUN pip": no such file\n'
    output = shown(PodmanOutput, text)[1]
    assert (output.exit_code, output.error) == (None, 'building at STEP "RUN pip": no such file')


def test_a_step_that_is_not_in_the_dockerfile_is_not_given_a_line() -> None:
    from_base = PODMAN.replace("RUN pip install     --no-cache-dir flask", "ENV FROM=onbuild")
    assert shown(PodmanOutput, from_base)[1].failed_step is None
    assert shown(PodmanOutput, "Error: no such image\n")[1].failed_step is None
    assert shown(BuildKitOutput, "Dockerfile:99\n")[1].failed_step is None


@pytest.mark.parametrize(
    ("one", "two", "listening"),
    [
        ("00000000:1F90", NOTHING_6, {8080: True, 0: True}),
        ("0100007F:1F90", "0" * 24 + "01000000:1F90", {8080: False}),
        ("0100007F:1F90", "0" * 32 + ":1F90", {8080: True}),
        ("0200007F:1F90", "0" * 16 + "FFFF00000100007F:1F90", {8080: False}),
    ],
)
def test_only_the_containers_own_sockets_that_listen_are_read(
    one: str, two: str, listening: dict[int, bool]
) -> None:
    table = TCP.replace("\\\n", "").format(one=one, two=two)
    assert read_listening(table) == listening
    assert read_listening(table.replace("socket:", "pipe:")) == {}
    assert read_listening(table.replace("/proc/1/fd:", "")) is None


@pytest.mark.parametrize(
    ("listening", "wrong"),
    [
        ({}, False),
        ({8080: True, 9000: True}, False),
        ({11434: False}, False),
        ({8080: False}, True),
        ({9000: True, 11434: False}, True),
    ],
)
def test_a_helper_on_loopback_is_not_a_server_at_the_wrong_port(
    listening: dict[int, bool], wrong: bool
) -> None:
    assert is_wrong(listening, 8080) is wrong


def test_where_an_app_listens_wrongly_is_said() -> None:
    assert describe({}, 8080) == describe({8080: True}, 8080) == ""
    assert describe({8080: True, 9000: False}, 8080) == ""
    assert "127.0.0.1:8080 only" in describe({8080: False, 9000: True}, 8080)
    assert "0.0.0.0:9000 and 127.0.0.1:9001, but" in describe({9001: False, 9000: True}, 8080)


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("12.50% 1.5MiB / 16GiB\n", Usage(3 * 2**19, percent=12.5)),
        ("0.00% 0B / 0B", Usage(0)),
        ("27338512ns 671.7kB / 33.55MB", Usage(671_700, seconds=0.027338512)),
    ],
)
def test_what_a_container_uses_is_read(text: str, usage: Usage) -> None:
    assert parse_usage(text) == usage


def test_the_cpu_of_podman_is_the_difference_of_two_moments() -> None:
    assert Usage(0, seconds=3.0).percent_since(Usage(0, seconds=2.0), 2.0) == 50
    assert Usage(0, percent=7.0).percent_since(Usage(0, percent=2.0), 2.0) == 7


def test_a_text_without_usage_is_refused() -> None:
    with pytest.raises(ValueError, match="no usage: '-- --'"):
        parse_usage("-- --")
