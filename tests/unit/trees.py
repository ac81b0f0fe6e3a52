"""Generated trees of files, for tests that compare a source with a Space."""

from __future__ import annotations

from hypothesis import strategies as some

Files = dict[str, bytes]


def trees(names: some.SearchStrategy[str], *, depth: int, most: int) -> some.SearchStrategy[Files]:
    """Files by path, at most so many and so deep; no path is a folder of another one."""
    paths = some.lists(names, min_size=1, max_size=depth).map("/".join)
    return some.dictionaries(paths, some.sampled_from([b"", b"1", b"2"]), max_size=most).map(
        lambda files: {
            path: data
            for path, data in files.items()
            if not any(other.startswith(f"{path}/") for other in files)
        }
    )
