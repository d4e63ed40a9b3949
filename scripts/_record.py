"""What becomes of each submission and each challenge."""

from dataclasses import dataclass, field

from goldleaf import ChallengeKind, LabelSet, Outcome, split_submission
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
    withheld: bool = False
    errors: int = 0  # labels proven wrong
    rejected: bool = False

    @property
    def slot(self) -> int:
        """The slot of the task that it is in."""
        return split_submission(self.id)[1]


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
    dispute: int | None = None
    rulings: list[int] = field(default_factory=list)  # of each round
    outcome: Outcome | None = None
