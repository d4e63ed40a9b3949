"""The test of sealed labels: what the requester knows, one answer of it wrong, and what comes of that."""

from dataclasses import replace
from decimal import Decimal

from eth_utils.crypto import keccak

from goldleaf import GoldTerms, errors, testing
from scripts._actors import EACH_IS_WRONG, NOT_EACH_IS_WRONG, Chance
from scripts._data import Block
from scripts._offers import TESTED_SHARE, Offer
from scripts._record import GoldCase, Hearing, Work
from scripts._scene import Scene

# By which the accuracy that is asked for goes up, until a test fits into a batch.
STEP = Decimal("0.05")


def lay_out(block: Block, offer: Offer, seed: int) -> tuple[Block, testing.Plan]:
    """The items as a task has them, with known ones in as many batches as are to be tested; and the plan of that.

    The requester knows no more answers than that takes, and one of these is wrong. Raises `NoTestFits`,
    `TooFewKnownItems`.
    """
    items, size = len(block.items), offer.batch_size(len(block.items))
    terms = _terms(block, offer, size)
    graded = -(-(TESTED_SHARE * (items // size)) // 1)
    known = _known(
        block, {label: graded * count for label, count in zip(terms.classes, terms.counts, strict=True)}, seed
    )
    plan = testing.arrange(known, items=items, batch_size=size, terms=terms, share=TESTED_SHARE, seed=seed)
    return replace(block, items=[block.items[number] for number in plan.order]), plan


def _terms(block: Block, offer: Offer, size: int) -> GoldTerms:
    """The smallest test by which the least expert keeps the pay; in small batches of somebody who is better."""
    accuracy = offer.trial.accuracy
    while True:
        try:
            found = testing.design(
                classes=len(block.classes),
                accuracy=accuracy,
                stake=int(offer.stake / offer.reward),
                reward=1,
                share=TESTED_SHARE,
                batch_size=size,
            )
        except errors.NoTestFits:
            accuracy += STEP
            if accuracy >= 1:
                raise
        else:
            return found.terms(block.classes)


def _known(block: Block, wanted: dict[str, int], seed: int) -> dict[int, str]:
    """Answers by the items' numbers in the block: so many of each class, one of them wrong.

    The wrong one is of an item that some annotator has right: else nobody could tell.
    """
    chance = Chance(seed).of("known items")
    by_class = {label: [n for n, item in enumerate(block.items) if block.gold[item] == label] for label in wanted}
    for numbers in by_class.values():
        chance.shuffle(numbers)
    told = chance.choice(sorted(wanted))
    spare = [
        number
        for label, numbers in by_class.items()
        if label != told
        for number in numbers[wanted[label] :]
        if any(not block.is_wrong(annotator, block.items[number]) for annotator in block.annotators)
    ]
    if not spare:
        raise errors.TooFewKnownItems("none is left of which an answer could be wrong")
    wrong = chance.choice(spare)
    wanted = {**wanted, told: wanted[told] - 1}
    known = {number: label for label, numbers in by_class.items() for number in numbers[: wanted[label]]}
    return {**known, wrong: told}


class GoldTests:
    """The tests of a play's batches."""

    def __init__(self, scene: Scene, plan: testing.Plan) -> None:
        self._scene = scene
        self._stage = scene.stage
        self.plan = plan
        block = scene.block
        # The item of whose answer the requester is mistaken.
        (self.wrong,) = (item for item, answer in plan.known.items() if answer != block.gold[block.items[item]])
        self.case: GoldCase | None = None

    def is_tested(self, work: Work) -> bool:
        """Whether a submission is in a batch that is tested."""
        return work.slot % self._scene.terms.batches in self.plan.graded

    def set_up(self) -> None:
        """The requester says how many known items there will be, and how many errors pass."""
        requester, terms = self._scene.requester, self.plan.terms
        tests, accuracy = requester.client.tests, self._scene.offer.trial.accuracy
        self._stage.act(requester, "set_up", tests.set_up, self._scene.task, terms, accuracy=accuracy)

    def open(self) -> None:
        """All labels are sealed: the requester shows what some batches are tested on, and waives the others."""
        requester, task = self._scene.requester, self._scene.task
        tests = requester.client.tests
        batches = range(self._scene.terms.batches)
        for batch in self._stage.track(f"{self._scene.offer.requester.capitalize()} opens the gold", batches):
            if batch in self.plan.graded:
                self._stage.provide(requester, tests.ledger, tests.deposit(task))
                self._stage.act(requester, "open_gold", tests.open_gold, task, batch, self.plan.gold(batch))
            else:
                self._stage.act(requester, "waive", tests.waive, task, batch)

    def dispute(self) -> list[Hearing]:
        """Whoever is surest of another answer than the wrong one, and right, has the court rule about it."""
        scene, block = self._scene, self._scene.block
        item = block.items[self.wrong]
        (place,) = (batch for batch in self.plan.graded if self.wrong in self.plan.tested[batch])
        right = [
            work
            for work in scene.works
            if work.slot % scene.terms.batches == place
            and work.annotator.name in block.annotators
            and not block.is_wrong(work.annotator.name, item)
        ]
        work = max(right, key=lambda work: block.conviction[work.annotator.name][item] if block.conviction else 0)
        disputer = work.annotator
        tests, evidence = disputer.client.tests, f"{item}: {block.gold[item]}\n".encode()
        for _ in self._stage.track("A gold answer is disputed", [0]):
            self._stage.provide(disputer, tests.ledger, 2 * scene.jury_cost)
            filed = self._stage.act(
                disputer,
                "dispute_gold",
                tests.file_dispute,
                work.id,
                [self.wrong],
                evidence=keccak(evidence),
                uri=scene.store.put(evidence),
            )
        losers = {EACH_IS_WRONG: scene.requester, NOT_EACH_IS_WRONG: disputer}
        hearing = Hearing(filed.dispute, EACH_IS_WRONG, losers, filed.fee)
        self.case = GoldCase(filed.gold_dispute, disputer, self.wrong, hearing)
        return [hearing]

    def settle(self) -> None:
        """The ruling counts; then the tests' outcomes stand, and what is left of the deposits is the requester's."""
        scene, case = self._scene, self.case
        assert case is not None
        tests = scene.auditor.client.tests
        for _ in self._stage.track("The tests are over", [0]):
            settled = self._stage.act(scene.auditor, "settle_gold_dispute", tests.settle, case.gold_dispute)
            case.outcome = settled.outcome
            self._stage.chain.travel(self.plan.terms.dispute_period)
            for batch in self.plan.graded:
                self._stage.act(scene.auditor, "release_deposit", tests.release_deposit, scene.task, batch)
        for work in scene.works:
            if self.is_tested(work):
                work.test = tests.result(work.id, work.labels)

    def forfeit(self) -> None:
        """Whoever failed could not publish: the stake is lost."""
        scene = self._scene
        failed = [work for work in scene.works if work.failed]
        tests, submissions = scene.auditor.client.tests, scene.auditor.client.submissions
        ends = [tests.publish_until(work.id) for work in failed]
        self._stage.chain.travel_to(max([scene.terms.publish_end, *ends]) if failed else 0)
        for work in self._stage.track("What has failed is forfeited", failed):
            self._stage.act(scene.auditor, "expire", submissions.expire, work.id)
