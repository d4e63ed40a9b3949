"""What the page's script asks for: what became of a transaction, balances, deposits, withdrawals."""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse

from goldleaf import AsyncGoldleaf, Unsigned, events
from goldleaf.amounts import Units
from goldleaf.errors import ContractError, TransactionReplaced, TransactionTimeout, TransactionUntracked
from goldleaf.events import Event
from goldleaf.ids import name_challenge, name_submission, split_submission

from ..money import parse_amount
from ..offers import acting_account, ledgers, offer, offer_deposit
from ..refusals import Refused
from ..services import Services
from ..web import page, services

router = APIRouter()
Hash = Annotated[str, Path(pattern="^0x[0-9a-fA-F]{64}$")]
# How long the answer waits for the index to have read the block, seconds.
INDEX_PATIENCE = 5


@router.get("/transactions/{transaction}")
async def transaction(request: Request, transaction: Hash) -> JSONResponse:
    """What became of a transaction: mined, failed, replaced, or still pending after some seconds."""
    here = services(request)
    try:
        sent = await here.client.wait(transaction)
    except (TransactionTimeout, TransactionUntracked):
        return JSONResponse({"state": "pending"})
    except TransactionReplaced as error:
        return _ended(here, "replaced", error)
    except ContractError as error:
        return _ended(here, "failed", error)
    await _indexed(here, sent.block)
    return JSONResponse({"state": "mined", "block": sent.block, "page": _page_of(sent.events)})


@router.get("/wallet")
async def wallet(request: Request) -> HTMLResponse:
    """What the account holds: in the wallet, and free in each ledger."""
    here = services(request)
    client = here.acting(acting_account(request))
    names = [name for name in ledgers(client) if name in here.deployment.contracts]
    reads = [ledgers(client)[name].free.ask() for name in names]
    held, *free = await client.read(client.ledger.wallet.ask(), *reads)
    return await page(request, "wallet.html", held=held, free=dict(zip(names, free, strict=True)))


@router.post("/act/deposit")
async def deposit(request: Request) -> JSONResponse:
    """Pays from the wallet into a ledger."""
    form = await request.form()
    amount = parse_amount(form.get("amount"))
    name, here = _ledger(str(form.get("ledger"))), services(request)
    token = here.deployment.address("Token")
    units = Units(await here.client.ledger.base_units(amount), token)
    return await offer_deposit(request, form, name, units, then="/wallet")


@router.post("/act/withdraw")
async def withdraw(request: Request) -> JSONResponse:
    """Pays out all that is free in a ledger."""
    form = await request.form()
    name = _ledger(str(form.get("ledger")))

    async def by(client: AsyncGoldleaf) -> Unsigned[Any]:
        unsigned: Unsigned[Any] = await ledgers(client)[name].withdraw.transaction()
        return unsigned

    return await offer(request, form, "Withdraw", by, then="/wallet")


def _ledger(name: str) -> str:
    if name not in ("TaskEscrow", "Court", "GoldTest", "RoyaltyPool"):
        raise Refused(ledger="Choose one of the ledgers.")
    return name


def _ended(here: Services, state: str, error: Any) -> JSONResponse:
    return JSONResponse(
        {"state": state, "message": error.sentence(here.tokens.amount) or str(error), "advice": error.advice}
    )


async def _indexed(here: Services, block: int) -> None:
    """Waits until pages show what a block has changed; not for long, for the block may be the index's already."""
    until = time.monotonic() + INDEX_PATIENCE
    while time.monotonic() < until:
        if (await here.query(lambda: here.index.block) or 0) >= block:
            return
        await asyncio.sleep(0.1)


def _page_of(told: tuple[Event, ...]) -> str:
    """The page of what the last event is about."""
    for event in reversed(told):
        match event:
            case events.Challenged() | events.AvailabilityChallenged():
                return f"/challenges/{name_challenge(event.challenge)}"
            case events.Taken() | events.Committed() | events.Published():
                return f"/work/{name_submission(event.submission)}"
            case events.Licensed():
                task, number = split_submission(event.license)
                return f"/data-sets/{task}/licences/{number}"
            case events.Priced() | events.Paid() | events.Collected() | events.RequesterShareCollected():
                return f"/data-sets/{event.task}"
            case events.Enrolled():
                return f"/data-sets/{split_submission(event.submission)[0]}"
            case events.Opened() | events.TestSetUp():
                return f"/requests/{event.task}"
            case events.VoteCommitted() | events.VoteRevealed() | events.RoundSettled() | events.RulingExecuted():
                return f"/jury/{event.dispute}"
            case events.Joined() | events.Listed() | events.Left() | events.Renewed():
                return "/jury"
            case events.Drawn() | events.BeaconShown():
                return "/jury/court"
            case _:
                continue
    return ""
