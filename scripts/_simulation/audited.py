"""Tasks for which no answer is known: an auditor looks at every label, and challenges.

An episode is a task from opening to closing: everybody acts, and the escrow of `goldleaf_tools.rules` pays. Those rules
are the only implementation besides the contracts, which state machines hold them against. An episode keeps its calls,
so that tests can make them again on the contracts.

Each account's labels are cut into submissions of about the batch size. Submissions of one size are one task, which
lists an item once for each answer to it: so every label is handed in by whoever gave it, with nothing made up. Such a
task has redundancy 1, and what only redundancy brings (commitments) moves no money.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from goldleaf.types import Outcome, SubmissionState
from goldleaf_tools.rules.escrow import DAY, HOUR, Arbitrator, ChallengeOpening, Escrow, Parameters
from goldleaf_tools.rules.jury import PANELS
from goldleaf_tools.rules.ledger import Token
from scripts._simulation import choices
from scripts._simulation.jury import EACH_IS_WRONG, NOT_EACH_IS_WRONG, Hearing, hear
from scripts._simulation.people import Crowd
from scripts._simulation.terms import ASLEEP, ERROR, REWARD, Terms

REQUESTER, AUDITOR, STRANGER = "requester", "auditor", "stranger"
PURSE = 10**15  # base units that everybody deposits: more than anybody can lose

# When everybody acts, seconds from the opening.
PUBLISHING, COMMITTING, CHALLENGING = HOUR, 2 * HOUR, 3 * HOUR
RESPONDING, RESCUING = 4 * HOUR, CHALLENGING + DAY + HOUR
SETTLING, DEADLINE = 100 * DAY, 200 * DAY
# The court that the contracts are held to: two days to draw, a day to vote, one to open, one to appeal.
LONGEST = 3 * (2 + 1 + 1) * DAY + 2 * DAY


@dataclass(frozen=True)
class Call:
    """One call of the escrow."""

    time: int  # seconds from the opening
    name: str
    arguments: tuple[Any, ...]


@dataclass
class Work:
    """One submission."""

    account: int
    rows: Sequence[int]  # of the crowd
    id: int = 0
    first: int = 0  # number of its first item in the task
    wrong: int = 0  # labels that differ from the truth
    errors: int = 0  # labels proven wrong
    tolerated: int = 0
    rejected: bool = False
    audited: bool = True  # whether the auditor has looked at it


@dataclass
class Case:
    """One challenge."""

    work: Work
    party: str
    places: Sequence[int]  # of the challenged labels in the submission, rising
    bond: int
    challenge: int = 0
    defender: str | None = None
    hearing: Hearing | None = None
    outcome: Outcome | None = None

    @property
    def items(self) -> tuple[int, ...]:
        """Item numbers in the task."""
        return tuple(self.work.first + place for place in self.places)


@dataclass
class Episode:
    """What became of everything."""

    works: list[Work] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    accepted: set[int] = field(default_factory=set)  # rows
    gains: dict[str, int] = field(default_factory=dict)  # base units, in escrow and court together
    court: int = 0  # base units that jurors got, less what they were fined


def name_of(crowd: Crowd, account: int) -> str:
    """What an account is called in calls and gains."""
    return f"{crowd.kind[account]} {account}"


def split(crowd: Crowd, batch: int, chance: random.Random) -> list[Work]:
    """The accounts' labels in submissions of about this size, as even as can be."""
    works = []
    for account in range(len(crowd.kind)):
        rows = np.flatnonzero(crowd.account == account).tolist()
        chance.shuffle(rows)
        count = max(1, round(len(rows) / batch))
        bounds = [len(rows) * part // count for part in range(count + 1)]
        works += [Work(account, rows[start:end]) for start, end in pairwise(bounds)]
    return works


def play(crowd: Crowd, terms: Terms, seed: str, looked_at: float = 1.0) -> Episode:
    """Plays one episode, in which the auditor looks at a share of the submissions.

    Raises `RefusedError` if the terms break the stake rule.
    """
    return _Play(crowd, terms, seed, looked_at).run()


class _Play:
    def __init__(self, crowd: Crowd, terms: Terms, seed: str, looked_at: float) -> None:
        self.crowd, self.terms, self.looked_at = crowd, terms, looked_at
        self.wrong = crowd.wrong.tolist()
        # Annotators know how often they err, and not where.
        errors = np.bincount(crowd.account, crowd.wrong)
        self.doubt = (errors / np.bincount(crowd.account)).tolist()
        self.chance = random.Random(seed)
        self.token = Token()
        self.arbitrator = Arbitrator(self.token, terms.arbitration_cost, LONGEST)
        self.escrow = Escrow()
        self.episode = Episode()
        self.court: Counter[str] = Counter()  # what appellants have paid the court, less refunds

    def run(self) -> Episode:
        self.work()
        self.challenge()
        self.respond()
        self.hear()
        self.finish()
        return self.episode

    def act(self, time: int, name: str, *arguments: Any) -> Any:
        """Makes a call; those of the escrow that need the time are given it last."""
        self.episode.calls.append(Call(time, name, arguments))
        function = getattr(self.escrow, name)
        return function(*arguments) if name in ("rule", "deposit") else function(*arguments, time)

    # ------------------------------------------------------------ the work

    def name(self, work: Work) -> str:
        return name_of(self.crowd, work.account)

    def work(self) -> None:
        """Tasks are opened; everybody takes and publishes."""
        accounts = [name_of(self.crowd, account) for account in range(len(self.crowd.kind))]
        people = [REQUESTER, AUDITOR, STRANGER, *accounts]
        for person in people:
            self.act(0, "deposit", person, self.token, PURSE, person)
        works: defaultdict[int, list[Work]] = defaultdict(list)
        for work in split(self.crowd, self.terms.batch, self.chance):
            works[len(work.rows)].append(work)
        for size in sorted(works):
            task = self.act(0, "open", REQUESTER, self.parameters(size, len(works[size])))
            for slot, work in enumerate(works[size]):
                work.id = self.act(0, "take", self.name(work), task, slot)
                submission = self.escrow.submissions[work.id]
                work.first, work.tolerated = submission.items.start, submission.tolerated
                work.wrong = sum(self.wrong[row] for row in work.rows)
                self.episode.works.append(work)
        for work in self.episode.works:
            self.act(PUBLISHING, "publish", self.name(work), work.id, "root", "salt", "uri")

    def parameters(self, size: int, submissions: int) -> Parameters:
        return Parameters(
            arbitrator=self.arbitrator,
            reward=REWARD,
            stake=self.terms.stake_per_label,
            items=size * submissions,
            batch_size=size,
            redundancy=1,
            tolerance_bps=self.terms.tolerance_bps,
            deadline=DEADLINE,
            work_period=2 * DAY,
            publish_period=2 * DAY,
            challenge_period=4 * DAY,
            response_period=2 * DAY,
            arbitration_timeout=2 * LONGEST,
            availability_bond=REWARD,
        )

    # ------------------------------------------------------------ challenges

    def challenge(self) -> None:
        """The auditor commits, then files."""
        for work in self.episode.works:
            work.audited = self.chance.random() < self.looked_at
        cases = [
            Case(work, AUDITOR, sorted(bet.places), bet.bond)
            for work in self.episode.works
            if work.audited
            for bet in self.audit(work)
        ]
        for case in cases:
            self.act(COMMITTING, "commit_challenge", self.opening(case))
        for case in cases:
            arguments = case.party, case.work.id, case.items, case.bond, self.salt(case)
            case.challenge = self.act(CHALLENGING, "challenge", *arguments)
        self.episode.cases = cases

    def salt(self, case: Case) -> str:
        return f"{case.party} {case.work.id} {case.items}"

    def opening(self, case: Case) -> ChallengeOpening:
        return ChallengeOpening(case.work.id, case.party, case.items, self.salt(case))

    def market(self, work: Work) -> choices.Market:
        """What challenging a submission is about."""
        submission = self.escrow.submissions[work.id]
        return choices.Market(REWARD, submission.stake, submission.tolerated, self.terms.arbitration_cost, ERROR)

    def audit(self, work: Work) -> list[choices.Bet]:
        """What is worth challenging for whoever knows which labels are wrong."""
        return choices.worth_challenging([float(self.wrong[row]) for row in work.rows], self.market(work))

    def respond(self) -> None:
        """Annotators who are awake concede or defend; strangers defend what is left alone if that pays."""
        cost = self.terms.arbitration_cost
        asleep = {work.id for work in self.episode.works if self.chance.random() < ASLEEP}
        threatened: Counter[int] = Counter()
        for case in self.episode.cases:
            submission = self.escrow.submissions[case.work.id]
            doubts = [self.doubt[case.work.account]] * len(case.places)
            threatened[case.work.id] += len(doubts)
            if case.work.id in asleep:
                continue
            fatal = threatened[case.work.id] > submission.tolerated
            lost = submission.labels * REWARD + submission.stake if fatal else len(doubts) * REWARD
            if choices.annotator_defends(doubts, lost=lost, bond=case.bond, cost=cost, error=ERROR):
                self.defend(RESPONDING, case, self.name(case.work))
            else:
                self.act(RESPONDING, "concede", self.name(case.work), case.challenge)
        for case in self.episode.cases:
            doubts = [self.doubt[case.work.account]] * len(case.places)
            if case.work.id in asleep and choices.stranger_defends(
                doubts, bond=case.bond, cost=cost, reward=REWARD, error=ERROR
            ):
                self.defend(RESCUING, case, STRANGER)

    def defend(self, time: int, case: Case, defender: str) -> None:
        case.defender = defender
        self.act(time, "defend", defender, case.challenge, self.terms.arbitration_cost)

    def hear(self) -> None:
        """Jurors rule on what was defended; losers appeal."""
        fee = self.terms.juror_fee
        cases = {case.challenge: case for case in self.episode.cases}
        for dispute, challenge in self.escrow.disputes.items():
            case = cases[challenge]
            truth = all(self.wrong[case.work.rows[place]] for place in case.places)

            def payer(votes: Sequence[int], ruling: int, number: int, case: Case = case) -> str | None:
                cost = PANELS[number + 1] * fee
                if not choices.appeals(votes, ruling, bond=case.bond, cost=cost):
                    return None
                return case.defender if ruling == EACH_IS_WRONG else case.party

            case.hearing = hear(self.chance, EACH_IS_WRONG if truth else NOT_EACH_IS_WRONG, ERROR, payer)
            for number, appellant in enumerate(case.hearing.appellants, 1):
                self.court[appellant] += PANELS[number] * fee
            for appellant, refund in case.hearing.refunds().items():
                self.court[appellant] -= refund * fee
            self.act(SETTLING, "rule", *dispute, case.hearing.ruling)

    # ------------------------------------------------------------ the money

    def finish(self) -> None:
        """Everything is settled, claimed and closed."""
        episode, escrow = self.episode, self.escrow
        for case in episode.cases:
            self.act(SETTLING, "settle", case.challenge, case.items)
            case.outcome = escrow.challenges[case.challenge].outcome
        for work in episode.works:
            submission = escrow.submissions[work.id]
            work.errors, work.rejected = submission.errors, submission.state == SubmissionState.REJECTED
            if not work.rejected:
                self.act(SETTLING, "claim", work.id)
                proven = {item - work.first for item in submission.wrong}
                episode.accepted.update(row for place, row in enumerate(work.rows) if place not in proven)
        for task in escrow.tasks:
            self.act(DEADLINE, "close", task)
        for (_, person), free in escrow.free.items():
            start = 0 if person == escrow.sink else PURSE
            episode.gains[person] = free - start - self.court[person]
        episode.court = -sum(episode.gains.values())
