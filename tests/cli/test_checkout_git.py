"""A checkout runs no program of its own through git, and one of the caller's gets no secrets."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import APP, CARD, SPACE, Cli, Repo

SECRETS = {
    "HF_TOKEN": "hf_write",
    "DATABASE_URL": "postgres://julia:hunter2@db/demo",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hunter2-oidc",
    "GITHUB_TOKEN": "ghs_hunter2",
    "PIP_INDEX_URL": "https://julia:hunter2@pypi.example/simple",
    "HTTPS_PROXY": "http://julia:hunter2@127.0.0.1:9",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "http.https://github.com/.extraheader",
    "GIT_CONFIG_VALUE_0": "AUTHORIZATION: basic hunter2",
    "GIT_CONFIG_KEY_1": "safe.directory",
    "GIT_CONFIG_VALUE_1": "*",
}


@pytest.fixture(name="spy")
def _spy(tmp_path: Path) -> Path:
    """A program that writes down its environment, and passes its input on."""
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\nenv >> '{tmp_path / 'ran'}'\nexec cat\n")
    spy.chmod(0o755)
    return spy


def _ran(spy: Path) -> str:
    """What the program wrote down; empty if it was not run."""
    there = spy.parent / "ran"
    return there.read_text() if there.exists() else ""


def _bare_folder(repo: Repo, config: str) -> None:
    """Commit a folder `site` that has the shape of a bare repository, index and objects too."""
    site = repo.root / "site"
    repo.write({"site/README.md": CARD, "site/app.py": b"print()\n"})
    repo.write({"site/.gitattributes": b"* filter=x diff=x\n"})
    repo.git("init", "--quiet", "--initial-branch", "main", "--template", "", cwd=site)
    repo.git("add", ".", cwd=site)
    repo.git("commit", "--quiet", "--message", "A change", cwd=site)
    for name in ("HEAD", "index", "objects", "refs"):
        (site / ".git" / name).rename(site / name)
    (site / "config").write_text(config)
    shutil.rmtree(site / ".git")
    (site / "refs/keep").write_bytes(b"")
    # a file that differs from that index: git would have to run the filter to compare it
    (site / "app.py").write_bytes(b"print(1)\n")
    repo.commit({"hf-deploy.toml": b'path = "site"\n'})


_CORE = "[core]\nrepositoryformatversion = 0\nbare = false\n"
_CONFIGS = {
    "filter": _CORE + 'worktree = ..\n[filter "x"]\nclean = {0}\nrequired = true\n',
    "filter of itself": _CORE + 'worktree = .\n[filter "x"]\nclean = {0}\n',
    "process": _CORE + 'worktree = .\n[filter "x"]\nprocess = {0}\n',
    "fsmonitor": _CORE + "worktree = .\nfsmonitor = {0}\n",
    "hooks": _CORE + "worktree = .\nhooksPath = .\n",
    "external diff": (_CORE + 'worktree = .\n[diff]\nexternal = {0}\n[diff "x"]\ntextconv = {0}\n'),
    "include": "[include]\npath = more\n",
    "alias": _CORE + "worktree = .\npager = {0}\n[alias]\nstatus = !{0}\n",
}


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        *(("check", kind) for kind in _CONFIGS),
        *(("plan", kind) for kind in ("filter of itself", "fsmonitor")),
        ("deploy", "filter of itself"),
    ],
)
def test_a_folder_shaped_like_a_repository_runs_nothing(
    cli: Cli, hub: LocalHub, repo: Repo, spy: Path, command: str, kind: str
) -> None:
    repo.write({"site/more": _CONFIGS["filter"].format(spy).encode()})
    _bare_folder(repo, _CONFIGS[kind].format(spy))
    (repo.root / "site/post-index-change").write_bytes(spy.read_bytes())
    (repo.root / "site/post-index-change").chmod(0o755)
    for here in (repo.root, repo.root / "site"):
        ran = cli(command, SPACE, here=here)
        assert not _ran(spy)
        assert ran.code == 2
        assert "bare" in ran.err + ran.out, ran.err
        assert str(repo.root / "site") in ran.err
    assert not hub.requests_to("/commit/")


def test_an_old_git_is_not_asked_about_a_folder_shaped_like_a_repository(
    cli: Cli, repo: Repo, spy: Path, tmp_path: Path
) -> None:
    """Git before 2.38 does not know safe.bareRepository; this one drops it from its arguments."""
    _bare_folder(repo, _CONFIGS["filter of itself"].format(spy))
    program = shutil.which("git")
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text(
        "#!/bin/bash\narguments=()\n"
        'for one in "$@"; do arguments+=("${one/safe.bareRepository=explicit/a.b=c}"); done\n'
        f'exec {program} "${{arguments[@]}}"\n'
    )
    old.chmod(0o755)
    path = f"{old.parent}{os.pathsep}{os.environ['PATH']}"
    for here in (repo.root, repo.root / "site"):
        ran = cli("check", here=here, PATH=path)
        assert (ran.code, _ran(spy)) == (2, "")


def test_a_folder_shaped_like_a_repository_is_deployed_as_plain_files(
    cli: Cli, hub: LocalHub, repo: Repo, spy: Path
) -> None:
    _bare_folder(repo, _CONFIGS["filter of itself"].format(spy))
    ran = cli("deploy", SPACE, "--path", ".", "--no-wait")
    assert ran.code == 0, ran.err
    assert hub.files(SPACE)["site/HEAD"] and not _ran(spy)


@pytest.mark.parametrize("command", ["check", "plan", "deploy"])
def test_the_filter_of_the_caller_s_clone_runs_without_secrets(
    cli: Cli, repo: Repo, spy: Path, command: str
) -> None:
    """As `git lfs install --local` sets one up."""
    repo.commit({".gitattributes": b"*.txt filter=own\n", "a.txt": b"text\n"})
    repo.git("config", "filter.own.clean", str(spy))
    repo.write({"a.txt": b"TEXT\n"})
    ran = cli(command, *([] if command == "check" else [SPACE]), **SECRETS)
    assert ran.code == 0, ran.err
    seen = _ran(spy)
    assert "PATH=" in seen and "HOME=" in seen
    assert not [value for value in ("hf_write", "hunter2") if value in seen]


@pytest.mark.parametrize("key", ["core.fsmonitor", "core.pager", "diff.external", "core.editor"])
def test_no_other_program_of_the_caller_s_clone_runs(
    cli: Cli, repo: Repo, spy: Path, key: str
) -> None:
    repo.git("config", key, str(spy))
    repo.write({"app.py": b"print(2)\n"})
    assert cli("deploy", SPACE, "--no-wait").code == 0
    assert not _ran(spy)


def test_a_hook_of_the_caller_s_clone_does_not_run(cli: Cli, repo: Repo, spy: Path) -> None:
    for name in ("post-index-change", "post-checkout", "reference-transaction", "fsmonitor"):
        hook = repo.root / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_bytes(spy.read_bytes())
        hook.chmod(0o755)
    repo.write({"app.py": b"print(2)\n"})
    assert cli("deploy", SPACE, "--no-wait").code == 0
    assert not _ran(spy)


def test_a_config_file_may_not_name_a_nested_repository(cli: Cli, repo: Repo, spy: Path) -> None:
    """It came with an artifact, say; git itself tracks no `.git`."""
    repo.commit({"hf-deploy.toml": b'path = "site"\n', ".gitignore": b"site/\n"})
    nested = Repo(repo.root / "site")
    nested.root.mkdir()
    nested.git("init", "--quiet", "--initial-branch", "main")
    nested.commit({**APP, ".gitattributes": b"* filter=x\n"})
    nested.git("config", "filter.x.clean", str(spy))
    nested.write({"app.py": b"print(2)\n"})
    ran = cli("check")
    assert ran.code == 2 and not _ran(spy)
    assert "hf-deploy.toml:1" in ran.err and "--path" in ran.error["fix"]
    assert cli("check", "--path", "site").code == 0


def test_a_submodule_is_a_path_that_a_file_may_name(cli: Cli, repo: Repo, tmp_path: Path) -> None:
    origin = Repo(tmp_path / "origin")
    origin.root.mkdir()
    origin.git("init", "--quiet", "--initial-branch", "main")
    origin.commit(APP)
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin.root), "site"
    )
    repo.commit({"hf-deploy.toml": b'path = "site"\n'})
    assert cli("check").code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_a_submodule_of_another_user_is_an_error_whose_fix_names_it(
    cli: Cli, repo: Repo, tmp_path: Path
) -> None:
    library = shutil.copytree(repo.root, tmp_path / "library")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library))
    repo.git(*add, "lib")
    repo.commit()
    os.chown(repo.root / "lib", 12345, 12345)
    ran = cli("check")
    assert ran.code == 2
    named = f"git config --global --add safe.directory '{repo.root / 'lib'}'"
    assert named in ran.error["fix"], ran.err
