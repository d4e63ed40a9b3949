"""Submissions: taking, delivering, being paid."""

import random
from collections.abc import Collection, Sequence
from typing import NamedTuple

from .. import economics, errors, events
from ..ids import name_submission, split_submission
from ..labels import LabelSet, Manifest
from ..signing import commitments
from ..types import Submission, SubmissionState, TakePreview, Task, TaskParameters
from . import edge, gates, gold, tasks
from .asks import Flow
from .core import (
    Context,
    Transaction,
    events_of,
    gather,
    now,
    one_event,
    one_of_events,
    together,
    transact,
    view,
    view_at,
)
from .ledger import check_free
from .ledger import free as free_balance
from .logs import find_event
from .tasks import ESCROW, LENS

MAX_SLOTS = 32
# What happens to a slot that was picked at random when somebody else, or the account itself, takes one meanwhile.
RACED = (errors.SlotTaken, errors.HasSibling)
MAX_CLAIMS = 32
# How many batches are looked at to find an open slot.
MAX_PROBES = 256
# Of these, how many in one round of requests.
PROBES_AT_ONCE = 8

NO_SALT = bytes(32)
# So long after the publish period, a commitment in a graded task has waited for a grader that does not answer, seconds.
GRADER_TIMEOUT = 365 * 86_400


class Accepted(NamedTuple):
    """What the annotator knows of a task: contracts that they accept by their addresses, and its manifest."""

    arbitrator: str | None
    grader: str | None
    manifest: Manifest | None


PUBLIC_FOR_GOOD = "what is published, labels and all, is public for good"


def get(context: Context, submission: int) -> Flow[Submission]:
    """All that is stored of a submission; one in an open slot has the state OPEN. Raises `NoSuchTask`."""
    return view(context, Submission, LENS, "submission", submission)


def items(context: Context, submission: int) -> Flow[range]:
    """The item numbers whose labels the submission holds. Raises `NoSuchTask`, `NoSuchSlot`."""
    task, slot = split_submission(submission)
    parameters = (yield from tasks.get(context, task)).parameters
    _check_slot(slot, parameters.slots)
    return parameters.items_of(slot)


def is_wrong(context: Context, submission: int, item: int) -> Flow[bool]:
    """Whether the label of an item was proven wrong. Raises `NoSuchTask`, `NoSuchSlot`, `ItemNotInBatch`."""
    first = yield from _first_item(context, submission, item)
    return item in (yield from _marked(context, "wrong", submission, first, [item]))


def is_shown(context: Context, submission: int, item: int) -> Flow[bool]:
    """Whether the label of an item was shown in answer to a challenge of availability, and so is public for good.

    Raises `NoSuchTask`, `NoSuchSlot`, `ItemNotInBatch`.
    """
    first = yield from _first_item(context, submission, item)
    return item in (yield from shown(context, submission, first, [item]))


def publication(context: Context, submission: int) -> Flow[events.Published]:
    """How the submission was published, with the URI of its label set. Raises `NotPublished`."""
    found = yield from find_event(context, events.Published, ESCROW, submission)
    if found is None:
        raise errors.NotPublished(f"submission {name_submission(submission)}")
    return found


def pick_slots(context: Context, task: int, count: int) -> Flow[list[int]]:
    """Open slots of different batches, at random, none of a batch in which the client's account holds a slot.

    At random, so that annotators who come at the same time rarely want the same one. Looks at up to 256 batches and
    raises `NoOpenSlot` if there are not `count` slots among them.
    """
    found = yield from tasks.get(context, task)
    return (yield from _pick(context, task, found.parameters, count))


def preview(
    context: Context, task: int, slot: int | None = None, *, manifest: Manifest | None = None
) -> Flow[TakePreview]:
    """What would be locked, could be earned and could be lost by taking a slot now, and until when.

    Without a slot the figures are those of a full batch. Amounts are base units of the task's token, times unix
    seconds.

    `free_by` is the earliest time from which the stake can be claimed whatever the other side does. The contracts
    allow, each time at the very last second:

    - publishing before the work is due where redundancy is 1 and nothing is tested, else before
      `deadline + publish_period`; where GoldTest tests labels, as much later as opening the known items at the end of
      the opening period, and disputing them at the end of the dispute period until `arbitration_timeout`, takes;
    - a challenge before the end of the challenge window that begins then, of `challenge_period`;
    - its defence before the end of the response period that begins then, of `response_period`;
    - a dispute until `arbitration_timeout` after the defence; with no ruling until then it is over.

    Each step ends a second before the next bound, so these add up to three seconds less than the periods. Challenges
    are settled in their order, but their periods run from their own filing, side by side; and one of availability,
    filed in the first half of the window, is decided a quarter of the window later at the latest, before the window
    ends. So the last challenge that can be filed is the last to be decided, and no number of challenges moves this
    bound. Whoever publishes earlier, or is not challenged, is paid earlier. It moves with `due` if the take is mined
    later. Another grader than GoldTest may leave more time to publish, which is not counted here.

    `test` tells the chance to fail the test of a graded batch, which costs as much as the worst loss, and the pay. With
    the task's `manifest`, a test that is not the one that it shows is refused, as by `take`.

    Raises `NoSuchTask`, `NoSuchSlot`; with a manifest `ManifestError`, `TestNotSetUp`, `TestDiffers`.
    """
    found, time = yield from together(tasks.get(context, task), now())
    p = found.parameters
    place = 0 if slot is None else slot
    _check_slot(place, p.slots)
    if manifest is not None:
        yield from gold.check_shown(context, task, p, manifest)
    notes = yield from _warnings(context, found)
    if not context.deployment.lists(p.arbitrator):
        notes.insert(0, f"the arbitrator {p.arbitrator} is not listed: whoever owns it decides who is paid")
    if p.is_graded and not context.deployment.lists_grader(p.grader):
        notes.insert(0, f"the grader {p.grader} is not listed: whoever owns it decides whose labels are published")
    test, delay, told = yield from gold.preview(context, task, p)
    labels = len(p.items_of(place))
    due = time + p.work_period
    published_before = due if p.publishes_directly else p.publish_end + delay
    return TakePreview(
        task=task,
        slot=slot,
        token=found.token,
        labels=labels,
        locked=p.stake_of(place),
        pay=p.reward * labels,
        worst_loss=economics.worst_loss(stake=p.stake, labels=labels),
        prize=p.prize,
        tolerated=p.tolerated(place),
        due=due,
        free_by=published_before + p.challenge_period + p.response_period + p.arbitration_timeout - 3,
        notes=(*notes, *told, PUBLIC_FOR_GOOD),
        test=test,
    )


def take(
    context: Context,
    task: int,
    slot: int | None = None,
    *,
    gate_data: edge.GateData = b"",
    accept_arbitrator: str | None = None,
    accept_grader: str | None = None,
    manifest: Manifest | None = None,
) -> Flow[Transaction[events.Taken]]:
    """Takes an open slot and locks `stake` for each of its labels out of the free balance.

    Give the task's `manifest` where you have it: a task is refused then whose test is not the one that the manifest
    shows (`TestDiffers`, `ManifestError` if it is another task's), whatever else is checked.

    Without a slot, picks one at random, and another one when somebody else takes it meanwhile. `gate_data` is what the
    task's gate wants to see: a `SignedCredential`, or bytes. Work is due `work_period` later; what is locked is also
    the most that can be lost (`economics.worst_loss`).

    Raises `UnknownArbitrator` unless the deployment lists the task's arbitrator or `accept_arbitrator` is its address,
    and likewise `UnknownGrader`. That is looked at even where nothing else is checked, by reading the task's terms,
    which never change: so the task must be there already, and cannot be one that an earlier call of the same batch
    opens.

    Raises `NoSuchTask`, `TaskCancelled`, `TooLateToTake`, `NoOpenSlot`, `NoSuchSlot`, `SlotTaken`, `HasSibling`,
    `TestNotSetUp`, `NotAdmitted`, whose message says why, and `BalanceTooLow`. Warns of what `preview` notes as unwise:
    a court without a gate or that draws by block hashes, short windows, challenges that cannot pay.
    """
    data = edge.gate_data(gate_data)
    wanted: int | list[int] = 1 if slot is None else [slot]
    (picked,), warnings = yield from _slots(
        context, task, wanted, Accepted(accept_arbitrator, accept_grader, manifest), gate_data
    )
    raced = RACED if slot is None else ()
    return transact(
        context, ESCROW, "take", task, picked, data, result=one_event(events.Taken), warnings=warnings, raced=raced
    )


def take_many(
    context: Context,
    task: int,
    slots: int | Sequence[int],
    *,
    gate_data: edge.GateData = b"",
    accept_arbitrator: str | None = None,
    accept_grader: str | None = None,
    manifest: Manifest | None = None,
) -> Flow[Transaction[tuple[events.Taken, ...]]]:
    """`take` for 1 to 32 slots: these, or so many picked at random.

    Passes over slots that somebody else has taken: the result has those that are the account's now. Slots at random are
    picked anew if the account itself has taken a sibling meanwhile. Raises what `take` raises, `SlotTaken` if none of
    the named ones is open.
    """
    edge.between(errors.ArgumentError, "number of slots", slots if isinstance(slots, int) else len(slots), 1, MAX_SLOTS)
    data = edge.gate_data(gate_data)
    picked, warnings = yield from _slots(
        context, task, slots, Accepted(accept_arbitrator, accept_grader, manifest), gate_data
    )
    arguments, read = (task, picked, data), events_of(events.Taken)
    raced = RACED if isinstance(slots, int) else ()
    return transact(context, ESCROW, "take_many", *arguments, result=read, warnings=warnings, raced=raced)


def release(context: Context, submission: int) -> Flow[Transaction[events.Released]]:
    """Gives an uncommitted slot back before it is due, for a sixteenth of the stake. The annotator's alone.

    Raises `NotTaken`, `NotAnnotator`, `PastDue`, `AlreadyCommitted`.
    """
    if context.checks:
        found, time = yield from together(get(context, submission), now())
        _check_worker(context, found, time)
        if found.state == SubmissionState.COMMITTED:
            raise errors.AlreadyCommitted(f"submission {name_submission(submission)}")
    return transact(context, ESCROW, "release", submission, result=one_event(events.Released))


def expire(context: Context, submission: int) -> Flow[Transaction[events.Expired | events.Forfeited]]:
    """Ends a submission that was not delivered by its due time, or committed and not published in time. Anyone may.

    The first costs the annotator a quarter of the stake and opens the slot again, the second all of it; but nothing in
    a graded task whose grader has not answered for a year after the publish period.

    Raises `NotTaken`, `NotDueYet`, `MayBePublished`.
    """
    if context.checks:
        found, task, time = yield from _situation(context, submission)
        _check_taken(found)
        if found.state == SubmissionState.TAKEN and time < found.due_at:
            raise errors.NotDueYet(f"it is due at {edge.show_time(found.due_at)}")
        if found.state == SubmissionState.COMMITTED:
            yield from _check_forfeit(submission, task.parameters, time)
    return transact(context, ESCROW, "expire", submission, result=one_of_events(events.Expired, events.Forfeited))


def commit(
    context: Context, submission: int, labels: LabelSet | bytes, *, uri: str, salt: bytes
) -> Flow[Transaction[events.Committed]]:
    """Seals the labels of a task with redundancy above 1 or a grader, before the work is due. The annotator's alone.

    `labels` is the label set or its root, `uri` where the set will lie. Keep the set and the salt
    (`commitments.new_salt`): `publish` needs both, and a commitment that is not published in time costs all of the
    stake.

    Raises `LabelError` if the set is of other items than the batch's; `NotTaken`, `NotAnnotator`, `PastDue`,
    `AlreadyCommitted`, `PublishDirectly`.
    """
    commitment = _commitment(context, submission, context.actor, _root(labels), uri, salt)
    if context.checks:
        found, task, time = yield from _situation(context, submission)
        _check_worker(context, found, time)
        if task.parameters.publishes_directly:
            raise errors.PublishDirectly(f"submission {name_submission(submission)}")
        if found.state == SubmissionState.COMMITTED:
            raise errors.AlreadyCommitted(f"submission {name_submission(submission)}")
        _check_items(labels, submission, task)
    return transact(context, ESCROW, "commit", submission, commitment, result=one_event(events.Committed))


def publish(
    context: Context, submission: int, labels: LabelSet | bytes, *, uri: str, salt: bytes = NO_SALT
) -> Flow[Transaction[events.Published]]:
    """Opens a commitment, by anyone who knows it; with redundancy 1 delivers directly, by the annotator alone.

    What is published is public for good. `labels` is the label set or its root, `uri` where the set lies, `salt`
    that of the commitment. A commitment can be opened once all siblings are committed, or from the deadline on. In a
    graded task it is what `publish_graded` does, with what that raises; where nothing is checked, call that instead.

    Raises `LabelError` if the set is of other items than the batch's; `EmptyRoot`, `NotTaken`; with redundancy 1
    `NotAnnotator`, `PastDue`, else `NotCommitted`, `WrongOpening`, `SiblingsNotReady`, `TooLateToPublish`.
    """
    root = _root(labels)
    arguments = (submission, root, edge.word("salt", salt), edge.uri(uri))
    if context.checks:
        found, task, time = yield from _situation(context, submission)
        if task.parameters.is_graded:
            return (yield from publish_graded(context, submission, labels, uri=uri, salt=salt))
        _check_items(labels, submission, task)
        if task.parameters.publishes_directly:
            _check_worker(context, found, time)
        else:
            _check_opening(found, _commitment(context, submission, found.annotator, root, uri, salt))
            if time >= task.parameters.publish_end:
                raise errors.TooLateToPublish(f"it had to be before {edge.show_time(task.parameters.publish_end)}")
    return transact(context, ESCROW, "publish", *arguments, result=one_event(events.Published))


def publish_graded(
    context: Context,
    submission: int,
    labels: LabelSet | bytes,
    *,
    uri: str,
    salt: bytes,
    answers: bytes | None = None,
) -> Flow[Transaction[events.Published]]:
    """Opens a commitment in a graded task, with a proof that the labels have passed the test. By anyone who knows it.

    The proof is made of the label set and what the requester has shown. `answers` is in its place what another grader
    than the deployment's GoldTest wants to see. Labels that have failed are published by nobody, and nobody sees more
    of them than that: `client.tests.result` tells before.

    Raises `LabelError` if the set is of other items than the batch's; `EmptyRoot`, `TaskNotGraded`, `UnlistedGrader`,
    `NotTaken`, `NotCommitted`, `WrongOpening`, `TestIsPending`, `TooManyErrors`, `SiblingsNotReady`,
    `TooLateToPublish`.
    """
    root = _root(labels)
    if context.checks:
        found, task, time = yield from _situation(context, submission)
        p = task.parameters
        if not p.is_graded:
            raise errors.TaskNotGraded(f"task {split_submission(submission)[0]}")
        _check_items(labels, submission, task)
        _check_opening(found, _commitment(context, submission, found.annotator, root, uri, salt))
        if time >= p.publish_end:
            end = max(p.publish_end, (yield from view_at(int, "IGrader", p.grader, "publish_until", submission)))
            if time >= end:
                raise errors.TooLateToPublish(f"it had to be before {edge.show_time(end)}")
    proof = answers if answers is not None else (yield from gold.answers(context, submission, labels))
    arguments = (submission, root, edge.word("salt", salt), edge.uri(uri), proof)
    return transact(context, ESCROW, "publish_graded", *arguments, result=one_event(events.Published))


def accept(context: Context, submission: int) -> Flow[Transaction[events.Accepted]]:
    """Waives what is left of the challenge window, for what is not filed yet. The requester's alone.

    Raises `NotPublished`, `OnlyRequesterAccepts`, `AcceptTooLate`.
    """
    if context.checks:
        found, task, time = yield from _situation(context, submission)
        _check_published(submission, found)
        tasks.require_requester(errors.OnlyRequesterAccepts, context, task)
        if time >= found.window_end:
            raise errors.AcceptTooLate(f"at {edge.show_time(found.window_end)}")
    return transact(context, ESCROW, "accept", submission, result=one_event(events.Accepted))


def claim(context: Context, submission: int) -> Flow[Transaction[events.Claimed]]:
    """Pays the annotator: the reward of each label not proven wrong, and the whole stake. Anyone may.

    Raises `NotPublished`, `WindowOpen`, `ChallengesPending`.
    """
    if context.checks:
        yield from _check_claimable(context, [submission])
    return transact(context, ESCROW, "claim", submission, result=one_event(events.Claimed))


def claim_many(context: Context, submissions: Sequence[int]) -> Flow[Transaction[tuple[events.Claimed, ...]]]:
    """`claim` for 1 to 32 submissions.

    Passes over those that cannot be paid now, or were: the result has those that are paid by this. Raises what `claim`
    raises of the first, if none of them can be paid.
    """
    edge.at_most("submissions", submissions, MAX_CLAIMS)
    if context.checks:
        yield from _check_claimable(context, submissions)
    return transact(context, ESCROW, "claim_many", list(submissions), result=events_of(events.Claimed))


def get_published(context: Context, submission: int) -> Flow[Submission]:
    """A submission whose labels are out and that has not ended. Raises `NotPublished`."""
    found = yield from get(context, submission)
    _check_published(submission, found)
    return found


def shown(context: Context, submission: int, first: int, items: Sequence[int]) -> Flow[Collection[int]]:
    """Those of these items whose labels were shown; `first` is the first item of the batch."""
    return _marked(context, "shown", submission, first, items)


def _marked(context: Context, bitmap: str, submission: int, first: int, items: Sequence[int]) -> Flow[Collection[int]]:
    """Those of these items that a bitmap of the escrow marks: it has one bit per place in the batch."""
    words = sorted({(item - first) // 256 for item in items})
    marks = yield from gather(view(context, int, ESCROW, bitmap, submission, word) for word in words)
    by_word = dict(zip(words, marks, strict=True))
    return {item for item in items if by_word[(item - first) // 256] >> (item - first) % 256 & 1}


def _first_item(context: Context, submission: int, item: int) -> Flow[int]:
    """The first item of a submission's batch, in which the item has to be."""
    batch = yield from items(context, submission)
    edge.between(errors.ItemNotInBatch, "item", item, batch.start, batch.stop - 1)
    return batch.start


def _slots(
    context: Context,
    task: int,
    slots: int | Sequence[int],
    accepted: Accepted,
    gate_data: edge.GateData,
) -> Flow[tuple[list[int], list[str]]]:
    """The slots to take, these or so many at random, and what the annotator should know.

    Where nothing is checked, it refuses nothing but an arbitrator or a grader that the annotator does not know.
    """
    if context.checks:
        return (yield from _taking(context, task, slots, accepted, gate_data))
    p = (yield from _known(context, task, accepted)).parameters
    picked = (yield from _pick(context, task, p, slots)) if isinstance(slots, int) else list(slots)
    return picked, []


def _known(context: Context, task: int, accepted: Accepted) -> Flow[Task]:
    """A task whose arbitrator and grader the deployment lists, or the annotator accepts by name, and whose test is the
    one that its manifest shows, if that is at hand."""
    arbitrator, grader = (edge.address(name) if name is not None else None for name in accepted[:2])
    found = yield from tasks.get(context, task)
    p = found.parameters
    if not context.deployment.lists(p.arbitrator) and p.arbitrator != arbitrator:
        raise errors.UnknownArbitrator(f"task {task} is ruled by {p.arbitrator}")
    if p.is_graded and not context.deployment.lists_grader(p.grader) and p.grader != grader:
        raise errors.UnknownGrader(f"task {task} is tested by {p.grader}")
    if accepted.manifest is not None:
        yield from gold.check_shown(context, task, p, accepted.manifest)
    return found


def _check_ready(p: TaskParameters, task: int) -> Flow[None]:
    """Refuses a task whose test is not set up."""
    if p.is_graded and not (yield from view_at(bool, "IGrader", p.grader, "is_ready", task)):
        raise errors.TestNotSetUp(f"task {task}")


def _taking(
    context: Context,
    task: int,
    slots: int | Sequence[int],
    accepted: Accepted,
    gate_data: edge.GateData,
) -> Flow[tuple[list[int], list[str]]]:
    """Refuses what cannot or should not be taken; the slots, and what the annotator should know."""
    found, time = yield from together(_known(context, task, accepted), now())
    p = found.parameters
    if found.cancelled:
        raise errors.TaskCancelled(f"task {task}")
    if time + p.work_period >= p.deadline:
        raise errors.TooLateToTake(
            "time", value=edge.show_time(time), bound=f"before {edge.show_time(p.deadline - p.work_period)}"
        )
    chosen = _pick(context, task, p, slots) if isinstance(slots, int) else _open(context, task, p, slots)
    picked, free, warnings, _ = yield from together(
        chosen,
        free_balance(context, token=found.token),
        _warnings(context, found),
        together(gates.admit(context, errors.NotAdmitted, p.gate, gate_data, task), _check_ready(p, task)),
    )
    stake = sum(p.stake_of(slot) for slot in picked)
    check_free(context, free, stake, found.token, "free balance for the stake")
    return picked, warnings


def _warnings(context: Context, task: Task) -> Flow[list[str]]:
    """What makes taking part in a task unwise."""
    p = task.parameters
    doubts, cost = yield from together(
        tasks.doubts_of_court(context, p.arbitrator), view_at(int, "IArbitrator", p.arbitrator, "arbitration_cost")
    )
    return [*doubts, *tasks.short_windows(p), *tasks.unpaid_challenges(p.reward, cost, task.token)]


def _pick(context: Context, task: int, parameters: TaskParameters, count: int) -> Flow[list[int]]:
    chooser = random.SystemRandom()
    probed = chooser.sample(range(parameters.batches), min(parameters.batches, MAX_PROBES))
    picked: list[int] = []
    for first in range(0, len(probed), PROBES_AT_ONCE):
        batches = [parameters.siblings(batch) for batch in probed[first : first + PROBES_AT_ONCE]]
        read = yield from gather(tasks.submissions_in(context, task, slots) for slots in batches)
        for slots, held in zip(batches, read, strict=True):
            if any(sibling.annotator == context.actor for sibling in held):
                continue
            opened = [slot for slot, sibling in zip(slots, held, strict=True) if sibling.state == SubmissionState.OPEN]
            if opened:
                picked.append(chooser.choice(opened))
        if len(picked) >= count:
            return picked[:count]
    raise errors.NoOpenSlot(f"{len(picked)} of {count} found in {len(probed)} of {parameters.batches} batches")


def _open(context: Context, task: int, parameters: TaskParameters, slots: Sequence[int]) -> Flow[list[int]]:
    for slot in slots:
        _check_slot(slot, parameters.slots)
    read = yield from tasks.submissions_in(context, task, slots)
    states = dict(zip(slots, read, strict=True))
    found = [slot for slot, held in states.items() if held.state == SubmissionState.OPEN]
    if not found:
        slot, held = next(iter(states.items()))
        raise errors.SlotTaken(f"slot {slot} is {held.state.name.lower()}, by {held.annotator}")
    return found


def _check_slot(slot: int, slots: int) -> None:
    edge.between(errors.NoSuchSlot, "slot", slot, 0, slots - 1)


def _check_taken(found: Submission) -> None:
    if found.state not in (SubmissionState.TAKEN, SubmissionState.COMMITTED):
        raise errors.NotTaken(f"it is {found.state.name.lower()}")


def _check_worker(context: Context, found: Submission, time: int) -> None:
    _check_taken(found)
    if context.actor != found.annotator:
        raise errors.NotAnnotator("account", value=context.actor, bound=found.annotator)
    if time >= found.due_at:
        raise errors.PastDue(f"it was due at {edge.show_time(found.due_at)}")


def _check_opening(found: Submission, commitment: bytes) -> None:
    _check_taken(found)
    if found.state != SubmissionState.COMMITTED:
        raise errors.NotCommitted(f"it is {found.state.name.lower()}")
    if commitment != found.commitment:
        raise errors.WrongOpening("root, URI or salt are not those that were committed")


def _check_forfeit(submission: int, p: TaskParameters, time: int) -> Flow[None]:
    """Refuses to end what was committed as long as it may be published."""
    end = p.publish_end
    if p.is_graded and end <= time < end + GRADER_TIMEOUT:
        until = yield from view_at(int, "IGrader", p.grader, "publish_until", submission)
        end = min(max(end, until), end + GRADER_TIMEOUT)
    if time < end:
        raise errors.MayBePublished(f"until {edge.show_time(end)}")


def _check_published(submission: int, found: Submission) -> None:
    if found.state != SubmissionState.PUBLISHED:
        raise errors.NotPublished(f"submission {name_submission(submission)} is {found.state.name.lower()}")


def _check_claimable(context: Context, submissions: Sequence[int]) -> Flow[None]:
    """Refuses if none of them can be paid."""
    read, time = yield from together(gather(get(context, submission) for submission in submissions), now())
    refusals = [_claim_refusal(submission, found, time) for submission, found in zip(submissions, read, strict=True)]
    if refusals[0] is not None and all(refusals):
        raise refusals[0]


def _claim_refusal(submission: int, found: Submission, time: int) -> errors.ContractError | None:
    name = name_submission(submission)
    if found.state != SubmissionState.PUBLISHED:
        return errors.NotPublished(f"submission {name} is {found.state.name.lower()}")
    if time < found.window_end:
        return errors.WindowOpen(f"submission {name}: until {edge.show_time(found.window_end)}")
    if found.filed > found.settled:
        return errors.ChallengesPending(f"submission {name}: {found.settled} of {found.filed} are settled")
    return None


def _situation(context: Context, submission: int) -> Flow[tuple[Submission, Task, int]]:
    """A submission, its task, and the time."""
    task, _ = split_submission(submission)
    return together(get(context, submission), tasks.get(context, task), now())


def _check_items(labels: LabelSet | bytes, submission: int, task: Task) -> None:
    items = task.parameters.items_of(split_submission(submission)[1])
    if isinstance(labels, LabelSet) and labels.items != items:
        raise errors.LabelError(
            "items of the label set",
            value=f"[{labels.items.start}, {labels.items.stop})",
            bound=f"[{items.start}, {items.stop}) as in the batch",
        )


def _root(labels: LabelSet | bytes) -> bytes:
    if isinstance(labels, LabelSet):
        return labels.root
    if not any(edge.word("root", labels)):
        raise errors.EmptyRoot("root", value="empty", bound="that of a label set")
    return labels


def _commitment(context: Context, submission: int, annotator: str, root: bytes, uri: str, salt: bytes) -> bytes:
    return commitments.commitment(
        context.deployment.chain_id,
        context.deployment.address(ESCROW),
        submission,
        annotator,
        root,
        edge.uri(uri),
        edge.word("salt", salt),
    )
