"""Beacons of the court's drand chain, from the relays that the server is told of."""

from collections.abc import Sequence

from goldleaf import Deployment, Goldleaf
from goldleaf_tools.beacons import Relays


def find(rpc: str, deployment: Deployment, relays: Sequence[str], round: int, account: str) -> bytes:
    """The signature of a round that the court would take now from an account; it blocks.

    Raises `BeaconNotDue`, `NoBeacon` if no relay gives it, and what the node raises.
    """
    with Goldleaf(rpc, deployment, account) as client:
        return Relays(relays).find(client, round).signature
