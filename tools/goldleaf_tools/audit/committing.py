"""In which transactions challenges were committed: they tell a hash, which the challenge's own call explains."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from goldleaf import Goldleaf, commitments
from goldleaf.encoding import decode_call
from goldleaf.errors import ArgumentError
from goldleaf.events import ChallengeCommitted
from goldleaf.results import Call
from goldleaf.types import ChallengeKind

from ..index import records
from ..index.database import failing
from ..index.schema import EventRow
from .facts import Dispute, TaskFacts, Told

if TYPE_CHECKING:
    from ..index import Index

# Hashes that are asked for at once, of transactions and of commitments.
PAGE = 100


def with_commitments(client: Goldleaf, index: "Index", read: Sequence[TaskFacts], auditor: str) -> list[TaskFacts]:
    """The facts, in which the auditor's own challenges tell when they were committed too. Raises `NodeError`.

    Of challenges that somebody else has sent for the auditor, as a relay does, nothing is added.
    """
    own = [
        challenge
        for one in read
        for challenge in one.challenges
        if challenge.challenger == auditor and challenge.kind == ChallengeKind.CORRECTNESS
    ]
    told: dict[int, tuple[Told, ...]] = {}
    for first in range(0, len(own), PAGE):
        told |= _find(client, index, own[first : first + PAGE], auditor)
    return [
        replace(
            one,
            challenges=tuple(
                replace(challenge, told=(*told.get(challenge.id, ()), *challenge.told)) for challenge in one.challenges
            ),
        )
        for one in read
    ]


def _find(client: Goldleaf, index: "Index", own: Sequence[Dispute], auditor: str) -> dict[int, tuple[Told, ...]]:
    sent = client.chain.transaction.many(challenge.filed_by for challenge in own)
    challenges = {
        records.write(ChallengeCommitted(commitment)): challenge
        for challenge, transaction in zip(own, sent, strict=True)
        if (commitment := _commitment(client, challenge, transaction, auditor)) is not None
    }
    query = (
        select(EventRow.__table__)
        .where(EventRow.kind == "ChallengeCommitted", EventRow.fields.in_(challenges))
        .order_by(EventRow.block, EventRow.log_index)
    )
    found: dict[int, tuple[Told, ...]] = {}
    with failing(), index.engine.connect() as connection:
        for row in connection.execute(query):
            told = Told(records.read(row.kind, row.fields), row.contract, row.time, row.block, row.transaction_hash)
            challenge = challenges[row.fields].id
            found[challenge] = (*found.get(challenge, ()), told)
    return found


def _commitment(client: Goldleaf, challenge: Dispute, call: Call | None, auditor: str) -> bytes | None:
    """The commitment that a call has opened; None if it is no call of the auditor's to the escrow."""
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
    return commitments.challenge_commitment(client.deployment.chain_id, escrow, submission, auditor, items, salt)
