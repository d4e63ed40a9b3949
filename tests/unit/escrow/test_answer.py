"""answer(challenge, item, label, proof)"""

import pytest
from eth_abi.abi import encode
from eth_utils import keccak

from tests.protocol import HOUR, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    UNKNOWN_CHALLENGES,
    both_decimals,
    challenge,
    log,
    odd_terms,
    submission,
)


@both_decimals
@pytest.mark.parametrize(("slot", "item"), [(0, 0), (0, 9), (1, 10), (1, 16)])
@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD // 4 - 1])
def test_answer__the_label__earns_nobody_anything(
    protocol: Protocol, work: Work, last: Work, slot: int, item: int, wait: int
) -> None:
    """By anyone who has it."""
    asked, answerer = [work, last][slot], protocol.account()
    filed = protocol.challenge_availability(asked, [item])
    before, submitted = challenge(protocol, filed), submission(protocol, asked.submission)
    label = asked.labels.label(item)
    protocol.travel(wait)

    with protocol.gains(answerer, before.challenger, asked.annotator, protocol.requester) as gained:
        protocol.escrow.answer(filed, item, label, asked.labels.proof(item), sender=answerer)
        events = log(protocol)

    assert events == [("Answered", {"challenge": filed, "answerer": answerer, "item": item, "label": label})]
    assert gained == [0, 0, 0, 0]
    assert challenge(protocol, filed) == before
    assert shown(protocol, asked) == {item}
    assert submission(protocol, asked.submission) == submitted
    protocol.assert_conserved()


@pytest.mark.parametrize("late", [0, 1, CHALLENGE_PERIOD])
def test_answer__from_a_quarter_of_the_window_on__is_refused(protocol: Protocol, work: Work, late: int) -> None:
    filed = protocol.challenge_availability(work, [0])
    protocol.travel(CHALLENGE_PERIOD // 4 + late)
    with reverts("challenges: answer is late"):
        protocol.answer(work, filed, 0)


def test_answer__challenge_period_of_no_four_parts__has_a_shorter_quarter(protocol: Protocol) -> None:
    work = protocol.delivered(**odd_terms(protocol, challenge_period=HOUR + 3, response_period=HOUR))
    first, second = protocol.challenge_availability(work, [0]), protocol.challenge_availability(work, [1])
    protocol.travel(HOUR // 4 - 1)
    protocol.answer(work, first, 0)
    protocol.travel(1)
    with reverts("challenges: answer is late"):
        protocol.answer(work, second, 1)


def test_answer__largest_label_of_the_largest_batch__is_accepted(protocol: Protocol) -> None:
    """Bytes of any kind: the contract does not read them."""
    item, label, siblings = 4095, b"\xff" * 2048, [keccak(b"%d" % depth) for depth in range(12)]
    root = leaf(item, label)
    for sibling in siblings:
        root = keccak(sibling + root)  # the last place is on the right all the way up
    opened = protocol.open(items=4096, batch_size=4096, redundancy=1)
    work = protocol.take(opened)
    protocol.escrow.publish(work.submission, root, bytes(32), "", sender=work.annotator)
    filed = protocol.challenge_availability(work, [item])
    protocol.escrow.answer(filed, item, label, siblings)
    assert protocol.event("Answered").label == label
    assert protocol.escrow.shown(work.submission, 4095 // 256) == 1 << 255


def shown(protocol: Protocol, work: Work) -> set[int]:
    """Items of the submission's batch whose labels were shown."""
    items = work.labels.items
    return {item for i, item in enumerate(items) if protocol.escrow.shown(work.submission, i // 256) >> i % 256 & 1}


def leaf(item: int, label: bytes) -> bytes:
    return keccak(keccak(encode(["uint256", "bytes32"], [item, keccak(label)])))


def test_answer__batch_of_one__needs_no_proof(protocol: Protocol) -> None:
    work = protocol.delivered(items=1, batch_size=1, redundancy=1, stake=6 * protocol.unit)
    filed = protocol.challenge_availability(work, [0])
    protocol.escrow.answer(filed, 0, work.labels.label(0), [])
    assert work.labels.root == leaf(0, work.labels.label(0))
    assert shown(protocol, work) == {0}


@pytest.mark.parametrize(("labels", "depth"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (9, 4)])
def test_answer__any_size_of_the_last_batch__takes_as_many_hashes_as_its_tree_is_deep(
    protocol: Protocol, labels: int, depth: int
) -> None:
    task = protocol.open(items=10 + labels, redundancy=1, stake=6 * protocol.unit)
    work = protocol.deliver(task, slot=1)[0]
    for item in work.labels.items:
        filed = protocol.challenge_availability(work, [item])
        label, proof = work.labels.label(item), work.labels.proof(item)
        assert len(proof) == depth
        for wrong in [[*proof, bytes(32)], *([proof[:-1]] if proof else [])]:
            with reverts("challenges: wrong proof"):
                protocol.escrow.answer(filed, item, label, wrong)
        protocol.escrow.answer(filed, item, label, proof)
        assert item in shown(protocol, work)


def test_answer__anything_but_the_label__is_refused(protocol: Protocol, work: Work, last: Work) -> None:
    filed = protocol.challenge_availability(work, [3])
    label, proof, long = work.labels.label(3), work.labels.proof(3), [bytes(32)] * 12
    inner_node = keccak(proof[0] + leaf(3, label))
    for answer in [
        (b"", proof),
        (label + b" ", proof),
        (work.labels.label(4), proof),
        (work.labels.label(4), work.labels.proof(4)),  # the label of another item
        (last.labels.label(12), last.labels.proof(12)),  # of another submission
        (label, []),
        (label, proof[:-1]),
        (label, [*proof, bytes(32)]),
        (label, proof[::-1]),
        (label, long),
        (inner_node, proof[1:]),
        (work.labels.root, []),
    ]:
        with reverts("challenges: wrong proof"):
            protocol.escrow.answer(filed, 3, *answer)


def test_answer__a_challenge__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [0])
    with reverts("challenges: is of correctness"):
        protocol.answer(work, filed, 0)


def test_answer__twice__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge_availability(work, [0, 1])
    protocol.answer(work, filed, 0)
    with reverts("challenges: label was shown"):
        protocol.answer(work, filed, 0)


def test_answer__settled_challenge__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge_availability(work, [0])
    protocol.answer(work, filed, 0)
    protocol.settle(filed)
    with reverts("challenges: not open"):
        protocol.answer(work, filed, 1)


def test_answer__in_several_calls__shows_each_label(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge_availability(work, [1, 4, 9])
    for item in (9, 1, 4):
        protocol.answer(work, filed, item)
    assert shown(protocol, work) == {1, 4, 9}


def test_answer__a_label_that_was_not_asked_for__is_shown_as_well(protocol: Protocol, work: Work) -> None:
    """Who shows more than asked harms nobody."""
    protocol.answer(work, protocol.challenge_availability(work, [1]), 2)
    assert shown(protocol, work) == {2}


def test_answer__item_of_another_batch_under_the_root__is_refused(protocol: Protocol) -> None:
    """A root may hold anything; what is not of the batch has no place in it."""
    task = protocol.open(items=20, redundancy=1)
    work = protocol.take(task, 1)
    label, siblings = b"1", [keccak(b"%d" % depth) for depth in range(4)]
    root = leaf(3, label)
    for sibling in siblings:
        root = keccak(root + sibling)
    protocol.escrow.publish(work.submission, root, bytes(32), "", sender=work.annotator)
    filed = protocol.challenge_availability(work, [10])
    with reverts("challenges: wrong proof"):
        protocol.escrow.answer(filed, 3, label, siblings)


def test_answer__submission_is_rejected__is_refused(protocol: Protocol, work: Work) -> None:
    challenge, asked = protocol.challenge(work, [0, 1]), protocol.challenge_availability(work, [0])
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    with reverts("submissions: not published"):
        protocol.answer(work, asked, 0)


@pytest.mark.parametrize("unknown", UNKNOWN_CHALLENGES)
def test_answer__unknown_challenge__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("challenges: not open"):
        protocol.escrow.answer(unknown, 0, b"", [])
