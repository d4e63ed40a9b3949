"""The randomness of a court that draws its jurors by the beacons of a drand chain."""

from .. import errors, events
from .._encoding.beacons import compress_key, y_of
from ..types import ArmedBeacon, DrandChain
from . import court, edge
from .asks import Flow
from .core import Context, Transaction, now, optional_event, together, transact, view

RANDOMNESS = "DrandRandomness"

# Beyond there is none; as in the contract.
MAX_ROUND = 2**64 - 1


def chain(context: Context) -> Flow[DrandChain]:
    """The drand chain whose beacons the court draws by. It never changes.

    Hold its public key against what nodes of that chain tell. Raises `DeploymentError` if the deployment names no
    DrandRandomness.
    """
    key, genesis, period, margin = yield from together(
        view(context, tuple[bytes, ...], RANDOMNESS, "key"),
        view(context, int, RANDOMNESS, "genesis"),
        view(context, int, RANDOMNESS, "period"),
        view(context, int, RANDOMNESS, "margin"),
    )
    return DrandChain(compress_key(key), genesis, period, margin)


def armed(context: Context) -> Flow[ArmedBeacon | None]:
    """The beacon that the draw of the queue's head hangs on, shown or not.

    None if no draw is armed, or the court does not draw by the deployment's DrandRandomness.
    """
    terms, queue = yield from together(court.parameters(context), court.queue(context))
    if not queue.armed or terms.randomness != context.deployment.contracts.get(RANDOMNESS):
        return None
    start, randomness = yield from together(due(context, queue.ticket), shown(context, queue.ticket))
    return ArmedBeacon(queue.head, queue.ticket, start, randomness)


def shown(context: Context, round: int) -> Flow[bytes]:
    """The randomness of a round whose beacon was shown; 32 zero bytes if nobody has shown it.

    Raises `DeploymentError` if the deployment names no DrandRandomness.
    """
    return view(context, bytes, RANDOMNESS, "seed", round)


def due(context: Context, round: int) -> Flow[int]:
    """The time from which the beacon of a round can be shown.

    The round that the court waits for is in `court.armed_beacon()`. Raises `NoSuchBeacon`, and `DeploymentError` if the
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
