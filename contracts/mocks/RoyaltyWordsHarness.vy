# pragma version 0.4.3
"""
@title The packed words of data sets, revenue and holders, packed and unpacked for tests
@license AGPL-3.0-only
"""

from ..modules.royalty import words


@pure
@external
def pack_data_set(data_set: words.DataSet) -> uint256:
    return words._pack_data_set(data_set)


@pure
@external
def unpack_data_set(word: uint256) -> words.DataSet:
    return words._unpack_data_set(word)


@pure
@external
def pack_revenue(revenue: words.Revenue) -> uint256:
    return words._pack_revenue(revenue)


@pure
@external
def unpack_revenue(word: uint256) -> words.Revenue:
    return words._unpack_revenue(word)


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
def bit(slot: uint256) -> (uint256, uint256):
    return words._bit(slot)


@pure
@external
def join(task: uint256, number: uint256) -> uint256:
    return words._join(task, number)


@pure
@external
def split(id: uint256) -> (uint256, uint256):
    return words._task(id), words._number(id)
