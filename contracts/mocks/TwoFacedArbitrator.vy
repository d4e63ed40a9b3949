# pragma version 0.4.3
"""
@title An ERC-792 arbitrator that names an adapter another cost than it names everybody else
@license AGPL-3.0-only
@dev It tells the two apart by the adapter's lock: while a dispute is made there, the adapter answers no questions.
"""

from ..interfaces import IErc792Arbitrator

implements: IErc792Arbitrator

# what it costs when anybody asks, and when the adapter is about to pay, wei
told: uint256
wanted: uint256
next_id: uint256


@deploy
def __init__(told: uint256, wanted: uint256):
    self.told = told
    self.wanted = wanted


@view
@external
def arbitrationCost(extra_data: Bytes[256]) -> uint256:
    question: Bytes[36] = abi_encode(empty(uint256), method_id=method_id("case(uint256)"))
    answers: bool = raw_call(msg.sender, question, is_static_call=True, revert_on_failure=False)
    return self.told if answers else self.wanted


@view
@external
def appealCost(dispute: uint256, extra_data: Bytes[256]) -> uint256:
    return self.told


@payable
@external
def createDispute(choices: uint256, extra_data: Bytes[256]) -> uint256:
    assert msg.value >= self.wanted
    dispute: uint256 = self.next_id
    self.next_id = dispute + 1
    return dispute


@payable
@external
def appeal(dispute: uint256, extra_data: Bytes[256]):
    assert msg.value >= self.wanted
