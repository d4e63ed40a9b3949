"""What a task without a test offers, and what is assumed of people who are not its annotators."""

from dataclasses import dataclass

# Base units: amounts are reckoned in rewards, and a reward is one token of six decimals.
REWARD = 10**6
SEATS = 3
# The share of submissions whose annotator answers no challenge, and the chance that a juror's vote is wrong.
ASLEEP = 0.1
ERROR = 0.2


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
