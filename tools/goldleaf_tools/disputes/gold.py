"""One dispute about known answers, told to somebody who knows nothing of chains: above all to its jurors."""

from typing import TYPE_CHECKING

from goldleaf import events
from goldleaf.canonical import to_canonical
from goldleaf.ids import name_submission, split_gold_dispute
from goldleaf.types import NOT_HEARD, GoldDisputeState, Outcome

from .. import verify
from ..times import show_time
from .hearing import Hearing
from .stories import Amount, GoldStory, Section, Step

if TYPE_CHECKING:
    from goldleaf import Goldleaf, Manifest

RULINGS = {
    0: "it cannot be decided",
    1: "each of these known answers is wrong or cannot be told from the item",
    2: "not each of these known answers is wrong or cannot be told from the item",
    NOT_HEARD: "nobody has heard the case",
}
ENDS = {
    Outcome.WRONG: "The arbitrator has ruled that each of these answers is wrong or cannot be told from the item.",
    Outcome.NOT_WRONG: "The arbitrator has ruled that not each of these answers is wrong: the dispute has failed.",
    Outcome.UNDECIDED: "The arbitrator could not decide, or has not ruled in time: the answers stand.",
    Outcome.NOT_HEARD: "The arbitrator has not heard the case: bond and fee went back, and the answers stand.",
}


def tell_gold(
    client: "Goldleaf",
    gold_dispute: int,
    amount: Amount,
    manifest: "Manifest | None" = None,
    *,
    payments: bool = True,
) -> GoldStory:
    """What is asked, who claims what, what is at stake, where it stands, what can be done next, and how it ended.

    `amount` writes base units of a token. With the task's `manifest` the answers are told as the labels that they are,
    without it by their digests. Without `payments` it is not told who was paid in the end, as in `tell`. Raises
    `NoSuchGoldDispute`.
    """
    return _Teller(client, gold_dispute, amount, manifest, payments).story()


class _Teller:
    def __init__(
        self,
        client: "Goldleaf",
        gold_dispute: int,
        amount: Amount,
        manifest: "Manifest | None",
        payments: bool,
    ) -> None:
        self._client = client
        self._payments = payments
        self._id = gold_dispute
        self._task, self._batch, self._number = split_gold_dispute(gold_dispute)
        self._dispute = client.tests.dispute(gold_dispute)
        self._filing = client.tests.filing(gold_dispute)
        self._state = client.tests.batch(self._task, self._batch)
        self._gold = client.tests.opened(self._task, self._batch)
        found = client.tasks.get(self._task)
        self._requester, self._terms, self._token = found.requester, found.parameters, found.token
        self._amount = amount
        self._manifest = manifest
        self._hearing = Hearing(client, self._filing.arbitrator, self._filing.dispute, RULINGS, found.token, amount)
        self._now = client.chain.time()

    def _show(self, units: int) -> str:
        return self._amount(self._token, units)

    def story(self) -> GoldStory:
        steps = self._steps()
        sections = [
            Section("What is asked", tuple(self._question())),
            Section("Who claims what", tuple(self._claim())),
            Section("What is at stake", tuple(self._stakes())),
            Section("Where it stands", tuple(self._standing())),
            Section("Votes and appeals", tuple(self._hearing.votes())),
        ]
        if self._dispute.state == GoldDisputeState.SETTLED:
            sections.append(Section("How it ended", tuple(self._end())))
        else:
            sections.append(Section("What can be done next", tuple(map(str, steps))))
        return GoldStory(self._id, self._dispute.state, tuple(sections), steps)

    # ------------------------------------------------------------ what it is about

    def _question(self) -> list[str]:
        asked = "Is each of these known answers wrong, or such that it cannot be told from the item?"
        choices = [f"Rule {choice}: {RULINGS[choice]}." for choice in (1, 2, 0)]
        return [asked, *choices, "Judge by the guidelines in the task's manifest, and by the item alone."]

    def _claim(self) -> list[str]:
        batch = f"batch {self._batch} of task {self._task}"
        lines = [
            f"The requester, {self._requester}, has shown {len(self._gold.items)} items of {batch} whose right answers "
            "they say they know, to test the labels that annotators had sealed before.",
            f"{self._dispute.disputer}, whose labels (submission {name_submission(self._filing.submission)}) are "
            "tested on them, says that each of these answers is wrong or cannot be told from the item:",
            *(self._answer(number) for number in self._filing.numbers),
            f"The evidence lies at {self._filing.uri}." if self._filing.uri else "No evidence was given.",
        ]
        if self._manifest is None:
            lines.append("What label a digest stands for, and where the items lie, says the task's manifest.")
        return lines

    def _answer(self, number: int) -> str:
        item, digest = self._gold.items[number], self._gold.answers[number]
        if self._manifest is None or self._manifest.test is None or digest not in self._manifest.test.digests:
            return f"  item {item}: the label with the digest 0x{digest.hex()}"
        label = self._manifest.test.classes[self._manifest.test.digests.index(digest)]
        return f"  item {item}, at {self._manifest.items[item].uri}: {to_canonical(label).decode()}"

    def _stakes(self) -> list[str]:
        fee, prize = self._show(self._dispute.fee), self._show(self._state.cost)
        return [
            f"The disputer, {self._dispute.disputer}, has paid {fee} to the arbitrator and locked as much again: both "
            "are lost if not each of the answers is wrong.",
            f"If each is, both come back (of the fee at most {prize}), with a prize of {prize} for dropping an item "
            "that was not dropped before, out of the requester's deposit.",
            "What is dropped leaves the test, and one error fewer passes for each of them. No label is judged by this, "
            "and nobody is paid for one. When more than a tenth of the items are dropped, the whole test is void.",
        ]

    # ------------------------------------------------------------ where it stands

    def _standing(self) -> list[str]:
        filed = show_time(self._dispute.filed_at)
        match self._dispute.state:
            case GoldDisputeState.FILED:
                lines = [f"Filed on {filed}, and waits for the arbitrator {self._filing.arbitrator}."]
            case GoldDisputeState.RULED:
                ruling = RULINGS.get(self._dispute.ruling, "something else")
                lines = [f"The arbitrator has ruled: {ruling}. To be settled."]
            case _:
                lines = ["Settled: nothing more can happen."]
        waits = self._number - self._state.settled
        if self._dispute.state != GoldDisputeState.SETTLED and waits > 0:
            lines.append(f"Disputes of the batch that were filed before it and are settled first: {waits}.")
        if self._gold.dropped:
            lines.append(f"Items dropped so far: {', '.join(map(str, sorted(self._gold.dropped)))}.")
        return lines

    def _steps(self) -> tuple[Step, ...]:
        match self._dispute.state:
            case GoldDisputeState.FILED:
                end = self._dispute.filed_at + self._terms.arbitration_timeout
                settle = Step("Anyone", "settle it as undecided, if there is no ruling", end)
                return (*self._hearing.steps(), settle)
            case GoldDisputeState.RULED:
                return (Step("Anyone", "settle it, which pays"),)
        return ()

    # ------------------------------------------------------------ how it ended

    def _end(self) -> list[str]:
        settled = self._client.events.history(events.GoldDisputeSettled, contract="GoldTest", gold_dispute=self._id)
        lines = [ENDS[each.event.outcome] for each in settled if isinstance(each.event, events.GoldDisputeSettled)]
        if not self._payments:
            return lines
        found = verify.batch_of_chain(self._client, self._task, self._batch)
        for finding in found.of_dispute(self._number):
            if not isinstance(finding, verify.Payment):
                continue
            units = finding.expected if finding.found is None else finding.found
            verb = "got" if finding.gained else "paid"
            if units:
                lines.append(f"{finding.account} {verb} {self._show(units)} ({finding.name}): {finding.rule}.")
        if found.broken:
            lines.append("NOT ALL OF THIS FOLLOWS THE RULES.")
        return lines
