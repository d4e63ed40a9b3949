# pragma version 0.4.3
"""
@title Data sets: the closed tasks of one escrow
@license AGPL-3.0-only
@dev What the escrow says of a closed task never changes. The part of it that payments and owners of shares need is kept in a
     word of the pool from the first enrolment on, since reading the whole task costs nine times as much.
"""

from ...interfaces import ITaskEscrow
from .. import reasons
from .. import require
from ..escrow import batches
from ..escrow import packing as escrow_packing
from . import packing


interface TaskEscrow:
    def task_words(task: uint256) -> uint256[8]: view
    def submission_words(submission: uint256) -> uint256[2]: view


# What the pool needs of a task.
struct Task:
    requester: address
    token: address
    parts: uint256  # one per label that it asked for
    accepted: uint256
    royalty_bps: uint256
    closed: bool


# Where the tasks are.
ESCROW: immutable(TaskEscrow)

# task id -> data set word, see `packing`; 0: nobody has enrolled yet
data_set_word: HashMap[uint256, uint256]


@deploy
def __init__(escrow: address):
    require.that(escrow.is_contract, reasons.ROYALTY_ESCROW_HAS_NO_CODE)
    ESCROW = TaskEscrow(escrow)


@internal
@view
def _task(task: uint256) -> Task:
    """
    @dev What the escrow says of a task; of an unknown one, that it is of no parts and not closed.
    """
    words: uint256[8] = staticcall ESCROW.task_words(task)
    terms: escrow_packing.Terms = escrow_packing._unpack_terms(words[escrow_packing.TERMS])
    progress: escrow_packing.Progress = escrow_packing._unpack_progress(words[escrow_packing.PROGRESS])
    return Task(
        requester=escrow_packing._low_address(words[escrow_packing.REQUESTER]),
        token=progress.token,
        parts=terms.items * terms.redundancy,
        accepted=progress.accepted,
        royalty_bps=escrow_packing._unpack_pay(words[escrow_packing.PAY]).royalty_bps,
        closed=progress.closed,
    )


@internal
@view
def _closed_task(task: uint256) -> Task:
    known: Task = self._task(task)
    require.that(known.closed, reasons.ROYALTY_TASK_IS_NOT_CLOSED)
    return known


@internal
@view
def _terms(task: uint256) -> escrow_packing.Terms:
    return escrow_packing._unpack_terms((staticcall ESCROW.task_words(task))[escrow_packing.TERMS])


@internal
@view
def _paid_labels(submission: uint256, terms: escrow_packing.Terms) -> (address, uint256):
    """
    @param terms Of its task, which is closed.
    @return Annotator and accepted labels of the submission; no labels if it was not paid.
    """
    words: uint256[2] = staticcall ESCROW.submission_words(submission)
    held: escrow_packing.Submission = escrow_packing._unpack_submission(words[0])
    if held.state != ITaskEscrow.SubmissionState.PAID:
        return empty(address), 0
    return held.annotator, batches._of(terms, packing._number(submission)).labels - held.errors


@internal
@view
def _data_set(task: uint256) -> packing.DataSet:
    """
    @dev Of any closed task, with shares or without.
    """
    word: uint256 = self.data_set_word[task]
    if word != 0:
        return packing._unpack_data_set(word)
    return self._derived(self._closed_task(task))


@internal
@view
def _data_set_if_closed(task: uint256) -> packing.DataSet:
    """
    @return Empty, which is of no parts, if the task is open.
    """
    word: uint256 = self.data_set_word[task]
    if word != 0:
        return packing._unpack_data_set(word)
    known: Task = self._task(task)
    if not known.closed:
        return empty(packing.DataSet)
    return self._derived(known)


@internal
@pure
def _derived(known: Task) -> packing.DataSet:
    """
    @dev What nobody has enrolled in yet.
    """
    return packing.DataSet(
        token=known.token,
        parts=known.parts,
        enrolled=0,
        royalty_bps=known.royalty_bps,
    )


@internal
@view
def _shared(task: uint256) -> packing.DataSet:
    """
    @dev Of a task that somebody has shares of.
    """
    word: uint256 = self.data_set_word[task]
    require.that(word != 0, reasons.ROYALTY_NOBODY_HAS_ENROLLED)
    return packing._unpack_data_set(word)


@internal
def _set_data_set(task: uint256, data_set: packing.DataSet):
    self.data_set_word[task] = packing._pack_data_set(data_set)
