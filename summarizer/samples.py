"""Example texts and prompts, written for this page; the texts are files in `samples/`."""

from pathlib import Path


def _text(name: str) -> str:
    return Path(__file__).with_name("samples").joinpath(f"{name}.txt").read_text("utf-8")


TEXTS = {
    "A council meeting about a ferry": _text("ferry"),
    "A study of bees on bus shelters": _text("bees"),
    "A letter about a heat pump": _text("heat_pump"),
}
PROMPTS = [
    "Only the risks",
    "Three bullets for a busy reader",
    "What do I have to do, and by when?",
]
EXAMPLES = [
    [text, prompt, length]
    for text, prompt, length in zip(TEXTS.values(), PROMPTS, ("Short", "Medium", "Medium"))
]
