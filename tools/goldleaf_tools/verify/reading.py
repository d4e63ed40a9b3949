"""What a verification needs, read from a node."""

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING

from goldleaf import errors, events
from goldleaf.feed import Logged
from goldleaf.ids import challenge_id, gold_dispute_id, split_challenge, split_submission, submission_id
from goldleaf.labels import LabelSet
from goldleaf.types import Block

from . import court, escrow, gold
from .findings import BatchVerification, Verification
from .seeds import Beacons, BlockHashes, Seeds, signature_in
from .verifying import of_batch, of_events

if TYPE_CHECKING:
    from goldleaf import Goldleaf
    from goldleaf.stores import Reader


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
    court, seeds = _court(client, history, blocks)
    return of_events(challenge, history, deployment=client.deployment, court=court, clock=blocks.time, seeds=seeds)


def batch_of_chain(client: "Goldleaf", task: int, batch: int, reader: "Reader | None" = None) -> BatchVerification:
    """The test of a batch, verified from what a node tells.

    `reader` fetches the labels of published submissions: without it, or where they cannot be had, nobody can tell what
    their errors are. Raises `NoSuchTask`, `NoSuchTest`, `NoSuchBatch`, and what the node raises.
    """
    history = batch_history(client, task, batch)
    blocks = Blocks(client)
    blocks.read(logged.block for logged in history)
    court, seeds = _court(client, history, blocks)
    published = {each.event.submission: each.event for each in history if isinstance(each.event, events.Published)}
    parameters = client.tasks.get(task).parameters

    def labels(submission: int) -> LabelSet | None:
        if reader is None:
            return None
        event = published[submission]
        try:
            return reader.labels(event.uri, event.root, parameters.items_of(split_submission(submission)[1]))
        except errors.StoreError:
            return None

    return of_batch(
        task,
        batch,
        history,
        deployment=client.deployment,
        court=court,
        clock=blocks.time,
        seeds=seeds,
        labels=labels,
    )


def batch_history(client: "Goldleaf", task: int, batch: int) -> list[Logged]:
    """The events of the escrow and of GoldTest that a verification of a batch's test needs, in order."""
    p = client.tasks.get(task).parameters
    filed = client.tests.batch(task, batch).filed
    slots = [submission_id(task, slot) for slot in p.siblings(batch)]
    history = client.events.history
    parts = [
        history(events.Opened, events.Cancelled, contract="TaskEscrow", task=task),
        history(*gold.WORK, contract="TaskEscrow", submission=slots),
        history(events.TestSetUp, contract="GoldTest", task=task),
        history(*gold.OF_BATCH, contract="GoldTest", task=task, batch=batch),
    ]
    if filed:
        disputes = [gold_dispute_id(task, batch, number) for number in range(filed)]
        parts.append(history(*gold.OF_DISPUTE, contract="GoldTest", gold_dispute=disputes))
    return in_order(parts)


def _court(client: "Goldleaf", history: list[Logged], blocks: Blocks) -> tuple[court.Court | None, Seeds | None]:
    """The deployment's court, if it is one of the arbitrators, and what it draws by, if the deployment names that."""
    address = client.deployment.contracts.get("Court")
    filed = (events.Defended, events.GoldDisputed)
    arbitrators = {logged.event.arbitrator for logged in history if isinstance(logged.event, filed)}
    terms = [logged.event.parameters for logged in history if isinstance(logged.event, events.Opened)]
    if address is None or address not in {*arbitrators, *(each.arbitrator for each in terms)}:
        return None, None
    found = read_court(client)
    return found, read_seeds(client, found, blocks)


def read_seeds(client: "Goldleaf", found: court.Court, blocks: Blocks) -> Seeds | None:
    """What a court draws by; None if the deployment does not name it."""
    named = client.deployment.contracts
    if found.parameters.randomness == named.get("BlockhashRandomness"):
        return BlockHashes(blocks.hash)
    if found.parameters.randomness != named.get("DrandRandomness"):
        return None

    def signature(shown: Logged) -> bytes | None:
        call = client.chain.transaction(shown.transaction)
        assert isinstance(shown.event, events.BeaconShown)
        return None if call is None else signature_in(call.data, shown.event.round)

    shown = client.events.history(events.BeaconShown, contract="DrandRandomness")
    return Beacons(client.court.drand(), shown, signature)
