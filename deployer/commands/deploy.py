"""hf-deploy deploy: deploy the repository to a Space and wait until it is healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options
from deployer.commands.configured import Configured

if TYPE_CHECKING:
    from deployer.release.outcome import DeployResult


@click.command(cls=Configured)
@options.options(
    options.TARGET,
    options.SOURCE,
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
def command(*, dry_run: bool, yes: bool, verbose: bool, as_json: bool, **given: Any) -> int:
    """Make SPACE (owner/name, or an environment of the config file) equal to the files that git
    tracks, by one commit; wait until that commit runs and the app is healthy; roll back if it
    fails.

    The token comes from HF_TOKEN, or from the login saved by `hf auth login`.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.confirm import confirm_deletions
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.commands.skip import skip_deploy

    session = Session.open(
        space=given["space"],
        endpoint=given["endpoint"],
        as_json=as_json,
        is_plan=dry_run,
        is_verbose=verbose,
    )

    def body() -> DeployResult:
        if not dry_run and (skipped := skip_deploy(given, session.context)):
            return skipped
        request = build_request(given, session.context)
        session.mask_secrets(request.settings.secrets)
        if not (yes or dry_run):
            session.confirm_secrets(request)
        from deployer.commands.prepare import prepare

        valid, client = prepare(session, request)
        from deployer.flows.deploy import deploy
        from deployer.flows.operation import Operation
        from deployer.flows.plan import plan_deploy

        operation = Operation(
            client,
            request,
            session.emit,
            lambda plan: confirm_deletions(session, plan, yes),
        )
        return plan_deploy(operation, valid) if dry_run else deploy(operation, valid)

    return session.run(body)
