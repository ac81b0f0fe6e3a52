"""hf-deploy check: check files and credentials, and the account, without deploying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options
from deployer.commands.configured import Configured, SpaceArgument

if TYPE_CHECKING:
    from deployer.commands.reporter import CommandOutput

_NO_SPACE = "check/check"  # a request names a Space, and a check of files asks none


@click.command(cls=Configured)
# neither the environment nor the config file turns a check of files into one that asks a Hub
@click.argument("asked", cls=SpaceArgument, metavar="[SPACE]", required=False)
@options.options(options.SOURCE, options.HUB)
@options.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
@options.as_json
def command(*, asked: str | None, strict: bool, as_json: bool, **given: Any) -> int:
    """Check the files that would be deployed: card, requirements, Dockerfile, the app's syntax,
    names and sizes; scan all of them for credentials. Asks no Hub.

    With SPACE (owner/name, or an environment of the config file), ask the Hub, too: whether the
    token is valid and may write to the Space, or create it; whether the Space matches the card, and
    what was released to it.

    Exit with 1 on an error, 4 if a credential was found, 5 or 11 if the Hub would not or could not
    answer.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.reporter import CommandOutput
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.report.findings import finding_lines, findings_error_json, findings_json

    session = Session.open(
        space=asked,
        endpoint=given["endpoint"],
        as_json=as_json,
        command="check",
        readonly_json=findings_error_json,
    )

    def body() -> CommandOutput:
        from deployer.events import Warned
        from deployer.flows.check import check

        request = build_request({**given, "space": asked or _NO_SPACE}, session.context)
        found, checked = check(request)
        reason = session.reason_without_token() if asked is not None else None
        if reason is not None:
            session.emit(Warned(f"the Hub was not asked about {asked}: {reason}"))
        elif asked is not None:
            from deployer.flows.check_account import check_account
            from deployer.flows.operation import Operation

            def connect() -> Operation:
                return Operation(session.connect(request.space), request, session.emit)

            found = check_account(found, checked, connect)
        code = found.exit_code(strict=strict)
        error = found.error if code else None
        lines = list(finding_lines(found))
        json = findings_json(found, code)
        outputs = {"findings": str(found.count)}
        return CommandOutput(lines, json, code, error, findings=found, outputs=outputs)

    return session.run(body)
