"""The speed of the credential scan: `python -m benchmarks.scan [MB]`.

Ordinary files first, then hostile ones, on which many regular expressions take minutes.
"""

from __future__ import annotations

import random
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from deployer.checks.credentials import Scanner, scan

_CHUNK = 1 << 20  # bytes
_SMALL_FILES = 10_000
_HOSTILE = (
    b"hf_", b"eyJ", b"eyJ.eyJ.", b"-----BEGIN ", b"-----BEGIN PRIVATE KEY-----\n", b"://a:b",
    b"postgres://a:b", b"://u:password@", b".aaaaaa", b"sk-ant-api03-", b"xoxb-1-", b"1//0",
    b"AKIA", b"A", b"\n", b"SG.SG.", b"hf_abcdefghijklmnopqrstuvwxyzABCDEFGH ", b"glpat-.", b"\\n",
    b"postgres://u:1234567@localhost ", b"https://u:1aB2345678@a.b ", b"WANDB_API_KEY ", b"_KEY=",
    b"password=", b"machine a login ", b'"auth": "', b"EAA", b"Q~", b"!", b"_", b"-", b"a_", b"%3D",
    b"LS0tLS1CRUdJTi", b"API_KEY=0123456789abcdefABCDEF+/x7Zq1wY9", b" \t", b"JQQJ99", b"dp.st.",
    b"hf_" + b"a" * 63, b"ghs_" + b"Ab9." * 300,
)  # fmt: skip


def _text(size: int) -> bytes:
    """Python code of the standard library."""
    code = b"".join(path.read_bytes() for path in sorted(Path(random.__file__).parent.glob("*.py")))
    return (code * (size // len(code) + 1))[:size]


def _base64(size: int) -> bytes:
    return b'!function(){var a="data:image/png;base64,' + b64encode(
        random.Random(1).randbytes(size * 3 // 4)
    )


def _scan(data: bytes) -> int:
    scanner = Scanner("file")
    for at in range(0, len(data), _CHUNK):
        scanner.feed(data[at : at + _CHUNK])
    return len(scanner.end())


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print the megabytes per second for each kind of file, one per line."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 50) * 1_000_000
    small = [_text(5_000 + number) for number in range(100)]
    seconds = _seconds(
        lambda: [scan("file", data) for data in small * (_SMALL_FILES // len(small))]
    )
    print(f"{_SMALL_FILES:,} files of 5 kB: {seconds:.2f} s")
    kinds = {"text": _text(size), "base64 in one line": _base64(size)}
    kinds["UTF-16 text"] = _text(size // 2).decode("latin-1").encode("utf-16")
    kinds["random bytes"] = random.Random(2).randbytes(size)
    for name, data in kinds.items():
        seconds = _seconds(lambda data=data: _scan(data))  # type: ignore[misc]
        print(f"{name:44} {seconds:6.2f} s {len(data) / seconds / 1e6:7.0f} MB/s")
    for unit in _HOSTILE:
        data = unit * (size // len(unit))
        seconds = _seconds(lambda data=data: _scan(data))  # type: ignore[misc]
        print(f"{ascii(unit)[2:-1]:44} {seconds:6.2f} s {len(data) / seconds / 1e6:7.0f} MB/s")


if __name__ == "__main__":
    main()
