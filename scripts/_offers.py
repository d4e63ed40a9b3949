"""What the requester of each data set asks for and offers."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class Trial:
    """What changes where sealed labels are tested on items whose answers the requester knows."""

    accuracy: Decimal  # of the least expert who should pass
    batch: int  # labels in a submission, about: half of them at most are known items
    tolerance_bps: int


@dataclass(frozen=True)
class Offer:
    """Terms of a task, and of the court that rules it. Amounts are whole tokens."""

    requester: str
    guidelines: str
    reward: Decimal  # per label
    stake: Decimal  # per label
    tolerance_bps: int
    batch: int  # labels in a submission, about
    juror_fee: Decimal  # per juror and round
    licence: str  # of the items and labels, in the manifest
    board: str  # whose credentials annotators and jurors need
    domain: str  # what these are for
    trial: Trial

    @property
    def tested(self) -> "Offer":
        """The offer of a task whose sealed labels are tested."""
        return replace(
            self, stake=TESTED_STAKE * self.reward, batch=self.trial.batch, tolerance_bps=self.trial.tolerance_bps
        )

    def batch_size(self, items: int) -> int:
        """Labels in a submission, all batches being whole, as a test wants them, and two at least."""
        batches = max(2, round(items / self.batch))
        return max(1, items // batches)

    def changed(self, *, tolerance: float | None, stake: Decimal | None) -> "Offer":
        """The offer with another tolerance (a share) or stake (per label)."""
        tolerance_bps = self.tolerance_bps if tolerance is None else round(tolerance * 10_000)
        return replace(self, tolerance_bps=tolerance_bps, stake=self.stake if stake is None else stake)


# What the annotators together get of all that is paid for a data set, if each label is accepted.
ROYALTY_BPS = 2_000
# Of a task whose sealed labels are tested: the stake, in rewards, and the share of the batches that are.
TESTED_STAKE = 4
TESTED_SHARE = Fraction(1, 2)
# What is paid for it, as parts of the pay for all labels. These are assumptions: the sets were never sold like this.
PRICE = Decimal("0.5")  # of a licence
MODEL = Decimal(1)  # of a model trained on it
TERMS = "The licensee may use the labels in its own products. A model that is trained on them is paid for again.\n"

# Stakes of tasks without a test are twice the reward. Tolerances are what people who err as the set's do stay within,
# by two standard deviations: how much they err a pilot would find.
OFFERS = {
    "mammo": Offer(
        requester="the hospital",
        guidelines="Does this mammogram show a mass that needs to be looked into?",
        reward=Decimal(4),
        stake=Decimal(8),
        tolerance_bps=3500,
        batch=50,
        juror_fee=Decimal(2),
        licence="GPL-3.0",
        board="the medical board",
        domain="breast imaging",
        trial=Trial(accuracy=Decimal("0.75"), batch=100, tolerance_bps=3000),
    ),
    "weather": Offer(
        requester="the weather service",
        guidelines="What does the author of this tweet feel about the weather?",
        reward=Decimal("0.20"),
        stake=Decimal("0.40"),
        tolerance_bps=5000,
        batch=32,
        juror_fee=Decimal("0.10"),
        licence="Apache-2.0",
        board="the language institute",
        domain="English",
        trial=Trial(accuracy=Decimal("0.75"), batch=32, tolerance_bps=5000),
    ),
    "bluebirds": Offer(
        requester="the ornithologists",
        guidelines="Is this an indigo bunting or a blue grosbeak?",
        reward=Decimal("0.20"),
        stake=Decimal("0.40"),
        tolerance_bps=5000,
        batch=54,
        juror_fee=Decimal("0.10"),
        licence="BSD-3-Clause-Clear",
        board="the birdwatchers' club",
        domain="songbirds",
        trial=Trial(accuracy=Decimal("0.80"), batch=54, tolerance_bps=5000),
    ),
    "movie": Offer(
        requester="the film archive",
        guidelines="Is this sentence of a review positive or negative?",
        reward=Decimal("0.20"),
        stake=Decimal("0.40"),
        tolerance_bps=2500,
        batch=20,
        juror_fee=Decimal("0.10"),
        licence="Apache-2.0",
        board="the language institute",
        domain="English",
        trial=Trial(accuracy=Decimal("0.90"), batch=20, tolerance_bps=2500),
    ),
    "fin_crowd": Offer(
        requester="the news desk",
        guidelines="What tone does this headline strike about the economy?",
        reward=Decimal("0.20"),
        stake=Decimal("0.40"),
        tolerance_bps=4000,
        batch=45,
        juror_fee=Decimal("0.10"),
        licence="MIT",
        board="the press council",
        domain="business news",
        trial=Trial(accuracy=Decimal("0.70"), batch=45, tolerance_bps=4000),
    ),
}
