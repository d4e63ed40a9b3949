"""Free balances, in the TaskEscrow and in the Court."""

from datetime import timedelta
from typing import Any, TypeVar

from .. import errors, events
from .._encoding import codec
from .._encoding.codec import decode
from ..amounts import Units, Words, at_least
from ..signing import permits
from . import edge, wallets
from .asks import Flow, ask_view
from .core import Context, Transaction, gather, now, one_event, together, transact, view, view_at

T = TypeVar("T")

# What some tokens tell of their permits besides the standard.
_VERSION = codec.Function({"name": "version", "inputs": [], "outputs": [{"name": "", "type": "string"}]})
_TYPE_HASH = codec.Function({"name": "PERMIT_TYPEHASH", "inputs": [], "outputs": [{"name": "", "type": "bytes32"}]})


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


def decimals(context: Context, *, token: str | None = None) -> Flow[int]:
    """How many decimals a token has: a whole one is `10 ** decimals` base units."""
    return view_at(int, "ERC20", _token(context, token), "decimals")


def base_units(context: Context, amount: edge.Amount, *, token: str | None = None) -> Flow[int]:
    """An amount in base units of a token (default: the deployment's): a Decimal counts whole ones, an int base units.

    For what knows no token, such as presets and policies. Raises `ArgumentError` if it has more places than the token.
    """
    return edge.base_units(amount, _token(context, token))


def symbol(context: Context, *, token: str | None = None) -> Flow[str]:
    """What a token calls itself: whoever deploys one chooses it. Raises `UnexpectedAnswer` if it is no text."""
    return view_at(str, "ERC20", _token(context, token), "symbol")


def deposit(
    context: Context,
    amount: edge.Amount,
    *,
    token: str | None = None,
    account: str | None = None,
    wrap: bool = False,
) -> Flow[Transaction[events.Deposited]]:
    """Pays from the wallet into the ledger, to the credit of `account` (default: the client's own).

    Approves the ledger's contract first, for exactly this amount: if its allowance is lower, or always where that is
    not looked at. With `wrap`, for wrapped ether alone, what the wallet lacks of it is made of the account's ether
    before. Raises `ZeroAmount`, `BadAccount`, `TransferFromRefused` when the wallet holds less, `NothingArrived`,
    `TokenHasNoCode`.
    """
    address = _token(context, token)
    ledger = context.deployment.address(context.ledger)
    units = yield from _amount(amount, address)
    receiver = _receiver(context, account)
    first = yield from wallets.provide(context, errors.TransferFromRefused, address, ledger, units, wrap=wrap)
    arguments = (address, units, receiver)
    return transact(context, context.ledger, "deposit", *arguments, result=one_event(events.Deposited), first=first)


def permit(
    context: Context, amount: edge.Amount, *, deadline: edge.Moment = timedelta(hours=1), token: str | None = None
) -> Flow[dict[str, Any]]:
    """What the client's account has to sign so that `deposit_with_permit` needs no approval (ERC-2612).

    Typed data of EIP-712, ready as JSON for a wallet's `eth_signTypedData_v4`; a local account signs it with
    `permits.sign`. It allows exactly this amount, once, before `deadline`: unix seconds, an aware datetime, or a
    timedelta from now. Give `deposit_with_permit` the same amount and the deadline that stands in its message.

    Raises `ZeroAmount`, `NoPermit` if the token takes no such signatures, or its signing domain is not found.
    """
    address = _token(context, token)
    units, until, domain, nonce = yield from together(
        _amount(amount, address),
        edge.moment(deadline),
        _domain(context, address),
        _nonce(context, address),
    )
    return _permit(context, domain, units, nonce, until)


def deposit_with_permit(
    context: Context,
    amount: edge.Amount,
    *,
    signature: bytes | str,
    deadline: int,
    token: str | None = None,
    account: str | None = None,
) -> Flow[Transaction[events.Deposited]]:
    """`deposit` with an allowance that the client's account has signed (ERC-2612) instead of approved.

    `signature` is what the wallet made of the typed data of `permit` for the same amount: 65 bytes, or the same as
    text; `deadline` the one in its message, unix seconds.

    Raises what `deposit` raises; `PermitExpired`; `BadPermit` if the signature does not fit and there is no allowance.
    """
    address = _token(context, token)
    units = yield from _amount(amount, address)
    v, r, s = permits.split(signature)
    arguments = (address, units, _receiver(context, account), deadline, v, r, s)
    if context.checks:
        spender = context.deployment.address(context.ledger)
        balance, allowance, time = yield from together(
            wallet(context, token=address),
            view_at(int, "ERC20", address, "allowance", context.actor, spender),
            now(),
        )
        wallets.check(errors.TransferFromRefused, address, balance, units)
        # A permit that somebody has used already has left its allowance.
        if allowance < units:
            if time > deadline:
                raise errors.PermitExpired(f"It was good until {edge.show_time(deadline)}")
            domain, nonce = yield from together(_domain(context, address), _nonce(context, address))
            if permits.signed_by(_permit(context, domain, units, nonce, deadline), signature) != context.actor:
                amount, until = Units(units, address), edge.show_time(deadline)
                raise errors.BadPermit(Words("{}, {}, until {}", context.actor, amount, until))
    return transact(context, context.ledger, "deposit_with_permit", *arguments, result=one_event(events.Deposited))


def transfer(
    context: Context, amount: edge.Amount, to: str, *, token: str | None = None
) -> Flow[Transaction[events.Transferred]]:
    """Moves an amount of the free balance to another account, inside the ledger.

    Raises `ZeroAmount`, `BadAccount`, `BalanceTooLow`.
    """
    address = _token(context, token)
    units = yield from _amount(amount, address)
    receiver = _receiver(context, to)
    if context.checks:
        yield from require_free(context, address, units, "free balance")
    return transact(context, context.ledger, "transfer", address, units, receiver, result=one_event(events.Transferred))


def withdraw(
    context: Context, amount: edge.Amount | None = None, *, token: str | None = None, receiver: str | None = None
) -> Flow[Transaction[events.Withdrawn]]:
    """Pays an amount of the free balance out to `receiver` (default: the client's account); without an amount, all.

    Raises `ZeroAmount` (also when there is nothing to withdraw), `BadAccount`, `BalanceTooLow`, `TransferRefused`.
    """
    address = _token(context, token)
    if amount is None:
        amount = yield from free(context, token=address)
    units = yield from _amount(amount, address)
    payee = _receiver(context, receiver)
    if context.checks:
        yield from require_free(context, address, units, "free balance")
    return transact(context, context.ledger, "withdraw", address, units, payee, result=one_event(events.Withdrawn))


def require_free(context: Context, token: str, units: int, purpose: str) -> Flow[None]:
    """Raises `BalanceTooLow` if the client's account has less than `units` free."""
    check_free(context, (yield from free(context, token=token)), units, token, purpose)


def check_free(context: Context, balance: int, units: int, token: str, purpose: str) -> None:
    """Raises `BalanceTooLow` if a free balance of a token is lower than `units`, where that is looked at."""
    if context.funds and balance < units:
        raise errors.BalanceTooLow(
            purpose,
            value=Units(balance, token),
            bound=at_least(units, token),
            ledger=context.ledger,
            lacking=Units(units - balance, token),
        )


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


def _permit(context: Context, domain: permits.Domain, units: int, nonce: int, deadline: int) -> dict[str, Any]:
    spender = context.deployment.address(context.ledger)
    return permits.permit(domain, owner=context.actor, spender=spender, value=units, nonce=nonce, deadline=deadline)


def _nonce(context: Context, token: str) -> Flow[int]:
    nonce = yield from _optional(view_at(int, "ERC20", token, "nonces", context.actor))
    if nonce is None:
        raise errors.NoPermit(f"{token} has no `nonces`")
    return nonce


def _domain(context: Context, token: str) -> Flow[permits.Domain]:
    """The signing domain of a token: one that it tells or that is usual, and that gives its `DOMAIN_SEPARATOR`."""
    told: list[Any] = yield from gather(
        _optional(reading)
        for reading in (
            view_at(bytes, "ERC20", token, "DOMAIN_SEPARATOR"),
            _told_domain(token),
            view_at(str, "ERC20", token, "name"),
            _read_own(str, _VERSION, token),
            _read_own(bytes, _TYPE_HASH, token),
        )
    )
    separator, domain, name, version, type_hash = told
    candidates: list[permits.Domain | None] = [domain]
    if separator is None:
        raise errors.NoPermit(f"{token} has no `DOMAIN_SEPARATOR`")
    # Some tokens are older than the standard and have another message.
    if type_hash not in (None, permits.PERMIT_TYPE_HASH):
        raise errors.NoPermit(f"{token} takes another permit than that of ERC-2612")
    chain_id = context.deployment.chain_id
    candidates += [permits.Domain(name, version, chain_id, token) for version in (version, "1") if name is not None]
    for candidate in candidates:
        # Whoever signs must see this chain and this token, whatever the token says.
        if candidate is None or (candidate.chain_id, candidate.contract) != (chain_id, token):
            continue
        if candidate.separator() == separator:
            return candidate
    raise errors.NoPermit(f"the signing domain of {token} is none that agrees with its `DOMAIN_SEPARATOR`")


def _told_domain(token: str) -> Flow[permits.Domain]:
    data = yield ask_view(token, codec.contract("ERC20").functions["eip712Domain"].encode())
    types = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
    try:
        fields, name, version, chain_id, contract, salt, _ = decode(types, data)
    except ValueError as error:
        raise errors.UnexpectedAnswer(f"eip712Domain answered {len(data)} bytes: {error}") from error
    return permits.Domain.of_fields(fields[0], name, version, chain_id, contract, salt)


def _read_own(kind: type[T], function: codec.Function, token: str) -> Flow[T]:
    return function.decode(kind, (yield ask_view(token, function.encode())))


def _optional(reading: Flow[T]) -> Flow[T | None]:
    """What a view says that not every token has; None without it."""
    try:
        return (yield from reading)
    except (errors.ContractError, errors.UnexpectedAnswer):
        return None
