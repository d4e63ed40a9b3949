"""What the tests of a requester's pages do in them, and what annotators do meanwhile."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from goldleaf import LabelSet, submission_id
from goldleaf.canonical import Json
from goldleaf_devnet import Devnet
from tests.app.serving import connect, sign_in, visiting
from tests.wallets import Wallet

HEADLINES = [f"Harbour number {number} {'opens' if number % 2 else 'closes'} a quay" for number in range(40)]
SALT = b"\x07" * 32
# What is typed into the fields of terms; periods are in minutes.
TERMS = {
    "reward": "0.50",
    "stake": "2",
    "batch_size": "4",
    "redundancy": "2",
    "tolerance": "25",
    "deadline": "600",
    "work_period": "120",
    "publish_period": "10",
    "challenge_period": "10",
    "response_period": "4",
}


@contextmanager
def requester(browser: Browser, net: Devnet, url: str) -> Iterator[Page]:
    """A page of the requester, who has signed in and begins anew."""
    with visiting(browser, url, Wallet(net.accounts["requester"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/requests/new")
        sign_in(page)
        page.goto(f"{url}/requests/new/items")
        if page.get_by_role("button", name="Throw this draft away").count():
            press(page, "Throw this draft away")
        yield page


def press(page: Page, button: str) -> None:
    """Presses a button of a form that changes something on the server, and waits until another page is shown."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def refused(page: Page, button: str, field: str, words: str) -> None:
    """Presses a button, and reads what is told beside a field."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(f"#{field}-error")).to_contain_text(words)


def table(page: Page, name: str, text: str, field: str = "table") -> None:
    """Chooses a file with this text."""
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.locator(f"#{field}").set_input_files(files=[file])  # type: ignore[list-item]


def write_guidelines(page: Page) -> None:
    page.get_by_label("Guidelines", exact=True).fill("Tone of harbour news\n\nIs it good news for the harbour?")
    page.get_by_label("Licence of the labels").fill("CC0-1.0")
    press(page, "Save, and go on")


def choose_labels(page: Page, *choices: str) -> None:
    page.get_by_label("One of several choices").check()
    page.get_by_label("Choices", exact=True).fill("\n".join(choices))
    expect(page.locator("#preview")).to_contain_text(f"one of {len(choices)} choices")
    press(page, "Save, and go on")


def write_terms(page: Page, **typed: str) -> None:
    """Fills terms in; periods are in minutes."""
    for name, value in typed.items():
        page.locator(f"#{name}").fill(value)
        if page.locator(f"[name={name}_unit]").count():
            page.locator(f"[name={name}_unit]").select_option("minutes")


def seal(net: Devnet, role: str, task: int, slot: int, labels: Sequence[Json]) -> int:
    """Has somebody take a slot and seal labels, in the order of the batch's items; returns the submission."""
    client = net.client(role)
    p = client.tasks.get(task).parameters
    lacking = p.stake_of(slot) - client.ledger.free()
    if lacking > 0:
        client.ledger.deposit(lacking)
    client.submissions.take(task, slot)
    submission, found = submission_id(task, slot), LabelSet(labels, first=p.items_of(slot).start)
    client.submissions.commit(submission, found, uri=net.store.uri(found.to_bytes()), salt=SALT)
    return submission


def publish(net: Devnet, role: str, submission: int, labels: Sequence[Json]) -> None:
    """Has somebody publish what they have sealed."""
    client = net.client(role)
    found = LabelSet(labels, first=client.submissions.items(submission).start)
    client.submissions.publish(submission, found, uri=net.store.put(found.to_bytes()), salt=SALT)


def task_of(page: Page) -> int:
    """The number of the task whose page is shown."""
    found = re.fullmatch(r".*/requests/(\d+)", page.url)
    assert found is not None, page.url
    return int(found[1])


def shown(page: Page, words: str) -> None:
    """Loads a page again until the index has told it what has happened."""
    for _ in range(30):
        page.reload()
        if words in page.locator("main").inner_text():
            return
        page.wait_for_timeout(300)
    expect(page.locator("main")).to_contain_text(words)


def later(net: Devnet, seconds: int) -> None:
    net.travel(seconds)
    net.mine()


def fetched(page: Page, path: str) -> tuple[int, str]:
    """What the browser is given at a path: status and text."""
    found = page.evaluate("async (path) => { const a = await fetch(path); return [a.status, await a.text()]; }", path)
    return int(found[0]), str(found[1])
