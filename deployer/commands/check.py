"""hf-deploy check: what is wrong with the files, and with the account, before anything leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.commands.readonly import CommandOutput

_NOWHERE = "check/check"  # an order names a Space, and a check of files asks none


@click.command(cls=options.Configured)
# neither the environment nor the config file makes a check of files one that asks a Hub
@click.argument("asked", metavar="[SPACE]", required=False)
@options.options(options.SOURCE, options.HUB)
@click.option("--strict", is_flag=True, help="End with 1 on warnings, too.")
@options.as_json
def command(*, asked: str | None, strict: bool, as_json: bool, **given: Any) -> int:
    """Check the files that would ship: card, requirements, Dockerfile, the app's syntax,
    names and sizes; and look for credentials in all of them. Asks no Hub.

    With SPACE (owner/name), ask the Hub, too: whether the token is valid and may write there, or
    create it; whether the Space is as the card says, and what was released to it.

    Ends with 1 where something is wrong, with 4 where a credential was found; with 5 or 11 where
    the Hub would not or could not answer.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.readonly import CommandOutput, ReadOnlySession
    from deployer.commands.request import build_request
    from deployer.report.findings import finding_lines, findings_failure, findings_json

    known = {"space": asked, "endpoint": given["endpoint"], "as_json": as_json}
    session = ReadOnlySession.open(**known, failure=findings_failure)

    def looked() -> CommandOutput:
        from deployer.flows.check import check

        request = build_request({**given, "space": asked or _NOWHERE}, session.context)
        found, judged = check(request)
        if asked is not None:
            from deployer.flows.account import check_account

            client = session.connect  # asked for a token only once the files are known
            found = check_account(found, judged, request, client, session.console.emit)
        code = found.exit_code(strict=strict)
        session.annotate(found)
        error = found.error if code else None
        return CommandOutput(list(finding_lines(found)), findings_json(found, code), code, error)

    return session.show(looked)
