"""ERC-792 arbitrators: a bad one harms nobody but the parties of its own disputes, and an adapter keeps nothing."""

from typing import Any

import boa
import pytest

from goldleaf.types import NOT_HEARD, ChallengeState, Outcome
from tests.adapter import COST, EXTRA_DATA, Adapted, adapter_of, ether_of, give_ether
from tests.protocol import DAY, EVIDENCE, Work, reverts
from tests.unit.adapter.helpers import CALL_BACK, EXECUTED, REFUND_TO, REVERT, RULED, WAITING, create_dispute


@pytest.fixture(scope="module")
def protocol() -> Adapted:
    protocol = Adapted()
    give_ether(protocol.chain, protocol.judge.address, 100 * COST)
    return protocol


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


# ---------------------------------------------------------------- what it costs


@pytest.mark.parametrize("more", [1, COST, 2**255])
def test_an_arbitrator_that_raises_its_cost_between_question_and_call__gets_nothing(protocol, adapter, judge, more):
    """What it names is all that it is ever sent."""
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.provide(work.annotator, 10 * COST)
    judge.set_wanted(COST + more)
    free = protocol.free(work.annotator)
    with boa.reverts(dev="paid too little"):
        protocol.escrow.defend(challenge, 2**256 - 1, sender=work.annotator)
    assert protocol.free(work.annotator) == free
    assert protocol.lens.challenge(challenge).state == ChallengeState.FILED
    protocol.assert_conserved()


def test_an_arbitrator_that_raises_its_cost_for_an_appeal__gets_no_more_than_was_allowed(protocol, adapter, judge):
    *_, dispute = defended(protocol)
    payer = protocol.payer(10 * COST)
    judge.set_cost(COST + 1)
    with reverts("adapter: cost above maximum"):
        adapter.appeal(dispute, COST, sender=payer)
    judge.set_wanted(COST + 2)
    with boa.reverts(dev="paid too little"):
        adapter.appeal(dispute, COST + 1, sender=payer)
    assert protocol.token.balanceOf(payer) == 10 * COST


@pytest.mark.parametrize("cost", [2**94 + 1, 2**200, 2**256 - 1])
def test_an_arbitrator_that_costs_more_ether_than_there_is__is_paid_by_nobody(protocol, adapter, judge, cost):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    payer = protocol.payer()
    judge.set_cost(cost)
    with reverts("challenges: cost out of bounds"):
        protocol.escrow.defend(challenge, 2**256 - 1, sender=work.annotator)
    with boa.reverts():
        adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=payer)
    assert protocol.token.balanceOf(payer) == COST
    protocol.travel(DAY * 2)
    protocol.settle(challenge)
    protocol.assert_conserved()


@pytest.mark.parametrize("change", [1, COST - 1, COST])
def test_an_arbitrator_that_gives_change__leaves_it_to_the_defender_and_it_is_no_fee(protocol, judge, change):
    """Else a defender who has paid nothing would be refunded out of the challenger's bond."""
    work = protocol.delivered(redundancy=1)
    bond = protocol.bond(work, 1)
    judge.set_change(change)
    protocol.provide(work.annotator, COST)
    challenger = protocol.account(free=bond)
    with protocol.gains(work.annotator, challenger, protocol.requester) as gained:
        challenge = protocol.challenge(work, [0], challenger)
        protocol.defend(challenge)
        assert protocol.lens.challenge(challenge).fee == COST - change
        protocol.rule(challenge, 0)
        protocol.settle(challenge)
    half = (COST - change) // 2
    assert gained == [half - (COST - change), -half, 0]
    assert protocol.token.balanceOf(work.annotator) == 0
    protocol.assert_conserved()


def test_an_arbitrator_that_sends_back_too_much__gives_it_away(protocol, adapter, judge):
    """It is nobody's in an escrow, which does not expect it, and the payer's elsewhere; nobody is worse off."""
    judge.set_change(COST + 5)
    payer = protocol.payer()
    adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=payer)
    assert protocol.token.balanceOf(payer) == COST + 5
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.provide(work.annotator, COST)
    free = protocol.free(work.annotator)
    protocol.defend(challenge)
    assert protocol.free(work.annotator) == free
    assert protocol.lens.challenge(challenge).fee == 0
    protocol.rule(challenge, 2)
    protocol.settle(challenge)
    assert protocol.token.balanceOf(protocol.escrow) == protocol.held() + 5


def test_an_arbitrator_that_pays_back_later__keeps_its_ether(protocol, adapter, judge):
    """There is nobody to whom it would belong."""
    *_, dispute = defended(protocol)
    with reverts("adapter: no ether expected"):
        judge.send_ether(adapter, 1)
    judge.set_call(judge, judge.send_ether.prepare_calldata(adapter, 1))
    adapter.appeal(dispute, COST, sender=(payer := protocol.payer()))
    assert judge.succeeded()
    assert protocol.token.balanceOf(payer) == 1
    protocol.assert_conserved()


# ---------------------------------------------------------------- ids and rulings


def test_an_arbitrator_that_re_uses_an_id__is_refused(protocol, adapter, judge):
    """Else the ruling on one case would be that on another, perhaps of another contract."""
    judge.set_next_id(7, True)
    _, first, dispute = defended(protocol)
    assert dispute == 7
    work = protocol.delivered(redundancy=1)
    second = protocol.challenge(work, [0])
    with reverts("adapter: dispute id reused"):
        protocol.defend(second)
    judge.rule(adapter, 7, 2)
    with reverts("adapter: dispute id reused"):
        protocol.defend(second)
    with reverts("adapter: dispute id reused"):
        adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=protocol.payer())
    assert protocol.escrow.challenge_of(adapter, 7) == first
    protocol.assert_conserved()


def test_an_arbitrator_with_two_adapters__has_two_sets_of_disputes(protocol, adapter, judge):
    judge.set_next_id(3, True)
    _, challenge, dispute = defended(protocol)
    other = adapter_of(protocol)
    payer = protocol.payer()
    protocol.token.approve(other, COST, sender=payer)
    assert other.create_dispute(2, EVIDENCE, REFUND_TO, sender=payer) == dispute == 3
    judge.rule(other, 3, 1)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED
    judge.rule(adapter, 3, 2)
    assert protocol.lens.challenge(challenge).ruling == 2


def test_an_arbitrator_that_rules_before_it_returns__is_refused(protocol, adapter, judge):
    judge.set_next_id(50, False)
    judge.set_call(adapter, adapter.rule.prepare_calldata(50, 1))
    _, challenge, dispute = defended(protocol)
    assert judge.called() and not judge.succeeded()
    assert b"adapter: unknown dispute" in judge.response()
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED
    judge.rule(adapter, dispute, 2)
    protocol.settle(challenge)
    assert protocol.event("Settled").outcome == Outcome.NOT_WRONG


def test_an_arbitrator_that_rules_twice__is_heard_once(protocol, adapter, judge):
    _, challenge, dispute = defended(protocol)
    judge.rule(adapter, dispute, 2)
    for ruling in (0, 1, 2):
        with reverts("adapter: already ruled"):
            judge.rule(adapter, dispute, ruling)
    assert protocol.lens.challenge(challenge).ruling == 2


@pytest.mark.parametrize("ruling", [3, 2**255, NOT_HEARD])
def test_an_arbitrator_that_rules_nonsense__is_refused(protocol, adapter, judge, ruling):
    """Nor can it say "not heard", which would give the challenger the bond back and leave the defender the cost."""
    _, challenge, dispute = defended(protocol)
    with reverts("adapter: no such ruling"):
        judge.rule(adapter, dispute, ruling)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED


def test_an_arbitrator_that_rules_itself__is_not_the_tasks_arbitrator(protocol, adapter, judge):
    _, challenge, dispute = defended(protocol)
    with reverts("challenges: unknown dispute"):
        judge.rule(protocol.escrow, dispute, 1)
    with reverts("adapter: not the arbitrator"):
        adapter.rule(dispute, 1, sender=protocol.escrow.address)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED


def test_an_arbitrator_that_never_rules__is_outlived(protocol):
    work, challenge, _ = defended(protocol)
    protocol.travel(protocol.parameters_of(work.task).arbitration_timeout)
    protocol.settle(challenge)
    assert protocol.event("Settled").outcome == Outcome.UNDECIDED
    protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


def test_an_arbitrator_that_rules_after_the_timeout__does_not_stumble(protocol, adapter, judge):
    """The escrow does not want to hear it any more; the arbitrator's own call goes through."""
    work, challenge, dispute = defended(protocol)
    protocol.travel(protocol.parameters_of(work.task).arbitration_timeout)
    protocol.settle(challenge)
    judge.rule(adapter, dispute, 1)
    assert adapter.case(dispute).state == RULED
    with reverts("challenges: already ruled"):
        adapter.execute(dispute)


# ---------------------------------------------------------------- re-entry


def test_an_arbitrator_that_re_enters__is_locked_out(protocol, adapter, judge):
    """It has wrapped ether of its own, approved for the adapter, and could pay."""
    token = protocol.token
    give_ether(protocol.chain, judge.address, 10 * COST)
    token.deposit(value=10 * COST, sender=judge.address)
    token.approve(adapter, 2**256 - 1, sender=judge.address)
    *_, known = defended(protocol)
    calls = [
        adapter.create_dispute.prepare_calldata(2, EVIDENCE, judge.address),
        adapter.appeal.prepare_calldata(known, 2**256 - 1),
        adapter.submit_evidence.prepare_calldata(known, "ipfs://x"),
        adapter.case.prepare_calldata(known),
        adapter.arbitration_cost.prepare_calldata(),
    ]
    payer = protocol.payer(len(calls) * COST)
    for call in calls:
        judge.set_call(adapter, call)
        adapter.appeal(known, COST, sender=payer)
        assert judge.called() and not judge.succeeded()
    assert token.balanceOf(judge) == 10 * COST
    protocol.assert_conserved()


def test_an_arbitrator_that_rules_on_an_earlier_dispute_while_asked__is_heard(protocol, adapter, judge):
    """`rule` is open while the adapter is locked: it moves no money."""
    work, first, dispute = defended(protocol)
    second = protocol.challenge(work, [1])
    judge.set_call(adapter, adapter.rule.prepare_calldata(dispute, 1))
    protocol.provide(work.annotator, COST)
    with protocol.gains(*protocol.accounts) as gained:
        protocol.defend(second)
    assert judge.succeeded()
    assert sum(gained) == -COST
    assert [protocol.lens.challenge(challenge).state for challenge in (first, second)] == [
        ChallengeState.RULED,
        ChallengeState.DEFENDED,
    ]
    protocol.assert_conserved()


def test_an_arbitrator_that_defends_while_asked__meets_the_escrows_lock(protocol, adapter, judge):
    work = protocol.delivered(redundancy=1)
    challenges = [protocol.challenge(work, [label]) for label in (0, 1)]
    protocol.accounts.append(judge.address)
    protocol.provide(judge.address, 10 * COST)
    protocol.travel(DAY)
    judge.set_call(protocol.escrow, protocol.escrow.defend.prepare_calldata(challenges[1], COST))
    protocol.defend(challenges[0])
    assert judge.called() and not judge.succeeded()
    protocol.assert_conserved()


# ---------------------------------------------------------------- foreign arbitrables


def test_a_foreign_contract_whose_rule_reverts__holds_up_nobody(protocol, adapter, judge):
    foreign = protocol.arbitrable()
    _, challenge, ours = defended(protocol)
    theirs = create_dispute(foreign)
    foreign.set_manner(REVERT)
    judge.rule(adapter, theirs, 1)
    judge.rule(adapter, ours, 2)
    assert (adapter.case(theirs).state, adapter.case(ours).state) == (RULED, EXECUTED)
    protocol.settle(challenge)
    protocol.assert_conserved()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_foreign_contract_that_calls_back__is_told_once(protocol, adapter, judge, at_once):
    """In its answer it tries to be told again."""
    foreign = protocol.arbitrable()
    dispute = create_dispute(foreign)
    if not at_once:
        foreign.set_manner(REVERT)
        judge.rule(adapter, dispute, 1)
    foreign.set_manner(CALL_BACK)
    foreign.set_calldata(adapter.execute.prepare_calldata(dispute))
    if at_once:
        judge.rule(adapter, dispute, 1)
    else:
        adapter.execute(dispute)
    assert not foreign.succeeded()
    assert b"adapter: nothing to execute" in foreign.response()
    assert (foreign.times(), adapter.case(dispute).state) == (1, EXECUTED)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_foreign_contract_that_goes_on_challengeing__may(protocol, adapter, judge, at_once):
    """In its answer it opens its next dispute; both ways of being told allow it."""
    foreign = protocol.arbitrable(2 * COST)
    dispute = create_dispute(foreign)
    if not at_once:
        foreign.set_manner(REVERT)
        judge.rule(adapter, dispute, 1)
    protocol.token.approve(adapter, COST, sender=foreign.address)
    foreign.set_manner(CALL_BACK)
    foreign.set_calldata(adapter.create_dispute.prepare_calldata(3, EVIDENCE, foreign))
    if at_once:
        judge.rule(adapter, dispute, 1)
    else:
        adapter.execute(dispute)
    assert foreign.succeeded()
    assert adapter.case(int.from_bytes(foreign.response())).state == WAITING
    protocol.assert_conserved()


def test_a_foreign_contract_with_a_challenges_name__is_not_the_escrow(protocol, adapter, judge):
    """What it calls its case says nothing: a ruling goes to who has brought the dispute."""
    _, challenge, _ = defended(protocol)
    foreign = protocol.payer()
    theirs = adapter.create_dispute(2, challenge.to_bytes(32), foreign, sender=foreign)
    judge.rule(adapter, theirs, 1)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED
    assert adapter.case(theirs).arbitrable == foreign
    assert protocol.escrow.challenge_of(adapter, theirs) == 0


def test_a_foreign_contract_that_others_pay_for__needs_their_approval_and_call(protocol, adapter):
    """Wrapped ether that somebody has approved for appeals is spent in their own calls alone."""
    *_, dispute = defended(protocol)
    victim = protocol.payer(5 * COST)
    stranger = protocol.chain.account()
    with boa.reverts():
        adapter.create_dispute(2, EVIDENCE, victim, sender=stranger)
    with boa.reverts():
        adapter.appeal(dispute, 2**256 - 1, sender=stranger)
    assert protocol.token.balanceOf(victim) == 5 * COST


def test_extra_data__of_an_adapter__is_what_every_dispute_and_appeal_gets(protocol, adapter, judge):
    """No caller can have a case heard by a cheaper or friendlier subcourt."""
    *_, dispute = defended(protocol)
    assert judge.extra_data() == EXTRA_DATA
    adapter.appeal(dispute, COST, sender=protocol.payer())
    assert judge.extra_data() == EXTRA_DATA
    assert ether_of(protocol.chain, adapter.address) == 0
