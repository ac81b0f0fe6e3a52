"""The account of a token: its permissions, and whether they suffice to deploy to a Space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from deployer.access.oidc_claims import OidcClaims
from deployer.errors import DeployError
from deployer.finding_names import FindingName
from deployer.problem import Level, Problem
from deployer.release.fault import stopped_by_hub
from deployer.release.history import HistorySummary
from deployer.release.release import Run
from deployer.space.space import NO_NEW_STREAMLIT, Sdk, Space, SpaceId, Stage

TOKENS_PAGE = "https://huggingface.co/settings/tokens"
# https://huggingface.co/docs/hub/spaces-overview
SUBSCRIPTIONS = (
    "since July 2026 new Gradio and Docker Spaces need PRO or Team; free are a static Space, and "
    "up to two Gradio Spaces with `--hardware zero-a10g`"
)
_SDKS = tuple(Sdk)
_READ, _FINE_GRAINED = "read", "fineGrained"
_WRITE_PERMISSION = "repo.write"
_STOPPED: dict[str, str] = {
    Stage.PAUSED: "is paused, so a deploy ends `paused`; to start it, pass --resume",
    Stage.STOPPED: "is stopped, so a deploy is unhealthy; start it on its page",
    Stage.DELETING: "is being deleted",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The owner of a token, and its permissions.

    `token` is its display name; `role` is `read`, `write`, `fineGrained` or an unknown word. `orgs`
    are the owner's roles by organization. `grants` are the permissions of a fine-grained token by
    scope: an account, an organization, a repository, or "" for all. What the Hub doesn't say is
    None.
    """

    name: str
    token: str | None = None
    role: str | None = None
    pro: bool | None = None
    orgs: Mapping[str, str | None] = field(default_factory=dict)
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, response: Mapping[str, Any]) -> Account:
        """Read the response of `/api/whoami-v2`. Raises KeyError for one without a name."""
        token = _object(_object(response.get("auth")).get("accessToken"))
        fine_grained = _object(token.get("fineGrained"))
        grants = {"": frozenset(map(str, fine_grained.get("global") or ()))}
        for scope in fine_grained.get("scoped") or ():
            name = str(_object(scope.get("entity")).get("name"))
            allowed = frozenset(map(str, scope.get("permissions") or ()))
            grants[name] = grants.get(name, frozenset()) | allowed
        return cls(
            name=str(response["name"]),
            token=token.get("displayName"),
            role=token.get("role"),
            pro=response.get("isPro"),
            orgs={str(org["name"]): org.get("roleInOrg") for org in response.get("orgs") or ()},
            grants=grants,
        )

    def __str__(self) -> str:
        """`"ci" of julia (role write)`: the token's display name, owner and role."""
        name = f'"{self.token}" ' if self.token else ""
        return f"{name}of {self.name} (role {self.role or 'unknown'})"

    @property
    def is_read_only(self) -> bool:
        """Whether this token may write nowhere."""
        return self.role == _READ

    def may_write_for(self, owner: str) -> bool:
        """Whether this token may create repositories of an account or organization."""
        return self._obstacle(owner) is None

    def _obstacle(self, owner: str, *scopes: str) -> str | None:
        """Why the token may not write for an owner, nor in any of these scopes; None if it may."""
        if self.is_read_only:
            return "it is read-only"
        if owner != self.name and owner not in self.orgs:
            return f"{self.name} is not a member of {owner}"
        if self.orgs.get(owner) == _READ:
            return f"{self.name} has role read in {owner}"
        granted = any(
            _WRITE_PERMISSION in self.grants.get(name, ()) for name in ("", owner, *scopes)
        )
        if self.role == _FINE_GRAINED and not granted:
            return f"it lacks `{_WRITE_PERMISSION}` for {' or '.join((*scopes, owner))}"
        return None

    def missing_permission(self, space: SpaceId, denial: str | None) -> str:
        """Why the token may not write to a Space, as far as is known, else the Hub's reason.

        `denial` is that reason, None where the Space does not exist and would have to be created.
        """
        scopes = (space.owner,) if denial is None else (space.owner, str(space))
        reason = self._obstacle(*scopes) or f"the Hub says: {denial or 'no'}"
        return (
            f"the token {self} has no write access to {space}: {reason}; "
            f"grant it, or create another token: {TOKENS_PAGE}"
        )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Denial:
    """The Hub's reason for not accepting a commit; `error` where that is not the token."""

    reason: str
    error: DeployError | None = None


@dataclass(frozen=True, slots=True)
class AccessReport:
    """What the Hub says of an account and a Space, before anything is deployed.

    `account` is None for a token of a Trusted Publisher, `found` where the Space does not exist (or
    the token has no read access). `denial` is why the Hub would not accept a commit with this
    token, None if it would. `claims` are the workflow's, if it got the token for its OIDC token.
    """

    space: SpaceId
    account: Account | None
    found: Space | None
    denial: Denial | None
    history: HistorySummary = HistorySummary()
    claims: OidcClaims | None = None

    @property
    def writable(self) -> bool:
        """Whether the Hub would accept a commit with this token, or create the Space."""
        return self.denial is None

    def problems(self, sdk: object, run: Run, *, known: bool | None) -> Iterator[Problem]:
        """What would make a deploy fail, or have an effect that may not be expected.

        `sdk` is the card's value, valid or not; `known` tells whether the commit of the last
        release is in the local history, None if that is unknown.
        """
        if self.denial is not None:
            message = self.explain_denial(self.denial)
            yield Problem(None, None, message, name="account-denied")
        if self.found is None:
            yield from self._check_new_space(sdk)
            return
        if sdk in _SDKS and self.found.sdk not in (None, sdk):
            yield _warning(
                "space-converted",
                f"{self.space} is a {self.found.sdk} Space, and the card has `sdk: {sdk}`; a "
                "deploy converts it",
            )
        runtime = self.found.runtime
        if (stopped := stopped_by_hub(self.space, runtime)) is not None:
            yield Problem(None, None, stopped, name="space-stopped")
        elif (effect := _STOPPED.get(runtime.stage)) is not None:
            yield _warning("space-stopped", f"{self.space} {effect}")
        yield from self._check_last_release(run, known)

    def explain_denial(self, denial: Denial) -> str:
        """Why the token may not write, and what to do."""
        if (error := denial.error) is not None:
            return f"{error.message} ({error.cause}); {error.fix}"
        if self.account is not None:
            reason = denial.reason if self.found else None
            return self.account.missing_permission(self.space, reason)
        if self.found is None:
            return (
                f"{self.space} does not exist, and the token of a Trusted Publisher can't create "
                "it; create it once by hand: https://huggingface.co/new-space"
            )
        return (
            f"the token of the Trusted Publisher has no write access to {self.space}: "
            f"the Hub says: {denial.reason}; see Trusted Publishers in the Space's settings"
        )

    def _check_new_space(self, sdk: object) -> Iterator[Problem]:
        if sdk == Sdk.STREAMLIT:
            message = f"{self.space} has to be created: {NO_NEW_STREAMLIT}"
            yield Problem(None, None, message, name="space-refused")
        if self.account is not None and self.writable:
            yield from _check_subscription(self.account, self.space, sdk)

    def _check_last_release(self, run: Run, known: bool | None) -> Iterator[Problem]:
        newest = self.history.newest
        if newest is None:
            return
        release = f"release {newest.number} ({newest.source.short})"
        if self.history.is_newer_than(run):
            message = f"{release} is from a later run; a deploy from this run is skipped"
            yield _warning("release-newer", message)
        elif known is False:
            yield _warning(
                "release-unknown",
                f"{release} is of a commit that this branch does not contain; a deploy undoes it",
            )
        if self.history.drifted:
            yield _warning(
                "space-drift",
                f"{self.space} has commits not made by hf-deploy since {release}; a deploy "
                "overwrites them",
            )


def _check_subscription(account: Account, space: SpaceId, sdk: object) -> Iterator[Problem]:
    """The Hub does not say what the account's subscription includes, so this only warns."""
    if account.pro is False and space.owner == account.name and sdk in (Sdk.GRADIO, Sdk.DOCKER):
        yield _warning(
            "account-subscription",
            f"{space} has to be created, and {account.name} has no PRO subscription: "
            f"{SUBSCRIPTIONS}",
        )


def _warning(name: FindingName, message: str) -> Problem:
    return Problem(None, None, message, Level.WARNING, name=name)
