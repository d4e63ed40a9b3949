"""Tasks: opening, cancelling, closing."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .. import economics, errors, events, testing
from ..amounts import Units, Words, at_least
from ..ids import submission_id
from ..labels import GoldTerms, Manifest
from ..types import ZERO_ADDRESS, Submission, SubmissionState, Task, TaskParameters
from . import arbitrators, court, edge
from .asks import Flow
from .core import Context, Transaction, gather, now, one_event, together, transact, view, view_at
from .ledger import check_free
from .ledger import free as free_balance
from .logs import find_event

ESCROW = "TaskEscrow"
LENS = "Lens"

MAX_AMOUNT = 2**80 - 1
MAX_LABELS = 2**31 - 1
MAX_BATCH = 4096
MAX_REDUNDANCY = 15
MAX_TOLERANCE_BPS = 8000
MAX_PERIOD = 90 * 86_400
MAX_AHEAD = 365 * 86_400
# Opening period and dispute period of a test, and the arbitration timeout.
MAX_TEST = 358 * 86_400
DAY = 86_400


def get(context: Context, task: int) -> Flow[Task]:
    """All that is stored of a task. Raises `NoSuchTask`."""
    return view(context, Task, LENS, "task", task)


def count(context: Context) -> Flow[int]:
    """How many tasks there are; ids count from 1."""
    return view(context, int, ESCROW, "task_count")


def accepted_labels(context: Context, task: int) -> Flow[int]:
    """Labels of the task that were paid for; final once it is closed. Raises `NoSuchTask`."""
    return view(context, int, LENS, "accepted_labels", task)


def sink(context: Context) -> Flow[str]:
    """Who is credited with what is lost of stakes and bonds and is nobody's prize. Fixed at deployment."""
    return view(context, str, ESCROW, "sink")


def opening(context: Context, task: int) -> Flow[events.Opened]:
    """How the task was opened, with the URI of its manifest. Raises `NoSuchTask`."""
    found = yield from find_event(context, events.Opened, ESCROW, task)
    if found is None:
        raise errors.NoSuchTask(f"task {task}")
    return found


def gate(context: Context, task: int) -> Flow[str]:
    """The gate of a task; the zero address: anyone may take. Raises `NoSuchTask`."""
    return (yield from get(context, task)).parameters.gate


def open_slots(context: Context, task: int, batch: int) -> Flow[list[int]]:
    """The open slots of a batch. Raises `NoSuchTask`."""
    parameters = (yield from get(context, task)).parameters
    edge.between(errors.ArgumentError, "batch", batch, 0, parameters.batches - 1)
    slots = parameters.siblings(batch)
    held = yield from submissions_in(context, task, slots)
    return [slot for slot, submission in zip(slots, held, strict=True) if submission.state == SubmissionState.OPEN]


def open_task(
    context: Context,
    *,
    terms: Manifest | bytes,
    uri: str,
    reward: edge.Amount,
    stake: edge.Amount,
    batch_size: int,
    redundancy: int,
    deadline: edge.Moment,
    items: int | None = None,
    tolerance_bps: int = 500,
    work_period: edge.Period = timedelta(days=2),
    publish_period: edge.Period = timedelta(days=2),
    challenge_period: edge.Period = timedelta(days=4),
    response_period: edge.Period = timedelta(days=2),
    arbitration_timeout: edge.Period | None = None,
    availability_bond: edge.Amount | None = None,
    royalty_bps: int = 0,
    arbitrator: str | None = None,
    gate: str | None = None,
    grader: str | None = None,
    accept_small_court: bool = False,
) -> Flow[Transaction[events.Opened]]:
    """Opens a task and moves `reward * items * redundancy` from the free balance into its pot.

    `terms` is the manifest, or the keccak-256 of its canonical JSON (then `items` says how many items it has); `uri` is
    where it lies. `reward` and `stake` are per label, in the arbitrator's token: an int counts base units, a Decimal
    whole tokens. `deadline` is unix seconds, an aware datetime, or a timedelta from now. Periods are seconds or
    timedeltas. The arbitrator is given by its name in the deployment or its address, and defaults to the deployment's
    court; `arbitration_timeout` defaults to twice the arbitrator's longest duration, `availability_bond` to the reward;
    without a gate anyone may take. A `grader` tests sealed labels before they are published; nobody can take from the
    task before its test is set up. A manifest that shows a test needs one, and a test that can be set up. A court of
    which fewer than 15 seats may be drawn, the largest panel, cannot hear every round, and what nobody hears lets a
    wrong label pass; `accept_small_court` opens the task all the same.

    Raises the error of the parameter that is out of bounds, with its value and its bound; `StakeTooLow` with the lowest
    stake that keeps the stake rule (`economics.minimum_stake`); `CourtTooSmall`; `BalanceTooLow`. Warns of
    windows that leave people less than a day to react, of a court without a gate or that draws by block hashes, and of
    pay so low that no challenge within the tolerance can be worth its bond.
    """
    judge = arbitrators.find(context, arbitrator) if arbitrator is not None else context.deployment.address("Court")
    amounts = [reward, stake, reward if availability_bond is None else availability_bond]
    token, longest = ZERO_ADDRESS, 0
    try:
        if context.checks or any(isinstance(amount, Decimal) for amount in amounts):
            token = yield from view_at(str, "IArbitrator", judge, "token")
        if context.checks or arbitration_timeout is None:
            longest = yield from view_at(int, "IArbitrator", judge, "max_duration")
    except errors.UnexpectedAnswer as error:
        raise errors.ArbitratorHasNoCode(judge) from error
    per_label, at_stake, per_availability = yield from gather(edge.base_units(amount, token) for amount in amounts)
    parameters = TaskParameters(
        arbitrator=judge,
        gate=edge.address(gate) if gate is not None else ZERO_ADDRESS,
        grader=edge.address(grader) if grader is not None else ZERO_ADDRESS,
        reward=per_label,
        stake=at_stake,
        items=_items(terms, items),
        batch_size=batch_size,
        redundancy=redundancy,
        tolerance_bps=tolerance_bps,
        deadline=(yield from edge.moment(deadline)),
        work_period=edge.seconds(work_period),
        publish_period=edge.seconds(publish_period),
        challenge_period=edge.seconds(challenge_period),
        response_period=edge.seconds(response_period),
        arbitration_timeout=2 * longest if arbitration_timeout is None else edge.seconds(arbitration_timeout),
        availability_bond=per_availability,
        royalty_bps=royalty_bps,
        terms=terms.terms if isinstance(terms, Manifest) else edge.word("terms", terms),
    )
    where = edge.uri(uri)
    test = terms.test if isinstance(terms, Manifest) else None
    if test is not None and not parameters.is_graded:
        raise errors.ManifestError("it shows a test of sealed labels, and the task names nobody who could hold it")
    warnings = [*short_windows(parameters)]
    if context.checks:
        reads: list[Flow[Any]] = [
            view_at(int, "IArbitrator", judge, "arbitration_cost"),
            view(context, int, "TaskTerms", "period_floor"),
            now(),
            free_balance(context, token=token),
            doubts_of_court(context, judge),
        ]
        cost, floor, time, free, doubts = yield from gather(reads)
        _check_parameters(parameters, token, floor=floor, longest=longest, cost=cost)
        _check_deadline(parameters, time)
        if test is not None:
            check_test(parameters, test, floor)
        if judge == context.deployment.contracts.get("Court") and not accept_small_court:
            yield from court.require_jury(context)
        check_free(context, free, parameters.pot, token, "free balance for the pot")
        warnings += [*doubts, *unpaid_challenges(parameters.reward, cost, token)]
    else:
        _check_parameters(parameters, token, floor=1, longest=0, cost=0)
    return transact(context, ESCROW, "open", parameters, where, result=one_event(events.Opened), warnings=warnings)


def cancel(context: Context, task: int) -> Flow[Transaction[events.Cancelled]]:
    """Lets nobody take from the task any more; work that was taken goes on. The requester's alone.

    Raises `NoSuchTask`, `NotRequester`, `DeadlinePassed`, `AlreadyCancelled`.
    """
    if context.checks:
        found, time = yield from together(get(context, task), now())
        require_requester(errors.NotRequester, context, found)
        if time >= found.parameters.deadline:
            raise errors.DeadlinePassed(f"at {edge.show_time(found.parameters.deadline)}")
        if found.cancelled:
            raise errors.AlreadyCancelled(f"task {task}")
    return transact(context, ESCROW, "cancel", task, result=one_event(events.Cancelled))


def close(context: Context, task: int) -> Flow[Transaction[events.Closed]]:
    """Returns what is left of the pot to the requester, once no submission is live. Anyone may.

    From the deadline on, and of a cancelled task from its `publish_from` on. Raises `NoSuchTask`, `TooEarlyToClose`,
    `AlreadyClosed`, `SubmissionsLive`.
    """
    if context.checks:
        found, time = yield from together(get(context, task), now())
        start = found.publish_from if found.cancelled else found.parameters.deadline
        if time < start:
            raise errors.TooEarlyToClose(f"it can be closed from {edge.show_time(start)} on")
        if found.closed:
            raise errors.AlreadyClosed(f"task {task}")
        if found.live:
            raise errors.SubmissionsLive("live submissions", value=found.live, bound=0)
    return transact(context, ESCROW, "close", task, result=one_event(events.Closed))


def check_test(p: TaskParameters, test: GoldTerms, floor: int) -> None:
    """Refuses a test that a task with these terms cannot be given."""
    testing.check_size(test, batch_size=p.batch_size)
    edge.between(errors.BadOpeningPeriod, "opening period", test.opening_period, floor, MAX_PERIOD)
    edge.between(errors.BadDisputePeriod, "dispute period", test.dispute_period, floor, MAX_PERIOD)
    whole = test.opening_period + test.dispute_period + p.arbitration_timeout
    edge.between(errors.TestTakesTooLong, "seconds in all", whole, 0, MAX_TEST)


def require_requester(error: type[errors.ContractError], context: Context, task: Task) -> None:
    """Raises `error` unless the client's account has opened the task."""
    if context.actor != task.requester:
        raise error("account", value=context.actor, bound=task.requester)


def doubts_of_court(context: Context, arbitrator: str) -> Flow[list[str]]:
    """Warnings if the arbitrator is the deployment's court and anyone may sit in it, or it draws by block hashes."""
    if arbitrator != context.deployment.contracts.get("Court"):
        return []
    return (yield from court.doubts(context))


def unpaid_challenges(reward: int, cost: int, token: str) -> list[str]:
    """A warning if even a challenge of as many labels as it may hold risks more than its labels are worth.

    Its bond is then three disputes, more than half of the labels' pay, so a challenger within the tolerance has to be
    surer than 2/3 by far: wrong labels go unchallenged unless the whole submission may be rejected.
    """
    most = economics.MAX_CHALLENGED
    if economics.least_bond(challenged=most, reward=reward, arbitration_cost=0) >= 3 * cost:
        return []
    return [
        Words(
            "challenges within the tolerance can hardly pay: half of the pay of {} labels, at {} each, is less than 3 "
            "disputes at {} each",
            most,
            Units(reward, token),
            Units(cost, token),
        )
    ]


def short_windows(p: TaskParameters) -> list[str]:
    """Warnings of windows in which people have less than a day to react."""
    said = []
    if p.challenge_period // 4 < DAY:
        said.append(
            f"the challenge period is {p.challenge_period} seconds: labels that are challenged as withheld have to be "
            "shown within a quarter of it, in which people who sleep cannot react"
        )
    if p.response_period < DAY:
        said.append(f"the response period is {p.response_period} seconds: in it people who sleep cannot react")
    return said


def submissions_in(context: Context, task: int, slots: Iterable[int]) -> Flow[list[Submission]]:
    """What is stored of the submissions in these slots of a task."""
    return gather(view(context, Submission, LENS, "submission", submission_id(task, slot)) for slot in slots)


def _items(terms: Manifest | bytes, items: int | None) -> int:
    if not isinstance(terms, Manifest):
        if items is None:
            raise errors.ArgumentError("give `items`, or the manifest instead of its hash")
        return items
    if items not in (None, len(terms.items)):
        raise errors.BadItems("items", value=items, bound=f"{len(terms.items)} as in the manifest")
    return len(terms.items)


def _check_parameters(p: TaskParameters, token: str, *, floor: int, longest: int, cost: int) -> None:
    _check_amount(errors.BadReward, "reward", p.reward, economics.MIN_REWARD, MAX_AMOUNT, token)
    _check_amount(errors.BadStake, "stake", p.stake, 1, MAX_AMOUNT, token)
    edge.between(errors.BadRedundancy, "redundancy", p.redundancy, 1, MAX_REDUNDANCY)
    edge.between(errors.BadItems, "items", p.items, 1, MAX_LABELS // p.redundancy)
    edge.between(errors.BadBatchSize, "batch size", p.batch_size, 1, min(MAX_BATCH, p.items))
    if p.is_graded and p.items % p.batch_size:
        raise errors.LastBatchNotWhole("items", value=p.items, bound=f"a multiple of the batch size, {p.batch_size}")
    edge.between(errors.BadTolerance, "tolerance, in 1/100 percent,", p.tolerance_bps, 0, MAX_TOLERANCE_BPS)
    edge.between(errors.BadWorkPeriod, "work period, in seconds,", p.work_period, floor, MAX_PERIOD)
    edge.between(errors.BadPublishPeriod, "publish period, in seconds,", p.publish_period, floor, MAX_PERIOD)
    edge.between(errors.BadChallengePeriod, "challenge period, in seconds,", p.challenge_period, floor, MAX_PERIOD)
    edge.between(errors.BadResponsePeriod, "response period, in seconds,", p.response_period, floor, p.challenge_period)
    edge.between(errors.BadRoyalty, "royalty, in 1/100 percent,", p.royalty_bps, 0, economics.BPS)
    if not any(p.terms):
        raise errors.NoTerms("terms", value="empty", bound="a keccak-256")
    edge.between(
        errors.BadArbitrationTimeout, "arbitration timeout, in seconds,", p.arbitration_timeout, 2 * longest, MAX_AHEAD
    )
    for slot in (0, p.batches - 1):
        _check_stake_rule(p, len(p.items_of(slot)), cost, token)
    smallest = len(p.items_of(p.batches - 1))
    most = economics.highest_availability_bond(stake=p.stake, labels=smallest, reward=p.reward)
    _check_amount(errors.BadAvailabilityBond, "availability bond", p.availability_bond, p.reward, most, token)


def _check_deadline(p: TaskParameters, time: int) -> None:
    if not time + p.work_period < p.deadline <= time + MAX_AHEAD:
        raise errors.BadDeadline(
            "deadline",
            value=edge.show_time(p.deadline),
            bound=f"after {edge.show_time(time + p.work_period)} and not after {edge.show_time(time + MAX_AHEAD)}",
        )


def _check_amount(error: type[errors.TaskError], name: str, units: int, low: int, high: int, token: str) -> None:
    if not low <= units <= high:
        raise error(name, value=Units(units, token), bound=Words("{} to {}", Units(low, token), Units(high, token)))


def _check_stake_rule(p: TaskParameters, labels: int, cost: int, token: str) -> None:
    rule = {"reward": p.reward, "labels": labels, "tolerance_bps": p.tolerance_bps, "arbitration_cost": cost}
    if not economics.keeps_stake_rule(stake=p.stake, **rule):
        raise errors.StakeTooLow(
            Words(
                "stake per label, in a batch of {} of which {} wrong reject it, with a jury costing {},",
                labels,
                economics.tolerated(labels=labels, tolerance_bps=p.tolerance_bps) + 1,
                Units(cost, token),
            ),
            value=Units(p.stake, token),
            bound=at_least(economics.minimum_stake(**rule), token),
        )
