# pragma version 0.4.3
"""
@title Challenges of availability: "not each of these labels can be read"
@license AGPL-3.0-only
@dev A root with no labels behind it must not be paid. The bond, which is about what an answer costs in gas, is lost if
     the labels are shown, and to nobody's gain: else it would pay to withhold labels until they are asked for.
"""

from ...interfaces import ITaskEscrow
from .. import label_tree
from .. import reasons
from .. import require
from . import batches
from . import challenges
from . import packing
from . import submissions
from . import tasks

uses: challenges
uses: submissions
uses: tasks

# submission id -> position in the batch // 256 -> bit (position % 256) is set for a label that was shown
shown: HashMap[uint256, HashMap[uint256, uint256]]


@internal
def _challenge(account: address, submission: uint256, indices: DynArray[uint256, 32]) -> uint256:
    held: packing.Submission = submissions._published(submission)
    task: uint256 = submission >> packing.NUMBER_BITS
    # Only the first half, so that a quarter of the window is left to challenge what is shown. A window that the
    # requester has cut short is over by this as well.
    period: uint256 = tasks._terms(task).challenge_period
    require.that(
        block.timestamp < unsafe_sub(held.until, unsafe_sub(period, period // 2)), reasons.CHALLENGES_FIRST_HALF_IS_OVER
    )
    bond: uint256 = tasks._availability_bond(task)
    id: uint256 = challenges._file(
        submission, held, account, ITaskEscrow.ChallengeKind.AVAILABILITY, indices, challenges._hash(indices), bond
    )
    # One label that was shown meanwhile does not spoil the challenge: else whoever withholds the rest would show one first.
    require.that(self._count_shown(submission, indices) < len(indices), reasons.CHALLENGES_LABEL_WAS_SHOWN)
    log ITaskEscrow.AvailabilityChallenged(challenge=id, challenger=account, indices=indices, bond=bond)
    return id


@internal
def _answer(id: uint256, item: uint256, digest: bytes32, proof: DynArray[bytes32, 12]):
    challenge: packing.Challenge = challenges._filed(id)
    require.that(challenge.kind == ITaskEscrow.ChallengeKind.AVAILABILITY, reasons.CHALLENGES_IS_OF_CORRECTNESS)
    require.that(block.timestamp < self._answer_end(id, challenge), reasons.CHALLENGES_ANSWER_IS_LATE)
    submission: uint256 = id >> packing.NUMBER_BITS
    batch: batches.Batch = tasks._batch_of(submission)
    # An item of another batch has no place in the tree.
    place: uint256 = unsafe_sub(item, batch.first)
    require.that(
        label_tree._is_label(submissions.root[submission], item, digest, place, batch.labels, proof),
        reasons.CHALLENGES_WRONG_PROOF,
    )
    word: uint256 = 0
    bit: uint256 = 0
    word, bit = packing._bit(place)
    shown: uint256 = self.shown[submission][word]
    require.that(shown & bit == 0, reasons.CHALLENGES_LABEL_WAS_SHOWN)
    self.shown[submission][word] = shown | bit


@internal
def _settle(id: uint256, challenge: packing.Challenge, shown: uint256) -> bytes32:
    """
    @param shown How many of its labels were shown.
    @return Why the challenge cannot be settled now; empty if it is settled by this.
    """
    submission: uint256 = id >> packing.NUMBER_BITS
    held: packing.Submission = submissions._get(submission)
    bond: uint256 = tasks._availability_bond(challenges._task(id))
    outcome: ITaskEscrow.Outcome = ITaskEscrow.Outcome.VOID
    split: challenges.Split = challenges.Split(to_challenger=bond, to_annotator=0, to_defender=0, to_sink=0)
    if held.state != ITaskEscrow.SubmissionState.REJECTED:
        if shown == challenge.labels:
            outcome = ITaskEscrow.Outcome.ANSWERED
            split.to_challenger = 0
            split.to_sink = bond
        elif block.timestamp < self._answer_end(id, challenge):
            return reasons.CHALLENGES_ANSWER_IS_OPEN
        else:
            outcome = ITaskEscrow.Outcome.UNANSWERED
            batch: batches.Batch = tasks._batch_of(submission)
            # By what they risked, so that nobody lives by fishing for absent annotators.
            bonus: uint256 = min(batch.stake // 16, unsafe_mul(4, bond))
            split.to_challenger = unsafe_add(split.to_challenger, bonus)
            submissions._reject(submission, held, batch, bonus)
    challenges._end(id, challenge, outcome, 0, split, empty(address), empty(address))
    return empty(bytes32)


@internal
@view
def _answer_end(id: uint256, challenge: packing.Challenge) -> uint256:
    return unsafe_add(challenge.filed_at, tasks._terms(challenges._task(id)).challenge_period // 4)


@internal
@view
def _count_shown(submission: uint256, indices: DynArray[uint256, 32]) -> uint256:
    first: uint256 = tasks._batch_of(submission).first
    count: uint256 = 0
    for item: uint256 in indices:
        word: uint256 = 0
        bit: uint256 = 0
        word, bit = packing._bit(unsafe_sub(item, first))
        count = unsafe_add(count, convert(self.shown[submission][word] & bit != 0, uint256))
    return count
