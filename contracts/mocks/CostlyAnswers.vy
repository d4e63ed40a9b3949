# pragma version 0.4.3
"""
@title A contract that answers every question with the same bytes, for a lot of gas
@license AGPL-3.0-only
"""

answer: Bytes[128]
cost: uint256


@external
def set_answer(answer: Bytes[128]):
    self.answer = answer


@external
def set_cost(cost: uint256):
    self.cost = cost


@external
@raw_return
def __default__() -> Bytes[128]:
    until: uint256 = msg.gas
    until = until - self.cost if until > self.cost else 0
    for i: uint256 in range(100_000):
        if msg.gas <= until:
            break
    return self.answer
