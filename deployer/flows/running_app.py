"""The app of a running commit: what its health checks ask."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RunningApp:
    """The app of a commit that was seen running.

    Where its `url` is not known, it is None and `unknown` the reason. A private app is asked with
    `token`, unless its URL may not get it; a static Space has no container that could crash.
    """

    commit: str
    url: str | None
    unknown: str = ""
    private: bool = False
    token: str | None = field(default=None, repr=False)
    static: bool = False
