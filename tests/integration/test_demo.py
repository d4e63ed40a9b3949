"""The demo, held against the answers' own files and the chain's own logs."""

import csv
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ape
import pytest
from eth_utils import keccak
from rich.console import Console

from goldleaf import ChallengeKind, Manifest, events
from goldleaf.stores import Store
from scripts._chain import Chain
from scripts._data import FOLDER, NAMES, largest_block, load
from scripts._offers import OFFERS
from scripts._play import Play
from scripts._report import BALANCES, CHART, TABLE, Report
from scripts._simulation.kinds import tolerance
from scripts._stage import FEE, PURSE, Stage, bars

ROOT = Path(__file__).parent.parent.parent
SEED = 3
TRANSFER = keccak(text="Transfer(address,address,uint256)")

# Ape's chain is one per process, and its compiler's cache one per project.
pytestmark = pytest.mark.xdist_group("ape")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def wrong_labels(data: str) -> dict[tuple[str, str], bool]:
    """Annotator and item -> whether the answer differs from the truth."""
    gold = {row["item"]: row["label"] for row in rows(FOLDER / data / "gold.csv")}
    return {
        (row["annotator"], row["item"]): row["label"] != gold[row["item"]]
        for row in rows(FOLDER / data / "answers.csv")
        if row["item"] in gold
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def play(folder: Path) -> Iterator[Play]:
    """Five radiologists and sixty mammograms, played to the end; the chain is still there."""
    block, offer = load("mammo", SEED, annotators=5, items=60), OFFERS["mammo"]
    with ape.networks.ethereum.local.use_provider("test") as provider, bars(Console(quiet=True)) as progress:
        stage = Stage(provider, SEED, offer, progress)
        play = Play(stage, block, offer, Store(folder / "store", public="keccak256:"), seed=SEED, error=0.2, jurors=15)
        play.run()
        yield play


@pytest.fixture(scope="module")
def report(play: Play, folder: Path) -> Report:
    report = Report(play)
    report.write(folder)
    return report


def transfers(play: Play) -> dict[str, int]:
    """What each address has gained of the token, by the token's logs."""
    gains: dict[str, int] = defaultdict(int)
    token = play.stage.deployment.address("Token")
    for log in play.stage.chain.web3.eth.get_logs({"fromBlock": 0, "toBlock": "latest", "address": token}):
        if bytes(log["topics"][0]) == TRANSFER:
            amount = int.from_bytes(log["data"])
            gains[log["topics"][1].hex()[-40:]] -= amount
            gains[log["topics"][2].hex()[-40:]] += amount
    return gains


# ------------------------------------------------------------ the play


def test_play__accuracy__is_that_of_the_answers(play: Play, report: Report) -> None:
    wrong = wrong_labels("mammo")
    (opened,) = (event for event in play.stage.events if isinstance(event, events.Opened))
    manifest = Manifest.from_bytes(play.store.get(opened.uri), play.terms.terms)
    items = [item.uri.removeprefix("mammo/") for item in manifest.items]
    assert len(items) == 60
    for row in report.rows:
        errors = sum(wrong[row.name, item] for item in items)
        assert row.accuracy == pytest.approx(1 - errors / 60)
        assert row.labels == 60


def test_play__gains__are_those_of_the_token(play: Play, report: Report) -> None:
    gains = transfers(play)
    for row, annotator in zip(report.rows, play.annotators, strict=True):
        assert row.net == gains[annotator.address[2:].lower()] - PURSE
        assert row.net == row.earned - row.lost + row.disputes + row.royalty - row.fees
    for name in ("Court", "RoyaltyPool"):
        assert gains[play.stage.deployment.address(name)[2:].lower()] == 0
    sunk = play.requester.client.ledger.free(account=play.requester.client.tasks.sink())
    assert gains[play.stage.deployment.address("TaskEscrow")[2:].lower()] == sunk > 0
    assert sum(play.stage.gain(person) for person in play.stage.people) == -sunk


def test_play__pay_and_stakes__follow_the_rules(play: Play, report: Report) -> None:
    """From the challenges alone, by the protocol's formulas."""
    for row in report.rows:
        works = [work for work in play.works if work.annotator.name == row.name]
        kept = [work for work in works if not work.rejected]
        assert row.earned == sum(play.terms.reward * (len(work.labels) - work.errors) for work in kept)
        assert row.staked == sum(play.terms.stake * len(work.labels) for work in works)
        assert row.lost == sum(play.terms.stake_of(work.slot) for work in works if work.rejected)
    assert 0 < sum(row.lost for row in report.rows) < sum(row.staked for row in report.rows)


def test_play__rejections__are_of_too_many_errors_or_withheld(play: Play, folder: Path) -> None:
    for work in play.works:
        assert work.rejected == (work.withheld or work.errors > play.terms.tolerated(work.slot))
        assert (folder / "store" / work.uri.removeprefix("keccak256:")).exists() == (not work.withheld)
    assert sum(work.withheld for work in play.works) == 1


def test_play__auditor__challenges_nothing_but_wrong_labels_where_it_pays(play: Play) -> None:
    wrong = wrong_labels("mammo")
    challenges = [case for case in play.cases if case.kind == ChallengeKind.CORRECTNESS and case.party is play.auditor]
    assert challenges
    for case in challenges:
        assert all(wrong[case.work.annotator.name, play.block.items[item]] for item in case.items)
        assert len(case.items) * (play.terms.reward // 4) >= play.jury_cost
        assert case.bond >= 3 * play.jury_cost


def test_play__royalties__follow_the_rules(play: Play, report: Report) -> None:
    """From the submissions alone, by the protocol's formula."""
    parts, pay = len(play.works) * len(play.block.items) // play.terms.batches, play.terms.pot
    assert parts == 300
    # A licence at half of the pay and a model at all of it; a fifth of both is royalty.
    per_label = (pay // 2 + pay) // 5 // parts
    for row in report.rows:
        kept = [work for work in play.works if work.annotator.name == row.name and not work.rejected]
        assert row.shares == sum(len(work.labels) - work.errors for work in kept)
        assert row.royalty == per_label * row.shares
    assert sum(row.royalty for row in report.rows) > 0
    rest = (pay // 2 + pay) - sum(row.royalty for row in report.rows)
    assert [event.amount for event in play.stage.events if isinstance(event, events.RequesterShareCollected)] == [rest]


def test_play__licence__is_the_licensees(play: Play) -> None:
    royalties = play.licensee.client.royalties
    assert royalties.license_count(play.task) == 1
    licence = royalties.license(play.task << 64)
    assert licence.licensee == play.licensee.address
    assert keccak(play.store.get(f"keccak256:{licence.terms.hex()}", licence.terms)) == licence.terms
    assert licence.price == play.terms.pot // 2
    assert play.stage.gain(play.licensee) == -(licence.price + play.terms.pot)


def test_play__etherless__has_neither_sent_nor_been_sent_anything(play: Play, report: Report) -> None:
    (person,) = (annotator for annotator in play.annotators if annotator.relayer is not None)
    eth = play.stage.chain.web3.eth
    for number in range(eth.block_number + 1):
        assert eth.get_balance(person.address, number) == 0
        for transaction in eth.get_block(number, full_transactions=True)["transactions"]:
            assert transaction["from"] != person.address
    relayed = [event for event in play.stage.events if isinstance(event, events.Relayed)]
    assert {(event.account, event.relayer) for event in relayed} == {(person.address, play.relayer.address)}
    # Deposits, takes, commits, publishes and withdraws at least.
    assert len(relayed) == play.stage.relayed[person.name] >= 5
    (row,) = (row for row in report.rows if row.name == person.name)
    assert row.fees == len(relayed) * FEE == play.stage.gain(play.relayer)
    assert all(other.fees == 0 for other in report.rows if other is not row)


def test_play__credentials__let_in_their_holders_and_nobody_else(play: Play) -> None:
    assert play.refusals == [True] * 4
    gates, gate = play.outsider.client.gates, play.terms.gate
    assert gate == gates.of_court() == play.stage.gate
    for person in (*play.annotators, *play.jurors):
        credential = play.credentials[person.name]
        assert gates.is_allowed(gate, person.address, gate_data=credential)
        assert not gates.is_allowed(gate, play.outsider.address, gate_data=credential)


def test_play__gas__is_that_of_the_receipts(play: Play) -> None:
    people = {person.address for person in play.stage.people}
    eth = play.stage.chain.web3.eth
    used = [
        eth.get_transaction_receipt(transaction["hash"])["gasUsed"]
        for number in range(eth.block_number + 1)
        for transaction in eth.get_block(number, full_transactions=True)["transactions"]
        if transaction["from"] in people
    ]
    assert Counter(used) == Counter(amount for amounts in play.stage.gas.values() for amount in amounts)


def test_report__files__hold_what_is_shown(report: Report, folder: Path) -> None:
    assert all(report.checks().values())
    table = rows(folder / TABLE)
    assert [(row["name"], int(row["net"])) for row in table] == [(row.name, row.net) for row in report.rows]
    balances = rows(folder / BALANCES)
    assert sum(int(row["start"]) for row in balances) == sum(int(row["end"]) for row in balances)
    assert (folder / CHART).read_bytes().startswith(b"\x89PNG")


def test_report__a_unit_that_is_missing__breaks_the_checks(play: Play, report: Report, monkeypatch: Any) -> None:
    balance = play.stage.balance
    poorer = play.annotators[0].address
    monkeypatch.setattr(play.stage, "balance", lambda address: balance(address) - (address == poorer))
    broken = [check for check, holds in Report(play).checks().items() if not holds]
    assert len(broken) == 2
    assert broken[0].startswith("all wallets together hold")
    assert broken[1].startswith("each annotator has gained")


def test_report__a_unit_of_a_stake_for_the_requester__breaks_a_check(
    play: Play, report: Report, monkeypatch: Any
) -> None:
    gain = play.stage.gain
    monkeypatch.setattr(play.stage, "gain", lambda person: gain(person) + (person is play.requester))
    broken = [check for check, holds in Report(play).checks().items() if not holds]
    assert [check.partition(":")[0] for check in broken] == ["no unit of a stake has reached the hospital"]


def test_report__ether_after_all__breaks_a_check(play: Play, report: Report, monkeypatch: Any) -> None:
    eth = play.stage.chain.web3.eth
    monkeypatch.setattr(eth, "get_balance", lambda account: 1)
    broken = [check for check, holds in Report(play).checks().items() if not holds]
    assert broken == [f"{play.etherless} has never held ether"]


def test_used_ether__held_or_sent__is_told() -> None:
    with ape.networks.ethereum.local.use_provider("test") as provider:
        chain = Chain(provider, SEED)
        holder, poor = chain.account("holder"), chain.account("poor", ether=0)
        assert chain.used_ether(holder.address)
        assert not chain.used_ether(poor.address)
        chain.account("poor", ether=1)
        assert chain.used_ether(poor.address)


def test_chain__same_seed__same_blocks() -> None:
    def hashes() -> list[bytes]:
        with ape.networks.ethereum.local.use_provider("test") as provider:
            chain = Chain(provider, SEED)
            chain.account("somebody")
            chain.travel(3600)
            chain.mine()
            return [chain.web3.eth.get_block(number)["hash"] for number in range(chain.web3.eth.block_number + 1)]

    assert hashes() == hashes()
    assert len(hashes()) == 4


# ------------------------------------------------------------ the data


@pytest.mark.parametrize("name", NAMES)
def test_load__every_set__is_a_complete_block(name: str) -> None:
    block = load(name, SEED)
    assert 5 <= len(block.annotators) <= 15
    assert len(set(block.items)) == len(block.items) >= 40
    for annotator in block.annotators:
        wrong = wrong_labels(name)
        errors = sum(wrong[annotator, item] for item in block.items)
        assert block.accuracy(annotator) == pytest.approx(1 - errors / len(block.items))


@pytest.mark.parametrize("name", NAMES)
def test_offers__tolerance__is_what_people_who_err_so_stay_within(name: str) -> None:
    wrong, offer = wrong_labels(name).values(), OFFERS[name]
    assert offer.tolerance_bps == tolerance(sum(wrong) / len(wrong), offer.batch)
    assert offer.stake == 2 * offer.reward


def test_load__same_seed__same_order() -> None:
    assert load("movie", 1).items == load("movie", 1).items != load("movie", 2).items


def test_largest_block__one_annotator_with_few_items__is_left_out() -> None:
    items = [f"item {number}" for number in range(10)]
    answers = {f"annotator {number}": dict.fromkeys(items, "a") for number in range(6)}
    answers["annotator 2"] = {"item 4": "a"}
    assert largest_block(answers, items) == ([f"annotator {number}" for number in (0, 1, 3, 4, 5)], items)


def test_largest_block__too_few_in_common__is_refused() -> None:
    answers = {f"annotator {number}": {f"item {number}": "a"} for number in range(6)}
    with pytest.raises(ValueError, match="no item was labelled by 5 annotators"):
        largest_block(answers, [f"item {number}" for number in range(6)])


# ------------------------------------------------------------ the command


def test_demo__from_the_command_line__shows_and_writes(tmp_path: Path) -> None:
    command = [Path(sys.executable).parent / "ape", "run", "demo", "--data", "weather", "--items", "16"]
    done = subprocess.run(
        [*command, "--jurors", "15", "--output", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "16 items x 5 annotators = 80 of 6,025 answers" in done.stdout
    assert done.stdout.count("checked ") == 9
    assert "BROKEN" not in done.stdout
    for name in (TABLE, BALANCES, CHART):
        assert (tmp_path / "weather" / name).stat().st_size > 0
