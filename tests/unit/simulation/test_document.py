"""docs/simulation.md, its JSON and its charts: what they say is what running it again gives."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from scripts._simulation import choosing, experiments
from scripts._simulation.charts import NAMES as CHARTS
from scripts._simulation.charts import draw
from scripts._simulation.choosing import bearable
from scripts._simulation.experiments import accuracy, annotators, gold, pay, to_json
from scripts._simulation.samepay import trial
from scripts._simulation.sets import NAMES
from scripts._simulation.standard import Test as Standard
from scripts._simulation.tables import fill, tables, version_1, worst_cheat

DOCS = Path(__file__).parents[3] / "docs"
DOCUMENT: dict[str, Any] = json.loads((DOCS / "simulation.json").read_text())
TEXT = (DOCS / "simulation.md").read_text()
PROSE = " ".join(TEXT.split())
SETS: list[str] = DOCUMENT["sets"]
PAY: dict[str, Any] = DOCUMENT["pay"]
# Where the rule finds no terms, and where people know the rare classes badly.
HARD = "bluebirds"
EASIER = [name for name in SETS if name != HARD]


def judged(name: str) -> Standard:
    fold = DOCUMENT["folds"][name]
    return Standard(tuple(fold["counts"]), fold["allowed"], fold["stake"], Fraction(str(fold["share"])))


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def says(sentence: str) -> None:
    assert sentence in PROSE


def earned(kind: str, names: list[str] = SETS) -> list[float]:
    return [PAY[name]["others"][kind][0] for name in names]


# ------------------------------------------------------------ run again


def test_document__all_sets_in_full__and_no_quick_look() -> None:
    assert tuple(SETS) == NAMES and not DOCUMENT["quick"]


@pytest.mark.parametrize("name", SETS)
def test_document__run_again__pays_the_same(name: str) -> None:
    test = judged(name)
    assert as_json(pay(name, test)) == PAY[name]
    assert as_json(accuracy(name, test)) == DOCUMENT["accuracy"][name]
    assert as_json(annotators(name, test)) == DOCUMENT["annotators"][name]


@pytest.mark.parametrize("name", ["mammo", "weather"])
def test_document__run_again__wrong_gold_does_the_same(name: str) -> None:
    assert as_json(list(gold(name, judged(name)))) == [row for row in DOCUMENT["gold"] if row["data"] == name]


@pytest.mark.parametrize("name", ["mammo", "fin_crowd"])
def test_document__run_again__audits_come_to_the_same(name: str) -> None:
    [row] = [row for row in DOCUMENT["audit"] if (row["data"], row["looked_at"]) == (name, 1.0)]
    episodes = DOCUMENT["assumed"]["episodes"]
    assert as_json(experiments.audit(name, 1.0, DOCUMENT["seed"], episodes)) == row


def test_document__trials_run_again__err_the_same() -> None:
    [row] = [row for row in DOCUMENT["errors"] if (row["data"], row["people"]) == ("mammo", "mixed")]
    seeds = [f"{DOCUMENT['seed']} {number}" for number in range(DOCUMENT["assumed"]["trials"])]
    again = [trial("mammo", judged("mammo"), True, seed) for seed in seeds]
    assert as_json(experiments.same_pay("mammo", True, again)) == row


def test_document__terms__follow_from_the_rule() -> None:
    borne = {
        name: [(stake, Fraction(str(share)), Fraction(str(standard))) for stake, share, standard in rows]
        for name, rows in DOCUMENT["bearable"].items()
    }
    assert borne["mammo"] == bearable("mammo")
    chosen = choosing.choose(SETS, borne)
    assert chosen is not None
    assert as_json(experiments.presets(chosen)) == DOCUMENT["presets"]
    for name in SETS:
        fold = choosing.choose([other for other in SETS if other != name], borne)
        assert fold is not None
        test = fold.test(experiments.classes(name))
        assert test == judged(name)
        assert DOCUMENT["folds"][name]["borne"] == choosing.bears(name, test)


def test_text__tables__are_those_of_the_json() -> None:
    assert TEXT.count("<!-- table: ") == len(tables(DOCUMENT))
    assert fill(TEXT, tables(DOCUMENT)) == TEXT


def test_fill__other_figures__are_written_in() -> None:
    assert fill("a\n\n<!-- table: presets -->\n| old |\n\nb\n", tables(DOCUMENT)).endswith(" |\n\nb\n")


def test_to_json__document__reads_back_the_same() -> None:
    assert (DOCS / "simulation.json").read_text() == to_json(DOCUMENT)


def test_charts__of_the_json__are_shown_and_small(tmp_path: Path) -> None:
    draw(DOCUMENT, tmp_path)
    for name in CHARTS:
        assert f"]({name})" in TEXT
        # Another version of matplotlib may place things otherwise, but not say anything else.
        assert words(tmp_path / name) == words(DOCS / name)
        assert (DOCS / name).stat().st_size < 150_000


def words(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    return sorted(line.split(">")[-2].split("<")[0] for line in lines if line.strip().startswith("<text"))


# ------------------------------------------------------------ what the text says in words


def test_text__what_is_not_achieved__comes_first() -> None:
    heads = [line for line in TEXT.splitlines() if line.startswith("#")]
    assert heads[:3] == ["# Does it pay?", "## What is not achieved", "## What is achieved"]


def test_text__half_the_work__still_earns() -> None:
    earning = [name for name in SETS if PAY[name]["others"]["half-lazy"][0] > 0]
    losing = [name for name in SETS if name not in earning]
    assert losing == ["bluebirds", "adult"]
    assert all(PAY[name]["others"]["half-informed"][0] < 0 for name in losing)
    lazy, informed = earned("half-lazy", earning), earned("half-informed", earning)
    says(f"earns {min(lazy):+.2f} to {max(lazy):+.2f} a label on four of six sets")
    says(f"{min(informed):+.2f} to {max(informed):+.2f}. They lose on the two hard ones (`bluebirds`, `adult`)")
    assert sum(net > 0 for net in earned("careless")) == 3
    says("Careless people, who miss 30 % of what they had right, earn on three sets")


def test_text__copies__earn_what_the_honest_do() -> None:
    assert earned("copying") == [PAY[name]["honest"]["mean"][0] for name in SETS]


def test_text__honest_people_below_the_standard__lose() -> None:
    adult, hard = PAY["adult"]["honest"], PAY[HARD]["honest"]
    lost = [each["stake"] * each["batch_size"] for each in DOCUMENT["presets"]]
    says(f"the stake of the whole batch, {min(lost)} to {max(lost)} rewards")
    assert 0.19 < adult["losing"] < 0.21 and 0.5 < hard["losing"] < 0.53
    says(
        f"a fifth of them on `adult`, where the honest keep {100 * adult['mean'][0]:.0f} % of the pay on average, half"
    )


def test_text__hard_binary_tasks__have_no_preset() -> None:
    assert [name for name in SETS if not DOCUMENT["bearable"][name]] == [HARD]
    assert DOCUMENT["chosen"]["hard"] == [HARD]
    says(f"where people are right on {100 * DOCUMENT['people'][HARD]['accuracy']:.0f} % of the items")


def test_text__stake__is_the_least_at_which_any_set_bears_a_test() -> None:
    borne = {(stake, share) for rows in DOCUMENT["bearable"].values() for stake, share, _ in rows}
    assert borne == {(4, 0.5)}
    assert DOCUMENT["chosen"]["standard"] == 0.55
    assert all(each["known"] == 0.1 for each in DOCUMENT["presets"])
    says("of one, two and four it is the least at which any set bears any test")


def test_text__held_out__all_but_two_hold() -> None:
    folds = DOCUMENT["folds"]
    assert [name for name in SETS if not folds[name]["borne"]] == [HARD, "weather"]
    cheat, net = worst_cheat(PAY["weather"]["others"])
    assert cheat == "lying"
    says(f"on `weather` a lying group loses {-net:.2f} and not 0.5")


def test_text__the_better_half__keeps_the_pay() -> None:
    better = [PAY[name]["better"] for name in EASIER]
    kept = [each["mean"][0] for each in better]
    says(f"keeps {100 * min(kept):.0f} to {100 * max(kept):.0f} % on five of the six sets")
    assert all(each["losing"] == 0 for each in better)
    assert min(PAY[name]["honest"]["median"] for name in EASIER) > 0.8
    says("the middle one of all honest people keeps four fifths or more")
    before = [row["better"] for row in version_1() if row["looked_at"] == 1 and row["data"] in EASIER]
    says(f"kept {100 * min(before):.0f} to {100 * max(before):.0f} % there")


def test_text__guessing__loses_by_so_much() -> None:
    assert set(earned("constant")) == {-1.5}
    says(f"random ones {-max(earned('random')):.2f} or more")
    says(f"class is true {-max(earned('prior-matching')):.2f} or more, and lying groups {-max(earned('lying')):.2f} or")
    spot = {row["data"]: row["others"]["constant"] for row in version_1() if row["looked_at"] < 1}
    earning = [name for name in SETS if spot[name] > 0.5]
    assert earning == ["mammo", "bluebirds", "adult"]
    before = [spot[name] for name in earning]
    says(f"left the commonest label {min(before):+.2f} to {max(before):+.2f} on `mammo`, `bluebirds` and `adult`")


def test_text__wrong_gold__voids_tests_and_lying_requesters_hurt() -> None:
    tenth = [row for row in DOCUMENT["gold"] if row["wrong"] == 0.1 and row["disputed"]]
    void = [row["ungraded"] for row in tenth]
    assert min(void) > 0.3 and max(void) < 0.5
    says(f"cheats lose at most {-min(row['cheat'] for row in tenth):.2f}")
    lied = [row["better"] for row in DOCUMENT["gold"] if row["wrong"] == 0.6 and not row["disputed"]]
    says(f"the better half of honest people lose {-max(lied):.2f} to {-min(lied):.2f} a label")
    deposits = {row["deposit"] for row in DOCUMENT["gold"]}
    says(f"deposit of {min(deposits):g} to {max(deposits):g} rewards")


def test_text__no_known_answers__the_audit_does_this_and_costs_that() -> None:
    full = {row["data"]: row for row in DOCUMENT["audit"] if row["looked_at"] == 1}
    half = {row["data"]: row for row in DOCUMENT["audit"] if row["looked_at"] < 1}
    constant = {name: full[name]["others"]["constant"][0] for name in SETS}
    assert sorted(constant, key=constant.__getitem__)[-3:] == ["mammo", "adult", HARD] and constant["mammo"] < -0.5
    says(
        f"the commonest label throughout earns {constant[HARD]:.2f} on `bluebirds`, and loses {-constant['adult']:.2f}"
    )
    assert all(half[name]["others"]["constant"][0] > -0.5 for name in SETS)
    says("it loses half a reward on none of the six sets")
    profit = [row["profit_per_label"] for row in full.values()]
    says(f"the auditor earns {min(profit):.2f} to {max(profit):.2f} for each label looked at")


def test_text__same_pay__buys_better_labels_of_mixed_people() -> None:
    rows = {(row["data"], row["people"]): row["markets"] for row in DOCUMENT["errors"]}
    settled = [rows[name, "mixed"]["settled"] for name in SETS]
    best = [market["difference"] for market in settled]
    least, most = max(one for one, _, _ in best), min(one for one, _, _ in best)
    says(f"{-100 * least:.1f} to {-100 * most:.1f} points fewer errors")
    assert sum(high < 0 for _, _, high in best) == 5
    says("five of the six differences are beyond chance")
    assert all(market["majority_difference"][0] < 0 for market in settled)
    tested = {name: rows[name, "mixed"]["tested"]["difference"] for name in SETS}
    assert [name for name in SETS if tested[name][2] >= 0] == ["mammo", "fin_crowd"]
    says("four sets are better beyond chance, `mammo` and `fin_crowd` are not")


def test_text__not_cheaper_at_once__costs_so_much() -> None:
    costs = DOCUMENT["accuracy"]
    more = [costs[n]["tested"]["cost_per_right"] / costs[n]["everybody"]["cost_per_right"] - 1 for n in SETS]
    says(f"a right label costs {100 * min(more):.0f} to {100 * max(more):.0f} % more")
    rows = {
        row["data"]: row["markets"]["tested"]["difference"] for row in DOCUMENT["errors"] if row["people"] == "honest"
    }
    worse = [rows[name] for name in EASIER]
    least, most = min(one for one, _, _ in worse), max(one for one, _, _ in worse)
    says(f"{100 * least:.1f} to {100 * most:.1f} points worse on five")
    assert all(low < 0 < high for _, low, high in worse)
