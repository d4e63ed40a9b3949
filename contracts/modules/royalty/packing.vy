# pragma version 0.4.3
"""
@title Packed storage words of data sets, revenue, owners of shares and licences sold
@license AGPL-3.0-only
@dev A new storage word costs 22,100 gas, so fields that are read together share one. This is the only module of the
     pool that shifts bits. Pictures name the highest bits first; each field is followed by its width.

     Packing does not check. Parts are at most 2^31 - 1 by the bounds of a task, and shares are no more than
     parts; `revenue` bounds what is paid, so also the price of a licence, and no more of it is collected; what the shares of an
     owner have earned is then below 2^164.

     Data set  | unused 10 | royalty_bps 14 | enrolled 36 | parts 36 | token 160 |
     Revenue   | requester_collected 128 | paid 128 |
     Owner     | unused 56 | settled 164 | shares 36 |
     Sale      | unused 88 | time 40 | price 128 |
"""


struct DataSet:
    token: address
    parts: uint256
    enrolled: uint256  # shares
    royalty_bps: uint256


struct Revenue:
    paid: uint256  # base units, since the task closed
    requester_collected: uint256  # base units, by the requester


struct Owner:
    shares: uint256
    settled: uint256  # base units: of what these shares have earned since the first payment, all that is not still to
    # be credited to this owner


struct Sale:
    price: uint256  # base units
    time: uint256


@internal
@pure
def _pack_data_set(data_set: DataSet) -> uint256:
    return (
        convert(data_set.token, uint256)
        | data_set.parts << 160
        | data_set.enrolled << 196
        | data_set.royalty_bps << 232
    )


@internal
@pure
def _unpack_data_set(word: uint256) -> DataSet:
    return DataSet(
        token=convert(word & (2**160 - 1), address),
        parts=(word >> 160) & (2**36 - 1),
        enrolled=(word >> 196) & (2**36 - 1),
        royalty_bps=(word >> 232) & (2**14 - 1),
    )


@internal
@pure
def _pack_revenue(revenue: Revenue) -> uint256:
    return revenue.paid | revenue.requester_collected << 128


@internal
@pure
def _unpack_revenue(word: uint256) -> Revenue:
    return Revenue(paid=word & (2**128 - 1), requester_collected=word >> 128)


@internal
@pure
def _pack_owner(owner: Owner) -> uint256:
    return owner.shares | owner.settled << 36


@internal
@pure
def _unpack_owner(word: uint256) -> Owner:
    return Owner(shares=word & (2**36 - 1), settled=(word >> 36) & (2**164 - 1))


@internal
@pure
def _pack_sale(sale: Sale) -> uint256:
    return sale.price | sale.time << 128


@internal
@pure
def _unpack_sale(word: uint256) -> Sale:
    return Sale(price=word & (2**128 - 1), time=(word >> 128) & (2**40 - 1))


@internal
@pure
def _bit(slot: uint256) -> (uint256, uint256):
    """
    @dev Where a bitmap keeps a slot: which word, and the bit in it.
    """
    return slot >> 8, 1 << (slot & 255)


@internal
@pure
def _join(task: uint256, number: uint256) -> uint256:
    """
    @dev Ids: `submission = task << 64 | slot`, `license = task << 64 | number`.
    """
    return task << 64 | number


@internal
@pure
def _task(id: uint256) -> uint256:
    return id >> 64


@internal
@pure
def _number(id: uint256) -> uint256:
    return id & (2**64 - 1)
