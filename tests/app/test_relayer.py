"""Working without ether: the server sends what users sign, within limits."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from eth_account import Account
from playwright.sync_api import Browser, expect

from goldleaf import SubmissionState, submission_id
from goldleaf_app import offers
from goldleaf_devnet import Devnet
from tests.app.serving import TOKEN, agree, connect, serving, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]
# Of the user, in ether: enough for one deposit and a batch, and not for much more.
PER_USER = "0.002"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relayer")


@pytest.fixture(scope="module")
def relaying(net: Devnet, folder: Path) -> Iterator[str]:
    settings = {"GOLDLEAF_APP_RELAYER": "deployer", "GOLDLEAF_APP_RELAYER_PER_USER": PER_USER}
    with serving(net, folder, **settings) as url:
        yield url


def test_newcomer__without_ether__deposits_and_takes_and_reaches_the_limit(
    browser: Browser, net: Devnet, relaying: str, folder: Path
) -> None:
    account, giver = Account.create(), net.client("annotator3")
    giver.ledger.deposit(50 * TOKEN)
    giver.ledger.withdraw(50 * TOKEN, receiver=account.address)
    wallet = Wallet(account, net.url)
    with visiting(browser, relaying, wallet) as page:
        connect(page)
        page.goto(f"{relaying}/tasks/1")
        page.get_by_role("button", name="Take a batch").click()
        for title in ("Allow a deposit", "Deposit", "Take a batch"):
            expect(page.locator("#signing-title")).to_have_text(title)
            agree(page)
        expect(page).to_have_url(re.compile("/work/1/[0-2]"))
        reader = net.client("annotator3")
        states = [reader.submissions.get(submission_id(1, slot)) for slot in range(3)]
        assert [one.state for one in states if one.annotator == account.address] == [SubmissionState.TAKEN]
        # Gas was the server's, to the wei as it counts it.
        assert net.web3.eth.get_balance(account.address) == 0
        assert net.web3.eth.get_transaction_count(account.address) == 0
        with sqlite3.connect(folder / "app" / "app.db") as database:
            [(wei,)] = database.execute("SELECT wei FROM app_spending WHERE account = ?", (account.address,)).fetchall()
        assert 0 < int(wei) < 2 * 10**15
        for attempt in range(20):
            page.goto(f"{relaying}/wallet")
            page.get_by_label("Amount").fill("1")
            page.get_by_role("button", name="Deposit").click()
            for title in ("Allow a deposit", "Deposit"):
                expect(page.locator("#signing-title")).to_have_text(title)
                agree(page)
            refused = page.locator("form:has(#amount) .form-error:visible")
            expect(refused.or_(page.locator("tr", has_text=f"{attempt + 1}.00 "))).to_be_visible()
            if refused.is_visible():
                break
        expect(refused).to_contain_text("pays for no more gas today")


def test_request__that_this_server_has_not_made__is_not_sent(net: Devnet, relaying: str) -> None:
    session = requests.Session()
    found = re.search('data-csrf="([^"]+)"', session.get(f"{relaying}/tasks").text)
    assert found is not None
    session.cookies.set("account", net.accounts["annotator1"].address)
    headers = {"Origin": relaying, "X-CSRF-Token": found[1]}
    for relayed in ("ab" * 32, "zz" * 32, "1", "' OR 1=1"):
        form = {"ledger": "TaskEscrow", "relayed": relayed, "signature": "0x" + "11" * 65}
        answer = session.post(f"{relaying}/act/withdraw", data=form, headers=headers)
        assert answer.status_code == 422, answer.text


def test_request__signed_by_somebody_else__is_not_sent(net: Devnet, relaying: str) -> None:
    session = requests.Session()
    found = re.search('data-csrf="([^"]+)"', session.get(f"{relaying}/tasks").text)
    assert found is not None
    client = net.client("annotator2")
    client.ledger.deposit(TOKEN)
    session.cookies.set("account", client.account)
    headers = {"Origin": relaying, "X-CSRF-Token": found[1]}
    form = {"ledger": "TaskEscrow"}
    asked = session.post(f"{relaying}/act/withdraw", data=form, headers=headers).json()
    thief = net.accounts["annotator1"]
    signature = Account.sign_typed_data(thief.key, full_message=asked["sign"]).signature.to_0x_hex()
    form |= {**asked["fields"], "signature": signature}
    answer = session.post(f"{relaying}/act/withdraw", data=form, headers=headers)
    assert answer.status_code == 409 and answer.json()["error"] == "NotSigned"
    # Its owner may sign it still, and only once.
    own = net.accounts["annotator2"]
    form["signature"] = Account.sign_typed_data(own.key, full_message=asked["sign"]).signature.to_0x_hex()
    assert "hash" in session.post(f"{relaying}/act/withdraw", data=form, headers=headers).json()
    assert client.ledger.free() == 0
    assert session.post(f"{relaying}/act/withdraw", data=form, headers=headers).status_code == 422


def test_juror__whose_seat_leaves__signs_once_and_it_is_sent(net: Devnet, relaying: str) -> None:
    session = requests.Session()
    found = re.search('data-csrf="([^"]+)"', session.get(f"{relaying}/tasks").text)
    assert found is not None
    client, own = net.client("juror1"), net.accounts["juror1"]
    seat = next(number for number, held in client.court.held_seats().items() if not held.leaves_at)
    session.cookies.set("account", client.account)
    headers = {"Origin": relaying, "X-CSRF-Token": found[1]}
    asked = session.post(f"{relaying}/act/jury/leave/{seat}", data={}, headers=headers).json()
    signature = Account.sign_typed_data(own.key, full_message=asked["sign"]).signature.to_0x_hex()
    form = {**asked["fields"], "signature": signature}
    answer = session.post(f"{relaying}/act/jury/leave/{seat}", data=form, headers=headers).json()
    assert "hash" in answer, answer
    assert client.court.seat(seat).leaves_at


def test_actions__of_every_kind__read_what_was_signed_for_them() -> None:
    """A route that passes no form on would ask for the same signature again and again."""
    routes = Path(offers.__file__).parent / "routes"
    assert not [path.name for path in routes.glob("*.py") if re.search(r"offer\(\s*request,\s*\{\}", path.read_text())]
