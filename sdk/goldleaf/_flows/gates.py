"""Gates: who may take a task or sit in a court, and what to show them."""

from typing import Any, TypeVar

from .. import errors, events
from .._encoding.codec import contract
from ..amounts import Units, Words, at_least
from ..signing.credentials import SignedCredential
from ..types import ZERO_ADDRESS, CredentialTerms, TokenTerms
from . import edge
from .asks import Flow
from .core import Context, Transaction, gather, now, together, view_at

T = TypeVar("T")

GATE = "CredentialGate"
# What a court asks with.
NO_TASK = 0


def terms(context: Context, gate: str) -> Flow[CredentialTerms | TokenTerms]:
    """What a gate wants to see. Raises `UnknownGate` if it is neither a CredentialGate nor a TokenGate."""
    address = edge.address(gate)
    told: list[Any] = yield from gather(
        _optional(reading)
        for reading in (
            view_at(str, GATE, address, "issuer"),
            view_at(str, GATE, address, "domain"),
            view_at(str, "TokenGate", address, "token"),
            view_at(int, "TokenGate", address, "minimum"),
            view_at(bool, "TokenGate", address, "has_ids"),
            view_at(int, "TokenGate", address, "id"),
        )
    )
    issuer, domain, *of_token = told
    if issuer is not None and domain is not None:
        return CredentialTerms(address, issuer, domain)
    if None in of_token:
        raise errors.UnknownGate(address)
    token, minimum, has_ids, id_ = of_token
    return TokenTerms(address, token, minimum, id_ if has_ids else None)


def is_allowed(
    context: Context, gate: str, account: str | None = None, *, gate_data: edge.GateData = b"", task: int = NO_TASK
) -> Flow[bool]:
    """Whether a gate lets an account in now (default: the client's), with this credential or other gate data.

    `task` is the one that it would take; 0 for a seat in a court. Of the gates here none asks for it.
    """
    holder = edge.address(account) if account is not None else context.actor
    return (
        yield from view_at(bool, "IGate", edge.address(gate), "is_allowed", holder, task, edge.gate_data(gate_data))
    )


def check(
    context: Context, gate: str, account: str | None = None, *, gate_data: edge.GateData = b"", task: int = NO_TASK
) -> Flow[None]:
    """`is_allowed`, but raises what is wrong, and so what to do.

    Of a CredentialGate `CredentialMissing`, `CredentialForAnotherGate`, `CredentialOfAnother`, `CredentialExpired`,
    `CredentialRevoked`, `CredentialNotSigned`, or `CredentialError` if the gate data is none; of a TokenGate
    `TooFewTokens`; of others `UnknownGate`.
    """
    holder = edge.address(account) if account is not None else context.actor
    refusal = yield from _refusal(context, edge.address(gate), holder, gate_data, task)
    if refusal is not None:
        raise refusal


def revoked(context: Context, gate: str, holder: str) -> Flow[int]:
    """The highest nonce of a holder's credentials that is revoked; all lower ones are too."""
    return view_at(int, GATE, edge.address(gate), "revoked", edge.address(holder))


def revoke(context: Context, gate: str, holder: str, nonce: int) -> Flow[Transaction[events.Revoked]]:
    """Makes the credentials of a holder void that have this nonce or a lower one, for good. The issuer's alone.

    Seats in a court stay until somebody has them `court.dismiss`ed. Raises `NotIssuer`, `AlreadyRevoked`.
    """
    address, account = edge.address(gate), edge.address(holder)
    if context.checks:
        issuer, highest = yield from together(view_at(str, GATE, address, "issuer"), revoked(context, gate, holder))
        if context.actor != issuer:
            raise errors.NotIssuer("account", value=context.actor, bound=issuer)
        if nonce <= highest:
            raise errors.AlreadyRevoked("nonce", value=nonce, bound=f"above {highest}")
    data = contract(GATE).functions["revoke"].encode(account, nonce)
    # The gate may be none of the deployment's, whose events are not decoded; what it told is known besides.
    return Transaction(f"{GATE}.revoke", address, data, result=lambda _: events.Revoked(account, nonce))


def admit(
    context: Context, error: type[errors.ContractError], gate: str, data: edge.GateData, task: int = NO_TASK
) -> Flow[None]:
    """Raises `error` unless the gate, if there is one, lets the client's account in; its message says why not."""
    if gate == ZERO_ADDRESS:
        return
    refusal = yield from _refusal(context, gate, context.actor, data, task)
    if refusal is not None:
        raise error(Words("{} refuses: {}", gate, refusal.detail), advice=refusal.advice) from refusal


def _refusal(
    context: Context, gate: str, account: str, data: edge.GateData, task: int
) -> Flow[errors.GoldleafError | None]:
    """Why a gate refuses; None if it does not."""
    if (yield from is_allowed(context, gate, account, gate_data=data, task=task)):
        return None
    try:
        wanted = yield from terms(context, gate)
    except errors.UnknownGate as unknown:
        return unknown
    if isinstance(wanted, TokenTerms):
        return (yield from _too_few(wanted, account))
    if not data:
        return errors.CredentialMissing(f"{gate} lets in whom {wanted.issuer} has signed for, for {wanted.domain!r}")
    return (yield from _flaw(context, wanted, account, data))


def _too_few(wanted: TokenTerms, account: str) -> Flow[errors.GoldleafError]:
    if wanted.id is None:
        held = yield from _optional(view_at(int, "ERC20", wanted.token, "balanceOf", account))
        value = "unknown" if held is None else Units(held, wanted.token)
        bound: str = at_least(wanted.minimum, wanted.token)
        return errors.TooFewTokens(f"balance of {wanted.token}", value=value, bound=bound)
    held = yield from _optional(view_at(int, "RoyaltyPool", wanted.token, "balanceOf", account, wanted.id))
    of = f"balance of id {wanted.id} of {wanted.token}"
    return errors.TooFewTokens(of, value="unknown" if held is None else held, bound=f"at least {wanted.minimum}")


def _flaw(context: Context, wanted: CredentialTerms, account: str, data: edge.GateData) -> Flow[errors.GoldleafError]:
    """What is wrong with a credential that a CredentialGate refuses."""
    place = {"chain_id": context.deployment.chain_id, "gate": wanted.gate, "domain": wanted.domain}
    if not isinstance(data, SignedCredential):
        try:
            data = SignedCredential.from_gate_data(
                data, chain_id=context.deployment.chain_id, gate=wanted.gate, domain=wanted.domain, holder=account
            )
        except errors.CredentialError as error:
            return error
    found = data.credential
    for name, expected in place.items():
        if getattr(found, name) != expected:
            return errors.CredentialForAnotherGate(name, value=repr(getattr(found, name)), bound=repr(expected))
    highest, time = yield from together(revoked(context, wanted.gate, account), now())
    try:
        data.check(wanted.issuer, holder=account, at=time)
    except errors.CredentialNotSigned as error:
        # A contract may have signed it, and only the gate can tell; but it may be revoked all the same.
        return error if found.nonce > highest else _revoked(highest)
    except errors.CredentialError as error:
        return error
    return _revoked(highest)


def _revoked(highest: int) -> errors.CredentialRevoked:
    return errors.CredentialRevoked(f"all up to number {highest} are revoked")


def _optional(reading: Flow[T]) -> Flow[T | None]:
    """What a view says that not every contract has; None without it."""
    try:
        return (yield from reading)
    except (errors.ContractError, errors.UnexpectedAnswer):
        return None
