"""What there is to do for an account: a step, what it is done to, from when and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from goldleaf.amounts import Units, Words
from goldleaf.ids import name_challenge, name_gold_dispute, name_submission

from ..memory import Labels, PlannedChallenge


class Step(Enum):
    """What there is to do. `by_owner`: only a person can decide it."""

    # Annotators.
    DELIVER = "commit or publish"
    PUBLISH = "publish"
    ANSWER = "show a label"
    RESPOND = "concede or defend"
    DEFEND = "defend"
    CLAIM = "claim"
    PROVE = "publish, with what its grader wants to see"
    NOTE_SEALED = "note that the batch is sealed"
    COMPARE = "hold the labels against the gold"
    DISPUTE_GOLD = "dispute gold that is wrong"
    # Requesters.
    REVIEW = "read the labels, and accept or challenge them"
    CLOSE = "close the task"
    COLLECT_REQUESTER_SHARE = "collect the requester's share"
    OPEN_GOLD = "open the gold"
    WAIVE = "waive the test"
    OPEN_OR_WAIVE = "open the gold, or waive the test"
    FUND = "deposit into GoldTest"
    # Whoever waits for the outcome of a test, or has money in it.
    SETTLE_GOLD = "settle the gold dispute"
    RELEASE_DEPOSIT = "release the deposit of the gold"
    # Challengers.
    COMMIT_CHALLENGE = "commit the challenge"
    FILE = "file the challenge"
    SHOW = "put the evidence of the challenge into the store"
    SHOW_LABELS = "put the labels into the store"
    APPEAL = "appeal"
    # Whoever has money in a challenge.
    SETTLE = "settle"
    SHOW_BEACON = "show the beacon by which the jurors are drawn"
    DRAW = "draw the jurors"
    DROP = "drop the round that was not drawn"
    EXECUTE = "execute the ruling"
    # Jurors.
    VOTE = "vote"
    REVEAL = "reveal the vote"
    SETTLE_ROUND = "settle a round"
    # Whoever has shares of a data set.
    ENROLL = "enroll labels as shares"
    COLLECT = "collect royalties"
    # The annotator, for the rest of the stake; the requester, who can close no task in which something is live.
    EXPIRE = "expire what was not delivered in time"
    # Everybody.
    WITHDRAW = "withdraw"

    @property
    def by_owner(self) -> bool:
        return self in _BY_OWNER


_BY_OWNER = frozenset(
    (
        *(Step.DELIVER, Step.PROVE, Step.RESPOND, Step.DISPUTE_GOLD, Step.OPEN_OR_WAIVE, Step.FUND, Step.VOTE),
        *(Step.REVIEW, Step.ENROLL, Step.COLLECT, Step.COLLECT_REQUESTER_SHARE),
    )
)
# What the subjects of steps are; a submission unless it is said here.
_KINDS = {
    **dict.fromkeys((Step.ANSWER, Step.RESPOND, Step.DEFEND, Step.SETTLE), "challenge"),
    **dict.fromkeys((Step.APPEAL, Step.SHOW_BEACON, Step.DRAW, Step.DROP, Step.EXECUTE), "dispute"),
    **dict.fromkeys((Step.VOTE, Step.REVEAL, Step.SETTLE_ROUND), "dispute"),
    **dict.fromkeys((Step.NOTE_SEALED, Step.OPEN_GOLD, Step.WAIVE, Step.OPEN_OR_WAIVE), "batch"),
    Step.RELEASE_DEPOSIT: "batch",
    Step.SETTLE_GOLD: "gold dispute",
    **dict.fromkeys((Step.FUND, Step.REVIEW, Step.CLOSE), "task"),
    **dict.fromkeys((Step.ENROLL, Step.COLLECT, Step.COLLECT_REQUESTER_SHARE), "data set"),
    Step.WITHDRAW: "ledger",
}


@dataclass(frozen=True, slots=True)
class Balance:
    """A free balance in the ledger of a contract, base units."""

    ledger: str
    token: str
    free: int


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do, at or after `start` and before `end` (unix seconds; None: at any time)."""

    step: Step
    # What it is done to, by its id: a submission, a challenge, a dispute of the court, a gold dispute, a batch
    # (`task << 64 | number`), a task, which is also the id of its data set.
    subject: int
    start: int
    end: int | None = None
    # What its owner loses if it is not done in time.
    loss: str = ""
    # Of SETTLE_ROUND: rounds settled before; of REVEAL: the round; of APPEAL: the round that is attacked; of ANSWER:
    # the item; of SHOW_BEACON: the round of the drand chain; of REVIEW and ENROLL: how many submissions.
    number: int = 0
    # Of COMMIT_CHALLENGE, FILE and SHOW.
    planned: PlannedChallenge | None = None
    # Of SHOW_LABELS.
    labels: Labels | None = None
    # Of WITHDRAW; of FUND what is lacking.
    balance: Balance | None = None

    def is_due(self, time: int) -> bool:
        """Whether it can be done now."""
        return self.start <= time and (self.end is None or time < self.end)

    def is_missed(self, time: int) -> bool:
        """Whether it is too late."""
        return self.end is not None and time >= self.end

    @property
    def kind(self) -> str:
        """What its subject is."""
        return _KINDS.get(self.step, "submission")

    @property
    def name(self) -> str:
        """Its subject's id, for people; of WITHDRAW the ledger."""
        match self.kind:
            case "challenge":
                return name_challenge(self.subject)
            case "gold dispute":
                return name_gold_dispute(self.subject)
            case "dispute" | "task" | "data set":
                return str(self.subject)
            case "ledger":
                return self.balance.ledger if self.balance else ""
            case _:  # the first submission of a batch has the same id as the batch
                return name_submission(self.subject)

    @property
    def words(self) -> str:
        """All of it, for people; an amount in it is kept apart, as `goldleaf.amounts.Words` have it."""
        if self.step == Step.WITHDRAW:
            return f"withdraw from {self.name}"
        of = f"({self.kind} {self.name})"
        if self.step == Step.FUND and self.balance is not None:
            lacking = Units(self.balance.free, self.balance.token)
            return Words(f"deposit {{}} more into {self.balance.ledger} {of}", lacking)
        if self.step == Step.ANSWER:
            return f"show the label of item {self.number} {of}"
        return f"{self.step.value} {of}"

    def __str__(self) -> str:
        return str(self.words)


def next_moment(duties: Iterable[Duty], time: int) -> int | None:
    """The next time after `time` at which something can be done or is too late; None if there is none."""
    return min(
        (moment for duty in duties for moment in (duty.start, duty.end) if moment is not None and moment > time),
        default=None,
    )
