"""Tasks in wrapped ether that real Kleros contracts judge, on a node: from the opening to the last withdrawal."""

from collections.abc import Iterator
from typing import Any

import pytest
from web3.exceptions import ContractLogicError

from goldleaf.types import ChallengeState, Outcome, SubmissionState
from tests.adapter import META_EVIDENCE, Adapted, ether_of
from tests.chains import AnvilChain, anvil
from tests.kleros import APPEAL, EVIDENCE, Kleros, deploy, told
from tests.protocol import DAY, Work

pytestmark = pytest.mark.anvil

FEE = 10**17  # wei
APPEAL_TIME = DAY


@pytest.fixture(scope="module")
def chain() -> Iterator[AnvilChain]:
    with anvil() as node:
        yield node


def challenged(protocol: Adapted) -> tuple[Work, int, str]:
    """A submission, and a challenge of its first label by somebody, in its response window."""
    work = protocol.delivered()
    challenger = protocol.account()
    return work, protocol.challenge(work, [0], challenger), challenger


def defend(protocol: Adapted, challenge: int) -> int:
    """The annotator defends; returns the id of the dispute. `Protocol.defend` reads events that others log as well."""
    dispute = protocol.defend(challenge)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED
    return dispute


def pay_out(protocol: Adapted, work: Work) -> None:
    """Claims; then everybody withdraws, and turns what they have into ether."""
    if protocol.now < protocol.lens.submission(work.submission).window_end:
        protocol.pass_window(work)
    protocol.escrow.claim(work.submission)
    for account in protocol.accounts:
        if amount := protocol.free(account):
            held = ether_of(protocol.chain, account)
            protocol.escrow.withdraw(protocol.token, amount, account, sender=account)
            protocol.token.withdraw(amount, sender=account)
            assert ether_of(protocol.chain, account) == held + amount


def test_kleros_liquid__draw_vote_appeal_and_ruling__settle_a_task(chain: AnvilChain) -> None:
    kleros = Kleros(chain, FEE)
    protocol = Adapted(kleros.court, extra_data=kleros.extra_data, max_duration=kleros.max_duration, chain=chain)
    adapter, court = protocol.adapter, kleros.court
    assert adapter.arbitration_cost() == 3 * FEE
    work, challenge, challenger = challenged(protocol)
    bond = protocol.lens.challenge(challenge).bond

    dispute = defend(protocol, challenge)
    assert ether_of(chain, court.address) == 3 * FEE
    assert protocol.lens.challenge(challenge).fee == 3 * FEE
    subcourt, arbitrated, choices, *_ = court.disputes(dispute)
    assert (subcourt, arbitrated, choices) == (kleros.SUBCOURT, adapter.address, 2)
    adapter.submit_evidence(dispute, "ipfs://file-of-the-labels", sender=challenger)

    # Three jurors find that the label is right; the challenger appeals, and seven find that it is wrong.
    assert len(kleros.draw(dispute)) == 3
    chain.travel(kleros.PERIODS[EVIDENCE])
    kleros.vote(dispute, 2)
    assert court.currentRuling(dispute) == 2
    cost = adapter.appeal_cost(dispute)
    assert cost == 7 * FEE
    protocol.wrap(challenger, cost)
    protocol.token.approve(adapter, cost, sender=challenger)
    adapter.appeal(dispute, cost, sender=challenger)
    assert ether_of(chain, court.address) == 10 * FEE
    assert len(kleros.draw(dispute)) == 7
    kleros.vote(dispute, 1)
    kleros.pass_period(dispute, APPEAL)
    court.executeRuling(dispute)
    with pytest.raises(ContractLogicError, match="adapter: nothing to execute"):
        adapter.execute(dispute)

    for round, jurors in enumerate((3, 7)):
        court.execute(dispute, round, 2 * jurors)
    assert ether_of(chain, court.address) == 0

    protocol.settle(challenge)
    settled = protocol.event("Settled")
    prize = protocol.parameters_of(work.task).prize
    assert (settled.outcome, settled.proven, settled.to_challenger) == (Outcome.WRONG, 1, bond + prize)
    protocol.assert_conserved()
    pay_out(protocol, work)
    assert protocol.lens.submission(work.submission).state == SubmissionState.PAID

    [explained], [opened] = told(protocol, "MetaEvidence"), told(protocol, "Dispute")
    [shown], [ruled] = told(protocol, "Evidence"), told(protocol, "Ruling")
    assert explained == {"_metaEvidenceID": 0, "_evidence": META_EVIDENCE}
    assert opened == {
        "_arbitrator": court.address,
        "_disputeID": dispute,
        "_metaEvidenceID": 0,
        "_evidenceGroupID": dispute,
    }
    assert shown == {
        "_arbitrator": court.address,
        "_evidenceGroupID": dispute,
        "_party": challenger,
        "_evidence": "ipfs://file-of-the-labels",
    }
    assert ruled == {"_arbitrator": court.address, "_disputeID": dispute, "_ruling": 1}
    assert adapter.case(dispute).evidence == challenge.to_bytes(32)


def test_kleros_liquid__fee_changes_before_the_defence__is_the_defenders_affair(chain: AnvilChain) -> None:
    kleros = Kleros(chain, FEE)
    protocol = Adapted(kleros.court, extra_data=kleros.extra_data, max_duration=kleros.max_duration, chain=chain)
    work, challenge, challenger = challenged(protocol)
    bond = protocol.lens.challenge(challenge).bond
    dearer = bond // 3 + FEE
    kleros.court.changeSubcourtJurorFee(kleros.SUBCOURT, dearer)
    protocol.provide(work.annotator, 3 * dearer)
    with pytest.raises(ContractLogicError, match="challenges: cost above maximum"):
        protocol.escrow.defend(challenge, 3 * FEE, sender=work.annotator)

    dispute = defend(protocol, challenge)
    kleros.draw(dispute)
    chain.travel(kleros.PERIODS[EVIDENCE])
    kleros.vote(dispute, 2)
    kleros.pass_period(dispute, APPEAL)
    kleros.court.executeRuling(dispute)
    with protocol.gains(work.annotator, challenger, protocol.requester) as gained:
        protocol.settle(challenge)
    assert gained == [bond, 0, 0]
    protocol.assert_conserved()
    pay_out(protocol, work)


@pytest.fixture
def central(chain: AnvilChain) -> tuple[Adapted, Any, Any]:
    """A central arbitrator that hears appeals at another one."""
    higher = deploy(chain, "CentralizedArbitrator", 5 * FEE)
    judge = deploy(chain, "EnhancedAppealableArbitrator", FEE, higher, b"", APPEAL_TIME)
    return Adapted(judge, extra_data=b"", max_duration=10 * DAY, chain=chain), judge, higher


def test_central_arbitrator__not_appealed__rules_after_its_time(
    chain: AnvilChain, central: tuple[Adapted, Any, Any]
) -> None:
    protocol, judge, _ = central
    work, challenge, _ = challenged(protocol)
    dispute = defend(protocol, challenge)
    judge.giveRuling(dispute, 1)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED
    chain.travel(APPEAL_TIME + 1)
    judge.giveRuling(dispute, 1)
    protocol.settle(challenge)
    assert protocol.event("Settled").outcome == Outcome.WRONG
    protocol.assert_conserved()
    pay_out(protocol, work)


def test_central_arbitrator__appealed__is_overruled_by_the_higher_one(central: tuple[Adapted, Any, Any]) -> None:
    protocol, judge, higher = central
    adapter = protocol.adapter
    work, challenge, challenger = challenged(protocol)
    dispute = defend(protocol, challenge)
    with pytest.raises(ContractLogicError, match="adapter: cost above maximum"):
        adapter.appeal(dispute, 5 * FEE, sender=challenger)
    judge.giveRuling(dispute, 1)

    payer = protocol.payer(5 * FEE)
    adapter.appeal(dispute, 5 * FEE, sender=payer)
    assert protocol.token.balanceOf(payer) == 0
    higher.giveRuling(judge.appealDisputes(dispute)[2], 2)
    with protocol.gains(work.annotator, challenger) as gained:
        protocol.settle(challenge)
    bond = protocol.lens.challenge(challenge).bond
    assert gained == [FEE + (bond - FEE) // 2 + (bond - FEE) // 2, 0]
    protocol.assert_conserved()
    pay_out(protocol, work)


def test_central_arbitrator__without_appeals__cannot_be_appealed(chain: AnvilChain) -> None:
    judge = deploy(chain, "CentralizedArbitrator", FEE)
    protocol = Adapted(judge, extra_data=b"", chain=chain)
    work, challenge, _ = challenged(protocol)
    dispute = defend(protocol, challenge)
    assert protocol.adapter.appeal_cost(dispute) > 2**254
    with pytest.raises(ContractLogicError, match="adapter: cost above maximum"):
        protocol.adapter.appeal(dispute, 2**254, sender=protocol.payer(FEE))
    judge.giveRuling(dispute, 0)
    protocol.settle(challenge)
    assert protocol.event("Settled").outcome == Outcome.UNDECIDED
    protocol.assert_conserved()
    pay_out(protocol, work)
