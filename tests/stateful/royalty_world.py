"""The pool on a chain and its model side by side: every call is made to both, and after each all is compared."""

from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_utils import keccak
from hypothesis import note

from goldleaf.labels import LabelSet
from goldleaf.signing.commitments import challenge_commitment, commitment
from goldleaf_tools.rules.refusal import RefusedError
from goldleaf_tools.rules.royalty import Label, RoyaltyPool, Submission, Task
from tests.chains import deploy_escrow
from tests.stateful.chain import CHAIN_ID, Chain, RevertedError, Watch, account, word
from tests.stateful.counterparties import TOKENS, TokenTwin

PERIOD_FLOOR = 100
WEALTH = 10**38  # what each actor owns of each token
DAY = 86_400

DEPLOYER, KEEPER, RELAY, REQUESTER, SINK = account(0), account(10), account(11), account(12), account(13)
ANNOTATORS = [account(number) for number in range(1, 5)]
ACTORS = [*ANNOTATORS, account(5), REQUESTER]  # the fifth has never labelled anything
NOBODY = "0x" + "00" * 20
SALT, URI = keccak(b"salt"), "ipfs://labels"
# Contributors' part in the two tasks of each market.
BPS = ((1234, 10_000), (10_000, 0), (3333, 1), (1, 9_999), (5000, 777))


@dataclass(frozen=True)
class Terms:
    """Of a task: labels asked for are `items * redundancy`."""

    items: int
    batch_size: int
    redundancy: int
    deadline: int
    royalty_bps: int

    def batch(self, slot: int) -> range:
        batches = -(-self.items // self.batch_size)
        first = slot % batches * self.batch_size
        return range(first, min(first + self.batch_size, self.items))


class World:
    """Deployed once per process; each run of the machine starts from the same state and is then undone.

    For each token there are two tasks. The first is closed: of six submissions one was rejected, one has a label that
    was proven wrong, and one slot was never taken. The second has been paid and can be closed.
    """

    def __init__(self) -> None:
        self.chain = Chain()
        self.escrow = deploy_escrow(self.chain.deploy, RELAY, period_floor=PERIOD_FLOOR, sink=SINK)["TaskEscrow"]
        self.contract = self.chain.deploy("RoyaltyPool", RELAY, self.escrow.address)
        self.tokens: list[TokenTwin] = []
        self.tasks: dict[int, tuple[Terms, int]] = {}  # terms, number of the token
        self.submissions: dict[int, Submission] = {}
        for name, kinds in TOKENS.items():
            for decimals in kinds:
                self._open_market(name, decimals)
        self._play()

    def call(self, function: str, *arguments: Any, sender: str = KEEPER) -> bytes:
        return self.chain.call(self.escrow, function, arguments, sender)

    def _open_market(self, name: str, decimals: int) -> None:
        contract = self.chain.deploy(f"mocks/{name}", decimals)
        number = len(self.tokens)
        self.tokens.append(TokenTwin(name, decimals, contract, self.contract.address))
        arbitrator = self.chain.deploy("mocks/DishonestArbitrator", contract.address, 0, 500)
        for actor in ACTORS:
            self.chain.call(contract, "mint", [actor, WEALTH + 10**6], DEPLOYER)
            self.chain.call(contract, "approve", [self.escrow.address, 10**6], actor)
            self.call("deposit", contract.address, 10**6, actor, sender=actor)
            self.chain.call(contract, "approve", [self.contract.address, 2**256 - 1], actor)
        first, second = BPS[number % len(BPS)]
        soon, late = self.chain.now + 2 * DAY, self.chain.now + 300 * DAY
        for terms in (Terms(5, 2, 2, soon, first), Terms(4, 3, 1, late, second)):
            parameters = (
                *(arbitrator.address, NOBODY, NOBODY, 10, 100, terms.items, terms.batch_size, terms.redundancy, 5000),
                *(terms.deadline, 200, 200, 4000, 1000, 1000, 10, terms.royalty_bps, keccak(b"manifest")),
            )
            task = int.from_bytes(self.call("open", parameters, "", sender=REQUESTER))
            self.tasks[task] = (terms, number)

    def _play(self) -> None:
        """Brings all tasks to where a run starts."""
        paired = [task for task, (terms, _) in self.tasks.items() if terms.redundancy == 2]
        single = [task for task, (terms, _) in self.tasks.items() if terms.redundancy == 1]
        # Slots 0 and 3, 1 and 4, 2 and 5 are siblings; slot 4 stays open.
        holders = {0: 0, 1: 0, 2: 1, 3: 2, 5: 3}
        for task in paired:
            for slot, holder in holders.items():
                self._take(task, slot, ANNOTATORS[holder])
        for task in single:
            for slot in (0, 1):
                self._take(task, slot, ANNOTATORS[slot])
        self.chain.now = max(self.tasks[task][0].deadline for task in paired)
        for task in paired:
            for slot in holders:
                self._publish(task, slot)
        challenger = ACTORS[4]
        # Of slot 0, one label is wrong, which is tolerated; of slot 5, the label is withheld.
        for task in paired:
            committed = challenge_commitment(CHAIN_ID, self.escrow.address, task << 64, challenger, [1], SALT)
            self.call("commit_challenge", committed, sender=challenger)
        self.chain.now += 60
        for task in paired:
            self.call("challenge", task << 64, [1], 5, SALT, URI, SALT, sender=challenger)
            self.call("challenge_availability", task << 64 | 5, [4], sender=challenger)
        self.chain.now += 1000
        for task in paired:
            self.call("settle", task << 64 << 64, [1])
            self.call("settle", (task << 64 | 5) << 64, [4])
        self.chain.now += 4000
        for task in self.tasks:
            for slot in holders if task in paired else (0, 1):
                if task in single or slot != 5:
                    self.call("claim", task << 64 | slot)
        for task in paired:
            self.call("close", task)
        for task in self.tasks:
            for slot, annotator in self._annotators(task, holders).items():
                labels = len(self.tasks[task][0].batch(slot))
                rejected, wrong = task in paired and slot == 5, task in paired and slot == 0
                self.submissions[task << 64 | slot] = Submission(annotator, 0 if rejected else labels - wrong)

    def _annotators(self, task: int, holders: dict[int, int]) -> dict[int, str]:
        if self.tasks[task][0].redundancy == 2:
            return {slot: ANNOTATORS[holder] for slot, holder in holders.items()}
        return {slot: ANNOTATORS[slot] for slot in (0, 1)}

    def _labels(self, task: int, slot: int) -> LabelSet:
        items = self.tasks[task][0].batch(slot)
        return LabelSet([f"label of item {item}" for item in items], first=items.start)

    def _take(self, task: int, slot: int, annotator: str) -> None:
        submission = task << 64 | slot
        self.call("take", task, slot, b"", sender=annotator)
        root = self._labels(task, slot).root
        if self.tasks[task][0].redundancy == 2:
            sealed = commitment(CHAIN_ID, self.escrow.address, submission, annotator, root, URI, SALT)
            self.call("commit", submission, sealed, sender=annotator)
        else:
            self.call("publish", submission, root, SALT, URI, sender=annotator)

    def _publish(self, task: int, slot: int) -> None:
        self.call("publish", task << 64 | slot, self._labels(task, slot).root, SALT, URI)

    def model(self, tokens: Sequence[TokenTwin]) -> RoyaltyPool:
        """The pool as it is now: nobody has enrolled."""
        tasks = {
            task: Task(
                requester=REQUESTER,
                token=tokens[number],
                asked=terms.items * terms.redundancy,
                royalty_bps=terms.royalty_bps,
                closed=terms.redundancy == 2,
                labels=[
                    Label(submission)
                    for submission, known in self.submissions.items()
                    if submission >> 64 == task
                    for _ in range(known.accepted)
                ],
            )
            for task, (terms, number) in self.tasks.items()
        }
        return RoyaltyPool(tasks, self.submissions)


@cache
def world() -> World:
    return World()


class Statistics:
    """Counts over all runs of this process."""

    def __init__(self) -> None:
        self.steps = 0
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.deep: Counter[str] = Counter()


class Pair:
    """One run: the contract and the model from the same start, in two of the world's markets."""

    prefix = ""  # of functions in statistics
    actors: Sequence[str] = ACTORS  # who may own shares and free balances

    def __init__(self, world: World, statistics: Statistics, markets: Sequence[int]) -> None:
        self.world = world
        self.statistics = statistics
        self.chain = world.chain
        self.contract = world.contract
        self.checkpoint = self.chain.evm.snapshot()
        self.start = self.chain.now
        self.tokens = [copy(token) for token in world.tokens]
        self.markets = sorted({number % len(self.tokens) for number in markets})
        for number in self.markets:
            self.tokens[number].balances = dict.fromkeys(ACTORS, WEALTH)
        self.model = world.model(self.tokens)
        self.tasks = [task for task, (_, number) in world.tasks.items() if number in self.markets]
        self.surplus: Counter[TokenTwin] = Counter()  # sent to the pool by hand
        self.watch = Watch(self.chain)

    def undo(self) -> None:
        self.chain.evm.revert(self.checkpoint)
        self.chain.now = self.start

    def attempt(
        self,
        function: str,
        arguments: Sequence[Any],
        actor: str,
        call: Callable[[], Any],
        touched: TokenTwin | None = None,
    ) -> Any:
        """Makes one call of both; returns what the model returned, or None if both refused for the same reason.

        `touched` is the token that the call moves.
        """
        self.statistics.steps += 1
        kept = dict(touched.balances) if touched else {}
        result = refusal = reverted = output = None
        try:
            result = call()
        except RefusedError as error:
            refusal = error.reason
            if touched:
                touched.balances = kept
        try:
            output = self._send(function, arguments, actor)
        except RevertedError as error:
            reverted = error.reason
        context, name = f"{function}{tuple(arguments)} by {actor}", self.prefix + function
        note(f"{context}: {'accepted' if refusal is None else refusal}")
        assert refusal == reverted, f"{context}: model {refusal!r}, contract {reverted!r}"
        if refusal is not None:
            self.statistics.refused[name] += 1
            self.statistics.reasons[refusal] += 1
            return None
        self.statistics.accepted[name] += 1
        if isinstance(result, int):
            assert output is not None and int.from_bytes(output) == result, f"{context}: returned {output!r}"
        expected = [self.contract.log(event.name, abi_fields(event.fields)) for event in self.model.events]
        assert self.chain.logs(self.contract) == expected, f"{context}: not told as {self.model.events}"
        return result

    def _send(self, function: str, arguments: Sequence[Any], actor: str) -> bytes:
        data = self.contract.calldata(function, arguments)
        if self.statistics.steps % 5 == 0:
            # Every fifth call comes through the relay.
            return self.chain.send(self.contract.address, data + bytes.fromhex(actor[2:]), RELAY)
        return self.chain.send(self.contract.address, data, actor)

    def check(self, everything: bool = False) -> None:
        """The contract's whole state against the model's, and the invariants on it.

        What should not have changed is looked at now and then, or if `everything` is.
        """
        self.watch.begin(everything=everything)
        model = self.model
        for task in self.tasks:
            t = model.tasks[task]
            assert t.enrolled <= len(t.labels)
            waiting = sum(label.earned for label in t.labels if label.owner is None)
            assert waiting == t.per_share * (len(t.labels) - t.enrolled)
            if t.closed:
                token: Any = t.token
                known = (t.requester, token.address, t.asked, len(t.labels), t.enrolled, t.royalty_bps, t.paid)
                self._expect("data_set", [task], *known, t.per_share, t.requester_share, t.requester_collected, t.dust)
            self._expect("totalSupply", [task], t.enrolled)
            self._expect("offer", [task], t.price, t.terms)
            self._expect("license_count", [task], len(t.licenses))
            for number, license in enumerate(t.licenses):
                self._expect("license", [task << 64 | number], *license)
            for actor in self.actors:
                self._expect("balanceOf", [actor, task], len(t.shares(actor)))
                if t.enrolled:
                    self._expect("collectable", [task, actor], t.due(actor))
        for submission in model.submissions:
            if submission >> 64 in self.tasks:
                self._expect("is_enrolled", [submission], submission in model.enrolled)
        for (owner, spender, task), amount in model.allowances.items():
            self._expect("allowance", [owner, spender, task], amount)
        for (owner, spender), approved in model.operators.items():
            self._expect("isOperator", [owner, spender], approved)
        for number in self.markets:
            token = self.tokens[number]
            for actor in self.actors:
                self._expect("free", [token.address, actor], model.free[token, actor])
            held = int.from_bytes(self.chain.ask(token.contract, "balanceOf", [self.contract.address]))
            assert held == token.balances.get(self.contract.address, 0)
            assert held == model.liabilities(token) + self.surplus[token], "money is missing"

    def _expect(self, view: str, arguments: Sequence[Any], *values: Any) -> None:
        self.watch.expect(self.contract, view, arguments, b"".join(map(word, values)))


def abi_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """An event's fields as the ABI has them."""
    return {
        name: value.address if isinstance(value, TokenTwin) else NOBODY if value is None else value
        for name, value in fields.items()
    }
