"""Submissions: taking, delivering, being paid."""

import random
from collections.abc import Sequence

from .. import errors, events, seals
from ..ids import split_submission, submission_id
from ..labels import LabelSet
from ..types import Submission, SubmissionState, Task, TaskParameters
from . import edge, tasks
from .core import Context, Flow, Transaction, each, find_event, now, the, transact, view
from .ledger import require_free
from .tasks import ESCROW

MAX_SLOTS = 32
MAX_CLAIMS = 32
# How many batches are looked at to find an open slot.
MAX_PROBES = 256

NO_SALT = bytes(32)


def get(context: Context, submission: int) -> Flow[Submission]:
    """All that is stored of a submission; one in an open slot has the state OPEN. Raises `NoSuchTask`."""
    return view(context, Submission, ESCROW, "submission", submission)


def items(context: Context, submission: int) -> Flow[range]:
    """The item numbers whose labels the submission holds. Raises `NoSuchTask`, `NoSuchSlot`."""
    task, slot = split_submission(submission)
    parameters = (yield from tasks.get(context, task)).parameters
    _check_slot(slot, parameters.slots)
    return parameters.items_of(slot)


def is_wrong(context: Context, submission: int, item: int) -> Flow[bool]:
    """Whether the label of an item was proven wrong. Raises `NoSuchTask`, `NoSuchSlot`, `ItemNotInBatch`."""
    batch = yield from items(context, submission)
    edge.between(errors.ItemNotInBatch, "item", item, batch.start, batch.stop - 1)
    # The contract keeps one bit per position in the batch.
    word, bit = divmod(item - batch.start, 256)
    marks = yield from view(context, int, ESCROW, "wrong", submission, word)
    return bool(marks >> bit & 1)


def publication(context: Context, submission: int) -> Flow[events.Published]:
    """How the submission was published, with the URI of its label set. Raises `NotPublished`."""
    found = yield from find_event(context, events.Published, ESCROW, submission)
    if found is None:
        raise errors.NotPublished(f"submission {submission}")
    return found


def pick_slots(context: Context, task: int, count: int) -> Flow[list[int]]:
    """Open slots of different batches, at random, none of a batch in which the client's account holds a slot.

    At random, so that annotators who come at the same time rarely want the same one. Looks at up to 256 batches and
    raises `NoOpenSlot` if there are not `count` slots among them.
    """
    found = yield from tasks.get(context, task)
    return (yield from _pick(context, task, found.parameters, count))


def take(
    context: Context,
    task: int,
    slot: int | None = None,
    *,
    gate_data: bytes = b"",
    accept_arbitrator: str | None = None,
) -> Flow[Transaction[events.Taken]]:
    """Takes an open slot and locks `stake` for each of its labels out of the free balance.

    Without a slot, picks one at random. `gate_data` is what the task's gate wants to see. Work is due
    `work_period` later; what is locked is also the most that can be lost (`economics.worst_loss`).

    Raises `UnknownArbitrator` unless the deployment lists the task's arbitrator or `accept_arbitrator` is its address;
    `NoSuchTask`, `TaskCancelled`, `TooLateToTake`, `NoOpenSlot`, `NoSuchSlot`, `SlotTaken`, `HasSibling`,
    `NotAdmitted`, `BalanceTooLow`. Warns of a court without a gate.
    """
    found = yield from _takeable(context, task, accept_arbitrator)
    if slot is None:
        (slot,) = yield from _pick(context, task, found.parameters, 1)
    else:
        yield from _check_open(context, task, found, slot)
    yield from require_free(context, found.token, found.parameters.stake_of(slot), "free balance for the stake")
    notes = yield from tasks.ungated_court(context, found.parameters.arbitrator)
    arguments = (task, slot, edge.gate_data(gate_data))
    return transact(context, ESCROW, "take", *arguments, result=the(events.Taken), warnings=notes)


def take_many(
    context: Context,
    task: int,
    slots: int | Sequence[int],
    *,
    gate_data: bytes = b"",
    accept_arbitrator: str | None = None,
) -> Flow[Transaction[tuple[events.Taken, ...]]]:
    """`take` for 1 to 32 slots: these, or so many picked at random; all of them or none. Raises what `take` raises."""
    found = yield from _takeable(context, task, accept_arbitrator)
    if isinstance(slots, int):
        edge.between(errors.ArgumentError, "number of slots", slots, 1, MAX_SLOTS)
        slots = yield from _pick(context, task, found.parameters, slots)
    else:
        edge.at_most("slots", slots, MAX_SLOTS)
        for slot in slots:
            yield from _check_open(context, task, found, slot)
    stake = sum(found.parameters.stake_of(slot) for slot in slots)
    yield from require_free(context, found.token, stake, "free balance for the stakes")
    notes = yield from tasks.ungated_court(context, found.parameters.arbitrator)
    arguments = (task, list(slots), edge.gate_data(gate_data))
    return transact(context, ESCROW, "take_many", *arguments, result=each(events.Taken), warnings=notes)


def release(context: Context, submission: int) -> Flow[Transaction[events.Released]]:
    """Gives an uncommitted slot back before it is due, for a sixteenth of the stake. The annotator's alone.

    Raises `NotTaken`, `NotAnnotator`, `PastDue`, `AlreadyCommitted`.
    """
    found = yield from get(context, submission)
    yield from _check_worker(context, found)
    if found.state == SubmissionState.COMMITTED:
        raise errors.AlreadyCommitted(f"submission {submission}")
    return transact(context, ESCROW, "release", submission, result=the(events.Released))


def expire(context: Context, submission: int) -> Flow[Transaction[events.Expired | events.Forfeited]]:
    """Ends a submission that was not delivered by its due time, or committed and not published in time. Anyone may.

    The first costs the annotator a quarter of the stake and opens the slot again, the second all of it.
    Raises `NotTaken`, `NotDueYet`, `MayBePublished`.
    """
    found = yield from get(context, submission)
    _check_taken(found)
    time = yield from now()
    if found.state == SubmissionState.TAKEN and time < found.clock:
        raise errors.NotDueYet(f"it is due at {edge.show_time(found.clock)}")
    if found.state == SubmissionState.COMMITTED:
        end = yield from _publish_end(context, submission)
        if time < end:
            raise errors.MayBePublished(f"until {edge.show_time(end)}")
        return transact(context, ESCROW, "expire", submission, result=the(events.Forfeited))
    return transact(context, ESCROW, "expire", submission, result=the(events.Expired))


def commit(
    context: Context, submission: int, labels: LabelSet | bytes, *, uri: str, salt: bytes
) -> Flow[Transaction[events.Committed]]:
    """Seals the labels of a task with redundancy above 1, before the work is due. The annotator's alone.

    `labels` is the label set or its root, `uri` where the set will lie. Keep the set and the salt (`seals.new_salt`):
    `publish` needs both, and a commitment that is not published in time costs all of the stake.

    Raises `LabelError` if the set is of other items than the batch's; `NotTaken`, `NotAnnotator`, `PastDue`,
    `AlreadyCommitted`, `PublishDirectly`.
    """
    found = yield from get(context, submission)
    yield from _check_worker(context, found)
    task, slot = split_submission(submission)
    parameters = (yield from tasks.get(context, task)).parameters
    if parameters.redundancy == 1:
        raise errors.PublishDirectly(f"task {task}")
    if found.state == SubmissionState.COMMITTED:
        raise errors.AlreadyCommitted(f"submission {submission}")
    root = _root(labels, parameters.items_of(slot))
    commitment = _commitment(context, submission, context.actor, root, uri, salt)
    return transact(context, ESCROW, "commit", submission, commitment, result=the(events.Committed))


def publish(
    context: Context, submission: int, labels: LabelSet | bytes, *, uri: str, salt: bytes = NO_SALT
) -> Flow[Transaction[events.Published]]:
    """Opens a commitment, by anyone who knows it; with redundancy 1 delivers directly, by the annotator alone.

    What is published is public for good. `labels` is the label set or its root, `uri` where the set lies, `salt`
    that of the commitment. A commitment can be opened once all siblings are committed, or from the deadline on.

    Raises `LabelError` if the set is of other items than the batch's; `EmptyRoot`, `NotTaken`; with redundancy 1
    `NotAnnotator`, `PastDue`, else `NotCommitted`, `WrongOpening`, `SiblingsNotReady`, `TooLateToPublish`.
    """
    found = yield from get(context, submission)
    task, slot = split_submission(submission)
    terms = yield from tasks.get(context, task)
    root = _root(labels, terms.parameters.items_of(slot))
    if terms.parameters.redundancy == 1:
        yield from _check_worker(context, found)
    else:
        _check_taken(found)
        if found.state != SubmissionState.COMMITTED:
            raise errors.NotCommitted(f"submission {submission}")
        if _commitment(context, submission, found.annotator, root, uri, salt) != found.root:
            raise errors.WrongOpening(f"submission {submission}")
        end = terms.parameters.deadline + terms.parameters.publish_period
        time = yield from now()
        if time >= end:
            raise errors.TooLateToPublish(f"it had to be before {edge.show_time(end)}")
    arguments = (submission, root, edge.word("salt", salt), edge.uri(uri))
    return transact(context, ESCROW, "publish", *arguments, result=the(events.Published))


def accept(context: Context, submission: int) -> Flow[Transaction[events.Accepted]]:
    """Waives what is left of the challenge window, for what is not filed yet. The requester's alone.

    Raises `NotPublished`, `OnlyRequesterAccepts`, `AcceptTooLate`.
    """
    found = yield from get_published(context, submission)
    task = yield from tasks.get(context, split_submission(submission)[0])
    tasks.require_requester(errors.OnlyRequesterAccepts, context, task)
    time = yield from now()
    if time >= found.clock:
        raise errors.AcceptTooLate(f"at {edge.show_time(found.clock)}")
    return transact(context, ESCROW, "accept", submission, result=the(events.Accepted))


def claim(context: Context, submission: int) -> Flow[Transaction[events.Claimed]]:
    """Pays the annotator: the reward of each label not proven wrong, and what is left of the stake. Anyone may.

    Raises `NotPublished`, `WindowOpen`, `FightsPending`.
    """
    yield from _check_claimable(context, submission)
    return transact(context, ESCROW, "claim", submission, result=the(events.Claimed))


def claim_many(context: Context, submissions: Sequence[int]) -> Flow[Transaction[tuple[events.Claimed, ...]]]:
    """`claim` for 1 to 32 submissions, all of them or none. Raises what `claim` raises."""
    edge.at_most("submissions", submissions, MAX_CLAIMS)
    for submission in submissions:
        yield from _check_claimable(context, submission)
    return transact(context, ESCROW, "claim_many", list(submissions), result=each(events.Claimed))


def get_published(context: Context, submission: int) -> Flow[Submission]:
    """A submission whose labels are out and that has not ended. Raises `NotPublished`."""
    found = yield from get(context, submission)
    if found.state != SubmissionState.PUBLISHED:
        raise errors.NotPublished(f"submission {submission} is {found.state.name}")
    return found


def _takeable(context: Context, task: int, accept_arbitrator: str | None) -> Flow[Task]:
    found = yield from tasks.get(context, task)
    p = found.parameters
    accepted = edge.address(accept_arbitrator) if accept_arbitrator is not None else None
    if not context.deployment.lists(p.arbitrator) and p.arbitrator != accepted:
        raise errors.UnknownArbitrator(f"task {task} is ruled by {p.arbitrator}")
    if found.cancelled:
        raise errors.TaskCancelled(f"task {task}")
    time = yield from now()
    if time + p.work_period >= p.deadline:
        raise errors.TooLateToTake(
            "time", value=edge.show_time(time), bound=f"before {edge.show_time(p.deadline - p.work_period)}"
        )
    return found


def _pick(context: Context, task: int, parameters: TaskParameters, count: int) -> Flow[list[int]]:
    chooser = random.SystemRandom()
    probed = chooser.sample(range(parameters.batches), min(parameters.batches, MAX_PROBES))
    picked: list[int] = []
    for batch in probed:
        opened = []
        for slot in parameters.siblings(batch):
            sibling = yield from get(context, submission_id(task, slot))
            if sibling.annotator == context.actor:
                break
            if sibling.state == SubmissionState.OPEN:
                opened.append(slot)
        else:
            if opened:
                picked.append(chooser.choice(opened))
        if len(picked) == count:
            return picked
    raise errors.NoOpenSlot(f"{len(picked)} of {count} found in {len(probed)} of {parameters.batches} batches")


def _check_open(context: Context, task: int, found: Task, slot: int) -> Flow[None]:
    _check_slot(slot, found.parameters.slots)
    held = yield from get(context, submission_id(task, slot))
    if held.state != SubmissionState.OPEN:
        raise errors.SlotTaken(f"slot {slot} is {held.state.name}, by {held.annotator}")


def _check_slot(slot: int, slots: int) -> None:
    edge.between(errors.NoSuchSlot, "slot", slot, 0, slots - 1)


def _check_taken(found: Submission) -> None:
    if found.state not in (SubmissionState.TAKEN, SubmissionState.COMMITTED):
        raise errors.NotTaken(f"it is {found.state.name}")


def _check_worker(context: Context, found: Submission) -> Flow[None]:
    _check_taken(found)
    if context.actor != found.annotator:
        raise errors.NotAnnotator("account", value=context.actor, bound=found.annotator)
    time = yield from now()
    if time >= found.clock:
        raise errors.PastDue(f"it was due at {edge.show_time(found.clock)}")


def _check_claimable(context: Context, submission: int) -> Flow[None]:
    found = yield from get_published(context, submission)
    time = yield from now()
    if time < found.clock:
        raise errors.WindowOpen(f"submission {submission}: until {edge.show_time(found.clock)}")
    if found.filed > found.settled:
        raise errors.FightsPending(f"submission {submission}: {found.settled} of {found.filed} are settled")


def _publish_end(context: Context, submission: int) -> Flow[int]:
    parameters = (yield from tasks.get(context, split_submission(submission)[0])).parameters
    return parameters.deadline + parameters.publish_period


def _root(labels: LabelSet | bytes, items: range) -> bytes:
    if isinstance(labels, LabelSet):
        if labels.items != items:
            raise errors.LabelError(
                "items of the label set",
                value=f"[{labels.items.start}, {labels.items.stop})",
                bound=f"[{items.start}, {items.stop}) as in the batch",
            )
        return labels.root
    if not any(edge.word("root", labels)):
        raise errors.EmptyRoot("root", value="empty", bound="that of a label set")
    return labels


def _commitment(context: Context, submission: int, annotator: str, root: bytes, uri: str, salt: bytes) -> bytes:
    return seals.commitment(
        context.deployment.chain_id,
        context.deployment.address(ESCROW),
        submission,
        annotator,
        root,
        edge.uri(uri),
        edge.word("salt", salt),
    )
