"""A stand-in for docker's client: writes down how it is called, and answers as docker does.

A container is a process of this file, which serves its published port. `python docker_client.py
FOLDER ARGUMENT…`; the folder has the calls, containers and images. With a file `no-daemon` in it,
no daemon answers.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

# as docker 28 says it
NO_DAEMON = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
    "Is the docker daemon running?"
)
# the instructions that BuildKit shows as steps
_SHOWN = ("FROM", "RUN", "COPY", "WORKDIR")
_FAILING = re.compile(r"RUN exit (\d+)")


class Client:
    """The commands, by their names."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self._folder = folder
        self._arguments = arguments
        for name in ("containers", "images"):
            (folder / name).mkdir(exist_ok=True)
        call = {"arguments": arguments, "environment": sorted(os.environ)}
        with (folder / "calls").open("a", encoding="utf-8") as calls:
            calls.write(json.dumps(call) + "\n")

    def run(self) -> int:
        """Run the command; gives the exit code."""
        if (self._folder / "no-daemon").exists():
            print(NO_DAEMON, file=sys.stderr)
            return 1
        command = getattr(self, self._arguments[0])
        return int(command() or 0)

    def info(self) -> None:
        """What the engine is and can."""
        print(
            json.dumps({"MemoryLimit": True, "CpuCfsQuota": True, "NCPU": 8, "ServerVersion": "28"})
        )

    def build(self) -> int:
        """Print BuildKit's plain progress."""
        lines = Path(self._arguments[-1], "Dockerfile").read_text("utf-8").splitlines()
        steps = [line for line in enumerate(lines, 1) if line[1].startswith(_SHOWN)]
        print('#0 building with "default" instance using docker driver\n')
        print("#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n")
        for order, (number, step) in enumerate(steps, 1):
            vertex = f"#{order + 4}"
            print(f"{vertex} [{order}/{len(steps)}] {step}")
            failing = _FAILING.match(step)
            if failing:
                said = f'process "/bin/sh -c {step[4:]}" did not complete successfully: '
                said += f"exit code: {failing[1]}"
                print(f"{vertex} ERROR: {said}\n------\n > [{order}/{len(steps)}] {step}:\n------")
                print(f"Dockerfile:{number}\n--------------------\n   {number} | >>> {step}\n")
                print(f"--------------------\nERROR: failed to solve: {said}")
                return 1
            print(f"{vertex} CACHED\n" if step.startswith("FROM") else f"{vertex} 0.213 Done it.")
            print(f"{vertex} DONE 0.3s\n")
        image = f"sha256:{len(list((self._folder / 'images').iterdir())):064x}"
        (self._folder / "images" / image).touch()
        Path(self._options("--iidfile")[0]).write_text(image, "ascii")
        return 0

    def create(self) -> None:
        """Give the id of a new container; its file has its port and its environment.

        It is slow if it has a gate for that.
        """
        container = f"{os.getpid():064x}"
        lines = sys.stdin.read().splitlines()
        values = {name: value for name, _, value in (line.partition("=") for line in lines)}
        values |= {name: os.environ[name] for name in self._options("--env")}
        _wait_at(values.get("GATE_OF_CREATE"))
        made = {"port": self._options("--publish")[0].split(":")[1], "environment": values}
        (self._folder / "containers" / container).write_text(json.dumps(made), "utf-8")
        print(container)

    def inspect(self) -> None:
        """The state of a container."""
        print(
            json.dumps([{"HostConfig": {"NetworkMode": "bridge"}, "State": {"OOMKilled": False}}])
        )

    def start(self) -> None:
        """Be a container: wait at its gate if it has one, and serve its environment."""
        file = self._folder / "containers" / self._arguments[-1]
        made = json.loads(file.read_text("utf-8"))
        (self._folder / f"{file.name}.pid").write_text(str(os.getpid()), "ascii")
        print("The app starts.", flush=True)
        _wait_at(made["environment"].get("GATE"))
        text = json.dumps(made["environment"]).encode()

        class Handler(BaseHTTPRequestHandler):
            """Answers with the environment."""

            def do_GET(self) -> None:  # pylint: disable=invalid-name
                """Answer any path."""
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text)

        HTTPServer(("127.0.0.1", int(made["port"])), Handler).serve_forever()

    def stop(self) -> None:
        """End a container."""
        pid = self._folder / f"{self._arguments[-1]}.pid"
        with suppress(OSError):
            os.kill(int(pid.read_text("ascii")), signal.SIGTERM)

    def rm(self) -> None:
        """End and remove containers."""
        self.stop()
        (self._folder / "containers" / self._arguments[-1]).unlink(missing_ok=True)

    def ps(self) -> None:
        """The containers."""
        print("\n".join(file.name for file in (self._folder / "containers").iterdir()))

    def images(self) -> None:
        """The images."""
        print("\n".join(file.name for file in (self._folder / "images").iterdir()))

    def image(self) -> None:
        """Remove images."""
        for name in self._arguments[2:]:
            (self._folder / "images" / name).unlink(missing_ok=True)

    def exec(self) -> int:
        """There is no shell in the image."""
        print('exec: "sh": executable file not found in $PATH', file=sys.stderr)
        return 127

    def stats(self) -> None:
        """What a container uses."""
        print("12.50% 64MiB / 16GiB")

    def _options(self, name: str) -> list[str]:
        pairs = zip(self._arguments, self._arguments[1:], strict=False)
        return [value for option, value in pairs if option == name]


def _wait_at(gate: str | None) -> None:
    if gate:
        with urllib.request.urlopen(gate):
            pass


if __name__ == "__main__":
    sys.exit(Client(Path(sys.argv[1]), sys.argv[2:]).run())
