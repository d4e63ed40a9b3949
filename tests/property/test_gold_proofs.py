"""One proof of many labels: GoldTest and the label trees of the client agree, and nothing else passes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldleaf.labels.merkle import MerkleTree, leaf_hash
from tests.gold import GoldWorld, Terms, Work, ranked
from tests.protocol import reverts

LABELS = ranked(["a", "b", "c"])


@pytest.fixture(scope="module")
def world() -> GoldWorld:
    return GoldWorld()


@settings(max_examples=30)
@given(data=st.data(), batch_size=st.integers(20, 70) | st.sampled_from([63, 64, 65, 128, 300]))
def test_proof__any_batch_and_gold__is_accepted_and_no_other(world: GoldWorld, data: st.DataObject, batch_size: int):
    """The first of two batches, so that item numbers and places are the same, or the second."""
    batch = data.draw(st.integers(0, 1))
    terms = Terms(
        items=2 * batch_size,
        batch_size=batch_size,
        redundancy=1,
        classes=LABELS,
        counts=(4, 3, 3),
        allowed=5,
        tolerance_bps=0,
    )
    world = world.copy()
    task = world.tested(terms)
    chosen = data.draw(st.permutations(range(batch_size)))[: terms.size]
    positions = sorted(chosen[:4]) + sorted(chosen[4:7]) + sorted(chosen[7:])
    wrong = data.draw(st.sets(st.integers(0, 9), max_size=5))
    given_labels = [LABELS[0]] * batch_size
    for number, position in enumerate(positions):
        right = terms.answers[number]
        given_labels[position] = LABELS[(LABELS.index(right) + (number in wrong)) % 3]
    work: Work = world.commit(task, batch, type(world.labels(task, batch))(given_labels, first=batch * batch_size))
    world.open_gold(task, batch, positions)
    world.pass_dispute_period(task, batch)
    right = world.right(task, work, batch)
    assert set(right) == set(range(10)) - wrong
    root = work.labels.root
    assert world.gold.grade(work.submission, root, world.answers(task, work, batch))
    # Any part of it that is enough is proven on its own.
    kept = sorted(data.draw(st.permutations(range(len(right))))[: terms.size - terms.allowed])
    fewer = [right[place] for place in kept]
    assert world.gold.grade(work.submission, root, world.answers(task, work, batch, fewer))
    # One that is wrong is proven by nothing.
    for number in wrong:
        more = sorted([*right, number], key=lambda one: positions[one])
        with reverts("gold: wrong proof"):
            world.gold.grade(work.submission, root, world.answers(task, work, batch, more))
    proof = work.labels.multiproof([batch * batch_size + positions[number] for number in right])
    place = data.draw(st.integers(0, len(proof) - 1))
    spoiled = [*proof[:place], bytes(32 * [7]), *proof[place + 1 :]]
    for changed in (spoiled, proof[:-1], [*proof, proof[-1]]):
        with reverts("gold: wrong proof"):
            world.gold.grade(work.submission, root, world.answers(task, work, batch, right, proof=changed))


@given(count=st.integers(1, 200), places=st.sets(st.integers(0, 199), min_size=1))
def test_multiproof__any_places__has_each_node_that_cannot_be_computed_once(count: int, places: set[int]):
    places = {place % count for place in places}
    tree = MerkleTree([leaf_hash(item, bytes(32)) for item in range(count)])
    single = {(h, p >> h ^ 1) for p in places for h in range((count - 1).bit_length())}
    known = {(h, p >> h) for p in places for h in range((count - 1).bit_length() + 1)}
    needed = sorted(single - known)
    assert tree.multiproof(places) == [
        next(tree.proof(place)[h] for place in places if place >> h ^ 1 == p) for h, p in needed
    ]
