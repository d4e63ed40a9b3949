"""Tokens: a bad one harms nobody but those who use it, and its payee blocks nobody."""

from typing import Any

import boa
import pytest

from tests.protocol import DAY, SINK, Protocol, reverts


def using(token: str) -> Any:
    """Runs the test with this token from contracts/mocks."""
    return pytest.mark.parametrize("protocol", [token], indirect=True)


@pytest.fixture(scope="module")
def protocol(request: Any) -> Protocol:
    return Protocol(token=request.param)


def live(protocol: Protocol, **overrides) -> None:
    """A whole life in the token: a proven label, a lost challenge, a shown label, a claim, a close, all money out."""
    work = protocol.delivered(redundancy=1, tolerance_bps=3000, **overrides)
    protocol.prove_wrong(work, [0])
    lost = protocol.challenge(work, [1])
    protocol.defend(lost)
    protocol.rule(lost, 2)
    protocol.settle(lost)
    questioned = protocol.challenge_availability(work, [2])
    protocol.answer(work, questioned, 2)
    protocol.settle(questioned)
    protocol.travel_to(protocol.parameters_of(work.task).deadline)
    protocol.escrow.claim(work.submission)
    protocol.escrow.close(work.task)
    protocol.assert_conserved()
    for account in protocol.accounts:
        if free := protocol.free(account):
            protocol.escrow.withdraw(protocol.token, free, account, sender=account)
            assert protocol.token.balanceOf(account) == free
    # The bond of the challenge of availability that was answered is lost for good.
    assert protocol.token.balanceOf(protocol.escrow) == protocol.free(SINK) == protocol.parameters().availability_bond
    assert protocol.token.allowance(protocol.escrow, protocol.arbitrator) == 0


@pytest.mark.parametrize("protocol", ["TokenMock", "NoReturnToken"], indirect=True)
def test_a_token_that_returns_nothing__is_like_any_other(protocol):
    live(protocol)


@using("NonzeroApproveToken")
def test_a_token_that_refuses_to_approve_0__is_like_any_other(protocol):
    """What the arbitrator was approved is used up, so there is nothing to reset."""
    live(protocol)


@using("NonzeroApproveToken")
def test_a_token_that_refuses_to_approve_0__before_an_arbitrator_that_costs_nothing__is_defended(protocol):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.arbitrator.set_cost(0)
    protocol.defend(challenge)
    protocol.rule(challenge, 2)
    protocol.settle(challenge)
    assert protocol.token.allowance(protocol.escrow, protocol.arbitrator) == 0
    protocol.assert_conserved()


@pytest.mark.parametrize("token", ["TokenMock", "NonzeroApproveToken"])
def test_an_arbitrator_that_takes_less_than_its_cost__keeps_no_allowance(token):
    """Where the token does not let it be taken back, the defence is refused: who rules could take it later."""
    protocol = Protocol(token=token, arbitrator="DishonestArbitrator")
    challenge = protocol.challenge(protocol.delivered(redundancy=1), [0])
    protocol.arbitrator.set_costs(3 * protocol.unit, protocol.unit)
    defender = protocol.account(free=protocol.arbitrator.arbitration_cost())
    before = protocol.free(defender)
    protocol.travel(DAY)
    if token == "TokenMock":
        protocol.defend(challenge, defender)
        assert protocol.free(defender) == before - protocol.unit
    else:
        with boa.reverts():
            protocol.defend(challenge, defender)
        assert protocol.free(defender) == before
    assert protocol.token.allowance(protocol.escrow, protocol.arbitrator) == 0
    protocol.assert_conserved()


@using("FalseToken")
def test_a_token_that_returns_false__credits_and_debits_nothing(protocol):
    holder = protocol.account(free=protocol.unit)
    protocol.token.mint(holder, protocol.unit)
    protocol.token.approve(protocol.escrow, protocol.unit, sender=holder)
    protocol.token.set_refusing(True)
    with reverts("ledger: transferFrom refused"):
        protocol.escrow.deposit(protocol.token, protocol.unit, holder, sender=holder)
    with reverts("ledger: transfer refused"):
        protocol.escrow.withdraw(protocol.token, protocol.unit, holder, sender=holder)
    assert protocol.free(holder) == protocol.unit
    protocol.token.set_refusing(False)
    protocol.escrow.withdraw(protocol.token, protocol.unit, holder, sender=holder)
    assert protocol.token.balanceOf(protocol.escrow) == 0


@using("FalseToken")
def test_a_token_that_returns_false__blocks_no_payout(protocol):
    """Payouts are credits: they need nothing of the token."""
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.token.set_refusing(True)
    protocol.travel(4 * DAY)
    protocol.settle(challenge)
    protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


@using("FeeToken")
def test_a_token_that_takes_a_fee__credits_what_arrived(protocol):
    holder, other = protocol.account(), protocol.account(free=protocol.unit)
    protocol.token.set_fee(100)
    protocol.token.mint(holder, protocol.unit)
    protocol.token.approve(protocol.escrow, protocol.unit, sender=holder)
    arrived = protocol.escrow.deposit(protocol.token, protocol.unit, holder, sender=holder)
    assert arrived == protocol.free(holder) == protocol.unit * 99 // 100
    with reverts("ledger: balance too low"):
        protocol.escrow.withdraw(protocol.token, protocol.unit, holder, sender=holder)
    protocol.escrow.withdraw(protocol.token, arrived, holder, sender=holder)
    protocol.escrow.withdraw(protocol.token, protocol.unit, other, sender=other)
    assert protocol.token.balanceOf(protocol.escrow) == 0


@using("FeeToken")
def test_a_token_that_takes_it_all__credits_nothing(protocol):
    holder = protocol.account()
    protocol.token.set_fee(10_000)
    protocol.token.mint(holder, protocol.unit)
    protocol.token.approve(protocol.escrow, protocol.unit, sender=holder)
    with reverts("ledger: nothing arrived"):
        protocol.escrow.deposit(protocol.token, protocol.unit, holder, sender=holder)


@using("FeeToken")
def test_a_token_that_takes_a_fee__of_the_arbitrator__costs_nobody_else(protocol):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    protocol.token.set_fee(100)
    protocol.provide(work.annotator, 2 * protocol.arbitrator.arbitration_cost())
    protocol.defend(challenge)
    protocol.rule(challenge, 2)
    protocol.settle(challenge)
    protocol.assert_conserved()


@using("GreedyToken")
def test_a_token_that_takes_more_from_the_sender__takes_it_from_nobody_in_the_escrow(protocol):
    thief, victim = protocol.account(free=protocol.unit), protocol.account(free=protocol.unit)
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    held = protocol.token.balanceOf(protocol.escrow)
    protocol.provide(work.annotator, cost := protocol.arbitrator.arbitration_cost())
    protocol.token.set_extra(1)
    with reverts("ledger: token took too much"):
        protocol.escrow.withdraw(protocol.token, protocol.unit, thief, sender=thief)
    with reverts("challenges: more than cost taken"):
        protocol.escrow.defend(challenge, cost, sender=work.annotator)
    assert protocol.token.balanceOf(protocol.escrow) == held + cost
    assert protocol.free(victim) == protocol.unit
    protocol.assert_conserved()


@using("BlacklistToken")
def test_a_token_that_blacklists_the_payee__blocks_nobody_else(protocol):
    work = protocol.delivered(redundancy=1)
    challenge = protocol.prove_wrong(work, [0])
    parameters = protocol.parameters_of(work.task)
    challenger = protocol.lens.challenge(challenge).challenger
    for account in (work.annotator, challenger):
        protocol.token.set_blacklisted(account, True)
    protocol.travel_to(parameters.deadline)
    protocol.escrow.claim(work.submission)
    protocol.escrow.close(work.task)
    refund = protocol.free(protocol.requester)
    protocol.escrow.withdraw(protocol.token, refund, protocol.requester, sender=protocol.requester)
    with boa.reverts(dev="blacklisted"):
        protocol.escrow.withdraw(protocol.token, 1, work.annotator, sender=work.annotator)
    # The credit stays, and another receiver may have it.
    free = protocol.free(work.annotator)
    assert free > 9 * parameters.reward
    heir = protocol.account()
    protocol.escrow.transfer(protocol.token, 1, heir, sender=work.annotator)
    protocol.escrow.withdraw(protocol.token, free - 1, heir, sender=work.annotator)
    assert (protocol.token.balanceOf(heir), protocol.free(heir)) == (free - 1, 1)
    protocol.assert_conserved()


@using("CallbackToken")
def test_a_token_that_re_enters__is_locked_out(protocol):
    """It holds a credit of its own and calls back in the middle of a deposit and of a withdrawal."""
    escrow, token = protocol.escrow, protocol.token
    ripe = protocol.delivered(redundancy=1)
    protocol.pass_window(ripe)
    protocol.fund(token.address, 5)
    payer = protocol.account(free=10)
    token.mint(payer, 10)
    token.approve(escrow, 2**256 - 1, sender=payer)
    attempts = [
        escrow.withdraw.prepare_calldata(token, 5, payer),
        escrow.transfer.prepare_calldata(token, 5, payer),
        escrow.deposit.prepare_calldata(token, 1, payer),
        escrow.claim.prepare_calldata(ripe.submission),
        escrow.free.prepare_calldata(token, payer),
    ]
    for calldata in attempts:
        for move in (
            lambda: escrow.deposit(token, 10, payer, sender=payer),
            lambda: escrow.withdraw(token, 10, payer, sender=payer),
        ):
            token.set_call(escrow, calldata)
            move()
            assert token.called()
            assert not token.succeeded()
    assert escrow.free(token, token) == 5
    assert (protocol.free(payer), token.balanceOf(payer)) == (10, 10)
    assert token.balanceOf(escrow) == protocol.held() + 5


@using("CallbackToken")
def test_a_token_that_re_enters__while_a_challenge_is_defended__is_locked_out(protocol):
    work = protocol.delivered(redundancy=1)
    challenge, conceded = protocol.challenge(work, [0]), protocol.challenge(work, [1])
    protocol.escrow.concede(conceded, sender=work.annotator)
    protocol.provide(work.annotator, cost := protocol.arbitrator.arbitration_cost())
    protocol.fund(protocol.token.address, 5)
    calldata = protocol.escrow.withdraw.prepare_calldata(protocol.token, 5, work.annotator)
    protocol.token.set_call(protocol.escrow, calldata)
    protocol.escrow.defend(challenge, cost, sender=work.annotator)
    assert protocol.token.called()
    assert not protocol.token.succeeded()
    assert protocol.token.balanceOf(protocol.escrow) == protocol.held() + 5


@using("TokenMock")
def test_a_worthless_token__buys_nothing_of_another(protocol):
    """Credits are kept by token: a token that the thief prints pays for neither stake, bond nor withdrawal."""
    thief, victim = protocol.account(), protocol.account(free=protocol.unit)
    fake = protocol.chain.deploy("mocks/TokenMock", 6)
    fake.mint(thief, 2**128 - 1)
    fake.approve(protocol.escrow, 2**128 - 1, sender=thief)
    protocol.escrow.deposit(fake, 2**128 - 1, thief, sender=thief)
    with reverts("ledger: balance too low"):
        protocol.escrow.withdraw(protocol.token, 1, thief, sender=thief)
    with reverts("ledger: balance too low"):
        protocol.escrow.take(protocol.open(), 0, b"", sender=thief)
    assert protocol.free(victim) == protocol.unit
    protocol.assert_conserved()


@using("TokenMock")
def test_a_gift_to_the_escrow__is_nobodys_credit(protocol):
    thief = protocol.account(free=protocol.unit)
    protocol.token.mint(protocol.escrow, 1000)
    with reverts("ledger: balance too low"):
        protocol.escrow.withdraw(protocol.token, protocol.unit + 1, thief, sender=thief)
    with reverts("ledger: bad account"):
        protocol.escrow.withdraw(protocol.token, 1, protocol.escrow, sender=thief)
    with reverts("ledger: bad account"):
        protocol.escrow.transfer(protocol.token, 1, protocol.escrow, sender=thief)
    assert protocol.token.balanceOf(protocol.escrow) == protocol.held() + 1000


@using("TokenMock")
def test_a_token_that_is_none__is_refused(protocol):
    person = protocol.account()
    with reverts("ledger: token has no code"):
        protocol.escrow.deposit(person, 1, person, sender=person)
    with reverts("ledger: token has no code"):
        protocol.escrow.deposit_with_permit(person, 1, person, 0, 27, bytes(32), bytes(32), sender=person)
    with boa.reverts():
        protocol.escrow.deposit(protocol.escrow, 1, person, sender=person)
    with boa.reverts():
        protocol.escrow.deposit_with_permit(protocol.escrow, 1, person, 0, 27, bytes(32), bytes(32), sender=person)
