# pragma version 0.4.3
"""
@title An arbitrable that takes its rulings well or badly
@license AGPL-3.0-only
"""

from ethereum.ercs import IERC20
from ..interfaces import IArbitrable
from ..interfaces import IArbitrator

implements: IArbitrable

# Manners of taking a ruling.
_REVERT: constant(uint256) = 1
_BURN_GAS: constant(uint256) = 2
_CALL_BACK: constant(uint256) = 3

court: address
# how the next rulings are taken; 0: they are recorded
manner: public(uint256)
# what it was told last, and how often it was told anything
dispute: public(uint256)
ruling: public(uint256)
times: public(uint256)
# what it sends to the court while it is told a ruling, and how that went
calldata: Bytes[4096]
succeeded: public(bool)
response: public(Bytes[256])


@deploy
def __init__(court: address):
    self.court = court


@external
def set_manner(manner: uint256):
    self.manner = manner


@external
def set_calldata(calldata: Bytes[4096]):
    self.calldata = calldata


@external
def create_dispute(choices: uint256, evidence: bytes32, refund_to: address) -> uint256:
    cost: uint256 = staticcall IArbitrator(self.court).arbitration_cost()
    token: address = staticcall IArbitrator(self.court).token()
    assert extcall IERC20(token).approve(self.court, cost)
    return extcall IArbitrator(self.court).create_dispute(choices, evidence, refund_to)


@external
def rule(dispute_id: uint256, ruling: uint256):
    assert msg.sender == self.court
    assert self.manner != _REVERT, "arbitrable: will not hear it"
    if self.manner == _BURN_GAS:
        # All that the call was given is used up.
        raise UNREACHABLE
    if self.manner == _CALL_BACK:
        self.succeeded, self.response = raw_call(self.court, self.calldata, max_outsize=256, revert_on_failure=False)
    self.dispute = dispute_id
    self.ruling = ruling
    self.times += 1
