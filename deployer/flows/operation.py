"""What the flows of one operation share, and where the files of a release come from."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Protocol

from deployer.errors import DeployError, Finding
from deployer.events import Event, Warned
from deployer.release.history import HistorySummary
from deployer.release.outcome import DeployResult, RolloutResult
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.request import DeployRequest
from deployer.source.tree import RemoteTree
from deployer.space.metrics import Limits
from deployer.space.space import Sdk, Space, SpaceId
from deployer.world import probe
from deployer.world.hub import budget, spaces
from deployer.world.hub.cards import CardRejected
from deployer.world.hub.client import Client


@dataclass(frozen=True, slots=True)
class Operation:
    """The Hub's client, the request, the event callback and the confirmation prompt.

    `confirm` is asked before a plan is carried out that may need it. `nonce` marks the commits of
    this operation, so that one whose response was lost is recognized.
    """

    client: Client
    request: DeployRequest
    emit: Callable[[Event], None] = lambda _: None
    confirm: Callable[[Plan], bool] = lambda _: True
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def space(self) -> SpaceId:
        """The Space that was asked for."""
        return self.request.space

    @property
    def page(self) -> str:
        """The URL of the Space's page."""
        return self.client.page(self.space)

    def warn(self, message: str, finding: Finding | None = None) -> None:
        """Emit a warning; `finding` is the line of a file that it is about."""
        self.emit(Warned(message, finding))

    def warn_of(self, error: DeployError) -> None:
        """Emit an expected error that does not end the operation."""
        self.warn(error.summary)

    def token_for_app(self, url: str | None, *, is_private: bool) -> str | None:
        """The token to ask a private app with; warns where its URL is none that may get it."""
        if url is None or not is_private or self.client.token is None:
            return None
        if probe.may_get_token(self.client.endpoint, url):
            return self.client.token
        self.warn(f"asking the private app without the token, which is not for {url}")
        return None

    def after_commit(self) -> Operation:
        """The operation once a commit was sent: from then on one refusal decides nothing."""
        return replace(self, client=self.client.after_commit())

    def without_limits(self) -> Operation:
        """The operation on a release that was healthy: what it uses is measured, not judged."""
        health = replace(self.request.health, limits=Limits())
        return replace(self, request=replace(self.request, health=health))

    @budget.lifted()
    def ask(self, plan: Plan) -> bool:
        """Whether a plan is confirmed; a person may take any time over that."""
        return self.confirm(plan)

    def with_current_name(self, space: Space) -> Operation:
        """The operation on the Space that was found: the Hub redirects the old name of one that was
        renamed, which is warned of.
        """
        if space.id == self.space:
            return self
        self.warn(f"{self.space} was renamed to {space.id}; use the new name")
        return replace(self, request=replace(self.request, space=space.id))


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """What one commit would change on a Space, and what that commit would say of itself.

    `space` is as it was found, None where it does not exist yet; `is_new` says that this operation
    created it, or an attempt whose answer was lost. `history` is what the commits up to its head
    say.
    """

    space: Space | None
    plan: Plan
    release: Release
    history: HistorySummary = HistorySummary()
    is_new: bool = False

    def with_runtime(self, operation: Operation) -> PlannedRelease:
        """The same, with the runtime as it is just now: what changes after it is the commit's."""
        assert self.space is not None
        runtime = spaces.runtime(operation.client, self.space.id)
        return replace(self, space=replace(self.space, runtime=runtime))

    def not_carried_out(self, operation: Operation, rollout: RolloutResult) -> DeployResult:
        """The result of a run that ends here, with the Space as it is."""
        return DeployResult(
            space=operation.space,
            rollout=rollout,
            plan=self.plan,
            commit=self.plan.base,
            previous=self.plan.base,
            number=self.history.head_number,
            drift=self.history.drifted,
        )


class Content(Protocol):
    """The files of a release: a snapshot of the source, or an earlier commit of the Space."""

    def plan(self, operation: Operation, space: Space | None) -> PlannedRelease:
        """What one commit on top of the Space's head would change. Raises DeployError."""

    def scan(self, operation: Operation, planned: PlannedRelease) -> None:
        """Raise CredentialFound for what must not be uploaded."""

    def check_before_commit(
        self, operation: Operation, planned: PlannedRelease, *, is_changing: bool
    ) -> None:
        """Let a plan pass that may be carried out; `is_changing` says that it changes anything,
        settings included. Raises DeployError.
        """


class WholeContent(Content, Protocol):
    """Files that may make a new Space, too: a snapshot of the source, or a release to promote."""

    @property
    def sdk(self) -> Sdk:
        """The SDK of their card."""

    @property
    def is_public(self) -> bool:
        """Whether their source is known to be public."""

    @property
    def paths(self) -> Collection[str]:
        """The paths of all files."""

    def plan_new(self, operation: Operation, space: Space, remote: RemoteTree) -> PlannedRelease:
        """The plan for a Space that was just created, with the files that the Hub put into it."""

    def explain(self, operation: Operation, error: CardRejected) -> DeployError:
        """What the Hub says of the card, in terms of where it comes from."""
