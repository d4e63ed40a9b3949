"""A requester in a browser: labels are tested on known answers, looked at, taken home and paid."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from goldleaf import SubmissionState
from goldleaf.canonical import Json
from goldleaf.errors import TooManyErrors
from goldleaf.types import TestPhase as Phase
from goldleaf_devnet import Devnet
from tests.app.requesting import (
    HEADLINES,
    TERMS,
    choose_labels,
    fetched,
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
from tests.app.serving import TOKEN, act, check_looks, connect, sign_in, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]
TRUTH = ["positive" if number % 2 else "negative" for number in range(40)]


@pytest.fixture
def page(browser: Browser, net: Devnet, url: str) -> Iterator[Page]:
    with requester(browser, net, url) as page:
        yield page


def test_graded_task__known_answers_opened_in_the_browser__one_passes_and_one_fails(
    browser: Browser, page: Page, net: Devnet, url: str
) -> None:
    lines = [f"news-{number:02},{text}" for number, text in enumerate(HEADLINES)]
    table(page, "news.csv", "\n".join(["id,text", *lines]))
    press(page, "Upload")
    press(page, "Save, and go on")
    write_guidelines(page)
    choose_labels(page, "positive", "negative")
    # A preset fills everything in, and says what does not fit.
    page.get_by_label("Preset", exact=True).select_option("two-classes")
    page.locator("#preset_reward").fill("0.50")
    press(page, "Fill in")
    expect(page.locator("#stake")).to_have_value("2")
    expect(page.locator(".warnings").first).to_contain_text("no whole batches")
    write_terms(page, **{**TERMS, "batch_size": "20"})
    expect(page.locator("#summary")).to_contain_text("40.00 TESTD: 80 labels")
    press(page, "Save, and go on")

    known = "\n".join(["id,label", *(f"news-{number:02},{TRUTH[number]}" for number in range(30))])
    table(page, "known.csv", known.replace("news-07", "news-99"), "known")
    refused(page, "Upload the answers", "known", "known.csv: line 9: no item is called 'news-99'")
    table(page, "known.csv", known, "known")
    press(page, "Upload the answers")
    page.locator("#accuracy").fill("60")
    refused(page, "Compute the test for it", "accuracy", "would do")
    page.locator("#accuracy").fill("90")
    press(page, "Compute the test for it")
    expect(page.locator("#count")).to_have_value("5")
    expect(page.locator("#allowed")).to_have_value("3")
    write_terms(page, opening_period="30", dispute_period="2")
    expect(page.locator("#power")).to_contain_text("1 of 2; nobody else knows which")
    expect(page.locator("#power tbody tr").first).to_contain_text("50 %")
    check_looks(page, "new-test")
    page.locator("#allowed").fill("5")
    refused(page, "Save, and go on", "allowed", "one answer to all 10 items errs on 5")
    page.locator("#allowed").fill("3")
    press(page, "Save, and go on")
    expect(page.locator("main")).to_contain_text("Your money")
    act(page, "Open the task", signatures=1)
    task = task_of(page)
    expect(page.locator(".urgent-card")).to_contain_text("until then nobody can take a batch")
    check_looks(page, "request-to-set-up")
    act(page, "Set up the test")
    expect(page.locator(".urgent-card")).to_have_count(0)

    # Nothing that anybody may read holds an answer; the plan is there for the requester alone.
    client = net.client("requester")
    plan = json.loads(fetched(page, f"/requests/{task}/plan.json")[1])
    [graded] = map(int, plan["tested"])
    answers: list[Json] = [TRUTH[number] for number in plan["order"]]
    stored = [path.read_bytes() for path in (net.folder / "store").rglob("*") if path.is_file()]
    assert stored and not any(b'"tested"' in data for data in stored)
    with visiting(browser, url, Wallet(net.accounts["challenger"], net.url)) as other:
        assert fetched(other, f"/requests/{task}/plan.json")[0] == 403
        assert fetched(other, "/requests/new/items.csv")[0] == 403
        connect(other)
        other.goto(f"{url}/requests/new")
        sign_in(other)
        assert fetched(other, f"/requests/{task}/plan.json")[0] == 404
        assert fetched(other, "/requests/new/items.csv")[1] == "item,id,bytes,uri\r\n"
        other.goto(f"{url}/requests/{task}")
        expect(other.locator("main")).not_to_contain_text("Your plan")
        expect(other.locator("main")).to_contain_text("This is what everybody may see")

    right = {batch: answers[batch * 20 : batch * 20 + 20] for batch in (0, 1)}
    sealed = {}
    for batch in (0, 1):
        sealed[batch, 0] = seal(net, "annotator1", task, batch, right[batch])
        sealed[batch, 1] = seal(net, "annotator2", task, batch + 2, ["positive"] * 20)
    net.client("annotator1").tests.note_sealed(task, graded)
    shown(page, "Open its known answers.")
    expect(page.locator("main")).to_contain_text("whoever guessed is paid like whoever knew")
    check_looks(page, "request-sealed")
    act(page, f"Open the answers of batch {graded}", signatures=1)
    act(page, f"Leave batch {1 - graded} untested")
    assert client.tests.batch(task, 1 - graded).phase == Phase.UNGRADED
    assert set(client.tests.opened(task, graded).items) == set(plan["tested"][str(graded)])

    later(net, 121)
    for batch in (0, 1):
        publish(net, "annotator1", sealed[batch, 0], right[batch])
    publish(net, "annotator2", sealed[1 - graded, 1], ["positive"] * 20)
    with pytest.raises(TooManyErrors):
        publish(net, "annotator2", sealed[graded, 1], ["positive"] * 20)
    shown(page, "Every label, by annotator")
    expect(page.locator("#rows tbody tr").first).to_contain_text("news-")
    page.locator("#rows tbody tr").first.scroll_into_view_if_needed()
    expect(page.locator("#rows tbody tr").first).to_contain_text("Harbour number")
    check_looks(page, "request-results")

    rows = list(csv.DictReader(io.StringIO(fetched(page, f"/requests/{task}/download/labels.csv")[1])))
    assert len(rows) == 60 and {row["state"] for row in rows} == {"published"}
    mine = {int(row["item"]): row["label"] for row in rows if row["annotator"] == net.accounts["annotator1"].address}
    assert [mine[item] for item in range(40)] == answers
    status, text = fetched(page, f"/requests/{task}/download/consensus.jsonl")
    by_item = [json.loads(line) for line in text.splitlines()]
    assert status == 200 and len(by_item) == 40
    tested = plan["tested"][str(graded)]
    assert {row["item"] for row in by_item if row["basis"] == "known answer"} == set(tested)
    assert fetched(page, f"/requests/{task}/download/labels.parquet")[1].startswith("PAR1")

    # Taking the deposit back, accepting, paying, and ending what was never published.
    act(page, "Take 12.00 TESTD back")
    name = f"{task}/{graded}"
    act(page, f"Accept {name}")
    assert client.submissions.get(sealed[graded, 0]).window_end <= client.chain.time()
    later(net, 24 * 3600)
    failed = sealed[graded, 1]
    shown(page, f"End {task}/{graded + 2}")
    act(page, "Pay what is due")
    act(page, f"End {task}/{graded + 2}")
    assert client.submissions.get(failed).state == SubmissionState.FORFEITED
    before = client.ledger.free()
    act(page, "Close the task")
    # A quarter of the labels was never read, and is not paid for.
    assert client.ledger.free() - before == 10 * TOKEN and client.tasks.get(task).accepted == 60
    check_looks(page, "request-closed")
    page.goto(f"{url}/requests")
    check_looks(page, "requests")
