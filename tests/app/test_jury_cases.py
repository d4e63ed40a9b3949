"""Jurors in a browser where it goes otherwise: votes sealed elsewhere, appeals, known answers, what cannot be kept."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from goldleaf import ZERO_ADDRESS
from goldleaf.signing.commitments import Salt, new_salt
from goldleaf_app.database import Database
from goldleaf_app.sealed_votes import SealedVote, keep
from goldleaf_devnet import Devnet
from tests.app import cases
from tests.app.cases import WRONG
from tests.app.serving import act, check_looks, connect, sign_in, visiting

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]


def test_reveal__of_a_vote_that_was_sealed_elsewhere__takes_its_backup_and_no_other(
    browser: Browser, net: Devnet, url: str, tmp_path: Path
) -> None:
    submission = cases.published(net, 1, ["negative"] * 4, role="annotator2")
    number = cases.defended(net, cases.challenged(net, submission, [4, 5]), role="annotator2")
    seats = cases.drawn(net, number)
    votes = cases.sealed(net, number, dict.fromkeys(seats, WRONG))
    files = {}
    for role, (choice, salt) in votes.items():
        vote = SealedVote(
            net.chain_id, net.deployment.address("Court"), number, 0, net.accounts[role].address, choice, Salt(salt)
        )
        files[role] = tmp_path / f"{role}.json"
        files[role].write_bytes(vote.to_bytes())
    role = next(iter(seats))
    stranger = next((other for other in seats if other != role), None)
    with visiting(browser, url, cases.wallet_of(net, role)) as page:
        page.goto(f"{url}/jury/{number}")
        connect(page)
        page.get_by_role("button", name="Reveal your vote").click()
        expect(page.locator("main .form-error").last).to_contain_text("Sign in, or give its backup.")
        other = json.loads(files[role].read_text())
        if stranger is not None:
            other = json.loads(files[stranger].read_text())
        else:
            other["salt"] = "0x" + "11" * 32
        for content, told in ((json.dumps(other), "backup of another vote"), ("{}", "no backup of a vote")):
            wrong = tmp_path / "wrong.json"
            wrong.write_text(content)
            page.get_by_label("Backup of your vote").set_input_files(wrong)
            page.get_by_role("button", name="Reveal your vote").click()
            expect(page.locator("#backup-error")).to_contain_text(told)
            expect(page.locator("main .form-error").last).not_to_be_visible()
        check_looks(page, "case-reveal")
        page.get_by_label("Backup of your vote").set_input_files(files[role])
        act(page, "Reveal your vote")
        expect(page.locator(".duty")).to_contain_text("You have voted: Each is wrong.")

        # Nobody else reveals. The ruling of the one is appealed, and stands.
        cases.pass_phase(net, number)
        cases.appealed(net, number)
        cases.drawn(net, number)
        cases.reload(page, "an appeal by")
        expect(page.locator("#rounds ~ table")).to_have_count(2)
        page.goto(f"{url}/jury")
        expect(page.locator("#waiting ~ table")).to_contain_text(
            "a larger jury decides, and then your round is settled"
        )
        larger = dict.fromkeys(cases.jurors(net, number), WRONG)
        cases.revealed(net, number, cases.sealed(net, number, larger))
        cases.ended(net, number)
    if stranger is not None:
        with visiting(browser, url, cases.wallet_of(net, stranger)) as page:
            connect(page)
            page.goto(f"{url}/jury/{number}")
            lost = 4 * len(seats[stranger])
            cases.reload(page, "Final: each is wrong.")
            check_looks(page, "case-final")
            page.goto(f"{url}/jury")
            row = page.locator("#settled ~ table tr", has_text=f"Case {number}, round 1")
            expect(row).to_contain_text("Not revealed")
            expect(row).to_contain_text(f"You lost {lost}.00 TESTD.")
            check_looks(page, "jury-fined")


def test_case__about_known_answers__asks_whether_these_are_wrong(browser: Browser, net: Devnet, url: str) -> None:
    number = cases.known_answers_disputed(net)
    role = next(iter(cases.drawn(net, number)))
    with visiting(browser, url, cases.wallet_of(net, role)) as page:
        connect(page)
        page.goto(f"{url}/jury/{number}")
        cases.reload(page, "Voting ends")
        expect(page.locator(".question")).to_have_text(
            "Is this known answer wrong, or such that it cannot be told from the item?"
        )
        expect(page.locator(".exhibit")).to_contain_text("It is the answer that the requester has shown on chain.")
        expect(page.locator(".exhibit [role=alert]")).to_contain_text("It could not be read:")
        sign_in(page)
        check_looks(page, "case-gold")
        cases.choose(page, "Each is wrong, or cannot be told from the item")
        act(page, "Seal this vote")
        expect(page.locator(".duty")).to_contain_text(
            "You have sealed: Each is wrong, or cannot be told from the item."
        )


def test_keep__that_fails__does_not_tell_the_salt(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'app.db'}")
    vote = SealedVote(1, ZERO_ADDRESS, 1, 0, ZERO_ADDRESS, WRONG, new_salt())
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE app_private"))
    with pytest.raises(OperationalError) as error:
        keep(database, vote)
    assert vote.salt.hex() not in str(error.value) and vote.salt.hex() not in repr(vote)


def test_vote__that_cannot_be_kept__is_not_offered(
    browser: Browser, net: Devnet, url: str, server_folder: Path
) -> None:
    submission = cases.published(net, 2, ["positive"] * 4, role="annotator3")
    number = cases.defended(net, cases.challenged(net, submission, [8]), role="annotator3")
    role = next(iter(cases.drawn(net, number)))
    wallet = cases.wallet_of(net, role)
    engine = create_engine(f"sqlite:///{server_folder / 'app' / 'app.db'}")
    with visiting(browser, url, wallet) as page:
        page.goto(f"{url}/jury/{number}")
        connect(page)
        sign_in(page)
        cases.choose(page, "It cannot be told")
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE app_private RENAME TO gone"))
        page.get_by_role("button", name="Seal this vote").click()
        expect(page.locator("main .form-error").first).to_be_visible()
        expect(page.locator("#signing")).not_to_be_visible()
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE gone RENAME TO app_private"))
        assert "eth_sendTransaction" not in wallet.requests
        act(page, "Seal this vote")
        expect(page.locator(".duty")).to_contain_text("You have sealed: It cannot be told.")
