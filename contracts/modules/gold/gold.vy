# pragma version 0.4.3
"""
@title Gold: what a batch is tested on, shown when all of its labels are sealed
@license AGPL-3.0-only
@dev Before that nobody could look the answers up, and the requester has read no label to choose the questions by.
"""

from ...interfaces import IGoldTest
from .. import arbitration
from .. import ledger
from .. import reasons
from .. import require
from . import packing
from . import tests

uses: ledger
uses: tests

# batch id -> batch word, see `packing`
batch_word: HashMap[uint256, uint256]
# batch id -> keccak256(gold list)
gold_hash: HashMap[uint256, bytes32]
# batch id -> mask of the gold numbers that were dropped
dropped: HashMap[uint256, uint256]
# batch id -> position // 256 -> bit (position % 256) is set for gold that was opened and not dropped
tested: HashMap[uint256, HashMap[uint256, uint256]]


@internal
def _note_sealed(task: uint256, batch: uint256):
    test: packing.Test = self._batch_test(task, batch)
    id: uint256 = packing._join(task, batch)
    state: packing.Batch = self._unopened(id)
    require.that(state.sealed_at == 0, reasons.GOLD_ALREADY_NOTED)
    state.sealed_at = self._sealed_at(id, test, tests._task(task).publish_from)
    self._set(id, state)
    log IGoldTest.BatchSealed(task=task, batch=batch, sealed_at=state.sealed_at)


@internal
def _open(account: address, task: uint256, batch: uint256, gold: Bytes[2 * packing.MAX_GOLD], max_cost: uint256):
    test: packing.Test = self._batch_test(task, batch)
    id: uint256 = packing._join(task, batch)
    known: tests.Task = tests._task(task)
    state: packing.Batch = self._openable(account, id, test, known)
    bits: uint256[16] = self._bits(test, tests.counts_word[task], gold)

    state.cost = arbitration._cost(known.arbitrator, max_cost)
    deposit: uint256 = self._deposit(test, state.cost)
    ledger._debit(known.token, account, deposit)
    state.opened_at = block.timestamp
    self._set(id, state)
    self.gold_hash[id] = keccak256(gold)
    for word: uint256 in range((test.batch_size + 255) // 256, bound=16):
        if bits[word] != 0:
            self.tested[id][word] = bits[word]
    log IGoldTest.GoldOpened(task=task, batch=batch, gold=gold, cost=state.cost, deposit=deposit)


@internal
def _waive(account: address, task: uint256, batch: uint256):
    test: packing.Test = self._batch_test(task, batch)
    id: uint256 = packing._join(task, batch)
    state: packing.Batch = self._openable(account, id, test, tests._task(task))
    state.waived = True
    state.fixed_at = block.timestamp
    self._set(id, state)
    log IGoldTest.GoldWaived(task=task, batch=batch)


@internal
@view
def _publish_until(submission: uint256) -> uint256:
    task: uint256 = submission >> packing.NUMBER_BITS
    test: packing.Test = tests._test(task)
    state: packing.Batch = self._get(self._batch_of(submission, test))
    fixed_at: uint256 = self._fixed_at(task, test, state)
    # Nobody is forfeited who comes when they could first have published by what they knew: the period starts no earlier if a
    # seal is noted, the task cancelled, the batch waived or the test made void meanwhile.
    starts: uint256 = max(fixed_at, test.deadline + test.opening_period)
    if state.opened_at != 0:
        if block.timestamp < fixed_at:
            return max_value(uint256)
        starts = max(starts, state.opened_at + test.dispute_period)
    return starts + test.publish_period


@internal
@view
def _is_tested(submission: uint256, item: uint256) -> bool:
    task: uint256 = submission >> packing.NUMBER_BITS
    if not tests._is_set_up(task):
        return False
    test: packing.Test = tests._test(task)
    id: uint256 = self._batch_of(submission, test)
    first: uint256 = packing._number(id) * test.batch_size
    # Of later batches, no bit is set here.
    if item < first:
        return False
    position: uint256 = item - first
    return self.tested[id][position // 256] & (1 << (position % 256)) != 0


@internal
def _drop(id: uint256, gold: Bytes[2 * packing.MAX_GOLD], numbers: uint256) -> uint256:
    """
    @dev Takes items out of the test of a batch whose gold was opened.
    @param numbers Mask of gold numbers, none of which was dropped before.
    @return How many they are.
    """
    self.dropped[id] |= numbers
    positions: uint256[packing.MAX_GOLD] = packing._positions(gold)
    count: uint256 = 0
    for number: uint256 in range(len(gold) // 2, bound=packing.MAX_GOLD):
        if numbers & (1 << number) != 0:
            count += 1
            self.tested[id][positions[number] // 256] &= ~(1 << (positions[number] % 256))
    return count


@internal
@view
def _view(task: uint256, batch: uint256, deposit: uint256) -> IGoldTest.Batch:
    test: packing.Test = self._batch_test(task, batch)
    id: uint256 = packing._join(task, batch)
    state: packing.Batch = self._get(id)
    fixed_at: uint256 = self._fixed_at(task, test, state)
    is_fixed: bool = block.timestamp >= fixed_at
    return IGoldTest.Batch(
        phase=self._phase(task, batch, test, state, is_fixed),
        sealed_at=state.sealed_at,
        opened_at=state.opened_at,
        fixed_at=fixed_at if is_fixed else 0,
        gold_hash=self.gold_hash[id],
        dropped=self.dropped[id],
        filed=state.filed,
        settled=state.settled,
        cost=state.cost,
        deposit=deposit,
    )


@internal
@view
def _phase(
    task: uint256, batch: uint256, test: packing.Test, state: packing.Batch, is_fixed: bool
) -> IGoldTest.TestPhase:
    if is_fixed:
        return IGoldTest.TestPhase.GRADED if self._is_held(state) else IGoldTest.TestPhase.UNGRADED
    if state.opened_at != 0:
        return IGoldTest.TestPhase.OPENED
    if state.sealed_at != 0 or block.timestamp >= tests._task(task).publish_from:
        return IGoldTest.TestPhase.SEALED
    return (
        IGoldTest.TestPhase.SEALED
        if self._are_committed(packing._join(task, batch), test)
        else IGoldTest.TestPhase.UNSEALED
    )


@internal
@view
def _openable(account: address, id: uint256, test: packing.Test, known: tests.Task) -> packing.Batch:
    """
    @return A sealed batch whose gold the requester may open or waive now.
    """
    tests._check_requester(account, known.requester)
    state: packing.Batch = self._unopened(id)
    sealed_at: uint256 = state.sealed_at
    if sealed_at == 0:
        sealed_at = self._sealed_at(id, test, known.publish_from)
    require.that(block.timestamp < sealed_at + test.opening_period, reasons.GOLD_OPENING_HAS_ENDED)
    return state


@internal
@view
def _unopened(id: uint256) -> packing.Batch:
    """
    @return A batch whose gold was neither opened nor waived.
    """
    state: packing.Batch = self._get(id)
    require.that(state.opened_at == 0, reasons.GOLD_ALREADY_OPENED)
    require.that(not state.waived, reasons.GOLD_ALREADY_WAIVED)
    return state


@internal
@view
def _opened(id: uint256) -> packing.Batch:
    """
    @return A batch whose gold was opened.
    """
    state: packing.Batch = self._get(id)
    require.that(state.opened_at != 0, reasons.GOLD_NOT_OPENED)
    return state


@internal
@view
def _check_list(id: uint256, gold: Bytes[2 * packing.MAX_GOLD]):
    """
    @dev Refuses what is not the gold list that was opened.
    """
    require.that(keccak256(gold) == self.gold_hash[id], reasons.GOLD_OTHER_GOLD)


@internal
@view
def _check_fixed(task: uint256, test: packing.Test, state: packing.Batch):
    """
    @dev Refuses while the outcome of the test is open.
    """
    require.that(block.timestamp >= self._fixed_at(task, test, state), reasons.GOLD_TEST_IS_PENDING)


@internal
@view
def _sealed_at(id: uint256, test: packing.Test, publish_from: uint256) -> uint256:
    """
    @dev Refuses a batch that is not sealed.
    @return When the opening period of one that nobody has noted yet starts, if it is noted now.
    """
    if block.timestamp < publish_from:
        require.that(self._are_committed(id, test), reasons.GOLD_BATCH_IS_NOT_SEALED)
    return min(block.timestamp, publish_from)


@internal
@view
def _are_committed(id: uint256, test: packing.Test) -> bool:
    sibling: uint256 = id  # the batch's first submission has the same id
    for _: uint256 in range(test.redundancy, bound=15):
        if not tests._is_committed(sibling):
            return False
        sibling += test.batches
    return True


@internal
@pure
def _bits(test: packing.Test, counts: uint256, gold: Bytes[2 * packing.MAX_GOLD]) -> uint256[16]:
    """
    @dev Refuses a gold list that does not hold each item once and the asked-for number of each class.
    @return Bitmap of its positions.
    """
    require.that(len(gold) == 2 * test.size, reasons.GOLD_WRONG_NUMBER_OF_ITEMS)
    bits: uint256[16] = empty(uint256[16])
    rising: bool = False
    once: bool = False
    above: uint256 = 0
    bits, rising, once, above = packing._bitmap(gold, counts)
    require.that(rising, reasons.GOLD_ITEMS_NOT_RISING)
    require.that(above <= test.batch_size, reasons.GOLD_ITEM_NOT_IN_THE_BATCH)
    require.that(once, reasons.GOLD_ITEM_HAS_TWO_CLASSES)
    return bits


@internal
@view
def _fixed_at(task: uint256, test: packing.Test, state: packing.Batch) -> uint256:
    """
    @return The time from which the outcome of the test stands: perhaps a future one, the greatest number while it depends
            on disputes.
    """
    if state.waived or state.voided:
        return state.fixed_at
    if state.opened_at == 0:
        starts: uint256 = state.sealed_at if state.sealed_at != 0 else tests._task(task).publish_from
        return starts + test.opening_period
    if state.settled != state.filed:
        return max_value(uint256)
    return max(state.opened_at + test.dispute_period, state.fixed_at)


@internal
@pure
def _is_held(state: packing.Batch) -> bool:
    """
    @dev Whether what is published has to pass the test, once its outcome stands.
    """
    return state.opened_at != 0 and not state.voided


@internal
@pure
def _deposit(test: packing.Test, cost: uint256) -> uint256:
    """
    @dev Each sibling disputes at most once and has at most `cost` of the fee back. Each prize is `cost` for at least one item
         newly dropped, and the one that makes the test void is the last.
    """
    return cost * (test.redundancy + min(test.redundancy, tests._droppable(test.size) + 1))


@internal
@view
def _batch_test(task: uint256, batch: uint256) -> packing.Test:
    test: packing.Test = tests._test(task)
    require.that(batch < test.batches, reasons.GOLD_NO_SUCH_BATCH)
    return test


@internal
@pure
def _batch_of(submission: uint256, test: packing.Test) -> uint256:
    """
    @return The batch id.
    """
    return packing._join(submission >> packing.NUMBER_BITS, packing._number(submission) % test.batches)


@internal
@view
def _get(id: uint256) -> packing.Batch:
    return packing._unpack_batch(self.batch_word[id])


@internal
def _set(id: uint256, state: packing.Batch):
    self.batch_word[id] = packing._pack_batch(state)
