"""What must hold after a flow, whatever the Hub answered: judged from the Hub's own state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from deployer.errors import DeployError
from deployer.rehearsal import LocalHub
from deployer.rehearsal.lfs import default_gitattributes
from deployer.rehearsal.repository import StoredCommit
from deployer.release.history import parse_trailers
from deployer.release.outcome import DeployResult
from deployer.release.verdict import ROLLED_BACK, Verdict
from deployer.source.ignore import GIT_ATTRIBUTES
from tests.conftest import SPACE
from tests.sweep.flows import BROKEN, Files, Flow, Stage

_NOTHING_COMMITTED = re.compile(r"nothing was (committed|changed|uploaded)")
_UNKNOWN = re.compile(r"commit status unknown|may (still|have) arrive")
_MAX_SECONDS = 3600.0


@dataclass(frozen=True)
class Ended:
    """How a flow ended: with a result or an error, after so many seconds."""

    outcome: DeployResult | Exception
    seconds: float

    @property
    def words(self) -> str:
        """In a few words, for a message."""
        outcome = self.outcome
        if isinstance(outcome, DeployError):
            return f"error {outcome.exit_code}: {outcome.summary}"
        if isinstance(outcome, Exception):
            return f"traceback: {type(outcome).__name__}: {outcome}"
        error = outcome.rollout.error
        notes = [*outcome.rollout.warnings, *([f"{error.message}: {error.cause}"] if error else ())]
        return " | ".join([f"{outcome.rollout.verdict} {outcome.exit_code}", *notes])


def whatever_happened(stage: Stage, ended: Ended) -> Iterator[str]:
    """What is wrong after any run: a mix of releases, an untrue result, a needless commit."""
    if ended.seconds > _MAX_SECONDS:
        yield f"it took {ended.seconds:.0f} s"
    yield from whatever_was_cut_short(stage)
    made, outcome = stage.new_commits(), ended.outcome
    if isinstance(outcome, DeployResult):
        yield from _untrue_result(stage, outcome, made)
    elif isinstance(outcome, DeployError):
        yield from _untrue_error(outcome, made)
    else:
        yield "a traceback"


def whatever_was_cut_short(stage: Stage) -> Iterator[str]:
    """What is wrong with the Space, also after a run that was killed."""
    yield from _mixes(stage)
    yield from _needless(stage, stage.new_commits())
    yield from _untrue_tags(stage.hub)


def as_without_faults(stage: Stage, ended: Ended) -> Iterator[str]:
    """What differs from how the flow ends on a Hub without faults."""
    flow, outcome = stage.flow, ended.outcome
    if not isinstance(outcome, DeployResult):
        yield "not survived"
        return
    if (outcome.rollout.verdict, outcome.exit_code) != (flow.verdict, flow.exit_code):
        yield f"not {flow.verdict} {flow.exit_code}"
    if not holds(stage.hub, flow.target):
        yield f"the Space does not hold the {'earlier' if flow.run else 'new'} files"
    yield from _missing_settings(stage.hub, flow)


def after_the_next_run(stage: Stage, ended: Ended) -> Iterator[str]:
    """What is wrong after one more deploy, on a Hub without faults."""
    outcome, hub = ended.outcome, stage.hub
    if not isinstance(outcome, DeployResult):
        yield "the next run fails"
        return
    if outcome.rollout.verdict not in (Verdict.LIVE, Verdict.UNCHANGED):
        yield f"the next run ends {outcome.rollout.verdict}"
    if not holds(hub, stage.repo.tracked()):
        yield "after the next run the Space is not the source"
    if hub.space(SPACE).running != hub.space(SPACE).head:
        yield "after the next run the head does not run"
    if hub.space(SPACE).head not in hub.tags(SPACE).values():
        yield "after the next run the head has no tag"
    if stage.flow.target == stage.repo.tracked():
        yield from _needless(stage, stage.new_commits())
    yield from _missing_settings(hub, stage.flow)


def _mixes(stage: Stage) -> Iterator[str]:
    if not stage.new_commits():
        return
    flow = stage.flow
    if not any(holds(stage.hub, files) for files in (flow.source, flow.target, *flow.released)):
        yield f"the Space is a mix: {sorted(stage.hub.files(SPACE))}"


def holds(hub: LocalHub, files: Files) -> bool:
    """Whether the head holds just these files, byte for byte, and what the Hub itself put there."""
    if SPACE not in hub.spaces():
        return False
    found = hub.files(SPACE)
    return found == {GIT_ATTRIBUTES: default_gitattributes(), **files}


def _needless(stage: Stage, made: list[StoredCommit]) -> Iterator[str]:
    if len(made) > stage.flow.commits:
        yield f"{len(made)} commits, of which {stage.flow.commits} suffice"
    if not made:
        return
    commits = stage.hub.commits(SPACE)
    files = {commit.id: commit.files for commit in commits}
    if any(files.get(str(commit.parent)) == commit.files for commit in made):
        yield "a commit without a change"
    said = (parse_trailers(commit.message) for commit in commits)
    numbers = [trailers["Release"] for trailers in said if "Release" in trailers]
    if len(set(numbers)) != len(numbers):
        yield f"release numbers {', '.join(numbers)}"


def _untrue_tags(hub: LocalHub) -> Iterator[str]:
    if SPACE not in hub.spaces():
        return
    commits = {commit.id: commit for commit in hub.commits(SPACE)}
    for name, tagged in hub.tags(SPACE).items():
        if tagged not in commits or is_broken(commits[tagged]):
            yield f"the tag {name} is on a commit that never ran"


def is_broken(commit: StoredCommit) -> bool:
    """Whether the scenario does not build it."""
    return BROKEN in commit.files


def _untrue_result(stage: Stage, result: DeployResult, made: list[StoredCommit]) -> Iterator[str]:
    verdict, head = result.rollout.verdict, stage.hub.commits(SPACE)[0]
    ids = [commit.id for commit in made]
    if result.changed and result.commit not in ids:
        yield "says that it committed what it did not"
    if ids and not result.changed:
        yield "does not say that it committed"
    is_good = verdict in (Verdict.LIVE, Verdict.UNCHANGED)
    runs = stage.hub.space(SPACE).running
    if is_good and (head.id, runs) != (result.commit, result.commit):
        yield f"{verdict}, but the head does not run"
    if is_good and not holds(stage.hub, stage.flow.target):
        yield f"{verdict}, but the Space does not hold those files"
    if verdict in ROLLED_BACK and not any(map(is_broken, made)):
        yield f"{verdict}, but nothing was broken"
    if verdict in (Verdict.SUPERSEDED, Verdict.PAUSED, Verdict.STOPPED, Verdict.DELETING):
        yield f"{verdict}, which it is not"
    back = result.rolled_back
    if result.exit_code == 8 and (back is None or (head.id, runs) != (back.commit, back.commit)):
        yield "exit code 8, but the head does not run"
    if result.exit_code == 8 and not any(holds(stage.hub, one) for one in stage.flow.released):
        yield "exit code 8, but the Space does not hold an earlier release"
    if not result.exit_code and verdict not in (Verdict.LIVE, Verdict.UNCHANGED):
        yield f"exit code 0 for {verdict}"


def _untrue_error(error: DeployError, made: list[StoredCommit]) -> Iterator[str]:
    yield from untrue_text(f"{error.summary} {error.fix}", made)


def untrue_text(text: str, made: list[StoredCommit]) -> Iterator[str]:
    """What an error says of the commits of its run, and isn't so."""
    if made and _NOTHING_COMMITTED.search(text):
        yield "says that nothing was committed, but it was"
    elif made and made[-1].id not in text and not _UNKNOWN.search(text):
        yield "does not say that it committed"


def _missing_settings(hub: LocalHub, flow: Flow) -> Iterator[str]:
    space = hub.space(SPACE)
    has = {name: one.value for name, one in (space.variables | space.secrets).items()}
    wanted = (*flow.settings.variables, *flow.settings.secrets)
    if any(has.get(one.name) != one.value for one in wanted):
        yield f"settings {sorted(has)}"
