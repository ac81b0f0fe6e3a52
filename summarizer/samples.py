"""Example texts and prompts, from `samples.toml`."""

import tomllib
from pathlib import Path

_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
TEXTS: dict[str, str] = {one["label"]: one["text"] for one in _FILE["examples"]}
PROMPTS: list[str] = [one["prompt"] for one in _FILE["examples"]]
EXAMPLES: list[list[str]] = [
    [one["text"], one["prompt"], one["length"]] for one in _FILE["examples"]
]
