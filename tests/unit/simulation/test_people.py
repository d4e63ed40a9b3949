"""Populations: real answers, changed only where somebody cheats."""

import csv

import numpy as np
import pytest

from scripts._simulation.beliefs import BINS, audit, doubts
from scripts._simulation.people import LIES, SCENARIOS, SLIPS, Behaviour, Population, error_pattern, populate
from scripts._simulation.sets import FEWEST_ANSWERS, FOLDER, NAMES, load, part
from tests.processor import OtherProcessor


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


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_populate__honest_annotators__keep_their_real_answers(scenario: str) -> None:
    real = load("weather")
    population = populate(real, SCENARIOS[scenario], "1")
    honest = population.honest()[real.annotator]
    assert (population.label[honest] == real.label[honest]).all()
    assert set(population.behaviours) == {Behaviour.HONEST, *SCENARIOS[scenario]}


def test_populate__same_seed__same_people() -> None:
    real = load("weather")
    first, again, other = (populate(real, SCENARIOS["mixed"], seed) for seed in ("1", "1", "2"))
    assert first.behaviours == again.behaviours != other.behaviours
    assert (first.label == again.label).all()


def test_populate__careless__errs_more_by_the_share_of_slips() -> None:
    real = load("movie")
    population = populate(real, {Behaviour.CARELESS: 1.0}, "1")
    right = real.label == real.truth
    assert population.wrong[right].mean() == pytest.approx(SLIPS, abs=0.02)
    assert (population.label[~right] == real.label[~right]).all()


def test_populate__copying_group__gives_one_answer_to_an_item() -> None:
    real = load("weather")
    population = populate(real, {Behaviour.COPYING: 0.4}, "1")
    rows = ~population.honest()[real.annotator]
    answers = set(zip(real.item[rows].tolist(), population.label[rows].tolist(), strict=True))
    assert len(answers) == len(set(real.item[rows].tolist()))


def test_populate__lying_group__agrees_on_wrong_labels() -> None:
    real = load("weather")
    population = populate(real, {Behaviour.LYING: 1.0}, "1")
    changed = population.label != real.label
    lies = set(zip(real.item[changed].tolist(), population.label[changed].tolist(), strict=True))
    assert population.wrong[changed].all()
    assert len(lies) == len({item for item, _ in lies}) == pytest.approx(LIES * len(real.items), rel=0.15)


def test_error_pattern__annotator__is_their_own() -> None:
    real = load("weather")
    pattern = error_pattern(real, 0)
    assert np.allclose(pattern.sum(axis=1), 1) and np.allclose(np.diag(pattern), 0)
    assert not np.allclose(pattern, error_pattern(real))


def test_doubts__gold_that_was_not_shown__is_calibrated() -> None:
    """Of the labels that are said to be wrong with some chance, about so many are: on the items that were held back."""
    population = populate(load("movie"), SCENARIOS["mixed"], "1")
    known = np.arange(len(population.real.items)) % 2 == 0
    doubt, hidden = doubts(population, known), ~known[population.real.item]
    levels = np.unique(doubt)
    assert 2 <= len(levels) <= BINS
    for level in levels:
        rows = hidden & (doubt == level)
        assert population.wrong[rows].mean() == pytest.approx(level, abs=0.08)


def test_doubts__known_labels_all_beyond_doubt__the_others_no_more_doubtful() -> None:
    """Equal chances leave bins without a known label, which must not count as half wrong."""
    real = load("movie")
    population = Population(real, (Behaviour.HONEST,) * len(real.annotators), real.truth)
    for known in (np.arange(len(real.items)) < 40, np.arange(len(real.items)) % 2 == 0):
        assert doubts(population, known).max() < 0.1


@pytest.mark.parametrize("name", ["mammo", "weather", "movie"])
def test_doubts__processor_with_other_last_bits__are_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    population = populate(load(name), SCENARIOS["mixed"], "1")
    nothing, some = np.zeros(len(population.real.items), dtype=bool), np.arange(len(population.real.items)) % 3 == 0
    here = [doubts(population, known) for known in (nothing, some)]
    OtherProcessor(monkeypatch, 1)
    there = [doubts(population, known) for known in (nothing, some)]
    assert all(np.array_equal(one, other) for one, other in zip(here, there, strict=True))


def test_audit__known_items__are_certain() -> None:
    population = populate(load("mammo"), SCENARIOS["mixed"], "1")
    known = np.arange(200) < 60
    doubt = doubts(population, known)
    found, shown = audit(population, known, doubt), known[population.real.item]
    assert (found[shown] == population.wrong[shown]).all()
    assert (found[~shown] == doubt[~shown]).all()
