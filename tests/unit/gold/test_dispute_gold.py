"""dispute_gold(submission, numbers, max_cost, evidence, uri)"""

import pytest

from goldleaf_tools.rules.escrow import MAX_COST
from tests.gold import DISPUTE_PERIOD, MAX, GoldWorld, Terms, gold_dispute_id
from tests.protocol import EVIDENCE, URI, reverts


def test_dispute_gold__by_an_annotator_of_the_batch__pays_the_fee_and_locks_as_much(world: GoldWorld) -> None:
    task, works = world.graded()
    world.fund(works[1].annotator, 3 * world.cost)
    filed = world.gold.dispute_gold(
        works[1].submission, [0, 3, 9], world.cost, EVIDENCE, URI, sender=works[1].annotator
    )
    assert filed == gold_dispute_id(task, 0, 0)
    assert world.event("GoldDisputed") == {
        "gold_dispute": filed,
        "disputer": works[1].annotator,
        "submission": works[1].submission,
        "numbers": [0, 3, 9],
        "arbitrator": world.arbitrator.address,
        "dispute": 0,
        "fee": world.cost,
        "evidence": EVIDENCE,
        "uri": URI,
    }
    assert world.free(works[1].annotator) == world.cost
    stored = world.gold.gold_dispute(filed)
    assert (stored.disputer, stored.filed_at, stored.fee) == (works[1].annotator, world.now, world.cost)
    assert stored.numbers == 1 | 1 << 3 | 1 << 9
    dispute = world.arbitrator.disputes(0)
    assert (dispute.choices, dispute.evidence, dispute.refund_to) == (2, filed.to_bytes(32, "big"), works[1].annotator)
    assert world.gold.gold_dispute_of(world.arbitrator, 0) == filed
    world.assert_conserved()


def test_dispute_gold__by_each_sibling__is_numbered_in_the_order_of_filing(world: GoldWorld) -> None:
    task, works = world.graded()
    assert world.dispute(works[1], [0]) == gold_dispute_id(task, 0, 0)
    assert world.dispute(works[0], [0]) == gold_dispute_id(task, 0, 1)
    assert world.gold.batch(task, 0).filed == 2


def test_dispute_gold__twice_for_one_submission__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.dispute(works[0], [0])
    with reverts("gold: already disputed"):
        world.dispute(works[0], [1])


def test_dispute_gold__by_as_many_siblings_as_there_can_be__is_refused_to_each_the_second_time(
    world: GoldWorld,
) -> None:
    task, works = world.graded(Terms(redundancy=15))
    for work in works:
        world.dispute(work, [0])
    for work in works:
        with reverts("gold: already disputed"):
            world.dispute(work, [1])
    assert world.gold.batch(task, 0).filed == 15


def test_dispute_gold__after_its_first_is_settled__is_still_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.decided(works[0], [0], 1)
    with reverts("gold: already disputed"):
        world.dispute(works[0], [1])


def test_dispute_gold__by_who_does_not_hold_the_submission__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    for account in (works[1].annotator, world.requester, world.account()):
        with reverts("gold: not the annotator"):
            world.dispute(works[0], [0], account)


def test_dispute_gold__by_the_annotator_of_another_batch__is_refused(world: GoldWorld) -> None:
    task, _ = world.graded()
    [other, _] = world.sealed(task, 1)
    with reverts("gold: not opened"):
        world.dispute(other, [0])


def test_dispute_gold__for_a_slot_that_was_not_committed__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    work = world.commit(task, 0)
    taken = world.take(task, 2)
    world.travel_to(world.deadline(task))
    world.open_gold(task)
    for submission in (taken, (task << 64) + 4, task << 64 | 2**63):
        with reverts("gold: not committed"):
            world.gold.dispute_gold(submission, [0], world.cost, EVIDENCE, URI, sender=work.annotator)


def test_dispute_gold__of_a_task_without_a_test__is_refused(world: GoldWorld) -> None:
    for submission in (0, 99 << 64, world.open() << 64, MAX):
        with reverts("gold: no such test"):
            world.gold.dispute_gold(submission, [0], world.cost, EVIDENCE, URI)


def test_dispute_gold__before_the_opening_or_after_a_waiver__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    works = world.sealed(task)
    with reverts("gold: not opened"):
        world.dispute(works[0], [0])
    world.gold.waive(task, 0, sender=world.requester)
    with reverts("gold: not opened"):
        world.dispute(works[0], [0])


def test_dispute_gold__at_the_end_of_its_period__is_in_it_or_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.travel(DISPUTE_PERIOD - 1)
    world.dispute(works[0], [0])
    world.travel(1)
    with reverts("gold: too late to dispute"):
        world.dispute(works[1], [0])


def test_dispute_gold__once_the_test_is_void__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.decided(works[0], [0, 1], 1)
    with reverts("gold: too late to dispute"):
        world.dispute(works[1], [2])


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ([], "gold: no items"),
        ([10], "gold: no such item"),
        ([0, MAX], "gold: no such item"),
        ([1, 0], "gold: numbers not rising"),
        ([0, 0], "gold: numbers not rising"),
        ([0, 5, 3, 9], "gold: numbers not rising"),
    ],
)
def test_dispute_gold__numbers_that_are_none_unknown_or_not_rising__are_refused(
    world: GoldWorld, numbers: list[int], reason: str
) -> None:
    _, works = world.graded()
    with reverts(reason):
        world.dispute(works[0], numbers)


def test_dispute_gold__without_the_bond__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.fund(works[0].annotator, 2 * world.cost - 1)
    with reverts("ledger: balance too low"):
        world.gold.dispute_gold(works[0].submission, [0], world.cost, EVIDENCE, URI, sender=works[0].annotator)


def test_dispute_gold__above_the_maximal_cost__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.fund(works[0].annotator, 2 * world.cost)
    with reverts("arbitration: cost above maximum"):
        world.gold.dispute_gold(works[0].submission, [0], world.cost - 1, EVIDENCE, URI, sender=works[0].annotator)
    world.arbitrator.set_cost(MAX_COST + 1)
    with reverts("arbitration: cost out of bounds"):
        world.gold.dispute_gold(works[0].submission, [0], MAX, EVIDENCE, URI, sender=works[0].annotator)


def test_dispute_gold__at_no_cost__has_no_bond(world: GoldWorld) -> None:
    _, works = world.graded()
    world.arbitrator.set_cost(0)
    filed = world.gold.dispute_gold(works[0].submission, [0], 0, EVIDENCE, URI, sender=works[0].annotator)
    assert world.gold.gold_dispute(filed).fee == 0
    world.assert_conserved()
