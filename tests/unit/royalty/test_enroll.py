"""enroll(submissions)"""

import pytest

from goldleaf.ids import submission_id
from goldleaf.types import ZERO_ADDRESS
from tests.protocol import reverts
from tests.royalty import Royalties
from tests.unit.escrow.helpers import UNKNOWN_TASKS
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import FULL, LAST, log, per_share


def test_enroll__paid_submissions__mints_a_share_per_accepted_label(royalties: Royalties, closed: Closed) -> None:
    caller, pool = royalties.account(), royalties.pool
    pool.enroll([work.submission for work in closed.paid], sender=caller)
    mints = []
    for work, shares in zip(closed.paid, [FULL, FULL - 1, LAST], strict=True):
        assert pool.balanceOf(work.annotator, closed.task) == shares
        assert pool.is_enrolled(work.submission)
        mint = {"caller": caller, "sender": ZERO_ADDRESS, "receiver": work.annotator}
        mints.append(("Transfer", mint | {"id": closed.task, "amount": shares}))
    pool.enroll([], sender=caller)
    assert log(royalties) == []
    assert pool.totalSupply(closed.task) == FULL + FULL - 1 + LAST == royalties.escrow.accepted_labels(closed.task)
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


def test_enroll__twice__is_refused(royalties: Royalties, enrolled: Closed) -> None:
    with reverts("shares: already enrolled"):
        royalties.pool.enroll([enrolled.full.submission])


def test_enroll__rejected_submission__is_refused(royalties: Royalties, closed: Closed) -> None:
    with reverts("shares: submission was not paid"):
        royalties.pool.enroll([closed.rejected.submission])


def test_enroll__one_of_several_is_refused__mints_nothing(royalties: Royalties, closed: Closed) -> None:
    with reverts("shares: submission was not paid"):
        royalties.pool.enroll([closed.full.submission, closed.rejected.submission])
    assert royalties.pool.totalSupply(closed.task) == 0
    assert not royalties.pool.is_enrolled(closed.full.submission)


def test_enroll__paid_submission_of_an_open_task__is_refused(royalties: Royalties) -> None:
    work = royalties.delivered()
    royalties.pass_window(work)
    royalties.escrow.claim(work.submission)
    with reverts("royalty: task is not closed"):
        royalties.pool.enroll([work.submission])


@pytest.mark.parametrize("state", ["open slot", "taken", "committed", "published"])
def test_enroll__not_paid__is_refused(royalties: Royalties, state: str) -> None:
    task = royalties.open()
    submission = submission_id(task, 0)
    if state == "published":
        submission = royalties.deliver(task)[0].submission
    elif state != "open slot":
        work = royalties.take(task)
        if state == "committed":
            royalties.commit(work)
    with reverts("shares: submission was not paid"):
        royalties.pool.enroll([submission])


@pytest.mark.parametrize("slot", [4, 2**32, 2**64 - 1])
def test_enroll__slot_beyond_the_task__is_refused(royalties: Royalties, closed: Closed, slot: int) -> None:
    with reverts("shares: submission was not paid"):
        royalties.pool.enroll([submission_id(closed.task, slot)])


@pytest.mark.parametrize("task", UNKNOWN_TASKS)
def test_enroll__unknown_task__is_refused(royalties: Royalties, task: int) -> None:
    with reverts("tasks: no such task"):
        royalties.pool.enroll([submission_id(task, 0) % 2**256])
