"""Tests on known items ("gold"): the deployment's GoldTest, as the grader of tasks."""

from collections.abc import Mapping, Sequence
from itertools import chain

from .. import economics, errors, events, testing
from .._encoding.codec import encode
from ..amounts import Units, at_most
from ..canonical import Json
from ..ids import gold_dispute_id, name_gold_dispute, name_submission, split_gold_dispute, split_submission
from ..labels import GoldTerms, LabelSet, Manifest, digest, encode_label
from ..types import (
    BatchTest,
    Gold,
    GoldDispute,
    GoldDisputeState,
    GoldPreview,
    GoldResult,
    SubmissionState,
    Task,
    TaskParameters,
    TaskTest,
    TestPhase,
)
from . import court, edge, tasks
from .asks import LATEST, Flow, ask_time
from .core import Context, Transaction, now, one_event, together, transact, view, view_at
from .ledger import check_free
from .ledger import free as free_balance
from .logs import find_event

GOLD = "GoldTest"

DAY = 86_400
# Below that, people who are asked to look at the gold may not come to it.
SHORT_DISPUTES = 3 * DAY
MAX_DISPUTED = 32
NO_HASH = bytes(32)
# A batch of which a submission stands in one of these is sealed as far as that one goes.
SEALED = frozenset(SubmissionState) - {SubmissionState.OPEN, SubmissionState.TAKEN}


def get(context: Context, task: int) -> Flow[TaskTest]:
    """The terms of a task's test. Raises `NoSuchTest`."""
    return view(context, TaskTest, GOLD, "test", task)


def setting_up(context: Context, task: int) -> Flow[events.TestSetUp]:
    """How a task's test was set up, with the digests of the labels that an item may have. Raises `NoSuchTest`."""
    found = yield from find_event(context, events.TestSetUp, GOLD, task)
    if found is None:
        raise errors.NoSuchTest(f"task {task}")
    return found


def batch(context: Context, task: int, batch: int) -> Flow[BatchTest]:
    """Where the test of a batch stands. Raises `NoSuchTest`, `NoSuchBatch`."""
    return view(context, BatchTest, GOLD, "batch", task, batch)


def opening(context: Context, task: int, batch: int) -> Flow[Gold]:
    """What a batch is tested on. Raises `NoSuchTest`, `NoSuchBatch`, `GoldNotOpened`."""
    gold, _ = yield from _opened(context, task, batch)
    return gold


def tested(context: Context, submission: int) -> Flow[tuple[int, ...]]:
    """The items that a submission is or was tested on, those that were dropped left out; none if it is not tested.

    Raises `NoSuchTask`, `NoSuchTest`.
    """
    task, place = yield from _place(context, submission)
    try:
        return (yield from opening(context, task, place)).tested
    except errors.GoldNotOpened:
        return ()


def result(context: Context, submission: int, labels: LabelSet) -> Flow[GoldResult]:
    """How these labels do in the test of a submission's batch, as it stands now.

    Raises `GoldNotOpened`; `LabelError` if the set is not of the batch's items; `NoSuchTask`, `NoSuchTest`.
    """
    task, place = yield from _place(context, submission)
    gold, test = yield from together(opening(context, task, place), get(context, task))
    return _result(gold, test, labels)


def publish_until(context: Context, submission: int) -> Flow[int]:
    """The last moment to publish that the test leaves; `2**256 - 1` while its outcome is open. Raises `NoSuchTest`.

    What the task's own terms leave besides is `TaskParameters.publish_end`: the later one counts.
    """
    return view(context, int, GOLD, "publish_until", submission)


def deposit(context: Context, task: int) -> Flow[int]:
    """What `open_gold` takes for one batch, at what an arbitration costs now, base units. Raises `NoSuchTask`,
    `NoSuchTest`."""
    found, test = yield from together(tasks.get(context, task), get(context, task))
    cost = yield from _cost(found.parameters)
    return economics.gold_deposit(cost=cost, redundancy=found.parameters.redundancy, size=sum(test.counts))


def dispute(context: Context, gold_dispute: int) -> Flow[GoldDispute]:
    """A dispute about known answers. Raises `NoSuchGoldDispute`."""
    found = yield from view(context, GoldDispute, GOLD, "gold_dispute", gold_dispute)
    if found.state == GoldDisputeState.NONE:
        raise errors.NoSuchGoldDispute(f"gold dispute {name_gold_dispute(gold_dispute)}")
    return found


def filing(context: Context, gold_dispute: int) -> Flow[events.GoldDisputed]:
    """How a dispute about known answers was filed, with the dispute that decides it and the URI of its evidence.

    Raises `NoSuchGoldDispute`.
    """
    found = yield from find_event(context, events.GoldDisputed, GOLD, gold_dispute)
    if found is None:
        raise errors.NoSuchGoldDispute(f"gold dispute {name_gold_dispute(gold_dispute)}")
    return found


def preview(context: Context, task: int, parameters: TaskParameters) -> Flow[tuple[GoldPreview | None, int, list[str]]]:
    """What annotators should know of a task's test, the seconds by which it delays publishing at most, and notes."""
    if not parameters.is_graded:
        return None, 0, []
    if not is_grader(context, parameters):
        return None, 0, ["labels are tested by a grader that is not read here: look at what it asks for"]
    try:
        test = yield from get(context, task)
    except errors.NoSuchTest:
        return None, 0, ["the test is not set up: nobody can take a slot before"]
    size = sum(test.counts)
    chances = tuple((share, testing.chance_to_fail(size, test.allowed, share)) for share in testing.SHOWN)
    delay = test.opening_period + test.dispute_period + parameters.arbitration_timeout
    shown = GoldPreview(test.counts, test.allowed, test.opening_period, test.dispute_period, chances)
    return shown, delay, []


def check_shown(context: Context, task: int, parameters: TaskParameters, manifest: Manifest) -> Flow[None]:
    """Refuses a task whose test is not the one that its manifest shows; what another grader tests cannot be told.

    Raises `ManifestError` if the manifest is not the task's, `TestNotSetUp`, `TestDiffers`.
    """
    if manifest.terms != parameters.terms:
        raise errors.ManifestError(f"it is not that of task {task}, which was opened with another one")
    shown = manifest.test
    if not parameters.is_graded:
        if shown is not None:
            raise errors.TestDiffers(f"the manifest shows a test, and task {task} has none")
        return
    if not is_grader(context, parameters):
        return
    try:
        found = yield from setting_up(context, task)
    except errors.NoSuchTest as error:
        raise errors.TestNotSetUp(f"task {task}") from error
    if shown is None:
        raise errors.TestDiffers(f"the manifest shows no test, and the labels of task {task} are tested")
    fields = [
        ("known items of each class", list(found.counts), list(shown.counts)),
        ("allowed errors", found.allowed, shown.allowed),
        ("seconds to open the gold", found.opening_period, shown.opening_period),
        ("seconds to dispute it", found.dispute_period, shown.dispute_period),
    ]
    differences = [f"{name}: {own} on chain, {told} in the manifest" for name, own, told in fields if own != told]
    if found.classes != shown.digests:
        differences.insert(0, f"classes: those on chain are not {list(shown.classes)}, as in the manifest")
    if differences:
        raise errors.TestDiffers("; ".join(differences))


def is_grader(context: Context, parameters: TaskParameters) -> bool:
    """Whether a task is tested by the deployment's GoldTest."""
    return parameters.is_graded and parameters.grader == context.deployment.contracts.get(GOLD)


def set_up(
    context: Context, task: int, terms: GoldTerms, *, accuracy: testing.Share = testing.EXPERT
) -> Flow[Transaction[events.TestSetUp]]:
    """Fixes the test of a task that names GoldTest as its grader, for good. Its requester's alone, once.

    Nobody can take a slot before. `terms` are those that the manifest shows; `testing.design` computes them. `accuracy`
    is that of people who should pass.

    Raises `BadTestSize`; `ConstantAnswerPasses` if one answer to all items would pass; `ExpertsFail` if whoever is
    right on `accuracy` of them fails more often than not, both with the figures; `NoSuchTask`, `NotTasksGrader`,
    `NotTestsRequester`, `TestAlreadySetUp`, `BadOpeningPeriod`, `BadDisputePeriod`, `TestTakesTooLong`. Warns of
    periods that are too short for people.
    """
    testing.check(terms, accuracy=accuracy)
    if context.checks:
        found, is_set_up, floor = yield from together(
            tasks.get(context, task),
            view(context, bool, GOLD, "is_ready", task),
            view(context, int, "TaskTerms", "period_floor"),
        )
        p = found.parameters
        if not is_grader(context, p):
            raise errors.NotTasksGrader(f"task {task} is tested by {p.grader}")
        tasks.require_requester(errors.NotTestsRequester, context, found)
        if is_set_up:
            raise errors.TestAlreadySetUp(f"task {task}")
        tasks.check_test(p, terms, floor)
    warnings = []
    if terms.opening_period < DAY:
        warnings.append(f"the opening period is {terms.opening_period} seconds: a batch not opened in it is not tested")
    if terms.dispute_period < SHORT_DISPUTES:
        warnings.append(
            f"the dispute period is {terms.dispute_period} seconds: annotators need 3 days to look at known answers"
        )
    arguments = (task, list(terms.digests), list(terms.counts), terms.allowed)
    return transact(
        context,
        GOLD,
        "set_up",
        *arguments,
        terms.opening_period,
        terms.dispute_period,
        result=one_event(events.TestSetUp),
        warnings=warnings,
    )


def note_sealed(context: Context, task: int, batch: int) -> Flow[Transaction[events.BatchSealed]]:
    """Starts the opening period of a batch all of whose labels are sealed. Anyone may, once.

    If nobody does, it starts when the time to commit ends. Raises `NoSuchTask`, `NoSuchTest`, `NoSuchBatch`,
    `BatchNotSealed`, `BatchAlreadyNoted`.
    """
    if context.checks:
        found, state = yield from together(tasks.get(context, task), _batch(context, task, batch))
        if state.sealed_at:
            raise errors.BatchAlreadyNoted(f"at {edge.show_time(state.sealed_at)}")
        if state.phase == TestPhase.UNSEALED:
            raise _not_sealed(found, batch)
    return transact(context, GOLD, "note_sealed", task, batch, result=one_event(events.BatchSealed))


def open_gold(
    context: Context,
    task: int,
    batch: int,
    gold: Mapping[int, Json],
    *,
    max_cost: edge.Amount | None = None,
) -> Flow[Transaction[events.GoldOpened]]:
    """Shows on what a sealed batch is tested, and sets a deposit aside for whoever is right against it.

    The requester's alone, within the opening period. `gold` is item -> right label: as many items of each class as the
    test asks for (`testing.Plan.gold` has them). The deposit comes out of the free balance in GoldTest
    (`client.tests.ledger`); `max_cost` is what a dispute may cost, and defaults to what it costs now.

    What is sent is public even if it fails. So whatever is checked otherwise, this always looks whether the batch is
    sealed: by everybody who labels it, or by a block at or past the end of the time to commit.

    Raises `NoSuchTask`, `NoSuchTest`, `NoSuchBatch`, `UnlistedGrader`; `GoldNotInBatch`, `LabelOutsideSchema`,
    `WrongNumberOfItems`; `BatchNotSealed`, `NotTestsRequester`, `GoldAlreadyOpened`, `AlreadyWaived`,
    `OpeningHasEnded`, `GoldCostAboveMaximum`, `BalanceTooLow`.
    """
    found, state, terms = yield from together(
        tasks.get(context, task), _batch(context, task, batch), setting_up(context, task)
    )
    listed = _gold_list(found.parameters, batch, terms, gold)
    yield from _check_openable(context, task, found, state, batch)
    yield from _check_sealed_for_good(context, task, found, batch)
    cost = yield from _cost(found.parameters)
    most = cost if max_cost is None else (yield from edge.base_units(max_cost, found.token))
    _check_cost(cost, most, found.token)
    needed = economics.gold_deposit(cost=cost, redundancy=found.parameters.redundancy, size=len(gold))
    if context.checks:
        free = yield from free_balance(context, token=found.token)
        check_free(context, free, needed, found.token, "free balance for the deposit")
    return transact(context, GOLD, "open_gold", task, batch, listed, most, result=one_event(events.GoldOpened))


def waive(context: Context, task: int, batch: int) -> Flow[Transaction[events.GoldWaived]]:
    """Leaves a sealed batch untested at once, instead of having its annotators wait. The requester's alone.

    Raises `NoSuchTask`, `NoSuchTest`, `NoSuchBatch`, `BatchNotSealed`, `NotTestsRequester`, `GoldAlreadyOpened`,
    `AlreadyWaived`, `OpeningHasEnded`.
    """
    if context.checks:
        found, state = yield from together(tasks.get(context, task), _batch(context, task, batch))
        yield from _check_openable(context, task, found, state, batch)
    return transact(context, GOLD, "waive", task, batch, result=one_event(events.GoldWaived))


def file_dispute(
    context: Context,
    submission: int,
    items: Sequence[int],
    *,
    max_cost: edge.Amount | None = None,
    evidence: bytes = NO_HASH,
    uri: str = "",
) -> Flow[Transaction[events.GoldDisputed]]:
    """Says that each of these known answers is wrong, or cannot be told from the item, and has the arbitrator rule.

    For the annotator of a sealed submission that is tested on them, once, within the dispute period. `items` are 1 to
    32 of those that the batch is tested on. The arbitrator's cost and a bond of as much come out of the free balance in
    GoldTest. If each of them is ruled wrong, they are dropped from the test: fee and bond come back, with a prize of
    what an arbitration cost at the opening, if one of them was not dropped before. If not, both are lost.

    Raises `NoSuchTask`, `NoSuchTest`, `GoldNotOpened`, `NoGoldDisputed`, `NoSuchGoldItem`, `GoldNumbersNotRising`,
    `TooLateToDispute`, `WorkNotCommitted`, `NotTestedAnnotator`, `AlreadyDisputed`, `GoldCostAboveMaximum`,
    `BalanceTooLow`.
    """
    edge.between(errors.NoGoldDisputed, "number of items", len(items), 1, MAX_DISPUTED)
    if len(set(items)) < len(items):
        raise errors.GoldNumbersNotRising(f"items {list(items)}")
    task, place = yield from _place(context, submission)
    (gold, _), found = yield from together(_opened(context, task, place), tasks.get(context, task))
    if strangers := [item for item in items if item not in gold.items]:
        raise errors.NoSuchGoldItem(f"items {strangers} of submission {name_submission(submission)}")
    cost = yield from _cost(found.parameters)
    most = cost if max_cost is None else (yield from edge.base_units(max_cost, found.token))
    _check_cost(cost, most, found.token)
    if context.checks:
        yield from _check_disputable(context, submission, task, place)
        free = yield from free_balance(context, token=found.token)
        check_free(context, free, 2 * cost, found.token, "free balance for the fee and the bond")
    numbers = sorted(gold.items.index(item) for item in items)
    arguments = (submission, numbers, most, edge.word("evidence", evidence), edge.uri(uri))
    return transact(context, GOLD, "dispute_gold", *arguments, result=one_event(events.GoldDisputed))


def settle(context: Context, gold_dispute: int) -> Flow[Transaction[events.GoldDisputeSettled]]:
    """Pays a dispute about known answers in its turn, once it is ruled or the arbitrator's time is up. Anyone may.

    Raises `NoSuchGoldDispute`, `GoldNotItsTurn`, `GoldAwaitingRuling`, `RulingNotExecuted`.
    """
    task, place, number = split_gold_dispute(gold_dispute)
    if context.checks:
        found, state, held, time = yield from together(
            dispute(context, gold_dispute), batch(context, task, place), tasks.get(context, task), now()
        )
        if number != state.settled:
            raise errors.GoldNotItsTurn("number of the dispute", value=number, bound=state.settled)
        end = found.filed_at + held.parameters.arbitration_timeout
        if found.state == GoldDisputeState.FILED and time < end:
            told = yield from filing(context, gold_dispute)
            yield from court.check_executed(context, told.arbitrator, told.dispute)
            raise errors.GoldAwaitingRuling(f"until {edge.show_time(end)}")
    shown = yield from _shown(context, task, place)
    return transact(
        context, GOLD, "settle_gold_dispute", gold_dispute, shown.gold, result=one_event(events.GoldDisputeSettled)
    )


def release_deposit(context: Context, task: int, batch: int) -> Flow[Transaction[events.DepositReleased]]:
    """Returns what is left of a batch's deposit: to the requester, or where the test is void to who won. Anyone may.

    Once the outcome stands and every dispute is settled. Raises `NoSuchTest`, `NoSuchBatch`, `GoldNotOpened`,
    `TestIsPending`, `GoldDisputesPending`, `DepositAlreadyReleased`.
    """
    if context.checks:
        state = yield from _batch(context, task, batch)
        if not state.opened_at:
            raise errors.GoldNotOpened(f"batch {batch} of task {task}")
        if state.phase == TestPhase.OPENED:
            raise (yield from _pending(context, task, state))
        if state.settled < state.filed:
            raise errors.GoldDisputesPending(f"{state.settled} of {state.filed} are settled")
    return transact(context, GOLD, "release_deposit", task, batch, result=one_event(events.DepositReleased))


def answers(context: Context, submission: int, labels: LabelSet | bytes) -> Flow[bytes]:
    """What proves that a submission has passed its test; nothing where its batch is not tested.

    Raises `TestIsPending` while that is open, `TooManyErrors` if it is failed, `NoSuchTest`; `ArgumentError` if all
    that is given of the labels is their root, by which nothing can be proven.
    """
    task, place = yield from _place(context, submission)
    state = yield from batch(context, task, place)
    if state.phase == TestPhase.UNGRADED:
        return b""
    if state.phase != TestPhase.GRADED:
        raise (yield from _pending(context, task, state))
    if not isinstance(labels, LabelSet):
        raise errors.ArgumentError("labels", value="a root", bound="the label set: it is tested")
    (gold, shown), test, terms = yield from together(
        _opened(context, task, place), get(context, task), setting_up(context, task)
    )
    found = _result(gold, test, labels)
    if not found.is_passed:
        raise errors.TooManyErrors("errors on known items", value=len(found.wrong), bound=f"at most {found.allowed}")
    numbers = bytes(gold.items.index(item) for item in found.right)
    return encode(
        ["bytes", "bytes32[]", "bytes", "bytes32[]"],
        [shown.gold, list(terms.classes), numbers, labels.multiproof(found.right)],
    )


def _result(gold: Gold, test: TaskTest, labels: LabelSet) -> GoldResult:
    answers = dict(zip(gold.items, gold.answers, strict=True))
    right = tuple(item for item in gold.tested if digest(labels.label(item)) == answers[item])
    wrong = tuple(item for item in gold.tested if item not in right)
    return GoldResult(right, wrong, max(0, test.allowed - len(gold.dropped)))


def _place(context: Context, submission: int) -> Flow[tuple[int, int]]:
    """Task and batch of a submission. Raises `UnlistedGrader` if another contract tests the task."""
    task, slot = split_submission(submission)
    p = (yield from tasks.get(context, task)).parameters
    edge.between(errors.NoSuchSlot, "slot", slot, 0, p.slots - 1)
    if p.is_graded and not is_grader(context, p):
        raise errors.UnlistedGrader(p.grader)
    return task, slot % p.batches


def _batch(context: Context, task: int, number: int) -> Flow[BatchTest]:
    return batch(context, task, number)


def _shown(context: Context, task: int, number: int) -> Flow[events.GoldOpened]:
    found = yield from find_event(context, events.GoldOpened, GOLD, task, number)
    if found is None:
        raise errors.GoldNotOpened(f"batch {number} of task {task}")
    return found


def _opened(context: Context, task: int, number: int) -> Flow[tuple[Gold, events.GoldOpened]]:
    """What a batch is tested on, and how it was shown."""
    found, state, terms = yield from together(
        tasks.get(context, task), batch(context, task, number), setting_up(context, task)
    )
    if not state.opened_at:
        raise errors.GoldNotOpened(f"batch {number} of task {task}")
    shown = yield from _shown(context, task, number)
    first = number * found.parameters.batch_size
    positions = (int.from_bytes(shown.gold[i : i + 2], "big") for i in range(0, len(shown.gold), 2))
    items = tuple(first + position for position in positions)
    right = tuple(chain.from_iterable([kind] * count for kind, count in zip(terms.classes, terms.counts, strict=True)))
    dropped = tuple(item for place, item in enumerate(items) if state.dropped >> place & 1)
    return Gold(items, right, dropped), shown


def _gold_list(p: TaskParameters, number: int, terms: events.TestSetUp, gold: Mapping[int, Json]) -> bytes:
    """Positions of known items, grouped by class, as the contract takes them."""
    edge.between(errors.NoSuchBatch, "batch", number, 0, p.batches - 1)
    first = number * p.batch_size
    grouped: list[list[int]] = [[] for _ in terms.classes]
    for item, label in gold.items():
        edge.between(errors.GoldNotInBatch, "item", item, first, first + p.batch_size - 1)
        kind = digest(encode_label(label))
        if kind not in terms.classes:
            raise errors.LabelOutsideSchema(f"item {item}: {label!r} is none of the classes of the test")
        grouped[terms.classes.index(kind)].append(item - first)
    counts = tuple(map(len, grouped))
    if counts != terms.counts:
        raise errors.WrongNumberOfItems(
            "items of each class", value=", ".join(map(str, counts)), bound=", ".join(map(str, terms.counts))
        )
    return b"".join(position.to_bytes(2, "big") for positions in grouped for position in sorted(positions))


def _check_openable(context: Context, task: int, found: Task, state: BatchTest, number: int) -> Flow[None]:
    """Refuses what is not the requester's to open or waive now."""
    tasks.require_requester(errors.NotTestsRequester, context, found)
    if state.phase == TestPhase.UNSEALED:
        raise _not_sealed(found, number)
    if state.opened_at:
        raise errors.GoldAlreadyOpened(f"at {edge.show_time(state.opened_at)}")
    if state.phase == TestPhase.UNGRADED:
        end = (state.sealed_at or found.publish_from) + (yield from get(context, task)).opening_period
        raise (errors.AlreadyWaived if state.fixed_at < end else errors.OpeningHasEnded)(
            f"at {edge.show_time(state.fixed_at)}"
        )


def _check_sealed_for_good(context: Context, task: int, found: Task, number: int) -> Flow[None]:
    """Refuses to show gold while somebody might still commit: in the block that is being built the time to commit may
    be over, and in another one that takes its place not."""
    siblings = yield from tasks.submissions_in(context, task, found.parameters.siblings(number))
    if all(sibling.state in SEALED for sibling in siblings):
        return
    mined: int = yield ask_time(LATEST)
    if mined < found.publish_from:
        raise _not_sealed(found, number)


def _check_disputable(context: Context, submission: int, task: int, number: int) -> Flow[None]:
    """Refuses a dispute by who is not, or not any more, tested on these items."""
    (held,), state, test, time = yield from together(
        tasks.submissions_in(context, task, [split_submission(submission)[1]]),
        batch(context, task, number),
        get(context, task),
        now(),
    )
    end = state.opened_at + test.dispute_period
    if time >= end or state.phase == TestPhase.UNGRADED:
        raise errors.TooLateToDispute(f"it ended at {edge.show_time(min(end, state.fixed_at or end))}")
    if held.state != SubmissionState.COMMITTED:
        raise errors.WorkNotCommitted(f"submission {name_submission(submission)} is {held.state.name.lower()}")
    if held.annotator != context.actor:
        raise errors.NotTestedAnnotator("account", value=context.actor, bound=held.annotator)
    for other in range(state.filed):
        told = yield from filing(context, gold_dispute_id(task, number, other))
        if told.submission == submission:
            raise errors.AlreadyDisputed(f"gold dispute {name_gold_dispute(told.gold_dispute)}")


def _check_cost(cost: int, most: int, token: str) -> None:
    if cost > most:
        raise errors.GoldCostAboveMaximum("arbitration cost", value=Units(cost, token), bound=at_most(most, token))


def _cost(parameters: TaskParameters) -> Flow[int]:
    """What the task's arbitrator asks for a dispute now."""
    return view_at(int, "IArbitrator", parameters.arbitrator, "arbitration_cost")


def _pending(context: Context, task: int, state: BatchTest) -> Flow[errors.TestIsPending]:
    """What a test whose outcome is open waits for."""
    found, test = yield from together(tasks.get(context, task), get(context, task))
    if state.opened_at:
        waits = f"for its dispute period, until {edge.show_time(state.opened_at + test.dispute_period)}"
        if state.settled < state.filed:
            waits += f", and for {state.filed - state.settled} disputes to be settled"
    elif state.phase == TestPhase.UNSEALED:
        waits = f"for the other submissions of the batch, or until {edge.show_time(found.publish_from)}"
    else:
        end = (state.sealed_at or found.publish_from) + test.opening_period
        waits = f"for the requester to open the gold, until {edge.show_time(end)}"
    return errors.TestIsPending(f"it waits {waits}")


def _not_sealed(found: Task, number: int) -> errors.BatchNotSealed:
    return errors.BatchNotSealed(
        f"batch {number}: until all of its submissions are committed, or until {edge.show_time(found.publish_from)}"
    )
