"""Laundering: a rejected annotator loses at least 5/8 of the stake, whatever they file against themselves."""

from typing import Any

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldleaf.types import SubmissionState
from tests.protocol import COMMITMENT_MIN_AGE, DAY, EVIDENCE, SALT, SINK, URI, Protocol, Work, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def rich(protocol: Protocol) -> str:
    return protocol.account(free=10_000 * protocol.unit)


def work_of(protocol: Protocol, annotator: str, **overrides: Any) -> Work:
    task = protocol.open(redundancy=1, **overrides)
    work = protocol.take(task, 0, annotator)
    protocol.publish(work)
    return work


# The least stake for a reward: what its author can get back of it is the most.
LEAST_STAKE = {
    "items": 10,
    "reward": 1_000_000,
    "stake": 400_000,
    "tolerance_bps": 1000,
    "availability_bond": 1_000_000,
}


@pytest.mark.parametrize("answer", ["concede", "silence"])
def test_laundering_by_challenging_oneself__costs_5_8_of_the_stake(protocol, answer):
    """Prizes of an eighth and a bonus of a quarter come back; the stake is as low as the rule allows."""
    protocol.arbitrator.set_cost(0)
    annotator, accomplice = rich(protocol), rich(protocol)
    with protocol.gains(annotator, accomplice, SINK, protocol.requester) as gained:
        work = work_of(protocol, annotator, **LEAST_STAKE)
        challenge = protocol.challenge(work, [0, 1], accomplice)
        if answer == "concede":
            protocol.escrow.concede(challenge, sender=annotator)
        else:
            protocol.travel(2 * DAY)
        protocol.settle(challenge)
    stake = 4_000_000
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    # The pay of what was right is lost up to half of the stake; the requester has the rest of it back.
    assert gained == [-stake, stake * 3 // 8, stake * 5 // 8 + stake // 2, 10_000_000 - stake // 2]
    protocol.assert_conserved()


def test_laundering_by_challenging_oneself__label_by_label__costs_as_much(protocol):
    protocol.arbitrator.set_cost(0)
    annotator, accomplice = rich(protocol), rich(protocol)
    with protocol.gains(annotator, accomplice) as gained:
        work = work_of(protocol, annotator, **LEAST_STAKE)
        for label in (0, 1):
            challenge = protocol.challenge(work, [label], accomplice)
            protocol.travel(2 * DAY)
            protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    # The bond of one label earns a bonus of twice itself alone: here all of a quarter.
    assert sum(gained) == -4_000_000 * 5 // 8
    protocol.assert_conserved()


def test_laundering_by_withholding_from_oneself__costs_15_16_of_the_stake(protocol):
    annotator = rich(protocol)
    with protocol.gains(annotator) as gained:
        work = work_of(protocol, annotator, availability_bond=protocol.unit * 10 // 16)
        challenge = protocol.challenge_availability(work, [0], annotator)
        protocol.travel(DAY)
        protocol.settle(challenge)
    assert gained == [-10 * protocol.unit * 15 // 16]
    protocol.assert_conserved()


@pytest.mark.parametrize("answer", ["concede", "silence", "lose"])
def test_laundering_a_wrong_label__by_proving_it_oneself__earns_a_quarter_of_its_pay(protocol, answer):
    """Within the tolerance, before somebody else does: three quarters of what the label pays are gone."""
    annotator, accomplice = rich(protocol), rich(protocol)
    with protocol.gains(annotator, accomplice, protocol.requester) as gained:
        work = work_of(protocol, annotator, items=10)
        challenge = protocol.challenge(work, [7], accomplice)
        if answer == "concede":
            protocol.escrow.concede(challenge, sender=annotator)
        elif answer == "lose":
            protocol.defend(challenge, annotator)
            protocol.rule(challenge, 1)
        protocol.travel(2 * DAY)
        protocol.settle(challenge)
        protocol.pass_window(work)
        protocol.escrow.claim(work.submission)
    reward = protocol.parameters_of(work.task).reward
    fee = protocol.arbitrator.arbitration_cost() if answer == "lose" else 0
    assert gained[0] + gained[1] == 9 * reward + reward // 4 - fee
    assert gained[2] == reward - reward // 4
    protocol.assert_conserved()


def standing_challenge(protocol: Protocol, annotator: str, accomplice: str, **overrides: Any) -> tuple[Work, int]:
    """A publication, and in its block a challenge of two right labels by an accomplice: it comes before all others."""
    task = protocol.open(redundancy=1, **overrides)
    work = protocol.take(task, 0, annotator)
    protocol.escrow.commit_challenge(protocol.challenge_commitment(work, [8, 9], accomplice), sender=accomplice)
    protocol.travel(COMMITMENT_MIN_AGE)
    protocol.publish(work)
    terms = (work.submission, [8, 9], protocol.bond(work, 2), EVIDENCE, URI, SALT)
    return work, int(protocol.escrow.challenge(*terms, sender=accomplice))


def test_laundering_by_a_standing_challenge_of_oneself__conceded_once_hunted__costs_5_8_of_the_stake(protocol):
    """It takes the prize from whoever finds the wrong labels, whom no private relay helps; but it costs no less."""
    annotator, accomplice, hunter = rich(protocol), rich(protocol), rich(protocol)
    with protocol.gains(annotator, accomplice, hunter) as gained:
        work, standing = standing_challenge(protocol, annotator, accomplice)
        challenge = protocol.challenge(work, [0, 1], hunter)
        protocol.escrow.concede(standing, sender=annotator)
        assert protocol.escrow.settle_many([standing, challenge], [[8, 9], [0, 1]]) == 2
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    assert 8 * -(gained[0] + gained[1]) >= 5 * protocol.parameters_of(work.task).stake_of(0)
    assert gained[2] == 0
    protocol.assert_conserved()


def test_laundering_by_a_standing_challenge_of_oneself__that_nobody_needed__costs_the_fee(protocol):
    """Undefended it would reject, so it has to be defended in the end, before jurors who are paid."""
    annotator, accomplice = rich(protocol), rich(protocol)
    with protocol.gains(annotator, accomplice) as gained:
        work, standing = standing_challenge(protocol, annotator, accomplice)
        protocol.travel(2 * DAY - 1)
        protocol.defend(standing, annotator)
        protocol.rule(standing, 2)
        protocol.escrow.settle(standing, [8, 9])
        protocol.pass_window(work)
        protocol.escrow.claim(work.submission)
    pay = 10 * protocol.parameters_of(work.task).reward
    assert sum(gained) == pay - protocol.arbitrator.arbitration_cost()
    protocol.assert_conserved()


def test_laundering_by_a_standing_challenge_of_oneself__defended_by_the_hunter_first__saves_nothing(protocol):
    """In the second half of the response anyone may defend what stands in front, and file behind it afterwards."""
    annotator, accomplice, hunter = rich(protocol), rich(protocol), rich(protocol)
    with protocol.gains(annotator, accomplice, hunter) as gained:
        work, standing = standing_challenge(protocol, annotator, accomplice)
        protocol.travel(DAY)
        protocol.defend(standing, hunter)
        with reverts("challenges: not open"):
            protocol.escrow.concede(standing, sender=annotator)
        challenge = protocol.challenge(work, [0, 1], hunter)
        protocol.rule(standing, 2)
        protocol.travel(2 * DAY)
        assert protocol.escrow.settle_many([standing, challenge], [[8, 9], [0, 1]]) == 2
    parameters, cost = protocol.parameters_of(work.task), protocol.arbitrator.arbitration_cost()
    stake, lost = parameters.stake_of(0), protocol.bond(work, 2) - cost
    # The fee has come out of the accomplice's bond, and half of what is left of it went to the hunter.
    assert sum(gained[:2]) == -stake - cost - lost // 2
    assert gained[2] == lost // 2 + 2 * (parameters.reward // 4) + stake // 4
    protocol.assert_conserved()


@pytest.mark.parametrize("last", [1, 2, 3, 4])
def test_laundering_in_the_last_batch__whatever_is_tolerated_there__costs_5_8_of_its_stake(protocol, last):
    """The last batch is held against its own tolerance and stake: here the least that the rule allows for both."""
    protocol.arbitrator.set_cost(0)
    terms = {"items": 10 + last, "reward": 4, "stake": 8, "availability_bond": 4, "tolerance_bps": 8000}
    annotator, accomplice = rich(protocol), rich(protocol)
    wrong = [10 + place for place in range(last * 8000 // 10_000 + 1)]
    with protocol.gains(annotator, accomplice, protocol.requester) as gained:
        task = protocol.open(redundancy=1, **terms)
        work = protocol.take(task, 1, annotator)
        protocol.publish(work)
        challenge = protocol.challenge(work, wrong, accomplice, 1000 * protocol.unit)
        protocol.escrow.concede(challenge, sender=annotator)
        protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    assert 8 * -(gained[0] + gained[1]) >= 5 * 8 * last
    right = last - len(wrong)
    assert gained[2] == 4 * last - 4 * right
    protocol.assert_conserved()


def test_laundering_by_release__is_over_once_labels_can_be_judged(protocol):
    work = work_of(protocol, rich(protocol))
    for leave in (protocol.escrow.release, protocol.escrow.expire):
        with reverts("submissions: not taken"):
            leave(work.submission, sender=work.annotator)


CHALLENGE = st.tuples(
    st.just("challenge"),
    st.lists(st.integers(0, 6), min_size=1, unique=True).map(sorted),
    st.sampled_from(["concede", "silence", 0, 1, 2, "timeout"]),
)
AVAILABILITY = st.tuples(st.just("availability"), st.integers(0, 6), st.sampled_from(["answer", "silence"]))


@settings(max_examples=8)
@given(
    challenges=st.lists(CHALLENGE | AVAILABILITY, min_size=1, max_size=4),
    stake=st.integers(1_000_000, 1_000_013),
    tolerance=st.sampled_from([0, 1500, 3000, 5000, 8000]),
)
def test_laundering_in_any_order__costs_5_8_of_the_stake(protocol, challenges, stake, tolerance):
    """One purse plays annotator, challenger, answerer and defender of a batch of seven labels.

    If it ends rejected, it has lost 5/8 of the stake or more; if it does not, it has no more than stake and pay.
    """
    with boa.env.anchor():
        purse = rich(protocol)
        before = protocol.free(purse)
        work = work_of(
            protocol,
            purse,
            items=7,
            batch_size=7,
            stake=stake,
            tolerance_bps=tolerance,
            availability_bond=protocol.unit // 20,
        )
        filed = []
        for kind, target, response in challenges:
            # One after the other from the same block on: none waits for another to be settled.
            if kind == "availability":
                # One that was shown cannot be asked for again.
                if protocol.escrow.shown(work.submission, 0) >> target & 1:
                    continue
                challenge = protocol.challenge_availability(work, [target], purse)
                if response == "answer":
                    protocol.answer(work, challenge, target, purse)
            else:
                protocol.provide(purse, protocol.bond(work, len(target)))
                challenge = protocol.challenge(work, target, purse)
                if response == "concede":
                    protocol.escrow.concede(challenge, sender=purse)
                elif response != "silence":
                    protocol.defend(challenge, purse)
                    if response != "timeout":
                        protocol.rule(challenge, response)
            filed.append(challenge)
        protocol.travel(protocol.parameters_of(work.task).arbitration_timeout)
        for challenge in filed:
            protocol.settle(challenge)

        parameters = protocol.parameters_of(work.task)
        total = parameters.stake_of(0)
        if protocol.lens.submission(work.submission).state == SubmissionState.REJECTED:
            assert 8 * (before - protocol.free(purse)) >= 5 * total
        else:
            protocol.escrow.claim(work.submission)
            assert protocol.free(purse) - before <= parameters.pot
        protocol.assert_conserved()
