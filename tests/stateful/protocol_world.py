"""
All contracts that hold money on one chain, each beside its model: the escrow with its GoldTest, courts that both bring
their disputes to, and a royalty pool that reads what the escrow says.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from goldleaf.types import SubmissionState
from goldleaf_tools.rules.refusal import RefusedError
from goldleaf_tools.rules.royalty import Label, RoyaltyPool, Submission, Task
from tests.stateful import court_world, royalty_world
from tests.stateful.chain import Contract, Watch
from tests.stateful.counterparties import ArbitratorTwin, TokenTwin
from tests.stateful.court_world import CourtPair, CourtWorld
from tests.stateful.world import (
    ACTORS,
    DEPLOYER,
    KEEPER,
    MAX_DURATION,
    RELAY,
    WEALTH,
    Pair,
    Side,
    World,
)

# What brings a dispute before the court: refused, it is as if nobody had asked.
ASK_THE_COURT = {"defend", "dispute_gold"}
# Whoever holds tokens, of any of the contracts.
HOLDERS = sorted({*ACTORS, *court_world.ACTORS, *royalty_world.ACTORS})
CHOICES = 2
# Of the courts: one over units of a cheap token, drawn by block hashes, and one over about cents of a dear one, drawn
# by beacons. A dispute is over before the escrow stops waiting for it.
FEES = (3, 3 * (10**16 - 1))
TERMS = {
    "load": 8,
    "max_seats": 40,
    "max_seats_per_holder": 8,
    "join_delay": 50,
    "draw_timeout": 60,
    "commit_period": 30,
    "reveal_period": 30,
    "appeal_period": 40,
}


class ArbitratingCourt(CourtWorld):
    """A court on the chain of an escrow. Whatever it rules, its arbitrables hear it."""

    def __init__(self, world: World, token: Contract, *, beacons: bool, juror_fee: int) -> None:
        self.actors = court_world.ACTORS
        self.chain = world.chain
        self.token = token
        self.deploy_court(token, beacons=beacons, juror_fee=juror_fee, **TERMS)
        self.arbitrables = [world.contract, world.gold]
        self.deaf = None


@dataclass(eq=False, repr=False, kw_only=True)
class CourtTwin(ArbitratorTwin):
    """A court as the escrow and its GoldTest see it."""

    world: ArbitratingCourt
    pair: "SharedCourtPair | None" = None

    def create_dispute(self, case: int, refund_to: Any) -> tuple[int, int]:
        assert self.pair is not None
        fee = self.token.move_out(self.address, self.cost)
        model = self.pair.model
        return model.create_dispute(self.token.holder, CHOICES, case.to_bytes(32), refund_to), fee


class ProtocolWorld(World):
    """Deployed once per process; each run of the machine starts from the same state and is then undone."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = self.chain.deploy("RoyaltyPool", RELAY, self.contract.address)
        for number, fee in enumerate(FEES):
            market = self.markets[number]
            court = ArbitratingCourt(self, market.token.contract, beacons=number > 0, juror_fee=fee)
            terms = court.parameters
            assert terms.max_duration <= MAX_DURATION
            self.markets[number] = CourtTwin(
                token=market.token,
                cost=terms.round_fee(0),
                max_duration=terms.max_duration,
                contract=court.court,
                world=court,
            )
        for market in self.markets:
            spenders = [self.pool, *([market.contract] if isinstance(market, CourtTwin) else [])]
            for holder in HOLDERS:
                if holder not in ACTORS:
                    self.chain.call(market.token.contract, "mint", [holder, WEALTH], DEPLOYER)
                for spender in spenders:
                    self.chain.call(market.token.contract, "approve", [spender.address, 2**256 - 1], holder)


@cache
def world() -> ProtocolWorld:
    return ProtocolWorld()


class ProtocolPair(Pair):
    """One run: the contracts and the models from the same start."""

    world: ProtocolWorld
    market: CourtTwin  # the one whose disputes a court decides
    court: "SharedCourtPair"
    pool: "PoolPair"

    def join_market(self, index: int) -> ArbitratorTwin:
        market = super().join_market(index)
        for holder in HOLDERS:
            market.token.balances.setdefault(holder, WEALTH)
        return market

    def join_court(self, number: int) -> None:
        """The first market: of one of the two courts."""
        market = self.join_market(number % len(FEES))
        assert isinstance(market, CourtTwin)
        self.market = market
        self.court = market.pair = SharedCourtPair(self)

    def attempt(
        self,
        function: str,
        arguments: Sequence[Any],
        actor: str,
        call: Callable[[], Any],
        through: tuple[Contract, str, Sequence[Any]] | None = None,
        touched: ArbitratorTwin | None = None,
        side: Side | None = None,
        **told: Any,
    ) -> Any:
        """As the escrow's, and what the court has told in this call is as its model says."""
        court = self.court
        court.begin()
        asks = through is not None or (touched is self.market and function in ASK_THE_COURT)
        kept = deepcopy(court.model) if asks else None

        def watched() -> Any:
            try:
                return call()
            except RefusedError:
                if kept is not None:
                    court.model = kept
                raise

        result = super().attempt(function, arguments, actor, watched, through, touched, side, **told)
        court.compare_events()
        return result

    def execute(self, dispute: int) -> Any:
        """The court tells the escrow, or its GoldTest, how it has ruled: both hear it, or neither call is made."""
        court = self.court.model
        known = court.disputes.get(dispute)
        side = self.gold_side if known and known.arbitrable == self.world.gold.address else self.escrow_side

        def call() -> None:
            ruling = self.court.model.execute(dispute)
            side.model.rule(self.market, dispute, ruling)
            rounds = len(self.court.model.disputes[dispute].rounds)
            told = "not heard" if ruling > CHOICES else f"ruled {ruling}"
            self.statistics.deep[f"{side.prefix or 'escrow '}{told} by a court"] += 1
            if rounds > 1:
                self.statistics.deep[f"ruled by a court of {rounds} rounds"] += 1

        return self.attempt(
            "rule",
            [dispute, "its ruling"],
            KEEPER,
            call,
            through=(self.market.contract, "execute", [dispute]),
            side=side,
        )

    def check(self, everything: bool = False) -> None:
        super().check(everything)
        self.sound = False
        self.court.follow_clock()
        self.court.compare(everything=everything)
        self.pool.follow_tasks()
        self.pool.check(everything)
        self.sound = True


class SharedCourtPair(CourtPair):
    """A court beside its model, whose token is one of the escrow's and whose rulings the escrow hears."""

    def __init__(self, owner: ProtocolPair) -> None:
        super().__init__(owner.market.world)
        self.owner = owner

    def begin(self) -> None:
        """Before a call of anybody."""
        self.follow_clock()
        self.model.events.clear()

    def compare_events(self) -> None:
        """What the court told in a call of the escrow or of GoldTest."""
        self._compare_events()
        for name, fields in self.model.events:
            if name == "DisputeCreated":
                self.created[fields["dispute"]] = self.model.now
                self.payments[fields["dispute"], 0] = self.owner.market.cost
            self._note(name, fields)

    def deposit(self, actor: str, amount: int) -> None:
        super().deposit(actor, amount)
        self.owner.market.token.move(actor, self.court.address, amount)

    def withdraw(self, actor: str, amount: int) -> Any:
        done = super().withdraw(actor, amount)
        if done is not None:
            self.owner.market.token.move(self.court.address, actor, amount)
        return done

    def execute(self, dispute: int) -> Any:
        return self.owner.execute(dispute)

    def both(self, model: Callable[[], Any], function: str, *rest: Any, **options: Any) -> Any:
        self.follow_clock()
        statistics, name = self.owner.statistics, f"Court.{function}"
        statistics.steps += 1
        self.owner.sound = False
        result = super().both(model, function, *rest, **options)
        self.owner.sound = True
        (statistics.refused if result is None else statistics.accepted)[name] += 1
        return result


class PoolPair(royalty_world.Pair):
    """A royalty pool beside its model, which learns of tasks as they are closed."""

    prefix = "RoyaltyPool."
    # Whoever has labelled or put up a task in the escrow is paid here too.
    actors = (*royalty_world.ACTORS, *(actor for actor in ACTORS if actor not in royalty_world.ACTORS))

    def __init__(self, owner: ProtocolPair) -> None:
        """Once the markets are joined: they are all that it holds money in."""
        self.owner = owner
        self.chain = owner.chain
        self.contract = owner.world.pool
        self.statistics: Any = owner.statistics
        self.tokens = [market.token for market in owner.markets]
        self.markets = [*range(len(owner.markets))]
        self.model = RoyaltyPool({}, {})
        self.tasks = []
        self.surplus = Counter()
        self.watch = Watch(self.chain)

    def follow_tasks(self) -> None:
        """Tells the model of tasks that were closed since it was asked last; nothing about them changes any more."""
        escrow = self.owner.model
        for number, known in escrow.tasks.items():
            if not known.closed or number in self.model.tasks:
                continue
            p = known.parameters
            labels: list[Label] = []
            for key, s in escrow.submissions.items():
                if key >> 64 == number:
                    accepted = s.labels - s.errors if s.state == SubmissionState.PAID else 0
                    self.model.submissions[key] = Submission(s.annotator, accepted)
                    labels += [Label(key) for _ in range(accepted)]
            self.model.tasks[number] = Task(
                requester=known.requester,
                token=known.token,
                asked=p.items * p.redundancy,
                royalty_bps=p.royalty_bps,
                closed=True,
                labels=labels,
            )
            self.tasks.append(number)

    def attempt(
        self,
        function: str,
        arguments: Sequence[Any],
        actor: str,
        call: Callable[[], Any],
        touched: TokenTwin | None = None,
    ) -> Any:
        self.owner.sound = False
        for token in self.tokens:
            self.owner.hold(token, self.contract)
        result = super().attempt(function, arguments, actor, call, touched)
        self.owner.sound = True
        return result
