"""Rebuilds every free balance from the escrow's events alone, as an indexer would."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from goldleaf.types import Outcome
from goldleaf_tools.rules.escrow import Parameters
from goldleaf_tools.rules.ledger import Event

PROVEN = (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG)


@dataclass
class Account:
    """What one account did with one token."""

    put_in: int = 0  # deposits, and transfers from others
    given: int = 0  # by the rules
    spent: int = 0  # by the rules: pots, stakes, bonds, fees
    taken_out: int = 0  # withdrawals, and transfers to others

    @property
    def free(self) -> int:
        return self.put_in + self.given - self.spent - self.taken_out


@dataclass
class Stake:
    """What became of one submission's stake."""

    annotator: Any
    locked: int
    returned: int = 0  # to the annotator, as prize or rebate of errors

    @property
    def lost(self) -> int:
        """Once rejected."""
        return self.locked - self.returned


class Replay:
    """Knows nothing but the events it was shown."""

    def __init__(self) -> None:
        self.accounts: defaultdict[tuple[Any, Any], Account] = defaultdict(Account)  # (token, account)
        self.tasks: dict[int, tuple[Any, Any, Parameters]] = {}  # requester, token, parameters
        self.stakes: dict[int, Stake] = {}  # by submission, the last holder's
        self.bonds: dict[int, tuple[Any, int]] = {}  # by fight: party, bond
        self.defenders: dict[int, Any] = {}  # by fight
        self.pending: defaultdict[int, int] = defaultdict(int)  # by submission: fights not settled
        self.window_ends: dict[int, int] = {}  # by submission; 0: waived

    def apply(self, event: Event, now: int) -> None:
        fields = dict(event.fields)
        if event.name in ("Deposited", "Transferred", "Withdrawn"):
            self._ledger(event.name, **fields)
        elif event.name in ("Opened", "Closed", "Cancelled"):
            self._task(event.name, **fields)
        elif "submission" in fields:
            self._submission(event.name, now, **fields)
        elif "fight" in fields:
            self._fight(event.name, **fields)

    def rejected_submissions_lose_enough(self, submissions: list[int]) -> bool:
        """A rejected annotator loses at least 5/8 of the stake, unless they are the requester."""
        return all(
            8 * stake.lost >= 5 * stake.locked
            for submission in submissions
            if (stake := self.stakes[submission]).annotator != self.tasks[submission >> 64][0]
        )

    def _ledger(self, name: str, token: Any, account: Any, amount: int, to: Any = None, **_: Any) -> None:
        if name == "Deposited":
            self.accounts[token, account].put_in += amount
            return
        self.accounts[token, account].taken_out += amount
        if name == "Transferred":
            self.accounts[token, to].put_in += amount

    def _task(self, name: str, task: int, **fields: Any) -> None:
        if name == "Opened":
            p = fields["parameters"]
            self.tasks[task] = fields["requester"], fields["token"], p
            self._spend(task, fields["requester"], p.reward * p.items * p.redundancy)
        elif name == "Closed":
            self._give(task, self.tasks[task][0], fields["to_requester"])

    def _submission(self, name: str, now: int, submission: int, annotator: Any = None, **fields: Any) -> None:
        task = submission >> 64
        requester, _, p = self.tasks[task]
        if name == "Taken":
            locked = p.stake * len(p.batch_of(submission & 2**64 - 1))
            self.stakes[submission] = Stake(annotator, locked)
            self._spend(task, annotator, locked)
        elif name == "Published":
            self.window_ends[submission] = fields["window_end"]
        elif name == "Accepted":
            self.window_ends[submission] = 0
        elif name == "Claimed":
            assert self.pending[submission] == 0, "paid while a fight was pending"
            assert now >= self.window_ends[submission], "paid while the window was open"
            self._give(task, annotator, fields["pay"] + fields["stake"])
        elif name in ("Released", "Expired", "Forfeited", "Rejected"):
            self._give(task, requester, fields["to_requester"])
            if name in ("Released", "Expired"):
                self._give(task, annotator, self.stakes[submission].locked - fields["to_requester"])

    def _fight(self, name: str, fight: int, **fields: Any) -> None:
        task, submission = fight >> 128, fight >> 64
        if name in ("Challenged", "Demanded"):
            party = fields["challenger" if name == "Challenged" else "demander"]
            self.bonds[fight] = party, fields["bond"]
            self.pending[submission] += 1
            self._spend(task, party, fields["bond"])
        elif name == "Defended":
            self.defenders[fight] = fields["defender"]
            self._spend(task, fields["defender"], fields["fee"])
        elif name == "Answered":
            self._give(task, fields["answerer"], self.bonds[fight][1])
        elif name == "Settled":
            self.pending[submission] -= 1
            self._settled(task, submission, fight, **fields)

    def _settled(self, task: int, submission: int, fight: int, outcome: Outcome, **fields: Any) -> None:
        party, bond = self.bonds[fight]
        stake = self.stakes[submission]
        self._give(task, party, fields["to_party"])
        self._give(task, self.tasks[task][0], fields["to_requester"])
        self._give(task, stake.annotator, fields["to_annotator"])
        self._give(task, self.defenders.get(fight), fields["to_defender"])
        if outcome in PROVEN:
            stake.returned += fields["to_annotator"]
            if party == stake.annotator:
                stake.returned += fields["to_party"] - bond

    def _give(self, task: int, account: Any, amount: int) -> None:
        self.accounts[self.tasks[task][1], account].given += amount

    def _spend(self, task: int, account: Any, amount: int) -> None:
        self.accounts[self.tasks[task][1], account].spent += amount
