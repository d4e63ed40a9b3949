from collections.abc import Callable
from decimal import Decimal

import pytest

from goldleaf import ZERO_ADDRESS, errors, events
from tests.in_process import Play


def test_deposit__decimal_and_base_units__count_tokens_and_units(play: Play) -> None:
    before = play.requester.ledger.free()
    sent = play.requester.ledger.deposit(Decimal("1.5"))
    assert sent.result.amount == 1_500_000
    play.requester.ledger.deposit(5, account=play.annotator.account)
    assert play.requester.ledger.free() == before + 1_500_000
    assert play.requester.ledger.free(account=play.annotator.account) == before + 5


def test_deposit__allowance__approved_exactly_and_only_when_lower(play: Play) -> None:
    token, escrow = play.world.token, play.world.escrow.address
    account = play.requester.account
    token.functions.approve(escrow, 10).transact({"from": account})
    assert len(play.requester.ledger.deposit(10).first) == 0
    token.functions.approve(escrow, 3).transact({"from": account})
    assert len(play.requester.ledger.deposit(10).first) == 1
    assert len(play.requester.ledger.deposit(10).first) == 1
    assert token.functions.allowance(account, escrow).call() == 0


@pytest.mark.parametrize(("kind", "steps"), [("NonzeroApproveToken", 1), ("ZeroFirstToken", 2)])
def test_deposit__allowance_too_low_of_a_token_with_rules_of_its_own__approved_as_it_allows(
    play: Play, kind: str, steps: int
) -> None:
    token, escrow = play.world.deploy(f"mocks/{kind}", 6), play.world.escrow.address
    account = play.requester.account
    token.functions.mint(account, 100).transact({"from": play.world.accounts[0]})
    token.functions.approve(escrow, 3).transact({"from": account})
    assert len(play.requester.ledger.deposit(10, token=token.address).first) == steps
    assert play.requester.ledger.free(token=token.address) == 10
    assert token.functions.allowance(account, escrow).call() == 0


def test_deposit__of_the_court__apart_from_the_escrows(play: Play) -> None:
    escrow, court = play.requester.ledger.free(), play.requester.court.ledger.free()
    play.requester.court.ledger.deposit(9)
    assert play.requester.court.ledger.free() == court + 9
    assert play.requester.ledger.free() == escrow


def test_transfer__to_another__moves_inside_the_ledger(play: Play) -> None:
    before = play.annotator.ledger.free()
    sent = play.requester.ledger.transfer(Decimal("0.000001"), play.annotator.account)
    assert sent.result == events.Transferred(
        play.world.token.address, play.requester.account, play.annotator.account, 1
    )
    assert play.annotator.ledger.free() == before + 1


def test_withdraw__all_and_to_another__leaves_the_ledger(play: Play) -> None:
    free, wallet = play.requester.ledger.free(), play.requester.ledger.wallet()
    play.requester.ledger.withdraw(10, receiver=play.annotator.account)
    assert play.requester.ledger.withdraw().result.amount == free - 10
    assert play.requester.ledger.free() == 0
    assert play.requester.ledger.wallet() == wallet + free - 10
    with pytest.raises(errors.ZeroAmount):
        play.requester.ledger.withdraw()


def test_amounts__that_cannot_be__refused_with_value_and_bound(play: Play) -> None:
    ledger = play.requester.ledger
    for amount in (0, -1, Decimal(0)):
        with pytest.raises(errors.ZeroAmount) as caught:
            ledger.deposit(amount)
        assert caught.value.bound == "at least 1"
    for amount in (Decimal("0.0000001"), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(errors.ArgumentError, match="more places|no amount"):
            ledger.deposit(amount)
    with pytest.raises(errors.ArgumentError, match=r"1\.5 is no amount"):
        ledger.deposit(1.5)
    with pytest.raises(errors.TransferFromRefused) as refused:
        ledger.deposit(10**13)
    assert refused.value.value == ledger.wallet()
    with pytest.raises(errors.BalanceTooLow) as low:
        ledger.withdraw(10**13)
    assert (low.value.value, low.value.bound) == (ledger.free(), f"at least {10**13} base units")
    assert (low.value.ledger, low.value.lacking) == ("TaskEscrow", 10**13 - ledger.free())
    with pytest.raises(errors.BalanceTooLow) as low:
        play.requester.court.ledger.withdraw(10**13)
    assert low.value.ledger == "Court"
    with pytest.raises(errors.BalanceTooLow):
        ledger.transfer(10**13, play.annotator.account)


@pytest.mark.parametrize("receiver", [ZERO_ADDRESS, "escrow"])
def test_receivers__from_which_nothing_comes_back__refused(play: Play, receiver: str) -> None:
    address = play.world.escrow.address if receiver == "escrow" else receiver
    calls: list[Callable[[], object]] = [
        lambda: play.requester.ledger.deposit(1, account=address),
        lambda: play.requester.ledger.transfer(1, address),
        lambda: play.requester.ledger.withdraw(1, receiver=address),
    ]
    for call in calls:
        with pytest.raises(errors.BadAccount):
            call()


def test_token__that_is_no_contract__refused(play: Play) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match="balanceOf answered 0 bytes"):
        play.requester.ledger.deposit(1, token=play.annotator.account)
    with pytest.raises(errors.ArgumentError, match="is no address"):
        play.requester.ledger.free(token="0x00")
