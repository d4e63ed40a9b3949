"""Which estimator of the truth to believe, and why.

With enough gold, the one that finds the gold best without having seen it. Without, the one that predicts answers best
that were hidden from it: one answer of each item is hidden, and the truth that is estimated from the others is passed
through the same model of what this annotator says, given the truth. So estimators are compared by the truths that they
give, not by how many parameters they have for annotators.
"""

from collections.abc import Mapping, Sequence

from goldleaf.errors import MissingExtra

from .answers import Answers, Codes
from .calibration import CORRELATION, Evidence, cross_validated, losses
from .grid import on_grid
from .models import Floats, Reliability, fit, response_model
from .result import Choice, Estimator, Score

try:
    import numpy as np
    from numpy.typing import NDArray
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

# With fewer golds or hidden answers than this, chance decides which estimator looks best.
ENOUGH = 30
# Small sets hide one answer of each item again and again, until so many were predicted.
PLENTY = 1000
MOST_ROUNDS = 5

_CRITERIA = {"gold": "known answers that it was not shown", "answers": "answers that were hidden from it"}


def evidence_of(reliability: Reliability, answers: Answers) -> Evidence:
    """What all answers say, given how reliable the annotators are."""
    items = len(answers.items)
    scores = reliability.scores(answers.annotator, answers.item, answers.label, items)
    return Evidence(scores, reliability.prior, np.bincount(answers.item, minlength=items))


def choose(
    answers: Answers, gold: Codes, fitted: Mapping[Estimator, Reliability], candidates: Sequence[Estimator], seed: int
) -> Choice:
    """The estimator to take. `fitted` are the candidates without gold, `gold` the class of each item or -1."""
    if len(candidates) == 1:
        return Choice(candidates[0], criterion="none", held_out=0, scores=(), why="No other one was asked for.")
    known = np.flatnonzero((gold >= 0) & (np.bincount(answers.item, minlength=len(gold)) > 0))
    if len(known) >= ENOUGH:
        return _best("gold", [_score_gold(answers, gold, known, fitted[one], seed) for one in candidates], len(known))
    hidden = _hide(answers, seed)
    if len(hidden) >= ENOUGH:
        rounds = min(MOST_ROUNDS, -(-PLENTY // len(hidden)))
        hidings = [_hide(answers, seed + number) for number in range(rounds)]
        scores = [_score_answers(answers, hidings, gold, one, seed) for one in candidates]
        return _best("answers", scores, sum(map(len, hidings)))
    return Choice(
        estimator=Estimator.MAJORITY,
        criterion="none",
        held_out=0,
        scores=(),
        why=(
            f"The majority is taken: there are {len(known)} known answers and {len(hidden)} answers to hide, and it "
            f"takes {ENOUGH} of either to compare estimators."
        ),
    )


def _score_gold(answers: Answers, gold: Codes, known: NDArray[np.intp], reliability: Reliability, seed: int) -> Score:
    truth = gold[known]
    posterior = cross_validated(evidence_of(reliability, answers).at(known), truth, seed)
    return _score(reliability.estimator, posterior, truth)


def _score_answers(
    answers: Answers, hidings: Sequence[NDArray[np.intp]], gold: Codes, estimator: Estimator, seed: int
) -> Score:
    predicted = [_predict(answers, hidden, gold, estimator, seed) for hidden in hidings]
    return _score(estimator, np.concatenate(predicted), answers.label[np.concatenate(hidings)])


def _predict(answers: Answers, hidden: NDArray[np.intp], gold: Codes, estimator: Estimator, seed: int) -> Floats:
    """P(label) of each hidden answer, (hidden, classes)."""
    shown = np.ones(len(answers), dtype=bool)
    shown[hidden] = False
    rest = answers.select(shown)
    posterior = evidence_of(fit(estimator, rest, gold, seed), rest).posterior(CORRELATION)
    responses = response_model(posterior, rest)[answers.annotator[hidden]]  # (hidden, truth, label)
    predicted: Floats = on_grid(np.einsum("nt,ntl->nl", posterior[answers.item[hidden]], responses))
    return predicted


def _score(estimator: Estimator, predicted: Floats, truth: Codes) -> Score:
    wanted = np.eye(predicted.shape[1])[truth]
    return Score(
        estimator=estimator,
        log_loss=on_grid(float(losses(predicted, truth).mean())),
        accuracy=float(np.mean(predicted.argmax(axis=1) == truth)),
        brier=on_grid(float(np.mean(((predicted - wanted) ** 2).sum(axis=1)))),
    )


def _hide(answers: Answers, seed: int) -> NDArray[np.intp]:
    """A row of each item that has three answers or more, drawn from the seed; of those with two, if there are none."""
    counts = np.bincount(answers.item, minlength=len(answers.items))
    enough = 3 if (counts >= 3).any() else 2
    order = np.random.default_rng(seed).permutation(len(answers))
    items, first = np.unique(answers.item[order], return_index=True)
    return np.sort(order[first[counts[items] >= enough]])


def _best(criterion: str, scores: Sequence[Score], held_out: int) -> Choice:
    # Of equal ones the first, which is the simpler one.
    best = min(scores, key=lambda score: score.log_loss)
    name = best.estimator.value
    others = ", ".join(f"{one.estimator.value} {one.log_loss:.3f}" for one in scores if one is not best)
    return Choice(
        estimator=best.estimator,
        criterion=criterion,
        held_out=held_out,
        scores=tuple(scores),
        why=(
            f"{name[0].upper()}{name[1:]} is best at {held_out} {_CRITERIA[criterion]}: "
            f"a log loss of {best.log_loss:.3f}" + (f", against {others}." if others else ".")
        ),
    )
