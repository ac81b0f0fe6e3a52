"""hf-deploy rollback: bring an earlier release back, and see it run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options
from deployer.errors import UsageError

if TYPE_CHECKING:
    from deployer.release.outcome import DeployResult
    from deployer.release.plan import Plan


@click.command(cls=options.Configured)
@options.options(options.TARGET)
@click.argument("release", required=False)
@options.options(options.KEEP, options.WAIT, options.WATCH)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@options.as_json
def command(*, release: str | None, yes: bool, as_json: bool, **given: Any) -> int:
    """Make SPACE (owner/name) what it was at RELEASE, by one commit on top; watch it build and
    start; ask the app whether it answers.

    RELEASE is a number of `hf-deploy history`, or a commit of the Space; without it, the last
    release that was seen healthy. Needs no source repository. Settings stay as they are.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session

    session = Session.open(space=given["space"], endpoint=given["endpoint"], as_json=as_json)

    def agreed(plan: Plan) -> bool:
        if yes:
            return True
        if as_json or not sys.stdin.isatty():
            raise UsageError(
                "Nobody is here to say yes to the rollback.",
                cause=f"{len(plan.sent) + len(plan.delete)} files would change",
                fix="Look at the plan above, and call it again with --yes.",
            )
        return session.asks("Roll back?")

    def body() -> DeployResult:
        request = build_request(given, session.context)
        from deployer.flows.rollback import roll_back

        client = session.connect(request.space)
        return roll_back(client, request, release, session.console.emit, agreed)

    return session.run(body)
