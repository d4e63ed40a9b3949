"""Files what is worth it: within a budget, sealed first, and so that it may be stopped at any point and started again.

What is to be challenged is remembered before it is sealed, with its evidence; the autopilot then seals and
files it, and follows it to the end. So there is nothing here that a crash could leave half done: whoever starts again
goes on from what the memory and the chain tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from goldleaf import Goldleaf, errors
from goldleaf.economics import only_base_units
from goldleaf.ids import name_submission, split_submission
from goldleaf.types import FightState, SubmissionState

from ..attempts import attempts
from ..autopilot import Autopilot, Duty, Policy, Snapshot, Step
from ..autopilot.chain_reader import ChainReader
from ..autopilot.plan import Intent
from ..keys import Keyring
from ..memory import EvidenceStore, Memory, Seal
from . import withheld
from .grid import STEPS
from .result import Action, DemandProposal, FightKind, Proposal, TaskAudit

# What is left to an autopilot that only files: nothing but what has a deadline and costs nothing.
FILES = Policy()


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be filed. Amounts are base units of one token. Raises `BaseUnitsNeeded` for another budget."""

    # The most that may be locked or lost: bonds of challenges and demands, and fees of appeals, with those of earlier
    # ones that are not over or only remembered yet. Gas is apart.
    budget: int
    # The least that a challenge or demand has to be worth on average, gas taken off.
    value: int = 0
    # The least chance that each of a challenge's labels is wrong.
    chance: float = 0.0

    def __post_init__(self) -> None:
        only_base_units("budget", self.budget)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be filed, the best first, and what is not, with the reason."""

    challenges: tuple[Proposal, ...]
    demands: tuple[DemandProposal, ...]
    left_out: tuple[tuple[Proposal | DemandProposal, str], ...]
    # Base units: what of the budget was taken before, and what this takes in bonds.
    locked_before: int
    bonds: int
    # What all of it is expected to take in gas besides, base units.
    gas: float

    @property
    def is_empty(self) -> bool:
        return not self.challenges and not self.demands

    def without(self, refused: Sequence[tuple[Proposal | DemandProposal, str]]) -> "Order":
        """The same but for these, with the reasons."""
        gone = [each for each, _ in refused]
        challenges = tuple(each for each in self.challenges if each not in gone)
        demands = tuple(each for each in self.demands if each not in gone)
        kept: list[Proposal | DemandProposal] = [*challenges, *demands]
        return Order(
            challenges,
            demands,
            (*self.left_out, *refused),
            self.locked_before,
            bonds=sum(each.bond for each in kept),
            gas=sum(_gas(each) for each in kept),
        )


def choose(audits: Sequence[TaskAudit], limits: Limits, *, token: str, locked: int = 0) -> Order:
    """What is worth filing of what the audits propose, in the order of its value for each unit that it locks.

    `locked` is what the auditor has locked, or is about to lock, in `token`; it counts against the budget.
    """
    wanted: list[tuple[Fraction, Proposal | DemandProposal]] = []
    left_out: list[tuple[Proposal | DemandProposal, str]] = []
    for audit in audits:
        proposals: list[Proposal | DemandProposal] = [*audit.demands, *audit.proposals]
        for proposal in proposals:
            why = _objection(proposal, limits)
            if audit.token.address != token:
                why = f"its bond is in another token, {audit.token.symbol}"
            if why is not None:
                left_out.append((proposal, why))
                continue
            wanted.append((Fraction(_worth(proposal)) / max(proposal.bond, 1), proposal))
    wanted.sort(key=lambda each: -each[0])
    chosen: list[Proposal | DemandProposal] = []
    left = limits.budget - locked
    for _, proposal in wanted:
        if proposal.bond > left:
            left_out.append((proposal, "the budget is used up"))
            continue
        left -= proposal.bond
        chosen.append(proposal)
    return Order(
        challenges=tuple(each for each in chosen if isinstance(each, Proposal)),
        demands=tuple(each for each in chosen if isinstance(each, DemandProposal)),
        left_out=tuple(left_out),
        locked_before=locked,
        bonds=sum(each.bond for each in chosen),
        gas=sum(_gas(each) for each in chosen),
    )


def locked(snapshot: Snapshot, token: str) -> int:
    """What an account has locked in bonds of fights that are not settled, and in appeals, base units of `token`.

    The court's token is taken for the same: it is what the court's own tasks are paid in.
    """
    bonds = sum(
        fight.bond
        for work in snapshot.works
        for fight in work.fights
        if work.task.token == token and fight.party == snapshot.account and fight.state != FightState.SETTLED
    )
    return bonds + sum(trial.appealed for trial in snapshot.trials)


def can_be_filed(intent: Intent, time: int) -> bool:
    """Whether the window of what is to be challenged is open."""
    return intent.submission.state == SubmissionState.PUBLISHED and time < intent.submission.clock


class Filing:
    """Files an order for one account, and follows all its fights.

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

    def pending(self) -> list[Seal]:
        """The challenges that are remembered, and can be filed yet."""
        snapshot = self._chain.look()
        return [intent.seal for intent in snapshot.intents if can_be_filed(intent, snapshot.time)]

    def begin(self, order: Order, evidence: Callable[[Proposal], bytes]) -> list[str]:
        """Files the demands, and has the challenges remembered to be sealed and filed; returns what failed.

        Nothing of a challenge is on chain or in the store afterwards. `evidence` is what jurors shall read of one: it
        is put into the store when the challenge is filed.
        """
        failed: list[str] = []
        self._cap()
        # Asked before anything is sent: a node that fails here has nothing to hide.
        made = attempts(self._client)
        for demand in order.demands:
            try:
                self._client.challenges.demand(demand.submission, demand.item)
            except errors.ContractError as error:  # answered, rejected or too late by now: the rest goes on
                failed.append(
                    f"demand of item {demand.item} of submission {name_submission(demand.submission)}: {error}"
                )
        for proposal in order.challenges:
            data = evidence(proposal)
            digest = self._memory.hide(data)
            self._memory.remember(
                Seal(
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
        """Seals and files what can be now; returns what is left to be sealed or filed, what ends first first."""
        report = self.pilot.step()
        return [duty for duty in report.left if duty.step in (Step.SEAL, Step.FILE) and not duty.is_missed(report.time)]

    def _ahead(self, snapshot: Snapshot) -> int:
        """The bonds of what is remembered and can be filed yet."""
        return sum(self._bond(intent.seal) for intent in snapshot.intents if can_be_filed(intent, snapshot.time))

    def _bond(self, seal: Seal) -> int:
        """What a seal locks in the deployment's token: what was said, or the least that it may now."""
        if self._client.tasks.get(split_submission(seal.submission)[0]).token != self._token:
            return 0
        return self._client.challenges.least_bond(seal.submission, len(seal.items)) if seal.bond is None else seal.bond

    def _cap(self) -> None:
        """Has what was sealed elsewhere, without a bond, lock no more than was counted."""
        for seal in self.pending():
            if seal.bond is None and (bond := self._bond(seal)):
                self._memory.remember(replace(seal, bond=bond))


def _objection(proposal: Proposal | DemandProposal, limits: Limits) -> str | None:
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


def _worth(proposal: Proposal | DemandProposal) -> float:
    """What filing it is worth on average, gas taken off."""
    if isinstance(proposal, Proposal):
        return proposal.expectation.value
    return withheld.worth(proposal.prize, proposal.bond) - proposal.gas


def _gas(proposal: Proposal | DemandProposal) -> float:
    return proposal.expectation.gas if isinstance(proposal, Proposal) else proposal.gas


def won(audit: TaskAudit) -> tuple[int, int]:
    """Challenges of the auditor's that are settled, and those of them that proved labels wrong."""
    done = [
        fight
        for fight in audit.fights
        if fight.own and fight.kind == FightKind.CHALLENGE and fight.state == FightState.SETTLED
    ]
    return len(done), sum(bool(fight.proven) for fight in done)
