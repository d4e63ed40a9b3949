# pragma version 0.4.3
"""
@title Tests: what the labels of a task are tested on, and what the escrow says of the task
@license AGPL-3.0-only
@dev What the escrow never changes of a task is kept in the test's word, since reading all that it says costs nine times as much.
"""

from ...interfaces import IGoldTest
from ...interfaces import ITaskEscrow
from .. import reasons
from .. import require
from ..escrow import batches
from ..escrow import packing as escrow_packing
from . import packing


interface TaskEscrow:
    def task_words(task: uint256) -> uint256[8]: view
    def submission_words(submission: uint256) -> uint256[2]: view
    def root(submission: uint256) -> bytes32: view
    def terms() -> address: view
    def sink() -> address: view


interface TaskTerms:
    def period_floor() -> uint256: view


MIN_CLASSES: constant(uint256) = 2
MIN_SIZE: constant(uint256) = 10
MAX_PERIOD: constant(uint256) = 90 * 86_400  # seconds
# From the opening period to the latest settlement, seconds: a week less than the escrow waits for a grader before it lets
# everybody go with their whole stake. So nobody who fails outwaits the test by disputes, though each step comes late.
MAX_DURATION: constant(uint256) = 358 * 86_400

# Where the tasks are.
ESCROW: immutable(TaskEscrow)
# Shortest opening and dispute period, seconds; the escrow's.
PERIOD_FLOOR: immutable(uint256)

# The words of a test, by task id; their pictures are in `packing`. 0: none.
test_word: HashMap[uint256, uint256]
counts_word: HashMap[uint256, uint256]
# task id -> keccak256(abi_encode(classes))
classes_hash: HashMap[uint256, bytes32]


# What the escrow says of a task.
struct Task:
    requester: address
    token: address
    arbitrator: address
    publish_from: uint256  # time from which nothing more is committed


@deploy
def __init__(escrow: address):
    require.that(escrow.is_contract, reasons.GOLD_ESCROW_HAS_NO_CODE)
    ESCROW = TaskEscrow(escrow)
    PERIOD_FLOOR = staticcall TaskTerms(staticcall TaskEscrow(escrow).terms()).period_floor()


@internal
def _set_up(
    account: address,
    task: uint256,
    classes: DynArray[bytes32, 16],
    counts: DynArray[uint256, 16],
    allowed: uint256,
    opening_period: uint256,
    dispute_period: uint256,
):
    words: uint256[8] = staticcall ESCROW.task_words(task)
    require.that(words[escrow_packing.TERMS] != 0, reasons.GOLD_NO_SUCH_TASK)
    require.that(words[escrow_packing.GRADER] == convert(self, uint256), reasons.GOLD_NOT_THE_TASK_GRADER)
    requester: address = empty(address)
    timeout: uint256 = 0
    requester, timeout = escrow_packing._unpack_address(words[escrow_packing.REQUESTER])
    self._check_requester(account, requester)
    require.that(self.test_word[task] == 0, reasons.GOLD_ALREADY_SET_UP)

    number: uint256 = len(classes)
    require.that(number >= MIN_CLASSES and len(counts) == number, reasons.GOLD_BAD_CLASSES)
    for i: uint256 in range(1, number, bound=15):
        # Each class once: an item has one answer.
        require.that(convert(classes[i - 1], uint256) < convert(classes[i], uint256), reasons.GOLD_CLASSES_NOT_RISING)
    terms: escrow_packing.Terms = escrow_packing._unpack_terms(words[escrow_packing.TERMS])
    size: uint256 = 0
    most: uint256 = 0
    packed: uint256 = 0
    for i: uint256 in range(number, bound=16):
        count: uint256 = counts[i]
        require.within(count, 1, packing.MAX_GOLD, reasons.GOLD_BAD_COUNTS)
        size += count
        most = max(most, count)
        packed = packing._with_count(packed, i, count)
    require.within(size, MIN_SIZE, min(packing.MAX_GOLD, terms.batch_size // 2), reasons.GOLD_BAD_SIZE)
    # Whoever gives one class to every item errs on all others: on more than is allowed, and on more than disputes can
    # drop from a test that is still held.
    require.that(max(allowed, self._droppable(size)) < size - most, reasons.GOLD_CONSTANT_ANSWER_PASSES)
    require.within(opening_period, PERIOD_FLOOR, MAX_PERIOD, reasons.GOLD_BAD_OPENING_PERIOD)
    require.within(dispute_period, PERIOD_FLOOR, MAX_PERIOD, reasons.GOLD_BAD_DISPUTE_PERIOD)
    require.that(opening_period + dispute_period + timeout <= MAX_DURATION, reasons.GOLD_TEST_TAKES_TOO_LONG)

    self.test_word[task] = packing._pack_test(
        packing.Test(
            batch_size=terms.batch_size,
            batches=batches._count(terms),
            redundancy=terms.redundancy,
            deadline=terms.deadline,
            publish_period=escrow_packing._unpack_pay(words[escrow_packing.PAY]).publish_period,
            arbitration_timeout=timeout,
            opening_period=opening_period,
            dispute_period=dispute_period,
            size=size,
            allowed=allowed,
        )
    )
    self.counts_word[task] = packed
    self.classes_hash[task] = self._hash(classes)
    log IGoldTest.TestSetUp(
        task=task,
        classes=classes,
        counts=counts,
        allowed=allowed,
        opening_period=opening_period,
        dispute_period=dispute_period,
    )


@internal
@view
def _is_set_up(task: uint256) -> bool:
    return self.test_word[task] != 0


@internal
@view
def _test(task: uint256) -> packing.Test:
    word: uint256 = self.test_word[task]
    require.that(word != 0, reasons.GOLD_NO_SUCH_TEST)
    return packing._unpack_test(word)


@internal
@view
def _view(task: uint256) -> IGoldTest.Test:
    test: packing.Test = self._test(task)
    counts: DynArray[uint256, 16] = []
    for i: uint256 in range(16):
        count: uint256 = packing._count(self.counts_word[task], i)
        if count == 0:
            break
        counts.append(count)
    return IGoldTest.Test(
        counts=counts,
        classes_hash=self.classes_hash[task],
        allowed=test.allowed,
        opening_period=test.opening_period,
        dispute_period=test.dispute_period,
    )


@internal
@view
def _task(task: uint256) -> Task:
    words: uint256[8] = staticcall ESCROW.task_words(task)
    publish_from: uint256 = escrow_packing._deadline(words[escrow_packing.TERMS])
    if escrow_packing._is_cancelled(words[escrow_packing.PROGRESS]):
        publish_from = escrow_packing._unpack_address(words[escrow_packing.GATE])[1]
    return Task(
        requester=escrow_packing._low_address(words[escrow_packing.REQUESTER]),
        token=escrow_packing._low_address(words[escrow_packing.PROGRESS]),
        arbitrator=escrow_packing._low_address(words[escrow_packing.ARBITRATOR]),
        publish_from=publish_from,
    )


@internal
@view
def _is_committed(submission: uint256) -> bool:
    """
    @dev Of one that is published the root stands in place of the commitment.
    """
    return staticcall ESCROW.root(submission) != empty(bytes32)


@internal
@view
def _committed_annotator(submission: uint256) -> address:
    """
    @return Empty, unless the submission is COMMITTED: not published, and not forfeited.
    """
    held: escrow_packing.Submission = escrow_packing._unpack_submission(
        (staticcall ESCROW.submission_words(submission))[0]
    )
    if held.state != ITaskEscrow.SubmissionState.TAKEN or not self._is_committed(submission):
        return empty(address)
    return held.annotator


@internal
@pure
def _check_requester(account: address, requester: address):
    require.that(account == requester, reasons.GOLD_NOT_THE_REQUESTER)


@internal
@pure
def _check_number(number: uint256, test: packing.Test):
    """
    @dev Refuses what is no gold number.
    """
    require.that(number < test.size, reasons.GOLD_NO_SUCH_ITEM)


@internal
@pure
def _droppable(size: uint256) -> uint256:
    """
    @return How many gold items may be dropped before the test is void.
    """
    return size // 10


@internal
@pure
def _hash(classes: DynArray[bytes32, 16]) -> bytes32:
    return keccak256(abi_encode(classes))
