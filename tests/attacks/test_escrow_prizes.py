"""Prizes: who was first is paid first, once for each label, and no challenge shields another."""

import pytest

from goldleaf.types import Outcome, SubmissionState, TaskParameters
from tests.protocol import DAY, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def rich(protocol: Protocol) -> str:
    return protocol.account(free=1000 * protocol.unit)


def rejection_prize(parameters: TaskParameters) -> int:
    """What a challenge earns whose two labels are one more than the tolerance of the first batch."""
    return 2 * (parameters.reward // 4) + parameters.stake_of(0) // 4


def test_taking_an_earlier_challengers_prize__by_settling_first__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    early, late = rich(protocol), rich(protocol)
    with protocol.gains(early, late) as gained:
        first = protocol.challenge(work, [0, 1], early)
        second = protocol.challenge(work, [0, 1], late)
        # The later one is conceded, so that it could be settled at once.
        protocol.escrow.concede(second, sender=work.annotator)
        with reverts("challenges: not its turn"):
            protocol.settle(second)
        assert protocol.escrow.settle_many([second, first], [[0, 1], [0, 1]]) == 0
        protocol.travel(2 * DAY)
        protocol.escrow.settle_many([first, second], [[0, 1], [0, 1]])
    assert gained == [rejection_prize(parameters), 0]
    protocol.assert_conserved()


def test_taking_an_earlier_challengers_prize__by_a_challenge_of_availability__is_refused(protocol):
    """An annotator who is about to lose challenges a label of theirs as unreadable, to reject the submission first."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    early, accomplice = rich(protocol), rich(protocol)
    with protocol.gains(early, accomplice) as gained:
        first = protocol.challenge(work, [0, 1], early)
        second = protocol.challenge_availability(work, [5], accomplice)
        protocol.travel(DAY)
        with reverts("challenges: not its turn"):
            protocol.settle(second)
        protocol.travel(DAY)
        protocol.settle(first)
        protocol.settle(second)
    assert gained == [rejection_prize(parameters), 0]
    protocol.assert_conserved()


def test_taking_an_earlier_challengers_prize__by_a_higher_bond__is_refused(protocol):
    """The bonus is the one's who crosses the line in the order of filing, whatever others put up behind."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    early, late = rich(protocol), rich(protocol)
    with protocol.gains(early, late) as gained:
        challenges = [
            protocol.challenge(work, [0], early),
            protocol.challenge(work, [1], early),
            protocol.challenge(work, [0, 1], late, bond=900 * protocol.unit),
        ]
        protocol.travel(2 * DAY)
        assert protocol.escrow.settle_many(challenges[::-1], [[0, 1], [1], [0]]) == 1
        protocol.escrow.settle_many(challenges[1:], [[1], [0, 1]])
    assert gained == [rejection_prize(parameters), 0]
    protocol.assert_conserved()


def test_farming_noise_of_juries_with_small_bonds__earns_twice_the_bond_at_most(protocol):
    """Whoever files many challenges with little behind them has a bonus of as little for the one that comes through."""
    protocol.arbitrator.set_cost(0)
    work = protocol.delivered(redundancy=1, tolerance_bps=0)
    reward = protocol.parameters_of(work.task).reward
    farmer = protocol.account(free=reward // 2)
    with protocol.gains(farmer) as gained:
        challenge = protocol.challenge(work, [0], farmer)
        protocol.travel(2 * DAY)
        protocol.settle(challenge)
    assert gained == [reward // 4 + 2 * (reward // 2)]
    protocol.arbitrator.set_cost(3 * protocol.unit)
    protocol.assert_conserved()


def test_marking_one_label_twice__counts_and_pays_once(protocol):
    work = protocol.delivered(redundancy=1, tolerance_bps=2000)
    parameters = protocol.parameters_of(work.task)
    challenger = rich(protocol)
    with protocol.gains(challenger) as gained:
        for labels in ([4], [4, 7], [4], [7], [4, 7]):
            protocol.prove_wrong(work, labels, challenger)
    assert protocol.lens.submission(work.submission).errors == 2
    assert protocol.escrow.wrong(work.submission, 0) == 1 << 4 | 1 << 7
    assert gained == [2 * (parameters.reward // 4)]
    protocol.assert_conserved()


@pytest.mark.parametrize("labels", [[3, 3], [4, 3], [3, 4, 4], [3, 10], [20], [2**256 - 1], [0, 2**256 - 1]])
def test_marking_one_label_twice_in_one_challenge__is_refused(protocol, labels):
    work = protocol.delivered(redundancy=1)
    with reverts("challenges: foreign or unsorted"):
        protocol.challenge(work, labels)


def test_a_challenge_of_nothing__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    with reverts("challenges: no labels"):
        protocol.challenge(work, [])


def test_a_label_of_the_batch_before__is_no_label_of_this_one(protocol):
    task = protocol.open()
    work = protocol.deliver(task, 1)[0]
    with reverts("challenges: foreign or unsorted"):
        protocol.challenge(work, [9, 10])
    with reverts("challenges: foreign or unsorted"):
        protocol.challenge_availability(work, [9])
    with reverts("challenges: foreign or unsorted"):
        protocol.challenge_availability(work, [2**256 - 1])


def test_a_mixed_challenge_to_shield_wrong_labels__does_not(protocol):
    """An accomplice bundles wrong labels with a right one and loses: the wrong ones can be challenged all the same."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    honest, accomplice = rich(protocol), rich(protocol)
    protocol.provide(work.annotator, 100 * protocol.unit)
    with protocol.gains(honest, accomplice, work.annotator) as gained:
        shield = protocol.challenge(work, [0, 1, 2], accomplice)
        protocol.defend(shield)
        protocol.rule(shield, 2)
        challenge = protocol.challenge(work, [0, 1], honest)
        protocol.defend(challenge)
        protocol.rule(challenge, 1)
        protocol.settle(shield)
        protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    assert gained[0] == rejection_prize(parameters)
    # Both jury fees are lost to annotator and accomplice; the bond changed hands between them alone.
    assert gained[1] + gained[2] == -2 * protocol.arbitrator.arbitration_cost()
    protocol.assert_conserved()


def test_a_mixed_challenge_that_wins__marks_no_more_than_reject(protocol):
    """`c + 1` errors reject; the other labels of the challenge pay nothing."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    challenger = rich(protocol)
    with protocol.gains(challenger, protocol.requester) as gained:
        challenge = protocol.challenge(work, list(range(10)), challenger)
        protocol.travel(2 * DAY)
        protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).errors == 2
    assert gained == [rejection_prize(parameters), 2 * parameters.reward]
    protocol.assert_conserved()


@pytest.mark.parametrize("ruling", [0, 1, 2])
def test_voiding_a_defended_challenge_by_rejecting_oneself__the_bond_follows_the_ruling(protocol, ruling):
    """A losing challenger can't save the bond by having the annotator rejected before: it is lost to who defended."""
    work = protocol.delivered(redundancy=1)
    cost, bond = protocol.arbitrator.arbitration_cost(), protocol.bond(work, 1)
    accomplice, challenger, defender = rich(protocol), rich(protocol), rich(protocol)
    first = protocol.challenge(work, [0, 1], accomplice)
    with protocol.gains(challenger, defender, work.annotator) as gained:
        second = protocol.challenge(work, [5], challenger)
        protocol.travel(DAY)
        protocol.defend(second, defender)
        protocol.rule(second, ruling)
        protocol.escrow.concede(first, sender=work.annotator)
        protocol.settle(first)
        assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
        protocol.settle(second)
    expected = {
        0: [-(cost // 2), cost // 2 - cost, 0],
        1: [0, -cost, 0],
        2: [-bond, (bond - cost) // 2, (bond - cost) // 2],
    }
    assert gained == expected[ruling]
    protocol.assert_conserved()


def test_voiding_a_defended_challenge__unruled__waits_for_the_ruling_or_the_timeout(protocol):
    work = protocol.delivered(redundancy=1)
    first, second = protocol.challenge(work, [0, 1]), protocol.challenge(work, [5])
    protocol.defend(second)
    protocol.travel(2 * DAY)
    protocol.settle(first)
    with reverts("challenges: awaiting a ruling"):
        protocol.settle(second)


def test_an_undefended_challenge_after_a_rejection__gets_its_bond_back_and_no_prize(protocol):
    work = protocol.delivered(redundancy=1)
    late, reader = rich(protocol), rich(protocol)
    first = protocol.challenge(work, [0, 1])
    with protocol.gains(late, reader) as gained:
        challenges = [protocol.challenge(work, [5], late), protocol.challenge_availability(work, [7], reader)]
        protocol.travel(2 * DAY)
        protocol.settle(first)
        for refused in (
            lambda: protocol.escrow.concede(challenges[0], sender=work.annotator),
            lambda: protocol.defend(challenges[0]),
            lambda: protocol.answer(work, challenges[1], 7),
            lambda: protocol.challenge_availability(work, [8]),
            lambda: protocol.challenge(work, [8]),
            lambda: protocol.escrow.claim(work.submission),
        ):
            with reverts("submissions: not published"):
                refused()
        protocol.settle(challenges[0])
        assert protocol.event("Settled").outcome == Outcome.VOID
        protocol.settle(challenges[1])
    assert gained == [0, 0]
    protocol.assert_conserved()


def test_settling_twice__is_refused(protocol):
    work = protocol.delivered(redundancy=1, tolerance_bps=5000)
    challenge, questioned = protocol.challenge(work, [0]), protocol.challenge_availability(work, [1])
    protocol.answer(work, questioned, 1)
    protocol.travel(2 * DAY)
    protocol.escrow.settle_many([challenge, questioned], [[0], [1]])
    for again in (lambda: protocol.settle(challenge), lambda: protocol.settle(questioned)):
        with reverts("challenges: not its turn"):
            again()
    protocol.assert_conserved()


def test_settling_with_other_items__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0, 1])
    protocol.travel(2 * DAY)
    for items in ([], [0], [0, 1, 2], [1, 0], [2, 3]):
        with reverts("challenges: other items"):
            protocol.escrow.settle(challenge, items)
    questioned = protocol.challenge_availability(protocol.delivered(redundancy=1), [1, 2])
    for items in ([], [1], [2, 1], [1, 2, 3]):
        with reverts("challenges: other items"):
            protocol.escrow.settle_many([questioned], [items])


def test_conceding_what_is_defended__is_refused(protocol):
    """Whoever saw the jury lean can't fall back on the cheaper way out."""
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.defend(challenge)
    with reverts("challenges: not open"):
        protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.rule(challenge, 1)
    with reverts("challenges: not open"):
        protocol.escrow.concede(challenge, sender=work.annotator)
    with reverts("challenges: not open"):
        protocol.defend(challenge)


def test_conceding_or_defending_for_the_annotator__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenger = rich(protocol)
    challenge = protocol.challenge(work, [0], challenger)
    for stranger in (challenger, protocol.requester):
        with reverts("challenges: not the annotator"):
            protocol.escrow.concede(challenge, sender=stranger)
        with reverts("challenges: annotator's turn"):
            protocol.defend(challenge, stranger)


def test_defending_ones_own_challenge__never_pays(protocol):
    """A challenger who defends against themselves to save the bond loses the fee and half of the rest."""
    work = protocol.delivered(redundancy=1)
    cost, bond = protocol.arbitrator.arbitration_cost(), protocol.bond(work, 10)
    thief = rich(protocol)
    with protocol.gains(thief, work.annotator) as gained:
        challenge = protocol.challenge(work, list(range(10)), thief)
        protocol.travel(DAY)
        protocol.defend(challenge, thief)
        protocol.rule(challenge, 2)
        protocol.settle(challenge)
    assert gained == [-cost - (bond - cost) // 2, (bond - cost) // 2]
    protocol.assert_conserved()
