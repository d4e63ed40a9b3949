"""What people have done before a page is looked at, by clients of the devnet's accounts."""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page

from goldleaf import GoldleafWarning, Item, LabelSet, Manifest, Phase, commitments, submission_id
from goldleaf.encoding import keccak256
from goldleaf.events import Drawn
from goldleaf_devnet import Devnet
from tests.app.serving import TOKEN
from tests.graded import GradedTask


def publish(net: Devnet, role: str, task: int, slot: int, answers: Sequence[str]) -> int:
    """A submission of a task of redundancy 1, taken and published by an account, whose stake is deposited."""
    client = net.client(role)
    client.ledger.deposit(Decimal(2) * len(answers))
    submission = client.submissions.take(task, slot).result.submission
    labels = LabelSet(answers, client.submissions.items(submission).start)
    client.submissions.publish(submission, labels, uri=net.store.put(labels.to_bytes()))
    return int(submission)


def challenge(net: Devnet, submission: int, items: Sequence[int], *, evidence: bytes = bytes(32), uri: str = "") -> int:
    """A challenge of correctness by the challenger, with the least bond."""
    client, salt = net.client("challenger"), commitments.new_salt()
    client.ledger.deposit(Decimal(100))
    client.challenges.commit(submission, items, salt=salt)
    net.travel(61)
    filed = client.challenges.file(submission, items, salt=salt, evidence=evidence, uri=uri)
    return int(filed.result.challenge)


def draw(net: Devnet, dispute: int) -> None:
    """Has the jurors of a round drawn."""
    court = net.client("challenger").court
    while True:
        net.mine(2)
        if any(isinstance(event, Drawn) and event.dispute == dispute for event in court.draw().result):
            return


def vote(net: Devnet, dispute: int, choices: Iterable[int | None], *, until: Phase = Phase.FINAL) -> None:
    """Has the jurors that were drawn vote and reveal, by position, and lets time pass until the phase begins.

    A holder of several seats votes as at the first of them; None does not vote.
    """
    court = net.client("challenger").court
    number = court.dispute(dispute).round
    votes: dict[str, int] = {}
    for seat, choice in zip(court.round(dispute, number).seats, choices, strict=True):
        if choice is not None:
            votes.setdefault(court.seat(seat).holder, choice)
    salt = commitments.new_salt()
    for holder, choice in votes.items():
        net.client(_roles(net)[holder]).court.commit_vote(dispute, choice, salt=salt)
    pass_phases(net, dispute, Phase.REVEAL)
    for holder, choice in votes.items():
        net.client(_roles(net)[holder]).court.reveal_vote(dispute, choice, salt=salt)
    pass_phases(net, dispute, until)


def pass_phases(net: Devnet, dispute: int, until: Phase) -> None:
    """Lets time pass until a dispute has come to a phase."""
    court = net.client("challenger").court
    while (found := court.dispute(dispute)).phase < until:
        net.travel(found.phase_end - net.client("challenger").chain.time())
        net.mine()


def worth(net: Devnet, role: str) -> int:
    """What an account has: in its wallet, and free in the ledgers of escrow and court."""
    client = net.client(role)
    return int(client.ledger.wallet() + client.ledger.free() + client.court.ledger.free())


def _roles(net: Devnet) -> Mapping[str, str]:
    return {account.address: role for role, account in net.accounts.items()}


def dispute_gold(net: Devnet) -> int:
    """A dispute about a known answer, of a task of two batches of 20 that two annotators have sealed."""
    requester, annotators = net.client("requester"), [net.client("annotator1"), net.client("annotator3")]
    for client in (requester, *annotators):
        client.ledger.deposit(Decimal(50))
        client.tests.ledger.deposit(Decimal(50))
    task = GradedTask(requester, annotators, net.deployment, store=net.store)
    sealed = task.seal(task.graded)
    task.open_gold()
    item = min(task.gold)
    evidence = b"The picture of this item is black."
    uri = net.store.put(evidence)
    filed = annotators[0].tests.file_dispute(sealed[0], [item], evidence=keccak256(evidence), uri=uri)
    return int(filed.result.gold_dispute)


def published(net: Devnet, task: int, work: Mapping[int, tuple[str, Sequence[str]]]) -> list[int]:
    """Submissions of these slots, each by a role with the labels of its batch; all siblings of a batch are needed."""
    done = []
    for slot, (role, labels) in work.items():
        client, submission = net.client(role), submission_id(task, slot)
        client.ledger.deposit(Decimal(10))
        client.submissions.take(task, slot=slot)
        label_set = LabelSet(labels, client.submissions.items(submission).start)
        done.append((client, submission, label_set, net.store.put(label_set.to_bytes()), commitments.new_salt()))
    if net.client("requester").tasks.get(task).parameters.publishes_directly:
        for client, submission, label_set, uri, _ in done:
            client.submissions.publish(submission, label_set, uri=uri)
    else:
        for client, submission, label_set, uri, salt in done:
            client.submissions.commit(submission, label_set, uri=uri, salt=salt)
        for client, submission, label_set, uri, salt in done:
            client.submissions.publish(submission, label_set, uri=uri, salt=salt)
    return [submission for _, submission, *_ in done]


def data_set(net: Devnet, task: int, work: Mapping[int, tuple[str, Sequence[str]]]) -> list[int]:
    """A task that is finished: these slots were published, nobody challenged them, all were paid, and it is closed."""
    submissions = published(net, task, work)
    net.travel(timedelta(days=2))
    for submission in submissions:
        net.client("requester").submissions.claim(submission)
    net.client("requester").tasks.close(task)
    return submissions


def withheld(net: Devnet, task: int, slot: int, role: str) -> int:
    """A submission that is published directly, and whose labels lie nowhere."""
    client, submission = net.client(role), submission_id(task, slot)
    client.ledger.deposit(Decimal(10))
    client.submissions.take(task, slot=slot)
    items = client.submissions.items(submission)
    label_set = LabelSet(["positive"] * len(items), items.start)
    client.submissions.publish(submission, label_set, uri=net.store.uri(label_set.to_bytes()))
    return submission


def open_task(
    net: Devnet, contents: Sequence[bytes], schema: Any, *, redundancy: int = 1, guidelines: str = "Label it."
) -> int:
    """Opens a task over these items, all of them one batch."""
    manifest = Manifest(
        guidelines=guidelines,
        label_schema=schema,
        items=[Item.of(net.store.put(content), content) for content in contents],
        licence="CC0-1.0",
    )
    requester = net.client("requester")
    requester.ledger.deposit(Decimal("0.50") * len(contents) * redundancy)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GoldleafWarning)
        opened = requester.tasks.open(
            terms=manifest,
            uri=net.store.put(manifest.to_bytes()),
            reward=Decimal("0.50"),
            stake=Decimal(6),
            batch_size=len(contents),
            redundancy=redundancy,
            tolerance_bps=2500,
            deadline=timedelta(seconds=net.periods.deadline),
            work_period=net.periods.work,
            publish_period=net.periods.publish,
            challenge_period=net.periods.challenge,
            response_period=net.periods.response,
        )
    return int(opened.result.task)


def take_batch(net: Devnet, role: str, task: int, slot: int | None = None) -> int:
    """Has somebody deposit the stake and take a slot; returns the submission."""
    client = net.client(role)
    preview = client.submissions.preview(task, slot)
    client.ledger.deposit(preview.locked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GoldleafWarning)
        return int(client.submissions.take(task, slot).result.submission)


def outcome(page: Page, name: str) -> int:
    """What the page says that an outcome of the challenge brings, base units."""
    text = page.locator(f"tr[data-outcome={name}] td").inner_text()
    number = re.search(r"[0-9.,]+", text)
    assert number is not None, text
    units = round(float(number[0].replace(",", "")) * TOKEN)
    return -units if text.startswith("\N{MINUS SIGN}") else units
