"""Amounts over their whole range, in the contract: whatever is bought, staked and fought over, it does as the model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from goldleaf.types import NOT_HEARD, ChallengeState, SubmissionState
from goldleaf_tools.rules.escrow import (
    DAY,
    MAX_AMOUNT,
    MAX_BATCH,
    MAX_HORIZON,
    MAX_LABELS,
    MAX_PERIOD,
    MIN_REWARD,
    ChallengeOpening,
    Parameters,
)
from goldleaf_tools.rules.money import least_bond
from tests.stateful.counterparties import ArbitratorTwin
from tests.stateful.world import (
    ACTORS,
    KEEPER,
    MAX_DURATION,
    PERIOD_FLOOR,
    SINK,
    WEALTH,
    Pair,
    Statistics,
    salt_of,
    world,
)

REQUESTER, ANNOTATOR, CHALLENGER, DEFENDER = ACTORS[:4]
URI = "ipfs://labels"


class Stage:
    """One task on a fresh escrow, with actors whose money never runs out."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.model, self.chain = pair, pair.model, pair.chain
        self.market = pair.join_market(0)
        for actor in ACTORS:
            self.do(
                "deposit", actor, [self.token, WEALTH, actor], self.market.token, WEALTH, actor, touched=self.market
            )

    @property
    def token(self) -> str:
        return self.market.token.address

    @property
    def now(self) -> int:
        return self.chain.now

    def do(self, function: str, actor: str, arguments: list[Any], *model: Any, **options: Any) -> Any:
        """The call of the contract has `arguments`, that of the model `actor` and `model`."""
        return self.pair.attempt(
            function, arguments, actor, lambda: getattr(self.model, function)(actor, *model), **options
        )

    def push(self, function: str, key: int, *rest: Any) -> None:
        """A call that anyone may make."""
        self.pair.attempt(function, [key, *rest], KEEPER, lambda: getattr(self.model, function)(key, *rest, self.now))

    def set_costs(self, cost: int, taken: int) -> None:
        self.market.cost, self.market.taken = cost, taken
        self.chain.call(self.market.contract, "set_costs", [cost, taken], KEEPER)

    def open(self, parameters: Parameters) -> int | None:
        arguments = [self.pair.abi_parameters(parameters), URI]
        return self.do("open", REQUESTER, arguments, parameters, self.now, uri=URI)

    def publish(self, task: int, slot: int = 0) -> int:
        """Takes and delivers; the task has redundancy 1."""
        submission = self.do("take", ANNOTATOR, [task, slot, b""], task, slot, self.now)
        root, salt = salt_of(1), salt_of(2)
        arguments = [submission, root, salt, URI]
        self.do("publish", ANNOTATOR, arguments, submission, root, salt, URI, self.now)
        return submission

    def challenge(
        self, submission: int, indices: tuple[int, ...], challenger: str = CHALLENGER, more: int = 0
    ) -> int | None:
        """With the least bond or more; None if the submission is past it."""
        opening = ChallengeOpening(submission, challenger, indices, salt_of(len(self.model.challenges)))
        self.commit_challenge(challenger, opening)
        self.chain.now += 60
        reward = self.model.tasks[submission >> 64].parameters.reward
        bond = least_bond(challenged=len(indices), reward=reward, arbitration_cost=self.market.cost) + more
        arguments = [submission, indices, bond, salt_of(0), URI, opening.salt]
        rest = (submission, indices, bond, opening.salt, self.now)
        return self.do("challenge", challenger, arguments, *rest, evidence=salt_of(0), uri=URI)

    def commit_challenge(self, actor: str, opening: ChallengeOpening) -> None:
        committed = [self.pair.hash(opening)]
        self.pair.attempt("commit_challenge", committed, actor, lambda: self.model.commit_challenge(opening, self.now))

    def defend(self, challenge: int, actor: str) -> None:
        cost = self.market.cost
        self.do("defend", actor, [challenge, cost], challenge, cost, self.now, touched=self.market)

    def rule(self, challenge: int, ruling: int) -> None:
        dispute = next(key[1] for key, found in self.model.disputes.items() if found == challenge)
        self.pair.attempt(
            "rule",
            [dispute, ruling],
            KEEPER,
            lambda: self.model.rule(self.market, dispute, ruling),
            through=(self.market.contract, "rule", [self.pair.contract.address, dispute, ruling]),
        )

    def free(self, account: str) -> int:
        return self.model.free[self.market.token, account]


@contextmanager
def stage() -> Iterator[Stage]:
    pair, start = Pair(world(), Statistics()), world().chain.now
    try:
        yield Stage(pair)
    finally:
        pair.undo()
        world().chain.now = start


def near(bound: int, low: int = 0) -> st.SearchStrategy[int]:
    """Numbers up to a bound, often at it or just past it."""
    return st.integers(low, bound) | st.sampled_from([low, bound - 1, bound, bound + 1])


def parameters(market: ArbitratorTwin, now: int, **changes: Any) -> Parameters:
    usual: dict[str, Any] = {
        "reward": 10,
        "stake": 100,
        "items": 10,
        "batch_size": 10,
        "redundancy": 1,
        "tolerance_bps": 1000,
        "deadline": now + 10 * DAY,
        "work_period": DAY,
        "publish_period": DAY,
        "challenge_period": 3 * DAY,
        "response_period": DAY,
        "arbitration_timeout": 2 * MAX_DURATION,
        "availability_bond": 10,
        "royalty_bps": 0,
        "terms": salt_of(0),
    }
    return Parameters(market, **{**usual, **changes})


Change = st.one_of(
    st.tuples(st.just("reward"), near(MAX_AMOUNT)),
    st.tuples(st.just("stake"), near(MAX_AMOUNT)),
    st.tuples(st.just("items"), near(MAX_LABELS)),
    st.tuples(st.just("batch_size"), near(MAX_BATCH)),
    st.tuples(st.just("redundancy"), near(15)),
    st.tuples(st.just("tolerance_bps"), near(8000)),
    st.tuples(
        st.sampled_from(["work_period", "publish_period", "challenge_period", "response_period"]),
        near(MAX_PERIOD) | st.sampled_from([PERIOD_FLOOR - 1, PERIOD_FLOOR]),
    ),
    st.tuples(st.just("arbitration_timeout"), near(MAX_HORIZON) | st.sampled_from([2 * MAX_DURATION - 1])),
    st.tuples(st.just("royalty_bps"), near(10_000)),
    st.tuples(st.just("availability_bond"), near(MAX_AMOUNT)),
    st.tuples(st.just("terms"), st.just(bytes(32))),
)


@given(
    changes=st.lists(Change, max_size=3),
    deadline=st.none() | st.none() | st.integers(2 * DAY, MAX_HORIZON) | near(MAX_HORIZON),
    cost=st.integers(0, 100) | near(500) | near(2**92),
    least=st.none() | st.none() | st.integers(-1, 1),
    bond=st.none() | st.integers(-1, 1),
)
def test_open__any_parameters__contract_and_model_agree(changes, deadline, cost, least, bond):
    with stage() as s:
        s.set_costs(cost, cost)
        chosen = parameters(s.market, s.now, **dict(changes))
        if deadline is not None:
            chosen = parameters(s.market, s.now, **dict(changes), deadline=s.now + deadline)
        if least is not None and chosen.items and chosen.batch_size:
            # At the lowest stake, or next to it.
            labels = len(chosen.batch_of(chosen.batches - 1))
            floor = 2 * max(cost, chosen.reward * (labels * chosen.tolerance_bps // 10_000 + 1))
            chosen = Parameters(**{**vars(chosen), "stake": max(0, -(-floor // labels) + least)})
        if bond is not None and chosen.items and chosen.batch_size:
            # At the highest availability bond, or next to it.
            stake = chosen.stake * len(chosen.batch_of(chosen.batches - 1))
            chosen = Parameters(**{**vars(chosen), "availability_bond": max(stake // 16, chosen.reward) + bond})
        # The model keeps empty terms as nothing.
        if chosen.terms == bytes(32):
            chosen = Parameters(**{**vars(chosen), "terms": b""})
        task = s.open(chosen)
        event("opened" if task else "refused")
        s.pair.check()


@given(
    reward=near(MAX_AMOUNT, MIN_REWARD),
    above=st.integers(0, 100) | st.integers(0, MAX_AMOUNT),
    labels=st.integers(1, 40) | near(MAX_BATCH - 1, 1),
    last=st.booleans(),
    tolerance=near(7999),
    cost=st.integers(0, 100),
    taken=st.integers(0, 100),
    risen=st.booleans(),
    challenges=st.lists(
        st.tuples(
            st.lists(st.integers(0, MAX_BATCH), min_size=1, max_size=32),
            st.sampled_from(["concede", "ignore", "outlast", 0, 1, 2, NOT_HEARD]),
            st.integers(0, 3) | st.integers(0, 2**90),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_challenges__any_amounts__contract_and_model_agree(
    reward, above, labels, last, tolerance, cost, taken, risen, challenges
):
    """
    `above` is what the stake has above the least one, `cost` a share of what the stake rule allows that, where `risen`,
    grows above the bonds; `last` is for the last batch, which is shorter.
    """
    reward, labels, tolerance = min(reward, MAX_AMOUNT), min(labels, MAX_BATCH), min(tolerance, 8000)
    items, slot = (labels + MAX_BATCH, 1) if last else (labels, 0)
    sizes = {labels, MAX_BATCH} if last else {labels}
    stake = max(-(-2 * reward * (n * tolerance // 10_000 + 1) // n) for n in sizes) + above
    assume(stake <= MAX_AMOUNT)
    total = stake * labels
    with stage() as s:
        s.set_costs(total // 2 * cost // 100, total // 2 * cost // 100)
        batch_size = MAX_BATCH if last else labels
        chosen = parameters(
            s.market,
            s.now,
            stake=stake,
            reward=reward,
            items=items,
            batch_size=batch_size,
            tolerance_bps=tolerance,
            availability_bond=reward,
        )
        submission = s.publish(s.open(chosen), slot)
        first = chosen.batch_of(slot).start
        filed = []
        for positions, answer, more in challenges:
            indices = tuple(sorted({first + position % labels for position in positions}))
            filed.append((s.challenge(submission, indices, more=more), indices, answer))
        if risen:
            s.set_costs(20 * s.market.cost, 20 * s.market.cost)
        s.set_costs(s.market.cost, s.market.cost * taken // 100)
        for challenge, _, answer in filed:
            if answer == "concede":
                s.do("concede", ANNOTATOR, [challenge], challenge, s.now)
            elif answer != "ignore":
                s.defend(challenge, ANNOTATOR)
                if answer != "outlast" and s.model.challenges[challenge].state == ChallengeState.DEFENDED:
                    s.rule(challenge, answer)
                    event(
                        "fee above the bond"
                        if s.model.challenges[challenge].fee > s.model.challenges[challenge].bond
                        else ""
                    )
        s.chain.now += MAX_HORIZON
        for challenge, indices, _ in filed:
            s.push("settle", challenge, indices)
            event(f"{s.model.challenges[challenge].outcome!r}")
        if s.model.submissions[submission].state == SubmissionState.PUBLISHED:
            s.push("claim", submission)
        s.push("close", submission >> 64)
        s.pair.check(everything=True)
        assert sum(s.free(actor) for actor in (*ACTORS, SINK)) == s.model.balance[s.market.token]


Move = st.one_of(
    st.tuples(st.just("challenge"), st.lists(st.integers(0, 7), min_size=1, max_size=4)),
    st.tuples(st.just("challenge_availability"), st.lists(st.integers(0, 7), min_size=1, max_size=4)),
)


@given(
    reward=st.integers(4, 9) | st.integers(2**70, 2**76),
    above=st.integers(0, 20),
    labels=st.integers(1, 8),
    tolerance=st.sampled_from([0, 1250, 2500, 3750, 5000, 8000]),
    cost=st.integers(0, 30),
    moves=st.lists(st.tuples(Move, st.integers(0, 255)), min_size=1, max_size=8),
)
def test_rejection__everybody_but_the_requester_conspires__takes_five_eighths(
    reward, above, labels, tolerance, cost, moves
):
    """
    E8: the annotator files, concedes, defends and withholds through all accounts there are, and owns the arbitrator.
    E7: the requester is credited no more than what they paid for the labels.
    """
    stake = -(-2 * reward * (labels * tolerance // 10_000 + 1) // labels) + above
    total = stake * labels
    with stage() as s:
        s.set_costs(min(cost, total // 2), min(cost, total // 2))
        chosen = parameters(
            s.market,
            s.now,
            stake=stake,
            items=labels,
            batch_size=labels,
            tolerance_bps=tolerance,
            reward=reward,
            availability_bond=reward,
        )
        people = (ANNOTATOR, CHALLENGER, DEFENDER)
        before = sum(s.free(actor) for actor in people)
        submission = s.publish(s.open(chosen))
        requester = s.free(REQUESTER)
        for (kind, target), how in moves:
            actor = people[how % 3]
            positions = tuple(sorted({position % labels for position in target}))
            if kind == "challenge_availability":
                s.do(kind, actor, [submission, positions], submission, positions, s.now)
                continue
            challenge = s.challenge(submission, positions, actor, more=total // 8 if how % 2 else 0)
            if challenge is not None and how < 96:
                s.do("concede", ANNOTATOR, [challenge], challenge, s.now)
            elif challenge is not None and how < 192:
                s.defend(challenge, ANNOTATOR)
                s.rule(challenge, (0, 1, 1, 2, NOT_HEARD)[how % 5])
            if how % 16 == 0:
                settle_all(s, submission)
        s.chain.now += MAX_HORIZON
        settle_all(s, submission)
        rejected = s.model.submissions[submission].state == SubmissionState.REJECTED
        event("rejected" if rejected else "not rejected")
        if rejected:
            fees = sum(challenge.fee for challenge in s.model.challenges.values())
            assert 8 * (before - sum(s.free(actor) for actor in people) - fees) >= 5 * total
            errors = s.model.submissions[submission].errors
            assert reward * errors <= s.free(REQUESTER) - requester <= reward * labels
        else:
            # Not by fines, and not by what they proved against themselves: a right label is worth more.
            s.push("claim", submission)
            assert sum(s.free(actor) for actor in people) - before <= reward * labels
        s.pair.check(everything=True)


def settle_all(s: Stage, submission: int) -> None:
    """As many as can be, in their order."""
    found = s.model.submissions[submission]
    for number in range(found.settled, found.filed):
        challenge = s.model.challenges[submission << 64 | number]
        assert challenge.state != ChallengeState.SETTLED
        s.push("settle", submission << 64 | number, challenge.indices)
