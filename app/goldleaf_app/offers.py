"""What a wallet is asked to sign, as the page gets it: transactions in their order, and what to know before."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from fastapi import Request
from fastapi.responses import JSONResponse

from goldleaf import AsyncGoldleaf, Call, Unsigned
from goldleaf.amounts import Units
from goldleaf.errors import ArgumentError, BalanceTooLow, NoPermit

from .refusals import Refused
from .services import Services
from .web import account_of, services

# Makes what there is to sign, by a client on behalf of whoever is to sign it.
Build: TypeAlias = Callable[[AsyncGoldleaf], Awaitable[Unsigned[Any]]]
Form: TypeAlias = Mapping[str, Any]

# What a step does, for people; by the end of its name.
TITLES = {
    "approve": "Allow the contract to take the deposit",
    "deposit": "Deposit",
    "deposit_with_permit": "Deposit",
    "withdraw": "Withdraw",
    "take": "Lock the stake and take the batch",
}


def acting_account(request: Request) -> str:
    """The account that is to sign. Raises `Refused` if no wallet is connected."""
    account = account_of(request)
    if account is None:
        raise Refused("Connect a wallet first.")
    return account


def ledgers(client: AsyncGoldleaf) -> Mapping[str, Any]:
    """The ledgers of a client, by their contracts."""
    return {
        "TaskEscrow": client.ledger,
        "Court": client.court.ledger,
        "GoldTest": client.tests.ledger,
        "RoyaltyPool": client.royalties.ledger,
    }


async def offer(
    request: Request, form: Form, title: str, build: Build, *, facts: Sequence[tuple[str, str]] = (), then: str = ""
) -> JSONResponse:
    """What the wallet is asked to sign for an action, with a deposit before it if the free balance is too low.

    `facts` are told before; `then` is the page to go to when all is mined (default: what the last event is about). The
    form holds what was signed before: a deposit goes by a signed allowance where the token takes one, so the page gets
    that to sign first, and sends the same form with the signature. Raises what the action raises, and `Refused`.
    """
    here, client = services(request), services(request).acting(acting_account(request))
    first: tuple[Call, ...] = ()
    warnings: list[str] = []
    try:
        unsigned = await build(client)
    except BalanceTooLow as error:
        if error.lacking is None:
            raise
        deposit = await _deposit(here, client, form, error.ledger, error.lacking)
        if isinstance(deposit, JSONResponse):
            return deposit
        first = deposit.steps
        warnings += deposit.warnings
        unsigned = await build(client.unfunded)
    warnings += [warning for warning in unsigned.warnings if warning not in warnings]
    return transactions(here, title, (*first, *unsigned.steps), warnings=warnings, facts=facts, then=then)


def transactions(
    here: Services,
    title: str,
    steps: Sequence[Call],
    *,
    warnings: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    then: str = "",
) -> JSONResponse:
    """Transactions for the wallet to sign and send, in this order."""
    return JSONResponse(
        {
            "title": title,
            "facts": [list(fact) for fact in facts],
            "warnings": [here.tokens.sentence(warning) for warning in warnings],
            "steps": [{"title": step_title(step.name), "transaction": step.to_json()} for step in steps],
            "then": then,
        }
    )


def to_sign(title: str, why: str, typed_data: Mapping[str, Any], **fields: str) -> JSONResponse:
    """Something to be signed before: the page sends the same form again with `fields`, and with `signature`."""
    return JSONResponse({"title": title, "why": why, "sign": typed_data, "fields": fields})


def step_title(name: str) -> str:
    """What a step does, for people."""
    function = name.rpartition(".")[2]
    return TITLES.get(function, function.replace("_", " ").capitalize())


async def _deposit(
    here: Services, client: AsyncGoldleaf, form: Form, name: str, lacking: Units
) -> Unsigned[Any] | JSONResponse:
    """The deposit of what a ledger lacks; or what has to be signed for it before."""
    ledger, token = ledgers(client)[name], await here.tokens.get(lacking.token)
    amount = int(lacking)
    try:
        if form.get("signature") and form.get("permit") == f"{name} {amount}":
            return cast(
                Unsigned[Any],
                await ledger.deposit_with_permit.transaction(
                    amount,
                    signature=str(form["signature"]),
                    deadline=_number(form.get("deadline")),
                    token=lacking.token,
                ),
            )
        permit = await ledger.permit(amount, token=lacking.token)
    except NoPermit:
        return cast(Unsigned[Any], await ledger.deposit.transaction(amount, token=lacking.token))
    why = f"Your free balance is {token.show(amount)} too low. Sign an allowance for just this amount: it costs no gas."
    deadline = str(permit["message"]["deadline"])
    return to_sign("Allow a deposit", why, permit, permit=f"{name} {amount}", deadline=deadline)


def _number(text: Any) -> int:
    if not str(text).isdecimal():
        raise ArgumentError("the deadline of the allowance is missing")
    return int(str(text))
