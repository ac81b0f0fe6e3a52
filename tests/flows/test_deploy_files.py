"""What arrives: after a deploy the Space holds what git tracks, byte for byte, by one commit."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from deployer.errors import Conflict, InvalidSource
from deployer.events import Committed, Planned, Warned
from deployer.rehearsal import Fault, LocalHub
from deployer.release.history import parse_trailers
from deployer.release.verdict import Verdict
from deployer.source.ignore import Patterns
from deployer.source.snapshot import SourceHints
from tests.conftest import APP, CARD, SPACE, Repo, changes_asked, commits_sent
from tests.flows.conftest import Deployer, pointer

SpaceFiles = Callable[[], dict[str, bytes]]
pytestmark = pytest.mark.usefixtures("no_waits")

BINARY = bytes(range(256)) * 8


def test_a_new_space_gets_exactly_the_tracked_files(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit(
        {
            "lib/deep/er/x.py": b"x",
            "empty.txt": b"",
            "model.bin": BINARY,
            "quo\"te'.txt": b"q",
            "new\nline.txt": b"n",
            "ümläut 日本.txt": b"u",
            "100%25 #1?.txt": b"p",
            "crlf.txt": b"1\r\n2\r\n",
        }
    )
    repo.write({".env": b"SECRET=1"})
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert space_files() == repo.tracked()


def test_a_changed_file_is_updated_and_a_removed_one_is_deleted(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"old.txt": b"old", "dir/old.txt": b"old", "same.txt": b"same"})
    deploy()
    (repo.root / "old.txt").unlink()
    (repo.root / "dir/old.txt").unlink()
    repo.commit({"app.py": b"print('again')\n", "new.txt": b"new"})
    plan = deploy().plan
    assert plan is not None
    assert [file.path for file in plan.add] == ["new.txt"]
    assert [file.path for file in plan.update] == ["app.py"]
    assert plan.delete == ("dir/old.txt", "old.txt")
    assert plan.unchanged == 2
    assert space_files() == repo.tracked()


def test_only_changed_files_are_uploaded(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    repo.commit({f"file-{number}": b"%d" % number for number in range(20)})
    deploy()
    before = len(hub.requests)
    repo.commit({"file-7": b"seven"})
    deploy()
    (sent,) = [request for request in hub.requests[before:] if "/commit/" in request.path]
    lines = [json.loads(line) for line in sent.body.splitlines()]
    assert [line["value"].get("path") for line in lines[1:]] == ["file-7"]


def test_an_unchanged_source_makes_no_commit(deploy: Deployer, hub: LocalHub) -> None:
    first = deploy()
    asked = len(changes_asked(hub))
    second = deploy()
    assert (second.rollout.verdict, second.exit_code) == (Verdict.UNCHANGED, 0)
    assert not second.changed
    assert second.commit == first.commit
    assert len(changes_asked(hub)) == asked


def test_each_deploy_is_one_commit_on_the_head_that_the_plan_was_made_from(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    first = deploy()
    repo.commit({"app.py": b"2\n"})
    second = deploy()
    assert second.previous == first.commit
    assert second.changed
    assert [commit.id for commit in hub.commits(SPACE)][:2] == [second.commit, first.commit]
    bodies = [request.body for request in hub.requests_to("/commit/", "POST")]
    parents = [json.loads(body.splitlines()[0])["value"]["parentCommit"] for body in bodies]
    assert parents == [first.previous, first.commit]


def test_a_commit_has_a_title_and_trailers(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/julia/project")
    head = repo.git("rev-parse", "HEAD").decode().strip()
    deploy()
    made = hub.commits(SPACE)[0]
    trailers = parse_trailers(made.message)
    assert made.title == f"Deploy julia/project@{head[:7]}"
    assert trailers["Source"] == f"julia/project@{head}"
    assert trailers["Snapshot"] == repo.git("write-tree").decode().strip()
    assert (trailers["Release"], trailers["Kind"], trailers["Ref"]) == (
        "1",
        "deploy",
        "refs/heads/main",
    )
    assert len(trailers["Nonce"]) >= 16
    assert "Run" not in trailers


def test_releases_are_numbered_consecutively_despite_other_commits(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    numbers = []
    for turn in range(3):
        repo.commit({"app.py": b"%d\n" % turn})
        deploy()
        numbers += [event.number for event in deploy.events_of(Committed)]
        hub.commit(SPACE, {"by-hand.txt": b"%d" % turn})
    assert numbers == [1, 2, 3]


def test_a_newline_in_a_branch_name_cannot_forge_a_trailer(deploy: Deployer, hub: LocalHub) -> None:
    deploy(hints=SourceHints(ref="refs/heads/x\nRelease: 99\nKind: rollback"))
    trailers = parse_trailers(hub.commits(SPACE)[0].message)
    assert (trailers["Release"], trailers["Kind"]) == ("1", "deploy")


def test_files_added_on_the_space_are_deleted_by_the_next_deploy(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    deploy()
    hub.commit(SPACE, {"by-hand.txt": b"x", "app.py": b"edited on the Hub\n"})
    deploy()
    assert space_files() == repo.tracked()
    assert any("by-hand.txt" in commit.files for commit in hub.commits(SPACE))


def test_files_that_match_keep_are_kept(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    stays = {"data/a.csv": b"a", "data/deep/b.csv": b"b", "log.txt": b"l"}
    hub.add_space(SPACE, {**APP, **stays, "data.txt": b"goes"})
    result = deploy(keep=Patterns.of_option("--keep", ["data/", "*.txt", "!data.txt"]))
    assert result.plan is not None
    assert set(result.plan.keep) - {".gitattributes"} == set(stays)
    assert space_files() == repo.tracked() | stays


def test_keep_does_not_protect_a_file_that_the_source_has(
    deploy: Deployer, hub: LocalHub, space_files: SpaceFiles
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old\n"})
    deploy(keep=Patterns.of_option("--keep", ["*"]))
    assert space_files()["app.py"] == APP["app.py"]


def test_a_first_deploy_asks_before_it_deletes(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    hub.add_space(SPACE, {**APP, "theirs.txt": b"x"})
    deploy()
    assert [plan.delete for plan in deploy.asked] == [("theirs.txt",)]
    assert space_files() == repo.tracked()


def test_no_changes_nothing(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "theirs.txt": b"x", "app.py": b"old"})
    deploy.answer = False
    with pytest.raises(Conflict, match="cancelled"):
        deploy()
    assert commits_sent(hub) == 0


def test_no_question_without_deletions_or_with_an_earlier_release(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {"README.md": APP["README.md"], "app.py": b"old"})
    deploy()
    (repo.root / "app.py").unlink()
    repo.commit({"main.py": b"m", "README.md": CARD.replace(b"\n---", b"\napp_file: main.py\n---")})
    deploy()
    assert not deploy.asked


def test_a_binary_file_is_uploaded_to_git_lfs_once(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"model.bin": BINARY, "picture.png": b"\x89PNG\0" + BINARY})
    deploy()
    assert hub.commits(SPACE)[0].files["model.bin"].lfs is not None
    assert space_files() == repo.tracked()
    again = deploy()
    assert not again.changed


def test_a_large_file_with_other_bytes_of_the_same_size_is_updated(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"model.bin": BINARY})
    deploy()
    repo.commit({"model.bin": BINARY[::-1]})
    result = deploy()
    assert result.plan is not None and [f.path for f in result.plan.update] == ["model.bin"]
    assert space_files() == repo.tracked()


def test_a_text_file_over_ten_megabytes_is_deployed(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"big.csv": b"1,2,3\n" * 2_000_000})
    deploy()
    assert space_files() == repo.tracked()


def test_a_file_excluded_by_a_sparse_checkout_is_uploaded_once(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    excluded = {"big/model.bin": BINARY, "big/text.txt": b"t"}
    repo.commit(excluded)
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/big/")
    deploy()
    assert space_files() == APP | excluded
    assert not deploy().changed


def test_a_file_replaced_by_a_folder_and_back_is_deployed(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"thing": b"a file", "other/x": b"x"})
    deploy()
    (repo.root / "thing").unlink()
    (repo.root / "other/x").unlink()
    (repo.root / "other").rmdir()
    repo.commit({"thing/x": b"in a folder", "other": b"a file"})
    deploy()
    assert space_files() == repo.tracked()


def test_names_that_differ_in_case_only_are_two_files(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"Data.txt": b"1", "data.txt": b"2"})
    deploy()
    assert space_files() == repo.tracked()


def test_an_lfs_pointer_is_an_error_before_any_upload(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"models/a.bin": pointer(b"a"), "b.bin": pointer(b"b")})
    with pytest.raises(InvalidSource, match="Git LFS files are not checked out") as raised:
        deploy()
    assert "models/a.bin" in raised.value.cause and "b.bin" in raised.value.cause
    assert "`lfs: true` in the `with:` of actions/checkout" in raised.value.fix
    assert not changes_asked(hub)


def test_an_lfs_pointer_to_a_file_of_the_space_is_an_error(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"model.bin": BINARY})
    deploy()
    repo.commit({"model.bin": pointer(b"m")})
    with pytest.raises(InvalidSource, match="Git LFS files are not checked out"):
        deploy()
    assert commits_sent(hub) == 1


def test_an_lfs_pointer_added_by_a_link_or_include_is_an_error(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({".hfignore": b"stored/\n", "stored/m.bin": pointer(b"m")})
    repo.link("model.bin", "stored/m.bin")
    repo.commit()
    with pytest.raises(InvalidSource, match="Git LFS files are not checked out"):
        deploy()
    assert not changes_asked(hub)


def test_a_gitignore_on_the_space_excludes_no_file(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    hub.add_space(SPACE, {".gitignore": b"*.txt\nmodel.bin\nlib/\n", "README.md": b"old"})
    repo.commit({"a.txt": b"a", "lib/x.py": b"x", "model.bin": BINARY})
    deploy(keep=Patterns.of_option("--keep", [".gitignore"]))
    files = space_files()
    assert files.pop(".gitignore")
    assert files == repo.tracked()


def test_the_gitattributes_of_the_hub_are_kept_if_the_source_has_none(
    deploy: Deployer, hub: LocalHub
) -> None:
    deploy()
    before = hub.files(SPACE, hub.commits(SPACE)[-1].id)[".gitattributes"]
    assert b"filter=lfs" in before
    assert hub.files(SPACE)[".gitattributes"] == before


def test_the_hub_s_lfs_lines_are_added_to_the_source_s_gitattributes(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    ours = b"*.py text\n*.bin filter=lfs diff=lfs merge=lfs -text\n* text=auto"
    repo.commit({".gitattributes": ours, "model.bin": BINARY, "weights.xyz": BINARY})
    hub.add_space(SPACE, APP)
    hub.commit(
        SPACE, {".gitattributes": b"*.txt text\n*.onnx filter=lfs diff=lfs merge=lfs -text\n"}
    )
    deploy()
    lines = hub.files(SPACE)[".gitattributes"].splitlines()
    assert lines[:3] == ours.splitlines()
    assert b"*.onnx filter=lfs diff=lfs merge=lfs -text" in lines
    assert b"*.txt text" not in lines
    assert len(lines) == len(set(lines))
    assert not deploy().changed


def test_a_body_that_is_not_the_hub_s_gitattributes_is_asked_for_again(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy()
    repo.commit({".gitattributes": b"*.md text\n"})
    foreign = "*.py filter=lfs diff=lfs merge=lfs -text\n"
    hub.scenario.faults = [Fault("GET", "/resolve/", status=200, body=foreign)]
    deploy()
    lines = hub.files(SPACE)[".gitattributes"].splitlines()
    assert b"*.md text" in lines and foreign.encode().strip() not in lines


def test_a_gitattributes_file_below_the_root_is_a_file_like_any_other(
    deploy: Deployer, repo: Repo, hub: LocalHub, space_files: SpaceFiles
) -> None:
    hub.add_space(
        SPACE, {**APP, "lib/.gitattributes": b"*.x filter=lfs\n", "old/.gitattributes": b""}
    )
    repo.commit({"lib/.gitattributes": b"*.y text\n"})
    deploy()
    assert space_files() == repo.tracked()


def test_a_card_file_becomes_the_front_matter(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit(
        {"README.md": b"# Title\n\ntext\n", "card.yaml": b"# ours\ntitle: Demo\nsdk: gradio\n"}
    )
    deploy(card="card.yaml")
    assert space_files()["README.md"] == (
        b"---\n# ours\ntitle: Demo\nsdk: gradio\n---\n# Title\n\ntext\n"
    )
    assert not deploy(card="card.yaml").changed


def test_a_card_file_becomes_a_readme_if_there_is_none(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    (repo.root / "README.md").unlink()
    repo.commit({"card.yaml": b"sdk: gradio\n"})
    deploy(card="card.yaml")
    assert space_files()["README.md"] == b"---\nsdk: gradio\n---\n"


def test_an_error_of_the_hub_on_the_card_stops_the_deploy(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, APP)
    repo.commit({"README.md": CARD + b"Other words.\n"})
    found = {"errors": [{"message": "a rule that we do not know"}], "warnings": []}
    hub.scenario.faults = [Fault("POST", "/validate-yaml", status=400, body=json.dumps(found))]
    with pytest.raises(InvalidSource, match="Hub rejected") as raised:
        deploy()
    assert "a rule that we do not know" in raised.value.cause
    assert commits_sent(hub) == 0


def test_the_warnings_of_the_snapshot_are_reported(deploy: Deployer, repo: Repo) -> None:
    repo.commit({".cache/x.bin": b"x"})
    deploy()
    assert any(".cache/x.bin" in event.message for event in deploy.events_of(Warned))


def test_a_dry_run_changes_nothing_and_reports_the_plan(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {**APP, "theirs.txt": b"x", "app.py": b"old"})
    repo.commit({"new.txt": b"n"})
    result = deploy.plan()
    (event,) = deploy.events_of(Planned)
    assert result.rollout.verdict is Verdict.PLANNED
    assert [file.path for file in event.plan.add] == ["new.txt"]
    assert [file.path for file in event.plan.update] == ["app.py"]
    assert event.plan.delete == ("theirs.txt",)
    assert not changes_asked(hub)


def test_a_dry_run_of_a_missing_space_adds_everything(deploy: Deployer, hub: LocalHub) -> None:
    result = deploy.plan()
    assert result.plan is not None
    assert {file.path for file in result.plan.add} == set(APP)
    assert not hub.spaces() and not changes_asked(hub)


@pytest.mark.slow
def test_ten_thousand_files_are_one_commit(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({f"d{n % 100}/ü {n}.txt": b"%d\n" % n for n in range(10_000)})
    deploy()
    assert commits_sent(hub) == 1
    assert space_files() == repo.tracked()
    assert not deploy().changed
