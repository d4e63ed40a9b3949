"""set_up(task, classes, counts, allowed, opening_period, dispute_period)"""

from dataclasses import replace

import pytest

from tests.gold import MAX, GoldWorld, Terms, digest, ranked
from tests.protocol import DAY, HOUR, reverts

TWO = [bytes([1]) * 32, bytes([2]) * 32]
LARGE = Terms(items=512, batch_size=256, counts=(64, 64), allowed=30)


def test_set_up__by_the_requester__is_told_and_stored(world: GoldWorld) -> None:
    task = world.open()
    assert not world.gold.is_ready(task)
    world.set_up(task)
    terms = world.terms[task]
    assert world.event("TestSetUp") == {
        "task": task,
        "classes": [digest(label) for label in terms.classes],
        "counts": [5, 5],
        "allowed": 4,
        "opening_period": terms.opening_period,
        "dispute_period": terms.dispute_period,
    }
    stored = world.gold.test(task)
    assert (stored.counts, stored.allowed) == ([5, 5], 4)
    assert (stored.opening_period, stored.dispute_period) == (terms.opening_period, terms.dispute_period)
    assert world.gold.is_ready(task)


def test_set_up__before_it__nobody_takes_a_slot(world: GoldWorld) -> None:
    task = world.open()
    with reverts("submissions: test is not set up"):
        world.take(task, 0)
    world.set_up(task)
    world.take(task, 0)


@pytest.mark.parametrize("task", [0, 99, 2**128, MAX])
def test_set_up__of_a_task_that_is_not_there__is_refused(world: GoldWorld, task: int) -> None:
    with reverts("gold: no such task"):
        world.gold.set_up(task, TWO, [5, 5], 4, DAY, DAY, sender=world.requester)


def test_set_up__of_a_task_with_another_grader_or_none__is_refused(world: GoldWorld) -> None:
    other = GoldWorld.copy(world)
    task = other.open(grader=world.token.address)
    with reverts("gold: not the task's grader"):
        other.set_up(task)


def test_set_up__by_anybody_else__is_refused(world: GoldWorld) -> None:
    task = world.open()
    with reverts("gold: not the requester"):
        world.set_up(task, sender=world.account())


def test_set_up__twice__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    with reverts("gold: already set up"):
        world.set_up(task, allowed=0)


@pytest.mark.parametrize(
    ("classes", "counts", "reason"),
    [
        ([], [], "gold: bad classes"),
        (TWO[:1], [10], "gold: bad classes"),
        (TWO, [10], "gold: bad classes"),
        (TWO, [4, 4, 4], "gold: bad classes"),
        (TWO[::-1], [5, 5], "gold: classes not rising"),
        ([TWO[0], TWO[0]], [5, 5], "gold: classes not rising"),
        ([TWO[0], TWO[1], TWO[1]], [4, 4, 2], "gold: classes not rising"),
        ([TWO[0], TWO[1], TWO[0]], [4, 4, 2], "gold: classes not rising"),
    ],
)
def test_set_up__classes_that_are_too_few_or_not_rising__are_refused(
    world: GoldWorld, classes: list[bytes], counts: list[int], reason: str
) -> None:
    task = world.open()
    with reverts(reason):
        world.set_up(task, classes=classes, counts=counts)


@pytest.mark.parametrize("counts", [[10, 0], [0, 10], [5, 129], [5, MAX], [MAX, MAX]])
def test_set_up__a_class_without_gold_or_with_too_much__is_refused(world: GoldWorld, counts: list[int]) -> None:
    task = world.open()
    with reverts("gold: bad counts"):
        world.set_up(task, counts=counts)


@pytest.mark.parametrize(("counts", "fits"), [([5, 4], False), ([5, 5], True), ([6, 5], False)])
def test_set_up__fewer_than_ten_items_or_more_than_half_of_the_batch__is_refused(
    world: GoldWorld, counts: list[int], fits: bool
) -> None:
    task = world.open()
    if fits:
        world.set_up(task, counts=counts, allowed=2)
    else:
        with reverts("gold: bad size"):
            world.set_up(task, counts=counts, allowed=2)


@pytest.mark.parametrize(("counts", "fits"), [([64, 64], True), ([65, 64], False)])
def test_set_up__more_than_128_items__is_refused(world: GoldWorld, counts: list[int], fits: bool) -> None:
    task = world.open(replace(LARGE, items=1024, batch_size=512))
    if fits:
        world.set_up(task, counts=counts)
    else:
        with reverts("gold: bad size"):
            world.set_up(task, counts=counts)


def test_set_up__sixteen_classes__are_accepted(world: GoldWorld) -> None:
    classes = ranked([f"class {number}" for number in range(16)])
    world.tested(replace(LARGE, classes=classes, counts=(1,) * 15 + (2,), allowed=14))


@pytest.mark.parametrize(
    ("counts", "allowed", "fits"),
    [
        ((5, 5), 4, True),
        ((5, 5), 5, False),
        ((5, 5), MAX, False),
        ((6, 4), 3, True),
        ((6, 4), 4, False),
        ((8, 2), 1, True),
        # Whoever gives the common class to every item errs on one item, which a dispute may drop.
        ((9, 1), 0, False),
    ],
)
def test_set_up__as_many_errors_allowed_as_a_constant_answer_makes__is_refused(
    world: GoldWorld, counts: tuple[int, ...], allowed: int, fits: bool
) -> None:
    task = world.open()
    if fits:
        world.set_up(task, counts=list(counts), allowed=allowed)
    else:
        with reverts("gold: constant answer passes"):
            world.set_up(task, counts=list(counts), allowed=allowed)


@pytest.mark.parametrize(("counts", "fits"), [((107, 21), True), ((116, 12), False), ((115, 13), True)])
def test_set_up__as_few_others_as_disputes_may_drop__are_refused(
    world: GoldWorld, counts: tuple[int, ...], fits: bool
) -> None:
    task = world.open(LARGE)
    if fits:
        world.set_up(task, counts=list(counts), allowed=0)
    else:
        with reverts("gold: constant answer passes"):
            world.set_up(task, counts=list(counts), allowed=0)


@pytest.mark.parametrize("period", [0, HOUR - 1, 90 * DAY + 1, MAX])
def test_set_up__periods_out_of_bounds__are_refused(world: GoldWorld, period: int) -> None:
    task = world.open()
    with reverts("gold: bad opening period"):
        world.set_up(task, opening_period=period)
    with reverts("gold: bad dispute period"):
        world.set_up(task, dispute_period=period)


@pytest.mark.parametrize("period", [HOUR, 90 * DAY])
def test_set_up__periods_at_their_bounds__are_accepted(world: GoldWorld, period: int) -> None:
    world.set_up(world.open(), opening_period=period, dispute_period=period)


def test_set_up__a_test_that_outlasts_the_escrow__is_refused(world: GoldWorld) -> None:
    """The escrow waits 365 days for a grader, then everybody goes with their stake: a week is left."""
    task = world.open(replace(Terms(), arbitration_timeout=200 * DAY))
    with reverts("gold: test takes too long"):
        world.set_up(task, opening_period=80 * DAY, dispute_period=78 * DAY + 1)
    world.set_up(task, opening_period=80 * DAY, dispute_period=78 * DAY)
