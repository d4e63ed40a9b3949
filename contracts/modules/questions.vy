# pragma version 0.4.3
"""
@title Questions to contracts that may misbehave
@license AGPL-3.0-only
@dev Whatever the asked contract does, the answer is a word: the empty one if it reverts, is none, answers with less
     than a word, or wants more gas than it is granted. That gas is always there in full; else who calls with too little
     of it could turn a yes into a no.
"""

from . import reasons
from . import require

# Selector, and `isValidSignature(bytes32,bytes)` with a signature of 1,024 bytes.
MAX_QUESTION: constant(uint256) = 4 + 3 * 32 + 1024
# What is spent between the check and the call: access of a cold account, copying the question.
_OVERHEAD: constant(uint256) = 6_000


@internal
@view
def _first_word(contract: address, question: Bytes[MAX_QUESTION], granted: uint256) -> bytes32:
    # A call gets at most 63/64 of the gas that is left.
    require.that(msg.gas > granted * 64 // 63 + _OVERHEAD, reasons.QUESTIONS_TOO_LITTLE_GAS)
    succeeded: bool = False
    answer: Bytes[32] = b""
    succeeded, answer = raw_call(
        contract, question, max_outsize=32, gas=granted, is_static_call=True, revert_on_failure=False
    )
    if not succeeded or len(answer) < 32:
        return empty(bytes32)
    return convert(answer, bytes32)
