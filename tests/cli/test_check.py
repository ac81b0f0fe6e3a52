"""hf-deploy check: findings as a linter writes them, before anything is uploaded."""

from __future__ import annotations

import pytest

from deployer.rehearsal import Fault, LocalHub
from tests.cli.conftest import Runner
from tests.conftest import APP, SPACE, Cli, Repo
from tests.flows.conftest import pointer
from tests.fork_server import SHORT_WAITS

TOKEN = "hf" + "_" + "QvXbT7rLw2KdNs8JzPq4GhYe1MfUa6Rc3x"


def test_valid_files_pass_in_one_line_without_a_request(cli: Cli, hub: LocalHub) -> None:
    ran = cli("check")
    assert (ran.code, ran.out.count("\n")) == (0, 1)
    assert "2 files: no problems, no credentials, no warnings" in ran.out
    assert not hub.requests


def test_each_problem_is_reported_at_its_line(cli: Cli, repo: Repo) -> None:
    card = b"---\ntitle: Demo\nsdk: gradio\ncolorFrom: bleu\n---\n"
    repo.commit({"README.md": card, "requirements.txt": b"numpy\nnumpy=1\n"})
    ran = cli("check")
    assert ran.code == 1
    assert "\nrequirements.txt:2: " in ran.out
    assert ran.out.startswith("README.md:4: ") and "did you mean `blue`?" in ran.out


def test_a_credential_is_found_and_not_shown(cli: Cli, repo: Repo) -> None:
    repo.commit({"notes/a.txt": f"one\n{TOKEN}\n".encode()})
    ran = cli("check", "--json")
    assert (ran.code, ran.json["exit_code"]) == (4, 4)
    (one,) = ran.json["credentials"]
    assert (one["path"], one["line"]) == ("notes/a.txt", 2)
    assert TOKEN not in ran.out + ran.err and TOKEN[5:-5] not in ran.out + ran.err
    assert cli("check", "--allow-credentials", "notes/").code == 0


@pytest.mark.parametrize(("strict", "code"), [((), 0), (("--strict",), 1)])
def test_warnings_fail_only_with_strict(
    cli: Cli, repo: Repo, strict: tuple[str, ...], code: int
) -> None:
    repo.write({"start.sh": b"#!/bin/sh\n", "app.py": b"import os\nos.system('./start.sh')\n"})
    (repo.root / "start.sh").chmod(0o755)
    repo.commit()
    ran = cli("check", *strict)
    assert ran.code == code and ran.out.startswith("app.py:2: warning: `./start.sh` is started")


def test_an_executable_file_that_nothing_starts_passes_even_with_strict(
    cli: Cli, repo: Repo
) -> None:
    (repo.root / "app.py").chmod(0o755)
    repo.write({"scripts/install_tools.sh": b"#!/bin/bash\npip install ruff\n"})
    (repo.root / "scripts/install_tools.sh").chmod(0o755)
    repo.commit()
    assert cli("check", "--strict").code == 0


def test_in_a_workflow_each_finding_is_an_annotation_at_its_line(cli: Cli, repo: Repo) -> None:
    card = b"---\ntitle: Demo\nsdk: gradio\ncolorFrom: bleu\n---\n"
    repo.commit({"README.md": card, "a,b.txt": TOKEN.encode()})
    ran = cli("check", GITHUB_ACTIONS="true")
    assert "::error file=README.md,line=4,title=hf-deploy%3A card-invalid-value::" in ran.err
    assert "::error file=a%2Cb.txt,line=1,title=hf-deploy::" in ran.err


def test_in_a_workflow_the_summary_links_each_finding(cli: Cli, repo: Repo, runner: Runner) -> None:
    card = b"---\ntitle: Demo\nsdk: gradio\ncolorFrom: bleu\n---\n"
    head = repo.commit({"README.md": card})
    environment = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_SHA": head}
    cli("check", **runner.environment, **environment)
    assert runner.summary.startswith("### ❌ Checked 2 files")
    page = f"https://github.com/julia/project/blob/{head}/README.md#L4"
    assert f"](<{page}>)" in runner.summary or f"]({page})" in runner.summary


def test_more_findings_than_github_shows_are_counted_in_the_last_annotation(
    cli: Cli, repo: Repo
) -> None:
    repo.commit({"requirements.txt": b"".join(b"numpy%d=1\n" % n for n in range(30))})
    ran = cli("check", GITHUB_ACTIONS="true")
    shown = [line for line in ran.err.splitlines() if line.startswith("::error")]
    assert len(shown) == 10 and "::and 21 more errors" in shown[-1]
    assert ran.out.count("requirements.txt:") == 30


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        (b"no card\n", "README.md:1: no card found"),
        (b"---\nsdk: gradio\ntitle: a: b\n---\n", "README.md:3: unquoted text contains a colon"),
        (b"---\nsdk: gradio\n---\n\xff", "README.md:4: invalid UTF-8 (byte 0xff)"),
        (None, "README.md: not found"),
    ],
)
def test_an_unreadable_card_is_an_error_at_its_line(
    cli: Cli, repo: Repo, readme: bytes | None, expected: str
) -> None:
    (repo.root / "README.md").unlink()
    repo.commit({"README.md": readme} if readme is not None else {"readme.md": APP["README.md"]})
    ran = cli("check")
    assert ran.code == 1
    assert ran.out.startswith(expected)
    assert readme is not None or "rename readme.md to README.md" in ran.out
    assert cli("deploy", SPACE).code == 3


def test_one_error_does_not_hide_the_other_findings(cli: Cli, repo: Repo) -> None:
    repo.link("host.txt", "/etc/hostname")
    repo.commit({"notes.txt": TOKEN.encode(), "requirements.txt": b"numpy=1\n"})
    ran = cli("check")
    assert ran.code == 4
    assert "\nrequirements.txt:1: " in f"\n{ran.out}" and "notes.txt:1: " in ran.out
    assert "host.txt: " in ran.out
    repo.commit({"notes.txt": b"harmless"})
    assert cli("check").code == 1
    assert "symbolic link" in cli("deploy", SPACE).err


@pytest.mark.parametrize(
    ("folder", "path"), [(".", "space"), ("space", "."), ("other", "../space")]
)
def test_paths_are_relative_to_the_repository(cli: Cli, repo: Repo, folder: str, path: str) -> None:
    card = b"---\ntitle: Demo\nsdk: gradio\ncolorFrom: bleu\n---\n"
    repo.commit({"space/README.md": card, "space/app.py": TOKEN.encode(), "other/x": b""})
    ran = cli("check", "--path", path, here=repo.root / folder, GITHUB_ACTIONS="true")
    assert ran.out.startswith("space/README.md:4: ") and "space/app.py:1: " in ran.out
    assert "::error file=space/README.md,line=4," in ran.err


def test_the_card_file_and_a_deploy_name_paths_in_the_repository(cli: Cli, repo: Repo) -> None:
    (repo.root / "README.md").unlink()
    files = {"conf/card.yaml": b"sdk: gradio\ncolorFrom: bleu\n", "conf/app/app.py": b"x = = 1\n"}
    repo.commit(files)
    options = ("--path", "app", "--card", "card.yaml")
    ran = cli("check", *options, here=repo.root / "conf")
    assert ran.out.startswith("conf/app/app.py:1: ") and "\nconf/card.yaml:2: " in ran.out
    cause = cli("deploy", SPACE, *options, here=repo.root / "conf").err
    assert "conf/app/app.py:1: " in cause and "conf/card.yaml:2: " in cause


def test_an_import_of_an_untracked_module_is_an_error(cli: Cli, repo: Repo) -> None:
    repo.commit({"app.py": b"import helper\nfrom src.model import f\n", "src/__init__.py": b""})
    repo.write({"helper.py": b"", "src/model.py": b"f = 1\n"})
    ran = cli("check")
    assert ran.code == 1
    assert "app.py:1: imports helper.py" in ran.out and "`git add helper.py`" in ran.out
    assert "app.py:2: imports src/model.py" in ran.out
    repo.commit()
    assert cli("check").code == 0


@pytest.mark.parametrize("is_built", [True, False])
def test_a_site_that_git_ignores_names_the_rule_and_the_option(
    cli: Cli, repo: Repo, is_built: bool
) -> None:
    card = b"---\ntitle: Site\nsdk: static\napp_file: dist/index.html\n---\n"
    source = {"README.md": card, "index.src.html": b"<p>", ".gitignore": b"node_modules/\ndist/\n"}
    repo.commit(source)
    if is_built:
        repo.write({"dist/index.html": b"<p>", "dist/a.js": b"1"})
    ran = cli("check")
    assert ran.code == 1 and ran.out.startswith("README.md:4: `dist/index.html`, which a static")
    assert ".gitignore:2 'dist/'" in ran.out and "`--include dist/`" in ran.out
    assert ("build it first" in ran.out) is not is_built and "did you mean" not in ran.out
    assert cli("check", "--include", "dist/").code == (0 if is_built else 1)


def test_what_a_dockerfile_copies_and_git_ignores_names_the_rule(cli: Cli, repo: Repo) -> None:
    card = b"---\ntitle: Site\nsdk: docker\n---\n"
    docker = b"FROM nginx\nCOPY web/dist /usr/share/nginx/html\nCOPY notes.txt /\n"
    repo.commit({"README.md": card, "Dockerfile": docker, "web/.gitignore": b"/dist\n"})
    repo.write({"web/dist/index.html": b"<p>"})
    ran = cli("check")
    assert "Dockerfile:2: `web/dist` is copied here, but not deployed: ignored by " in ran.out
    assert "web/.gitignore:1 '/dist'" in ran.out and "`--include web/dist`" in ran.out
    assert "Dockerfile:3: `notes.txt` is copied here, but not deployed; `git add` it" in ran.out


def test_large_files_are_listed_without_an_error(cli: Cli, repo: Repo) -> None:
    repo.commit({"model.bin": bytes(11_000_000)})
    ran = cli("check", "--strict")
    assert ran.code == 0
    assert "model.bin (11.0 MB): over 10 MB" in ran.out


def test_a_git_lfs_pointer_is_an_error(cli: Cli, repo: Repo) -> None:
    repo.commit({"model.bin": pointer(b"what it stands for")})
    ran = cli("check")
    assert ran.code == 1
    assert ran.out.startswith("model.bin:1: Git LFS pointer")


def test_an_error_is_three_rows(cli: Cli) -> None:
    ran = cli("check", "--json", "--path", "nowhere")
    assert ran.code == 2 == ran.json["exit_code"]
    assert ran.error and ran.json["error"]["fix"]


def test_with_a_space_the_account_is_checked_and_nothing_is_changed(
    cli: Cli, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP)
    ran = cli("check", SPACE)
    assert ran.code == 0
    assert '"rehearsal" of julia (role write), may write' in ran.out
    assert "julia/demo, gradio, running" in ran.out
    assert {r.path for r in hub.requests if r.method != "GET"} == {"/api/validate-yaml"}
    account = cli("check", SPACE, "--json").json["account"]
    assert (account["exists"], account["may_write"], account["role"]) == (True, True, "write")


def test_account_findings_are_listed_with_the_others(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    ran = cli("check", SPACE, HF_TOKEN="hf_read", GITHUB_ACTIONS="true")
    assert ran.code == 1
    assert ran.out.startswith('account: the token "rehearsal" of julia (role read) has no write')
    assert "::error title=hf-deploy%3A account-denied::the token" in ran.err


@pytest.mark.parametrize(("token", "code"), [("hf_wrong", 5), ("", 5), ("hf_write", 11)])
def test_files_are_checked_even_if_the_account_cannot_be(
    cli: Cli, hub: LocalHub, token: str, code: int
) -> None:
    hub.add_space(SPACE, APP)
    if code == 11:
        page = "<html>Log in</html>"
        hub.scenario.faults = [Fault("GET", "/whoami", 9, status=200, body=page)]
    ran = cli("check", SPACE, "--json", HF_TOKEN=token, **SHORT_WAITS)
    assert (ran.code, ran.json["exit_code"], ran.json["files"]) == (code, code, 2)
    assert ran.json["error"]["fix"] and ran.json["account"] is None


def test_an_untrusted_workflow_shows_the_values_for_the_form(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.add_space(SPACE, APP)
    environment = {
        **runner.environment,
        "HF_TOKEN": "",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{hub.url}/_github/oidc?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": hub.scenario.github_token,
    }
    form = "repository = julia/project, branch = main, workflow = deploy.yml"
    assert f"Trusted Publisher ({form}), may write" in cli("check", SPACE, **environment).out
    hub.scenario.trusted = set()
    ran = cli("check", SPACE, **environment)
    assert ran.code == 5
    assert form in ran.out and f"{hub.url}/spaces/{SPACE}/settings" in ran.out
    assert "❌" in runner.summary and f"{hub.url}/spaces/{SPACE}/settings" in runner.summary


def test_an_oidc_token_that_the_hub_echoes_is_not_printed(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    identity = "aGVhZA.cGF5bG9hZA.c2lnbmF0dXJl"
    body = f'{{"error": "invalid_grant", "error_description": "not {identity}"}}'
    hub.scenario.faults = [Fault("POST", "/oauth/token", status=400, body=body)]
    environment = {**runner.environment, "HF_TOKEN": "", "HF_OIDC_ID_TOKEN": identity}
    ran = cli("check", SPACE, **environment)
    assert ran.code == 5 and "invalid_grant" in ran.out
    assert identity not in ran.out + ran.err
