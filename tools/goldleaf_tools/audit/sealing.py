"""In which transactions challenges were sealed: what they tell is a hash, which the challenge's own call explains."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from goldleaf import Goldleaf, seals
from goldleaf.encoding import decode_call
from goldleaf.errors import ArgumentError
from goldleaf.events import Sealed
from goldleaf.results import Call

from ..index import records
from ..index.database import failing
from ..index.schema import EventRow
from .facts import Dispute, TaskFacts, Told

if TYPE_CHECKING:
    from ..index import Index

# Hashes that are asked for at once, of transactions and of seals.
PAGE = 100


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
    sent = client.chain.transaction.many(fight.filed_by for fight in own)
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


def _seal(client: Goldleaf, fight: Dispute, call: Call | None, auditor: str) -> bytes | None:
    """The seal that a call has opened; None if it is no call of the auditor's to the escrow."""
    escrow = client.deployment.address("TaskEscrow")
    if call is None or (call.to, call.sender) != (escrow, auditor):
        return None
    try:
        decoded = decode_call("TaskEscrow", call.data)
    except ArgumentError:
        return None
    if decoded.function != "challenge":
        return None
    submission, items, _, _, _, salt = decoded.arguments
    return seals.challenge_seal(client.deployment.chain_id, escrow, submission, auditor, items, salt)
