# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Demands: "show me this label"
@license AGPL-3.0-only
@dev A root with no labels behind it must not be paid. The bond, which is about what the proof costs in gas, is lost if
     the label is shown, and to nobody's gain: else it would pay to withhold labels until they are asked for.
"""

from ...interfaces import ITaskEscrow
from .. import actor
from .. import label_tree
from .. import ledger
from .. import reasons
from .. import require
from . import fights
from . import submissions
from . import tasks
from . import words

uses: actor
uses: fights
uses: ledger
uses: submissions
uses: tasks


@external
def demand(submission: uint256, item: uint256) -> uint256:
    """
    @notice Asks for a published label, with the task's demand bond from the caller's free balance, in the first half of
            the challenge window.
    @return The demand's fight id.
    """
    account: address = actor._actor()
    holder: words.Holder = submissions._published(submission)
    task: uint256 = submission >> words.NUMBER_BITS
    # Only the first half, so that a quarter of the window is left to challenge what is shown. A window that the
    # requester has cut short is over by this as well.
    period: uint256 = tasks._terms(task).challenge_period
    require.that(block.timestamp < holder.clock - period + period // 2, reasons.DEMANDS_FIRST_HALF_IS_OVER)
    fights._check_items(tasks._batch_of(submission), item, item)

    bond: uint256 = tasks._demand_bond(task)
    ledger._debit(tasks._token(task), account, bond)
    demand: uint256 = fights._file(submission, account, 0, item)
    log ITaskEscrow.Demanded(fight=demand, demander=account, item=item, bond=bond)
    return demand


@external
def answer(demand: uint256, label: Bytes[2048], proof: DynArray[bytes32, 12]):
    """
    @notice Shows the label that was demanded, by anyone, within a quarter of the challenge period.
    @param label The label's canonical JSON.
    @param proof Its siblings in the label tree, from the leaf up: exactly as many as the tree is deep.
    """
    account: address = actor._actor()
    case: words.Case = fights._open_case(demand)
    require.that(case.labels == 0, reasons.DEMANDS_IS_A_CHALLENGE)
    submission: uint256 = demand >> words.NUMBER_BITS
    task: uint256 = submission >> words.NUMBER_BITS
    require.that(block.timestamp < self._answer_end(task, case), reasons.DEMANDS_ANSWER_IS_LATE)
    batch: tasks.Batch = tasks._batch_of(submission)
    require.that(
        label_tree._is_label(
            submissions.root[submission],
            case.item,
            keccak256(label),
            case.item - batch.first,
            batch.labels,
            proof,
        ),
        reasons.DEMANDS_WRONG_PROOF,
    )

    case.state = ITaskEscrow.FightState.ANSWERED
    fights._set_case(demand, case)
    log ITaskEscrow.Answered(fight=demand, answerer=account, label=label)


@external
def settle_demand(demand: uint256):
    """
    @notice Closes an answered demand, or rejects the submission over an unanswered one, in its turn. Anyone may call.
    """
    refusal: bytes32 = self._settle(demand)
    require.that(refusal == empty(bytes32), refusal)


@internal
def _settle(demand: uint256) -> bytes32:
    """
    @return Why the demand cannot be settled now, or was already; empty if it is settled by this.
    """
    case: words.Case = fights._case(demand)
    require.that(case.labels == 0, reasons.DEMANDS_NOT_A_DEMAND)
    refusal: bytes32 = fights._refusal(demand)
    if refusal != empty(bytes32):
        return refusal
    submission: uint256 = demand >> words.NUMBER_BITS
    task: uint256 = submission >> words.NUMBER_BITS
    holder: words.Holder = submissions._holder(submission)

    bond: uint256 = tasks._demand_bond(task)
    outcome: ITaskEscrow.Outcome = ITaskEscrow.Outcome.VOID
    split: fights.Split = fights.Split(to_party=bond, to_annotator=0, to_defender=0, to_sink=0)
    if holder.state != ITaskEscrow.SubmissionState.REJECTED:
        if case.state == ITaskEscrow.FightState.ANSWERED:
            outcome = ITaskEscrow.Outcome.ANSWERED
            split.to_party = 0
            split.to_sink = bond
        elif block.timestamp < self._answer_end(task, case):
            return reasons.DEMANDS_ANSWER_IS_OPEN
        else:
            outcome = ITaskEscrow.Outcome.UNANSWERED
            batch: tasks.Batch = tasks._batch_of(submission)
            # By what they risked, so that nobody lives by fishing for absent annotators.
            bonus: uint256 = min(batch.stake // 16, 4 * bond)
            split.to_party += bonus
            submissions._reject(submission, holder, batch, bonus)
    fights._end(demand, case, outcome, 0, split, empty(address), empty(address))
    return empty(bytes32)


@internal
@view
def _answer_end(task: uint256, case: words.Case) -> uint256:
    return case.clock + tasks._terms(task).challenge_period // 4
