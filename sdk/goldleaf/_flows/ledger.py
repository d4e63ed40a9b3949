"""Free balances, in the TaskEscrow and in the Court."""

from .. import _codec, errors, events
from . import edge
from .core import Context, Flow, Transaction, every, the, transact, view, view_at


def free(context: Context, *, token: str | None = None, account: str | None = None) -> Flow[int]:
    """What an account may use or withdraw, in base units.

    `token` defaults to the deployment's, `account` to the client's.
    """
    holder = edge.address(account) if account is not None else context.actor
    return (yield from view(context, int, context.ledger, "free", _token(context, token), holder))


def wallet(context: Context, *, token: str | None = None, account: str | None = None) -> Flow[int]:
    """What an account holds of a token outside the ledger, in base units."""
    holder = edge.address(account) if account is not None else context.actor
    return (yield from view_at(int, "ERC20", _token(context, token), "balanceOf", holder))


def deposit(
    context: Context, amount: edge.Amount, *, token: str | None = None, account: str | None = None
) -> Flow[Transaction[events.Deposited]]:
    """Pays from the wallet into the ledger, to the credit of `account` (default: the client's own).

    Approves the ledger's contract first, for exactly this amount, if its allowance is lower. Raises `ZeroAmount`,
    `BadAccount`, `TransferFromRefused` when the wallet holds less, `NothingArrived`, `TokenHasNoCode`.
    """
    address = _token(context, token)
    ledger = context.deployment.address(context.ledger)
    units = yield from _amount(amount, address)
    receiver = _receiver(context, account)
    balance = yield from view_at(int, "ERC20", address, "balanceOf", context.actor)
    if balance < units:
        raise errors.TransferFromRefused("balance of the wallet", value=balance, bound=f"at least {units}")
    allowance = yield from view_at(int, "ERC20", address, "allowance", context.actor, ledger)
    # Some tokens only change an allowance from or to zero.
    steps = () if allowance >= units else (units,) if allowance == 0 else (0, units)
    approve = _codec.contract("ERC20").functions["approve"]
    return transact(
        context,
        context.ledger,
        "deposit",
        address,
        units,
        receiver,
        result=the(events.Deposited),
        first=tuple(Transaction("ERC20.approve", address, approve.encode(ledger, step), every) for step in steps),
    )


def deposit_with_permit(
    context: Context,
    amount: edge.Amount,
    *,
    deadline: int,
    v: int,
    r: bytes,
    s: bytes,
    token: str | None = None,
    account: str | None = None,
) -> Flow[Transaction[events.Deposited]]:
    """`deposit` with an allowance that the client's account has signed (ERC-2612) instead of approved.

    Raises what `deposit` raises.
    """
    address = _token(context, token)
    units = yield from _amount(amount, address)
    arguments = (address, units, _receiver(context, account), deadline, v, edge.word("r", r), edge.word("s", s))
    return transact(context, context.ledger, "deposit_with_permit", *arguments, result=the(events.Deposited))


def transfer(
    context: Context, amount: edge.Amount, to: str, *, token: str | None = None
) -> Flow[Transaction[events.Transferred]]:
    """Moves an amount of the free balance to another account, inside the ledger.

    Raises `ZeroAmount`, `BadAccount`, `BalanceTooLow`.
    """
    address = _token(context, token)
    units = yield from _amount(amount, address)
    receiver = _receiver(context, to)
    yield from require_free(context, address, units, "free balance")
    return transact(context, context.ledger, "transfer", address, units, receiver, result=the(events.Transferred))


def withdraw(
    context: Context, amount: edge.Amount | None = None, *, token: str | None = None, receiver: str | None = None
) -> Flow[Transaction[events.Withdrawn]]:
    """Pays an amount of the free balance out to `receiver` (default: the client's account); without an amount, all.

    Raises `ZeroAmount` (also when there is nothing to withdraw), `BadAccount`, `BalanceTooLow`, `TransferRefused`.
    """
    address = _token(context, token)
    if amount is None:
        amount = yield from view(context, int, context.ledger, "free", address, context.actor)
    units = yield from _amount(amount, address)
    payee = _receiver(context, receiver)
    yield from require_free(context, address, units, "free balance")
    return transact(context, context.ledger, "withdraw", address, units, payee, result=the(events.Withdrawn))


def require_free(context: Context, token: str, units: int, purpose: str) -> Flow[None]:
    """Raises `BalanceTooLow` if the client's account has less than `units` free."""
    balance = yield from view(context, int, context.ledger, "free", token, context.actor)
    if balance < units:
        raise errors.BalanceTooLow(purpose, value=balance, bound=f"at least {units} base units")


def _token(context: Context, token: str | None) -> str:
    return edge.address(token) if token is not None else context.deployment.address("Token")


def _amount(amount: edge.Amount, token: str) -> Flow[int]:
    units = yield from edge.base_units(amount, token)
    if units <= 0:
        raise errors.ZeroAmount("amount", value=units, bound="at least 1")
    return units


def _receiver(context: Context, account: str | None) -> str:
    receiver = edge.address(account) if account is not None else context.actor
    if int(receiver, 16) == 0 or receiver == context.deployment.address(context.ledger):
        raise errors.BadAccount(receiver)
    return receiver
