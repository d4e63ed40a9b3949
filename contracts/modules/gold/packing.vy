# pragma version 0.4.3
"""
@title Packed storage words of tests, batches and gold disputes
@license AGPL-3.0-only
@dev A new storage word costs 22,100 gas, so fields that are read together share one. This is the only module of GoldTest
     that shifts bits, ids apart. Pictures name the highest bits first; each field is followed by its width.

     Packing does not check: whoever packs has bounded the value.

     Test
       test    | unused 25 | allowed 7 | size 8 | dispute 32 | opening 32 | timeout 32 | publish 32 | deadline 40 | redundancy 4 | batches 31 | batch_size 13 |
       counts  | unused 128 | 8 for each class, the first lowest |

     Batch
       batch   | unused 9 | released 1 | voided 1 | waived 1 | disputed 15 | dropped 6 | settled 4 | filed 4 | fixed_at 40 | opened_at 40 | sealed_at 40 | cost 95 |

     Gold dispute
       dispute | unused 50 | won 1 | ruling 2 | state 3 | filed_at 40 | disputer 160 |
       claim   | unused 33 | fee 95 | numbers 128 |

     A gold list has two bytes for each item, its position in the batch; the i-th item is gold number i. Sets of gold numbers
     are masks with bit i for number i.
"""

from ...interfaces import IGoldTest

# Ids: `batch id = task << 64 | batch`, `gold dispute = batch id << 64 | number`.
NUMBER_BITS: constant(uint256) = 64
MAX_GOLD: constant(uint256) = 128


struct Test:
    batch_size: uint256
    batches: uint256
    redundancy: uint256
    deadline: uint256
    publish_period: uint256
    arbitration_timeout: uint256
    opening_period: uint256
    dispute_period: uint256
    size: uint256  # gold items in a graded batch
    allowed: uint256  # errors that pass


struct Batch:
    cost: uint256  # of an arbitration when the gold was opened, base units
    sealed_at: uint256  # start of the opening period, once it was noted
    opened_at: uint256
    fixed_at: uint256  # time of the waiver, of the voiding, or of the latest settlement
    filed: uint256  # disputes
    settled: uint256  # of these
    dropped: uint256  # gold items
    disputed: uint256  # bit j: sibling j has disputed
    waived: bool
    voided: bool
    released: bool  # the deposit


struct Dispute:
    disputer: address
    filed_at: uint256
    state: IGoldTest.GoldDisputeState
    ruling: uint256
    won: bool  # dropped an item that was not dropped before


@internal
@pure
def _pack_test(test: Test) -> uint256:
    return (
        test.batch_size
        | test.batches << 13
        | test.redundancy << 44
        | test.deadline << 48
        | test.publish_period << 88
        | test.arbitration_timeout << 120
        | test.opening_period << 152
        | test.dispute_period << 184
        | test.size << 216
        | test.allowed << 224
    )


@internal
@pure
def _unpack_test(word: uint256) -> Test:
    return Test(
        batch_size=word & (2**13 - 1),
        batches=(word >> 13) & (2**31 - 1),
        redundancy=(word >> 44) & (2**4 - 1),
        deadline=(word >> 48) & (2**40 - 1),
        publish_period=(word >> 88) & (2**32 - 1),
        arbitration_timeout=(word >> 120) & (2**32 - 1),
        opening_period=(word >> 152) & (2**32 - 1),
        dispute_period=(word >> 184) & (2**32 - 1),
        size=(word >> 216) & (2**8 - 1),
        allowed=(word >> 224) & (2**7 - 1),
    )


@internal
@pure
def _with_count(counts: uint256, place: uint256, count: uint256) -> uint256:
    return counts | count << (8 * place)


@internal
@pure
def _count(counts: uint256, place: uint256) -> uint256:
    return (counts >> (8 * place)) & (2**8 - 1)


@internal
@pure
def _pack_batch(batch: Batch) -> uint256:
    return (
        batch.cost
        | batch.sealed_at << 95
        | batch.opened_at << 135
        | batch.fixed_at << 175
        | batch.filed << 215
        | batch.settled << 219
        | batch.dropped << 223
        | batch.disputed << 229
        | convert(batch.waived, uint256) << 244
        | convert(batch.voided, uint256) << 245
        | convert(batch.released, uint256) << 246
    )


@internal
@pure
def _unpack_batch(word: uint256) -> Batch:
    return Batch(
        cost=word & (2**95 - 1),
        sealed_at=(word >> 95) & (2**40 - 1),
        opened_at=(word >> 135) & (2**40 - 1),
        fixed_at=(word >> 175) & (2**40 - 1),
        filed=(word >> 215) & (2**4 - 1),
        settled=(word >> 219) & (2**4 - 1),
        dropped=(word >> 223) & (2**6 - 1),
        disputed=(word >> 229) & (2**15 - 1),
        waived=(word >> 244) & 1 == 1,
        voided=(word >> 245) & 1 == 1,
        released=(word >> 246) & 1 == 1,
    )


@internal
@pure
def _pack_dispute(dispute: Dispute) -> uint256:
    return (
        convert(dispute.disputer, uint256)
        | dispute.filed_at << 160
        | convert(dispute.state, uint256) << 200
        | dispute.ruling << 203
        | convert(dispute.won, uint256) << 205
    )


@internal
@pure
def _unpack_dispute(word: uint256) -> Dispute:
    return Dispute(
        disputer=convert(word & (2**160 - 1), address),
        filed_at=(word >> 160) & (2**40 - 1),
        state=convert((word >> 200) & (2**3 - 1), IGoldTest.GoldDisputeState),
        ruling=(word >> 203) & (2**2 - 1),
        won=(word >> 205) & 1 == 1,
    )


@internal
@pure
def _pack_claim(numbers: uint256, fee: uint256) -> uint256:
    return numbers | fee << 128


@internal
@pure
def _unpack_claim(word: uint256) -> (uint256, uint256):
    """
    @return The disputed gold numbers; the fee, base units.
    """
    return word & (2**128 - 1), word >> 128


@internal
@pure
def _positions(gold: Bytes[2 * MAX_GOLD]) -> uint256[MAX_GOLD]:
    """
    @return Position in the batch of each item of a gold list.
    """
    positions: uint256[MAX_GOLD] = empty(uint256[MAX_GOLD])
    count: uint256 = len(gold) // 2
    padded: Bytes[2 * MAX_GOLD + 32] = concat(gold, empty(bytes32))
    word: uint256 = 0
    for number: uint256 in range(MAX_GOLD):
        if number == count:
            break
        if number & 15 == 0:
            word = extract32(padded, unsafe_mul(2, number), output_type=uint256)
        positions[number] = word >> 240
        word <<= 16
    return positions


@internal
@pure
def _bitmap(gold: Bytes[2 * MAX_GOLD], counts: uint256) -> (uint256[16], bool, bool, uint256):
    """
    @param gold Two bytes for each item that the word `counts` has.
    @return Bitmap of a gold list's positions; whether they rise strictly in each class; whether none is in two classes; a
            number above all of them. A bitmap has room for positions below 4,096; of greater ones only the number tells.
    """
    padded: Bytes[2 * MAX_GOLD + 32] = concat(gold, empty(bytes32))
    bits: uint256[16] = empty(uint256[16])
    falling: bool = False
    twice: uint256 = 0
    above: uint256 = 0
    word: uint256 = 0
    number: uint256 = 0
    # The word of the bitmap that the latest position lies in is kept apart while positions stay in it.
    place: uint256 = 0
    marked: uint256 = 0
    for class_: uint256 in range(16):
        count: uint256 = (counts >> unsafe_mul(8, class_)) & (2**8 - 1)
        if count == 0:
            break
        least: uint256 = 0
        for item: uint256 in range(count, bound=MAX_GOLD):
            if number & 15 == 0:
                word = extract32(padded, unsafe_mul(2, number), output_type=uint256)
            number = unsafe_add(number, 1)
            position: uint256 = word >> 240
            word <<= 16
            if position < least:
                falling = True
            least = unsafe_add(position, 1)
            if position >> 8 != place:
                bits[place & 15] = marked
                place = position >> 8
                marked = bits[place & 15]
            twice |= marked & 1 << (position & 255)
            marked |= 1 << (position & 255)
        above = max(above, least)
    bits[place & 15] = marked
    return bits, not falling, twice == 0, above


@internal
@pure
def _join(parent: uint256, number: uint256) -> uint256:
    return parent << NUMBER_BITS | number


@internal
@pure
def _number(id: uint256) -> uint256:
    return id & (2**NUMBER_BITS - 1)
