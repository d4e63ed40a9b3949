"""Files what is worth it: within a budget, and so that it may be stopped at any point and started again.

What is to be challenged is remembered before it is committed, with its evidence; the autopilot then commits and files
it, and follows it to the end. So there is nothing here that a crash could leave half done: whoever starts again
goes on from what the memory and the chain tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from goldleaf import Goldleaf, errors
from goldleaf.economics import only_base_units
from goldleaf.ids import name_submission, split_submission
from goldleaf.types import ChallengeKind, ChallengeState, SubmissionState

from ..attempts import attempts
from ..autopilot import Autopilot, Duty, Policy, Snapshot, Step
from ..autopilot.chain_reader import ChainReader
from ..autopilot.snapshot import Intent
from ..keys import Keyring
from ..memory import EvidenceStore, Memory, PlannedChallenge
from . import withheld
from .grid import STEPS
from .result import Action, AvailabilityProposal, Proposal, TaskAudit

# What is left to an autopilot that only files: nothing but what has a deadline and costs nothing.
FILES = Policy()


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be filed. Amounts are base units of one token. Raises `BaseUnitsNeeded` for another budget."""

    # The most that may be locked or lost: bonds of challenges, and fees of appeals, with those of earlier
    # ones that are not over or only remembered yet. Gas is apart.
    budget: int
    # The least that a challenge of either kind has to be worth on average, gas taken off.
    value: int = 0
    # The least chance that each of a challenge's labels is wrong.
    chance: float = 0.0

    def __post_init__(self) -> None:
        only_base_units("budget", self.budget)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be filed, the best first, and what is not, with the reason."""

    challenges: tuple[Proposal, ...]
    availability: tuple[AvailabilityProposal, ...]
    left_out: tuple[tuple[Proposal | AvailabilityProposal, str], ...]
    # Base units: what of the budget was taken before, and what this takes in bonds.
    locked_before: int
    bonds: int
    # What all of it is expected to take in gas besides, base units.
    gas: float

    @property
    def is_empty(self) -> bool:
        return not self.challenges and not self.availability

    def without(self, refused: Sequence[tuple[Proposal | AvailabilityProposal, str]]) -> "Order":
        """The same but for these, with the reasons."""
        gone = [each for each, _ in refused]
        challenges = tuple(each for each in self.challenges if each not in gone)
        availability = tuple(each for each in self.availability if each not in gone)
        kept: list[Proposal | AvailabilityProposal] = [*challenges, *availability]
        return Order(
            challenges,
            availability,
            (*self.left_out, *refused),
            self.locked_before,
            bonds=sum(each.bond for each in kept),
            gas=sum(_gas(each) for each in kept),
        )


def choose(audits: Sequence[TaskAudit], limits: Limits, *, token: str, locked: int = 0) -> Order:
    """What is worth filing of what the audits propose, in the order of its value for each unit that it locks.

    `locked` is what the auditor has locked, or is about to lock, in `token`; it counts against the budget.
    """
    wanted: list[tuple[Fraction, Proposal | AvailabilityProposal]] = []
    left_out: list[tuple[Proposal | AvailabilityProposal, str]] = []
    for audit in audits:
        proposals: list[Proposal | AvailabilityProposal] = [*audit.availability, *audit.proposals]
        for proposal in proposals:
            why = _objection(proposal, limits)
            if audit.token.address != token:
                why = f"its bond is in another token, {audit.token.symbol}"
            if why is not None:
                left_out.append((proposal, why))
                continue
            wanted.append((Fraction(_worth(proposal)) / max(proposal.bond, 1), proposal))
    wanted.sort(key=lambda each: -each[0])
    chosen: list[Proposal | AvailabilityProposal] = []
    left = limits.budget - locked
    for _, proposal in wanted:
        if proposal.bond > left:
            left_out.append((proposal, "the budget is used up"))
            continue
        left -= proposal.bond
        chosen.append(proposal)
    return Order(
        challenges=tuple(each for each in chosen if isinstance(each, Proposal)),
        availability=tuple(each for each in chosen if isinstance(each, AvailabilityProposal)),
        left_out=tuple(left_out),
        locked_before=locked,
        bonds=sum(each.bond for each in chosen),
        gas=sum(_gas(each) for each in chosen),
    )


def locked(snapshot: Snapshot, token: str) -> int:
    """What an account has locked in bonds of challenges that are not settled, and in appeals, base units of `token`.

    The court's token is taken for the same: it is what the court's own tasks are paid in.
    """
    bonds = sum(
        challenge.bond
        for work in snapshot.works
        for challenge in work.challenges
        if work.task.token == token
        and challenge.challenger == snapshot.account
        and challenge.state != ChallengeState.SETTLED
    )
    return bonds + sum(trial.appealed for trial in snapshot.trials)


def can_be_filed(intent: Intent, time: int) -> bool:
    """Whether the window of what is to be challenged is open."""
    return intent.submission.state == SubmissionState.PUBLISHED and time < intent.submission.window_end


class Filing:
    """Files an order for one account, and follows all its challenges.

    `client` signs, `keyring` derives the salts, `memory` keeps what is under way, `store` the evidence.
    `policy` is what the autopilot may do besides, such as appeal.
    """

    def __init__(
        self,
        client: Goldleaf,
        keyring: Keyring,
        memory: Memory,
        store: EvidenceStore,
        *,
        policy: Policy = FILES,
    ) -> None:
        self._client = client
        self._token = client.deployment.address("Token")
        self._memory = memory
        self._store = store
        self.pilot = Autopilot(client, keyring, memory, policy=policy, evidence=store)
        self._chain = ChainReader(client, keyring, memory)

    def locked(self) -> int:
        """What of a budget is taken: bonds and appeals that are not over, and the bonds of what is remembered.

        Base units of the deployment's token.
        """
        snapshot = self._chain.look()
        return locked(snapshot, self._token) + self._ahead(snapshot)

    def lacking(self, order: Order) -> int:
        """What the free balance lacks for the bonds of an order, and of what was remembered before."""
        return max(0, order.bonds + self._ahead(self._chain.look()) - self._client.ledger.free())

    def pending(self) -> list[PlannedChallenge]:
        """The challenges that are remembered, and can be filed yet."""
        snapshot = self._chain.look()
        return [intent.planned for intent in snapshot.intents if can_be_filed(intent, snapshot.time)]

    def begin(self, order: Order, evidence: Callable[[Proposal], bytes]) -> list[str]:
        """Files the availability challenges, and has the others remembered to be filed later; returns what failed.

        Nothing of those is on chain or in the store afterwards. `evidence` is what jurors shall read of one: it
        is put into the store when the challenge is filed.
        """
        failed: list[str] = []
        self._cap()
        # Asked before anything is sent: a node that fails here has nothing to hide.
        made = attempts(self._client)
        for unread in order.availability:
            try:
                self._client.challenges.file_availability(unread.submission, unread.items)
            except errors.ContractError as error:  # shown, rejected or too late by now: the rest goes on
                failed.append(f"availability of submission {name_submission(unread.submission)}: {error}")
        for proposal in order.challenges:
            data = evidence(proposal)
            digest = self._memory.hide(data)
            self._memory.remember(
                PlannedChallenge(
                    proposal.submission,
                    proposal.items,
                    attempt=made[proposal.submission, proposal.items],
                    evidence=digest,
                    uri=self._store.uri(data),
                    chance=proposal.expectation.p_all_wrong,
                    bond=proposal.bond,
                )
            )
        return failed

    def push(self) -> list[Duty]:
        """Commits and files what can be now; returns what is left to be, what ends first first."""
        report = self.pilot.step()
        return [
            duty
            for duty in report.left
            if duty.step in (Step.COMMIT_CHALLENGE, Step.FILE) and not duty.is_missed(report.time)
        ]

    def _ahead(self, snapshot: Snapshot) -> int:
        """The bonds of what is remembered and can be filed yet."""
        return sum(self._bond(intent.planned) for intent in snapshot.intents if can_be_filed(intent, snapshot.time))

    def _bond(self, planned: PlannedChallenge) -> int:
        """What a challenge locks in the deployment's token: what was said, or the least that it may now."""
        if self._client.tasks.get(split_submission(planned.submission)[0]).token != self._token:
            return 0
        return (
            self._client.challenges.least_bond(planned.submission, len(planned.items))
            if planned.bond is None
            else planned.bond
        )

    def _cap(self) -> None:
        """Has what was planned elsewhere, without a bond, lock no more than was counted."""
        for planned in self.pending():
            if planned.bond is None and (bond := self._bond(planned)):
                self._memory.remember(replace(planned, bond=bond))


def _objection(proposal: Proposal | AvailabilityProposal, limits: Limits) -> str | None:
    if proposal.action != Action.FILE:
        return proposal.why
    if _worth(proposal) < limits.value:
        return "its expected value is below the threshold"
    if isinstance(proposal, Proposal) and _steps(proposal.expectation.p_all_wrong) < _steps(limits.chance):
        return "it is not probable enough that each of its labels is wrong"
    return None


def _steps(chance: float) -> int:
    """On the grid of the estimate: 99.9 % asked for is what it calls 99.9 %."""
    return round(chance * STEPS)


def _worth(proposal: Proposal | AvailabilityProposal) -> float:
    """What filing it is worth on average, gas taken off."""
    if isinstance(proposal, Proposal):
        return proposal.expectation.value
    return withheld.worth(proposal.prize, proposal.bond) - proposal.gas


def _gas(proposal: Proposal | AvailabilityProposal) -> float:
    return proposal.expectation.gas if isinstance(proposal, Proposal) else proposal.gas


def won(audit: TaskAudit) -> tuple[int, int]:
    """Challenges of the auditor's that are settled, and those of them that proved labels wrong."""
    done = [
        challenge
        for challenge in audit.challenges
        if challenge.own and challenge.kind == ChallengeKind.CORRECTNESS and challenge.state == ChallengeState.SETTLED
    ]
    return len(done), sum(bool(challenge.proven) for challenge in done)
