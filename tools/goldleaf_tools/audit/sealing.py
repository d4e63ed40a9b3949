"""In which transactions challenges were sealed: what they tell is a hash, which the challenge's own call explains."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from goldleaf import _codec, seals
from goldleaf._abi import decode
from goldleaf._client import Goldleaf
from goldleaf._engine.steps import Ask, AskAll, Steps
from goldleaf.errors import GoldleafError
from goldleaf.events import Sealed

from ..index import records
from ..index.database import failing
from ..index.schema import EventRow
from .facts import Dispute, TaskFacts, Told

if TYPE_CHECKING:
    from ..index import Index

# Hashes that are asked for at once, of transactions and of seals.
PAGE = 100
_ARGUMENTS = ("uint256", "uint256[]", "bytes32", "string", "bytes32")


def with_seals(client: Goldleaf, index: "Index", read: Sequence[TaskFacts], auditor: str) -> list[TaskFacts]:
    """The facts, in which the auditor's own challenges tell when they were sealed too. Raises `NodeError`.

    Of challenges that somebody else has sent for the auditor, as a relay does, nothing is added.
    """
    own = [fight for one in read for fight in one.fights if fight.party == auditor and not fight.is_demand]
    told: dict[int, tuple[Told, ...]] = {}
    for first in range(0, len(own), PAGE):
        told |= _find(client, index, own[first : first + PAGE], auditor)
    return [
        replace(one, fights=tuple(replace(fight, told=(*told.get(fight.id, ()), *fight.told)) for fight in one.fights))
        for one in read
    ]


def _find(client: Goldleaf, index: "Index", own: Sequence[Dispute], auditor: str) -> dict[int, tuple[Told, ...]]:
    sent = client._run(_transactions([fight.filed_by for fight in own]))
    fights = {
        records.write(Sealed(seal)): fight
        for fight, transaction in zip(own, sent, strict=True)
        if (seal := _seal(client, fight, transaction, auditor)) is not None
    }
    query = (
        select(EventRow.__table__)
        .where(EventRow.kind == "Sealed", EventRow.fields.in_(fights))
        .order_by(EventRow.block, EventRow.log_index)
    )
    found: dict[int, tuple[Told, ...]] = {}
    with failing(), index.engine.connect() as connection:
        for row in connection.execute(query):
            told = Told(records.read(row.kind, row.fields), row.contract, row.time, row.block, row.transaction_hash)
            fight = fights[row.fields].id
            found[fight] = (*found.get(fight, ()), told)
    return found


def _seal(client: Goldleaf, fight: Dispute, transaction: Any, auditor: str) -> bytes | None:
    """The seal that a call has opened; None if it is no call of the auditor's to the escrow."""
    if isinstance(transaction, GoldleafError):
        raise transaction
    escrow = client.deployment.address("TaskEscrow")
    selector = _codec.contract("TaskEscrow").functions["challenge"].selector
    if transaction is None or (str(transaction["to"]).lower(), transaction["from"].lower()) != (
        escrow.lower(),
        auditor.lower(),
    ):
        return None
    data = bytes.fromhex(transaction["input"][2:])
    if data[:4] != selector:
        return None
    submission, items, _, _, salt = decode(_ARGUMENTS, data[4:])
    return seals.challenge_seal(client.deployment.chain_id, escrow, submission, auditor, items, salt)


def _transactions(hashes: Sequence[str]) -> Steps[list[Any]]:
    answers: list[Any] = yield AskAll(tuple(Ask("eth_getTransactionByHash", (one,)) for one in hashes))
    return answers
