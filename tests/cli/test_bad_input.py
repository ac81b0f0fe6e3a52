"""Invalid input ends with error, cause and fix, the right exit code, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import APP, SPACE, Cli, Ran, Repo, changes_asked
from tests.flows.conftest import pointer


def _error(ran: Ran, code: int) -> dict[str, str]:
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
    error = ran.error
    assert all(error.values())
    return error


@pytest.mark.parametrize(
    "space",
    ["demo", "julia/", "/demo", "julia/demo/x", "ju lia/demo", "julia/de--mo", "julia/demo.git",
     "julia/-demo", "julia/" + "d" * 96, "julia/démo", "https://example.com/x", ""],
)  # fmt: skip
def test_an_invalid_space_id(cli: Cli, hub: LocalHub, space: str) -> None:
    ran = cli("deploy", space)
    if space:
        assert "owner/name" in _error(ran, 2)["fix"]
    assert ran.code == 2
    assert not hub.requests


def test_the_url_of_a_space_is_accepted_as_its_id(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    assert cli("plan", f"https://huggingface.co/spaces/{SPACE}").code == 0


def test_no_token(cli: Cli, hub: LocalHub) -> None:
    error = _error(cli("deploy", SPACE, HF_TOKEN=""), 5)
    assert "HF_TOKEN" in error["fix"]
    assert not hub.requests


def test_an_unknown_token(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    error = _error(cli("deploy", SPACE, HF_TOKEN="hf_unknown"), 5)
    assert "token" in error["error"]
    assert not changes_asked(hub)


def test_a_token_without_write_access(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    head = hub.space(SPACE).head
    error = _error(cli("deploy", SPACE, HF_TOKEN="hf_read"), 5)
    assert "write access" in error["fix"]
    assert hub.space(SPACE).head == head


def test_a_token_without_write_access_creates_no_space(cli: Cli, hub: LocalHub) -> None:
    _error(cli("deploy", SPACE, HF_TOKEN="hf_read"), 5)
    assert not hub.spaces()


def test_a_subscription_that_does_not_include_the_space(cli: Cli, hub: LocalHub) -> None:
    hub.scenario.create_error = 402
    error = _error(cli("deploy", SPACE), 5)
    assert "PRO" in error["fix"] and "static" in error["fix"]
    assert not hub.spaces()


def test_a_readme_without_a_card(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"README.md": b"# Demo\n"})
    seen = _error(cli("deploy", SPACE), 3)["cause"]
    assert "README.md:1" in seen and "--card" in seen
    assert not changes_asked(hub)


def test_an_invalid_card(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"README.md": b"---\ntitle: x\nsdk: flask\n---\n"})
    assert "README.md:3" in _error(cli("deploy", SPACE), 3)["cause"]
    assert not changes_asked(hub)


def test_a_missing_card_file(cli: Cli, hub: LocalHub) -> None:
    assert "missing.yaml" in _error(cli("deploy", SPACE, "--card", "missing.yaml"), 2)["cause"]
    assert not changes_asked(hub)


def test_an_empty_snapshot(cli: Cli, hub: LocalHub, new_repo: Callable[..., Repo]) -> None:
    empty = new_repo(name="empty")
    _error(cli("deploy", SPACE, here=empty.root), 3)
    assert not changes_asked(hub)


def test_git_lfs_pointers(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"model.bin": pointer(b"m")})
    assert "lfs: true" in _error(cli("deploy", SPACE), 3)["fix"]
    assert not changes_asked(hub)


@pytest.mark.parametrize("path", ["..", "/", "missing", "app.py"])
def test_a_path_outside_the_repository_or_not_found(cli: Cli, hub: LocalHub, path: str) -> None:
    assert f"--path {path}" in _error(cli("deploy", SPACE, "--path", path), 2)["cause"]
    assert not changes_asked(hub)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("hf-deploy.toml", b"timeout = ", "hf-deploy.toml"),
        ("hf-deploy.toml", b'timeuot = "3m"\n', "timeout"),
        ("hf-deploy.toml", b'token = "hf_secret_1"\n', "token"),
        ("hf-deploy.toml", b"\xff\xfe", "hf-deploy.toml"),
        ("hf-deploy.toml", b"include = [1, 2]\n", "include"),
        ("hf-deploy.toml", b"[deploy]\npath = 'x'\n", "deploy"),
        ("pyproject.toml", b"[tool.hf-deploy]\nhealthpath = '/x'\n", "health-path"),
        ("pyproject.toml", b"[tool]\nhf-deploy = 3\n", "tool.hf-deploy"),
        ("pyproject.toml", b"[tool.hf-deploy\n", "pyproject.toml"),
    ],
)
def test_an_invalid_config_file(
    cli: Cli, hub: LocalHub, repo: Repo, name: str, text: bytes, says: str
) -> None:
    repo.write({name: text})
    ran = cli("deploy", SPACE)
    _error(ran, 2)
    assert says in ran.err
    assert "hf_secret_1" not in ran.err
    assert not changes_asked(hub)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--timeout", "soon"),
        ("--timeout", "-5m"),
        ("--visibility", "secret"),
        ("--health-timeout", ""),
        ("--hardwear", "t4"),
    ],
)
def test_an_invalid_option(cli: Cli, hub: LocalHub, wrong: tuple[str, str]) -> None:
    ran = cli("deploy", SPACE, *wrong)
    assert (ran.code, ran.out) == (2, "")
    assert wrong[0] in ran.err and "Traceback" not in ran.err
    assert not changes_asked(hub)


def test_an_invalid_value_in_the_config_file(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.write({"hf-deploy.toml": b'visibility = "secret"\n'})
    ran = cli("deploy", SPACE)
    assert (ran.code, "visibility" in ran.err) == (2, True)
    assert not changes_asked(hub)


def test_a_health_path_without_a_slash(cli: Cli, hub: LocalHub) -> None:
    assert "slash" in _error(cli("deploy", SPACE, "--health-path", "health"), 2)["fix"]
    assert not changes_asked(hub)


def test_no_space_id(cli: Cli, hub: LocalHub) -> None:
    ran = cli("deploy")
    assert (ran.code, ran.out) == (2, "")
    assert not changes_asked(hub)


def test_an_unknown_command(cli: Cli) -> None:
    assert cli("deplyo", SPACE).code == 2


def test_an_invalid_hub_url(cli: Cli) -> None:
    error = _error(cli("plan", SPACE, "--endpoint", "huggingface.co"), 2)
    assert "huggingface.co" in error["cause"]


def test_a_repository_that_git_cannot_read(cli: Cli, hub: LocalHub, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / ".git").mkdir(parents=True)
    (broken / "README.md").write_bytes(APP["README.md"])
    (broken / "app.py").write_bytes(APP["app.py"])
    assert "git" in _error(cli("deploy", SPACE, here=broken), 2)["error"]
    assert not changes_asked(hub)


def test_git_is_not_installed(cli: Cli, hub: LocalHub, tmp_path: Path) -> None:
    error = _error(cli("deploy", SPACE, PATH=str(tmp_path)), 2)
    assert "git" in error["fix"]
    assert not changes_asked(hub)
