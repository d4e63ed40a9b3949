"""Attacks at the bounds of what a task can be, and in the middle of what the escrow does."""

import pytest

from goldleaf.ids import submission_id
from tests.protocol import DAY, reverts
from tests.royalty import Royalties

# Of a task with siblings, whose items and redundancy together are at most 2^31 - 1.
ITEMS, REDUNDANCY, MAX_PAID = 2**30 - 1, 2, 2**128 - 1


@pytest.mark.parametrize("royalty_bps", [0, 1, 9_999, 10_000])
def test_largest_task__with_all_that_can_be_paid__spills_into_no_other_field(royalty_bps: int) -> None:
    """As many parts as a task can have, a sum of 2^128 - 1: each word is as full as it can be."""
    royalties = Royalties()
    parts = ITEMS * REDUNDANCY
    task = royalties.open(
        items=ITEMS, batch_size=4096, redundancy=REDUNDANCY, reward=4, availability_bond=4, royalty_bps=royalty_bps
    )
    works = [royalties.take(task, slot) for slot in (0, 2**18 - 1)]
    for work in works:
        royalties.commit(work)
    royalties.travel_to(royalties.parameters_of(task).deadline)
    for work in works:
        royalties.publish(work)
    royalties.finish(task, works)
    royalties.pool.enroll([work.submission for work in works])
    accepted = royalties.lens.accepted_labels(task)
    assert accepted == 4096 + 4095

    royalties.pay(task, 1)
    royalties.pay(task, MAX_PAID - 1)
    payer = royalties.account()
    royalties.provide_in_pool(payer, 1)
    with reverts("revenue: too much in all"):
        royalties.pool.pay(task, 1, "", sender=payer)
    friend = royalties.account()
    royalties.pool.transfer(friend, task, 4095, sender=works[0].annotator)
    royalties.pool.collect_requester_share(task)
    for account in (works[0].annotator, works[1].annotator, friend):
        royalties.pool.collect(task, account)

    royalty = MAX_PAID * royalty_bps // 10_000
    earned = [royalties.earned(account) for account in (works[0].annotator, works[1].annotator, friend)]
    assert earned == [4096 * (royalty // parts), 4095 * (royalty // parts), 0]
    data_set = royalties.pool.data_set(task)
    assert (data_set.paid, data_set.parts, data_set.accepted, data_set.enrolled) == (MAX_PAID, parts, 8191, 8191)
    assert (data_set.token, data_set.royalty_bps) == (royalties.token.address, royalty_bps)
    assert data_set.requester_share == data_set.requester_collected == MAX_PAID - sum(earned) - data_set.dust
    assert [royalties.pool.balanceOf(each, task) for each in (works[0].annotator, friend)] == [1, 4095]
    royalties.assert_pool_conserved(task)


def test_ids_with_the_same_low_bits__of_other_slots_or_tasks__are_others() -> None:
    """Enrolled slots are bits: none stands for another slot, task or challenge."""
    royalties = Royalties()
    first, second = royalties.solo(royalties.account(), 2, 10), royalties.solo(royalties.account(), 2, 10)
    royalties.pool.enroll([first[0]])
    task, slot = first[0] >> 64, first[0] & (2**64 - 1)
    for id_ in (
        first[1],
        second[0],
        second[1],
        submission_id(task, slot + 256),
        submission_id(task, slot + 2**36),
        submission_id(task, slot + 2**63),
        submission_id(task + 2**36, slot),
        first[0] << 64,
        first[0] + 2**255,
    ):
        assert not royalties.pool.is_enrolled(id_)
    for forged in (submission_id(task + 2**36, slot), first[0] << 64, first[0] + 2**255, slot, 0):
        assert royalties.pool.enroll([forged]) == 0
    royalties.pool.enroll([second[0], first[1], second[1]])
    assert [royalties.pool.totalSupply(each[0] >> 64) for each in (first, second)] == [20, 20]


def test_submissions_of_several_tasks__in_turns_in_one_call__mint_to_each_its_own() -> None:
    """One annotator, two tasks: what is minted at once is of one task."""
    royalties = Royalties()
    annotator = royalties.account()
    first, second = royalties.solo(annotator, 3, 10), royalties.solo(annotator, 2, 15)
    royalties.pool.enroll([first[0], second[0], first[1], first[2], second[1]])
    for works, shares in ((first, 30), (second, 30)):
        task = works[0] >> 64
        assert royalties.pool.balanceOf(annotator, task) == royalties.pool.totalSupply(task) == shares
        assert royalties.pool.totalSupply(task) == royalties.lens.accepted_labels(task)


def test_requester_who_labels_their_own_task__earns_both_parts_and_no_more() -> None:
    royalties = Royalties()
    task = royalties.open(redundancy=1, royalty_bps=7_000)
    works = [royalties.take(task, 0, royalties.requester), royalties.take(task, 1)]
    for work in works:
        royalties.publish(work)
    royalties.finish(task, works)
    royalties.pool.enroll([work.submission for work in works])
    royalties.pay(task, 1_000_003)
    for _ in range(2):
        royalties.pool.collect(task, royalties.requester)
        royalties.pool.collect_requester_share(task)
        royalties.pool.transfer(works[1].annotator, task, 3, sender=royalties.requester)
        royalties.pool.transfer(royalties.requester, task, 3, sender=works[1].annotator)
    each = 700_002 // 20
    assert royalties.earned(royalties.requester) == 1_000_003 - 700_002 + 10 * each
    assert royalties.earned(works[1].annotator) == 10 * each
    royalties.assert_pool_conserved(task)


def test_reading_the_escrow__in_the_middle_of_what_it_does__is_refused() -> None:
    """A token that calls back while the escrow pays: the pool never mints by a state that is half written."""
    royalties = Royalties(token="CallbackToken")
    [work, *_] = royalties.finished()
    pool, token, thief = royalties.pool, royalties.token, royalties.account(free=2)
    token.set_call(pool, pool.enroll.prepare_calldata([work.submission]))
    royalties.escrow.withdraw(token, 1, thief, sender=thief)
    assert token.called() and not token.succeeded()
    assert not pool.is_enrolled(work.submission)
    pool.enroll([work.submission])


def test_submissions_of_tasks_of_other_sizes__some_open_some_named_twice__mint_to_each_its_own() -> None:
    """The terms of a task are read once for all that follow each other: none is counted by those of another task."""
    royalties = Royalties()
    large = royalties.open(items=13, batch_size=10, redundancy=1, tolerance_bps=1000, stake=10 * royalties.unit)
    small = royalties.open(items=3, batch_size=2, redundancy=1, tolerance_bps=0, stake=10 * royalties.unit)
    open_task = royalties.open(items=14, batch_size=8, redundancy=1, deadline=royalties.now + 300 * DAY)
    works = {task: [royalties.deliver(task, slot)[0] for slot in (0, 1)] for task in (large, small, open_task)}
    # Challenges and an error stand in the word of the submission that is read.
    royalties.prove_wrong(works[large][0], [3])
    royalties.prove_wrong(works[small][1], [2])
    royalties.travel_to(royalties.parameters_of(small).deadline)
    assert royalties.escrow.claim_many([work.submission for each in works.values() for work in each]) == 5
    for task in (large, small):
        royalties.escrow.close(task)
    a, b, c = ([work.submission for work in works[task]] for task in (large, small, open_task))
    unknown = a[0] + 2**80
    assert royalties.pool.enroll([c[0], a[1], unknown, b[0], c[1], a[0], a[1], b[1], b[0], c[0], a[0], a[1] + 1]) == 3
    assert [royalties.pool.totalSupply(task) for task in (large, small, open_task)] == [12, 2, 0]
    for task, shares in ((large, [9, 3]), (small, [2, 0]), (open_task, [0, 0])):
        assert [royalties.pool.balanceOf(work.annotator, task) for work in works[task]] == shares
    assert royalties.pool.enroll([*a, *b, *c]) == 0
    assert [royalties.lens.accepted_labels(task) for task in (large, small)] == [12, 2]


def test_licence_at_the_highest_price__at_any_time__is_recorded_to_the_unit() -> None:
    """The time stands above the price."""
    royalties = Royalties()
    [submission] = royalties.solo(royalties.account(), 1, 10)
    task, price = submission >> 64, 2**128 - 1
    terms = b"\x01" * 32
    for asked in (price + 1, price):
        royalties.pool.set_price(task, asked, terms, sender=royalties.requester)
        buyer = royalties.account()
        royalties.provide_in_pool(buyer, asked)
        if asked > price:
            with reverts("revenue: too much in all"):
                royalties.pool.buy_license(task, buyer, terms, asked, sender=buyer)
    license = royalties.pool.buy_license(task, buyer, terms, price, sender=buyer)
    found = royalties.pool.license(license)
    assert (found.licensee, found.terms, found.price, found.time) == (buyer, terms, price, royalties.now)
    beside = royalties.pool.license(license + 1)
    assert (beside.price, beside.time) == (0, 0)
