"""grade(submission, root, answers), as `publish_graded` asks it"""

from dataclasses import replace

import boa
import pytest

from goldleaf.labels import LabelSet
from goldleaf.types import SubmissionState
from tests.gold import DISPUTE_PERIOD, MAX, OPENING_PERIOD, GoldWorld, Terms, digest, gold_list, ranked
from tests.protocol import SALT, URI, reverts

# Thirty items, of which three may be dropped.
THIRTY = Terms(items=60, batch_size=60, counts=(15, 15), allowed=12)
ROOT = bytes(31) + b"\1"


@pytest.mark.parametrize(
    ("wrong", "passes"), [((), True), (range(4), True), (range(5), False), ((0, 2, 5, 7, 9), False), (range(10), False)]
)
def test_grade__up_to_the_allowed_errors__passes(world: GoldWorld, wrong: range, passes: bool) -> None:
    task, [work, _] = world.graded(wrong=[wrong])
    world.pass_dispute_period(task)
    answers = world.answers(task, work)
    if passes:
        assert world.gold.grade(work.submission, work.labels.root, answers)
        world.publish(work, answers)
        assert world.state(work.submission) == SubmissionState.PUBLISHED
    else:
        with reverts("gold: too many errors"):
            world.publish(work, answers)


@pytest.mark.parametrize("terms", [Terms(), THIRTY, Terms(items=25, batch_size=25, counts=(7, 5), allowed=4)])
def test_grade__as_few_answers_as_have_to_be_right__pass(world: GoldWorld, terms: Terms) -> None:
    task, [work, _] = world.graded(terms)
    world.pass_dispute_period(task)
    least = terms.size - terms.allowed
    right = world.right(task, work)
    assert world.gold.grade(work.submission, work.labels.root, world.answers(task, work, right=right[:least]))
    with reverts("gold: too many errors"):
        world.gold.grade(work.submission, work.labels.root, world.answers(task, work, right=right[: least - 1]))


def test_grade__sixteen_classes__reads_each(world: GoldWorld) -> None:
    terms = Terms(
        items=64,
        batch_size=64,
        classes=ranked([f"class {number}" for number in range(16)]),
        counts=(1, 2, 3, 2, 1, 1, 2, 3, 2, 1, 1, 2, 3, 2, 1, 5),
        allowed=3,
    )
    task, [work, failing] = world.graded(terms, wrong=[[1, 17, 31], [1, 17, 30, 31]])
    world.pass_dispute_period(task)
    world.publish(work, world.answers(task, work))
    with reverts("gold: too many errors"):
        world.publish(failing, world.answers(task, failing))


def test_grade__while_gold_may_be_opened__is_pending(world: GoldWorld) -> None:
    task = world.tested()
    work = world.commit(task, 0)
    other = world.commit(task, 2)
    with reverts("gold: test is pending"):
        world.publish(work)
    world.gold.note_sealed(task, 0)
    world.travel(OPENING_PERIOD - 1)
    with reverts("gold: test is pending"):
        world.publish(work)
    world.travel(1)
    world.publish(work)
    world.publish(other, b"no answers at all")


def test_grade__a_batch_that_nobody_noted__is_pending_until_the_period_from_the_deadline(world: GoldWorld) -> None:
    task = world.tested()
    [work, _] = world.sealed(task)
    world.travel_to(world.deadline(task) + OPENING_PERIOD - 1)
    with reverts("gold: test is pending"):
        world.publish(work)
    world.travel(1)
    world.publish(work)


def test_grade__in_the_dispute_period__is_pending(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    world.travel(DISPUTE_PERIOD - 1)
    with reverts("gold: test is pending"):
        world.publish(work, world.answers(task, work))
    world.travel(1)
    world.publish(work, world.answers(task, work))


def test_grade__while_a_dispute_stands__is_pending(world: GoldWorld) -> None:
    task, [work, other] = world.graded()
    filed = world.dispute(other, [0])
    world.pass_dispute_period(task)
    with reverts("gold: test is pending"):
        world.publish(work, world.answers(task, work))
    world.rule(filed, 2)
    world.settle(filed)
    world.publish(work, world.answers(task, work))


@pytest.mark.parametrize(
    ("wrong", "passes"),
    [
        # Three are dropped: 27 are left, on which nine errors pass.
        (range(12), True),  # of them three were dropped
        (range(13), False),
        (range(3, 12), True),
        (range(3, 13), False),
    ],
)
def test_grade__dropped_items__leave_the_test_with_an_allowed_error_each(
    world: GoldWorld, wrong: range, passes: bool
) -> None:
    task, [work, other] = world.graded(THIRTY, wrong=[wrong])
    world.decided(other, [0, 1, 2], 1)
    world.pass_dispute_period(task)
    if passes:
        world.publish(work, world.answers(task, work))
    else:
        with reverts("gold: too many errors"):
            world.publish(work, world.answers(task, work))


def test_grade__more_dropped_than_allowed__allows_none(world: GoldWorld) -> None:
    task, [work, other] = world.graded(replace(THIRTY, allowed=2), wrong=[[29]])
    world.decided(other, [0, 1, 2], 1)
    world.pass_dispute_period(task)
    with reverts("gold: too many errors"):
        world.publish(work, world.answers(task, work))
    world.publish(other, world.answers(task, other))


def test_grade__a_dropped_item__cannot_be_proven(world: GoldWorld) -> None:
    task, [work, other] = world.graded(THIRTY)
    world.decided(other, [4], 1)
    world.pass_dispute_period(task)
    positions = world.opened[task, 0]
    right = sorted(range(30), key=lambda number: positions[number])
    with reverts("gold: item was dropped"):
        world.publish(work, world.answers(task, work, right=right))


def test_grade__numbers_twice_in_another_order_or_unknown__are_refused(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    world.pass_dispute_period(task)
    right = world.right(task, work)
    for wrong in (right[::-1], [right[0], *right], [*right, right[-1]], [right[1], right[0], *right[2:]]):
        with reverts("gold: answers not rising"):
            world.publish(work, world.answers(task, work, right=right, numbers=bytes(wrong)))
    for unknown in (10, 255):
        with reverts("gold: no such item"):
            world.publish(work, world.answers(task, work, right=right, numbers=bytes([*right, unknown])))


def test_grade__another_gold_list_or_other_classes__are_refused(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    world.pass_dispute_period(task)
    positions = world.opened[task, 0]
    for gold in (b"", gold_list(positions[::-1]), gold_list([*positions, 19])):
        with reverts("gold: other gold"):
            world.publish(work, world.answers(task, work, gold_list=gold))
    classes = [digest(label) for label in world.terms[task].classes]
    for changed in ([], classes[::-1], classes[:1], [*classes, b"\xff" * 32]):
        with reverts("gold: other classes"):
            world.publish(work, world.answers(task, work, classes=changed))


def test_grade__a_proof_that_is_too_short_too_long_or_wrong__is_refused(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    world.pass_dispute_period(task)
    positions = world.opened[task, 0]
    proof = work.labels.multiproof(positions)
    wrong = [[], proof[:-1], proof[1:], [*proof, bytes(32)], [ROOT, *proof], [ROOT, *proof[1:]], [*proof[:-1], ROOT]]
    for changed in wrong:
        with reverts("gold: wrong proof"):
            world.publish(work, world.answers(task, work, proof=changed))


def test_grade__the_root_of_other_labels__is_refused(world: GoldWorld) -> None:
    task, [work, other] = world.graded(wrong=[(), [3]])
    world.pass_dispute_period(task)
    answers = world.answers(task, work)
    for root in (other.labels.root, ROOT, bytes(32)):
        with reverts("gold: wrong proof"):
            world.gold.grade(work.submission, root, answers)


def test_grade__the_labels_of_the_same_places_in_another_batch__prove_nothing(world: GoldWorld) -> None:
    task, _ = world.graded()
    [work, _] = world.sealed(task, 1)
    world.open_gold(task, 1)
    world.travel(DISPUTE_PERIOD)
    shifted = LabelSet([work.labels.value(item) for item in work.labels.items], first=0)
    answers = world.answers(task, work, batch=1, proof=shifted.multiproof(world.opened[task, 1]))
    with reverts("gold: wrong proof"):
        world.gold.grade(work.submission, shifted.root, answers)
    assert world.gold.grade(work.submission, work.labels.root, world.answers(task, work, batch=1))


def test_grade__of_a_task_without_a_test__is_refused(world: GoldWorld) -> None:
    for submission in (0, world.open() << 64, MAX):
        with reverts("gold: no such test"):
            world.gold.grade(submission, ROOT, b"")


def test_grade__by_anyone_who_knows_the_opening__publishes(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    world.pass_dispute_period(task)
    watchtower = world.account()
    world.escrow.publish_graded(
        work.submission, work.labels.root, SALT, URI, world.answers(task, work), sender=watchtower
    )
    assert world.state(work.submission) == SubmissionState.PUBLISHED


def test_grade__answers_that_are_no_abi_encoding__are_refused(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    world.pass_dispute_period(task)
    whole = world.answers(task, work)
    for answers in (b"", b"\xff" * 128, whole[:100], bytes(len(whole))):
        with boa.reverts():
            world.gold.grade(work.submission, work.labels.root, answers)
