"""The demo, held against the answers' own files and the chain's own logs."""

import csv
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import ape
import pytest
from eth_utils import keccak
from rich.console import Console
from web3 import Web3

from goldleaf import ChallengeKind, Manifest, Outcome, digest, encode_label, events
from goldleaf.stores import Store
from scripts._chain import Chain
from scripts._data import FOLDER, NAMES, largest_block, load
from scripts._gold import GoldTests, lay_out
from scripts._offers import OFFERS
from scripts._play import Play
from scripts._report import BALANCES, CHART, TABLE, Report
from scripts._simulation.experiments import tolerance
from scripts._stage import FEE, PURSE, Stage, bars

ROOT = Path(__file__).parent.parent.parent
SEED = 6
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
    """Five radiologists, two who do not look, and sixty mammograms, played to the end; the chain is still there."""
    offer = OFFERS["mammo"].tested
    block, plan = lay_out(load("mammo", SEED, annotators=5, items=60), offer, SEED)
    with ape.networks.ethereum.local.use_provider("test") as provider, bars(Console(quiet=True)) as progress:
        stage = Stage(provider, SEED, offer, progress)
        store = Store(folder / "store", public="keccak256:")
        play = Play(stage, block, offer, plan, store, seed=SEED, error=0.2, jurors=15)
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
    assert [row.name for row in report.rows[5:]] == ["constant", "random"]
    for row in report.rows[:5]:
        errors = sum(wrong[row.name, item] for item in items)
        assert row.accuracy == pytest.approx(1 - errors / 60)
        assert row.labels == 60


def test_play__gains__are_those_of_the_token(play: Play, report: Report) -> None:
    gains = transfers(play)
    for row, annotator in zip(report.rows, play.annotators, strict=True):
        assert row.net == gains[annotator.address[2:].lower()] - PURSE
        assert row.net == row.earned - row.lost + row.disputes + row.royalty - row.fees
    for name in ("Court", "RoyaltyPool", "GoldTest"):
        assert gains[play.stage.deployment.address(name)[2:].lower()] == 0
    sunk = play.requester.client.ledger.free(account=play.requester.client.tasks.sink())
    assert gains[play.stage.deployment.address("TaskEscrow")[2:].lower()] == sunk > 0
    assert sum(play.stage.gain(person) for person in play.stage.people) == -sunk


def test_play__pay_and_stakes__follow_the_rules(play: Play, report: Report) -> None:
    """From the challenges alone, by the protocol's formulas."""
    for row in report.rows:
        works = [work for work in play.works if work.annotator.name == row.name]
        kept = [work for work in works if not work.rejected and not work.failed]
        assert row.earned == sum(play.terms.reward * (len(work.labels) - work.errors) for work in kept)
        assert row.staked == sum(play.terms.stake * len(work.labels) for work in works)
        assert row.lost == sum(play.terms.stake_of(work.slot) for work in works if work not in kept)
        assert row.back + row.lost == row.staked
    assert 0 < sum(row.lost for row in report.rows) < sum(row.staked for row in report.rows)


def gold_of(play: Play) -> GoldTests:
    assert play.gold is not None
    return play.gold


def said_and_true(play: Play) -> dict[int, tuple[str, str]]:
    """What the requester has shown, by the chain: item number -> the answer that it told, and the truth."""
    told = {digest(encode_label(label)): label for label in play.block.classes}
    truth = {row["item"]: row["label"] for row in rows(FOLDER / "mammo" / "gold.csv")}
    (shown,) = (event for event in play.stage.events if isinstance(event, events.GoldOpened))
    opened = play.requester.client.tests.opened(play.task, shown.batch)
    pairs = zip(opened.items, opened.answers, strict=True)
    return {item: (told[answer], truth[play.block.items[item]]) for item, answer in pairs}


def test_play__gold__is_shown_when_all_labels_are_sealed_and_none_is_public(play: Play) -> None:
    kinds = [type(event) for event in play.stage.events]
    assert kinds.count(events.Committed) == len(play.works) == 14
    last = max(place for place, kind in enumerate(kinds) if kind is events.Committed)
    assert last < kinds.index(events.GoldOpened) < kinds.index(events.Published)
    assert kinds.count(events.GoldOpened) == kinds.count(events.GoldWaived) == 1


def test_play__tests__are_passed_by_whom_the_answers_say(play: Play) -> None:
    """Of one batch of two, by what the chain shows and the answers' own files; nobody who fails is published."""
    shown, gold = said_and_true(play), gold_of(play)
    counted = {item: said for item, (said, true) in shown.items() if said == true}
    assert len(counted) == len(shown) - 1
    tested = [work for work in play.works if counted.keys() <= work.answers.keys()]
    assert len(tested) == len(play.works) // 2
    published = {event.submission for event in play.stage.events if isinstance(event, events.Published)}
    for work in play.works:
        errors = sum(said != work.answers[item] for item, said in counted.items()) if work in tested else 0
        # The item that was dropped took one of the allowed errors with it.
        assert (work.id in published) == (errors <= gold.plan.terms.allowed - 1)
        assert (work.test is None) == (work not in tested)
        assert work.test is None or len(work.test.wrong) == errors


def test_play__who_does_not_look__loses_every_stake_that_is_tested(play: Play, report: Report) -> None:
    for row in report.rows[5:]:
        mine = [work for work in play.works if work.annotator.name == row.name]
        assert [work.failed for work in mine].count(True) == 1
        assert row.net <= -play.terms.stake_of(mine[0].slot)
    constant, drawn = (
        {label for work in play.works if work.annotator.name == row.name for label in work.answers.values()}
        for row in report.rows[5:]
    )
    assert (len(constant), len(drawn)) == (1, 2)


def test_play__wrong_gold__is_dropped_and_paid_for_by_the_requester(play: Play) -> None:
    """The money of the test, by the token's logs: fee and prize for who was right, out of the requester's deposit."""
    (wrong,) = (item for item, (said, true) in said_and_true(play).items() if said != true)
    (filed,) = (event for event in play.stage.events if isinstance(event, events.GoldDisputed))
    (settled,) = (event for event in play.stage.events if isinstance(event, events.GoldDisputeSettled))
    (opened,) = (event for event in play.stage.events if isinstance(event, events.GoldOpened))
    (released,) = (event for event in play.stage.events if isinstance(event, events.DepositReleased))
    tests, gold = play.requester.client.tests, gold_of(play)
    assert tests.opened(play.task, opened.batch).dropped == (wrong,) == (gold.wrong,)
    assert settled.outcome == Outcome.WRONG
    disputer = next(work for work in play.works if work.id == filed.submission)
    truth = said_and_true(play)[wrong][1]
    assert disputer.answers[wrong] == truth and disputer.annotator.address == filed.disputer
    # The bond, the fee and a prize.
    assert settled.to_disputer == 3 * play.jury_cost
    assert released.to_requester == opened.deposit - 2 * play.jury_cost
    assert play.store.get(filed.uri, filed.evidence) == f"{play.block.items[wrong]}: {truth}\n".encode()


def test_play__rejections__are_of_too_many_errors_or_withheld(play: Play, folder: Path) -> None:
    for work in play.works:
        assert work.rejected == (work.withheld or work.errors > play.terms.tolerated(work.slot))
        assert (folder / "store" / work.uri.removeprefix("keccak256:")).exists() == (
            not work.withheld and not work.failed
        )
    assert sum(work.withheld for work in play.works) == 1


def test_play__auditor__challenges_nothing_but_wrong_labels_where_it_pays(play: Play) -> None:
    gold = {row["item"]: row["label"] for row in rows(FOLDER / "mammo" / "gold.csv")}
    challenges = [case for case in play.cases if case.kind == ChallengeKind.CORRECTNESS and case.party is play.auditor]
    assert challenges
    for case in challenges:
        assert all(case.work.answers[item] != gold[play.block.items[item]] for item in case.items)
        assert len(case.items) * (play.terms.reward // 4) >= play.jury_cost
        assert case.bond >= 3 * play.jury_cost


def test_play__royalties__follow_the_rules(play: Play, report: Report) -> None:
    """From the submissions alone, by the protocol's formula."""
    parts, pay = len(play.works) * len(play.block.items) // play.terms.batches, play.terms.pot
    assert parts == 420
    # A licence at half of the pay and a model at all of it; a fifth of both is royalty.
    per_label = (pay // 2 + pay) // 5 // parts
    for row in report.rows:
        kept = [work for work in play.works if work.annotator.name == row.name and work.is_paid]
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


@pytest.mark.parametrize(
    ("kind", "field", "broken"),
    [
        (events.Claimed, "stake", "submissions were neither forfeited nor rejected: each has its whole stake back"),
        (events.DepositReleased, "to_requester", "of deposits and bonds of"),
        (events.Forfeited, "submission", "tested submissions the"),
    ],
)
def test_report__an_event_that_is_off_by_one__breaks_its_check(
    play: Play, report: Report, monkeypatch: Any, kind: type[Any], field: str, broken: str
) -> None:
    first = next(event for event in play.stage.events if isinstance(event, kind))
    other = replace(first, **{field: getattr(first, field) + 1})
    monkeypatch.setattr(play.stage, "events", [other if event is first else event for event in play.stage.events])
    assert any(broken in check for check, holds in Report(play).checks().items() if not holds)


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


def test_logs__read_once__are_those_of_the_tester() -> None:
    with ape.networks.ethereum.local.use_provider("test") as provider, bars(Console(quiet=True)) as progress:
        stage = Stage(provider, SEED, OFFERS["mammo"], progress)
        person = stage.person("somebody")
        stage.provide(person, person.client.ledger, 5)
        chain, slow = stage.chain.web3, Web3(provider.tester)
        token, escrow = (stage.deployment.address(name) for name in ("Token", "TaskEscrow"))
        topic = f"0x{TRANSFER.hex()}"
        found = chain.eth.get_logs({"fromBlock": 0, "toBlock": "latest"})
        assert {log["address"] for log in found} >= {token, escrow}
        for wanted in (
            {},
            {"address": token},
            {"address": [token, escrow], "topics": [topic]},
            {"topics": [None, f"0x{person.address[2:].lower():0>64}"]},
            {"topics": [[topic, f"0x{0:064x}"]]},
            {"address": escrow, "topics": [topic]},
        ):
            for first in (0, chain.eth.block_number):
                query: Any = {"fromBlock": first, "toBlock": chain.eth.block_number, **wanted}
                assert [_plain(log) for log in chain.eth.get_logs(query)] == [
                    _plain(log) for log in slow.eth.get_logs(query)
                ]


def _plain(log: Any) -> tuple[Any, ...]:
    return (
        log["address"],
        tuple(map(bytes, log["topics"])),
        bytes(log["data"]),
        log["blockNumber"],
        bytes(log["blockHash"]),
        bytes(log["transactionHash"]),
        log["transactionIndex"],
        log["logIndex"],
    )


# ------------------------------------------------------------ the data


@pytest.mark.parametrize("name", NAMES)
def test_load__every_set__is_a_complete_block(name: str) -> None:
    block = load(name, SEED)
    assert 5 <= len(block.annotators) <= 13
    assert len(set(block.items)) == len(block.items) >= 40
    for annotator in block.annotators:
        wrong = wrong_labels(name)
        errors = sum(wrong[annotator, item] for item in block.items)
        assert block.accuracy(annotator) == pytest.approx(1 - errors / len(block.items))


@pytest.mark.parametrize("name", NAMES)
def test_offers__tolerance__is_what_people_who_err_so_stay_within(name: str) -> None:
    wrong, offer = wrong_labels(name).values(), OFFERS[name]
    for terms in (offer, offer.tested):
        assert terms.tolerance_bps == tolerance(Fraction(sum(wrong), len(wrong)), terms.batch)
    assert (offer.stake, offer.tested.stake) == (2 * offer.reward, 4 * offer.reward)


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


def test_demo__by_default__shows_what_the_readme_says(tmp_path: Path) -> None:
    command = [Path(sys.executable).parent / "ape", "run", "demo", "--output", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [section] = re.findall(r"^## What the demo shows\n(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S)
    [block] = re.findall(r"^```\n(.*?)^```$", section, re.M | re.S)
    shown, lines = iter(line.strip() for line in done.stdout.splitlines()), block.split("\n")
    # In this order, with other lines between them.
    assert [line for line in lines if line and line not in shown] == []
    figures = re.findall(r"\d[\d,]*\.\d+", section)
    assert [figure for figure in figures if figure not in done.stdout] == []
    assert "BROKEN" not in done.stdout


def test_demo__from_the_command_line__shows_and_writes(tmp_path: Path) -> None:
    command = [Path(sys.executable).parent / "ape", "run", "demo", "--data", "weather", "--items", "16"]
    done = subprocess.run(
        [*command, "--jurors", "15", "--output", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "16 items x 5 annotators = 80 of 6,025 answers" in done.stdout
    assert "a batch of 8 labels has no room for 10 known items or more" in " ".join(done.stdout.split())
    assert done.stdout.count("checked ") == 11
    assert "BROKEN" not in done.stdout
    for name in (TABLE, BALANCES, CHART):
        assert (tmp_path / "weather" / name).stat().st_size > 0
