"""A person takes a Space back to a release, without the source repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deployer.errors import Conflict, DeployError, NotAllowed, UsageError
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
    """Rolls the Space back, from a folder that holds nothing."""

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
        order = DeployRequest(SpaceId.parse(SPACE), self.here, **given)
        client = connect(self.hub.url, token)
        return flow.roll_back(Operation(client, order, self.events.append, self._confirm), wanted)

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


def test_without_a_release_the_last_good_one_comes_back(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    outcome = roll_back()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.LIVE, 0)
    assert hub.files(SPACE) == releases[1]
    assert hub.space(SPACE).running == outcome.commit
    assert hub.tags(SPACE)["hf-deploy/4"] == outcome.commit
    assert parse_trailers(hub.commits(SPACE)[0].message)["Because"].endswith(" by-hand")


@pytest.mark.parametrize("name", ["1", "hf-deploy/1", "commit"])
def test_a_release_is_named_by_its_number_its_tag_or_its_commit(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller, name: str
) -> None:
    wanted = hub.tags(SPACE)["hf-deploy/1"][:9] if name == "commit" else name
    assert roll_back(wanted).changed
    assert hub.files(SPACE) == releases[0]


def test_it_says_from_what_to_what_and_shows_the_plan_before_it_asks(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    roll_back.answer = False
    before = commits_sent(hub)
    with pytest.raises(Conflict):
        roll_back("1")
    (said,) = [event for event in roll_back.events if isinstance(event, ManualRollbackStarted)]
    assert said.before.startswith("release 3, ") and said.after.startswith("release 1, ")
    (plan,) = roll_back.asked
    assert ([file.path for file in plan.update], plan.delete) == (["app.py"], ("2.txt", "3.txt"))
    assert commits_sent(hub) == before and hub.files(SPACE) == releases[2]


def test_going_back_twice_goes_two_releases_back(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    roll_back()
    roll_back()
    assert hub.files(SPACE) == releases[0]


@pytest.mark.parametrize("wanted", ["9", "0", "abc", "ffffffffff", "", "-1", "1\x1b[31m"])
def test_a_release_that_is_not_there_is_a_usage_problem_that_names_those_that_are(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller, wanted: str
) -> None:
    before = commits_sent(hub)
    with pytest.raises(UsageError) as raised:
        roll_back(wanted)
    assert "3, 2, 1" in raised.value.cause and "\x1b" not in raised.value.cause
    assert commits_sent(hub) == before and hub.files(SPACE) == releases[2]


def test_a_space_that_was_never_released_has_nothing_to_go_back_to(
    hub: LocalHub, roll_back: Roller
) -> None:
    hub.add_space(SPACE, APP)
    with pytest.raises(UsageError, match="no earlier healthy release"):
        roll_back()


def test_to_the_release_that_is_there_nothing_is_sent(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    before = commits_sent(hub)
    assert roll_back("3").rollout.verdict is Verdict.UNCHANGED
    assert commits_sent(hub) == before and hub.files(SPACE) == releases[2]


def test_a_rollback_that_fails_says_so_and_goes_nowhere_else(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))]
    assert roll_back("1").exit_code == 7
    assert hub.files(SPACE) == releases[0]


def test_somebody_who_commits_in_between_is_seen(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    def push() -> None:
        hub.commit(SPACE, {"hers.txt": b"by hand"})

    hub.scenario.faults = [Fault("POST", "/commit/", conflict=push)]
    assert roll_back("1").changed
    assert hub.files(SPACE) == releases[0]


@pytest.mark.parametrize(("token", "error"), [(None, NotAllowed), ("hf_read", NotAllowed)])
def test_a_token_that_may_not_write_changes_nothing(
    hub: LocalHub,
    releases: list[dict[str, bytes]],
    roll_back: Roller,
    token: str | None,
    error: type[DeployError],
) -> None:
    with pytest.raises(error):
        roll_back(token=token)
    assert hub.files(SPACE) == releases[2]


def test_a_release_that_was_never_seen_healthy_is_warned_about(
    hub: LocalHub, repo: Repo, deploy: Deployer, roll_back: Roller
) -> None:
    deploy(wait=False)
    repo.commit({"app.py": b"2"})
    deploy()
    roll_back("1")
    warnings = [event.message for event in roll_back.events if isinstance(event, Warned)]
    assert any("Release 1 is unverified" in warning for warning in warnings)
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_history_that_was_squashed_is_said(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller, deploy: Deployer
) -> None:
    deploy.client().api.super_squash_history(SPACE, repo_type="space")
    roll_back("2")
    warnings = [event.message for event in roll_back.events if isinstance(event, Warned)]
    assert any("squashed" in warning for warning in warnings)
    assert hub.files(SPACE) == releases[1]


def test_numbers_go_on_after_a_squash(
    hub: LocalHub, releases: list[dict[str, bytes]], repo: Repo, deploy: Deployer
) -> None:
    assert len(releases) == 3
    deploy.client().api.super_squash_history(SPACE, repo_type="space")
    repo.commit({"app.py": b"4"})
    outcome = deploy()
    assert outcome.number == 4
    assert hub.tags(SPACE)["hf-deploy/4"] == outcome.commit


def test_a_rollback_that_was_not_watched_is_finished_and_not_stepped_past(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    assert roll_back(wait=False).rollout.verdict is Verdict.COMMITTED
    outcome = roll_back()
    assert outcome.exit_code == 0 and hub.files(SPACE) == releases[1]
    assert hub.tags(SPACE)["hf-deploy/4"] == outcome.commit


def test_a_release_that_is_there_and_does_not_run_is_not_called_unchanged(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILD_ERROR"),))]
    roll_back("1", wait=False)
    hub.wait_until(lambda: hub.space(SPACE).stage == "BUILD_ERROR")
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))]
    outcome = roll_back("1")
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert hub.files(SPACE) == releases[0]


def test_a_target_that_was_agreed_to_stays_the_target_when_the_head_moves(
    hub: LocalHub, releases: list[dict[str, bytes]], roll_back: Roller
) -> None:
    def push() -> None:
        hub.commit(SPACE, {"hers.txt": b"by hand"})

    hub.scenario.faults = [Fault("POST", "/commit/", conflict=push)]
    assert roll_back().changed
    assert hub.files(SPACE) == releases[1]
    assert len(roll_back.asked) == 2
