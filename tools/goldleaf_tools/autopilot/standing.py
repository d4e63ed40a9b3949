"""How an account stands: what it has under way, free and to collect; what to do next, until when, or lose what.

    reader = ChainReader(client, None, None)
    found = stand(reader)
    print(found.next, found.next.loss)

A program that shows this again and again keeps the reader: it then reads only what is new.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .chain_reader import ChainReader
from .duties import Duty, Step
from .plan import in_order, plan
from .snapshot import Holding, Requested, Snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands at a time."""

    snapshot: Snapshot
    # Everything to do, by its owner or by an autopilot: what ends first comes first.
    duties: tuple[Duty, ...]

    @property
    def next(self) -> Duty | None:
        """What to do first: of what can be done now that which ends first, or else what can be done soonest.

        None: nothing, now or later.
        """
        time = self.snapshot.time
        due = [duty for duty in self.duties if duty.is_due(time)]
        later = sorted((duty for duty in self.duties if duty.start > time), key=lambda duty: duty.start)
        return next(iter((*due, *later)), None)


def stand(reader: ChainReader) -> Standing:
    """How the reader's account stands now. Raises `NodeError`."""
    snapshot = reader.look(balances=True, holdings=True)
    return Standing(snapshot, tuple(in_order([*plan(snapshot), *choices(snapshot)])))


def choices(snapshot: Snapshot) -> Iterator[Duty]:
    """What is left to the owner of an account whatever an autopilot does: to read labels, and to collect revenue."""
    for requested in snapshot.tasks:
        yield from _to_review(requested, snapshot.time)
    for holding in snapshot.holdings:
        yield from _to_collect(holding, snapshot.time)


def _to_review(requested: Requested, time: int) -> Iterator[Duty]:
    """The submissions that wait to be accepted or challenged, all of a task together."""
    ends = [found.window_end for found in requested.to_review(time).values()]
    if ends:
        loss = "the chance to challenge: what nobody challenges is paid for"
        yield Duty(Step.REVIEW, requested.task_id, time, min(ends), loss, number=len(ends))


def _to_collect(holding: Holding, time: int) -> Iterator[Duty]:
    if holding.unenrolled:
        yield Duty(Step.ENROLL, holding.task_id, time, number=len(holding.unenrolled))
    if holding.collectable:
        yield Duty(Step.COLLECT, holding.task_id, time)
    if holding.requester_due:
        yield Duty(Step.COLLECT_REQUESTER_SHARE, holding.task_id, time)
