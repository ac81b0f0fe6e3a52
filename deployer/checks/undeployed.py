"""Say why a file that a Space needs is not deployed, and which option deploys it."""

from __future__ import annotations

from fnmatch import fnmatchcase

from deployer.source.ignore import Rule

# where builds write; https://vite.dev/guide/build and the like
_BUILD_FOLDERS = frozenset("dist build out public _site .next .output".split())


def explain(path: str, rule: Rule | None, *, exists: bool) -> str | None:
    """Why a path is not deployed: `rule` ignores it; `exists` says that it is there.

    None where nothing but its absence is known.
    """
    option = f"`--include {_to_include(path, rule)}`"
    if rule is not None and exists:
        return f"ignored by {rule}; pass {option} to deploy it"
    if rule is not None:
        return f"ignored by {rule}, and it does not exist; build it first, and pass {option}"
    if path.partition("/")[0] not in _BUILD_FOLDERS:
        return None
    if exists:
        return f"git does not track it; pass {option} to deploy it, or `git add` it"
    return f"it does not exist; if a build makes it, build it first, and pass {option}"


def _to_include(path: str, rule: Rule | None) -> str:
    """The glob for a path and all that a build makes with it: the folder that is ignored."""
    names = path.split("/")
    if rule is None:
        return f"{names[0]}/" if len(names) > 1 else f"{path}/"
    ignored = rule.pattern.strip("/").rpartition("/")[2]
    for depth, name in enumerate(names[:-1], 1):
        if fnmatchcase(name, ignored):
            return "/".join(names[:depth]) + "/"
    return path
