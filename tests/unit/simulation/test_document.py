"""docs/simulation.md and its JSON: what they say is what running it again gives."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts._simulation.experiments import SWEPT, cell_of, honest_errors, to_json
from scripts._simulation.kinds import KINDS, recommend
from scripts._simulation.sets import FOLDER
from scripts._simulation.sweep import run
from scripts._simulation.tables import fill, tables

DOCS = Path(__file__).parents[3] / "docs"
DOCUMENT: dict[str, Any] = json.loads((DOCS / "simulation.json").read_text())
TEXT = (DOCS / "simulation.md").read_text()


def some(name: str, data: str, count: int) -> list[dict[str, Any]]:
    """Evenly spread results of a set."""
    found = [each for each in DOCUMENT[name] if each["data"] == data]
    return found[:: max(1, len(found) // count)][:count]


@pytest.mark.parametrize(
    "result",
    [
        *some("sweep", "mammo", 4),
        *some("sweep", "fin_crowd", 3),
        *some("scenarios", "mammo", 2),
        *some("challengers", "bluebirds", 1),
        *some("jurors", "mammo", 2),
    ],
    ids=lambda result: f"{result['data']} {result['scenario']} {result['stake']:g} {result['tolerance_bps']}",
)
def test_document__run_again__gives_the_same_figures(result: dict[str, Any]) -> None:
    found = json.loads(json.dumps(run(cell_of(result, FOLDER))))
    if set(result["figures"]) == set(SWEPT):
        found["figures"] = {name: found["figures"][name] for name in SWEPT}
    assert found == result


def test_document__terms_that_break_the_stake_rule__are_refused_again() -> None:
    refused = [result for result in DOCUMENT["sweep"] if "refused" in result]
    assert refused
    for result in refused[::10]:
        assert run(cell_of(result, FOLDER)) == result
        assert result["refused"] == "tasks: stake too low"


def test_document__recommendations__follow_from_the_errors_and_the_scenarios() -> None:
    assert DOCUMENT["errors"] == {name: honest_errors(name, FOLDER) for name in DOCUMENT["sets"]}
    recommended = [recommend(kind, DOCUMENT["errors"], DOCUMENT["scenarios"]) for kind in KINDS]
    assert DOCUMENT["recommended"] == recommended


def test_document__text__has_the_tables_of_the_json() -> None:
    assert TEXT.count("<!-- table: ") > 10
    assert fill(TEXT, tables(DOCUMENT)) == TEXT


def test_fill__other_figures__are_written_in() -> None:
    assert fill("a\n\n<!-- table: recommended -->\n| old |\n\nb\n", tables(DOCUMENT)).endswith(" |\n\nb\n")


def test_to_json__document__reads_back_the_same() -> None:
    assert json.loads(to_json(DOCUMENT)) == DOCUMENT
    assert (DOCS / "simulation.json").read_text() == to_json(DOCUMENT)


# What the text says in words.


def figures(data: str, gold: float) -> dict[str, Any]:
    [cell] = (
        each
        for each in DOCUMENT["scenarios"]
        if (each["data"], each["gold"], each["scenario"]) == (data, gold, "mixed")
    )
    found: dict[str, Any] = cell["figures"]
    return found


def swept(data: str, tolerance: int, gold: float = 1.0, stake: float = 2.0) -> dict[str, Any]:
    """At a full audit and a stake of two rewards, unless said otherwise."""
    [cell] = (
        each
        for each in DOCUMENT["sweep"]
        if (each["data"], each["gold"], each["stake"], each["tolerance_bps"]) == (data, gold, stake, tolerance)
    )
    found: dict[str, Any] = cell["figures"]
    return found


@pytest.mark.parametrize("data", DOCUMENT["sets"])
def test_text__pay_rises_with_accuracy__holds(data: str) -> None:
    for gold in (0.3, 1.0):
        assert figures(data, gold)["net_per_10_points"][1] > 0
        assert figures(data, gold)["majority_difference"][1] > 0


def test_text__good_annotators__keep_most_of_the_pay_and_never_lose() -> None:
    for gold, kept in ((0.3, 0.89), (1.0, 0.7)):
        assert min(figures(data, gold)["good_net"] for data in DOCUMENT["sets"]) > kept
        assert all(figures(data, gold)["good_losing"] == 0 for data in DOCUMENT["sets"])
    assert max(figures(data, 1.0)["good_net"] for data in DOCUMENT["sets"]) == pytest.approx(0.96, abs=0.005)


def test_text__radiologists_at_their_own_error_share__lose() -> None:
    assert swept("mammo", 2000)["honest_net_median"] < 0 and swept("mammo", 2000)["honest_losing"] > 0.5
    assert swept("mammo", 3000)["honest_net_median"] == pytest.approx(0.7, abs=0.01)
    assert swept("mammo", 3000, stake=4.0)["good_net"] == swept("mammo", 3000)["good_net"]


@pytest.mark.parametrize(
    ("data", "errors"), [("mammo", 2000), ("movie", 1000), ("weather", 3000), ("fin_crowd", 2500), ("adult", 3000)]
)
def test_text__tolerance_of_the_own_error_share__ruins_half_of_the_honest(data: str, errors: int) -> None:
    assert swept(data, errors)["honest_losing"] > 0.5


def test_text__spot_checks__hardly_tell_the_constant_cheat_in_half_of_the_sets() -> None:
    for data in DOCUMENT["sets"]:
        paid = figures(data, 0.3)["net_by_behaviour"]
        assert (paid["constant"] > 0.85 * paid["honest"]) is (data in ("mammo", "bluebirds", "adult"))
        assert (paid["constant"] < 0) is (data not in ("mammo", "bluebirds", "adult"))


def test_text__all_audited__constant_cheats_still_earn_on_two_sets() -> None:
    for data in DOCUMENT["sets"]:
        assert (figures(data, 1.0)["net_by_behaviour"]["constant"] > 0) is (data in ("bluebirds", "adult"))
    found = figures("bluebirds", 1.0)
    assert found["net_by_behaviour"]["constant"] > found["honest_net"][0]


def test_text__greedy_challengers__live_on_sleeping_annotators() -> None:
    alone = [each for each in DOCUMENT["challengers"] if not each["auditor"]]
    for result in alone:
        _, low, high = result["figures"]["challengers"]["greedy"]["return"]
        if result["asleep"] == 0.1:
            assert low > 0 if result["data"] in ("movie", "weather") else high < 0
        else:
            assert result["asleep"] == 0.9
            assert high < 0 if result["data"] == "bluebirds" else low > 0
    assert len(alone) == 2 * len(DOCUMENT["sets"])


def test_text__jurors_who_err_too_often__reject_the_honest_within_the_tolerance() -> None:
    for result in DOCUMENT["jurors"]:
        within = result["figures"]["honest_rejected_within"]
        assert within > 0.1 if result["error"] == 0.4 else within < 0.005


def test_text__honest_within_the_tolerance__are_hardly_rejected() -> None:
    for data in DOCUMENT["sets"]:
        assert max(figures(data, gold)["honest_rejected_within"] for gold in (0.3, 1.0)) < 0.005


def test_text__rejections__do_not_pay_the_requester() -> None:
    costs = [figures(data, gold) for data in DOCUMENT["sets"] for gold in (0.3, 1.0)]
    ratios = [cost["cost_per_right"] / cost["cost_per_right_paying_all"] for cost in costs]
    assert min(ratios) == pytest.approx(0.84, abs=0.005) and max(ratios) == pytest.approx(1.26, abs=0.005)
    for data in DOCUMENT["sets"]:
        assert swept(data, 500)["cost_per_right"] > 3 * figures(data, 1.0)["cost_per_right_paying_all"]
