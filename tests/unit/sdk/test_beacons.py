"""Beacons of a drand chain through the SDK: shown to the court that draws by them."""

from dataclasses import replace
from typing import Any

import pytest

from goldleaf import ZERO_ADDRESS, DrandChain, Goldleaf, errors, events
from goldleaf._encoding.beacons import P, compress_key, y_of
from tests.beacons import BEACONS, QUICKNET, Beacon, Drand, OwnDrand, compressed, outside_g1
from tests.in_process import DAY, HOUR, World

MARGIN = 60


@pytest.fixture
def drand(world: World) -> OwnDrand:
    return OwnDrand.start(world.now - 1000)


@pytest.fixture
def client(world: World, drand: OwnDrand) -> Any:
    """Of a deployment whose court draws by beacons."""
    randomness = world.deploy("randomness/DrandRandomness", *drand.arguments(MARGIN))
    periods = (HOUR, 2 * DAY, DAY, DAY, DAY)
    parameters = (world.token.address, ZERO_ADDRESS, randomness.address, 10**6, 8, 100, 10, *periods)
    court = world.deploy("Court", world.relay.address, parameters)
    contracts = {**world.deployment.contracts, "Court": court.address, "DrandRandomness": randomness.address}
    return Goldleaf(world.web3, replace(world.deployment, contracts=contracts), world.accounts[1])


@pytest.mark.parametrize("beacon", BEACONS, ids=lambda beacon: str(beacon.round))
def test_y_of__real_signatures__as_another_library_says(beacon: Beacon) -> None:
    assert y_of(beacon.signature) == beacon.y


@pytest.mark.parametrize("sign", [0, 1])
def test_y_of__either_sign__as_another_library_says(sign: int) -> None:
    drand = OwnDrand.start(1)
    beacon = next(one for one in map(drand.beacon, range(1, 100)) if one.signature[0] >> 5 & 1 == sign)
    assert y_of(beacon.signature) == beacon.y


@pytest.mark.parametrize("drand", [QUICKNET, *(OwnDrand.start(1, secret=secret) for secret in range(3, 9))])
def test_compress_key__of_either_sign__as_its_chain_tells_it(drand: Drand) -> None:
    assert compress_key(drand.key) == drand.public_key


@pytest.mark.parametrize(
    ("signature", "error"),
    [
        (b"", errors.BadSignatureLength),
        (BEACONS[0].signature[:-1], errors.BadSignatureLength),
        (BEACONS[0].signature * 2, errors.BadSignatureLength),
        (b"\x00" + BEACONS[0].signature[1:], errors.SignatureNotCompressed),
        (b"\xc0" + bytes(47), errors.SignatureInfinite),
        ((1 << 383 | P).to_bytes(48), errors.CoordinateTooLarge),
        ((1 << 383 | 1).to_bytes(48), errors.SignatureNotAPoint),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_show_beacon__what_is_no_signature__is_refused_before_a_node_is_asked(
    world: World, signature: bytes, error: type[errors.GoldleafError]
) -> None:
    # This deployment has nothing to show it to, which would be found out next.
    with pytest.raises(error):
        world.clients[1].court.show_beacon(1, signature)


def test_show_beacon__once_and_again__told_once(world: World, client: Any, drand: OwnDrand) -> None:
    beacon = drand.beacon(3)
    shown = client.court.show_beacon(3, beacon.signature)
    assert shown.result == events.BeaconShown(3, beacon.randomness)
    assert shown.events == (shown.result,)
    again = client.court.show_beacon(3, beacon.signature)
    assert again.result is None and again.events == ()


def test_show_beacon__of_another_round_key_or_group__is_refused_by_the_contract(client: Any, drand: OwnDrand) -> None:
    other = OwnDrand.start(drand.genesis, secret=4243)
    outside = Beacon(3, compressed(outside_g1()))
    for signature, error in (
        (drand.beacon(4).signature, errors.WrongBeacon),
        (other.beacon(3).signature, errors.WrongBeacon),
        (outside.signature, errors.SignatureNotAPoint),
    ):
        with pytest.raises(error):
            client.court.show_beacon(3, signature)


def test_show_beacon__round_that_is_not_due__says_when_it_is(world: World, client: Any, drand: OwnDrand) -> None:
    ticket = (world.now - drand.genesis) // drand.period + 100
    assert client.court.beacon_due(ticket) == drand.due(ticket)
    with pytest.raises(errors.BeaconNotDue, match=f"round {ticket} is due at 20"):
        client.court.show_beacon(ticket, drand.beacon(ticket).signature)
    for round in (0, 2**64):
        with pytest.raises(errors.NoSuchBeacon):
            client.court.beacon_due(round)
        with pytest.raises(errors.NoSuchBeacon):
            client.court.show_beacon(round, drand.beacon(1).signature)
    world.travel_to(drand.due(ticket))
    assert client.court.show_beacon(ticket, drand.beacon(ticket).signature).result.round == ticket


def test_show_beacon__court_without_drand__says_so(world: World) -> None:
    with pytest.raises(errors.DeploymentError, match="no DrandRandomness among"):
        world.clients[1].court.show_beacon(1, BEACONS[0].signature)
    with pytest.raises(errors.DeploymentError, match="no DrandRandomness among"):
        world.clients[1].court.beacon_due(1)
    for ask in (world.clients[1].court.drand, lambda: world.clients[1].court.beacon(1)):
        with pytest.raises(errors.DeploymentError, match="no DrandRandomness among"):
            ask()
    assert world.clients[1].court.armed_beacon() is None


def test_armed_beacon__nobody_waits__is_none_and_its_chain_is_told(client: Any, drand: OwnDrand) -> None:
    assert client.court.armed_beacon() is None
    assert client.court.drand() == DrandChain(drand.public_key, drand.genesis, drand.period, MARGIN)
    assert client.court.beacon(3) == bytes(32)
    beacon = drand.beacon(3)
    client.court.show_beacon(3, beacon.signature)
    assert client.court.beacon(3) == beacon.randomness
