# pragma version 0.4.3
"""
@title The packed words of tasks, submissions and challenges, packed and unpacked for tests
@license AGPL-3.0-only
"""

from ..modules.escrow import packing


@pure
@external
def pack_terms(terms: packing.Terms) -> uint256:
    return packing._pack_terms(terms)


@pure
@external
def unpack_terms(word: uint256) -> packing.Terms:
    return packing._unpack_terms(word)


@pure
@external
def is_graded(terms: uint256) -> bool:
    return packing._is_graded(terms)


@pure
@external
def deadline(terms: uint256) -> uint256:
    return packing._deadline(terms)


@pure
@external
def pack_pay(pay: packing.Pay) -> uint256:
    return packing._pack_pay(pay)


@pure
@external
def unpack_pay(word: uint256) -> packing.Pay:
    return packing._unpack_pay(word)


@pure
@external
def pack_progress(progress: packing.Progress) -> uint256:
    return packing._pack_progress(progress)


@pure
@external
def unpack_progress(word: uint256) -> packing.Progress:
    return packing._unpack_progress(word)


@pure
@external
def is_cancelled(progress: uint256) -> bool:
    return packing._is_cancelled(progress)


@pure
@external
def as_cancelled(word: uint256) -> packing.Progress:
    return packing._unpack_progress(packing._as_cancelled(word))


@pure
@external
def as_closed(word: uint256) -> packing.Progress:
    return packing._unpack_progress(packing._as_closed(word))


@pure
@external
def with_more_live(word: uint256, slots: uint256) -> packing.Progress:
    return packing._unpack_progress(packing._with_more_live(word, slots))


@pure
@external
def with_one_less_live(word: uint256, accepted: uint256, delivered: uint256) -> packing.Progress:
    return packing._unpack_progress(packing._with_one_less_live(word, accepted, delivered))


@pure
@external
def pack_address(account: address, rest: uint256) -> uint256:
    return packing._pack_address(account, rest)


@pure
@external
def unpack_address(word: uint256) -> (address, uint256):
    return packing._unpack_address(word)


@pure
@external
def pack_submission(submission: packing.Submission) -> uint256:
    return packing._pack_submission(submission)


@pure
@external
def unpack_submission(word: uint256) -> packing.Submission:
    return packing._unpack_submission(word)


@pure
@external
def pack_money(bond: uint256, fee: uint256) -> uint256:
    return packing._pack_money(bond, fee)


@pure
@external
def unpack_money(word: uint256) -> (uint256, uint256):
    return packing._unpack_money(word)


@pure
@external
def pack_challenge(challenge: packing.Challenge) -> uint256:
    return packing._pack_challenge(challenge)


@pure
@external
def unpack_challenge(word: uint256) -> packing.Challenge:
    return packing._unpack_challenge(word)


@pure
@external
def bit(position: uint256) -> (uint256, uint256):
    return packing._bit(position)


@pure
@external
def join(parent: uint256, number: uint256) -> uint256:
    return parent << packing.NUMBER_BITS | number


@pure
@external
def split(id: uint256) -> (uint256, uint256):
    return id >> packing.NUMBER_BITS, packing._number(id)
