"""defend(challenge, max_cost)"""

from dataclasses import replace
from typing import Any

import boa
import pytest

from goldleaf.types import NOT_HEARD, ChallengeState
from tests.chains import deployer
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import MAX, RESPONSE_PERIOD, UNKNOWN_CHALLENGES, challenge, deployed_with, log, odd_terms

dishonest = deployed_with({"arbitrator": "DishonestArbitrator"})


@pytest.fixture
def filed(protocol: Protocol, work: Work) -> int:
    """A challenge, just filed."""
    protocol.provide(work.annotator, 100 * protocol.unit)
    return protocol.challenge(work, [3])


@deployed_with({"token": "TokenMock", "decimals": 18}, {"token": "NoReturnToken", "decimals": 6})
@pytest.mark.parametrize("wait", [0, RESPONSE_PERIOD - 1])
def test_defend__by_the_annotator__pays_the_arbitrator(protocol: Protocol, work: Work, filed: int, wait: int) -> None:
    before, cost = challenge(protocol, filed), 3 * protocol.unit
    protocol.travel(wait)

    with protocol.gains(work.annotator, before.challenger, protocol.requester) as gained:
        protocol.escrow.defend(filed, cost, sender=work.annotator)
        events = log(protocol)

    fields = {"defender": work.annotator, "arbitrator": protocol.arbitrator.address, "dispute": 0, "fee": cost}
    assert events == [("Defended", {"challenge": filed} | fields)]
    assert gained == [-cost, 0, 0]
    assert challenge(protocol, filed) == replace(
        before, state=ChallengeState.DEFENDED, defended_at=protocol.now, defender=work.annotator, fee=cost
    )
    assert protocol.token.balanceOf(protocol.arbitrator) == cost
    assert protocol.token.allowance(protocol.escrow, protocol.arbitrator) == 0
    assert protocol.escrow.challenge_of(protocol.arbitrator, 0) == filed
    dispute = protocol.arbitrator.disputes(0)
    assert (dispute.arbitrable, dispute.choices) == (protocol.escrow.address, 2)
    assert (dispute.evidence, dispute.refund_to) == (filed.to_bytes(32), work.annotator)
    protocol.assert_conserved()


@pytest.mark.parametrize("wait", [RESPONSE_PERIOD // 2, RESPONSE_PERIOD - 1])
def test_defend__by_a_stranger_in_the_second_half__is_accepted(protocol: Protocol, filed: int, wait: int) -> None:
    stranger = protocol.account(free=3 * protocol.unit)
    protocol.travel(wait)
    protocol.escrow.defend(filed, MAX, sender=stranger)
    assert challenge(protocol, filed).defender == stranger
    assert protocol.free(stranger) == 0
    assert protocol.arbitrator.disputes(0).refund_to == stranger
    protocol.assert_conserved()


def test_defend__by_a_stranger_in_the_first_half__is_refused(protocol: Protocol, work: Work, filed: int) -> None:
    stranger = protocol.account(free=3 * protocol.unit)
    for wait in (0, RESPONSE_PERIOD // 2 - 1):
        protocol.travel(wait)
        for account in (stranger, protocol.requester, challenge(protocol, filed).challenger):
            with reverts("challenges: annotator's turn"):
                protocol.escrow.defend(filed, MAX, sender=account)


def test_defend__odd_response_period__has_a_shorter_first_half(protocol: Protocol) -> None:
    work = protocol.delivered(**odd_terms(protocol, response_period=7201))
    filed = protocol.challenge(work, [3])
    protocol.travel(3599)
    with reverts("challenges: annotator's turn"):
        protocol.defend(filed, protocol.account())
    protocol.travel(1)
    protocol.defend(filed, protocol.account())
    assert challenge(protocol, filed).state == ChallengeState.DEFENDED


@pytest.mark.parametrize("late", [0, 1])
def test_defend__from_the_end_of_the_response_period_on__is_refused(
    protocol: Protocol, work: Work, filed: int, late: int
) -> None:
    protocol.travel(RESPONSE_PERIOD + late)
    for account in (work.annotator, protocol.account()):
        with reverts("challenges: response has ended"):
            protocol.escrow.defend(filed, MAX, sender=account)


@pytest.mark.parametrize("short", [1, 3_000_000])
def test_defend__cost_above_what_the_defender_allows__is_refused(
    protocol: Protocol, work: Work, filed: int, short: int
) -> None:
    with reverts("challenges: cost above maximum"):
        protocol.escrow.defend(filed, 3_000_000 - short, sender=work.annotator)


def test_defend__arbitrator_has_raised_its_cost__takes_the_new_one_if_allowed(
    protocol: Protocol, work: Work, filed: int
) -> None:
    protocol.arbitrator.set_cost(40_000_001)
    with reverts("challenges: cost above maximum"):
        protocol.escrow.defend(filed, 40_000_000, sender=work.annotator)
    with protocol.gains(work.annotator) as gained:
        protocol.escrow.defend(filed, 40_000_001, sender=work.annotator)
    assert gained == [-40_000_001]
    assert challenge(protocol, filed).fee == 40_000_001
    protocol.assert_conserved()


@pytest.mark.parametrize("cost", [2**94 + 1, MAX])
def test_defend__cost_that_no_word_holds__is_refused(protocol: Protocol, work: Work, filed: int, cost: int) -> None:
    protocol.arbitrator.set_cost(cost)
    with reverts("challenges: cost out of bounds"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)


def test_defend__highest_cost__is_kept_whole(protocol: Protocol, work: Work, filed: int) -> None:
    protocol.arbitrator.set_cost(2**94)
    protocol.defend(filed)
    assert (challenge(protocol, filed).fee, challenge(protocol, filed).defender) == (2**94, work.annotator)
    protocol.assert_conserved()


def test_defend__one_unit_short_of_the_cost__is_refused(protocol: Protocol, filed: int) -> None:
    protocol.travel(RESPONSE_PERIOD // 2)
    with reverts("ledger: balance too low"):
        protocol.escrow.defend(filed, MAX, sender=protocol.account(free=3 * protocol.unit - 1))


def test_defend__availability__is_refused(protocol: Protocol, work: Work) -> None:
    with reverts("challenges: is of availability"):
        protocol.escrow.defend(protocol.challenge_availability(work, [3]), MAX, sender=work.annotator)


@pytest.mark.parametrize("state", ["conceded", "defended", "ruled", "settled"])
def test_defend__not_open__is_refused(protocol: Protocol, work: Work, filed: int, state: str) -> None:
    if state == "conceded":
        protocol.escrow.concede(filed, sender=work.annotator)
    else:
        protocol.defend(filed)
    if state in ("ruled", "settled"):
        protocol.rule(filed, 2)
    if state == "settled":
        protocol.settle(filed)
    with reverts("challenges: not open"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)


def test_defend__submission_is_rejected__is_refused(protocol: Protocol, work: Work) -> None:
    first, second = protocol.challenge(work, [3, 4]), protocol.challenge(work, [5])
    protocol.escrow.concede(first, sender=work.annotator)
    protocol.settle(first)
    with reverts("submissions: not published"):
        protocol.escrow.defend(second, MAX, sender=work.annotator)


@pytest.mark.parametrize("unknown", UNKNOWN_CHALLENGES)
def test_defend__unknown_challenge__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("challenges: not open"):
        protocol.escrow.defend(unknown, MAX)


@dishonest
@pytest.mark.parametrize("taken", [0, 1, 2_999_999])
def test_defend__arbitrator_takes_less_than_its_cost__gives_the_rest_back(
    protocol: Protocol, work: Work, filed: int, taken: int
) -> None:
    protocol.arbitrator.set_costs(3_000_000, taken)
    with protocol.gains(work.annotator) as gained:
        protocol.escrow.defend(filed, MAX, sender=work.annotator)
        fee = protocol.event("Defended").fee
    assert (gained, fee, challenge(protocol, filed).fee) == ([-taken], taken, taken)
    assert protocol.token.allowance(protocol.escrow, protocol.arbitrator) == 0
    protocol.assert_conserved()


@dishonest
@pytest.mark.parametrize("taken", [3_000_001, 10**12])
def test_defend__arbitrator_takes_more_than_its_cost__is_stopped_by_the_allowance(
    protocol: Protocol, work: Work, filed: int, taken: int
) -> None:
    protocol.arbitrator.set_costs(3_000_000, taken)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert protocol.free(work.annotator) == 100 * protocol.unit


@deployed_with({"token": "GreedyToken"})
def test_defend__token_takes_more_than_the_cost__is_refused(protocol: Protocol, work: Work, filed: int) -> None:
    protocol.token.set_extra(1)
    with reverts("challenges: more than cost taken"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)
    protocol.assert_conserved()


@dishonest
def test_defend__arbitrator_gives_money__charges_nothing(protocol: Protocol, work: Work, filed: int) -> None:
    """What it gives belongs to nobody; it must not be taken for a fee below zero."""
    protocol.token.mint(protocol.arbitrator, 5)
    protocol.arbitrator.set_costs(3_000_000, 0)
    give = protocol.arbitrator.pay.prepare_calldata(protocol.escrow, 5)
    protocol.arbitrator.set_call(protocol.arbitrator, give)
    with protocol.gains(work.annotator) as gained:
        protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert protocol.arbitrator.succeeded()
    assert (gained, challenge(protocol, filed).fee) == ([0], 0)
    assert protocol.token.balanceOf(protocol.escrow) == protocol.held() + 5


@dishonest
def test_defend__arbitrator_is_free__charges_nothing(protocol: Protocol, work: Work, filed: int) -> None:
    protocol.arbitrator.set_costs(0, 0)
    protocol.escrow.defend(filed, 0, sender=work.annotator)
    assert (challenge(protocol, filed).fee, challenge(protocol, filed).state) == (0, ChallengeState.DEFENDED)
    protocol.assert_conserved()


@dishonest
def test_defend__arbitrator_reverts__changes_nothing(protocol: Protocol, work: Work, filed: int) -> None:
    before = challenge(protocol, filed)
    protocol.arbitrator.set_refusing(True)
    with reverts("refusing"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert challenge(protocol, filed) == before
    assert protocol.free(work.annotator) == 100 * protocol.unit


@dishonest
@pytest.mark.parametrize("ruled", [False, True])
def test_defend__arbitrator_uses_an_id_again__is_refused(protocol: Protocol, work: Work, ruled: bool) -> None:
    protocol.arbitrator.set_next_id(7, True)
    first, second = protocol.challenge(work, [3]), protocol.challenge(work, [4])
    protocol.defend(first)
    if ruled:
        protocol.arbitrator.rule(protocol.escrow, 7, 2)
    with reverts("challenges: dispute id reused"):
        protocol.defend(second)
    assert protocol.escrow.challenge_of(protocol.arbitrator, 7) == first


@dishonest
@pytest.mark.parametrize("dispute", [0, MAX])
def test_defend__any_dispute_id__is_accepted(protocol: Protocol, filed: int, dispute: int) -> None:
    protocol.arbitrator.set_next_id(dispute, True)
    assert protocol.defend(filed) == dispute
    protocol.arbitrator.rule(protocol.escrow, dispute, NOT_HEARD)
    assert challenge(protocol, filed).state == ChallengeState.RULED


@dishonest
def test_defend__same_id_at_another_arbitrator__is_accepted(protocol: Protocol, filed: int) -> None:
    other = deployer("mocks/DishonestArbitrator").deploy(protocol.token, 3 * protocol.unit, 10)
    work = protocol.delivered(arbitrator=other.address, **odd_terms(protocol))
    second = protocol.challenge(work, [3])
    assert protocol.defend(filed) == protocol.defend(second) == 0
    assert protocol.escrow.challenge_of(other, 0) == second
    with reverts("challenges: unknown dispute"):
        other.rule(protocol.escrow, 1, 1)
    other.rule(protocol.escrow, 0, 1)
    assert challenge(protocol, filed).state == ChallengeState.DEFENDED


@dishonest
def test_defend__arbitrator_rules_before_the_dispute_exists__is_ignored(protocol: Protocol, filed: int) -> None:
    protocol.arbitrator.set_hasty_ruling(1)
    dispute = protocol.defend(filed)
    assert protocol.arbitrator.called()
    assert not protocol.arbitrator.succeeded()
    assert b"challenges: unknown dispute" in protocol.arbitrator.response()
    assert challenge(protocol, filed).state == ChallengeState.DEFENDED
    protocol.arbitrator.rule(protocol.escrow, dispute, 2)
    assert challenge(protocol, filed).ruling == 2


@dishonest
def test_defend__arbitrator_rules_an_earlier_dispute_meanwhile__is_recorded(protocol: Protocol, work: Work) -> None:
    """As a court may that hears several at once: `rule` is not under the lock."""
    first, second = protocol.challenge(work, [3]), protocol.challenge(work, [4])
    dispute = protocol.defend(first)
    protocol.arbitrator.set_call(protocol.escrow, protocol.escrow.rule.prepare_calldata(dispute, 1))
    protocol.defend(second)
    assert protocol.arbitrator.succeeded()
    assert (challenge(protocol, first).state, challenge(protocol, first).ruling) == (ChallengeState.RULED, 1)
    assert (challenge(protocol, second).state, challenge(protocol, second).ruling) == (ChallengeState.DEFENDED, 0)
    protocol.assert_conserved()


@dishonest
@pytest.mark.parametrize("function", ["transfer", "withdraw", "deposit", "defend", "take_many", "claim_many", "free"])
def test_defend__arbitrator_calls_back__is_locked_out(
    protocol: Protocol, work: Work, filed: int, function: str
) -> None:
    arbitrator, token = protocol.arbitrator.address, protocol.token.address
    protocol.fund(arbitrator, 100 * protocol.unit)
    protocol.token.mint(arbitrator, 1)
    protocol.token.approve(protocol.escrow, 1, sender=arbitrator)
    second = protocol.challenge(work, [4])
    protocol.travel(RESPONSE_PERIOD // 2)
    arguments: dict[str, tuple[Any, ...]] = {
        "transfer": (token, 1, protocol.requester),
        "withdraw": (token, 1, protocol.requester),
        "deposit": (token, 1, protocol.requester),
        "defend": (second, MAX),
        "take_many": (work.task, [], b""),
        "claim_many": ([],),
        "free": (token, arbitrator),
    }
    call = getattr(protocol.escrow, function)
    with boa.env.anchor():
        call(*arguments[function], sender=arbitrator)  # good outside of the lock
    protocol.arbitrator.set_call(protocol.escrow, call.prepare_calldata(*arguments[function]))
    protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert protocol.arbitrator.called()
    assert not protocol.arbitrator.succeeded()
    assert protocol.arbitrator.response() == b""
    assert challenge(protocol, second).state == ChallengeState.FILED
    protocol.assert_conserved()


@deployed_with({"token": "NoApproveToken"})
def test_defend__token_refuses_the_allowance__is_refused(protocol: Protocol, work: Work, filed: int) -> None:
    protocol.token.set_refusing(True)
    with reverts("challenges: approve refused"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)


@deployed_with({"token": "FalseToken"})
def test_defend__token_refuses_the_fee__changes_nothing(protocol: Protocol, work: Work, filed: int) -> None:
    before = challenge(protocol, filed)
    protocol.token.set_refusing(True)
    with pytest.raises(Exception, match="MockArbitrator"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert challenge(protocol, filed) == before


@deployed_with({"token": "FeeToken"})
def test_defend__token_takes_a_fee__counts_what_left_the_escrow(protocol: Protocol, work: Work, filed: int) -> None:
    protocol.token.set_fee(1000)
    protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert challenge(protocol, filed).fee == 3 * protocol.unit
    assert protocol.token.balanceOf(protocol.arbitrator) == 3 * protocol.unit * 9 // 10
    protocol.assert_conserved()


@deployed_with({"token": "BlacklistToken"})
def test_defend__arbitrator_is_blacklisted__changes_nothing(protocol: Protocol, work: Work, filed: int) -> None:
    before = challenge(protocol, filed)
    protocol.token.set_blacklisted(protocol.arbitrator, True)
    with reverts("blacklisted"):
        protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert challenge(protocol, filed) == before
    assert protocol.free(work.annotator) == 100 * protocol.unit


@deployed_with({"token": "CallbackToken"})
def test_defend__token_calls_back__is_locked_out(protocol: Protocol, work: Work, filed: int) -> None:
    token = protocol.token.address
    protocol.fund(token, protocol.unit)
    protocol.token.set_call(protocol.escrow, protocol.escrow.transfer.prepare_calldata(token, 1, protocol.requester))
    protocol.escrow.defend(filed, MAX, sender=work.annotator)
    assert protocol.token.called()
    assert not protocol.token.succeeded()
    assert protocol.free(token) == protocol.unit
