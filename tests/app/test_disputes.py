"""Challenges and disputes in a browser: read by anybody, pushed on by anybody, ended by the rules."""

import pytest
from playwright.sync_api import Browser, Page, expect

from goldleaf import Phase, submission_id
from goldleaf.encoding import keccak256
from goldleaf.ids import name_challenge, name_gold_dispute
from goldleaf.stores import Reader
from goldleaf.types import GoldDisputeState, SubmissionState
from goldleaf_devnet import Devnet
from goldleaf_tools import evidence
from tests.app import scenes
from tests.app.scenes import outcome
from tests.app.serving import TOKEN, act, check_looks, connect, picture, reload_until, visiting
from tests.wallets import Wallet

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

WRONG, RIGHT = 1, 2
HOSTILE = '<script>document.title = "stolen"</script><img src=x onerror="document.title = \'stolen\'">'


@pytest.fixture(scope="module")
def defended(net: Devnet) -> int:
    """A submission whose first label is challenged, by evidence that says nothing good."""
    submission = scenes.publish(net, "annotator2", 1, 1, ["negative", "positive", "neutral", "positive"])
    bundle = evidence.collect(net.client("deployer"), Reader(net.store), submission, [4], claim=HOSTILE)
    return scenes.challenge(net, submission, [4], evidence=bundle.digest, uri=net.store.put(bundle.to_bytes()))


def test_case__of_a_stranger_without_a_wallet__is_told_with_items_labels_and_checked_evidence(
    browser: Browser, url: str, defended: int
) -> None:
    with visiting(browser, url) as page:
        page.goto(f"{url}/challenges")
        expect(page.locator("tbody tr")).to_have_count(1)
        check_looks(page, "challenges")
        page.get_by_role("link", name=name_challenge(defended), exact=True).click()
        expect(page.locator("main")).to_contain_text("says that each of the labels of these items is wrong: 4")
        expect(page.locator(".exhibit")).to_contain_text("Grocer warns of a weak second half")
        expect(page.locator(".exhibit")).to_contain_text('"negative"')
        expect(page.locator("blockquote").first).to_have_text(HOSTILE)
        expect(page.locator(".checks")).to_contain_text("The challenge was filed with this very file as evidence.")
        expect(page.locator(".checks .bad")).to_have_count(0)
        assert page.title() != "stolen"
        check_looks(page, "case")


def test_defend__in_the_browser_to_the_end__pays_what_the_page_says(
    browser: Browser, net: Devnet, url: str, defended: int
) -> None:
    client, submission = net.client("annotator2"), submission_id(1, 1)
    before = scenes.worth(net, "annotator2")
    with visiting(browser, url, Wallet(net.accounts["annotator2"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/work/1/1/timeline")
        gain = outcome(page, "NOT_WRONG")
        act(page, "Defend for 3.00 TESTD", signatures=1)
        expect(page.locator("main")).to_contain_text("It was defended, and waits for the ruling.")
        dispute = client.challenges.defence(defended).dispute

        page.goto(f"{url}/challenges/{name_challenge(defended)}")
        expect(page.locator("main")).to_contain_text("Waits for jurors to be drawn")
        draw(page, net, dispute)
        expect(page.locator(".votes tbody tr")).to_have_count(3)
        scenes.vote(net, dispute, [RIGHT, RIGHT, WRONG], until=Phase.APPEAL)
        reload_until(page, "An appeal asks a jury of more than twice the size. It costs 7.00 TESTD")
        expect(page.locator("main")).to_contain_text("not each of the labels is wrong")
        check_looks(page, "case-voted")

        scenes.pass_phases(net, dispute, Phase.FINAL)
        reload_until(page, "The ruling is final")
        act(page, "Have the court tell its ruling")
        act(page, "Settle this challenge")
        expect(page.locator("main")).to_contain_text("Who was paid out of bond, fee and stake")
        act(page, "Pay the jurors of round 1")
        expect(page.locator(".votes .gain")).to_have_count(sum(vote == RIGHT for vote in votes(net, dispute)))
        page.get_by_role("link", name="Verify it now").click()
        expect(page.locator("#verification")).to_contain_text("By the rules")
        check_looks(page, "case-settled")

        net.travel(11 * 60)
        net.mine()
        page.goto(f"{url}/work/1/1/timeline")
        reload_until(page, "go to the annotator's free balance")
        act(page, "Claim pay and stake")
        assert client.submissions.get(submission).state == SubmissionState.PAID
        assert scenes.worth(net, "annotator2") - before == 4 * TOKEN // 2 + 8 * TOKEN + gain
        page.goto(f"{url}/work/earnings")
        expect(page.locator("main")).to_contain_text("failed: not each is wrong")
        act(page, "Withdraw")
    assert client.ledger.free() == 0
    assert client.ledger.wallet() == scenes.worth(net, "annotator2")


def test_appeal__by_the_challenger__tells_what_it_gains_and_is_paid_from_a_deposit(
    browser: Browser, net: Devnet, url: str
) -> None:
    submission = scenes.publish(net, "annotator3", 1, 2, ["neutral"] * 4)
    said = HOSTILE.encode()
    challenge = scenes.challenge(net, submission, [9], evidence=keccak256(said), uri="javascript:alert(1)")
    annotator = net.client("annotator3")
    annotator.ledger.deposit(10 * TOKEN)
    dispute = annotator.challenges.defend(challenge).result.dispute
    scenes.draw(net, dispute)
    scenes.vote(net, dispute, [RIGHT] * 3, until=Phase.APPEAL)
    with visiting(browser, url, Wallet(net.accounts["challenger"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/challenges/{name_challenge(challenge)}")
        reload_until(page, "What you get besides, against the ruling as it stands")
        # A lost bond of nine comes back, with the prize for one label of half a token.
        expect(page.locator(".appeal .gain")).to_have_text(["+7.50 TESTD", "+9.125 TESTD"])
        expect(page.locator("main")).to_contain_text("javascript:alert(1)")
        assert page.locator("a[href^=javascript]").count() == 0
        act(page, "Appeal for 7.00 TESTD", signatures=1)
        expect(page.locator("main")).to_contain_text("Round 2: 7 seats")
        picture(page, "case-appealed")
    assert net.client("challenger").court.dispute(dispute).round == 1


def test_drop__of_a_round_that_nobody_draws__ends_it_unheard(browser: Browser, net: Devnet, url: str) -> None:
    [dispute] = [number for number in (1, 2) if net.client("deployer").court.dispute(number).phase == Phase.WAITING]
    net.travel(6 * 60)
    net.mine()
    with visiting(browser, url, Wallet(net.accounts["licensee"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/challenges/1/2/0")
        reload_until(page, "take the round out of the queue")
        reload_until(page, "Take it out of the queue")
        act(page, "Take it out of the queue")
        expect(page.locator("main")).to_contain_text("Round 2: 7 seats, no jurors found in time")
    assert net.client("deployer").court.dispute(dispute).phase == Phase.FINAL


def test_list__narrowed_by_state_and_task__has_those_alone(browser: Browser, url: str, defended: int) -> None:
    with visiting(browser, url) as page:
        page.goto(f"{url}/challenges?show=settled")
        expect(page.locator("tbody th")).to_have_text([name_challenge(defended)])
        page.get_by_label("State").select_option("before the arbitrator")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("tbody th")).to_have_text(["1/2/0"])
        page.get_by_label("Task").fill("2")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("main")).to_contain_text("There are none.")


def test_case__of_known_answers__is_told_and_ended_by_anybody(browser: Browser, net: Devnet, url: str) -> None:
    gold_dispute = scenes.dispute_gold(net)
    client = net.client("licensee")
    dispute = client.tests.filing(gold_dispute).dispute
    scenes.draw(net, dispute)
    scenes.vote(net, dispute, [WRONG] * 3)
    with visiting(browser, url, Wallet(net.accounts["licensee"], net.url)) as page:
        connect(page)
        page.goto(f"{url}/challenges?about=answers")
        page.get_by_role("link", name=name_gold_dispute(gold_dispute), exact=True).click()
        expect(page.locator("main")).to_contain_text("Is each of these known answers wrong")
        expect(page.locator("blockquote")).to_have_text("The picture of this item is black.")
        reload_until(page, "The ruling is final")
        check_looks(page, "case-gold")
        act(page, "Have the court tell its ruling")
        act(page, "Settle this dispute")
        expect(page.locator("main")).to_contain_text("each of these answers is wrong or cannot be told")
    assert client.tests.dispute(gold_dispute).state == GoldDisputeState.SETTLED


def test_earnings__of_challenger_juror_disputer_and_requester__have_what_each_has_done(
    browser: Browser, net: Devnet, url: str
) -> None:
    parts = {
        "challenger": ["Challenges that you have filed", "Appeals"],
        "annotator1": ["Submissions", "Known answers that you have disputed"],
        "requester": ["Tasks that you have opened"],
        jurors(net)[0]: ["Rounds that you were drawn for as a juror"],
    }
    for role, titles in parts.items():
        with visiting(browser, url, Wallet(net.accounts[role], net.url)) as page:
            connect(page)
            page.goto(f"{url}/work/earnings")
            for title in titles:
                expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
            check_looks(page, f"earnings-{role.rstrip('1234567')}")


def test_case__that_there_is_not__is_not_found(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        for path in ("/challenges/1/0/7", f"/challenges/{2**70}/0/0", "/gold-disputes/1/0/0"):
            answer = page.goto(url + path)
            assert answer is not None and answer.status == 404


def draw(page: Page, net: Devnet, dispute: int) -> None:
    """Has the jurors drawn by the button of the page, which takes as many presses as the queue asks for."""
    for _ in range(4):
        net.mine(2)
        act(page, "Have jurors drawn")
        if net.client("deployer").court.dispute(dispute).phase == Phase.COMMIT:
            return
    pytest.fail("nobody was drawn")


def jurors(net: Devnet) -> list[str]:
    """The jurors of the first dispute's first round, by their roles."""
    court = net.client("deployer").court
    holders = {court.seat(seat).holder for seat in court.round(1, 0).seats}
    return [role for role, account in net.accounts.items() if account.address in holders]


def votes(net: Devnet, dispute: int) -> list[int]:
    return list(net.client("deployer").court.round(dispute, 0).votes)
