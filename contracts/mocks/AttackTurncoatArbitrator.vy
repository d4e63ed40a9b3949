# pragma version 0.4.3
"""
@title An arbitrator that turns its coat once a task has been opened with it
@license AGPL-3.0-only
@dev Its token, its cost and its longest duration can be changed at will. It takes nothing in `create_dispute`, and
     whatever it was allowed later on.
"""

from ethereum.ercs import IERC20
from ..interfaces import IArbitrable
from ..interfaces import IArbitrator

implements: IArbitrator

token: public(address)
# base units
arbitration_cost: public(uint256)
# seconds
max_duration: public(uint256)
dispute_count: public(uint256)


@deploy
def __init__(token: address, cost: uint256, max_duration: uint256):
    self.token = token
    self.arbitration_cost = cost
    self.max_duration = max_duration


@external
def turn(token: address, cost: uint256, max_duration: uint256):
    self.token = token
    self.arbitration_cost = cost
    self.max_duration = max_duration


@external
def create_dispute(choices: uint256, evidence: bytes32, refund_to: address) -> uint256:
    dispute: uint256 = self.dispute_count
    self.dispute_count = dispute + 1
    return dispute


@external
def rule(arbitrable: address, dispute: uint256, ruling: uint256):
    extcall IArbitrable(arbitrable).rule(dispute, ruling)


@external
def pull(token: address, owner: address, amount: uint256):
    assert extcall IERC20(token).transferFrom(owner, self, amount, default_return_value=True)
