"""What is probably true of each item, how probably each label is wrong, and how reliable each annotator is.

A label's probability of being wrong counts the label itself as evidence: it is 1 - P(truth = label) by all answers to
the item. Leaving the label out would ask another question, what to expect before its annotator spoke, and on the real
sets fits the gold worse. A label on an item whose truth is known, to the auditor or by a ruling, is right or wrong
outright. Chances are on one grid (`goldleaf_tools.audit.grid`), so that ties are ties: what ties is not doubted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from goldleaf.errors import MissingExtra

from ..errors import AnswersError
from .answers import Answers, Codes, Gold
from .calibration import CORRELATION, FLOOR, Evidence, cross_validated, fit_correlation, measure
from .choosing import choose, evidence_of
from .grid import on_grid
from .models import PRIOR_ACCURACY, PRIOR_WEIGHT, Floats, fit
from .result import AnnotatorEstimate, Calibration, Choice, Estimator
from .rulings import NOTHING, Rulings

try:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.stats import beta
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

# With more classes than this, labels are free text or numbers: what they are called tells nothing of other items.
MOST_CLASSES = 32
FREE_FORM = (Estimator.MAJORITY, Estimator.ONE_COIN)


@dataclass(frozen=True, eq=False, slots=True)
class Estimate:
    """What was estimated of all answers."""

    answers: Answers
    gold: Codes  # (items,): the class that was shown, -1 where none was
    choice: Choice
    calibration: Calibration
    consensus: Codes  # (items,): the most probable class; -1: no label that somebody gave is, or several tie
    certainty: Floats  # (items,): the probability of the most probable class
    p_wrong: Floats  # (answers,): of each label
    # (answers,): what is more probable than the label, or the label itself if nothing is; -1: no one class is.
    believed: Codes
    # (items, classes): P(truth); None if the labels are free-form.
    posterior: Floats | None

    def annotators(self) -> tuple[AnnotatorEstimate, ...]:
        """How reliable each annotator with at least one label is, in the order of `answers.annotators`."""
        agreement = _agreement(self.answers)
        codes = np.unique(self.answers.annotator).tolist()
        order = np.argsort(self.answers.annotator, kind="stable")
        rows = np.split(order, np.flatnonzero(np.diff(self.answers.annotator[order])) + 1)
        return tuple(self._annotator(code, some, agreement[code]) for code, some in zip(codes, rows, strict=True))

    def _annotator(self, code: int, rows: NDArray[np.intp], agreement: float) -> AnnotatorEstimate:
        items, labels = self.answers.item[rows], self.answers.label[rows]
        right, wrong = float((1 - self.p_wrong[rows]).sum()), float(self.p_wrong[rows].sum())
        believed = PRIOR_WEIGHT * PRIOR_ACCURACY, PRIOR_WEIGHT * (1 - PRIOR_ACCURACY)
        low, high = beta.ppf((0.025, 0.975), right + believed[0], wrong + believed[1])
        known = self.gold[items] >= 0
        return AnnotatorEstimate(
            annotator=self.answers.annotators[code],
            labels=len(rows),
            accuracy=right / len(rows),
            low=min(on_grid(float(low)), right / len(rows)),
            high=max(on_grid(float(high)), right / len(rows)),
            confusion=self._confusion(items, labels),
            agreement=None if np.isnan(agreement) else float(agreement),
            gold_labels=int(known.sum()),
            gold_right=int((labels[known] == self.gold[items][known]).sum()),
        )

    def _confusion(self, items: Codes, labels: Codes) -> tuple[tuple[float, ...], ...]:
        if self.posterior is None:
            return ()
        classes = self.posterior.shape[1]
        columns = [np.bincount(labels, self.posterior[items, truth], minlength=classes) for truth in range(classes)]
        return tuple(tuple(column.tolist()) for column in columns)


def estimate(
    answers: Answers,
    gold: Gold | None = None,
    *,
    rulings: Rulings = NOTHING,
    estimators: Sequence[Estimator] = tuple(Estimator),
    seed: int = 0,
) -> Estimate:
    """Estimates the truth of all items that have an answer, by the best of `estimators`.

    `gold` is what the auditor knows, `rulings` what jurors have told; where they differ, the auditor's own counts. The
    estimator is chosen and calibrated by gold alone, for what is challenged is no fair sample. Gold labels that nobody
    has given become classes of their own. All that is left to chance follows from the seed. Raises `AnswersError` if
    there is no answer.
    """
    if not len(answers):
        raise AnswersError("there is no answer to estimate from")
    gold = gold or {}
    answers = answers.with_classes(gold[item] for item in answers.items if item in gold)
    known = _Known.of(answers, answers.gold_codes(gold), rulings)
    if 2 <= len(answers.classes) <= MOST_CLASSES:
        return _estimate(answers, answers, known, estimators, seed, None)
    local, names = _by_item(answers, seed)
    candidates = [one for one in estimators if one in FREE_FORM]
    estimated = _estimate(answers, local, known.renamed(names), candidates, seed, names)
    # Also where nobody has said what is true.
    is_known = known.truth >= 0
    consensus = np.where(is_known, known.truth, estimated.consensus).astype(np.int32)
    believed = np.where(is_known, known.truth, -1)[answers.item]
    believed = np.where(believed >= 0, believed, estimated.believed).astype(np.int32)
    return replace(estimated, gold=known.gold, consensus=consensus, believed=believed)


@dataclass(frozen=True, eq=False, slots=True)
class _Known:
    """What is known before anything is estimated, by codes."""

    gold: Codes  # (items,): the class that the auditor knows, or -1
    truth: Codes  # (items,): the same, and what was ruled right
    wrong: NDArray[np.intp]  # (n, 2): items, and classes of them that were ruled wrong

    @classmethod
    def of(cls, answers: Answers, gold: Codes, rulings: Rulings) -> "_Known":
        classes = {label: code for code, label in enumerate(answers.classes)}
        right = [classes.get(rulings.right.get(item, b""), -1) for item in answers.items]
        wrong = [
            (code, classes[label])
            for code, item in enumerate(answers.items)
            for label in sorted(rulings.wrong.get(item, ()))
            if label in classes
        ]
        truth = np.where(gold >= 0, gold, np.array(right)).astype(np.int32)
        return cls(gold, truth, np.array(wrong, dtype=np.intp).reshape(-1, 2))

    def renamed(self, names: Codes) -> "_Known":
        """By the classes of each item; what nobody has said is "none of these"."""
        items, labels = self.wrong.T
        matches = names[items] == labels[:, None]
        wrong = np.stack([items, matches.argmax(axis=1)], axis=1)[matches.any(axis=1)]
        return _Known(_rename(self.gold, names), _rename(self.truth, names), wrong)


def _estimate(
    answers: Answers, coded: Answers, known: _Known, candidates: Sequence[Estimator], seed: int, names: Codes | None
) -> Estimate:
    """`coded` are the answers whose labels the models see; `names` gives the class of each of these by item."""
    nothing = np.full_like(known.gold, -1)
    unshown = {one: fit(one, coded, nothing, seed) for one in candidates}
    choice = choose(coded, known.gold, unshown, candidates, seed)
    unseen = evidence_of(unshown[choice.estimator], coded)
    calibration = _calibrate(coded, known.gold, unseen, seed)
    is_known = known.truth >= 0
    shown = evidence_of(fit(choice.estimator, coded, known.truth, seed), coded) if is_known.any() else unseen
    posterior = _without(shown.posterior(calibration.correlation), known.wrong)
    posterior[is_known] = np.eye(posterior.shape[1])[known.truth[is_known]]
    best, everything = posterior.argmax(axis=1), np.arange(len(posterior))
    certainty = posterior[everything, best]
    one_alone = (posterior == certainty[:, None]).sum(axis=1) == 1
    consensus = np.where(one_alone, best if names is None else names[everything, best], -1).astype(np.int32)
    chances = posterior[coded.item, coded.label]
    believed = np.where(chances == certainty[coded.item], answers.label, consensus[coded.item]).astype(np.int32)
    return Estimate(
        answers=answers,
        gold=known.gold,
        choice=choice,
        calibration=calibration,
        consensus=consensus,
        certainty=certainty,
        p_wrong=1 - chances,
        believed=believed,
        posterior=posterior if names is None else None,
    )


def _without(posterior: Floats, wrong: NDArray[np.intp]) -> Floats:
    """The same, never quite certain, but for classes that are known to be wrong; where all are, nothing is known."""
    items, classes = wrong.T
    left = posterior.copy()
    left[items, classes] = 0
    sums = left.sum(axis=1)
    told = np.intersect1d(items, np.flatnonzero(sums > 0))
    posterior = posterior.copy()
    posterior[told] = left[told] / sums[told, None]
    found: Floats = on_grid(np.clip(posterior, FLOOR, 1 - FLOOR))
    some = np.isin(items, told)
    found[items[some], classes[some]] = 0
    return found


def _calibrate(answers: Answers, known: Codes, evidence: Evidence, seed: int) -> Calibration:
    """Measured on gold that neither the estimator nor, fold by fold, the calibration was shown."""
    items = np.flatnonzero((known >= 0) & (evidence.answers > 0))
    if len(items) < 2:
        return Calibration(
            method=(
                f"No gold to calibrate by: a correlation of {CORRELATION} between annotators' errors, "
                "as real data sets have it."
            ),
            correlation=CORRELATION,
            held_out_golds=0,
            held_out_labels=0,
            calibrated=None,
            uncalibrated=None,
        )
    truth = known[items]
    held_out, plain = evidence.posterior(0), evidence.posterior(0)
    held_out[items] = cross_validated(evidence.at(items), truth, seed)
    rows = np.flatnonzero(known[answers.item] >= 0)
    item, label = answers.item[rows], answers.label[rows]
    wrong = label != known[item]
    return Calibration(
        method=(
            f"The correlation between annotators' errors is fit to the gold of {len(items)} items; what is measured "
            "is fit to four fifths of the gold and measured on the other fifth, in turn. The estimator sees none of it."
        ),
        correlation=fit_correlation(evidence.at(items), truth),
        held_out_golds=len(items),
        held_out_labels=len(rows),
        calibrated=measure(1 - held_out[item, label], wrong),
        uncalibrated=measure(1 - plain[item, label], wrong),
    )


def _by_item(answers: Answers, seed: int) -> tuple[Answers, Codes]:
    """The answers with classes that mean something within their item only, and what they mean: (items, classes).

    The labels of an item are numbered in an order drawn from the seed, so that a number tells nothing. The last class
    of each item, -1, is "none of these".
    """
    classes = len(answers.classes)
    pairs, places = np.unique(answers.item.astype(np.int64) * classes + answers.label, return_inverse=True)
    item, label = pairs // classes, pairs % classes
    order = np.lexsort((np.random.default_rng(seed).permutation(len(pairs)), item))
    first = np.searchsorted(item, item)
    number = np.empty(len(pairs), dtype=np.int32)
    number[order] = np.arange(len(pairs)) - first
    most = int(number.max()) + 1
    names = np.full((len(answers.items), most + 1), -1, dtype=np.int32)
    names[item, number] = label
    local = Answers(
        answers.annotators,
        answers.items,
        tuple(str(place).encode() for place in range(most + 1)),
        answers.submissions,
        answers.annotator,
        answers.item,
        number[places.reshape(-1)],
        answers.submission,
    )
    return local, names


def _rename(known: Codes, names: Codes) -> Codes:
    """Gold by the classes of its item; what nobody has said is "none of these"."""
    matches = names == known[:, None]
    local = np.where(matches.any(axis=1), matches.argmax(axis=1), names.shape[1] - 1)
    return np.where(known >= 0, local, -1).astype(np.int32)


def _agreement(answers: Answers) -> Floats:
    """Of each annotator's pairs with others' labels of the same items, the share that are equal; nan without pairs."""
    classes = len(answers.classes)
    votes = answers.item.astype(np.int64) * classes + answers.label
    _, place, equal = np.unique(votes, return_inverse=True, return_counts=True)
    others = np.bincount(answers.item, minlength=len(answers.items))[answers.item] - 1
    annotators = len(answers.annotators)
    pairs = np.bincount(answers.annotator, others, minlength=annotators)
    agreeing = np.bincount(answers.annotator, equal[place.reshape(-1)] - 1, minlength=annotators)
    agreement: Floats = np.full(annotators, np.nan)
    np.divide(agreeing, pairs, out=agreement, where=pairs > 0)
    return agreement
