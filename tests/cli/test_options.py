"""Where options come from, and what each verb says."""

from __future__ import annotations

import json
import sys

import pytest

from deployer.cli import main
from deployer.rehearsal import LocalHub, token_fingerprint
from tests.conftest import APP, ROOT, SPACE, Cli, Repo, changes_asked, commits_sent


def _created(hub: LocalHub) -> tuple[str, str]:
    (request,) = hub.requests_to("/api/repos/create", "POST")
    body = json.loads(request.body)
    return body["visibility"], body.get("hardware", "")


def test_a_flag_overrides_the_environment_and_that_the_config_file(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    repo.write({"hf-deploy.toml": b'visibility = "public"\nhardware = "file-hw"\nwait = false\n'})
    environment = {"HF_DEPLOY_VISIBILITY": "private", "HF_DEPLOY_HARDWARE": "env-hw"}
    cli("deploy", SPACE, "--hardware", "flag-hw", **environment)
    assert _created(hub) == ("private", "flag-hw")
    assert not hub.requests_to("/runtime")


def test_the_config_file_sets_an_option_that_nothing_else_sets(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    repo.write(
        {
            "hf-deploy.toml": b'space = "julia/demo"\nvisibility = "public"\nhardware = "hw"\n'
            b'include = ["dist/"]\nwait = false\n',
            ".gitignore": b"dist/\n",
            "dist/app.js": b"js",
        }
    )
    ran = cli("deploy")
    assert ran.code == 0, ran.err
    assert _created(hub) == ("public", "hw")
    assert "dist/app.js" in hub.files(SPACE)


def test_pyproject_sets_options_and_hf_deploy_toml_overrides_it(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    repo.write({"pyproject.toml": b"[tool.hf-deploy]\nvisibility = 'public'\nwait = false\n"})
    cli("deploy", SPACE)
    assert _created(hub)[0] == "public"
    repo.write({"hf-deploy.toml": b"wait = false\n"})
    cli("deploy", "julia/second")
    assert hub.space("julia/second").visibility == "private"


def test_empty_variables_are_ignored(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.write({"hf-deploy.toml": b'visibility = "public"\nkeep = ["kept.txt"]\nwait = false\n'})
    names = "PATH CARD INCLUDE KEEP VISIBILITY HARDWARE WAIT TIMEOUT HEALTH_PATH HEALTH_TIMEOUT"
    names += " DRY_RUN ENDPOINT SLEEP_TIME VARIABLES SECRETS PRUNE_VARIABLES PUSH_SECRETS"
    ran = cli("deploy", SPACE, **{f"HF_DEPLOY_{name}": "" for name in names.split()})
    assert ran.code == 0, ran.err
    assert _created(hub) == ("public", "")
    assert not hub.requests_to("/runtime")


def test_a_list_in_a_variable_has_one_item_per_line_with_its_spaces(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {**APP, "my notes.txt": b"n", "data/x": b"x", "other": b"o"})
    ran = cli("plan", SPACE, "--json", HF_DEPLOY_KEEP="my notes.txt\r\n\n  data/ \n")
    assert ran.json["plan"]["deleted"] == ["other"]
    repo.write({"hf-deploy.toml": b'keep = """\nmy notes.txt\ndata/\n"""\n'})
    assert cli("plan", SPACE, "--json").json["plan"]["deleted"] == ["other"]


def test_a_flag_may_be_given_several_times(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "a b.txt": b"n", "data/x": b"x", "other": b"o"})
    ran = cli("plan", SPACE, "--json", "--keep", "a b.txt", "--keep", "data/")
    assert ran.json["plan"]["deleted"] == ["other"]


def test_wait_can_be_turned_off_and_on(cli: Cli, hub: LocalHub) -> None:
    cli("deploy", SPACE, HF_DEPLOY_WAIT="false")
    assert not hub.requests_to("/runtime")
    cli("deploy", SPACE, "--wait", HF_DEPLOY_WAIT="false")
    assert hub.requests_to("/runtime")


def test_a_dry_run_can_be_set_in_the_environment(cli: Cli, hub: LocalHub) -> None:
    assert cli("deploy", SPACE, HF_DEPLOY_DRY_RUN="true").code == 0
    assert not changes_asked(hub)


def test_the_endpoint_can_be_a_flag(cli: Cli, hub: LocalHub) -> None:
    ran = cli("deploy", SPACE, "--endpoint", f"{hub.url}/", HF_ENDPOINT="http://127.0.0.1:1")
    assert ran.code == 0, ran.err
    assert commits_sent(hub) == 1


def test_the_token_can_be_the_saved_login(cli: Cli, hub: LocalHub) -> None:
    (cli.home / "hf").mkdir()
    (cli.home / "hf/token").write_text("hf_write\n")
    assert cli("deploy", SPACE, HF_TOKEN="").code == 0
    assert {request.token for request in hub.requests} == {token_fingerprint("hf_write")}


def test_hf_token_overrides_the_saved_login(cli: Cli, hub: LocalHub) -> None:
    (cli.home / "hf").mkdir()
    (cli.home / "hf/token").write_text("hf_read")
    assert cli("deploy", SPACE, HF_TOKEN=" hf_write\n").code == 0
    assert {request.token for request in hub.requests} == {token_fingerprint("hf_write")}


def test_a_plan_of_a_public_space_needs_no_token(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    ran = cli("plan", SPACE, HF_TOKEN="")
    assert ran.code == 0
    assert "~ app.py" in ran.err + ran.out
    assert {request.token for request in hub.requests} == {None}


def test_a_plan_exits_with_1_on_differences_only_with_exit_code(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    assert cli("plan", SPACE).code == 0
    assert cli("plan", SPACE, "--exit-code").code == 1
    assert cli("deploy", SPACE).code == 0
    assert cli("plan", SPACE, "--exit-code").code == 0
    assert cli("plan", SPACE, "--exit-code", "--path", "nowhere").code == 2


def test_a_plan_lists_every_path(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    hub.add_space(SPACE, {**APP, "gone.txt": b"g", "kept.txt": b"k"})
    repo.commit({f"file-{number:03}.txt": b"x" for number in range(120)})
    ran = cli("plan", SPACE, "--keep", "kept.txt")
    output = ran.out + ran.err
    assert all(f"+ file-{number:03}.txt" in output for number in range(120))
    assert "- gone.txt" in output and "= kept.txt" in output


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("app.py", ": deployed"),
        ("docs/a.md", ".hfignore:2"),
        (".github/workflows/ci.yml", "always"),
        ("untracked.txt", "git does not track it"),
        ("lib", "directory with 1 file"),
        ("./app.py", ": deployed"),
        ("nowhere.txt", "nowhere.txt"),
    ],
)
def test_explain_names_the_rule(cli: Cli, repo: Repo, path: str, says: str) -> None:
    repo.commit(
        {
            ".hfignore": b"# docs\ndocs/\n",
            "docs/a.md": b"a",
            ".github/workflows/ci.yml": b"c",
            "lib/x.py": b"x",
        }
    )
    repo.write({"untracked.txt": b"u"})
    ran = cli("plan", SPACE, "--explain", path)
    assert ran.code == 0
    assert says in ran.out + ran.err


def test_a_first_deploy_that_deletes_warns_without_a_terminal(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "theirs.txt": b"x"})
    ran = cli("deploy", SPACE)
    assert ran.code == 0
    assert any(line.startswith("warning") and "--keep" in line for line in ran.err.splitlines())


def test_the_output_explains_the_visibility_of_a_new_space(cli: Cli) -> None:
    ran = cli("deploy", SPACE)
    assert any("private" in line and "public" in line for line in ran.err.splitlines())


def test_the_help_of_each_command_lists_its_options(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["deploy", "--help"]) == 0
    output = capsys.readouterr().out
    options = "--path --card --include --keep --visibility --hardware --no-wait --timeout"
    options += " --health-path --health-timeout --dry-run --json --endpoint --sleep-time --secret"
    options += " --variable --prune-variables --push-secrets"
    assert [option for option in options.split() if option not in output] == []
    assert main(["plan", "--help"]) == 0
    output = capsys.readouterr().out
    assert [
        option for option in ("--explain", "--exit-code", "--json") if option not in output
    ] == []


def test_version_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("hf-deploy ")


def test_a_git_hook_deploys_its_own_repository(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    hook = repo.root / ".git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n"$PYTHON" -m deployer deploy julia/demo --no-wait\n')
    hook.chmod(0o755)
    repo.write({"app.py": b"print('from the hook')\n"})
    repo.git("add", "app.py")
    repo.git(
        "commit",
        "--quiet",
        "--message",
        "A change",
        PYTHON=sys.executable,
        PYTHONPATH=str(ROOT),
        **cli.environment,
    )
    assert hub.files(SPACE)["app.py"] == b"print('from the hook')\n"
