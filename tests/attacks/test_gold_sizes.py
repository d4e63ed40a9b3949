"""The largest test: nothing overflows its field, and every unit goes where the rules say."""

from tests.gold import GoldWorld, Terms, ranked
from tests.protocol import DAY, SINK, reverts

LARGEST = 2**80 - 1
MAX_COST = 2**94


class LastPositions(GoldWorld):
    """Tests the last items of a batch, the classes by turns."""

    def positions(self, task: int) -> list[int]:
        terms = self.terms[task]
        last = range(terms.batch_size - terms.size, terms.batch_size)
        return [*last[::2], *last[1::2]]


def test_huge_inputs__the_largest_test_at_the_highest_cost__is_paid_to_the_unit() -> None:
    """4,096 labels of the largest reward and stake, 15 siblings, 128 gold items, an arbitrator now as dear as
    can be stored; twelve siblings drop an item each, which is as many as the test outlives."""
    world = LastPositions()
    terms = Terms(
        items=4096,
        batch_size=4096,
        redundancy=15,
        reward=LARGEST,
        stake=LARGEST,
        tolerance_bps=0,
        counts=(64, 64),
        allowed=63,
        classes=ranked(["benign", "malignant"]),
    )
    world.arbitrator.set_cost(LARGEST * 2048)
    task = world.tested(terms)
    right = world.labels(task, 0)
    half_wrong = world.labels(task, 0, wrong=range(64))
    works = [world.commit(task, slot, right if slot else half_wrong) for slot in range(15)]
    world.arbitrator.set_cost(MAX_COST)
    world.open_gold(task)
    deposit = MAX_COST * (15 + 13)
    assert world.gold.batch(task, 0).deposit == deposit
    filed = [world.dispute(work, [127 - number]) for number, work in enumerate(works)]
    for number, one in enumerate(filed):
        world.rule(one, 1 if number < 12 else 2)
    world.pass_dispute_period(task)
    for one in filed:
        world.settle(one)
    assert [world.free(work.annotator) for work in works] == [3 * MAX_COST] * 12 + [0] * 3
    assert world.free(SINK) == 3 * MAX_COST
    batch = world.gold.batch(task, 0)
    assert (batch.dropped, batch.filed, batch.settled) == (2**128 - 2**116, 15, 15)
    world.gold.release_deposit(task, 0)
    assert world.free(world.requester) == deposit - 12 * 2 * MAX_COST
    world.assert_conserved()

    # 64 errors on the 116 items that are left, of which 63 - 12 are allowed.
    with reverts("gold: too many errors"):
        world.publish(works[0], world.answers(task, works[0]))
    world.publish(works[14], world.answers(task, works[14]))
    # The proof with the fewest answers, 65 of 116, and with them those that were given up.
    numbers = world.right(task, works[13])
    world.publish(works[13], world.answers(task, works[13], right=numbers[:65]))
    world.travel(4 * DAY)
    before = world.escrow.free(world.token, works[14].annotator)
    world.escrow.claim(works[14].submission)
    assert world.escrow.free(world.token, works[14].annotator) - before == 2 * 4096 * LARGEST


def test_huge_inputs__gold_all_over_the_largest_batch__fits_a_proof() -> None:
    """128 items as far apart as they can be, and one less, so that no path meets another for long."""
    world = GoldWorld()
    terms = Terms(items=4096, batch_size=4096, redundancy=1, counts=(64, 64), allowed=63)
    task = world.tested(terms)
    work = world.commit(task, 0)
    world.open_gold(task)
    world.pass_dispute_period(task)
    whole = world.right(task, work)
    assert len(work.labels.multiproof(world.positions(task))) == 640
    for few in (whole, whole[1:], whole[:65]):
        assert world.gold.grade(work.submission, work.labels.root, world.answers(task, work, right=few))
    with reverts("gold: too many errors"):
        world.gold.grade(work.submission, work.labels.root, world.answers(task, work, right=whole[::2]))
