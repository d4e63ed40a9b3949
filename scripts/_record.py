"""What becomes of each submission, each challenge and each dispute."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from goldleaf import ChallengeKind, GoldResult, LabelSet, Outcome, split_submission
from scripts._stage import Person


@dataclass
class Work:
    """One submission."""

    id: int
    annotator: Person
    answers: dict[int, str]  # item number -> label
    labels: LabelSet
    uri: str
    salt: bytes
    test: GoldResult | None = None  # None: it was not tested
    withheld: bool = False
    errors: int = 0  # labels proven wrong
    rejected: bool = False

    @property
    def slot(self) -> int:
        """The slot of the task that it is in."""
        return split_submission(self.id)[1]

    @property
    def failed(self) -> bool:
        """Whether it was tested and has failed, so that nobody will read it."""
        return self.test is not None and not self.test.is_passed

    @property
    def is_paid(self) -> bool:
        """Whether it ends with pay, and the whole stake."""
        return not self.failed and not self.rejected


@dataclass
class Hearing:
    """One dispute in the court."""

    dispute: int
    truth: int  # what should be ruled
    losers: Mapping[int, Person]  # ruling -> whom it goes against
    bond: int  # what may be lost with it
    rulings: list[int] = field(default_factory=list)  # of each round


@dataclass(frozen=True)
class Plan:
    """A challenge that somebody means to file."""

    party: Person
    work: Work
    items: list[int]
    bond: int
    salt: bytes


@dataclass
class Case:
    """One challenge."""

    challenge: int
    kind: ChallengeKind
    work: Work
    party: Person
    items: list[int]
    bond: int
    hearing: Hearing | None = None
    outcome: Outcome | None = None


@dataclass
class GoldCase:
    """One dispute about a known answer."""

    gold_dispute: int
    disputer: Person
    item: int
    hearing: Hearing
    outcome: Outcome | None = None
