# pragma version 0.4.3
"""
@title A contract behind a relay that remembers who acted, and may refuse or call back
@license AGPL-3.0-only
@dev It also poses as a ledger.
"""

from ..modules import actor

initializes: actor

# The latest act.
last_actor: public(address)
last_number: public(uint256)
acts: public(uint256)

target: address
calldata: Bytes[8192]
# Whether the call back was made, and how it went.
called: public(bool)
succeeded: public(bool)


@deploy
def __init__(relay: address):
    actor.__init__(relay)


@view
@external
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@external
def set_call(target: address, calldata: Bytes[8192]):
    self.target = target
    self.calldata = calldata


@external
def act(number: uint256) -> uint256:
    self._act(number)
    return number + 1


@external
def act_on(data: Bytes[4096]):
    self._act(convert(keccak256(data), uint256))


@external
def withdraw(token: address, amount: uint256, receiver: address):
    self._act(amount)


@external
def refuse():
    assert False, "target: refuses"


@external
def fail():
    raw_revert(b"")


@internal
def _act(number: uint256):
    self.last_actor = actor._actor()
    self.last_number = number
    self.acts += 1
    if self.target != empty(address):
        self.called = True
        self.succeeded = raw_call(self.target, self.calldata, revert_on_failure=False)
