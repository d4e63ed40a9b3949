"""What a command prints: tables for people at a terminal, lines with tabs for other programs, one document of JSON."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click

from goldleaf.amounts import Units, in_base_units, write

from . import failures
from .clean import clean
from .show import to_json
from .streams import Unwritable, is_terminal

# Seconds between two looks at what is waited for.
POLL = 1

# Letters between two columns of a table.
GAP = 3

Rows = Sequence[Sequence[object]]


class Output:
    """Results go to standard output, all else to standard error. With `as_json`, notes are part of the result."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        # How amounts in messages are written.
        self.amount: Callable[[Units], str] = in_base_units
        self._notes: list[str] = []

    def result(self, value: Any, human: Callable[[], None]) -> None:
        """Ends a command: prints the value as JSON, or has `human` print it."""
        if self.as_json:
            self._document({"ok": True, "result": to_json(value), "notes": self._notes})
        else:
            human()

    def failure(self, error: BaseException) -> None:
        """Tells what went wrong; that standard output could not be written, on standard error."""
        told = failures.describe(error, self.amount)
        if self.as_json:
            document = {"ok": False, "error": to_json(told), "notes": self._notes}
            self._document(document, err=isinstance(error, Unwritable))
            return
        advice = told["advice"] if told["advice"] not in told["message"] else ""
        click.echo(" ".join(part for part in ("Error:", clean(told["message"]), advice) if part), err=True)

    def event(self, value: Any, line: str) -> None:
        """One of many things that a command tells while it runs: a document of JSON on a line of its own."""
        if self.as_json:
            self._document(to_json(value))
        else:
            self.line(line)

    def note(self, text: str) -> None:
        """Tells something that people should know, once; with its amounts, if it is of `Words`."""
        text = write(text, self.amount)
        if text in self._notes:
            return
        self._notes.append(text)
        if not self.as_json:
            click.echo(f"note: {clean(text)}", err=True)

    def line(self, text: str) -> None:
        """Prints a line."""
        click.echo(clean(text))

    def data(self, value: Any) -> None:
        """Prints a value for other programs."""
        click.echo(json.dumps(to_json(value), indent=2))

    def ask(self, what: str, facts: Rows) -> None:
        """Shows what somebody is asked to agree to."""
        click.echo(clean(what), err=True)
        self.facts(facts, err=True)

    def facts(self, facts: Rows, *, err: bool = False) -> None:
        """Prints names and values."""
        width = max((len(str(name)) for name, _ in facts), default=0)
        for name, value in facts:
            click.echo(f"  {clean(name):<{width}}  {clean(value)}", err=err)

    def table(self, headers: Sequence[str], rows: Rows, *, nothing: str) -> None:
        """Prints a table; `nothing` if it has no rows."""
        if not rows:
            click.echo(nothing, err=True)
        elif not is_terminal(sys.stdout):
            for row in (headers, *rows):
                click.echo("\t".join(clean(value) for value in row))
        else:
            self._draw(headers, rows)

    def wait(self, left: Callable[[], int], what: str) -> None:
        """Waits until `left`, the seconds that are left, are none; with a progress bar on a terminal."""
        if self.as_json or not is_terminal(sys.stderr):
            while (rest := left()) > 0:
                time.sleep(min(rest, POLL))
            return
        from rich.console import Console
        from rich.progress import Progress

        total = left()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task(clean(what), total=total)
            while (rest := left()) > 0:
                progress.update(bar, completed=total - rest)
                time.sleep(min(rest, POLL))

    def busy(self, what: str) -> AbstractContextManager[object]:
        """Shows on a terminal that something is going on."""
        if self.as_json or not is_terminal(sys.stderr):
            return nullcontext()
        from rich.console import Console

        # Of letters that every terminal has.
        return Console(stderr=True).status(clean(what), spinner="line")

    def _draw(self, headers: Sequence[str], rows: Rows) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(markup=False, highlight=False, emoji=False)
        cells = [[clean(value) for value in row] for row in rows]
        widths = layout([headers, *cells], console.width)
        if widths is None:
            self._records(headers, cells)
            return
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for header, width in zip(headers, widths, strict=True):
            table.add_column(Text(header), width=width)
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)

    def _records(self, headers: Sequence[str], rows: Rows) -> None:
        """Each row as lines of its own. The terminal breaks those that are too long, and they are copied whole."""
        for number, row in enumerate(rows):
            if number:
                click.echo()
            self.facts([(header, value) for header, value in zip(headers, row, strict=True) if value])

    def _document(self, document: dict[str, Any], *, err: bool = False) -> None:
        # ASCII alone: no text from outside reaches a terminal as anything but an escape.
        click.echo(json.dumps(document).replace("\x7f", "\\u007f"), err=err)


def layout(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """How wide the columns of a table are, so that it fits and no word or address is broken; None if none are."""
    columns = list(zip(*rows, strict=True))
    least = [max(_width(word) for cell in column for word in (cell.split() or [""])) for column in columns]
    widths = [max(map(_width, column)) for column in columns]
    room = width - GAP * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max((i for i in range(len(widths)) if widths[i] > least[i]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
