# pragma version 0.4.3
"""
@title Tasks: what is bought, at what terms, and the pot that pays for it
@license AGPL-3.0-only
@dev A pot is not stored: until the task is closed it is `reward * (items * redundancy - delivered)`, so it
     always covers every slot that may still be paid.
"""

from ...interfaces import IArbitrator
from ...interfaces import IGrader
from ...interfaces import ITaskEscrow
from .. import ledger
from .. import reasons
from .. import require
from . import batches
from . import packing

uses: ledger


interface TaskTerms:
    def task_words(requester: address, parameters: ITaskEscrow.TaskParameters) -> uint256[8]: view


# Whoever proves a label wrong earns this part of its reward. A larger one would pay for challenging one's own labels.
PRIZE_DIVISOR: constant(uint256) = 4
# What says which terms a task may have.
RULES: immutable(TaskTerms)

# Ids count from 1, so that no id of a task, submission or challenge is 0.
task_count: uint256
# task id -> its words; their places and pictures are in `packing`
words: HashMap[uint256, uint256[8]]


@deploy
def __init__(terms: address):
    require.that(terms.is_contract, reasons.TASKS_TERMS_HAVE_NO_CODE)
    RULES = TaskTerms(terms)


@internal
def _open(requester: address, parameters: ITaskEscrow.TaskParameters, uri: String[256]) -> uint256:
    task: uint256 = unsafe_add(self.task_count, 1)
    self.task_count = task
    self.words[task] = staticcall RULES.task_words(requester, parameters)
    token: address = self._token(task)
    # Amounts and counts are bounded by the rules.
    pot: uint256 = unsafe_mul(unsafe_mul(parameters.reward, parameters.items), parameters.redundancy)
    ledger._debit(token, requester, pot)
    log ITaskEscrow.Opened(task=task, requester=requester, token=token, parameters=parameters, uri=uri)
    return task


@internal
def _cancel(account: address, task: uint256):
    terms: packing.Terms = self._terms(task)
    require.that(account == self._requester(task), reasons.TASKS_NOT_THE_REQUESTER)
    require.that(block.timestamp < terms.deadline, reasons.TASKS_DEADLINE_PASSED)
    progress: packing.Progress = self._progress(task)
    require.that(not progress.cancelled, reasons.TASKS_ALREADY_CANCELLED)

    self.words[task][packing.PROGRESS] = packing._as_cancelled(self.words[task][packing.PROGRESS])
    # Whoever has taken a slot delivers before this, so nobody labels while others' labels are readable.
    publish_from: uint256 = min(terms.deadline, unsafe_add(block.timestamp, terms.work_period))
    self.words[task][packing.GATE] = packing._pack_address(self._gate(task), publish_from)
    log ITaskEscrow.Cancelled(task=task, publish_from=publish_from)


@internal
def _close(task: uint256):
    terms: packing.Terms = self._terms(task)
    require.that(block.timestamp >= self._publish_from(task, terms.deadline), reasons.TASKS_TOO_EARLY_TO_CLOSE)
    progress: packing.Progress = self._progress(task)
    require.that(not progress.closed, reasons.TASKS_ALREADY_CLOSED)
    require.that(progress.live == 0, reasons.TASKS_SUBMISSIONS_ARE_LIVE)

    self.words[task][packing.PROGRESS] = packing._as_closed(self.words[task][packing.PROGRESS])
    left: uint256 = unsafe_mul(
        self._pay(task).reward, unsafe_sub(unsafe_mul(terms.items, terms.redundancy), progress.delivered)
    )
    ledger._credit(progress.token, self._requester(task), left)
    log ITaskEscrow.Closed(task=task, accepted=progress.accepted, to_requester=left)


@internal
@view
def _terms(task: uint256) -> packing.Terms:
    return packing._known_terms(self.words[task][packing.TERMS])


@internal
@view
def _pay(task: uint256) -> packing.Pay:
    return packing._unpack_pay(self.words[task][packing.PAY])


@internal
@view
def _progress(task: uint256) -> packing.Progress:
    return packing._unpack_progress(self.words[task][packing.PROGRESS])


@internal
@view
def _token(task: uint256) -> address:
    return packing._low_address(self.words[task][packing.PROGRESS])


@internal
def _enter(task: uint256, slots: uint256):
    """
    @dev So many more slots of the task are live.
    """
    self.words[task][packing.PROGRESS] = packing._with_more_live(self.words[task][packing.PROGRESS], slots)


@internal
def _leave(task: uint256, accepted: uint256, delivered: uint256) -> address:
    """
    @dev One slot of the task is no longer live, so many of its labels are accepted, and the pot gives `reward` for each
         of those that are delivered.
    @return The task's token.
    """
    progress: uint256 = self.words[task][packing.PROGRESS]
    self.words[task][packing.PROGRESS] = packing._with_one_less_live(progress, accepted, delivered)
    return packing._low_address(progress)


@internal
@view
def _requester(task: uint256) -> address:
    return packing._low_address(self.words[task][packing.REQUESTER])


@internal
@view
def _arbitration_timeout(task: uint256) -> uint256:
    return packing._rest(self.words[task][packing.REQUESTER])


@internal
@view
def _arbitrator(task: uint256) -> IArbitrator:
    return IArbitrator(packing._low_address(self.words[task][packing.ARBITRATOR]))


@internal
@view
def _availability_bond(task: uint256) -> uint256:
    return packing._rest(self.words[task][packing.ARBITRATOR])


@internal
@view
def _gate(task: uint256) -> address:
    return packing._low_address(self.words[task][packing.GATE])


@internal
@view
def _grader(task: uint256) -> IGrader:
    return IGrader(packing._low_address(self.words[task][packing.GRADER]))


@internal
@view
def _publish_from(task: uint256, deadline: uint256) -> uint256:
    """
    @dev The time from which what is committed may be published, whatever the siblings do.
    """
    if self._progress(task).cancelled:
        return packing._rest(self.words[task][packing.GATE])
    return deadline


@internal
@view
def _batch_of(submission: uint256) -> batches.Batch:
    return batches._of(self._terms(submission >> packing.NUMBER_BITS), packing._number(submission))
