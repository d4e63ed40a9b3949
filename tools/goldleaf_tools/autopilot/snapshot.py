"""All that an account has a part in, as the chain tells it at one time."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from goldleaf.types import (
    ArmedBeacon,
    BatchTest,
    Challenge,
    Dispute,
    GoldDispute,
    GoldResult,
    Submission,
    SubmissionState,
    Task,
    TaskTest,
    TestPhase,
)

from ..memory import PlannedChallenge
from .appeals import Stakes
from .duties import Balance

# So many blocks may be replaced by others: what is older is not looked at again.
DEPTH = 64
# Where the test of a batch stands whose gold may still be opened.
UNOPENED = (TestPhase.UNSEALED, TestPhase.SEALED)


@dataclass(frozen=True, slots=True)
class Work:
    """A submission in which the account has a part: its own, or one with a challenge of its own."""

    id: int
    submission: Submission
    task: Task
    # Those that are not settled, in the order of their numbers, from `submission.settled` on.
    challenges: tuple[Challenge, ...]
    # COMMITTED: whether all siblings are committed, in blocks that have the confirmations that are asked for.
    siblings_committed: bool = False
    # The items of each open availability challenge, by its id, whose labels were not shown yet.
    unanswered: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of a task that GoldTest tests, in which the account has a part.

    As its requester, as somebody whose sealed labels wait for the outcome, or as a disputer.
    """

    task_id: int
    number: int
    task: Task
    test: TaskTest
    state: BatchTest
    # All of them, in the order of their numbers.
    disputes: tuple[GoldDispute, ...] = ()
    # The account's own COMMITTED submission; None: there is none.
    own: int | None = None
    # While the gold is not opened: whether all have committed, in blocks with the confirmations that are asked for.
    sealed: bool = False
    # While the gold is not opened: whether anybody has committed.
    awaited: bool = False
    # Whether the requester's plan has it graded; None: there is no plan, or the task is somebody else's.
    graded: bool | None = None

    @property
    def id(self) -> int:
        """`task << 64 | number`."""
        return self.task_id << 64 | self.number

    @property
    def opening_end(self) -> int:
        """The time before which its gold can be opened, as far as that is known."""
        return (self.state.sealed_at or self.task.publish_from) + self.test.opening_period

    @property
    def dispute_end(self) -> int:
        """The time before which its gold, once it is opened, can be disputed."""
        return self.state.opened_at + self.test.dispute_period

    @property
    def is_opened(self) -> bool:
        return self.state.opened_at > 0

    @property
    def is_void(self) -> bool:
        """Whether disputes have made the test void."""
        return self.is_opened and self.state.phase == TestPhase.UNGRADED


@dataclass(frozen=True, slots=True)
class Funds:
    """What a requester has in GoldTest of a token, and needs next, base units."""

    balance: Balance
    needed: int
    # One of the tasks that need it, and when the first batch must have been opened.
    task_id: int
    end: int


@dataclass(frozen=True, slots=True)
class Requested:
    """A task that the account has opened, and that is not closed."""

    task_id: int
    task: Task
    # What is taken, committed or published, and not at its end, by submission.
    live: Mapping[int, Submission] = field(default_factory=dict)
    # From when on what was committed can be published no more, by submission, where the usual time for it is over.
    publish_ends: Mapping[int, int] = field(default_factory=dict)

    @property
    def close_from(self) -> int:
        """The time from which it can be closed, once nothing is live."""
        return self.task.publish_from if self.task.cancelled else self.task.parameters.deadline

    @property
    def left(self) -> int:
        """What is left in its pot, base units."""
        return self.task.parameters.pot - self.task.parameters.reward * self.task.delivered

    def to_review(self, time: int) -> dict[int, Submission]:
        """What can still be accepted or challenged, and nobody challenges, by submission."""
        return {
            id: found
            for id, found in self.live.items()
            if found.state == SubmissionState.PUBLISHED and time < found.window_end and found.filed == found.settled
        }


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account has in a data set, base units of the token."""

    task_id: int
    token: str
    shares: int
    collectable: int  # of what these have earned
    unenrolled: tuple[int, ...]  # submissions of the account whose labels are not shares yet
    after_enrolling: int  # what these can collect then
    requester_due: int  # what it can collect as the requester


@dataclass(frozen=True, slots=True)
class Trial:
    """A dispute in which the account has a part."""

    id: int
    dispute: Dispute
    # Whether money of the account hangs on the ruling: in a challenge that is defended, or a gold dispute.
    awaited: bool
    # Whether a seat of the account was drawn in the latest round.
    drawn: bool
    # Whether the account's vote in the latest round is sealed and not opened.
    sealed: bool
    # Whether settling its rounds pays the account: as a juror, or as one who has appealed.
    pays: bool
    # While a ruling that stands against a challenge of the account can be appealed: what hangs on it.
    stakes: Stakes | None = None
    # What the account has paid for appeals, base units, until the rounds are settled and tell whether it comes back.
    appealed: int = 0


@dataclass(frozen=True, slots=True)
class Intent:
    """A challenge that is to be filed."""

    planned: PlannedChallenge
    submission: Submission
    # When it was committed; 0: it is not.
    committed_at: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that an account has a part in."""

    account: str
    time: int
    works: tuple[Work, ...] = ()
    trials: tuple[Trial, ...] = ()
    intents: tuple[Intent, ...] = ()
    balances: tuple[Balance, ...] = ()
    batches: tuple[Batch, ...] = ()
    funds: tuple[Funds, ...] = ()
    tasks: tuple[Requested, ...] = ()
    holdings: tuple[Holding, ...] = ()
    # How the account's labels do in tests whose gold is opened, by submission, as far as they were held against it.
    results: Mapping[int, GoldResult] = field(default_factory=dict)
    # What the draw of the court's queue hangs on, if it is armed and draws by beacons of a drand chain.
    beacon: ArmedBeacon | None = None
    # Of the court, in seconds.
    reveal_period: int = 0
    appeal_period: int = 0
    # The time of the latest block that has the confirmations that are asked for; None: none are.
    confirmed: int | None = None

    def confirmed_from(self, moment: int, end: int) -> int:
        """From when on to show what others must not have seen before `moment`: as soon as a confirmed block is as late.

        Before that, from the middle between `moment` and `end` on, whatever the blocks are.
        """
        if self.time < moment or self.confirmed is None or self.confirmed >= moment:
            return max(moment, self.time)
        return (moment + end) // 2
