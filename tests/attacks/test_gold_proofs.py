"""Proofs of many places made by hand: labels that lie nowhere in the batch, a sibling's proof, bent encodings."""

from random import Random

import boa
import pytest

from goldleaf.labels import merkle
from goldleaf.signing.commitments import commitment
from tests.gold import GoldWorld, Terms, Work, digest
from tests.protocol import SALT, URI, reverts


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld()


def test_right_labels_at_places_beyond_the_batch__prove_nothing(world: GoldWorld) -> None:
    """20 labels lie in a tree of 32 places. Whoever is wrong about every tested item hides the right answers at the
    twelve places that are left over."""
    terms = Terms()
    task = world.tested(terms)
    positions = world.positions(task)
    wrong = world.labels(task, 0, wrong=range(terms.size))
    right = [
        merkle.leaf_hash(position, digest(answer)) for position, answer in zip(positions, terms.answers, strict=True)
    ]
    leaves = [merkle.leaf_hash(item, digest(wrong.value(item))) for item in wrong.items]
    tree = merkle.MerkleTree([*leaves, *right])
    annotator = world.account()
    submission = world.take(task, 0, annotator)
    sealed = commitment(world.chain.id, world.escrow.address, submission, annotator, tree.root, URI, SALT)
    world.escrow.commit(submission, sealed, sender=annotator)
    other = world.commit(task, 2)
    world.open_gold(task)
    world.pass_dispute_period(task)
    order = sorted(range(terms.size), key=lambda number: positions[number])
    for proof in (
        tree.multiproof([20 + number for number in range(terms.size)]),
        tree.multiproof([20 + number for number in order])[::-1],
        tree.multiproof(positions),
        [node for number in order for node in tree.proof(20 + number)],
        [],
    ):
        answers = world.answers(task, other, right=order, proof=proof)
        with reverts("gold: wrong proof"):
            world.escrow.publish_graded(submission, tree.root, SALT, URI, answers, sender=annotator)


def test_the_proof_of_a_sibling__under_ones_own_root_or_theirs__passes_nothing(world: GoldWorld) -> None:
    """It is in the mempool before the publication is in a block."""
    task, [failing, sibling] = world.graded(wrong=[range(10)])
    world.pass_dispute_period(task)
    answers = world.answers(task, sibling)
    with reverts("gold: wrong proof"):
        world.publish(failing, answers)
    with reverts("submissions: wrong opening"):
        world.publish(Work(failing.submission, failing.annotator, sibling.labels), answers)


def test_answers_bent_in_their_own_encoding__whoever_fails__still_fails(world: GoldWorld) -> None:
    """Offsets that overlap or point elsewhere, lengths that lie, words in each other's place."""
    task, [failing, sibling] = world.graded(wrong=[range(5)])
    world.pass_dispute_period(task)
    order = sorted(range(10), key=lambda number: world.opened[task, 0][number])
    root, random = failing.labels.root, Random(12)
    honest = world.answers(task, failing)
    claims = [honest, world.answers(task, failing, right=order), world.answers(task, sibling)]
    for attempt in range(150):
        words = [bytearray(claims[attempt % 3][i : i + 32]) for i in range(0, len(claims[attempt % 3]), 32)]
        for _ in range(random.randint(1, 3)):
            place = random.randrange(len(words))
            words[place] = random.choice(
                [
                    bytearray(random.choice(words)),
                    bytearray((random.randrange(0, 1024)).to_bytes(32, "big")),
                    bytearray((2**256 - random.randrange(1, 1024)).to_bytes(32, "big")),
                    bytearray(root),
                ]
            )
        with boa.reverts():
            world.gold.grade(failing.submission, root, b"".join(map(bytes, words)))
    # The same words as they were pass for whoever is right.
    assert world.gold.grade(sibling.submission, sibling.labels.root, claims[2])
