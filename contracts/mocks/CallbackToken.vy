# pragma version 0.4.3
"""
@title A token that calls back whoever it was told to during a transfer
@license AGPL-3.0-only
@dev The call is made once, after the balances have moved, and its failure is kept, not passed on.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (erc20.balanceOf, erc20.allowance, erc20.decimals, erc20.totalSupply, erc20.mint, erc20.approve)

target: address
calldata: Bytes[4096]
# whether a call has been made since it was set, and how it went
called: public(bool)
succeeded: public(bool)
response: public(Bytes[256])


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def set_call(target: address, calldata: Bytes[4096]):
    self.target = target
    self.calldata = calldata
    self.called = False
    self.succeeded = False
    self.response = b""


@external
def transfer(to: address, amount: uint256) -> bool:
    erc20._transfer(msg.sender, to, amount)
    self._call_back()
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    erc20._spend_allowance(owner, msg.sender, amount)
    erc20._transfer(owner, to, amount)
    self._call_back()
    return True


@internal
def _call_back():
    target: address = self.target
    if target == empty(address):
        return
    self.target = empty(address)
    self.called = True
    self.succeeded, self.response = raw_call(target, self.calldata, max_outsize=256, revert_on_failure=False)
