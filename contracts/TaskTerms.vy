# pragma version 0.4.3
"""
@title TaskTerms
@license AGPL-3.0-only
@notice Which terms a task may have. A TaskEscrow asks here when a task is opened, and stores the answer; anyone may ask
        before.
@dev Holds nothing. It is apart from the escrow because a contract may have 24,576 bytes only.
"""

from .interfaces import IArbitrator
from .interfaces import ITaskEscrow
from .modules import reasons
from .modules import require
from .modules.escrow import batches
from .modules.escrow import packing

MAX_AMOUNT: constant(uint256) = 2**80 - 1
# Whoever proves a label wrong earns this part of its reward. A larger one would pay for challenging one's own labels.
PRIZE_DIVISOR: constant(uint256) = 4
MIN_REWARD: constant(uint256) = PRIZE_DIVISOR
MAX_LABELS: constant(uint256) = 2**31 - 1  # of a task, over all of its slots
MAX_BATCH: constant(uint256) = 4096
MAX_REDUNDANCY: constant(uint256) = 15
MAX_TOLERANCE_BPS: constant(uint256) = 8000
MAX_AHEAD: constant(uint256) = 365 * 86_400  # seconds
MAX_PERIOD: constant(uint256) = 90 * 86_400  # seconds

# Shortest work, publish, challenge and response period, seconds.
PERIOD_FLOOR: immutable(uint256)


@deploy
def __init__(period_floor: uint256):
    """
    @param period_floor The shortest period a task may set, seconds: one hour outside tests.
    """
    require.that(period_floor != 0 and period_floor <= MAX_PERIOD, reasons.TASKS_BAD_PERIOD_FLOOR)
    PERIOD_FLOOR = period_floor


@view
@external
def period_floor() -> uint256:
    """
    @notice The shortest period that a task may set, in seconds.
    """
    return PERIOD_FLOOR


@view
@external
def task_words(requester: address, parameters: ITaskEscrow.TaskParameters) -> uint256[8]:
    """
    @notice What an escrow stores of a task with these terms, opened now; refuses terms that no task may have.
    @return Words as `TaskEscrow.task_words` gives them out.
    """
    require.that(parameters.arbitrator.is_contract, reasons.TASKS_ARBITRATOR_HAS_NO_CODE)
    require.that(parameters.gate == empty(address) or parameters.gate.is_contract, reasons.TASKS_GATE_HAS_NO_CODE)
    is_graded: bool = parameters.grader != empty(address)
    if is_graded:
        require.that(parameters.grader.is_contract, reasons.TASKS_GRADER_HAS_NO_CODE)
    require.within(parameters.reward, MIN_REWARD, MAX_AMOUNT, reasons.TASKS_BAD_REWARD)
    require.within(parameters.stake, 1, MAX_AMOUNT, reasons.TASKS_BAD_STAKE)
    require.within(parameters.redundancy, 1, MAX_REDUNDANCY, reasons.TASKS_BAD_REDUNDANCY)
    require.within(parameters.items, 1, MAX_LABELS // parameters.redundancy, reasons.TASKS_BAD_ITEMS)
    require.within(parameters.batch_size, 1, min(MAX_BATCH, parameters.items), reasons.TASKS_BAD_BATCH_SIZE)
    # Every batch of a graded task is tested by the same counts.
    require.that(not is_graded or parameters.items % parameters.batch_size == 0, reasons.TASKS_LAST_BATCH_NOT_WHOLE)
    require.within(parameters.tolerance_bps, 0, MAX_TOLERANCE_BPS, reasons.TASKS_BAD_TOLERANCE)
    require.within(parameters.work_period, PERIOD_FLOOR, MAX_PERIOD, reasons.TASKS_BAD_WORK_PERIOD)
    require.within(parameters.publish_period, PERIOD_FLOOR, MAX_PERIOD, reasons.TASKS_BAD_PUBLISH_PERIOD)
    require.within(parameters.challenge_period, PERIOD_FLOOR, MAX_PERIOD, reasons.TASKS_BAD_CHALLENGE_PERIOD)
    # Whoever challenges their own labels first holds up all later settlements for this long.
    require.within(
        parameters.response_period, PERIOD_FLOOR, parameters.challenge_period, reasons.TASKS_BAD_RESPONSE_PERIOD
    )
    # A deadline that leaves no time for the work would lock the pot for nothing.
    require.within(
        parameters.deadline,
        block.timestamp + parameters.work_period + 1,
        block.timestamp + MAX_AHEAD,
        reasons.TASKS_BAD_DEADLINE,
    )
    require.within(parameters.royalty_bps, 0, batches.BPS, reasons.TASKS_BAD_ROYALTY)
    require.that(parameters.terms != empty(bytes32), reasons.TASKS_NO_TERMS)

    arbitrator: IArbitrator = IArbitrator(parameters.arbitrator)
    require.within(
        parameters.arbitration_timeout,
        2 * min(staticcall arbitrator.max_duration(), MAX_AHEAD),
        MAX_AHEAD,
        reasons.TASKS_BAD_ARBITRATION_TIMEOUT,
    )
    cost: uint256 = staticcall arbitrator.arbitration_cost()
    terms: packing.Terms = packing.Terms(
        stake=parameters.stake,
        items=parameters.items,
        batch_size=parameters.batch_size,
        redundancy=parameters.redundancy,
        tolerance_bps=parameters.tolerance_bps,
        deadline=parameters.deadline,
        work_period=parameters.work_period,
        gated=parameters.gate != empty(address),
        challenge_period=parameters.challenge_period,
        graded=is_graded,
    )
    # The first batch is a full one; the last one is what is left.
    full: uint256 = self._checked_stake(terms, 0, parameters.reward, cost)
    last: uint256 = self._checked_stake(terms, batches._count(terms) - 1, parameters.reward, cost)
    require.within(
        parameters.availability_bond,
        parameters.reward,
        max(last // 16, parameters.reward),
        reasons.TASKS_BAD_AVAILABILITY_BOND,
    )
    progress: packing.Progress = empty(packing.Progress)
    progress.token = staticcall arbitrator.token()
    pay: packing.Pay = packing.Pay(
        reward=parameters.reward,
        publish_period=parameters.publish_period,
        response_period=parameters.response_period,
        royalty_bps=parameters.royalty_bps,
    )
    return [
        packing._pack_terms(terms),
        packing._pack_pay(pay),
        packing._pack_progress(progress),
        packing._pack_address(requester, parameters.arbitration_timeout),
        packing._pack_address(parameters.arbitrator, parameters.availability_bond),
        packing._pack_address(parameters.gate, 0),
        convert(parameters.terms, uint256),
        convert(parameters.grader, uint256),
    ]


@internal
@pure
def _checked_stake(terms: packing.Terms, slot: uint256, reward: uint256, cost: uint256) -> uint256:
    """
    @dev The stake rule: a stake below twice the cost would not be worth a dispute, and one below this many rewards could
         not advance every prize and still lose 5/8 by a rejection.
    @return The stake of the slot's batch, base units.
    """
    batch: batches.Batch = batches._of(terms, slot)
    require.that(batch.stake // 2 >= max(cost, reward * (batch.tolerated + 1)), reasons.TASKS_STAKE_TOO_LOW)
    return batch.stake
