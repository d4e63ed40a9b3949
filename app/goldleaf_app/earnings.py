"""What an account has earned and paid, as tables for people and for bookkeeping."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from goldleaf.ids import name_challenge, name_gold_dispute, name_submission
from goldleaf.types import ChallengeKind, Outcome
from goldleaf_tools.index import Entry, EntryKind, History
from goldleaf_tools.index.history import Stage

from .money import Token

T = TypeVar("T")
LEDGERS = {
    "TaskEscrow": "work and tasks",
    "Court": "the court",
    "GoldTest": "tests",
    "RoyaltyPool": "royalties",
}
OUTCOMES = {
    Outcome.CONCEDED: "been conceded",
    Outcome.UNANSWERED: "won: nobody answered",
    Outcome.WRONG: "won: each is wrong",
    Outcome.NOT_WRONG: "failed: not each is wrong",
    Outcome.UNDECIDED: "not been decided",
    Outcome.NOT_HEARD: "not been heard",
    Outcome.ANSWERED: "failed: the labels were shown",
    Outcome.VOID: "become void: all was rejected before",
}
STAGES = {
    Stage.TAKEN: "to be labelled",
    Stage.COMMITTED: "sealed",
    Stage.PUBLISHED: "published",
    Stage.PAID: "paid",
    Stage.REJECTED: "rejected",
    Stage.FORFEITED: "lost: not published in time",
    Stage.RELEASED: "given back",
    Stage.EXPIRED: "lost: not delivered in time",
}
# What was paid or advanced before, and has come back.
_BACK = (EntryKind.PRIZES_BACK, EntryKind.DISPUTE_FEE_BACK)
COLUMNS = ("time", "ledger", "of what", "about", "token", "free", "at stake", "gain", "event", "transaction")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    text: str
    link: str = ""
    time: int | None = None
    is_amount: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its first column says what a row is about."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Total:
    """What an account has in a ledger, or in all, of one token, base units.

    What came back of what was paid or advanced is neither earned nor lost.
    """

    name: str  # of the ledger
    contract: str  # empty: all
    token: Token
    put_in: int
    earned: int
    spent: int
    at_stake: int
    free: int
    taken_out: int


def by_ledger(history: History, tokens: Mapping[str, Token]) -> list[Total]:
    """The sums of each ledger."""
    found = []
    for one in history.sums:
        back = sum(one.by_kind.get(kind, 0) for kind in _BACK)
        found.append(
            Total(
                name=LEDGERS.get(one.ledger, one.ledger),
                contract=one.ledger,
                token=tokens[one.token],
                put_in=one.deposited + one.received,
                earned=one.earned - back,
                spent=one.spent - back,
                at_stake=one.at_stake,
                free=one.free,
                taken_out=one.withdrawn + one.sent,
            )
        )
    return found


def totals(ledgers: Sequence[Total]) -> list[Total]:
    """The sums of all ledgers together, by token."""
    names = ("put_in", "earned", "spent", "at_stake", "free", "taken_out")
    return [
        Total(
            "", "", token, **{name: sum(getattr(one, name) for one in ledgers if one.token == token) for name in names}
        )
        for token in dict.fromkeys(one.token for one in ledgers)
    ]


def tables(history: History, tokens: Mapping[str, Token]) -> list[Table]:
    """What each thing has earned or cost, ended ones included, the newest first; without what there is none of."""

    def show(token: str, *amounts: int) -> tuple[Cell, ...]:
        return tuple(Cell(tokens[token].show(units), is_amount=True) for units in amounts)

    found = [
        _table(
            "Submissions",
            ("Submission", "Taken", "Now", "Proven wrong", "Pay", "Lost", "In all"),
            history.submissions,
            lambda one: (
                Cell(name_submission(one.submission), f"/work/{name_submission(one.submission)}"),
                Cell("", time=one.taken),
                Cell(STAGES[one.stage]),
                Cell(f"{one.errors} of {one.labels}"),
                *show(one.token, one.pay, one.prizes + one.stake_lost, one.gain),
            ),
        ),
        _table(
            "Challenges that you have filed",
            ("Challenge", "Filed", "It has", "Bond", "Prizes", "Bond lost", "In all"),
            history.challenges,
            lambda one: (
                _challenge(one.challenge),
                Cell("", time=one.time),
                Cell(_outcome(one.outcome, one.kind)),
                *show(one.token, one.bond, one.prize + one.bonus, one.bond_lost, one.gain),
            ),
        ),
        _table(
            "Labels that you have defended",
            ("Challenge", "Defended", "It has", "Fee", "Fee back", "Premium", "In all"),
            history.defences,
            lambda one: (
                _challenge(one.challenge),
                Cell("", time=one.time),
                Cell(_outcome(one.outcome)),
                *show(one.token, one.fee, one.fee_back, one.premium, one.gain),
            ),
        ),
        _table(
            "Known answers that you have disputed",
            ("Dispute", "Filed", "It has", "Fee and bond", "Prize", "In all"),
            history.gold_disputes,
            lambda one: (
                Cell(name_gold_dispute(one.gold_dispute), f"/gold-disputes/{name_gold_dispute(one.gold_dispute)}"),
                Cell("", time=one.time),
                Cell(_outcome(one.outcome)),
                *show(one.token, 2 * one.fee, one.prize, one.gain),
            ),
        ),
        _table(
            "Rounds that you were drawn for as a juror",
            ("Dispute", "Drawn", "Round", "Seats", "Fees", "Penalties", "In all"),
            history.rounds,
            lambda one: (
                Cell(str(one.dispute)),
                Cell("", time=one.drawn),
                Cell(f"{one.round + 1}" + ("" if one.settled else ", not settled yet")),
                Cell(str(one.seats)),
                *show(one.token, one.fees, one.penalties, one.gain),
            ),
        ),
        _table(
            "Appeals",
            ("Dispute", "Paid", "To round", "Fee", "Back", "Lost"),
            history.appeals,
            lambda one: (
                Cell(str(one.dispute)),
                Cell("", time=one.time),
                Cell(str(one.round + 1)),
                *show(one.token, one.fee, one.back, one.lost),
            ),
        ),
        _table(
            "Shares in data sets",
            ("Data set", "Shares", "Collected", "To collect", "As requester", "To collect so"),
            history.data_sets,
            lambda one: (
                Cell(str(one.task), f"/data-sets/{one.task}"),
                Cell(str(one.shares)),
                *show(
                    one.token,
                    one.collected,
                    one.collectable + one.after_enrolling,
                    one.requester_collected,
                    one.requester_collectable,
                ),
            ),
        ),
        _table(
            "Licences",
            ("Data set", "Bought", "Price"),
            history.licenses,
            lambda one: (
                Cell(str(one.task), f"/data-sets/{one.task}"),
                Cell("", time=one.time),
                *show(one.token, one.price),
            ),
        ),
        _table(
            "Tasks that you have opened",
            ("Task", "Opened", "Now", "Labels paid for", "Cost", "Left in it"),
            history.tasks,
            lambda one: (
                Cell(str(one.task), f"/tasks/{one.task}"),
                Cell("", time=one.opened),
                Cell("closed" if one.closed else "open"),
                Cell(str(one.accepted)),
                *show(one.token, one.spent, one.at_stake),
            ),
        ),
    ]
    return [table for table in found if table.rows]


def cells(entry: Entry, token: Token) -> Sequence[str]:
    """A movement of money as a row of `COLUMNS`; amounts in whole tokens, without separators."""
    amounts = (entry.free, entry.at_stake, entry.gain)
    written = (_plain(token, units) for units in amounts)
    time = datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A token's symbol is its deployer's: the address says which one it is, and begins no formula of a spreadsheet.
    about = (time, entry.ledger, entry.kind.value, entry.about, entry.token)
    return (*about, *written, entry.event, entry.transaction)


def _plain(token: Token, units: int) -> str:
    return token.number(units).replace(",", "").replace("\N{MINUS SIGN}", "-")


def _table(title: str, headers: tuple[str, ...], things: Sequence[T], row: Callable[[T], Iterable[Cell]]) -> Table:
    return Table(title, headers, tuple(tuple(row(one)) for one in reversed(things)))


def _challenge(challenge: int) -> Cell:
    return Cell(name_challenge(challenge), f"/challenges/{name_challenge(challenge)}")


def _outcome(outcome: Outcome | None, kind: ChallengeKind | None = None) -> str:
    if outcome is None:
        return "not ended"
    if outcome is Outcome.UNANSWERED and kind is ChallengeKind.AVAILABILITY:
        return "won: not all labels were shown"
    return OUTCOMES[outcome]
