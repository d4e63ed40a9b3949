"""A long random play on the contracts in process: escrow, court and royalty pool, and all that they tell."""

import random
from collections.abc import Callable
from contextlib import suppress

import boa

from goldleaf import events
from goldleaf.ids import challenge_id, submission_id
from goldleaf.types import ZERO_ADDRESS, ChallengeKind, Outcome, Phase, SubmissionState
from tests.protocol import DAY, HOUR, SALT, Protocol, Work, deposit
from tests.unit.index.hearing import Hearing, NothingToDo, pick

# Without these events and outcomes the play would prove less than it should.
NEEDED = (
    events.Cancelled,
    events.Closed,
    events.Released,
    events.Expired,
    events.Forfeited,
    events.Accepted,
    events.Claimed,
    events.Rejected,
    events.Conceded,
    events.Answered,
    events.Appealed,
    events.RoundSettled,
    events.RulingExecuted,
    events.SeatClosed,
    events.Enrolled,
    events.Collected,
    events.RequesterShareCollected,
    events.Licensed,
    events.Transferred,
    events.Withdrawn,
)
OUTCOMES = (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG, Outcome.NOT_WRONG, Outcome.ANSWERED)

# Actions at random before everything is brought to its end, and how often that is repeated at the most.
STEPS = 250
ROUNDS = 8


class RandomPlay(Hearing):
    """Actors who do what comes to their minds; what a contract refuses changes nothing."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.protocol = protocol = Protocol(arbitrator="Court")
        self.jury = protocol.jury
        self.pool = protocol.chain.deploy("RoyaltyPool", ZERO_ADDRESS, protocol.escrow.address)
        contracts = {
            "TaskEscrow": protocol.escrow,
            "Court": self.jury.court,
            "RoyaltyPool": self.pool,
            "Token": protocol.token,
        }
        addresses = {name: contract.address for name, contract in contracts.items()}
        super().__init__(protocol.chain, addresses, self.jury.parameters)
        self.works: dict[int, Work] = {}  # under way
        self.ended: list[int] = []
        self.licensees = [protocol.account() for _ in range(2)]
        self.votes: dict[tuple[int, int, str], int] = {}
        self.done: set[str] = set()
        self.annotators = [protocol.account() for _ in range(8)]

    @property
    def missing(self) -> list[str]:
        """What has not happened yet of what is needed."""
        happened = [logged.event for told in self.told for logged in told.logged]
        kinds = {type(event) for event in happened}
        outcomes = {event.outcome for event in happened if isinstance(event, events.Settled)}
        return [
            *(kind.__name__ for kind in NEEDED if kind not in kinds),
            *(outcome.name for outcome in OUTCOMES if outcome not in outcomes),
        ]

    def play(self) -> None:
        """Goes on until all that is needed has happened."""
        for _ in range(ROUNDS):
            self.run(STEPS)
            self.wind_up()
            if not self.missing:
                break

    def run(self, steps: int) -> None:
        """Takes that many steps."""
        with self.listening():
            for _ in range(5):
                self._join()
            self.protocol.travel(HOUR)
            self._ready()
            self._open()
            actions: list[Callable[[], None]] = [
                *[self._open] * 2,
                *[self._take] * 14,
                *[self._commit] * 8,
                *[self._publish] * 8,
                *[self._challenge] * 4,
                *[self._challenge_availability] * 2,
                *[self._respond] * 7,
                *[self._settle] * 6,
                *[self._claim] * 6,
                *[self._draw] * 3,
                *[self._vote] * 10,
                *[self._court] * 10,
                *[self._travel] * 6,
                *[self._pool] * 4,
                self._join,
                self._ready,
                self._leave,
                self._renew,
                *[self._end] * 2,
                *[self._money] * 2,
            ]
            for _ in range(steps):
                action = self.random.choice(actions)
                # What is refused changes nothing; which events there must have been, the tests say.
                self.attempt(action)

    def wind_up(self) -> None:
        """Brings everything to its end that has one, and shares what the data sets earn then."""
        escrow, court, pool = self.protocol.escrow, self.jury.court, self.pool
        with self.listening():
            for days in [1] * 8 + [3] * 6:
                self.protocol.travel(days * DAY)
                for _ in range(6):
                    self.attempt(self._draw)
                for dispute in range(1, court.dispute_count() + 1):
                    if court.dispute(dispute).settled_count <= court.dispute(dispute).round:
                        self.attempt(self._vote_on, dispute)
                        self.attempt(self._push, dispute)
                        self.attempt(self._push, dispute)
                for work in self.works.values():
                    found = self.protocol.lens.submission(work.submission)
                    if found.state & (SubmissionState.TAKEN | SubmissionState.COMMITTED):
                        self.attempt(escrow.expire, work.submission)
                    for number in range(found.settled, found.filed):
                        self.attempt(self.protocol.settle, challenge_id(work.submission, number))
                    if found.state == SubmissionState.PUBLISHED:
                        self.attempt(escrow.claim, work.submission)
            for task in range(1, escrow.task_count() + 1):
                self.attempt(escrow.close, task)
            self.ended += self.works
            for submission in self.works:
                self.attempt(pool.enroll, [submission])
            self.works.clear()
            for _ in range(20):
                self.attempt(self._pool)
            for task in range(1, escrow.task_count() + 1):
                self.attempt(self._pay, task)
                self.attempt(pool.collect_requester_share, task)
                for annotator in self.annotators:
                    self.attempt(pool.collect, task, annotator)
                self.attempt(self._pay, task)
            for seat in range(1, court.seat_count() + 1, 6):
                self.attempt(court.leave, seat, sender=court.seat(seat).holder)

    # ------------------------------------------------------------ actions

    def _open(self) -> None:
        self.protocol.open(
            items=self.random.choice([8, 12]),
            batch_size=self.random.choice([4, 5]),
            redundancy=self.random.choice([1, 2]),
            stake=3 * self.protocol.unit,
            reward=self.random.choice([50_001, 77_777]),
            tolerance_bps=self.random.choice([0, 2500, 5000]),
            deadline=self.protocol.now + self.random.choice([6, 9]) * DAY,
            response_period=DAY,
        )

    def _task(self) -> int:
        latest = self.protocol.escrow.task_count()
        return self.random.randint(max(1, latest - 3), latest)

    def _take(self) -> None:
        task = self._task()
        slot = self.random.randrange(self.protocol.parameters_of(task).slots)
        work = self.protocol.take(task, slot, annotator=self.random.choice(self.annotators))
        self.works[work.submission] = work

    def _in(self, *states: SubmissionState) -> Work:
        """A submission in one of these states, or any."""
        works = list(self.works.values())
        fitting = [work for work in works if self.protocol.lens.submission(work.submission).state in states]
        return pick(self.random, fitting or works)

    def _commit(self) -> None:
        work = self._in(SubmissionState.TAKEN)
        if self.random.random() < 0.1:
            self.protocol.escrow.release(work.submission, sender=work.annotator)
        else:
            self.protocol.commit(work)

    def _publish(self) -> None:
        self.protocol.publish(self._in(SubmissionState.TAKEN, SubmissionState.COMMITTED))

    def _challenge(self) -> None:
        work = self._in(SubmissionState.PUBLISHED)
        items = sorted(self.random.sample(list(work.labels.items), self.random.randint(1, 2)))
        self.protocol.challenge(work, items, challenger=self.random.choice([None, *self.annotators]))

    def _challenge_availability(self) -> None:
        work = self._in(SubmissionState.PUBLISHED)
        items = sorted(self.random.sample(list(work.labels.items), self.random.randint(1, 2)))
        self.protocol.challenge_availability(work, items)

    def _pending(self) -> tuple[Work, int]:
        """An unsettled challenge, the oldest of its submission more often than not."""
        works = list(self.works.values())
        self.random.shuffle(works)
        for work in works:
            found = self.protocol.lens.submission(work.submission)
            if found.settled < found.filed:
                last = found.filed - 1 if self.random.random() < 0.3 else found.settled
                return work, challenge_id(work.submission, self.random.randint(found.settled, last))
        raise NothingToDo

    def _respond(self) -> None:
        work, challenge = self._pending()
        if self.protocol.lens.challenge(challenge).kind == ChallengeKind.AVAILABILITY:
            if self.random.random() < 0.7:
                self.protocol.answer(work, challenge, self.random.choice(self.protocol.indices[challenge]))
        elif self.random.random() < 0.25:
            self.protocol.escrow.concede(challenge, sender=work.annotator)
        else:
            self.protocol.defend(challenge)

    def _settle(self) -> None:
        _, challenge = self._pending()
        self.protocol.settle(challenge)

    def _claim(self) -> None:
        work = self._in(SubmissionState.PUBLISHED)
        if self.random.random() < 0.15:
            self.protocol.escrow.accept(work.submission, sender=self.protocol.requester)
        else:
            self.protocol.escrow.claim(work.submission)

    def _end(self) -> None:
        escrow = self.protocol.escrow
        if self.random.random() < 0.1:
            escrow.cancel(self._task(), sender=self.protocol.requester)
        else:
            escrow.expire(self._in(SubmissionState.TAKEN, SubmissionState.COMMITTED).submission)

    def _join(self) -> None:
        self.jury.join(self.random.randint(1, 8), holder=self.random.choice([None, *self.annotators]))

    def _ready(self) -> None:
        for seat in range(1, self.jury.court.seat_count() + 1):
            with suppress(boa.BoaError):
                self.jury.court.ready(seat)

    def _renew(self) -> None:
        holder = self.jury.court.seat(self.random.randint(1, self.jury.court.seat_count())).holder
        self.jury.court.renew(self.random.randbytes(3), sender=holder)

    def _leave(self) -> None:
        seat = self.random.randint(1, self.jury.court.seat_count())
        if self.random.random() < 0.3:
            self.jury.court.leave(seat, sender=self.jury.court.seat(seat).holder)

    def _draw(self) -> None:
        self.protocol.chain.mine(2)
        self.jury.court.draw()

    def _dispute(self, *phases: Phase) -> int:
        court = self.jury.court
        numbers = range(1, court.dispute_count() + 1)
        fitting = [number for number in numbers if court.dispute(number).phase in phases]
        return pick(self.random, fitting)

    def _vote(self) -> None:
        self._vote_on(self._dispute(Phase.COMMIT, Phase.REVEAL))

    def _vote_on(self, dispute: int) -> None:
        court = self.jury.court
        number = court.dispute(dispute).round
        for seat in court.round(dispute, number).seats:
            holder = court.seat(seat).holder
            key = (dispute, number, holder)
            with suppress(boa.BoaError):
                if key not in self.votes:
                    # Jurors agree more often than not.
                    choice = self.random.choice([1 + dispute % 2] * 3 + [0, 1, 2])
                    court.commit_vote(dispute, self.jury.commitment(dispute, holder, choice), sender=holder)
                    self.votes[key] = choice
                elif self.random.random() < 0.8:
                    court.reveal_vote(dispute, holder, self.votes[key], SALT)

    def _court(self) -> None:
        self._push(self._dispute(Phase.APPEAL, Phase.FINAL, Phase.NOT_HEARD, Phase.WAITING))

    def _push(self, dispute: int) -> None:
        court = self.jury.court
        phase = court.dispute(dispute).phase
        if phase == Phase.APPEAL:
            if self.random.random() < 0.7:
                self.jury.appeal(dispute)
        elif phase == Phase.WAITING:
            court.drop(dispute)
        elif self.random.random() < 0.5 and not court.dispute(dispute).executed:
            court.execute(dispute)
        else:
            court.settle(dispute)

    def _travel(self) -> None:
        self.protocol.travel(self.random.choice([HOUR, 2 * HOUR, 6 * HOUR, DAY // 2]))
        for task in range(1, self.protocol.escrow.task_count() + 1):
            with suppress(boa.BoaError):
                self.protocol.escrow.close(task)

    def _pool(self) -> None:
        protocol, pool = self.protocol, self.pool
        closed = [task for task in range(1, protocol.escrow.task_count() + 1) if protocol.lens.task(task).closed]
        task = pick(self.random, closed)
        buyer = self.random.choice(self.licensees)
        match self.random.randrange(6):
            case 0:
                self._pay(task)
            case 1:
                for submission in [*self.works, *self.ended]:
                    if submission >> 64 != task:
                        continue
                    with suppress(boa.BoaError):
                        pool.enroll([submission])
            case 2:
                pool.collect(task, self.random.choice(self.annotators))
                pool.collect_requester_share(task)
            case 3:
                holder = self.random.choice(self.annotators)
                held = pool.balanceOf(holder, task)
                to = self.random.choice(self.annotators)
                pool.transfer(to, task, self.random.randint(0, held), sender=holder)
            case 4:
                pool.set_price(task, self.random.randint(1, 10**6), SALT, sender=protocol.requester)
            case 5:
                deposit(protocol.token, pool, buyer, 10**6)
                pool.buy_license(task, self.random.choice(self.licensees), SALT, 2**255, sender=buyer)

    def _pay(self, task: int) -> None:
        payer = self.random.choice(self.licensees)
        deposit(self.protocol.token, self.pool, payer, 10**7)
        self.pool.pay(task, self.random.randint(1, 10**7), "use", sender=payer)

    def _money(self) -> None:
        protocol = self.protocol
        giver, taker = self.random.sample([*self.annotators, protocol.requester], 2)
        free = protocol.free(giver)
        protocol.escrow.transfer(protocol.token, self.random.randint(1, 1 + free // 4), taker, sender=giver)
        protocol.escrow.withdraw(protocol.token, 1 + protocol.free(taker) // 5, taker, sender=taker)

    @property
    def submissions(self) -> list[int]:
        """All slots of all tasks."""
        escrow = self.protocol.escrow
        return [
            submission_id(task, slot)
            for task in range(1, escrow.task_count() + 1)
            for slot in range(self.protocol.parameters_of(task).slots)
        ]
