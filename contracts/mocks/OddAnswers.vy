# pragma version 0.4.3
"""
@title A contract that answers every question with the same bytes, or not at all
@license AGPL-3.0-only
"""

answer: Bytes[128]
reverts: bool
# Whether it first uses up all the gas that it gets.
burns: bool


@external
def set_answer(answer: Bytes[128]):
    self.answer = answer


@external
def set_reverts(reverts: bool):
    self.reverts = reverts


@external
def set_burns(burns: bool):
    self.burns = burns


@external
@raw_return
def __default__() -> Bytes[128]:
    if self.burns:
        hash: bytes32 = empty(bytes32)
        for i: uint256 in range(10_000_000):
            hash = keccak256(hash)
    if self.reverts:
        raw_revert(self.answer)
    return self.answer
