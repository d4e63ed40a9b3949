# pragma version 0.4.3
"""
@title The packed words of data sets, revenue, owners and sales, packed and unpacked for tests
@license AGPL-3.0-only
"""

from ..modules.royalty import packing


@pure
@external
def pack_data_set(data_set: packing.DataSet) -> uint256:
    return packing._pack_data_set(data_set)


@pure
@external
def unpack_data_set(word: uint256) -> packing.DataSet:
    return packing._unpack_data_set(word)


@pure
@external
def pack_revenue(revenue: packing.Revenue) -> uint256:
    return packing._pack_revenue(revenue)


@pure
@external
def unpack_revenue(word: uint256) -> packing.Revenue:
    return packing._unpack_revenue(word)


@pure
@external
def pack_owner(owner: packing.Owner) -> uint256:
    return packing._pack_owner(owner)


@pure
@external
def unpack_owner(word: uint256) -> packing.Owner:
    return packing._unpack_owner(word)


@pure
@external
def pack_sale(sale: packing.Sale) -> uint256:
    return packing._pack_sale(sale)


@pure
@external
def unpack_sale(word: uint256) -> packing.Sale:
    return packing._unpack_sale(word)


@pure
@external
def bit(slot: uint256) -> (uint256, uint256):
    return packing._bit(slot)


@pure
@external
def join(task: uint256, number: uint256) -> uint256:
    return packing._join(task, number)


@pure
@external
def split(id: uint256) -> (uint256, uint256):
    return packing._task(id), packing._number(id)
