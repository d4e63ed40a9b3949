"""
The escrow and its GoldTest on a chain, and their models, side by side: every call is made to both, and after each all
is compared.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import cache, lru_cache
from typing import Any, NamedTuple

from eth_utils import keccak
from hypothesis import note

from goldleaf.canonical import to_canonical
from goldleaf.labels import LabelSet
from goldleaf.signing.commitments import challenge_commitment, commitment, hash_indices
from goldleaf.types import ChallengeState, GoldDisputeState, Outcome, SubmissionState
from goldleaf_tools.rules.escrow import Challenge, ChallengeOpening, Escrow, Opening, Parameters, Submission, Task
from goldleaf_tools.rules.gold import Batch as GoldBatch
from goldleaf_tools.rules.gold import Dispute, Gold
from goldleaf_tools.rules.ledger import Event
from goldleaf_tools.rules.refusal import RefusedError
from tests.chains import deploy_escrow
from tests.stateful.chain import CHAIN_ID, Chain, Contract, RevertedError, Watch, account, word
from tests.stateful.counterparties import TOKENS, ArbitratorTwin, GraderTwin, TokenTwin
from tests.stateful.replay import GoldReplay, Replay

PERIOD_FLOOR = 100
MAX_DURATION = 500
WEALTH = 10**38  # what each actor owns of each token
MOST_SLOTS = 64  # that are compared of a task; only tasks that nobody works on have more

DEPLOYER, KEEPER, RELAY, SINK = account(0), account(10), account(11), account(12)
ACTORS = [account(number) for number in range(1, 7)]
NOBODY = "0x" + "00" * 20
ZERO = bytes(32)
URI = "ipfs://labels"


@cache
def label_set(items: range, variant: int) -> LabelSet:
    return LabelSet([{"variant": variant, "value": item % 3} for item in items], first=items.start)


# In the order of their digests, as a test asks for classes.
CLASSES = sorted(("benign", "malignant", "normal"), key=lambda label: keccak(to_canonical(label)))
DIGESTS = [keccak(to_canonical(label)) for label in CLASSES]
# How somebody labels a task that is tested: all right, with some errors, with many, and the first class alone.
RIGHT, SOME_ERRORS, MANY_ERRORS, CONSTANT = STYLES = range(4)


def class_of(item: int, classes: int) -> int:
    """The right class of each item of a task that is tested."""
    return item % classes


@cache
def gold_labels(items: range, classes: int, style: int) -> LabelSet:
    """Labels of a batch in a task that is tested."""
    shifts = {
        RIGHT: lambda _: 0,
        SOME_ERRORS: lambda item: item % 5 == 3,
        MANY_ERRORS: lambda item: item % 5 < 3,
        CONSTANT: lambda item: -class_of(item, classes),
    }
    return LabelSet(
        [CLASSES[(class_of(item, classes) + shifts[style](item)) % classes] for item in items], first=items.start
    )


def gold_bytes(gold: Sequence[int]) -> bytes:
    return b"".join(position.to_bytes(2) for position in gold)


class Statistics:
    """Counts over all runs of this process."""

    def __init__(self) -> None:
        self.steps = 0
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.outcomes: Counter[Outcome] = Counter()
        self.deep: Counter[str] = Counter()


class World:
    """Deployed once per process; each run of the machine starts from the same state and is then undone."""

    def __init__(self) -> None:
        self.chain = Chain()
        contracts = deploy_escrow(self.chain.deploy, RELAY, period_floor=PERIOD_FLOOR, sink=SINK)
        self.contract, self.lens, self.gold = contracts["TaskEscrow"], contracts["Lens"], contracts["GoldTest"]
        self.gate = self.chain.deploy("mocks/GateMock")
        self.grader = GraderTwin(self.chain.deploy("mocks/DishonestGrader"))
        self.markets: list[ArbitratorTwin] = []
        for name, kinds in TOKENS.items():
            for decimals in kinds:
                token = TokenTwin(name, decimals, self.chain.deploy(f"mocks/{name}", decimals), self.contract.address)
                for actor in ACTORS:
                    self.chain.call(token.contract, "mint", [actor, WEALTH], DEPLOYER)
                    for spender in (self.contract, self.gold):
                        self.chain.call(token.contract, "approve", [spender.address, 2**256 - 1], actor)
                arbitrator = self.chain.deploy("mocks/DishonestArbitrator", token.address, 0, MAX_DURATION)
                self.markets.append(ArbitratorTwin(token=token, cost=0, max_duration=MAX_DURATION, contract=arbitrator))


@cache
def world() -> World:
    return World()


class Side(NamedTuple):
    """A contract with a ledger, its model, and what its events alone tell."""

    contract: Contract
    model: Escrow | Gold
    replay: Replay | GoldReplay
    prefix: str  # of its functions in statistics


class Pair:
    """One run: the contracts and the models from the same start."""

    def __init__(self, world: World, statistics: Statistics) -> None:
        self.world = world
        self.statistics = statistics
        self.chain = world.chain
        self.contract = world.contract
        self.checkpoint = self.chain.evm.snapshot()
        self.model = Escrow(PERIOD_FLOOR, SINK)
        self.replay = Replay(SINK)
        self.gold = Gold(self.model, PERIOD_FLOOR)
        self.gold_replay = GoldReplay(SINK, self.replay)
        self.escrow_side = Side(self.contract, self.model, self.replay, "")
        self.gold_side = Side(world.gold, self.gold, self.gold_replay, "GoldTest.")
        self.sides = (self.escrow_side, self.gold_side)
        self.surplus: Counter[tuple[TokenTwin, str]] = Counter()  # sent to a contract by hand
        self.markets: list[ArbitratorTwin] = []
        self.grader = copy(world.grader)
        self.final: set[int] = set()  # tasks, submissions and challenges that have been looked at and can't change
        self.sound = True  # nothing has failed yet
        self.parameter_words: dict[int, bytes] = {}
        self.watch = Watch(self.chain)

    def join_market(self, index: int) -> ArbitratorTwin:
        """A fresh twin of one of the world's arbitrators, with its token."""
        original = self.world.markets[index % len(self.world.markets)]
        for market in self.markets:
            if market.contract is original.contract:
                return market
        market = copy(original)
        market.token = copy(original.token)
        market.token.balances = dict.fromkeys(ACTORS, WEALTH)
        self.markets.append(market)
        return market

    def undo(self) -> None:
        self.chain.evm.revert(self.checkpoint)

    # Calls

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
        """
        Makes one call of both; returns what the model returned, or None if both refused for the same reason.
        `side`: whose function it is, the escrow's if it is not said.

        `through`: a call of another contract that makes this one. `touched`: the market whose twins the call may
        change. `told`: what the events repeat from the arguments.
        """
        side = side or self.escrow_side
        self.statistics.steps += 1
        self.sound = False
        for market in self.markets:
            self.hold(market.token, side.contract)
        kept = (copy(touched), dict(touched.token.balances)) if touched else None
        result = refusal = None
        try:
            result = call()
        except RefusedError as error:
            refusal = error.reason
            if touched and kept:
                touched.disputes, touched.token.balances = kept[0].disputes, kept[1]
        reverted = output = None
        try:
            output = self._send(side.contract, function, arguments, actor, through)
        except RevertedError as error:
            reverted = error.reason
        name = side.prefix + function
        context = f"{name}{tuple(arguments)} by {actor} at {self.chain.now}"
        note(f"{context}: {'accepted' if refusal is None else refusal}")
        assert refusal == reverted, f"{context}: model {refusal!r}, contract {reverted!r}"

        if refusal is not None:
            self.statistics.refused[name] += 1
            self.statistics.reasons[refusal] += 1
            self.sound = True
            return None
        self.statistics.accepted[name] += 1
        if isinstance(result, int) and through is None:
            assert int.from_bytes(output) == result, f"{context}: returned {output!r}, not {result}"
        events = side.model.events
        expected = [side.contract.log(event.name, self._abi_fields(event, told)) for event in events]
        logged = self.chain.logs(side.contract)
        assert logged == expected, f"{context}: told {logged}, not {events}"
        for event in events:
            side.replay.apply(event, self.chain.now)
            if event.name == "Settled":
                self.statistics.outcomes[event.fields["outcome"]] += 1
        rejected = [event.fields["submission"] for event in events if event.name == "Rejected"]
        assert self.replay.rejected_submissions_lose_enough(rejected), f"{context}: E8: a rejection was too cheap"
        self.sound = True
        return result

    def hold(self, token: TokenTwin, contract: Contract) -> None:
        """Tokens pay, and are paid by, this contract next, whose lock keeps off what they call back."""
        token.holder = contract.address
        if token.calls_back not in ("", contract.address):
            token.calls_back = ""
            self.chain.call(token.contract, "set_call", [NOBODY, b""], KEEPER)

    def _send(self, contract: Contract, function: str, arguments: Sequence[Any], actor: str, through: Any) -> bytes:
        if through:
            return self.chain.call(*through, sender=actor)
        data = contract.calldata(function, arguments)
        if self.statistics.steps % 5 == 0:
            # Every fifth call comes through the relay.
            return self.chain.send(contract.address, data + bytes.fromhex(actor[2:]), RELAY)
        return self.chain.send(contract.address, data, actor)

    def _abi_fields(self, event: Event, told: dict[str, Any]) -> dict[str, Any]:
        fields = {**told, **event.fields}
        for name, value in fields.items():
            if isinstance(value, Opening | ChallengeOpening):
                fields[name] = self.hash(value)
            elif isinstance(value, TokenTwin | ArbitratorTwin):
                fields[name] = value.address
            elif isinstance(value, Parameters):
                fields[name] = self.abi_parameters(value)
            elif isinstance(value, frozenset):
                fields[name] = mask(value)
            elif name == "gold":
                fields[name] = gold_bytes(value)
        return fields

    # What is opaque to the model

    def abi_parameters(self, p: Parameters) -> tuple[Any, ...]:
        return (
            p.arbitrator.address,  # type: ignore[attr-defined]
            self.world.gate.address if p.allowed else NOBODY,
            self._grader_address(p),
            p.reward,
            p.stake,
            p.items,
            p.batch_size,
            p.redundancy,
            p.tolerance_bps,
            p.deadline,
            p.work_period,
            p.publish_period,
            p.challenge_period,
            p.response_period,
            p.arbitration_timeout,
            p.availability_bond,
            p.royalty_bps,
            p.terms,
        )

    def _grader_address(self, p: Parameters) -> str:
        if p.grader is None:
            return NOBODY
        return (self.world.gold if p.grader is self.gold else self.grader.contract).address

    def hash(self, value: Opening | ChallengeOpening | bytes | None) -> bytes:
        """The commitment to an opening; anything else stands for itself."""
        if value is None:
            return ZERO
        return value if isinstance(value, bytes) else hash_of(self.contract.address, value)

    # Comparison

    def check(self, everything: bool = False) -> None:
        """
        The contract's whole state against the model's, and the invariants on it.

        What should not have changed is looked at now and then, what is final once; all of it if `everything` is.
        """
        self.sound = False
        model = self.model
        self.watch.begin(everything=everything)
        if everything:
            self.final.clear()
        self._expect("task_count", [], word(len(model.tasks)))
        for key, task in model.tasks.items():
            p = task.parameters
            if self._may_change(key, final=task.closed):
                self._expect("task", [key], self._task_words(key, task), self.world.lens)
                self._expect("accepted_labels", [key], word(task.accepted), self.world.lens)
            unpaid = sum(s.labels for submission, s in model.submissions.items() if submission >> 64 == key and s.live)
            assert task.closed or task.pot >= p.reward * unpaid, "E6: the pot does not cover the live slots"
            for slot in range(min(p.slots, MOST_SLOTS)):
                submission = key << 64 | slot
                s = model.submissions.get(submission)
                is_final = s.settled == s.filed and not s.live if s else task.closed
                if self._may_change(submission, is_final):
                    self._expect("submission", [submission], self._submission_words(p, slot, s), self.world.lens)
                    if s:
                        self._expect_marks("wrong", submission, s.items, s.wrong)
                        self._expect_marks("shown", submission, s.items, s.shown)
        assert all(s.errors == len(s.wrong) for s in model.submissions.values()), "E4: a label was counted twice"
        for key, s in model.submissions.items():
            stake = self.replay.stakes[key]
            assert not s.live or s.stake_left == stake.locked - stake.advanced, "E3: another stake is locked"
        for key, challenge in model.challenges.items():
            if self._may_change(key, final=challenge.state == ChallengeState.SETTLED):
                self._expect("challenge", [key], self._challenge_words(challenge), self.world.lens)
        for (task, batch), b in self.gold.batches.items():
            if self._may_change(task << 128 | batch << 64 | 2**63, final=b.released or b.waived_at is not None):
                self._check_batch(task, batch, b)
        for side in self.sides:
            for market in self.markets:
                self._check_money(side, market.token)
        self.sound = True

    def _check_batch(self, task: int, batch: int, b: GoldBatch) -> None:
        gold, now = self.gold, self.chain.now
        submission, size = task << 64 | batch, self.model.tasks[task].parameters.batch_size
        fixed_at = gold.fixed_at(task, batch)
        words = (
            gold.phase(task, batch, now),
            b.sealed_at or 0,
            b.opened_at or 0,
            fixed_at if now >= fixed_at else 0,
            ZERO if b.opened_at is None else keccak(gold_bytes(b.gold)),
            mask(b.dropped),
            len(b.disputes),
            b.settled,
            b.cost,
            b.deposit,
        )
        contract = self.world.gold
        self._expect("batch", [task, batch], b"".join(map(word, words)), contract)
        self._expect("publish_until", [submission], word(gold.publish_until(submission, now)), contract)
        tested = mask(position for number, position in enumerate(b.gold) if number not in b.dropped)
        for number in range(-(-size // 256)):
            self._expect("tested", [task, batch, number], word(tested >> 256 * number & 2**256 - 1), contract)
        for number, dispute in enumerate(b.disputes):
            self._expect("gold_dispute", [submission << 64 | number], dispute_words(dispute), contract)

    def _check_money(self, side: Side, token: TokenTwin) -> None:
        """E1 of the escrow, G3 of GoldTest, and E2 of both."""
        address = side.contract.address
        for actor in (*ACTORS, SINK):
            free = side.model.free[token, actor]
            self._expect("free", [token.address, actor], word(free), side.contract)
            assert side.replay.accounts[token, actor].free == free, "E2: the events tell another balance"
        held = int.from_bytes(self.chain.ask(token.contract, "balanceOf", [address]))
        assert held == token.balances.get(address, 0)
        assert held == side.model.liabilities(token) + self.surplus[token, address], (
            "E1, G3: money is missing or too much"
        )

    def _may_change(self, key: int, final: bool) -> bool:
        """Also true for what is final, the first time that it is asked."""
        if key in self.final:
            return False
        if final:
            self.final.add(key)
        return True

    def _expect_marks(self, view: str, submission: int, items: range, marked: set[int]) -> None:
        for number in range(-(-len(items) // 256)):
            bits = sum(1 << place % 256 for item in marked if (place := item - items.start) // 256 == number)
            self._expect(view, [submission, number], word(bits))

    def _expect(self, view: str, arguments: Sequence[Any], expected: bytes, contract: Contract | None = None) -> None:
        self.watch.expect(contract or self.contract, view, arguments, expected)

    def _task_words(self, key: int, task: Task) -> bytes:
        if key not in self.parameter_words:
            self.parameter_words[key] = b"".join(word(value) for value in self.abi_parameters(task.parameters))
        rest = (
            task.requester,
            task.token.address,  # type: ignore[attr-defined]
            task.live,
            task.accepted,
            task.delivered,
            task.publish_from,
            task.cancelled,
            task.closed,
        )
        return self.parameter_words[key] + b"".join(word(value) for value in rest)

    def _submission_words(self, p: Parameters, slot: int, s: Submission | None) -> bytes:
        labels = len(p.batch_of(slot))
        if s is None:
            values: tuple[Any, ...] = (0, 0, 0, 0, 0, 0, 0, labels, p.stake * labels, 0, 0)
        else:
            is_sealed = s.state in (SubmissionState.COMMITTED, SubmissionState.FORFEITED)
            is_delivered = not is_sealed and s.state != SubmissionState.TAKEN
            values = (
                s.annotator,
                s.state,
                0 if is_delivered else s.due_at,
                s.window_end,
                s.errors,
                self.hash(s.root) if is_sealed else ZERO,
                self.hash(s.root) if is_delivered else ZERO,
                s.labels,
                s.stake,
                s.filed,
                s.settled,
            )
        return b"".join(word(value) for value in values)

    def _challenge_words(self, f: Challenge) -> bytes:
        values = (
            f.challenger,
            f.kind,
            f.state,
            f.filed_at,
            f.defended_at,
            len(f.indices),
            f.ruling,
            f.bond,
            indices_hash(f.indices),
            f.defender,
            f.fee,
        )
        return b"".join(word(value) for value in values)


@lru_cache(maxsize=2**12)
def hash_of(escrow: str, value: Opening | ChallengeOpening) -> bytes:
    if isinstance(value, ChallengeOpening):
        return challenge_commitment(CHAIN_ID, escrow, value.submission, value.challenger, value.indices, value.salt)
    return commitment(CHAIN_ID, escrow, value.submission, value.annotator, value.root, value.uri, value.salt)


@lru_cache(maxsize=2**12)
def indices_hash(indices: tuple[int, ...]) -> bytes:
    return hash_indices(indices)


@cache
def salt_of(number: int) -> bytes:
    return keccak(number.to_bytes(32))


def mask(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def dispute_words(d: Dispute) -> bytes:
    state = GoldDisputeState.FILED if d.ruling is None else GoldDisputeState.RULED
    values = (
        d.disputer,
        state if d.outcome is None else GoldDisputeState.SETTLED,
        d.filed_at,
        d.ruling or 0,
        mask(d.numbers),
        d.fee,
        d.won,
    )
    return b"".join(map(word, values))
