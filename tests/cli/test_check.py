"""hf-deploy check: findings as a linter writes them, before anything leaves."""

from __future__ import annotations

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import APP, Cli, Repo

TOKEN = "hf" + "_" + "QvXbT7rLw2KdNs8JzPq4GhYe1MfUa6Rc3x"


def test_sound_files_pass_in_one_line_and_no_hub_is_asked(cli: Cli, hub: LocalHub) -> None:
    ran = cli("check")
    assert (ran.code, ran.out.count("\n")) == (0, 1)
    assert "2 files: no problems, no credentials, no warnings" in ran.out
    assert not hub.requests


def test_each_problem_stands_at_its_line(cli: Cli, repo: Repo) -> None:
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
    (leak,) = ran.json["credentials"]
    assert (leak["path"], leak["line"]) == ("notes/a.txt", 2)
    assert TOKEN not in ran.out + ran.err and TOKEN[5:-5] not in ran.out + ran.err
    assert cli("check", "--allow-credentials", "notes/").code == 0


@pytest.mark.parametrize(("strict", "code"), [((), 0), (("--strict",), 1)])
def test_warnings_fail_only_where_that_was_asked_for(
    cli: Cli, repo: Repo, strict: tuple[str, ...], code: int
) -> None:
    repo.write({"start.sh": b"#!/bin/sh\n"})
    (repo.root / "start.sh").chmod(0o755)
    repo.commit()
    ran = cli("check", *strict)
    assert ran.code == code and "start.sh" in ran.out


def test_in_a_workflow_each_finding_is_an_annotation_at_its_line(cli: Cli, repo: Repo) -> None:
    card = b"---\ntitle: Demo\nsdk: gradio\ncolorFrom: bleu\n---\n"
    repo.commit({"README.md": card, "a,b.txt": TOKEN.encode()})
    ran = cli("check", GITHUB_ACTIONS="true")
    assert "::error file=README.md,line=4,title=hf-deploy::" in ran.err
    assert "::error file=a%2Cb.txt,line=1,title=hf-deploy::" in ran.err


def test_what_can_not_be_checked_is_three_lines(cli: Cli, repo: Repo) -> None:
    repo.commit({"README.md": b"no card\n", "app.py": APP["app.py"]})
    ran = cli("check", "--json")
    assert ran.code == 3 == ran.json["exit_code"]
    assert ran.trouble and ran.json["error"]["do"]
