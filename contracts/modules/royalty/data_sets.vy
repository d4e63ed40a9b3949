# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Data sets: the closed tasks of one escrow
@license AGPL-3.0-only
@dev What the escrow says of a closed task never changes. The part of it that payments and holders need is kept in a
     word of the pool from the first enrolment on, since reading the whole task costs nine times as much.
"""

from ...interfaces import ITaskEscrow
from .. import reasons
from .. import require
from . import words


interface TaskEscrow:
    def task(id: uint256) -> ITaskEscrow.Task: view
    def submission(id: uint256) -> ITaskEscrow.Submission: view


# Where the tasks are.
ESCROW: immutable(TaskEscrow)

# task id -> data set word, see `words`; 0: nobody has enrolled yet
data_set_word: HashMap[uint256, uint256]


@deploy
def __init__(escrow: address):
    require.that(escrow.is_contract, reasons.ROYALTY_ESCROW_HAS_NO_CODE)
    ESCROW = TaskEscrow(escrow)


@view
@external
def escrow() -> address:
    """
    @notice The TaskEscrow whose tasks have shares here.
    """
    return ESCROW.address


@internal
@view
def _closed_task(task: uint256) -> ITaskEscrow.Task:
    """
    @dev What the escrow says of a task. It refuses unknown ones itself.
    """
    known: ITaskEscrow.Task = staticcall ESCROW.task(task)
    require.that(known.closed, reasons.ROYALTY_TASK_IS_NOT_CLOSED)
    return known


@internal
@view
def _submission(submission: uint256) -> ITaskEscrow.Submission:
    return staticcall ESCROW.submission(submission)


@internal
@view
def _data_set(task: uint256) -> words.DataSet:
    """
    @dev Of any closed task, with shares or without.
    """
    word: uint256 = self.data_set_word[task]
    if word != 0:
        return words._unpack_data_set(word)
    return self._derived(self._closed_task(task))


@internal
@view
def _data_set_if_closed(task: uint256) -> words.DataSet:
    """
    @return Empty, which is of no parts, if the task is open.
    """
    word: uint256 = self.data_set_word[task]
    if word != 0:
        return words._unpack_data_set(word)
    known: ITaskEscrow.Task = staticcall ESCROW.task(task)
    if not known.closed:
        return empty(words.DataSet)
    return self._derived(known)


@internal
@pure
def _derived(known: ITaskEscrow.Task) -> words.DataSet:
    """
    @dev What nobody has enrolled in yet.
    """
    return words.DataSet(
        token=known.token,
        parts=known.parameters.items * known.parameters.redundancy,
        enrolled=0,
        royalty_bps=known.parameters.royalty_bps,
    )


@internal
@view
def _shared(task: uint256) -> words.DataSet:
    """
    @dev Of a task that somebody has shares of.
    """
    word: uint256 = self.data_set_word[task]
    require.that(word != 0, reasons.ROYALTY_NOBODY_HAS_ENROLLED)
    return words._unpack_data_set(word)


@internal
def _set_data_set(task: uint256, data_set: words.DataSet):
    self.data_set_word[task] = words._pack_data_set(data_set)
