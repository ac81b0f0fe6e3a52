"""The command line: `hf-deploy …`, `hf deploy …`, `python -m deployer …`."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import click

from deployer import __version__, interrupts
from deployer.errors import DeployError, Interrupted

_INTERRUPTED = Interrupted.exit_code
_GARBAGE = 1_000_000  # objects before garbage is looked for: those of a snapshot are none
_COMMANDS = {
    "deploy": "Deploy the repository to a Space and wait until it is healthy.",
    "plan": "Show what a deploy would change, and why.",
    "check": "Check files and credentials without deploying.",
    "rollback": "Roll a Space back to an earlier release.",
    "promote": "Promote the release of one Space to another, file for file.",
    "history": "List the releases of a Space and their status.",
    "status": "Show what a Space is running and whether it is healthy.",
    "rehearse": "Deploy to a local Hub, which builds and runs the Space.",
    "hub": "Run a local Hub for any client.",
}


class _LazyGroup(click.Group):
    """A command group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"deployer.commands.{cmd_name}").command
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hf-deploy", message="%(prog)s %(version)s")
def cli() -> None:
    """Deploy a repository to a Hugging Face Space and wait until that commit is healthy."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; a usage error prints click's own text."""
    try:
        result: Any = cli.main(arguments, prog_name="hf-deploy", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (click.ClickException, DeployError) as error:
        return _report(error, arguments)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return _INTERRUPTED
    except Exception as error:  # pylint: disable=broad-exception-caught
        return _report(error, arguments)


def _report(error: Exception, arguments: list[str] | None) -> int:
    """Print an error that kept a command from starting, and return its exit code."""
    # pylint: disable=import-outside-toplevel
    from deployer.commands.session import Session
    from deployer.commands.usage import target_of

    given = sys.argv[1:] if arguments is None else arguments
    command = next((name for name in given if name in _COMMANDS), "deploy")
    space, endpoint = target_of(error)
    session = Session.open(space=space, endpoint=endpoint, command=command)
    if isinstance(error, DeployError):
        return session.report_error(error)
    if isinstance(error, click.ClickException):
        return session.report_usage(error)
    return session.report_bug(error)


def run() -> NoReturn:
    """Entry point of the console script."""
    interrupts.defer()
    gc.set_threshold(_GARBAGE)
    code = main()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # it may be closed
            with suppress(OSError, ValueError):
                stream.flush()
    # without taking everything apart first, which takes a while
    os._exit(code)  # pylint: disable=protected-access
