"""Blocking: nobody can hold back for good what is another's, and holding it back for a while costs."""

import pytest

from goldleaf.ids import submission_id
from goldleaf.types import SubmissionState
from tests.protocol import COMMITMENT_MIN_AGE, DAY, SINK, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def gas(protocol: Protocol) -> int:
    """Execution gas of the last call."""
    return int(protocol.escrow._computation.get_gas_used())


def test_filling_the_numbering_with_cheap_challenges__costs_the_thief_more_than_the_annotator(protocol):
    """Challenges whose label their author shows each cost the bond, and each must be settled before the claim."""
    work = protocol.delivered(redundancy=1)
    bond = protocol.parameters_of(work.task).availability_bond
    thief = protocol.account(free=20 * bond)
    spent = 0
    challenges = []
    for _ in range(20):
        challenges.append(protocol.challenge_availability(work, [0], thief))
        spent += gas(protocol)
    # One label shown is an answer to them all.
    protocol.answer(work, challenges[-1], 0, thief)
    spent += gas(protocol)
    protocol.pass_window(work)
    with reverts("submissions: challenges pending"):
        protocol.escrow.claim(work.submission)
    settled = 0
    for some in (challenges[:16], challenges[16:]):
        protocol.escrow.settle_many(some, [[0]] * len(some))
        settled += gas(protocol)
    assert 4 * settled < spent
    with protocol.gains(thief, work.annotator) as gained:
        protocol.escrow.claim(work.submission)
    parameters = protocol.parameters_of(work.task)
    assert gained == [0, parameters.stake_of(0) + 10 * parameters.reward]
    assert protocol.free(thief) == 0
    protocol.assert_conserved()


def test_flooding_with_challenges_of_availability__costs_the_bond_of_each(protocol):
    work = protocol.delivered(redundancy=1)
    bond = protocol.parameters_of(work.task).availability_bond
    thief = protocol.account(free=12 * bond)
    with protocol.gains(thief, work.annotator, SINK) as gained:
        # The same label over and over: it is shown once.
        challenges = [protocol.challenge_availability(work, [0], thief) for _ in range(12)]
        protocol.answer(work, challenges[0], 0)
        protocol.escrow.settle_many(challenges, [[0]] * 12)
    assert gained == [-12 * bond, 0, 12 * bond]
    protocol.assert_conserved()


def test_spoiling_a_batch_call__by_settling_first__settles_the_others(protocol):
    work = protocol.delivered(redundancy=1, tolerance_bps=3000)
    challenger, thief = protocol.account(free=100 * protocol.unit), protocol.account()
    prize = protocol.parameters_of(work.task).reward // 4
    with protocol.gains(challenger, thief) as gained:
        challenges = [protocol.challenge(work, [label], challenger) for label in (0, 1)]
        protocol.travel(2 * DAY)
        protocol.escrow.settle(challenges[0], [0], sender=thief)
        assert protocol.escrow.settle_many(challenges, [[0], [1]]) == 1
    assert gained == [2 * prize, 0]


def test_spoiling_a_batch_call__by_a_defence_in_the_last_second__settles_the_others(protocol):
    works = [protocol.delivered(redundancy=1) for _ in range(2)]
    challenges = [protocol.challenge(work, [0]) for work in works]
    protocol.travel(2 * DAY - 1)
    protocol.defend(challenges[1])
    protocol.travel(1)
    assert protocol.escrow.settle_many(challenges[::-1], [[0], [0]]) == 1
    assert [protocol.lens.submission(work.submission).settled for work in works] == [1, 0]


@pytest.mark.parametrize("first", [0, 2])
def test_spoiling_a_batch_call__by_claiming_first__pays_the_others(protocol, first):
    task = protocol.open(items=30, redundancy=1)
    works = [protocol.deliver(task, slot)[0] for slot in range(3)]
    protocol.pass_window(works[-1])
    protocol.escrow.claim(works[first].submission)
    assert protocol.escrow.claim_many([work.submission for work in works]) == 2
    assert protocol.lens.accepted_labels(task) == 30


def test_spoiling_a_batch_call__by_a_challenge_of_availability__pays_the_others(protocol):
    task = protocol.open(items=20, redundancy=1)
    works = [protocol.deliver(task, slot)[0] for slot in range(2)]
    protocol.challenge_availability(works[0], [0])
    protocol.pass_window(works[-1])
    assert protocol.escrow.claim_many([work.submission for work in works]) == 1
    assert protocol.free(works[1].annotator) > 0


def test_a_chain_of_challenges_that_never_end__ends(protocol):
    """Challenging oneself at the last moment at every step delays the close by one of each period at most.

    Nobody is asked for anything: anyone pushes the clocks.
    """
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    thief, keeper = protocol.account(free=1000 * protocol.unit), protocol.account()
    works = [protocol.take(task, 0, thief), protocol.take(task, 1, thief), protocol.take(task, 2)]
    for work in (works[0], works[2]):
        protocol.commit(work)
    protocol.travel_to(parameters.deadline + parameters.publish_period - 1)
    protocol.publish(works[0])
    protocol.travel(parameters.challenge_period - COMMITMENT_MIN_AGE - 1)
    challenge = protocol.challenge(works[0], [0], thief)
    protocol.travel(parameters.response_period - 1)
    protocol.defend(challenge, thief)
    protocol.travel(parameters.arbitration_timeout - 1)
    with reverts("challenges: awaiting a ruling"):
        protocol.settle(challenge)
    protocol.travel(1)
    last = parameters.deadline + parameters.publish_period + parameters.challenge_period
    assert protocol.now <= last + parameters.response_period + parameters.arbitration_timeout
    protocol.escrow.settle(challenge, [0], sender=keeper)
    protocol.escrow.claim(works[0].submission, sender=keeper)
    for work in works[1:]:
        protocol.escrow.expire(work.submission, sender=keeper)
    protocol.escrow.close(task, sender=keeper)
    assert protocol.lens.task(task).closed
    protocol.assert_conserved()


def test_hiding_behind_an_undecided_challenge__delays_the_others_but_takes_nothing_from_them(protocol):
    """A thief's defended challenge stands in front of an honest one, which is settled all the same after it."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    honest, thief = protocol.account(free=100 * protocol.unit), protocol.account(free=100 * protocol.unit)
    with protocol.gains(honest) as gained:
        shield = protocol.challenge(work, [9], thief)
        challenge = protocol.challenge(work, [0, 1], honest)
        protocol.defend(shield)
        protocol.travel(2 * DAY)
        with reverts("challenges: not its turn"):
            protocol.settle(challenge)
        with reverts("submissions: not taken"):
            protocol.escrow.release(work.submission, sender=work.annotator)
        protocol.travel(parameters.arbitration_timeout)
        with reverts("submissions: challenges pending"):
            protocol.escrow.claim(work.submission)
        protocol.settle(shield)
        with reverts("submissions: challenges pending"):
            protocol.escrow.claim(work.submission)
        protocol.settle(challenge)
    assert gained == [2 * (parameters.reward // 4) + parameters.stake_of(0) // 4]
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    protocol.assert_conserved()


@pytest.mark.parametrize(("leave", "part"), [("release", 16), ("expire", 4)])
def test_occupying_every_slot__costs_a_part_of_each_stake(protocol, leave, part):
    """A squatter who releases in the last second pays a sixteenth for each work period, one who sleeps a quarter."""
    task = protocol.open(redundancy=1)
    parameters = protocol.parameters_of(task)
    thief = protocol.account(free=100 * protocol.unit)
    slots = range(parameters.slots)
    with protocol.gains(thief, SINK, protocol.requester) as gained:
        protocol.escrow.take_many(task, list(slots), b"", sender=thief)
        with reverts("submissions: slot is taken"):
            protocol.escrow.take(task, 0, b"", sender=protocol.account())
        protocol.travel(parameters.work_period - (leave == "release"))
        for slot in slots:
            getattr(protocol.escrow, leave)(submission_id(task, slot), sender=thief)
    lost = sum(parameters.stake_of(slot) // part for slot in slots)
    assert gained == [-lost, lost, 0]
    protocol.take(task, 0)


@pytest.mark.parametrize("first", [0, 1])
def test_spoiling_a_batch_call__by_taking_a_slot_first__takes_the_others(protocol, first):
    task = protocol.open(redundancy=1)
    protocol.take(task, first)
    annotator = protocol.account(free=100 * protocol.unit)
    with protocol.gains(annotator) as gained:
        assert protocol.escrow.take_many(task, [0, 1], b"", sender=annotator) == 1
    assert gained == [-10 * protocol.unit]
    taken = protocol.lens.submission(submission_id(task, 1 - first))
    assert taken.annotator == annotator


def test_a_challenge_after_the_rejection_and_the_close__is_settled_all_the_same(protocol):
    """Closing looks at live submissions only; bonds of a rejected one are still paid out later."""
    work = protocol.delivered(redundancy=1, deadline=protocol.now + 3 * DAY)
    parameters = protocol.parameters_of(work.task)
    challenger = protocol.account(free=100 * protocol.unit)
    with protocol.gains(challenger) as gained:
        first = protocol.challenge(work, [0, 1], challenger)
        second, third = protocol.challenge(work, [2], challenger), protocol.challenge(work, [3], challenger)
        protocol.escrow.concede(first, sender=work.annotator)
        protocol.defend(second)
        protocol.settle(first)
        protocol.travel_to(parameters.deadline)
        protocol.escrow.close(work.task)
        protocol.rule(second, 1)
        protocol.escrow.settle_many([second, third], [[2], [3]])
    assert gained == [2 * (parameters.reward // 4) + parameters.stake_of(0) // 4]
    protocol.assert_conserved()
