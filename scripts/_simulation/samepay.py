"""How wrong aggregated labels are that the same pay buys, where everybody is paid and where sealed labels are tested.

Every label that is read costs one reward in either market. Where everybody is paid, an item gets labels of accounts
that are drawn among all who answer it. Where labels are tested, work that fails its test is neither read nor paid, so
that the same pay goes to others' labels; but a part of it pays for labels of the known items themselves.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from goldleaf_tools.audit.answers import Answers
from goldleaf_tools.audit.grid import on_grid
from goldleaf_tools.audit.models import fit
from goldleaf_tools.audit.result import Estimator
from scripts._simulation.choosing import nets, real, rights
from scripts._simulation.people import Crowd, gather
from scripts._simulation.sets import Flags, Floats, Ints
from scripts._simulation.standard import MICRO, Test, chances_to_fail

# Rewards for an item.
PAY = 5
AGGREGATORS = (Estimator.MAJORITY, Estimator.ONE_COIN, Estimator.DAWID_SKENE)


@dataclass(frozen=True)
class Market:
    """What one market came to in one trial: by aggregator, millionths of each item that are right."""

    right: dict[Estimator, Ints]
    read: int  # labels, all of which are paid
    paid: int  # rewards, labels of known items included


def trial(name: str, test: Test, others: bool, seed: str) -> dict[str, Market]:
    """Both markets once, with the same people: `everybody` is paid, `tested` as everybody comes, `settled` when whoever
    loses by coming has left."""
    crowd = gather(real(name), others, f"{seed} people")
    chance = np.random.default_rng(list(f"{seed} order".encode()))
    order = chance.permutation(len(crowd.item))
    passes = _passing(name, crowd, test, chance)
    stays = np.array(
        [nets(name, kind, test)[source] > 0 for kind, source in zip(crowd.kind, crowd.source, strict=True)]
    )[crowd.account]
    useful = 1 - test.known
    markets = {}
    for market, candidates, part in (
        ("everybody", np.ones(len(order), dtype=bool), Fraction(1)),
        ("tested", passes, useful),
        ("settled", passes & stays, useful),
    ):
        rows = bought(crowd, order, candidates, part, len(crowd.real.items))
        paid = round(len(rows) / part)
        markets[market] = Market({one: credits(crowd, rows, one) for one in AGGREGATORS}, len(rows), paid)
    return markets


def _passing(name: str, crowd: Crowd, test: Test, chance: np.random.Generator) -> Flags:
    """Whether the batch of each row is read: it was not graded, or has passed its test."""
    found = np.zeros(len(crowd.item), dtype=bool)
    for account, (kind, source) in enumerate(zip(crowd.kind, crowd.source, strict=True)):
        rows = np.flatnonzero(crowd.account == account)
        failing = float(chances_to_fail(rights(name, kind)[source : source + 1], test)[0])
        batches = -(-len(rows) // test.batch)
        read = (chance.random(batches) >= float(test.share)) | (chance.random(batches) >= failing)
        found[rows] = read[np.arange(len(rows)) * batches // len(rows)]
    return found


def bought(crowd: Crowd, order: Ints, candidates: Flags, part: Fraction, items: int) -> Ints:
    """The rows that the pay buys: one for each item, then a second, while there are any; in this order."""
    budget = round(PAY * items * part)
    number = np.zeros(items, dtype=np.int64)
    rounds: list[list[int]] = []
    for row in order.tolist():
        if candidates[row]:
            item = crowd.item[row]
            if number[item] == len(rounds):
                rounds.append([])
            rounds[number[item]].append(row)
            number[item] += 1
    return np.array([row for each in rounds for row in each][:budget], dtype=np.int64)


def credits(crowd: Crowd, rows: Ints, estimator: Estimator) -> Ints:
    """By item, how much of what is most likely is true, millionths: classes of a tie share it, no label is none."""
    items, classes = len(crowd.real.items), len(crowd.real.classes)
    answers = Answers.from_columns(
        annotator=[f"{account:05d}" for account in crowd.account[rows].tolist()],
        item=[(1, item) for item in crowd.item[rows].tolist()],
        label=[f"{label:02d}".encode() for label in crowd.label[rows].tolist()],
        classes=[f"{label:02d}".encode() for label in range(classes)],
    )
    nothing = np.full(len(answers.items), -1, dtype=answers.item.dtype)
    reliability = fit(estimator, answers, nothing)
    scores: Floats = reliability.scores(answers.annotator, answers.item, answers.label, len(answers.items))
    if estimator is Estimator.DAWID_SKENE:
        scores = scores + on_grid(np.log(reliability.prior))
    best = scores == scores.max(axis=1, keepdims=True)
    present = np.unique(crowd.item[rows])
    found = np.zeros(items, dtype=np.int64)
    found[present] = MICRO * best[np.arange(len(present)), crowd.real.gold[present]] // best.sum(axis=1)
    return found
