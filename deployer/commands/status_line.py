"""The line of a terminal that changes, below all that was printed."""

from __future__ import annotations

import os
import sys

import click

from deployer.report.text import fit

_CLEAR_LINE = "\r\x1b[2K"
_MAX_COLUMNS = 80  # a line no longer than that stays one line where the terminal becomes narrower
_RESERVED = 3  # columns: `^C`, which the terminal itself prints, must not begin another line


class StatusLine:
    """A line on stderr; where that is no terminal that can clear a line, it is never shown."""

    def __init__(self) -> None:
        is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self.is_possible = is_terminal and os.environ.get("TERM") != "dumb"
        self._is_shown = False

    def show(self, text: str) -> None:
        """Show a printable text in its place, cut to the width of the terminal."""
        if self.is_possible:
            line = fit(text, min(_columns(), _MAX_COLUMNS) - _RESERVED)
            click.echo(f"{_CLEAR_LINE}{line}", err=True, nl=False)
            self._is_shown = True

    def clear(self, *, was_typed_in: bool = False) -> None:
        """Remove it, so that something can be printed there, and what a person typed there."""
        if self._is_shown or (was_typed_in and self.is_possible):
            click.echo(_CLEAR_LINE, err=True, nl=False)
            self._is_shown = False


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _MAX_COLUMNS
    except OSError:
        return _MAX_COLUMNS
