"""Tests on known items, rebuilt from events, against what GoldTest says, field by field, after a long random play."""

import boa
import pytest

from goldleaf import errors, events, types
from goldleaf.ids import gold_dispute_id, split_gold_dispute, submission_id
from goldleaf.types import SubmissionState
from goldleaf_tools.index import Index
from tests.gold import gold_list
from tests.unit.index.gold_play import RandomGoldPlay
from tests.unit.index.telling import contents, fields, tell, values


@pytest.fixture
def index(url: str, tested: RandomGoldPlay) -> Index:
    index = Index(url, tested.deployment)
    tell(index, tested, tested.told)
    return index


def test_gold_play__long__reaches_what_is_compared(tested: RandomGoldPlay) -> None:
    assert tested.missing == []
    phases = {tested.world.gold.batch(*batch).phase for batch in tested.batches}
    assert {types.TestPhase.GRADED, types.TestPhase.UNGRADED} <= phases


def test_test__after_a_long_play__is_the_contract_s(index: Index, tested: RandomGoldPlay) -> None:
    for task in tested.tasks:
        assert values(index.test(task)) == fields(tested.world.gold.test(task))
    with pytest.raises(errors.NoSuchTest):
        index.test(tested.tasks[-1] + 1)


def test_batch_test__at_many_times__is_the_contract_s(index: Index, tested: RandomGoldPlay) -> None:
    gold, phases = tested.world.gold, set()
    with boa.env.anchor():
        for _ in range(10):
            for task, batch in tested.batches:
                found = index.batch_test(task, batch, tested.world.now)
                assert values(found) == fields(gold.batch(task, batch))
                phases.add(found.phase)
            tested.world.travel(3 * 86_400)
    assert phases == set(types.TestPhase)
    with pytest.raises(errors.NoSuchBatch):
        index.batch_test(tested.tasks[0], tested.world.terms[tested.tasks[0]].batches)


def test_gold_dispute__after_a_long_play__is_the_contract_s(index: Index, tested: RandomGoldPlay) -> None:
    gold, arbitrator = tested.world.gold, tested.world.arbitrator
    assert len(tested.gold_disputes) > 10
    assert [one for task in tested.tasks for one in index.gold_disputes(task)] == sorted(tested.gold_disputes)
    for one in tested.gold_disputes:
        assert values(index.gold_dispute(one)) == fields(gold.gold_dispute(one))
        filing = index.gold_filing(one)
        assert gold.gold_dispute_of(arbitrator, filing.dispute) == one
        assert filing == next(logged.event for logged in index.events(events.GoldDisputed, gold_dispute=one))
        assert {split_gold_dispute(one)[0]} == {split_gold_dispute(filing.gold_dispute)[0], filing.submission >> 64}
    with pytest.raises(errors.NoSuchGoldDispute):
        index.gold_dispute(gold_dispute_id(tested.tasks[0], 0, 15))


def test_gold__after_a_long_play__is_what_was_opened_and_not_dropped(index: Index, tested: RandomGoldPlay) -> None:
    gold, dropped = tested.world.gold, 0
    for task, batch in tested.batches:
        terms = tested.world.terms[task]
        first = batch * terms.batch_size
        submission = submission_id(task, batch)
        items = range(first, first + terms.batch_size)
        shown = tuple(item for item in items if gold.is_tested(submission, item))
        assert index.tested_items(submission) == shown
        if (task, batch) not in tested.world.opened:
            with pytest.raises(errors.GoldNotOpened):
                index.gold(task, batch)
            continue
        found = index.gold(task, batch)
        assert gold_list([item - first for item in found.items]) == tested.world.list_of(task, batch)
        assert found.tested == shown
        dropped += len(found.dropped)
    assert dropped > 5


def test_has_passed__of_published_submissions__is_what_the_test_came_to(index: Index, tested: RandomGoldPlay) -> None:
    published = (SubmissionState.PUBLISHED, SubmissionState.PAID)
    passed, spared = 0, 0
    for submission, work in tested.works.items():
        state, batch = tested.lens.submission(submission).state, submission % 2**64 % 2
        assert tested.world.terms[submission >> 64].batches == 2
        found = index.has_passed(submission)
        if state not in published:
            assert found is None
            continue
        held = tested.world.gold.batch(submission >> 64, batch).phase == types.TestPhase.GRADED
        assert found == held
        if held:
            # What did not pass is refused by the contract itself: here it is only that nothing of it counts as passed.
            terms = tested.world.terms[submission >> 64]
            right = len(tested.world.right(submission >> 64, work, batch))
            assert len(index.tested_items(submission)) - right <= terms.allowed
        passed += held
        spared += not held
    assert passed > 2 and spared > 2


def test_balances__with_gold_test__are_the_contracts(index: Index, tested: RandomGoldPlay) -> None:
    ledgers = {"TaskEscrow": tested.world.escrow, "GoldTest": tested.world.gold}
    balances = index.balances()
    assert {contract for contract, _, _ in balances} == set(ledgers)
    for (contract, token, account), free in balances.items():
        assert ledgers[contract].free(token, account) == free
    held = sum(free for (contract, _, _), free in balances.items() if contract == "GoldTest")
    held += sum(index.batch_test(task, batch).deposit for task, batch in tested.batches)
    held += sum(index.gold_dispute(one).fee for one in tested.gold_disputes if not index.gold_dispute(one).state & 4)
    assert tested.world.token.balanceOf(tested.world.gold) == held


def test_rebuild__with_tests__changes_nothing(index: Index) -> None:
    before = contents(index)
    index.rebuild()
    assert contents(index) == before


def test_undo__of_each_block_of_a_test__leaves_what_was_before_it(url: str, tested: RandomGoldPlay) -> None:
    index = Index(url, tested.deployment)
    told = tested.told[-150:]
    assert {type(logged.event) for one in told for logged in one.logged} >= {
        events.GoldOpened,
        events.GoldDisputed,
        events.GoldDisputeSettled,
        events.DepositReleased,
    }
    tell(index, tested, tested.told[:-150], journal_from=2**62)
    snapshots = []
    for one in told:
        snapshots.append(contents(index))
        tell(index, tested, [one])
    for one, before in zip(reversed(told), reversed(snapshots), strict=True):
        index._database.undo(one.number)
        assert contents(index) == before
