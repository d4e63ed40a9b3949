"""`goldleaf index`: the events of the deployment, and what they amount to, in a database."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from ..times import show_time
from .commands import Command, Group
from .session import Session
from .streams import is_terminal

if TYPE_CHECKING:
    from ..index import Index, Progress


def database_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option that says where the index is."""
    return click.option(
        "--database",
        metavar="URL",
        envvar="GOLDLEAF_DATABASE",
        show_envvar=True,
        help="Where the tables are: sqlite:///FILE or postgresql://USER@HOST/NAME; by default a file in the home.",
    )(function)


class _Index(Group, Command):
    """A command of its own, with others below it."""


@click.group(cls=_Index, invoke_without_command=True)
@database_option
@click.option("--follow", is_flag=True, help="Go on with whatever comes, until stopped.")
@click.option("--confirmations", type=click.IntRange(0), default=0, help="Read only blocks with so many on top.")
@click.pass_context
def index(context: click.Context, database: str | None, follow: bool, confirmations: int) -> None:
    """Read the deployment's events into a database: tasks, submissions, challenges, disputes, balances.

    It goes on where it has stopped, and takes back what was replaced since. It may be stopped at any time. With --json
    and --follow it prints a document on a line of its own whenever it has read something.
    """
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    with _stopping() as stopped, _told(session, follow) as tell:
        found = open_index(session, database)
        done = found.catch_up(session.reader, tell, confirmations=confirmations, stop=stopped)
        if follow and not stopped():
            done = found.follow(session.reader, stopped, tell, confirmations=confirmations)
    value = {"block": done.block, "events": done.events}
    session.output.result(value, lambda: session.output.line(f"Read up to block {done.block}: {done.events} events."))


@index.command()
@database_option
@click.pass_obj
def status(session: Session, database: str | None) -> None:
    """Show how far the index has come and what is in it. Asks no node."""
    found = open_index(session, database)
    block = found.block
    time = None if block is None else found.time
    value = {"block": block, "time": time, "rows": found.counts()}

    def human() -> None:
        up_to = "nothing was read yet" if block is None else f"{block}" + (f", {show_time(time)}" if time else "")
        rows = [(name, count) for name, count in found.counts().items()]
        session.output.facts([("up to block", up_to), *rows])

    session.output.result(value, human)


def open_index(session: Session, database: str | None) -> "Index":
    """The index at a URL; without one, a file in the home folder for each chain and escrow."""
    from ..index import Index

    if database is None:
        deployment = session.deployment
        folder = session.settings.home / "index"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{deployment.chain_id}-{deployment.address('TaskEscrow')}.db"
        database = f"sqlite:///{folder / name}"
    return Index(database, session.deployment)


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Whether a signal has asked to stop, between two blocks."""
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if stopped:  # whoever insists
            raise KeyboardInterrupt
        stopped.append(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _told(session: Session, follow: bool) -> Iterator[Callable[["Progress"], None]]:
    """Shows how far it has come: a bar on a terminal, documents for a program that follows."""
    if session.output.as_json or not is_terminal(sys.stderr):

        def document(done: "Progress") -> None:
            if follow:
                value = {"block": done.block, "head": done.head, "events": done.events}
                session.output.event(value, f"block {done.block} of {done.head}, {done.events} events")

        yield document
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("block {task.completed:.0f} of {task.total:.0f}"), BarColumn(), TimeRemainingColumn())
    with Bars(
        *columns, TextColumn("{task.fields[events]} events"), console=Console(stderr=True), transient=True
    ) as bars:
        bar = bars.add_task("", total=0, events=0)
        yield lambda done: bars.update(bar, completed=done.block, total=done.head, events=done.events)
