"""`hf-deploy rollback`: to an earlier release, without the source repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deployer.errors import Conflict, DeployError, HubError, NotAllowed, UsageError
from deployer.events import Event, ManualRollbackStarted, Warned
from deployer.flows import rollback as flow
from deployer.flows.operation import Operation
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.history import parse_trailers
from deployer.release.outcome import DeployResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.request import DeployRequest, Health
from deployer.space.space import SpaceId
from deployer.world.hub.client import connect
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")


@dataclass
class Roller:
    """Rolls the Space back, from an empty folder."""

    hub: LocalHub
    here: Path
    events: list[Event] = field(default_factory=list)
    asked: list[Plan] = field(default_factory=list)
    answer: bool = True

    def __call__(
        self, wanted: str | None = None, *, token: str | None = "hf_write", **more: Any
    ) -> DeployResult:
        """Roll back."""
        self.events.clear()
        given = {"timeout": 60.0, "health": Health(timeout=30.0), **more}
        request = DeployRequest(SpaceId.parse(SPACE), self.here, **given)
        client = connect(self.hub.url, token)
        return flow.roll_back(Operation(client, request, self.events.append, self._confirm), wanted)

    def _confirm(self, plan: Plan) -> bool:
        self.asked.append(plan)
        return self.answer


@pytest.fixture(name="roll_back")
def _roll_back(hub: LocalHub, tmp_path: Path) -> Roller:
    return Roller(hub, tmp_path)


@pytest.fixture(name="releases")
def _releases(hub: LocalHub, repo: Repo, deploy: Deployer) -> list[dict[str, bytes]]:
    """The files of three releases that were seen healthy."""
    found = []
    for number in (1, 2, 3):
        repo.commit({"app.py": b"%d" % number, f"{number}.txt": b"x"})
        assert deploy().number == number
        found.append(hub.files(SPACE))
    return found


def test_without_a_target_the_last_healthy_release_is_restored(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    result = roll_back()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.LIVE, 0)
    assert hub.files(SPACE) == releases[1]
    assert hub.space(SPACE).running == result.commit
    assert hub.tags(SPACE)["hf-deploy/4"] == result.commit
    assert result.restored is not None and result.restored.commit == hub.tags(SPACE)["hf-deploy/2"]
    assert result.restored.number == 2
    assert result.source is not None and result.source == result.restored.source
    assert parse_trailers(hub.commits(SPACE)[0].message)["Because"].endswith(" by-hand")


@pytest.mark.parametrize("name", ["1", "hf-deploy/1", "commit"])
def test_a_release_is_named_by_its_number_its_tag_or_its_commit(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller, name: str
) -> None:
    wanted = hub.tags(SPACE)["hf-deploy/1"][:9] if name == "commit" else name
    assert roll_back(wanted).changed
    assert hub.files(SPACE) == releases[0]


def test_a_rollback_shows_both_releases_and_the_plan_before_it_asks(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    roll_back.answer = False
    before = commits_sent(hub)
    with pytest.raises(Conflict):
        roll_back("1")
    (started,) = [event for event in roll_back.events if isinstance(event, ManualRollbackStarted)]
    assert started.before.startswith("release 3, ") and started.after.startswith("release 1, ")
    (plan,) = roll_back.asked
    assert ([file.path for file in plan.update], plan.delete) == (["app.py"], ("2.txt", "3.txt"))
    assert commits_sent(hub) == before and hub.files(SPACE) == releases[2]


def test_two_rollbacks_go_two_releases_back(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    roll_back()
    roll_back()
    assert hub.files(SPACE) == releases[0]


@pytest.mark.parametrize("wanted", ["9", "0", "abc", "ffffffffff", "", "-1", "1\x1b[31m"])
def test_an_unknown_release_is_an_error_that_lists_the_known_ones(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller, wanted: str
) -> None:
    before = commits_sent(hub)
    with pytest.raises(UsageError) as raised:
        roll_back(wanted)
    assert "3, 2, 1" in raised.value.cause and "\x1b" not in raised.value.cause
    assert commits_sent(hub) == before and hub.files(SPACE) == releases[2]


def test_a_space_without_releases_cannot_be_rolled_back(hub: LocalHub, roll_back: Roller) -> None:
    hub.add_space(SPACE, APP)
    with pytest.raises(UsageError, match="no earlier healthy release"):
        roll_back()


def test_a_rollback_to_the_current_release_is_unchanged(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    before = commits_sent(hub)
    assert roll_back("3").rollout.verdict is Verdict.UNCHANGED
    assert commits_sent(hub) == before and hub.files(SPACE) == releases[2]


def test_a_failed_rollback_is_reported_and_not_rolled_back(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))]
    assert roll_back("1").exit_code == 7
    assert hub.files(SPACE) == releases[0]


def test_a_body_that_is_not_the_file_is_asked_for_again(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    hub.scenario.faults = [Fault("GET", "/resolve/", status=200, body="foreign")]
    assert roll_back("1").rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) == releases[0]


def test_a_file_that_cannot_be_downloaded_is_an_error_before_the_commit(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    before = commits_sent(hub)
    hub.scenario.faults = [Fault("GET", "/resolve/", times=99, status=200, body="foreign")]
    with pytest.raises(HubError) as raised:
        roll_back("1")
    assert "app.py" in raised.value.message and raised.value.exit_code == 11
    assert commits_sent(hub) == before and hub.files(SPACE) == releases[2]


def test_a_concurrent_commit_is_overwritten_by_a_rollback(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    def push() -> None:
        hub.commit(SPACE, {"hers.txt": b"by hand"})

    hub.scenario.faults = [Fault("POST", "/commit/", conflict=push)]
    assert roll_back("1").changed
    assert hub.files(SPACE) == releases[0]


@pytest.mark.parametrize(("token", "error"), [(None, NotAllowed), ("hf_read", NotAllowed)])
def test_a_read_only_token_changes_nothing(
    hub: LocalHub,
    releases: list[dict[str, bytes]],
    roll_back: Roller,
    token: str | None,
    error: type[DeployError],
) -> None:
    with pytest.raises(error):
        roll_back(token=token)
    assert hub.files(SPACE) == releases[2]


def test_an_unverified_release_is_a_warning(
    hub: LocalHub, repo: Repo, deploy: Deployer, roll_back: Roller
) -> None:
    deploy(wait=False)
    repo.commit({"app.py": b"2"})
    deploy()
    roll_back("1")
    warnings = [event.message for event in roll_back.events if isinstance(event, Warned)]
    assert any("release 1 is unverified" in warning for warning in warnings)
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_squashed_history_is_a_warning(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller, deploy: Deployer
) -> None:
    deploy.client().api.super_squash_history(SPACE, repo_type="space")
    roll_back("2")
    warnings = [event.message for event in roll_back.events if isinstance(event, Warned)]
    assert any("squashed" in warning for warning in warnings)
    assert hub.files(SPACE) == releases[1]


def test_release_numbers_continue_after_a_squash(
    hub: LocalHub, releases: list[dict[str, bytes]], repo: Repo, deploy: Deployer
) -> None:
    assert len(releases) == 3
    deploy.client().api.super_squash_history(SPACE, repo_type="space")
    repo.commit({"app.py": b"4"})
    result = deploy()
    assert result.number == 4
    assert hub.tags(SPACE)["hf-deploy/4"] == result.commit


def test_an_unwatched_rollback_is_completed_and_not_skipped(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    assert roll_back(wait=False).rollout.verdict is Verdict.COMMITTED
    result = roll_back()
    assert result.exit_code == 0 and hub.files(SPACE) == releases[1]
    assert hub.tags(SPACE)["hf-deploy/4"] == result.commit


def test_a_current_release_that_does_not_run_is_not_unchanged(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILD_ERROR"),))]
    roll_back("1", wait=False)
    hub.wait_until(lambda: hub.space(SPACE).stage == "BUILD_ERROR")
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))]
    result = roll_back("1")
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert hub.files(SPACE) == releases[0]


def test_a_confirmed_target_is_kept_if_the_head_moves(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    def push() -> None:
        hub.commit(SPACE, {"hers.txt": b"by hand"})

    hub.scenario.faults = [Fault("POST", "/commit/", conflict=push)]
    assert roll_back().changed
    assert hub.files(SPACE) == releases[1]
    assert len(roll_back.asked) == 2
