"""Named terms for kinds of tasks: a stake, a tolerance and a batch size.

The tolerance is what honest people stay within: of a batch of n labels, each wrong with a chance e, two standard
deviations more than are expected, `(n * e + 2 * sqrt(n * e * (1 - e))) / n`, rounded up to whole steps of 5 %. The
stake is two rewards: the least whole number that keeps the stake rule, `S >= 2 * reward * (c + 1)`, in every batch,
however small the last one is, for fewer labels are tolerated than a batch holds.

`docs/simulation.md` has the evidence for e, the errors of honest annotators in real answers (of several sets the
worst), for the batch size, and for whether a spot check makes cheating a loss. Redundancy, periods and royalty are
suggestions.

>>> terms = preset("easy").terms(reward=200_000, items=500, arbitration_cost=300_000)
>>> terms["stake"], terms["tolerance_bps"], terms["batch_size"]
(400000, 2500, 20)
"""

import warnings
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from . import economics, errors
from .economics import only_base_units

# What reaches `client.tasks.open` from a preset, and may be overridden by name.
NAMES = (
    "stake",
    "batch_size",
    "redundancy",
    "tolerance_bps",
    "work_period",
    "challenge_period",
    "response_period",
    "royalty_bps",
)


# Rewards, of each preset.
STAKE = Decimal(2)


@dataclass(frozen=True)
class Preset:
    """Terms for one kind of task."""

    name: str
    kind: str  # of labels
    stake: Decimal  # per label, times the reward
    honest_errors: float  # share of an honest annotator's labels that are wrong
    tolerance_bps: int
    batch_size: int  # labels in a submission, about
    redundancy: int
    work_period: timedelta
    challenge_period: timedelta
    response_period: timedelta
    royalty_bps: int
    # Whether cheats lost more than half a reward by a label even where only 30 % of the truth was known to auditors.
    deters: bool
    advice: str

    def terms(self, *, reward: int, items: int, arbitration_cost: int, **overrides: Any) -> dict[str, Any]:
        """Keyword arguments for `client.tasks.open`, for a reward and an arbitration cost in base units.

        Batches are made as even as can be, so that the last one is not much smaller. If the stake would break the
        stake rule (`economics.minimum_stake`) in any batch, as where disputes are dear, it is raised to the lowest one
        that keeps it, with a `GoldleafWarning`. `overrides` are put in place of the preset's own, as they are: an own
        stake is not raised.

        Raises `BaseUnitsNeeded` for amounts in whole tokens, as no token is known here; `ArgumentError` for a reward
        below 4 base units or items below 1, and for an override that is no term of a preset.
        """
        only_base_units("reward", reward)
        only_base_units("arbitration cost", arbitration_cost)
        if reward < economics.MIN_REWARD or items < 1:
            least = economics.MIN_REWARD
            raise errors.ArgumentError(f"a preset needs a reward of {least} base units or more, and 1 item or more")
        if unknown := set(overrides) - set(NAMES):
            raise errors.ArgumentError(f"no terms of a preset: {', '.join(sorted(unknown))}")
        batches = max(1, round(items / self.batch_size))
        times, parts = self.stake.as_integer_ratio()
        terms: dict[str, Any] = {
            "stake": reward * times // parts,
            "batch_size": -(-items // batches),
            **{name: getattr(self, name) for name in NAMES if name not in ("stake", "batch_size")},
            **overrides,
        }
        if "stake" not in overrides:
            terms["stake"] = self._raised(terms, reward, items, arbitration_cost)
        return {"reward": reward, **terms}

    def _raised(self, terms: dict[str, Any], reward: int, items: int, arbitration_cost: int) -> int:
        """The stake, or the lowest one that keeps the stake rule in a full batch and in the last one."""
        stake, size = int(terms["stake"]), int(terms["batch_size"])
        lowest = max(
            economics.minimum_stake(
                reward=reward, labels=labels, tolerance_bps=terms["tolerance_bps"], arbitration_cost=arbitration_cost
            )
            for labels in {min(size, items), items % size or min(size, items)}
        )
        if lowest > stake:
            warnings.warn(
                f"preset {self.name}: stake raised from {stake} to {lowest} base units, where a dispute costs "
                f"{arbitration_cost}",
                errors.GoldleafWarning,
                stacklevel=3,
            )
        return max(stake, lowest)


PRESETS = {
    each.name: each
    for each in (
        Preset(
            name="expert",
            kind="few and dear labels by professionals, of two classes: mammograms",
            stake=STAKE,
            honest_errors=0.207,
            tolerance_bps=3500,
            batch_size=50,
            redundancy=3,
            work_period=timedelta(days=7),
            challenge_period=timedelta(days=7),
            response_period=timedelta(days=4),
            royalty_bps=2000,
            deters=False,
            advice="Have all of it audited, or gate it by credentials: a spot check does not make it a loss to give "
            "the commonest label throughout.",
        ),
        Preset(
            name="easy",
            kind="labels that nine of ten people get right: sentiment of film reviews",
            stake=STAKE,
            honest_errors=0.106,
            tolerance_bps=2500,
            batch_size=20,
            redundancy=3,
            work_period=timedelta(days=2),
            challenge_period=timedelta(days=4),
            response_period=timedelta(days=2),
            royalty_bps=500,
            deters=True,
            advice="A spot check is enough.",
        ),
        Preset(
            name="subjective",
            kind="several classes on which people differ: sentiment of tweets, tone of headlines",
            stake=STAKE,
            honest_errors=0.294,
            tolerance_bps=4500,
            batch_size=40,
            redundancy=5,
            work_period=timedelta(days=2),
            challenge_period=timedelta(days=4),
            response_period=timedelta(days=2),
            royalty_bps=500,
            deters=False,
            advice="Audit more than a spot check where few annotators overlap: a group that lies together may gain.",
        ),
        Preset(
            name="web",
            kind="very many labels of several classes by anybody: rating web sites",
            stake=STAKE,
            honest_errors=0.318,
            tolerance_bps=5000,
            batch_size=30,
            redundancy=5,
            work_period=timedelta(days=2),
            challenge_period=timedelta(days=4),
            response_period=timedelta(days=2),
            royalty_bps=500,
            deters=False,
            advice="The rules hardly tell who guesses the commonest label: have all of it audited, or admit only "
            "annotators who have proven themselves.",
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises `ArgumentError` if there is none."""
    if name not in PRESETS:
        raise errors.ArgumentError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
