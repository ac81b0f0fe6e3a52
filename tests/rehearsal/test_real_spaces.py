"""Spaces that are built and run for real."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi

from deployer.rehearsal import LocalHub, supervisor
from deployer.rehearsal.store import HostedSpace
from tests.rehearsal.conftest import is_free

pytestmark = pytest.mark.real

Files = Callable[[str], dict[str, bytes]]
StartSpace = Callable[..., tuple[HostedSpace, list[str]]]
WaitUntilIdle = Callable[[HostedSpace], list[str]]
WEB = httpx2.Client()
STARTED = ["BUILDING", "APP_STARTING", "RUNNING"]
ROOT = Path(__file__).parents[2]
HOLDER = """
import json, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from deployer.rehearsal import LocalHub
files = {{name: data.encode() for name, data in json.loads({files!r}).items()}}
hub = LocalHub(real=True, cache=Path({cache!r})).start()
space = hub.add_space("julia/app", files)
hub.wait_until(lambda: space.stage == "RUNNING", 200)
print(space.url, flush=True)
time.sleep(600)
"""


def test_a_gradio_app_is_built_started_and_answers(start_space: StartSpace) -> None:
    space, stages = start_space("gradio-hello")
    assert stages == STARTED
    assert (space.running, space.message) == (space.head, None)
    assert "gradio" in WEB.get(space.url).text
    called = WEB.post(f"{space.url}/gradio_api/call/greet", json={"data": ["you"]})
    event = called.json()["event_id"]
    # the proxy passes a stream of server-sent events unchanged
    assert "Hello, you!" in WEB.get(f"{space.url}/gradio_api/call/greet/{event}").text


def test_an_environment_that_exists_is_not_built_again(start_space: StartSpace) -> None:
    space, _ = start_space("plain-hello")
    assert "CACHED\n" in space.build_log
    assert space.build_log.startswith("===== Build Queued at ")


def test_an_app_gets_the_variables_of_spaces_and_no_token_of_the_caller(
    real_hub: LocalHub, start_space: StartSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_caller")
    monkeypatch.setenv("HF_ENDPOINT", real_hub.url)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_caller")
    space, _ = start_space("plain-hello")
    seen = json.loads(WEB.get(f"{space.url}/environment").text)
    assert (seen["SPACE_ID"], seen["SPACE_TITLE"]) == ("julia/plain-hello", "Plain hello")
    assert seen["SPACE_HOST"] == space.url.removeprefix("http://")
    assert not {"HF_TOKEN", "HF_ENDPOINT", "GITHUB_TOKEN", "PYTHONPATH"} & set(seen)
    assert seen["HOME"] != os.environ.get("HOME")
    assert Path(seen["CWD"]).name == "app"
    assert seen["PATH"].split(os.pathsep)[0].endswith("bin")


def test_new_settings_reach_the_app(
    real_hub: LocalHub, start_space: StartSpace, wait_until_idle: WaitUntilIdle
) -> None:
    space, _ = start_space("plain-hello")
    api = HfApi(endpoint=real_hub.url, token="hf_write")
    api.add_space_variable(space.id, "MODE", "fast")
    assert wait_until_idle(space)[-1] == "RUNNING"
    api.add_space_secret(space.id, "KEY", "shh")
    assert wait_until_idle(space)[-1] == "RUNNING"
    seen = json.loads(WEB.get(f"{space.url}/environment").text)
    assert (seen["MODE"], seen["KEY"]) == ("fast", "shh")


def test_an_app_that_exits_is_shown_with_the_end_of_its_log(start_space: StartSpace) -> None:
    space, stages = start_space("crash")
    assert stages == ["BUILDING", "APP_STARTING", "RUNTIME_ERROR"]
    assert space.message == "Exit code: 3. Reason: I looked for my model, and there is none."
    assert space.run_log.startswith("===== Application Startup at ")
    assert WEB.get(space.url).status_code == 503


def test_an_app_that_exits_later_is_noticed(
    real_hub: LocalHub, start_space: StartSpace, tiny: Files
) -> None:
    late = tiny("plain-hello")["app.py"].decode() + "\n"
    late = late.replace("def do_GET(self):", "def do_GET(self):\n        bye(self.path)")
    late = "import os as o\n\ndef bye(path):\n    path == '/bye' and o._exit(5)\n" + late
    space, stages = start_space("plain-hello", **{"app.py": late.encode()})
    assert stages == STARTED
    with pytest.raises(httpx2.HTTPError):
        WEB.get(f"{space.url}/bye")
    real_hub.wait_until(lambda: space.stage == "RUNTIME_ERROR", 60)
    assert (space.message or "").startswith("Exit code: 5.")
    assert space.running is None


def test_requirements_that_cannot_be_installed_fail_the_build(start_space: StartSpace) -> None:
    space, stages = start_space("bad-requirements")
    assert stages == ["BUILDING", "BUILD_ERROR"]
    assert space.message == "Job failed with exit code: 1"
    assert "a-package-that-is-not-here" in space.build_log
    assert WEB.get(space.url).status_code == 503


def test_what_the_local_hub_does_not_support_is_shown(
    real_hub: LocalHub, wait_until_idle: WaitUntilIdle, tiny: Files
) -> None:
    card = b'---\nsdk: gradio\nsdk_version: "6.31.0"\npython_version: "3.8"\n---\n'
    files = tiny("plain-hello") | {"README.md": card, "packages.txt": b"ffmpeg\nlibx\n"}
    old = real_hub.add_space("julia/old", files)
    assert wait_until_idle(old)[-1] == "RUNNING"
    assert "The card sets Python 3.8; the local Hub uses " in old.build_log
    assert "doesn't install ffmpeg libx" in old.build_log


def test_a_space_without_an_app_waits_for_one(
    real_hub: LocalHub, wait_until_idle: WaitUntilIdle, tiny: Files
) -> None:
    files = tiny("plain-hello")
    app = files.pop("app.py")
    space = real_hub.add_space("julia/empty", files)
    assert wait_until_idle(space) == ["NO_APP_FILE"]
    real_hub.commit(space.id, {"app.py": app})
    assert wait_until_idle(space)[-3:] == STARTED


def test_a_static_space_serves_its_files_and_then_the_newer_ones(
    real_hub: LocalHub, wait_until_idle: WaitUntilIdle, tiny: Files
) -> None:
    space = real_hub.add_space("julia/static", tiny("static"), sdk="static")
    assert wait_until_idle(space)[-1] == "RUNNING"
    assert "Hello!" in WEB.get(space.url).text
    style = WEB.get(f"{space.url}/look/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert WEB.get(f"{space.url}/missing.html").status_code == 404
    url = space.url
    real_hub.commit(space.id, {"index.html": b"newer"})
    assert wait_until_idle(space) == ["RUNNING"]
    assert (WEB.get(url).text, space.url) == ("newer", url)


def test_the_old_app_answers_until_the_new_one_does(
    real_hub: LocalHub, start_space: StartSpace, tiny: Files, tmp_path: Path
) -> None:
    space, _ = start_space("plain-hello")
    old, gate, url = space.running, tmp_path / "gate", space.url
    gated = tiny("gated")["app.py"].replace(b'os.environ["GATE"]', repr(str(gate)).encode())
    new = real_hub.commit(space.id, {"app.py": gated})
    real_hub.wait_until(lambda: "The app waits." in space.run_log, 60)
    runtime = HfApi(endpoint=real_hub.url, token="hf_write").get_space_runtime(space.id)
    assert (runtime.stage, runtime.raw["sha"]) == ("RUNNING_APP_STARTING", old)
    assert WEB.get(url).text == "Hello!"
    gate.touch()
    real_hub.wait_until(lambda: space.stage == "RUNNING", 60)
    assert (space.running, WEB.get(url).text) == (new, "The gate is open.")


def test_a_newer_commit_cancels_the_start_of_an_older_one(
    real_hub: LocalHub, start_space: StartSpace, wait_until_idle: WaitUntilIdle, tiny: Files
) -> None:
    space, _ = start_space("plain-hello")
    stuck = tiny("gated")["app.py"].replace(b'os.environ["GATE"]', b'"/no/such/gate"')
    real_hub.commit(space.id, {"app.py": stuck})
    real_hub.wait_until(lambda: "The app waits." in space.run_log, 60)
    newest = real_hub.commit(space.id, tiny("plain-hello"))
    assert wait_until_idle(space)[-1] == "RUNNING"
    assert (space.running, WEB.get(space.url).text) == (newest, "Hello!")


def test_an_app_keeps_its_files_while_a_newer_commit_starts(
    real_hub: LocalHub, start_space: StartSpace, tiny: Files
) -> None:
    plain, gated = tiny("plain-hello")["app.py"], tiny("gated")["app.py"]
    ignoring = b"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    space, _ = start_space("plain-hello", **{"app.py": ignoring + plain})
    reading = plain.replace(b'b"Hello!"', b'open("words.txt", "rb").read()')
    second = real_hub.commit(space.id, {"app.py": reading, "words.txt": b"My words."})
    # it serves, but RUNNING waits for the exit of the first one, which ignores SIGTERM
    real_hub.wait_until(lambda: WEB.get(space.url).text == "My words.", 60)
    assert (space.stage, space.running) == ("RUNNING_APP_STARTING", second)
    stuck = gated.replace(b'os.environ["GATE"]', b'"/no/such/gate"')
    real_hub.commit(space.id, {"app.py": stuck})
    real_hub.wait_until(lambda: "The app waits." in space.run_log, 60)
    assert WEB.get(space.url).text == "My words."
    assert space.running == second


def test_an_app_that_never_answers_times_out(start_space: StartSpace, tiny: Files) -> None:
    card = b'---\nsdk: gradio\nsdk_version: "6.31.0"\nstartup_duration_timeout: 1s\n---\n'
    stuck = tiny("gated")["app.py"].replace(b'os.environ["GATE"]', b'"/no/such/gate"')
    space, stages = start_space("plain-hello", **{"README.md": card, "app.py": stuck})
    assert stages[-1] == "RUNTIME_ERROR"
    assert "did not answer in 1 s" in (space.message or "")


def test_an_app_that_exits_before_the_old_one_is_a_failure(
    real_hub: LocalHub, start_space: StartSpace, wait_until_idle: WaitUntilIdle, tiny: Files
) -> None:
    plain = tiny("plain-hello")["app.py"]
    ignoring = b"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    space, _ = start_space("plain-hello", **{"app.py": ignoring + plain})
    brief = b"import os, threading\nthreading.Timer(1, os._exit, [7]).start()\n"
    real_hub.commit(space.id, {"app.py": brief + plain})
    assert wait_until_idle(space)[-1] == "RUNTIME_ERROR"
    assert (space.message or "").startswith("Exit code: 7.")
    assert (space.running, WEB.get(space.url).status_code) == (None, 503)


def test_a_paused_space_answers_503_until_a_restart(
    real_hub: LocalHub, start_space: StartSpace, wait_until_idle: WaitUntilIdle
) -> None:
    space, _ = start_space("plain-hello")
    api = HfApi(endpoint=real_hub.url, token="hf_write")
    assert api.pause_space(space.id).stage == "PAUSED"
    assert WEB.get(space.url).status_code == 503
    api.restart_space(space.id)
    assert wait_until_idle(space)[-1] == "RUNNING"
    assert WEB.get(space.url).text == "Hello!"


@pytest.mark.skipif(not is_free(7860), reason="something else listens at 7860")
def test_an_app_with_a_hard_coded_port_is_found_again_and_again(
    real_hub: LocalHub, start_space: StartSpace, wait_until_idle: WaitUntilIdle
) -> None:
    space, stages = start_space("port-7860")
    assert stages == STARTED
    assert WEB.get(space.url).text == "I am at 7860."
    newest = real_hub.commit(space.id, {"more.txt": b"more"})
    assert wait_until_idle(space)[-1] == "RUNNING"
    assert (space.running, WEB.get(space.url).text) == (newest, "I am at 7860.")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_app_is_killed_with_its_hub(cache: Path, tiny: Files, number: signal.Signals) -> None:
    files = json.dumps({path: data.decode() for path, data in tiny("plain-hello").items()})
    program = HOLDER.format(root=str(ROOT), files=files, cache=str(cache))
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as holder:
        assert holder.stdout is not None
        url = holder.stdout.readline().strip()
        seen = json.loads(WEB.get(f"{url}/environment").text)
        os.kill(holder.pid, number)
        holder.wait(60)
    port, end = int(seen["GRADIO_SERVER_PORT"]), time.monotonic() + 60
    while not is_free(port):
        assert time.monotonic() < end, "the app still listens"
        time.sleep(0.02)


def test_the_hub_stops_fast_with_an_app_that_exits_on_sigterm(cache: Path, tiny: Files) -> None:
    hub = LocalHub(real=True, cache=cache).start()
    space = hub.add_space("julia/app", tiny("plain-hello"))
    hub.wait_until(lambda: space.stage == "RUNNING", 200)
    started_at = time.monotonic()
    hub.stop()
    # an app that ignores SIGTERM gets this long
    assert time.monotonic() - started_at < supervisor.GRACE_SECONDS


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc")
def test_nothing_of_a_gradio_app_listens_beyond_loopback(
    real_hub: LocalHub, start_space: StartSpace
) -> None:
    space, stages = start_space("gradio-hello")
    assert stages == STARTED
    # the server for hot reload would start beside the app's own
    reached = listening_sockets(descendants(os.getpid()))
    port = int(space.url.rpartition(":")[2])
    assert ("127.0.0.1", port) in reached and len(reached) >= 3, reached
    assert {address for address, _ in reached} == {"127.0.0.1"}
    assert is_free(7887)
    called = WEB.get(f"{space.url}/config").json()
    assert called["space_id"] == space.id, "the app must see that it is on Spaces"
    assert real_hub.url


def descendants(process: int) -> set[int]:
    """The ids of a process and of all below it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found = {process}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def listening_sockets(processes: set[int]) -> set[tuple[str, int]]:
    """The IPv4 and IPv6 sockets (host and port) that processes listen on."""
    open_files = set()
    for pid in processes:
        with suppress(OSError):
            for file in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    open_files.add(os.readlink(file))
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else ():
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in open_files:
                address, port = words[1].split(":")
                plain = socket.inet_ntop(socket.AF_INET, bytes.fromhex(address[:8])[::-1])
                found.add((plain if len(address) == 8 else address, int(port, 16)))
    return found
