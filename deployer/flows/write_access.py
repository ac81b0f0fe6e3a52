"""Ask the Hub whether a token may commit to a Space, or create it."""

from __future__ import annotations

from deployer.access.account import AccessReport, Denial
from deployer.errors import NotAllowed
from deployer.flows.operation import Operation
from deployer.space.space import Space
from deployer.world.hub import accounts


def read_access(operation: Operation, found: Space | None) -> AccessReport:
    """What the Hub says of the token and the Space; `found` is None for one to create."""
    client = operation.client
    # the account behind a Trusted Publisher's token can't be asked for
    account = None if client.has_publisher_token else accounts.account(client)
    if found is None:
        may_create = account is not None and account.may_write_for(operation.space.owner)
        denial = None if may_create else Denial("Space not found")
        return AccessReport(operation.space, account, None, denial, claims=client.oidc_claims)
    denial = accounts.write_error(client, found.id)
    return AccessReport(found.id, account, found, denial, claims=client.oidc_claims)


def require_write_access(operation: Operation, found: Space | None) -> None:
    """Raise NotAllowed where the token may not commit to the Space.

    Where it may write elsewhere, that it may not create one (None) is a warning: the account does
    not say all of that, and the Hub refuses it before anything is sent.
    """
    # the account is only asked for where it matters: the Hub limits that more than all else
    if found is not None and accounts.write_error(operation.client, found.id) is None:
        return
    access = read_access(operation, found)
    if access.denial is None:
        return
    if access.denial.error is not None:
        raise access.denial.error
    cause = access.explain_denial(access.denial)
    if found is None and access.account is not None and not access.account.is_read_only:
        operation.warn(f"the Hub may refuse to create {access.space}: {cause}")
        return
    raise NotAllowed(
        f"could not {'commit to' if found else 'create'} {access.space}: no write access",
        cause=cause,
        fix=f"run `hf-deploy check {access.space.argument}` with a token that may write to it",
    )
