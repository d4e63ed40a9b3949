"""The app as its users meet it: a server of its own on a devnet, and a browser with a wallet."""

import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from goldleaf_devnet import Devnet
from tests.wallets import Wallet

ROOT = Path(__file__).parents[2]
ANVIL = str(ROOT / "node_modules" / ".bin" / "anvil")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "build" / "app"
TOKEN = 10**6
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

# Patience for machines that are busy, in milliseconds.
expect.set_options(timeout=30_000)


@contextmanager
def serving(net: Devnet, folder: Path, *, port: int = 0, **settings: str) -> Iterator[str]:
    """The URL of a server for a devnet; `settings` are variables, such as GOLDLEAF_APP_SECRET."""
    with serving_at(net.environment, folder, port=port, **settings) as url:
        yield url


@contextmanager
def serving_at(environment: Mapping[str, str], folder: Path, *, port: int = 0, **settings: str) -> Iterator[str]:
    """The URL of a server whose node and deployment these variables name."""
    process = subprocess.Popen(
        [sys.executable, "-m", "goldleaf_app", "--port", str(port)],
        cwd=folder,
        env={**os.environ, **environment, "GOLDLEAF_APP_FOLDER": str(folder / "app"), **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said: deque[str] = deque(maxlen=200)
    try:
        while not (found := re.search(r"running on (http://\S+)", "".join(said))):
            line = process.stderr.readline()
            assert line, "".join(said)
            said.append(line)
        # What it says later must not fill the pipe.
        threading.Thread(target=said.extend, args=(process.stderr,), daemon=True).start()
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)
        # Shown where a test fails.
        print("".join(said), file=sys.stderr)


@contextmanager
def visiting(
    browser: Browser, url: str, wallet: Wallet | None = None, *, announced: bool = True, **options: object
) -> Iterator[Page]:
    """A page of somebody's own, with their wallet. It must ask nobody but the server, and no script may fail."""
    context: BrowserContext = browser.new_context(**{"viewport": DESK, **options})  # type: ignore[arg-type]
    asked: list[str] = []
    failures: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: failures.append(str(error.error)))
    context.on(
        "console",
        lambda message: failures.append(message.text) if "Content Security Policy" in message.text else None,
    )
    if wallet is not None:
        wallet.inject(context, announced=announced)
    try:
        page = context.new_page()
        page.goto(url)
        yield page
        assert not failures
        assert asked and all(there.startswith((url.rstrip("/"), "data:", "blob:")) for there in asked), asked
    finally:
        context.close()


def connect(page: Page) -> None:
    """Connects the wallet of the page."""
    page.get_by_role("button", name="Connect wallet").click()
    page.locator("#wallets-list button").first.click()
    expect(page.get_by_role("button", name="Disconnect")).to_be_visible()


def sign_in(page: Page) -> None:
    """Signs in, on a page that asks for it."""
    page.locator("[data-sign-in]").first.click()
    expect(page.locator("body")).to_have_attribute("data-signed-in", re.compile("0x"))


def agree(page: Page) -> None:
    """Goes on in the dialog that tells what the wallet is about to be asked for."""
    expect(page.locator("#signing-go")).to_be_visible()
    page.locator("#signing-go").click()


def act(page: Page, button: str, *, signatures: int = 0) -> None:
    """Presses a button of a form that the wallet signs, agrees to all, and waits until the page is loaded again.

    `signatures` are asked for before the transactions, such as the allowance of a deposit.
    """
    page.get_by_role("button", name=button, exact=True).first.click()
    for _ in range(signatures):
        expect(page.locator("#signing-title")).to_have_text("Allow a deposit")
        agree(page)
        expect(page.locator("#signing-title")).not_to_have_text("Allow a deposit")
    with page.expect_navigation(timeout=60_000):
        agree(page)


def picture(page: Page, name: str) -> None:
    """Writes what the page looks like, whole, to `build/app/`."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def check_access(page: Page) -> None:
    """No serious finding of axe, and nothing that is wider than the window."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    serious = [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert not serious, "\n".join(serious)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels wider than the window"


def check_looks(page: Page, name: str) -> None:
    """Pictures and checks of a page as it is on a desk, on a phone, and in the dark."""
    check_access(page)
    picture(page, name)
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    check_access(page)
    picture(page, f"{name}-phone")
    page.set_viewport_size(size or DESK)
    page.emulate_media(color_scheme="dark")
    check_access(page)
    picture(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")


def reload_until(page: Page, text: str) -> None:
    """Loads a page again until it says something: the server believes for some seconds that no time was skipped."""
    until = time.monotonic() + 15
    while text not in page.locator("main").inner_text() and time.monotonic() < until:
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("main")).to_contain_text(text)
