"""Deploy: make the Space equal to the source by one commit, and see that commit run."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from deployer.errors import CredentialFound, DeployError
from deployer.events import Event, Planned, SettingsPlanned, Warned
from deployer.flows.apply_settings import apply_settings, plan_settings
from deployer.flows.commit import CommitUnderWay, Goal, commit, plan_again
from deployer.flows.create import create
from deployer.flows.interrupt import interrupted, stopped
from deployer.flows.make_plan import PlannedRelease, against, plan
from deployer.flows.preconditions import Confirm, NewerReleaseExists, check_preconditions
from deployer.flows.resolve_space import resolve_renamed
from deployer.flows.revert import roll_back_failed_deploy
from deployer.flows.rollout import Rollout, is_old, wait_until_healthy
from deployer.flows.scan_credentials import scan_files, scan_variables
from deployer.flows.validate import ValidSource
from deployer.release.outcome import DeployResult, ErrorDetails, RolloutResult
from deployer.release.verdict import RolloutState, Verdict
from deployer.request import DeployRequest, OnDrift
from deployer.space.settings import SettingsPlan
from deployer.space.space import AT_REST, Sdk, Space, Stage
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import Client
from deployer.world.hub.errors import not_logged_in


def dry_run(
    client: Client, request: DeployRequest, parcel: ValidSource, emit: Callable[[Event], None]
) -> DeployResult:
    """What a deploy would do. Changes nothing; a public Space needs no token."""
    begin = clock.now()
    space = spaces.find(client, request.space)
    if space is None and client.token is None:
        emit(Warned(f"{request.space} is not there, or not to be seen without a token."))
    request = resolve_renamed(request, space, emit)
    draft = plan(client, request, parcel.snapshot, space)
    emit(Planned(request.space, draft.plan))
    try:
        scan_variables(request.settings.variables, request.allow_credentials)
        scan_files(draft.plan.sent, request.allow_credentials)
    except CredentialFound as found:
        emit(Warned(f"A deploy would be refused: {found.message} {found.cause}"))
    settings: tuple[str, ...] = ()
    if space is not None and client.token is not None:
        asked = request.settings
        settings = plan_settings(client, space, asked, committing=draft.plan.changes).names
    if settings:
        emit(SettingsPlanned(settings))
    ending = RolloutResult(Verdict.PLANNED)
    try:
        changing = draft.plan.changes or bool(settings)
        lenient = replace(request, on_drift=OnDrift.DEPLOY)
        check_preconditions(client, lenient, draft, emit, lambda _: True, changing=changing)
    except NewerReleaseExists as newer:
        ending = replace(ending, warnings=newer.rollout(request).warnings)
    return DeployResult(
        space=request.space,
        rollout=ending,
        plan=draft.plan,
        drift=draft.past.drifted,
        settings=settings,
        source=parcel.snapshot.source.short,
        commit=draft.plan.base,
        previous=draft.plan.base,
        space_url=client.page(request.space),
        seconds=clock.now() - begin,
    )


def deploy(
    client: Client,
    request: DeployRequest,
    parcel: ValidSource,
    emit: Callable[[Event], None],
    confirm: Confirm,
) -> DeployResult:
    """Plan, commit, watch, probe.

    `confirm` is asked before files of a Space that we never deployed to are deleted. Raises the
    DeployError of whatever keeps the deploy from being made; how it ended once it was made is in
    the outcome.
    """
    if client.token is None:
        raise not_logged_in()
    scan_variables(request.settings.variables, request.allow_credentials)
    goal = Goal(request, parcel, nonce=secrets.token_hex(8))
    try:
        return _deploy(client, goal, emit, confirm)
    except KeyboardInterrupt as stop:
        under_way = isinstance(stop, CommitUnderWay)
        raise interrupted(client, goal.request.space, goal.nonce, under_way=under_way) from None


def _deploy(
    client: Client, goal: Goal, emit: Callable[[Event], None], confirm: Confirm
) -> DeployResult:
    begin = clock.now()
    goal, ready = _get_ready(client, goal, emit, confirm)
    settled = SettingsPlan()
    try:
        ready, settled = _settle(client, goal, ready, emit)
        outcome = _released(client, goal, ready, settled, emit)
    except NewerReleaseExists as newer:
        outcome = _overtaken(goal.request, newer)
    return replace(
        outcome,
        source=goal.parcel.snapshot.source.short,
        space_url=client.page(goal.request.space),
        settings=settled.names,
        seconds=clock.now() - begin,
    )


def _overtaken(request: DeployRequest, newer: NewerReleaseExists) -> DeployResult:
    plan_then, past = newer.draft.plan, newer.draft.past
    return DeployResult(
        space=request.space,
        rollout=newer.rollout(request),
        plan=plan_then,
        commit=plan_then.base,
        previous=plan_then.base,
        drift=past.drifted,
    )


def _settle(
    client: Client, goal: Goal, ready: _Ready, emit: Callable[[Event], None]
) -> tuple[_Ready, SettingsPlan]:
    """Guard what is to be done, and change the settings that differ.

    Settings have no parent as commits have: so the head is looked at once more before they change.
    """
    request = goal.request
    changes = ready.draft.plan.changes
    settled = plan_settings(client, ready.space, request.settings, committing=changes)
    changing = changes or settled.changes
    check_preconditions(client, request, ready.draft, emit, ready.confirm, changing=changing)
    if settled.changes:
        found = spaces.find(client, request.space)
        if found is None or found.head != ready.space.head:
            ready = replace(ready, draft=plan_again(client, goal, emit))
            check_preconditions(client, request, ready.draft, emit, ready.confirm, changing=True)
        apply_settings(client, ready.space.id, settled, emit)
    return ready, settled


def _released(
    client: Client,
    goal: Goal,
    ready: _Ready,
    settled: SettingsPlan,
    emit: Callable[[Event], None],
) -> DeployResult:
    """Committed and proved; and taken back where that failed."""
    request = goal.request
    # what settings do to the machine must not be taken for what our commit does
    fresh = request.wait and not settled.changes
    before = spaces.runtime(client, request.space) if fresh else ready.space.runtime
    made = commit(client, goal, ready.draft, emit, ready.confirm)
    static = goal.parcel.card.sdk is Sdk.STATIC
    evidence = RolloutState(
        made.commit,
        before,
        static=static,
        sent=made.changed,
        old=not made.changed and is_old(made.past.head_at, request.patience),
        restarting=settled.restarts and not static and before.stage not in AT_REST,
        turning=static and ready.space.sdk != Sdk.STATIC,
        patience=request.patience,
    )
    claim = Rollout(request, evidence, settled.private_after(ready.space.private), made.number)
    ending, url = _proved(client, claim, emit)
    outcome = DeployResult(
        space=request.space,
        rollout=ending,
        plan=made.plan,
        commit=made.commit,
        previous=made.plan.base,
        app_url=url,
        number=made.number,
        drift=made.past.drifted,
    )
    return _taken_back(client, goal, outcome, emit)


def _proved(
    client: Client, claim: Rollout, emit: Callable[[Event], None]
) -> tuple[RolloutResult, str | None]:
    """How the commit ended, also where something keeps us from seeing it."""
    try:
        return wait_until_healthy(client, claim, emit)
    except DeployError as error:
        return RolloutResult.cut_short(error), None
    except KeyboardInterrupt:
        ours = ", our commit" * claim.evidence.sent
        seen = f"{claim.space} is at {claim.evidence.commit}{ours}"
        return RolloutResult.cut_short(stopped(seen)), None


def _taken_back(
    client: Client, goal: Goal, outcome: DeployResult, emit: Callable[[Event], None]
) -> DeployResult:
    """The outcome, with the last good files back where it was a failure."""
    ending = outcome.rollout
    try:
        return roll_back_failed_deploy(
            client, goal.request, outcome, goal.parcel.snapshot.files, emit
        )
    except DeployError as error:
        why = f"The last good release could not be brought back: {error.message} {error.cause}"
        return replace(outcome, rollout=replace(ending, warnings=(*ending.warnings, why)))
    except KeyboardInterrupt:
        stop = stopped(f"{outcome.commit} ended {ending.verdict}; the way back was under way")
        cut = replace(ending, error=ErrorDetails.of(stop), code=stop.exit_code)
        return replace(outcome, rollout=cut)


@dataclass(frozen=True, slots=True)
class _Ready:
    """The Space as it is before our commit, and what is to be done to it."""

    space: Space
    draft: PlannedRelease
    confirm: Confirm


def _get_ready(
    client: Client, goal: Goal, emit: Callable[[Event], None], confirm: Confirm
) -> tuple[Goal, _Ready]:
    snapshot = goal.parcel.snapshot
    space = spaces.find(client, goal.request.space)
    request = resolve_renamed(goal.request, space, emit)
    draft = plan(client, request, snapshot, space)
    emit(Planned(request.space, draft.plan))
    scan_files(draft.plan.sent, request.allow_credentials)
    if space is not None:
        goal = replace(goal, request=request, running=_running(space))
        return goal, _Ready(space, draft, confirm)
    space, remote = create(client, request, goal.parcel, emit)
    # nobody has put a file there that is worth a question
    draft = PlannedRelease(against(client, request, snapshot, remote))
    return goal, _Ready(space, draft, lambda _: True)


def _running(space: Space) -> str | None:
    """The commit that runs, as far as the Hub tells."""
    up = space.runtime.stage in (Stage.RUNNING, Stage.SLEEPING)
    return space.runtime.running or (space.head if up else None)
