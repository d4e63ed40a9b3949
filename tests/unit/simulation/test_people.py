"""Kinds of people: real answers, changed only where somebody is no honest annotator."""

import csv

import numpy as np
import pytest

from scripts._simulation.people import (
    HALF,
    OTHERS,
    SLIPS,
    Kind,
    commonest,
    error_pattern,
    gather,
    honest_responses,
    responses,
    right_by_class,
)
from scripts._simulation.sets import FEWEST_ANSWERS, FOLDER, NAMES, load, part


@pytest.mark.parametrize("name", NAMES)
def test_load__every_set__has_annotators_with_enough_known_answers(name: str) -> None:
    real = load(name)
    assert np.bincount(real.annotator).min() >= FEWEST_ANSWERS
    assert len(set(zip(real.annotator.tolist(), real.item.tolist(), strict=True))) == len(real.label)
    assert real.whole >= len(real.label)


def test_load__mammo__is_the_file() -> None:
    real = load("mammo")
    with (FOLDER / "mammo" / "answers.csv").open(newline="") as file:
        rows = {(row["annotator"], row["item"], row["label"]) for row in csv.DictReader(file)}
    columns = zip(real.annotator, real.item, real.label, strict=True)
    assert {(real.annotators[a], real.items[i], real.classes[c]) for a, i, c in columns} == rows


def test_part__few_people_and_items__are_what_is_left() -> None:
    real = part(load("mammo"), 3, 20)
    assert (len(real.annotators), len(real.items), len(real.label)) == (3, 20, 60)


@pytest.mark.parametrize("kind", Kind)
def test_responses__every_kind__are_chances(kind: Kind) -> None:
    given = responses(load("weather"), kind)
    assert (given >= 0).all() and np.allclose(given.sum(axis=2), 1)


def test_honest_responses__all_answers_together__weigh_as_one_more() -> None:
    real = load("mammo")
    rows = (real.annotator == 0) & (real.truth == 1)
    pooled = real.truth == 1
    right = (real.label == 1) & pooled
    expected = ((right & rows).sum() + right.sum() / pooled.sum()) / (rows.sum() + 1)
    assert honest_responses(real)[0, 1, 1] == pytest.approx(expected)


def test_responses__by_kind__are_right_as_often_as_the_kind_says() -> None:
    real = load("fin_crowd")
    own = right_by_class(responses(real, Kind.HONEST))
    always = np.eye(3)[commonest(real)]
    expected = {
        Kind.CARELESS: (1 - SLIPS) * own,
        Kind.CONSTANT: np.broadcast_to(always, own.shape),
        Kind.RANDOM: np.full(own.shape, 1 / 3),
        Kind.LYING: HALF * own,
        Kind.COPYING: own,
        Kind.HALF_LAZY: HALF * own + HALF * always,
        # Half-way between chance and the real annotator.
        Kind.HALF_INFORMED: (own + 1 / 3) / 2,
    }
    for kind, right in expected.items():
        assert np.allclose(right_by_class(responses(real, kind)), right), kind


def test_error_pattern__every_class__names_wrong_labels_alone() -> None:
    pattern = error_pattern(load("weather"))
    assert np.allclose(pattern.sum(axis=1), 1) and (np.diag(pattern) == 0).all()


def test_gather__honest_annotators__keep_their_real_answers_and_are_half_of_all() -> None:
    real = load("weather")
    crowd = gather(real, True, "1")
    honest = np.array([kind is Kind.HONEST for kind in crowd.kind])
    assert honest.sum() == len(real.annotators)
    assert honest.mean() == pytest.approx(0.5, abs=0.02)
    rows = honest[crowd.account]
    assert (crowd.label[rows] == real.label).all() and (crowd.item[rows] == real.item).all()
    assert set(crowd.kind) == set(Kind)
    assert set(gather(real, False, "1").kind) == {Kind.HONEST}


def test_gather__answers_by_kind__are_as_likely_as_the_responses_say() -> None:
    """The two descriptions of a kind agree: the share of right labels is that of the chances."""
    real = load("movie")
    for kind in OTHERS:
        found, expected = [], []
        for seed in range(6):
            crowd = gather(real, True, str(seed))
            given = responses(real, kind)
            for account in (number for number, one in enumerate(crowd.kind) if one is kind):
                rows = crowd.account == account
                found.append(crowd.label[rows] == real.gold[crowd.item[rows]])
                right = right_by_class(given)[crowd.source[account]]
                expected.append(right[real.gold[crowd.item[rows]]])
        assert np.concatenate(found).mean() == pytest.approx(np.concatenate(expected).mean(), abs=0.02), kind


def test_gather__lying_group__agrees_on_wrong_labels() -> None:
    real = load("weather")
    crowd = gather(real, True, "1")
    lying = np.array([kind is Kind.LYING for kind in crowd.kind])[crowd.account]
    own = {(int(a), int(i)): int(c) for a, i, c in zip(real.annotator, real.item, real.label, strict=True)}
    lies = {
        (item, label)
        for account, item, label in zip(
            crowd.account[lying].tolist(), crowd.item[lying].tolist(), crowd.label[lying].tolist(), strict=True
        )
        if own[int(crowd.source[account]), item] != label
    }
    assert len(lies) == len({item for item, _ in lies}) == pytest.approx(HALF * len(real.items), rel=0.25)
    assert all(real.gold[item] != label for item, label in lies)


def test_gather__same_seed__same_people() -> None:
    real = load("weather")
    first, again, other = (gather(real, True, seed) for seed in ("1", "1", "2"))
    assert (first.label == again.label).all()
    assert not np.array_equal(first.source, other.source)
