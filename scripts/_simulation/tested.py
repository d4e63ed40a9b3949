"""Tasks whose sealed labels are tested, played call by call on `goldleaf_tools.rules`.

What such tasks pay on average is computed elsewhere, exactly. Here they are played with drawn labels, wrong known
items, disputes about these and requesters who lie, so that a test can make every call again on the contracts, and hold
what is computed against what is paid. An item's true class is drawn as classes occur, labels as the kind of people
gives them.
"""

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from goldleaf.types import SubmissionState
from goldleaf_tools.rules.escrow import DAY, HOUR, Arbitrator, Escrow, Opening, Parameters
from goldleaf_tools.rules.gold import Answers, Gold, GoldTerms
from goldleaf_tools.rules.ledger import Token
from goldleaf_tools.rules.refusal import RefusedError
from scripts._simulation.audited import PURSE, REQUESTER, Call
from scripts._simulation.choosing import real
from scripts._simulation.jury import EACH_IS_WRONG, NOT_EACH_IS_WRONG, hear
from scripts._simulation.people import Kind, responses, shares
from scripts._simulation.sets import Flags, Ints
from scripts._simulation.standard import Test
from scripts._simulation.terms import ERROR, REWARD

MOST_DISPUTED = 32
# When everybody acts, seconds from the opening.
WORKING, OPENING, DISPUTING, RULING, SETTLING = (hour * HOUR for hour in range(1, 6))
LONGEST, TIMEOUT = 10 * DAY, 20 * DAY
OPENING_PERIOD, DISPUTE_PERIOD, PUBLISH_PERIOD, CHALLENGE_PERIOD = 3 * DAY, 5 * DAY, 2 * DAY, 4 * DAY
PUBLISHING, DEADLINE = 6 * DAY, 30 * DAY
FORFEITING = DEADLINE + 20 * DAY
OFFICES = ("escrow", "gold")


@dataclass(frozen=True)
class Setting:
    """What is played."""

    data: str
    test: Test
    seed: str
    batches: int = 2
    redundancy: int = 3
    wrong: float = 0.0  # chance that a known item is of another class than the requester says
    quarrels: float = 0.2  # chance that somebody disputes known items that they err on, though the requester is right
    cost: int = REWARD  # base units, of a dispute
    tolerance_bps: int = 3000

    @property
    def graded(self) -> int:
        """Batches that are graded; the requester waives the tests of the others."""
        return round(self.test.share * self.batches)


@dataclass
class Work:
    """One submission."""

    account: int
    batch: int
    id: int
    passed: bool = False


@dataclass
class Episode:
    """What became of everything."""

    kinds: tuple[Kind, ...]  # of each account
    labels: Ints  # [account, item]
    told: dict[int, tuple[int, ...]]  # graded batch -> gold positions, grouped by class
    right: dict[int, tuple[bool, ...]]  # whether each is of the class that is told
    works: list[Work] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    gains: dict[str, int] = field(default_factory=dict)  # base units, in both ledgers together


def name_of(kinds: tuple[Kind, ...], account: int) -> str:
    """What an account is called in calls and gains."""
    return f"{kinds[account]} {account}"


def play(setting: Setting) -> Episode:
    """Plays one episode; there is an account of each kind of people."""
    return _Play(setting).run()


class _Play:
    def __init__(self, setting: Setting) -> None:
        self.setting, test = setting, setting.test
        self.classes = len(test.counts)
        self.chance = random.Random(setting.seed)
        self.draw = np.random.default_rng(list(setting.seed.encode()))
        kinds = tuple(kind for kind in Kind)
        told, right, truth = self.items()
        self.episode = Episode(kinds, self.answers(kinds, truth), told, right)
        self.token = Token()
        self.arbitrator = Arbitrator(self.token, setting.cost, LONGEST)
        self.escrow = Escrow()
        self.gold = Gold(self.escrow)
        self.names = [name_of(kinds, account) for account in range(len(kinds))]

    def items(self) -> tuple[dict[int, tuple[int, ...]], dict[int, tuple[bool, ...]], Ints]:
        """Where the known items lie, whether the requester is right about them, and every item's true class."""
        setting, size = self.setting, self.setting.test.batch
        occur = shares(real(setting.data))
        truth = self.draw.choice(self.classes, size=setting.batches * size, p=occur)
        told, right = {}, {}
        for batch in sorted(self.chance.sample(range(setting.batches), setting.graded)):
            places = self.chance.sample(range(size), setting.test.size)
            positions: list[int] = []
            for place, count in enumerate(setting.test.counts):
                own = sorted(places[len(positions) : len(positions) + count])
                positions += own
                others = np.where(np.arange(self.classes) == place, 0, occur)
                for position in own:
                    is_wrong = self.chance.random() < setting.wrong
                    other = int(self.draw.choice(self.classes, p=others / others.sum()))
                    truth[batch * size + position] = other if is_wrong else place
            told[batch] = tuple(positions)
            right[batch] = tuple(
                bool(truth[batch * size + position] == self.class_of(number))
                for number, position in enumerate(positions)
            )
        return told, right, truth

    def class_of(self, number: int) -> int:
        """The class that the requester says a known item is of."""
        return int(np.searchsorted(np.cumsum(self.setting.test.counts), number, side="right"))

    def answers(self, kinds: tuple[Kind, ...], truth: Ints) -> Ints:
        """[account, item] -> label, of an annotator who is drawn for each kind."""
        rows = []
        for kind in kinds:
            given = responses(real(self.setting.data), kind)
            bounds = given[self.chance.randrange(len(given))].cumsum(axis=1)[truth, :-1]
            rows.append((self.draw.random((len(truth), 1)) >= bounds).sum(axis=1))
        return np.stack(rows)

    def run(self) -> Episode:
        self.work()
        self.open_gold()
        self.settle(self.dispute())
        self.publish()
        self.finish()
        return self.episode

    def act(self, time: int, office: str, name: str, *arguments: Any) -> Any:
        """Makes a call of the escrow or the test, which is given the time last where it needs it."""
        self.episode.calls.append(Call(time, f"{office} {name}", arguments))
        function = getattr(getattr(self, office), name)
        return function(*arguments) if name in ("rule", "deposit") else function(*arguments, time)

    def work(self) -> None:
        """The task is opened and its test set up; every batch is taken by some, and committed."""
        setting, test = self.setting, self.setting.test
        for office in OFFICES:
            for person in (REQUESTER, *self.names):
                self.act(0, office, "deposit", person, self.token, PURSE, person)
        parameters = Parameters(
            arbitrator=self.arbitrator,
            reward=REWARD,
            stake=test.stake * REWARD,
            items=setting.batches * test.batch,
            batch_size=test.batch,
            redundancy=setting.redundancy,
            tolerance_bps=setting.tolerance_bps,
            deadline=DEADLINE,
            work_period=2 * DAY,
            publish_period=PUBLISH_PERIOD,
            challenge_period=CHALLENGE_PERIOD,
            response_period=2 * DAY,
            arbitration_timeout=TIMEOUT,
            availability_bond=REWARD,
            grader=self.gold,
        )
        self.task = self.act(0, "escrow", "open", REQUESTER, parameters)
        terms = GoldTerms(self.classes, test.counts, test.allowed, OPENING_PERIOD, DISPUTE_PERIOD)
        self.act(0, "gold", "set_up", REQUESTER, self.task, terms)
        for batch in range(setting.batches):
            for number, account in enumerate(self.chance.sample(range(len(self.names)), setting.redundancy)):
                slot = batch + number * setting.batches
                submission = self.act(WORKING, "escrow", "take", self.names[account], self.task, slot)
                self.episode.works.append(Work(account, batch, submission))
        for work in self.episode.works:
            name = self.names[work.account]
            self.act(WORKING, "escrow", "commit", name, work.id, Opening(work.id, name, "root", "uri", "salt"))

    def open_gold(self) -> None:
        """The requester shows the known items of the batches that are graded."""
        for batch in range(self.setting.batches):
            if batch in self.episode.told:
                arguments = (batch, self.episode.told[batch], self.setting.cost)
                self.act(OPENING, "gold", "open_gold", REQUESTER, self.task, *arguments)
            else:
                self.act(OPENING, "gold", "waive", REQUESTER, self.task, batch)

    def errs(self, work: Work) -> list[bool]:
        """Whether each known item of the batch is answered otherwise than the requester says."""
        first = work.batch * self.setting.test.batch
        own = self.episode.labels[work.account]
        positions = self.episode.told[work.batch]
        return [int(own[first + place]) != self.class_of(number) for number, place in enumerate(positions)]

    def dispute(self) -> list[tuple[int, Work, list[int]]]:
        """Whoever sees that known items are wrong disputes them; some dispute what is right."""
        filed = []
        for work in self.episode.works:
            if work.batch not in self.episode.told:
                continue
            right = self.episode.right[work.batch]
            erring = [number for number, errs in enumerate(self.errs(work)) if errs]
            wrong = [number for number in erring if not right[number]]
            quarrels = self.chance.random() < self.setting.quarrels
            if named := (wrong or (erring if quarrels else []))[:MOST_DISPUTED]:
                name = self.names[work.account]
                key = self.act(DISPUTING, "gold", "dispute_gold", name, work.id, named, self.setting.cost)
                filed.append((key, work, named))
        return filed

    def settle(self, filed: list[tuple[int, Work, list[int]]]) -> None:
        """Jurors rule, and their rulings are settled in turn; deposits come back."""
        numbers = {key: number for number, key in ((n, k) for (_, n), k in self.gold.disputes.items())}
        for key, work, named in filed:
            right = self.episode.right[work.batch]
            truth = NOT_EACH_IS_WRONG if any(right[number] for number in named) else EACH_IS_WRONG
            ruling = hear(self.chance, truth, ERROR, lambda *_: None).ruling
            self.act(RULING, "gold", "rule", self.arbitrator, numbers[key], ruling)
        for key, work, _ in filed:
            self.act(SETTLING, "gold", "settle_gold_dispute", key, self.episode.told[work.batch])
        for batch in self.episode.told:
            self.act(PUBLISHING, "gold", "release_deposit", self.task, batch)

    def publish(self) -> None:
        """Who has passed publishes; who has not is refused, and never read."""
        for work in self.episode.works:
            answers = None
            if work.batch in self.episode.told:
                dropped = self.gold.batches[self.task, work.batch].dropped
                positions = self.episode.told[work.batch]
                right = [n for n, errs in enumerate(self.errs(work)) if not errs and n not in dropped]
                answers = Answers(sorted(right, key=lambda number: positions[number]), positions)
            try:
                self.act(PUBLISHING, "escrow", "publish_graded", work.id, "root", "salt", "uri", answers)
                work.passed = True
            except RefusedError:
                self.episode.calls.pop()

    def finish(self) -> None:
        """What is published is paid, the rest is forfeited, and the task is closed."""
        for work in self.episode.works:
            self.act(FORFEITING, "escrow", "claim" if work.passed else "expire", work.id)
            states = (SubmissionState.PAID, SubmissionState.FORFEITED)
            assert self.escrow.submissions[work.id].state == states[not work.passed]
        self.act(FORFEITING, "escrow", "close", self.task)
        for ledger in (self.escrow, self.gold):
            for (_, person), free in ledger.free.items():
                start = 0 if person == self.escrow.sink else PURSE
                self.episode.gains[person] = self.episode.gains.get(person, 0) + free - start


def failing(labels: Ints, told: Ints, positions: Ints, allowed: int) -> Flags:
    """[people] -> whether a test is failed, of which nothing is dropped; `labels`: [people, label of the batch]."""
    found: Flags = (labels[:, positions] != told).sum(axis=1) > allowed
    return found
