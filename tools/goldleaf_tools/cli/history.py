"""`goldleaf history`: everything that an account has done and earned."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from ..times import show_time
from . import show
from .commands import Command
from .exporting import FORMATS
from .index import database_option, open_index
from .labelling import as_usage
from .session import Session, Token
from .wording import LEDGERS

if TYPE_CHECKING:
    from ..index import Entry, History
    from ..index.history import Appealed, Defended, Disputed, Filed, Judged, Licensed, Requested, Shared, Worked

Tokens = Callable[[str], Token]
Row = tuple[object, ...]


@click.command(cls=Command)
@click.option("--entries", is_flag=True, help="Show each movement of money too, oldest first.")
@click.option("--output", "-o", metavar="FILE", help="Write each movement of money here, .csv, .jsonl or .parquet.")
@click.option("--format", type=click.Choice(FORMATS), help="Told by the name, else.")
@database_option
@click.pass_obj
def history(session: Session, entries: bool, output: str | None, format: str | None, database: str | None) -> None:
    """Show everything that this account has done and earned, what has ended included: what each thing paid and cost.

    First the sums of each ledger, now: deposited, less withdrawn, with what was earned and spent, is what is free and
    at stake. Then submissions, challenges, defences, rounds as a juror, appeals, data sets, licences and tasks.
    --account says whose; anybody's will do. It is read from the index (`goldleaf index`), which is brought up to the
    latest block first.
    """
    account = session.account
    index = open_index(session, database)
    with session.output.busy("Reading the chain"):
        index.catch_up(session.reader)
    found = index.history(account)
    if output is not None:
        _write(found, output, format)
    session.output.result(found, lambda: _print(session, found, entries, output))


def _write(found: "History", output: str, format: str | None) -> None:
    from ..export import ENTRIES, Table, entry_cells

    with ExitStack() as stack:
        try:
            with as_usage():
                table = stack.enter_context(Table(output, ENTRIES, format))
            for entry in found.entries:
                table.write(entry_cells(entry))
        except OSError as error:
            raise click.UsageError(f"{error.filename or output}: {error.strerror}") from error


def _print(session: Session, found: "History", entries: bool, output: str | None) -> None:
    out, token = session.output, session.token
    out.line(f"{found.account}, up to {show_time(found.time)}")
    sums = [
        (
            LEDGERS[one.ledger],
            token(one.token).show(one.deposited + one.received),
            token(one.token).show(one.withdrawn + one.sent),
            token(one.token).show(one.earned),
            token(one.token).show(one.spent),
            token(one.token).show(one.at_stake),
            token(one.token).show(one.free),
        )
        for one in found.sums
    ]
    headers = ["ledger", "came in", "went out", "earned", "spent", "at stake now", "free now"]
    out.table(headers, sums, nothing="nothing was ever done by this account")
    kinds = [
        (LEDGERS[one.ledger], kind.value, token(one.token).show(amount))
        for one in found.sums
        for kind, amount in one.by_kind.items()
    ]
    _table(session, ["ledger", "of what", "in all"], kinds)
    _table(
        session,
        ["submission", "taken", "stands", "proven wrong", "pay", "prizes lost", "stake lost", "gain"],
        (_worked(one, token) for one in found.submissions),
    )
    _table(
        session,
        ["challenge", "kind", "filed", "came to", "labels", "prizes", "bond lost", "gain"],
        (_filed(one, token) for one in found.challenges),
    )
    _table(
        session,
        ["defended", "when", "came to", "fee", "fee back", "premium", "gain"],
        (_defended(one, token) for one in found.defences),
    )
    _table(
        session,
        ["dispute of known answers", "filed", "came to", "dropped", "fee", "prize", "gain"],
        (_disputed(one, token) for one in found.gold_disputes),
    )
    _table(
        session,
        ["dispute", "round", "drawn", "seats", "vote", "fees", "penalties", "gain"],
        (_judged(one, token) for one in found.rounds),
    )
    _table(
        session,
        ["appeal in dispute", "to round", "when", "fee", "back", "lost"],
        (_appealed(one, token) for one in found.appeals),
    )
    _table(
        session,
        ["data set", "shares", "collected", "to collect", "to enroll", "worth then", "as requester", "to collect so"],
        (_shared(one, token) for one in found.data_sets),
    )
    _table(
        session,
        ["licence", "when", "of task", "for", "price"],
        (_licensed(one, token) for one in found.licenses),
    )
    _table(
        session,
        ["task", "opened", "stands", "labels", "for labels", "lost on rejected", "lost on tests", "left in it"],
        (_requested(one, token) for one in found.tasks),
    )
    if entries:
        _table(
            session,
            ["when", "ledger", "of what", "about", "free", "at stake"],
            (_entry(one, token) for one in found.entries),
        )
    if output is not None:
        out.line(f"{len(found.entries)} movements of money written to {output}")


def _table(session: Session, headers: list[str], rows: Iterable[Row]) -> None:
    """A table with a line before it; nothing if it has no rows."""
    listed = list(rows)
    if listed:
        session.output.line("")
        session.output.table(headers, listed, nothing="")


def _worked(one: "Worked", token: Tokens) -> Row:
    t = token(one.token)
    return (
        show.submission(one.submission),
        show_time(one.taken),
        one.stage.value,
        f"{one.errors} of {one.labels}",
        *(t.show(units) for units in (one.pay, one.prizes, one.stake_lost, one.gain)),
    )


def _filed(one: "Filed", token: Tokens) -> Row:
    t = token(one.token)
    return (
        show.challenge(one.challenge),
        one.kind.name.lower(),
        show_time(one.time),
        _outcome(one),
        f"{one.proven} of {len(one.items)} proven",
        *(t.show(units) for units in (one.prize + one.bonus, one.bond_lost, one.gain)),
    )


def _defended(one: "Defended", token: Tokens) -> Row:
    t = token(one.token)
    amounts = (one.fee, one.fee_back, one.premium, one.gain)
    return (show.challenge(one.challenge), show_time(one.time), _outcome(one), *(t.show(units) for units in amounts))


def _disputed(one: "Disputed", token: Tokens) -> Row:
    t = token(one.token)
    return (
        show.gold_dispute(one.gold_dispute),
        show_time(one.time),
        _outcome(one),
        f"{len(one.dropped)} of {len(one.numbers)}",
        *(t.show(units) for units in (one.fee, one.prize, one.gain)),
    )


def _judged(one: "Judged", token: Tokens) -> Row:
    t = token(one.token)
    vote = "none" if one.choice is None else str(one.choice)
    return (
        *(one.dispute, one.round, show_time(one.drawn), one.seats),
        vote if one.settled or one.choice is not None else "",
        *(t.show(units) if one.settled else "not settled" for units in (one.fees, one.penalties, one.gain)),
    )


def _appealed(one: "Appealed", token: Tokens) -> Row:
    t = token(one.token)
    amounts = (t.show(units) for units in (one.fee, one.back, one.lost))
    return (one.dispute, one.round, show_time(one.time), *amounts)


def _shared(one: "Shared", token: Tokens) -> Row:
    t = token(one.token)
    return (
        one.task,
        f"{one.shares:,}",
        t.show(one.collected),
        t.show(one.collectable),
        ", ".join(map(show.submission, one.unenrolled)),
        *(t.show(units) for units in (one.after_enrolling, one.requester_collected, one.requester_collectable)),
    )


def _licensed(one: "Licensed", token: Tokens) -> Row:
    name = show.submission(one.license)  # licences are numbered as submissions are
    return (name, show_time(one.time), one.task, one.licensee, token(one.token).show(one.price))


def _requested(one: "Requested", token: Tokens) -> Row:
    t = token(one.token)
    return (
        one.task,
        show_time(one.opened),
        "closed" if one.closed else "open",
        f"{one.accepted:,} paid for",
        *(t.show(units) for units in (one.cost, one.rejected, one.tests, one.at_stake)),
    )


def _entry(one: "Entry", token: Tokens) -> Row:
    t = token(one.token)
    return (
        show_time(one.time),
        LEDGERS[one.ledger],
        one.kind.value,
        one.about,
        t.show(one.free) if one.free else "",
        t.show(one.at_stake) if one.at_stake else "",
    )


def _outcome(one: "Filed | Defended | Disputed") -> str:
    return "not settled" if one.outcome is None else one.outcome.name.lower().replace("_", " ")
