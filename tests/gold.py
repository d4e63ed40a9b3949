"""GoldTest deployed in process beside the escrow whose tasks it tests: what fixtures, attacks and Hypothesis build on.

The helpers bring a batch to the state that a test starts from, and pay for what they do. Whatever a test is about, it
calls itself: `world.gold.open_gold(...)`.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.canonical import to_canonical
from goldleaf.ids import submission_id
from goldleaf.labels import LabelSet
from goldleaf.signing.commitments import commitment
from goldleaf.types import NOT_HEARD, ZERO_ADDRESS, SubmissionState
from tests.chains import Address, Chain, InProcessChain, deploy_escrow
from tests.protocol import DAY, EVIDENCE, HOUR, SALT, SINK, URI, deposit, provide

OPENING_PERIOD = 3 * DAY
DISPUTE_PERIOD = 5 * DAY
PUBLISH_PERIOD = 2 * DAY
ARBITRATION_TIMEOUT = 20 * DAY
MAX = 2**256 - 1


def digest(label: Any) -> bytes:
    return keccak(to_canonical(label))


def ranked(labels: Sequence[Any]) -> list[Any]:
    """The labels of a test's classes in the order of their digests."""
    return sorted(labels, key=digest)


def gold_list(positions: Sequence[int]) -> bytes:
    return b"".join(position.to_bytes(2, "big") for position in positions)


def gold_dispute_id(task: int, batch: int, number: int) -> int:
    return (task << 64 | batch) << 64 | number


@dataclass
class Terms:
    """The terms of a graded task and of its test: two batches of 20 items, each labelled twice, five gold items of each
    of two classes in a graded batch, four errors allowed."""

    items: int = 40
    batch_size: int = 20
    redundancy: int = 2
    stake: int = 3_000_001
    reward: int = 50_001
    tolerance_bps: int = 1000
    work_period: int = 2 * DAY
    deadline: int = 30 * DAY  # from the opening
    publish_period: int = PUBLISH_PERIOD
    arbitration_timeout: int = ARBITRATION_TIMEOUT
    classes: Sequence[Any] = field(default_factory=lambda: ranked(["benign", "malignant"]))
    counts: Sequence[int] = (5, 5)
    allowed: int = 4
    opening_period: int = OPENING_PERIOD
    dispute_period: int = DISPUTE_PERIOD

    @property
    def size(self) -> int:
        return sum(self.counts)

    @property
    def batches(self) -> int:
        return self.items // self.batch_size

    @property
    def answers(self) -> list[Any]:
        """The right label of each gold number."""
        return [label for label, count in zip(self.classes, self.counts, strict=True) for _ in range(count)]

    def deposit(self, cost: int) -> int:
        return cost * (self.redundancy + min(self.redundancy, self.size // 10 + 1))


@dataclass(frozen=True)
class Work:
    """One committed submission as its annotator sees it."""

    submission: int
    annotator: Address
    labels: LabelSet


class GoldWorld:
    """One token, arbitrator, escrow and GoldTest. `token` and `arbitrator` name contracts of contracts/mocks."""

    def __init__(
        self,
        token: str = "TokenMock",
        arbitrator: str = "MockArbitrator",
        decimals: int = 6,
        cost: int = 3,
        relay: Address = ZERO_ADDRESS,
        chain: Chain | None = None,
    ) -> None:
        self.chain = chain or InProcessChain()
        self.unit = 10**decimals
        self.cost = cost * self.unit
        self.token = self.chain.deploy(f"mocks/{token}", decimals)
        self.arbitrator = self.chain.deploy(f"mocks/{arbitrator}", self.token, self.cost, 10 * DAY)
        contracts = deploy_escrow(self.chain.deploy, relay, period_floor=HOUR)
        self.escrow, self.lens = contracts["TaskEscrow"], contracts["Lens"]
        self.gold = self.chain.deploy("GoldTest", relay, self.escrow)
        self.accounts: list[Address] = []
        self.requester = self.account()
        self.terms: dict[int, Terms] = {}
        self.opened: dict[tuple[int, int], list[int]] = {}  # gold positions, by task and batch

    def copy(self) -> "GoldWorld":
        """The same contracts, with notes of its own."""
        world = copy(self)
        world.accounts, world.terms, world.opened = list(self.accounts), dict(self.terms), dict(self.opened)
        return world

    def state(self, submission: int) -> SubmissionState:
        """Where a submission stands."""
        return SubmissionState(self.lens.submission(submission).state)

    @property
    def now(self) -> int:
        return self.chain.now

    def travel(self, seconds: int) -> None:
        self.chain.travel(seconds)

    def travel_to(self, time: int) -> None:
        self.chain.travel(time - self.now)

    # ------------------------------------------------------------ accounts and money

    def account(self) -> Address:
        account = self.chain.account()
        self.accounts.append(account)
        return account

    def free(self, account: Address) -> int:
        """In GoldTest."""
        return int(self.gold.free(self.token, account))

    def fund(self, account: Address, amount: int) -> None:
        """Mints the amount to the account and deposits it in GoldTest."""
        deposit(self.token, self.gold, account, amount)

    def provide(self, account: Address, amount: int) -> None:
        """Funds what the account lacks of a free balance in GoldTest of this amount."""
        provide(self.token, self.gold, account, amount)

    def held(self) -> int:
        """What GoldTest owes: free balances, deposits and bonds, base units."""
        owed = sum(self.free(account) for account in [*self.accounts, SINK])
        for task, terms in self.terms.items():
            for batch in range(terms.batches):
                state = self.gold.batch(task, batch)
                owed += state.deposit
                for number in range(state.settled, state.filed):
                    owed += self.gold.gold_dispute(gold_dispute_id(task, batch, number)).fee
        return owed

    def assert_conserved(self) -> None:
        assert self.token.balanceOf(self.gold) == self.held()

    # ------------------------------------------------------------ tasks and work

    def open(self, terms: Terms | None = None, grader: Address | None = None) -> int:
        """A graded task whose test is not set up."""
        terms = terms or Terms()
        provide(self.token, self.escrow, self.requester, terms.reward * terms.items * terms.redundancy)
        parameters = (
            self.arbitrator.address,
            ZERO_ADDRESS,
            grader or self.gold.address,
            terms.reward,
            terms.stake,
            terms.items,
            terms.batch_size,
            terms.redundancy,
            terms.tolerance_bps,
            self.now + terms.deadline,
            terms.work_period,
            terms.publish_period,
            4 * DAY,
            2 * DAY,
            terms.arbitration_timeout,
            terms.reward,
            0,
            keccak(b"manifest"),
        )
        task = int(self.escrow.open(parameters, "ipfs://manifest", sender=self.requester))
        self.terms[task] = terms
        return task

    def set_up(self, task: int, sender: Address | None = None, **changed: Any) -> None:
        terms = self.terms[task]
        arguments = {
            "classes": [digest(label) for label in terms.classes],
            "counts": list(terms.counts),
            "allowed": terms.allowed,
            "opening_period": terms.opening_period,
            "dispute_period": terms.dispute_period,
        } | changed
        self.gold.set_up(task, *arguments.values(), sender=sender or self.requester)

    def tested(self, terms: Terms | None = None) -> int:
        """A graded task whose test is set up."""
        task = self.open(terms)
        self.set_up(task)
        return task

    def deadline(self, task: int) -> int:
        return int(self.escrow.task_words(task)[0] >> 142 & 2**40 - 1)

    def positions(self, task: int) -> list[int]:
        """Gold positions for a batch, spread over it, in the order of a gold list."""
        terms = self.terms[task]
        step = terms.batch_size // terms.size
        spread = [number * step for number in range(terms.size)]
        # Classes take turns, so that the list is not rising as a whole.
        grouped: list[int] = []
        left = list(spread)
        for count in terms.counts:
            stride = max(1, len(left) // count)
            chosen = left[::stride][:count]
            grouped += chosen
            left = [position for position in left if position not in chosen]
        return grouped

    def labels(self, task: int, batch: int, wrong: Sequence[int] = (), constant: Any = None) -> LabelSet:
        """The labels of a batch by somebody who errs on these gold numbers alone, or gives one label to every item."""
        terms = self.terms[task]
        given = [terms.classes[0]] * terms.batch_size
        for number, position in enumerate(self.positions(task)):
            right = terms.answers[number]
            other = next(label for label in terms.classes if label != right)
            given[position] = other if number in wrong else right
        if constant is not None:
            given = [constant] * terms.batch_size
        return LabelSet(given, first=batch * terms.batch_size)

    def take(self, task: int, slot: int, annotator: Address | None = None) -> int:
        annotator = annotator or self.account()
        provide(self.token, self.escrow, annotator, self.terms[task].stake * self.terms[task].batch_size)
        return int(self.escrow.take(task, slot, b"", sender=annotator))

    def commit(self, task: int, slot: int, labels: LabelSet | None = None, annotator: Address | None = None) -> Work:
        """Takes the slot and commits labels, right ones if none are given."""
        annotator = annotator or self.account()
        labels = labels or self.labels(task, slot % self.terms[task].batches)
        submission = self.take(task, slot, annotator)
        work = Work(submission, annotator, labels)
        self.escrow.commit(submission, self.commitment(work), sender=annotator)
        return work

    def commitment(self, work: Work) -> bytes:
        escrow = self.escrow.address
        return commitment(self.chain.id, escrow, work.submission, work.annotator, work.labels.root, URI, SALT)

    def sealed(self, task: int, batch: int = 0, wrong: Sequence[Sequence[int]] = ()) -> list[Work]:
        """All submissions of a batch, committed; `wrong` are the gold numbers on which each errs."""
        terms = self.terms[task]
        errors = [*wrong, *[()] * (terms.redundancy - len(wrong))]
        return [
            self.commit(task, batch + j * terms.batches, self.labels(task, batch, errors[j]))
            for j in range(terms.redundancy)
        ]

    # ------------------------------------------------------------ gold

    def open_gold(self, task: int, batch: int = 0, positions: Sequence[int] | None = None) -> list[int]:
        """Opens the gold of a sealed batch, at `positions(task)` unless told others."""
        positions = list(self.positions(task) if positions is None else positions)
        cost = self.arbitrator.arbitration_cost()
        self.provide(self.requester, self.terms[task].deposit(cost))
        self.gold.open_gold(task, batch, gold_list(positions), cost, sender=self.requester)
        self.opened[task, batch] = positions
        return positions

    def graded(self, terms: Terms | None = None, wrong: Sequence[Sequence[int]] = ()) -> tuple[int, list[Work]]:
        """A task whose first batch is committed and its gold opened."""
        task = self.tested(terms)
        works = self.sealed(task, wrong=wrong)
        self.open_gold(task)
        return task, works

    def list_of(self, task: int, batch: int = 0) -> bytes:
        return gold_list(self.opened[task, batch])

    def right(self, task: int, work: Work, batch: int = 0) -> list[int]:
        """The gold numbers that the submission has right and that are not dropped, in the order of rising positions."""
        terms, positions = self.terms[task], self.opened[task, batch]
        dropped = self.gold.batch(task, batch).dropped
        first = batch * terms.batch_size
        return sorted(
            (
                number
                for number, position in enumerate(positions)
                if not dropped >> number & 1 and work.labels.value(first + position) == terms.answers[number]
            ),
            key=lambda number: positions[number],
        )

    def answers(
        self, task: int, work: Work, batch: int = 0, right: Sequence[int] | None = None, **changed: Any
    ) -> bytes:
        """What proves the gold numbers `right`: all that are if none are named. `changed` parts are put in."""
        right = self.right(task, work, batch) if right is None else right
        first = batch * self.terms[task].batch_size
        items = [first + self.opened[task, batch][number] for number in right]
        parts = {
            "gold_list": self.list_of(task, batch),
            "classes": [digest(label) for label in self.terms[task].classes],
            "numbers": bytes(right),
            "proof": work.labels.multiproof(items),
        } | changed
        return encode(["bytes", "bytes32[]", "bytes", "bytes32[]"], list(parts.values()))

    def publish(self, work: Work, answers: bytes = b"", sender: Address | None = None) -> None:
        self.escrow.publish_graded(
            work.submission, work.labels.root, SALT, URI, answers, sender=sender or work.annotator
        )

    def dispute(self, work: Work, numbers: Sequence[int], disputer: Address | None = None) -> int:
        """Disputes these gold numbers, as the submission's annotator; returns the gold dispute's id."""
        disputer = disputer or work.annotator
        cost = self.arbitrator.arbitration_cost()
        self.provide(disputer, 2 * cost)
        return int(self.gold.dispute_gold(work.submission, list(numbers), cost, EVIDENCE, URI, sender=disputer))

    def rule(self, gold_dispute: int, ruling: int) -> None:
        """Has a MockArbitrator rule."""
        dispute = next(
            dispute
            for dispute in range(self.arbitrator.dispute_count())
            if self.gold.gold_dispute_of(self.arbitrator, dispute) == gold_dispute
        )
        if ruling == NOT_HEARD:
            self.arbitrator.refuse_to_hear(dispute)
        else:
            self.arbitrator.give_ruling(dispute, ruling)

    def settle(self, gold_dispute: int) -> None:
        batch_id = gold_dispute >> 64
        self.gold.settle_gold_dispute(gold_dispute, self.list_of(batch_id >> 64, batch_id & 2**64 - 1))

    def decided(self, work: Work, numbers: Sequence[int], ruling: int) -> int:
        """A dispute that is filed, ruled and settled."""
        gold_dispute = self.dispute(work, numbers)
        self.rule(gold_dispute, ruling)
        self.settle(gold_dispute)
        return gold_dispute

    def pass_dispute_period(self, task: int, batch: int = 0) -> None:
        self.travel_to(self.gold.batch(task, batch).opened_at + self.terms[task].dispute_period)

    def submission(self, task: int, slot: int) -> int:
        return submission_id(task, slot)

    def event(self, name: str) -> dict[str, Any]:
        """The last call's one event of this name, logged by GoldTest."""
        [event] = [
            log for log in self.gold.get_logs() if log.address == self.gold.address and type(log).__name__ == name
        ]
        return {key: value for key, value in event._asdict().items() if key != "address"}
