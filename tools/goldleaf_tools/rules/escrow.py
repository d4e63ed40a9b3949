"""
TaskEscrow: what the protocol says, in plain integers, with time given by the caller.

It is written from the protocol's rules and not from the contract, so that each checks the other. It knows nothing of
hashes, calldata or storage: a commitment is the opening it binds, a seal is the challenge it announces, and whether a
Merkle proof fits is told by the caller. Ids are the contract's: `submission = task << 64 | slot`,
`fight = submission << 64 | number`.

Every call either changes the state or raises `RefusedError` with the contract's reason and changes nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from goldleaf.economics import BPS
from goldleaf.types import NOT_HEARD, FightState, Outcome, SubmissionState

from .ledger import Ledger, Token
from .money import (
    Split,
    keeps_stake_rule,
    least_bond,
    prize,
    rejection,
    rejection_bonus,
    split,
    withheld_bonus,
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
SEAL_MIN_AGE = 60
SEAL_MAX_AGE = DAY
MAX_COST = 2**94

# What does not spoil a call of many.
PASSED_OVER = {
    "challenges: awaiting a ruling",
    "challenges: response is open",
    "demands: answer is open",
    "fights: not its turn",
    "submissions: fights are pending",
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

    def create_dispute(self) -> tuple[int, int]:
        """Id of a new dispute, and what left the escrow for it; or raises `RefusedError`."""
        self.disputes += 1
        return self.disputes - 1, self.token.move_out(self, self.cost)


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
    demand_bond: int
    royalty_bps: int = 0
    terms: Any = "manifest"
    allowed: frozenset[Any] | None = None  # who passes the gate; None: anyone

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


class Seal(NamedTuple):
    """What a challenge seal binds."""

    submission: int
    challenger: Any
    indices: tuple[int, ...]
    salt: Any


@dataclass
class Submission:
    annotator: Any
    state: SubmissionState
    clock: int  # TAKEN, COMMITTED: when the work was due; PUBLISHED: end of the challenge window
    items: range
    stake: int  # what was locked
    tolerated: int
    prize: int  # for each label proven wrong
    errors: int = 0
    root: Any = None  # COMMITTED: the opening; later: the root
    published_at: int = 0
    accepted: bool = False
    filed: int = 0
    settled: int = 0
    wrong: set[int] = field(default_factory=set)

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
class Fight:
    party: Any
    state: FightState
    clock: int  # of filing; once defended, of the defence
    bond: int
    indices: tuple[int, ...] = ()  # of a challenge
    item: int = 0  # of a demand
    ruling: int = 0
    defender: Any = None
    fee: int = 0
    outcome: Outcome | None = None

    @property
    def is_demand(self) -> bool:
        return not self.indices

    @property
    def bond_held(self) -> int:
        return 0 if self.state == FightState.SETTLED else self.bond


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
        self.fights: dict[int, Fight] = {}
        self.seals: dict[Any, int] = {}  # seal -> time of sealing
        self.disputes: dict[tuple[Arbitrator, int], int] = {}  # -> fight

    def liabilities(self, token: Token) -> int:
        """Σ free + Σ pots + Σ stakes + Σ bonds: what the escrow owes in `token`."""
        total = self.free_in_all(token)
        total += sum(task.pot for task in self.tasks.values() if task.token is token)
        total += sum(s.stake_left for key, s in self.submissions.items() if self.tasks[key >> 64].token is token)
        total += sum(f.bond_held for key, f in self.fights.items() if self.tasks[key >> 128].token is token)
        return total

    # Ledger

    def transfer(self, account: Any, token: Token, amount: int, to: Any) -> None:
        self._begin()
        must(amount > 0, "ledger: zero amount")
        must(to is not None, "ledger: bad account")
        self._debit(token, account, amount)
        self.free[token, to] += amount
        self._log("Transferred", token=token, account=account, to=to, amount=amount)

    # Tasks

    def open(self, requester: Any, p: Parameters, now: int) -> int:
        self._begin()
        must(MIN_REWARD <= p.reward <= MAX_AMOUNT, "tasks: bad reward")
        must(1 <= p.stake <= MAX_AMOUNT, "tasks: bad stake")
        must(1 <= p.redundancy <= MAX_REDUNDANCY, "tasks: bad redundancy")
        must(p.items >= 1 and p.items * p.redundancy <= MAX_LABELS, "tasks: bad items")
        must(1 <= p.batch_size <= min(MAX_BATCH, p.items), "tasks: bad batch size")
        must(0 <= p.tolerance_bps <= MAX_TOLERANCE_BPS, "tasks: bad tolerance")
        for period, name in (
            (p.work_period, "work"),
            (p.publish_period, "publish"),
            (p.challenge_period, "challenge"),
            (p.response_period, "response"),
        ):
            must(self.period_floor <= period <= MAX_PERIOD, f"tasks: bad {name} period")
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
        must(p.reward <= p.demand_bond <= max(min(stakes) // 16, p.reward), "tasks: bad demand bond")

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
        return self._take(actor, task, slot, now)

    def take_many(self, actor: Any, task: int, slots: list[int], now: int) -> int:
        """Those that are open; how many."""
        self._begin()
        with self._all_or_none():
            taken = 0
            for slot in slots:
                if task << 64 | slot not in self.submissions:
                    self._take(actor, task, slot, now)
                    taken += 1
            return taken

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
            must(now >= s.clock, "submissions: not due yet")
            self._reopen(submission, s, 4, "Expired")
        else:
            t = self.tasks[submission >> 64]
            must(now >= t.parameters.deadline + t.parameters.publish_period, "submissions: may be published")
            s.state = SubmissionState.FORFEITED
            t.live -= 1
            self.free[t.token, self.sink] += s.stake
            self._log("Forfeited", submission=submission, annotator=s.annotator, to_sink=s.stake)

    def commit(self, actor: Any, submission: int, commitment: Any, now: int) -> None:
        """`commitment` is the `Opening` that it binds, or anything that opens to nothing; None is empty."""
        self._begin()
        s = self._taken(submission)
        self._check_worker(actor, s, now)
        must(self.tasks[submission >> 64].parameters.redundancy > 1, "submissions: publish directly")
        must(commitment is not None, "submissions: empty commitment")
        must(s.state == SubmissionState.TAKEN, "submissions: already committed")
        s.state = SubmissionState.COMMITTED
        s.root = commitment
        self._log("Committed", submission=submission, annotator=actor, commitment=commitment)

    def publish(self, actor: Any, submission: int, root: Any, salt: Any, uri: Any, now: int) -> None:
        self._begin()
        s = self._taken(submission)
        t = self.tasks[submission >> 64]
        p = t.parameters
        must(root is not None, "submissions: empty root")
        if p.redundancy == 1:
            self._check_worker(actor, s, now)
        else:
            must(s.state == SubmissionState.COMMITTED, "submissions: not committed")
            must(s.root == Opening(submission, s.annotator, root, uri, salt), "submissions: wrong opening")
            must(now < p.deadline + p.publish_period, "submissions: too late to publish")
            siblings = [self.submissions.get(submission >> 64 << 64 | slot) for slot in self._siblings(submission)]
            committed = all(other is not None and other.state != SubmissionState.TAKEN for other in siblings)
            must(committed or now >= t.publish_from, "submissions: siblings not ready")
        s.state = SubmissionState.PUBLISHED
        s.root = root
        s.published_at = now
        s.clock = now + p.challenge_period
        self._log("Published", submission=submission, annotator=s.annotator, root=root, uri=uri, window_end=s.clock)

    def accept(self, actor: Any, submission: int, now: int) -> None:
        self._begin()
        s = self._published(submission)
        must(actor == self.tasks[submission >> 64].requester, "submissions: not the requester")
        must(now < s.clock, "submissions: window has ended")
        s.accepted = True
        s.clock = now
        self._log("Accepted", submission=submission)

    def claim(self, submission: int, now: int) -> None:
        self._begin()
        self._claim(submission, now)

    def claim_many(self, submissions: list[int], now: int) -> int:
        """Those that can be paid; how many."""
        self._begin()
        return sum(self._done(partial(self._claim, submission, now)) for submission in submissions)

    # Challenges

    def seal(self, seal: Any, now: int) -> None:
        """`seal` is the `Seal` that it binds, or anything that no challenge matches."""
        self._begin()
        sealed = self.seals.get(seal)
        must(sealed is None or now >= sealed + SEAL_MAX_AGE, "challenges: already sealed")
        self.seals[seal] = now
        self._log("Sealed", seal=seal)

    def challenge(self, actor: Any, submission: int, indices: tuple[int, ...], bond: int, salt: Any, now: int) -> int:
        self._begin()
        s = self._published(submission)
        t = self.tasks[submission >> 64]
        must(now < s.clock, "challenges: window has ended")
        must(len(indices) > 0, "challenges: no labels")
        must(list(indices) == sorted(set(indices)), "challenges: items not rising")
        must(all(index in s.items for index in indices), "fights: item not in the batch")
        seal = Seal(submission, actor, indices, salt)
        must(seal in self.seals, "challenges: no such seal")
        must(now >= self.seals[seal] + SEAL_MIN_AGE, "challenges: seal is too young")
        must(now < self.seals[seal] + SEAL_MAX_AGE, "challenges: seal is too old")
        cost = t.parameters.arbitrator.cost
        must(cost <= MAX_COST, "challenges: cost out of bounds")
        least = least_bond(challenged=len(indices), reward=t.parameters.reward, arbitration_cost=cost)
        must(bond >= least, "challenges: bond too low")
        self._debit(t.token, actor, bond)
        del self.seals[seal]
        fight = self._file(submission, s, Fight(actor, FightState.FILED, now, bond, indices=indices))
        self._log("Challenged", fight=fight, challenger=actor, indices=indices, bond=bond)
        return fight

    def concede(self, actor: Any, fight: int, now: int) -> None:
        self._begin()
        _, s, f = self._open_challenge(fight, now)
        must(actor == s.annotator, "challenges: not the annotator")
        f.state = FightState.CONCEDED
        self._log("Conceded", fight=fight)

    def defend(self, actor: Any, fight: int, max_cost: int, now: int) -> None:
        """The annotator in the whole response period, anyone in its second half."""
        self._begin()
        t, s, f = self._open_challenge(fight, now)
        half = f.clock + t.parameters.response_period // 2
        must(actor == s.annotator or now >= half, "challenges: annotator's turn")
        arbitrator = t.parameters.arbitrator
        cost = arbitrator.cost
        must(cost <= MAX_COST, "challenges: cost out of bounds")
        must(cost <= max_cost, "challenges: cost above maximum")
        must(self.free[t.token, actor] >= cost, "ledger: balance too low")
        dispute, fee = arbitrator.create_dispute()
        must(fee <= cost, "challenges: more than cost taken")
        must((arbitrator, dispute) not in self.disputes, "challenges: dispute id reused")
        self._debit(t.token, actor, fee)
        self.balance[t.token] -= fee
        self.disputes[arbitrator, dispute] = fight
        f.state = FightState.DEFENDED
        f.clock = now
        f.defender = actor
        f.fee = fee
        self._log("Defended", fight=fight, defender=actor, arbitrator=arbitrator, dispute=dispute, fee=fee)

    def rule(self, arbitrator: Any, dispute: int, ruling: int) -> None:
        self._begin()
        must((arbitrator, dispute) in self.disputes, "challenges: unknown dispute")
        must(ruling in RULINGS, "challenges: no such ruling")
        fight = self.disputes[arbitrator, dispute]
        f = self.fights[fight]
        must(f.state == FightState.DEFENDED, "challenges: already ruled")
        f.state = FightState.RULED
        f.ruling = ruling
        self._log("Ruled", fight=fight, ruling=ruling)

    def settle(self, fight: int, indices: tuple[int, ...], now: int) -> None:
        self._begin()
        self._settle_challenge(fight, indices, now)

    def settle_many(self, fights: list[int], indices: list[tuple[int, ...]], now: int) -> int:
        """Challenges and demands that can be settled; how many. A demand comes with no indices."""
        self._begin()
        must(len(fights) == len(indices), "escrow: lists differ in length")

        def settle(fight: int, labels: tuple[int, ...]) -> None:
            if labels:
                self._settle_challenge(fight, labels, now)
            else:
                self._settle_demand(fight, now)

        with self._all_or_none():
            return sum(self._done(partial(settle, *pair)) for pair in zip(fights, indices, strict=True))

    # Demands

    def demand(self, actor: Any, submission: int, item: int, now: int) -> int:
        self._begin()
        s = self._published(submission)
        t = self.tasks[submission >> 64]
        p = t.parameters
        must(not s.accepted and now < s.published_at + p.challenge_period // 2, "demands: first half is over")
        must(item in s.items, "fights: item not in the batch")
        self._debit(t.token, actor, p.demand_bond)
        fight = self._file(submission, s, Fight(actor, FightState.FILED, now, p.demand_bond, item=item))
        self._log("Demanded", fight=fight, demander=actor, item=item, bond=p.demand_bond)
        return fight

    def answer(self, actor: Any, fight: int, fits: bool, now: int) -> None:
        """`fits`: whether the proof leads from the label at the demanded item to the root."""
        self._begin()
        t, _, f = self._open_fight(fight)
        must(f.is_demand, "demands: is a challenge")
        must(now < f.clock + t.parameters.challenge_period // 4, "demands: answer is late")
        must(fits, "demands: wrong proof")
        f.state = FightState.ANSWERED
        self._log("Answered", fight=fight, answerer=actor)

    def settle_demand(self, fight: int, now: int) -> None:
        self._begin()
        self._settle_demand(fight, now)

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
        submissions = {key: replace(s, wrong=set(s.wrong)) for key, s in self.submissions.items()}
        fights = {key: replace(f) for key, f in self.fights.items()}
        try:
            yield
        except RefusedError:
            self.free, self.tasks, self.submissions, self.fights = free, tasks, submissions, fights
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
        must(now < s.clock, "submissions: past due")

    def _take(self, actor: Any, task: int, slot: int, now: int) -> int:
        t = self._task(task)
        p = t.parameters
        must(not t.cancelled, "submissions: task is cancelled")
        due = now + p.work_period
        must(due < p.deadline, "submissions: too late to take")
        must(slot < p.slots, "submissions: no such slot")
        submission = task << 64 | slot
        must(submission not in self.submissions, "submissions: slot is taken")
        siblings = (self.submissions.get(task << 64 | other) for other in p.siblings_of(slot))
        must(all(s is None or s.annotator != actor for s in siblings), "submissions: has a sibling")
        must(p.allowed is None or actor in p.allowed, "submissions: not admitted")
        items = p.batch_of(slot)
        stake, tolerated = self._stake_terms(p, items)
        self._debit(t.token, actor, stake)
        self.submissions[submission] = Submission(
            actor, SubmissionState.TAKEN, due, items, stake, tolerated, prize(p.reward)
        )
        t.live += 1
        self._log("Taken", submission=submission, annotator=actor, due=due)
        return submission

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
        must(now >= s.clock, "submissions: window is open")
        must(s.settled == s.filed, "submissions: fights are pending")
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

    def _file(self, submission: int, s: Submission, fight: Fight) -> int:
        key = submission << 64 | s.filed
        s.filed += 1
        self.fights[key] = fight
        return key

    def _open_fight(self, fight: int) -> tuple[Task, Submission, Fight]:
        """One that may still be answered, conceded or defended: a rejection ends all that."""
        f = self.fights.get(fight)
        if f is None or f.state != FightState.FILED:
            raise RefusedError("fights: not open")
        return self.tasks[fight >> 128], self._published(fight >> 64), f

    def _open_challenge(self, fight: int, now: int) -> tuple[Task, Submission, Fight]:
        t, s, f = self._open_fight(fight)
        must(not f.is_demand, "challenges: is a demand")
        must(now < f.clock + t.parameters.response_period, "challenges: response has ended")
        return t, s, f

    def _take_turn(self, fight: int) -> tuple[Task, Submission, Fight]:
        must(fight in self.fights, "fights: no such fight")
        s = self.submissions[fight >> 64]
        must(fight & 2**64 - 1 == s.settled, "fights: not its turn")
        return self.tasks[fight >> 128], s, self.fights[fight]

    def _settle_challenge(self, fight: int, indices: tuple[int, ...], now: int) -> None:
        must(fight in self.fights and not self.fights[fight].is_demand, "challenges: not a challenge")
        must(indices == self.fights[fight].indices, "challenges: other items")
        t, s, f = self._take_turn(fight)
        outcome = self._outcome(t, s, f, now)

        proven: list[int] = []
        if s.live and outcome in (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG):
            proven = [item for item in f.indices if item not in s.wrong][: s.tolerated + 1 - s.errors]
            s.wrong.update(proven)
            s.errors += len(proven)

        paid = split(outcome, bond=f.bond, fee=f.fee, proven=len(proven), reward=t.parameters.reward)
        if s.live and s.errors > s.tolerated:
            bonus = rejection_bonus(stake=s.stake, bond=f.bond)
            paid = paid._replace(party=paid.party + bonus)
            self._reject(fight >> 64, bonus)
        self._pay(fight, outcome, len(proven), paid)

    def _outcome(self, t: Task, s: Submission, f: Fight, now: int) -> Outcome:
        """How a challenge ends if it is settled now."""
        if f.state == FightState.RULED:
            return RULINGS[f.ruling]
        if f.state == FightState.DEFENDED:
            must(now >= f.clock + t.parameters.arbitration_timeout, "challenges: awaiting a ruling")
            return Outcome.UNDECIDED
        if not s.live:
            return Outcome.VOID
        if f.state == FightState.CONCEDED:
            return Outcome.CONCEDED
        must(now >= f.clock + t.parameters.response_period, "challenges: response is open")
        return Outcome.UNANSWERED

    def _settle_demand(self, fight: int, now: int) -> None:
        must(fight not in self.fights or self.fights[fight].is_demand, "demands: not a demand")
        t, s, f = self._take_turn(fight)
        if not s.live:
            self._pay(fight, Outcome.VOID, 0, Split(party=f.bond))
        elif f.state == FightState.ANSWERED:
            self._pay(fight, Outcome.ANSWERED, 0, Split(sink=f.bond))
        else:
            must(now >= f.clock + t.parameters.challenge_period // 4, "demands: answer is open")
            bonus = withheld_bonus(stake=s.stake, bond=f.bond)
            self._reject(fight >> 64, bonus)
            self._pay(fight, Outcome.UNANSWERED, 0, Split(party=f.bond + bonus))

    def _pay(self, fight: int, outcome: Outcome, proven: int, paid: Split) -> None:
        t, s, f = self.tasks[fight >> 128], self.submissions[fight >> 64], self.fights[fight]
        f.state = FightState.SETTLED
        f.outcome = outcome
        s.settled += 1
        for account, amount in zip((f.party, s.annotator, f.defender, self.sink), paid, strict=True):
            if amount:
                self.free[t.token, account] += amount
        told = {f"to_{role}": amount for role, amount in paid._asdict().items()}
        self._log("Settled", fight=fight, outcome=outcome, proven=proven, **told)

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
