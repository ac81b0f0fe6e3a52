"""`python -m benchmarks.demo`: measure the demo's answers, and write docs/benchmarks-demo.md.

Builds the demo Space's environment if need be. An interrupted run goes on where it was.
"""

import argparse
import asyncio
import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import yaml

from benchmarks.demo.report import table
from benchmarks.demo.small_model import NAME, small_model
from deployer.commands.local_hub import cache_folder
from deployer.rehearsal.builder import REQUIREMENTS, Builder, EnvironmentSpec
from deployer.rehearsal.logs import LogBuffer

ROOT = Path(__file__).parents[2]
_PAGE = ROOT / "docs" / "benchmarks-demo.md"
_INTRODUCTION = """\
# Summaries of the demo, measured

Written by `make bench-demo` on {today}: {count} prompts, {which}. {aspects} ask for one aspect of a text
([aspects](../tests/demo/aspects)), {forms} for a form ([forms](../tests/demo/forms)). The model is
{model} with {threads}.

{table}

An answer has the aspect if its first sentence is nearest to a sentence that a reader marked as an answer. A
sentence is supported if a few sentences of the text say it between them
([grounding.py](../summarizer/grounding.py)); the page replaces those that are not, so its zeros are what it
is built for, not what was found out by other means. Invented are numbers and names that the text has nowhere.
A model that is so small that the page quotes instead is measured as if it were larger.
Another model: `make bench-demo BENCH="--model HUB_ID_OR_FOLDER"`; a sample: `BENCH="--every 5"`.
"""


def main() -> None:
    """Measure what is missing, and write the page."""
    options = _arguments()
    python = str(asyncio.run(_environment()) / "bin" / "python")
    model = options.model or str(small_model(python, cache_folder() / "models"))
    results = cache_folder() / "bench-demo" / f"{_key(model)}.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    results.touch()
    command = [python, "-m", "benchmarks.demo.measure", model, str(results), str(options.every)]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    rows = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    asked = {(row["text"], row["prompt"]): row["aspect"] is not None for row in rows}
    threads = os.environ.get("CPU_CORES") or str(os.cpu_count())
    text = _INTRODUCTION.format(
        today=date.today(),
        count=len(asked),
        which="all" if options.every == 1 else f"one in {options.every}",
        aspects=sum(asked.values()),
        forms=len(asked) - sum(asked.values()),
        model=options.model or NAME,
        threads="one thread" if threads == "1" else f"{threads} threads",
        table=table(rows),
    )
    print(text)
    _PAGE.write_text(text, "utf-8")


async def _environment() -> Path:
    card = yaml.safe_load((ROOT / "card.yaml").read_text("utf-8"))
    spec = EnvironmentSpec(card, {REQUIREMENTS: (ROOT / REQUIREMENTS).read_text("utf-8")}, tree="")
    builder = Builder(cache_folder() / "environments", sys.executable)
    return await builder.build(spec, ROOT, LogBuffer())


def _key(model: str) -> str:
    """Stands for the model and for the code that is measured."""
    digest = hashlib.sha256(model.encode())
    for file in sorted((ROOT / "summarizer").rglob("*.*")):
        if file.suffix in (".py", ".toml"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.demo", description=main.__doc__)
    parser.add_argument("--model", help=f"Hub id or folder of the model. Default: {NAME}.")
    parser.add_argument("--every", type=int, default=1, help="Ask only every so many prompts.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
