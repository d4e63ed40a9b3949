"""deposit, deposit_with_permit, transfer, withdraw: free balances, which GoldTest keeps as the escrow does"""

from tests.gold import GoldWorld
from tests.protocol import reverts
from tests.relayed import permit, signer


def test_ledger__what_is_deposited__can_be_moved_and_withdrawn(world: GoldWorld) -> None:
    owner, other, receiver = world.account(), world.account(), world.account()
    world.token.mint(owner, 100)
    world.token.approve(world.gold, 100, sender=owner)
    assert world.gold.deposit(world.token, 100, owner, sender=owner) == 100
    world.gold.transfer(world.token, 30, other, sender=owner)
    world.gold.withdraw(world.token, 70, receiver, sender=owner)
    assert (world.free(owner), world.free(other), world.token.balanceOf(receiver)) == (0, 30, 70)
    with reverts("ledger: balance too low"):
        world.gold.withdraw(world.token, 31, receiver, sender=other)
    world.assert_conserved()


def test_ledger__a_permit__pays_without_an_approval(world: GoldWorld) -> None:
    owner = signer("owner")
    world.accounts.append(owner.address)
    world.token.mint(owner.address, 100)
    deadline = world.now + 100
    v, r, s = permit(world.token, owner, world.gold.address, 100, deadline, world.chain.id)
    arguments = (world.token, 100, owner.address, deadline, v, r, s)
    assert world.gold.deposit_with_permit(*arguments, sender=owner.address) == 100
    assert world.free(owner.address) == 100
