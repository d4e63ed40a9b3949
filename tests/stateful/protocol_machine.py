"""
Random histories of all contracts that hold money, together: an escrow with its GoldTest, a court that decides their
disputes, and a royalty pool.

The machines of the three play on one chain. What the court rules is what its jurors have voted, in the phases and at
the times of a court; what the pool pays is by the labels that came through challenges and tests. After each step the
state and the events of all are held against the models'.
"""

from collections.abc import Callable, Sequence

from goldleaf.types import NOT_HEARD, Phase
from tests.stateful import court_world, royalty_machine, royalty_world
from tests.stateful.counterparties import ArbitratorTwin
from tests.stateful.court_machine import SEATS_AT_START, CourtMachine
from tests.stateful.escrow_machine import ACTIONS, Action, EscrowMachine, always
from tests.stateful.play import one_of
from tests.stateful.protocol_world import CHOICES, FEES, CourtTwin, PoolPair, ProtocolPair, world
from tests.stateful.royalty_machine import WITH_SHARES, RoyaltyMachine
from tests.stateful.world import KEEPER, Statistics

READY = (SEATS_AT_START, 15, 7, 3, SEATS_AT_START, 6, 2, 0)  # seats that may be drawn at the start
PASSWORDS = (b"", b"sesame", b"")
CHECKED_AT_COURT = (
    CourtMachine.reserves_are_the_unsettled_rounds,
    CourtMachine.list_is_of_seats_that_can_be_drawn,
    CourtMachine.c3_leaving_blocks_no_appeal,
    CourtMachine.panels_are_distinct,
)


class ProtocolMachine(EscrowMachine):
    """Rules draw small numbers, as in `Play`."""

    statistics = Statistics()
    pair: ProtocolPair

    def start_pair(self) -> ProtocolPair:
        return ProtocolPair(world(), self.statistics)

    def _join_markets(self, first: int, second: int) -> None:
        """One whose disputes go to a court, and another."""
        self.pair.join_court(first)
        self.court = CourtMachine()
        self.court.play_in(self.pair.court, one_of(READY, second))
        self.pair.join_market(len(FEES) + first // 2 % (len(world().markets) - len(FEES)))
        self.pair.pool = PoolPair(self.pair)
        self.pool = RoyaltyMachine()
        self.pool.pair, self.pool.model = self.pair.pool, self.pair.pool.model
        for market in self.pair.markets:
            for number, actor in enumerate(royalty_world.ACTORS):
                self.pool._deposit(actor, market.token, 10**6 * self._grain(market) + number, actor)

    def actions(self) -> Sequence[Action]:
        return MORE_ACTIONS

    def _after(self) -> None:
        super()._after()
        for check in CHECKED_AT_COURT:
            check(self.court)

    # What other arbitrators are told, a court decides

    def _set_costs(self, market: ArbitratorTwin, cost: int, taken: int) -> None:
        if market is not self.pair.market:
            super()._set_costs(market, cost, taken)

    def change_arbitrator(self, pick: int, who: int, how: int, when: int) -> None:
        others = [number for number, market in enumerate(self.pair.markets) if market is not self.pair.market]
        if others:
            super().change_arbitrator(one_of(others, pick), who, how, when)

    def _rule(self, market: ArbitratorTwin, dispute: int, ruling: int) -> None:
        if isinstance(market, CourtTwin):
            self._hear_out(dispute, ruling)
        else:
            super()._rule(market, dispute, ruling)

    def _rule_gold(self, market: ArbitratorTwin, dispute: int, ruling: int) -> None:
        if isinstance(market, CourtTwin):
            self._hear_out(dispute, ruling)
        else:
            super()._rule_gold(market, dispute, ruling)

    def _hear_out(self, number: int, ruling: int) -> None:
        """Brings a dispute to its end, by jurors who mostly vote as they should; some of the first juries err."""
        court, block = self.court, self.chain.block
        # By the block too, which even the simplest history has another of each time.
        ruling = one_of((ruling, 1, 2, 0, NOT_HEARD), block // 8)
        right = [ruling, ruling, CHOICES - ruling] if ruling <= CHOICES else [None] if ruling == NOT_HEARD else [1, 2]
        dispute = court.model.disputes.get(number)
        if dispute:
            errs, appeals = block % 4 == 3, 1 + block // 4 % 2
            if self._phase(number) == Phase.WAITING:
                court.hear(number, [1, 0, 2] if errs else right)
            for _ in range(appeals):
                if errs and self._phase(number) == Phase.APPEAL:
                    court.pair.appeal(one_of(court_world.ACTORS, number), number)
                    court.hear(number, right)
            court.to_end_of(number, Phase.APPEAL)
        self.pair.execute(number)

    def _phase(self, number: int) -> Phase:
        self.pair.court.follow_clock()
        return self.court.model.phase(self.court.model.disputes[number])[0]

    # The court in small steps

    def seats(self, pick: int, who: int, how: int, when: int) -> None:
        court, actor, password = self.court, one_of(court_world.ACTORS, who), one_of(PASSWORDS, when)
        calls: list[Callable[[], object]] = [
            lambda: court.join(actor, 1 + pick % 3, password),
            lambda: court.leave(pick),
            lambda: court.ready_all(),
            lambda: court.renew(actor, password),
            lambda: court.dismiss(pick, password),
            lambda: court.withdraw(actor, 1 + 10 * pick),
            lambda: court.dismiss_all(),
            lambda: court.change_password(password, {*court_world.ACTORS[: who % 8]}),
        ]
        one_of(calls, how)()

    def draw(self, pick: int, who: int, how: int, when: int) -> None:
        if how % 4 == 0:
            self.court.show_beacon()
        self.court.draw(one_of((1, 2, 2, 30, 70, 257), how))

    def vote(self, pick: int, who: int, how: int, when: int) -> None:
        court = self.court
        ballots = one_of(([1], [2], [1, 1, 2], [0, None, 1], [None]), how)
        for phase, call in (
            (Phase.COMMIT, lambda: court.commit_all(pick, ballots)),
            (Phase.REVEAL, lambda: court.reveal_all(pick, {*court_world.ACTORS[: who % 3]})),
            (Phase.APPEAL, lambda: court.appeal(one_of(court_world.ACTORS, who), pick)),
            (Phase.FINAL, lambda: court.settle(pick)),
        ):
            if court.all_in(phase) and how % 8 != phase:
                call()

    def try_at_court(self, pick: int, who: int, how: int, when: int) -> None:
        self.court.try_anything(how % 8, one_of(court_world.ACTORS, who), pick, how // 8 % 4, 1 + when % 2)
        if when >= 192:
            self.court.to_boundary(pick, when % 3 - 1)

    # The pool

    def finish_task(self, pick: int, who: int, how: int, when: int) -> None:
        """Lets everything about a task come to its end, so that its data set can earn."""
        task = one_of(self._busy_tasks(), pick)
        p = self.model.tasks[task].parameters
        for period in (p.publish_period, p.challenge_period + p.arbitration_timeout, p.arbitration_timeout):
            self.chain.now = max(self.chain.now, p.deadline) + period
            self._push_all()
        self.pair.attempt("close", [task], KEEPER, lambda: self.model.close(task, self.chain.now))

    def _busy_tasks(self) -> list[int]:
        return sorted({key >> 64 for key in self.survey.published})

    def royalties(self, pick: int, who: int, how: int, when: int) -> None:
        self.pair.pool.follow_tasks()
        if self.pool.model.submissions:
            idle = not any(task.enrolled for task in self.pool.model.tasks.values())
            deck = [
                action
                for action, weight in royalty_machine.ACTIONS
                if action not in NOT_OF_THE_POOL
                for _ in range(1 if idle and action in WITH_SHARES else weight)
            ]
            deck[when * len(deck) >> 8](self.pool, pick, who, how)

    # The end

    def _finish_everything(self) -> None:
        super()._finish_everything()
        self.pair.court.follow_clock()
        self._finish_court()
        self.pair.pool.follow_tasks()
        self.pool._finish_everything()
        self.pair.check(everything=True)

    def _finish_court(self) -> None:
        """Years after everything: rulings that nobody waits for are refused, and the jurors are paid."""
        court, pair = self.court, self.pair.court
        for number, dispute in list(court.model.disputes.items()):
            if court.model.disputes[number].waiting:
                assert pair.drop(number)
            dispute = court.model.disputes[number]
            while not dispute.not_heard and dispute.settled_count < len(dispute.rounds):
                assert pair.settle(number)
        for number in court.model.disputes:
            self.pair.execute(number)
        court.check_appeals()
        court.everybody_leaves()


NOT_OF_THE_POOL = {RoyaltyMachine.close, RoyaltyMachine.change_token}


def is_any_heard(machine: ProtocolMachine) -> bool:
    return bool(machine.court.model.disputes)


MORE_ACTIONS: list[Action] = [
    *ACTIONS,
    (ProtocolMachine.vote, 8, is_any_heard),
    (ProtocolMachine.draw, 6, is_any_heard),
    (ProtocolMachine.try_at_court, 4, is_any_heard),
    (ProtocolMachine.royalties, 14, lambda m: m.pool.model.submissions),
    (ProtocolMachine.finish_task, 3, lambda m: m.survey.published),
    (ProtocolMachine.seats, 5, always),
]
