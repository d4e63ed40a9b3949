"""Data sets in a browser: offered, licensed, and their royalties collected and withdrawn."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from goldleaf import submission_id
from goldleaf.encoding import keccak256
from goldleaf_devnet import Devnet
from tests.app import scenes
from tests.app.serving import TOKEN, act, check_looks, connect, sign_in, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

TERMS = "Train and evaluate any model.\nNo resale of the labels."
# What the shares of task 1 get of a payment of 60: a tenth, of which 8 of 12 labels were accepted.
ROYALTY = 60 * TOKEN // 10 // 12 * 8


@pytest.fixture(scope="module", autouse=True)
def finished(net: Devnet) -> None:
    scenes.data_set(
        net,
        1,
        {
            0: ("annotator1", ["positive", "negative", "neutral", "positive"]),
            1: ("annotator1", ["negative", "neutral", "positive", "negative"]),
        },
    )


def test_data_sets__without_a_wallet__are_read(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        page.get_by_role("link", name="Data sets").click()
        expect(page.locator(".card")).to_have_count(1)
        expect(page.locator(".card")).to_contain_text("not for sale")
        check_looks(page, "data-sets")
        page.get_by_label("About").fill("mammogram")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".card")).to_have_count(0)
        expect(page.locator("main")).to_contain_text("There is no data set about this")
        page.goto(f"{url}/data-sets?words=headline")
        page.locator(".card a").click()
        expect(page.locator("main")).to_contain_text("8 of 12 asked for")
        expect(page.locator(".counts tbody tr")).to_have_count(3)
        expect(page.locator("main")).to_contain_text("No item has two labels to compare.")
        page.goto(f"{url}/data-sets/2")
        expect(page.get_by_role("heading", level=1)).to_have_text("This did not work")


def test_price__by_the_requester__is_offered_on_terms_that_buyers_read(browser: Browser, net: Devnet, url: str) -> None:
    with visiting(browser, url, Wallet(net.accounts["requester"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/data-sets/1")
        sign_in(page)
        page.get_by_label("Price of a licence").fill("sixty")
        page.get_by_label("Terms: what a licence allows").fill(TERMS)
        page.get_by_role("button", name="Offer licences").click()
        expect(page.locator("#price-error")).to_have_text("Write an amount such as 12.50.")
        page.get_by_label("Price of a licence").fill("60")
        page.get_by_label("Terms: what a licence allows").fill(" ")
        page.get_by_role("button", name="Offer licences").click()
        expect(page.locator("#text-error")).to_have_text("Say in a text what a licence allows.")
        page.get_by_label("Terms: what a licence allows").fill(TERMS)
        act(page, "Offer licences")
        expect(page.locator(".terms")).to_have_text(TERMS)
        check_looks(page, "data-set-requester")
    offer = net.client("licensee").royalties.offer(1)
    assert (offer.price, offer.terms) == (60 * TOKEN, keccak256(TERMS.encode() + b"\n"))


def test_licence__bought__has_a_receipt_and_pays_the_royalty(browser: Browser, net: Devnet, url: str) -> None:
    with visiting(browser, url, Wallet(net.accounts["licensee"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/data-sets/1")
        check_looks(page, "data-set")
        act(page, "Buy a licence", signatures=1)
        expect(page).to_have_url(f"{url}/data-sets/1/licences/0")
        expect(page.locator("main")).to_contain_text(net.accounts["licensee"].address)
        expect(page.locator("main")).to_contain_text("60.00")
        expect(page.locator(".terms")).to_have_text(TERMS)
        check_looks(page, "licence")
        with page.expect_download() as kept:
            page.get_by_role("link", name="Keep a copy").click()
        assert Path(kept.value.path()).read_bytes() == TERMS.encode() + b"\n"
        page.goto(f"{url}/data-sets/1")
        expect(page.locator("main")).to_contain_text("Licence 1/0")
    bought = net.client("licensee").royalties.license(submission_id(1, 0))
    assert (bought.licensee, bought.price) == (net.accounts["licensee"].address, 60 * TOKEN)
    assert net.client("licensee").royalties.data_set(1).paid == 60 * TOKEN


def test_terms__that_are_not_here__are_taken_by_their_hash_alone(
    browser: Browser, net: Devnet, url: str, tmp_path: Path
) -> None:
    other = tmp_path / "terms.txt"
    other.write_bytes(b"For research.\n")
    net.client("requester").royalties.set_price(1, Decimal(5), terms=keccak256(other.read_bytes()))
    false = tmp_path / "false.txt"
    false.write_text("For anything.")
    with visiting(browser, url, Wallet(net.accounts["challenger"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/data-sets/1")
        expect(page.locator("main")).to_contain_text("The text of its terms is not here.")
        expect(page.get_by_role("button", name="Buy a licence")).to_have_count(0)
        page.get_by_label("The file, if you have it").set_input_files(false)
        page.get_by_role("button", name="Check and keep it").click()
        expect(page.locator("#brought-error")).to_contain_text("This is another text")
        page.get_by_label("The file, if you have it").set_input_files(other)
        page.get_by_role("button", name="Check and keep it").click()
        expect(page.locator(".terms")).to_have_text("For research.")
        # The offer that is read is the offer that is bought, or nothing is.
        net.client("requester").royalties.set_price(1, Decimal(50), terms=keccak256(other.read_bytes()))
        page.get_by_role("button", name="Buy a licence").click()
        expect(page.locator(".form-error").first).to_contain_text("price")
    assert net.client("licensee").royalties.license_count(1) == 1


def test_royalties__enrolled_collected_and_withdrawn__are_what_the_chain_says(
    browser: Browser, net: Devnet, url: str
) -> None:
    client = net.client("annotator1")
    before = client.ledger.wallet()
    with visiting(browser, url, Wallet(net.accounts["annotator1"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/data-sets/royalties")
        check_looks(page, "royalties-waiting")
        act(page, "Get your shares")
        expect(page.locator("main")).to_contain_text("4.00")
        check_looks(page, "royalties")
        assert client.royalties.shares(1) == 8
        assert client.royalties.collectable(1) == ROYALTY == 4 * TOKEN
        act(page, "Collect all")
        expect(page.locator("main")).to_contain_text("There is nothing to collect at present.")
        assert client.royalties.ledger.free() == ROYALTY
        page.goto(f"{url}/wallet")
        row = page.get_by_role("row").filter(has_text="RoyaltyPool")
        row.get_by_role("button", name="Withdraw").click()
        with page.expect_navigation(timeout=60_000):
            page.locator("#signing-go").click()
    assert client.ledger.wallet() == before + ROYALTY


def test_shares__given_away__earn_for_whoever_has_them(browser: Browser, net: Devnet, url: str) -> None:
    client, other = net.client("annotator1"), net.accounts["annotator3"].address
    with visiting(browser, url, Wallet(net.accounts["annotator1"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/data-sets/1")
        page.get_by_text("Give shares away").first.click()
        page.get_by_label("Shares", exact=True).fill("9")
        page.get_by_label("To the account").fill("somebody")
        page.get_by_role("button", name="Give shares away").click()
        expect(page.locator("#to-error")).to_contain_text("0x and 40 digits")
        page.get_by_label("To the account").fill(other)
        page.get_by_role("button", name="Give shares away").click()
        expect(page.locator("#sure-error")).to_be_visible()
        page.get_by_label("I know that these shares").check()
        page.get_by_role("button", name="Give shares away").click()
        expect(page.locator("#count-error")).to_contain_text("8")
        page.get_by_label("Shares", exact=True).fill("2")
        act(page, "Give shares away")
        expect(page.locator("main")).to_contain_text(re.compile("2 accounts\\s+have shares"))
    assert (client.royalties.shares(1), client.royalties.shares(1, other)) == (6, 2)


def test_payment__of_ones_own_accord__is_shared_and_the_requester_collects(
    browser: Browser, net: Devnet, url: str
) -> None:
    with visiting(browser, url, Wallet(net.accounts["licensee"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/data-sets/1")
        page.get_by_text("Pay royalties without a licence").click()
        page.get_by_label("Amount").fill("30")
        page.get_by_label("What for").fill("a second model")
        act(page, "Pay royalties", signatures=1)
        expect(page.locator("main")).to_contain_text("90.00")
    requester = net.client("requester")
    due = requester.royalties.data_set(1).requester_due
    assert due == 90 * TOKEN - 90 * TOKEN // 10 // 12 * 8
    with visiting(browser, url, Wallet(net.accounts["requester"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/data-sets/1")
        act(page, "Collect your part")
        expect(page.get_by_role("button", name="Collect your part")).to_have_count(0)
        assert requester.royalties.ledger.free() == due
        licensee = net.client("licensee")
        licensee.royalties.ledger.deposit(Decimal(12))
        licensee.royalties.pay(1, Decimal(12))
        act(page, "End the sale")
        expect(page.locator("main")).to_contain_text("No licence is on offer at present.")
        page.goto(f"{url}/data-sets/royalties")
        expect(page.locator("main")).to_contain_text("Your part as a requester")
        act(page, "Collect all")
        expect(page.locator("main")).to_contain_text("There is nothing to collect at present.")
    assert requester.royalties.ledger.free() == 102 * TOKEN - 102 * TOKEN // 10 // 12 * 8
    assert requester.royalties.offer(1).price == 0
