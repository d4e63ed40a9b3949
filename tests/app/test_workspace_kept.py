"""What the workspace keeps: drafts, and what opens commitments, for their owner alone."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from goldleaf import LabelSet
from goldleaf.ids import name_submission
from goldleaf.signing.commitments import new_salt
from goldleaf.types import SubmissionState
from goldleaf_devnet import Devnet
from tests.app.scenes import open_task, take_batch
from tests.app.serving import act, check_looks, connect, serving, visiting
from tests.app.workspace import enter, held, save_backup, saved
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


def test_drafts__of_somebody_else__are_neither_shown_nor_changed(browser: Browser, net: Devnet, url: str) -> None:
    task = open_task(net, [b"one", b"two"], {"type": "string", "maxLength": 40})
    submission = take_batch(net, "annotator1", task)
    path = f"{url}/work/{name_submission(submission)}"
    with visiting(browser, url, Wallet(net.accounts["annotator1"], net.url)) as page:
        enter(page, url, submission)
        page.get_by_label("Label", exact=True).fill("a secret label")
        saved(page)
    with visiting(browser, url, Wallet(net.accounts["annotator3"], net.url)) as page:
        connect(page)
        # Nobody else is let in by naming the annotator's account, which anybody can.
        account = net.accounts["annotator1"].address
        for named in (None, account):
            if named:
                page.context.add_cookies([{"name": "account", "value": named, "url": url}])
            page.goto(path)
            assert "a secret label" not in page.content()
            expect(page.locator("#label-form")).to_have_count(0)
            answers = page.evaluate(
                """async (path) => {
                  const headers = { "X-CSRF-Token": document.body.dataset.csrf };
                  const body = new FormData();
                  body.append("label", "another");
                  const asked = { method: "POST", headers, body };
                  const post = (place) => fetch(place, asked).then((answer) => answer.status);
                  return [
                    await post(`${path}/items/0`),
                    await post(`${path}/labels`),
                    await post(path.replace("/work/", "/act/publish/")),
                    await fetch(`${path}/backup`).then((answer) => answer.status),
                  ];
                }""",
                path,
            )
            assert answers == [403, 403, 403, 403]
    with visiting(browser, url, Wallet(net.accounts["annotator1"], net.url)) as page:
        enter(page, url, submission)
        page.goto(f"{path}?item=0")
        expect(page.get_by_label("Label", exact=True)).to_have_value("a secret label")


def test_drafts__in_two_tabs_and_after_a_restart__are_kept(browser: Browser, net: Devnet, tmp_path: Path) -> None:
    task = open_task(net, [b"one", b"two", b"three"], {"type": "string"})
    submission = take_batch(net, "annotator2", task)
    name = name_submission(submission)
    wallet = Wallet(net.accounts["annotator2"], net.url)
    secret = {"GOLDLEAF_APP_SECRET": "a secret of this test"}
    with serving(net, tmp_path, **secret) as url, visiting(browser, url, wallet) as page:
        enter(page, url, submission)
        other = page.context.new_page()
        other.goto(f"{url}/work/{name}?item=1")
        page.goto(f"{url}/work/{name}?item=0")
        page.get_by_label("Label", exact=True).fill("of the first tab")
        other.get_by_label("Label", exact=True).fill("of the second tab")
        saved(page)
        saved(other)
        # The page goes away before a pause in typing.
        other.goto(f"{url}/work/{name}?item=2")
        other.get_by_label("Label", exact=True).press_sequentially("half a wo")
        other.get_by_role("link", name="Previous", exact=True).click()
        expect(other.get_by_label("Label", exact=True)).to_have_value("of the second tab")
        # So is what is typed while the next item is on its way, and as soon as it is there.
        label = other.get_by_label("Label", exact=True)
        with held(other, f"{url}/work/{name}?item=0") as release:
            other.get_by_role("link", name="Previous", exact=True).click()
            label.press("End")
            label.press_sequentially(", and more")
            release()
        expect(other.locator("#bench")).to_have_attribute("data-shown", "0")
        expect(label).to_have_value("of the first tab")
        expect(other.locator("#done")).to_have_text("3")
    with serving(net, tmp_path, **secret) as url, visiting(browser, url, wallet) as page:
        enter(page, url, submission)
        for item, label in enumerate(("of the first tab", "of the second tab, and more", "half a wo")):
            page.goto(f"{url}/work/{name}?item={item}")
            expect(page.get_by_label("Label", exact=True)).to_have_value(label)
        expect(page.locator("#done")).to_have_text("3")


def test_backup__where_the_server_has_lost_the_salt__opens_the_commitment(
    browser: Browser, net: Devnet, tmp_path: Path
) -> None:
    task = open_task(net, [b"one"], {"enum": ["yes", "no"]}, redundancy=2)
    submission, sibling = take_batch(net, "annotator1", task, 0), take_batch(net, "annotator2", task, 1)
    wallet = Wallet(net.accounts["annotator1"], net.url)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    with serving(net, first) as url, visiting(browser, url, wallet) as page:
        enter(page, url, submission)
        page.keyboard.press("1")
        saved(page)
        backup = save_backup(page)
        act(page, "Commit")
    own = LabelSet(["no"])
    net.client("annotator2").submissions.commit(sibling, own, uri=net.store.put(own.to_bytes()), salt=new_salt())
    with serving(net, second) as url, visiting(browser, url, wallet) as page:
        enter(page, url, submission)
        expect(page.get_by_text("What opens your commitment is not kept here.")).to_be_visible()
        changed = {**backup, "salt": "0x" + "00" * 32}
        page.get_by_label("Backup").set_input_files(
            {"name": "backup.json", "mimeType": "application/json", "buffer": json.dumps(changed).encode()}
        )
        page.get_by_role("button", name="Upload the backup").click()
        expect(page.locator("#backup-error")).to_contain_text("it was changed")
        check_looks(page, "workspace-backup")
        page.get_by_label("Backup").set_input_files(
            {"name": "backup.json", "mimeType": "application/json", "buffer": json.dumps(backup).encode()}
        )
        page.get_by_role("button", name="Upload the backup").click()
        act(page, "Publish the labels")
    assert net.client("annotator1").submissions.get(submission).state == SubmissionState.PUBLISHED
