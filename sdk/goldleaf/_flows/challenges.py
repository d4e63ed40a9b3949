"""Challenges and demands: the fights of a submission."""

from collections.abc import Sequence
from itertools import pairwise

from .. import economics, errors, events
from ..amounts import Units, at_least, at_most
from ..ids import name_fight, name_submission, split_fight, split_submission
from ..labels import LabelSet
from ..signing import seals
from ..types import Fight, FightState, Phase, Submission, SubmissionState, Task, TaskParameters
from . import court, edge, submissions, tasks
from .asks import Flow
from .core import Context, Transaction, events_of, gather, now, one_event, together, transact, view, view_at
from .ledger import check_free, require_free
from .ledger import free as free_balance
from .logs import find_event
from .tasks import ESCROW

MAX_FIGHTS = 16
SEAL_MIN_AGE = 60
SEAL_MAX_AGE = 86_400
NO_HASH = bytes(32)


def get(context: Context, fight: int) -> Flow[Fight]:
    """All that is stored of a challenge or demand. Raises `NoSuchFight`."""
    found = yield from view(context, Fight, ESCROW, "fight", fight)
    if found.state == FightState.NONE:
        raise errors.NoSuchFight(f"fight {name_fight(fight)}")
    return found


def filing(context: Context, fight: int) -> Flow[events.Challenged]:
    """How a challenge was filed, with its items and the URI of its evidence. Raises `NoSuchFight`."""
    found = yield from find_event(context, events.Challenged, ESCROW, fight)
    if found is None:
        raise errors.NoSuchFight(f"no challenge {name_fight(fight)}")
    return found


def defence(context: Context, fight: int) -> Flow[events.Defended]:
    """How a challenge was defended, with the dispute that decides it. Raises `NoSuchFight`."""
    found = yield from find_event(context, events.Defended, ESCROW, fight)
    if found is None:
        raise errors.NoSuchFight(f"no defence of {name_fight(fight)}")
    return found


def sealed_at(context: Context, seal: bytes) -> Flow[int]:
    """When a seal was stored, unix seconds; 0: never, or used up."""
    return view(context, int, ESCROW, "sealed_at", edge.word("seal", seal))


def least_bond(context: Context, submission: int, challenged: int) -> Flow[int]:
    """The least that a challenge of so many labels locks now: `max(k * reward // 2, 3 * cost)`.

    It comes back unless it is lost. More earns more only if the challenge has the submission rejected:
    `economics.crossing_bonus`.
    """
    task, _ = split_submission(submission)
    return (yield from _least_bond((yield from tasks.get(context, task)).parameters, challenged))


def seal(context: Context, submission: int, items: Sequence[int], *, salt: bytes) -> Flow[Transaction[events.Sealed]]:
    """Seals a challenge: stores the time and shows nothing of it, so that nobody can copy it.

    `file` it with the same items and salt (`seals.new_salt`) by the same account, when the seal is at least a minute
    and less than a day old. Raises `NotPublished`, `ChallengeTooLate`, `NoLabelsChallenged`, `ItemsNotRising`,
    `ItemNotInBatch`, `AlreadySealed`.
    """
    _check_rising(items)
    digest = _seal(context, submission, items, salt)
    if context.checks:
        sealed, _, time = yield from _challengeable(context, submission, items, digest)
        if sealed and time < sealed + SEAL_MAX_AGE:
            raise errors.AlreadySealed(f"at {edge.show_time(sealed)}")
    return transact(context, ESCROW, "seal", digest, result=one_event(events.Sealed))


def file(
    context: Context,
    submission: int,
    items: Sequence[int],
    *,
    salt: bytes,
    bond: edge.Amount | None = None,
    evidence: bytes = NO_HASH,
    uri: str = "",
) -> Flow[Transaction[events.Challenged]]:
    """Challenges a submission: "each of these labels is wrong", with a bond out of the free balance.

    `items` are item numbers, rising, each once; `evidence` is a hash and `uri` where the evidence lies, for jurors.
    `bond` is what is locked, to the unit, and lost if the labels are ruled to be not each wrong; it defaults to the
    least one now (`least_bond`). The seal does not bind it.

    Each label that is proven wrong earns `economics.prize`, as many as are left until the submission is rejected; the
    challenge that has it rejected earns `economics.crossing_bonus` besides, which grows with the bond up to
    `economics.crossing_bond`. Within the tolerance it pays when its author is more than 2/3 sure of all the labels, and
    the least bond is half of their pay rather than three disputes.

    Raises `NotPublished`, `ChallengeTooLate`, `NoLabelsChallenged`, `ItemsNotRising`, `ItemNotInBatch`, `NoSuchSeal`,
    `SealTooYoung`, `SealTooOld`, `BondTooLow`, `BalanceTooLow`. Warns of a bond of which a part is only risked.
    """
    warnings: list[str] = []
    _check_rising(items)
    digest = _seal(context, submission, items, salt)
    if context.checks:
        sealed, task, time = yield from _challengeable(context, submission, items, digest)
        if not sealed:
            raise errors.NoSuchSeal(f"submission {name_submission(submission)}, items {list(items)}")
        if time < sealed + SEAL_MIN_AGE:
            raise errors.SealTooYoung(f"it can be used from {edge.show_time(sealed + SEAL_MIN_AGE)} on")
        if time >= sealed + SEAL_MAX_AGE:
            raise errors.SealTooOld(f"it could be used before {edge.show_time(sealed + SEAL_MAX_AGE)}")
        least, free = yield from together(
            _least_bond(task.parameters, len(items)), free_balance(context, token=task.token)
        )
        locked = least if bond is None else (yield from edge.base_units(bond, task.token))
        if locked < least:
            raise errors.BondTooLow("bond", value=Units(locked, task.token), bound=at_least(least, task.token))
        check_free(context, free, locked, task.token, "free balance for the bond")
        p, slot = task.parameters, split_submission(submission)[1]
        useful = max(least, economics.crossing_bond(stake=p.stake, labels=len(p.items_of(slot))))
        if locked > useful:
            warnings.append(
                f"of a bond of {locked} base units, what is above {useful} earns nothing and is only risked"
            )
    elif isinstance(bond, int):
        locked = bond
    else:
        task = yield from tasks.get(context, split_submission(submission)[0])
        if bond is None:
            locked = yield from _least_bond(task.parameters, len(items))
        else:
            locked = yield from edge.base_units(bond, task.token)
    arguments = (submission, list(items), locked, edge.word("evidence", evidence), edge.uri(uri), salt)
    return transact(context, ESCROW, "challenge", *arguments, result=one_event(events.Challenged), warnings=warnings)


def concede(context: Context, fight: int) -> Flow[Transaction[events.Conceded]]:
    """Agrees that the labels are wrong, which nobody can defend any more. The annotator's alone, while undefended.

    It gives nothing back that silence would not: it says so early, and saves whoever would defend the fee.

    Raises `NoSuchFight`, `FightNotOpen`, `NotPublished`, `IsADemand`, `ResponseEnded`, `OnlyAnnotatorConcedes`.
    """
    if context.checks:
        _, _, submission, _ = yield from _open_challenge(context, fight)
        if context.actor != submission.annotator:
            raise errors.OnlyAnnotatorConcedes("account", value=context.actor, bound=submission.annotator)
    return transact(context, ESCROW, "concede", fight, result=one_event(events.Conceded))


def defend(context: Context, fight: int, *, max_cost: edge.Amount | None = None) -> Flow[Transaction[events.Defended]]:
    """Brings a challenge before the task's arbitrator, paying its cost out of the free balance.

    The annotator's alone in the first half of the response period, anyone's in the second. `max_cost` defaults to what
    the arbitrator asks now. Whoever defends labels that are not ruled to be each wrong gets the fee back, out of the
    bond, and half of what is left of it; the annotator the other half, and keeps the pay of the labels. So it pays for
    the annotator when more than a third sure that not each of them is wrong, for a stranger when more than half sure;
    where more than the least bond was locked, or the stake hangs on it, sooner.

    Raises `NoSuchFight`, `FightNotOpen`, `NotPublished`, `IsADemand`, `ResponseEnded`, `AnnotatorsTurn`,
    `CostAboveMaximum`, `BalanceTooLow`.
    """
    if context.checks:
        found, task, submission, time = yield from _open_challenge(context, fight)
        strangers_from = found.clock + task.parameters.response_period // 2
        if context.actor != submission.annotator and time < strangers_from:
            raise errors.AnnotatorsTurn(f"others may from {edge.show_time(strangers_from)} on")
        cost, free = yield from together(_cost(task.parameters), free_balance(context, token=task.token))
        most = cost if max_cost is None else (yield from edge.base_units(max_cost, task.token))
        if cost > most:
            raise errors.CostAboveMaximum(
                "arbitration cost", value=Units(cost, task.token), bound=at_most(most, task.token)
            )
        check_free(context, free, cost, task.token, "free balance for the arbitration cost")
    elif isinstance(max_cost, int):
        most = max_cost
    else:
        task = yield from tasks.get(context, split_submission(split_fight(fight)[0])[0])
        if max_cost is None:
            most = yield from _cost(task.parameters)
        else:
            most = yield from edge.base_units(max_cost, task.token)
    return transact(context, ESCROW, "defend", fight, most, result=one_event(events.Defended))


def settle(context: Context, fight: int, items: Sequence[int] | None = None) -> Flow[Transaction[events.Settled]]:
    """Pays a challenge or demand in its turn, once it has been decided or its time is up. Anyone may.

    `items` are those of a challenge, none for a demand; without them they are looked up in the events.

    Raises `NoSuchFight`, `NotItsTurn`, `OtherItems`, `ResponseOpen`, `AwaitingRuling`, `RulingNotExecuted`,
    `AnswerOpen`.
    """
    reading = _fought(context, [fight], [items])
    if context.checks:
        _, (fought,) = yield from together(_check_decided(context, fight), reading)
    else:
        (fought,) = yield from reading
    if not fought:
        return transact(context, ESCROW, "settle_demand", fight, result=one_event(events.Settled))
    return transact(context, ESCROW, "settle", fight, fought, result=one_event(events.Settled))


def settle_many(
    context: Context, fights: Sequence[int], items: Sequence[Sequence[int]] | None = None
) -> Flow[Transaction[tuple[events.Settled, ...]]]:
    """Settles 1 to 16 challenges and demands in this order.

    Passes over those that cannot be settled now, or were: the result has those that are settled by this. `items` holds
    those of each challenge, nothing for a demand; without it they are looked up in the events. Raises `NoSuchFight`,
    `OtherItems`.
    """
    edge.at_most("fights", fights, MAX_FIGHTS)
    if items is not None and len(items) != len(fights):
        raise errors.ArgumentError("length of items", value=len(items), bound=len(fights))
    if context.checks:
        read = yield from gather(get(context, fight) for fight in fights)
        yield from gather(_check_executed(context, fight, found) for fight, found in zip(fights, read, strict=True))
    lists = yield from _fought(context, fights, [None] * len(fights) if items is None else items)
    return transact(context, ESCROW, "settle_many", list(fights), lists, result=events_of(events.Settled))


def demand(context: Context, submission: int, item: int) -> Flow[Transaction[events.Demanded]]:
    """Asks for a label that should be public, with the task's demand bond, in the first half of the challenge window.

    If nobody shows the label within a quarter of the challenge period, the submission is rejected: the bond comes back
    with `economics.withheld_bonus`. If somebody does, the bond is lost, and nobody's gain.

    Raises `NotPublished`, `DemandTooLate`, `ItemNotInBatch`, `BalanceTooLow`.
    """
    if context.checks:
        found, task, time = yield from _published(context, submission)
        p = task.parameters
        end = found.clock - p.challenge_period + p.challenge_period // 2
        if time >= end:
            raise errors.DemandTooLate(f"it ended at {edge.show_time(end)}")
        _check_items([item], p.items_of(split_submission(submission)[1]))
        yield from require_free(context, task.token, p.demand_bond, "free balance for the demand bond")
    return transact(context, ESCROW, "demand", submission, item, result=one_event(events.Demanded))


def answer(context: Context, fight: int, labels: LabelSet) -> Flow[Transaction[events.Answered]]:
    """Shows the label that was demanded, out of the published label set, so that the demand is lost. Anyone may.

    Nobody is paid for it. What an annotator has at risk is all of the stake: a demand that nobody answers rejects.

    Raises `NoSuchFight`, `FightNotOpen`, `NotPublished`, `IsAChallenge`, `AnswerLate`, `WrongProof` if the set is not
    the one that was published.
    """
    if context.checks:
        found, task, submission, time = yield from _open_fight(context, fight)
        if not found.is_demand:
            raise errors.IsAChallenge(f"fight {name_fight(fight)}")
        end = found.clock + task.parameters.challenge_period // 4
        if time >= end:
            raise errors.AnswerLate(f"it had to be before {edge.show_time(end)}")
        if labels.root != submission.root:
            raise errors.WrongProof("root of the label set", value=labels.root.hex(), bound=submission.root.hex())
    else:
        found = yield from get(context, fight)
    arguments = (fight, labels.label(found.item), labels.proof(found.item))
    return transact(context, ESCROW, "answer", *arguments, result=one_event(events.Answered))


def _published(context: Context, submission: int) -> Flow[tuple[Submission, Task, int]]:
    """A published submission, its task, and the time."""
    task, _ = split_submission(submission)
    return together(submissions.get_published(context, submission), tasks.get(context, task), now())


def _challengeable(
    context: Context, submission: int, items: Sequence[int], digest: bytes
) -> Flow[tuple[int, Task, int]]:
    """When a seal was stored, the task, and the time. Refuses what cannot be challenged."""
    task, slot = split_submission(submission)
    sealed, published, found, time = yield from together(
        sealed_at(context, digest), submissions.get_published(context, submission), tasks.get(context, task), now()
    )
    if time >= published.clock:
        raise errors.ChallengeTooLate(f"it ended at {edge.show_time(published.clock)}")
    _check_items(items, found.parameters.items_of(slot))
    return sealed, found, time


def _least_bond(parameters: TaskParameters, challenged: int) -> Flow[int]:
    cost = yield from _cost(parameters)
    return economics.least_bond(challenged=challenged, reward=parameters.reward, arbitration_cost=cost)


def _cost(parameters: TaskParameters) -> Flow[int]:
    """What the task's arbitrator asks for a dispute now."""
    return view_at(int, "IArbitrator", parameters.arbitrator, "arbitration_cost")


def _check_rising(items: Sequence[int]) -> None:
    edge.between(errors.NoLabelsChallenged, "number of items", len(items), 1, economics.MAX_CHALLENGED)
    if any(a >= b for a, b in pairwise(items)):
        raise errors.ItemsNotRising("items", value=list(items), bound=sorted(set(items)))


def _check_items(items: Sequence[int], batch: range) -> None:
    for item in items:
        edge.between(errors.ItemNotInBatch, "item", item, batch.start, batch.stop - 1)


def _seal(context: Context, submission: int, items: Sequence[int], salt: bytes) -> bytes:
    return seals.challenge_seal(
        context.deployment.chain_id,
        context.deployment.address(ESCROW),
        submission,
        context.actor,
        items,
        edge.word("salt", salt),
    )


def _open_fight(context: Context, fight: int) -> Flow[tuple[Fight, Task, Submission, int]]:
    """A fight that awaits its response, with its task and submission, and the time."""
    found, (submission, task, time) = yield from together(
        _filed(context, fight), _published(context, split_fight(fight)[0])
    )
    return found, task, submission, time


def _filed(context: Context, fight: int) -> Flow[Fight]:
    found = yield from get(context, fight)
    if found.state != FightState.FILED:
        raise errors.FightNotOpen(f"fight {name_fight(fight)} is {found.state.name.lower()}")
    return found


def _open_challenge(context: Context, fight: int) -> Flow[tuple[Fight, Task, Submission, int]]:
    found, task, submission, time = yield from _open_fight(context, fight)
    if found.is_demand:
        raise errors.IsADemand(f"fight {name_fight(fight)}")
    end = found.clock + task.parameters.response_period
    if time >= end:
        raise errors.ResponseEnded(f"it ended at {edge.show_time(end)}")
    return found, task, submission, time


def _check_decided(context: Context, fight: int) -> Flow[None]:
    submission, number = split_fight(fight)
    found, fought, task, time = yield from together(
        get(context, fight),
        submissions.get(context, submission),
        tasks.get(context, split_submission(submission)[0]),
        now(),
    )
    if number != fought.settled:
        raise errors.NotItsTurn("number of the fight", value=number, bound=fought.settled)
    p = task.parameters
    rejected = fought.state == SubmissionState.REJECTED
    error: type[errors.ContractError]
    if found.state == FightState.DEFENDED:
        error, end = errors.AwaitingRuling, found.clock + p.arbitration_timeout
    elif found.state != FightState.FILED or rejected:  # a rejection ends what nobody has defended
        return
    elif found.is_demand:
        error, end = errors.AnswerOpen, found.clock + p.challenge_period // 4
    else:
        error, end = errors.ResponseOpen, found.clock + p.response_period
    if time < end:
        if found.state == FightState.DEFENDED:
            yield from _check_told(context, fight)
        raise error(f"until {edge.show_time(end)}")


def _check_executed(context: Context, fight: int, found: Fight) -> Flow[None]:
    """Refuses a fight that can only be settled by a ruling, if that is final and not told to the escrow."""
    if found.state != FightState.DEFENDED:
        return
    task, time = yield from together(tasks.get(context, split_submission(split_fight(fight)[0])[0]), now())
    if time < found.clock + task.parameters.arbitration_timeout:
        yield from _check_told(context, fight)


def _check_told(context: Context, fight: int) -> Flow[None]:
    """Refuses a defended fight whose ruling is final in the deployment's court, and not told to the escrow."""
    told = yield from defence(context, fight)
    if told.arbitrator != context.deployment.contracts.get(court.COURT):
        return
    dispute = yield from court.get(context, told.dispute)
    if dispute.phase in (Phase.FINAL, Phase.NOT_HEARD) and not dispute.executed:
        raise errors.RulingNotExecuted(
            f"nobody has executed the ruling of dispute {told.dispute}", dispute=told.dispute
        )


def _fought(context: Context, fights: Sequence[int], items: Sequence[Sequence[int] | None]) -> Flow[list[list[int]]]:
    """The items of each challenge, none for a demand."""
    return gather(_items_of(context, fight, given) for fight, given in zip(fights, items, strict=True))


def _items_of(context: Context, fight: int, items: Sequence[int] | None) -> Flow[list[int]]:
    if items is None or context.checks:
        found = yield from get(context, fight)
        if found.is_demand:
            return []
        if items is None:
            return list((yield from filing(context, fight)).indices)
        if seals.hash_indices(items) != found.indices_hash:
            raise errors.OtherItems(f"fight {name_fight(fight)}, items {list(items)}")
    return list(items)
