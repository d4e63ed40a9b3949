"""Dust and rounding, huge inputs and strange ids: no unit is made, lost or locked up by a number."""

import boa
import pytest
from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.ids import challenge_id, submission_id
from goldleaf.labels import LabelSet, digest, merkle
from goldleaf.types import SubmissionState
from tests.protocol import DAY, SALT, SINK, URI, Protocol, Work, reverts

LARGEST = 2**80 - 1


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol(cost=0)


# ------------------------------------------------------------ dust and rounding


@pytest.mark.parametrize("stake", [8, 9, 11, 15, 16, 67])
@pytest.mark.parametrize("reward", [4])
def test_dust_and_rounding__of_a_rejection__all_of_it_goes_somewhere(protocol, stake, reward):
    """The least stakes that are allowed, one label each: conceded, unanswered and withheld."""
    terms = {"reward": reward, "stake": stake, "availability_bond": reward, "tolerance_bps": 8000}
    task = protocol.open(items=3, batch_size=1, redundancy=1, **terms)
    works = [protocol.deliver(task, slot)[0] for slot in range(3)]
    challenger = protocol.account(free=1000)
    with protocol.gains(challenger, SINK, protocol.requester, *[work.annotator for work in works]) as gained:
        conceded, silent = (protocol.challenge(work, [work.slot], challenger) for work in works[:2])
        protocol.escrow.concede(conceded, sender=works[0].annotator)
        withheld = protocol.challenge_availability(works[2], [2], challenger)
        protocol.travel(2 * DAY)
        protocol.settle(conceded)
        protocol.settle(silent)
        protocol.settle(withheld)
    prize, bonus, withheld = reward // 4, min(stake // 4, 2 * (reward // 2)), min(stake // 16, 4 * reward)
    # The requester has all of the pay back of what was proven wrong, and of the other what half of the stake leaves.
    lost = min(reward, stake // 2)
    expected = [2 * (prize + bonus) + withheld, 3 * stake - 2 * (prize + bonus) - withheld + lost]
    assert gained == [*expected, 3 * reward - lost, 0, 0, 0]
    protocol.assert_conserved()


@pytest.mark.parametrize("reward", [4, 5, 6, 7, 9, 10**18 + 3])
def test_dust_and_rounding__of_a_prize__is_the_requesters(protocol, reward):
    """The pay of a wrong label is divided into a prize, rounded down, and the rest."""
    task = protocol.open(
        items=10, redundancy=1, reward=reward, stake=reward, availability_bond=reward, tolerance_bps=3000
    )
    work = protocol.deliver(task)[0]
    challenger = protocol.account(free=100 * reward)
    with protocol.gains(challenger, work.annotator, protocol.requester, SINK) as gained:
        protocol.prove_wrong(work, [1, 4, 9], challenger)
        protocol.pass_window(work)
        protocol.escrow.claim(work.submission)
    assert gained == [3 * (reward // 4), 7 * reward + 10 * reward, 3 * (reward - reward // 4), 0]
    protocol.assert_conserved()


@pytest.mark.parametrize("stake", [8, 16, 17])
def test_dust_and_rounding__of_a_release__is_the_sinks(protocol, stake):
    task = protocol.open(items=1, batch_size=1, redundancy=1, reward=4, stake=stake, availability_bond=4)
    annotator = protocol.account(free=stake)
    with protocol.gains(annotator, SINK, protocol.requester) as gained:
        work = protocol.take(task, 0, annotator)
        protocol.escrow.release(work.submission, sender=annotator)
    lost = -(-stake // 16)
    assert gained == [-lost, lost, 0]
    other = protocol.account(free=stake)
    with protocol.gains(other, SINK, protocol.requester) as gained:
        work = protocol.take(task, 0, other)
        protocol.travel(2 * DAY)
        protocol.escrow.expire(work.submission)
    lost = -(-stake // 4)
    assert gained == [-lost, lost, 0]
    protocol.assert_conserved()


@pytest.mark.parametrize(("cost", "more"), [(0, 0), (0, 1), (1, 0), (2, 1), (3, 1001)])
def test_dust_and_rounding__of_a_bond__all_of_it_goes_somewhere(protocol, cost, more):
    protocol.arbitrator.set_cost(0)
    task = protocol.open(items=2, batch_size=1, redundancy=1, reward=4, stake=10, availability_bond=4)
    protocol.arbitrator.set_cost(cost)
    works = [protocol.deliver(task, slot)[0] for slot in range(2)]
    challenger, defender = protocol.account(free=5000), protocol.account(free=5000)
    bond = protocol.bond(works[0], 1) + more
    annotators = [work.annotator for work in works]
    with protocol.gains(challenger, defender, SINK, *annotators) as gained:
        challenges = [protocol.challenge(work, [work.slot], challenger, bond) for work in works]
        protocol.travel(DAY)
        for challenge, ruling in zip(challenges, (2, 0), strict=True):
            protocol.defend(challenge, defender)
            protocol.rule(challenge, ruling)
            protocol.settle(challenge)
    premium = min(max(cost, 4 // 4), (bond - cost) // 2)
    assert gained == [-bond - cost // 2, premium - cost + cost // 2, 0, bond - cost - premium, 0]
    protocol.assert_conserved()


@pytest.mark.parametrize(("labels", "stake", "tolerance_bps"), [(1, 7, 0), (2, 7, 5000), (1000, 4, 5000)])
def test_dust_and_rounding__a_stake_that_does_not_cover_its_prizes__opens_no_task(
    protocol, labels, stake, tolerance_bps
):
    terms = {"reward": 4, "availability_bond": 4, "tolerance_bps": tolerance_bps}
    with reverts("tasks: stake too low"):
        protocol.open(items=labels, batch_size=labels, stake=stake, **terms)


def test_dust_and_rounding__a_reward_of_less_than_4__has_no_prize_and_opens_no_task(protocol):
    with reverts("tasks: bad reward"):
        protocol.open(reward=3, availability_bond=3)


# ------------------------------------------------------------ huge inputs


def test_huge_inputs__the_largest_task__is_paid_to_the_unit(protocol):
    """4,096 labels of the largest reward and stake, 15 siblings: nothing overflows its field."""
    task = protocol.open(
        items=4096,
        batch_size=4096,
        redundancy=15,
        reward=LARGEST,
        stake=LARGEST,
        tolerance_bps=0,
        availability_bond=LARGEST * 256,
        royalty_bps=10_000,
    )
    parameters = protocol.parameters_of(task)
    assert (parameters.reward, parameters.stake, parameters.availability_bond) == (LARGEST, LARGEST, LARGEST * 256)
    stake, bond = LARGEST * 4096, 2**100
    work, last = protocol.take(task, 0), protocol.take(task, 14)
    challenger = protocol.account(free=2 * bond)
    for one in (work, last):
        protocol.commit(one)
    protocol.travel_to(parameters.deadline)
    with protocol.gains(challenger, work.annotator, last.annotator, protocol.requester) as gained:
        for one in (work, last):
            protocol.publish(one)
        challenge = protocol.challenge(work, list(range(31, 4096, 131)), challenger, bond)
        questioned = protocol.challenge_availability(work, [4095], challenger)
        assert protocol.lens.challenge(challenge).bond == bond
        protocol.travel(2 * DAY)
        protocol.settle(challenge)
        protocol.settle(questioned)
        protocol.pass_window(last)
        protocol.escrow.claim(last.submission)
        protocol.escrow.close(task)
    pay = 4096 * LARGEST
    assert gained == [LARGEST // 4 + stake // 4, 0, stake + pay, 13 * pay + pay - stake // 2]
    assert protocol.lens.accepted_labels(task) == 4096
    protocol.assert_conserved()


def test_huge_inputs__half_of_4096_labels_wrong__are_counted(protocol):
    """2,048 errors are tolerated, one more rejects: their number fits."""
    task = protocol.open(items=4096, batch_size=4096, redundancy=1, tolerance_bps=5000)
    work = protocol.deliver(task)[0]
    challenger = protocol.account(free=10_000 * protocol.unit)
    parameters = protocol.parameters_of(task)
    challenges = []
    for first in range(0, 2080, 32):
        challenges.append(protocol.challenge(work, list(range(first, first + 32)), challenger))
    protocol.travel(2 * DAY)
    for challenge in challenges[:-1]:
        protocol.settle(challenge)
    state = protocol.lens.submission(work.submission)
    assert (state.errors, state.state) == (2048, SubmissionState.PUBLISHED)
    with protocol.gains(challenger) as gained:
        protocol.settle(challenges[-1])
    state = protocol.lens.submission(work.submission)
    assert (state.errors, state.state) == (2049, SubmissionState.REJECTED)
    bond = protocol.bond(work, 32)
    assert gained == [bond + parameters.reward // 4 + 2 * bond]
    protocol.assert_conserved()


def test_huge_inputs__the_last_item_of_the_largest_task__can_be_fought_over(protocol):
    """Item and slot numbers of up to 31 bits come back as they went in."""
    items = (2**31 - 1) // 15
    task = protocol.open(
        items=items, batch_size=1, redundancy=15, reward=4, stake=10, availability_bond=4, tolerance_bps=0
    )
    slot = 15 * items - 1
    with reverts("submissions: no such slot"):
        protocol.escrow.take(task, slot + 1, b"", sender=protocol.requester)
    annotator = protocol.account(free=10)
    submission = protocol.escrow.take(task, slot, b"", sender=annotator)
    labels = LabelSet(["label"], first=items - 1)
    work = Work(submission, annotator, labels)
    protocol.commit(work)
    protocol.travel_to(protocol.parameters_of(task).deadline)
    protocol.publish(work)
    reader = protocol.account(free=5)
    challenge = protocol.challenge_availability(work, [items - 1], reader)
    protocol.escrow.answer(challenge, items - 1, labels.label(items - 1), [], sender=annotator)
    protocol.settle(challenge)
    with reverts("challenges: foreign or unsorted"):
        protocol.escrow.challenge_availability(submission, [items], sender=reader)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("reward", 2**80, "tasks: bad reward"),
        ("reward", 2**256 - 1, "tasks: bad reward"),
        ("stake", 2**80, "tasks: bad stake"),
        ("stake", 2**256 - 1, "tasks: bad stake"),
        ("items", 2**31, "tasks: bad items"),
        ("items", 2**256 - 1, "tasks: bad items"),
        ("batch_size", 4097, "tasks: bad batch size"),
        ("batch_size", 2**256 - 1, "tasks: bad batch size"),
        ("redundancy", 16, "tasks: bad redundancy"),
        ("redundancy", 2**256 - 1, "tasks: bad redundancy"),
        ("tolerance_bps", 8001, "tasks: bad tolerance"),
        ("tolerance_bps", 2**256 - 1, "tasks: bad tolerance"),
        ("deadline", 2**256 - 1, "tasks: bad deadline"),
        ("work_period", 2**256 - 1, "tasks: bad work period"),
        ("publish_period", 2**256 - 1, "tasks: bad publish period"),
        ("challenge_period", 2**256 - 1, "tasks: bad challenge period"),
        ("response_period", 2**256 - 1, "tasks: bad response period"),
        ("arbitration_timeout", 2**256 - 1, "tasks: bad arbitration timeout"),
        ("availability_bond", 2**256 - 1, "tasks: bad availability bond"),
        ("royalty_bps", 2**256 - 1, "tasks: bad royalty"),
    ],
)
def test_huge_inputs__of_an_opening__are_refused_with_a_reason(protocol, field, value, reason):
    terms = [getattr(protocol.parameters(**{field: value}), name) for name in protocol.parameters().__slots__]
    with reverts(reason):
        protocol.escrow.open(terms, "", sender=protocol.requester)


def test_huge_inputs__of_amounts__are_refused_with_a_reason(protocol):
    thief = protocol.account(free=1)
    for amount, reason in ((2**256 - 1, "ledger: balance too low"), (0, "ledger: zero amount")):
        with reverts(reason):
            protocol.escrow.withdraw(protocol.token, amount, thief, sender=thief)
        with reverts(reason):
            protocol.escrow.transfer(protocol.token, amount, thief, sender=thief)
    protocol.escrow.transfer(protocol.token, 1, thief, sender=thief)
    assert protocol.free(thief) == 1


def test_huge_inputs__the_deepest_proof_and_the_longest_label__can_be_shown(protocol):
    labels = LabelSet(["x" * 2046, *[str(item) for item in range(1, 4096)]])
    task = protocol.open(items=4096, batch_size=4096, redundancy=1)
    work = protocol.take(task)
    protocol.escrow.publish(work.submission, labels.root, SALT, URI, sender=work.annotator)
    challenge = protocol.challenge_availability(work, [0])
    assert (len(labels.label(0)), len(labels.proof(0))) == (2048, 12)
    protocol.escrow.answer(challenge, 0, labels.label(0), labels.proof(0), sender=work.annotator)


def test_huge_inputs__a_tree_deeper_than_a_batch__can_never_be_answered(protocol):
    """A root over more leaves than a batch holds is the annotator's own loss."""
    label, proof = b'"label"', [SALT] * 13
    node = merkle.leaf_hash(0, digest(label))
    for sibling in proof:
        node = keccak(node + sibling)
    assert merkle.verify(node, merkle.leaf_hash(0, digest(label)), proof, place=0, count=2**13)
    work = protocol.take(protocol.open(redundancy=1))
    protocol.escrow.publish(work.submission, node, SALT, URI, sender=work.annotator)
    challenge = protocol.challenge_availability(work, [0])
    signature = keccak(b"answer(uint256,uint256,bytes,bytes32[])")[:4]
    calldata = signature + encode(["uint256", "uint256", "bytes", "bytes32[]"], [challenge, 0, label, proof])
    assert boa.env.execute_code(protocol.escrow.address, sender=work.annotator, data=calldata).is_error
    protocol.travel(DAY)
    protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED


# ------------------------------------------------------------ strange ids


@pytest.mark.parametrize("strange", [0, 2**64, 2**128 + 1, 2**256 - 1])
def test_strange_ids__of_submissions__are_refused(protocol, strange):
    protocol.open()
    account = protocol.account(free=10)
    escrow = protocol.escrow
    for reason, calls in {
        "submissions: not taken": [
            lambda: escrow.release(strange, sender=account),
            lambda: escrow.expire(strange, sender=account),
            lambda: escrow.commit(strange, SALT, sender=account),
            lambda: escrow.publish(strange, SALT, SALT, URI, sender=account),
        ],
        "submissions: not published": [
            lambda: escrow.accept(strange, sender=account),
            lambda: escrow.claim(strange, sender=account),
            lambda: escrow.challenge_availability(strange, [0], sender=account),
            lambda: escrow.challenge(strange, [0], 0, SALT, URI, SALT, sender=account),
        ],
        "challenges: not open": [
            lambda: escrow.concede(strange, sender=account),
            lambda: escrow.defend(strange, 2**256 - 1, sender=account),
            lambda: escrow.answer(strange, 0, b"", [], sender=account),
        ],
        "challenges: no such challenge": [
            lambda: escrow.settle(strange, []),
            lambda: escrow.settle(strange, [0]),
            lambda: escrow.settle_many([strange], [[]]),
            lambda: escrow.settle_many([strange], [[0]]),
        ],
    }.items():
        for call in calls:
            with reverts(reason):
                call()


@pytest.mark.parametrize("task", [0, 2, 2**192 + 1, 2**256 - 1])
def test_strange_ids__of_tasks__are_refused(protocol, task):
    """A task id whose high bits would be shifted out of a submission's id is no task."""
    protocol.open()
    for call in (
        lambda: protocol.escrow.take(task, 0, b"", sender=protocol.requester),
        lambda: protocol.escrow.close(task),
        lambda: protocol.escrow.cancel(task, sender=protocol.requester),
    ):
        with reverts("tasks: no such task"):
            call()
    for view in (protocol.lens.task, protocol.lens.accepted_labels):
        with reverts("tasks: no such task"):
            view(task)
    assert protocol.escrow.task_words(task) == [0] * 8


@pytest.mark.parametrize("slot", [4, 2**64, 2**256 - 1])
def test_strange_ids__of_slots__are_refused(protocol, slot):
    """A slot beyond the task is none of the next task's."""
    task = protocol.open()
    protocol.open()
    with reverts("submissions: no such slot"):
        protocol.escrow.take(task, slot, b"", sender=protocol.requester)
    with reverts("submissions: no such slot"):
        protocol.escrow.take_many(task, [slot], b"", sender=protocol.requester)


def test_strange_ids__of_challenges__do_not_meet_those_of_other_submissions(protocol):
    works = [protocol.delivered(redundancy=1) for _ in range(2)]
    challenges = [protocol.challenge_availability(work, [0]) for work in works]
    assert challenges == [challenge_id(submission_id(work.task, 0), 0) for work in works]
    for work, challenge in zip(works, challenges, strict=True):
        for strange in (challenge + 1, challenge + 2**64, challenge | 2**255, work.submission):
            with reverts("challenges: no such challenge"):
                protocol.escrow.settle(strange, [0])
            with reverts("challenges: not open"):
                protocol.escrow.answer(strange, 0, work.labels.label(0), work.labels.proof(0))
    protocol.answer(works[1], challenges[1], 0)
    protocol.settle(challenges[1])
    assert [protocol.lens.submission(work.submission).settled for work in works] == [0, 1]
