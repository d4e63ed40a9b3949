"""What a requester has typed is kept over a restart of the server; and a court with too few seats is told of."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from goldleaf._flows import court
from goldleaf_devnet import Devnet, _devnet
from tests.app.requesting import HEADLINES, TERMS, choose_labels, press, refused, table, write_guidelines, write_terms
from tests.app.serving import ANVIL, connect, serving, sign_in, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


def test_wizard__server_restarted__goes_on_and_warns_of_a_small_court(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Seven seats in all, of which the devnet's own tasks think nothing.
    monkeypatch.setattr(_devnet, "SEATS", 1)
    monkeypatch.setattr(court, "LARGEST_PANEL", 7)
    with Devnet(anvil=ANVIL, fast=True) as net:
        wallet = Wallet(net.accounts["requester"], net.url)
        with serving(net, tmp_path) as url, visiting(browser, url, wallet) as page:
            connect(page)
            page.goto(f"{url}/requests/new")
            sign_in(page)
            page.goto(f"{url}/requests/new/items")
            table(page, "news.csv", "text\n" + "\n".join(HEADLINES[:8]))
            press(page, "Upload")
            press(page, "Save, and go on")
            write_guidelines(page)
            choose_labels(page, "positive", "negative")
            write_terms(page, **TERMS)
            refused(page, "Save, and go on", "accept_small_court", "is 7, must be at least 15")
        wallet = Wallet(net.accounts["requester"], net.url)
        with serving(net, tmp_path) as url, visiting(browser, url, wallet) as page:
            connect(page)
            page.goto(f"{url}/requests/new")
            sign_in(page)
            expect(page).to_have_url(f"{url}/requests/new/terms")
            for name, value in TERMS.items():
                expect(page.locator(f"#{name}")).to_have_value(value)
            page.locator("#accept_small_court").check()
            expect(page.locator("#summary")).to_contain_text("7 seats of the court may be drawn")
            press(page, "Save, and go on")
            page.goto(f"{url}/requests/new/items")
            expect(page.get_by_role("heading", name="8 items")).to_be_visible()
