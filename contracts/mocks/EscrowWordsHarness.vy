# pragma version 0.4.3
"""
@title The packed words of tasks, submissions and fights, packed and unpacked for tests
@license AGPL-3.0-only
"""

from ..modules.escrow import words


@pure
@external
def pack_terms(terms: words.Terms) -> uint256:
    return words._pack_terms(terms)


@pure
@external
def unpack_terms(word: uint256) -> words.Terms:
    return words._unpack_terms(word)


@pure
@external
def pack_pay(pay: words.Pay) -> uint256:
    return words._pack_pay(pay)


@pure
@external
def unpack_pay(word: uint256) -> words.Pay:
    return words._unpack_pay(word)


@pure
@external
def pack_progress(progress: words.Progress) -> uint256:
    return words._pack_progress(progress)


@pure
@external
def unpack_progress(word: uint256) -> words.Progress:
    return words._unpack_progress(word)


@pure
@external
def with_one_more_live(word: uint256) -> words.Progress:
    return words._unpack_progress(words._with_one_more_live(word))


@pure
@external
def with_one_less_live(word: uint256, accepted: uint256, delivered: uint256) -> words.Progress:
    return words._unpack_progress(words._with_one_less_live(word, accepted, delivered))


@pure
@external
def pack_address(account: address, rest: uint256) -> uint256:
    return words._pack_address(account, rest)


@pure
@external
def unpack_address(word: uint256) -> (address, uint256):
    return words._unpack_address(word)


@pure
@external
def pack_holder(holder: words.Holder) -> uint256:
    return words._pack_holder(holder)


@pure
@external
def unpack_holder(word: uint256) -> words.Holder:
    return words._unpack_holder(word)


@pure
@external
def pack_fights(filed: uint256, settled: uint256) -> uint256:
    return words._pack_fights(filed, settled)


@pure
@external
def unpack_fights(word: uint256) -> (uint256, uint256):
    return words._unpack_fights(word)


@pure
@external
def pack_case(case: words.Case) -> uint256:
    return words._pack_case(case)


@pure
@external
def unpack_case(word: uint256) -> words.Case:
    return words._unpack_case(word)


@pure
@external
def bit(position: uint256) -> (uint256, uint256):
    return words._bit(position)


@pure
@external
def join(parent: uint256, number: uint256) -> uint256:
    return words._join(parent, number)


@pure
@external
def split(id: uint256) -> (uint256, uint256):
    return id >> words.NUMBER_BITS, words._number(id)
