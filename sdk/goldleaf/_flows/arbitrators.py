"""ERC-792 arbitrators, such as Kleros, behind their adapters: what they cost, and the disputes before them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .. import errors, events
from .._encoding import codec
from ..amounts import Units, at_most
from ..types import ZERO_ADDRESS, AdapterTerms, Case, CaseState
from . import edge, wallets
from .asks import Flow
from .core import Context, Transaction, gather, one_event, view_at

R = TypeVar("R")

ADAPTER = "Erc792Adapter"
# What all arbitrators have, the court too.
ANY = "IArbitrator"
# Where no appeal is possible, arbitrators name an amount above all the ether that there is.
IMPOSSIBLE = 2**128  # wei


def terms(context: Context, arbitrator: str) -> Flow[AdapterTerms]:
    """What an adapter stands for: which ERC-792 arbitrator, and with which setting of it.

    `arbitrator`, here as in all that follows, is an adapter's name in the deployment, or its address. Raises
    `NotAnAdapter`.
    """
    adapter = find(context, arbitrator)
    readings: list[Flow[Any]] = [
        view_at(str, ADAPTER, adapter, "arbitrator"),
        view_at(bytes, ADAPTER, adapter, "extra_data"),
        view_at(str, ADAPTER, adapter, "token"),
        view_at(int, ADAPTER, adapter, "max_duration"),
    ]
    try:
        told = yield from gather(readings)
    except (errors.ContractError, errors.UnexpectedAnswer) as error:
        raise errors.NotAnAdapter(adapter) from error
    return AdapterTerms(adapter, *told)


def token(context: Context, arbitrator: str) -> Flow[str]:
    """The token that an arbitrator charges in, and so the tasks before it are paid in.

    `arbitrator`, here and in `arbitration_cost`, may be any contract that hears disputes: the deployment's court too.
    """
    return view_at(str, ANY, find(context, arbitrator), "token")


def arbitration_cost(context: Context, arbitrator: str) -> Flow[int]:
    """What a dispute costs now, base units of the arbitrator's token. An arbitrator may change it at any time."""
    return view_at(int, ANY, find(context, arbitrator), "arbitration_cost")


def appeal_cost(context: Context, arbitrator: str, dispute: int) -> Flow[int]:
    """What `appeal` costs now, wei. Raises `NoAppeal` where the arbitrator hears none, now or ever."""
    try:
        cost = yield from view_at(int, ADAPTER, find(context, arbitrator), "appeal_cost", dispute)
    except errors.ContractError as error:
        raise errors.NoAppeal(f"dispute {dispute}: {str(error).rstrip('.')}") from error
    if cost >= IMPOSSIBLE:
        raise errors.NoAppeal(f"dispute {dispute}")
    return cost


def case(context: Context, arbitrator: str, dispute: int) -> Flow[Case]:
    """A dispute as the adapter knows it. `challenges.defence` tells the dispute of a challenge; the first may be 0.

    Raises `UnknownForeignDispute`.
    """
    found = yield from view_at(Case, ADAPTER, find(context, arbitrator), "case", dispute)
    if found.arbitrable == ZERO_ADDRESS:
        raise errors.UnknownForeignDispute(f"dispute {dispute} of {arbitrator}")
    return found


def submit_evidence(context: Context, arbitrator: str, dispute: int, uri: str) -> Flow[Transaction[events.Evidence]]:
    """Shows the arbitrator's jurors a piece of evidence: `uri` is where its ERC-1497 JSON lies. Anyone may.

    Raises `UnlistedArbitrator`, `UnknownForeignDispute`.
    """
    adapter, where = _listed(context, arbitrator), edge.uri(uri)
    if context.checks:
        yield from case(context, arbitrator, dispute)
    return _transact(adapter, "submit_evidence", dispute, where, result=one_event(events.Evidence))


def appeal(
    context: Context, arbitrator: str, dispute: int, *, max_cost: edge.Amount | None = None, wrap: bool = False
) -> Flow[Transaction[events.AppealPaid]]:
    """Appeals against the arbitrator's present ruling, for `appeal_cost` in wrapped ether from the wallet. Anyone may.

    The fee is never paid back. `max_cost` defaults to what the arbitrator asks now. Approves the adapter for it first,
    if its allowance is lower, or always where that is not looked at; `wrap` before turns so much of the account's ether
    as the wallet lacks into wrapped ether.

    Raises `UnlistedArbitrator`, `UnknownForeignDispute`, `AlreadyRuledOn`, `NoAppeal`, `AppealCostAboveMaximum`,
    `PaymentRefused` when the wallet holds less.
    """
    adapter = _listed(context, arbitrator)
    if context.checks:
        found = yield from case(context, arbitrator, dispute)
        if found.state != CaseState.WAITING:
            raise errors.AlreadyRuledOn(f"dispute {dispute}: {found.ruling}")
    token = yield from view_at(str, ADAPTER, adapter, "token")
    most = None if max_cost is None else (yield from edge.base_units(max_cost, token))
    if most is None or context.checks:
        cost = yield from appeal_cost(context, adapter, dispute)
        most = cost if most is None else most
        if cost > most:
            raise errors.AppealCostAboveMaximum(
                "cost of an appeal", value=Units(cost, token), bound=at_most(most, token)
            )
    first = yield from wallets.provide(context, errors.PaymentRefused, token, adapter, most, wrap=wrap)
    return _transact(adapter, "appeal", dispute, most, result=one_event(events.AppealPaid), first=first)


def execute(context: Context, arbitrator: str, dispute: int) -> Flow[Transaction[events.RulingExecuted]]:
    """Passes a ruling on that the contract with the case has refused to hear before. Anyone may.

    Rulings are passed on by themselves; this is for when that has failed. Raises `UnlistedArbitrator`,
    `UnknownForeignDispute`, `NothingToExecute`.
    """
    adapter = _listed(context, arbitrator)
    if context.checks:
        found = yield from case(context, arbitrator, dispute)
        if found.state != CaseState.RULED:
            raise errors.NothingToExecute(f"dispute {dispute} is {found.state.name.lower()}")
    return _transact(adapter, "execute", dispute, result=one_event(events.RulingExecuted))


def find(context: Context, arbitrator: str) -> str:
    """The address of an arbitrator that is given by its name in the deployment, or by its address."""
    named = context.deployment.arbitrators
    if arbitrator in named:
        return named[arbitrator]
    if not arbitrator.startswith("0x"):
        known = ", ".join(named) or "none besides its court"
        raise errors.ArgumentError(f"{arbitrator!r} is no arbitrator of the deployment, which names {known}")
    return edge.address(arbitrator)


def _listed(context: Context, arbitrator: str) -> str:
    """An arbitrator whose events are read: of another one, nobody would know what came of a call."""
    adapter = find(context, arbitrator)
    if adapter not in context.deployment.arbitrators.values():
        raise errors.UnlistedArbitrator(adapter)
    return adapter


def _transact(
    adapter: str,
    function: str,
    *arguments: object,
    result: Callable[[Sequence[events.Event]], R],
    first: tuple[Transaction[Any], ...] = (),
) -> Transaction[R]:
    data = codec.contract(ADAPTER).functions[function].encode(*arguments)
    return Transaction(f"{ADAPTER}.{function}", adapter, data, result, first)
