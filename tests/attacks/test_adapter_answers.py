"""Contracts on either side of an adapter that answer in their own way: what they waste is their own."""

import boa
import pytest
from eth_abi.abi import encode

from goldleaf.types import ChallengeState, Outcome, SubmissionState
from tests.adapter import COST, Adapted, ether_of
from tests.protocol import EVIDENCE
from tests.unit.adapter.helpers import EXECUTED, REFUND_TO, RULED

# What these return or revert with: 100,000 zero bytes, whose copy costs 28,000 gas.
FLOOD = 100_000


def two_faced(told: int, wanted: int) -> Adapted:
    """An arbitrator that wants `wanted` when the adapter asks in the middle of a dispute, and says `told` before."""
    chain = Adapted().chain
    return Adapted(chain.deploy("mocks/TwoFacedArbitrator", told, wanted))


@pytest.mark.parametrize("more", [1, COST])
def test_two_costs__dearer_for_the_adapter__takes_no_more_than_the_escrow_was_told(more):
    """The escrow approves what it was told, so the adapter cannot take more of it, whoever's it is."""
    protocol = two_faced(COST, COST + more)
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.provide(work.annotator, 10 * COST)
    free = protocol.free(work.annotator)
    assert protocol.adapter.arbitration_cost() == COST
    with boa.reverts():
        protocol.escrow.defend(challenge, 2**256 - 1, sender=work.annotator)
    assert protocol.free(work.annotator) == free
    assert protocol.lens.challenge(challenge).state == ChallengeState.FILED
    protocol.assert_conserved()


def test_two_costs__cheaper_for_the_adapter__make_no_fee_that_nobody_paid():
    """A defender who has paid little must not be refunded much out of the challenger's bond."""
    protocol = two_faced(COST, COST // 3)
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.provide(work.annotator, COST)
    free = protocol.free(work.annotator)
    protocol.defend(challenge)
    assert protocol.free(work.annotator) == free - COST // 3
    assert protocol.lens.challenge(challenge).fee == ether_of(protocol.chain, protocol.judge.address) == COST // 3
    assert protocol.token.allowance(protocol.escrow, protocol.adapter) == 0
    protocol.assert_conserved()


@pytest.mark.parametrize(("last", "state"), [("f3", EXECUTED), ("fd", RULED)])
def test_flood_of_bytes__in_answer_to_a_ruling__is_not_read(last, state):
    """Else who executes a ruling at the arbitrator would pay for it, besides what it costs to make."""
    protocol = Adapted()
    quiet, flooder = protocol.payer(), protocol.payer()
    spent, own = [], []
    for account, length in ((quiet, 0), (flooder, FLOOD)):
        dispute = protocol.adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=account)
        boa.env.set_code(account, bytes.fromhex(f"62{length:06x}6000{last}"))
        own.append(boa.env.execute_code(to_address=account).get_gas_used())
        protocol.adapter.rule(dispute, 1, sender=protocol.judge.address)
        spent.append(protocol.adapter._computation.get_gas_used())
        assert protocol.adapter.case(dispute).state == state
    assert own[1] - own[0] > 25_000
    assert spent[1] - spent[0] <= own[1] - own[0] + 1_000


@pytest.fixture
def silent() -> Adapted:
    """An arbitrator that is free of charge and whose dispute is number 0, until a test has it answer otherwise."""
    chain = Adapted().chain
    judge = chain.deploy("mocks/OddAnswers")
    judge.set_answer(bytes(32))
    return Adapted(judge)


@pytest.mark.parametrize("length", [0, 1, 31])
def test_answer_of_an_arbitrator__shorter_than_a_word__is_none(silent, length):
    work = silent.delivered(redundancy=1)
    challenge = silent.challenge(work, [0])
    silent.judge.set_answer(bytes(length))
    for call in (lambda: silent.adapter.arbitration_cost(), lambda: silent.defend(challenge)):
        with boa.reverts():
            call()
    assert silent.lens.challenge(challenge).state == ChallengeState.FILED


def test_answer_of_an_arbitrator__longer_than_a_word__is_its_first(silent):
    work = silent.delivered(redundancy=1)
    challenge = silent.challenge(work, [0])
    silent.judge.set_answer(encode(["uint256"] * 4, [0, 7, 8, 9]))
    assert silent.defend(challenge) == 0
    silent.adapter.rule(0, 2, sender=silent.judge.address)
    silent.settle(challenge)
    assert silent.event("Settled").outcome == Outcome.NOT_WRONG
    silent.assert_conserved()


@pytest.mark.parametrize("way", ["reverts", "burns"])
def test_arbitrator_that_is_gone__holds_up_no_money(silent, way):
    """It reverts, or burns whatever gas it gets: what was filed before is settled by its clock, and pay goes on."""
    work = silent.delivered(redundancy=1)
    undefended = silent.challenge(work, [0])
    defended = silent.challenge(work, [1])
    silent.defend(defended)
    getattr(silent.judge, f"set_{way}")(True)
    with boa.reverts():
        silent.escrow.defend(undefended, 2**256 - 1, sender=work.annotator, gas=1_000_000)
    silent.travel(silent.parameters_of(work.task).arbitration_timeout)
    silent.settle(undefended)
    assert silent.event("Settled").outcome == Outcome.UNANSWERED
    silent.settle(defended)
    assert silent.event("Settled").outcome == Outcome.UNDECIDED
    silent.escrow.claim(work.submission)
    assert silent.lens.submission(work.submission).state == SubmissionState.PAID
    silent.assert_conserved()
