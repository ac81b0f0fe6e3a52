"""Start and stop the local Hub."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi

from deployer.rehearsal import App, Build, LocalHub, Step
from deployer.rehearsal.listener import LOOPBACK, bind_loopback
from tests.conftest import awaited

WEB = httpx2.Client()


def test_it_listens_on_the_loopback_interface_only(hub: LocalHub) -> None:
    space = hub.add_space("julia/app", {"app.py": b""})
    for url in (hub.url, space.url):
        assert url.startswith("http://127.0.0.1:")
        port = int(url.rpartition(":")[2])
        with socket.socket() as other:
            # another IP address of the same interface
            assert other.connect_ex(("127.0.0.2", port)) != 0


def test_answers_are_sent_without_delay() -> None:
    async def run() -> int:
        option: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def handle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            option.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        sock = bind_loopback(0)
        server = await asyncio.start_server(handle, sock=sock)
        _, writer = await asyncio.open_connection(LOOPBACK, sock.getsockname()[1])
        answer = await option
        writer.close()
        server.close()
        return answer

    assert awaited(run())


def test_it_stops_at_once_while_streams_and_requests_are_open() -> None:
    hub = LocalHub().start()
    app = App(hang=True)
    space = hub.add_space("julia/app", {"app.py": b""}, app=app)
    hub.scenario.builds = [Build(steps=[Step("BUILDING", seconds=60)])]
    hub.commit(space.id, {"a": b""})
    headers = {"Authorization": "Bearer hf_write"}
    ended: list[type[BaseException] | None] = []

    def follow(url: str) -> None:
        try:
            WEB.get(url, headers=headers, timeout=60)
        except httpx2.HTTPError as error:
            ended.append(type(error))

    urls = [f"{hub.url}/api/spaces/{space.id}/logs/{kind}" for kind in ("build", "run")]
    urls += [f"{hub.url}/api/spaces/{space.id}/events", space.url]
    followers = [threading.Thread(target=follow, args=(url,)) for url in urls]
    for follower in followers:
        follower.start()
    hub.wait_until(lambda: len(hub.requests) == 3 and hub.visits)
    started = time.monotonic()
    hub.stop()
    assert time.monotonic() - started < 20  # they would last a minute
    for follower in followers:
        follower.join()
    assert len(ended) == 4


def test_nothing_answers_after_the_stop() -> None:
    with LocalHub() as hub:
        space = hub.add_space("julia/app", {"app.py": b""})
    for url in (hub.url, space.url):
        with pytest.raises(httpx2.ConnectError):
            WEB.get(url)
    assert not [t for t in threading.enumerate() if t.name == "local-hub"]


def test_it_listens_on_a_given_port_again_and_again() -> None:
    with LocalHub() as first:
        port = int(first.url.rpartition(":")[2])
        WEB.get(first.url)
        with pytest.raises(OSError):
            LocalHub(port=port).start()
    with LocalHub(port=port) as second:
        assert second.url == first.url


def test_two_hubs_share_nothing() -> None:
    with LocalHub() as one, LocalHub() as two:
        one.add_space("julia/app", {"app.py": b""})
        assert (one.spaces(), two.spaces()) == (["julia/app"], [])


def test_it_can_be_stopped_twice_and_before_it_was_started() -> None:
    hub = LocalHub()
    hub.stop()
    with pytest.raises(RuntimeError):
        _ = hub.url
    hub.start()
    hub.stop()
    hub.stop()


def test_the_folder_of_a_killed_hub_is_deleted_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = "import sys, time; sys.path.insert(0, sys.argv[1]); from deployer.rehearsal import *; "
    hold += "hub = LocalHub().start(); print('up', flush=True); time.sleep(600)"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(Path(__file__).parents[2])],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"up\n"
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        (held,) = tmp_path.iterdir()
        with LocalHub():
            # it is locked
            assert held in tmp_path.iterdir()
        holder.kill()
        holder.wait()
    assert list(tmp_path.iterdir()) == [held]
    with LocalHub():
        assert held not in tmp_path.iterdir()
    assert not list(tmp_path.iterdir())


def test_the_list_of_agent_harnesses_is_empty(hub: LocalHub) -> None:
    answer = WEB.get(f"{hub.url}/api/agent-harnesses")
    assert answer.json() == {"standardEnvVars": [], "harnesses": {}}


def test_an_unknown_route_is_not_found(hub: LocalHub, api: HfApi) -> None:
    assert WEB.get(f"{hub.url}/api/models/julia/app").status_code == 404
    assert not api.repo_exists("julia/app", repo_type="space")
