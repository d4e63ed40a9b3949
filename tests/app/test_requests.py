"""A requester in a browser: a task is put together, opened, and ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from goldleaf import Manifest
from goldleaf_devnet import Devnet
from tests.app.requesting import (
    HEADLINES,
    TERMS,
    choose_labels,
    later,
    press,
    publish,
    refused,
    requester,
    seal,
    shown,
    table,
    task_of,
    write_guidelines,
    write_terms,
)
from tests.app.serving import TOKEN, act, check_looks

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Texts in files, two folders of them."""
    for number, text in enumerate(HEADLINES[:12]):
        place = tmp_path / "texts" / f"part{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:02}.txt").write_text(text)
    return tmp_path / "texts"


@pytest.fixture
def page(browser: Browser, net: Devnet, url: str) -> Iterator[Page]:
    with requester(browser, net, url) as page:
        yield page


def test_wizard__folder_of_texts__opens_a_task_and_survives_reloads(
    page: Page, net: Devnet, url: str, folder: Path
) -> None:
    check_looks(page, "new-items-empty")
    page.locator("#folder").set_input_files(folder)
    press(page, "Upload")
    expect(page.get_by_role("heading", name="12 items")).to_be_visible()
    expect(page.locator(".glances")).to_contain_text("Harbour number 0 closes a quay")
    check_looks(page, "new-items")
    press(page, "Save, and go on")
    check_looks(page, "new-guidelines")
    write_guidelines(page)
    # What is typed is kept before it is saved.
    page.get_by_label("Choices", exact=True).fill("positive\nnegative")
    expect(page.locator("#preview")).to_contain_text("one of 2 choices")
    page.reload()
    expect(page.get_by_label("Choices", exact=True)).to_have_value("positive\nnegative")
    check_looks(page, "new-labels")
    choose_labels(page, "positive", "negative")

    write_terms(page, **TERMS)
    expect(page.locator("#summary")).to_contain_text("12.00 TESTD: 24 labels at 0.50 TESTD")
    expect(page.locator("#summary")).to_contain_text("8.00 TESTD for a batch")
    check_looks(page, "new-terms")
    press(page, "Save, and go on")
    check_looks(page, "new-test-none")
    press(page, "Go on without a test")
    check_looks(page, "new-review")
    act(page, "Open the task", signatures=1)
    task = task_of(page)

    client = net.client("requester")
    opened = client.tasks.get(task)
    assert opened.parameters.pot == 12 * TOKEN and opened.requester == client.account
    uri = client.tasks.opening(task).uri
    manifest = Manifest.from_bytes(Path(uri.removeprefix("file://")).read_bytes(), opened.parameters.terms)
    texts = sorted(Path(item.uri.removeprefix("file://")).read_text() for item in manifest.items)
    assert texts == sorted(HEADLINES[:12]) and manifest.label_schema == {
        "type": "string",
        "enum": ["positive", "negative"],
    }
    check_looks(page, "request-opened")
    # The draft is done with.
    page.goto(f"{url}/requests/new")
    expect(page).to_have_url(f"{url}/requests/new/items")
    expect(page.get_by_role("heading", name="Upload")).to_be_visible()


def test_wizard__what_is_wrong__is_told_beside_the_field(page: Page, tmp_path: Path, url: str) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(16 * 2**20 + 1))
    page.locator("#files").set_input_files(tmp_path / "large.bin")
    refused(page, "Upload", "files", "large.bin is longer than 16777216 bytes.")
    page.locator("#files").set_input_files([])
    table(page, "news.csv", "id,text\n1,Quay opens\n2,\n")
    refused(page, "Upload", "table", "news.csv, line 3: the text is empty.")
    table(page, "news.csv", "id,text\n1,Quay opens\n2,Quay opens\n")
    refused(page, "Upload", "table", "holds the same as")
    table(page, "news.csv", "text\n" + "\n".join(HEADLINES[:8]))
    press(page, "Upload")
    press(page, "Save, and go on")

    refused(page, "Save, and go on", "guidelines", "annotators and jurors see nothing else")
    write_guidelines(page)
    page.get_by_label("Something else: JSON Schema").check()
    for text, words in (
        ("{", "This is no JSON"),
        ('{"type": "colour"}', "is not valid under any of the given schemas"),
        ('{"$ref": "https://example.org/schema"}', "nothing is fetched"),
    ):
        page.get_by_label("JSON Schema", exact=True).fill(text)
        refused(page, "Save, and go on", "schema", words)
    page.get_by_label("A number", exact=True).check()
    page.get_by_label("Lowest").fill("5")
    page.get_by_label("Highest").fill("1")
    refused(page, "Save, and go on", "highest", "below the lowest")
    page.get_by_label("Highest").fill("9")
    expect(page.locator("#preview")).to_contain_text("a number from 5 to 9")
    press(page, "Save, and go on")

    write_terms(page, **{**TERMS, "stake": "0.10", "tolerance": "1000"})
    refused(page, "Save, and go on", "tolerance", "from 0 to 100")
    page.locator("#tolerance").fill("25")
    refused(page, "Save, and go on", "stake", "must be at least 1.50 TESTD")
    write_terms(page, reward="70000", stake="140000")
    press(page, "Save, and go on")
    press(page, "Go on without a test")
    expect(page.locator("main")).to_contain_text("Missing")
    page.get_by_role("button", name="Open the task").click()
    expect(page.locator(".form-error:visible")).to_contain_text("1,120,000.00 TESTD are locked with it")


def test_task__opened__is_cancelled_and_closed(page: Page, net: Devnet, url: str) -> None:
    # One of the devnet's tasks: somebody is at work in it.
    submission = seal(net, "annotator3", 2, 0, ["positive"] * 4)
    page.goto(f"{url}/requests/2")
    shown(page, "2/0")
    act(page, "Cancel the task")
    expect(page.get_by_role("button", name="Cancel the task")).to_be_disabled()
    expect(page.get_by_role("button", name="Close the task")).to_be_disabled()
    later(net, 2 * 3600 + 1)
    publish(net, "annotator3", submission, ["positive"] * 4)
    later(net, 601)
    shown(page, "Pay what is due")
    act(page, "Pay what is due")
    act(page, "Close the task")
    expect(page.locator("main")).to_contain_text("It is closed.")
    assert net.client("requester").tasks.get(2).accepted == 4
