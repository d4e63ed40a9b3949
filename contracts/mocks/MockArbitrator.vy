# pragma version 0.4.3
"""
@title An honest arbitrator that rules what it is told to
@license AGPL-3.0-only
@dev Dispute ids count from 0. A ruling that is never given is an arbitrator that never rules.
"""

from ethereum.ercs import IERC20
from ..interfaces import IArbitrable
from ..interfaces import IArbitrator

implements: IArbitrator


struct Dispute:
    arbitrable: address
    choices: uint256
    evidence: bytes32
    refund_to: address
    fee: uint256  # base units
    ruled: bool


token: public(immutable(address))
# seconds
max_duration: public(immutable(uint256))

# base units
arbitration_cost: public(uint256)
dispute_count: public(uint256)
disputes: public(HashMap[uint256, Dispute])


@deploy
def __init__(token_: address, cost: uint256, max_duration_: uint256):
    token = token_
    max_duration = max_duration_
    self.arbitration_cost = cost


@external
def set_cost(cost: uint256):
    self.arbitration_cost = cost


@external
def create_dispute(choices: uint256, evidence: bytes32, refund_to: address) -> uint256:
    dispute: uint256 = self.dispute_count
    fee: uint256 = self.arbitration_cost
    self.dispute_count = dispute + 1
    self.disputes[dispute] = Dispute(
        arbitrable=msg.sender, choices=choices, evidence=evidence, refund_to=refund_to, fee=fee, ruled=False
    )
    assert extcall IERC20(token).transferFrom(msg.sender, self, fee, default_return_value=True)
    return dispute


@external
def give_ruling(dispute: uint256, ruling: uint256):
    """
    @param ruling 0 for "cannot be decided", or one of the dispute's choices.
    """
    assert ruling <= self.disputes[dispute].choices  # dev: no such choice
    self._rule(dispute, ruling)


@external
def refuse_to_hear(dispute: uint256):
    """
    @notice Ends the dispute as "not heard": the fee goes back.
    """
    self._rule(dispute, max_value(uint256))
    assert extcall IERC20(token).transfer(
        self.disputes[dispute].refund_to, self.disputes[dispute].fee, default_return_value=True
    )


@internal
def _rule(dispute: uint256, ruling: uint256):
    assert self.disputes[dispute].arbitrable != empty(address)  # dev: unknown dispute
    assert not self.disputes[dispute].ruled  # dev: already ruled
    self.disputes[dispute].ruled = True
    extcall IArbitrable(self.disputes[dispute].arbitrable).rule(dispute, ruling)
