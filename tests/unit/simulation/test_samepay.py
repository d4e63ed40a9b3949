"""Labels that the same pay buys, and what they say together."""

from fractions import Fraction

import numpy as np
import pytest

from goldleaf_tools.audit.result import Estimator
from scripts._simulation.people import Crowd, Kind
from scripts._simulation.samepay import AGGREGATORS, PAY, bought, credits, trial
from scripts._simulation.sets import load, part
from scripts._simulation.standard import MICRO
from scripts._simulation.standard import Test as Standard
from tests.processor import OtherProcessor

TEST = Standard((11, 11), 9, 4, Fraction(1, 2))


def crowd(labels: list[list[int]]) -> Crowd:
    """Accounts' labels of the same items."""
    people, items = len(labels), len(labels[0])
    return Crowd(
        real=part(load("mammo"), people, items),
        kind=(Kind.HONEST,) * people,
        source=np.arange(people),
        account=np.repeat(np.arange(people), items),
        item=np.tile(np.arange(items), people),
        label=np.array(labels).reshape(-1),
    )


def test_bought__pay_for_all__takes_one_label_of_each_item_before_a_second() -> None:
    people = crowd([[0, 0, 0]] * 7)
    everything = np.ones(21, dtype=bool)
    rows = bought(people, np.arange(21), everything, Fraction(1), 3)
    assert len(rows) == 3 * PAY
    assert [sorted(people.item[rows[first : first + 3]]) for first in range(0, 15, 3)] == [[0, 1, 2]] * 5
    assert len(bought(people, np.arange(21), everything, Fraction(9, 10), 3)) == 14


def test_bought__work_that_is_not_read__is_passed_over() -> None:
    people = crowd([[0, 0, 0]] * 7)
    passed = people.account >= 2
    rows = bought(people, np.arange(21), passed, Fraction(1), 3)
    assert set(people.account[rows]) == {2, 3, 4, 5, 6}


def test_credits__majority__is_shared_by_a_tie_and_nothing_without_labels() -> None:
    people = crowd([[0, 0, 1], [1, 0, 1]])
    truth = people.real.gold
    rows = np.array([0, 1, 3, 4])  # nobody's label of the last item
    found = credits(people, rows, Estimator.MAJORITY)
    assert found.tolist() == [MICRO // 2, MICRO * int(truth[1] == 0), 0]


def test_trial__both_markets__pay_the_same_and_read_less_where_items_are_known() -> None:
    markets = trial("mammo", TEST, True, "1")
    assert markets["everybody"].paid == markets["everybody"].read == 200 * PAY
    assert markets["tested"].paid == 200 * PAY and markets["tested"].read == 180 * PAY


@pytest.mark.parametrize("name", ["mammo", "fin_crowd"])
def test_trial__processor_with_other_last_bits__is_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    test = TEST if name == "mammo" else Standard((5, 5, 5), 8, 4, Fraction(1, 2))
    here = trial(name, test, True, "3")
    OtherProcessor(monkeypatch, 1)
    there = trial(name, test, True, "3")
    for market, found in here.items():
        for one in AGGREGATORS:
            assert np.array_equal(found.right[one], there[market].right[one])
