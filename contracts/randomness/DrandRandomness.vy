# pragma version 0.4.3
"""
@title Randomness from the beacons of a drand chain
@license AGPL-3.0-only
@notice A ticket is a round of a drand chain, due a safe time after it was asked for. Its beacon is a BLS signature that
        enough of drand's operators make together at that time; nobody can choose it. Anyone shows it here, where
        it is verified. Needs a chain with the precompiles of EIP-2537 (Prague and later).
@dev For chains whose signatures are on G1 of BLS12-381 and their key on G2, hashed as RFC 9380 has it (scheme
     `bls-unchained-g1-rfc9380`, as quicknet). Points are given as the precompiles read them: each coordinate two
     words, the high one first. Were drand's key stolen or its operators in league, seeds could be known beforehand,
     but never chosen.
@custom:invariant 1. The seed of a ticket is empty, or for ever the randomness of that round.
                  2. The seed of a ticket is empty before the round is due.
"""

from ..interfaces import IDrandRandomness
from ..interfaces import IRandomness
from ..modules import reasons
from ..modules import require

implements: IRandomness

# What domains are told apart by, with its length behind it (RFC 9380, 5.3.1).
_TAG: constant(Bytes[44]) = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_\x2b"

# the field's prime, in two words
_P: constant(bytes32[2]) = [
    0x000000000000000000000000000000001A0111EA397FE69A4B1BA7B6434BACD7,
    0x64774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB,
]
# (p - 1) / 2: a larger y has the sign bit
_HALF: constant(bytes32[2]) = [
    0x000000000000000000000000000000000D0088F51CBFF34D258DD3DB21A5D66B,
    0xB23BA5C279C2895FB39869507B587B120F55FFFF58A9FFFFDCFF7FFFFFFFD555,
]
# the generator of G2, negated: x0, x1, y0, y1
_MINUS_G2: constant(bytes32[8]) = [
    0x00000000000000000000000000000000024AA2B2F08F0A91260805272DC51051,
    0xC6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
    0x0000000000000000000000000000000013E02B6052719F607DACD3A088274F65,
    0x596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    0x000000000000000000000000000000000D1B3CC2C7027888BE51D9EF691D77BC,
    0xB679AFDA66C73F17F9EE3837A55024F78C71363275A75D75D86BAB79F74782AA,
    0x0000000000000000000000000000000013FA4D4A0AD8B1CE186ED5061789213D,
    0x993923066DDDAF1040BC3FF59F825C78DF74F2D75467E25E0F55F8A00FA030ED,
]

_MODEXP: constant(address) = 0x0000000000000000000000000000000000000005
_G1_ADD: constant(address) = 0x000000000000000000000000000000000000000b
_PAIRING: constant(address) = 0x000000000000000000000000000000000000000F
_MAP_FP_TO_G1: constant(address) = 0x0000000000000000000000000000000000000010

# A precompile that refuses burns all gas that it is given. Two pairs cost 102,900: a fork may make them dearer.
_PAIRING_GAS: constant(uint256) = 300_000
# What `show` has to be left with, so that the pairing is sure to get its share, at most 63/64 of what is left; else
# whoever sends too little gas would be told that a good beacon is none. Hashing costs below 20,000.
_ENOUGH_GAS: constant(uint256) = 350_000

# Round, as it is signed: 8 bytes.
_MAX_ROUND: constant(uint256) = 2**64 - 1
_DAY: constant(uint256) = 86_400

# Bits of a compressed signature's first byte.
_COMPRESSED: constant(uint256) = 2**127
_INFINITE: constant(uint256) = 2**126
_LARGER_Y: constant(uint256) = 2**125

# the chain's public key: x0, x1, y0, y1
KEY: immutable(bytes32[8])
# time of round 1
GENESIS: immutable(uint256)
# seconds from a round to the next
PERIOD: immutable(uint256)
# seconds from asking until the round that counts is due, at least
MARGIN: immutable(uint256)

# round -> randomness
seeds: HashMap[uint256, bytes32]


@deploy
def __init__(key: bytes32[8], genesis: uint256, period: uint256, margin: uint256):
    """
    @param key The chain's public key, a point of G2: x0, x1, y0, y1, two words each. Drand writes x1 before x0.
    @param genesis Time of round 1; it has passed.
    @param period Seconds from a round to the next; 1 to a day.
    @param margin Seconds from asking for a ticket until its round is due, at least; 1 to a day. It must be longer than
           clocks of block builders may be late, and than a block may take to be final.
    """
    require.that(genesis != 0 and genesis <= block.timestamp, reasons.DRAND_BAD_GENESIS)
    require.within(period, 1, _DAY, reasons.DRAND_BAD_PERIOD)
    require.within(margin, 1, _DAY, reasons.DRAND_BAD_MARGIN)
    # A pair of a point and the key passes the precompile's checks of curve and subgroup; its product is one only if
    # the key is the infinite point.
    succeeded: bool = False
    is_one: bool = False
    succeeded, is_one = self._pair(abi_encode(self._hash_to_curve(1), key))
    require.that(succeeded and not is_one, reasons.DRAND_BAD_KEY)
    KEY = key
    GENESIS = genesis
    PERIOD = period
    MARGIN = margin


@external
def show(round: uint256, signature: Bytes[192], y: bytes32[2]) -> bytes32:
    """
    @notice Shows the beacon of a round, by anyone; from then on its randomness is the seed of the ticket `round`. What
            was shown before is not looked at again, and no failure: whoever comes second can still go on to draw.
    @param round The number of the round; it must be due.
    @param signature The beacon's signature as drand gives it, compressed: 48 bytes.
    @param y What compression left out, in two words, the high one first: the root of x^3 + 4 that the sign bit says.
    @return The round's randomness.
    """
    known: bytes32 = self.seeds[round]
    if known != empty(bytes32):
        return known
    require.that(round != 0 and round <= _MAX_ROUND, reasons.DRAND_NO_SUCH_ROUND)
    require.that(block.timestamp >= GENESIS + (round - 1) * PERIOD, reasons.DRAND_NOT_DUE_YET)
    require.that(msg.gas >= _ENOUGH_GAS, reasons.DRAND_TOO_LITTLE_GAS)

    succeeded: bool = False
    is_one: bool = False
    # e(signature, -generator) * e(hash, key) = 1
    succeeded, is_one = self._pair(
        abi_encode(self._decompress(signature, y), _MINUS_G2, self._hash_to_curve(round), KEY)
    )
    require.that(succeeded, reasons.DRAND_NOT_A_POINT)
    require.that(is_one, reasons.DRAND_WRONG_SIGNATURE)

    randomness: bytes32 = sha256(signature)
    self.seeds[round] = randomness
    log IDrandRandomness.BeaconShown(round=round, randomness=randomness)
    return randomness


@view
@external
def next_ticket() -> uint256:
    """
    @notice The first round that is due no sooner than the margin from now.
    """
    # Rounded up; the margin is at least 1 and the genesis has passed.
    return (block.timestamp + MARGIN - GENESIS + PERIOD - 1) // PERIOD + 1


@view
@external
def seed(ticket: uint256) -> bytes32:
    """
    @notice The randomness of round `ticket`; empty until its beacon was shown.
    """
    return self.seeds[ticket]


@view
@external
def is_lost(ticket: uint256) -> bool:
    """
    @notice False: a beacon can be shown as long as anybody has it. A court does not wait for it beyond its
            `draw_timeout`.
    """
    return False


@view
@external
def due(round: uint256) -> uint256:
    """
    @notice The time at which a round's beacon is made, and from which it can be shown; 0 if there is no such round.
    """
    if round == 0 or round > _MAX_ROUND:
        return 0
    return GENESIS + (round - 1) * PERIOD


@view
@external
def key() -> bytes32[8]:
    """
    @notice The public key of the drand chain, a point of G2: x0, x1, y0, y1, two words each.
    """
    return KEY


@view
@external
def genesis() -> uint256:
    """
    @notice The time of round 1.
    """
    return GENESIS


@view
@external
def period() -> uint256:
    """
    @notice Seconds from a round to the next.
    """
    return PERIOD


@view
@external
def margin() -> uint256:
    """
    @notice Seconds from asking for a ticket until its round is due, at least.
    """
    return MARGIN


@internal
@pure
def _decompress(signature: Bytes[192], y: bytes32[2]) -> bytes32[4]:
    """
    @dev Whether the point is on the curve, and in the subgroup, is left to the pairing. Only one text stands for each
         point, so that a round has one randomness.
    @return x and y.
    """
    require.that(len(signature) == 48, reasons.DRAND_BAD_LENGTH)
    high: uint256 = convert(slice(signature, 0, 16), uint256)
    require.that(high & _COMPRESSED != 0, reasons.DRAND_NOT_COMPRESSED)
    require.that(high & _INFINITE == 0, reasons.DRAND_INFINITE_POINT)
    x: bytes32[2] = [convert(high % _LARGER_Y, bytes32), convert(slice(signature, 16, 32), bytes32)]
    require.that(self._is_below(x, _P) and self._is_below(y, _P), reasons.DRAND_COORDINATE_TOO_LARGE)
    require.that((high & _LARGER_Y != 0) == self._is_below(_HALF, y), reasons.DRAND_WRONG_SIGN_OF_Y)
    return [x[0], x[1], y[0], y[1]]


@internal
@pure
def _is_below(a: bytes32[2], b: bytes32[2]) -> bool:
    if a[0] != b[0]:
        return convert(a[0], uint256) < convert(b[0], uint256)
    return convert(a[1], uint256) < convert(b[1], uint256)


@internal
@view
def _hash_to_curve(round: uint256) -> bytes32[4]:
    """
    @dev `hash_to_curve` of RFC 9380 for the suite BLS12381G1_XMD:SHA-256_SSWU_RO_. The precompile that maps clears the
         cofactor, which may as well be done before the addition.
    """
    message: bytes32 = sha256(slice(convert(round, bytes32), 24, 8))
    # `expand_message_xmd` to 128 bytes: a block of zeros, the message, the length, a zero.
    b0: bytes32 = sha256(concat(empty(bytes32), empty(bytes32), message, 0x0080, 0x00, _TAG))
    b1: bytes32 = sha256(concat(b0, 0x01, _TAG))
    b2: bytes32 = sha256(concat(self._xor(b0, b1), 0x02, _TAG))
    b3: bytes32 = sha256(concat(self._xor(b0, b2), 0x03, _TAG))
    b4: bytes32 = sha256(concat(self._xor(b0, b3), 0x04, _TAG))
    sum: Bytes[128] = raw_call(
        _G1_ADD,
        concat(self._map_to_curve(b1, b2), self._map_to_curve(b3, b4)),
        max_outsize=128,
        is_static_call=True,
    )
    self._check_length(len(sum), 128)
    return abi_decode(sum, bytes32[4])


@internal
@pure
def _xor(a: bytes32, b: bytes32) -> bytes32:
    return convert(convert(a, uint256) ^ convert(b, uint256), bytes32)


@internal
@view
def _map_to_curve(high: bytes32, low: bytes32) -> Bytes[128]:
    """
    @dev Of a number of 64 bytes, modulo p: MODEXP with the exponent 1.
    """
    lengths: uint256[3] = [64, 1, 64]
    element: Bytes[64] = raw_call(
        _MODEXP,
        concat(abi_encode(lengths, high, low), 0x01, abi_encode(_P)),
        max_outsize=64,
        is_static_call=True,
    )
    # The length is looked at behind the addition.
    return raw_call(_MAP_FP_TO_G1, element, max_outsize=128, is_static_call=True)


@internal
@view
def _pair(pairs: Bytes[768]) -> (bool, bool):
    """
    @return Whether the precompile has taken the points for what they should be, and whether the product is one.
    """
    succeeded: bool = False
    answer: Bytes[32] = b""
    succeeded, answer = raw_call(
        _PAIRING, pairs, max_outsize=32, gas=_PAIRING_GAS, is_static_call=True, revert_on_failure=False
    )
    if not succeeded:
        return False, False
    self._check_length(len(answer), 32)
    return True, convert(answer, uint256) == 1


@internal
@pure
def _check_length(found: uint256, expected: uint256):
    """
    @dev Calling a precompile that is not there succeeds, and answers with nothing.
    """
    require.that(found == expected, reasons.DRAND_NO_PRECOMPILES)
