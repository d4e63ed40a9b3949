# pragma version 0.4.3
"""
@title The code of an account that says that it does several calls as one, and lies
@license AGPL-3.0-only
"""


struct Call:
    target: address
    value: uint256
    data: Bytes[1024]


flag Fault:
    REVERTS
    DOES_NOTHING
    # What a node tries it with costs nothing.
    DOES_NOTHING_FOR_MONEY
    REVERTS_FOR_MONEY
    DOES_ALL_BUT_ONE
    WASTES_GAS
    # Instead of whether it can.
    ANSWERS_TWO
    ANSWERS_NOTHING
    ANSWERS_BY_REVERTING

FAULT: immutable(Fault)


@deploy
def __init__(fault: Fault):
    FAULT = fault


@payable
@external
def execute(mode: bytes32, execution_data: Bytes[20480]):
    assert FAULT != Fault.REVERTS
    assert FAULT != Fault.REVERTS_FOR_MONEY or tx.gasprice == 0
    if FAULT == Fault.DOES_NOTHING or (FAULT == Fault.DOES_NOTHING_FOR_MONEY and tx.gasprice != 0):
        return
    calls: DynArray[Call, 16] = abi_decode(execution_data, DynArray[Call, 16])
    if FAULT == Fault.DOES_ALL_BUT_ONE:
        calls.pop()
    for call: Call in calls:
        raw_call(call.target, call.data, value=call.value)
    if FAULT == Fault.WASTES_GAS:
        for i: uint256 in range(2000):
            assert self.balance != max_value(uint256)


@view
@external
@raw_return
def supportsExecutionMode(mode: bytes32) -> Bytes[32]:
    assert FAULT != Fault.ANSWERS_BY_REVERTING
    if FAULT == Fault.ANSWERS_NOTHING:
        return b""
    return abi_encode(convert(2 if FAULT == Fault.ANSWERS_TWO else 1, uint256))
