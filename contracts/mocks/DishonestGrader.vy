# pragma version 0.4.3
"""
@title A grader that breaks its word in the way it is told to, and may change its mind at any time
@license AGPL-3.0-only
"""

from ..interfaces import IGrader

implements: IGrader

# What it says of every task and submission; it knows of no other.
ready: public(bool)
passing: public(bool)
until: public(uint256)
tested: public(HashMap[uint256, bool])  # by item
# It answers nothing at all.
refusing: public(bool)
# A call that it makes before it answers; it refuses if the call fails.
target: public(address)
data: public(Bytes[256])


@external
def set_answers(ready: bool, passing: bool, until: uint256):
    self.ready = ready
    self.passing = passing
    self.until = until


@external
def set_tested(item: uint256, tested: bool):
    self.tested[item] = tested


@external
def set_refusing(refusing: bool):
    self.refusing = refusing


@external
def set_call(target: address, data: Bytes[256]):
    self.target = target
    self.data = data


@view
@external
def is_ready(task: uint256) -> bool:
    self._misbehave()
    return self.ready


@view
@external
def grade(submission: uint256, root: bytes32, answers: Bytes[24576]) -> bool:
    self._misbehave()
    return self.passing


@view
@external
def publish_until(submission: uint256) -> uint256:
    self._misbehave()
    return self.until


@view
@external
def is_tested(submission: uint256, item: uint256) -> bool:
    self._misbehave()
    return self.tested[item]


@internal
@view
def _misbehave():
    assert not self.refusing, "grader: no answer"
    if self.target != empty(address):
        answer: Bytes[32] = raw_call(self.target, self.data, max_outsize=32, is_static_call=True)
