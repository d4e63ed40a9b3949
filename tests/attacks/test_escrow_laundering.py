"""Laundering: a rejected annotator loses at least 5/8 of the stake, whatever they file against themselves."""

from typing import Any

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldleaf.types import SubmissionState
from tests.protocol import DAY, Protocol, Work, reverts


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


def test_laundering_penalties_by_conceding_to_oneself__costs_5_8_of_the_stake(protocol):
    annotator, accomplice = rich(protocol), rich(protocol)
    with protocol.gains(annotator, accomplice, protocol.requester) as gained:
        work = work_of(protocol, annotator)
        fight = protocol.challenge(work, [0, 1], accomplice)
        protocol.escrow.concede(fight, sender=annotator)
        protocol.settle(fight)
    parameters = protocol.parameters_of(work.task)
    stake = parameters.stake_of(0)
    assert protocol.escrow.submission(work.submission).state == SubmissionState.REJECTED
    assert gained[0] + gained[1] == -stake * 5 // 8
    assert gained[2] == stake * 5 // 8
    protocol.assert_conserved()


def test_laundering_penalties_by_challenging_oneself__unanswered__costs_3_4_of_the_stake(protocol):
    annotator = rich(protocol)
    with protocol.gains(annotator, protocol.requester) as gained:
        work = work_of(protocol, annotator)
        fight = protocol.challenge(work, [0, 1], annotator)
        protocol.travel(2 * DAY)
        protocol.settle(fight)
    stake = protocol.parameters_of(work.task).stake_of(0)
    assert gained == [-stake * 3 // 4, stake * 3 // 4]
    protocol.assert_conserved()


def test_laundering_penalties_by_demanding_from_oneself__costs_more_than_5_8(protocol):
    annotator = rich(protocol)
    with protocol.gains(annotator, protocol.requester) as gained:
        work = work_of(protocol, annotator)
        fight = protocol.demand(work, 0, annotator)
        protocol.travel(DAY)
        protocol.escrow.settle_demand(fight)
    parameters = protocol.parameters_of(work.task)
    loss = parameters.stake_of(0) - parameters.penalty(0) // 2
    assert gained == [-loss, loss]
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
DEMAND = st.tuples(st.just("demand"), st.integers(0, 6), st.sampled_from(["answer", "silence"]))


@settings(max_examples=8)
@given(
    fights=st.lists(CHALLENGE | DEMAND, min_size=1, max_size=4),
    stake=st.integers(1_000_000, 1_000_013),
    tolerance=st.sampled_from([0, 1500, 3000, 5000]),
)
def test_laundering_penalties_in_any_order__costs_5_8_of_the_stake(protocol, fights, stake, tolerance):
    """One purse plays annotator, challenger, demander, answerer and defender of a batch of seven labels.

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
            demand_bond=protocol.unit // 20,
        )
        filed = []
        for kind, target, response in fights:
            # One after the other from the same block on: none waits for another to be settled.
            if kind == "demand":
                fight = protocol.demand(work, target, purse)
                if response == "answer":
                    protocol.answer(work, fight, purse)
            else:
                protocol.provide(purse, protocol.bond(work, len(target)))
                fight = protocol.challenge(work, target, purse)
                if response == "concede":
                    protocol.escrow.concede(fight, sender=purse)
                elif response != "silence":
                    protocol.defend(fight, purse)
                    if response != "timeout":
                        protocol.rule(fight, response)
            filed.append((kind, fight))
        protocol.travel(protocol.parameters_of(work.task).arbitration_timeout)
        for kind, fight in filed:
            if kind == "demand":
                protocol.escrow.settle_demand(fight)
            else:
                protocol.settle(fight)

        parameters = protocol.parameters_of(work.task)
        total = parameters.stake_of(0)
        if protocol.escrow.submission(work.submission).state == SubmissionState.REJECTED:
            assert 8 * (before - protocol.free(purse)) >= 5 * total
        else:
            protocol.escrow.claim(work.submission)
            assert protocol.free(purse) - before <= parameters.pot
        protocol.assert_conserved()
