"""Deploy: make the Space equal to the source by one commit, and see that commit run."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from deployer.errors import CredentialFound, DeployError
from deployer.events import Event, Planned, SettingsPlanned, Warned
from deployer.flows.apply_settings import plan_settings, settle
from deployer.flows.commit import CommitUnderWay, Goal, commit, plan_again
from deployer.flows.create import create
from deployer.flows.interrupt import interrupted, stopped
from deployer.flows.make_plan import Draft, against, plan
from deployer.flows.preconditions import Confirm, Overtaken, guard
from deployer.flows.resolve_space import following
from deployer.flows.revert import take_back
from deployer.flows.rollout import Claim, is_old, prove
from deployer.flows.scan_credentials import refuse_leaks, refuse_open_secrets
from deployer.flows.validate import Parcel
from deployer.release.outcome import Ending, Outcome, Trouble
from deployer.release.verdict import Evidence, Verdict
from deployer.request import OnDrift, Order
from deployer.space.settings import SettingsPlan
from deployer.space.space import AT_REST, Sdk, Space, Stage
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import Client
from deployer.world.hub.errors import no_token


def dry_run(client: Client, order: Order, parcel: Parcel, tell: Callable[[Event], None]) -> Outcome:
    """What a deploy would do. Changes nothing; a public Space needs no token."""
    begin = clock.now()
    space = spaces.find(client, order.space)
    if space is None and client.token is None:
        tell(Warned(f"{order.space} is not there, or not to be seen without a token."))
    order = following(order, space, tell)
    draft = plan(client, order, parcel.snapshot, space)
    tell(Planned(order.space, draft.plan))
    try:
        refuse_open_secrets(order.settings.variables, order.allow_credentials)
        refuse_leaks(draft.plan.sent, order.allow_credentials)
    except CredentialFound as found:
        tell(Warned(f"A deploy would be refused: {found.what} {found.seen}"))
    settings: tuple[str, ...] = ()
    if space is not None and client.token is not None:
        asked = order.settings
        settings = plan_settings(client, space, asked, committing=draft.plan.changes).names
    if settings:
        tell(SettingsPlanned(settings))
    ending = Ending(Verdict.PLANNED)
    try:
        changing = draft.plan.changes or bool(settings)
        lenient = replace(order, on_drift=OnDrift.DEPLOY)
        guard(client, lenient, draft, tell, lambda _: True, changing=changing)
    except Overtaken as newer:
        ending = replace(ending, warnings=newer.ending(order).warnings)
    return Outcome(
        space=order.space,
        ending=ending,
        plan=draft.plan,
        drift=draft.past.drifted,
        settings=settings,
        source=parcel.snapshot.source.short,
        commit=draft.plan.base,
        previous=draft.plan.base,
        space_url=client.page(order.space),
        seconds=clock.now() - begin,
    )


def deploy(
    client: Client,
    order: Order,
    parcel: Parcel,
    tell: Callable[[Event], None],
    confirm: Confirm,
) -> Outcome:
    """Plan, commit, watch, probe.

    `confirm` is asked before files of a Space that we never deployed to are deleted. Raises the
    DeployError of whatever keeps the deploy from being made; how it ended once it was made is in
    the outcome.
    """
    if client.token is None:
        raise no_token("to deploy")
    refuse_open_secrets(order.settings.variables, order.allow_credentials)
    goal = Goal(order, parcel, nonce=secrets.token_hex(8))
    try:
        return _deploy(client, goal, tell, confirm)
    except KeyboardInterrupt as stop:
        under_way = isinstance(stop, CommitUnderWay)
        raise interrupted(client, goal.order.space, goal.nonce, under_way=under_way) from None


def _deploy(client: Client, goal: Goal, tell: Callable[[Event], None], confirm: Confirm) -> Outcome:
    begin = clock.now()
    goal, ready = _get_ready(client, goal, tell, confirm)
    settled = SettingsPlan()
    try:
        ready, settled = _settle(client, goal, ready, tell)
        outcome = _released(client, goal, ready, settled, tell)
    except Overtaken as newer:
        outcome = _overtaken(goal.order, newer)
    return replace(
        outcome,
        source=goal.parcel.snapshot.source.short,
        space_url=client.page(goal.order.space),
        settings=settled.names,
        seconds=clock.now() - begin,
    )


def _overtaken(order: Order, newer: Overtaken) -> Outcome:
    plan_then, past = newer.draft.plan, newer.draft.past
    return Outcome(
        space=order.space,
        ending=newer.ending(order),
        plan=plan_then,
        commit=plan_then.base,
        previous=plan_then.base,
        drift=past.drifted,
    )


def _settle(
    client: Client, goal: Goal, ready: _Ready, tell: Callable[[Event], None]
) -> tuple[_Ready, SettingsPlan]:
    """Guard what is to be done, and change the settings that differ.

    Settings have no parent as commits have: so the head is looked at once more before they change.
    """
    order = goal.order
    changes = ready.draft.plan.changes
    settled = plan_settings(client, ready.space, order.settings, committing=changes)
    changing = changes or settled.changes
    guard(client, order, ready.draft, tell, ready.confirm, changing=changing)
    if settled.changes:
        found = spaces.find(client, order.space)
        if found is None or found.head != ready.space.head:
            ready = replace(ready, draft=plan_again(client, goal, tell))
            guard(client, order, ready.draft, tell, ready.confirm, changing=True)
        settle(client, ready.space.id, settled, tell)
    return ready, settled


def _released(
    client: Client,
    goal: Goal,
    ready: _Ready,
    settled: SettingsPlan,
    tell: Callable[[Event], None],
) -> Outcome:
    """Committed and proved; and taken back where that failed."""
    order = goal.order
    # what settings do to the machine must not be taken for what our commit does
    fresh = order.wait and not settled.changes
    before = spaces.runtime(client, order.space) if fresh else ready.space.runtime
    made = commit(client, goal, ready.draft, tell, ready.confirm)
    static = goal.parcel.card.sdk is Sdk.STATIC
    evidence = Evidence(
        made.commit,
        before,
        static=static,
        sent=made.changed,
        old=not made.changed and is_old(made.past.head_at, order.patience),
        restarting=settled.restarts and not static and before.stage not in AT_REST,
        turning=static and ready.space.sdk != Sdk.STATIC,
        patience=order.patience,
    )
    claim = Claim(order, evidence, settled.private_after(ready.space.private), made.number)
    ending, url = _proved(client, claim, tell)
    outcome = Outcome(
        space=order.space,
        ending=ending,
        plan=made.plan,
        commit=made.commit,
        previous=made.plan.base,
        app_url=url,
        number=made.number,
        drift=made.past.drifted,
    )
    return _taken_back(client, goal, outcome, tell)


def _proved(
    client: Client, claim: Claim, tell: Callable[[Event], None]
) -> tuple[Ending, str | None]:
    """How the commit ended, also where something keeps us from seeing it."""
    try:
        return prove(client, claim, tell)
    except DeployError as error:
        return Ending.cut_short(error), None
    except KeyboardInterrupt:
        ours = ", our commit" * claim.evidence.sent
        seen = f"{claim.space} is at {claim.evidence.commit}{ours}"
        return Ending.cut_short(stopped(seen)), None


def _taken_back(
    client: Client, goal: Goal, outcome: Outcome, tell: Callable[[Event], None]
) -> Outcome:
    """The outcome, with the last good files back where it was a failure."""
    ending = outcome.ending
    try:
        return take_back(client, goal.order, outcome, goal.parcel.snapshot.files, tell)
    except DeployError as error:
        why = f"The last good release could not be brought back: {error.what} {error.seen}"
        return replace(outcome, ending=replace(ending, warnings=(*ending.warnings, why)))
    except KeyboardInterrupt:
        stop = stopped(f"{outcome.commit} ended {ending.verdict}; the way back was under way")
        cut = replace(ending, trouble=Trouble.of(stop), code=stop.exit_code)
        return replace(outcome, ending=cut)


@dataclass(frozen=True, slots=True)
class _Ready:
    """The Space as it is before our commit, and what is to be done to it."""

    space: Space
    draft: Draft
    confirm: Confirm


def _get_ready(
    client: Client, goal: Goal, tell: Callable[[Event], None], confirm: Confirm
) -> tuple[Goal, _Ready]:
    snapshot = goal.parcel.snapshot
    space = spaces.find(client, goal.order.space)
    order = following(goal.order, space, tell)
    draft = plan(client, order, snapshot, space)
    tell(Planned(order.space, draft.plan))
    refuse_leaks(draft.plan.sent, order.allow_credentials)
    if space is not None:
        goal = replace(goal, order=order, running=_running(space))
        return goal, _Ready(space, draft, confirm)
    space, remote = create(client, order, goal.parcel, tell)
    # nobody has put a file there that is worth a question
    draft = Draft(against(client, order, snapshot, remote))
    return goal, _Ready(space, draft, lambda _: True)


def _running(space: Space) -> str | None:
    """The commit that runs, as far as the Hub tells."""
    up = space.runtime.stage in (Stage.RUNNING, Stage.SLEEPING)
    return space.runtime.running or (space.head if up else None)
