"""A back end that holds no key: it makes the transactions, a wallet in the browser signs and sends them.

GOLDLEAF_RPC=http://127.0.0.1:8545 GOLDLEAF_DEPLOYMENT=deployment.json uvicorn app:app
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from goldleaf import AsyncGoldleaf, ContractError, GoldleafError, Unsigned
from goldleaf.errors import NodeError

# How values travel: integers as strings, for JavaScript's numbers end at 2**53, and bytes in hex.
ENCODERS: dict[Any, Callable[[Any], Any]] = {bool: bool, int: str, bytes: lambda value: f"0x{value.hex()}"}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with await AsyncGoldleaf.connect(os.environ["GOLDLEAF_RPC"], os.environ["GOLDLEAF_DEPLOYMENT"]) as client:
        app.state.client = client
        yield


app = FastAPI(title="Goldleaf", lifespan=lifespan)


class Deposit(BaseModel):
    account: str
    amount: Decimal  # whole tokens; a string in JSON, so that no digit is lost


class SignedDeposit(Deposit):
    deadline: int  # unix seconds
    signature: str  # of what /api/permit gave, 65 bytes in hex


class Take(BaseModel):
    account: str
    task: int


def acting(account: str) -> AsyncGoldleaf:
    """The client on behalf of somebody whose key is elsewhere."""
    client: AsyncGoldleaf = app.state.client.with_account(account)
    return client


def offer(unsigned: Unsigned[Any]) -> dict[str, Any]:
    """What the page needs: the transactions to sign, in their order, and what to tell first."""
    return {"steps": unsigned.to_json(), "warnings": unsigned.warnings}


def plain(value: Any) -> Any:
    """A value of the SDK as JSON."""
    return jsonable_encoder(value, custom_encoder=ENCODERS)


@app.get("/api/chain")
async def chain() -> dict[str, Any]:
    """Which chain the wallet has to be on."""
    return {"chainId": hex(app.state.client.deployment.chain_id), "rpcUrl": os.environ["GOLDLEAF_RPC"]}


@app.get("/api/balances/{account}")
async def balances(account: str) -> dict[str, str]:
    """Base units."""
    client = acting(account)
    return {"wallet": plain(await client.ledger.wallet()), "free": plain(await client.ledger.free())}


@app.get("/api/tasks/{task}/preview/{account}")
async def preview(task: int, account: str) -> Any:
    """What taking a slot of the task would lock, and what it may bring or cost."""
    return plain(await acting(account).submissions.preview(task))


@app.post("/api/deposit")
async def deposit(body: Deposit) -> dict[str, Any]:
    """An approval, where one is needed, and the deposit."""
    return offer(await acting(body.account).ledger.deposit.transaction(body.amount))


@app.post("/api/permit")
async def permit(body: Deposit) -> dict[str, Any]:
    """What a wallet signs instead of an approval, for `eth_signTypedData_v4`: one transaction less."""
    return await acting(body.account).ledger.permit(body.amount)


@app.post("/api/deposit-with-permit")
async def deposit_with_permit(body: SignedDeposit) -> dict[str, Any]:
    """The deposit with that signature."""
    deposit = acting(body.account).ledger.deposit_with_permit
    return offer(await deposit.transaction(body.amount, deadline=body.deadline, signature=body.signature))


@app.post("/api/take")
async def take(body: Take) -> dict[str, Any]:
    """A slot of the task, picked at random."""
    return offer(await acting(body.account).submissions.take.transaction(body.task))


@app.get("/api/transactions/{transaction}")
async def transaction(transaction: str) -> dict[str, Any]:
    """Waits until a transaction is mined, and tells what it did."""
    sent = await app.state.client.wait(transaction)
    events = [{"name": type(event).__name__, **plain(event)} for event in sent.events]
    return {"block": sent.block, "gasUsed": sent.gas_used, "events": events}


@app.exception_handler(GoldleafError)
async def refused(request: Request, error: GoldleafError) -> JSONResponse:
    """Every error says what to do."""
    status = 502 if isinstance(error, NodeError) else 409 if isinstance(error, ContractError) else 400
    told = {"error": type(error).__name__, "message": str(error), "advice": error.advice}
    return JSONResponse(told, status)


@app.middleware("http")
async def nothing_from_elsewhere(request: Request, call_next: Any) -> Any:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = "default-src 'self'"
    return response


app.mount("/", StaticFiles(directory=Path(__file__).parent / "static", html=True))
