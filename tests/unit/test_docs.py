"""docs/protocol.md says what the code does: its examples run, its tables are computed, what it names exists."""

import doctest
import json
import re
from pathlib import Path

import pytest

from goldleaf import Outcome, economics
from goldleaf_tools.rules.money import rejection, rejection_bonus, split

ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()

# The worked example: a token of 6 decimals, 100 labels, a dispute that costs 3.
TOKEN = 10**6
LABELS = 100
REWARD = TOKEN
STAKE = LABELS * TOKEN
COST = 3 * TOKEN
PRIZE = economics.prize(REWARD)


def table(name: str) -> list[list[str]]:
    """The rows below `<!-- table: name -->`, without their head."""
    lines = PROTOCOL.split(f"<!-- table: {name} -->\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def whole(amount: int) -> str:
    """Base units as whole tokens."""
    return f"{amount / TOKEN:.6f}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def least_bond(challenged: int) -> int:
    return economics.least_bond(challenged=challenged, reward=REWARD, arbitration_cost=COST)


def constant(module: str, name: str) -> int:
    """A constant of a contract, by its source."""
    source = (ROOT / "contracts" / "modules" / f"{module}.vy").read_text()
    value = re.search(rf"^{name}: constant\(uint256\) = ([\d_* +-]+)", source, re.MULTILINE)
    assert value is not None, f"{module}.{name}"
    return int(eval(value[1]))


def test_examples__of_the_protocol__give_what_they_show() -> None:
    # A closing fence would pass for the last line of an output.
    examples = doctest.DocTestParser().get_doctest(PROTOCOL.replace("```", ""), {}, "protocol.md", None, 0)
    results = doctest.DocTestRunner().run(examples)
    assert results.attempted > 30
    assert results.failed == 0


def test_table_of_tolerance__is_what_the_formulas_give() -> None:
    rows = []
    for bps in (0, 500, 1000, 2000, 3000, 5000, 8000):
        tolerated = economics.tolerated(labels=LABELS, tolerance_bps=bps)
        least = economics.minimum_stake(labels=LABELS, reward=REWARD, tolerance_bps=bps, arbitration_cost=COST)
        rows.append([f"{bps / 100:g} %", f"{tolerated}", f"{least / REWARD:g}"])
    assert table("tolerance") == rows


def test_table_of_bonds__is_what_the_formulas_give() -> None:
    rows = []
    for labels in (1, 5, 10, 18, 32):
        bond, prizes = least_bond(labels), labels * PRIZE
        rows.append([f"{labels}", whole(prizes), whole(bond), percent(bond / (bond + prizes))])
    assert table("bonds") == rows


def test_table_of_crossing__is_what_the_formulas_give() -> None:
    rows = []
    for bond in (least_bond(21), STAKE // 8, 20 * TOKEN):
        prizes, bonus = 21 * PRIZE, rejection_bonus(stake=STAKE, bond=bond)
        rows.append([whole(bond), whole(prizes), whole(bonus), percent(bond / (bond + prizes + bonus))])
    assert table("crossing") == rows


def test_table_of_the_requester__is_what_the_formulas_give() -> None:
    rows = []
    for bps, rewards in ((2000, 1), (2000, 2), (0, 1), (0, 2)):
        stake, wrong = rewards * LABELS * REWARD, economics.tolerated(labels=LABELS, tolerance_bps=bps) + 1
        bonus = rejection_bonus(stake=stake, bond=least_bond(wrong))
        back = rejection(stake=stake, labels=LABELS, errors=wrong, reward=REWARD, bonus=bonus).requester
        earned = wrong * PRIZE + bonus
        sure = least_bond(wrong) / (least_bond(wrong) + back + earned)
        rows.append([f"{bps / 100:g} %", f"{rewards}", f"{wrong}", whole(back), whole(earned), percent(sure)])
    assert table("requester") == rows


def test_table_of_outcomes__is_what_the_rules_pay() -> None:
    outcomes = (Outcome.CONCEDED, Outcome.WRONG, Outcome.NOT_WRONG, Outcome.UNDECIDED)
    splits = {
        outcome.name: split(outcome, bond=least_bond(18), fee=COST, proven=18, reward=REWARD) for outcome in outcomes
    }
    assert table("outcomes") == [[outcome, *map(whole, split)] for outcome, split in splits.items()]


def test_table_of_bounds__has_those_of_the_contract() -> None:
    bounds = {row[0].strip("`"): row[2] for row in table("bounds")}
    days = f"{constant('escrow/tasks', 'MAX_PERIOD') // 86_400} days"
    ahead = f"{constant('escrow/tasks', 'MAX_AHEAD') // 86_400} days"
    amount, labels = constant("escrow/tasks", "MAX_AMOUNT"), constant("escrow/tasks", "MAX_LABELS")
    highest = f"2^{(amount + 1).bit_length() - 1} - 1"
    assert bounds["reward"] == f"{constant('escrow/tasks', 'PRIZE_DIVISOR')} to {highest}"
    assert bounds["stake"] == f"1 to {highest}, and the stake rule"
    assert bounds["items"].endswith(f"at most 2^{(labels + 1).bit_length() - 1} - 1")
    assert bounds["batch_size"] == f"1 to {constant('escrow/tasks', 'MAX_BATCH'):,}, at most `items`"
    assert bounds["redundancy"] == f"1 to {constant('escrow/tasks', 'MAX_REDUNDANCY')}"
    assert bounds["tolerance_bps"] == f"0 to {constant('escrow/tasks', 'MAX_TOLERANCE_BPS'):,}"
    assert bounds["royalty_bps"] == f"0 to {constant('escrow/tasks', 'BPS'):,}"
    for period in ("work_period", "publish_period", "challenge_period", "response_period"):
        assert bounds[period] == f"floor to {days}"
    for time in ("deadline", "arbitration_timeout"):
        assert ahead in bounds[time]


def test_table_of_the_court__shows_that_it_is_never_short() -> None:
    fines = constant("court/settings", "PENALTY_FEES")
    rows = []
    for panel, coherent in ((3, 1), (7, 3)):
        pot = panel + fines * (panel - coherent)
        refund = 2 * panel + 1
        row = (f"{panel} seats", panel, f"{panel - coherent} * {fines}", pot, refund, pot - refund, coherent)
        rows.append([str(cell) for cell in row])
    assert table("overturned") == rows


@pytest.mark.parametrize(
    "contract", ["TaskEscrow", "Court", "RoyaltyPool", "Relay", "CredentialGate", "TokenGate", "Erc792Adapter"]
)
def test_reference__names_every_function_and_event(contract: str) -> None:
    reference = PROTOCOL.split("## Functions and events\n")[1].split(f"`{contract}`\n")[1].split("\nViews: ")
    functions, views = reference[0], reference[1].split("\n\n")[0]
    abi = json.loads((ROOT / "sdk" / "goldleaf" / "abi" / f"{contract}.json").read_text())
    named = {
        "view": set(re.findall(r"`(\w+)`", views)),
        "nonpayable": set(re.findall(r"`([a-z]\w*)`", functions)),
        "event": set(re.findall(r"`([A-Z]\w*)`", functions)) - {"TaskEscrow"},
    }
    found: dict[str, set[str]] = {kind: set() for kind in named}
    for entry in abi:
        if entry["type"] in ("function", "event"):
            found[entry.get("stateMutability", "event")].add(entry["name"])
    assert named == found


def test_links__lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PROTOCOL, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    targets = re.findall(r"\]\(([^)]+)\)", PROTOCOL)
    assert targets
    for target in targets:
        assert target[1:] in anchors if target.startswith("#") else (ROOT / "docs" / target).exists(), target
