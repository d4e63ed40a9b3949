"""Wallets and their moods, the mistakes of people, and a node that fails them."""

import json

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import Browser, expect

from goldleaf_devnet import Devnet
from tests.app.serving import TOKEN, act, agree, check_looks, connect, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


def test_connect__without_any_wallet__leads_to_help(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        page.get_by_role("button", name="Connect wallet").click()
        expect(page.locator("#wallets-none")).to_be_visible()
        page.get_by_role("link", name="How to get one").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Help")
        check_looks(page, "help")


def test_connect__locked__says_so_and_works_once_it_is_unlocked(browser: Browser, net: Devnet, url: str) -> None:
    wallet = Wallet(net.accounts["annotator3"], net.url)
    wallet.is_locked = True
    with visiting(browser, url, wallet) as page:
        page.get_by_role("button", name="Connect wallet").click()
        page.locator("#wallets-list button").click()
        expect(page.locator("#wallets-state")).to_contain_text("locked")
        wallet.is_locked = False
        page.locator("#wallets-list button").click()
        expect(page.get_by_role("button", name="Disconnect")).to_be_visible()


def test_connect__by_keyboard_alone__and_by_an_older_wallet(browser: Browser, net: Devnet, url: str) -> None:
    wallet = Wallet(net.accounts["annotator3"], net.url)
    with visiting(browser, url, wallet, announced=False) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        page.get_by_role("button", name="Connect wallet").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator("#wallets-list button")).to_have_text("Browser wallet")
        page.locator("#wallets-list button").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Disconnect")).to_be_visible()
        page.get_by_role("button", name="Disconnect").click()
        expect(page.get_by_role("button", name="Connect wallet")).to_be_visible()


def test_deposit__and_withdrawal__move_what_the_page_says(browser: Browser, net: Devnet, url: str) -> None:
    wallet, client = Wallet(net.accounts["annotator3"], net.url), net.client("annotator3")
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/wallet")
        page.get_by_label("Amount").fill("12,5")
        act(page, "Deposit", signatures=1)
        expect(page.locator("tr", has_text="TaskEscrow")).to_contain_text("12.50 ")
        check_looks(page, "wallet")
        assert client.ledger.free() == 12.5 * TOKEN
        act(page, "Withdraw")
        expect(page.locator("tr", has_text="TaskEscrow")).to_contain_text("0.00 ")
    assert client.ledger.free() == 0


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("-5", "Write an amount such as 12.50."),
        ("five", "Write an amount such as 12.50."),
        ("0.0000001", "more places than the 6 of the token"),
        ("0", "must be at least 1"),
        ("99999999", "wallet"),
    ],
)
def test_deposit__of_what_cannot_be__is_told_before_anything_is_signed(
    browser: Browser, net: Devnet, url: str, amount: str, told: str
) -> None:
    wallet = Wallet(net.accounts["annotator3"], net.url)
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/wallet")
        page.get_by_label("Amount").fill(amount)
        page.get_by_role("button", name="Deposit").click()
        if amount == "99999999":
            agree(page)  # the allowance costs nothing
        expect(page.locator("form:has(#amount) .form-error")).to_contain_text(told)
    assert "eth_sendTransaction" not in wallet.requests


def test_wallet__that_takes_several_calls__sends_a_deposit_without_permit_and_the_rest_as_one(
    browser: Browser, net: Devnet, url: str
) -> None:
    wallet = Wallet(net.accounts["annotator3"], net.url, batches=True)
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/tasks/1")
        act(page, "Take a batch", signatures=1)
    assert wallet.requests.count("wallet_sendCalls") == 1 and "eth_sendTransaction" not in wallet.requests


def test_reload__while_a_transaction_is_pending__shows_it_until_it_is_mined(
    browser: Browser, net: Devnet, url: str
) -> None:
    wallet = Wallet(net.accounts["challenger"], net.url)
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/wallet")
        net.web3.provider.make_request("evm_setAutomine", [False])
        try:
            page.get_by_label("Amount").fill("3")
            page.get_by_role("button", name="Deposit").click()
            agree(page)
            expect(page.locator("#signing-title")).to_have_text("Deposit")
            agree(page)
            expect(page.locator("#signing-state")).to_contain_text("Waiting until it is mined")
            page.reload()
            expect(page.locator("#pending")).to_contain_text("Deposit: not mined yet.")
            net.mine()
            expect(page.locator("#pending")).to_contain_text("Deposit: done.")
            page.reload()
            expect(page.locator("#pending p")).to_have_count(0)
        finally:
            net.web3.provider.make_request("evm_setAutomine", [True])
    assert net.client("challenger").ledger.free() == 3 * TOKEN


def test_transaction__that_fails_on_chain__is_told_with_its_reason(browser: Browser, net: Devnet, url: str) -> None:
    wallet, client = Wallet(net.accounts["licensee"], net.url), net.client("licensee")
    client.ledger.deposit(2 * TOKEN)

    def spend_first(fields: dict[str, object]) -> None:
        # What the page has seen is over before the transaction is mined.
        client.ledger.withdraw()
        fields["nonce"] = net.web3.eth.get_transaction_count(client.account)

    wallet.before_sending = spend_first
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/wallet")
        page.get_by_role("button", name="Withdraw").click()
        agree(page)
        expect(page.locator("form[action='/act/withdraw'] .form-error")).to_contain_text("It failed.")
        expect(page.locator("form[action='/act/withdraw'] .form-error")).to_contain_text("Deposit more")


def test_transaction__replaced_in_the_wallet__is_told(browser: Browser, net: Devnet, url: str) -> None:
    wallet, account = Wallet(net.accounts["board"], net.url), net.accounts["board"]
    net.client("board").ledger.deposit(TOKEN)
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/wallet")
        net.web3.provider.make_request("evm_setAutomine", [False])
        try:
            page.get_by_role("button", name="Withdraw").click()
            agree(page)
            expect(page.locator("#signing-state")).to_contain_text("Waiting until it is mined")
            # As wallets cancel: the same nonce, dearer, to nobody else.
            nonce = net.web3.eth.get_transaction_count(account.address)
            fields = {"to": account.address, "value": 0, "nonce": nonce, "gas": 21_000, "chainId": net.chain_id}
            signed = account.sign_transaction({**fields, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**10})
            page.wait_for_timeout(1500)  # the server has seen the first one by now
            net.web3.eth.send_raw_transaction(signed.raw_transaction)
            net.mine()
            error = page.locator("form[action='/act/withdraw'] .form-error")
            expect(error).to_contain_text("Another transaction took its place.")
        finally:
            net.web3.provider.make_request("evm_setAutomine", [True])
    assert net.client("board").ledger.free() == TOKEN


def test_reorganization__of_what_a_page_has_shown__is_followed(browser: Browser, net: Devnet, url: str) -> None:
    wallet = Wallet(net.accounts["juror1"], net.url)
    with visiting(browser, url, wallet) as page:
        connect(page)
        page.goto(f"{url}/tasks/2")
        slots = page.locator("dt:has-text('Slots left') + dd")
        before = slots.inner_text()
        act(page, "Take a batch", signatures=1)
        page.goto(f"{url}/tasks/2")
        expect(slots).not_to_have_text(before)
        expect(page.get_by_text("Your batches")).to_be_visible()
        # The block that it was taken in is replaced by an empty one.
        net.web3.provider.make_request("anvil_reorg", [1, []])
        for _ in range(100):
            page.reload()
            if slots.inner_text() == before:
                break
            page.wait_for_timeout(200)
        expect(slots).to_have_text(before)
        expect(page.get_by_text("Your batches")).to_have_count(0)


def test_sign_in__is_for_this_site_and_once(browser: Browser, net: Devnet, url: str) -> None:
    wallet = Wallet(net.accounts["annotator1"], net.url)
    with visiting(browser, url, wallet) as page:
        connect(page)
        signed: list[str] = []
        page.on(
            "request", lambda request: signed.append(request.post_data or "") if "/sign-in" in request.url else None
        )
        ask = """async () => {
          const answer = await fetch("/sign-in/message", { headers: { Accept: "application/json" } });
          return (await answer.json()).message;
        }"""
        message = page.evaluate(ask)
        assert (
            message.startswith(f"{url.removeprefix('http://')} wants you to sign in") and "Chain ID: 31337" in message
        )
        send = """async (signature) => {
          const form = new FormData();
          form.append("signature", signature);
          const headers = { "X-CSRF-Token": document.body.dataset.csrf };
          const response = await fetch("/sign-in", { method: "POST", headers, body: form });
          return [response.status, await response.text()];
        }"""
        other = Account.create()
        foreign = other.sign_message(encode_defunct(text=message)).signature.to_0x_hex()
        status, told = page.evaluate(send, foreign)
        assert status == 422 and "another account's" in told
        # That attempt has used it up.
        own = wallet.personal_sign("0x" + message.encode().hex(), wallet.account.address)
        status, told = page.evaluate(send, own)
        assert status == 422 and "Sign in again" in told
        message = page.evaluate(ask)
        own = wallet.personal_sign("0x" + message.encode().hex(), wallet.account.address)
        cookies = page.context.cookies()
        status, told = page.evaluate(send, own)
        assert status == 200 and "csrf" in json.loads(told)
        page.reload()
        expect(page.locator("body")).to_have_attribute("data-signed-in", wallet.account.address)
        # Whoever has got the cookie and the signature before has nothing.
        page.context.add_cookies(cookies)
        page.reload()
        status, told = page.evaluate(send, own)
        assert status == 422 and "used before" in told
