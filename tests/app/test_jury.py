"""Jurors in a browser: seats, a case that is read, a vote that is sealed, revealed and paid; the court for anybody."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from goldleaf import Phase
from goldleaf_app.sealed_votes import SealedVote
from goldleaf_devnet import Devnet
from tests.app import cases
from tests.app.cases import NOT_WRONG, TOKEN
from tests.app.serving import act, check_looks, connect, sign_in, visiting

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

CLAIM = "The headline says that profit has doubled: its tone is positive."


@pytest.fixture(scope="module")
def dispute(net: Devnet) -> int:
    """One that waits for jurors, over a label that is wrong."""
    submission = cases.published(net, 0, ["negative", "negative", "neutral", "positive"])
    return cases.defended(net, cases.challenged(net, submission, [0], claim=CLAIM))


def test_seats__joined_made_ready_and_left__are_told_in_plain_words(browser: Browser, net: Devnet, url: str) -> None:
    with visiting(browser, url, cases.wallet_of(net, "licensee")) as page:
        page.goto(f"{url}/jury")
        expect(page.locator("main")).to_contain_text("Jurors decide whether challenged labels are wrong.")
        connect(page)
        expect(page.locator("main")).to_contain_text("You have no seat.")
        page.get_by_role("spinbutton", name="Seats").fill("2")
        expect(page.locator("#seats-total")).to_have_text("Together: 64.00 TESTD")
        act(page, "Open seats", signatures=1)
        expect(page.locator(".seats tbody tr")).to_have_count(2)
        expect(page.locator(".seats tbody tr").first).to_contain_text("Waits. It can be made ready in")
        net.travel(net.periods.join_delay)
        cases.reload(page, "Is not drawn until it is made ready.")
        act(page, "Make ready")
        expect(page.locator(".seats tbody tr").first).to_contain_text("Can be drawn.")
        check_looks(page, "jury-seats")
        act(page, "Leave")
        expect(page.locator(".seats tbody tr").first).to_contain_text("The time in which it can still be drawn ends in")
    client = net.client("licensee")
    first, second = client.court.held_seats().values()
    assert first.leaves_at and first.listed and not second.listed


def test_case__drawn_voted_revealed_and_settled__pays_the_juror(
    browser: Browser, net: Devnet, url: str, dispute: int, tmp_path: Path
) -> None:
    with visiting(browser, url, cases.wallet_of(net, "board")) as page:
        page.goto(f"{url}/jury/court")
        connect(page)
        expect(page.locator("main")).to_contain_text("1 dispute waits for jurors.")
        check_looks(page, "court")
        net.mine(2)
        act(page, "Have jurors drawn")
        expect(page.locator("main")).to_contain_text("No dispute waits for jurors.")
        expect(page.locator("tbody tr")).to_contain_text("Jurors vote. Voting ends in")
    seats = cases.jurors(net, dispute)
    role, *others = seats
    cost = 4 * len(seats[role])

    with visiting(browser, url, cases.wallet_of(net, role)) as page:
        page.goto(f"{url}/jury")
        connect(page)
        expect(page.locator(".duty")).to_contain_text(f"Not to vote costs you {cost}.00 TESTD.")
        check_looks(page, "jury-duty")
        page.get_by_role("link", name="Read the case and vote").click()
        expect(page.locator(".exhibit")).to_contain_text("Harbour operator doubles its profit")
        expect(page.locator(".exhibit")).to_contain_text("It is the one that was published")
        expect(page.locator("blockquote")).to_have_text(CLAIM)
        expect(page.locator("summary")).to_contain_text("statements hold, verified by this server")
        # Nobody can vote whose vote would not be kept.
        expect(page.get_by_role("button", name="Seal this vote")).to_have_count(0)
        sign_in(page)
        check_looks(page, "case")

        # Declined, changed, and sent.
        cases.choose(page, "Each is wrong")
        page.get_by_role("button", name="Seal this vote").click()
        expect(page.locator("#signing-facts")).to_contain_text("Each is wrong")
        page.locator("#signing-cancel").click()
        expect(page.locator("main .form-error").first).to_have_text("Nothing was signed.")
        cases.choose(page, "Not each is wrong")
        act(page, "Seal this vote")
        expect(page.locator(".duty")).to_contain_text("You have sealed: Not each is wrong.")
        page.reload()
        expect(page.locator(".duty")).to_contain_text("Your vote is sealed. Voting ends in")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download a backup").click()
        backup = tmp_path / "vote.json"
        download.value.save_as(backup)
        saved = SealedVote.from_bytes(backup.read_bytes())
        client = net.client(role)
        assert saved.commitment == client.court.sealed_vote(dispute)
        assert (saved.choice, saved.holder) == (NOT_WRONG, client.account)

        votes = cases.sealed(net, dispute, dict.fromkeys(others, NOT_WRONG))
        if others:
            expect(page.locator(".note")).to_contain_text("This case has come further.", timeout=20_000)
            page.get_by_role("link", name="Load it again").click()
        assert client.court.dispute(dispute).phase == Phase.REVEAL
        act(page, "Reveal your vote")
        expect(page.locator(".duty")).to_contain_text("You have voted: Not each is wrong.")
        cases.revealed(net, dispute, votes)
        cases.pass_phase(net, dispute)
        cases.reload(page, "The ruling is final unless somebody appeals. The time for that ends in")
        check_looks(page, "case-voted")
        cases.pass_phase(net, dispute)
        cases.reload(page, "Once the round is settled, which anybody may do, its jurors are paid.")
        before = client.court.ledger.free()
        act(page, "Pay the jurors")
        act(page, "Tell the ruling")
        pay = len(seats[role])
        assert client.court.ledger.free() - before == pay * TOKEN
        expect(page.locator(".duty")).to_contain_text(f"You were paid {pay}.00 TESTD.")

        page.goto(f"{url}/jury")
        expect(page.locator("#settled + table")).to_contain_text(f"You were paid {pay}.00 TESTD.")
        check_looks(page, "jury-paid")
        held = client.court.ledger.wallet()
        act(page, "Withdraw")
        assert client.court.ledger.free() == 0 and client.court.ledger.wallet() == held + before + pay * TOKEN
