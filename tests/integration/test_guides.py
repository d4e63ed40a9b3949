"""What the guides tell people to run, run as it stands there on a devnet: Python, shell, a browser with a wallet."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from playwright.sync_api import Page, expect
from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from goldleaf import LabelSet, SignedCredential, SubmissionState, challenge_id, commitments, submission_id
from goldleaf_devnet import Devnet
from goldleaf_tools.cli.app import cli
from tests.browser import chromium
from tests.reader import blocks
from tests.wallets import Wallet

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
ANVIL = str(ROOT / "node_modules" / ".bin" / "anvil")
TOKEN = 10**6

# Patience for machines that are busy, in milliseconds.
expect.set_options(timeout=30_000)

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


@pytest.fixture(scope="module")
def shared() -> Iterator[Devnet]:
    """For tests that do not move its clock and act for accounts of their own."""
    with Devnet(anvil=ANVIL) as net:
        yield net


@pytest.fixture
def net() -> Iterator[Devnet]:
    with Devnet(anvil=ANVIL) as net:
        yield net


def environment(exported: Mapping[str, str]) -> dict[str, str]:
    """That of a shell in which the programs of the project are found, with what people are told to export."""
    path = f"{Path(sys.executable).parent}:{ROOT / 'node_modules' / '.bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **exported}


def read(guide: str, net: Devnet, folder: Path, *languages: str, account: str = "") -> str:
    """What a reader sees who runs a guide from its top to its bottom, or what is in some languages alone.

    Nobody acts but for the account that the guide names, or for `account` where it leaves that to the reader.
    """
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "reader.py", DOCS / f"{guide}.md", *(languages or ("bash", "sh", "python"))],
        cwd=folder,
        env=environment({**net.environment, "GOLDLEAF_ACCOUNT": account}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# ---------------------------------------------------------------- scenes


def publish(net: Devnet, answers: list[str]) -> int:
    """Has an annotator deliver the labels of the first batch of the devnet's first task; returns the submission."""
    annotator = net.client("annotator1")
    annotator.ledger.deposit(8 * TOKEN)
    submission = annotator.submissions.take(net.tasks[0].id, 0).result.submission
    labels = LabelSet(answers)
    annotator.submissions.publish(submission, labels, uri=net.store.put(labels.to_bytes()))
    return submission


def dispute(net: Devnet) -> None:
    """Has a label of `publish` challenged and defended: dispute 1, whose jurors are not drawn yet."""
    submission = publish(net, ["positive", "negative", "neutral", "positive"])
    challenger, annotator = net.client("challenger"), net.client("annotator1")
    challenger.ledger.deposit(20 * TOKEN)
    salt = commitments.new_salt()
    challenger.challenges.commit(submission, [0], salt=salt)
    net.travel(61)
    filed = challenger.challenges.file(submission, [0], salt=salt).result.challenge
    annotator.ledger.deposit(3 * TOKEN)
    assert annotator.challenges.defend(filed).result.dispute == 1


# ---------------------------------------------------------------- the guides


def test_annotator__from_the_guide__is_paid(net: Devnet, tmp_path: Path) -> None:
    printed = read("annotator", net, tmp_path)
    assert "2000000 earned, 8000000 of stake back" in printed
    assert "note: what is published, labels and all, is public for good" in printed
    assert "4\tGrocer warns of a weak second half\tfile://" in printed
    assert '[\n{"data": {"item": 4, "text": ' in printed and "export as JSON, then: goldleaf commit" in printed
    assert "10 known items in a tested batch, 4 errors pass\nright on 70%: fails 15.0% of tests" in printed
    assert "10 right, 0 wrong: passed\n" in printed and "published, and paid from " in printed
    # By commands, in the other batch.
    assert "wait until the requester opens what it is tested on, until " in printed
    assert "so far        passed" in printed and "this would pass" in printed
    assert net.client("annotator2").submissions.get(submission_id(3, 1)).state == SubmissionState.PUBLISHED
    assert printed.endswith("0 things done, 0 left\n")
    client = net.client("annotator1")
    # By commands as much as in Python.
    assert client.ledger.wallet() == 10**6 * TOKEN + 4 * TOKEN
    published = client.submissions.publication(submission_id(1, 1))
    assert net.store.get(published.uri) == LabelSet(["negative", "neutral", "positive", "negative"], 4).to_bytes()


def test_index__from_the_guide__holds_what_the_chain_does(net: Devnet, tmp_path: Path) -> None:
    printed = read("index", net, tmp_path)
    assert "events." in printed and "submissions" in printed
    assert "task 1: 12 items, 1 submissions" in printed
    assert "task 2: 12 items, 0 submissions" in printed


def test_requester__from_the_guide__opens_reads_accepts_and_closes(net: Devnet, tmp_path: Path) -> None:
    printed = read("requester", net, tmp_path)
    assert "item,id,uri\n0,1.txt,file://" in printed.replace("\r", "")
    assert "task 3 is open, its pot holds 3000000" in printed
    assert "{0: 'positive', 1: 'negative', 2: 'neutral', 3: 'positive'}" in printed and "not accepted" not in printed
    assert ",positive,string,accepted,,true\n" in printed and '"certainty":1.0,"basis":"majority"' in printed
    assert "0 labels accepted, 3000000 base units came back\n" in printed
    assert "(5, 5) known items, 3 errors pass\nright on 70%: fails 35.0% of tests\n" in printed
    # Of two batches one is tested, and one answer to all of it fails.
    assert printed.count("published: its batch was not tested\n") == 1
    assert printed.count("gold: too many errors: errors on known items is 5, must be at most 3.\n") == 1
    # By commands, of one batch.
    assert "Opened what batch 0 of task 6 is tested on" in printed and "Released the deposit of batch 0" in printed
    assert "0\tsealed\twait until the requester opens what it is tested on\t" in printed
    assert b"shrill" not in (tmp_path / "plan.json").read_bytes()
    client = net.client("requester")
    assert client.tasks.opening(4).parameters.terms == net.tasks[0].manifest.terms
    assert client.submissions.claim(submission_id(1, 0)).result.pay == 2 * TOKEN


def test_requester__nothing_came_in_or_all_is_paid__goes_on(net: Devnet, tmp_path: Path) -> None:
    printed = read("requester", net, tmp_path, "python")
    assert "positive" not in printed and "came back\n" in printed
    submission = publish(net, ["positive", "negative", "neutral", "positive"])
    client = net.client("requester")
    net.travel(client.submissions.get(submission).window_end - net.clock.now)
    client.submissions.claim(submission)
    printed = read("requester", net, tmp_path, "python")
    assert "{0: 'positive', 1: 'negative', 2: 'neutral', 3: 'positive'}" in printed
    assert "not accepted: submissions: not published: submission 1/0 is paid." in printed
    assert "came back\n" in printed


def test_challenger__from_the_guide__wins_unanswered(net: Devnet, tmp_path: Path) -> None:
    printed = read("challenger", net, tmp_path)
    assert "challenged items [0, 1] with a bond of " in printed
    assert re.search(r"UNANSWERED: 2 labels wrong, \d+ for you\n$", printed)
    client = net.client("challenger")
    assert client.submissions.get(submission_id(1, 0)).errors == 2
    # By commands, besides.
    assert client.challenges.filing(challenge_id(submission_id(1, 0), 1)).indices == (1,)


def test_disputes__from_the_guide__are_checked_and_tried_again(net: Devnet, tmp_path: Path) -> None:
    printed = read("disputes", net, tmp_path)
    assert "Nothing is false." in printed and "FALSE" not in printed
    assert printed.count("all that is told follows the rules") == 2
    assert "have jurors drawn" in printed
    assert "conceded: the bond is returned, with a prize for each label" in printed and "BROKEN" not in printed


def test_auditor__from_the_guide__finds_challenges_and_wins(net: Devnet, tmp_path: Path) -> None:
    printed = read("auditor", net, tmp_path)
    careless = net.accounts["annotator2"].address
    assert printed.splitlines()[-2:] == [
        f"item {item} of {careless} is wrong: {label}" for item, label in ((0, '"negative"'), (1, '"positive"'))
    ]
    assert "2/3/0\tyou\t0-1\tunanswered" in printed
    assert net.client("challenger").submissions.get(submission_id(2, 3)).errors == 2


def test_juror__from_the_guide__is_paid_for_a_vote(net: Devnet, tmp_path: Path) -> None:
    printed = read("juror", net, tmp_path)
    assert "you sit in round 0 of dispute 1\n1 disputes wait for your vote" in printed
    assert "'Harbour operator doubles its profit' was labelled 'negative'" in printed
    assert 'Item 0\n    Harbour operator doubles its profit\n  Label: "negative"\n' in printed
    assert re.search(r"[1-9]\d* for each seat that voted as the ruling", printed)
    court = net.client("deployer").court
    assert court.ruling(1) == 1
    # By commands, for a juror who was drawn for another one.
    assert "Revealed wrong in dispute 2" in printed and 1 in court.round(2, 0).votes
    shown = CliRunner().invoke(cli, ["court", "show", "2", "--json"], env=net.environment)
    [drawn] = json.loads(shown.stdout)["result"]["rounds"]
    assert drawn["holders"] == [court.seat(seat).holder for seat in drawn["seats"]]


def test_juror__drawn_for_a_seat_that_is_new__is_found_by_its_holder(net: Devnet) -> None:
    newcomer = net.client("juror5")
    newcomer.court.ledger.deposit(16 * newcomer.court.seat_price())
    first = newcomer.court.join(16).result.first_seat
    net.travel(newcomer.court.seat(first).ready_from - net.clock.now)
    for seat in range(first, first + 16):
        newcomer.court.ready(seat)
    dispute(net)
    chain = Web3(HTTPProvider(net.url)).provider
    # A block of another time has another hash: until one of them draws such a seat first.
    for later in count(1):
        before = chain.make_request(RPCEndpoint("evm_snapshot"), [])["result"]
        net.travel(later)
        net.mine(2)
        newcomer.court.draw()
        if newcomer.court.round(1, 0).seats[0] >= first:
            break
        chain.make_request(RPCEndpoint("evm_revert"), [before])
    [_, (_, code), *_] = list(blocks((DOCS / "juror.md").read_text(encoding="utf-8")))
    printed = subprocess.run(
        ["bash", "-c", f'set -euo pipefail\n{code}\necho "$GOLDLEAF_ACCOUNT"'],
        env=environment(net.environment),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == "juror5\n"


def test_juror__not_drawn_or_too_late__goes_on(net: Devnet, tmp_path: Path) -> None:
    read("juror", net, tmp_path, "bash")
    court = net.client("deployer").court
    drawn = set(court.holders(court.round(1, 0).seats).values())
    jurors = {role: account.address in drawn for role, account in net.accounts.items() if role.startswith("juror")}
    other = next(role for role, sits in jurors.items() if not sits)
    printed = read("juror", net, tmp_path, "python", account=other)
    assert printed.endswith("0 disputes wait for your vote\n")
    # That has moved the clock: nobody has voted, and the dispute is over.
    assert court.is_final(1)
    late = next(role for role, sits in jurors.items() if sits)
    assert read("juror", net, tmp_path, "python", account=late).endswith("0 disputes wait for your vote\n")


def test_sdk__its_examples__run(net: Devnet, tmp_path: Path) -> None:
    printed = read("sdk", net, tmp_path, "python").splitlines()
    assert printed[0].startswith("20000000 ") and printed[0].endswith(" ['ERC20.approve']")
    assert "['TaskEscrow.deposit', 'TaskEscrow.take']" in printed
    assert any(line.startswith("1000000 withdrawn, ") for line in printed)
    assert "Salt(hidden)" in printed
    assert net.client("annotator1").tasks.get(2).live == 1


def test_devnet__its_examples__run(net: Devnet, tmp_path: Path) -> None:
    before = net.clock.now
    read("devnet", net, tmp_path, "sh")
    assert net.clock.now >= before + 2 * 86_400
    assert read("devnet", net, tmp_path, "python").endswith(" 0\n")


def test_royalties__from_the_guide__all_are_paid_to_the_last_unit(net: Devnet, tmp_path: Path) -> None:
    read("royalties", net, tmp_path, "sh")
    # Of 90, a tenth is royalty: 4 of 12 parts are the annotator's, and the pay was 2.
    contributor, requester = net.client("annotator1"), net.client("requester")
    assert contributor.ledger.wallet() + contributor.ledger.free() == 10**6 * TOKEN + 2 * TOKEN + 3 * TOKEN
    assert contributor.royalties.license_count(1) == 1
    before = requester.ledger.wallet()
    printed = read("royalties", net, tmp_path, "python").splitlines()
    assert printed[0] == "royalty_bps: 1000"
    assert f"{net.accounts['licensee'].address} holds licence {(1 << 64) + 1} for {90 * TOKEN}" in printed
    assert "4 of 12 parts, 1750000 base units for each so far" in printed
    assert printed[-2:] == [f"{4 * TOKEN} collected", f"{116 * TOKEN} for the requester"]
    assert contributor.ledger.wallet() + contributor.ledger.free() == 10**6 * TOKEN + 9 * TOKEN
    assert requester.ledger.wallet() == before + 116 * TOKEN


def test_gasless__from_the_guide__works_without_ether(net: Devnet, tmp_path: Path) -> None:
    read("gasless", net, tmp_path, "sh")
    client = net.client("annotator2")
    submission = client.submissions.get(submission_id(1, 0))
    newcomer = submission.annotator
    assert newcomer not in {account.address for account in net.accounts.values()}
    assert client.relay.is_used(7, newcomer)
    assert client.ledger.wallet(account=newcomer) == 10 * TOKEN
    assert client.ledger.wallet() == 10**6 * TOKEN + 15 * TOKEN // 100
    printed = read("gasless", net, tmp_path, "python").splitlines()
    assert printed[:2] == [f"{10 * TOKEN} deposited for {newcomer}", "PUBLISHED"]
    assert printed[2].startswith("refused: ")
    assert client.ledger.wallet() == 10**6 * TOKEN + 30 * TOKEN // 100
    assert net.web3.eth.get_balance(net.web3.to_checksum_address(newcomer)) == 0
    assert net.web3.eth.get_transaction_count(net.web3.to_checksum_address(newcomer)) == 0


def test_arbitrators__from_the_guide__rule_and_pay_out(net: Devnet, tmp_path: Path) -> None:
    ether = {name: net.web3.eth.get_balance(account.address) for name, account in net.accounts.items()}
    read("arbitrators", net, tmp_path, "sh")
    client, weth = net.client("annotator1"), net.deployment.address("WrappedEther")
    assert client.submissions.get(submission_id(3, 0)).errors == 1
    assert client.ledger.wallet(token=weth) == client.ledger.free(token=weth) == 0
    # 3 labels paid; the fee of the dispute lost, and a little for gas.
    gained = net.web3.eth.get_balance(net.accounts["annotator1"].address) - ether["annotator1"]
    assert (15 - 1) * 10**16 - 10**15 < gained < (15 - 1) * 10**16
    printed = read("arbitrators", net, tmp_path, "python").splitlines()
    assert printed[1:4] == [
        f"a dispute costs {10**16} wei",
        f"defended for {10**16} wei, appealed for {10**16}",
        "ruled: 2",
    ]
    assert printed[4].startswith("NOT_WRONG: ")
    assert client.ledger.free(token=weth) == client.ledger.wallet(token=weth) == 0


def test_credentials__from_the_guide__admit_until_they_are_revoked(net: Devnet, tmp_path: Path) -> None:
    read("credentials", net, tmp_path, "sh")
    expert, gate = net.client("annotator1"), net.deployment.gates["headlines"]
    assert expert.submissions.get(submission_id(3, 0)).annotator == expert.account
    presented = SignedCredential.from_bytes((tmp_path / "expert.json").read_bytes())
    assert not expert.gates.is_allowed(gate, gate_data=presented)
    printed = read("credentials", net, tmp_path, "python").splitlines()
    assert [line.partition(":")[0] for line in printed[1:3]] == ["lent", "without"]
    assert printed[3] == f"has submission {submission_id(4, 0)}"
    assert printed[4].startswith("revoked: ")
    assert net.client("annotator2").submissions.get(submission_id(4, 0)).state == SubmissionState.TAKEN


def test_viem__with_the_packaged_abis__reads_a_task_and_is_typed(shared: Devnet, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "viem", tmp_path, dirs_exist_ok=True)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    printed = read("front-ends", shared, tmp_path, "sh")
    assert printed.splitlines() == [f"requester {shared.accounts['requester'].address}", "reward 500000", "items 12"]

    (tmp_path / "wrong.ts").write_text((tmp_path / "reward.ts").read_text().replace("args: [task]", 'args: ["1"]'))
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext"]
    check = ["node_modules/.bin/tsc", *options, "--moduleResolution", "bundler", "reward.ts", "wrong.ts"]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert re.fullmatch(r"wrong\.ts\(.*Type 'string' is not assignable to type 'bigint'\.\n", done.stdout), done.stdout


# ---------------------------------------------------------------- a back end and a browser


@contextmanager
def back_end(net: Devnet) -> Iterator[str]:
    """The URL of the guide's back end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app:app", "--port", "0"],
        cwd=EXAMPLES / "backend",
        env=environment(net.environment),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = ""
        while not (found := re.search(r"running on (http://\S+)", said)):
            line = process.stderr.readline()
            assert line, said
            said += line
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def page_of(url: str, wallet: Wallet, *, announced: bool = True) -> Iterator[Page]:
    """The guide's page in a real browser with a wallet. It must ask nobody else for anything."""
    with chromium() as browser:
        page = browser.new_page()
        asked: list[str] = []
        failures: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        wallet.inject(page, announced=announced)
        page.goto(url)
        yield page
        assert not failures
        assert asked and all(there.startswith((url, "data:")) for there in asked)


def test_back_end__deposit_and_take_in_a_browser__lock_the_stake_on_chain(shared: Devnet) -> None:
    wallet = Wallet(shared.accounts["annotator1"], shared.url)
    with back_end(shared) as url, page_of(url, wallet) as page:
        page.get_by_text("Connect Test wallet").click()
        expect(page.locator("#wallet")).to_have_text(str(10**6 * TOKEN))
        page.locator("#deposit button").click()
        expect(page.locator("#log")).to_contain_text("Deposited in block")
        expect(page.locator("#free")).to_have_text(str(8 * TOKEN))
        page.get_by_text("See what it means").click()
        expect(page.locator("#preview")).to_contain_text(f"4 labels lock {8 * TOKEN} base units")
        page.get_by_text("Lock the stake and take it").click()
        expect(page.locator("#log")).to_contain_text("is yours to label")
        expect(page.locator("#free")).to_have_text("0")
        # The wallet was told of the chain, approved, deposited and took.
        assert wallet.requests[:4] == [
            "eth_requestAccounts",
            "eth_chainId",
            "wallet_switchEthereumChain",
            "wallet_addEthereumChain",
        ]
        assert wallet.requests[4:] == ["eth_sendTransaction"] * 3
    client = shared.client("annotator1")
    taken = client.submissions.get.many(submission_id(1, slot) for slot in range(3))
    assert [found.annotator for found in taken if found.state == SubmissionState.TAKEN] == [wallet.account.address]


def test_back_end__deposit_with_a_permit__takes_one_transaction(shared: Devnet) -> None:
    wallet = Wallet(shared.accounts["annotator2"], shared.url)
    with back_end(shared) as url, page_of(url, wallet, announced=False) as page:
        page.get_by_text("Connect Browser wallet").click()
        page.get_by_label("Tokens").fill("2.5")
        page.get_by_label("sign a permit").check()
        page.locator("#deposit button").click()
        expect(page.locator("#free")).to_have_text(str(2_500_000))
        assert wallet.requests[4:] == ["eth_signTypedData_v4", "eth_sendTransaction"]
    assert shared.client("annotator2").ledger.free() == 2_500_000


def test_back_end__what_cannot_be__says_what_to_do(shared: Devnet) -> None:
    wallet = Wallet(shared.accounts["annotator3"], shared.url)
    with back_end(shared) as url, page_of(url, wallet) as page:
        page.get_by_text("Connect Test wallet").click()
        page.get_by_label("Tokens").fill("2000000")
        page.locator("#deposit button").click()
        expect(page.locator("#log li.error")).to_contain_text("balance of the wallet is 1000000000000")
        page.get_by_label("Task").fill("7")
        page.get_by_text("See what it means").click()
        expect(page.locator("#log li.error").nth(1)).to_contain_text("task")
        wallet.declines = True
        page.get_by_label("Tokens").fill("8")
        page.locator("#deposit button").click()
        expect(page.locator("#log li.error").nth(2)).to_have_text("You declined.")
    assert shared.client("annotator3").ledger.free() == 0


def test_back_end__asked_for_what_cannot_be__answers_with_the_error_as_json(shared: Devnet) -> None:
    account = shared.accounts["annotator3"].address
    with back_end(shared) as url:
        missing = requests.post(f"{url}/api/take", json={"account": account, "task": 7}, timeout=60)
        poor = requests.post(f"{url}/api/take", json={"account": account, "task": 1}, timeout=60)
        nobody = requests.get(f"{url}/api/balances/0x12", timeout=60)
    assert (missing.status_code, missing.json()["error"]) == (409, "NoSuchTask")
    assert (poor.status_code, poor.json()["error"]) == (409, "BalanceTooLow")
    assert poor.json()["advice"] and poor.json()["message"].endswith(poor.json()["advice"])
    assert (nobody.status_code, nobody.json()["error"]) == (400, "ArgumentError")
