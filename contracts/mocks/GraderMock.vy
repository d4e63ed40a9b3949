# pragma version 0.4.3
"""
@title A grader that says what it was told to
@license AGPL-3.0-only
"""

from ..interfaces import IGrader

implements: IGrader

# task -> may be taken
ready: public(HashMap[uint256, bool])
# submission -> passes its test, whatever the answers
passed: public(HashMap[uint256, bool])
# submission -> the last moment to publish
until: public(HashMap[uint256, uint256])
# submission -> item -> its answer is public
tested: public(HashMap[uint256, HashMap[uint256, bool]])


@external
def set_ready(task: uint256, ready: bool):
    self.ready[task] = ready


@external
def set_passed(submission: uint256, passed: bool):
    self.passed[submission] = passed


@external
def set_publish_until(submission: uint256, time: uint256):
    self.until[submission] = time


@external
def set_tested(submission: uint256, item: uint256, tested: bool):
    self.tested[submission][item] = tested


@view
@external
def is_ready(task: uint256) -> bool:
    return self.ready[task]


@view
@external
def grade(submission: uint256, root: bytes32, answers: Bytes[24576]) -> bool:
    return self.passed[submission]


@view
@external
def publish_until(submission: uint256) -> uint256:
    return self.until[submission]


@view
@external
def is_tested(submission: uint256, item: uint256) -> bool:
    return self.tested[submission][item]
