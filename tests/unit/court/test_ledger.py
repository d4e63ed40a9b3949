"""The court keeps its free balances in the same ledger as an escrow."""

from tests.protocol import Jury, reverts
from tests.unit.court.helpers import free, fund


def test_ledger__deposit_transfer_withdraw__move_free_balances(jury):
    fee = jury.parameters.juror_fee
    giver, taker = fund(jury, jury.chain.account(), 5), jury.chain.account()
    jury.court.transfer(jury.token, 2 * fee, taker, sender=giver)
    assert (free(jury, giver), free(jury, taker)) == (3, 2)
    jury.court.withdraw(jury.token, 2 * fee, taker, sender=taker)
    assert jury.token.balanceOf(taker) == 2 * fee
    with reverts("ledger: balance too low"):
        jury.court.withdraw(jury.token, 1, taker, sender=taker)


def test_ledger__what_a_seat_locks__cannot_be_withdrawn(jury: Jury):
    holder = jury.court.seat(1).holder
    with reverts("ledger: balance too low"):
        jury.court.withdraw(jury.token, 1, holder, sender=holder)


def test_ledger__other_tokens__are_kept_apart(jury):
    other = jury.chain.deploy("mocks/TokenMock", 18)
    account = jury.chain.account()
    other.mint(account, 10**30)
    other.approve(jury.court, 10**30, sender=account)
    jury.court.deposit(other, 10**30, account, sender=account)
    with reverts("ledger: balance too low"):
        jury.court.join(1, b"", sender=account)
    jury.court.withdraw(other, 10**30, account, sender=account)
