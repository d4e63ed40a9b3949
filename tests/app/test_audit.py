"""The auditor's bench in a browser: what is known is brought, what is wrong is found, and challenges are filed."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from eth_account import Account
from playwright.sync_api import Browser, Page, expect

from goldleaf import ChallengeKind, challenge_id, submission_id
from goldleaf.events import Challenged
from goldleaf_devnet import Devnet
from goldleaf_tools import evidence
from tests.app import scenes
from tests.app.serving import TOKEN, act, check_looks, connect, serving, sign_in, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

TRUTH = ["positive", "negative", "neutral", "positive"]
# Two wrong labels of four: one more than the task tolerates.
CARELESS = ["negative", "positive", "neutral", "positive"]
AGE = 61


@pytest.fixture(scope="module", autouse=True)
def delivered(net: Devnet) -> None:
    scenes.published(net, 2, {0: ("annotator1", TRUTH), 3: ("annotator2", CARELESS)})
    scenes.published(net, 1, {0: ("annotator3", ["positive", "negative", "positive", "positive"])})
    scenes.withheld(net, 1, 1, "annotator3")


def begin(page: Page, url: str, path: str = "/audit") -> None:
    """Comes to a page of the bench, connected and signed in."""
    connect(page)
    page.goto(url + path)
    sign_in(page)


def audits_in(folder: Path) -> int:
    """How many audits a server runs that was started in this folder."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_audit = b"goldleaf_app.auditing" in (process / "cmdline").read_bytes()
            found += is_audit and (process / "cwd").resolve() == folder.resolve()
    return found


def wait_until(condition: Callable[[], bool], patience: float = 20) -> None:
    """Returns when it is so."""
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_bench__not_signed_in__shows_what_can_be_audited(browser: Browser, net: Devnet, url: str) -> None:
    with visiting(browser, url) as page:
        page.get_by_role("link", name="Audit").click()
        expect(page.get_by_role("checkbox")).to_have_count(2)
        expect(page.get_by_role("button", name="Audit")).to_be_disabled()
        check_looks(page, "audit-signed-out")
        page.get_by_role("link", name="2 of task 2").click()
        check_looks(page, "audit-submissions")
        page.get_by_role("link", name="2/3").click()
        expect(page.locator("main")).to_contain_text("Connect a wallet first.")
        expect(page.get_by_role("button", name="Commit to this challenge")).to_have_count(0)
        expect(page.locator(".labels")).to_contain_text("Mill closes after a century")


def test_audit__with_gold__ranks_what_is_wrong_and_files_it_within_a_budget(
    browser: Browser, net: Devnet, url: str, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.csv"
    with visiting(browser, url, Wallet(net.accounts["challenger"], net.url)) as page:
        begin(page, url)
        page.get_by_role("button", name="Audit", exact=True).click()
        expect(page.locator("#tasks-error")).to_contain_text("Choose the tasks to audit")
        page.get_by_role("checkbox").first.check()
        page.get_by_label("Further tasks by number").fill("1, 2")
        gold.write_text("task,item,label\n2,0,excellent\n")
        page.get_by_label("What you know").set_input_files(gold)
        page.get_by_role("button", name="Audit", exact=True).click()
        expect(page.locator("#gold-error")).to_contain_text("line 2")
        gold.write_text("task,item,label\n2,0,positive\n2,1,negative\n1,2,neutral\n")
        page.get_by_label("What you know").set_input_files(gold)
        page.get_by_role("button", name="Audit", exact=True).click()
        # Numerical libraries are loaded first, which takes its time where others work.
        expect(page).to_have_url(f"{url}/audit/findings", timeout=120_000)
        expect(page.locator("main")).to_contain_text("Labels that nobody can read")
        first = page.locator(".finding").first
        expect(first).to_contain_text("Submission 2/3, 2 labels")
        expect(first.locator("tbody tr").first).to_contain_text(
            re.compile("Harbour operator.*negative.*positive", re.S)
        )
        expect(first).to_contain_text("Bond at risk9.00")
        check_looks(page, "findings")
        page.get_by_label("Budget").fill("5")
        page.get_by_role("button", name="Choose what fits").click()
        expect(page.locator("main")).to_contain_text("Nothing fits")
        page.get_by_label("Budget").fill("20")
        page.get_by_role("button", name="Choose what fits").click()
        expect(page.locator(".finding.chosen")).to_have_count(1)
        check_looks(page, "findings-budget")
        act(page, "Commit to 1 challenge")
        expect(page).to_have_url(f"{url}/audit/challenges")
        expect(page.locator("#planned")).to_contain_text("waiting")
        check_looks(page, "challenges-waiting")
        with page.expect_download() as backup:
            page.get_by_role("link", name="Backup").click()
        assert '"salt": "0x' in Path(backup.value.path()).read_text()
        # What is planned counts against the next budget.
        page.goto(f"{url}/audit/findings?budget=10&chance=50")
        expect(page.locator("main")).to_contain_text("You have planned this challenge.")
        page.goto(f"{url}/audit/challenges")
        net.travel(AGE)
        expect(page.get_by_role("button", name="File the challenge")).to_be_visible()
        check_looks(page, "challenges-ready")
        act(page, "File the challenge", signatures=1)
        expect(page.locator("main")).to_contain_text("2/3/0")
        expect(page.locator("#planned")).to_contain_text("Nothing is planned.")
        check_looks(page, "challenges-filed")
        # What was filed is not chosen again.
        page.goto(f"{url}/audit/findings?budget=100&chance=50")
        expect(page.locator(".finding").first).to_contain_text("You have filed this challenge.")
        expect(page.locator("main")).to_contain_text("Nothing fits")
    client = net.client("challenger")
    challenge = challenge_id(submission_id(2, 3), 0)
    filed, stands = client.challenges.filing(challenge), client.challenges.get(challenge)
    assert (list(filed.indices), stands.challenger, stands.bond) == ([0, 1], client.account, 9 * TOKEN)
    # Jurors read why: shown when it was filed.
    assert isinstance(filed, Challenged)
    report = evidence.check(net.store.get(filed.uri, filed.evidence), client)
    assert report.holds


def test_withheld_labels__found_by_an_audit__are_challenged_at_once(browser: Browser, net: Devnet, url: str) -> None:
    with visiting(browser, url, Wallet(net.accounts["challenger"], net.url)) as page:
        begin(page, url, "/audit/findings")
        act(page, "Challenge that they can be read", signatures=1)
        page.goto(f"{url}/audit/challenges")
        expect(page.get_by_role("row").filter(has_text="1/1/0")).to_contain_text("cannot be read")
        page.goto(f"{url}/audit/findings")
        expect(page.get_by_role("button", name="Challenge that they can be read")).to_have_count(0)
    stands = net.client("challenger").challenges.get(challenge_id(submission_id(1, 1), 0))
    assert (stands.kind, stands.labels) == (ChallengeKind.AVAILABILITY, 4)


def test_audit__while_one_is_under_way__is_refused_and_can_be_stopped(browser: Browser, net: Devnet, url: str) -> None:
    wallet = Wallet(net.accounts["juror1"], net.url)
    with visiting(browser, url, wallet) as page:
        begin(page, url)
        other = page.context.new_page()
        other.goto(f"{url}/audit")
        for each in (page, other):
            each.get_by_role("checkbox").first.check()
            each.get_by_role("button", name="Audit", exact=True).click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        check_looks(page, "audit-progress")
        expect(other.locator(".form-error").first).to_contain_text("an audit of yours is under way")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("main")).to_contain_text("You have stopped it.")
        expect(page.get_by_role("button", name="Audit", exact=True)).to_be_visible()


def test_audit__whose_server_is_stopped__ends_with_it(browser: Browser, net: Devnet, tmp_path: Path) -> None:
    wallet = Wallet(net.accounts["juror2"], net.url)
    with serving(net, tmp_path) as url, visiting(browser, url, wallet) as page:
        begin(page, url)
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Audit", exact=True).click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        wait_until(lambda: audits_in(tmp_path) == 1)
    assert audits_in(tmp_path) == 0
    with serving(net, tmp_path) as url, visiting(browser, url, wallet) as page:
        begin(page, url)
        expect(page.locator(".note")).to_contain_text("The server was restarted meanwhile.")
        expect(page.get_by_role("button", name="Audit", exact=True)).to_be_enabled()


def test_gold__of_another_account__is_not_read(browser: Browser, net: Devnet, url: str) -> None:
    with visiting(browser, url, Wallet(net.accounts["challenger"], net.url)) as page:
        begin(page, url)
        expect(page.locator("main")).to_contain_text("Task 2: 2 items.")
        assert page.request.get(f"{url}/audit/gold/2").text().count("label") == 2
    with visiting(browser, url, Wallet(net.accounts["licensee"], net.url)) as page:
        begin(page, url)
        expect(page.locator("#known")).to_have_count(0)
        assert page.request.get(f"{url}/audit/gold/2").status == 404
        # Anybody can say that they are somebody, and is nobody here without their signature.
        page.context.add_cookies([{"name": "account", "value": net.accounts["challenger"].address, "url": url}])
        page.goto(f"{url}/audit/findings")
        expect(page.locator("main")).to_contain_text("Sign in to see what your audits have found.")
        assert page.request.get(f"{url}/audit/gold/2").status == 404


def test_challenge__by_hand__is_planned_committed_and_filed(browser: Browser, net: Devnet, url: str) -> None:
    submission = submission_id(1, 0)
    with visiting(browser, url, Wallet(net.accounts["licensee"], net.url)) as page:
        begin(page, url, "/audit/challenge/1/0")
        page.get_by_role("button", name="Commit to this challenge").click()
        expect(page.locator("#item-error")).to_contain_text("Choose the labels that are wrong")
        page.get_by_role("checkbox", name="2").check()
        expect(page.locator("#deal")).to_contain_text("One label is chosen.")
        page.get_by_label("Item 2 should be").select_option("neutral")
        page.get_by_label("Why they are wrong").fill("A date says nothing of a company.")
        page.get_by_label("Bond").fill("1")
        page.get_by_role("button", name="Commit to this challenge").click()
        expect(page.locator("#bond-error")).to_contain_text("9.00")
        expect(page.locator(".form-error").first).to_be_hidden()
        page.get_by_label("Bond").fill("10")
        check_looks(page, "challenge-by-hand")
        act(page, "Commit to this challenge")
        expect(page.locator("#planned")).to_contain_text("10.00")
        # Bond and evidence may be changed until it is filed: nothing is to be signed.
        page.get_by_role("link", name="Change bond or evidence").click()
        expect(page.get_by_label("Bond")).to_have_value("10.00")
        expect(page.get_by_label("Item 2 should be")).to_have_value("neutral")
        expect(page.get_by_label("Why they are wrong")).to_have_value("A date says nothing of a company.")
        page.get_by_label("Bond").fill("9.5")
        page.get_by_role("button", name="Commit to this challenge").click()
        expect(page.locator("#planned")).to_contain_text("9.50")
        net.travel(AGE)
        act(page, "File the challenge", signatures=1)
        expect(page.locator("main")).to_contain_text("1/0/0")
    client = net.client("licensee")
    filed = client.challenges.filing(challenge_id(submission, 0))
    assert isinstance(filed, Challenged)
    assert list(filed.indices) == [2] and client.challenges.get(challenge_id(submission, 0)).bond == 9_500_000
    bundle = evidence.Bundle.from_bytes(net.store.get(filed.uri, filed.evidence))
    assert bundle.exhibits[0].claim == "It should be neutral."


def test_commitment__relayed__is_planned_once_and_costs_no_gas(browser: Browser, net: Devnet, tmp_path: Path) -> None:
    account = Account.create()
    with (
        serving(net, tmp_path, GOLDLEAF_APP_RELAYER="deployer") as url,
        visiting(browser, url, Wallet(account, net.url)) as page,
    ):
        begin(page, url, "/audit/challenge/2/3")
        page.get_by_role("checkbox", name="2").check()
        act(page, "Commit to this challenge")
        expect(page.locator("#planned .card")).to_have_count(1)
        expect(page.locator("#planned")).to_contain_text("waiting")
    assert net.web3.eth.get_transaction_count(account.address) == 0
