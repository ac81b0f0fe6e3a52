"""hf-deploy rollback: roll a Space back to an earlier release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options
from deployer.commands.configured import Configured
from deployer.errors import UsageError

if TYPE_CHECKING:
    from deployer.commands.session import Session
    from deployer.release.outcome import DeployResult
    from deployer.release.plan import Plan


@click.command(cls=Configured)
@options.options(options.TARGET)
@click.argument("release", required=False, envvar="HF_DEPLOY_RELEASE")
@options.options(options.KEEP, options.WAIT, options.WATCH, options.LIMITS)
@options.yes
@options.verbose
@options.as_json
def command(*, release: str | None, yes: bool, verbose: bool, as_json: bool, **given: Any) -> int:
    """Make SPACE (owner/name, or an environment of the config file) equal to what it was at
    RELEASE, by one commit on top; wait until that commit runs and the app is healthy.

    RELEASE is a number from `hf-deploy history`, or a commit of the Space. Default: the last
    healthy release. Needs no source repository. Settings stay as they are.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.commands.skip import skip_without_checkout

    session = Session.open(
        space=given["space"],
        endpoint=given["endpoint"],
        as_json=as_json,
        is_verbose=verbose,
        command="rollback",
    )

    def body() -> DeployResult:
        if skipped := skip_without_checkout(given, session.context):
            return skipped
        request = build_request(given, session.context)
        from deployer.flows.operation import Operation
        from deployer.flows.rollback import roll_back

        operation = Operation(
            session.connect(request.space),
            request,
            session.emit,
            lambda plan: yes or _confirm(session, plan),
        )
        # typed into the form of a `workflow_dispatch`, it may have spaces around it
        return roll_back(operation, (release or "").strip() or None)

    return session.run(body)


def _confirm(session: Session, plan: Plan) -> bool:
    """The answer of a person. Raises UsageError where there is none to answer."""
    if session.is_interactive:
        return session.confirm("Roll back?")
    from deployer.report.text import file_count  # pylint: disable=import-outside-toplevel

    files = file_count(len(plan.sent) + len(plan.delete))
    raise UsageError(
        "rollback needs a confirmation",
        cause=f"{files} would change, and there is no terminal",
        fix="check the plan above and pass --yes",
    )
