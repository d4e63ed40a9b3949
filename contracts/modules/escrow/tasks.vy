# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Tasks: what is bought, at what terms, and the pot that pays for it
@license AGPL-3.0-only
@dev A pot is not stored: until the task is closed it is `reward * (items * redundancy - delivered)`, so it
     always covers every slot that may still be paid.
"""

from ...interfaces import IArbitrator
from ...interfaces import ITaskEscrow
from .. import actor
from .. import ledger
from .. import reasons
from .. import require
from . import words

uses: actor
uses: ledger

MAX_AMOUNT: constant(uint256) = 2**80 - 1
# Whoever proves a label wrong earns this part of its reward. A larger one would pay for challenging one's own labels.
PRIZE_DIVISOR: constant(uint256) = 4
MIN_REWARD: constant(uint256) = PRIZE_DIVISOR
MAX_LABELS: constant(uint256) = 2**31 - 1  # of a task, over all of its slots
MAX_BATCH: constant(uint256) = 4096
MAX_REDUNDANCY: constant(uint256) = 15
MAX_TOLERANCE_BPS: constant(uint256) = 8000
BPS: constant(uint256) = 10_000
MAX_AHEAD: constant(uint256) = 365 * 86_400  # seconds
MAX_PERIOD: constant(uint256) = 90 * 86_400  # seconds


# What a slot's place in the task makes of the terms.
struct Batch:
    first: uint256  # item number of the first label
    labels: uint256  # batch_size, or what is left for the last batch
    stake: uint256  # S, base units
    tolerated: uint256  # c, wrong labels that do not reject it


# Shortest work, publish, challenge and response period, seconds.
PERIOD_FLOOR: immutable(uint256)

# Ids count from 1, so that no id of a task, submission or fight is 0.
task_count: public(uint256)
# The words of a task, by task id; their pictures are in `words`.
terms_word: HashMap[uint256, uint256]
pay_word: HashMap[uint256, uint256]
progress_word: HashMap[uint256, uint256]
owner_word: HashMap[uint256, uint256]
judge_word: HashMap[uint256, uint256]
entry_word: HashMap[uint256, uint256]  # only of tasks that have a gate or were cancelled
# task id -> keccak-256 of the manifest
manifest: HashMap[uint256, bytes32]


@deploy
def __init__(period_floor: uint256):
    require.that(period_floor != 0 and period_floor <= MAX_PERIOD, reasons.TASKS_BAD_PERIOD_FLOOR)
    PERIOD_FLOOR = period_floor


@view
@external
def period_floor() -> uint256:
    """
    @notice The shortest period that a task may set, in seconds.
    """
    return PERIOD_FLOOR


@external
def open(parameters: ITaskEscrow.TaskParameters, uri: String[256]) -> uint256:
    """
    @notice Puts up a task and moves `reward * items * redundancy` from the caller's free balance into its pot.
    @param parameters The terms; they never change. The token is the arbitrator's.
    @param uri Where the manifest lies whose keccak-256 is `parameters.terms`.
    @return The task's id.
    """
    requester: address = actor._actor()
    require.that(parameters.arbitrator.is_contract, reasons.TASKS_ARBITRATOR_HAS_NO_CODE)
    require.that(parameters.gate == empty(address) or parameters.gate.is_contract, reasons.TASKS_GATE_HAS_NO_CODE)
    require.within(parameters.reward, MIN_REWARD, MAX_AMOUNT, reasons.TASKS_BAD_REWARD)
    require.within(parameters.stake, 1, MAX_AMOUNT, reasons.TASKS_BAD_STAKE)
    require.within(parameters.redundancy, 1, MAX_REDUNDANCY, reasons.TASKS_BAD_REDUNDANCY)
    require.within(parameters.items, 1, MAX_LABELS // parameters.redundancy, reasons.TASKS_BAD_ITEMS)
    require.within(parameters.batch_size, 1, min(MAX_BATCH, parameters.items), reasons.TASKS_BAD_BATCH_SIZE)
    require.within(parameters.tolerance_bps, 0, MAX_TOLERANCE_BPS, reasons.TASKS_BAD_TOLERANCE)
    self._check_period(parameters.work_period, reasons.TASKS_BAD_WORK_PERIOD)
    self._check_period(parameters.publish_period, reasons.TASKS_BAD_PUBLISH_PERIOD)
    self._check_period(parameters.challenge_period, reasons.TASKS_BAD_CHALLENGE_PERIOD)
    self._check_period(parameters.response_period, reasons.TASKS_BAD_RESPONSE_PERIOD)
    # A deadline that leaves no time for the work would lock the pot for nothing.
    require.within(
        parameters.deadline,
        block.timestamp + parameters.work_period + 1,
        block.timestamp + MAX_AHEAD,
        reasons.TASKS_BAD_DEADLINE,
    )
    require.within(parameters.royalty_bps, 0, BPS, reasons.TASKS_BAD_ROYALTY)
    require.that(parameters.terms != empty(bytes32), reasons.TASKS_NO_TERMS)

    arbitrator: IArbitrator = IArbitrator(parameters.arbitrator)
    require.within(
        parameters.arbitration_timeout,
        2 * min(staticcall arbitrator.max_duration(), MAX_AHEAD),
        MAX_AHEAD,
        reasons.TASKS_BAD_ARBITRATION_TIMEOUT,
    )
    cost: uint256 = staticcall arbitrator.arbitration_cost()
    terms: words.Terms = words.Terms(
        stake=parameters.stake,
        items=parameters.items,
        batch_size=parameters.batch_size,
        redundancy=parameters.redundancy,
        tolerance_bps=parameters.tolerance_bps,
        deadline=parameters.deadline,
        work_period=parameters.work_period,
        gated=parameters.gate != empty(address),
        challenge_period=parameters.challenge_period,
    )
    # The first batch is a full one; the last one is what is left.
    full: uint256 = self._checked_stake(terms, 0, parameters.reward, cost)
    last: uint256 = self._checked_stake(terms, self._batches(terms) - 1, parameters.reward, cost)
    require.within(
        parameters.demand_bond,
        parameters.reward,
        max(last // 16, parameters.reward),
        reasons.TASKS_BAD_DEMAND_BOND,
    )

    token: address = staticcall arbitrator.token()
    ledger._debit(token, requester, parameters.reward * parameters.items * parameters.redundancy)

    task: uint256 = self.task_count + 1
    self.task_count = task
    self.terms_word[task] = words._pack_terms(terms)
    self.pay_word[task] = words._pack_pay(
        words.Pay(
            reward=parameters.reward,
            publish_period=parameters.publish_period,
            response_period=parameters.response_period,
            royalty_bps=parameters.royalty_bps,
        )
    )
    self.progress_word[task] = words._pack_progress(
        words.Progress(token=token, live=0, accepted=0, delivered=0, cancelled=False, closed=False)
    )
    self.owner_word[task] = words._pack_address(requester, parameters.arbitration_timeout)
    self.judge_word[task] = words._pack_address(parameters.arbitrator, parameters.demand_bond)
    if parameters.gate != empty(address):
        self.entry_word[task] = words._pack_address(parameters.gate, 0)
    self.manifest[task] = parameters.terms
    log ITaskEscrow.Opened(task=task, requester=requester, token=token, parameters=parameters, uri=uri)
    return task


@external
def cancel(task: uint256):
    """
    @notice Lets nobody take a slot any more. Work that was taken goes on.
    """
    account: address = actor._actor()
    terms: words.Terms = self._terms(task)
    requester: address = self._requester(task)
    require.that(account == requester, reasons.TASKS_NOT_THE_REQUESTER)
    require.that(block.timestamp < terms.deadline, reasons.TASKS_DEADLINE_PASSED)
    progress: words.Progress = self._progress(task)
    require.that(not progress.cancelled, reasons.TASKS_ALREADY_CANCELLED)

    progress.cancelled = True
    self._set_progress(task, progress)
    # Whoever has taken a slot delivers before this, so nobody labels while others' labels are readable.
    publish_from: uint256 = min(terms.deadline, block.timestamp + terms.work_period)
    self.entry_word[task] = words._pack_address(self._gate(task), publish_from)
    log ITaskEscrow.Cancelled(task=task, publish_from=publish_from)


@external
def close(task: uint256):
    """
    @notice Returns what is left of the pot to the requester, once no submission is live: after the deadline, or in a
            cancelled task from the time that `cancel` fixed. Anyone may call; `accepted_labels` is fixed from now on.
    """
    terms: words.Terms = self._terms(task)
    require.that(block.timestamp >= self._publish_from(task, terms), reasons.TASKS_TOO_EARLY_TO_CLOSE)
    progress: words.Progress = self._progress(task)
    require.that(not progress.closed, reasons.TASKS_ALREADY_CLOSED)
    require.that(progress.live == 0, reasons.TASKS_SUBMISSIONS_ARE_LIVE)

    progress.closed = True
    self._set_progress(task, progress)
    left: uint256 = self._pay(task).reward * (terms.items * terms.redundancy - progress.delivered)
    ledger._credit(progress.token, self._requester(task), left)
    log ITaskEscrow.Closed(task=task, accepted=progress.accepted, to_requester=left)


@internal
@view
def _terms(task: uint256) -> words.Terms:
    word: uint256 = self.terms_word[task]
    require.that(word != 0, reasons.TASKS_NO_SUCH_TASK)
    return words._unpack_terms(word)


@internal
@view
def _pay(task: uint256) -> words.Pay:
    return words._unpack_pay(self.pay_word[task])


@internal
@view
def _progress(task: uint256) -> words.Progress:
    return words._unpack_progress(self.progress_word[task])


@internal
@view
def _token(task: uint256) -> address:
    return words._low_address(self.progress_word[task])


@internal
def _set_progress(task: uint256, progress: words.Progress):
    self.progress_word[task] = words._pack_progress(progress)


@internal
def _enter(task: uint256):
    """
    @dev One more slot of the task is live.
    """
    self.progress_word[task] = words._with_one_more_live(self.progress_word[task])


@internal
def _leave(task: uint256, accepted: uint256, delivered: uint256) -> address:
    """
    @dev One slot of the task is no longer live, so many of its labels are accepted, and the pot gives `reward` for each
         of those that are delivered.
    @return The task's token.
    """
    progress: uint256 = self.progress_word[task]
    self.progress_word[task] = words._with_one_less_live(progress, accepted, delivered)
    return words._low_address(progress)


@internal
@view
def _requester(task: uint256) -> address:
    return words._unpack_address(self.owner_word[task])[0]


@internal
@view
def _arbitration_timeout(task: uint256) -> uint256:
    return words._unpack_address(self.owner_word[task])[1]


@internal
@view
def _arbitrator(task: uint256) -> IArbitrator:
    return IArbitrator(words._unpack_address(self.judge_word[task])[0])


@internal
@view
def _demand_bond(task: uint256) -> uint256:
    return words._unpack_address(self.judge_word[task])[1]


@internal
@view
def _gate(task: uint256) -> address:
    return words._unpack_address(self.entry_word[task])[0]


@internal
@view
def _publish_from(task: uint256, terms: words.Terms) -> uint256:
    """
    @dev The time from which what is committed may be published, whatever the siblings do.
    """
    if self._progress(task).cancelled:
        return words._unpack_address(self.entry_word[task])[1]
    return terms.deadline


@internal
@pure
def _batches(terms: words.Terms) -> uint256:
    # `open` has bounded the terms, so that none of this, nor what follows, can overflow or divide by nothing.
    return unsafe_div(unsafe_sub(unsafe_add(terms.items, terms.batch_size), 1), terms.batch_size)


@internal
@pure
def _batch(terms: words.Terms, slot: uint256) -> Batch:
    first: uint256 = unsafe_mul(slot % self._batches(terms), terms.batch_size)
    labels: uint256 = min(terms.batch_size, unsafe_sub(terms.items, first))
    return Batch(
        first=first,
        labels=labels,
        stake=unsafe_mul(terms.stake, labels),
        tolerated=unsafe_mul(labels, terms.tolerance_bps) // BPS,
    )


@internal
@view
def _batch_of(submission: uint256) -> Batch:
    return self._batch(self._terms(submission >> words.NUMBER_BITS), words._number(submission))


@internal
@pure
def _checked_stake(terms: words.Terms, slot: uint256, reward: uint256, cost: uint256) -> uint256:
    """
    @dev The stake rule: a stake below twice the cost would not be worth a dispute, and one below this many rewards could
         not advance every prize and still lose 5/8 by a rejection.
    @return The stake of the slot's batch, base units.
    """
    batch: Batch = self._batch(terms, slot)
    require.that(batch.stake // 2 >= max(cost, reward * (batch.tolerated + 1)), reasons.TASKS_STAKE_TOO_LOW)
    return batch.stake


@internal
@view
def _check_period(period: uint256, reason: bytes32):
    require.within(period, PERIOD_FLOOR, MAX_PERIOD, reason)
