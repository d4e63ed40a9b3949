# pragma version 0.4.3
"""
@title An ERC-792 arbitrator that breaks its word in the way it is told to
@license AGPL-3.0-only
@dev Honest until told otherwise: keeps its fees, numbers its disputes from 0, and rules what it is told to, once or more.
"""

from ..interfaces import IArbitrable
from ..interfaces import IErc792Arbitrator

implements: IErc792Arbitrator

# what it says that it costs, and what it wants when it is called, wei
cost: public(uint256)
wanted: public(uint256)
# what it sends back while it is called, wei
change: public(uint256)
# what it was told at the last call
choices: public(uint256)
extra_data: public(Bytes[256])

# the id that the next dispute gets, and whether the one after it gets the same
next_id: public(uint256)
reuses_ids: public(bool)
# what it calls, once, before `createDispute` or `appeal` returns
target: address
calldata: Bytes[4096]
# whether that call was made, and how it went
called: public(bool)
succeeded: public(bool)
response: public(Bytes[256])


@deploy
@payable
def __init__(cost: uint256):
    self.cost = cost
    self.wanted = cost


@payable
@external
def __default__():
    pass


@external
def set_cost(cost: uint256):
    self.cost = cost
    self.wanted = cost


@external
def set_wanted(wanted: uint256):
    self.wanted = wanted


@external
def set_change(change: uint256):
    self.change = change


@external
def set_next_id(dispute: uint256, reuses_ids: bool):
    self.next_id = dispute
    self.reuses_ids = reuses_ids


@external
def set_call(target: address, calldata: Bytes[4096]):
    self.target = target
    self.calldata = calldata
    self.called = False
    self.succeeded = False
    self.response = b""


@view
@external
def arbitrationCost(extra_data: Bytes[256]) -> uint256:
    return self.cost


@view
@external
def appealCost(dispute: uint256, extra_data: Bytes[256]) -> uint256:
    return self.cost


@payable
@external
def createDispute(choices: uint256, extra_data: Bytes[256]) -> uint256:
    self.choices = choices
    dispute: uint256 = self.next_id
    if not self.reuses_ids:
        self.next_id = dispute + 1
    self._serve(extra_data)
    return dispute


@payable
@external
def appeal(dispute: uint256, extra_data: Bytes[256]):
    self._serve(extra_data)


@external
def rule(arbitrable: address, dispute: uint256, ruling: uint256):
    extcall IArbitrable(arbitrable).rule(dispute, ruling)


@external
def send_ether(to: address, amount: uint256):
    raw_call(to, b"", value=amount)


@internal
@payable
def _serve(extra_data: Bytes[256]):
    assert msg.value >= self.wanted  # dev: paid too little
    self.extra_data = extra_data
    if self.change != 0:
        raw_call(msg.sender, b"", value=self.change)
    if self.target != empty(address):
        target: address = self.target
        self.target = empty(address)
        self.called = True
        self.succeeded, self.response = raw_call(target, self.calldata, max_outsize=256, revert_on_failure=False)
