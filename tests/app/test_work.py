"""An annotator's work in a browser: what comes next, challenges answered, pay claimed, earnings looked up."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from goldleaf import LabelSet, commitments, submission_id
from goldleaf.ids import name_challenge
from goldleaf.types import ChallengeState, SubmissionState
from goldleaf_devnet import Devnet
from tests.app import scenes
from tests.app.scenes import outcome
from tests.app.serving import TOKEN, act, check_looks, connect, reload_until, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

# Of the headlines of the devnet; the first two are wrong.
ANSWERS = ["negative", "positive", "neutral", "positive"]


@contextmanager
def at_work(browser: Browser, net: Devnet, url: str, role: str, path: str) -> Iterator[Page]:
    """A page of an annotator with a connected wallet."""
    with visiting(browser, url, Wallet(net.accounts[role], net.url)) as page:
        connect(page)
        page.goto(url + path)
        yield page


def test_list__without_a_wallet__asks_for_one(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        page.goto(f"{url}/work")
        expect(page.locator("main")).to_contain_text("Connect a wallet")
        page.goto(f"{url}/work/earnings")
        expect(page.locator("main")).to_contain_text("Connect a wallet")


def test_concede__in_the_browser__costs_what_the_page_says(browser: Browser, net: Devnet, url: str) -> None:
    submission = scenes.publish(net, "annotator1", 1, 0, ANSWERS)
    before = scenes.worth(net, "annotator1")
    challenge = scenes.challenge(net, submission, [0])
    client = net.client("annotator1")
    with at_work(browser, net, url, "annotator1", "/work") as page:
        card = page.locator(".work-card")
        expect(card).to_contain_text("Concede challenge 1/0/0, or defend your labels")
        expect(card).to_contain_text("If you miss it you lose 0.50 ")
        check_looks(page, "work")
        page.goto(f"{url}/work/1/0/timeline")
        expect(page.locator(".box").nth(1)).to_contain_text("Challenge 0: item 0")
        loss = outcome(page, "CONCEDED")
        check_looks(page, "timeline-challenged")
        act(page, "Concede")
        expect(page.locator("main")).to_contain_text("It was conceded, and is to be settled.")
        act(page, "Settle 1 challenge")
        expect(page.locator(".timeline")).to_contain_text("Challenge 0 settled")
        assert client.challenges.get(challenge).state == ChallengeState.SETTLED
        net.travel(11 * 60)
        net.mine()
        page.goto(f"{url}/work")
        reload_until(page, "To be claimed")
        act(page, "Claim it")
        page.goto(f"{url}/work?show=ended")
        expect(page.locator(".work-card")).to_contain_text("1 proven wrong")
        check_looks(page, "work-ended")
    assert client.submissions.get(submission).state == SubmissionState.PAID
    pay_of_all, stake = 4 * TOKEN // 2, 8 * TOKEN
    # The stake was locked before; against no challenge at all, the loss is what the page has said.
    assert scenes.worth(net, "annotator1") - before == pay_of_all + stake + loss


def test_concede__of_more_than_is_tolerated__says_that_all_is_lost_and_loses_it(
    browser: Browser, net: Devnet, url: str
) -> None:
    submission = scenes.publish(net, "annotator2", 1, 1, ANSWERS)
    before, challenger = scenes.worth(net, "annotator2"), net.client("challenger")
    challenge = scenes.challenge(net, submission, [4, 5])
    filed = scenes.worth(net, "challenger")
    with at_work(browser, net, url, "annotator2", "/work") as page:
        expect(page.locator(".work-card")).to_contain_text("If you miss it you lose 10.00 TESTD: all of your stake")
        page.goto(f"{url}/challenges/{name_challenge(challenge)}")
        prize = page.locator(".outcomes-of-all tbody tr").first.locator("td").first.inner_text()
        page.goto(f"{url}/work/1/1/timeline")
        expect(page.locator(".note")).to_contain_text("all of the submission is rejected")
        assert outcome(page, "CONCEDED") == -10 * TOKEN
        act(page, "Concede")
        act(page, "Settle 1 challenge")
        expect(page.locator("#standing")).to_have_text("Rejected")
        page.goto(f"{url}/work/earnings")
        expect(page.locator("tbody tr", has_text="rejected")).to_contain_text("\N{MINUS SIGN}8.00 TESTD")
    assert scenes.worth(net, "annotator2") == before
    bond = challenger.challenges.get(challenge).bond
    assert prize == f"+{(scenes.worth(net, 'challenger') - filed - bond) / TOKEN:.2f} TESTD"


def test_answer__of_an_availability_challenge__shows_each_label(browser: Browser, net: Devnet, url: str) -> None:
    submission = scenes.publish(net, "annotator3", 1, 2, ["neutral"] * 4)
    challenger = net.client("challenger")
    challenger.ledger.deposit(10 * TOKEN)
    challenge = challenger.challenges.file_availability(submission, [8, 10]).result.challenge
    with at_work(browser, net, url, "annotator3", "/work") as page:
        expect(page.locator(".work-card")).to_contain_text("Show the label of item 8")
        expect(page.locator(".work-card")).to_contain_text("If you miss it you lose 10.00 ")
        page.goto(f"{url}/work/1/2/timeline")
        expect(page.locator("main")).to_contain_text("The labels of items 8 and 10 are to be shown; anybody may.")
        check_looks(page, "timeline-availability")
        act(page, "Show 2 labels")
        expect(page.locator("main")).to_contain_text("All of these labels were shown.")
        expect(page.locator(".timeline")).to_contain_text("Label of item 10 shown")
        act(page, "Settle 1 challenge")
        expect(page.locator(".timeline")).to_contain_text("Challenge 0 settled")
    assert challenger.challenges.unanswered(challenge) == ()


def test_timeline__left_open__follows_what_others_do(browser: Browser, net: Devnet, url: str) -> None:
    requester = net.client("requester")
    with visiting(browser, url) as page:
        page.goto(f"{url}/work/1/2/timeline")
        expect(page.locator(".timeline")).not_to_contain_text("Accepted by the requester")
        requester.submissions.accept(submission_id(1, 2))
        expect(page.locator(".timeline")).to_contain_text("Accepted by the requester")
        # What was seen already is not sent again.
        seen = page.locator(".happening").get_attribute("hx-get")
        again = page.request.get(url + str(seen), headers={"HX-Request": "true"})
        assert again.status == 204
        fragment = page.request.get(f"{url}/work/1/2/timeline", headers={"HX-Request": "true"})
        assert fragment.status == 200 and "<html" not in fragment.text()


def test_release__in_the_browser__costs_a_sixteenth_of_the_stake(browser: Browser, net: Devnet, url: str) -> None:
    client = net.client("annotator2")
    client.ledger.deposit(8 * TOKEN)
    free = client.ledger.free()
    client.submissions.take(2, 1)
    with at_work(browser, net, url, "annotator2", "/work") as page:
        expect(page.locator(".work-card")).to_contain_text("Label the batch and deliver it")
        expect(page.locator(".work-card")).to_contain_text("If you miss it you lose 2.00 TESTD: a quarter")
        # The page of the labels offers that itself.
        embedded = page.request.get(f"{url}/work/2/1/timeline?embedded=true", headers={"HX-Request": "true"}).text()
        assert "To be labelled" in embedded and "Give it back" not in embedded
        page.goto(f"{url}/work/2/1/timeline")
        page.get_by_text("Give it back").first.click()
        expect(page.locator("details")).to_contain_text("You lose 0.50 ")
        act(page, "Give it back")
        expect(page.locator("main")).to_contain_text("You have no batch under way.")
    assert client.submissions.get(submission_id(2, 1)).state == SubmissionState.OPEN
    assert client.ledger.free() == free - TOKEN // 2


def test_expire__of_a_batch_past_its_time__can_be_pressed_by_anybody(browser: Browser, net: Devnet, url: str) -> None:
    first, second = net.client("annotator1"), net.client("annotator2")
    for client in (first, second):
        client.ledger.deposit(8 * TOKEN)
    sealed = first.submissions.take(2, 0).result.submission
    labels = LabelSet(ANSWERS, 0)
    uri = net.store.put(labels.to_bytes())
    first.submissions.commit(sealed, labels, uri=uri, salt=commitments.new_salt())
    second.submissions.take(2, 3)
    with at_work(browser, net, url, "annotator1", "/work") as page:
        expect(page.locator(".work-card").first).to_contain_text("Publish the sealed labels: possible in")
    net.travel(2 * 3600)
    net.mine()
    with at_work(browser, net, url, "annotator2", "/work") as page:
        reload_until(page, "The time to deliver is over: a quarter of the stake is lost")
    with at_work(browser, net, url, "licensee", "/work/2/3/timeline") as page:
        reload_until(page, "the annotator loses 2.00 TESTD, a quarter of the stake")
        act(page, "End it")
        expect(page.locator("main")).to_contain_text("2.00 TESTD of the stake were lost")
    assert second.submissions.get(submission_id(2, 3)).state == SubmissionState.OPEN


def test_timeline__of_a_slot_that_the_task_lacks__is_not_found(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        page.goto(f"{url}/work/1/9/timeline")
        expect(page.locator("main")).to_contain_text("Task 1 has no slot 9.")


def test_earnings__after_a_concession__add_up_to_what_the_ledger_has(browser: Browser, net: Devnet, url: str) -> None:
    free = net.client("annotator1").ledger.free()
    with at_work(browser, net, url, "annotator1", "/work/earnings") as page:
        totals = page.locator(".totals dd")
        expect(totals).to_have_text(["1.50 TESTD", "0.00 TESTD", "8.00 TESTD", f"{free / TOKEN:.2f} TESTD"])
        expect(page.locator("table").nth(1)).to_contain_text("1 of 4")
        check_looks(page, "earnings")
        with page.expect_download() as downloading:
            page.get_by_role("link", name=re.compile("CSV")).click()
        rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text())))
    assert sum(round(float(row["free"]) * TOKEN) for row in rows) == free
    assert {"deposit", "stake", "pay"} <= {row["of what"] for row in rows}
