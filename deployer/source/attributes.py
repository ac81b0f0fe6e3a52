"""The root `.gitattributes` of a Space, in which the Hub keeps its LFS rules."""

from __future__ import annotations

_LFS_RULE = b"filter=lfs"


def merge_attributes(ours: bytes, theirs: bytes) -> bytes:
    """The `.gitattributes` to deploy with the LFS lines of the Space's own that it lacks."""
    have = set(ours.splitlines())
    missing = [line for line in theirs.splitlines() if _LFS_RULE in line and line not in have]
    if not missing:
        return ours
    start = ours if not ours or ours.endswith(b"\n") else ours + b"\n"
    return start + b"".join(line + b"\n" for line in missing)
