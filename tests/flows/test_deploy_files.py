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
    outcome = deploy()
    assert outcome.rollout.verdict is Verdict.LIVE
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


def test_only_what_differs_is_sent(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
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


def test_a_commit_says_what_it_is_in_its_title_and_trailers(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.git("remote", "add", "origin", "https://github.com/julia/project")
    head = repo.git("rev-parse", "HEAD").decode().strip()
    deploy()
    made = hub.commits(SPACE)[0]
    said = parse_trailers(made.message)
    assert made.title == f"Deploy julia/project@{head[:7]}"
    assert said["Source"] == f"julia/project@{head}"
    assert said["Snapshot"] == repo.git("write-tree").decode().strip()
    assert (said["Release"], said["Kind"], said["Ref"]) == ("1", "deploy", "refs/heads/main")
    assert len(said["Nonce"]) >= 16
    assert "Run" not in said


def test_releases_are_numbered_one_after_the_other_also_over_commits_by_hand(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    numbers = []
    for turn in range(3):
        repo.commit({"app.py": b"%d\n" % turn})
        deploy()
        numbers += [event.number for event in deploy.told(Committed)]
        hub.commit(SPACE, {"by-hand.txt": b"%d" % turn})
    assert numbers == [1, 2, 3]


def test_a_branch_with_a_newline_in_its_name_forges_no_trailer(
    deploy: Deployer, hub: LocalHub
) -> None:
    deploy(hints=SourceHints(ref="refs/heads/x\nRelease: 99\nKind: rollback"))
    said = parse_trailers(hub.commits(SPACE)[0].message)
    assert (said["Release"], said["Kind"]) == ("1", "deploy")


def test_files_that_somebody_added_on_the_space_are_deleted_by_the_next_deploy(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    deploy()
    hub.commit(SPACE, {"by-hand.txt": b"x", "app.py": b"edited on the Hub\n"})
    deploy()
    assert space_files() == repo.tracked()
    assert any("by-hand.txt" in commit.files for commit in hub.commits(SPACE))


def test_files_that_keep_names_stay(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    stays = {"data/a.csv": b"a", "data/deep/b.csv": b"b", "log.txt": b"l"}
    hub.add_space(SPACE, {**APP, **stays, "data.txt": b"goes"})
    outcome = deploy(keep=Patterns.of_option("--keep", ["data/", "*.txt", "!data.txt"]))
    assert outcome.plan is not None
    assert set(outcome.plan.keep) - {".gitattributes"} == set(stays)
    assert space_files() == repo.tracked() | stays


def test_keep_does_not_protect_a_file_that_the_source_has(
    deploy: Deployer, hub: LocalHub, space_files: SpaceFiles
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old\n"})
    deploy(keep=Patterns.of_option("--keep", ["*"]))
    assert space_files()["app.py"] == APP["app.py"]


def test_adopting_a_space_asks_before_it_deletes(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    hub.add_space(SPACE, {**APP, "theirs.txt": b"x"})
    deploy()
    assert [plan.delete for plan in deploy.asked] == [("theirs.txt",)]
    assert space_files() == repo.tracked()


def test_saying_no_changes_nothing(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "theirs.txt": b"x", "app.py": b"old"})
    deploy.answer = False
    with pytest.raises(Conflict, match="cancelled"):
        deploy()
    assert commits_sent(hub) == 0


def test_nobody_is_asked_where_nothing_is_deleted_or_a_release_of_ours_is_there(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {"README.md": APP["README.md"], "app.py": b"old"})
    deploy()
    (repo.root / "app.py").unlink()
    repo.commit({"main.py": b"m", "README.md": CARD.replace(b"\n---", b"\napp_file: main.py\n---")})
    deploy()
    assert not deploy.asked


def test_a_binary_file_goes_by_git_lfs_and_is_not_sent_again(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"model.bin": BINARY, "picture.png": b"\x89PNG\0" + BINARY})
    deploy()
    assert hub.commits(SPACE)[0].files["model.bin"].lfs is not None
    assert space_files() == repo.tracked()
    again = deploy()
    assert not again.changed


def test_a_large_file_of_the_same_size_but_other_bytes_is_updated(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"model.bin": BINARY})
    deploy()
    repo.commit({"model.bin": BINARY[::-1]})
    outcome = deploy()
    assert outcome.plan is not None and [f.path for f in outcome.plan.update] == ["model.bin"]
    assert space_files() == repo.tracked()


def test_a_text_file_over_ten_megabytes_arrives(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    repo.commit({"big.csv": b"1,2,3\n" * 2_000_000})
    deploy()
    assert space_files() == repo.tracked()


def test_a_file_that_a_sparse_checkout_left_out_arrives_and_is_not_sent_again(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    excluded = {"big/model.bin": BINARY, "big/text.txt": b"t"}
    repo.commit(excluded)
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/big/")
    deploy()
    assert space_files() == APP | excluded
    assert not deploy().changed


def test_a_file_made_into_a_folder_and_back_arrives(
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


def test_a_pointer_in_place_of_its_file_is_refused_before_anything_is_sent(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"models/a.bin": pointer(b"a"), "b.bin": pointer(b"b")})
    with pytest.raises(InvalidSource, match="Git LFS files are not checked out") as raised:
        deploy()
    assert "models/a.bin" in raised.value.cause and "b.bin" in raised.value.cause
    assert "lfs: true" in raised.value.fix
    assert not changes_asked(hub)


def test_a_pointer_in_place_of_a_file_that_the_space_has_is_refused_too(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"model.bin": BINARY})
    deploy()
    repo.commit({"model.bin": pointer(b"m")})
    with pytest.raises(InvalidSource, match="Git LFS files are not checked out"):
        deploy()
    assert commits_sent(hub) == 1


def test_a_pointer_that_a_link_or_include_brings_in_is_refused(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({".hfignore": b"stored/\n", "stored/m.bin": pointer(b"m")})
    repo.link("model.bin", "stored/m.bin")
    repo.commit()
    with pytest.raises(InvalidSource, match="Git LFS files are not checked out"):
        deploy()
    assert not changes_asked(hub)


def test_a_gitignore_on_the_space_drops_no_file(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    hub.add_space(SPACE, {".gitignore": b"*.txt\nmodel.bin\nlib/\n", "README.md": b"old"})
    repo.commit({"a.txt": b"a", "lib/x.py": b"x", "model.bin": BINARY})
    deploy(keep=Patterns.of_option("--keep", [".gitignore"]))
    files = space_files()
    assert files.pop(".gitignore")
    assert files == repo.tracked()


def test_the_hub_s_gitattributes_stay_where_the_source_has_none(
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


def test_a_gitattributes_file_below_the_root_is_a_file_like_any_other(
    deploy: Deployer, repo: Repo, hub: LocalHub, space_files: SpaceFiles
) -> None:
    hub.add_space(
        SPACE, {**APP, "lib/.gitattributes": b"*.x filter=lfs\n", "old/.gitattributes": b""}
    )
    repo.commit({"lib/.gitattributes": b"*.y text\n"})
    deploy()
    assert space_files() == repo.tracked()


def test_a_card_that_lies_apart_is_put_in_front_of_the_readme(
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


def test_a_card_makes_a_readme_where_there_is_none(
    deploy: Deployer, repo: Repo, space_files: SpaceFiles
) -> None:
    (repo.root / "README.md").unlink()
    repo.commit({"card.yaml": b"sdk: gradio\n"})
    deploy(card="card.yaml")
    assert space_files()["README.md"] == b"---\nsdk: gradio\n---\n"


def test_what_the_hub_says_of_a_readme_stops_the_deploy(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, APP)
    repo.commit({"README.md": CARD + b"Other words.\n"})
    said = {"errors": [{"message": "a rule that we do not know"}], "warnings": []}
    hub.scenario.faults = [Fault("POST", "/validate-yaml", status=400, body=json.dumps(said))]
    with pytest.raises(InvalidSource, match="Hub rejected") as raised:
        deploy()
    assert "a rule that we do not know" in raised.value.cause
    assert commits_sent(hub) == 0


def test_the_warnings_of_the_snapshot_are_told(deploy: Deployer, repo: Repo) -> None:
    (repo.root / "start.sh").write_bytes(b"#!/bin/sh\n")
    (repo.root / "start.sh").chmod(0o755)
    repo.commit()
    deploy()
    assert any("start.sh" in event.message for event in deploy.told(Warned))


def test_a_dry_run_changes_nothing_and_tells_the_plan(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, {**APP, "theirs.txt": b"x", "app.py": b"old"})
    repo.commit({"new.txt": b"n"})
    outcome = deploy.plan()
    (event,) = deploy.told(Planned)
    assert outcome.rollout.verdict is Verdict.PLANNED
    assert [file.path for file in event.plan.add] == ["new.txt"]
    assert [file.path for file in event.plan.update] == ["app.py"]
    assert event.plan.delete == ("theirs.txt",)
    assert not changes_asked(hub)


def test_a_dry_run_of_a_space_that_is_not_there_adds_everything(
    deploy: Deployer, hub: LocalHub
) -> None:
    outcome = deploy.plan()
    assert outcome.plan is not None
    assert {file.path for file in outcome.plan.add} == set(APP)
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
