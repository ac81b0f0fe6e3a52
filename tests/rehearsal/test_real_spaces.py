"""Spaces that are built and run for real. The first build takes as long as pip does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi

from deployer.rehearsal import LocalHub, supervisor
from deployer.rehearsal.store import HostedSpace

pytestmark = pytest.mark.real

Files = Callable[[str], dict[str, bytes]]
BringUp = Callable[..., tuple[HostedSpace, list[str]]]
Settle = Callable[[HostedSpace], list[str]]
WEB = httpx2.Client()
UP = ["BUILDING", "APP_STARTING", "RUNNING"]
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


def is_free(port: int) -> bool:
    """Whether nobody on this machine listens there."""
    with socket.socket() as other:
        return other.connect_ex(("127.0.0.1", port)) != 0


def test_a_gradio_app_is_built_started_and_answers(bring_up: BringUp) -> None:
    space, stages = bring_up("gradio-hello")
    assert stages == UP
    assert (space.running, space.message) == (space.head, None)
    assert "gradio" in WEB.get(space.url).text
    called = WEB.post(f"{space.url}/gradio_api/call/greet", json={"data": ["you"]})
    event = called.json()["event_id"]
    # a stream of server-sent events comes through the front as it is
    assert "Hello, you!" in WEB.get(f"{space.url}/gradio_api/call/greet/{event}").text


def test_an_environment_is_built_once(real_hub: LocalHub, bring_up: BringUp, tiny: Files) -> None:
    bring_up("plain-hello")
    other = real_hub.add_space("julia/other", tiny("plain-hello"))
    real_hub.wait_until(lambda: other.stage == "RUNNING", 60)
    assert "CACHED\n" in other.build_log
    assert other.build_log.startswith("===== Build Queued at ")


def test_an_app_sees_what_spaces_tell_and_nothing_of_us(
    real_hub: LocalHub, bring_up: BringUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_ours")
    monkeypatch.setenv("HF_ENDPOINT", real_hub.url)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_ours")
    space, _ = bring_up("plain-hello")
    seen = json.loads(WEB.get(f"{space.url}/environment").text)
    assert (seen["SPACE_ID"], seen["SPACE_TITLE"]) == ("julia/plain-hello", "Plain hello")
    assert seen["SPACE_HOST"] == space.url.removeprefix("http://")
    assert not {"HF_TOKEN", "HF_ENDPOINT", "GITHUB_TOKEN", "PYTHONPATH"} & set(seen)
    assert seen["HOME"] != os.environ.get("HOME")
    assert Path(seen["CWD"]).name == "app"
    assert seen["PATH"].split(os.pathsep)[0].endswith("bin")


def test_new_settings_reach_the_app(
    real_hub: LocalHub, bring_up: BringUp, apply_settings: Settle
) -> None:
    space, _ = bring_up("plain-hello")
    api = HfApi(endpoint=real_hub.url, token="hf_write")
    api.add_space_variable(space.id, "MODE", "fast")
    assert apply_settings(space)[-1] == "RUNNING"
    api.add_space_secret(space.id, "KEY", "shh")
    assert apply_settings(space)[-1] == "RUNNING"
    seen = json.loads(WEB.get(f"{space.url}/environment").text)
    assert (seen["MODE"], seen["KEY"]) == ("fast", "shh")


def test_an_app_that_ends_is_told_with_its_last_words(bring_up: BringUp) -> None:
    space, stages = bring_up("crash")
    assert stages == ["BUILDING", "APP_STARTING", "RUNTIME_ERROR"]
    assert space.message == "Exit code: 3. Reason: I looked for my model, and there is none."
    assert space.run_log.startswith("===== Application Startup at ")
    assert WEB.get(space.url).status_code == 503


def test_an_app_that_ends_later_is_noticed(
    real_hub: LocalHub, bring_up: BringUp, tiny: Files
) -> None:
    late = tiny("plain-hello")["app.py"].decode() + "\n"
    late = late.replace("def do_GET(self):", "def do_GET(self):\n        bye(self.path)")
    late = "import os as o\n\ndef bye(path):\n    path == '/bye' and o._exit(5)\n" + late
    space, stages = bring_up("plain-hello", **{"app.py": late.encode()})
    assert stages == UP
    with pytest.raises(httpx2.HTTPError):
        WEB.get(f"{space.url}/bye")
    real_hub.wait_until(lambda: space.stage == "RUNTIME_ERROR", 60)
    assert (space.message or "").startswith("Exit code: 5.")
    assert space.running is None


def test_requirements_that_cannot_be_installed_fail_the_build(bring_up: BringUp) -> None:
    space, stages = bring_up("bad-requirements")
    assert stages == ["BUILDING", "BUILD_ERROR"]
    assert space.message == "Job failed with exit code: 1"
    assert "a-package-that-is-not-here" in space.build_log
    assert WEB.get(space.url).status_code == 503


def test_what_a_rehearsal_cannot_do_is_said(
    real_hub: LocalHub, apply_settings: Settle, tiny: Files
) -> None:
    docker = real_hub.add_space("julia/docker", tiny("docker"), sdk="docker")
    assert apply_settings(docker)[-1] == "CONFIG_ERROR"
    assert "can't build Docker Spaces" in (docker.message or "")
    card = b'---\nsdk: gradio\nsdk_version: "6.31.0"\npython_version: "3.8"\n---\n'
    files = tiny("plain-hello") | {"README.md": card, "packages.txt": b"ffmpeg\nlibx\n"}
    old = real_hub.add_space("julia/old", files)
    assert apply_settings(old)[-1] == "RUNNING"
    assert "The card sets Python 3.8; the local Hub uses " in old.build_log
    assert "doesn't install ffmpeg libx" in old.build_log


def test_a_space_without_an_app_waits_for_one(
    real_hub: LocalHub, apply_settings: Settle, tiny: Files
) -> None:
    files = tiny("plain-hello")
    app = files.pop("app.py")
    space = real_hub.add_space("julia/empty", files)
    assert apply_settings(space) == ["NO_APP_FILE"]
    real_hub.commit(space.id, {"app.py": app})
    assert apply_settings(space)[-3:] == UP


def test_a_static_space_shows_its_files_and_then_the_newer_ones(
    real_hub: LocalHub, apply_settings: Settle, tiny: Files
) -> None:
    space = real_hub.add_space("julia/static", tiny("static"), sdk="static")
    assert apply_settings(space)[-1] == "RUNNING"
    assert "Hello!" in WEB.get(space.url).text
    style = WEB.get(f"{space.url}/look/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert WEB.get(f"{space.url}/missing.html").status_code == 404
    url = space.url
    real_hub.commit(space.id, {"index.html": b"newer"})
    assert apply_settings(space) == ["RUNNING"]
    assert (WEB.get(url).text, space.url) == ("newer", url)


def test_the_old_app_answers_until_the_new_one_does(
    real_hub: LocalHub, bring_up: BringUp, tiny: Files, tmp_path: Path
) -> None:
    space, _ = bring_up("plain-hello")
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


def test_a_newer_commit_ends_what_an_older_one_began(
    real_hub: LocalHub, bring_up: BringUp, apply_settings: Settle, tiny: Files
) -> None:
    space, _ = bring_up("plain-hello")
    stuck = tiny("gated")["app.py"].replace(b'os.environ["GATE"]', b'"/no/such/gate"')
    real_hub.commit(space.id, {"app.py": stuck})
    real_hub.wait_until(lambda: "The app waits." in space.run_log, 60)
    newest = real_hub.commit(space.id, tiny("plain-hello"))
    assert apply_settings(space)[-1] == "RUNNING"
    assert (space.running, WEB.get(space.url).text) == (newest, "Hello!")


def test_an_app_keeps_its_files_when_a_newer_commit_comes_early(
    real_hub: LocalHub, bring_up: BringUp, tiny: Files
) -> None:
    plain, gated = tiny("plain-hello")["app.py"], tiny("gated")["app.py"]
    deaf = b"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    space, _ = bring_up("plain-hello", **{"app.py": deaf + plain})
    reading = plain.replace(b'b"Hello!"', b'open("words.txt", "rb").read()')
    second = real_hub.commit(space.id, {"app.py": reading, "words.txt": b"My words."})
    # it serves, but RUNNING waits for the end of the first one, which doesn't listen
    real_hub.wait_until(lambda: WEB.get(space.url).text == "My words.", 60)
    assert (space.stage, space.running) == ("RUNNING_APP_STARTING", second)
    stuck = gated.replace(b'os.environ["GATE"]', b'"/no/such/gate"')
    real_hub.commit(space.id, {"app.py": stuck})
    real_hub.wait_until(lambda: "The app waits." in space.run_log, 60)
    assert WEB.get(space.url).text == "My words."
    assert space.running == second


def test_an_app_that_never_answers_times_out(bring_up: BringUp, tiny: Files) -> None:
    card = b'---\nsdk: gradio\nsdk_version: "6.31.0"\nstartup_duration_timeout: 1s\n---\n'
    stuck = tiny("gated")["app.py"].replace(b'os.environ["GATE"]', b'"/no/such/gate"')
    space, stages = bring_up("plain-hello", **{"README.md": card, "app.py": stuck})
    assert stages[-1] == "RUNTIME_ERROR"
    assert "did not answer in 1 s" in (space.message or "")


def test_an_app_that_ends_before_the_old_one_has_ended_is_no_success(
    real_hub: LocalHub, bring_up: BringUp, apply_settings: Settle, tiny: Files
) -> None:
    plain = tiny("plain-hello")["app.py"]
    deaf = b"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    space, _ = bring_up("plain-hello", **{"app.py": deaf + plain})
    brief = b"import os, threading\nthreading.Timer(1, os._exit, [7]).start()\n"
    real_hub.commit(space.id, {"app.py": brief + plain})
    assert apply_settings(space)[-1] == "RUNTIME_ERROR"
    assert (space.message or "").startswith("Exit code: 7.")
    assert (space.running, WEB.get(space.url).status_code) == (None, 503)


def test_a_paused_space_answers_no_more_until_it_is_restarted(
    real_hub: LocalHub, bring_up: BringUp, apply_settings: Settle
) -> None:
    space, _ = bring_up("plain-hello")
    api = HfApi(endpoint=real_hub.url, token="hf_write")
    assert api.pause_space(space.id).stage == "PAUSED"
    assert WEB.get(space.url).status_code == 503
    api.restart_space(space.id)
    assert apply_settings(space)[-1] == "RUNNING"
    assert WEB.get(space.url).text == "Hello!"


@pytest.mark.skipif(not is_free(7860), reason="something else listens at 7860")
def test_an_app_that_insists_on_7860_is_found_there_again_and_again(
    real_hub: LocalHub, bring_up: BringUp, apply_settings: Settle
) -> None:
    space, stages = bring_up("port-7860")
    assert stages == UP
    assert WEB.get(space.url).text == "I am at 7860."
    newest = real_hub.commit(space.id, {"more.txt": b"more"})
    assert apply_settings(space)[-1] == "RUNNING"
    assert (space.running, WEB.get(space.url).text) == (newest, "I am at 7860.")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_app_ends_with_its_hub(cache: Path, tiny: Files, number: signal.Signals) -> None:
    files = json.dumps({path: data.decode() for path, data in tiny("plain-hello").items()})
    scenario = HOLDER.format(root=str(ROOT), files=files, cache=str(cache))
    with subprocess.Popen(
        [sys.executable, "-c", scenario], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as holder:
        assert holder.stdout is not None
        url = holder.stdout.readline().strip()
        seen = json.loads(httpx2.get(f"{url}/environment").text)
        os.kill(holder.pid, number)
        holder.wait(60)
    port, end = int(seen["GRADIO_SERVER_PORT"]), time.monotonic() + 60
    while not is_free(port):
        assert time.monotonic() < end, "the app is still there"
        time.sleep(0.02)


def test_the_hub_stops_fast_with_an_app_that_listens(cache: Path, tiny: Files) -> None:
    hub = LocalHub(real=True, cache=cache).start()
    space = hub.add_space("julia/app", tiny("plain-hello"))
    hub.wait_until(lambda: space.stage == "RUNNING", 200)
    started = time.monotonic()
    hub.stop()
    assert (
        time.monotonic() - started < supervisor.GRACE_SECONDS
    )  # what one that doesn't listen is given
