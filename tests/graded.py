"""A task whose sealed labels are tested on known items, played by clients on any chain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from goldleaf import Deployment, GoldTerms, Item, LabelSet, testing
from goldleaf.stores import Store

DAY = 86_400
CLASSES = ["benign", "malignant"]
# Five known items of each class in a graded batch of 20, of which four may be wrong.
TERMS = GoldTerms(CLASSES, (5, 5), 4, opening_period=2 * DAY, dispute_period=4 * DAY)
SALT = b"\x07" * 32
URI = "ipfs://labels"
PURSE = 100_000_000  # base units, in each ledger


@dataclass
class GradedTask:
    """Two batches of 20 items that everybody labels, one of which is tested; the requester knows all answers."""

    requester: Any
    # The annotator of each sibling slot of a batch: clients.
    annotators: Sequence[Any]
    deployment: Deployment
    arbitrator: str | None = None
    terms: GoldTerms = TERMS
    is_set_up: bool = True
    changes: dict[str, Any] = field(default_factory=dict)
    # Where manifest and labels are put; without it nobody can read them.
    store: Store | None = None

    def __post_init__(self) -> None:
        truth = {number: CLASSES[number % 2] for number in range(40)}
        self.plan = testing.arrange(truth, items=40, batch_size=20, terms=self.terms, share="1/2", seed=5)
        self.truth = dict(self.plan.known)
        (self.graded,) = self.plan.graded
        self.manifest = self.plan.manifest(
            guidelines="Is the finding benign or malignant?",
            label_schema={"enum": CLASSES},
            items=[Item.of(f"ipfs://image-{number}", b"pixels %d" % number) for number in range(40)],
            licence="CC0-1.0",
        )
        self.task = self.requester.tasks.open(
            **{
                "terms": self.manifest,
                "uri": self.put(self.manifest.to_bytes(), "ipfs://manifest"),
                "batch_size": 20,
                "redundancy": len(self.annotators),
                "reward": 50_000,
                "stake": 400_000,
                "deadline": timedelta(days=10),
                "arbitrator": self.arbitrator,
                "grader": self.deployment.address("GoldTest"),
                "accept_small_court": True,
                **self.changes,
            }
        ).result.task
        if self.is_set_up:
            self.requester.tests.set_up(self.task, self.terms)

    def put(self, data: bytes, otherwise: str = URI) -> str:
        """Where this is to be read."""
        return otherwise if self.store is None else self.store.put(data)

    @property
    def spared(self) -> int:
        """The batch that is not tested."""
        return 1 - self.graded

    @property
    def gold(self) -> dict[int, Any]:
        """What the requester shows of the graded batch."""
        return self.plan.gold(self.graded)

    def swapped(self, *items: int) -> dict[int, Any]:
        """`gold` with the answers of pairs of items exchanged: as many of each class as before, and wrong."""
        gold = self.gold
        for first, second in zip(items[::2], items[1::2], strict=True):
            gold[first], gold[second] = gold[second], gold[first]
        return gold

    def gold_of(self, label: str) -> list[int]:
        """The tested items of a class, rising."""
        return sorted(item for item, answer in self.gold.items() if answer == label)

    def labels(self, batch: int, wrong: Sequence[int] = (), constant: str | None = None) -> LabelSet:
        """What somebody answers who is wrong on these items alone, or answers the same to all."""
        answers = [
            constant or (other(self.truth[item]) if item in wrong else self.truth[item])
            for item in range(batch * 20, batch * 20 + 20)
        ]
        return LabelSet(answers, first=batch * 20)

    def commit(self, sibling: int, labels: LabelSet) -> int:
        """Has an annotator take and seal; returns the submission."""
        batch = labels.items.start // 20
        client = self.annotators[sibling]
        submission = client.submissions.take(self.task, batch + sibling * 2).result.submission
        client.submissions.commit(submission, labels, uri=self.put(labels.to_bytes()), salt=SALT)
        return int(submission)

    def seal(self, batch: int, *labels: LabelSet) -> list[int]:
        """Has everybody seal a batch, with right labels where none are given."""
        given = [*labels, *[self.labels(batch)] * (len(self.annotators) - len(labels))]
        return [self.commit(sibling, each) for sibling, each in enumerate(given)]

    def open_gold(self, gold: dict[int, Any] | None = None) -> Any:
        return self.requester.tests.open_gold(self.task, self.graded, self.gold if gold is None else gold)

    def publish(self, sibling: int, submission: int, labels: LabelSet | bytes) -> Any:
        """With the label set, or with its root alone."""
        uri = self.put(labels.to_bytes()) if isinstance(labels, LabelSet) else URI
        return self.annotators[sibling].submissions.publish(submission, labels, uri=uri, salt=SALT)

    def end_of_disputes(self) -> int:
        return int(self.requester.tests.batch(self.task, self.graded).opened_at) + self.terms.dispute_period


def other(label: str) -> str:
    return CLASSES[1 - CLASSES.index(label)]
