"""Randomness from the beacons of a drand chain."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boa
import pytest
from py_ecc.optimized_bls12_381.optimized_curve import G1, Z1, field_modulus
from web3.exceptions import ContractLogicError

from tests.beacons import (
    BEACONS,
    QUICKNET,
    REAL,
    Beacon,
    OwnDrand,
    compressed,
    encode_g2,
    hashed,
    outside_g1,
    outside_g2,
    words,
)
from tests.chains import AnvilChain, InProcessChain, abi_of, anvil, deployer
from tests.protocol import DAY, reverts

MARGIN = 60
DRAND = "randomness/DrandRandomness"


@pytest.fixture(scope="module")
def chain() -> InProcessChain:
    return InProcessChain()


@pytest.fixture(scope="module")
def drand(chain: InProcessChain) -> OwnDrand:
    """A chain of beacons that began a thousand seconds ago, one every three seconds."""
    return OwnDrand.start(chain.now - 1000)


@pytest.fixture(scope="module")
def randomness(chain: InProcessChain, drand: OwnDrand) -> Any:
    return chain.deploy(DRAND, *drand.arguments(MARGIN))


# ---------------------------------------------------------------- what is real


@pytest.mark.parametrize("beacon", BEACONS, ids=lambda beacon: str(beacon.round))
def test_show__real_beacon__is_the_seed_of_its_round(chain: InProcessChain, beacon: Beacon) -> None:
    randomness = chain.deploy(DRAND, *QUICKNET.arguments(MARGIN))
    assert randomness.seed(beacon.round) == bytes(32)
    published = bytes.fromhex(REAL[beacon.round][1])
    assert randomness.show(*beacon.arguments) == published
    [event] = randomness.get_logs()
    assert (event.round, event.randomness) == (beacon.round, published)
    assert randomness.seed(beacon.round) == published == beacon.randomness
    assert randomness.seed(beacon.round + 1) == bytes(32)


def test_beacons__by_another_library__verify_as_the_contract_says() -> None:
    first, second = BEACONS
    assert QUICKNET.verifies(first)
    assert not QUICKNET.verifies(replace(second, signature=first.signature))


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilChain]:
    with anvil("prague") as chain:
        yield chain


@pytest.mark.anvil
def test_show__real_beacons_on_a_node__are_the_seeds_of_their_rounds(node: AnvilChain) -> None:
    randomness = node.deploy(DRAND, *QUICKNET.arguments(MARGIN))
    for beacon in BEACONS:
        randomness.show(*beacon.arguments)
        assert randomness.seed(beacon.round).hex() == REAL[beacon.round][1]
    assert randomness.next_ticket() == (node.now + MARGIN - QUICKNET.genesis + 2) // 3 + 1


# ---------------------------------------------------------------- what is shown


def test_show__beacon_of_the_chain__is_verified(randomness: Any, drand: OwnDrand) -> None:
    for sign in (0, 1):
        beacon = next(one for one in map(drand.beacon, range(1, 100)) if one.signature[0] >> 5 & 1 == sign)
        assert randomness.show(*beacon.arguments) == beacon.randomness == randomness.seed(beacon.round)


def test_show__again__is_no_failure_and_changes_nothing(randomness: Any, drand: OwnDrand) -> None:
    beacon = drand.beacon(7)
    randomness.show(*beacon.arguments)
    for signature in (beacon.signature, b"", drand.beacon(8).signature):
        assert randomness.show(7, signature, beacon.y) == beacon.randomness
        assert randomness.get_logs() == []
    assert randomness.seed(7) == beacon.randomness


def test_show__when_a_round_is_due__and_a_second_before(
    chain: InProcessChain, randomness: Any, drand: OwnDrand
) -> None:
    """Even a beacon that its makers have given away early is refused."""
    round = randomness.next_ticket()
    beacon = drand.beacon(round)
    assert randomness.due(round) == drand.due(round)
    chain.travel(drand.due(round) - chain.now - 1)
    with reverts("drand: not due yet"):
        randomness.show(*beacon.arguments)
    chain.travel(1)
    assert randomness.show(*beacon.arguments) == beacon.randomness


@pytest.mark.parametrize("round", [0, 2**64, 2**256 - 1])
def test_show__no_such_round__is_refused(randomness: Any, drand: OwnDrand, round: int) -> None:
    beacon = drand.beacon(1)
    with reverts("drand: no such round"):
        randomness.show(round, beacon.signature, beacon.y)
    assert randomness.due(round) == 0
    assert randomness.seed(round) == bytes(32)


def test_show__last_round__is_not_due(randomness: Any, drand: OwnDrand) -> None:
    beacon = drand.beacon(1)
    with reverts("drand: not due yet"):
        randomness.show(2**64 - 1, beacon.signature, beacon.y)
    assert randomness.due(2**64 - 1) == drand.due(2**64 - 1)


def with_x(signature: bytes, x: int) -> bytes:
    """The same bits, and another x."""
    return (int.from_bytes(signature) >> 381 << 381 | x).to_bytes(48)


def negated(beacon: Beacon) -> tuple[bytes, bytes]:
    return words(field_modulus - int.from_bytes(b"".join(beacon.y)))


def shown(beacon: Beacon, **changes: Any) -> tuple[Any, ...]:
    return tuple({"round": beacon.round, "signature": beacon.signature, "y": beacon.y, **changes}.values())


def with_bits(signature: bytes, bits: int) -> bytes:
    """The signature with the three highest bits replaced."""
    return bytes([signature[0] & 0x1F | bits << 5]) + signature[1:]


def flipped(beacon: Beacon) -> tuple[Any, ...]:
    """The negated point, well-formed."""
    return shown(beacon, signature=bytes([beacon.signature[0] ^ 0x20]) + beacon.signature[1:], y=negated(beacon))


ROUND = 5
# What is wrong -> what is shown instead of the beacon of round 5, and why it is refused.
FORGED: dict[str, tuple[Callable[[OwnDrand, Beacon], tuple[Any, ...]], str]] = {
    "of another round": (
        lambda drand, beacon: shown(drand.beacon(6), round=ROUND),
        "drand: wrong signature",
    ),
    "of another key": (
        lambda drand, beacon: OwnDrand.start(drand.genesis, secret=4243).beacon(ROUND).arguments,
        "drand: wrong signature",
    ),
    "of another chain": (lambda drand, beacon: shown(BEACONS[0], round=ROUND), "drand: wrong signature"),
    "the hash itself": (
        lambda drand, beacon: Beacon(ROUND, compressed(hashed(ROUND))).arguments,
        "drand: wrong signature",
    ),
    "the generator": (lambda drand, beacon: Beacon(ROUND, compressed(G1)).arguments, "drand: wrong signature"),
    "the point negated": (lambda drand, beacon: flipped(beacon), "drand: wrong signature"),
    "not in the subgroup": (
        lambda drand, beacon: Beacon(ROUND, compressed(outside_g1())).arguments,
        "drand: not a point",
    ),
    "not on the curve": (
        lambda drand, beacon: shown(beacon, signature=with_x(beacon.signature, 1)),
        "drand: not a point",
    ),
    # The precompile takes zeros for the infinite point.
    "infinite without its bit": (
        lambda drand, beacon: shown(beacon, signature=b"\x80" + bytes(47), y=words(0)),
        "drand: wrong signature",
    ),
    "y of another point": (
        lambda drand, beacon: shown(beacon, y=words(int.from_bytes(b"".join(beacon.y)) ^ 1)),
        "drand: not a point",
    ),
    "infinite": (
        lambda drand, beacon: shown(beacon, signature=compressed(Z1), y=words(0)),
        "drand: infinite point",
    ),
    "bit of the infinite point": (
        lambda drand, beacon: shown(beacon, signature=with_bits(beacon.signature, 0b110)),
        "drand: infinite point",
    ),
    "without the bit of compression": (
        lambda drand, beacon: shown(beacon, signature=with_bits(beacon.signature, 0b000)),
        "drand: not compressed",
    ),
    "y negated": (lambda drand, beacon: shown(beacon, y=negated(beacon)), "drand: wrong sign of y"),
    "other sign bit": (
        lambda drand, beacon: (*flipped(beacon)[:2], beacon.y),
        "drand: wrong sign of y",
    ),
    "x is p": (
        lambda drand, beacon: shown(beacon, signature=with_x(beacon.signature, field_modulus)),
        "drand: coordinate too large",
    ),
    "x above p": (
        lambda drand, beacon: shown(beacon, signature=with_x(beacon.signature, 2**381 - 1)),
        "drand: coordinate too large",
    ),
    "y plus p": (
        lambda drand, beacon: shown(beacon, y=words(int.from_bytes(b"".join(beacon.y)) + field_modulus)),
        "drand: coordinate too large",
    ),
    "y of 512 bits": (lambda drand, beacon: shown(beacon, y=(b"\xff" * 32,) * 2), "drand: coordinate too large"),
    "empty": (lambda drand, beacon: shown(beacon, signature=b""), "drand: bad length"),
    "a byte short": (lambda drand, beacon: shown(beacon, signature=beacon.signature[:-1]), "drand: bad length"),
    "a byte long": (lambda drand, beacon: shown(beacon, signature=beacon.signature + b"\0"), "drand: bad length"),
    # As of the chains whose signatures are on G2.
    "96 bytes": (lambda drand, beacon: shown(beacon, signature=beacon.signature * 2), "drand: bad length"),
}


@pytest.mark.parametrize(("forge", "reason"), FORGED.values(), ids=list(FORGED))
def test_show__what_is_no_beacon_of_that_round__is_refused(
    randomness: Any, drand: OwnDrand, forge: Callable[[OwnDrand, Beacon], tuple[Any, ...]], reason: str
) -> None:
    with reverts(reason):
        randomness.show(*forge(drand, drand.beacon(ROUND)))
    assert randomness.seed(ROUND) == bytes(32)


def test_show__same_x_plus_p__is_no_second_text_of_the_signature(randomness: Any, drand: OwnDrand) -> None:
    """A beacon that could be written in two ways would let whoever shows it choose between two seeds."""
    beacon = next(one for one in map(drand.beacon, range(1, 100)) if x_of(one) + field_modulus < 2**381)
    with reverts("drand: coordinate too large"):
        randomness.show(*shown(beacon, signature=with_x(beacon.signature, x_of(beacon) + field_modulus)))
    randomness.show(*beacon.arguments)


def x_of(beacon: Beacon) -> int:
    return int.from_bytes(beacon.signature) % 2**381


def test_show__with_any_gas__never_calls_a_good_beacon_a_bad_one(randomness: Any, drand: OwnDrand) -> None:
    """A call gets 63/64 of the gas that is left: too little for the pairing must not look like a wrong point."""
    beacon = drand.beacon(ROUND)
    for gas in (120_000, 200_000, 300_000):
        with reverts("drand: too little gas"):
            randomness.show(*beacon.arguments, gas=gas)
    gas, refusal = 350_000, "drand: too little gas"
    while "drand: too little gas" in refusal:
        gas += 250
        refusal = refused(randomness.show, *beacon.arguments, gas=gas)
    # The least that passes the check is enough.
    assert refusal == ""
    assert randomness.seed(ROUND) == beacon.randomness


def refused(call: Callable[..., object], *arguments: object, gas: int) -> str:
    """What a call reverts with; nothing if it does not."""
    try:
        call(*arguments, gas=gas)
    except boa.BoaError as error:
        return str(error)
    return ""


def test_show__not_a_point__costs_no_more_than_the_cap(randomness: Any, drand: OwnDrand) -> None:
    """A precompile that refuses burns all gas that it is given."""
    with reverts("drand: not a point"):
        randomness.show(*shown(drand.beacon(ROUND), signature=with_x(drand.beacon(ROUND).signature, 1)), gas=10**7)
    assert 300_000 < randomness._computation.get_gas_used() < 350_000


# ---------------------------------------------------------------- tickets


@pytest.mark.parametrize("later", range(4))
def test_next_ticket__is_the_first_round_after_the_margin(
    chain: InProcessChain, randomness: Any, drand: OwnDrand, later: int
) -> None:
    chain.travel(later)
    ticket = randomness.next_ticket()
    assert drand.due(ticket - 1) < chain.now + MARGIN <= drand.due(ticket)
    assert randomness.seed(ticket) == bytes(32)


def test_next_ticket__in_the_second_of_the_genesis__counts_from_round_1(chain: InProcessChain) -> None:
    drand = OwnDrand.start(chain.now)
    for margin, ticket in ((1, 2), (3, 2), (4, 3)):
        assert chain.deploy(DRAND, *drand.arguments(margin)).next_ticket() == ticket


def test_is_lost__any_ticket__is_false(randomness: Any) -> None:
    assert not any(randomness.is_lost(ticket) for ticket in (0, 1, randomness.next_ticket(), 2**256 - 1))


# ---------------------------------------------------------------- deployment


def test_init__tells_what_it_was_given(randomness: Any, drand: OwnDrand) -> None:
    assert randomness.key() == drand.key
    assert (randomness.genesis(), randomness.period()) == (drand.genesis, drand.period)
    assert randomness.margin() == MARGIN


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"genesis": 0}, "drand: bad genesis"),
        # In milliseconds, e.g.
        ({"genesis": 1_692_803_367_000}, "drand: bad genesis"),
        ({"period": 0}, "drand: bad period"),
        ({"period": DAY + 1}, "drand: bad period"),
        ({"margin": 0}, "drand: bad margin"),
        ({"margin": DAY + 1}, "drand: bad margin"),
        ({"key": encode_g2(outside_g2())}, "drand: bad key"),
        ({"key": [bytes(32)] * 8}, "drand: bad key"),
        ({"key": [b"\xff" * 32, *QUICKNET.key[1:]]}, "drand: bad key"),
        ({"key": [*QUICKNET.key[:7], bytes(32)]}, "drand: bad key"),
        # As drand writes it, x1 before x0.
        ({"key": QUICKNET.key[2:4] + QUICKNET.key[:2] + QUICKNET.key[4:]}, "drand: bad key"),
    ],
    ids=str,
)
def test_init__what_cannot_be_a_chain__is_refused(chain: InProcessChain, change: dict[str, Any], reason: str) -> None:
    arguments = dict(zip(("key", "genesis", "period", "margin"), QUICKNET.arguments(MARGIN), strict=True))
    with reverts(reason):
        chain.deploy(DRAND, *(arguments | change).values())


def test_init__genesis_and_bounds__in_their_extremes(chain: InProcessChain) -> None:
    chain.deploy(DRAND, QUICKNET.key, chain.now, 1, 1)
    chain.deploy(DRAND, QUICKNET.key, 1, DAY, DAY)
    with reverts("drand: bad genesis"):
        chain.deploy(DRAND, QUICKNET.key, chain.now + 1, 1, 1)


@pytest.mark.anvil
def test_init__chain_without_the_precompiles__is_refused() -> None:
    """There, calls to them succeed, and answer with nothing."""
    with anvil("cancun") as chain:
        chain.mine(1)
        factory = chain.web3.eth.contract(abi=abi_of(DRAND), bytecode=deployer(DRAND).compiler_data.bytecode)
        with pytest.raises(ContractLogicError, match="drand: no precompiles"):
            factory.constructor(*QUICKNET.arguments(MARGIN)).estimate_gas({"from": chain.deployer})
