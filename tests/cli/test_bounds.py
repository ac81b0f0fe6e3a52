"""Files that are made to take hours or all memory end soon, with a sentence."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from tests.conftest import CARD, ROOT, Cli, Ran, Repo

MEMORY = 3 << 30  # bytes of address space
TIME = 100.0  # seconds, on a busy machine; they took minutes, or never ended
STARS = "*a" * 30 + "*b"
# as long as a path can be: each segment 250 of the letter that the patterns look for
LONG = "/".join(["a" * 250] * 12)
BILLION = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
MERGED = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)
FLAT = "x: &x [" + "y, " * 5000 + "y]\n" + "".join(f"k{n}: *x\n" for n in range(5000))


def check(cli: Cli, *options: str) -> Ran:
    """Run `hf-deploy check` with little memory and time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    done = subprocess.run(
        [sys.executable, "-m", "deployer", "check", *options],
        cwd=cli.here,
        env={"PATH": os.environ["PATH"], "HOME": str(cli.home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=TIME,
        check=False,
        preexec_fn=limit,  # pylint: disable=subprocess-popen-preexec-fn
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("yaml", "why"),
    [
        (BILLION, "aliases that stand for over"),
        (MERGED, "aliases that stand for over"),
        (FLAT, "aliases that stand for over"),
        ("x: &x [*x]\n", "an alias contains itself"),
        ("x: &x {y: *x}\n", "an alias contains itself"),
        ("x: " + "[" * 100_000 + "\n", "nested too deeply"),
        ("x: " + "{a: " * 10_000 + "\n", "nested too deeply"),
        ("".join(" " * n + f"k{n}:\n" for n in range(1200)), "nested too deeply"),
        ("x: " + "y" * 20_000_000 + "\n", "characters, limit"),
        ("x:\n" + "- y\n" * 2_000_000, "characters, limit"),
    ],
    ids=["lists", "merges", "flat", "itself", "mapping", "deep", "flow", "block", "long", "items"],
)
@pytest.mark.parametrize("place", ["README.md", "card.yaml"])
def test_a_card_that_grows_without_end(
    cli: Cli, repo: Repo, yaml: str, why: str, place: str
) -> None:
    card = f"title: Demo\nsdk: gradio\n{yaml}"
    if place == "README.md":
        repo.commit({"README.md": f"---\n{card}---\n".encode()})
    else:
        repo.commit({"README.md": b"# Demo\n", "card.yaml": card.encode()})
    ran = check(cli, *(("--card", "card.yaml") if place == "card.yaml" else ()))
    assert ran.code == 1 and why in ran.out + ran.err, ran.out[-2000:] + ran.err[-2000:]
    assert place in ran.out + ran.err


@pytest.mark.parametrize(
    "glob",
    [STARS, f"x/{STARS}", "**/" + "a*/**/" * 30 + "b", "a" * 250 + "/**" * 5 + ("/" + STARS) * 3,
     "/**/" + f"{STARS}/**/" * 8 + "b", "?*" * 60 + "b", "[a]*" * 60 + "b", "*" * 4000 + "b"],
)  # fmt: skip
@pytest.mark.parametrize("option", [False, True])
def test_a_pattern_that_can_be_tried_in_very_many_ways(
    cli: Cli, repo: Repo, glob: str, option: bool
) -> None:
    files = {f"{LONG}/{'a' * 250}{number}": b"" for number in range(20)}
    repo.commit(files if option else files | {".hfignore": f"{glob}\n".encode()})
    ran = check(cli, *(("--include", glob) if option else ()))
    assert ran.code in (0, 1), ran.err


def test_patterns_that_nobody_writes(cli: Cli, repo: Repo) -> None:
    repo.commit({".hfignore": b"*a" * 10_000_000})
    assert "pattern too long" in check(cli).error["error"]
    repo.commit({".hfignore": b"a\n" * 10_000_000})
    ran = check(cli)
    assert ran.code == 2 and "too many patterns" in ran.error["error"]


@pytest.mark.parametrize(
    ("name", "sdk", "line"),
    [
        ("requirements.txt", "gradio", b"a\n"),
        ("requirements.txt", "gradio", b"x" * 99 + b"\\\n"),
        ("requirements.txt", "gradio", b"x"),
        ("pre-requirements.txt", "gradio", b"-r x.txt\n"),
        ("packages.txt", "gradio", b"libgl1 a B\n"),
        ("Dockerfile", "docker", b"COPY a b\n"),
        ("Dockerfile", "docker", b"RUN x \\\n"),
    ],
)
def test_a_file_of_20_mb_that_is_checked_line_by_line(
    cli: Cli, repo: Repo, name: str, sdk: str, line: bytes
) -> None:
    card = CARD.replace(b"gradio", sdk.encode())
    repo.commit({"README.md": card, name: line * (20_000_000 // len(line))})
    ran = check(cli)
    assert ran.code == 1 and f"{name}: more than 2 MB" in ran.out + ran.err


@pytest.mark.parametrize("source", [b"x=1\n" * 5_000_000, b"(" * 100_000, b"-" * 1_000_000 + b"1"])
def test_a_module_that_takes_all_memory_to_parse(cli: Cli, repo: Repo, source: bytes) -> None:
    repo.commit({"app.py": source})
    ran = check(cli)
    assert ran.code in (0, 1) and "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["hf-deploy.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    "toml",
    ["keep = " + "[" * 100_000, "x = " + "{a = " * 10_000, "a." * 100_000 + "b = 1",
     "[" + "a." * 100_000 + "b]", ("a." * 1_000 + "b = 1\n") * 400, "# x\n" * 5_000_000],
    ids=["lists", "tables", "key", "header", "keys", "long"],
)  # fmt: skip
def test_a_config_file_that_is_nested_deeply_or_very_long(
    cli: Cli, repo: Repo, toml: str, name: str
) -> None:
    repo.commit({name: toml.encode()})
    ran = check(cli)
    assert ran.code == 2 and name in ran.error["error"]
    assert "nested too deeply" in ran.error["cause"] or "the limit is" in ran.error["cause"]


@pytest.mark.parametrize("name", ["hf-deploy.toml", "pyproject.toml", ".hfignore"])
def test_a_link_to_a_file_without_an_end(cli: Cli, repo: Repo, name: str) -> None:
    (repo.root / name).symlink_to("/dev/zero")
    repo.commit()
    ran = check(cli)
    assert ran.code in (2, 3) and name in ran.error["error"]
    assert "not a regular file" in ran.error["cause"]


def test_a_number_of_very_many_digits_in_a_config_file(cli: Cli, repo: Repo) -> None:
    repo.commit({"pyproject.toml": b"[tool.other]\nx = " + b"9" * 10_000 + b"\n"})
    ran = check(cli)
    assert ran.code == 2 and "pyproject.toml" in ran.error["error"]


def test_a_number_of_base_60_in_a_card_is_text(cli: Cli, repo: Repo) -> None:
    card = "---\ntitle: App\nsdk: static\nx: " + ":".join(["1"] * 450_000) + "\n---\n"
    repo.commit({"README.md": card.encode(), "index.html": b"<p>"})
    ran = check(cli)
    assert ran.code in (0, 1) and "Traceback" not in ran.err
