"""The market in a browser: tasks are found, read, and taken from."""

import re

import pytest
from playwright.sync_api import Browser, expect

from goldleaf import submission_id
from goldleaf_devnet import Devnet
from tests.app.serving import act, agree, check_looks, connect, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


def test_market__without_a_wallet__is_read(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")
        expect(page.locator(".card")).to_have_count(2)
        check_looks(page, "tasks")
        page.locator(".card a").first.click()
        expect(page.locator(".prose")).to_contain_text("Is the tone of the headline")
        check_looks(page, "task")


def test_take__without_a_deposit__signs_an_allowance_and_locks_the_stake(
    browser: Browser, net: Devnet, url: str
) -> None:
    wallet = Wallet(net.accounts["annotator1"], net.url)
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/tasks/1")
        act(page, "Take a batch", signatures=1)
        expect(page).to_have_url(re.compile(f"{url}/work/1/[0-2]"))
    client = net.client("annotator1")
    taken = [slot for slot in range(3) if client.submissions.get(submission_id(1, slot)).annotator == client.account]
    assert len(taken) == 1 and client.ledger.free() == 0


def test_take__declined_or_on_another_chain__says_so_and_sends_nothing(browser: Browser, net: Devnet, url: str) -> None:
    wallet = Wallet(net.accounts["annotator2"], net.url)
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/tasks/2")
        wallet.declines = True
        page.get_by_role("button", name="Take a batch").click()
        agree(page)
        expect(page.locator(".form-error")).to_contain_text("You declined in the wallet.")
        wallet.declines, wallet._chain, wallet.is_stubborn = False, "0x1", True
        page.get_by_role("button", name="Take a batch").click()
        expect(page.locator(".form-error")).to_contain_text("The wallet is on another chain")
    assert "eth_sendTransaction" not in wallet.requests
