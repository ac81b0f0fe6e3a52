"""An account: whose a token is, what it may do, and whether that is enough to deploy to a Space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from deployer.access.oidc_claims import OidcClaims
from deployer.problem import Level, Problem
from deployer.release.history import HistorySummary
from deployer.release.release import Run
from deployer.space.space import Sdk, Space, SpaceId, Stage

TOKENS_PAGE = "https://huggingface.co/settings/tokens"
# https://huggingface.co/docs/hub/spaces-overview
PLANS = (
    "since July 2026 new Gradio and Docker Spaces need PRO or Team; free are a static Space, and "
    "up to two Gradio Spaces with `--hardware zero-a10g`"
)
_SDKS = tuple(Sdk)
_READ, _FINE = "read", "fineGrained"
_WRITES = "repo.write"
_AT_REST: dict[str, str] = {
    Stage.PAUSED: "is paused: a deploy ends `paused`, unless --resume is given",
    Stage.STOPPED: "was stopped: a deploy is not well until somebody starts it on its page",
    Stage.DELETING: "is being deleted",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose a token is, and what it may do.

    `token` is the name that its owner gave it, `role` what it is for: `read`, `write`,
    `fineGrained`, or a word that we don't know. `orgs` are the owner's role in each organization.
    `grants` are the permissions of a fine-grained token by what they are for: an account, an
    organization, a repository, or "" for all. Whatever the Hub doesn't say is None.
    """

    name: str
    token: str | None = None
    role: str | None = None
    pro: bool | None = None
    orgs: Mapping[str, str | None] = field(default_factory=dict)
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Account:
        """From what `/api/whoami-v2` answers. Raises KeyError where that names nobody."""
        token = _object(_object(answer.get("auth")).get("accessToken"))
        fine = _object(token.get("fineGrained"))
        grants = {"": frozenset(map(str, fine.get("global") or ()))}
        for scope in fine.get("scoped") or ():
            name = str(_object(scope.get("entity")).get("name"))
            allowed = frozenset(map(str, scope.get("permissions") or ()))
            grants[name] = grants.get(name, frozenset()) | allowed
        return cls(
            name=str(answer["name"]),
            token=token.get("displayName"),
            role=token.get("role"),
            pro=answer.get("isPro"),
            orgs={str(org["name"]): org.get("roleInOrg") for org in answer.get("orgs") or ()},
            grants=grants,
        )

    def __str__(self) -> str:
        """`"ci" of julia (role write)`: the token, as its owner knows it."""
        named = f'"{self.token}" ' if self.token else ""
        return f"{named}of {self.name} (role {self.role or 'unknown'})"

    def may_write_for(self, owner: str) -> bool:
        """Whether this token may make repositories in an account's or organization's name."""
        return self._obstacle(owner) is None

    def _obstacle(self, owner: str, *places: str) -> str | None:
        """What keeps it from writing for an owner, or where it was granted that by itself."""
        if self.role == _READ:
            return "it may only read"
        if owner != self.name and owner not in self.orgs:
            return f"{self.name} is no member of {owner}"
        if self.orgs.get(owner) == _READ:
            return f"{self.name} may only read in {owner}"
        granted = any(_WRITES in self.grants.get(place, ()) for place in ("", owner, *places))
        if self.role == _FINE and not granted:
            return f"`{_WRITES}` is not among its permissions for {' or '.join((*places, owner))}"
        return None

    def lack(self, space: SpaceId, said: str | None) -> str:
        """Why it may not write to a Space, as far as is known, else in the Hub's words; a mend.

        `trailers` is None where there is no such Space, so that it would have to be created.
        """
        places = (space.owner,) if said is None else (space.owner, str(space))
        why = self._obstacle(*places) or f"the Hub says {said or 'no'}"
        return (
            f"the token {self} may not write to {space}: {why}. "
            f"Change it, or make another: {TOKENS_PAGE}"
        )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, slots=True)
class AccessReport:
    """What the Hub said of an account and a Space, before anything is deployed.

    `account` is None for a keyless token, which has none; `found` where there is no such Space (or
    none that may be seen). `refusal` says why the Hub would take no commit of this token, in its
    own words; None where it would. `identity` is the workflow's, where it asked for the token.
    """

    space: SpaceId
    account: Account | None
    found: Space | None
    refusal: str | None
    past: HistorySummary = HistorySummary()
    identity: OidcClaims | None = None

    @property
    def writable(self) -> bool:
        """Whether the Hub would take a commit of this token, or a new Space."""
        return self.refusal is None

    def problems(self, sdk: object, run: Run, *, known: bool | None) -> Iterator[Problem]:
        """What would keep a deploy from going well, or make it a surprise.

        `sdk` is what the card says, in whatever words; `known` whether the commit that was
        released last is in our own history, None where that can't be known.
        """
        if self.refusal is not None:
            yield Problem(None, None, self._lack(self.refusal))
        if self.found is None:
            yield from self._new(sdk)
            return
        if sdk in _SDKS and self.found.sdk not in (None, sdk):
            yield _warning(
                f"{self.space} is a {self.found.sdk} Space, and the card says `sdk: {sdk}`: a "
                "deploy makes it one"
            )
        if (said := _AT_REST.get(self.found.runtime.stage)) is not None:
            yield _warning(f"{self.space} {said}")
        yield from self._newer(run, known)

    def _lack(self, said: str) -> str:
        if self.account is not None:
            return self.account.lack(self.space, said if self.found else None)
        if self.found is None:
            return (
                f"{self.space} is not there, and a keyless token can't create it: make it once by "
                "hand (https://huggingface.co/new-space)"
            )
        return (
            f"this keyless token may not write to {self.space}: the Hub says {said}. See the "
            "Space's settings, Trusted Publishers"
        )

    def _new(self, sdk: object) -> Iterator[Problem]:
        if self.account is not None and self.writable:
            yield from _plan(self.account, self.space, sdk)

    def _newer(self, run: Run, known: bool | None) -> Iterator[Problem]:
        newest = self.past.newest
        if newest is None:
            return
        release = f"release {newest.number} ({newest.source.short})"
        if self.past.is_newer_than(run):
            yield _warning(f"{release} is of a later run: a deploy of this one would send nothing")
        elif known is False:
            yield _warning(
                f"{release} is of a commit that this branch does not hold: a deploy would take it "
                "back"
            )
        if self.past.drifted:
            yield _warning(
                f"somebody else committed to {self.space} since {release}: a deploy overwrites it"
            )


def _plan(account: Account, space: SpaceId, sdk: object) -> Iterator[Problem]:
    """Whether the account's plan includes a new Space can't be asked, so this warns at most."""
    if account.pro is False and space.owner == account.name and sdk in (Sdk.GRADIO, Sdk.DOCKER):
        yield _warning(f"{space} has to be created, and {account.name} has no PRO: {PLANS}")


def _warning(message: str) -> Problem:
    return Problem(None, None, message, Level.WARNING)
