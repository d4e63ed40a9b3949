"""Withholding: labels that nobody can read are not paid, and asking for them is no business."""

from collections.abc import Iterable

import boa
import pytest
from eth_utils import keccak

from goldleaf.ids import submission_id
from goldleaf.labels import LabelSet, digest, merkle
from goldleaf.types import SubmissionState
from tests.protocol import DAY, SALT, SINK, URI, Protocol, Work, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def published(protocol: Protocol, root: bytes, **overrides) -> Work:
    """A submission with a root of the thief's choice."""
    work = protocol.take(protocol.open(redundancy=1, **overrides))
    protocol.escrow.publish(work.submission, root, SALT, URI, sender=work.annotator)
    return work


def test_withheld_labels__are_rejected_on_one_challenge(protocol):
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    reader = protocol.account(free=protocol.unit)
    with protocol.gains(reader, work.annotator, protocol.requester) as gained:
        challenge = protocol.challenge_availability(work, [3], reader)
        protocol.travel(parameters.challenge_period // 4)
        with reverts("challenges: answer is late"):
            protocol.answer(work, challenge, 3)
        protocol.settle(challenge)
    # The pay of ten labels, which may have been read all the same, is less than half of the stake.
    assert gained == [4 * parameters.availability_bond, 0, 0]
    with reverts("submissions: not published"):
        protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


def test_withheld_labels__after_proven_errors__leave_the_annotator_nothing(protocol):
    work = protocol.delivered(redundancy=1, tolerance_bps=3000)
    parameters = protocol.parameters_of(work.task)
    challenges = [protocol.challenge(work, [0, 1]), protocol.challenge_availability(work, [3])]
    protocol.travel(2 * DAY)
    with protocol.gains(SINK, protocol.requester, work.annotator) as gained:
        protocol.settle(challenges[0])
        protocol.settle(challenges[1])
    left = parameters.stake_of(0) - 2 * (parameters.reward // 4) - 4 * parameters.availability_bond
    assert gained == [left + 8 * parameters.reward, 2 * parameters.reward, 0]
    protocol.assert_conserved()


def test_spoiling_a_challenge_of_availability__by_showing_one_of_its_labels_first__does_not(protocol):
    """Whoever withholds the rest sees the challenge in the mempool, has a friend ask for one label, shows it."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    friend, reader = protocol.account(free=protocol.unit), protocol.account(free=protocol.unit)
    protocol.answer(work, protocol.challenge_availability(work, [3], friend), 3)
    with protocol.gains(reader) as gained:
        challenge = protocol.challenge_availability(work, [3, 4], reader)
        protocol.travel(parameters.challenge_period // 4)
        protocol.settle(challenge - 1)
        protocol.settle(challenge)
    assert gained == [4 * parameters.availability_bond]
    with reverts("submissions: not published"):
        protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


def test_naming_again_what_was_shown__beside_one_new_label__costs_one_answer_and_the_bond(protocol):
    """Whoever wants to wear an annotator down may name shown labels again, but nobody has to show them again."""
    work = protocol.delivered(redundancy=1, items=33, batch_size=33)
    bond = protocol.parameters_of(work.task).availability_bond
    fisher = protocol.account(free=3 * bond)
    with protocol.gains(fisher, SINK) as gained:
        first = protocol.challenge_availability(work, list(range(32)), fisher)
        for item in range(32):
            protocol.answer(work, first, item)
        with reverts("challenges: label was shown"):
            protocol.challenge_availability(work, list(range(32)), fisher)
        second = protocol.challenge_availability(work, list(range(1, 33)), fisher)
        with reverts("challenges: label was shown"):
            protocol.answer(work, second, 1)
        protocol.settle(first)
        with reverts("challenges: answer is open"):
            protocol.settle(second)
        protocol.answer(work, second, 32)
        protocol.settle(second)
    assert gained == [-2 * bond, 2 * bond]
    protocol.assert_conserved()


def test_naming_one_label_in_many_challenges__one_answer_ends_them_all(protocol):
    work = protocol.delivered(redundancy=1)
    bond = protocol.parameters_of(work.task).availability_bond
    fishers = [protocol.account(free=bond) for _ in range(3)]
    with protocol.gains(*fishers, work.annotator, SINK) as gained:
        challenges = [protocol.challenge_availability(work, [3], fisher) for fisher in fishers]
        protocol.answer(work, challenges[1], 3)
        protocol.travel(protocol.parameters_of(work.task).challenge_period // 4)
        for challenge in challenges:
            protocol.settle(challenge)
    assert gained == [-bond, -bond, -bond, 0, 3 * bond]
    protocol.assert_conserved()


def test_settling_a_challenge_of_availability__as_if_it_had_named_shown_labels_only__is_refused(protocol):
    """Two labels were named and one is shown: by naming it twice, or alone, nobody makes all of them shown."""
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge_availability(work, [3, 4])
    protocol.answer(work, challenge, 3)
    for indices in ([3, 3], [3], [], [3, 4, 3]):
        with reverts("challenges: other items"):
            protocol.escrow.settle(challenge, indices)
    protocol.travel(protocol.parameters_of(work.task).challenge_period // 4)
    with protocol.gains(work.annotator) as gained:
        protocol.settle(challenge)
    assert gained == [0]
    with reverts("submissions: not published"):
        protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


def test_labels_shown_too_late_to_challenge__a_quarter_of_the_window_is_left(protocol):
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    window_end = protocol.lens.submission(work.submission).window_end
    protocol.travel_to(window_end - parameters.challenge_period // 2 - 1)
    challenge = protocol.challenge_availability(work, [3])
    protocol.travel(parameters.challenge_period // 4 - 1)
    protocol.answer(work, challenge, 3)
    assert window_end - protocol.now >= parameters.challenge_period // 4
    protocol.challenge(work, [3])


def test_labels_shown_too_late_to_challenge__no_challenge_of_availability_in_the_second_half(protocol):
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    protocol.travel(parameters.challenge_period // 2)
    with reverts("challenges: first half is over"):
        protocol.challenge_availability(work, [3])


def test_a_false_file__other_labels_are_not_shown(protocol):
    """The file at the URI is another than the root's: nothing in it can be proven."""
    other = LabelSet([f"other label of item {item}" for item in range(10)])
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge_availability(work, [3])
    with reverts("challenges: wrong proof"):
        protocol.escrow.answer(challenge, 3, other.label(3), other.proof(3), sender=work.annotator)
    with reverts("challenges: wrong proof"):
        protocol.escrow.answer(challenge, 3, other.label(3), work.labels.proof(3), sender=work.annotator)
    with reverts("challenges: wrong proof"):
        protocol.escrow.answer(challenge, 3, b"", [], sender=work.annotator)


def test_answering_with_the_label_of_another_item__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge_availability(work, [3])
    with reverts("challenges: wrong proof"):
        protocol.escrow.answer(challenge, 3, work.labels.label(4), work.labels.proof(4), sender=work.annotator)


def test_two_leaves_for_one_item__only_the_one_at_its_place_can_be_shown(protocol):
    """And the item whose place the other takes has no label."""
    labels = [b'"good"', b'"bad"', *[b'"label"'] * 8]
    items = [0, 0, *range(2, 10)]
    tree = tree_of(zip(items, labels, strict=True))
    work = published(protocol, tree.root)
    first = protocol.challenge_availability(work, [0])
    for proof in (tree.proof(0), tree.proof(1), [tree.proof(0)[0], *tree.proof(1)[1:]]):
        with reverts("challenges: wrong proof"):
            protocol.escrow.answer(first, 0, b'"bad"', proof, sender=work.annotator)
    protocol.escrow.answer(first, 0, b'"good"', tree.proof(0), sender=work.annotator)
    missing = protocol.challenge_availability(work, [1])
    for label in labels[:3]:
        with reverts("challenges: wrong proof"):
            protocol.escrow.answer(missing, 1, label, tree.proof(1), sender=work.annotator)
    protocol.travel(DAY)
    protocol.escrow.settle_many([first, missing], [[0], [1]])
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    protocol.assert_conserved()


CLASSES = (b'"good"', b'"bad"')
# What to put under a root so that whatever is asked for can be shown. The batch has eight items.
EVERY_CLASS = {
    "a tree of twice the places": [(item, label) for item in range(8) for label in CLASSES],
    "both classes of the first half": [(item, label) for item in range(4) for label in CLASSES],
    "one class behind the other": [(item, label) for label in CLASSES for item in range(8)],
}


@pytest.mark.parametrize("name", EVERY_CLASS)
def test_a_root_with_every_class_for_every_item__shows_one_class_of_an_item_at_most(protocol, name):
    leaves = EVERY_CLASS[name]
    tree = tree_of(leaves)
    work = published(protocol, tree.root, items=8, batch_size=8)
    # All that was put under the root, with all that may pass for a proof of it.
    claims = [
        (item, label, proof)
        for place, (item, label) in enumerate(leaves)
        for proof in (tree.proof(place), tree.proof(place)[:3], tree.proof(place)[1:])
    ]
    for item in range(8):
        shown = set()
        for _, label, proof in [claim for claim in claims if claim[0] == item]:
            # Each on its own: a label that was shown cannot be shown again.
            with boa.env.anchor():
                questioned = protocol.challenge_availability(work, [item])
                try:
                    protocol.escrow.answer(questioned, item, label, proof, sender=work.annotator)
                except boa.BoaError as error:
                    if "challenges: wrong proof" not in str(error):
                        raise
                else:
                    shown.add(label)
        assert len(shown) <= 1


def test_a_root_with_every_class_for_every_item__in_a_sorted_tree__shows_nothing(protocol):
    """A tree of OpenZeppelin's kind, whose proofs say nothing of places."""
    leaves = sorted(merkle.leaf_hash(item, digest(label)) for item in range(8) for label in CLASSES)
    nodes = [b""] * 15 + leaves
    for index in range(14, -1, -1):
        nodes[index] = keccak(b"".join(sorted(nodes[2 * index + 1 : 2 * index + 3])))
    work = published(protocol, nodes[0], items=8, batch_size=8)
    for item in range(8):
        questioned = protocol.challenge_availability(work, [item])
        for label in CLASSES:
            index, proof = 15 + leaves.index(merkle.leaf_hash(item, digest(label))), []
            while index:
                proof.append(nodes[index + 1 if index % 2 else index - 1])
                index = (index - 1) // 2
            for attempt in (proof, proof[:3], proof[1:]):
                with reverts("challenges: wrong proof"):
                    protocol.escrow.answer(questioned, item, label, attempt, sender=work.annotator)


def tree_of(labels: Iterable[tuple[int, bytes]]) -> merkle.MerkleTree:
    """A tree with these leaves side by side, whatever items they are of."""
    return merkle.MerkleTree([merkle.leaf_hash(item, digest(label)) for item, label in labels])


def test_a_root_with_no_labels__an_inner_node_or_the_root_is_no_leaf(protocol):
    """A leaf is hashed twice and an inner node once, so neither passes for the other."""
    work = protocol.delivered(redundancy=1)
    labels = work.labels
    leaves = [merkle.leaf_hash(item, digest(label)) for item, label in labels]
    challenge = protocol.challenge_availability(work, [3])
    # The bytes of an inner node, the leaf's own preimage, and the root itself.
    inner = labels.proof(3)[0] + leaves[3]
    single = (3).to_bytes(32, "big") + digest(labels.label(3))
    for label, proof in ((inner, labels.proof(3)[1:]), (single, labels.proof(3)), (labels.root, [])):
        with reverts("challenges: wrong proof"):
            protocol.escrow.answer(challenge, 3, label, proof, sender=work.annotator)


def test_a_root_that_is_a_bare_digest__shows_nothing(protocol):
    """One label in the batch, and its digest instead of its leaf as the root."""
    label = b'"label"'
    work = published(protocol, digest(label), items=1, batch_size=1, stake=10 * protocol.unit)
    challenge = protocol.challenge_availability(work, [0])
    with reverts("challenges: wrong proof"):
        protocol.escrow.answer(challenge, 0, label, [], sender=work.annotator)


def test_a_root_of_one_leaf__in_a_larger_batch__shows_nothing(protocol):
    label = b'"label"'
    work = published(protocol, merkle.leaf_hash(0, digest(label)))
    challenge = protocol.challenge_availability(work, [0, 1])
    for item in range(2):
        with reverts("challenges: wrong proof"):
            protocol.escrow.answer(challenge, item, label, [], sender=work.annotator)


def test_an_empty_root__is_refused(protocol):
    work = protocol.take(protocol.open(redundancy=1))
    with reverts("submissions: empty root"):
        protocol.escrow.publish(work.submission, bytes(32), SALT, URI, sender=work.annotator)
    sealed = protocol.take(protocol.open())
    with reverts("submissions: empty commitment"):
        protocol.escrow.commit(sealed.submission, bytes(32), sender=sealed.annotator)


@pytest.mark.parametrize("answerer", ["the annotator", "the challenger", "a reader"])
def test_earning_from_availability__whoever_answers__earns_nothing(protocol, answerer):
    """So it does not pay to hold labels back until they are asked for, nor to ask for what one holds oneself."""
    work = protocol.delivered(redundancy=1)
    bond = protocol.parameters_of(work.task).availability_bond
    challenger, reader = protocol.account(free=3 * bond), protocol.account()
    by = {"the annotator": work.annotator, "the challenger": challenger, "a reader": reader}[answerer]
    with protocol.gains(challenger, reader, work.annotator, protocol.requester, SINK) as gained:
        for item in range(3):
            challenge = protocol.challenge_availability(work, [item], challenger)
            protocol.answer(work, challenge, item, by)
            for second in (reader, work.annotator):
                with reverts("challenges: label was shown"):
                    protocol.answer(work, challenge, item, second)
            protocol.settle(challenge)
            with reverts("challenges: not its turn"):
                protocol.settle(challenge)
    assert gained == [-3 * bond, 0, 0, 0, 3 * bond]
    protocol.assert_conserved()


def test_earning_from_availability__by_fishing_for_absent_annotators__earns_four_bonds_at_most(protocol):
    """Each label set that is readable costs the bond, so one in five would have to be withheld to break even."""
    task = protocol.open(redundancy=1, items=60)
    works = [protocol.deliver(task, slot)[0] for slot in range(6)]
    bond = protocol.parameters_of(task).availability_bond
    fisher = protocol.account(free=6 * bond)
    with protocol.gains(fisher) as gained:
        challenges = [protocol.challenge_availability(work, [work.labels.items[0]], fisher) for work in works]
        for work, challenge in zip(works[:-1], challenges, strict=False):
            protocol.answer(work, challenge, work.labels.items[0])
        protocol.travel(DAY)
        assert protocol.escrow.settle_many(challenges, [[work.labels.items[0]] for work in works]) == 6
    assert gained == [-5 * bond + 4 * bond]
    protocol.assert_conserved()


def test_earning_from_availability__by_challenging_one_absentee_many_times__is_paid_once(protocol):
    work = protocol.delivered(redundancy=1)
    bond = protocol.parameters_of(work.task).availability_bond
    fisher = protocol.account(free=10 * bond)
    with protocol.gains(fisher) as gained:
        challenges = [protocol.challenge_availability(work, [item], fisher) for item in range(10)]
        protocol.travel(DAY)
        assert protocol.escrow.settle_many(challenges, [[item] for item in range(10)]) == 10
    assert gained == [4 * bond]
    protocol.assert_conserved()


def test_earning_from_availability__after_a_rejection__returns_the_bond_and_no_more(protocol):
    work = protocol.delivered(redundancy=1)
    reader = protocol.account(free=protocol.unit)
    with protocol.gains(reader) as gained:
        challenges = [
            protocol.challenge(work, [0, 1]),
            protocol.challenge_availability(work, [3], reader),
            protocol.challenge_availability(work, [4], reader),
        ]
        protocol.answer(work, challenges[1], 4)
        protocol.travel(2 * DAY)
        protocol.settle(challenges[0])
        assert protocol.escrow.settle_many(challenges[1:], [[3], [4]]) == 2
    assert gained == [0]
    protocol.assert_conserved()


def test_earning_from_availability__on_an_answer_that_was_in_time__wins_nothing_by_settling_late(protocol):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge_availability(work, [3])
    protocol.travel(DAY - 1)
    with reverts("challenges: answer is open"):
        protocol.settle(challenge)
    protocol.answer(work, challenge, 3)
    protocol.travel(30 * DAY)
    protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).state == SubmissionState.PUBLISHED


def test_answering_or_conceding_the_other_kind_of_challenge__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenge, questioned = protocol.challenge(work, [3]), protocol.challenge_availability(work, [3])
    with reverts("challenges: is of correctness"):
        protocol.escrow.answer(challenge, 3, work.labels.label(3), work.labels.proof(3), sender=work.annotator)
    with reverts("challenges: is of availability"):
        protocol.escrow.concede(questioned, sender=work.annotator)
    with reverts("challenges: is of availability"):
        protocol.defend(questioned)


def test_challenging_a_sibling_with_the_same_items__asks_that_sibling(protocol):
    works = protocol.deliver(protocol.open())
    other = LabelSet([f"label {item} of somebody else" for item in range(10)])
    assert works[1].submission == submission_id(works[1].task, 2)
    challenge = protocol.challenge_availability(works[1], [3])
    with reverts("challenges: wrong proof"):
        protocol.escrow.answer(challenge, 3, other.label(3), other.proof(3), sender=works[0].annotator)
    protocol.answer(works[1], challenge, 3)
