"""How well truth is estimated on the real sets, by gold that was not shown: the table `docs/estimators.json`."""

from typing import Any

import numpy as np

from goldleaf import to_canonical
from goldleaf_tools.audit.answers import Answers, Gold
from goldleaf_tools.audit.calibration import CORRELATION, cross_validated, fit_correlation, measure
from goldleaf_tools.audit.choosing import choose, evidence_of
from goldleaf_tools.audit.models import fit
from goldleaf_tools.audit.result import Estimator, Reliability
from scripts._data import FOLDER, read_answers, read_gold

SETS = ("mammo", "weather", "bluebirds", "movie", "fin_crowd", "adult")
TABLE = FOLDER.parent / "docs" / "estimators.json"
SEED = 0


def load(name: str) -> tuple[Answers, Gold]:
    """All answers of a set as those of one task, and its gold."""
    answers, gold = read_answers(name), read_gold(name)
    numbers = {item: number for number, item in enumerate(sorted({item for own in answers.values() for item in own}))}
    rows = [(annotator, item, label) for annotator, own in answers.items() for item, label in own.items()]
    columns = Answers.from_columns(
        annotator=[annotator for annotator, _, _ in rows],
        item=[(1, numbers[item]) for _, item, _ in rows],
        label=[to_canonical(label) for _, _, label in rows],
        classes=[to_canonical(label) for label in gold.values()],
    )
    return columns, {(1, numbers[item]): to_canonical(label) for item, label in gold.items() if item in numbers}


def table_of(name: str) -> dict[str, Any]:
    """What each estimator gives on a set, and which is chosen with its gold and without."""
    answers, gold = load(name)
    known = answers.gold_codes(gold)
    nothing = np.full_like(known, -1)
    fitted = {one: fit(one, answers, nothing, SEED) for one in Estimator}
    with_gold = choose(answers, known, fitted, tuple(Estimator), SEED)
    without = choose(answers, nothing, fitted, tuple(Estimator), SEED)
    golds = np.flatnonzero(known >= 0)
    rows = np.flatnonzero(known[answers.item] >= 0)
    item, label = answers.item[rows], answers.label[rows]
    wrong = label != known[item]
    estimators: dict[str, Any] = {}
    for one in Estimator:
        evidence = evidence_of(fitted[one], answers)
        held_out = evidence.posterior(CORRELATION)
        by_default = 1 - held_out[item, label]
        held_out[golds] = cross_validated(evidence.at(golds), known[golds], SEED)
        estimators[one.value] = {
            "accuracy": round(float(np.mean(evidence.posterior(0)[golds].argmax(axis=1) == known[golds])), 4),
            "correlation": round(fit_correlation(evidence.at(golds), known[golds]), 2),
            "uncalibrated": _figures(measure(1 - evidence.posterior(0)[item, label], wrong)),
            "without gold": _figures(measure(by_default, wrong)),
            "by other gold": _figures(measure(1 - held_out[item, label], wrong)),
        }
    return {
        "answers": len(answers),
        "golds": len(golds),
        "chosen with gold": with_gold.estimator.value,
        "chosen without gold": without.estimator.value,
        "log loss on hidden answers": {score.estimator.value: round(score.log_loss, 3) for score in without.scores},
        "estimators": estimators,
    }


def _figures(reliability: Reliability) -> dict[str, float]:
    return {
        "log loss": round(reliability.log_loss, 4),
        "brier": round(reliability.brier, 4),
        "ece": round(reliability.ece, 4),
    }
