# pragma version 0.4.3
"""
@title Conditions with a reason
@license AGPL-3.0-only
@dev `assert condition, "reason"` writes its revert code and the text out at each place: 120 bytes of the 24,576 that a
     contract may have. A call of this function costs less than half of that, and reverts with the same ABI-encoded
     `Error(string)`. The reasons are in `reasons`: numbers whose bytes are the text.
"""


@internal
@pure
def that(condition: bool, reason: bytes32):
    if condition:
        return
    text: uint256 = convert(reason, uint256)
    length: uint256 = 32
    # To the front, as text lies in memory.
    for _: uint256 in range(31):
        if text >> 248 != 0:
            break
        text <<= 8
        length -= 1
    offset: uint256 = 32
    raw_revert(abi_encode(offset, length, text, method_id=method_id("Error(string)")))


@internal
@pure
def within(number: uint256, least: uint256, most: uint256, reason: bytes32):
    """
    @dev Shorter, at each place, than the two comparisons.
    """
    self.that(number >= least and number <= most, reason)
