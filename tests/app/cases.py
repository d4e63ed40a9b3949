"""Cases before the court of a devnet, and what people do about them: on the chain, and on the pages of the app."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import Page, expect

from goldleaf import LabelSet, Phase, commitments, submission_id
from goldleaf.stores import Reader
from goldleaf_devnet import Devnet
from goldleaf_tools import evidence
from tests.graded import CLASSES, GradedTask
from tests.wallets import Wallet

TOKEN = 10**6
# A challenge is filed a minute after its commitment, at the earliest.
COMMITMENT_AGE = 61
# What jurors vote for: each is wrong, or not each.
WRONG, NOT_WRONG = 1, 2


def published(net: Devnet, slot: int, answers: Sequence[Any], *, role: str = "annotator1", task: int = 1) -> int:
    """Has an annotator take a slot and publish these labels; returns the submission."""
    client = net.client(role)
    client.ledger.deposit(20 * TOKEN)
    client.submissions.take(task, slot)
    submission = submission_id(task, slot)
    labels = LabelSet(answers, client.submissions.items(submission).start)
    client.submissions.publish(submission, labels, uri=net.store.put(labels.to_bytes()))
    return submission


def challenged(net: Devnet, submission: int, items: Sequence[int], *, claim: str = "", role: str = "challenger") -> int:
    """Has somebody challenge these labels, with evidence if there is a claim; returns the challenge."""
    client, filing, salt = net.client(role), {}, commitments.new_salt()
    if claim:
        bundle = evidence.collect(client, Reader(net.store), submission, list(items), claim=claim)
        filing = {"evidence": bundle.digest, "uri": net.store.put(bundle.to_bytes())}
    client.ledger.deposit(50 * TOKEN)
    client.challenges.commit(submission, items, salt=salt)
    net.travel(COMMITMENT_AGE)
    return int(client.challenges.file(submission, items, salt=salt, **filing).result.challenge)


def defended(net: Devnet, challenge: int, *, role: str = "annotator1") -> int:
    """Has the annotator defend the labels; returns the dispute, which waits for jurors."""
    client = net.client(role)
    client.ledger.deposit(10 * TOKEN)
    return int(client.challenges.defend(challenge).result.dispute)


def drawn(net: Devnet, dispute: int) -> dict[str, list[int]]:
    """Has jurors drawn; returns the seats of each role that sits in the latest round."""
    court = net.client("deployer").court
    while court.dispute(dispute).phase == Phase.WAITING:
        net.mine(2)
        court.draw()
    return jurors(net, dispute)


def jurors(net: Devnet, dispute: int) -> dict[str, list[int]]:
    """The seats of each role that sits in the latest round of a dispute."""
    court = net.client("deployer").court
    roles = {account.address: role for role, account in net.accounts.items()}
    found: dict[str, list[int]] = {}
    seats = court.round(dispute, court.dispute(dispute).round).seats
    for seat, holder in court.holders(seats).items():
        found.setdefault(roles[holder], []).append(seat)
    return found


def sealed(net: Devnet, dispute: int, choices: Mapping[str, int]) -> dict[str, tuple[int, bytes]]:
    """Has jurors seal their votes; returns choice and salt of each role."""
    votes = {role: (choice, commitments.new_salt()) for role, choice in choices.items()}
    for role, (choice, salt) in votes.items():
        net.client(role).court.commit_vote(dispute, choice, salt=salt)
    return {role: (choice, bytes(salt)) for role, (choice, salt) in votes.items()}


def revealed(net: Devnet, dispute: int, votes: Mapping[str, tuple[int, bytes]]) -> None:
    """Has jurors reveal what they have sealed."""
    for role, (choice, salt) in votes.items():
        net.client(role).court.reveal_vote(dispute, choice, salt=salt)


def pass_phase(net: Devnet, dispute: int) -> None:
    """Lets time pass until the phase of a dispute is over."""
    net.clock.travel_to(net.client("deployer").court.dispute(dispute).phase_end)


def appealed(net: Devnet, dispute: int, *, role: str = "challenger") -> None:
    """Has somebody bring the ruling before a larger panel."""
    court = net.client(role).court
    court.ledger.deposit(court.appeal_cost(dispute))
    court.appeal(dispute)


def ended(net: Devnet, dispute: int) -> None:
    """Lets time pass until the ruling is final, and has all rounds settled."""
    court = net.client("deployer").court
    while not court.is_final(dispute):
        pass_phase(net, dispute)
    for _ in range(court.dispute(dispute).round + 1):
        court.settle(dispute)


def known_answers_disputed(net: Devnet) -> int:
    """Has a tested task sealed, its known answers opened, and one of them disputed; returns the dispute."""
    requester, annotator, other = (net.client(role) for role in ("requester", "annotator1", "annotator2"))
    for client in (requester, annotator, other):
        client.ledger.deposit(40 * TOKEN)
    requester.tests.ledger.deposit(40 * TOKEN)
    annotator.tests.ledger.deposit(10 * TOKEN)
    task = GradedTask(requester, [annotator, other], net.deployment, store=net.store)
    submission, _ = task.seal(task.graded)
    pair = [task.gold_of(label)[0] for label in CLASSES]
    task.open_gold(task.swapped(*pair))
    return int(annotator.tests.file_dispute(submission, pair[:1], uri="ipfs://evidence").result.dispute)


def wallet_of(net: Devnet, role: str) -> Wallet:
    """The wallet of a role."""
    return Wallet(net.accounts[role], net.url)


def choose(page: Page, choice: str) -> None:
    """Chooses how to vote, by how the choice begins."""
    page.get_by_role("radio", name=re.compile(f"^{choice}")).check()


def reload(page: Page, expected: str) -> None:
    """Loads the page again until it says so: the server looks at the chain's clock every few seconds."""
    for _ in range(20):
        page.reload()
        if expected in page.locator("main").inner_text():
            return
        page.wait_for_timeout(500)
    expect(page.locator("main")).to_contain_text(expected)
