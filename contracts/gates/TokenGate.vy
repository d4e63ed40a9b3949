# pragma version 0.4.3
"""
@title TokenGate: lets in who holds a token
@license AGPL-3.0-only
@notice Asks `balanceOf(account)` of an ERC-20 or ERC-721, or `balanceOf(account, id)` of an ERC-1155 or ERC-6909. A
        token that does not answer lets nobody in, and a court dismisses whom it does not answer for: it must not be
        one that anybody can silence, e.g. by a lock that `balanceOf` minds. Only the moment counts: tokens that can be
        lent, rented or borrowed for one transaction keep nobody out.
@custom:invariant Nothing here ever changes.
"""

from ..interfaces import IGate
from ..modules import questions
from ..modules import reasons
from ..modules import require

implements: IGate

# What a token may use to answer.
_GAS: constant(uint256) = 200_000

token: public(immutable(address))
# the least balance, base units
minimum: public(immutable(uint256))
# whether balances are by id, and of which
has_ids: public(immutable(bool))
id: public(immutable(uint256))


@deploy
def __init__(token_: address, minimum_: uint256, has_ids_: bool, id_: uint256):
    """
    @param token_ The token to hold.
    @param minimum_ The least balance, base units; at least 1.
    @param has_ids_ True for ERC-1155 and ERC-6909, false for ERC-20 and ERC-721.
    @param id_ Which of the token's ids; ignored if it has none.
    """
    require.that(token_.is_contract, reasons.GATES_TOKEN_HAS_NO_CODE)
    require.that(minimum_ != 0, reasons.GATES_ZERO_MINIMUM)
    token = token_
    minimum = minimum_
    has_ids = has_ids_
    id = id_


@view
@external
def is_allowed(account: address, subject: uint256, data: Bytes[1024]) -> bool:
    """
    @notice Whether `account` holds enough of the token now.
    @param subject Ignored.
    @param data Ignored.
    """
    question: Bytes[questions.MAX_QUESTION] = b""
    if has_ids:
        question = abi_encode(account, id, method_id=method_id("balanceOf(address,uint256)"))
    else:
        question = abi_encode(account, method_id=method_id("balanceOf(address)"))
    return convert(questions._first_word(token, question, _GAS), uint256) >= minimum
