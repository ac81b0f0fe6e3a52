"""Inside GitHub Actions: outputs, the summary, annotations, masks, and the keyless way."""

from __future__ import annotations

import html
import json
import re
import signal

import pytest

from deployer.rehearsal import Build, Fault, LocalHub, Step, token_fingerprint
from deployer.release.history import parse_trailers
from tests.cli.conftest import ESCAPE, Runner, commands
from tests.conftest import APP, SPACE, Cli, Repo, changes_asked
from tests.fork_server import SHORT_WAITS
from tests.unit.text import is_valid_summary

TOKEN = "hf" + "_" + "QvXbT7rLw2KdNs8JzPq4GhYe1MfUa6Rc3x"
NAMES = set(
    "verdict changed commit previous-commit release rollback-commit space-url app-url "
    "release-url source-commit duration plan findings warnings".split()
)


def test_a_successful_deploy_sets_every_output(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    head = hub.add_space(SPACE, {**APP, "app.py": b"old"}).head
    ran = cli("deploy", SPACE, **runner.environment)
    assert ran.code == 0
    outputs = runner.outputs
    assert outputs.pop("duration").isdecimal()
    assert json.loads(outputs.pop("plan"))["updated"] == ["app.py"]
    assert len(outputs.pop("source-commit")) == 40
    assert outputs == {
        "verdict": "live",
        "changed": "true",
        "commit": hub.space(SPACE).head,
        "previous-commit": head,
        "release": "1",
        "rollback-commit": "",
        "space-url": f"{hub.url}/spaces/{SPACE}",
        "app-url": hub.space(SPACE).url,
        "release-url": f"{hub.url}/spaces/{SPACE}/commit/{hub.space(SPACE).head}",
        "findings": "0",
        "warnings": "",
    }
    assert "error" not in commands(ran.out + ran.err)


def test_an_unchanged_deploy_sets_its_outputs(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    hub.add_space(SPACE, APP)
    cli("deploy", SPACE, **runner.environment)
    assert (runner.outputs["verdict"], runner.outputs["changed"]) == ("unchanged", "false")


def test_a_superseded_run_says_so_in_the_summary(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    later = {**runner.environment, "GITHUB_RUN_ID": "9999", "GITHUB_STEP_SUMMARY": ""}
    cli("deploy", SPACE, **later, **SHORT_WAITS)
    repo.commit({"app.py": b"late"})
    ran = cli("deploy", SPACE, **runner.environment)
    assert ran.code == 0 and runner.outputs["verdict"] == "superseded"
    opening = runner.summary.replace("\\", "").splitlines()[0]
    assert opening.startswith("### ⚠️ <code>julia/demo</code>: superseded; ")
    assert opening.endswith("; nothing was changed")
    assert "from run 9999" in runner.summary
    assert f"the Space is at [<code>{hub.space(SPACE).head[:7]}</code>]" in runner.summary


@pytest.mark.parametrize("sent", [False, True], ids=["planning", "building"])
def test_an_interrupted_run_says_in_the_summary_which_commit_is_there(
    cli: Cli, hub: LocalHub, runner: Runner, sent: bool
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    if not sent:
        hub.scenario.faults = [Fault("GET", "/tree/", times=1, delay=600)]
    job = cli.start("deploy", SPACE, **runner.environment)
    hub.wait_until(lambda: hub.requests_to("/logs/build" if sent else "/tree/"), 60)
    ran = job.interrupt(signal.SIGTERM)
    assert ran.code == 130 and commands(ran.err).count("error") == 1
    assert commands(ran.err).count("group") == commands(ran.err).count("endgroup")
    opening = runner.summary.replace("\\", "").splitlines()[0]
    assert opening in (
        "### ❌ <code>julia/demo</code>: interrupted", "### ❌ <code>julia/demo</code> interrupted"
    )  # fmt: skip
    assert hub.space(SPACE).head in runner.summary
    assert ("whole commit" in runner.summary) is sent


def test_what_keeps_a_deploy_from_being_made_is_annotated_at_its_line(
    cli: Cli, repo: Repo, runner: Runner
) -> None:
    card = b"---\ntitle: Demo\nsdk: gradio\ncolorFrom: bleu\n---\n"
    repo.commit({"space/README.md": card, "space/app.py": b"x = = 1\n", "docs/a": b""})
    for here, path in ((".", "space"), ("docs", "../space")):
        ran = cli("deploy", SPACE, "--path", path, here=repo.root / here, **runner.environment)
        (shown,) = [line for line in ran.err.splitlines() if line.startswith("::error")]
        assert shown.startswith(
            "::error file=space/README.md,line=4,title=hf-deploy%3A not deployed"
        )
    assert "<code>space/README.md&#58;4</code>" in runner.summary
    assert "<code>space/app.py&#58;1</code>" in runner.summary
    assert runner.outputs["findings"] == "2"
    repo.commit({"space/README.md": APP["README.md"], "space/app.py": b"# \n" + TOKEN.encode()})
    ran = cli("deploy", SPACE, "--path", "space", **runner.environment)
    assert (ran.code, runner.outputs["findings"]) == (4, "1")
    assert "::error file=space/app.py,line=2,title=hf-deploy%3A not deployed" in ran.err
    assert TOKEN not in ran.err + runner.summary


def test_the_summary_lists_each_of_many_credentials(cli: Cli, repo: Repo, runner: Runner) -> None:
    repo.commit({f"{number:02}.py": f"x = '{TOKEN}'\n".encode() for number in range(30)})
    ran = cli("deploy", SPACE, **runner.environment)
    (shown,) = [line for line in ran.err.splitlines() if line.startswith("::error")]
    assert ran.code == 4 and " and 25 more%0A" in shown
    assert len(re.findall(r"^\| <code>\d\d\.py&#58;1</code> ", runner.summary, re.M)) == 30


def test_few_warnings_of_a_deploy_are_annotated_each_at_its_line(
    cli: Cli, repo: Repo, runner: Runner
) -> None:
    keys = "emojii licence color_from color_to full_width pined short_descripton".split()
    card = "---\ntitle: Demo\nsdk: gradio\n" + "".join(f"{key}: x\n" for key in keys) + "---\n"
    repo.commit({"README.md": card.encode()})
    ran = cli("deploy", SPACE, "--no-wait", **runner.environment)
    shown = [line for line in ran.err.splitlines() if line.startswith("::warning")]
    assert ran.code == 0 and len(shown) == 5
    assert shown[0].startswith("::warning file=README.md,line=4,title=hf-deploy::")
    assert "::and 3 more warnings" in shown[-1]
    assert runner.outputs["findings"] == "7"
    assert len(runner.outputs["warnings"].splitlines()) == 7 == runner.summary.count("> ⚠️ ")


def test_the_release_names_the_run(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    cli("deploy", SPACE, **runner.environment)
    made = hub.commits(SPACE)[0]
    trailers = parse_trailers(made.message)
    assert made.title.startswith("Deploy julia/project@")
    assert (trailers["Run"], trailers["Attempt"], trailers["Actor"]) == ("4711", "2", "julia")
    assert trailers["Ref"] == "refs/heads/main"


def test_a_public_repository_gets_a_public_space(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    event = runner.folder / "event.json"
    for number, (repository, visibility) in enumerate(
        [({"private": False, "visibility": "public"}, "public"),
         ({"private": True, "visibility": "private"}, "private"),
         ({"private": False, "visibility": "internal"}, "private"),
         ({}, "private")]
    ):  # fmt: skip
        event.write_text(json.dumps({"repository": repository}))
        name = f"julia/demo{number}"
        cli("deploy", name, "--no-wait", **runner.environment, GITHUB_EVENT_PATH=str(event))
        assert hub.space(name).visibility == visibility


def test_the_summary_holds_verdict_links_and_plan(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    hub.add_space(SPACE, {**APP, "gone.txt": b"x", "app.py": b"old"})
    repo.commit({"new.txt": b"n"})
    cli("deploy", SPACE, **runner.environment)
    summary = runner.summary
    for part in ("live", hub.space(SPACE).url, f"{hub.url}/spaces/{SPACE}", hub.space(SPACE).head):
        assert part in summary
    for path in ("new.txt", "gone.txt", "app.py"):
        assert path in summary
    assert summary.startswith(f"### ✅ <code>{SPACE}</code> is live")
    assert "\n+ new.txt\n~ app.py\n- gone.txt\n" in summary


def test_the_log_is_folded_by_phase(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=("a\n",), polls=1), Step("RUNNING")))]
    ran = cli("deploy", SPACE, "--verify", "echo checked", **runner.environment, **SHORT_WAITS)
    groups = re.findall(r"^::group::(.*)\n((?s:.*?))^::endgroup::$", ran.err, re.MULTILINE)
    assert [name for name, _ in groups] == ["plan", "deploy", "build log", "health"]
    plan, deploy, build, health = (lines for _, lines in groups)
    assert "~ app.py" in plan and "commit  " in deploy and "  │ a" in build
    assert "  │ checked" in health and "verified  " in health
    assert ran.out.startswith("live ")


def test_a_plan_is_not_folded(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    for command in (("plan", SPACE), ("deploy", SPACE, "--dry-run")):
        ran = cli(*command, **runner.environment)
        assert "group" not in commands(ran.err) and "~ app.py" in ran.out
        assert "1 to update, 1 unchanged (18 B to upload); nothing was changed" in ran.out
    assert runner.summary.count("### ✅ <code>julia/demo</code>: 1 to update") == 2
    assert "<details open><summary>Plan: 1 to update" in runner.summary


def test_a_failed_deploy_has_one_error_annotation_and_the_log_in_the_summary(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    log = ("--> RUN pip install\n", "ERROR: no matching distribution\n")
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=log, polls=1), Step("BUILD_ERROR")))]
    ran = cli("deploy", SPACE, **runner.environment)
    assert ran.code == 7
    issued = commands(ran.out + ran.err)
    assert issued.count("error") == 1
    (line,) = [line for line in ran.err.splitlines() if line.startswith("::error")]
    assert "title=hf-deploy" in line and "no matching distribution" in line
    assert issued.count("group") == issued.count("endgroup")
    assert issued.index("endgroup") < issued.index("error")
    assert "no matching distribution" in runner.summary and "❌" in runner.summary
    assert runner.outputs["verdict"] == "build-failed"


def test_what_failed_is_said_once_and_before_the_rollback(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    log = ("--> RUN pip install\n", "ERROR: no matching distribution\n")
    hub.scenario.builds = [
        Build(steps=(Step("BUILDING", log=log, polls=1), Step("BUILD_ERROR"))), Build()
    ]  # fmt: skip
    ran = cli("deploy", SPACE, **runner.environment, **SHORT_WAITS)
    assert ran.code == 8
    lines = [line for line in ran.err.splitlines() if not line.startswith("::error")]
    (error,) = [number for number, line in enumerate(lines) if line.startswith("error ")]
    assert lines[error - 1] == "::endgroup::"
    labels = [line.split(" ", 1)[0] for line in lines[error : error + 4]]
    assert labels == ["error", "cause", "fix", "rollback"]
    for one in log:
        assert lines.count(f"  │ {one.strip()}") == 1


def test_a_warning_is_annotated_once_and_in_the_outputs_and_the_summary(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.scenario.faults = [Fault("POST", "/tag/", times=9, status=403)]
    ran = cli("deploy", SPACE, **runner.environment)
    assert ran.code == 0
    assert commands(ran.out + ran.err).count("warning") == 1
    assert runner.outputs["warnings"].startswith("could not tag the release hf-deploy/1: ")
    assert runner.summary.count("could not tag the release") == 1


@pytest.mark.parametrize(
    ("again", "faults", "command"),
    [
        (Build(), [Fault("POST", "/commit/", 9, after=1, status=403)], "rollback julia/demo"),
        (Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR"))), [], "history julia/demo"),
        (Build(steps=(Step("BUILDING"),)), [], "status julia/demo --wait --timeout 1h"),
    ],
    ids=["refused", "failed", "timed out"],
)
def test_a_failed_rollback_says_the_same_to_every_audience(
    cli: Cli,
    hub: LocalHub,
    runner: Runner,
    again: Build,
    faults: list[Fault],
    command: str,
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR"))), again]
    hub.scenario.faults = faults
    ran = cli("deploy", SPACE, "--json", "--timeout", "5s", **runner.environment, **SHORT_WAITS)
    found = ran.json["rolled_back"] or ran.json
    error, commit = found["error"], found["commit"]
    assert commit == hub.space(SPACE).head
    assert commit[:7] in error["cause"] and "BUILD" in error["cause"]
    assert error["fix"].endswith(f"hf-deploy {command}")
    (annotation,) = [line for line in ran.err.splitlines() if line.startswith("::error")]
    lines = [line for line in ran.err.splitlines() if not line.startswith("::")]
    summary = html.unescape(runner.summary.replace("\\", ""))
    for text in (error["cause"], error["fix"]):
        assert text in annotation and text in summary
        assert any(text in line for line in lines)


def test_an_error_before_the_deploy_has_annotation_summary_and_outputs(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    repo.commit({"README.md": b"# no card\n"})
    ran = cli("deploy", SPACE, **runner.environment)
    assert ran.code == 3
    assert commands(ran.out + ran.err).count("error") == 1
    assert "❌" in runner.summary and "--card" in runner.summary.replace("\\", "")
    assert runner.outputs["changed"] == "false"
    assert not changes_asked(hub)


def test_every_output_is_set_if_nothing_was_deployed(cli: Cli, repo: Repo, runner: Runner) -> None:
    repo.commit({"README.md": b"# no card\n"})
    cli("deploy", SPACE, **runner.environment)
    assert set(runner.outputs) == NAMES


def test_what_is_known_when_a_deploy_is_refused_is_in_outputs_json_and_summary(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    cli("deploy", SPACE, **SHORT_WAITS)
    hub.commit(SPACE, {"notes.txt": b"theirs"})
    repo.commit({"app.py": b"new"})
    environment = {**runner.environment, "GITHUB_SERVER_URL": "https://github.com"}
    ran = cli("deploy", SPACE, "--on-drift", "fail", "--json", **environment)
    head, source = hub.space(SPACE).head, repo.git("rev-parse", "HEAD").decode().strip()
    page, outputs = f"{hub.url}/spaces/{SPACE}", runner.outputs
    assert (ran.code, outputs["verdict"], outputs["commit"]) == (6, "error", "")
    assert (outputs["previous-commit"], outputs["source-commit"]) == (head, source)
    assert outputs["space-url"] == page and outputs["duration"].isdecimal()
    plan = json.loads(outputs["plan"])
    assert (plan["updated"], plan["deleted"]) == (["app.py"], ["notes.txt"])
    assert (ran.json["plan"], ran.json["source_commit"]) == (plan, source)
    assert [one["commit"] for one in ran.json["drift"]] == [head]
    summary = runner.summary
    assert f"]({page}/commit/{head})" in summary.partition("<details open>")[2]
    assert f"](https://github.com/julia/project/commit/{source})" in summary
    assert "\n~ app.py\n- notes.txt\n" in summary


def test_the_source_and_the_space_of_an_invalid_deploy_are_known(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    repo.commit({"app.py": b"x = = 1\n"})
    assert cli("deploy", SPACE, **runner.environment).code == 3
    assert runner.outputs["source-commit"] == repo.git("rev-parse", "HEAD").decode().strip()
    assert runner.outputs["space-url"] == f"{hub.url}/spaces/{SPACE}"


@pytest.mark.parametrize(
    ("command", "variable", "how"),
    [
        (("deploy", SPACE), "HF_DEPLOY_TIMEOUT", "julia/demo not deployed"),
        (("rollback", SPACE), "HF_DEPLOY_TIMEOUT", "julia/demo not rolled back"),
        (("check", "--", SPACE), "HF_DEPLOY_STRICT", "julia/demo not checked"),
        (("check",), "HF_DEPLOY_STRICT", "not checked"),
        (("status", SPACE), "HF_DEPLOY_HEALTH_TIMEOUT", "julia/demo status unknown"),
    ],
)
def test_an_invalid_input_is_an_error_of_its_command_which_sets_its_own_outputs_only(
    cli: Cli, hub: LocalHub, runner: Runner, command: tuple[str, ...], variable: str, how: str
) -> None:
    ran = cli(*command, **runner.environment, **{variable: "maybe"})
    assert ran.code == 2
    opening = re.sub("</?code>", "", runner.summary.splitlines()[0])
    assert opening.startswith(f"### ❌ {how}: invalid value")
    assert f"title=hf-deploy%3A {how.removeprefix('julia/demo ')}::" in ran.err
    if command[0] in ("check", "status"):
        assert [file.name for file in runner.folder.iterdir()] == ["summary"]
    else:
        assert set(runner.outputs) == NAMES
        assert runner.outputs["space-url"] == f"{hub.url}/spaces/{SPACE}"


def test_a_skipped_deploy_has_the_url_of_its_space(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    head = repo.git("rev-parse", "HEAD").decode().strip()
    payload = {"pull_request": {"head": {"repo": {"full_name": "mallory/project"}}}}
    cli("deploy", SPACE, **runner.event("pull_request", payload, head, HF_TOKEN=""))
    assert runner.outputs["verdict"] == "skipped"
    assert runner.outputs["space-url"] == f"{hub.url}/spaces/{SPACE}"


def test_a_deploy_over_a_commit_of_someone_else_says_whose_and_what_is_gone(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    cli("deploy", SPACE, **SHORT_WAITS)
    theirs = hub.commit(SPACE, {"notes.txt": b"theirs"})
    repo.commit({"app.py": b"new"})
    assert cli("deploy", SPACE, **runner.environment, **SHORT_WAITS).code == 0
    (line,) = [one for one in runner.summary.splitlines() if "> ⚠️ Deployed over 1 commit" in one]
    assert str(theirs) in line and "notes" in line


@pytest.mark.parametrize("folder", ["", "app/"])
def test_an_invalid_config_file_is_annotated_at_its_path_in_the_repository(
    cli: Cli, repo: Repo, runner: Runner, folder: str
) -> None:
    repo.write({f"{folder}hf-deploy.toml": b"\nnonsense = 1\n"})
    ran = cli("deploy", SPACE, here=repo.root / folder, **runner.environment)
    assert ran.code == 2
    assert commands(ran.out + ran.err).count("error") == 1
    assert f"::error file={folder}hf-deploy.toml,line=2," in ran.err


def test_the_token_is_masked_before_the_first_request_and_not_shown(
    cli: Cli, runner: Runner
) -> None:
    ran = cli("deploy", SPACE, **runner.environment)
    lines = [line for line in (ran.out + ran.err).splitlines() if "hf_write" in line]
    assert lines == ["::add-mask::hf_write"]
    before = ran.err.split("::add-mask::hf_write")[0]
    assert "plan " not in before and "commit " not in before
    assert "hf_write" not in runner.summary + str(runner.outputs)


def test_log_lines_cannot_issue_workflow_commands(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    log = (
        "::error::gotcha\n",
        "  ::add-mask::a\n",
        "::stop-commands::x\n",
        "##[error]gotcha\n",
        "pad ##[group]gotcha\n",
        "\r::set-output name=commit::forged\n",
        "\x1b[2K::warning::gotcha\n",
        "::endgroup::\n",
        "##\u200b[error]gotcha\n",
        "##\x1b[0m[error]gotcha\n",
    )
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=log, polls=1), Step("BUILD_ERROR")))]
    ran = cli("deploy", SPACE, **runner.environment)
    assert set(commands(ran.out + ran.err)) == {"add-mask", "group", "endgroup", "error", "warning"}
    assert commands(ran.out + ran.err).count("error") == 1
    assert commands(ran.out + ran.err).count("add-mask") == 1
    assert ESCAPE not in ran.out + ran.err


def test_file_names_cannot_issue_workflow_commands_or_break_the_summary(
    cli: Cli, hub: LocalHub, repo: Repo, runner: Runner
) -> None:
    hub.add_space(SPACE, {**APP, "theirs|</code>": b"x"})
    names = [
        "::error::gotcha",
        "##[error]gotcha",
        "a\n::warning::gotcha",
        "<img src=x onerror=alert(1)>.txt",
        "a|b|c`d``e.txt",
        "%0A::error::gotcha",
        "\x1b[31mred.sh",
    ]
    for name in names:
        place = repo.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x")
        place.chmod(0o755)
    repo.commit()
    ran = cli("deploy", SPACE, **runner.environment)
    assert ran.code == 0
    assert "error" not in commands(ran.out + ran.err)
    assert ESCAPE not in ran.out + ran.err + runner.summary
    assert is_valid_summary(runner.summary)


def test_error_messages_of_the_hub_cannot_issue_workflow_commands(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    body = json.dumps({"error": "no\n::error::gotcha\r\n##[error]gotcha"})
    hub.scenario.faults = [Fault("GET", "/api/", 9, status=403, body=body)]
    ran = cli("deploy", SPACE, **runner.environment)
    assert ran.code == 5
    assert commands(ran.out + ran.err).count("error") == 1


def test_a_url_from_the_hub_cannot_forge_an_output_or_summary(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    address = f"{hub.url}\nverdict<<x\nforged\nx\n| <script>"
    hub.scenario.faults = [Fault("GET", "/host", 9, status=200, body=json.dumps({"host": address}))]
    cli("deploy", SPACE, "--health-timeout", "1s", **runner.environment, **SHORT_WAITS)
    assert runner.outputs["verdict"] == "live"
    assert set(runner.outputs) == NAMES
    assert "<script>" not in runner.summary


def test_with_json_workflow_commands_go_to_stderr(cli: Cli, runner: Runner) -> None:
    ran = cli("deploy", SPACE, "--json", **runner.environment)
    assert ran.json["verdict"] == "live"


def test_empty_paths_of_the_output_files_are_ignored(cli: Cli, runner: Runner) -> None:
    environment = runner.environment | {"GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": ""}
    assert cli("deploy", SPACE, **environment).code == 0


def _keyless(hub: LocalHub, runner: Runner) -> dict[str, str]:
    return {
        **runner.environment,
        "HF_TOKEN": "",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{hub.url}/_github/oidc?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": hub.scenario.github_token,
    }


def test_without_a_token_the_oidc_token_of_the_job_is_exchanged(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    ran = cli("deploy", SPACE, **_keyless(hub, runner))
    assert ran.code == 0, ran.err
    (exchange,) = hub.requests_to("/oauth/token", "POST")
    assert json.loads(exchange.body)["resource"] == f"spaces/{SPACE}"
    assert hub.commits(SPACE)[0].author == "[OIDC]"
    masked = [line for line in ran.err.splitlines() if line.startswith("::add-mask::")]
    assert len(masked) == 1
    assert token_fingerprint(masked[0].removeprefix("::add-mask::")) in {
        r.token for r in hub.requests
    }
    assert hub.scenario.github_token not in ran.out + ran.err


@pytest.mark.parametrize("where", ["--endpoint", "HF_DEPLOY_ENDPOINT"])
def test_the_oidc_token_is_exchanged_at_the_selected_endpoint(
    cli: Cli, hub: LocalHub, runner: Runner, where: str
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    environment = _keyless(hub, runner) | {"HF_ENDPOINT": "http://127.0.0.1:1"}
    arguments = ["--endpoint", hub.url] if where == "--endpoint" else []
    if not arguments:
        environment[where] = hub.url
    ran = cli("deploy", SPACE, *arguments, **environment)
    assert ran.code == 0, ran.err


def test_hf_token_overrides_the_oidc_token_of_the_job(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    environment = _keyless(hub, runner) | {"HF_TOKEN": "hf_write"}
    assert cli("deploy", SPACE, **environment).code == 0
    assert not hub.requests_to("oidc|oauth")


def test_an_untrusted_workflow_is_an_error_with_the_values_to_set(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.trusted = set()
    ran = cli("deploy", SPACE, **_keyless(hub, runner))
    assert ran.code == 5
    assert "Trusted Publisher" in ran.error["fix"]


def test_a_job_without_the_permission_is_an_error_that_names_it(cli: Cli, runner: Runner) -> None:
    ran = cli("deploy", SPACE, **(runner.environment | {"HF_TOKEN": ""}))
    assert ran.code == 5
    assert "id-token: write" in ran.error["fix"]


def test_a_keyless_deploy_to_a_missing_space_says_to_create_it(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.scenario.trusted = {SPACE}
    ran = cli("deploy", SPACE, **_keyless(hub, runner))
    assert ran.code == 5
    assert not hub.spaces()
