"""hf-deploy check: what is wrong with the files, before anything leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.commands.look import Sight

_NOWHERE = "check/check"  # an order names a Space, and a check of files asks none


@click.command(
    cls=options.Configured, short_help="Say what is wrong with the files, before anything leaves."
)
@options.options(options.SOURCE)
@click.option("--strict", is_flag=True, help="End with 1 on warnings, too.")
@options.as_json
def command(*, strict: bool, as_json: bool, **given: Any) -> int:
    """Check the files that would ship: card, requirements, Dockerfile, the app's syntax,
    names and sizes; and look for credentials in all of them. Asks no Hub.

    Ends with 1 where something is wrong, with 4 where a credential was found.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.look import Look, Sight
    from deployer.commands.orders import order_of
    from deployer.report.findings import finding_lines, findings_failure, findings_json

    session = Look.open(as_json=as_json, failure=findings_failure)

    def looked() -> Sight:
        from deployer.flows.check import check

        found = check(order_of({**given, "space": _NOWHERE}, session.context))
        what = (found.files, found.problems, found.leaks, found.warnings)
        code = found.exit_code(strict=strict)
        session.annotate(found.problems, found.leaks)
        return Sight(list(finding_lines(*what)), findings_json(*what, code), code)

    return session.show(looked)
