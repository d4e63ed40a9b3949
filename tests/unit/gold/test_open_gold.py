"""open_gold(task, batch, gold_list, max_cost)"""

from dataclasses import replace

import pytest

from goldleaf_tools.rules.escrow import MAX_COST
from tests.gold import MAX, OPENING_PERIOD, GoldWorld, Terms, gold_list, ranked
from tests.protocol import DAY, reverts

GOLD = [0, 3, 5, 8, 19, 1, 2, 9, 10, 18]


def bitmap(world: GoldWorld, task: int, batch: int = 0) -> set[int]:
    words = world.terms[task].batch_size // 256 + 1
    return {256 * w + i for w in range(words) for i in range(256) if world.gold.tested(task, batch, w) >> i & 1}


def attempt(world: GoldWorld, positions: list[int], task: int, batch: int = 0) -> None:
    world.provide(world.requester, 100 * world.cost)
    world.gold.open_gold(task, batch, gold_list(positions), world.cost, sender=world.requester)


def test_open_gold__of_a_sealed_batch__is_told_and_sets_the_deposit_aside(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.fund(world.requester, 100 * world.cost)
    before = world.free(world.requester)
    world.gold.open_gold(task, 0, gold_list(GOLD), world.cost, sender=world.requester)
    deposit = 4 * world.cost  # two siblings, each of whom may have the fee back and win a prize
    assert world.event("GoldOpened") == {
        "task": task,
        "batch": 0,
        "gold": gold_list(GOLD),
        "cost": world.cost,
        "deposit": deposit,
    }
    assert world.free(world.requester) == before - deposit
    batch = world.gold.batch(task, 0)
    assert (batch.opened_at, batch.cost, batch.deposit) == (world.now, world.cost, deposit)
    assert bitmap(world, task) == set(GOLD)
    assert bitmap(world, task, 1) == set()
    world.assert_conserved()


@pytest.mark.parametrize(
    ("redundancy", "counts", "costs"),
    [(1, (5, 5), 2), (2, (5, 5), 4), (3, (5, 5), 5), (15, (5, 5), 17), (15, (15, 15), 19), (3, (15, 15), 6)],
)
def test_open_gold__any_redundancy_and_size__sets_aside_what_disputes_can_win(
    world: GoldWorld, redundancy: int, counts: tuple[int, int], costs: int
) -> None:
    task = world.tested(Terms(items=60, batch_size=60, redundancy=redundancy, counts=counts))
    world.travel_to(world.deadline(task))
    world.open_gold(task)
    assert world.gold.batch(task, 0).deposit == costs * world.cost


def test_open_gold__without_the_deposit__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.fund(world.requester, 4 * world.cost - 1)
    with reverts("ledger: balance too low"):
        world.gold.open_gold(task, 0, gold_list(GOLD), world.cost, sender=world.requester)


def test_open_gold__at_no_cost__needs_no_deposit(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.arbitrator.set_cost(0)
    world.gold.open_gold(task, 0, gold_list(GOLD), 0, sender=world.requester)
    assert world.gold.batch(task, 0).deposit == 0


def test_open_gold__in_a_batch_of_4096__marks_every_position(world: GoldWorld) -> None:
    terms = Terms(items=4096, batch_size=4096, redundancy=1, counts=(64, 64), allowed=40)
    task = world.tested(replace(terms, tolerance_bps=0))
    world.travel_to(world.deadline(task))
    positions = sorted([*range(0, 4064, 32), 4095][-128:])
    gold = positions[::2] + positions[1::2]
    world.open_gold(task, 0, gold)
    assert bitmap(world, task) == set(positions)


def test_open_gold__the_only_item_of_the_last_word__is_marked(world: GoldWorld) -> None:
    task = world.tested(Terms(items=257, batch_size=257, redundancy=1, tolerance_bps=0))
    world.travel_to(world.deadline(task))
    gold = [*GOLD[:-1], 256]
    world.open_gold(task, 0, gold)
    assert bitmap(world, task) == set(gold)


def test_open_gold__by_anybody_else__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    works = world.sealed(task)
    with reverts("gold: not the requester"):
        world.gold.open_gold(task, 0, gold_list(GOLD), world.cost, sender=works[0].annotator)


def test_open_gold__above_the_maximal_cost__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.fund(world.requester, 100 * world.cost)
    with reverts("arbitration: cost above maximum"):
        world.gold.open_gold(task, 0, gold_list(GOLD), world.cost - 1, sender=world.requester)


def test_open_gold__a_cost_that_no_word_holds__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.arbitrator.set_cost(MAX_COST + 1)
    with reverts("arbitration: cost out of bounds"):
        world.gold.open_gold(task, 0, gold_list(GOLD), MAX, sender=world.requester)


@pytest.mark.parametrize("noted", [True, False])
def test_open_gold__at_the_ends_of_its_period__is_in_it_or_refused(world: GoldWorld, noted: bool) -> None:
    task = world.tested()
    world.sealed(task, 0)
    world.sealed(task, 1)
    if noted:
        world.gold.note_sealed(task, 0)
        world.gold.note_sealed(task, 1)
        end = world.now + OPENING_PERIOD
    else:
        end = world.deadline(task) + OPENING_PERIOD
    world.travel_to(end - 1)
    attempt(world, GOLD, task, 0)
    world.travel_to(end)
    with reverts("gold: opening has ended"):
        attempt(world, GOLD, task, 1)


def test_open_gold__in_a_cancelled_task__ends_by_when_publishing_opened(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task, 0)
    world.sealed(task, 1)
    world.escrow.cancel(task, sender=world.requester)
    end = world.now + world.terms[task].work_period + OPENING_PERIOD
    world.travel_to(end - 1)
    attempt(world, GOLD, task, 0)
    world.travel_to(end)
    with reverts("gold: opening has ended"):
        attempt(world, GOLD, task, 1)


@pytest.mark.parametrize(
    ("positions", "reason"),
    [
        ([], "gold: wrong number of items"),
        (GOLD[:-1], "gold: wrong number of items"),
        ([*GOLD, 19], "gold: wrong number of items"),
        ([3, 0, 5, 8, 19, 1, 2, 9, 10, 18], "gold: items not rising"),
        ([0, 3, 5, 8, 19, 1, 2, 9, 18, 10], "gold: items not rising"),
        ([0, 3, 3, 8, 19, 1, 2, 9, 10, 18], "gold: items not rising"),
        ([0, 3, 5, 8, 20, 1, 2, 9, 10, 18], "gold: item not in the batch"),
        ([0, 3, 5, 8, 19, 1, 2, 9, 10, 65535], "gold: item not in the batch"),
        ([0, 3, 5, 8, 19, 1, 2, 9, 10, 19], "gold: item has two classes"),
        ([0, 3, 5, 8, 19, 0, 2, 9, 10, 18], "gold: item has two classes"),
    ],
)
def test_open_gold__a_list_that_is_no_gold_list__is_refused(
    world: GoldWorld, positions: list[int], reason: str
) -> None:
    task = world.tested()
    world.sealed(task)
    with reverts(reason):
        attempt(world, positions, task)


def test_open_gold__an_odd_number_of_bytes__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    for gold in (gold_list(GOLD)[:-1], gold_list(GOLD) + b"\0"):
        with reverts("gold: wrong number of items"):
            world.gold.open_gold(task, 0, gold, world.cost, sender=world.requester)


def test_open_gold__more_of_one_class_than_counted__is_refused(world: GoldWorld) -> None:
    """The counts say where a class begins: what is rising as a whole may still be told apart."""
    terms = Terms(classes=ranked(["a", "b", "c"]), counts=(4, 3, 3))
    task = world.tested(terms)
    world.sealed(task)
    with reverts("gold: items not rising"):
        attempt(world, [0, 1, 2, 4, 3, 5, 6, 8, 9, 7], task)
    attempt(world, [0, 1, 2, 4, 3, 5, 6, 7, 8, 9], task)


def test_open_gold__twice_or_after_a_waiver__is_refused(world: GoldWorld) -> None:
    task, _ = world.graded()
    with reverts("gold: already opened"):
        attempt(world, GOLD, task)
    world.sealed(task, 1)
    world.gold.waive(task, 1, sender=world.requester)
    with reverts("gold: already waived"):
        attempt(world, GOLD, task, 1)


def test_open_gold__before_the_batch_is_sealed__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.commit(task, 0)
    with reverts("gold: batch is not sealed"):
        attempt(world, GOLD, task)
    world.travel(DAY)
    world.commit(task, 2)
    attempt(world, GOLD, task)


@pytest.mark.parametrize("batch", [2, 2**64, MAX])
def test_open_gold__of_a_batch_that_is_not_there__is_refused(world: GoldWorld, batch: int) -> None:
    task = world.tested()
    world.sealed(task)
    with reverts("gold: no such batch"):
        attempt(world, GOLD, task, batch)
