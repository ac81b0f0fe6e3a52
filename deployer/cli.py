"""The command line: `hf-deploy …`, `hf deploy …`, `python -m deployer …`."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import click

from deployer import __version__
from deployer.errors import DeployError, Interrupted

_INTERRUPTED = Interrupted.exit_code
_COMMANDS = {
    "deploy": "Ship the repository to a Space; see it run.",
    "plan": "Say what a deploy would do, and why.",
    "check": "Say what is wrong with the files, before anything leaves.",
    "rollback": "Bring an earlier release back; see it run.",
    "history": "Say what was released to a Space, and what became of it.",
    "status": "Say what a Space runs now, and whether it is well.",
    "rehearse": "Deploy to a Hub on this machine, which builds and runs the Space.",
    "hub": "Run a Hub on this machine for any client.",
}


class _LazyGroup(click.Group):
    """Imports a verb's file only when that verb is called."""

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
    """Ship a repository to a Hugging Face Space, and see that very commit run."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; a usage error prints click's own text."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        result: Any = cli.main(arguments, prog_name="hf-deploy", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (click.ClickException, DeployError) as error:
        return _report(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return _INTERRUPTED


def _report(error: click.ClickException | DeployError) -> int:
    """What went wrong before a command could begin."""
    from deployer.commands.session import Session  # pylint: disable=import-outside-toplevel

    session = Session.open()
    if isinstance(error, DeployError):
        return session.report_error(error)
    return session.report_usage(error)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    # a cancelled job ends with SIGTERM; it is to end as a Ctrl-C does
    raise KeyboardInterrupt


def run() -> NoReturn:
    """The console script."""
    sys.exit(main())
