"""Beacons out of relays that nobody trusts: what the contract would not take is never given out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from goldleaf import Deployment, Goldleaf, errors
from goldleaf_tools.beacons import MAX_BYTES, Beacon, Relays
from goldleaf_tools.errors import NoBeacon, NoDrandRelay, NotABeacon
from tests import beacons
from tests.beacons import BEACONS, QUICKNET, OwnDrand
from tests.chains import anvil
from tests.drand_relays import answer, relay

REAL, OTHER = BEACONS
TIMEOUT = 0.5  # seconds


pytestmark = pytest.mark.anvil


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Of a chain with the contract that verifies quicknet; all else of a deployment is not needed."""
    with anvil("prague") as chain:
        randomness = chain.deploy("randomness/DrandRandomness", *QUICKNET.arguments(60))
        deployment = Deployment(chain.id, 0, {"DrandRandomness": randomness.address})
        url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        yield Goldleaf(url, deployment, chain.account())


@pytest.fixture
def told() -> list[str]:
    return []


def find(client: Any, told: list[str], *urls: str, round: int = REAL.round) -> Beacon:
    return Relays(urls, timeout=TIMEOUT).find(client, round, tell=told.append)


def test_find__relay_that_works__gives_the_real_beacon(client: Any, told: list[str]) -> None:
    with relay(answer(REAL)) as good:
        assert find(client, told, good.url + "/") == Beacon(REAL.round, REAL.signature)
    assert good.asked == [f"/chain/public/{REAL.round}"]
    assert told == []


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


FOREIGN = OwnDrand.start(QUICKNET.genesis)
HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "the beacon of another round": ({"body": answer(OTHER)}, f"it is of round {OTHER.round}"),
    "another round's signature": ({"body": answer(replace(OTHER, round=REAL.round))}, "wrong signature"),
    "another chain's beacon": ({"body": answer(FOREIGN.beacon(REAL.round))}, "wrong signature"),
    "a point outside of the group": (
        {"body": answer(beacons.Beacon(REAL.round, beacons.compressed(beacons.outside_g1())))},
        "not a point",
    ),
    "no point": ({"body": answer(beacons.Beacon(REAL.round, (1 << 383 | 1).to_bytes(48)))}, ""),
    "the infinite point": ({"body": answer(beacons.Beacon(REAL.round, b"\xc0" + bytes(47)))}, ""),
    "a signature that is not compressed": ({"body": answer(beacons.Beacon(REAL.round, bytes(48)))}, ""),
    "a chain of the other kind": ({"body": answer(REAL, signature="ab" * 96)}, "not 48 bytes in hex"),
    "a signature that is no hex": ({"body": answer(REAL, signature="zz" * 48)}, "not 48 bytes in hex"),
    "a signature that is a number": ({"body": answer(REAL, signature=7)}, "not 48 bytes in hex"),
    "no signature": ({"body": json.dumps({"round": REAL.round}).encode()}, "not 48 bytes in hex"),
    "randomness of another beacon": ({"body": answer(REAL, randomness=OTHER.randomness.hex())}, "its randomness"),
    "randomness that is a number": ({"body": answer(REAL, randomness=7)}, "its randomness"),
    "a round in quotes": ({"body": answer(REAL, round=str(REAL.round))}, "names no round"),
    "a round that is true": ({"body": answer(REAL, round=True)}, "names no round"),
    "a round beyond all": ({"body": answer(REAL, round=2**64)}, "names no round"),
    "a list": ({"body": b"[]"}, "no JSON object"),
    "lists in lists": ({"body": nested(1500)}, "no JSON"),
    "a page": ({"body": b"<html>"}, "no JSON"),
    "bytes": ({"body": b"\xff\xfe\x00"}, "no JSON"),
    "nothing": ({"body": b""}, "no JSON"),
    "a round told twice": ({"body": answer(REAL)[:-1] + b', "round": 1}'}, "no JSON"),
    "a huge answer": ({"body": answer(REAL) + b" " * MAX_BYTES}, "at most 4096 bytes"),
    "an endless answer": ({"body": b" " * 65_536, "endless": True}, "at most 4096 bytes"),
    "a slow answer": ({"body": answer(REAL), "pause": 0.05}, ""),
    "a redirect": ({"status": 302, "headers": {"Location": "/chain/public/1"}}, "not followed"),
    "a refusal": ({"status": 403, "body": answer(REAL)}, "status 403"),
    "none": ({"status": 404, "body": answer(REAL)}, "status 404"),
    "a pause": ({"status": 503, "headers": {"Retry-After": "3600"}}, "status 503"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_find__hostile_relay__is_told_of_and_the_next_one_asked(client: Any, told: list[str], kind: str) -> None:
    changes, said = HOSTILE[kind]
    with relay(**changes) as bad, relay(answer(REAL)) as good:
        assert find(client, told, bad.url, good.url).signature == REAL.signature
        [warning] = told
        assert warning.startswith(
            f"the relay 127.0.0.1:{bad.server_address[1]} gives no beacon of round {REAL.round}: "
        )
        assert said in warning
        assert len(bad.asked) == 1
        with pytest.raises(NoBeacon, match=f"round {REAL.round}: 1 relay was asked"):
            find(client, told, bad.url)


def test_find__redirect_to_a_good_beacon__is_not_followed(client: Any, told: list[str]) -> None:
    with relay(answer(REAL)) as good:
        with relay(status=307, headers={"Location": f"{good.url}/public/{REAL.round}"}) as bad, pytest.raises(NoBeacon):
            find(client, told, bad.url)
        assert good.asked == []


def test_find__relay_that_is_down__is_told_of(client: Any, told: list[str]) -> None:
    with relay() as gone:
        pass
    with pytest.raises(NoBeacon, match="2 relays were asked"):
        find(client, told, gone.url, "http://127.0.0.1:1")
    assert len(told) == 2 and all("ClientConnectorError" in warning for warning in told)


def test_find__address_with_a_password__is_never_told(client: Any, told: list[str]) -> None:
    with pytest.raises(NoBeacon) as caught:
        find(client, told, "http://me:secret@127.0.0.1:1/key-of-mine")
    assert "secret" not in f"{told}{caught.value}"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "relay",
        "ftp://relay",
        "https://",
        "file:///etc/passwd",
        "https://relay/?a=1",
        "https://relay/#1",
        "http://[",
        "http://relay:99999",
        "http://relay:port",
    ],
)
def test_relays__what_is_no_address__is_refused(address: str) -> None:
    with pytest.raises(errors.ArgumentError, match="address of a drand relay"):
        Relays([address])


def test_find__no_relay_or_round_not_due__is_said_before_anybody_is_asked(client: Any, told: list[str]) -> None:
    with pytest.raises(NoDrandRelay, match=f"round {REAL.round}"):
        find(client, told)
    with relay(answer(REAL)) as good:
        with pytest.raises(errors.BeaconNotDue, match="is due at"):
            find(client, told, good.url, round=10**9)
        with pytest.raises(errors.NoSuchBeacon):
            find(client, told, good.url, round=0)
        assert good.asked == []


def test_read__beacon_of_a_relay__however_it_is_written() -> None:
    told = {"round": REAL.round, "signature": REAL.signature.hex().upper()}
    for more in ({}, {"randomness": REAL.randomness.hex().upper(), "previous_signature": ""}):
        assert Beacon.read({**told, **more}) == Beacon(REAL.round, REAL.signature)
    for nothing in (None, 1, "beacon", [told]):
        with pytest.raises(NotABeacon):
            Beacon.read(nothing)
