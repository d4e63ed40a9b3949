"""Rebuilds every free balance from the escrow's events alone, as an indexer would."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from goldleaf.types import Outcome
from goldleaf_tools.rules.escrow import GRADER_TIMEOUT, Parameters
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
    advanced: int = 0  # prizes of labels proven wrong
    own_prizes: int = 0  # what the annotator got by challenges against themselves, besides bonds
    own_proven: int = 0  # labels that the annotator proved wrong

    @property
    def lost(self) -> int:
        """Once rejected."""
        return self.locked - self.own_prizes


class Replay:
    """Knows nothing but the events it was shown, and who the sink is."""

    def __init__(self, sink: Any) -> None:
        self.sink = sink
        self.accounts: defaultdict[tuple[Any, Any], Account] = defaultdict(Account)  # (token, account)
        self.tasks: dict[int, tuple[Any, Any, Parameters]] = {}  # requester, token, parameters
        self.stakes: dict[int, Stake] = {}  # by submission, the last holder's
        self.bonds: dict[int, tuple[Any, int]] = {}  # by challenge: challenger, bond
        self.defenders: dict[int, Any] = {}  # by challenge
        self.pending: defaultdict[int, int] = defaultdict(int)  # by submission: challenges not settled
        self.window_ends: dict[int, int] = {}  # by submission; 0: waived
        self.pots: dict[int, int] = {}  # by task: what it still holds

    def apply(self, event: Event, now: int) -> None:
        fields = dict(event.fields)
        if event.name in ("Deposited", "Transferred", "Withdrawn"):
            self._ledger(event.name, **fields)
        elif event.name in ("Opened", "Closed", "Cancelled"):
            self._task(event.name, **fields)
        elif "submission" in fields:
            self._submission(event.name, now, **fields)
        elif "challenge" in fields:
            self._challenge(event.name, **fields)

    def rejected_submissions_lose_enough(self, submissions: list[int]) -> bool:
        """E8: a rejected annotator loses at least 5/8 of the stake, whatever they file against themselves."""
        stakes = [self.stakes[submission] for submission in submissions]
        return all(8 * stake.lost >= 5 * stake.locked for stake in stakes)

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
            self.pots[task] = p.reward * p.items * p.redundancy
            self._spend(task, fields["requester"], self.pots[task])
        elif name == "Closed":
            self._give(task, self.tasks[task][0], fields["to_requester"])
            self.pots[task] -= fields["to_requester"]
            assert self.pots[task] == 0, "the pot was not emptied"

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
            assert self.pending[submission] == 0, "E5: paid while a challenge was pending"
            assert now >= self.window_ends[submission], "E5: paid while the window was open"
            stake = self.stakes[submission]
            assert fields["stake"] == stake.locked, "E9: the stake did not come back whole"
            pay = self._pay_of(submission)
            assert fields["pay"] + fields["to_requester"] + stake.advanced == pay, "the pay was not shared out"
            # What a label that its author proved wrong earns them, of its pay.
            assert 4 * stake.own_prizes <= p.reward * stake.own_proven, "E8: proving oneself wrong pays"
            self.pots[task] -= pay
            self._give(task, annotator, fields["pay"] + fields["stake"])
            self._give(task, requester, fields["to_requester"])
        elif name == "Rejected":
            # The rest of the stake is in what the sink gets; the requester's part is of the pot.
            assert fields["to_requester"] <= self._pay_of(submission), "E7: the requester has of the stake"
            self.pots[task] -= self._pay_of(submission)
            self._give(task, self.sink, fields["to_sink"])
            self._give(task, requester, fields["to_requester"])
        elif name in ("Released", "Expired", "Forfeited"):
            locked, to_sink = self.stakes[submission].locked, fields["to_sink"]
            self._give(task, self.sink, to_sink)
            self._give(task, annotator, locked - to_sink)
            if name == "Forfeited":
                grader_failed = p.grader is not None and now >= p.deadline + p.publish_period + GRADER_TIMEOUT
                assert to_sink == (0 if grader_failed else locked), "E9: a forfeited stake was divided"
        assert self.pots[task] >= 0, "E6: the pot gave more than it held"

    def _challenge(self, name: str, challenge: int, **fields: Any) -> None:
        task, submission = challenge >> 128, challenge >> 64
        if name in ("Challenged", "AvailabilityChallenged"):
            challenger = fields["challenger"]
            self.bonds[challenge] = challenger, fields["bond"]
            self.pending[submission] += 1
            self._spend(task, challenger, fields["bond"])
        elif name == "Defended":
            self.defenders[challenge] = fields["defender"]
            self._spend(task, fields["defender"], fields["fee"])
        elif name == "Settled":
            self.pending[submission] -= 1
            self._settled(task, submission, challenge, **fields)

    def _settled(self, task: int, submission: int, challenge: int, outcome: Outcome, **fields: Any) -> None:
        challenger, bond = self.bonds[challenge]
        stake = self.stakes[submission]
        self._give(task, challenger, fields["to_challenger"])
        self._give(task, stake.annotator, fields["to_annotator"])
        self._give(task, self.defenders.get(challenge), fields["to_defender"])
        self._give(task, self.sink, fields["to_sink"])
        if outcome in PROVEN:
            stake.advanced += fields["to_challenger"] - bond
            if challenger == stake.annotator:
                stake.own_prizes += fields["to_challenger"] - bond
                stake.own_proven += fields["proven"]
        else:
            # E1: the bond is shared out whole, and nothing else is.
            assert sum(fields[to] for to in ("to_challenger", "to_annotator", "to_defender", "to_sink")) == bond

    def _pay_of(self, submission: int) -> int:
        """What the pot holds for the submission's labels."""
        p = self.tasks[submission >> 64][2]
        return p.reward * len(p.batch_of(submission & 2**64 - 1))

    def _give(self, task: int, account: Any, amount: int) -> None:
        self.accounts[self.tasks[task][1], account].given += amount

    def _spend(self, task: int, account: Any, amount: int) -> None:
        self.accounts[self.tasks[task][1], account].spent += amount
