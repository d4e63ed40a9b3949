# pragma version 0.4.3
"""
@title Ether as an ERC-20, as WETH9 is it
@license AGPL-3.0-only
"""

from ethereum.ercs import IERC20
from ..interfaces import IWrappedEther

implements: IERC20
implements: IWrappedEther

name: public(constant(String[13])) = "Wrapped Ether"
symbol: public(constant(String[4])) = "WETH"
decimals: public(constant(uint8)) = 18

# wei
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])


@payable
@external
def deposit():
    self._deposit()


@payable
@external
def __default__():
    self._deposit()


@external
def withdraw(amount: uint256):
    self.balanceOf[msg.sender] -= amount
    # 2,300 gas go with the ether, and are given if there is none: as Solidity's `transfer` does.
    raw_call(msg.sender, b"", value=amount, gas=0 if amount != 0 else 2_300)
    log IERC20.Transfer(sender=msg.sender, receiver=empty(address), value=amount)


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    log IERC20.Approval(owner=msg.sender, spender=spender, value=amount)
    return True


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self._transfer(msg.sender, receiver, amount)
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    if self.allowance[owner][msg.sender] != max_value(uint256):
        self.allowance[owner][msg.sender] -= amount
    self._transfer(owner, receiver, amount)
    return True


@view
@external
def totalSupply() -> uint256:
    return self.balance


@internal
@payable
def _deposit():
    self.balanceOf[msg.sender] += msg.value
    log IERC20.Transfer(sender=empty(address), receiver=msg.sender, value=msg.value)


@internal
def _transfer(owner: address, receiver: address, amount: uint256):
    self.balanceOf[owner] -= amount
    self.balanceOf[receiver] += amount
    log IERC20.Transfer(sender=owner, receiver=receiver, value=amount)
