"""The relayer: sends what users have signed, and pays the gas, within limits per day and per user.

It has a key of its own, which holds ether for gas and nothing else. Only requests that this server has made itself are
sent, each once: nobody gets anything else paid for. One process relays, for the nonces of the key are counted in it.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi.concurrency import run_in_threadpool

from goldleaf import AsyncGoldleaf, Call, RelayTerms, SignedRequest
from goldleaf.errors import TransactionTimeout, TransactionUntracked
from goldleaf.signing.relaying import Request

from .database import Database

# A transaction may be dearer than it was simulated: fees rise from block to block.
MARGIN = 2


@dataclass(frozen=True)
class Limits:
    """What may be spent on gas in one day (UTC), in wei."""

    per_day: int
    per_user: int


class LimitReached(Exception):  # noqa: N818 - it says what is wrong, as others do
    """Nothing more is relayed today, for anybody or for this account."""


class Relayer:
    """Sends what users sign, from an account of the server's."""

    def __init__(self, client: AsyncGoldleaf, database: Database, limits: Limits) -> None:
        self._client = client  # on behalf of the relayer's own account, which signs
        self._database = database
        self._limits = limits
        self._spending = asyncio.Lock()

    async def ask(self, client: AsyncGoldleaf, call: Call) -> Request:
        """What an account signs to have a call relayed. Raises `NotRelayable`, `NotTrustedByTarget`."""
        request = await client.relay.request(call, RelayTerms(relayer=self._client.account))
        content = json.dumps(request.with_signature(b"").to_json())
        await run_in_threadpool(self._database.keep_request, request.digest(), request.deadline, content)
        return request

    async def send(self, digest: bytes, signature: str) -> str:
        """Sends a request of `ask` that was signed; returns the hash of the transaction.

        Raises `LimitReached`, `NotSigned`, and whatever the call raises; `KeyError` for what was never asked, or was
        sent before.
        """
        found = await run_in_threadpool(self._database.request, digest)
        if found is None:
            raise KeyError(digest.hex())
        signed = SignedRequest.from_json(json.loads(found)).request.with_signature(signature)
        # What fails is refused here, and costs nothing.
        trial = await self._client.relay.execute.simulate(signed)
        price = await self._client.chain.gas_price()
        most = trial.gas_used * price.total * MARGIN
        account, day = signed.request.account, datetime.now(UTC).date().isoformat()
        async with self._spending:
            await self._reserve(account, day, most)
            if not await run_in_threadpool(self._database.forget_request, digest):
                await run_in_threadpool(self._database.spend, account, day, -most)
                raise KeyError(digest.hex())
        try:
            sent = await self._client.relay.execute(signed)
        except (TransactionTimeout, TransactionUntracked) as error:
            # It is on its way, and what it may cost stays counted.
            return error.sent[-1]
        receipt = await self._client.chain.receipt(sent.transaction)
        paid = sent.gas_used * (price.total if receipt is None else receipt.gas_price)
        await run_in_threadpool(self._database.spend, account, day, paid - most)
        return sent.transaction

    async def _reserve(self, account: str, day: str, most: int) -> None:
        by_all, by_account = await run_in_threadpool(self._database.spent, account, day)
        if by_account + most > self._limits.per_user or by_all + most > self._limits.per_day:
            raise LimitReached(account)
        await run_in_threadpool(self._database.spend, account, day, most)
