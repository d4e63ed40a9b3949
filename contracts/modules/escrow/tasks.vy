# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Tasks: what is bought, at what terms, and the pot that pays for it
@license AGPL-3.0-only
@dev A pot is not stored: until the task is closed it is `reward * (items * redundancy - accepted)`, so it
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
MAX_ITEMS: constant(uint256) = 2**32 - 1
MAX_BATCH: constant(uint256) = 4096
MAX_REDUNDANCY: constant(uint256) = 15
MAX_TOLERANCE_BPS: constant(uint256) = 5000
BPS: constant(uint256) = 10_000
MAX_AHEAD: constant(uint256) = 365 * 86_400  # seconds
MAX_PERIOD: constant(uint256) = 90 * 86_400  # seconds


# What a slot's place in the task makes of the terms.
struct Batch:
    first: uint256  # item number of the first label
    labels: uint256  # batch_size, or what is left for the last batch
    stake: uint256  # S, base units
    tolerated: uint256  # c, wrong labels that do not reject it
    penalty: uint256  # P, base units: one error more than is tolerated takes half of the stake, and the other half
    # rides on the rejection


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
    require.that(parameters.reward != 0 and parameters.reward <= MAX_AMOUNT, reasons.TASKS_BAD_REWARD)
    require.that(parameters.stake != 0 and parameters.stake <= MAX_AMOUNT, reasons.TASKS_BAD_STAKE)
    require.that(parameters.items != 0 and parameters.items <= MAX_ITEMS, reasons.TASKS_BAD_ITEMS)
    require.that(
        parameters.batch_size != 0 and parameters.batch_size <= MAX_BATCH and parameters.batch_size <= parameters.items,
        reasons.TASKS_BAD_BATCH_SIZE,
    )
    require.that(parameters.redundancy != 0 and parameters.redundancy <= MAX_REDUNDANCY, reasons.TASKS_BAD_REDUNDANCY)
    require.that(parameters.tolerance_bps <= MAX_TOLERANCE_BPS, reasons.TASKS_BAD_TOLERANCE)
    require.that(self._is_period(parameters.work_period), reasons.TASKS_BAD_WORK_PERIOD)
    require.that(self._is_period(parameters.publish_period), reasons.TASKS_BAD_PUBLISH_PERIOD)
    require.that(self._is_period(parameters.challenge_period), reasons.TASKS_BAD_CHALLENGE_PERIOD)
    require.that(self._is_period(parameters.response_period), reasons.TASKS_BAD_RESPONSE_PERIOD)
    # A deadline that leaves no time for the work would lock the pot for nothing.
    require.that(
        parameters.deadline > block.timestamp + parameters.work_period
        and parameters.deadline <= block.timestamp + MAX_AHEAD,
        reasons.TASKS_BAD_DEADLINE,
    )
    require.that(parameters.royalty_bps <= BPS, reasons.TASKS_BAD_ROYALTY)
    require.that(parameters.terms != empty(bytes32), reasons.TASKS_NO_TERMS)

    arbitrator: IArbitrator = IArbitrator(parameters.arbitrator)
    require.that(
        parameters.arbitration_timeout <= MAX_AHEAD
        and parameters.arbitration_timeout // 2 >= staticcall arbitrator.max_duration(),
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
    penalty: uint256 = min(
        self._checked_penalty(terms, 0, cost), self._checked_penalty(terms, self._batches(terms) - 1, cost)
    )
    require.that(
        parameters.demand_bond >= parameters.reward and parameters.demand_bond <= max(penalty, parameters.reward),
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
        words.Progress(token=token, live=0, accepted=0, cancelled=False, closed=False)
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
    @notice Returns what is left of the pot to the requester, after the deadline, once no submission is live.
            Anyone may call; `accepted_labels` is fixed from now on.
    """
    terms: words.Terms = self._terms(task)
    require.that(block.timestamp >= terms.deadline, reasons.TASKS_DEADLINE_NOT_PASSED)
    progress: words.Progress = self._progress(task)
    require.that(not progress.closed, reasons.TASKS_ALREADY_CLOSED)
    require.that(progress.live == 0, reasons.TASKS_SUBMISSIONS_ARE_LIVE)

    progress.closed = True
    self._set_progress(task, progress)
    left: uint256 = self._pay(task).reward * (terms.items * terms.redundancy - progress.accepted)
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
def _leave(task: uint256, accepted: uint256) -> address:
    """
    @dev One slot of the task is no longer live, and so many of its labels are paid for.
    @return The task's token.
    """
    progress: uint256 = self.progress_word[task]
    self.progress_word[task] = words._with_one_less_live(progress, accepted)
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
    return (terms.items + terms.batch_size - 1) // terms.batch_size


@internal
@pure
def _batch(terms: words.Terms, slot: uint256) -> Batch:
    first: uint256 = slot % self._batches(terms) * terms.batch_size
    labels: uint256 = min(terms.batch_size, terms.items - first)
    stake: uint256 = terms.stake * labels
    tolerated: uint256 = labels * terms.tolerance_bps // BPS
    return Batch(first=first, labels=labels, stake=stake, tolerated=tolerated, penalty=stake // (2 * (tolerated + 1)))


@internal
@view
def _batch_of(submission: uint256) -> Batch:
    return self._batch(self._terms(words._parent(submission)), words._number(submission))


@internal
@pure
def _checked_penalty(terms: words.Terms, slot: uint256, cost: uint256) -> uint256:
    """
    @dev The jury rule: a stake below this would not be worth a dispute, or its parts could round to nothing.
    """
    batch: Batch = self._batch(terms, slot)
    require.that(batch.stake // 2 >= cost and batch.penalty >= 4, reasons.TASKS_STAKE_BELOW_JURY_COST)
    return batch.penalty


@internal
@view
def _is_period(period: uint256) -> bool:
    return period >= PERIOD_FLOOR and period <= MAX_PERIOD
