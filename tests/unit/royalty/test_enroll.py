"""enroll(submissions)"""

import pytest

from goldleaf.ids import submission_id
from goldleaf.types import ZERO_ADDRESS
from tests.royalty import Royalties
from tests.unit.escrow.helpers import UNKNOWN_TASKS
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import FULL, LAST, log, per_share


def test_enroll__paid_submissions__mints_a_share_per_accepted_label(royalties: Royalties, closed: Closed) -> None:
    caller, pool = royalties.account(), royalties.pool
    assert pool.enroll([work.submission for work in closed.paid], sender=caller) == 3
    mints = []
    for work, shares in zip(closed.paid, [FULL, FULL - 1, LAST], strict=True):
        assert pool.balanceOf(work.annotator, closed.task) == shares
        assert pool.is_enrolled(work.submission)
        mint = {"caller": caller, "sender": ZERO_ADDRESS, "receiver": work.annotator}
        mints.append(("Transfer", mint | {"id": closed.task, "amount": shares}))
    pool.enroll([], sender=caller)
    assert log(royalties) == []
    assert pool.totalSupply(closed.task) == FULL + FULL - 1 + LAST == royalties.lens.accepted_labels(closed.task)
    assert pool.balanceOf(caller, closed.task) == 0
    assert not pool.is_enrolled(closed.rejected.submission)


def test_enroll__each_submission__is_told(royalties: Royalties, closed: Closed) -> None:
    caller = royalties.account()
    royalties.pool.enroll([work.submission for work in closed.paid[:2]], sender=caller)
    expected = []
    for work, shares in zip(closed.paid, [FULL, FULL - 1], strict=False):
        fields = {"caller": caller, "sender": ZERO_ADDRESS, "receiver": work.annotator}
        expected.append(("Enrolled", {"submission": work.submission, "annotator": work.annotator}))
        expected.append(("Transfer", fields | {"id": closed.task, "amount": shares}))
    # What follows a submission is only known with the next one.
    assert log(royalties) == [expected[0], expected[2], expected[1], expected[3]]


def test_enroll__several_of_one_annotator__are_minted_at_once(royalties: Royalties) -> None:
    annotator = royalties.account()
    first, second = royalties.solo(annotator, 3, 5), royalties.solo(annotator, 2, 4)
    royalties.pool.enroll(first + second)
    tasks = [first[0] >> 64, second[0] >> 64]
    events = log(royalties)
    assert [(fields["id"], fields["amount"]) for name, fields in events if name == "Transfer"] == [
        (tasks[0], 15),
        (tasks[1], 8),
    ]
    assert [fields["submission"] for name, fields in events if name == "Enrolled"] == first + second
    assert [royalties.pool.balanceOf(annotator, task) for task in tasks] == [15, 8]
    assert [royalties.pool.totalSupply(task) for task in tasks] == [15, 8]


def test_enroll__slots_beyond_one_bitmap_word__are_kept_apart(royalties: Royalties) -> None:
    """Slots 0 and 256 have the same bit, in different words."""
    annotator = royalties.account()
    task = royalties.open(items=257, batch_size=1, redundancy=1, stake=10 * royalties.unit)
    works = [royalties.take(task, slot, annotator) for slot in (0, 256)]
    for work in works:
        royalties.publish(work)
    royalties.finish(task, works)
    royalties.pool.enroll([works[0].submission])
    assert [royalties.pool.is_enrolled(work.submission) for work in works] == [True, False]
    royalties.pool.enroll([works[1].submission])
    assert royalties.pool.balanceOf(annotator, task) == 2


def test_enroll__late__earns_the_whole_history(royalties: Royalties, closed: Closed) -> None:
    royalties.pay(closed.task, 10**6 + 1)
    royalties.pool.enroll([closed.full.submission])
    royalties.pay(closed.task, 10**6 + 1)
    royalties.pool.enroll([closed.last.submission])
    annotators = closed.full.annotator, closed.last.annotator
    with royalties.earns(*annotators) as earned:
        for annotator in annotators:
            royalties.pool.collect(closed.task, annotator)
    assert earned == [FULL * per_share(2 * 10**6 + 2), LAST * per_share(2 * 10**6 + 2)]
    royalties.assert_pool_conserved(closed.task)


def test_enroll__twice__mints_once(royalties: Royalties, enrolled: Closed) -> None:
    before = royalties.pool.totalSupply(enrolled.task)
    assert royalties.pool.enroll([enrolled.full.submission]) == 0
    assert log(royalties) == []
    assert royalties.pool.totalSupply(enrolled.task) == before


def test_enroll__some_cannot_be_enrolled__are_passed_over(royalties: Royalties, closed: Closed) -> None:
    """Named twice, enrolled before, rejected, and of an open task in between."""
    unclosed = royalties.delivered()
    royalties.pass_window(unclosed)
    royalties.escrow.claim(unclosed.submission)
    full, last, rejected = closed.full.submission, closed.last.submission, closed.rejected.submission
    royalties.pool.enroll([last])
    assert royalties.pool.enroll([full, last, unclosed.submission, rejected, full]) == 1
    assert [fields["submission"] for name, fields in log(royalties) if name == "Enrolled"] == [full]
    assert royalties.pool.totalSupply(closed.task) == FULL + LAST
    assert royalties.pool.balanceOf(closed.full.annotator, closed.task) == FULL
    assert royalties.pool.totalSupply(unclosed.task) == 0


def test_enroll__one_annotator_of_two_tasks_in_turns__mints_to_each_task_its_own(royalties: Royalties) -> None:
    annotator = royalties.account()
    first, second = royalties.solo(annotator, 2, 5), royalties.solo(annotator, 2, 4)
    assert royalties.pool.enroll([first[0], second[0], first[1], second[1]]) == 4
    assert [royalties.pool.totalSupply(each[0] >> 64) for each in (first, second)] == [10, 8]
    assert [royalties.pool.balanceOf(annotator, each[0] >> 64) for each in (first, second)] == [10, 8]


def test_enroll__paid_submission_of_an_open_task__mints_when_it_is_closed(royalties: Royalties) -> None:
    work = royalties.delivered()
    royalties.pass_window(work)
    royalties.escrow.claim(work.submission)
    assert royalties.pool.enroll([work.submission]) == 0
    assert not royalties.pool.is_enrolled(work.submission)
    sibling = royalties.lens.submission(submission_id(work.task, 2))
    assert sibling.annotator != work.annotator
    royalties.escrow.claim(submission_id(work.task, 2))
    royalties.travel_to(royalties.parameters_of(work.task).deadline)
    royalties.escrow.close(work.task)
    assert royalties.pool.enroll([work.submission]) == 1


@pytest.mark.parametrize("state", ["open slot", "taken", "committed", "published"])
def test_enroll__not_paid__mints_nothing(royalties: Royalties, state: str) -> None:
    task = royalties.open()
    submission = submission_id(task, 0)
    if state == "published":
        submission = royalties.deliver(task)[0].submission
    elif state != "open slot":
        work = royalties.take(task)
        if state == "committed":
            royalties.commit(work)
    assert royalties.pool.enroll([submission]) == 0
    assert not royalties.pool.is_enrolled(submission)


@pytest.mark.parametrize("slot", [4, 2**32, 2**64 - 1])
def test_enroll__slot_beyond_the_task__mints_nothing(royalties: Royalties, closed: Closed, slot: int) -> None:
    assert royalties.pool.enroll([submission_id(closed.task, slot)]) == 0
    assert royalties.pool.totalSupply(closed.task) == 0


@pytest.mark.parametrize("task", UNKNOWN_TASKS)
def test_enroll__unknown_task__mints_nothing(royalties: Royalties, task: int) -> None:
    assert royalties.pool.enroll([submission_id(task, 0) % 2**256]) == 0
