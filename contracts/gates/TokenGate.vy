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

TOKEN: immutable(address)
# the least balance, base units
MINIMUM: immutable(uint256)
# whether balances are by id, and of which
HAS_IDS: immutable(bool)
ID: immutable(uint256)


@deploy
def __init__(token: address, minimum: uint256, has_ids: bool, id: uint256):
    """
    @param token The token to hold.
    @param minimum The least balance, base units; at least 1.
    @param has_ids True for ERC-1155 and ERC-6909, false for ERC-20 and ERC-721.
    @param id Which of the token's ids; ignored if it has none.
    """
    require.that(token.is_contract, reasons.GATES_TOKEN_HAS_NO_CODE)
    require.that(minimum != 0, reasons.GATES_ZERO_MINIMUM)
    TOKEN = token
    MINIMUM = minimum
    HAS_IDS = has_ids
    ID = id


@view
@external
def token() -> address:
    """
    @notice The token to hold.
    """
    return TOKEN


@view
@external
def minimum() -> uint256:
    """
    @notice The least balance that lets in, base units.
    """
    return MINIMUM


@view
@external
def has_ids() -> bool:
    """
    @notice Whether balances are by id, as in ERC-1155 and ERC-6909.
    """
    return HAS_IDS


@view
@external
def id() -> uint256:
    """
    @notice Which of the token's ids counts; without meaning if it has none.
    """
    return ID


@view
@external
def is_allowed(account: address, subject: uint256, data: Bytes[1024]) -> bool:
    """
    @notice Whether `account` holds enough of the token now.
    @param subject Ignored.
    @param data Ignored.
    """
    question: Bytes[questions.MAX_QUESTION] = b""
    if HAS_IDS:
        question = abi_encode(account, ID, method_id=method_id("balanceOf(address,uint256)"))
    else:
        question = abi_encode(account, method_id=method_id("balanceOf(address)"))
    return convert(questions._first_word(TOKEN, question, _GAS), uint256) >= MINIMUM
