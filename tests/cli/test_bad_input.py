"""Bad input: three lines, the exit code of its kind, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import APP, SPACE, Cli, Ran, Repo, changes_asked
from tests.flows.conftest import pointer


def _refused(ran: Ran, code: int) -> dict[str, str]:
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
    told = ran.error
    assert all(told.values())
    return told


@pytest.mark.parametrize(
    "space",
    ["demo", "julia/", "/demo", "julia/demo/x", "ju lia/demo", "julia/de--mo", "julia/demo.git",
     "julia/-demo", "julia/" + "d" * 96, "julia/démo", "https://example.com/x", ""],
)  # fmt: skip
def test_an_id_that_is_none(cli: Cli, hub: LocalHub, space: str) -> None:
    ran = cli("deploy", space)
    if space:
        assert "owner/name" in _refused(ran, 2)["fix"]
    assert ran.code == 2
    assert not hub.requests


def test_the_address_of_a_space_s_page_is_taken_for_its_id(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    assert cli("plan", f"https://huggingface.co/spaces/{SPACE}").code == 0


def test_no_token(cli: Cli, hub: LocalHub) -> None:
    told = _refused(cli("deploy", SPACE, HF_TOKEN=""), 5)
    assert "HF_TOKEN" in told["fix"]
    assert not hub.requests


def test_a_token_that_nobody_knows(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    told = _refused(cli("deploy", SPACE, HF_TOKEN="hf_unknown"), 5)
    assert "token" in told["error"]
    assert not changes_asked(hub)


def test_a_token_without_write_access(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    head = hub.space(SPACE).head
    told = _refused(cli("deploy", SPACE, HF_TOKEN="hf_read"), 5)
    assert "write access" in told["fix"]
    assert hub.space(SPACE).head == head


def test_a_token_without_write_access_and_no_space(cli: Cli, hub: LocalHub) -> None:
    _refused(cli("deploy", SPACE, HF_TOKEN="hf_read"), 5)
    assert not hub.spaces()


def test_a_plan_of_the_account_without_such_spaces(cli: Cli, hub: LocalHub) -> None:
    hub.scenario.create_error = 402
    told = _refused(cli("deploy", SPACE), 5)
    assert "PRO" in told["fix"] and "static" in told["fix"]
    assert not hub.spaces()


def test_a_readme_without_a_card(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"README.md": b"# Demo\n"})
    seen = _refused(cli("deploy", SPACE), 3)["cause"]
    assert "README.md:1" in seen and "--card" in seen
    assert not hub.requests


def test_a_card_that_is_not_sound(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"README.md": b"---\ntitle: x\nsdk: streamlit\n---\n"})
    assert "README.md:3" in _refused(cli("deploy", SPACE), 3)["cause"]
    assert not hub.requests


def test_a_card_file_that_is_not_there(cli: Cli, hub: LocalHub) -> None:
    assert "missing.yaml" in _refused(cli("deploy", SPACE, "--card", "missing.yaml"), 2)["cause"]
    assert not hub.requests


def test_an_empty_snapshot(cli: Cli, hub: LocalHub, new_repo: Callable[..., Repo]) -> None:
    empty = new_repo(name="empty")
    _refused(cli("deploy", SPACE, here=empty.root), 3)
    assert not hub.requests


def test_git_lfs_pointers(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"model.bin": pointer(b"m")})
    assert "lfs: true" in _refused(cli("deploy", SPACE), 3)["fix"]
    assert not changes_asked(hub)


@pytest.mark.parametrize("path", ["..", "/", "missing", "app.py"])
def test_a_path_outside_or_nowhere(cli: Cli, hub: LocalHub, path: str) -> None:
    assert f"--path {path}" in _refused(cli("deploy", SPACE, "--path", path), 2)["cause"]
    assert not hub.requests


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
def test_a_config_file_that_is_wrong(
    cli: Cli, hub: LocalHub, repo: Repo, name: str, text: bytes, says: str
) -> None:
    repo.write({name: text})
    ran = cli("deploy", SPACE)
    _refused(ran, 2)
    assert says in ran.err
    assert "hf_secret_1" not in ran.err
    assert not hub.requests


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
def test_an_option_that_is_wrong(cli: Cli, hub: LocalHub, wrong: tuple[str, str]) -> None:
    ran = cli("deploy", SPACE, *wrong)
    assert (ran.code, ran.out) == (2, "")
    assert wrong[0] in ran.err and "Traceback" not in ran.err
    assert not hub.requests


def test_a_value_in_the_config_file_that_is_wrong(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.write({"hf-deploy.toml": b'visibility = "secret"\n'})
    ran = cli("deploy", SPACE)
    assert (ran.code, "visibility" in ran.err) == (2, True)
    assert not hub.requests


def test_a_health_path_without_its_slash(cli: Cli, hub: LocalHub) -> None:
    assert "slash" in _refused(cli("deploy", SPACE, "--health-path", "health"), 2)["fix"]
    assert not hub.requests


def test_no_space_at_all(cli: Cli, hub: LocalHub) -> None:
    ran = cli("deploy")
    assert (ran.code, ran.out) == (2, "")
    assert not hub.requests


def test_no_such_verb(cli: Cli) -> None:
    assert cli("deplyo", SPACE).code == 2


def test_an_endpoint_that_is_no_address(cli: Cli) -> None:
    told = _refused(cli("plan", SPACE, "--endpoint", "huggingface.co"), 2)
    assert "huggingface.co" in told["cause"]


def test_a_repository_of_somebody_else_that_git_will_not_read(
    cli: Cli, hub: LocalHub, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    (broken / ".git").mkdir(parents=True)
    (broken / "README.md").write_bytes(APP["README.md"])
    (broken / "app.py").write_bytes(APP["app.py"])
    assert "git" in _refused(cli("deploy", SPACE, here=broken), 2)["error"]
    assert not hub.requests


def test_a_machine_without_git(cli: Cli, hub: LocalHub, tmp_path: Path) -> None:
    told = _refused(cli("deploy", SPACE, PATH=str(tmp_path)), 2)
    assert "git" in told["fix"]
    assert not hub.requests
