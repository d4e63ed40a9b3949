# pragma version 0.4.3
"""
@title Conditions with a reason
@license AGPL-3.0-only
@dev `assert condition, "reason"` writes its revert code and the text out at each place: 120 bytes of the 24,576 that a
     contract may have. A call of this function costs half of that, and reverts with the same ABI-encoded
     `Error(string)`. The reasons are in `reasons`.
"""


@internal
@pure
def that(condition: bool, reason: bytes32):
    if condition:
        return
    length: uint256 = 32
    for i: uint256 in range(32):
        if convert(slice(reason, i, 1), uint256) == 0:
            length = i
            break
    offset: uint256 = 32
    raw_revert(abi_encode(offset, length, reason, method_id=method_id("Error(string)")))
