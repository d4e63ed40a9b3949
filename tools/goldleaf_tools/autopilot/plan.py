"""What an account has to do, from when and until when: a pure function of what is on chain and of the time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from goldleaf.economics import only_base_units
from goldleaf.errors import ArgumentError
from goldleaf.ids import challenge_id, gold_dispute_id, split_challenge, split_submission
from goldleaf.types import Challenge, ChallengeKind, ChallengeState, Dispute, Phase, SubmissionState

from ..rules.escrow import GRADER_TIMEOUT
from . import gold_plan
from .appeals import is_worth_it
from .duties import Duty, Step
from .snapshot import DEPTH, Batch, Intent, Requested, Snapshot, Trial, Work

FOREVER = 2**256 - 1
# So long after the end of its window a requester claims what holds up the close of a task, seconds.
CLAIM_PATIENCE = 86_400
COMMITMENT_MIN_AGE = 60
COMMITMENT_MAX_AGE = 86_400
_NOT_PUBLISHED_YET = (SubmissionState.OPEN, SubmissionState.TAKEN, SubmissionState.COMMITTED)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner leaves to the autopilot besides what costs nothing.

    It may have to do with several tokens, so amounts are base units alone: else raises `BaseUnitsNeeded`.
    """

    # The most to pay for each defence, base units. One pays when its owner is more than a third sure of the labels, for
    # the bond is three fees at least. The autopilot defends in the second half of the response period, so that in the
    # first its owner may still concede: that gives nothing back, but saves the fee. None: challenges are the owner's
    # to answer.
    defend_up_to: int | None = None
    # The most to pay for each appeal, base units, out of the free balance in the court's ledger. The autopilot appeals
    # rulings against challenges of its owner's when that is expected to gain more than it costs. None: it never does.
    appeal_up_to: int | None = None
    # The most to pay for all appeals together that one autopilot makes, refunds not taken off. None: no such bound.
    appeals_up_to: int | None = None
    # The chance that a juror's vote is right, as it is believed for that: more than a half, less than 1.
    juror_accuracy: float = 0.8
    # Free balances of at least this many base units are withdrawn, all of them, when no challenge waits for its bond;
    # in GoldTest, when neither gold is to be opened nor any of it may be disputed. None: nothing is.
    withdraw_from: int | None = None
    # How many blocks, the first one included, must confirm that siblings have committed, or that the time to commit is
    # over, before labels, votes or gold are shown: whoever could replace fewer would commit again after having seen
    # them. In the second half of the time to publish, reveal or open nothing is waited for. 0: nothing ever is.
    confirmations: int = 6
    # That a batch of the owner's is sealed is noted, for its gas, where that lets the time to open the gold end at
    # least so many seconds earlier: if the requester does nothing, the labels may be published as much earlier. None:
    # it never is.
    note_from: int | None = 86_400

    def __post_init__(self) -> None:
        for name in ("defend_up_to", "appeal_up_to", "appeals_up_to", "withdraw_from"):
            amount = getattr(self, name)
            if amount is not None:
                only_base_units(name, amount)
        if not 0.5 < self.juror_accuracy < 1:
            raise ArgumentError("juror accuracy", value=self.juror_accuracy, bound="above 0.5, below 1")
        if self.note_from is not None and self.note_from < 0:
            raise ArgumentError("note from", value=self.note_from, bound="0 seconds or more")
        if not 0 <= self.confirmations <= DEPTH:
            raise ArgumentError("confirmations", value=self.confirmations, bound=f"0 to {DEPTH}")


CAUTIOUS = Policy()


def plan(snapshot: Snapshot, policy: Policy = CAUTIOUS) -> list[Duty]:
    """Everything to do, now or later: what ends first comes first, and what must follow something else comes after it.

    What is missed (`Duty.is_missed`) is among it as long as the chain shows that it was not done.
    """
    batches = {(batch.task_id, batch.number): batch for batch in snapshot.batches}
    return in_order(
        duty
        for part in (
            *(_of_work(work, snapshot, policy, batches) for work in snapshot.works),
            *(gold_plan.of_batch(batch, snapshot, policy.note_from) for batch in snapshot.batches),
            *(gold_plan.of_funds(funds, snapshot.time) for funds in snapshot.funds),
            _of_beacon(snapshot),
            *(_of_trial(trial, snapshot, policy) for trial in snapshot.trials),
            *(_of_intent(intent, snapshot) for intent in snapshot.intents),
            *(_of_task(requested, snapshot) for requested in snapshot.tasks),
            _of_balances(snapshot, policy),
        )
        for duty in part
    )


def in_order(duties: Iterable[Duty]) -> list[Duty]:
    """Duties in the order in which they end; those that never do, in that in which they can be done."""
    # Sorting is stable: the challenges of a submission stay in their turn.
    return sorted(duties, key=lambda duty: (duty.end is None, duty.end or duty.start))


def follow(due: Collection[Duty], snapshot: Snapshot) -> Iterator[Duty]:
    """What may become possible in the same moment by doing what is due: whether it does, only a simulation tells."""
    time = snapshot.time
    executes = any(duty.step == Step.EXECUTE for duty in due)
    settled = {split_challenge(duty.subject)[0] for duty in due if duty.step == Step.SETTLE}
    for work in snapshot.works:
        ruled = executes and any(challenge.state == ChallengeState.DEFENDED for challenge in work.challenges)
        if ruled or work.id in settled:
            yield from (replace(duty, start=time) for duty in _of_settling(work, snapshot))
            if work.submission.annotator == snapshot.account:
                yield Duty(Step.CLAIM, work.id, time)
    for batch in snapshot.batches:
        settles = any(duty.step == Step.SETTLE_GOLD and duty.subject >> 64 == batch.id for duty in due)
        if executes or settles:
            for number, _ in gold_plan.concerning(batch, snapshot.account):
                yield Duty(Step.SETTLE_GOLD, gold_dispute_id(batch.task_id, batch.number, number), time)
            if batch.state.deposit and gold_plan.has_share(batch, snapshot.account):
                yield Duty(Step.RELEASE_DEPOSIT, batch.id, time)
    for trial in snapshot.trials:
        if any(duty.step == Step.SETTLE_ROUND and duty.subject == trial.id for duty in due):
            for number in range(trial.dispute.settled_count + 1, trial.dispute.round + 1):
                yield Duty(Step.SETTLE_ROUND, trial.id, time, number=number)
    for requested in snapshot.tasks:
        ends = (duty.subject >> 64 for duty in due if duty.step in (Step.EXPIRE, Step.CLAIM))
        if requested.task_id in ends and time >= requested.close_from:
            yield Duty(Step.CLOSE, requested.task_id, time)


def _of_work(
    work: Work, snapshot: Snapshot, policy: Policy, batches: Mapping[tuple[int, int], Batch]
) -> Iterator[Duty]:
    found, terms, time = work.submission, work.task.parameters, snapshot.time
    mine = found.annotator == snapshot.account
    if mine and found.state == SubmissionState.TAKEN:
        yield Duty(Step.DELIVER, work.id, time, found.due_at, "a quarter of the stake")
        if time >= found.due_at:  # the rest of the stake comes back by that
            yield Duty(Step.EXPIRE, work.id, found.due_at)
    if mine and found.state == SubmissionState.COMMITTED:
        task, slot = split_submission(work.id)
        batch = batches.get((task, slot % terms.batches)) if terms.is_graded else None
        if batch is not None:
            yield from gold_plan.of_labels(work.id, batch, snapshot)
        else:
            opens = min(work.task.publish_from, terms.deadline)
            start = time if work.siblings_committed else snapshot.confirmed_from(opens, terms.publish_end)
            step = Step.PROVE if terms.is_graded else Step.PUBLISH
            yield Duty(step, work.id, start, terms.publish_end, "all of the stake")
            if terms.is_graded and time >= terms.publish_end + GRADER_TIMEOUT:  # which brings all of the stake back
                yield Duty(Step.EXPIRE, work.id, terms.publish_end + GRADER_TIMEOUT)
    if mine and found.state == SubmissionState.PUBLISHED:
        if not work.challenges:
            yield Duty(Step.CLAIM, work.id, found.window_end)
        yield from _of_answers(work, snapshot)
        for number, challenge in enumerate(work.challenges, found.settled):
            if challenge.kind == ChallengeKind.CORRECTNESS:
                yield from _of_response(challenge_id(work.id, number), challenge, work, snapshot, policy)
    yield from _of_settling(work, snapshot)


def _of_answers(work: Work, snapshot: Snapshot) -> Iterator[Duty]:
    """The labels to show: each once, for the first challenge that asks for it, since it counts for all of them."""
    asked: set[int] = set()
    for number, challenge in enumerate(work.challenges, work.submission.settled):
        id = challenge_id(work.id, number)
        for item in work.unanswered.get(id, ()):
            if item not in asked:
                end = _answer_end(challenge, work)
                yield Duty(Step.ANSWER, id, snapshot.time, end, "all of the stake", number=item)
            asked.add(item)


def _answer_end(challenge: Challenge, work: Work) -> int:
    """The time before which the labels of an availability challenge have to be shown."""
    return challenge.filed_at + work.task.parameters.challenge_period // 4


def _of_response(id: int, challenge: Challenge, work: Work, snapshot: Snapshot, policy: Policy) -> Iterator[Duty]:
    """What the annotator says to a challenge of correctness."""
    terms = work.task.parameters
    if challenge.state != ChallengeState.FILED:
        return
    end = challenge.filed_at + terms.response_period
    loss = _loss_by_silence(challenge, work)
    yield Duty(Step.RESPOND, id, snapshot.time, end, loss)
    if policy.defend_up_to is not None:
        start = challenge.filed_at + terms.response_period // 2
        yield Duty(Step.DEFEND, id, start, end, loss)


def _loss_by_silence(challenge: Challenge, work: Work) -> str:
    """What a challenge takes from the annotator if nobody defends: conceding loses the same."""
    tolerated = work.task.parameters.tolerated(split_submission(work.id)[1])
    if work.submission.errors + challenge.labels > tolerated:
        return "all of the stake and of the pay: more labels than are tolerated would be proven wrong"
    return "the pay of each label that was challenged"


def _of_settling(work: Work, snapshot: Snapshot) -> Iterator[Duty]:
    """Challenges are settled in their turn, as far as money of the account hangs on it."""
    found, terms, account = work.submission, work.task.parameters, snapshot.account
    last = -1
    for position, challenge in enumerate(work.challenges):
        pays = found.annotator == account and found.state == SubmissionState.PUBLISHED
        if pays or account in (challenge.challenger, challenge.defender):
            last = position
    start = snapshot.time
    for position, challenge in enumerate(work.challenges[: last + 1]):
        id = challenge_id(work.id, found.settled + position)
        if challenge.state == ChallengeState.DEFENDED:
            start = max(start, challenge.defended_at + terms.arbitration_timeout)
        elif challenge.state == ChallengeState.FILED and found.state != SubmissionState.REJECTED:
            if challenge.kind == ChallengeKind.CORRECTNESS:
                start = max(start, challenge.filed_at + terms.response_period)
            elif work.unanswered.get(id):
                start = max(start, _answer_end(challenge, work))
        yield Duty(Step.SETTLE, id, start)


def _of_task(requested: Requested, snapshot: Snapshot) -> Iterator[Duty]:
    """What its requester does so that a task can be closed: only then comes back what is left of its pot."""
    time, close_from = snapshot.time, requested.close_from
    for id, found in requested.live.items():
        if found.state == SubmissionState.TAKEN and time >= found.due_at and found.annotator != snapshot.account:
            yield Duty(Step.EXPIRE, id, found.due_at)
        elif found.state == SubmissionState.COMMITTED and time >= requested.publish_ends.get(id, FOREVER):
            yield Duty(Step.EXPIRE, id, requested.publish_ends[id])
        elif found.state == SubmissionState.PUBLISHED and found.filed == found.settled:
            # Its annotator is paid by that, and has had a day for it.
            start = max(close_from, found.window_end + CLAIM_PATIENCE)
            if time >= start:
                yield Duty(Step.CLAIM, id, start)
    if time >= close_from and not requested.task.live:
        yield Duty(Step.CLOSE, requested.task_id, close_from)


def _of_beacon(snapshot: Snapshot) -> Iterator[Duty]:
    """The beacon without which nobody is drawn, of the head of the queue, whoever's dispute that is.

    It comes before the draw, for it has the end of the first draw that waits behind it.
    """
    beacon = snapshot.beacon
    ends = [trial.dispute.phase_end for trial in snapshot.trials if _is_waited_for(trial)]
    if beacon is not None and not beacon.is_shown and ends:
        start = max(beacon.due, snapshot.time)
        yield Duty(Step.SHOW_BEACON, beacon.dispute, start, min(ends), "the hearing", number=beacon.round)


def _is_waited_for(trial: Trial) -> bool:
    """Whether money of the account waits for jurors."""
    return trial.dispute.phase == Phase.WAITING and (trial.awaited or trial.pays)


def _of_trial(trial: Trial, snapshot: Snapshot, policy: Policy) -> Iterator[Duty]:
    found, time = trial.dispute, snapshot.time
    if found.phase == Phase.APPEAL and _is_to_be_appealed(trial, policy):
        yield Duty(Step.APPEAL, trial.id, time, found.phase_end, "the bond of the challenge", found.round)
    match found.phase:
        case Phase.WAITING if _is_waited_for(trial):
            yield Duty(Step.DRAW, trial.id, time, found.phase_end)
            yield Duty(Step.DROP, trial.id, found.phase_end)
        case Phase.COMMIT if trial.sealed:
            end = found.phase_end + snapshot.reveal_period
            start = snapshot.confirmed_from(found.phase_end, end)
            yield Duty(Step.REVEAL, trial.id, start, end, "a penalty for each seat", found.round)
        case Phase.COMMIT if trial.drawn:
            yield Duty(Step.VOTE, trial.id, time, found.phase_end, "a penalty for each seat")
        case Phase.REVEAL if trial.sealed:
            # That all have voted opens it early, and moves no end: a reorg could undo a vote until the period is over.
            commit_end = found.phase_end - snapshot.reveal_period
            start = time if snapshot.confirmed is None else snapshot.confirmed_from(commit_end, found.phase_end)
            yield Duty(Step.REVEAL, trial.id, start, found.phase_end, "a penalty for each seat", found.round)
    final_from = _final_from(found, snapshot)
    if final_from is None:
        return
    if trial.awaited and not found.executed:
        yield Duty(Step.EXECUTE, trial.id, final_from)
    if trial.pays and found.phase != Phase.NOT_HEARD and found.settled_count <= found.round:
        yield Duty(Step.SETTLE_ROUND, trial.id, final_from, number=found.settled_count)


def _is_to_be_appealed(trial: Trial, policy: Policy) -> bool:
    if trial.stakes is None or policy.appeal_up_to is None or trial.stakes.cost > policy.appeal_up_to:
        return False
    return is_worth_it(trial.dispute.ruling, trial.stakes, accuracy=policy.juror_accuracy)


def _final_from(found: Dispute, snapshot: Snapshot) -> int | None:
    """The earliest time at which the ruling is final, unless somebody appeals; None while nobody can tell."""
    match found.phase:
        case Phase.COMMIT:
            return found.phase_end + snapshot.reveal_period + snapshot.appeal_period
        case Phase.REVEAL:
            return found.phase_end + snapshot.appeal_period
        case Phase.APPEAL:
            return found.phase_end
        case Phase.FINAL | Phase.NOT_HEARD:
            return snapshot.time
        case _:
            return None


def _of_intent(intent: Intent, snapshot: Snapshot) -> Iterator[Duty]:
    planned, window_end = intent.planned, intent.submission.window_end
    if intent.submission.state in _NOT_PUBLISHED_YET:
        # It was published when the challenge was made: the node lags, or a block was replaced. Nothing is over.
        return
    if intent.submission.state != SubmissionState.PUBLISHED:
        window_end = min(window_end, snapshot.time)
    loss = "the challenge"
    if not intent.committed_at or snapshot.time >= intent.committed_at + COMMITMENT_MAX_AGE:
        end = window_end - COMMITMENT_MIN_AGE
        yield Duty(Step.COMMIT_CHALLENGE, planned.submission, snapshot.time, end, loss, planned=planned)
        return
    end = min(intent.committed_at + COMMITMENT_MAX_AGE, window_end)
    yield Duty(Step.FILE, planned.submission, intent.committed_at + COMMITMENT_MIN_AGE, end, loss, planned=planned)


def _of_balances(snapshot: Snapshot, policy: Policy) -> Iterator[Duty]:
    if policy.withdraw_from is None or snapshot.intents:
        return
    kept = {"GoldTest"} if gold_plan.needs_money(snapshot) else set()
    for balance in snapshot.balances:
        if balance.free >= max(policy.withdraw_from, 1) and balance.ledger not in kept:
            yield Duty(Step.WITHDRAW, 0, snapshot.time, balance=balance)
