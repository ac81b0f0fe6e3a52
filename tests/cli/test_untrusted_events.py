"""Events that anyone can cause, in a real checkout: only its own commits reach the Hub."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployer.rehearsal import LocalHub
from tests.cli.conftest import Runner, commands
from tests.conftest import APP, SPACE, Cli, Ran, Repo

OWN = {"id": 1296269, "full_name": "julia/project", "private": True}
FORK = {"id": 35129377, "full_name": "mallory/project", "private": False}
STOLEN = {"app.py": b"import os; print(os.environ)\n"}


def workflow_run(sha: str, repository: object = "own") -> dict[str, Any]:
    """The payload of a workflow that follows another one, which ran on this commit."""
    repository = OWN if repository == "own" else repository
    return {"repository": OWN, "workflow_run": {"head_sha": sha, "head_repository": repository}}


def pull_request(sha: str, repository: object = "own") -> dict[str, Any]:
    """The payload of a pull request with this head."""
    repository = OWN if repository == "own" else repository
    return {"repository": OWN, "pull_request": {"head": {"sha": sha, "repo": repository}}}


def head(repo: Repo) -> str:
    """The commit that is checked out."""
    return repo.git("rev-parse", "HEAD").decode().strip()


def assert_skipped(ran: Ran, hub: LocalHub, runner: Runner) -> str:
    """It exits with 0 and says so everywhere; the Hub has heard nothing. Returns the notice."""
    assert ran.code == 0, ran.err
    assert not hub.requests and not hub.spaces()
    assert (runner.outputs["verdict"], runner.outputs["changed"]) == ("skipped", "false")
    assert "skipped" in runner.summary
    notices = [line for line in ran.err.splitlines() if line.startswith("::notice ")]
    assert len(notices) == 1 and "title=hf-deploy%3A skipped" in notices[0]
    assert not {"error", "warning"} & set(commands(ran.out + ran.err))
    return notices[0]


@pytest.fixture(name="base")
def _base(repo: Repo) -> str:
    """The newest commit of the default branch."""
    return head(repo)


@pytest.fixture(name="fork_head")
def _fork_head(repo: Repo, base: str) -> str:
    """The commit of a fork, checked out."""
    repo.git("checkout", "--quiet", "--detach", base)
    return repo.commit(STOLEN)


@pytest.mark.parametrize(
    "name", ["pull_request_target", "workflow_run", "issue_comment", "issues", "discussion",
             "discussion_comment", "pull_request_review", "pull_request_review_comment"]
)  # fmt: skip
def test_a_fork_s_code_is_not_deployed(
    cli: Cli, hub: LocalHub, runner: Runner, base: str, fork_head: str, name: str
) -> None:
    payload = workflow_run(fork_head, FORK) | pull_request(fork_head, FORK)
    ran = cli("deploy", SPACE, **runner.event(name, payload, base))
    notice = assert_skipped(ran, hub, runner)
    assert fork_head[:7] in notice and name in notice and "push" in notice


def test_the_merge_that_a_review_checks_out_is_not_deployed(
    cli: Cli, hub: LocalHub, runner: Runner, fork_head: str
) -> None:
    environment = runner.event(
        "pull_request_review",
        pull_request("c" * 40, FORK),
        fork_head,
        GITHUB_REF="refs/pull/7/merge",
    )
    assert_skipped(cli("deploy", SPACE, **environment), hub, runner)


def test_a_deploy_after_ci_on_main_works(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner, base: str
) -> None:
    newer = repo.commit({"new.txt": b"n"})
    ran = cli("deploy", SPACE, **runner.event("workflow_run", workflow_run(newer), base))
    assert ran.code == 0, ran.err
    assert runner.outputs["verdict"] == "live"
    assert "new.txt" in hub.files(SPACE)


@pytest.mark.parametrize(
    ("name", "payload"),
    [("push", {"deleted": True}), ("release", {"action": "deleted"})],
    ids=["a branch", "a release"],
)
def test_what_was_deleted_deploys_nothing(
    cli: Cli, hub: LocalHub, runner: Runner, base: str, name: str, payload: dict[str, Any]
) -> None:
    ran = cli("deploy", SPACE, **runner.event(name, {"repository": OWN, **payload}, base))
    assert "delete" in assert_skipped(ran, hub, runner)


def test_a_commit_that_failed_in_ci_is_not_deployed(
    cli: Cli, hub: LocalHub, runner: Runner, base: str
) -> None:
    payload = workflow_run(base)
    payload["workflow_run"]["conclusion"] = "failure"
    ran = cli("deploy", SPACE, **runner.event("workflow_run", payload, base))
    assert "failure" in assert_skipped(ran, hub, runner)


def test_a_comment_deploys_main(cli: Cli, hub: LocalHub, runner: Runner, base: str) -> None:
    payload = {"repository": OWN, "comment": {"body": "/deploy"}}
    cli("deploy", SPACE, **runner.event("issue_comment", payload, base))
    assert runner.outputs["verdict"] == "live" and hub.space(SPACE)


def test_a_pull_request_of_the_repository_itself_is_deployed(
    cli: Cli, runner: Runner, fork_head: str, base: str
) -> None:
    payload = pull_request(fork_head)
    cli("deploy", SPACE, **runner.event("pull_request_target", payload, base))
    assert runner.outputs["verdict"] == "live"


def _overwrite(repo: Repo) -> None:
    repo.write(STOLEN)


def _stage(repo: Repo) -> None:
    repo.write(STOLEN)
    repo.git("add", "--all")


def _overwrite_unseen(repo: Repo) -> None:
    repo.git("update-index", "--assume-unchanged", "app.py")
    repo.write(STOLEN)


def _overwrite_skipped(repo: Repo) -> None:
    repo.git("update-index", "--skip-worktree", "app.py")
    repo.write(STOLEN)


def _overwrite_with_the_same_times(repo: Repo) -> None:
    repo.git("config", "core.trustctime", "false")
    repo.git("config", "core.checkStat", "minimal")
    file = repo.root / "app.py"
    before = file.stat()
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns - 10**12))
    repo.git("status")
    old, times = file.read_bytes(), file.stat()
    file.write_bytes(old.replace(b"It runs", b"gotcha!"))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not repo.git("status", "--porcelain")


def _replace_the_commit(repo: Repo) -> None:
    genuine = head(repo)
    forged = repo.commit(STOLEN)
    repo.git("update-ref", "HEAD", genuine)
    repo.git("replace", genuine, forged)
    assert not repo.git("status", "--porcelain")


def _add_included(repo: Repo) -> None:
    repo.write({"dist/app.js": b"fetch('//mallory.example')"})


def _add_config(repo: Repo) -> None:
    repo.write({"hf-deploy.toml": b'keep = ["*"]\n'})


def _add_shared_config(repo: Repo) -> None:
    repo.write({"pyproject.toml": b'[tool.hf-deploy]\nkeep = ["*"]\n'})


def _add_card(repo: Repo) -> None:
    repo.write({"card.yaml": b"title: Gotcha\nsdk: gradio\n"})


def _link_card(repo: Repo) -> None:
    repo.link("card.yaml", "README.md")


def _add_ignore_rules(repo: Repo) -> None:
    repo.write({".hfignore": b"*.py\n"})


def _write_in_another_encoding(repo: Repo) -> None:
    # git would read `+AAo-` back as a committed line end, and Python as the rest of a comment
    repo.write({".gitattributes": b"*.py working-tree-encoding=UTF-7\n"})


def _convert_by_the_clone(repo: Repo) -> None:
    (repo.root / ".git/info").mkdir(exist_ok=True)
    (repo.root / ".git/info/attributes").write_text("*.py working-tree-encoding=UTF-7\n")


def _add_repository(repo: Repo) -> None:
    inner = Repo(repo.root / "site")
    shutil.copytree(repo.root / ".git", inner.root / ".git")
    inner.git("config", "user.name", "Mallory")
    inner.commit({**APP, **STOLEN})


TAMPERING: dict[Callable[[Repo], None], list[str]] = {
    _overwrite: [],
    _stage: [],
    _overwrite_unseen: [],
    _overwrite_skipped: [],
    _overwrite_with_the_same_times: [],
    _replace_the_commit: [],
    _add_included: ["--include", "dist/**"],
    _add_config: [],
    _add_shared_config: [],
    _add_card: ["--card", "card.yaml"],
    _link_card: ["--card", "card.yaml"],
    _add_ignore_rules: [],
    _write_in_another_encoding: [],
    _convert_by_the_clone: [],
    _add_repository: ["--path", "site"],
}


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__.strip("_"))
def test_what_was_unpacked_over_the_commit_is_not_deployed(
    cli: Cli,
    hub: LocalHub,
    repo: Repo,
    runner: Runner,
    base: str,
    tamper: Callable[[Repo], None],
) -> None:
    tamper(repo)
    environment = runner.event("workflow_run", workflow_run(base), base)
    assert_skipped(cli("deploy", SPACE, *TAMPERING[tamper], **environment), hub, runner)


def test_a_changed_file_outside_of_the_path_counts_where_a_link_leads_there(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    repo.write({"site/README.md": APP["README.md"], "shared.py": b"print()\n"})
    repo.link("site/app.py", "../shared.py")
    base = repo.commit()
    repo.write({"shared.py": STOLEN["app.py"]})
    environment = runner.event("workflow_run", workflow_run(base), base)
    assert_skipped(cli("deploy", SPACE, "--path", "site", **environment), hub, runner)


def test_a_changed_submodule_is_not_deployed(
    cli: Cli,
    hub: LocalHub,
    repo: Repo,
    runner: Runner,
    new_repo: Callable[..., Repo],
) -> None:
    library = new_repo({"lib.py": b"print()\n"}, "library")
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "lib"
    )
    base = repo.commit()
    environment = runner.event("workflow_run", workflow_run(base), base)
    inner = Repo(repo.root / "lib")
    inner.git("update-index", "--assume-unchanged", "lib.py")
    inner.write({"lib.py": STOLEN["app.py"]})
    assert_skipped(cli("deploy", SPACE, **environment), hub, runner)
    inner.git("update-index", "--no-assume-unchanged", "lib.py")
    assert_skipped(cli("deploy", SPACE, **environment), hub, runner)
    inner.git("checkout", "--quiet", "lib.py")
    assert cli("deploy", SPACE, **environment).code == 0
    assert "lib/lib.py" in hub.files(SPACE)


def test_a_link_into_a_changed_submodule_elsewhere_is_not_deployed(
    cli: Cli,
    hub: LocalHub,
    repo: Repo,
    runner: Runner,
    new_repo: Callable[..., Repo],
) -> None:
    library = new_repo({"lib.py": b"print()\n"}, "library")
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "lib"
    )
    repo.write({"site/README.md": APP["README.md"]})
    repo.link("site/app.py", "../lib/lib.py")
    base = repo.commit()
    inner = Repo(repo.root / "lib")
    inner.git("update-index", "--assume-unchanged", "lib.py")
    inner.write({"lib.py": STOLEN["app.py"]})
    environment = runner.event("workflow_run", workflow_run(base), base)
    assert_skipped(cli("deploy", SPACE, "--path", "site", **environment), hub, runner)


def test_options_a_card_and_rules_that_git_tracks_are_read(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    repo.write({"hf-deploy.toml": b'card = "card.yaml"\n', "README.md": b"# Demo\n"})
    base = repo.commit({"card.yaml": b"title: Demo\nsdk: gradio\n", ".hfignore": b"card.yaml\n"})
    repo.write({"notes.txt": b"untracked, and not deployed"})
    cli("deploy", SPACE, **runner.event("workflow_run", workflow_run(base), base))
    assert runner.outputs["verdict"] == "live"
    assert "notes.txt" not in hub.files(SPACE)


def test_a_sparse_checkout_of_the_commit_is_deployed(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    base = repo.commit({"big/data.txt": b"data"})
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/big/")
    cli("deploy", SPACE, **runner.event("issue_comment", {"repository": OWN}, base))
    assert runner.outputs["verdict"] == "live"
    assert hub.files(SPACE)["big/data.txt"] == b"data"


def test_a_folder_without_git_is_not_deployed(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner, base: str
) -> None:
    shutil.rmtree(repo.root / ".git")
    environment = runner.event("workflow_run", workflow_run(base), base)
    assert_skipped(cli("deploy", SPACE, **environment), hub, runner)


@pytest.mark.parametrize("name", ["workflow_run", "pull_request"])
@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", "\udcff", "[" * 100_000])
def test_an_event_that_can_not_be_read_deploys_nothing(
    cli: Cli, hub: LocalHub, runner: Runner, base: str, name: str, text: str | None
) -> None:
    environment = runner.event(name, {}, base)
    file = Path(environment["GITHUB_EVENT_PATH"])
    if text is None:
        file.unlink()
    else:
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert_skipped(cli("deploy", SPACE, **environment), hub, runner)


@pytest.mark.parametrize("name", ["issue_comment", "workflow_run", "pull_request_target"])
def test_a_rollback_is_skipped(
    cli: Cli, hub: LocalHub, runner: Runner, base: str, name: str
) -> None:
    environment = runner.event(name, workflow_run(base) | pull_request(base), base)
    notice = assert_skipped(cli("rollback", SPACE, "--yes", **environment), hub, runner)
    assert "workflow_dispatch" in notice


@pytest.mark.parametrize("command", [["deploy"], ["rollback", "--yes"]], ids=" ".join)
def test_a_fork_s_pull_request_is_skipped_though_it_has_no_secrets(
    cli: Cli, hub: LocalHub, runner: Runner, fork_head: str, command: list[str]
) -> None:
    payload = pull_request(fork_head, FORK)
    name, *more = command
    # what the workflow passes on is empty in such a run
    secrets = "OPENAI_API_KEY" if name == "deploy" else ""
    empty = {"HF_DEPLOY_TOKEN": "", "HF_DEPLOY_SECRETS": secrets}
    ran = cli(name, SPACE, *more, **runner.event("pull_request", payload, "d" * 40, **empty))
    notice = assert_skipped(ran, hub, runner)
    assert "mallory/project" in notice and "token" not in notice.lower()


def test_a_fork_s_pull_request_shows_the_plan_without_a_token(
    cli: Cli, hub: LocalHub, runner: Runner, fork_head: str
) -> None:
    hub.add_space(SPACE, APP)
    hub.space(SPACE).visibility = "public"
    payload = pull_request(fork_head, FORK)
    environment = runner.event("pull_request", payload, "d" * 40, HF_DEPLOY_TOKEN="")
    ran = cli("deploy", SPACE, "--dry-run", **environment)
    assert ran.code == 0, ran.err
    assert runner.outputs["verdict"] == "planned"


@pytest.mark.parametrize("empty", ["HF_TOKEN", "HF_DEPLOY_TOKEN"])
def test_a_fork_s_pull_request_is_checked_without_asking_the_hub(
    cli: Cli, hub: LocalHub, runner: Runner, repo: Repo, empty: str
) -> None:
    payload = pull_request(repo.commit(STOLEN), FORK)
    environment = runner.event("pull_request", payload, "d" * 40, **{empty: ""})
    ran = cli("check", SPACE, **environment)
    assert ran.code == 0, ran.err
    assert "::warning" in ran.err and "mallory/project, and such runs get no secrets" in ran.err
    repo.commit({"app.py": b"print("})
    assert cli("check", SPACE, **environment).code == 1
    assert not hub.requests


def test_an_empty_token_is_an_error_where_the_run_could_have_one(
    cli: Cli, hub: LocalHub, runner: Runner, base: str
) -> None:
    environment = runner.event("pull_request", pull_request(base), base, HF_DEPLOY_TOKEN="")
    for command in ("deploy", "check", "rollback", "status"):
        ran = cli(command, SPACE, **environment)
        assert ran.code == 2 and "the input `token` is empty" in ran.err, ran.err
    assert not hub.requests


@pytest.mark.parametrize("empty", ["HF_TOKEN", "HF_DEPLOY_TOKEN"])
def test_dependabot_s_pull_request_is_skipped_where_it_has_no_token(
    cli: Cli, hub: LocalHub, runner: Runner, base: str, empty: str
) -> None:
    environment = runner.event(
        "pull_request", pull_request(base), base, GITHUB_ACTOR="dependabot[bot]"
    )
    ran = cli("deploy", SPACE, **environment, **{empty: ""})
    assert "Dependabot" in assert_skipped(ran, hub, runner)
    cli("deploy", SPACE, **environment)
    assert runner.outputs["verdict"] == "live"


def test_the_name_of_a_fork_commands_nothing(
    cli: Cli, hub: LocalHub, runner: Runner, base: str
) -> None:
    hostile = {"id": 1, "full_name": "x\n::error::gotcha\n##[error]<img src=x>\x1b[2J"}
    environment = runner.event("pull_request", pull_request(base, hostile), base)
    assert_skipped(cli("deploy", SPACE, **environment), hub, runner)
    assert "<img" not in runner.summary


def test_a_script_reads_why(cli: Cli, hub: LocalHub, runner: Runner, fork_head: str) -> None:
    environment = runner.event("pull_request", pull_request(fork_head, FORK), fork_head)
    said = cli("deploy", SPACE, "--json", **environment).json
    assert (said["verdict"], said["exit_code"], said["error"]) == ("skipped", 0, None)
    assert "mallory/project" in said["warnings"][0]
    assert not hub.requests


@pytest.mark.parametrize(
    "command", [["check"], ["plan", SPACE], ["status", SPACE], ["history", SPACE],
                ["deploy", SPACE, "--dry-run"]], ids=" ".join
)  # fmt: skip
def test_what_changes_nothing_is_not_skipped(
    cli: Cli, hub: LocalHub, runner: Runner, base: str, fork_head: str, command: list[str]
) -> None:
    hub.add_space(SPACE, APP)
    environment = runner.event("workflow_run", workflow_run(fork_head, FORK), base)
    ran = cli(*command, "--json", **environment)
    assert ran.code == 0, ran.err
    assert "skipped" not in json.dumps(ran.json)
