"""How a transaction comes about: shown, agreed to, and sent; or only tried, or only printed for a wallet."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from goldleaf import Goldleaf, errors
from goldleaf.amounts import Units, at_least
from goldleaf.results import Sent, Simulation, Unsigned

from . import wording
from .failures import NotConfirmed
from .payments import SEAT, WALLET, Payment, payments
from .session import Session
from .show import to_json
from .streams import is_terminal

Facts = Sequence[tuple[str, object]]


@dataclass(frozen=True)
class Done:
    """What a command has sent, and what it had to deposit first."""

    sent: Sent[Any]
    deposit: Sent[Any] | None = None


def act(
    session: Session,
    pick: Callable[[Goldleaf], Any],
    *args: Any,
    what: str,
    facts: Facts = (),
    before: Callable[[], object] = lambda: None,
    done: Callable[[Any], str],
    paid: Callable[[Any], list[Payment]] | None = None,
    **kwargs: Any,
) -> None:
    """Runs the action that `pick` takes of a client, in the way that the options ask for, and prints what came of it.

    `what` and `facts` are what people agree to; `before` is done when they have, before anything is sent, or printed
    for a wallet; `done` says in a line what was done, out of the action's result. What it did with money, its events
    tell, or else `paid`, out of its result.
    """
    performed = perform(session, pick, *args, what=what, facts=facts, before=before, **kwargs)
    if performed is not None:
        tell(session, performed, done(performed.sent.result), paid=paid)


def act_each(
    session: Session,
    pick: Callable[[Goldleaf], Any],
    calls: Sequence[tuple[Any, ...]],
    *,
    what: str,
    facts: Facts = (),
    done: str,
) -> None:
    """`act`, once for the arguments of each of one or more calls: agreed to once, sent in as many transactions."""
    session.account  # noqa: B018 - says so if there is none
    action = pick(session.reader)
    unsigned = [action.transaction(*arguments) for arguments in calls]
    if session.unsigned:
        show_unsigned(session, [step for each in unsigned for step in each.to_json()])
        return
    if session.dry_run:
        show_simulations(session, what, facts, _batch(session.reader, pick, calls).simulate())
        return
    agree(session, what, facts)
    with session.output.busy("Waiting until they are mined"):
        sent = _batch(session.signer, pick, calls).send()
    moved = _moved(session, sent)

    def human() -> None:
        session.output.line(done)
        session.output.facts(_lines(session, moved))
        gas = sum(each.gas_used for each in sent)
        session.output.line(f"{len(sent)} transactions, the last one {sent[-1].transaction}, {gas:,} gas")

    value = {
        "result": to_json([each.result for each in sent]),
        "transactions": [receipt(each) for each in sent],
        "money": _money(session, moved),
    }
    session.output.result(value, human)


def _batch(client: Goldleaf, pick: Callable[[Goldleaf], Any], calls: Sequence[tuple[Any, ...]]) -> Any:
    batch = client.batch()
    for arguments in calls:
        batch.add(pick(client), *arguments)
    return batch


def perform(
    session: Session,
    pick: Callable[[Goldleaf], Any],
    *args: Any,
    what: str,
    facts: Facts = (),
    before: Callable[[], object] = lambda: None,
    asks: bool = True,
    later: Units | None = None,
    **kwargs: Any,
) -> Done | None:
    """`act`, but for the printing of what was sent; None if nothing was.

    What the free balance lacks is deposited before, if the command was told to; also for a bond that is locked only
    `later`. Without `asks`, nobody is asked: they have agreed before.
    """
    session.account  # noqa: B018 - says so if there is none
    # With the address alone: what is refused is refused before anybody is asked for a password.
    unsigned, deposit = _prepare(session, pick, later, *args, **kwargs)
    for warning in unsigned.warnings:
        session.output.note(warning)
    if deposit is not None:
        shown = session.token(deposit.amount.token).show(deposit.amount)
        what = f"Deposit {shown} and {what[:1].lower()}{what[1:]}"
    if session.unsigned:
        before()
        first = deposit.of(session.reader).transaction(**deposit.options).to_json() if deposit is not None else []
        show_unsigned(session, first + unsigned.to_json())
        return None
    if session.dry_run:
        show_simulations(session, what, facts, _simulate(session, deposit, pick, *args, **kwargs))
        return None
    if deposit is not None:
        # What the wallet lacks is said before anybody is asked.
        deposit.of(session.reader).transaction(**deposit.options)
    if asks:
        agree(session, what, facts)
    before()
    with session.output.busy("Waiting until it is mined"):
        deposited = deposit.of(session.signer)(**deposit.options) if deposit is not None else None
        return Done(pick(session.signer)(*args, **kwargs), deposited)


@dataclass(frozen=True)
class _Deposit:
    """What has to be paid into a ledger first."""

    ledger: str
    amount: Units
    wrap: bool

    @property
    def options(self) -> dict[str, Any]:
        return {"amount": int(self.amount), "token": self.amount.token, "wrap": self.wrap}

    def of(self, client: Goldleaf) -> Any:
        """The action that deposits, of a client."""
        return ledger(client, self.ledger).deposit


def _prepare(
    session: Session, pick: Callable[[Goldleaf], Any], later: Units | None, *args: Any, **kwargs: Any
) -> tuple[Unsigned[Any], _Deposit | None]:
    """The transaction, and the deposit that has to go first, if the command was told to make one. Refuses all else."""
    try:
        unsigned = pick(session.reader).transaction(*args, **kwargs)
        if later is not None:
            _require(session.reader, later)
        return unsigned, None
    except errors.BalanceTooLow as error:
        if not session.deposit or error.lacking is None:
            raise
        deposit = _Deposit(error.ledger, error.lacking, session.wrap)
    return pick(session.reader.unfunded).transaction(*args, **kwargs), deposit


def _require(gl: Goldleaf, bond: Units) -> None:
    """Raises `BalanceTooLow` if the free balance in the escrow's ledger is lower than a bond."""
    free = gl.ledger.free(token=bond.token)
    if free < bond:
        value, lacking = Units(free, bond.token), Units(bond - free, bond.token)
        bound = at_least(bond, bond.token)
        raise errors.BalanceTooLow(
            "free balance for the bond", value=value, bound=bound, ledger="TaskEscrow", lacking=lacking
        )


def _simulate(
    session: Session, deposit: _Deposit | None, pick: Callable[[Goldleaf], Any], *args: Any, **kwargs: Any
) -> list[Simulation[Any]]:
    gl = session.reader
    if deposit is None:
        return [pick(gl).simulate(*args, **kwargs)]
    batch = gl.batch()
    batch.add(deposit.of(gl), **deposit.options)
    batch.add(pick(gl), *args, **kwargs)
    return batch.simulate()


def ledger(client: Goldleaf, contract: str) -> Any:
    """The ledger that a contract keeps."""
    return {
        "TaskEscrow": client.ledger,
        "Court": client.court.ledger,
        "GoldTest": client.tests.ledger,
        "RoyaltyPool": client.royalties.ledger,
    }[contract]


def agree(session: Session, what: str, facts: Facts = ()) -> None:
    """Shows what is about to happen and asks. Raises `NotConfirmed`."""
    if session.yes:
        return
    session.output.ask(what, facts)
    if not is_terminal(sys.stdin):
        raise NotConfirmed("there is no terminal to ask on: pass --yes if this is what you want")
    if not click.confirm("Go on?", err=True):
        raise NotConfirmed("declined; nothing was sent")


def receipt(sent: Sent[Any]) -> dict[str, Any]:
    """What was sent, as JSON."""
    return {
        "result": to_json(sent.result),
        "transaction": sent.transaction,
        "block": sent.block,
        "gas_used": sent.gas_used,
        "first": [earlier.transaction for earlier in sent.first],
    }


def tell(
    session: Session, done: Done, line: str, *, paid: Callable[[Any], list[Payment]] | None = None, **more: Any
) -> None:
    """Prints what was sent, and what it did with money.

    As JSON, with what else there is to say, or for people, after a line on what was done. `paid` is as for `act`.
    """
    sent = done.sent
    if done.deposit is not None:
        more["deposit"] = receipt(done.deposit)
    steps = [step for step in (done.deposit, sent) if step is not None]
    moved = _moved(session, steps) if paid is None else paid(sent.result)
    more["money"] = _money(session, moved)

    def human() -> None:
        session.output.line(line)
        session.output.facts(_lines(session, moved))
        session.output.line(f"Transaction {sent.transaction} in block {sent.block}, {sent.gas_used:,} gas")

    session.output.result({**receipt(sent), **more}, human)


def _moved(session: Session, steps: Sequence[Sent[Any] | Simulation[Any]]) -> list[Payment] | None:
    """What transactions did, or would do, with money; None if that cannot be told."""
    try:
        return [
            payment
            for step in steps
            for payment in payments(session.reader, step.events or (), step.name.partition(".")[0])
        ]
    except errors.GoldleafError as error:  # what was done is done, whatever a node says by now
        session.output.note(f"what this did with money cannot be told: {error.sentence(session.amount)}")
        return None


def _money(session: Session, moved: list[Payment] | None) -> list[dict[str, Any]] | None:
    """What was done with money, as JSON: amounts in base units, below 0 where something left a ledger or wallet."""
    if moved is None:
        return None
    return [
        {
            "what": each.what,
            "amount": each.units,
            "token": each.token,
            "symbol": session.token(each.token).symbol,
            "account": each.account,
            "ledger": each.where,
        }
        for each in moved
    ]


def _lines(session: Session, moved: list[Payment] | None) -> Facts:
    """What was done with money, for people."""
    own = session.account if session.settings["account"] else ""
    lines = []
    for each in moved or ():
        place = each.where if each.where in (WALLET, SEAT) else "free balance"
        ledger = f" in the {wording.LEDGERS[each.where]}" if each.where in wording.LEDGERS else ""
        whose = "your" if each.account == own else f"{each.account}'s"
        amount = session.token(each.token).show(abs(each.units))
        lines.append((each.what, f"{amount} {'into' if each.units > 0 else 'out of'} {whose} {place}{ledger}"))
    return lines


def show_unsigned(session: Session, steps: list[dict[str, str]]) -> None:
    """Prints what there is to sign, in order, each as `eth_sendTransaction` takes it."""
    session.output.result({"transactions": steps}, lambda: session.output.data(steps))


def show_simulations(session: Session, what: str, facts: Facts, simulations: Sequence[Simulation[Any]]) -> None:
    """Prints what would come of transactions."""
    gas = sum(each.gas_used + sum(first.gas_used for first in each.first) for each in simulations)
    value = {
        "result": _result(simulations[-1]),
        "events": [event for each in simulations for event in to_json(each.events or ())],
        "gas_used": gas,
    }
    moved = _moved(session, simulations)
    value["money"] = _money(session, moved)

    def human() -> None:
        session.output.line(f"{what}: this would pass, for {gas:,} gas. Nothing was sent.")
        session.output.facts([*facts, *_lines(session, moved)])

    session.output.result(value, human)


def _result(simulation: Simulation[Any]) -> Any:
    try:
        return to_json(simulation.result)
    except errors.MethodMissing:  # this node cannot tell events: then it is only known that it would pass
        return None
