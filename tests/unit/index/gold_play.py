"""A long random play on graded tasks in process: escrow and GoldTest, and all that they tell."""

import random
from collections.abc import Callable

from goldleaf import events
from goldleaf.ids import submission_id
from goldleaf.types import NOT_HEARD, Outcome, TestPhase
from tests.gold import GoldWorld, Terms, Work
from tests.protocol import DAY, HOUR
from tests.unit.index.hearing import Hearing, pick

# Without these events, outcomes and phases the play would prove less than it should.
NEEDED = (
    events.TestSetUp,
    events.BatchSealed,
    events.GoldOpened,
    events.GoldWaived,
    events.GoldDisputed,
    events.GoldRuled,
    events.GoldDisputeSettled,
    events.TestVoided,
    events.DepositReleased,
    events.Published,
    events.Forfeited,
)
OUTCOMES = (Outcome.WRONG, Outcome.NOT_WRONG, Outcome.UNDECIDED, Outcome.NOT_HEARD)
RULINGS = (0, 1, 1, 1, 2, NOT_HEARD)
STEPS = 350
TERMS = (
    Terms(redundancy=3, deadline=9 * DAY, arbitration_timeout=20 * DAY),
    Terms(redundancy=2, deadline=6 * DAY, arbitration_timeout=20 * DAY),
    # So that disputes may drop two of its items before it is void.
    Terms(redundancy=3, items=80, batch_size=40, counts=(10, 10), allowed=8, deadline=9 * DAY),
)


class RandomGoldPlay(Hearing):
    """Actors who do what comes to their minds; what a contract refuses changes nothing."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = world = GoldWorld()
        contracts = {"TaskEscrow": world.escrow, "GoldTest": world.gold, "Token": world.token}
        super().__init__(world.chain, {name: one.address for name, one in contracts.items()}, None)
        self.lens = world.chain.deploy("Lens", world.escrow.address)
        self.works: dict[int, Work] = {}
        self.gold_disputes: list[int] = []
        # The works and gold disputes that are not at their end.
        self.committed: dict[int, Work] = {}
        self.pending: list[int] = []

    @property
    def missing(self) -> list[str]:
        """What has not happened of what is needed."""
        happened = [logged.event for told in self.told for logged in told.logged]
        kinds = {type(event) for event in happened}
        outcomes = {event.outcome for event in happened if isinstance(event, events.GoldDisputeSettled)}
        return [
            *(kind.__name__ for kind in NEEDED if kind not in kinds),
            *(outcome.name for outcome in OUTCOMES if outcome not in outcomes),
        ]

    def play(self) -> None:
        """Opens tasks and takes many steps."""
        actions: list[Callable[[], None]] = [
            self._open,
            *[self._commit] * 8,
            *[self._note_sealed] * 2,
            *[self._open_gold] * 6,
            self._waive,
            *[self._dispute] * 10,
            *[self._rule] * 4,
            *[self._settle] * 8,
            *[self._publish] * 10,
            *[self._release] * 4,
            *[self._expire] * 4,
            *[self._claim] * 2,
            *[self._travel] * 5,
            self._money,
        ]
        with self.listening():
            for _ in range(3):
                self._open()
            for _ in range(STEPS):
                self.attempt(self.random.choice(actions))
            self._wind_up()
            self._open()
            for _ in range(STEPS // 2):
                self.attempt(self.random.choice(actions))
            # One that nobody has taken.
            self._open()

    def _wind_up(self) -> None:
        """Brings what has begun to its end."""
        for _ in range(8):
            self.world.travel(3 * DAY)
            for gold_dispute in list(self.pending):
                self.attempt(self.world.rule, gold_dispute, self.random.choice(RULINGS))
                self.attempt(self.world.settle, gold_dispute)
            for task, batch in self.batches:
                for work in self._works(task, batch):
                    self.attempt(self._publish_one, task, batch, work)
                self.attempt(self.world.gold.release_deposit, task, batch)
            for submission in self.committed:
                self.attempt(self.world.escrow.expire, submission)
        self.pending.clear()

    @property
    def tasks(self) -> list[int]:
        return list(self.world.terms)

    @property
    def batches(self) -> list[tuple[int, int]]:
        return [(task, batch) for task in self.tasks for batch in range(self.world.terms[task].batches)]

    # ------------------------------------------------------------ actions

    def _batch(self, *phases: TestPhase) -> tuple[int, int]:
        gold = self.world.gold
        return pick(self.random, [each for each in self.batches[-6:] if gold.batch(*each).phase in phases])

    def _open(self) -> None:
        self.world.tested(self.random.choice(TERMS))

    def _commit(self) -> None:
        """Has a batch labelled by whoever comes, who may be too few."""
        task, batch = pick(self.random, self.batches[-6:])
        terms = self.world.terms[task]
        for slot in range(batch, terms.batches * terms.redundancy, terms.batches):
            if submission_id(task, slot) not in self.works and self.random.random() < 0.8:
                wrong = self.random.sample(range(terms.size), self.random.choice([0, 1, terms.allowed + 2]))
                work = self.world.commit(task, slot, self.world.labels(task, batch, wrong))
                self.works[work.submission] = self.committed[work.submission] = work

    def _note_sealed(self) -> None:
        self.world.gold.note_sealed(*self._batch(TestPhase.SEALED))

    def _open_gold(self) -> None:
        self.world.open_gold(*self._batch(TestPhase.SEALED))

    def _waive(self) -> None:
        self.world.gold.waive(*self._batch(TestPhase.SEALED), sender=self.world.requester)

    def _dispute(self) -> None:
        work = pick(self.random, self._works(*self._batch(TestPhase.OPENED)))
        numbers = sorted(self.random.sample(range(4), self.random.choice([1, 1, 2, 3])))
        filed = self.world.dispute(work, numbers)
        self.gold_disputes.append(filed)
        self.pending.append(filed)

    def _works(self, task: int, batch: int) -> list[Work]:
        """What is committed of a batch, as far as is known."""
        batches = self.world.terms[task].batches
        return [work for one, work in self.committed.items() if (one >> 64, one % 2**64 % batches) == (task, batch)]

    def _rule(self) -> None:
        self.world.rule(pick(self.random, self.pending), self.random.choice(RULINGS))

    def _settle(self) -> None:
        gold_dispute = pick(self.random, self.pending)
        self.world.settle(gold_dispute)
        self.pending.remove(gold_dispute)

    def _publish(self) -> None:
        task, batch = self._batch(TestPhase.GRADED, TestPhase.UNGRADED)
        for work in self._works(task, batch):
            self.attempt(self._publish_one, task, batch, work)

    def _publish_one(self, task: int, batch: int, work: Work) -> None:
        answers = self.world.answers(task, work, batch) if (task, batch) in self.world.opened else b""
        self.world.publish(work, answers)

    def _release(self) -> None:
        self.world.gold.release_deposit(*self._batch(TestPhase.GRADED, TestPhase.UNGRADED))

    def _expire(self) -> None:
        submission = pick(self.random, list(self.committed))
        self.world.escrow.expire(submission)
        del self.committed[submission]

    def _claim(self) -> None:
        submission = pick(self.random, list(self.committed))
        self.world.escrow.claim(submission)
        del self.committed[submission]

    def _travel(self) -> None:
        self.world.travel(self.random.choice([HOUR, DAY // 2, DAY, 2 * DAY]))

    def _money(self) -> None:
        gold, token = self.world.gold, self.world.token
        giver, taker = pick(self.random, self.world.accounts), pick(self.random, self.world.accounts)
        gold.transfer(token, self.world.free(giver) // 3, taker, sender=giver)
        gold.withdraw(token, self.world.free(taker) // 3, taker, sender=taker)
