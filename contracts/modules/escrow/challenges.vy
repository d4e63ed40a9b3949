# pragma version 0.4.3
"""
@title Challenges: what both kinds have in common
@license AGPL-3.0-only
@dev The challenges of a submission share one numbering and are settled in that order, so nobody who files later
     takes an earlier one's prize.
"""

from ...interfaces import ITaskEscrow
from .. import ledger
from .. import losses
from .. import reasons
from .. import require
from . import batches
from . import packing
from . import submissions
from . import tasks

uses: ledger
uses: losses
uses: submissions
uses: tasks


# What a settlement pays, base units: the bond, and what the stake advances.
struct Split:
    to_challenger: uint256
    to_annotator: uint256
    to_defender: uint256
    to_sink: uint256


# challenge id -> keccak256(abi_encode(item numbers))
indices_hash: HashMap[uint256, bytes32]


@internal
def _file(
    submission: uint256,
    held: packing.Submission,
    challenger: address,
    kind: ITaskEscrow.ChallengeKind,
    indices: DynArray[uint256, 32],
    indices_hash: bytes32,
    bond: uint256,
) -> uint256:
    """
    @dev Takes the bond from the challenger's free balance.
    @param held The submission, as it is stored.
    @return The challenge's id.
    """
    count: uint256 = len(indices)
    require.that(count != 0, reasons.CHALLENGES_NO_LABELS)
    batch: batches.Batch = tasks._batch_of(submission)
    end: uint256 = unsafe_add(batch.first, batch.labels)  # item numbers are below 2^32
    least: uint256 = batch.first
    for item: uint256 in indices:
        require.that(item >= least and item < end, reasons.CHALLENGES_FOREIGN_OR_UNSORTED)
        least = unsafe_add(item, 1)
    ledger._debit(tasks._token(submission >> packing.NUMBER_BITS), challenger, bond)

    id: uint256 = submission << packing.NUMBER_BITS | held.filed
    challenged: packing.Submission = held
    challenged.filed = unsafe_add(held.filed, 1)
    submissions._set_submission(submission, challenged)
    self.indices_hash[id] = indices_hash
    self._set(
        id,
        packing.Challenge(
            challenger=challenger,
            filed_at=block.timestamp,
            defended_at=0,
            state=ITaskEscrow.ChallengeState.FILED,
            labels=count,
            ruling=0,
            kind=kind,
        ),
    )
    return id


@internal
def _end(
    id: uint256,
    challenge: packing.Challenge,
    outcome: ITaskEscrow.Outcome,
    proven: uint256,
    split: Split,
    annotator: address,
    defender: address,
):
    """
    @dev Pays, and gives the submission's next challenge its turn.
    """
    settled: packing.Challenge = challenge
    settled.state = ITaskEscrow.ChallengeState.SETTLED
    self._set(id, settled)
    token: address = tasks._token(self._task(id))
    ledger._credit(token, challenge.challenger, split.to_challenger)
    ledger._credit(token, annotator, split.to_annotator)
    ledger._credit(token, defender, split.to_defender)
    losses._sink(token, split.to_sink)
    log ITaskEscrow.Settled(
        challenge=id,
        outcome=outcome,
        proven=proven,
        to_challenger=split.to_challenger,
        to_annotator=split.to_annotator,
        to_defender=split.to_defender,
        to_sink=split.to_sink,
    )


@internal
@view
def _filed(id: uint256) -> packing.Challenge:
    """
    @dev A challenge that can still be answered, conceded or defended: a rejection ends all that.
    """
    challenge: packing.Challenge = submissions._challenge(id)
    require.that(challenge.state == ITaskEscrow.ChallengeState.FILED, reasons.CHALLENGES_NOT_OPEN)
    held: packing.Submission = submissions._published(id >> packing.NUMBER_BITS)
    return challenge


@internal
def _set(id: uint256, challenge: packing.Challenge):
    submissions.challenge_word[id] = packing._pack_challenge(challenge)


@internal
@pure
def _task(id: uint256) -> uint256:
    return id >> 2 * packing.NUMBER_BITS


@internal
@pure
def _hash(indices: DynArray[uint256, 32]) -> bytes32:
    return keccak256(abi_encode(indices))
