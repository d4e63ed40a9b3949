"""Calls that somebody else sends: what an account signs, and what a relayer does with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from .. import errors, events
from .._encoding.codec import Function
from ..amounts import Units, at_least
from ..deployment import LEDGERS
from ..results import Call
from ..signing.relaying import NONCES_PER_WORD, Request, SignedRequest, free_nonces, new_nonce
from ..types import ZERO_ADDRESS
from . import edge
from .asks import Flow, ask_view
from .core import Context, Transaction, all_events, now, one_event, together, transact, view, view_at

R = TypeVar("R")

RELAY = "Relay"

_IS_VALID = Function(
    {
        "name": "isValidSignature",
        "inputs": [{"name": "hash", "type": "bytes32"}, {"name": "signature", "type": "bytes"}],
        "outputs": [{"name": "", "type": "bytes32"}],
    }
)
_VALID = bytes.fromhex("1626ba7e")


@dataclass(frozen=True, slots=True)
class RelayTerms:
    """On what terms an account has a call relayed."""

    # What who sends it is paid, into the wallet: base units, or whole tokens as a Decimal.
    fee: edge.Amount = 0
    # Unix seconds, an aware datetime, or a timedelta from now; the call is made before, or not at all.
    deadline: edge.Moment = timedelta(hours=1)
    # Who may send it; None: anyone.
    relayer: str | None = None
    # Of the fee; None: the deployment's token.
    token: str | None = None
    # Whose ledger the fee is paid from, "TaskEscrow", "Court" or "RoyaltyPool", out of what is free there after the
    # call; None: that of the call.
    ledger: str | None = None
    # One that the account has not used; None: a random one.
    nonce: int | None = None


def request(
    context: Context, building: Flow[Transaction[R]], terms: RelayTerms
) -> Flow[tuple[Transaction[R], Request]]:
    """What an account signs to have a call relayed, and the call, whose result is that of the relayed one."""
    relay = context.deployment.address(RELAY)
    token = edge.address(terms.token) if terms.token is not None else context.deployment.address("Token")
    if terms.nonce is not None and context.checks and (yield from is_used(context, terms.nonce)):
        raise errors.NonceUsed(f"nonce {terms.nonce}")
    transaction, deadline, fee = yield from together(
        building, edge.moment(terms.deadline), edge.base_units(terms.fee, token)
    )
    if transaction.first:
        before = ", ".join(step.name for step in transaction.first)
        raise errors.NotRelayable(f"{transaction.name} needs {before} before it")
    if transaction.value:
        raise errors.NotRelayable(f"{transaction.name} sends ether of the account's own")
    asked = Request(
        chain_id=context.deployment.chain_id,
        relay=relay,
        account=context.actor,
        to=transaction.to,
        data=transaction.data,
        nonce=new_nonce() if terms.nonce is None else terms.nonce,
        deadline=deadline,
        fee=fee,
        token=token if fee else ZERO_ADDRESS,
        ledger=_ledger(context, terms.ledger) if fee else ZERO_ADDRESS,
        relayer=edge.address(terms.relayer) if terms.relayer is not None else ZERO_ADDRESS,
    )
    if context.checks:
        _, time = yield from together(_check_trusts(transaction.to, relay), now())
        _check_deadline(asked, time)
    return transaction, asked


def request_for(context: Context, call: Call, terms: RelayTerms) -> Flow[Request]:
    """What the client's account signs to have a call relayed that was built before, such as one out of a file.

    A call that is made here has its own way: `relayed`. Raises `ArgumentError` if the call is of another account or
    chain, `NotRelayable` if it sends ether; `NotTrustedByTarget`, `NonceUsed`, `RequestExpired`.
    """
    if call.sender != context.actor:
        raise errors.ArgumentError("sender of the call", value=call.sender, bound=context.actor)
    if call.chain_id != context.deployment.chain_id:
        raise errors.ArgumentError("chain id of the call", value=call.chain_id, bound=context.deployment.chain_id)
    name = call.name or f"a call of {call.to}"
    _, asked = yield from request(
        context, _given(Transaction(name, call.to, call.data, all_events, value=call.value)), terms
    )
    return asked


def _given(transaction: Transaction[R]) -> Flow[Transaction[R]]:
    """A flow that has nothing to ask."""
    yield from ()
    return transaction


def execute(
    context: Context,
    signed: SignedRequest,
    *,
    min_fee: edge.Amount = 0,
    token: str | None = None,
    accept_target: str | None = None,
) -> Flow[Transaction[events.Relayed]]:
    """Sends a request that an account has signed, and earns its fee. The client's account is the relayer.

    Refuses a fee under `min_fee`, which is in `token` (default: the deployment's), and one out of a ledger that is none
    of the deployment's. What sending will cost, `simulate` tells in gas: a request may be made to fail between that and
    its block, and then costs the gas and earns nothing. The result is the relay's event; those of the call are among
    the events.

    Raises `RequestForAnotherRelay`, `UnknownTarget` unless the deployment names the contract to call or
    `accept_target` is its address, `ForAnotherRelayer`, `FeeTooLow`, `RequestExpired`, `NonceUsed`, `NotSigned`, and
    whatever the call raises.
    """
    asked = signed.request
    relay = context.deployment.address(RELAY)
    if (asked.chain_id, asked.relay) != (context.deployment.chain_id, relay):
        raise errors.RequestForAnotherRelay(f"it is for {asked.relay} on chain {asked.chain_id}")
    deployed = context.deployment
    known = {*deployed.contracts.values(), *deployed.gates.values(), *deployed.arbitrators.values()}
    if asked.to not in known and (accept_target is None or asked.to != edge.address(accept_target)):
        raise errors.UnknownTarget(f"it calls {asked.to}")
    if asked.relayer not in (ZERO_ADDRESS, context.actor):
        raise errors.ForAnotherRelayer("relayer", value=context.actor, bound=asked.relayer)
    yield from _check_fee(context, asked, min_fee, token)
    if context.checks:
        _, used, time = yield from together(_check_signed(signed), is_used(context, asked.nonce, asked.account), now())
        if used:
            raise errors.NonceUsed(f"nonce {asked.nonce} of {asked.account}")
        _check_deadline(asked, time)
    return transact(context, RELAY, "execute", asked.struct(), signed.signature, result=one_event(events.Relayed))


def cancel(context: Context, nonce: int) -> Flow[Transaction[events.RequestCancelled]]:
    """Uses up a nonce of the client's account, so that a request that it has signed is never executed.

    A relayer may be asked to send this too. Raises `NonceUsed` if it was executed or cancelled before.
    """
    if context.checks and (yield from is_used(context, nonce)):
        raise errors.NonceUsed(f"nonce {nonce}")
    return transact(context, RELAY, "cancel", nonce, result=one_event(events.RequestCancelled))


def is_used(context: Context, nonce: int, account: str | None = None) -> Flow[bool]:
    """Whether a request of an account (default: the client's) with this nonce was executed or cancelled."""
    return view(context, bool, RELAY, "is_used", _account(context, account), nonce)


def free_nonce(context: Context, account: str | None = None) -> Flow[int]:
    """The lowest nonce that an account (default: the client's) has not used.

    For accounts that sign one request after the other: it saves the relayer 17,100 gas against a random one. Requests
    that are signed and not executed yet are not known to the chain.
    """
    holder = _account(context, account)
    word = 0
    while True:
        used = yield from view(context, int, RELAY, "used", holder, word)
        if used != 2**NONCES_PER_WORD - 1:
            return next(free_nonces(word, used))
        word += 1


def outcome(result: Callable[[Sequence[events.Event]], R], asked: Request) -> Callable[[Sequence[events.Event]], R]:
    """Reads the result of a relayed call from the events of the transaction in which it was executed.

    Raises `UnexpectedAnswer` if the request was not executed in it.
    """

    def pick(told: Sequence[events.Event]) -> R:
        for place, event in enumerate(told):
            if isinstance(event, events.Relayed) and (event.account, event.nonce) == (asked.account, asked.nonce):
                return result(told[place + 1 :])
        raise errors.UnexpectedAnswer(f"the transaction did not execute the request {asked.nonce} of {asked.account}")

    return pick


def _account(context: Context, account: str | None) -> str:
    return edge.address(account) if account is not None else context.actor


def _ledger(context: Context, ledger: str | None) -> str:
    """The address of the ledger that a fee is paid from."""
    if ledger not in (None, *LEDGERS):
        raise errors.ArgumentError("ledger", value=repr(ledger), bound=" or ".join(map(repr, LEDGERS)))
    return context.deployment.address(ledger or context.ledger)


def _check_fee(context: Context, asked: Request, min_fee: edge.Amount, token: str | None) -> Flow[None]:
    wanted = edge.address(token) if token is not None else context.deployment.address("Token")
    least = yield from edge.base_units(min_fee, wanted)
    if not least:
        return
    if asked.fee < least:
        raise errors.FeeTooLow("fee", value=Units(asked.fee, asked.token), bound=at_least(least, wanted))
    if asked.token != wanted:
        raise errors.FeeTooLow("token of the fee", value=asked.token, bound=wanted)
    ledgers = [context.deployment.contracts.get(name) for name in LEDGERS]
    if asked.ledger not in ledgers:
        # A contract that only says that it trusts the relay may pay nothing.
        raise errors.FeeTooLow("ledger of the fee", value=asked.ledger, bound=f"one of {ledgers}")


def _check_deadline(asked: Request, time: int) -> None:
    if time >= asked.deadline:
        raise errors.RequestExpired(f"it was good until {edge.show_time(asked.deadline)}, it is {edge.show_time(time)}")


def _check_trusts(target: str, relay: str) -> Flow[None]:
    """Raises `NotTrustedByTarget` unless the contract takes the relay's word for who acts."""
    try:
        trusted = yield from view_at(str, RELAY, target, "relay")
    except (errors.ContractError, errors.UnexpectedAnswer):
        trusted = None
    if trusted != relay:
        raise errors.NotTrustedByTarget("relay of the contract", value=trusted, bound=relay)


def _check_signed(signed: SignedRequest) -> Flow[None]:
    """Raises `NotSigned` unless the account's key has signed, or the account, as a contract, says that it has."""
    try:
        signed.check()
        return
    except errors.RequestNotSigned as error:
        refusal = errors.NotSigned(error.detail)
    try:
        data = yield ask_view(signed.request.account, _IS_VALID.encode(signed.request.digest(), signed.signature))
    except errors.ContractError as error:
        raise refusal from error
    if data[:4] != _VALID:
        raise refusal
