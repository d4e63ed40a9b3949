"""Tested batches in a browser: committed labels wait for their test, and are published or lost by it."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from goldleaf import GoldTerms, LabelSet
from goldleaf.ids import gold_dispute_id, name_submission
from goldleaf.types import SubmissionState
from goldleaf_devnet import Devnet
from goldleaf_tools.evidence import check_gold
from tests.app.serving import TOKEN, act, check_looks, visiting
from tests.app.workspace import enter
from tests.graded import CLASSES, GradedTask
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

TERMS = GoldTerms(CLASSES, (5, 5), 4, opening_period=86_400, dispute_period=86_400)


@pytest.fixture(scope="module")
def graded(net: Devnet) -> GradedTask:
    requester, annotators = net.client("requester"), [net.client("annotator1"), net.client("annotator2")]
    for client in (requester, *annotators):
        client.ledger.deposit(1000 * TOKEN)
    requester.tests.ledger.deposit(1000 * TOKEN)
    return GradedTask(requester, annotators, net.deployment, terms=TERMS, store=net.store)


def deliver(page, url: str, net: Devnet, graded: GradedTask, role: int, labels: LabelSet) -> int:
    """Takes a batch by the client, and labels and commits it in the browser, by a file."""
    slot = labels.items.start // 20 + role * 2
    submission = graded.annotators[role].submissions.take(graded.task, slot).result.submission
    enter(page, url, submission)
    page.get_by_text("Take labels from a file").click()
    file = {"name": "labels.jsonl", "mimeType": "application/jsonl", "buffer": labels.to_bytes()}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.locator("#done")).to_have_text("20")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the backup").click()
    assert json.loads(Path(download.value.path()).read_text())["name"] == name_submission(submission)
    expect(page.get_by_role("button", name="Commit", exact=True)).to_be_enabled()
    act(page, "Commit")
    return int(submission)


def test_tested_batch__one_passes_and_one_fails__is_published_or_lost(
    browser: Browser, net: Devnet, url: str, graded: GradedTask
) -> None:
    right = graded.labels(graded.graded)
    wrong = graded.labels(graded.graded, wrong=[*graded.gold_of("benign")[:3], *graded.gold_of("malignant")[:2]])
    first, second = (Wallet(net.accounts[role], net.url) for role in ("annotator1", "annotator2"))
    with visiting(browser, url, first) as passing, visiting(browser, url, second) as failing:
        submission = deliver(passing, url, net, graded, 0, right)
        expect(passing.locator(".steps .now")).to_contain_text("1 of 2 have committed")
        lost = deliver(failing, url, net, graded, 1, wrong)
        expect(passing.locator(".steps .now")).to_contain_text("The requester may show the known answers")
        act(passing, "Note that all have committed")
        graded.open_gold()
        expect(passing.locator(".steps .now")).to_contain_text("right on 10 of 10 known items")
        expect(failing.locator(".steps .now")).to_contain_text("right on 5 of 10 known items; 4 errors pass: you fail")
        check_looks(failing, "workspace-test")
        # Whoever fails may say that known answers are wrong.
        disputed = failing.locator("fieldset").first
        item = int(disputed.locator("legend").inner_text().removeprefix("Item "))
        disputed.get_by_label("The known answer is wrong").check()
        failing.get_by_role("button", name="Dispute the chosen answers").click()
        expect(failing.locator(f"#claim-{item}-error")).to_contain_text("Say why")
        disputed.get_by_label("Why").fill("It cannot be told from the picture.")
        act(failing, "Dispute the chosen answers", signatures=1)
        expect(failing.get_by_text("You have disputed known answers.")).to_be_visible()
        dispute = gold_dispute_id(graded.task, graded.graded, 0)
        filing = graded.requester.tests.filing(dispute)
        assert check_gold(net.store.get(filing.uri), graded.requester, gold_dispute=dispute).holds
        expect(passing.get_by_role("button", name="Publish the labels")).to_be_disabled()
        # The jurors do not come to it, so the answer stays.
        net.travel(graded.requester.tasks.get(graded.task).parameters.arbitration_timeout)
        graded.requester.tests.settle(dispute)
        net.travel(TERMS.dispute_period)
        # The pages see by themselves that it goes on.
        act(passing, "Publish the labels")
        expect(passing.get_by_role("heading", name="Labels", exact=True)).to_be_visible()
        expect(failing.get_by_text("These labels have failed the test")).to_be_visible()
        expect(failing.get_by_role("button", name="Publish the labels")).to_have_count(0)
        check_looks(failing, "workspace-failed")
    states = [graded.requester.submissions.get(each).state for each in (submission, lost)]
    assert states == [SubmissionState.PUBLISHED, SubmissionState.COMMITTED]
    # Labels that failed are not shown to anybody.
    stored = [file.read_bytes() for file in (net.folder / "store").rglob("*") if file.is_file()]
    assert right.to_bytes() in stored and wrong.to_bytes() not in stored
