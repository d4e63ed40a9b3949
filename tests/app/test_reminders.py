"""Reminders by mail, through a real mail server."""

import re
import socket
import time
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller
from eth_account import Account
from playwright.sync_api import Browser, expect

from goldleaf_devnet import Devnet
from tests.app.serving import TOKEN, check_looks, connect, serving, sign_in, visiting
from tests.app.visitors import Visitor
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]
SENDER = "reminders@goldleaf.example"


class Mailbox:
    """What a mail server has got."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        text = message_from_bytes(envelope.content).get_payload(decode=True).decode()
        self.mails.append((envelope.rcpt_tos, text))
        return "250 OK"

    def wait(self, count: int) -> list[tuple[list[str], str]]:
        """The mails, once there are so many."""
        until = time.monotonic() + 30
        while len(self.mails) < count and time.monotonic() < until:
            time.sleep(0.1)
        assert len(self.mails) == count
        return self.mails


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def reminding(net: Devnet, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Controller(mailbox, hostname="127.0.0.1", port=_free_port())
    server.start()
    port = _free_port()
    settings = {
        "GOLDLEAF_APP_SMTP": f"smtp://127.0.0.1:{server.port}",
        "GOLDLEAF_APP_MAIL_FROM": SENDER,
        "GOLDLEAF_APP_ORIGIN": f"http://127.0.0.1:{port}",
        "GOLDLEAF_APP_REMIND_EVERY": "0.5",
    }
    try:
        with serving(net, tmp_path_factory.mktemp("reminders"), port=port, **settings) as url:
            yield url
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_reminder__once_its_address_is_confirmed__comes_before_the_deadline_and_once(
    browser: Browser, net: Devnet, reminding: str, mailbox: Mailbox
) -> None:
    client = net.client("annotator1")
    client.ledger.deposit(8 * TOKEN)
    client.submissions.take(1, 0)
    with visiting(browser, reminding, Wallet(net.accounts["annotator1"], net.url)) as page:
        connect(page)
        page.goto(f"{reminding}/reminders")
        sign_in(page)
        address = page.get_by_label("Mail address")
        address.fill("a b@example.org")
        # What the browser lets through, the server judges.
        page.locator("form:has(#address)").evaluate("form => form.noValidate = true")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.locator("#address-error")).to_contain_text("such as name@example.org")
        address.fill("anna@example.org")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_role("status").filter(has_text="A link was sent")).to_be_visible()
        [(receivers, text)] = mailbox.wait(1)
        assert receivers == ["anna@example.org"] and client.account in text
        # Nobody floods somebody else's mailbox from here.
        page.get_by_label("Mail address").fill("anna@example.org")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.locator("#address-error")).to_contain_text("a moment ago")
        # Not confirmed: nothing comes.
        time.sleep(2)
        assert len(mailbox.mails) == 1
        found = re.search(r"http\S+/reminders/confirm/\S+", text)
        assert found is not None
        page.goto(found[0])
        check_looks(page, "reminders-confirm")
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("Reminders go to")).to_contain_text("anna@example.org")
        check_looks(page, "reminders")
        receivers, text = mailbox.wait(2)[1]
        assert receivers == ["anna@example.org"]
        assert "Submission 1/0: Label the batch and deliver it" in text and "a quarter of your stake" in text
        assert f"{reminding}/work/1/0" in text
        time.sleep(2)
        assert len(mailbox.mails) == 2
        page.get_by_role("button", name="No more reminders").click()
        expect(page.get_by_text("Reminders go to")).to_have_count(0)


def test_mails__to_one_address_by_old_cookies_and_new_accounts__are_few(reminding: str, mailbox: Mailbox) -> None:
    before = len(mailbox.mails)
    visitor = Visitor(reminding, Account.create(), signed_in=True)
    cookies = visitor.session.cookies.copy()
    for _ in range(3):
        visitor.session.cookies = cookies.copy()
        visitor.post("/reminders", address="berta@example.org")
    other = Visitor(reminding, Account.create(), signed_in=True).post("/reminders", address="Berta@example.org")
    assert other.status_code == 422 and "a moment ago" in other.json()["fields"]["address"]
    assert [receivers for receivers, _ in mailbox.mails[before:]] == [["berta@example.org"]]


def test_confirmation__with_a_link_that_nobody_has_sent__is_refused(reminding: str) -> None:
    answer = requests.get(f"{reminding}/reminders/confirm/WyIweDEiLCAiYSJd.abc.def")
    assert answer.status_code == 400 and "no longer good" in answer.text
