"""The requests that each flow sends to the Hub: at each of them, every kind of fault is played.

`*` is an id, `space` the Space's own part of a path, `origin` that of the one that is promoted. A
request that is missing here fails `tests/flows/test_any_answer.py`, which prints the list to put
here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from deployer.rehearsal import RecordedRequest

_SPACES = {
    "space": r"(/api)?/spaces/julia/demo",
    "origin": r"(/api)?/spaces/julia/staging",
}
_ID = r"[0-9a-f]{40,64}"
_POLLS = ("space/runtime", "space/logs/build")

REQUESTS = {
    "first deploy": """
        GET space?expand
        POST /api/repos/create
        GET space?blobs
        GET space/runtime
        POST space/preupload/main
        POST space.git/info/lfs/objects/batch
        PUT /_lfs/*
        POST space.git/info/lfs/objects/verify
        POST /api/validate-yaml
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space?expand
        GET space/logs/build
        GET space/runtime
        GET space/runtime
        GET space/host
        POST space/tag/*
    """,
    "change": """
        GET space?expand
        GET space/commits/*
        GET space/tree/*
        GET space/runtime
        POST space/preupload/main
        POST space.git/info/lfs/objects/batch
        PUT /_lfs/*
        POST space.git/info/lfs/objects/verify
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space/runtime
        GET space/logs/build
        GET space/runtime
        GET space/host
        POST space/tag/*
    """,
    "settings": """
        GET space?expand
        GET space/commits/*
        GET space/tree/*
        GET space/variables
        GET space/secrets
        GET space?expand
        POST space/variables
        POST space/secrets
        POST space/preupload/main
        POST space.git/info/lfs/objects/batch
        PUT /_lfs/*
        POST space.git/info/lfs/objects/verify
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space/runtime
        GET space/logs/build
        GET space/runtime
        GET space/host
        POST space/tag/*
    """,
    "unchanged": """
        GET space?expand
        GET space/commits/*
        GET space/runtime
        GET space/host
        GET space/refs
    """,
    "fix": """
        GET space?expand
        GET space/commits/*
        GET space/tree/*
        GET space/runtime
        POST space/preupload/main
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space?expand
        GET space/logs/build
        GET space/runtime
        GET space/runtime
        GET space/host
        POST space/tag/*
    """,
    "rollback": """
        GET space?expand
        GET space/commits/*
        GET space/refs
        GET space/tree/*
        GET space/tree/*
        GET space/runtime
        GET space/resolve/*/a/b.txt
        GET space/resolve/*/gone.txt
        GET space/resolve/*/app.py
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space/runtime
        GET space/logs/build
        GET space/runtime
        GET space/host
        POST space/tag/*
    """,
    "promotion": """
        GET origin?expand
        GET origin/commits/*
        GET origin/refs
        GET origin/tree/*
        GET space?expand
        GET space/commits/*
        GET space/tree/*
        GET origin/variables
        GET origin/secrets
        GET space/variables
        GET space/secrets
        GET space/auth-check/write
        GET origin/host
        GET origin/refs
        GET origin?expand
        GET space/runtime
        POST origin/paths-info/*
        POST origin/lfs-files/duplicate
        GET origin/resolve/*/a/c.txt
        GET origin/resolve/*/app.py
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space/runtime
        GET space/logs/build
        GET space/runtime
        GET space/host
        POST space/tag/*
    """,
    "automatic rollback": """
        GET space?expand
        GET space/commits/*
        GET space/tree/*
        GET space/runtime
        POST space/preupload/main
        POST space.git/info/lfs/objects/batch
        PUT /_lfs/*
        POST space.git/info/lfs/objects/verify
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space/runtime
        GET space/logs/build
        GET space/runtime
        GET space/logs/build
        GET space/runtime
        GET space/logs/build
        GET space/host
        GET space?expand
        GET space/commits/*
        GET space/refs
        GET space/tree/*
        GET space/tree/*
        GET space/runtime
        GET space/resolve/*/a/b.txt
        GET space/resolve/*/gone.txt
        GET space/resolve/*/app.py
        POST space/commit/main
        POST space/paths-info/*
        GET space/runtime
        GET space?expand
        GET space/logs/build
        GET space/runtime
        GET space/runtime
        GET space/host
        POST space/tag/*
    """,
}


@dataclass(frozen=True)
class Request:
    """One request of a flow: the `number`th with this method and path."""

    method: str
    path: str
    number: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.number}"

    @property
    def is_poll(self) -> bool:
        """Whether it is sent once or more, as a slow machine or a fast one has it."""
        return self.path in _POLLS

    @property
    def pattern(self) -> str:
        """A regular expression for its path and query."""
        path, mark, query = self.path.partition("?")
        pattern = re.escape(path).replace(re.escape("*"), _ID)
        for name, prefix in _SPACES.items():
            pattern = re.sub(rf"^{name}\b", lambda _, prefix=prefix: prefix, pattern)
        return rf"^{pattern}\?{query}" if mark else rf"^{pattern}(\?|$)"


def requests_of(flow: str) -> list[Request]:
    """The requests of a flow, from the table."""
    lines = (line.split() for line in REQUESTS[flow].strip().splitlines())
    return list(_numbered((method, path) for method, path in lines))


def recorded(requests: Iterable[RecordedRequest]) -> list[Request]:
    """The same from what was recorded."""
    return list(_numbered((request.method, _shape(request)) for request in requests))


def _numbered(requests: Iterable[tuple[str, str]]) -> Iterable[Request]:
    seen: Counter[tuple[str, str]] = Counter()
    for method, path in requests:
        seen[method, path] += 1
        yield Request(method, path, seen[method, path])


def _shape(request: RecordedRequest) -> str:
    """The path without its ids, and of the query the first name where only that differs."""
    path = re.sub(_ID, "*", request.path)
    for name, prefix in _SPACES.items():
        path = re.sub(rf"^{prefix}\b", name, path)
    return f"{path}?{request.query.partition('=')[0]}" if path in _SPACES else path
