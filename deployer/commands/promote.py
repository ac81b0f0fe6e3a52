"""hf-deploy promote: make one Space equal to the verified release of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options
from deployer.commands.configured import Configured, SpaceArgument

if TYPE_CHECKING:
    from deployer.release.outcome import DeployResult


@click.command(cls=Configured)
@click.argument("origin", envvar="HF_DEPLOY_FROM", metavar="FROM")
@click.argument("to", cls=SpaceArgument, envvar="HF_DEPLOY_TO", metavar="TO")
@options.options(
    options.HUB,
    options.GATES,
    options.KEEP,
    options.SETTINGS,
    options.WAIT,
    options.WATCH,
    options.LIMITS,
    options.RELEASE,
)
@options.option("--dry-run", is_flag=True, help="Show the plan without changing anything.")
@options.yes
@options.verbose
@options.as_json
def command(
    *, to: str, dry_run: bool, yes: bool, verbose: bool, as_json: bool, **given: Any
) -> int:
    """Make the Space TO (owner/name) equal to the release that the Space FROM runs, file for file,
    by one commit; wait until that commit runs and the app is healthy; roll back if it fails.

    FROM and TO may be environments of the config file; only the keys that these set in the card
    differ. FROM must run its head, a release that was seen healthy, and be healthy now. Gates are
    measured on FROM before anything is sent. Settings are each Space's own: all other options are
    about TO; a new Space is private unless --visibility says otherwise. Needs no source repository.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.confirm import confirm_deletions
    from deployer.commands.request import build_promotion, build_request
    from deployer.commands.session import Session
    from deployer.commands.skip import skip_without_checkout

    given["space"] = to
    session = Session.open(
        space=to,
        endpoint=given["endpoint"],
        as_json=as_json,
        is_plan=dry_run,
        is_verbose=verbose,
        command="promote",
    )

    def body() -> DeployResult:
        if not dry_run and (skipped := skip_without_checkout(given, session.context)):
            return skipped
        request, promotion = build_request(given, session.context), build_promotion(given)
        session.mask_secrets(request.settings.secrets)
        if not (yes or dry_run):
            session.confirm_secrets(request)
        from deployer.flows.operation import Operation
        from deployer.flows.promote import plan_promotion, promote

        operation = Operation(
            session.connect(request.space),
            request,
            session.emit,
            lambda plan: confirm_deletions(session, plan, yes),
        )
        return (plan_promotion if dry_run else promote)(operation, promotion)

    return session.run(body)
