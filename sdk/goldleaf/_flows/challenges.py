"""Challenges of submissions: that labels are wrong (correctness), or cannot be read (availability)."""

from collections.abc import Sequence
from itertools import pairwise

from .. import economics, errors, events
from ..amounts import Units, at_least, at_most
from ..ids import name_challenge, name_submission, split_challenge, split_submission
from ..labels import LabelSet
from ..signing import commitments
from ..types import Challenge, ChallengeKind, ChallengeState, Submission, SubmissionState, Task, TaskParameters
from . import court, edge, submissions, tasks
from .asks import Flow
from .core import Context, Transaction, events_of, gather, now, one_event, together, transact, view, view_at
from .ledger import check_free, require_free
from .ledger import free as free_balance
from .logs import find_event, find_one_of
from .tasks import ESCROW, LENS

MAX_CHALLENGES = 16
COMMITMENT_MIN_AGE = 60  # seconds
COMMITMENT_MAX_AGE = 86_400  # seconds
NO_HASH = bytes(32)


def get(context: Context, challenge: int) -> Flow[Challenge]:
    """All that is stored of a challenge of either kind. Raises `NoSuchChallenge`."""
    found = yield from view(context, Challenge, LENS, "challenge", challenge)
    if found.state == ChallengeState.NONE:
        raise errors.NoSuchChallenge(f"challenge {name_challenge(challenge)}")
    return found


def filing(context: Context, challenge: int) -> Flow[events.Challenged | events.AvailabilityChallenged]:
    """How a challenge was filed: with its items, and one of correctness with the URI of its evidence.

    Raises `NoSuchChallenge`.
    """
    found = yield from find_one_of(context, events.Challenged, events.AvailabilityChallenged, ESCROW, challenge)
    if found is None:
        raise errors.NoSuchChallenge(f"no challenge {name_challenge(challenge)}")
    return found


def defence(context: Context, challenge: int) -> Flow[events.Defended]:
    """How a challenge was defended, with the dispute that decides it. Raises `NoSuchChallenge`."""
    found = yield from find_event(context, events.Defended, ESCROW, challenge)
    if found is None:
        raise errors.NoSuchChallenge(f"no defence of {name_challenge(challenge)}")
    return found


def committed_at(context: Context, commitment: bytes) -> Flow[int]:
    """When a commitment to a challenge was stored, unix seconds; 0: never, or the challenge was filed."""
    return view(context, int, ESCROW, "committed_at", edge.word("commitment", commitment))


def unanswered(context: Context, challenge: int) -> Flow[tuple[int, ...]]:
    """The items of a challenge of availability whose labels nobody has shown yet.

    Raises `NoSuchChallenge`, `NotOfAvailability`.
    """
    submission, _ = split_challenge(challenge)
    filed, task = yield from together(filing(context, challenge), tasks.get(context, split_submission(submission)[0]))
    if not isinstance(filed, events.AvailabilityChallenged):
        raise errors.NotOfAvailability(f"challenge {name_challenge(challenge)}")
    first = task.parameters.items_of(split_submission(submission)[1]).start
    known = yield from submissions.shown(context, submission, first, filed.indices)
    return tuple(item for item in filed.indices if item not in known)


def least_bond(context: Context, submission: int, challenged: int) -> Flow[int]:
    """The least that a challenge of so many labels locks now: `max(k * reward // 2, 3 * cost)`.

    It comes back unless it is lost. More earns more only if the challenge has the submission rejected:
    `economics.crossing_bonus`.
    """
    task, _ = split_submission(submission)
    return (yield from _least_bond((yield from tasks.get(context, task)).parameters, challenged))


def commit(
    context: Context, submission: int, items: Sequence[int], *, salt: bytes
) -> Flow[Transaction[events.ChallengeCommitted]]:
    """Commits to a challenge of correctness: stores the time and shows nothing of it, so that nobody can copy it.

    `file` it with the same items and salt (`commitments.new_salt`) by the same account, when the commitment is at least
    a minute and less than a day old. Raises `NotPublished`, `ChallengeTooLate`, `NoLabelsChallenged`, `ItemsNotRising`,
    `ItemNotInBatch`, `ChallengeAlreadyCommitted`.
    """
    _check_rising(items)
    commitment = _commitment(context, submission, items, salt)
    if context.checks:
        committed, _, time = yield from _challengeable(context, submission, items, commitment)
        if committed and time < committed + COMMITMENT_MAX_AGE:
            raise errors.ChallengeAlreadyCommitted(f"at {edge.show_time(committed)}")
    return transact(context, ESCROW, "commit_challenge", commitment, result=one_event(events.ChallengeCommitted))


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
    least one now (`least_bond`). The commitment does not bind it.

    Each label that is proven wrong earns `economics.prize`, as many as are left until the submission is rejected; the
    challenge that has it rejected earns `economics.crossing_bonus` besides, which grows with the bond up to
    `economics.crossing_bond`. Within the tolerance it pays when its author is more than 2/3 sure of all the labels, and
    the least bond is half of their pay rather than three disputes.

    Raises `NotPublished`, `ChallengeTooLate`, `NoLabelsChallenged`, `ItemsNotRising`, `ItemNotInBatch`,
    `NoSuchCommitment`, `CommitmentTooYoung`, `CommitmentTooOld`, `ItemWasTested`, `BondTooLow`, `BalanceTooLow`. Warns
    of a bond of which a part is only risked.
    """
    warnings: list[str] = []
    _check_rising(items)
    commitment = _commitment(context, submission, items, salt)
    if context.checks:
        committed, task, time = yield from _challengeable(context, submission, items, commitment)
        if not committed:
            raise errors.NoSuchCommitment(f"submission {name_submission(submission)}, items {list(items)}")
        usable, expired = committed + COMMITMENT_MIN_AGE, committed + COMMITMENT_MAX_AGE
        if time < usable:
            raise errors.CommitmentTooYoung(f"it can be used from {edge.show_time(usable)} on")
        if time >= expired:
            raise errors.CommitmentTooOld(f"it could be used before {edge.show_time(expired)}")
        least, free, _ = yield from together(
            _least_bond(task.parameters, len(items)),
            free_balance(context, token=task.token),
            _check_untested(context, task.parameters, submission, items),
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


def concede(context: Context, challenge: int) -> Flow[Transaction[events.Conceded]]:
    """Agrees that the labels are wrong, which nobody can defend any more. The annotator's alone, while undefended.

    It gives nothing back that silence would not: it says so early, and saves whoever would defend the fee.

    Raises `NoSuchChallenge`, `ChallengeNotOpen`, `NotPublished`, `NotOfCorrectness`, `ResponseEnded`,
    `OnlyAnnotatorConcedes`.
    """
    if context.checks:
        _, _, submission, _ = yield from _defensible(context, challenge)
        if context.actor != submission.annotator:
            raise errors.OnlyAnnotatorConcedes("account", value=context.actor, bound=submission.annotator)
    return transact(context, ESCROW, "concede", challenge, result=one_event(events.Conceded))


def defend(
    context: Context, challenge: int, *, max_cost: edge.Amount | None = None
) -> Flow[Transaction[events.Defended]]:
    """Brings a challenge before the task's arbitrator, paying its cost out of the free balance.

    The annotator's alone in the first half of the response period, anyone's in the second. `max_cost` defaults to what
    the arbitrator asks now. If not each of the labels is ruled to be wrong, the bond is divided by `economics.defence`:
    the fee back to whoever defended, with half of what is left of the least bond; the rest to the annotator, who keeps
    the pay of the labels. So it pays for the annotator when more than a third sure that not each of them is wrong, and
    sooner where more than the least bond was locked, or the stake hangs on it; for a stranger when more than half sure.

    Raises `NoSuchChallenge`, `ChallengeNotOpen`, `NotPublished`, `NotOfCorrectness`, `ResponseEnded`,
    `AnnotatorsTurn`, `CostAboveMaximum`, `BalanceTooLow`.
    """
    if context.checks:
        found, task, submission, time = yield from _defensible(context, challenge)
        strangers_from = found.filed_at + task.parameters.response_period // 2
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
        task = yield from tasks.get(context, split_submission(split_challenge(challenge)[0])[0])
        if max_cost is None:
            most = yield from _cost(task.parameters)
        else:
            most = yield from edge.base_units(max_cost, task.token)
    return transact(context, ESCROW, "defend", challenge, most, result=one_event(events.Defended))


def settle(context: Context, challenge: int, items: Sequence[int] | None = None) -> Flow[Transaction[events.Settled]]:
    """Pays a challenge of either kind in its turn, once it has been decided or its time is up. Anyone may.

    `items` are those that it names; without them they are looked up in the events.

    Raises `NoSuchChallenge`, `NotItsTurn`, `OtherItems`, `ResponseOpen`, `AwaitingRuling`, `RulingNotExecuted`,
    `AnswerOpen`.
    """
    reading = _items_of(context, challenge, items)
    if context.checks:
        situation, named = yield from together(_situation(context, challenge), reading)
        yield from _check_decided(context, challenge, named, *situation)
    else:
        named = yield from reading
    return transact(context, ESCROW, "settle", challenge, named, result=one_event(events.Settled))


def settle_many(
    context: Context, challenges: Sequence[int], items: Sequence[Sequence[int]] | None = None
) -> Flow[Transaction[tuple[events.Settled, ...]]]:
    """Settles 1 to 16 challenges in this order.

    Passes over those that cannot be settled now, or were: the result has those that are settled by this. `items` holds
    those of each challenge; without it they are looked up in the events. Raises `NoSuchChallenge`, `OtherItems`,
    `RulingNotExecuted`.
    """
    edge.at_most("challenges", challenges, MAX_CHALLENGES)
    if items is not None and len(items) != len(challenges):
        raise errors.ArgumentError("length of items", value=len(items), bound=len(challenges))
    given: Sequence[Sequence[int] | None] = [None] * len(challenges) if items is None else items
    reading = gather(_items_of(context, challenge, named) for challenge, named in zip(challenges, given, strict=True))
    if context.checks:
        found, lists = yield from together(gather(get(context, challenge) for challenge in challenges), reading)
        yield from gather(
            _check_executed(context, challenge, each) for challenge, each in zip(challenges, found, strict=True)
        )
    else:
        lists = yield from reading
    return transact(context, ESCROW, "settle_many", list(challenges), lists, result=events_of(events.Settled))


def file_availability(
    context: Context, submission: int, items: Sequence[int]
) -> Flow[Transaction[events.AvailabilityChallenged]]:
    """Challenges a submission: "not each of these labels can be read", with the task's availability bond.

    In the first half of the challenge window, for 1 to 32 items, rising, each once, of which at least one label was not
    shown before. If they are not all shown within a quarter of the challenge period, the submission is rejected: the
    bond comes back with `economics.availability_bonus`. If they are, the bond is lost, and nobody's gain.

    Raises `NotPublished`, `AvailabilityTooLate`, `NoLabelsChallenged`, `ItemsNotRising`, `ItemNotInBatch`,
    `LabelWasShown`, `BalanceTooLow`.
    """
    _check_rising(items)
    if context.checks:
        found, task, time = yield from _published(context, submission)
        p = task.parameters
        end = found.window_end - p.challenge_period + p.challenge_period // 2
        if time >= end:
            raise errors.AvailabilityTooLate(f"it ended at {edge.show_time(end)}")
        batch = p.items_of(split_submission(submission)[1])
        _check_items(items, batch)
        known, _ = yield from together(
            submissions.shown(context, submission, batch.start, items),
            require_free(context, task.token, p.availability_bond, "free balance for the availability bond"),
        )
        if set(items) <= set(known):
            raise errors.LabelWasShown(f"items {sorted(known)} of submission {name_submission(submission)}")
    return transact(
        context,
        ESCROW,
        "challenge_availability",
        submission,
        list(items),
        result=one_event(events.AvailabilityChallenged),
    )


def answer(context: Context, challenge: int, labels: LabelSet, item: int) -> Flow[Transaction[events.Answered]]:
    """Shows the label of an item, out of the published label set, in answer to a challenge of availability. Anyone may.

    It counts for every such challenge of the submission: see `unanswered`. Nobody is paid for it. What an annotator has
    at risk is all of the stake: a challenge of which one label is not shown rejects.

    Raises `NoSuchChallenge`, `ChallengeNotOpen`, `NotPublished`, `NotOfAvailability`, `AnswerLate`, `LabelWasShown`,
    `WrongProof` if the set is not the one that was published, `LabelError` if the item is not in it.
    """
    label, proof = labels.label(item), labels.proof(item)
    if context.checks:
        shown = submissions.shown(context, split_challenge(challenge)[0], labels.items.start, [item])
        (found, task, submission, time), known = yield from together(_awaiting(context, challenge), shown)
        if found.kind != ChallengeKind.AVAILABILITY:
            raise errors.NotOfAvailability(f"challenge {name_challenge(challenge)}")
        end = found.filed_at + task.parameters.challenge_period // 4
        if time >= end:
            raise errors.AnswerLate(f"it had to be before {edge.show_time(end)}")
        if labels.root != submission.root:
            raise errors.WrongProof("root of the label set", value=labels.root.hex(), bound=submission.root.hex())
        if known:
            raise errors.LabelWasShown(f"item {item} of submission {name_submission(split_challenge(challenge)[0])}")
    return transact(context, ESCROW, "answer", challenge, item, label, proof, result=one_event(events.Answered))


def _published(context: Context, submission: int) -> Flow[tuple[Submission, Task, int]]:
    """A published submission, its task, and the time."""
    task, _ = split_submission(submission)
    return together(submissions.get_published(context, submission), tasks.get(context, task), now())


def _challengeable(
    context: Context, submission: int, items: Sequence[int], commitment: bytes
) -> Flow[tuple[int, Task, int]]:
    """When a commitment was stored, the task, and the time. Refuses what cannot be challenged."""
    task, slot = split_submission(submission)
    committed, published, found, time = yield from together(
        committed_at(context, commitment),
        submissions.get_published(context, submission),
        tasks.get(context, task),
        now(),
    )
    if time >= published.window_end:
        raise errors.ChallengeTooLate(f"it ended at {edge.show_time(published.window_end)}")
    _check_items(items, found.parameters.items_of(slot))
    return committed, found, time


def _check_untested(context: Context, p: TaskParameters, submission: int, items: Sequence[int]) -> Flow[None]:
    """Refuses items whose answers the task's test has made public."""
    if not p.is_graded:
        return
    tested = yield from gather(view_at(bool, "IGrader", p.grader, "is_tested", submission, item) for item in items)
    if any(tested):
        known = [item for item, was_tested in zip(items, tested, strict=True) if was_tested]
        raise errors.ItemWasTested(f"items {known} of submission {name_submission(submission)}")


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


def _commitment(context: Context, submission: int, items: Sequence[int], salt: bytes) -> bytes:
    return commitments.challenge_commitment(
        context.deployment.chain_id,
        context.deployment.address(ESCROW),
        submission,
        context.actor,
        items,
        edge.word("salt", salt),
    )


def _awaiting(context: Context, challenge: int) -> Flow[tuple[Challenge, Task, Submission, int]]:
    """A challenge that awaits its response, with its task and submission, and the time."""
    found, (submission, task, time) = yield from together(
        _filed(context, challenge), _published(context, split_challenge(challenge)[0])
    )
    return found, task, submission, time


def _filed(context: Context, challenge: int) -> Flow[Challenge]:
    found = yield from get(context, challenge)
    if found.state != ChallengeState.FILED:
        raise errors.ChallengeNotOpen(f"challenge {name_challenge(challenge)} is {found.state.name.lower()}")
    return found


def _defensible(context: Context, challenge: int) -> Flow[tuple[Challenge, Task, Submission, int]]:
    """As `_awaiting`, of correctness and within its response period."""
    found, task, submission, time = yield from _awaiting(context, challenge)
    if found.kind != ChallengeKind.CORRECTNESS:
        raise errors.NotOfCorrectness(f"challenge {name_challenge(challenge)}")
    end = found.filed_at + task.parameters.response_period
    if time >= end:
        raise errors.ResponseEnded(f"it ended at {edge.show_time(end)}")
    return found, task, submission, time


def _situation(context: Context, challenge: int) -> Flow[tuple[Challenge, Submission, Task, int]]:
    """A challenge, its submission and task, and the time."""
    submission, _ = split_challenge(challenge)
    task, _ = split_submission(submission)
    return together(get(context, challenge), submissions.get(context, submission), tasks.get(context, task), now())


def _check_decided(
    context: Context,
    challenge: int,
    items: Sequence[int],
    found: Challenge,
    challenged: Submission,
    task: Task,
    time: int,
) -> Flow[None]:
    """Refuses a challenge of these items that cannot be settled yet, or was."""
    submission, number = split_challenge(challenge)
    if number != challenged.settled:
        raise errors.NotItsTurn("number of the challenge", value=number, bound=challenged.settled)
    p = task.parameters
    rejected = challenged.state == SubmissionState.REJECTED
    error: type[errors.ContractError]
    if found.state == ChallengeState.DEFENDED:
        error, end = errors.AwaitingRuling, found.defended_at + p.arbitration_timeout
    elif found.state != ChallengeState.FILED or rejected:  # a rejection ends what nobody has defended
        return
    elif found.kind == ChallengeKind.AVAILABILITY:
        error, end = errors.AnswerOpen, found.filed_at + p.challenge_period // 4
    else:
        error, end = errors.ResponseOpen, found.filed_at + p.response_period
    if time >= end:
        return
    if error is errors.AwaitingRuling:
        yield from _check_told(context, challenge)
    if error is errors.AnswerOpen:
        first = p.items_of(split_submission(submission)[1]).start
        if len((yield from submissions.shown(context, submission, first, items))) == len(items):
            return
    raise error(f"until {edge.show_time(end)}")


def _check_executed(context: Context, challenge: int, found: Challenge) -> Flow[None]:
    """Refuses a challenge that can only be settled by a ruling, if that is final and not told to the escrow."""
    if found.state != ChallengeState.DEFENDED:
        return
    task, time = yield from together(tasks.get(context, split_submission(split_challenge(challenge)[0])[0]), now())
    if time < found.defended_at + task.parameters.arbitration_timeout:
        yield from _check_told(context, challenge)


def _check_told(context: Context, challenge: int) -> Flow[None]:
    """Refuses a defended challenge whose ruling is final in the deployment's court, and not told to the escrow."""
    told = yield from defence(context, challenge)
    yield from court.check_executed(context, told.arbitrator, told.dispute)


def _items_of(context: Context, challenge: int, items: Sequence[int] | None) -> Flow[list[int]]:
    """The items that a challenge names: those given, or as it was filed."""
    if items is None:
        return list((yield from filing(context, challenge)).indices)
    if context.checks:
        found = yield from get(context, challenge)
        if commitments.hash_indices(items) != found.indices_hash:
            raise errors.OtherItems(f"challenge {name_challenge(challenge)}, items {list(items)}")
    return list(items)
