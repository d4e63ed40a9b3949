# pragma version 0.4.3
"""
@title An arbitrator that breaks its word in the way it is told to
@license AGPL-3.0-only
@dev Honest until told otherwise. It answers `rule` to any dispute, as often as it is asked.
"""

from ethereum.ercs import IERC20
from ..interfaces import IArbitrable
from ..interfaces import IArbitrator

implements: IArbitrator

token: public(immutable(address))
# seconds
max_duration: public(immutable(uint256))

# what it says that it takes, and what it takes, base units
arbitration_cost: public(uint256)
taken: public(uint256)

# whether `create_dispute` reverts
refusing: public(bool)
# the id that the next dispute gets, and whether the one after it gets the same
next_id: public(uint256)
reuses_ids: public(bool)
# whether it rules before `create_dispute` returns, and what
hasty: public(bool)
hasty_ruling: public(uint256)
# what it calls, once, before `create_dispute` returns
target: address
calldata: Bytes[4096]
# whether a call or a hasty ruling has been made since it was set, and how it went
called: public(bool)
succeeded: public(bool)
response: public(Bytes[256])


@deploy
def __init__(token_: address, cost: uint256, max_duration_: uint256):
    token = token_
    max_duration = max_duration_
    self.arbitration_cost = cost
    self.taken = cost


@external
def set_costs(cost: uint256, taken: uint256):
    self.arbitration_cost = cost
    self.taken = taken


@external
def set_refusing(refusing: bool):
    self.refusing = refusing


@external
def set_next_id(dispute: uint256, reuses_ids: bool):
    self.next_id = dispute
    self.reuses_ids = reuses_ids


@external
def set_hasty_ruling(ruling: uint256):
    self._forget_call()
    self.hasty = True
    self.hasty_ruling = ruling


@external
def set_call(target: address, calldata: Bytes[4096]):
    self._forget_call()
    self.target = target
    self.calldata = calldata


@external
def create_dispute(choices: uint256, evidence: bytes32, refund_to: address) -> uint256:
    assert not self.refusing  # dev: refusing
    dispute: uint256 = self.next_id
    if not self.reuses_ids:
        self.next_id = dispute + 1
    if self.taken != 0:
        assert extcall IERC20(token).transferFrom(msg.sender, self, self.taken, default_return_value=True)
    if self.hasty:
        self._call(msg.sender, abi_encode(dispute, self.hasty_ruling, method_id=method_id("rule(uint256,uint256)")))
    if self.target != empty(address):
        self._call(self.target, self.calldata)
    return dispute


@external
def rule(arbitrable: address, dispute: uint256, ruling: uint256):
    extcall IArbitrable(arbitrable).rule(dispute, ruling)


@external
def pay(to: address, amount: uint256):
    assert extcall IERC20(token).transfer(to, amount, default_return_value=True)


@internal
def _call(target: address, calldata: Bytes[4096]):
    self.target = empty(address)
    self.called = True
    self.succeeded, self.response = raw_call(target, calldata, max_outsize=256, revert_on_failure=False)


@internal
def _forget_call():
    self.called = False
    self.succeeded = False
    self.response = b""
