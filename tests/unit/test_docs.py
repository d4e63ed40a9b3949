"""docs/spec says what the code does: its examples run, its tables are computed, what it names exists."""

import ast
import doctest
import json
import re
from math import comb
from pathlib import Path

import pytest

from goldleaf import Outcome, economics
from goldleaf_tools.rules.jury import PANELS
from goldleaf_tools.rules.money import rejection, rejection_bonus, split
from scripts import court_costs
from scripts.reference import render

ROOT = Path(__file__).parents[2]
SPECIFICATION = {path.stem: path.read_text() for path in sorted((ROOT / "docs" / "spec").glob("*.md"))}
ATTACKS = SPECIFICATION["invariants-and-attacks"].split("\n## What is not stopped")[0]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

# The worked example: a token of 6 decimals, 100 labels, a dispute that costs 3.
TOKEN = 10**6
LABELS = 100
REWARD = TOKEN
STAKE = LABELS * TOKEN
COST = 3 * TOKEN
PRIZE = economics.prize(REWARD)


def table(page: str, name: str) -> list[list[str]]:
    """The rows below `<!-- table: name -->`, without their head."""
    return rows(SPECIFICATION[page].split(f"<!-- table: {name} -->\n")[1].split("\n\n")[0])


def rows(text: str) -> list[list[str]]:
    """The rows of a table, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def whole(amount: int) -> str:
    """Base units as whole tokens."""
    return f"{amount / TOKEN:.6f}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def least_bond(challenged: int) -> int:
    return economics.least_bond(challenged=challenged, reward=REWARD, arbitration_cost=COST)


def constant(source: str, name: str) -> int:
    """A constant of a contract, by its source."""
    text = (ROOT / "contracts" / f"{source}.vy").read_text()
    value = re.search(rf"^{name}: constant\(uint256\) = ([\d_* +-]+)", text, re.MULTILINE)
    assert value is not None, f"{source}.{name}"
    return int(eval(value[1]))


@pytest.mark.parametrize("page", [name for name, text in SPECIFICATION.items() if ">>>" in text])
def test_examples__of_the_specification__give_what_they_show(page: str) -> None:
    # A closing fence would pass for the last line of an output.
    text = SPECIFICATION[page].replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, f"{page}.md", None, 0)
    results = doctest.DocTestRunner().run(examples)
    assert results.attempted == text.count(">>> ")
    assert results.failed == 0


def test_table_of_tolerance__is_what_the_formulas_give() -> None:
    computed = []
    for bps in (0, 500, 1000, 2000, 3000, 5000, 8000):
        tolerated = economics.tolerated(labels=LABELS, tolerance_bps=bps)
        least = economics.minimum_stake(labels=LABELS, reward=REWARD, tolerance_bps=bps, arbitration_cost=COST)
        computed.append([f"{bps / 100:g} %", f"{tolerated}", f"{least / REWARD:g}"])
    assert table("tasks-and-submissions", "tolerance") == computed


def test_table_of_bonds__is_what_the_formulas_give() -> None:
    computed = []
    for labels in (1, 5, 10, 18, 32):
        bond, prizes = least_bond(labels), labels * PRIZE
        computed.append([f"{labels}", whole(prizes), whole(bond), percent(bond / (bond + prizes))])
    assert table("challenges", "bonds") == computed


def test_table_of_crossing__is_what_the_formulas_give() -> None:
    computed = []
    for bond in (least_bond(21), STAKE // 8, 20 * TOKEN):
        prizes, bonus = 21 * PRIZE, rejection_bonus(stake=STAKE, bond=bond)
        computed.append([whole(bond), whole(prizes), whole(bonus), percent(bond / (bond + prizes + bonus))])
    assert table("challenges", "crossing") == computed


def test_table_of_defence__is_what_the_rules_pay() -> None:
    computed = []
    for labels in (1, 18, 32):
        bond = least_bond(labels)
        lost = split(Outcome.NOT_WRONG, bond=bond, fee=COST, challenged=labels, proven=0, reward=REWARD)
        stranger, annotator = lost.defender - COST, lost.defender + lost.annotator - COST + labels * REWARD
        sure = [percent(COST / (COST + gain)) for gain in (stranger, annotator)]
        computed.append([f"{labels}", whole(bond), whole(stranger), whole(COST), *sure])
    assert table("challenges", "defence") == computed


def test_table_of_the_requester__is_what_the_formulas_give() -> None:
    computed = []
    for bps, rewards in ((2000, 1), (2000, 2), (0, 1), (0, 2)):
        stake, wrong = rewards * LABELS * REWARD, economics.tolerated(labels=LABELS, tolerance_bps=bps) + 1
        bonus = rejection_bonus(stake=stake, bond=least_bond(wrong))
        back = rejection(stake=stake, labels=LABELS, errors=wrong, reward=REWARD, bonus=bonus).requester
        earned = wrong * PRIZE + bonus
        sure = least_bond(wrong) / (least_bond(wrong) + back + earned)
        computed.append([f"{bps / 100:g} %", f"{rewards}", f"{wrong}", whole(back), whole(earned), percent(sure)])
    assert table("challenges", "requester") == computed


def test_table_of_outcomes__is_what_the_rules_pay() -> None:
    outcomes = (Outcome.CONCEDED, Outcome.WRONG, Outcome.NOT_WRONG, Outcome.UNDECIDED)
    splits = {
        outcome.name: split(outcome, bond=least_bond(18), fee=COST, challenged=18, proven=18, reward=REWARD)
        for outcome in outcomes
    }
    assert table("challenges", "outcomes") == [[outcome, *map(whole, paid)] for outcome, paid in splits.items()]


def test_table_of_gold__is_the_least_that_tells_experts_from_others() -> None:
    experts = ((2, 0.75), (2, 0.80), (3, 0.65), (4, 0.65), (4, 0.50))
    computed = [
        [f"{classes}", f"{right:.2f}", *(least_gold(classes, right, *terms) for terms in ((4, 0.5), (1, 1.0)))]
        for classes, right in experts
    ]
    assert table("tests", "gold") == computed


def least_gold(classes: int, expert: float, stake: int, graded: float) -> str:
    """The fewest gold items that do, and the errors that they allow."""
    chance = 1 / classes
    informed = chance + (expert - chance) / 3
    for items in range(-(-10 // classes) * classes, 129, classes):
        for allowed in range(items - items // classes):
            pay = {right: earned(items, allowed, right, stake, graded) for right in (expert, informed, chance)}
            if pay[expert] >= 0.955 and pay[informed] <= 0 and pay[chance] <= -0.5:
                return f"{items} ({allowed})"
    raise AssertionError("no test of up to 128 items does")


def earned(items: int, allowed: int, right: float, stake: int, graded: float) -> float:
    """What a label earns on average, in rewards, before challenges."""
    passes = sum(comb(items, e) * (1 - right) ** e * right ** (items - e) for e in range(allowed + 1))
    return 1 - graded * (1 + stake) * (1 - passes)


def test_table_of_bounds__has_those_of_the_contract() -> None:
    bounds = {row[0].strip("`"): row[2] for row in table("tasks-and-submissions", "bounds")}
    days = f"{constant('TaskTerms', 'MAX_PERIOD') // 86_400} days"
    ahead = f"{constant('TaskTerms', 'MAX_AHEAD') // 86_400} days"
    amount, labels = constant("TaskTerms", "MAX_AMOUNT"), constant("TaskTerms", "MAX_LABELS")
    highest = f"2^{(amount + 1).bit_length() - 1} - 1"
    assert bounds["reward"] == f"{constant('TaskTerms', 'PRIZE_DIVISOR')} to {highest}"
    assert bounds["stake"] == f"1 to {highest}, and the stake rule"
    assert bounds["items"].endswith(f"at most 2^{(labels + 1).bit_length() - 1} - 1")
    assert bounds["batch_size"].startswith(f"1 to {constant('TaskTerms', 'MAX_BATCH'):,}, at most `items`")
    assert bounds["redundancy"] == f"1 to {constant('TaskTerms', 'MAX_REDUNDANCY')}"
    assert bounds["tolerance_bps"] == f"0 to {constant('TaskTerms', 'MAX_TOLERANCE_BPS'):,}"
    assert bounds["royalty_bps"] == f"0 to {constant('modules/escrow/batches', 'BPS'):,}"
    for period in ("work_period", "publish_period", "challenge_period"):
        assert bounds[period] == f"floor to {days}"
    assert bounds["response_period"] == f"floor to {days}, at most `challenge_period`"
    for time in ("deadline", "arbitration_timeout"):
        assert ahead in bounds[time]


def test_table_of_the_court__shows_that_it_is_never_short() -> None:
    fines = constant("modules/court/settings", "PENALTY_FEES")
    computed = []
    for panel, coherent in ((3, 1), (7, 3)):
        pot = panel + fines * (panel - coherent)
        refund = 2 * panel + 1
        row = (f"{panel} seats", panel, f"{panel - coherent} * {fines}", pot, refund, pot - refund, coherent)
        computed.append([str(cell) for cell in row])
    assert table("court", "overturned") == computed


def test_tables_of_the_court__are_those_that_are_computed() -> None:
    assert SPECIFICATION["court"] == court_costs.put_in(SPECIFICATION["court"]), "run `make court-costs`"


def test_table_of_draws__is_what_was_measured() -> None:
    measured = json.loads((ROOT / "tests" / "gas" / "snapshot.json").read_text())
    show = measured["randomness/DrandRandomness"]["show"]
    draws = {panel: measured["Court"][f"draw, {panel} seats"] for panel in PANELS}
    computed = [
        [f"{panel} seats", *(f"{gas:,}" for gas in (draw, show, draw, draw + show))] for panel, draw in draws.items()
    ]
    assert table("court", "draws") == computed
    again = measured["randomness/DrandRandomness"]["show, again"]
    assert f"is no failure, at {round(again, -3):,} gas" in SPECIFICATION["court"]


def test_reference__is_that_of_the_contracts() -> None:
    assert SPECIFICATION["reference"] == render(), "run `make reference`"


def test_reference__says_what_every_function_does() -> None:
    functions = re.findall(r"^- \*\*`([a-z]\w*)\(.*`\*\*(.*)$", SPECIFICATION["reference"], re.MULTILINE)
    assert len(functions) > 100
    assert [name for name, text in functions if not text.strip()] == []


def test_tests__that_invariants_and_attacks_name__exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", ATTACKS)
    assert len(named) > 100
    files = {path for path, _ in named}
    assert {path for path in files if not (ROOT / path).exists()} == set()
    found = {(path, name) for path in files for name in names_in(ROOT / path)}
    assert sorted(set(named) - found) == []


def names_in(path: Path) -> set[str]:
    """The test functions of a file, and the test cases that it has of state machines."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            names.add(node.name)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.add(node.targets[0].id)
    return names


def test_invariants_and_attacks__each__name_a_test() -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", ATTACKS, re.MULTILINE)
    listed = [row for one in tables for row in rows(one)]
    assert len(listed) > 100
    assert [row[0] for row in listed if len(row) != 3 or "::" not in row[2]] == []
    invariants = {row[0] for row in listed if re.fullmatch(r"[A-Z]\d+", row[0])}
    assert invariants == {
        *(f"E{i}" for i in range(1, 11)),
        *(f"G{i}" for i in range(1, 5)),
        *(f"C{i}" for i in range(1, 4)),
        "R1",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links__lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """What its headings can be linked by."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
