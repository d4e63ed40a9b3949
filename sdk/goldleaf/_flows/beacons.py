"""The randomness of a court that draws its jurors by the beacons of a drand chain."""

from .. import errors, events
from .._encoding.beacons import y_of
from . import edge
from .asks import Flow
from .core import Context, Transaction, now, optional_event, together, transact, view

RANDOMNESS = "DrandRandomness"

# Beyond there is none; as in the contract.
MAX_ROUND = 2**64 - 1


def due(context: Context, round: int) -> Flow[int]:
    """The time from which the beacon of a round can be shown.

    The round that the court waits for is `court.queue().ticket`. Raises `NoSuchBeacon`, and `DeploymentError` if the
    deployment names no DrandRandomness.
    """
    edge.between(errors.NoSuchBeacon, "round", round, 1, MAX_ROUND)
    return (yield from view(context, int, RANDOMNESS, "due", round))


def show(context: Context, round: int, signature: bytes) -> Flow[Transaction[events.BeaconShown | None]]:
    """Shows the beacon of a round, after which the court can draw by it. Anyone may.

    `signature` are the 48 bytes that any node of the drand chain gives for the round; the contract verifies them.
    The result is None if somebody has shown the round before: that is no failure.

    Raises `NoSuchBeacon`, `BadSignatureLength`, `SignatureNotCompressed`, `SignatureInfinite`, `CoordinateTooLarge`,
    `SignatureNotAPoint`, `BeaconNotDue`, `WrongBeacon`, and `DeploymentError` if the deployment names no
    DrandRandomness.
    """
    edge.between(errors.NoSuchBeacon, "round", round, 1, MAX_ROUND)
    y = y_of(signature)
    if context.checks:
        time, start = yield from together(now(), due(context, round))
        if time < start:
            raise errors.BeaconNotDue(f"round {round} is due at {edge.show_time(start)}")
    return transact(context, RANDOMNESS, "show", round, signature, y, result=optional_event(events.BeaconShown))
