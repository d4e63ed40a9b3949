"""
TaskEscrow: what the protocol says, in plain integers, with time given by the caller.

It is written from the protocol's rules and not from the contract, so that each checks the other. It knows nothing of
hashes, calldata or storage: a commitment is the opening or the challenge that it binds, and whether a
Merkle proof fits is told by the caller. Ids are the contract's: `submission = task << 64 | slot`,
`challenge = submission << 64 | number`.

Every call either changes the state or raises `RefusedError` with the contract's reason and changes nothing.
"""

from collections import ChainMap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from goldleaf.economics import BPS
from goldleaf.types import NOT_HEARD, ChallengeKind, ChallengeState, Outcome, SubmissionState

from .ledger import Ledger, Token
from .money import (
    Split,
    availability_bonus,
    keeps_stake_rule,
    least_bond,
    prize,
    rejection,
    rejection_bonus,
    split,
)
from .refusal import RefusedError, must

HOUR = 3600
DAY = 24 * HOUR

MAX_AMOUNT = 2**80 - 1
MIN_REWARD = 4
MAX_LABELS = 2**31 - 1  # of a task, in all of its slots
MAX_BATCH = 4096
MAX_REDUNDANCY = 15
MAX_TOLERANCE_BPS = 8000
MAX_PERIOD = 90 * DAY
MAX_HORIZON = 365 * DAY  # of the deadline and of the arbitration timeout
COMMITMENT_MIN_AGE = 60
COMMITMENT_MAX_AGE = DAY
MAX_COST = 2**94
GRADER_TIMEOUT = 365 * DAY
MAX_CHALLENGED = 32  # labels in one challenge

# What does not spoil a call of many.
PASSED_OVER = {
    "challenges: awaiting a ruling",
    "challenges: response is open",
    "challenges: answer is open",
    "challenges: not its turn",
    "submissions: challenges pending",
    "submissions: not published",
    "submissions: window is open",
}

RULINGS = {
    0: Outcome.UNDECIDED,
    1: Outcome.WRONG,
    2: Outcome.NOT_WRONG,
    NOT_HEARD: Outcome.NOT_HEARD,
}


@dataclass(eq=False)
class Arbitrator:
    """An arbitrator as the escrow sees it; what it rules reaches the escrow by `Escrow.rule`."""

    token: Token
    cost: int
    max_duration: int
    disputes: int = 0

    def create_dispute(self, case: int, refund_to: Any) -> tuple[int, int]:
        """Id of a new dispute, and what left the contract for it; or raises `RefusedError`.

        `case` is what the contract calls it; `refund_to` has paid, and is paid back if it is not heard.
        """
        self.disputes += 1
        return self.disputes - 1, self.token.move_out(self, self.cost)


class Grader:
    """A grader as the escrow sees it; this one is always ready, and passes everything."""

    def is_ready(self, task: int) -> bool:
        return True

    def grade(self, submission: int, root: Any, answers: Any, now: int) -> bool:
        """Whether it is passed; or raises `RefusedError`."""
        return True

    def publish_until(self, submission: int, now: int) -> int:
        return 0

    def is_tested(self, submission: int, item: int) -> bool:
        return False


# What the escrow remembers.


@dataclass(frozen=True)
class Parameters:
    arbitrator: Arbitrator
    reward: int
    stake: int
    items: int
    batch_size: int
    redundancy: int
    tolerance_bps: int
    deadline: int
    work_period: int
    publish_period: int
    challenge_period: int
    response_period: int
    arbitration_timeout: int
    availability_bond: int
    royalty_bps: int = 0
    terms: Any = "manifest"
    allowed: frozenset[Any] | None = None  # who passes the gate; None: anyone
    grader: Grader | None = None

    @property
    def publishes_directly(self) -> bool:
        """Whether labels are published as they are delivered: there is nobody to seal them from."""
        return self.redundancy == 1 and self.grader is None

    @property
    def batches(self) -> int:
        return -(-self.items // self.batch_size)

    @property
    def slots(self) -> int:
        return self.batches * self.redundancy

    def batch_of(self, slot: int) -> range:
        """The items of the slot's batch."""
        first = slot % self.batches * self.batch_size
        return range(first, min(first + self.batch_size, self.items))

    def siblings_of(self, slot: int) -> list[int]:
        """The other slots of the same batch."""
        return [other for other in range(slot % self.batches, self.slots, self.batches) if other != slot]


@dataclass
class Task:
    parameters: Parameters
    requester: Any
    token: Token
    publish_from: int
    live: int = 0
    accepted: int = 0  # labels of PAID submissions that were not proven wrong
    delivered: int = 0  # labels of PAID and REJECTED submissions
    cancelled: bool = False
    closed: bool = False

    @property
    def pot(self) -> int:
        p = self.parameters
        return 0 if self.closed else p.reward * (p.items * p.redundancy - self.delivered)


class Opening(NamedTuple):
    """What a commitment binds."""

    submission: int
    annotator: Any
    root: Any
    uri: Any
    salt: Any


class ChallengeOpening(NamedTuple):
    """What a commitment to a challenge binds."""

    submission: int
    challenger: Any
    indices: tuple[int, ...]
    salt: Any


@dataclass
class Submission:
    annotator: Any
    state: SubmissionState
    due_at: int
    items: range
    stake: int  # what was locked
    tolerated: int
    prize: int  # for each label proven wrong
    errors: int = 0
    root: Any = None  # COMMITTED: the opening; later: the root
    published_at: int = 0
    window_end: int = 0
    accepted: bool = False
    filed: int = 0
    settled: int = 0
    wrong: set[int] = field(default_factory=set)
    shown: set[int] = field(default_factory=set)

    @property
    def labels(self) -> int:
        return len(self.items)

    @property
    def live(self) -> bool:
        return self.state in (SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED)

    @property
    def stake_left(self) -> int:
        """What is still locked of the stake, which advances the prizes."""
        return self.stake - self.errors * self.prize if self.live else 0


@dataclass
class Challenge:
    challenger: Any
    kind: ChallengeKind
    state: ChallengeState
    filed_at: int
    bond: int
    indices: tuple[int, ...]
    defended_at: int = 0
    ruling: int = 0
    defender: Any = None
    fee: int = 0
    outcome: Outcome | None = None

    @property
    def bond_held(self) -> int:
        return 0 if self.state == ChallengeState.SETTLED else self.bond


class Escrow(Ledger):
    """
    The state and every call of it. `now` is unix seconds. Accounts are any hashable names; None stands for one that
    cannot be paid. `sink` is whose free balance takes what is lost and nobody's prize. Checks come in the contract's
    order, so that a call with several faults has the same reason.
    """

    def __init__(self, period_floor: int = HOUR, sink: Any = "sink") -> None:
        super().__init__()
        self.period_floor = period_floor
        self.sink = sink
        self.tasks: dict[int, Task] = {}
        self.submissions: dict[int, Submission] = {}  # without open slots
        self.challenges: dict[int, Challenge] = {}
        self.commitments: dict[Any, int] = {}  # to a challenge -> time of it
        self.disputes: dict[tuple[Arbitrator, int], int] = {}  # -> challenge

    def liabilities(self, token: Token) -> int:
        """Σ free + Σ pots + Σ stakes + Σ bonds: what the escrow owes in `token`."""
        total = self.free_in_all(token)
        total += sum(task.pot for task in self.tasks.values() if task.token is token)
        total += sum(s.stake_left for key, s in self.submissions.items() if self.tasks[key >> 64].token is token)
        total += sum(f.bond_held for key, f in self.challenges.items() if self.tasks[key >> 128].token is token)
        return total

    # Ledger

    def transfer(self, account: Any, token: Token, amount: int, to: Any) -> None:
        self._begin()
        self._move(account, token, amount, to)

    # Tasks

    def open(self, requester: Any, p: Parameters, now: int) -> int:
        self._begin()
        must(MIN_REWARD <= p.reward <= MAX_AMOUNT, "tasks: bad reward")
        must(1 <= p.stake <= MAX_AMOUNT, "tasks: bad stake")
        must(1 <= p.redundancy <= MAX_REDUNDANCY, "tasks: bad redundancy")
        must(p.items >= 1 and p.items * p.redundancy <= MAX_LABELS, "tasks: bad items")
        must(1 <= p.batch_size <= min(MAX_BATCH, p.items), "tasks: bad batch size")
        must(p.grader is None or p.items % p.batch_size == 0, "tasks: last batch not whole")
        must(0 <= p.tolerance_bps <= MAX_TOLERANCE_BPS, "tasks: bad tolerance")
        for period, name in (
            (p.work_period, "work"),
            (p.publish_period, "publish"),
            (p.challenge_period, "challenge"),
        ):
            must(self.period_floor <= period <= MAX_PERIOD, f"tasks: bad {name} period")
        must(self.period_floor <= p.response_period <= p.challenge_period, "tasks: bad response period")
        must(now + p.work_period < p.deadline <= now + MAX_HORIZON, "tasks: bad deadline")
        must(0 <= p.royalty_bps <= BPS, "tasks: bad royalty")
        must(bool(p.terms), "tasks: no terms")
        must(
            2 * p.arbitrator.max_duration <= p.arbitration_timeout <= MAX_HORIZON,
            "tasks: bad arbitration timeout",
        )
        stakes = []
        for batch in (p.batch_of(0), p.batch_of(p.batches - 1)):
            stake, tolerated = self._stake_terms(p, batch)
            must(
                keeps_stake_rule(stake=stake, reward=p.reward, tolerated=tolerated, arbitration_cost=p.arbitrator.cost),
                "tasks: stake too low",
            )
            stakes.append(stake)
        must(p.reward <= p.availability_bond <= max(min(stakes) // 16, p.reward), "tasks: bad availability bond")

        token = p.arbitrator.token
        self._debit(token, requester, p.reward * p.items * p.redundancy)
        task = len(self.tasks) + 1
        self.tasks[task] = Task(p, requester, token, publish_from=p.deadline)
        self._log("Opened", task=task, requester=requester, token=token, parameters=p)
        return task

    def cancel(self, actor: Any, task: int, now: int) -> None:
        self._begin()
        t = self._task(task)
        must(actor == t.requester, "tasks: not the requester")
        must(now < t.parameters.deadline, "tasks: deadline passed")
        must(not t.cancelled, "tasks: already cancelled")
        t.cancelled = True
        t.publish_from = min(t.parameters.deadline, now + t.parameters.work_period)
        self._log("Cancelled", task=task, publish_from=t.publish_from)

    def close(self, task: int, now: int) -> None:
        self._begin()
        t = self._task(task)
        must(now >= (t.publish_from if t.cancelled else t.parameters.deadline), "tasks: too early to close")
        must(not t.closed, "tasks: already closed")
        must(t.live == 0, "tasks: submissions are live")
        left = t.pot
        t.closed = True
        self.free[t.token, t.requester] += left
        self._log("Closed", task=task, accepted=t.accepted, to_requester=left)

    # Submissions

    def take(self, actor: Any, task: int, slot: int, now: int) -> int:
        self._begin()
        self._take(actor, task, [slot], now, passes_over=False)
        return task << 64 | slot

    def take_many(self, actor: Any, task: int, slots: list[int], now: int) -> int:
        """Those that are open; how many."""
        self._begin()
        return self._take(actor, task, slots, now, passes_over=True)

    def release(self, actor: Any, submission: int, now: int) -> None:
        self._begin()
        s = self._taken(submission)
        self._check_worker(actor, s, now)
        must(s.state == SubmissionState.TAKEN, "submissions: already committed")
        self._reopen(submission, s, 16, "Released")

    def expire(self, submission: int, now: int) -> None:
        self._begin()
        s = self._taken(submission)
        if s.state == SubmissionState.TAKEN:
            must(now >= s.due_at, "submissions: not due yet")
            self._reopen(submission, s, 4, "Expired")
        else:
            t = self.tasks[submission >> 64]
            p = t.parameters
            to_sink = s.stake
            if p.grader is not None and now >= p.deadline + p.publish_period + GRADER_TIMEOUT:
                to_sink = 0
            else:
                must(now >= self._publish_until(submission, now), "submissions: may be published")
            s.state = SubmissionState.FORFEITED
            t.live -= 1
            self.free[t.token, self.sink] += to_sink
            self.free[t.token, s.annotator] += s.stake - to_sink
            self._log("Forfeited", submission=submission, annotator=s.annotator, to_sink=to_sink)

    def commit(self, actor: Any, submission: int, commitment: Any, now: int) -> None:
        """`commitment` is the `Opening` that it binds, or anything that opens to nothing; None is empty."""
        self._begin()
        s = self._taken(submission)
        self._check_worker(actor, s, now)
        must(s.state == SubmissionState.TAKEN, "submissions: already committed")
        must(not self.tasks[submission >> 64].parameters.publishes_directly, "submissions: publish directly")
        must(commitment is not None, "submissions: empty commitment")
        s.state = SubmissionState.COMMITTED
        s.root = commitment
        self._log("Committed", submission=submission, annotator=actor, commitment=commitment)

    def publish(self, actor: Any, submission: int, root: Any, salt: Any, uri: Any, now: int) -> None:
        self._begin()
        self._publish(actor, submission, root, salt, uri, False, now)

    def publish_graded(self, submission: int, root: Any, salt: Any, uri: Any, answers: Any, now: int) -> None:
        self._begin()
        with self._all_or_none():
            grader = self._publish(None, submission, root, salt, uri, True, now)
            must(grader.grade(submission, root, answers, now), "submissions: test is not passed")

    def accept(self, actor: Any, submission: int, now: int) -> None:
        self._begin()
        s = self._published(submission)
        must(actor == self.tasks[submission >> 64].requester, "submissions: not the requester")
        must(now < s.window_end, "submissions: window has ended")
        s.accepted = True
        s.window_end = now
        self._log("Accepted", submission=submission)

    def claim(self, submission: int, now: int) -> None:
        self._begin()
        self._claim(submission, now)

    def claim_many(self, submissions: list[int], now: int) -> int:
        """Those that can be paid; how many."""
        self._begin()
        return sum(self._done(partial(self._claim, submission, now)) for submission in submissions)

    # Challenges

    def commit_challenge(self, commitment: Any, now: int) -> None:
        """`commitment` is the `ChallengeOpening` that it binds, or anything that no challenge matches."""
        self._begin()
        committed = self.commitments.get(commitment)
        must(committed is None or now >= committed + COMMITMENT_MAX_AGE, "challenges: already committed")
        self.commitments[commitment] = now
        self._log("ChallengeCommitted", commitment=commitment)

    def challenge(self, actor: Any, submission: int, indices: tuple[int, ...], bond: int, salt: Any, now: int) -> int:
        self._begin()
        s = self._published(submission)
        t = self.tasks[submission >> 64]
        must(now < s.window_end, "challenges: window has ended")
        opening = ChallengeOpening(submission, actor, indices, salt)
        must(opening in self.commitments, "challenges: no such commitment")
        must(now >= self.commitments[opening] + COMMITMENT_MIN_AGE, "challenges: commitment too young")
        must(now < self.commitments[opening] + COMMITMENT_MAX_AGE, "challenges: commitment too old")
        cost = t.parameters.arbitrator.cost
        must(cost <= MAX_COST, "challenges: cost out of bounds")
        least = least_bond(challenged=len(indices), reward=t.parameters.reward, arbitration_cost=cost)
        must(bond >= least, "challenges: bond too low")
        self._check_items(s, indices)
        must(self.free[t.token, actor] >= bond, "ledger: balance too low")
        grader = t.parameters.grader
        if grader is not None:
            must(not any(grader.is_tested(submission, item) for item in indices), "challenges: item was tested")
        del self.commitments[opening]
        challenge = self._file(submission, actor, ChallengeKind.CORRECTNESS, indices, bond, now)
        self._log("Challenged", challenge=challenge, challenger=actor, indices=indices, bond=bond)
        return challenge

    def challenge_availability(self, actor: Any, submission: int, indices: tuple[int, ...], now: int) -> int:
        self._begin()
        s = self._published(submission)
        p = self.tasks[submission >> 64].parameters
        must(not s.accepted and now < s.published_at + p.challenge_period // 2, "challenges: first half is over")
        self._check_items(s, indices)
        must(self.free[p.arbitrator.token, actor] >= p.availability_bond, "ledger: balance too low")
        must(not s.shown.issuperset(indices), "challenges: label was shown")
        challenge = self._file(submission, actor, ChallengeKind.AVAILABILITY, indices, p.availability_bond, now)
        self._log(
            "AvailabilityChallenged", challenge=challenge, challenger=actor, indices=indices, bond=p.availability_bond
        )
        return challenge

    def answer(self, actor: Any, challenge: int, item: int, fits: bool, now: int) -> None:
        """`fits`: whether the proof leads from the label at the item to the root."""
        self._begin()
        _, s, f = self._filed(challenge)
        must(f.kind == ChallengeKind.AVAILABILITY, "challenges: is of correctness")
        must(now < self._answer_end(challenge), "challenges: answer is late")
        must(fits and item in s.items, "challenges: wrong proof")
        must(item not in s.shown, "challenges: label was shown")
        s.shown.add(item)
        self._log("Answered", challenge=challenge, answerer=actor, item=item)

    def concede(self, actor: Any, challenge: int, now: int) -> None:
        self._begin()
        _, s, f = self._open_challenge(challenge, now)
        must(actor == s.annotator, "challenges: not the annotator")
        f.state = ChallengeState.CONCEDED
        self._log("Conceded", challenge=challenge)

    def defend(self, actor: Any, challenge: int, max_cost: int, now: int) -> None:
        """The annotator in the whole response period, anyone in its second half."""
        self._begin()
        t, s, f = self._open_challenge(challenge, now)
        half = f.filed_at + t.parameters.response_period // 2
        must(actor == s.annotator or now >= half, "challenges: annotator's turn")
        arbitrator = t.parameters.arbitrator
        cost = arbitrator.cost
        must(cost <= MAX_COST, "challenges: cost out of bounds")
        must(cost <= max_cost, "challenges: cost above maximum")
        must(self.free[t.token, actor] >= cost, "ledger: balance too low")
        dispute, fee = arbitrator.create_dispute(challenge, actor)
        must(fee <= cost, "challenges: more than cost taken")
        must((arbitrator, dispute) not in self.disputes, "challenges: dispute id reused")
        self._debit(t.token, actor, fee)
        self.balance[t.token] -= fee
        self.disputes[arbitrator, dispute] = challenge
        f.state = ChallengeState.DEFENDED
        f.defended_at = now
        f.defender = actor
        f.fee = fee
        self._log("Defended", challenge=challenge, defender=actor, arbitrator=arbitrator, dispute=dispute, fee=fee)

    def rule(self, arbitrator: Any, dispute: int, ruling: int) -> None:
        self._begin()
        must((arbitrator, dispute) in self.disputes, "challenges: unknown dispute")
        must(ruling in RULINGS, "challenges: no such ruling")
        challenge = self.disputes[arbitrator, dispute]
        f = self.challenges[challenge]
        must(f.state == ChallengeState.DEFENDED, "challenges: already ruled")
        f.state = ChallengeState.RULED
        f.ruling = ruling
        self._log("Ruled", challenge=challenge, ruling=ruling)

    def settle(self, challenge: int, indices: tuple[int, ...], now: int) -> None:
        self._begin()
        self._settle(challenge, indices, now)

    def settle_many(self, challenges: list[int], indices: list[tuple[int, ...]], now: int) -> int:
        """Those that can be settled; how many."""
        self._begin()
        must(len(challenges) == len(indices), "escrow: lists differ in length")
        with self._all_or_none():
            return sum(self._done(partial(self._settle, *pair, now)) for pair in zip(challenges, indices, strict=True))

    # Shared rules

    def _done(self, call: Callable[[], Any]) -> bool:
        """Whether one call of many was made, and not passed over since it was made already or cannot be yet."""
        try:
            call()
        except RefusedError as error:
            if error.reason not in PASSED_OVER:
                raise
            return False
        return True

    @contextmanager
    def _all_or_none(self) -> Iterator[None]:
        """Takes back what a refused call of several steps did in the first ones."""
        free = self.free.copy()
        tasks = {key: replace(t) for key, t in self.tasks.items()}
        submissions = {key: replace(s, wrong=set(s.wrong), shown=set(s.shown)) for key, s in self.submissions.items()}
        challenges = {key: replace(f) for key, f in self.challenges.items()}
        try:
            yield
        except RefusedError:
            self.free, self.tasks, self.submissions, self.challenges = free, tasks, submissions, challenges
            raise

    def _stake_terms(self, p: Parameters, items: range) -> tuple[int, int]:
        """`S` and `c` of a batch."""
        return p.stake * len(items), len(items) * p.tolerance_bps // BPS

    def _task(self, task: int) -> Task:
        must(task in self.tasks, "tasks: no such task")
        return self.tasks[task]

    def _siblings(self, submission: int) -> list[int]:
        return self.tasks[submission >> 64].parameters.siblings_of(submission & 2**64 - 1)

    def _taken(self, submission: int) -> Submission:
        """Not delivered yet."""
        s = self.submissions.get(submission)
        if s is None or s.state not in (SubmissionState.TAKEN, SubmissionState.COMMITTED):
            raise RefusedError("submissions: not taken")
        return s

    def _published(self, submission: int) -> Submission:
        s = self.submissions.get(submission)
        if s is None or s.state != SubmissionState.PUBLISHED:
            raise RefusedError("submissions: not published")
        return s

    def _check_worker(self, actor: Any, s: Submission, now: int) -> None:
        must(actor == s.annotator, "submissions: not the annotator")
        must(now < s.due_at, "submissions: past due")

    def _take(self, actor: Any, task: int, slots: list[int], now: int, *, passes_over: bool) -> int:
        t = self._task(task)
        p = t.parameters
        must(not t.cancelled, "submissions: task is cancelled")
        due = now + p.work_period
        must(due < p.deadline, "submissions: too late to take")
        must(p.grader is None or p.grader.is_ready(task), "submissions: test is not set up")
        must(p.allowed is None or actor in p.allowed, "submissions: not admitted")
        taken: dict[int, Submission] = {}
        for slot in slots:
            must(slot < p.slots, "submissions: no such slot")
            held = ChainMap(taken, self.submissions)
            submission = task << 64 | slot
            if submission in held:
                must(passes_over, "submissions: slot is taken")
                continue
            siblings = (held.get(task << 64 | other) for other in p.siblings_of(slot))
            must(all(s is None or s.annotator != actor for s in siblings), "submissions: has a sibling")
            items = p.batch_of(slot)
            stake, tolerated = self._stake_terms(p, items)
            taken[submission] = Submission(actor, SubmissionState.TAKEN, due, items, stake, tolerated, prize(p.reward))
        self._debit(t.token, actor, sum(s.stake for s in taken.values()))
        self.submissions.update(taken)
        t.live += len(taken)
        for submission in taken:
            self._log("Taken", submission=submission, annotator=actor, due=due)
        return len(taken)

    def _reopen(self, submission: int, s: Submission, divisor: int, event: str) -> None:
        """The sink's part is rounded up: what the division leaves over is the sink's."""
        t = self.tasks[submission >> 64]
        to_sink = -(-s.stake // divisor)
        del self.submissions[submission]
        t.live -= 1
        self.free[t.token, self.sink] += to_sink
        self.free[t.token, s.annotator] += s.stake - to_sink
        self._log(event, submission=submission, annotator=s.annotator, to_sink=to_sink)

    def _claim(self, submission: int, now: int) -> None:
        s = self._published(submission)
        t = self.tasks[submission >> 64]
        must(now >= s.window_end, "submissions: window is open")
        must(s.settled == s.filed, "submissions: challenges pending")
        labels = s.labels - s.errors
        pay = t.parameters.reward * labels
        # Of the pay of what was proven wrong, the stake has the prizes back, and the requester the rest.
        to_requester = s.errors * (t.parameters.reward - s.prize)
        s.state = SubmissionState.PAID
        t.live -= 1
        t.accepted += labels
        t.delivered += s.labels
        self.free[t.token, s.annotator] += pay + s.stake
        self.free[t.token, t.requester] += to_requester
        self._log(
            "Claimed",
            submission=submission,
            annotator=s.annotator,
            labels=labels,
            pay=pay,
            stake=s.stake,
            to_requester=to_requester,
        )

    def _publish(self, actor: Any, submission: int, root: Any, salt: Any, uri: Any, graded: bool, now: int) -> Grader:
        """The task's grader, who is still to be asked in a graded task."""
        s = self._taken(submission)
        t = self.tasks[submission >> 64]
        p = t.parameters
        must(root is not None, "submissions: empty root")
        must(graded == (p.grader is not None), "submissions: publish otherwise")
        if p.publishes_directly:
            self._check_worker(actor, s, now)
        else:
            must(s.state == SubmissionState.COMMITTED, "submissions: not committed")
            must(s.root == Opening(submission, s.annotator, root, uri, salt), "submissions: wrong opening")
            if now < p.deadline:
                siblings = [self.submissions.get(submission >> 64 << 64 | slot) for slot in self._siblings(submission)]
                committed = all(other is not None and other.state != SubmissionState.TAKEN for other in siblings)
                must(committed or now >= t.publish_from, "submissions: siblings not ready")
            else:
                must(now < self._publish_until(submission, now), "submissions: too late to publish")
        s.state = SubmissionState.PUBLISHED
        s.root = root
        s.published_at = now
        s.window_end = now + p.challenge_period
        self._log(
            "Published", submission=submission, annotator=s.annotator, root=root, uri=uri, window_end=s.window_end
        )
        return p.grader or Grader()

    def _publish_until(self, submission: int, now: int) -> int:
        """The time from which what is committed can be published no more."""
        p = self.tasks[submission >> 64].parameters
        until = p.deadline + p.publish_period
        return until if p.grader is None else max(until, p.grader.publish_until(submission, now))

    def _check_items(self, s: Submission, indices: tuple[int, ...]) -> None:
        must(0 < len(indices) <= MAX_CHALLENGED, "challenges: no labels")
        rising = list(indices) == sorted(set(indices))
        must(rising and all(index in s.items for index in indices), "challenges: foreign or unsorted")

    def _file(
        self, submission: int, actor: Any, kind: ChallengeKind, indices: tuple[int, ...], bond: int, now: int
    ) -> int:
        s = self.submissions[submission]
        self._debit(self.tasks[submission >> 64].token, actor, bond)
        key = submission << 64 | s.filed
        s.filed += 1
        self.challenges[key] = Challenge(actor, kind, ChallengeState.FILED, now, bond, indices)
        return key

    def _filed(self, challenge: int) -> tuple[Task, Submission, Challenge]:
        """One that may still be answered, conceded or defended: a rejection ends all that."""
        f = self.challenges.get(challenge)
        if f is None or f.state != ChallengeState.FILED:
            raise RefusedError("challenges: not open")
        return self.tasks[challenge >> 128], self._published(challenge >> 64), f

    def _open_challenge(self, challenge: int, now: int) -> tuple[Task, Submission, Challenge]:
        """One of correctness whose response window is open."""
        t, s, f = self._filed(challenge)
        must(f.kind == ChallengeKind.CORRECTNESS, "challenges: is of availability")
        must(now < f.filed_at + t.parameters.response_period, "challenges: response has ended")
        return t, s, f

    def _answer_end(self, challenge: int) -> int:
        period = self.tasks[challenge >> 128].parameters.challenge_period
        return self.challenges[challenge].filed_at + period // 4

    def _settle(self, challenge: int, indices: tuple[int, ...], now: int) -> None:
        must(challenge in self.challenges, "challenges: no such challenge")
        f, s = self.challenges[challenge], self.submissions[challenge >> 64]
        must(indices == f.indices, "challenges: other items")
        must(challenge & 2**64 - 1 == s.settled, "challenges: not its turn")
        if f.kind == ChallengeKind.AVAILABILITY:
            self._settle_availability(challenge, s, f, now)
        else:
            self._settle_correctness(challenge, s, f, now)

    def _settle_correctness(self, challenge: int, s: Submission, f: Challenge, now: int) -> None:
        t = self.tasks[challenge >> 128]
        outcome = self._outcome(t, s, f, now)

        proven: list[int] = []
        if s.live and outcome in (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG):
            proven = [item for item in f.indices if item not in s.wrong][: s.tolerated + 1 - s.errors]
            s.wrong.update(proven)
            s.errors += len(proven)

        paid = split(
            outcome,
            bond=f.bond,
            fee=f.fee,
            challenged=len(f.indices),
            proven=len(proven),
            reward=t.parameters.reward,
        )
        if s.live and s.errors > s.tolerated:
            bonus = rejection_bonus(stake=s.stake, bond=f.bond)
            paid = paid._replace(challenger=paid.challenger + bonus)
            self._reject(challenge >> 64, bonus)
        self._pay(challenge, outcome, len(proven), paid)

    def _outcome(self, t: Task, s: Submission, f: Challenge, now: int) -> Outcome:
        """How a challenge of correctness ends if it is settled now."""
        if f.state == ChallengeState.RULED:
            return RULINGS[f.ruling]
        if f.state == ChallengeState.DEFENDED:
            must(now >= f.defended_at + t.parameters.arbitration_timeout, "challenges: awaiting a ruling")
            return Outcome.UNDECIDED
        if not s.live:
            return Outcome.VOID
        if f.state == ChallengeState.CONCEDED:
            return Outcome.CONCEDED
        must(now >= f.filed_at + t.parameters.response_period, "challenges: response is open")
        return Outcome.UNANSWERED

    def _settle_availability(self, challenge: int, s: Submission, f: Challenge, now: int) -> None:
        if not s.live:
            self._pay(challenge, Outcome.VOID, 0, Split(challenger=f.bond))
        elif s.shown.issuperset(f.indices):
            self._pay(challenge, Outcome.ANSWERED, 0, Split(sink=f.bond))
        else:
            must(now >= self._answer_end(challenge), "challenges: answer is open")
            bonus = availability_bonus(stake=s.stake, bond=f.bond)
            self._reject(challenge >> 64, bonus)
            self._pay(challenge, Outcome.UNANSWERED, 0, Split(challenger=f.bond + bonus))

    def _pay(self, challenge: int, outcome: Outcome, proven: int, paid: Split) -> None:
        t, s, f = self.tasks[challenge >> 128], self.submissions[challenge >> 64], self.challenges[challenge]
        f.state = ChallengeState.SETTLED
        f.outcome = outcome
        s.settled += 1
        for account, amount in zip((f.challenger, s.annotator, f.defender, self.sink), paid, strict=True):
            if amount:
                self.free[t.token, account] += amount
        told = {f"to_{role}": amount for role, amount in paid._asdict().items()}
        self._log("Settled", challenge=challenge, outcome=outcome, proven=proven, **told)

    def _reject(self, submission: int, bonus: int) -> None:
        """`bonus` is what whoever brought it about gets of the stake, besides prizes."""
        t, s = self.tasks[submission >> 64], self.submissions[submission]
        paid = rejection(stake=s.stake, labels=s.labels, errors=s.errors, reward=t.parameters.reward, bonus=bonus)
        s.state = SubmissionState.REJECTED
        t.live -= 1
        t.delivered += s.labels
        self.free[t.token, self.sink] += paid.sink
        self.free[t.token, t.requester] += paid.requester
        self._log(
            "Rejected",
            submission=submission,
            annotator=s.annotator,
            to_sink=paid.sink,
            to_requester=paid.requester,
        )
