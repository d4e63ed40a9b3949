"""What a test pays on average, exactly; and how terms are chosen by it."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from goldleaf import testing
from scripts._simulation import choosing
from scripts._simulation.bootstrap import interval
from scripts._simulation.choosing import Choice, bears, better_half, choose, nets, rights
from scripts._simulation.experiments import tolerance
from scripts._simulation.people import Kind, responses, right_by_class, shares
from scripts._simulation.sets import load
from scripts._simulation.standard import MICRO, chances_to_fail, chances_to_fail_disputed, design, misled, net
from scripts._simulation.standard import Test as Standard
from scripts._simulation.tested import failing
from tests.processor import OtherProcessor

HALF = Fraction(1, 2)
SMALL = Standard((5, 5), 3, 4, HALF)


@pytest.mark.parametrize("accuracy", ["0.5", "0.7", "0.93"])
def test_chances_to_fail__equal_classes__are_the_calculators(accuracy: str) -> None:
    right = np.full((1, 2), float(accuracy))
    exact = float(testing.chance_to_fail(10, 3, accuracy))
    assert chances_to_fail(right, SMALL)[0] == pytest.approx(exact, abs=1e-12)


def test_chances_to_fail__labels_drawn__fail_as_often() -> None:
    real = load("weather")
    test = Standard((3, 2, 2, 2, 3), 5, 4, HALF)
    right = right_by_class(responses(real, Kind.HONEST))[:1]
    chance = np.random.default_rng(1)
    told = np.repeat(np.arange(5), test.counts)
    drawn = np.where(chance.random((20_000, 12)) < right[0][told], told, -1)
    frequency = failing(drawn, told, np.arange(12), test.allowed).mean()
    assert frequency == pytest.approx(chances_to_fail(right, test)[0], abs=0.01)


def test_chances_to_fail_disputed__all_cases__add_up() -> None:
    """By every combination of ten items that are wrong and dropped, answered wrong or right."""
    wrong, right = 0.2, np.array([[0.8, 0.6]])
    expected = void = 0.0
    for cases in product(range(3), repeat=10):  # dropped, error, right
        chance = 1.0
        for place, case in enumerate(cases):
            own = right[0, place // 5]
            chance *= (wrong, (1 - wrong) * (1 - own), (1 - wrong) * own)[case]
        dropped, errors = cases.count(0), cases.count(1)
        if dropped > 1:
            void += chance
        elif errors > max(0, SMALL.allowed - dropped):
            expected += chance
    found, ungraded = chances_to_fail_disputed(right, SMALL, wrong)
    assert (found[0], ungraded) == pytest.approx((expected, void), abs=1e-12)


def test_chances_to_fail_disputed__nothing_wrong__is_the_test_itself() -> None:
    right = rights("adult", Kind.HONEST)
    test = Standard((4, 4, 4, 4), 9, 4, HALF)
    found, ungraded = chances_to_fail_disputed(right, test, 0.0)
    assert np.array_equal(found, chances_to_fail(right, test)) and ungraded == 0


def test_misled__nothing_or_all_wrong__is_right_or_the_told_class_of_others() -> None:
    real = load("mammo")
    given, occur = responses(real, Kind.HONEST), shares(real)
    assert np.allclose(misled(given, occur, 0.0), right_by_class(given))
    # Of two classes, what is told wrong is the other.
    assert np.allclose(misled(given, occur, 1.0), np.stack([given[:, 1, 0], given[:, 0, 1]], axis=1))


def test_net__failing_always_or_never__is_the_loss_or_the_pay() -> None:
    found = net(np.array([0.0, 1.0]), SMALL)
    assert found.tolist() == [MICRO, -3 * MICRO // 2]


def test_design__half_of_the_batches__is_the_calculators() -> None:
    test = design(2, Fraction(55, 100), 4, HALF)
    assert test == Standard((11, 11), 9, 4, HALF)
    assert test.batch == 110 and test.known == Fraction(1, 10)
    assert design(2, HALF, 2, HALF) is None


@pytest.mark.parametrize("name", ["mammo", "weather", "adult"])
def test_nets__processor_with_other_last_bits__are_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    test = design(len(load(name).classes), Fraction(55, 100), 4, HALF)
    assert test is not None
    here = nets(name, Kind.HONEST, test)
    choosing.rights.cache_clear()
    choosing.nets.cache_clear()
    OtherProcessor(monkeypatch, 1)
    assert np.array_equal(here, nets(name, Kind.HONEST, test))


def test_better_half__of_nine__are_five() -> None:
    assert better_half("mammo").sum() == 5


def test_bears__hard_birds__under_no_terms_of_the_rule_that_mammograms_bear() -> None:
    test = design(2, Fraction(55, 100), 4, HALF)
    assert bears("mammo", test) and not bears("bluebirds", test) and not bears("mammo", None)


def test_choose__sets_that_bear_nothing__are_set_aside() -> None:
    borne = {"mammo": [(4, HALF, HALF)], "bluebirds": []}
    assert choose(["mammo", "bluebirds"], borne) == Choice(4, HALF, HALF, ("bluebirds",))


def test_choose__several_stakes__is_the_least_that_all_bear() -> None:
    one, other = Fraction(50, 100), Fraction(55, 100)
    borne = {"mammo": [(2, HALF, one), (4, HALF, one), (4, HALF, other)], "movie": [(4, HALF, one), (4, HALF, other)]}
    chosen = choose(["mammo", "movie"], borne)
    assert chosen is not None and chosen.stake == 4
    assert chosen.standard in (one, other)


def test_choose__nothing_in_common__is_none() -> None:
    assert choose(["mammo", "movie"], {"mammo": [(2, HALF, HALF)], "movie": [(4, HALF, HALF)]}) is None
    assert choose(["bluebirds"], {"bluebirds": []}) is None


@pytest.mark.parametrize(("errors", "batch", "bps"), [(Fraction(1, 10), 25, 2500), (Fraction(207, 1000), 50, 3500)])
def test_tolerance__two_deviations_more__in_steps(errors: Fraction, batch: int, bps: int) -> None:
    # 0.1 + 2 * 0.06 = 0.22; 0.207 + 2 * 0.0573 = 0.3216
    assert tolerance(errors, batch) == bps


def test_interval__all_the_same__has_no_width() -> None:
    assert interval(np.full(9, MICRO // 2, dtype=np.int64)) == (0.5, 0.5, 0.5)


def test_interval__coin__covers_what_statistics_say() -> None:
    estimate, low, high = interval(np.array([0, MICRO] * 50, dtype=np.int64))
    # 1.96 * sqrt(0.25 / 100)
    assert estimate == 0.5 and (high - low) / 2 == pytest.approx(0.098, abs=0.015)
