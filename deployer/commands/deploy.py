"""hf-deploy deploy: ship the repository to a Space and see it run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.release.outcome import DeployResult


@click.command(cls=options.Configured)
@options.options(
    options.TARGET, options.SOURCE, options.SETTINGS, options.WAIT, options.WATCH, options.RELEASE
)
@options.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@options.as_json
def command(*, dry_run: bool, yes: bool, as_json: bool, **given: Any) -> int:
    """Make SPACE (owner/name) equal to the files that git tracks, by one commit; watch it build
    and start; ask the app whether it answers.

    The token comes from HF_TOKEN, or from the login that `hf auth login` saved.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session

    session = Session.open(space=given["space"], endpoint=given["endpoint"], as_json=as_json)

    def body() -> DeployResult:
        request, emit = build_request(given, session.context), session.console.emit
        session.hide(request.settings.secrets)
        session.get_ready()
        from deployer.flows.validate import validate

        parcel = validate(request, emit)
        from deployer.flows import deploy as flow

        client = session.connect(request.space)
        if dry_run:
            return flow.dry_run(client, request, parcel, emit)
        return flow.deploy(client, request, parcel, emit, lambda plan: session.agreed(plan, yes))

    return session.run(body)
