"""Time and gas against a ruling: who pushes, withholds or outlasts them wins nothing that the rules don't give."""

from contextlib import suppress
from typing import Any

import boa
import pytest

from goldleaf.types import ChallengeState, Outcome
from tests.adapter import COST, Adapted, ether_of, give_ether
from tests.protocol import DAY, Work, reverts
from tests.unit.adapter.helpers import EXECUTED, RULED, WAITING


@pytest.fixture
def protocol() -> Adapted:
    return Adapted()


@pytest.fixture
def adapter(protocol: Adapted) -> Any:
    return protocol.adapter


@pytest.fixture
def judge(protocol: Adapted) -> Any:
    return protocol.judge


def defended(protocol: Adapted) -> tuple[Work, int, int]:
    """A submission, a challenge of its first label, and the dispute with which the annotator defends."""
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    return work, challenge, protocol.defend(challenge)


def test_little_gas_for_a_ruling__never_keeps_it_from_the_escrow(protocol, adapter, judge):
    """Else the loser would have it wait in the adapter until the timeout, and settle as undecided."""
    _, challenge, dispute = defended(protocol)
    reached = set()
    for gas in range(25_000, 140_000, 1_000):
        with boa.env.anchor():
            with suppress(boa.BoaError):
                judge.rule(adapter, dispute, 1, gas=gas)
            reached.add((adapter.case(dispute).state, protocol.lens.challenge(challenge).state))
    assert reached == {(WAITING, ChallengeState.DEFENDED), (EXECUTED, ChallengeState.RULED)}


def test_ruling_after_the_timeout__but_before_anyone_settles__counts(protocol, adapter, judge):
    work, challenge, dispute = defended(protocol)
    protocol.travel(2 * protocol.parameters_of(work.task).arbitration_timeout)
    judge.rule(adapter, dispute, 1)
    protocol.settle(challenge)
    assert protocol.event("Settled").outcome == Outcome.WRONG


def test_max_duration_that_is_a_lie__makes_disputes_undecided_and_loses_nobody_s_money():
    """The escrow believes it: with the least timeout, it settles before any arbitrator can rule."""
    protocol = Adapted(max_duration=1)
    work, challenge, dispute = defended(protocol)
    assert protocol.parameters_of(work.task).arbitration_timeout == 2
    with reverts("challenges: awaiting a ruling"):
        protocol.travel(1)
        protocol.settle(challenge)
    challenger = protocol.lens.challenge(challenge).challenger
    protocol.travel(1)
    with protocol.gains(challenger, work.annotator, protocol.requester) as gained:
        protocol.settle(challenge)
    bond = protocol.lens.challenge(challenge).bond
    assert gained == [bond - COST // 2, COST // 2, 0]
    protocol.judge.rule(protocol.adapter, dispute, 1)
    assert protocol.adapter.case(dispute).state == RULED
    assert protocol.lens.submission(work.submission).errors == 0
    protocol.assert_conserved()


def test_appeals_that_outlast_the_timeout__end_undecided_and_cost_who_pays_them(protocol, adapter, judge):
    """The loser can buy time from an arbitrator that sells appeals without end: half a fee is what the winner loses."""
    work, challenge, dispute = defended(protocol)
    challenger = protocol.lens.challenge(challenge).challenger
    timeout = protocol.parameters_of(work.task).arbitration_timeout
    protocol.wrap(work.annotator, 4 * COST)
    protocol.token.approve(adapter, 4 * COST, sender=work.annotator)
    for _ in range(4):
        adapter.appeal(dispute, COST, sender=work.annotator)
        protocol.travel(timeout // 4)
    with protocol.gains(challenger, work.annotator) as gained:
        protocol.settle(challenge)
        assert protocol.event("Settled").outcome == Outcome.UNDECIDED
    bond = protocol.lens.challenge(challenge).bond
    assert gained == [bond - COST // 2, COST // 2]
    assert protocol.token.balanceOf(work.annotator) == 0
    assert ether_of(protocol.chain, judge.address) == 5 * COST
    protocol.assert_conserved()


def test_appeal_in_front_of_another__leaves_the_second_one_s_money_to_their_limit(protocol, adapter, judge):
    """The next round is dearer: who meant to pay for this one does not pay for that."""
    *_, dispute = defended(protocol)
    first, second = protocol.payer(), protocol.payer(10 * COST)
    adapter.appeal(dispute, COST, sender=first)
    judge.set_cost(2 * COST)
    with reverts("adapter: cost above maximum"):
        adapter.appeal(dispute, COST, sender=second)
    assert protocol.token.balanceOf(second) == 10 * COST


def test_appeal_in_whose_course_the_arbitrator_rules__is_heard_once(protocol, adapter, judge):
    """It may rule at once on what it is paid to think over; the dispute has then ended, for everybody."""
    _, challenge, dispute = defended(protocol)
    give_ether(protocol.chain, judge.address, COST)
    judge.set_change(COST // 3)
    judge.set_call(adapter, adapter.rule.prepare_calldata(dispute, 1))
    payer = protocol.payer()
    adapter.appeal(dispute, COST, sender=payer)
    assert judge.succeeded()
    assert protocol.token.balanceOf(payer) == COST // 3
    with reverts("adapter: already ruled"):
        judge.rule(adapter, dispute, 2)
    with reverts("adapter: already ruled"):
        adapter.appeal(dispute, COST, sender=protocol.payer())
    assert protocol.lens.challenge(challenge).ruling == 1
    protocol.settle(challenge)
    protocol.assert_conserved()


def test_appeal_for_a_challenge_that_is_settled__changes_nothing_there(protocol, adapter, judge):
    """The arbitrator goes on, for the money of who wants it to."""
    work, challenge, dispute = defended(protocol)
    protocol.travel(protocol.parameters_of(work.task).arbitration_timeout)
    protocol.settle(challenge)
    held = protocol.token.balanceOf(protocol.escrow)
    payer = protocol.payer()
    adapter.appeal(dispute, COST, sender=payer)
    judge.rule(adapter, dispute, 1)
    for _ in range(2):
        protocol.travel(DAY)
        with reverts("challenges: already ruled"):
            adapter.execute(dispute)
    assert protocol.token.balanceOf(protocol.escrow) == held
    assert protocol.token.balanceOf(payer) == 0
    assert protocol.lens.challenge(challenge).state == ChallengeState.SETTLED
