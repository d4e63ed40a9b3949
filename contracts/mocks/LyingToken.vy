# pragma version 0.4.3
"""
@title A token that says that any amount has arrived
@license AGPL-3.0-only
@dev Balances are whatever the last transfers told; nothing is moved, and nobody needs an allowance.
"""

decimals: public(uint8)
balanceOf: public(HashMap[address, uint256])
# what each deposit is told to bring instead of its amount; 0: its amount
arriving: public(uint256)


@deploy
def __init__(decimals: uint8):
    self.decimals = decimals


@external
def set_arriving(arriving: uint256):
    self.arriving = arriving


@external
def mint(account: address, amount: uint256):
    pass


@external
def approve(spender: address, amount: uint256) -> bool:
    return True


@view
@external
def allowance(owner: address, spender: address) -> uint256:
    return 0


@external
def transfer(to: address, amount: uint256) -> bool:
    self.balanceOf[msg.sender] = unsafe_sub(self.balanceOf[msg.sender], amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    arrived: uint256 = amount if self.arriving == 0 else self.arriving
    self.balanceOf[to] = unsafe_add(self.balanceOf[to], arrived)
    return True
