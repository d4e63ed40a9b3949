"""What a task offers, and what its people are like."""

from dataclasses import dataclass

# Base units: amounts are reckoned in rewards, and a reward is one token of six decimals.
REWARD = 10**6
SEATS = 3


@dataclass(frozen=True)
class Terms:
    """Of the task and its court."""

    stake: float  # per label, in rewards
    tolerance_bps: int
    batch: int  # labels in a submission, about
    cost: float  # of a first round of three jurors, in rewards

    @property
    def juror_fee(self) -> int:
        """Base units for one juror in one round."""
        return round(self.cost * REWARD / SEATS)

    @property
    def arbitration_cost(self) -> int:
        """Base units for a first round."""
        return SEATS * self.juror_fee

    @property
    def stake_per_label(self) -> int:
        """Base units."""
        return round(self.stake * REWARD)


@dataclass(frozen=True)
class Crowd:
    """Everybody but the annotators' labels."""

    auditor: bool = True  # challenges what is worth it, by the consensus and some gold
    greedy: bool = False  # challenges each submission, hoping that nobody answers
    gold: float = 0.3  # share of the items whose truth the auditor holds
    asleep: float = 0.1  # share of the submissions whose annotator answers no challenge
    error: float = 0.2  # chance that a juror's vote is wrong
