"""Example texts and prompts, from `samples.toml`."""

import tomllib
from pathlib import Path

_ALL = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["examples"]
TEXTS: dict[str, str] = {one["label"]: one["text"] for one in _ALL}
PROMPTS: list[str] = [one["prompt"] for one in _ALL]
EXAMPLES: list[list[str]] = [[one[key] for key in ("text", "prompt", "length")] for one in _ALL]
