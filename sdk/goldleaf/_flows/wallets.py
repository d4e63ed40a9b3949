"""What an account holds itself, outside of any ledger: letting a contract take it, and ether as a token."""

from typing import Any

from .. import errors
from .._encoding import codec
from ..amounts import Units, at_least
from ..deployment import WRAPPED_ETHER
from . import edge
from .asks import Flow, ask_call
from .core import Context, Transaction, all_events, together, view_at

# What wrapped ether has besides ERC-20.
ABI = "IWrappedEther"


def wrap(context: Context, amount: edge.Amount, *, token: str | None = None) -> Flow[Transaction[int]]:
    """Turns so much of the account's ether into wrapped ether in its wallet; the result is the amount, wei.

    `token` is the wrapped ether (default: the deployment's); a Decimal counts whole ether. Raises `ZeroAmount`,
    `InsufficientFunds`.
    """
    address, units = yield from _amount(context, amount, token)
    return _wrap(address, units)


def unwrap(context: Context, amount: edge.Amount | None = None, *, token: str | None = None) -> Flow[Transaction[int]]:
    """Turns so much wrapped ether of the wallet, or all of it, into the account's ether; the result is the amount, wei.

    Raises `ZeroAmount`, `TransferFromRefused` when the wallet holds less.
    """
    if amount is None or context.checks:
        held = yield from view_at(int, "ERC20", _wrapped(context, token), "balanceOf", context.actor)
        amount = held if amount is None else amount
        address, units = yield from _amount(context, amount, token)
        check(errors.TransferFromRefused, address, held, units)
    else:
        address, units = yield from _amount(context, amount, token)
    data = codec.contract(ABI).functions["withdraw"].encode(units)
    return Transaction(f"{WRAPPED_ETHER}.withdraw", address, data, result=lambda _: units)


def provide(
    context: Context, error: type[errors.ContractError], token: str, spender: str, units: int, *, wrap: bool = False
) -> Flow[tuple[Transaction[Any], ...]]:
    """What has to go first so that `spender` can take `units` of a token from the account.

    Approves exactly so much, if the allowance is lower, or always where that is not looked at. `wrap` has ether wrapped
    for what the wallet lacks, or for all where that is not looked at. Raises `error` when the wallet holds less.
    """
    steps: tuple[int, ...] = (units,)
    lacking = units
    if context.checks:
        balance, allowance = yield from together(
            view_at(int, "ERC20", token, "balanceOf", context.actor),
            view_at(int, "ERC20", token, "allowance", context.actor, spender),
        )
        lacking = max(units - balance, 0)
        if not wrap:
            check(error, token, balance, units)
        steps = () if allowance >= units else (units,)
        if 0 < allowance < units and not (yield from _changes(context.actor, token, spender, units)):
            steps = (0, units)
    wrapping = (_wrap(token, lacking),) if wrap and lacking else ()
    approve = codec.contract("ERC20").functions["approve"]
    approvals = tuple(Transaction("ERC20.approve", token, approve.encode(spender, step), all_events) for step in steps)
    return (*wrapping, *approvals)


def _changes(account: str, token: str, spender: str, units: int) -> Flow[bool]:
    """Whether a token changes an allowance that is not zero: some only do from or to zero, others never to zero."""
    data = codec.contract("ERC20").functions["approve"].encode(spender, units)
    try:
        answer: bytes = yield ask_call(account, token, data)
    except errors.ContractError:
        return False
    return not answer or any(answer)


def check(error: type[errors.ContractError], token: str, balance: int, units: int) -> None:
    """Raises `error` if a wallet holds less than `units` of a token."""
    if balance < units:
        raise error("balance of the wallet", value=Units(balance, token), bound=at_least(units, token))


def _wrap(token: str, units: int) -> Transaction[int]:
    data = codec.contract(ABI).functions["deposit"].encode()
    return Transaction(f"{WRAPPED_ETHER}.deposit", token, data, result=lambda _: units, value=units)


def _amount(context: Context, amount: edge.Amount, token: str | None) -> Flow[tuple[str, int]]:
    """The wrapped ether, and an amount of it in wei."""
    address = _wrapped(context, token)
    units = yield from edge.base_units(amount, address)
    if units <= 0:
        raise errors.ZeroAmount("amount", value=units, bound="at least 1")
    return address, units


def _wrapped(context: Context, token: str | None) -> str:
    return edge.address(token) if token is not None else context.deployment.address(WRAPPED_ETHER)
