# pragma version 0.4.3
"""
@title Gold disputes: "each of these gold answers is wrong, or cannot be told from the item"
@license AGPL-3.0-only
@dev Settled in the order of filing, so that nobody who files later takes an earlier one's prize. What is ruled wrong is
     dropped, and no more than that: a single bad item makes no test void.
"""

from ...interfaces import IGoldTest
from ...interfaces import ITaskEscrow
from .. import arbitration
from .. import ledger
from .. import losses
from .. import reasons
from .. import require
from . import gold
from . import packing
from . import tests

uses: arbitration
uses: gold
uses: ledger
uses: losses
uses: tests

# The words of a gold dispute, by its id; their pictures are in `packing`.
dispute_word: HashMap[uint256, uint256]
claim_word: HashMap[uint256, uint256]


@internal
def _file(
    account: address,
    submission: uint256,
    numbers: DynArray[uint256, 32],
    max_cost: uint256,
    evidence: bytes32,
    uri: String[256],
) -> uint256:
    task: uint256 = submission >> packing.NUMBER_BITS
    test: packing.Test = tests._test(task)
    batch_id: uint256 = gold._batch_of(submission, test)
    state: packing.Batch = gold._opened(batch_id)
    require.that(
        block.timestamp < state.opened_at + test.dispute_period and not state.voided, reasons.GOLD_TOO_LATE_TO_DISPUTE
    )
    annotator: address = tests._committed_annotator(submission)
    require.that(annotator != empty(address), reasons.GOLD_NOT_COMMITTED)
    require.that(account == annotator, reasons.GOLD_NOT_THE_ANNOTATOR)
    sibling: uint256 = 1 << (packing._number(submission) // test.batches)
    require.that(state.disputed & sibling == 0, reasons.GOLD_ALREADY_DISPUTED)

    id: uint256 = packing._join(batch_id, state.filed)
    known: tests.Task = tests._task(task)
    dispute: uint256 = 0
    fee: uint256 = 0
    dispute, fee = arbitration._bring(
        known.arbitrator, known.token, id, account, arbitration._cost(known.arbitrator, max_cost)
    )
    # The bond is as much again.
    ledger._debit(known.token, account, fee)
    self._set(
        id,
        packing.Dispute(
            disputer=account,
            filed_at=block.timestamp,
            state=IGoldTest.GoldDisputeState.FILED,
            ruling=0,
            won=False,
        ),
    )
    self.claim_word[id] = packing._pack_claim(self._mask(numbers, test), fee)
    state.filed += 1
    state.disputed |= sibling
    gold._set(batch_id, state)
    log IGoldTest.GoldDisputed(
        gold_dispute=id,
        disputer=account,
        submission=submission,
        numbers=numbers,
        arbitrator=known.arbitrator,
        dispute=dispute,
        fee=fee,
        evidence=evidence,
        uri=uri,
    )
    return id


@internal
def _rule(arbitrator: address, dispute: uint256, ruling: uint256):
    """
    @dev Moves no money and only records, once, for a dispute that `_file` has already stored.
    """
    id: uint256 = arbitration._ruled_case(arbitrator, dispute, ruling)
    ruled: packing.Dispute = self._get(id)
    require.that(ruled.state == IGoldTest.GoldDisputeState.FILED, reasons.GOLD_ALREADY_RULED)
    ruled.state = IGoldTest.GoldDisputeState.RULED
    ruled.ruling = min(ruling, arbitration.NOT_HEARD)
    self._set(id, ruled)
    log IGoldTest.GoldRuled(gold_dispute=id, ruling=ruling)


@internal
def _settle(id: uint256, gold_list: Bytes[2 * packing.MAX_GOLD]):
    batch_id: uint256 = id >> packing.NUMBER_BITS
    task: uint256 = batch_id >> packing.NUMBER_BITS
    state: packing.Batch = gold._get(batch_id)
    number: uint256 = packing._number(id)
    require.that(number < state.filed, reasons.GOLD_NO_SUCH_DISPUTE)
    require.that(number == state.settled, reasons.GOLD_NOT_ITS_TURN)
    gold._check_list(batch_id, gold_list)
    test: packing.Test = tests._test(task)
    dispute: packing.Dispute = self._get(id)
    require.that(
        dispute.state == IGoldTest.GoldDisputeState.RULED
        or block.timestamp >= dispute.filed_at + test.arbitration_timeout,
        reasons.GOLD_AWAITING_A_RULING,
    )
    outcome: ITaskEscrow.Outcome = self._outcome(dispute.ruling)
    numbers: uint256 = 0
    bond: uint256 = 0  # as much as the fee was
    numbers, bond = packing._unpack_claim(self.claim_word[id])

    state.settled += 1
    if not state.voided:
        state.fixed_at = block.timestamp
    dropped: uint256 = 0  # numbers that were not dropped before
    to_disputer: uint256 = 0 if outcome == ITaskEscrow.Outcome.NOT_WRONG else bond
    if outcome == ITaskEscrow.Outcome.WRONG:
        to_disputer += min(bond, state.cost)
        # Nothing is dropped from a test that is void, so the deposit has no further prize to pay.
        if not state.voided:
            dropped = numbers & ~gold.dropped[batch_id]
        if dropped != 0:
            to_disputer += state.cost
            dispute.won = True
            state.dropped += gold._drop(batch_id, gold_list, dropped)
            state.voided = state.dropped > tests._droppable(test.size)
    dispute.state = IGoldTest.GoldDisputeState.SETTLED
    self._set(id, dispute)
    was_void: bool = gold._get(batch_id).voided
    gold._set(batch_id, state)

    to_sink: uint256 = bond if outcome == ITaskEscrow.Outcome.NOT_WRONG else 0
    token: address = tests._task(task).token
    ledger._credit(token, dispute.disputer, to_disputer)
    losses._sink(token, to_sink)
    log IGoldTest.GoldDisputeSettled(
        gold_dispute=id, outcome=outcome, dropped=dropped, to_disputer=to_disputer, to_sink=to_sink
    )
    if state.voided and not was_void:
        log IGoldTest.TestVoided(task=task, batch=packing._number(batch_id))


@internal
def _release_deposit(task: uint256, batch: uint256):
    test: packing.Test = gold._batch_test(task, batch)
    id: uint256 = packing._join(task, batch)
    state: packing.Batch = gold._opened(id)
    require.that(not state.released, reasons.GOLD_ALREADY_RELEASED)
    gold._check_fixed(task, test, state)
    # Those of a void test may still have a fee to get back.
    require.that(state.settled == state.filed, reasons.GOLD_DISPUTES_ARE_PENDING)
    left: uint256 = self._deposit_left(id, test, state)
    state.released = True
    gold._set(id, state)

    known: tests.Task = tests._task(task)
    to_requester: uint256 = left
    to_each_winner: uint256 = 0
    to_sink: uint256 = 0
    if state.voided:
        # A test is voided by a dispute that has won, so there is one.
        winners: DynArray[address, 15] = []
        for number: uint256 in range(state.filed, bound=15):
            dispute: packing.Dispute = self._get(packing._join(id, number))
            if dispute.won:
                winners.append(dispute.disputer)
        to_requester = 0
        to_each_winner = left // len(winners)
        to_sink = left % len(winners)
        for winner: address in winners:
            ledger._credit(known.token, winner, to_each_winner)
    ledger._credit(known.token, known.requester, to_requester)
    losses._sink(known.token, to_sink)
    log IGoldTest.DepositReleased(
        task=task, batch=batch, to_requester=to_requester, to_each_winner=to_each_winner, to_sink=to_sink
    )


@internal
@view
def _deposit_left(id: uint256, test: packing.Test, state: packing.Batch) -> uint256:
    """
    @return What the deposit still holds, base units: nothing before the opening and after the release.
    """
    if state.released:
        return 0
    left: uint256 = gold._deposit(test, state.cost)
    for number: uint256 in range(state.settled, bound=15):
        dispute: uint256 = packing._join(id, number)
        settled: packing.Dispute = self._get(dispute)
        if self._outcome(settled.ruling) == ITaskEscrow.Outcome.WRONG:
            left -= min(packing._unpack_claim(self.claim_word[dispute])[1], state.cost)
            if settled.won:
                left -= state.cost
    return left


@internal
@view
def _batch_view(task: uint256, batch: uint256) -> IGoldTest.Batch:
    test: packing.Test = gold._batch_test(task, batch)
    id: uint256 = packing._join(task, batch)
    return gold._view(task, batch, self._deposit_left(id, test, gold._get(id)))


@internal
@view
def _view(id: uint256) -> IGoldTest.GoldDispute:
    dispute: packing.Dispute = self._get(id)
    numbers: uint256 = 0
    fee: uint256 = 0
    numbers, fee = packing._unpack_claim(self.claim_word[id])
    return IGoldTest.GoldDispute(
        disputer=dispute.disputer,
        state=dispute.state,
        filed_at=dispute.filed_at,
        ruling=max_value(uint256) if dispute.ruling == arbitration.NOT_HEARD else dispute.ruling,
        numbers=numbers,
        fee=fee,
        won=dispute.won,
    )


@internal
@view
def _outcome(ruling: uint256) -> ITaskEscrow.Outcome:
    """
    @param ruling As stored; 0 as well if there was none in time.
    """
    if ruling == 1:
        return ITaskEscrow.Outcome.WRONG
    if ruling == 2:
        return ITaskEscrow.Outcome.NOT_WRONG
    if ruling == arbitration.NOT_HEARD:
        return ITaskEscrow.Outcome.NOT_HEARD
    return ITaskEscrow.Outcome.UNDECIDED


@internal
@pure
def _mask(numbers: DynArray[uint256, 32], test: packing.Test) -> uint256:
    require.that(len(numbers) != 0, reasons.GOLD_NO_ITEMS)
    mask: uint256 = 0
    for number: uint256 in numbers:
        tests._check_number(number, test)
        # Each is above all before it.
        require.that(mask >> number == 0, reasons.GOLD_NUMBERS_NOT_RISING)
        mask |= 1 << number
    return mask


@internal
@view
def _get(id: uint256) -> packing.Dispute:
    return packing._unpack_dispute(self.dispute_word[id])


@internal
def _set(id: uint256, dispute: packing.Dispute):
    self.dispute_word[id] = packing._pack_dispute(dispute)
