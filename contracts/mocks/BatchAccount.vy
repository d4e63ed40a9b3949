# pragma version 0.4.3
"""
@title The code of an account that does several calls as one transaction (ERC-7821)
@license AGPL-3.0-only
"""


struct Call:
    target: address
    value: uint256
    data: Bytes[1024]


MODE: constant(bytes32) = 0x0100000000000000000000000000000000000000000000000000000000000000


@payable
@external
def execute(mode: bytes32, execution_data: Bytes[20480]):
    assert msg.sender == self
    assert mode == MODE
    calls: DynArray[Call, 16] = abi_decode(execution_data, DynArray[Call, 16])
    for call: Call in calls:
        raw_call(call.target, call.data, value=call.value)


@view
@external
def supportsExecutionMode(mode: bytes32) -> bool:
    return mode == MODE


@payable
@external
def __default__():
    pass
