"""Tasks: opening, cancelling, closing."""

from datetime import timedelta

from .. import economics, errors, events
from ..ids import submission_id
from ..manifest import Manifest
from ..types import ZERO_ADDRESS, Submission, SubmissionState, Task, TaskParameters
from . import court, edge
from .core import Context, Flow, Transaction, find_event, now, the, transact, view, view_at
from .ledger import require_free

ESCROW = "TaskEscrow"

MAX_AMOUNT = 2**80 - 1
MAX_ITEMS = 2**32 - 1
MAX_BATCH = 4096
MAX_REDUNDANCY = 15
MAX_TOLERANCE_BPS = 5000
MAX_PERIOD = 90 * 86_400
MAX_AHEAD = 365 * 86_400
DAY = 86_400


def get(context: Context, task: int) -> Flow[Task]:
    """All that is stored of a task. Raises `NoSuchTask`."""
    return view(context, Task, ESCROW, "task", task)


def count(context: Context) -> Flow[int]:
    """How many tasks there are; ids count from 1."""
    return view(context, int, ESCROW, "task_count")


def accepted_labels(context: Context, task: int) -> Flow[int]:
    """Labels of the task that were paid for; final once it is closed. Raises `NoSuchTask`."""
    return view(context, int, ESCROW, "accepted_labels", task)


def opening(context: Context, task: int) -> Flow[events.Opened]:
    """How the task was opened, with the URI of its manifest. Raises `NoSuchTask`."""
    found = yield from find_event(context, events.Opened, ESCROW, task)
    if found is None:
        raise errors.NoSuchTask(f"task {task}")
    return found


def open_slots(context: Context, task: int, batch: int) -> Flow[list[int]]:
    """The open slots of a batch. Raises `NoSuchTask`."""
    parameters = (yield from get(context, task)).parameters
    edge.between(errors.ArgumentError, "batch", batch, 0, parameters.batches - 1)
    slots = []
    for slot in parameters.siblings(batch):
        submission = yield from view(context, Submission, ESCROW, "submission", submission_id(task, slot))
        if submission.state == SubmissionState.OPEN:
            slots.append(slot)
    return slots


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
    demand_bond: edge.Amount | None = None,
    royalty_bps: int = 0,
    arbitrator: str | None = None,
    gate: str | None = None,
) -> Flow[Transaction[events.Opened]]:
    """Opens a task and moves `reward * items * redundancy` from the free balance into its pot.

    `terms` is the manifest, or the keccak-256 of its canonical JSON (then `items` says how many items it has); `uri` is
    where it lies. `reward` and `stake` are per label, in the arbitrator's token: an int counts base units, a Decimal
    whole tokens. `deadline` is unix seconds, an aware datetime, or a timedelta from now. Periods are seconds or
    timedeltas. The arbitrator defaults to the deployment's court, `arbitration_timeout` to twice the arbitrator's
    longest duration, `demand_bond` to the reward; without a gate anyone may take.

    Raises the error of the parameter that is out of bounds, with its value and its bound; `StakeBelowJuryCost` with the
    lowest stake that keeps the jury rule; `BalanceTooLow`. Warns of windows under a day and of a court without a gate.
    """
    judge = edge.address(arbitrator) if arbitrator is not None else context.deployment.address("Court")
    token = yield from view_at(str, "IArbitrator", judge, "token")
    cost = yield from view_at(int, "IArbitrator", judge, "arbitration_cost")
    longest = yield from view_at(int, "IArbitrator", judge, "max_duration")
    per_label = yield from edge.base_units(reward, token)
    parameters = TaskParameters(
        arbitrator=judge,
        gate=edge.address(gate) if gate is not None else ZERO_ADDRESS,
        reward=per_label,
        stake=(yield from edge.base_units(stake, token)),
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
        demand_bond=per_label if demand_bond is None else (yield from edge.base_units(demand_bond, token)),
        royalty_bps=royalty_bps,
        terms=terms.terms if isinstance(terms, Manifest) else edge.word("terms", terms),
    )
    floor = yield from view(context, int, ESCROW, "period_floor")
    time = yield from now()
    _check_parameters(parameters, floor=floor, time=time, longest=longest, cost=cost)
    yield from require_free(context, token, parameters.pot, "free balance for the pot")
    return transact(
        context,
        ESCROW,
        "open",
        parameters,
        edge.uri(uri),
        result=the(events.Opened),
        warnings=[*_short_windows(parameters), *(yield from ungated_court(context, judge))],
    )


def cancel(context: Context, task: int) -> Flow[Transaction[events.Cancelled]]:
    """Lets nobody take from the task any more; work that was taken goes on. The requester's alone.

    Raises `NoSuchTask`, `NotRequester`, `DeadlinePassed`, `AlreadyCancelled`.
    """
    found = yield from get(context, task)
    require_requester(errors.NotRequester, context, found)
    time = yield from now()
    if time >= found.parameters.deadline:
        raise errors.DeadlinePassed(f"at {edge.show_time(found.parameters.deadline)}")
    if found.cancelled:
        raise errors.AlreadyCancelled(f"task {task}")
    return transact(context, ESCROW, "cancel", task, result=the(events.Cancelled))


def close(context: Context, task: int) -> Flow[Transaction[events.Closed]]:
    """Returns what is left of the pot to the requester, after the deadline, once no submission is live. Anyone may.

    Raises `NoSuchTask`, `DeadlineNotPassed`, `AlreadyClosed`, `SubmissionsLive`.
    """
    found = yield from get(context, task)
    time = yield from now()
    if time < found.parameters.deadline:
        raise errors.DeadlineNotPassed(f"it is at {edge.show_time(found.parameters.deadline)}")
    if found.closed:
        raise errors.AlreadyClosed(f"task {task}")
    if found.live:
        raise errors.SubmissionsLive("live submissions", value=found.live, bound=0)
    return transact(context, ESCROW, "close", task, result=the(events.Closed))


def require_requester(error: type[errors.ContractError], context: Context, task: Task) -> None:
    """Raises `error` unless the client's account has opened the task."""
    if context.actor != task.requester:
        raise error("account", value=context.actor, bound=task.requester)


def ungated_court(context: Context, arbitrator: str) -> Flow[list[str]]:
    """A warning if the arbitrator is the deployment's court and anyone may sit in it."""
    if arbitrator != context.deployment.contracts.get("Court"):
        return []
    return (yield from court.ungated(context))


def _items(terms: Manifest | bytes, items: int | None) -> int:
    if not isinstance(terms, Manifest):
        if items is None:
            raise errors.ArgumentError("give `items`, or the manifest instead of its hash")
        return items
    if items not in (None, len(terms.items)):
        raise errors.BadItems("items", value=items, bound=f"{len(terms.items)} as in the manifest")
    return len(terms.items)


def _check_parameters(p: TaskParameters, *, floor: int, time: int, longest: int, cost: int) -> None:
    edge.between(errors.BadReward, "reward", p.reward, 1, MAX_AMOUNT)
    edge.between(errors.BadStake, "stake", p.stake, 1, MAX_AMOUNT)
    edge.between(errors.BadItems, "items", p.items, 1, MAX_ITEMS)
    edge.between(errors.BadBatchSize, "batch_size", p.batch_size, 1, min(MAX_BATCH, p.items))
    edge.between(errors.BadRedundancy, "redundancy", p.redundancy, 1, MAX_REDUNDANCY)
    edge.between(errors.BadTolerance, "tolerance_bps", p.tolerance_bps, 0, MAX_TOLERANCE_BPS)
    edge.between(errors.BadWorkPeriod, "work_period", p.work_period, floor, MAX_PERIOD)
    edge.between(errors.BadPublishPeriod, "publish_period", p.publish_period, floor, MAX_PERIOD)
    edge.between(errors.BadChallengePeriod, "challenge_period", p.challenge_period, floor, MAX_PERIOD)
    edge.between(errors.BadResponsePeriod, "response_period", p.response_period, floor, MAX_PERIOD)
    if not time + p.work_period < p.deadline <= time + MAX_AHEAD:
        raise errors.BadDeadline(
            "deadline",
            value=edge.show_time(p.deadline),
            bound=f"after {edge.show_time(time + p.work_period)} and not after {edge.show_time(time + MAX_AHEAD)}",
        )
    edge.between(errors.BadRoyalty, "royalty_bps", p.royalty_bps, 0, economics.BPS)
    if not any(p.terms):
        raise errors.NoTerms("terms", value="empty", bound="a keccak-256")
    edge.between(errors.BadArbitrationTimeout, "arbitration_timeout", p.arbitration_timeout, 2 * longest, MAX_AHEAD)
    for slot in (0, p.batches - 1):
        _check_jury_rule(p, len(p.items_of(slot)), cost)
    edge.between(errors.BadDemandBond, "demand_bond", p.demand_bond, p.reward, max(p.lowest_penalty, p.reward))


def _check_jury_rule(p: TaskParameters, labels: int, cost: int) -> None:
    rule = {"labels": labels, "tolerance_bps": p.tolerance_bps, "arbitration_cost": cost}
    if not economics.keeps_jury_rule(stake=p.stake, **rule):
        raise errors.StakeBelowJuryCost(
            f"stake per label, in a batch of {labels} with a jury costing {cost},",
            value=p.stake,
            bound=f"at least {economics.minimum_stake(**rule)} base units",
        )


def _short_windows(p: TaskParameters) -> list[str]:
    windows = {"challenge_period": p.challenge_period, "response_period": p.response_period}
    return [
        f"{name} is {length} seconds: in under a day people who sleep cannot react"
        for name, length in windows.items()
        if length < DAY
    ]
