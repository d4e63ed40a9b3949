"""Challenges and demands: the fights of a submission."""

from collections.abc import Sequence
from itertools import pairwise

from .. import economics, errors, events, seals
from ..ids import split_fight, split_submission
from ..labels import LabelSet
from ..types import Fight, FightState, Submission, SubmissionState, Task
from . import edge, submissions, tasks
from .core import Context, Flow, Transaction, each, find_event, now, the, transact, view, view_at
from .ledger import require_free
from .tasks import ESCROW

MAX_ITEMS = 32
MAX_FIGHTS = 16
SEAL_MIN_AGE = 60
SEAL_MAX_AGE = 86_400
NO_HASH = bytes(32)


def get(context: Context, fight: int) -> Flow[Fight]:
    """All that is stored of a challenge or demand. Raises `NoSuchFight`."""
    found = yield from view(context, Fight, ESCROW, "fight", fight)
    if found.state == FightState.NONE:
        raise errors.NoSuchFight(f"fight {fight}")
    return found


def filing(context: Context, fight: int) -> Flow[events.Challenged]:
    """How a challenge was filed, with its items and the URI of its evidence. Raises `NoSuchFight`."""
    found = yield from find_event(context, events.Challenged, ESCROW, fight)
    if found is None:
        raise errors.NoSuchFight(f"no challenge {fight}")
    return found


def defence(context: Context, fight: int) -> Flow[events.Defended]:
    """How a challenge was defended, with the dispute that decides it. Raises `NoSuchFight`."""
    found = yield from find_event(context, events.Defended, ESCROW, fight)
    if found is None:
        raise errors.NoSuchFight(f"no defence of {fight}")
    return found


def sealed_at(context: Context, seal: bytes) -> Flow[int]:
    """When a seal was stored, unix seconds; 0: never, or used up."""
    return view(context, int, ESCROW, "sealed_at", edge.word("seal", seal))


def bond(context: Context, submission: int, challenged: int) -> Flow[int]:
    """What a challenge of so many labels costs now, to be returned unless it is lost: `max(k * P, 3 * cost)`."""
    task, slot = split_submission(submission)
    parameters = (yield from tasks.get(context, task)).parameters
    cost = yield from view_at(int, "IArbitrator", parameters.arbitrator, "arbitration_cost")
    return economics.bond(challenged=challenged, penalty=parameters.penalty(slot), arbitration_cost=cost)


def seal(context: Context, submission: int, items: Sequence[int], *, salt: bytes) -> Flow[Transaction[events.Sealed]]:
    """Seals a challenge: stores the time and shows nothing of it, so that nobody can copy it.

    `file` it with the same items and salt (`seals.new_salt`) by the same account, when the seal is at least a minute
    and less than a day old. Raises `NotPublished`, `ChallengeTooLate`, `NoLabelsChallenged`, `ItemsNotRising`,
    `ItemNotInBatch`, `AlreadySealed`.
    """
    yield from _check_challengeable(context, submission, items)
    digest = _seal(context, submission, items, salt)
    time = yield from now()
    sealed = yield from sealed_at(context, digest)
    if sealed and time < sealed + SEAL_MAX_AGE:
        raise errors.AlreadySealed(f"at {edge.show_time(sealed)}")
    return transact(context, ESCROW, "seal", digest, result=the(events.Sealed))


def file(
    context: Context,
    submission: int,
    items: Sequence[int],
    *,
    salt: bytes,
    evidence: bytes = NO_HASH,
    uri: str = "",
) -> Flow[Transaction[events.Challenged]]:
    """Challenges a submission: "each of these labels is wrong", with a bond out of the free balance.

    `items` are item numbers, rising, each once; `evidence` is a hash and `uri` where the evidence lies, for jurors. It
    pays when its author is more than 2/3 sure of all the labels.

    Raises `NotPublished`, `ChallengeTooLate`, `NoLabelsChallenged`, `ItemsNotRising`, `ItemNotInBatch`, `NoSuchSeal`,
    `SealTooYoung`, `SealTooOld`, `BalanceTooLow`.
    """
    yield from _check_challengeable(context, submission, items)
    sealed = yield from sealed_at(context, _seal(context, submission, items, salt))
    time = yield from now()
    if not sealed:
        raise errors.NoSuchSeal(f"submission {submission}, items {list(items)}")
    if time < sealed + SEAL_MIN_AGE:
        raise errors.SealTooYoung(f"it can be used from {edge.show_time(sealed + SEAL_MIN_AGE)} on")
    if time >= sealed + SEAL_MAX_AGE:
        raise errors.SealTooOld(f"it could be used before {edge.show_time(sealed + SEAL_MAX_AGE)}")
    task = yield from tasks.get(context, split_submission(submission)[0])
    needed = yield from bond(context, submission, len(items))
    yield from require_free(context, task.token, needed, "free balance for the bond")
    arguments = (submission, list(items), edge.word("evidence", evidence), edge.uri(uri), salt)
    return transact(context, ESCROW, "challenge", *arguments, result=the(events.Challenged))


def concede(context: Context, fight: int) -> Flow[Transaction[events.Conceded]]:
    """Agrees that the labels are wrong: a quarter of each penalty comes back. The annotator's alone, while undefended.

    Raises `NoSuchFight`, `FightNotOpen`, `NotPublished`, `IsADemand`, `ResponseEnded`, `OnlyAnnotatorConcedes`.
    """
    _, _, submission = yield from _open_challenge(context, fight)
    if context.actor != submission.annotator:
        raise errors.OnlyAnnotatorConcedes("account", value=context.actor, bound=submission.annotator)
    return transact(context, ESCROW, "concede", fight, result=the(events.Conceded))


def defend(context: Context, fight: int, *, max_cost: edge.Amount | None = None) -> Flow[Transaction[events.Defended]]:
    """Brings a challenge before the task's arbitrator, paying its cost out of the free balance.

    The annotator's alone in the first half of the response period, anyone's in the second. `max_cost` defaults to what
    the arbitrator asks now. It pays for the annotator when more than about a third sure that not all of the labels are
    wrong, for a stranger when more than half sure.

    Raises `NoSuchFight`, `FightNotOpen`, `NotPublished`, `IsADemand`, `ResponseEnded`, `AnnotatorsTurn`,
    `CostAboveMaximum`, `BalanceTooLow`.
    """
    found, task, submission = yield from _open_challenge(context, fight)
    strangers_from = found.clock + task.parameters.response_period // 2
    time = yield from now()
    if context.actor != submission.annotator and time < strangers_from:
        raise errors.AnnotatorsTurn(f"others may from {edge.show_time(strangers_from)} on")
    cost = yield from view_at(int, "IArbitrator", task.parameters.arbitrator, "arbitration_cost")
    most = cost if max_cost is None else (yield from edge.base_units(max_cost, task.token))
    if cost > most:
        raise errors.CostAboveMaximum("arbitration cost", value=cost, bound=f"at most {most} base units")
    yield from require_free(context, task.token, cost, "free balance for the arbitration cost")
    return transact(context, ESCROW, "defend", fight, most, result=the(events.Defended))


def settle(context: Context, fight: int, items: Sequence[int] | None = None) -> Flow[Transaction[events.Settled]]:
    """Pays a challenge or demand in its turn, once it has been decided or its time is up. Anyone may.

    `items` are those of a challenge; without them they are looked up in the events.

    Raises `NoSuchFight`, `NotItsTurn`, `OtherItems`, `ResponseOpen`, `AwaitingRuling`, `AnswerOpen`.
    """
    found = yield from get(context, fight)
    submission, number = split_fight(fight)
    fought = yield from submissions.get(context, submission)
    if number != fought.settled:
        raise errors.NotItsTurn("number of the fight", value=number, bound=fought.settled)
    yield from _check_decided(context, fight, found, rejected=fought.state == SubmissionState.REJECTED)
    if found.is_demand:
        return transact(context, ESCROW, "settle_demand", fight, result=the(events.Settled))
    arguments = (fight, (yield from _items_of(context, fight, found, items)))
    return transact(context, ESCROW, "settle", *arguments, result=the(events.Settled))


def settle_many(
    context: Context, fights: Sequence[int], items: Sequence[Sequence[int]] | None = None
) -> Flow[Transaction[tuple[events.Settled, ...]]]:
    """Settles 1 to 16 challenges and demands in this order, all of them or none.

    `items` holds those of each challenge, nothing for a demand; without it they are looked up in the events. Raises
    what `settle` raises.
    """
    edge.at_most("fights", fights, MAX_FIGHTS)
    if items is not None and len(items) != len(fights):
        raise errors.ArgumentError("length of items", value=len(items), bound=len(fights))
    lists: list[list[int]] = []
    for position, fight in enumerate(fights):
        found = yield from get(context, fight)
        given = items[position] if items is not None else None
        lists.append([] if found.is_demand else (yield from _items_of(context, fight, found, given)))
    return transact(context, ESCROW, "settle_many", list(fights), lists, result=each(events.Settled))


def demand(context: Context, submission: int, item: int) -> Flow[Transaction[events.Demanded]]:
    """Asks for a label that should be public, with the task's demand bond, in the first half of the challenge window.

    Whoever shows the label earns the bond; if nobody does within a quarter of the challenge period, the submission is
    rejected. Raises `NotPublished`, `DemandTooLate`, `ItemNotInBatch`, `BalanceTooLow`.
    """
    found = yield from submissions.get_published(context, submission)
    task_id, slot = split_submission(submission)
    task = yield from tasks.get(context, task_id)
    p = task.parameters
    end = found.clock - p.challenge_period + p.challenge_period // 2
    time = yield from now()
    if time >= end:
        raise errors.DemandTooLate(f"it ended at {edge.show_time(end)}")
    _check_items([item], p.items_of(slot))
    yield from require_free(context, task.token, p.demand_bond, "free balance for the demand bond")
    return transact(context, ESCROW, "demand", submission, item, result=the(events.Demanded))


def answer(context: Context, fight: int, labels: LabelSet) -> Flow[Transaction[events.Answered]]:
    """Shows the label that was demanded, out of the published label set, and earns the demand's bond. Anyone may.

    Raises `NoSuchFight`, `FightNotOpen`, `NotPublished`, `IsAChallenge`, `AnswerLate`, `WrongProof` if the set is not
    the one that was published.
    """
    found = yield from get(context, fight)
    task, submission = yield from _open_fight(context, fight, found)
    if not found.is_demand:
        raise errors.IsAChallenge(f"fight {fight}")
    end = found.clock + task.parameters.challenge_period // 4
    time = yield from now()
    if time >= end:
        raise errors.AnswerLate(f"it had to be before {edge.show_time(end)}")
    if labels.root != submission.root:
        raise errors.WrongProof("root of the label set", value=labels.root.hex(), bound=submission.root.hex())
    arguments = (fight, labels.label(found.item), labels.proof(found.item))
    return transact(context, ESCROW, "answer", *arguments, result=the(events.Answered))


def _check_challengeable(context: Context, submission: int, items: Sequence[int]) -> Flow[None]:
    found = yield from submissions.get_published(context, submission)
    time = yield from now()
    if time >= found.clock:
        raise errors.ChallengeTooLate(f"it ended at {edge.show_time(found.clock)}")
    edge.between(errors.NoLabelsChallenged, "number of items", len(items), 1, MAX_ITEMS)
    if any(a >= b for a, b in pairwise(items)):
        raise errors.ItemsNotRising("items", value=list(items), bound=sorted(set(items)))
    _check_items(items, (yield from submissions.items(context, submission)))


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


def _open_fight(context: Context, fight: int, found: Fight) -> Flow[tuple[Task, Submission]]:
    if found.state != FightState.FILED:
        raise errors.FightNotOpen(f"it is {found.state.name}")
    submission, _ = split_fight(fight)
    published = yield from submissions.get_published(context, submission)
    task = yield from tasks.get(context, split_submission(submission)[0])
    return task, published


def _open_challenge(context: Context, fight: int) -> Flow[tuple[Fight, Task, Submission]]:
    found = yield from get(context, fight)
    task, submission = yield from _open_fight(context, fight, found)
    if found.is_demand:
        raise errors.IsADemand(f"fight {fight}")
    end = found.clock + task.parameters.response_period
    time = yield from now()
    if time >= end:
        raise errors.ResponseEnded(f"it ended at {edge.show_time(end)}")
    return found, task, submission


def _check_decided(context: Context, fight: int, found: Fight, *, rejected: bool) -> Flow[None]:
    p = (yield from tasks.get(context, fight >> 128)).parameters
    error: type[errors.ContractError]
    if found.state == FightState.DEFENDED:
        error, end = errors.AwaitingRuling, found.clock + p.arbitration_timeout
    elif found.state != FightState.FILED or rejected:  # a rejection ends what nobody has defended
        return
    elif found.is_demand:
        error, end = errors.AnswerOpen, found.clock + p.challenge_period // 4
    else:
        error, end = errors.ResponseOpen, found.clock + p.response_period
    time = yield from now()
    if time < end:
        raise error(f"until {edge.show_time(end)}")


def _items_of(context: Context, fight: int, found: Fight, items: Sequence[int] | None) -> Flow[list[int]]:
    if items is None:
        return list((yield from filing(context, fight)).indices)
    if seals.hash_indices(items) != found.indices_hash:
        raise errors.OtherItems(f"fight {fight}, items {list(items)}")
    return list(items)
