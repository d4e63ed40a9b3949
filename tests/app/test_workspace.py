"""The labelling workspace in a browser: labels are given, kept, committed and published."""

import re
import struct
import time
import wave
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from goldleaf import LabelSet, split_submission
from goldleaf.ids import name_submission
from goldleaf.signing.commitments import new_salt
from goldleaf.types import SubmissionState
from goldleaf_devnet import Devnet
from tests.app.scenes import open_task, take_batch
from tests.app.serving import act, agree, check_looks, visiting
from tests.app.workspace import enter, save_backup, saved
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

HOSTILE = "<script>document.title='stolen'</script><img src=x onerror=alert(1)> \u202eright to left"
FINDING = {
    "type": "object",
    "title": "Finding",
    "properties": {
        "diagnosis": {"enum": ["benign", "malignant", HOSTILE], "description": "What it most likely is."},
        "signs": {"type": "array", "items": {"enum": ["margin", "calcification", "asymmetry"]}},
        "certainty": {"type": "integer", "minimum": 1, "maximum": 5},
        "diameter": {"type": "number", "minimum": 0, "exclusiveMaximum": 200, "multipleOf": 0.5},
        "needs_biopsy": {"type": "boolean"},
        "note": {"type": "string", "maxLength": 400},
    },
    "required": ["diagnosis", "certainty"],
}


def picture_of(side: int = 96) -> bytes:
    """A PNG with a bright disc on a gradient."""
    rows = b""
    for y in range(side):
        line = bytes(
            230 if (x - side / 2) ** 2 + (y - side / 2) ** 2 < (side / 5) ** 2 else (x + y) * 120 // (2 * side)
            for x in range(side)
        )
        rows += b"\0" + line

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def sound_of() -> bytes:
    """A WAV of a second of a tone."""
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"".join(struct.pack("<h", 8000 if n // 10 % 2 else -8000) for n in range(8000)))
    return file.getvalue()


def until_indexed(page: Page, url: str, task: int) -> None:
    """Waits until the server has read of a task."""
    until = time.monotonic() + 30
    while not page.request.get(f"{url}/tasks/{task}").ok:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_sealed_batch__by_keyboard_alone__is_labelled_committed_and_published(
    browser: Browser, net: Devnet, url: str
) -> None:
    submission = take_batch(net, "annotator1", 2)
    sibling = take_batch(
        net, "annotator2", 2, split_submission(submission)[1] % 3 + 3 * (split_submission(submission)[1] < 3)
    )
    annotator = net.client("annotator1")
    items = annotator.submissions.items(submission)
    wallet = Wallet(net.accounts["annotator1"], net.url)
    with visiting(browser, url, wallet) as page:
        enter(page, url, submission)
        expect(page.locator(".item-text")).to_be_visible()
        # Keys choose, move on, move back; the last label is a choice by Tab and arrows, as the browser has it.
        for number, key in enumerate("123"):
            expect(page.locator("#bench")).to_have_attribute("data-shown", str(items[number]))
            page.keyboard.press(key)
            saved(page)
            page.keyboard.press("Enter")
        expect(page.locator("#bench")).to_have_attribute("data-shown", str(items[3]))
        page.keyboard.press("k")
        expect(page.locator("#bench")).to_have_attribute("data-shown", str(items[2]))
        expect(page.get_by_label("neutral")).to_be_checked()
        page.keyboard.press("j")
        expect(page.locator("#bench")).to_have_attribute("data-shown", str(items[3]))
        check_looks(page, "workspace")
        page.get_by_label("positive").focus()
        page.keyboard.press("ArrowDown")
        expect(page.get_by_label("negative")).to_be_checked()
        saved(page)
        expect(page.locator("#done")).to_have_text("4")
        expect(page.get_by_role("button", name="Commit", exact=True)).to_be_disabled()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Save the backup")).to_be_focused()
        backup = save_backup(page)
        assert len(bytes.fromhex(backup["salt"].removeprefix("0x"))) == 32
        check_looks(page, "workspace-commit")
        act(page, "Commit")
        expect(page.locator(".steps .now")).to_contain_text("1 of 2 have committed")
        expect(page.get_by_role("button", name="Publish the labels")).to_be_disabled()
        # Not even by hand: nothing is put into the store, nothing offered.
        refused = page.evaluate(
            """async (path) => {
              const headers = { "X-CSRF-Token": document.body.dataset.csrf };
              return (await fetch(path, { method: "POST", headers, body: new FormData() })).status;
            }""",
            f"/act/publish/{name_submission(submission)}",
        )
        assert refused == 422
        labels = LabelSet(["positive", "negative", "neutral", "negative"], first=items.start)
        assert annotator.submissions.get(submission).state == SubmissionState.COMMITTED
        # Whoever looked into the store could copy them.
        assert not [
            file
            for file in (net.folder / "store").rglob("*")
            if file.is_file() and file.read_bytes() == labels.to_bytes()
        ]
        others = net.client("annotator2")
        own = LabelSet(["positive"] * 4, first=items.start)
        others.submissions.commit(sibling, own, uri=net.store.put(own.to_bytes()), salt=new_salt())
        # The page sees by itself that it goes on.
        expect(page.get_by_role("button", name="Publish the labels")).to_be_enabled()
        check_looks(page, "workspace-publish")
        act(page, "Publish the labels")
        expect(page.get_by_role("heading", name="Labels", exact=True)).to_be_visible()
        expect(page.locator("table")).to_contain_text("neutral")
    found = annotator.submissions.get(submission)
    assert found.state == SubmissionState.PUBLISHED and found.root == labels.root
    uri = annotator.submissions.publication(submission).uri
    assert net.store.get(uri) == labels.to_bytes()


def test_direct_batch__with_every_kind_of_field__is_published_at_once(browser: Browser, net: Devnet, url: str) -> None:
    task = open_task(net, [picture_of(), sound_of(), HOSTILE.encode(), b"\0\1\2"], FINDING, guidelines=HOSTILE)
    submission = take_batch(net, "annotator1", task)
    with visiting(browser, url, Wallet(net.accounts["annotator1"], net.url)) as page:
        enter(page, url, submission)
        picture = page.locator(".canvas img")
        expect(picture).to_be_visible()
        before = picture.bounding_box()
        page.get_by_label("Zoom").fill("8")
        assert before is not None and picture.bounding_box()["width"] > before["width"]
        page.get_by_label("Window").fill("0.5")
        assert picture.evaluate("image => image.style.filter") == 'url("#window-level")'
        page.get_by_role("button", name="Reset").click()
        expect(page.locator(".prose")).to_have_text(HOSTILE)
        # A key answers the first question that has no answer.
        page.locator("#bench").focus()
        page.keyboard.press("2")
        expect(page.get_by_label("malignant")).to_be_checked()
        expect(page.locator("#saved")).to_have_text("Saved, but not a label yet.")
        page.get_by_label("calcification").check()
        certainty = page.get_by_label("certainty")
        certainty.fill("7")
        error = page.locator("#label-1-error")
        expect(error).to_have_text("7 is greater than the maximum of 5.")
        expect(certainty).to_have_attribute("aria-invalid", "true")
        check_looks(page, "workspace-picture")
        certainty.fill("4")
        expect(error).to_be_empty()
        saved(page)
        page.get_by_label("diameter").fill("12.5")
        page.get_by_label("Yes").check()
        page.get_by_label("note").fill(f"first line\n{HOSTILE}")
        saved(page)
        page.reload()
        expect(page.get_by_label("note")).to_have_value(f"first line\n{HOSTILE}")
        for choice in ("malignant", "calcification", "Yes"):
            expect(page.get_by_label(choice)).to_be_checked()
        # What is missing is told where somebody wants to go on.
        page.get_by_role("link", name="Next", exact=True).click()
        expect(page.locator("audio")).to_be_visible()
        assert page.locator("audio").evaluate("sound => sound.play().then(() => sound.duration)") == 1
        page.get_by_role("button", name="Save and go on").click()
        expect(page.locator("#label-0-error")).to_have_text("Choose one.")
        for item, shown in ((1, "audio"), (2, ".item-text"), (3, "#item-content a")):
            expect(page.locator(shown)).to_be_visible()
            if item == 2:
                expect(page.locator(".item-text")).to_have_text(HOSTILE)
                check_looks(page, "workspace-hostile")
            page.get_by_label("benign").check()
            page.get_by_label("certainty").fill("1")
            saved(page)
            page.get_by_role("button", name="Save and go on").click()
        expect(page.get_by_role("button", name="Publish the labels")).to_be_enabled()
        act(page, "Publish the labels")
        expect(page.locator("table .thumb")).to_be_visible()
        check_looks(page, "workspace-published")
        assert page.title().startswith("Batch")
    client = net.client("annotator1")
    published = LabelSet.from_bytes(net.store.get(client.submissions.publication(submission).uri))
    assert published.value(0) == {
        "diagnosis": "malignant",
        "signs": ["calcification"],
        "certainty": 4,
        "diameter": 12.5,
        "needs_biopsy": True,
        "note": f"first line\n{HOSTILE}",
    }
    assert published.value(3) == {"diagnosis": "benign", "certainty": 1}


def test_items__of_strangers__are_served_as_what_they_are_and_never_as_pages(
    browser: Browser, net: Devnet, url: str
) -> None:
    page_of = b"<!doctype html><script>alert(1)</script>"
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    task = open_task(net, [page_of, drawing, picture_of(), sound_of(), b"\0\1"], {"type": "string"})
    with visiting(browser, url) as page:
        until_indexed(page, url, task)
        kinds = []
        for number in range(5):
            answer = page.request.get(f"{url}/items/{task}/{number}")
            kinds.append(answer.headers["content-type"].partition(";")[0])
            assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert kinds == ["text/plain", "text/plain", "image/png", "audio/wav", "application/octet-stream"]
        assert "attachment" in answer.headers["content-disposition"]
        part = page.request.get(f"{url}/items/{task}/3", headers={"Range": "bytes=0-3"})
        assert part.status == 206 and part.body() == b"RIFF"
        assert page.request.get(f"{url}/items/{task}/5").status == 404
        assert page.request.get(f"{url}/items/999/0").status == 404
        # Whoever keeps it has changed it.
        uri = net.store.uri(page_of + b"!")
        net.store.put(page_of + b"!")
        Path(uri.removeprefix("file://")).write_bytes(b"something else")
        broken = open_task(net, [page_of + b"!"], {"type": "string"})
        Path(uri.removeprefix("file://")).write_bytes(b"something else")
        until_indexed(page, url, broken)
        answer = page.request.get(f"{url}/items/{broken}/0")
        assert answer.status == 502 and answer.text()


def test_upload__of_labels_outside_the_schema__is_refused_beside_the_field(
    browser: Browser, net: Devnet, url: str
) -> None:
    task = open_task(net, [b"one", b"two"], {"enum": ["yes", "no"]})
    submission = take_batch(net, "annotator1", task)
    with visiting(browser, url, Wallet(net.accounts["annotator1"], net.url)) as page:
        enter(page, url, submission)
        page.get_by_text("Take labels from a file").click()
        file = page.get_by_label("File", exact=True)
        file.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": b"item,label\n0,yes\n1,maybe\n"})
        page.get_by_role("button", name="Read the file").click()
        expect(page.locator("#file-error")).to_contain_text("Line 3: item 1: 'maybe' is not one of")
        check_looks(page, "workspace-upload")
        file.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": b"item,label\n0,yes\n1,no\n"})
        page.get_by_role("button", name="Read the file").click()
        expect(page.locator("#done")).to_have_text("2")
        page.get_by_text("Give the batch back").click()
        act(page, "Give it back")
        expect(page).to_have_url(re.compile("/work$"))
    assert net.client("annotator1").submissions.get(submission).state == SubmissionState.OPEN


def test_commit__declined__leaves_all_as_it_was(browser: Browser, net: Devnet, url: str) -> None:
    task = open_task(net, [b"one"], {"enum": ["yes", "no"]}, redundancy=2)
    submission = take_batch(net, "annotator1", task, 0)
    wallet = Wallet(net.accounts["annotator1"], net.url)
    with visiting(browser, url, wallet) as page:
        enter(page, url, submission)
        page.keyboard.press("1")
        saved(page)
        backup = save_backup(page)
        wallet.declines = True
        page.get_by_role("button", name="Commit", exact=True).click()
        agree(page)
        expect(page.locator("#deliver .form-error:visible")).to_contain_text("You declined in the wallet.")
        # Another label is another commitment, with a backup of its own.
        page.locator("#bench").focus()
        page.keyboard.press("2")
        saved(page)
        expect(page.get_by_role("button", name="Commit", exact=True)).to_be_disabled()
        again = save_backup(page)
        assert again["commitment"] != backup["commitment"] and again["salt"] != backup["salt"]
