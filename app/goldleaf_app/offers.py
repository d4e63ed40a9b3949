"""What a wallet is asked to sign, as the page gets it: transactions in their order, and what to know before."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import JSONResponse

from goldleaf import AsyncGoldleaf, Call, Unsigned
from goldleaf.amounts import Units
from goldleaf.errors import ArgumentError, BalanceTooLow, NoPermit, NotRelayable, NotTrustedByTarget

from .refusals import Refused
from .relayer import LimitReached, Relayer
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
    "commit": "Commit to your labels",
    "publish": "Publish your labels",
    "publish_graded": "Publish your labels, with the proof that they have passed the test",
    "release": "Give the batch back",
    "note_sealed": "Note that all have committed",
}


def acting_account(request: Request) -> str:
    """The account that is to sign. Raises `Refused` if no wallet is connected."""
    account = account_of(request)
    if account is None:
        raise Refused("Connect a wallet first.")
    return account


def same_page(request: Request) -> str:
    """The page that a form was sent from, for what is better looked at there than where its event leads."""
    page = urlsplit(request.headers.get("referer", ""))
    return page.path if page.netloc == request.headers.get("host") and page.path.startswith("/") else ""


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
    if form.get("relayed"):
        return await _relay(here, form, title, then)
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
        if here.relayer is not None and len(deposit.steps) == 1:
            # What comes after it is made when it is mined.
            return await _to_relay(here, here.relayer, client, "Deposit", deposit.steps[0], again=True)
        first = deposit.steps
        warnings += deposit.warnings
        unsigned = await build(client.unfunded)
    warnings += [warning for warning in unsigned.warnings if warning not in warnings]
    return await _offered(here, client, title, (*first, *unsigned.steps), warnings=warnings, facts=facts, then=then)


async def offer_deposit(request: Request, form: Form, contract: str, units: Units, *, then: str = "") -> JSONResponse:
    """`offer` of a deposit alone, into the ledger that a contract keeps."""
    here, client = services(request), services(request).acting(acting_account(request))
    if form.get("relayed"):
        return await _relay(here, form, "Deposit", then)
    deposit = await _deposit(here, client, form, contract, units)
    if isinstance(deposit, JSONResponse):
        return deposit
    return await _offered(here, client, "Deposit", deposit.steps, warnings=deposit.warnings, then=then)


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


def together(parts: Sequence[Unsigned[Any]]) -> Unsigned[Any]:
    """One or more actions whose transactions are signed one after the other."""
    return replace(
        parts[-1],
        steps=tuple(step for part in parts for step in part.steps),
        warnings=tuple(dict.fromkeys(warning for part in parts for warning in part.warnings)),
    )


def to_sign(
    title: str,
    why: str,
    typed_data: Mapping[str, Any],
    *,
    facts: Sequence[tuple[str, str]] = (),
    warnings: Sequence[str] = (),
    **fields: str,
) -> JSONResponse:
    """Something to be signed before: the page sends the same form again with `fields`, and with `signature`."""
    told = {"facts": [list(fact) for fact in facts], "warnings": list(warnings)}
    return JSONResponse({"title": title, "why": why, "sign": typed_data, "fields": fields, **told})


def step_title(name: str) -> str:
    """What a step does, for people."""
    function = name.rpartition(".")[2]
    return TITLES.get(function, function.replace("_", " ").capitalize())


async def _deposit(
    here: Services, client: AsyncGoldleaf, form: Form, name: str, lacking: Units
) -> Unsigned[Any] | JSONResponse:
    """The deposit of what a ledger, by its contract, lacks; or what has to be signed for it before."""
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
    why = f"{token.show(amount)} have to be deposited. Sign an allowance for just this amount: it costs no gas."
    deadline = str(permit["message"]["deadline"])
    return to_sign("Allow a deposit", why, permit, permit=f"{name} {amount}", deadline=deadline)


async def _offered(
    here: Services,
    client: AsyncGoldleaf,
    title: str,
    steps: Sequence[Call],
    *,
    warnings: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    then: str = "",
) -> JSONResponse:
    """Transactions to sign; or what to sign so that this server sends it, where there is one and that can be done."""
    if here.relayer is not None and len(steps) == 1:
        try:
            return await _to_relay(here, here.relayer, client, title, steps[0], warnings=warnings, facts=facts)
        except (NotRelayable, NotTrustedByTarget):
            pass  # its sender pays for the gas
    return transactions(here, title, steps, warnings=warnings, facts=facts, then=then)


async def _to_relay(
    here: Services,
    relayer: Relayer,
    client: AsyncGoldleaf,
    title: str,
    call: Call,
    *,
    warnings: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    again: bool = False,
) -> JSONResponse:
    """A call that its sender signs, and this server sends. With `again`, the action goes on when it is mined."""
    request = await relayer.ask(client, call)
    why = f"Sign it; this site sends it and pays for the gas. {step_title(call.name)}."
    fields = {"relayed": request.digest().hex(), "again": "yes" if again else ""}
    told = [here.tokens.sentence(warning) for warning in warnings]
    return to_sign(title, why, request.typed_data(), facts=facts, warnings=told, **fields)


async def _relay(here: Services, form: Form, title: str, then: str) -> JSONResponse:
    """Sends what was signed."""
    digest = str(form["relayed"])
    if here.relayer is None or not re.fullmatch("[0-9a-f]{64}", digest):
        raise Refused("Nothing is relayed here.")
    try:
        sent = await here.relayer.send(bytes.fromhex(digest), str(form.get("signature", "")))
    except KeyError as error:
        raise Refused("This was sent before, or it is too old. Start again.") from error
    except LimitReached as error:
        raise Refused("This site pays for no more gas today. Come back tomorrow, or pay for your own.") from error
    return JSONResponse({"title": title, "hash": sent, "again": form.get("again") == "yes", "then": then})


def _number(text: Any) -> int:
    if not str(text).isdecimal() or len(str(text)) > 78:
        raise ArgumentError("the deadline of the allowance is missing")
    return int(str(text))
