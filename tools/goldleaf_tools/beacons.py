"""Beacons of drand chains, as relays give them: strangers' words, until the contract that they are for takes them."""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from goldleaf import Goldleaf, errors
from goldleaf.canonical import read_json
from goldleaf.stores import fetch

from .errors import NoBeacon, NoDrandRelay, NotABeacon
from .times import show_time

LOG = logging.getLogger("goldleaf_tools.beacons")

# What an answer may take. One of quicknet has about 250 bytes.
MAX_BYTES = 4096
TIMEOUT = 10.0  # seconds

SIGNATURE = re.compile("[0-9a-fA-F]{96}")

# By these the contract, or the client before it, refuses what is no beacon of the round.
_REFUSED = (
    errors.BadSignatureLength,
    errors.SignatureNotCompressed,
    errors.SignatureInfinite,
    errors.CoordinateTooLarge,
    errors.SignatureNotAPoint,
    errors.WrongBeacon,
)


@dataclass(frozen=True, slots=True)
class Beacon:
    """A round of a drand chain, and what is said to be its signature."""

    round: int
    signature: bytes

    @classmethod
    def read(cls, value: Any) -> "Beacon":
        """A beacon in the JSON that relays give, checked in itself. Raises `NotABeacon`."""
        if not isinstance(value, dict):
            raise NotABeacon("it is no JSON object")
        number, signature = value.get("round"), value.get("signature")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**64:
            raise NotABeacon("it names no round")
        if not isinstance(signature, str) or not SIGNATURE.fullmatch(signature):
            raise NotABeacon("its signature is not 48 bytes in hex: it is of another kind of drand chain, or spoilt")
        found = cls(number, bytes.fromhex(signature))
        told = value.get("randomness")
        if told is not None and str(told).lower() != sha256(found.signature).hexdigest():
            raise NotABeacon("its randomness is not that of its signature")
        return found


class Relays:
    """Relays of a drand chain, each by its address up to `/public/`; the first one is asked first.

    None of them is trusted. Raises `ArgumentError` for what is no address.
    """

    def __init__(self, addresses: Sequence[str], *, timeout: float = TIMEOUT) -> None:
        self._addresses = [_checked(address) for address in addresses]
        self._timeout = timeout

    def __len__(self) -> int:
        return len(self._addresses)

    def find(self, client: Goldleaf, round: int, *, tell: Callable[[str], object] = LOG.warning) -> Beacon:
        """The beacon of a round that the contract would take now, from the first relay that gives it.

        Nothing is sent: what the contract would refuse, it refuses in a simulation. `tell` is called with what each
        relay that fails has done. Raises `NoSuchBeacon`, `BeaconNotDue`, `NoDrandRelay` if there is no relay,
        `NoBeacon` if none of them gives it.
        """
        time, due = client.chain.time(), client.court.beacon_due(round)
        if time < due:
            raise errors.BeaconNotDue(f"round {round} is due at {show_time(due)}")
        if not self._addresses:
            raise NoDrandRelay(f"round {round}")
        for address in self._addresses:
            try:
                found = self._ask(address, round)
                client.court.show_beacon.simulate(found.round, found.signature)
            except (errors.StoreError, NotABeacon, *_REFUSED) as error:
                tell(f"the relay {_host(address)} gives no beacon of round {round}: {error.sentence()}")
                continue
            return found
        count = len(self._addresses)
        raise NoBeacon(f"round {round}: {count} {'relay was' if count == 1 else 'relays were'} asked")

    def _ask(self, address: str, round: int) -> Beacon:
        answer = fetch(f"{address}/public/{round}", limit=MAX_BYTES, timeout=self._timeout)
        try:
            found = Beacon.read(read_json(answer))
        except ValueError as error:
            raise NotABeacon(f"it is no JSON: {error}") from error
        if found.round != round:
            raise NotABeacon(f"it is of round {found.round}")
        return found


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, or a port, that are none
        fits = False
    if not fits or "?" in address or "#" in address:
        bound = "an http or https URL that ends before /public/"
        raise errors.ArgumentError("address of a drand relay", value=repr(address), bound=bound)
    return address.rstrip("/")


def _host(address: str) -> str:
    """An address without what may be a secret in it."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
