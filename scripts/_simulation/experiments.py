"""What is run, and the document that it comes to."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from math import ceil, isqrt
from typing import Any

import numpy as np

from goldleaf.economics import BPS, gold_deposit
from scripts._simulation import audited, choosing, samepay
from scripts._simulation.bootstrap import interval, mean, shown
from scripts._simulation.choosing import DETERRED, KEPT, KEPT_IN_THE_MIDDLE, SHARES, STAKES, STANDARDS, Choice
from scripts._simulation.people import CHEATS, HALF, OTHERS, SLIPS, Kind, gather, responses, right_by_class, shares
from scripts._simulation.sets import Ints
from scripts._simulation.standard import (
    MICRO,
    Test,
    chances_to_fail,
    chances_to_fail_disputed,
    least_accuracy,
    misled,
    net,
)
from scripts._simulation.terms import ASLEEP, ERROR, REWARD, Terms

TRIALS, EPISODES = 20, 8
# Chances that the requester is wrong about a known item: by mistake, and on purpose.
WRONG, LIES = (0.0, 0.03, 0.1), (0.3, 0.6)
# Classes that a preset is made for, and what it suggests.
CLASSES = (2, 3, 4, 5)
REDUNDANCY = 3
# Of the full audit: rewards staked on a label, labels in a submission, rewards for a dispute, steps of the tolerance.
AUDIT_STAKE, AUDIT_BATCH, DISPUTE, STEP = 2.0, 50, 1.5, 500
AUDITED = (1.0, 0.5)

Step = Callable[[], None]
Track = Callable[[str, int], Step]


def document(names: Sequence[str], seed: int, *, quick: bool, track: Track) -> dict[str, Any]:
    """Runs everything. `track(title, steps)` gives what is called after each step."""
    step = track("terms", len(names))
    borne = {}
    for name in names:
        borne[name] = choosing.bearable(name)
        step()
    folds = {name: choosing.choose([other for other in names if other != name], borne) for name in names}
    chosen = choosing.choose(names, borne)
    tests = {name: fold.test(classes(name)) for name, fold in folds.items() if fold is not None}
    judged = {name: test for name, test in tests.items() if test is not None}
    return {
        "seed": seed,
        "quick": quick,
        "sets": list(names),
        "assumed": {
            "slips": SLIPS,
            "half": HALF,
            "pay_per_item": samepay.PAY,
            "trials": 1 if quick else TRIALS,
            "episodes": 1 if quick else EPISODES,
            "asleep": ASLEEP,
            "jurors_err": ERROR,
            "dispute": DISPUTE,
        },
        "rule": {
            "stakes": STAKES,
            "shares": [float(share) for share in SHARES],
            "standards": [float(standard) for standard in STANDARDS],
            "deterred": shown(DETERRED),
            "kept": shown(KEPT),
            "kept_in_the_middle": shown(KEPT_IN_THE_MIDDLE),
        },
        "people": {name: _people(name) for name in names},
        "bearable": {name: [[stake, float(q), float(g)] for stake, q, g in borne[name]] for name in names},
        "folds": {name: _fold(name, folds[name], borne) for name in names},
        "chosen": None if chosen is None else _choice(chosen),
        "presets": presets(chosen),
        "pay": {name: pay(name, test) for name, test in judged.items()},
        "accuracy": {name: accuracy(name, test) for name, test in judged.items()},
        "annotators": {name: annotators(name, test) for name, test in judged.items()},
        "gold": [row for name, test in judged.items() for row in gold(name, test)],
        "errors": _errors(judged, seed, 1 if quick else TRIALS, track),
        "audit": _audits(names, seed, 1 if quick else EPISODES, track),
    }


def classes(name: str) -> int:
    """How many classes a set has."""
    return len(choosing.real(name).classes)


def presets(chosen: Choice | None) -> list[dict[str, Any]]:
    """Terms for each number of classes."""
    found = []
    for number in CLASSES if chosen is not None else ():
        assert chosen is not None
        test = chosen.test(number)
        if test is not None:
            least = least_accuracy(number, chosen.standard)
            found.append(
                {
                    "classes": number,
                    **_test(test),
                    "least_accuracy": round(float(least), 4),
                    "tolerance_bps": tolerance(1 - least, test.batch),
                }
            )
    return found


def tolerance(errors: Fraction, batch: int) -> int:
    """What people who err with this chance stay within, in 1/10,000: two standard deviations more than is expected."""
    # In millionths, and the root rounded up, so that nothing depends on a float.
    variance = batch * errors * (1 - errors)
    spread = Fraction(isqrt(ceil(variance * MICRO**2)) + 1, MICRO)
    return STEP * ceil((batch * errors + 2 * spread) / batch * BPS / STEP)


# ------------------------------------------------------------ exact figures


def pay(name: str, test: Test) -> dict[str, Any]:
    """What a label earns: honest people, the better half of them, and each other kind."""
    own, better = choosing.nets(name, Kind.HONEST, test), choosing.better_half(name)
    return {
        "honest": _spread(own),
        "better": _spread(own[better]),
        "others": {kind.value: interval(choosing.nets(name, kind, test)) for kind in OTHERS},
    }


def annotators(name: str, test: Test) -> list[list[float]]:
    """Of each honest annotator: accuracy, accuracy with all classes alike, net per label."""
    balanced = np.zeros(len(choosing.real(name).annotators))
    for place in range(classes(name)):
        balanced = balanced + choosing.rights(name, Kind.HONEST)[:, place] / classes(name)
    columns = (
        choosing.accuracies(name, Kind.HONEST),
        np.rint(MICRO * balanced).astype(np.int64),
        choosing.nets(name, Kind.HONEST, test),
    )
    return [[shown(value) for value in row] for row in zip(*(column.tolist() for column in columns), strict=True)]


def accuracy(name: str, test: Test) -> dict[str, Any]:
    """Labels of honest people and as many others, one of each alike: how many are right, and what a right one costs.

    `tested`: as everybody comes; `settled`: when whoever loses by coming has left. A right label is one that is not of
    a known item.
    """
    weights: dict[str, list[int]] = {"everybody": [0, 0], "tested": [0, 0], "settled": [0, 0]}
    for kind in Kind:
        right = choosing.accuracies(name, kind)
        failing = chances_to_fail(choosing.rights(name, kind), test)
        read = np.rint(MICRO * (1 - float(test.share) * failing)).astype(np.int64)
        stays = choosing.nets(name, kind, test) > 0
        times = len(OTHERS) if kind is Kind.HONEST else 1
        for market, one in (("everybody", np.full_like(read, MICRO)), ("tested", read), ("settled", read * stays)):
            weights[market][0] += times * int((one * right).sum())
            weights[market][1] += times * int(one.sum())
    found: dict[str, Any] = {}
    for market, (right_ones, all_of_them) in weights.items():
        share = Fraction(right_ones, MICRO * all_of_them) if all_of_them else Fraction(0)
        useful = share if market == "everybody" else share * (1 - test.known)
        found[market] = {
            "accuracy": round(float(share), 4),
            "cost_per_right": round(float(1 / useful), 4) if useful else None,
        }
    return found


def gold(name: str, test: Test) -> Iterator[dict[str, Any]]:
    """Known items of which some are wrong, by mistake or on purpose: nobody disputes, or all that are wrong go."""
    occur = shares(choosing.real(name))
    better = choosing.better_half(name)
    given = {kind: responses(choosing.real(name), kind) for kind in (Kind.HONEST, *CHEATS)}
    for wrong in (*WRONG, *LIES):
        for disputed in (False, True) if wrong else (False,):
            void = 0.0
            earned = {}
            for kind, answers in given.items():
                if disputed:
                    failing, void = chances_to_fail_disputed(right_by_class(answers), test, wrong)
                else:
                    failing = chances_to_fail(misled(answers, occur, wrong), test)
                earned[kind] = net(failing, test)
            honest = earned.pop(Kind.HONEST)
            yield {
                "data": name,
                "wrong": wrong,
                "disputed": disputed,
                "honest": mean(honest),
                "better": mean(honest[better]),
                "better_losing": round(float((honest[better] < 0).mean()), 4),
                "cheat": max(mean(one) for one in earned.values()),
                "ungraded": round(void, 4),
                # Rewards, of which whoever drops known items gets all, if more than a tenth go.
                "deposit": gold_deposit(cost=round(DISPUTE * REWARD), redundancy=REDUNDANCY, size=test.size) / REWARD,
            }


# ------------------------------------------------------------ trials


def _errors(judged: Mapping[str, Test], seed: int, trials: int, track: Track) -> list[dict[str, Any]]:
    cells = [(name, test, others) for name, test in judged.items() for others in (False, True)]
    jobs = [(name, test, others, f"{seed} {number}") for name, test, others in cells for number in range(trials)]
    step, found = track("same pay", len(jobs)), []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(samepay.trial, *zip(*jobs, strict=True)):
            found.append(result)
            step()
    return [
        same_pay(name, others, found[place * trials : (place + 1) * trials])
        for place, (name, _, others) in enumerate(cells)
    ]


def same_pay(name: str, others: bool, trials: Sequence[Mapping[str, samepay.Market]]) -> dict[str, Any]:
    """The errors of both markets in all trials together: items are the units of the bootstrap."""
    wrong: dict[str, dict[str, Ints]] = {
        market: {
            one.value: MICRO - np.stack([trial[market].right[one] for trial in trials]).sum(axis=0) // len(trials)
            for one in samepay.AGGREGATORS
        }
        for market in trials[0]
    }
    best = {market: min(by, key=lambda one, by=by: int(by[one].sum())) for market, by in wrong.items()}  # type: ignore[misc]
    hindsight = wrong["everybody"][best["everybody"]]
    return {
        "data": name,
        "people": "mixed" if others else "honest",
        "markets": {
            market: {
                "errors": {one: interval(items) for one, items in by.items()},
                "best": best[market],
                # Against the best of everybody's, in hindsight: below 0 is better.
                "difference": interval(by[best[market]] - hindsight),
                "majority_difference": interval(by[samepay.AGGREGATORS[0].value] - hindsight),
                "read": sum(trial[market].read for trial in trials) // len(trials),
                "paid": sum(trial[market].paid for trial in trials) // len(trials),
            }
            for market, by in wrong.items()
        },
    }


def audit_terms(name: str) -> Terms:
    """Of a task without a test: tolerance by the errors that the set's own people make, which else a pilot tells."""
    real = choosing.real(name)
    errors = Fraction(int((real.label != real.truth).sum()), len(real.label))
    return Terms(AUDIT_STAKE, tolerance(errors, AUDIT_BATCH), AUDIT_BATCH, DISPUTE)


def _audits(names: Sequence[str], seed: int, episodes: int, track: Track) -> list[dict[str, Any]]:
    step, found = track("full audit", len(names) * len(AUDITED)), []
    for name in names:
        for looked_at in AUDITED:
            found.append(audit(name, looked_at, seed, episodes))
            step()
    return found


def audit(name: str, looked_at: float, seed: int, episodes: int) -> dict[str, Any]:
    """A task without a test, and an auditor who knows what is wrong of a share of the submissions."""
    terms = audit_terms(name)
    earned: dict[tuple[int, Kind], list[int]] = {}  # annotator, kind -> base units for a label, by episode
    labels = read = right = paid = audited_labels = profit = 0
    for number in range(episodes):
        crowd = gather(choosing.real(name), True, f"{seed} {number} audit")
        played = audited.play(crowd, terms, f"{seed} {number} play", looked_at)
        sizes = np.bincount(crowd.account)
        for account, kind in enumerate(crowd.kind):
            each = round(played.gains[audited.name_of(crowd, account)] / int(sizes[account]))
            earned.setdefault((int(crowd.source[account]), kind), []).append(each)
        accepted = np.array(sorted(played.accepted), dtype=np.int64)
        labels += len(crowd.label)
        read += len(accepted)
        right += int((~crowd.wrong[accepted]).sum())
        paid -= played.gains[audited.REQUESTER]
        audited_labels += sum(len(work.rows) for work in played.works if work.audited)
        profit += played.gains[audited.AUDITOR]
    means = {key: round(sum(one) / len(one)) * MICRO // REWARD for key, one in earned.items()}

    def of(kind: Kind) -> Ints:
        return np.array([value for (_, other), value in means.items() if other is kind], dtype=np.int64)

    size = len(choosing.real(name).annotators)
    honest = np.array([means[source, Kind.HONEST] for source in range(size)], dtype=np.int64)
    return {
        "data": name,
        "looked_at": looked_at,
        "tolerance_bps": terms.tolerance_bps,
        "honest": _spread(honest),
        "better": _spread(honest[choosing.better_half(name)]),
        "others": {kind.value: interval(of(kind)) for kind in OTHERS},
        "accepted": round(read / labels, 4),
        "accuracy": round(right / read, 4),
        "cost_per_right": round(paid / REWARD / right, 4),
        "profit_per_label": round(profit / REWARD / audited_labels, 4),
    }


# ------------------------------------------------------------ parts of the document


def _people(name: str) -> dict[str, Any]:
    real = choosing.real(name)
    own = choosing.accuracies(name, Kind.HONEST)
    return {
        "classes": classes(name),
        "annotators": len(real.annotators),
        "items": len(real.items),
        "answers": len(real.label),
        "accuracy": mean(own),
        "median_accuracy": shown(float(np.median(own))),
        "commonest": round(float((real.gold == np.bincount(real.label).argmax()).mean()), 4),
    }


def _test(test: Test) -> dict[str, Any]:
    return {
        "counts": list(test.counts),
        "allowed": test.allowed,
        "stake": test.stake,
        "share": float(test.share),
        "batch_size": test.batch,
        "known": float(test.known),
    }


def _choice(chosen: Choice) -> dict[str, Any]:
    return {
        "stake": chosen.stake,
        "share": float(chosen.share),
        "standard": float(chosen.standard),
        "hard": list(chosen.hard),
    }


def _fold(name: str, fold: Choice | None, borne: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    test = None if fold is None else fold.test(classes(name))
    if fold is None or test is None:
        return {}
    return {
        **_choice(fold),
        **_test(test),
        "least_accuracy": round(float(least_accuracy(classes(name), fold.standard)), 4),
        "borne": choosing.bears(name, test),
        "bears_some": bool(borne[name]),
    }


def _spread(values: Ints) -> dict[str, Any]:
    return {
        "mean": interval(values),
        "median": shown(float(np.median(values))),
        "losing": round(float((values < 0).mean()), 4),
    }


def to_json(document: Mapping[str, Any]) -> str:
    """The document with a row on each line, so that a change can be read."""
    lines = []
    for name, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n".join(json.dumps(each) for each in value)
            lines.append(f"{json.dumps(name)}: [\n{rows}\n]")
        elif isinstance(value, dict) and value and all(isinstance(each, dict | list) for each in value.values()):
            rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(each)}" for key, each in value.items())
            lines.append(f"{json.dumps(name)}: {{\n{rows}\n}}")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
