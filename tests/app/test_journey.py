"""Everybody's part in the life of a task, in browsers alone: from opening it to collecting a royalty."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from goldleaf import LabelSet, submission_id
from goldleaf.ids import name_submission
from goldleaf.types import SubmissionState
from goldleaf_devnet import Devnet
from tests.app import cases
from tests.app.requesting import (
    HEADLINES,
    TERMS,
    choose_labels,
    fetched,
    later,
    press,
    requester,
    shown,
    table,
    task_of,
    write_guidelines,
    write_terms,
)
from tests.app.serving import TOKEN, act, connect, sign_in, visiting
from tests.app.workspace import save_backup

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

BATCH = 20
STAKE = 2 * TOKEN * BATCH


@contextmanager
def somebody(browser: Browser, net: Devnet, url: str, role: str) -> Iterator[Page]:
    """A page of somebody who has connected their wallet."""
    with visiting(browser, url, cases.wallet_of(net, role)) as page:
        connect(page)
        yield page


def open_task(page: Page) -> int:
    """Puts a task together whose labels are tested, and opens it."""
    lines = [f"news-{number:02},{text}" for number, text in enumerate(HEADLINES)]
    table(page, "news.csv", "\n".join(["id,text", *lines]))
    press(page, "Upload")
    press(page, "Save, and go on")
    write_guidelines(page)
    choose_labels(page, "positive", "negative")
    page.get_by_label("Preset", exact=True).select_option("two-classes")
    page.locator("#preset_reward").fill("0.50")
    press(page, "Fill in")
    write_terms(page, **{**TERMS, "batch_size": str(BATCH), "royalty": "10"})
    press(page, "Save, and go on")
    answers = [f"news-{number:02},{truth(text)}" for number, text in enumerate(HEADLINES[:30])]
    table(page, "known.csv", "\n".join(["id,label", *answers]), "known")
    press(page, "Upload the answers")
    page.locator("#accuracy").fill("90")
    press(page, "Compute the test for it")
    write_terms(page, opening_period="30", dispute_period="2")
    press(page, "Save, and go on")
    act(page, "Open the task", signatures=1)
    act(page, "Set up the test")
    return task_of(page)


def truth(headline: str) -> str:
    return "positive" if "opens" in headline else "negative"


def take(page: Page, url: str, task: int) -> int:
    """Takes a batch; returns the slot."""
    page.goto(f"{url}/tasks/{task}")
    act(page, "Take a batch", signatures=1)
    found = re.search(rf"/work/{task}/(\d+)", page.url)
    assert found is not None, page.url
    return int(found[1])


def deliver(page: Page, url: str, task: int, slot: int, labels: Sequence[str]) -> None:
    """Labels a batch by a file, and commits it."""
    page.goto(f"{url}/work/{task}/{slot}")
    if page.locator("[data-sign-in]").count():
        sign_in(page)
    page.get_by_text("Take labels from a file").click()
    content = LabelSet(labels, first=slot % 2 * BATCH).to_bytes()
    file = {"name": "labels.jsonl", "mimeType": "application/jsonl", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Read the file").click()
    expect(page.locator("#done")).to_have_text(str(BATCH))
    save_backup(page)
    act(page, "Commit")


def test_everybody__from_a_task_to_its_royalties__in_browsers_alone(browser: Browser, net: Devnet, url: str) -> None:
    with ExitStack() as pages:
        owner = pages.enter_context(requester(browser, net, url))
        task = open_task(owner)
        plan = json.loads(fetched(owner, f"/requests/{task}/plan.json")[1])
        [tested] = map(int, plan["tested"])
        other = 1 - tested

        # Somebody reads each item, somebody else guesses: who gets which slot is left to chance.
        expert = pages.enter_context(somebody(browser, net, url, "annotator1"))
        guesser = pages.enter_context(somebody(browser, net, url, "annotator2"))
        slots = {person: [take(person, url, task) for _ in range(2)] for person in (expert, guesser)}
        assert all(sorted(slot % 2 for slot in both) == [0, 1] for both in slots.values())
        texts = [fetched(expert, f"/items/{task}/{item}")[1] for item in range(2 * BATCH)]
        for slot in slots[expert]:
            first = slot % 2 * BATCH
            deliver(expert, url, task, slot, [truth(text) for text in texts[first : first + BATCH]])
        for slot in slots[guesser]:
            deliver(guesser, url, task, slot, ["positive"] * BATCH)

        # The requester shows the known answers of one batch, and leaves the other one untested.
        for slot in slots[expert]:
            expert.goto(f"{url}/work/{task}/{slot}")
            act(expert, "Note that all have committed")
        owner.goto(f"{url}/requests/{task}")
        shown(owner, "Open its known answers.")
        act(owner, f"Open the answers of batch {tested}", signatures=1)
        act(owner, f"Leave batch {other} untested")
        later(net, 121)
        for person, batch in ((expert, tested), (expert, other), (guesser, other)):
            [slot] = [slot for slot in slots[person] if slot % 2 == batch]
            person.goto(f"{url}/work/{task}/{slot}")
            act(person, "Publish the labels")
        [lost] = [slot for slot in slots[guesser] if slot % 2 == tested]
        guesser.goto(f"{url}/work/{task}/{lost}")
        expect(guesser.get_by_text("These labels have failed the test")).to_be_visible()

        # One of the guesses is challenged, and defended.
        [guessed] = [slot for slot in slots[guesser] if slot % 2 == other]
        name = name_submission(submission_id(task, guessed))
        wrong = next(item for item in range(other * BATCH, (other + 1) * BATCH) if truth(texts[item]) == "negative")
        challenger = pages.enter_context(somebody(browser, net, url, "challenger"))
        challenger.goto(f"{url}/audit/challenge/{name}")
        sign_in(challenger)
        challenger.get_by_role("checkbox", name=str(wrong), exact=True).check()
        challenger.get_by_label("Why they are wrong").fill("It closes a quay.")
        act(challenger, "Commit to this challenge")
        net.travel(cases.COMMITMENT_AGE)
        act(challenger, "File the challenge", signatures=1)
        guesser.goto(f"{url}/work/{name}/timeline")
        shown(guesser, "Challenge 0")
        act(guesser, "Defend for 3.00 TESTD", signatures=1)
        dispute = net.client("deployer").court.dispute_count()

        # Jurors are drawn, vote, and are paid.
        challenger.goto(f"{url}/challenges/{name}/0")
        shown(challenger, "Have jurors drawn")
        net.mine(2)
        act(challenger, "Have jurors drawn")
        jurors = [pages.enter_context(somebody(browser, net, url, role)) for role in cases.jurors(net, dispute)]
        for juror in jurors:
            juror.goto(f"{url}/jury/{dispute}")
            sign_in(juror)
            cases.choose(juror, "Each is wrong")
            act(juror, "Seal this vote")
        for juror in jurors:
            cases.reload(juror, "Reveal your vote")
            act(juror, "Reveal your vote")
        for _ in range(2):
            cases.pass_phase(net, dispute)
        challenger.goto(f"{url}/challenges/{name}/0")
        shown(challenger, "Have the court tell its ruling")
        act(challenger, "Have the court tell its ruling")
        act(challenger, "Pay the jurors of round 1")
        guesser.goto(f"{url}/work/{name}/timeline")
        shown(guesser, "Settle 1 challenge")
        act(guesser, "Settle 1 challenge")

        # Who is paid claims; what failed its test is ended; the task is closed, and its data set sold.
        later(net, 11 * 3600)
        expert.goto(f"{url}/work")
        shown(expert, "Claim 2 submissions")
        act(expert, "Claim 2 submissions")
        guesser.goto(f"{url}/work")
        shown(guesser, "Claim it")
        act(guesser, "Claim it")
        owner.goto(f"{url}/requests/{task}")
        shown(owner, f"End {task}/{lost}")
        act(owner, f"End {task}/{lost}")
        act(owner, "Close the task")
        owner.goto(f"{url}/data-sets/{task}")
        shown(owner, "Price of a licence")
        owner.get_by_label("Price of a licence").fill("80")
        owner.get_by_label("Terms: what a licence allows").fill("Train any model.")
        act(owner, "Offer licences")
        licensee = pages.enter_context(somebody(browser, net, url, "licensee"))
        licensee.goto(f"{url}/data-sets/{task}")
        act(licensee, "Buy a licence", signatures=1)
        expert.goto(f"{url}/data-sets/royalties")
        shown(expert, "Get your shares")
        act(expert, "Get your shares")
        act(expert, "Collect all")
        expert.goto(f"{url}/wallet")
        for contract in ("TaskEscrow", "RoyaltyPool"):
            with expert.expect_navigation():
                expert.locator("tr", has_text=contract).get_by_role("button", name="Withdraw").click()
                expert.locator("#signing-go").click()

    expert_, guesser_ = net.client("annotator1"), net.client("annotator2")
    states = {slot: expert_.submissions.get(submission_id(task, slot)).state for slot in range(4)}
    assert {slot: states[slot] for slot in slots[expert]} == dict.fromkeys(slots[expert], SubmissionState.PAID)
    assert (states[guessed], states[lost]) == (SubmissionState.PAID, SubmissionState.FORFEITED)
    # A tenth of 80 for 80 labels that were asked for; 40 of them are the expert's.
    royalty = 80 * TOKEN // 10 // 80 * 40
    million = 10**6 * TOKEN
    assert expert_.ledger.wallet() == million + 40 * TOKEN // 2 + royalty
    # The guesser has lost a stake, the fee of the jury, and a label's pay of what was not tested.
    free = guesser_.ledger.wallet() + guesser_.ledger.free()
    assert free == million - STAKE - 3 * TOKEN + (BATCH - 1) * TOKEN // 2
