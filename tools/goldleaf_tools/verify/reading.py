"""What a verification needs, read from a node."""

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING

from goldleaf import events
from goldleaf.feed import Logged
from goldleaf.ids import challenge_id, split_challenge, split_submission
from goldleaf.types import Block

from . import court, escrow
from .findings import Verification
from .verifying import of_events

if TYPE_CHECKING:
    from goldleaf import Goldleaf


class Blocks:
    """Times and hashes of blocks, each asked for once."""

    def __init__(self, client: "Goldleaf") -> None:
        self._client = client
        self._known: dict[int, Block] = {}

    def read(self, numbers: Iterable[int]) -> None:
        """Asks for many at once. Raises `NodeBehind` if the node lacks one."""
        missing = sorted({*numbers} - self._known.keys())
        self._known |= dict(zip(missing, self._client.chain.block.many(missing), strict=True))

    def time(self, number: int) -> int:
        """Unix seconds."""
        self.read([number])
        return self._known[number].timestamp

    def hash(self, number: int) -> bytes:
        """32 bytes."""
        self.read([number])
        return self._known[number].hash


def escrow_history(client: "Goldleaf", submission: int) -> list[Logged]:
    """The events of the escrow that a verification of the submission's challenges needs, in order."""
    task, _ = split_submission(submission)
    challenges = [challenge_id(submission, number) for number in range(client.submissions.get(submission).filed)]
    kinds = (events.Published, events.Accepted, events.Rejected, events.Claimed)
    parts = [
        client.events.history(events.Opened, contract="TaskEscrow", task=task),
        client.events.history(*kinds, contract="TaskEscrow", submission=submission),
    ]
    if challenges:
        parts.append(client.events.history(*escrow.KINDS, contract="TaskEscrow", challenge=challenges))
    return in_order(parts)


def court_history(client: "Goldleaf") -> list[Logged]:
    """The events of the deployment's court that a verification needs, in order."""
    return list(client.events.history(*court.KINDS, contract="Court"))


def read_court(client: "Goldleaf") -> court.Court:
    """The deployment's court, replayed."""
    return court.Court(client.deployment.address("Court"), client.court.parameters(), court_history(client))


def in_order(parts: Iterable[Iterable[Logged]]) -> list[Logged]:
    """Histories merged into one."""
    return list(heapq.merge(*parts, key=lambda logged: (logged.block, logged.index)))


def of_chain(client: "Goldleaf", challenge: int) -> Verification:
    """A challenge of either kind, verified from what a node tells.

    Raises `NoSuchChallenge`, and what the node raises.
    """
    history = escrow_history(client, split_challenge(challenge)[0])
    blocks = Blocks(client)
    blocks.read(logged.block for logged in history)
    found, hashes = None, None
    court_address = client.deployment.contracts.get("Court")
    arbitrators = {logged.event.arbitrator for logged in history if isinstance(logged.event, events.Defended)}
    terms = [logged.event.parameters for logged in history if isinstance(logged.event, events.Opened)]
    if court_address is not None and court_address in {*arbitrators, *(each.arbitrator for each in terms)}:
        found = read_court(client)
        if found.parameters.randomness == client.deployment.contracts.get("BlockhashRandomness"):
            hashes = blocks.hash
    return of_events(challenge, history, deployment=client.deployment, court=found, clock=blocks.time, hashes=hashes)
