"""How reliable annotators are, by four estimators of crowd-kit, and what their answers say of the truth then.

Each estimator is brought to one form, a confusion matrix for each annotator, so that answers which it has not seen can
be judged too: those of a task too large for memory, chunk by chunk. An item's score of a class is then the sum of the
log-probabilities of its answers, as in naive Bayes (Dawid, Skene 1979).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from goldleaf.errors import MissingExtra

from .answers import Answers, Codes
from .grid import leading, on_grid
from .result import Estimator

try:
    import numpy as np
    import pandas as pd
    from crowdkit.aggregation import MACE, DawidSkene, MajorityVote, OneCoinDawidSkene
    from numpy.typing import NDArray
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

Floats = NDArray[np.float64]

# Expectation maximisation of the one-coin model starts at the majority and moves away from it, on `bluebirds` from an
# accuracy of 0.76 to 0.71 in 5 rounds and to 0.58 in 20: it is stopped early.
ONE_COIN_ROUNDS = 5
DAWID_SKENE_ROUNDS = 50
MACE_ROUNDS = 20

# An annotator's matrix is the mean of what was seen and of what all annotators do, which weighs as much as so many
# answers. Between 4 and 20 makes little difference on the real sets.
SHRINKAGE = 10.0
# What is believed of annotators before any answer was seen: so accurate, with the weight of so many answers.
PRIOR_ACCURACY = 0.75
PRIOR_WEIGHT = 4.0

# Nobody is believed to be more certain to say, or never to say, something.
_FLOOR = 1e-4


@dataclass(frozen=True, eq=False, slots=True)
class Reliability:
    """What an estimator has learned of the annotators."""

    estimator: Estimator
    confusion: Floats  # (annotators, truth, label): P(label | truth), each row adds up to 1
    prior: Floats  # (classes,): P(truth) before any answer

    def scores(self, annotator: Codes, item: Codes, label: Codes, items: int) -> Floats:
        """Log-score of each class of each item, (items, classes), by the answers in these columns of codes.

        Without the prior. Sums over chunks of an item's answers add up.
        """
        logs = on_grid(np.log(self.confusion))
        columns = [
            np.bincount(item, logs[annotator, truth, label], minlength=items) for truth in range(len(self.prior))
        ]
        return np.stack(columns, axis=1)


def fit(estimator: Estimator, answers: Answers, gold: Codes, seed: int = 0) -> Reliability:
    """How reliable the annotators are, given the class of each item, -1 where it is not known.

    Reliability is learned from items with two answers or more, or with gold: a single answer tells nothing of who gave
    it. An annotator with none of these is taken for the average, and if nobody has any, for `PRIOR_ACCURACY`.
    """
    classes = len(answers.classes)
    posterior = _POSTERIORS[estimator](answers, gold, seed)
    known = gold >= 0
    posterior[known] = np.eye(classes)[gold[known]]
    telling = ((np.bincount(answers.item, minlength=len(answers.items)) >= 2) | known)[answers.item]
    seen = answers.select(telling)
    prior = np.full(classes, 1 / classes)
    if estimator is Estimator.DAWID_SKENE:
        confusion = response_model(posterior, seen)
        if len(seen):
            prior = posterior[np.unique(seen.item)].mean(axis=0)
    elif estimator is Estimator.MACE:
        confusion = _mace_confusion(answers, gold, seed) if len(seen) else response_model(posterior, seen)
    else:
        confusion = _one_coin_confusion(posterior, seen, shared=estimator is Estimator.MAJORITY)
    return Reliability(estimator, _normalize(confusion), _normalize(prior))


def response_model(posterior: Floats, seen: Answers) -> Floats:
    """What annotators say, given the truth: confusion matrices, (annotators, truth, label), if `posterior`, (items,
    classes), is what the truth is. Each is shrunk towards that of all annotators."""
    annotators, classes = len(seen.annotators), len(seen.classes)
    pairs = seen.annotator.astype(np.int64) * classes + seen.label
    weights = posterior[seen.item]
    counts = np.stack(
        [np.bincount(pairs, weights[:, truth], minlength=annotators * classes) for truth in range(classes)], axis=1
    )
    counts = counts.reshape(annotators, classes, classes).transpose(0, 2, 1)
    everybody = counts.sum(axis=0) + PRIOR_WEIGHT / classes * _one_coin(np.array([PRIOR_ACCURACY]), classes)[0]
    return _normalize(counts + SHRINKAGE * _normalize(everybody))


def _one_coin_confusion(posterior: Floats, seen: Answers, *, shared: bool) -> Floats:
    right = posterior[seen.item, seen.label]
    average = (right.sum() + PRIOR_ACCURACY * PRIOR_WEIGHT) / (len(right) + PRIOR_WEIGHT)
    annotators = len(seen.annotators)
    if shared:
        return _one_coin(np.full(annotators, average), len(seen.classes))
    hits = np.bincount(seen.annotator, right, minlength=annotators)
    tries = np.bincount(seen.annotator, minlength=annotators)
    return _one_coin((hits + SHRINKAGE * average) / (tries + SHRINKAGE), len(seen.classes))


def _one_coin(accuracy: Floats, classes: int) -> Floats:
    """Matrices of annotators who err towards each of the other classes alike."""
    other = (1 - accuracy) / max(classes - 1, 1)
    matrices = np.tile(other[:, None, None], (1, classes, classes))
    matrices[:, range(classes), range(classes)] = accuracy[:, None]
    return matrices


def _majority_posterior(answers: Answers, gold: Codes, seed: int) -> Floats:
    return _spread(MajorityVote().fit_predict_proba(_frame(answers)), answers)


def _one_coin_posterior(answers: Answers, gold: Codes, seed: int) -> Floats:
    estimated = _OneCoin(n_iter=ONE_COIN_ROUNDS).fit_predict_proba(_frame(answers, gold))
    return _spread(estimated, answers)


def _dawid_skene_posterior(answers: Answers, gold: Codes, seed: int) -> Floats:
    # crowd-kit cannot take a gold label that nobody has given.
    usable = np.isin(gold, np.unique(answers.label)) & np.isin(np.arange(len(gold)), answers.item)
    known = pd.Series(gold[usable], index=np.flatnonzero(usable)) if usable.any() else None
    estimated = _DawidSkene(n_iter=DAWID_SKENE_ROUNDS).fit_predict_proba(_frame(answers), known)
    return _spread(estimated, answers)


def _mace_posterior(answers: Answers, gold: Codes, seed: int) -> Floats:
    # `_mace_confusion` is all that is needed of MACE.
    return np.full((len(answers.items), len(answers.classes)), 1 / len(answers.classes))


def _mace_confusion(answers: Answers, gold: Codes, seed: int) -> Floats:
    """An annotator knows the truth with one chance, and otherwise says what they say whatever the truth is."""
    frame = _frame(answers, gold)
    model = _Mace(n_restarts=1, n_iter=MACE_ROUNDS, random_state=seed)
    model.fit(frame)
    # MACE numbers annotators and labels in the order in which they occur.
    annotators, labels = pd.unique(frame["worker"]), pd.unique(frame["label"])
    guesses, knows = _normalize(model.spamming_).T
    habits = _normalize(model.thetas_)
    classes = len(answers.classes)
    confusion = np.zeros((len(answers.annotators) + 1, classes, classes))
    # Annotators of whom nothing was learned are like the average.
    confusion[:] = knows.mean() * np.eye(classes) + (1 - knows.mean()) / classes
    confusion[annotators] = 0
    for place, label in enumerate(labels):
        confusion[annotators, :, label] += (guesses * habits[:, place])[:, None]
        confusion[annotators, label, label] += knows
    # A truth that nobody ever names leaves rows that do not add up to one.
    confusion[annotators] += _FLOOR
    return confusion[: len(answers.annotators)]


class _DawidSkene(DawidSkene):
    """crowd-kit's, on the grid: where answers tie, a difference in the last bit would double in each round."""

    @staticmethod
    def _e_step(data: "pd.DataFrame", priors: "pd.Series", errors: "pd.DataFrame") -> "pd.DataFrame":
        return on_grid(DawidSkene._e_step(data, priors, errors))


class _OneCoin(OneCoinDawidSkene):
    """crowd-kit's, on the grid, and but for a step that it makes in Python for each row: 0.9 s a round on `adult`."""

    @staticmethod
    def _e_step(data: "pd.DataFrame", priors: "pd.Series", errors: "pd.DataFrame") -> "pd.DataFrame":
        return on_grid(DawidSkene._e_step(data, priors, errors))

    @staticmethod
    def _process_skills_to_errors(data: "pd.DataFrame", probas: "pd.DataFrame", skills: "pd.Series") -> "pd.DataFrame":
        errors = DawidSkene._m_step(data, probas)
        skill = skills.loc[errors.index.get_level_values("worker")].to_numpy()[:, None]
        is_right = errors.index.get_level_values("label").to_numpy()[:, None] == errors.columns.to_numpy()[None, :]
        chances = np.where(is_right, skill, (1 - skill) / max(len(errors.columns) - 1, 1))
        return pd.DataFrame(np.clip(chances, 1e-10, 1 - 1e-10), index=errors.index, columns=errors.columns)


class _Mace(MACE):
    """crowd-kit's, with what it learns in each round cut to its leading bits."""

    def _variational_m_step(self, knowing: "pd.DataFrame", strategies: "pd.DataFrame") -> None:
        super()._variational_m_step(knowing, strategies)
        self.spamming_, self.thetas_ = leading(self.spamming_), leading(self.thetas_)


_POSTERIORS: Mapping[Estimator, Callable[[Answers, Codes, int], Floats]] = {
    Estimator.MAJORITY: _majority_posterior,
    Estimator.ONE_COIN: _one_coin_posterior,
    Estimator.DAWID_SKENE: _dawid_skene_posterior,
    Estimator.MACE: _mace_posterior,
}


def _frame(answers: Answers, gold: Codes | None = None) -> "pd.DataFrame":
    """The answers as crowd-kit takes them; gold, for estimators that know of none, as one more annotator's."""
    columns = [("task", answers.item), ("worker", answers.annotator), ("label", answers.label)]
    frame = pd.DataFrame({name: codes.astype(np.int64) for name, codes in columns})
    if gold is None or not (gold >= 0).any():
        return frame
    items = np.intersect1d(np.flatnonzero(gold >= 0), answers.item)
    truth = pd.DataFrame({"task": items, "worker": len(answers.annotators), "label": gold[items].astype(np.int64)})
    return pd.concat([frame, truth], ignore_index=True)


def _spread(estimated: "pd.DataFrame", answers: Answers) -> Floats:
    """(items, classes): items without an answer are flat, classes that nobody named have no chance."""
    items, classes = len(answers.items), len(answers.classes)
    posterior: Floats = np.full((items, classes), 1 / classes)
    rows = estimated.index.to_numpy()
    posterior[rows] = estimated.reindex(columns=range(classes), fill_value=0.0).to_numpy()
    return posterior


def _normalize(matrices: Floats) -> Floats:
    clipped = np.clip(matrices, _FLOOR if matrices.shape[-1] > 1 else 1, None)
    normalized: Floats = clipped / clipped.sum(axis=-1, keepdims=True)
    return normalized
