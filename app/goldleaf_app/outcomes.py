"""What each outcome of a challenge brings to whom, against a challenge that had never been filed. Base units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from goldleaf.types import Challenge, ChallengeState, Outcome, Submission, TaskParameters
from goldleaf_tools.rules.money import split

# What may come of a challenge of correctness that is defended.
HEARD = (Outcome.WRONG, Outcome.NOT_WRONG, Outcome.UNDECIDED, Outcome.NOT_HEARD)


@dataclass(frozen=True, slots=True)
class Gains:
    """What a challenge brings each of the three, or costs them. Whoever is two of them has both."""

    challenger: int
    annotator: int
    defender: int


@dataclass(frozen=True, slots=True)
class Stakes:
    """What hangs on a challenge of correctness, as long as nothing else is proven wrong before it is settled."""

    bond: int
    fee: int  # of the arbitrator
    challenged: int  # labels
    new: int  # of these, what it would prove wrong: what was not before, up to the rejection
    rejects: bool  # whether that has all of the submission rejected
    reward: int
    pay: int  # of all labels that are not proven wrong so far
    stake: int  # of the submission
    bonus: int  # of the challenger, for a rejection

    @classmethod
    def of(
        cls,
        challenge: Challenge,
        submission: Submission,
        terms: TaskParameters,
        slot: int,
        *,
        items: Sequence[int],
        wrong: Collection[int],
        fee: int,
    ) -> Self:
        """What hangs on a challenge of these items; `wrong` are those that were proven wrong before."""
        left = max(terms.tolerated(slot) + 1 - submission.errors, 0)
        new = min(sum(item not in wrong for item in items), left)
        rejects = new == left > 0
        return cls(
            bond=challenge.bond,
            fee=fee,
            challenged=len(items),
            new=new,
            rejects=rejects,
            reward=terms.reward,
            pay=terms.reward * (submission.labels - submission.errors),
            stake=submission.stake,
            bonus=terms.crossing_bonus(slot, challenge.bond) if rejects else 0,
        )

    @property
    def loss(self) -> int:
        """What the annotator loses when the labels count as wrong."""
        return self.pay + self.stake if self.rejects else self.reward * self.new

    def gains(self, outcome: Outcome) -> Gains:
        """What an outcome brings to whom; of `CONCEDED` and `UNANSWERED` there is no defender."""
        won = outcome in (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG)
        fee = self.fee if outcome in HEARD else 0
        paid = split(
            outcome,
            bond=self.bond,
            fee=fee,
            challenged=self.challenged,
            proven=self.new if won else 0,
            reward=self.reward,
        )
        # What is not heard, the arbitrator pays back.
        back = fee if outcome == Outcome.NOT_HEARD else 0
        return Gains(
            challenger=paid.challenger - self.bond + (self.bonus if won else 0),
            annotator=paid.annotator - (self.loss if won else 0),
            defender=paid.defender - fee + back,
        )


@dataclass(frozen=True, slots=True)
class View:
    """What each outcome that is still possible brings somebody."""

    whom: str  # in words
    rows: tuple[tuple[Outcome, int], ...]


def view(stakes: Stakes, challenge: Challenge, annotator: str, account: str | None) -> View:
    """What an account has to expect of a challenge: the annotator's part, the defender's, or both.

    Whoever has no part in it is told what a defence would bring, as long as there is none; then, and without an
    account, what the annotator has to expect.
    """
    is_defended = challenge.state == ChallengeState.DEFENDED
    mine = account == annotator
    if not is_defended and challenge.state != ChallengeState.FILED:
        return View("", ())
    if is_defended:
        subject = account if account in (annotator, challenge.defender) else annotator
        parts = [part for part, who in (("annotator", annotator), ("defender", challenge.defender)) if who == subject]
        whom = "you" if subject == account else "the annotator"
    elif mine or account is None:
        parts, whom = ["annotator", "defender"], "you" if mine else "the annotator"
    else:
        parts, whom = ["defender"], "you, if you defend"
    possible = HEARD if is_defended or "annotator" not in parts else (Outcome.CONCEDED, *HEARD)
    rows = ((outcome, sum(getattr(stakes.gains(outcome), part) for part in parts)) for outcome in possible)
    return View(whom, tuple(rows))
