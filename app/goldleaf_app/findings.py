"""What an audit has found, ranked by what filing it is worth, and what of it a budget takes."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from goldleaf.ids import split_submission
from goldleaf_tools import evidence

from .services import Services
from .shown import show_label

if TYPE_CHECKING:  # it takes a second to import
    from goldleaf_tools.audit.result import AvailabilityProposal, Proposal, TaskAudit

# Of a claim in a sentence.
EACH_IS_WRONG = "Each of these labels is wrong."


@dataclass(frozen=True, slots=True)
class Doubted:
    """A label that is probably wrong."""

    item: int
    label: str
    should_be: str | None  # None: several others are more probable, or none was estimated
    chance: float  # that it is wrong
    is_known: bool  # the auditor knows the answer


@dataclass(frozen=True, slots=True)
class Finding:
    """A challenge that is thought of, of labels of one submission."""

    submission: int
    annotator: str
    window_end: int
    token: str
    labels: tuple[Doubted, ...]
    proposal: "Proposal"
    is_worth_it: bool
    is_chosen: bool
    why_not: str  # why it is not chosen; empty: no budget was named, or it is chosen

    @property
    def items(self) -> str:
        """The items as a form names them."""
        return ",".join(str(item) for item in self.proposal.items)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Findings, the best first, and what of them fits a budget. Amounts are base units of the deployment's token."""

    worth_it: tuple[Finding, ...]
    left: tuple[Finding, ...]  # what does not pay, the most probably wrong first
    withheld: tuple["AvailabilityProposal", ...]  # labels that nobody can read
    chosen: tuple[Finding, ...]
    bonds: int  # of what is chosen
    value: int  # that it is worth on average
    tasks: tuple["TaskAudit", ...]


def read(kept: str) -> "list[TaskAudit]":
    """What an audit has kept. Blocks; raises `ResultError` if an earlier version has."""
    from goldleaf_tools.audit.result import TaskAudit

    return [TaskAudit.from_json(content) for content in json.loads(kept)]


def rank(
    audits: "Sequence[TaskAudit]",
    budget: int | None,
    chance: float,
    *,
    token: str,
    locked: int,
    done: Collection[tuple[int, tuple[int, ...]]] = (),
    withheld: Collection[int] = (),
) -> Ranking:
    """Ranks what audits propose, and chooses of it within a budget, base units. Blocks.

    `chance` is the least chance that each label of a challenge is wrong, `locked` what counts against the budget
    already. What the account has planned or filed since, by submission and items, is `done`, and not chosen again;
    `withheld` are submissions of which it has challenged that labels can be read.
    """
    from goldleaf_tools.audit.filing import Limits, choose
    from goldleaf_tools.audit.result import Action

    chosen: set[Proposal] = set()
    reasons: dict[object, str] = {}
    if budget is not None:
        open_ = [
            replace(
                audit,
                proposals=tuple(one for one in audit.proposals if (one.submission, one.items) not in done),
                availability=tuple(one for one in audit.availability if one.submission not in withheld),
            )
            for audit in audits
        ]
        order = choose(open_, Limits(budget, chance=chance), token=token, locked=locked)
        chosen, reasons = set(order.challenges), dict(order.left_out)
    found: list[Finding] = []
    for audit in audits:
        ends = {one.submission: one for one in audit.sets}
        doubted = {(row.submission, row.item): row for row in audit.labels.rows()}
        for proposal in audit.proposals:
            labels = [doubted[proposal.submission, item] for item in proposal.items]
            found.append(
                Finding(
                    submission=proposal.submission,
                    annotator=ends[proposal.submission].annotator,
                    window_end=ends[proposal.submission].window_end or 0,
                    token=audit.token.address,
                    labels=tuple(
                        Doubted(
                            row.item,
                            show_label(row.label),
                            None if row.consensus is None else show_label(row.consensus),
                            row.p_wrong,
                            row.gold is not None,
                        )
                        for row in labels
                    ),
                    proposal=proposal,
                    is_worth_it=proposal.action == Action.FILE,
                    is_chosen=proposal in chosen,
                    why_not=reasons.get(proposal, ""),
                )
            )
    worth_it = sorted((one for one in found if one.is_worth_it), key=lambda one: -one.proposal.expectation.value)
    left = sorted((one for one in found if not one.is_worth_it), key=lambda one: -one.proposal.expectation.p_all_wrong)
    taken = tuple(one for one in worth_it if one.is_chosen)
    return Ranking(
        worth_it=tuple(worth_it),
        left=tuple(left),
        withheld=tuple(
            one
            for audit in audits
            for one in audit.availability
            if one.action == Action.FILE and one.submission not in withheld
        ),
        chosen=taken,
        bonds=sum(one.proposal.bond for one in taken),
        value=round(sum(one.proposal.expectation.value for one in taken)),
        tasks=tuple(audits),
    )


def find(audits: "Sequence[TaskAudit]", submission: int, items: Sequence[int]) -> "tuple[TaskAudit, Proposal] | None":
    """The proposal of just these labels, and its audit; None: there is none."""
    for audit in audits:
        for proposal in audit.proposals:
            if proposal.submission == submission and list(proposal.items) == list(items):
                return audit, proposal
    return None


# ---------------------------------------------------------------- evidence


def evidence_of(here: Services, audit: "TaskAudit", proposal: "Proposal") -> bytes:
    """What jurors shall read of a finding. Blocks; raises `StoreError`, `NodeError`."""
    from goldleaf_tools.audit.arguing import bundle

    return bundle(here.node, here.files.reader, audit, proposal)


def evidence_for(here: Services, submission: int, items: Sequence[int], claim: str, should_be: dict[int, str]) -> bytes:
    """What jurors shall read of a challenge that somebody argues for. Blocks; raises as above, `EvidenceError`."""
    claims = {item: f"It should be {label}." for item, label in should_be.items() if item in items}
    return evidence.collect(
        here.node, here.files.reader, submission, items, claim=claim or EACH_IS_WRONG, claims=claims
    ).to_bytes()


def argued(data: bytes) -> tuple[str, dict[int, str]]:
    """What a file of evidence claims: of all its labels, and what each should be. Raises `EvidenceError`."""
    bundle = evidence.Bundle.from_bytes(data)
    found = {each.item: re.fullmatch(r"It should be (.*)\.", each.claim, re.S) for each in bundle.exhibits}
    should_be = {item: matched[1] for item, matched in found.items() if matched}
    return "" if bundle.claim == EACH_IS_WRONG else bundle.claim, should_be


def confirmed(here: Services, submission: int) -> str | None:
    """Why a label set is not to be accused of being withheld: it is read once more. None: nothing speaks for it."""
    from goldleaf_tools.audit.collect import Place, confirm

    published = here.index.publication(submission)
    if published is None:
        return "It is not published."
    task, slot = split_submission(submission)
    items = here.index.task(task).parameters.items_of(slot)
    return confirm(here.files.reader, Place(published.uri, published.root, items))
