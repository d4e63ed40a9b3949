"""How a transaction comes about: shown, agreed to, and sent; or only tried, or only printed for a wallet."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from goldleaf import Goldleaf, errors
from goldleaf.results import Sent, Simulation

from .failures import NotConfirmed
from .session import Session
from .show import to_json
from .streams import is_terminal

Facts = Sequence[tuple[str, object]]


def act(
    session: Session,
    pick: Callable[[Goldleaf], Any],
    *args: Any,
    what: str,
    facts: Facts = (),
    before: Callable[[], object] = lambda: None,
    done: Callable[[Any], str],
    **kwargs: Any,
) -> None:
    """Runs the action that `pick` takes of a client, in the way that the options ask for, and prints what came of it.

    `what` and `facts` are what people agree to; `before` is done when they have, before anything is sent, or printed
    for a wallet; `done` says in a line what was done, out of the action's result.
    """
    sent = perform(session, pick, *args, what=what, facts=facts, before=before, **kwargs)
    if sent is not None:
        tell(session, sent, done(sent.result))


def perform(
    session: Session,
    pick: Callable[[Goldleaf], Any],
    *args: Any,
    what: str,
    facts: Facts = (),
    before: Callable[[], object] = lambda: None,
    **kwargs: Any,
) -> Sent[Any] | None:
    """`act`, but for the printing of what was sent; None if nothing was."""
    session.account  # noqa: B018 - says so if there is none
    # With the address alone: what is refused is refused before anybody is asked for a password.
    unsigned = pick(session.reader).transaction(*args, **kwargs)
    for warning in unsigned.warnings:
        session.output.note(warning)
    if session.unsigned:
        before()
        show_unsigned(session, unsigned.to_json())
        return None
    if session.dry_run:
        show_simulations(session, what, facts, [pick(session.reader).simulate(*args, **kwargs)])
        return None
    agree(session, what, facts)
    before()
    action = pick(session.signer)
    with session.output.busy("Waiting until it is mined"):
        sent: Sent[Any] = action(*args, **kwargs)
    return sent


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


def tell(session: Session, sent: Sent[Any], line: str, **more: Any) -> None:
    """Prints what was sent: as JSON, with what else there is to say, or for people, after a line on what was done."""

    def human() -> None:
        session.output.line(line)
        session.output.line(f"Transaction {sent.transaction} in block {sent.block}, {sent.gas_used:,} gas")

    session.output.result({**receipt(sent), **more}, human)


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

    def human() -> None:
        session.output.line(f"{what}: this would pass, for {gas:,} gas. Nothing was sent.")
        session.output.facts(facts)

    session.output.result(value, human)


def _result(simulation: Simulation[Any]) -> Any:
    try:
        return to_json(simulation.result)
    except errors.MethodMissing:  # this node cannot tell events: then it is only known that it would pass
        return None
