"""How fast files are looked through for credentials: `python -m benchmarks.scan [MB]`.

Ordinary files first, then hostile ones: what many expressions take minutes over.
"""

from __future__ import annotations

import random
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from deployer.checks.credentials import Scanner, scan

_PIECE = 1 << 20
_SMALL = 10_000
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
    """Python code: the standard library's."""
    code = b"".join(path.read_bytes() for path in sorted(Path(random.__file__).parent.glob("*.py")))
    return (code * (size // len(code) + 1))[:size]


def _base64(size: int) -> bytes:
    return b'!function(){var a="data:image/png;base64,' + b64encode(
        random.Random(1).randbytes(size * 3 // 4)
    )


def _whole(data: bytes) -> int:
    scanner = Scanner("file")
    for at in range(0, len(data), _PIECE):
        scanner.feed(data[at : at + _PIECE])
    return len(scanner.end())


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print megabytes a second, a kind of file a line."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 50) * 1_000_000
    small = [_text(5_000 + number) for number in range(100)]
    took = _seconds(lambda: [scan("file", data) for data in small * (_SMALL // len(small))])
    print(f"{_SMALL:,} files of 5 kB: {took:.2f} s")
    kinds = {"text": _text(size), "base64 in one line": _base64(size)}
    kinds["UTF-16 text"] = _text(size // 2).decode("latin-1").encode("utf-16")
    kinds["random bytes"] = random.Random(2).randbytes(size)
    for name, data in kinds.items():
        took = _seconds(lambda data=data: _whole(data))  # type: ignore[misc]
        print(f"{name:44} {took:6.2f} s {len(data) / took / 1e6:7.0f} MB/s")
    for unit in _HOSTILE:
        data = unit * (size // len(unit))
        took = _seconds(lambda data=data: _whole(data))  # type: ignore[misc]
        print(f"{ascii(unit)[2:-1]:44} {took:6.2f} s {len(data) / took / 1e6:7.0f} MB/s")


if __name__ == "__main__":
    main()
