"""Several runs at once, older and newer ones, on a Hub that loses answers (`make sweep`)."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.history import parse_trailers
from deployer.release.outcome import DeployResult
from deployer.release.release import Run
from deployer.release.verdict import Verdict
from tests.conftest import APP, SPACE, Cli, Ran, Repo
from tests.flows.conftest import Deployer
from tests.sweep import judge
from tests.sweep.flows import FLOWS, Stage, stage_of
from tests.sweep.kinds import KINDS, Nature
from tests.sweep.play import run
from tests.sweep.requests import Request, requests_of

_DEPLOYS = [name for name, flow in FLOWS.items() if flow.run is None]
_NEWER = {**APP, "app.py": b"newer"}
_RUNS = 4
_FAULTS = 3
_BUILD = Build(steps=(Step("BUILDING", polls=1), Step("RUNNING")))
_PASSING = [
    name
    for name, kind in KINDS.items()
    if kind.nature is Nature.PASSING and not kind.only and "hang" not in kind.happens
]


@pytest.mark.parametrize("is_new", [True, False], ids=["new-space", "released"])
@pytest.mark.parametrize("seed", range(12))
def test_the_newest_run_wins(
    seed: int, is_new: bool, hub: LocalHub, cli: Cli, repo: Repo, tmp_path: Path
) -> None:
    generator = random.Random(seed)
    hub.scenario.builds = [_BUILD]
    if not is_new:
        assert cli("deploy", SPACE, **_of_run(1)).code == 0
    # each at one of the requests, whosever that is
    kinds = [(generator.randrange(60), generator.choice(_PASSING)) for _ in range(_FAULTS)]
    hub.scenario.faults = [
        Fault("*", ".", after=after, **KINDS[kind].happens) for after, kind in kinds
    ]
    jobs = {}
    for number in generator.sample(range(10, 10 + _RUNS), _RUNS):
        source = Repo(Path(shutil.copytree(repo.root, tmp_path / f"source-{number}")))
        source.commit({**APP, "app.py": b"%d" % number})
        jobs[number] = cli.start("deploy", SPACE, "--json", here=source.root, **_of_run(number))
    ran = {number: job.ended() for number, job in jobs.items()}
    if found := [*_wrong_space(hub, max(jobs)), *_wrong_results(ran)]:
        met = [f"{r.method} {r.path}" for r in hub.requests]
        faults = (f"{met[after]}, {kind}" for after, kind in kinds if after < len(met))
        pytest.fail(f"{'; '.join(found)} (faults: {'; '.join(faults)})", pytrace=False)


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize(
    ("flow", "request_"),
    [(flow, request) for flow in _DEPLOYS for request in requests_of(flow)],
    ids=str,
)
def test_a_newer_run_at_any_request(
    flow: str, request_: Request, repo: Repo, new_repo: Callable[..., Repo]
) -> None:
    newer = new_repo(_NEWER, "newer").root
    with stage_of(FLOWS[flow], repo) as stage:
        ended: list[judge.Ended] = []

        def deploy_newer() -> None:
            ended.append(run(lambda: Deployer(stage.hub, newer)(run=Run("11"))))

        method, path, after = request_.method, request_.pattern, request_.number - 1
        stage.hub.scenario.faults = [Fault(method, path, after=after, conflict=deploy_newer)]
        older = run(lambda: stage.run(Run("10")))
        found = [*_not_superseded(stage, older, request_)] if ended else []
    if found:
        words = f"{older.words}; the newer one: {ended[0].words}"
        pytest.fail(f"{flow}, {request_}: {'; '.join(found)} ({words})", pytrace=False)


def _not_superseded(stage: Stage, older: judge.Ended, request: Request) -> Iterator[str]:
    if not judge.holds(stage.hub, _NEWER):
        yield "the newer files are not on the Space"
    outcome = older.outcome
    if not isinstance(outcome, DeployResult):
        yield "an error"
        return
    # later nothing is asked about the head any more, or only about the rollback's commit
    is_at_end = request.path in ("space/host", "space/tag/*", "space/refs")
    is_late = is_at_end or outcome.rolled_back is not None
    if outcome.rollout.verdict not in (
        Verdict.SUPERSEDED,
        *([stage.flow.verdict] if is_late else ()),
    ):
        yield f"not superseded, but {outcome.rollout.verdict}"


def _wrong_space(hub: LocalHub, newest: int) -> Iterator[str]:
    space, tags = hub.space(SPACE), hub.tags(SPACE)
    if hub.files(SPACE)["app.py"] != b"%d" % newest:
        yield f"the Space holds the files of run {hub.files(SPACE)['app.py'].decode()}"
    if space.running != space.head or space.head not in tags.values():
        yield "the head does not run, or has no tag"
    said = [parse_trailers(commit.message) for commit in hub.commits(SPACE)[::-1]]
    numbers = [int(one["Release"]) for one in said if "Release" in one]
    runs = [int(one["Run"]) for one in said if "Release" in one]
    if numbers != sorted(set(numbers)):
        yield f"release numbers {numbers}"
    if runs != sorted(set(runs)):
        yield f"commits of the runs {runs}"


def _wrong_results(ran: Mapping[int, Ran]) -> Iterator[str]:
    for number, one in ran.items():
        verdict, error = one.json["verdict"], one.json["error"]
        if verdict != "live" and (number == max(ran) or verdict != "superseded"):
            yield f"run {number} of {sorted(ran)} ends {verdict} {one.code}: {error}"


def _of_run(number: int) -> dict[str, Any]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "julia/project",
        "GITHUB_RUN_ID": str(number),
        "GITHUB_RUN_ATTEMPT": "1",
    }
