"""Rebuilds every free balance from events alone, as an indexer would: the escrow's, and those of its GoldTest."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from goldleaf.types import Outcome
from goldleaf_tools.rules.escrow import GRADER_TIMEOUT, Parameters
from goldleaf_tools.rules.gold import GoldTerms
from goldleaf_tools.rules.ledger import Event

LEDGER = ("Deposited", "Transferred", "Withdrawn")
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


class LedgerReplay:
    """Knows nothing but the events it was shown, and who the sink is."""

    def __init__(self, sink: Any) -> None:
        self.sink = sink
        self.accounts: defaultdict[tuple[Any, Any], Account] = defaultdict(Account)  # (token, account)

    def _ledger(self, name: str, token: Any, account: Any, amount: int, to: Any = None, **_: Any) -> None:
        if name == "Deposited":
            self.accounts[token, account].put_in += amount
            return
        self.accounts[token, account].taken_out += amount
        if name == "Transferred":
            self.accounts[token, to].put_in += amount


class Replay(LedgerReplay):
    """Of the escrow."""

    def __init__(self, sink: Any) -> None:
        super().__init__(sink)
        self.tasks: dict[int, tuple[Any, Any, Parameters]] = {}  # requester, token, parameters
        self.publish_from: dict[int, int] = {}  # by task: the time from which nothing is committed
        self.sealed: set[int] = set()  # submissions that were committed
        self.stakes: dict[int, Stake] = {}  # by submission, the last holder's
        self.bonds: dict[int, tuple[Any, int]] = {}  # by challenge: challenger, bond
        self.defenders: dict[int, Any] = {}  # by challenge
        self.pending: defaultdict[int, int] = defaultdict(int)  # by submission: challenges not settled
        self.window_ends: dict[int, int] = {}  # by submission; 0: waived
        self.pots: dict[int, int] = {}  # by task: what it still holds

    def apply(self, event: Event, now: int) -> None:
        fields = dict(event.fields)
        if event.name in LEDGER:
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

    def _task(self, name: str, task: int, **fields: Any) -> None:
        if name == "Opened":
            p = fields["parameters"]
            self.tasks[task] = fields["requester"], fields["token"], p
            self.pots[task] = p.reward * p.items * p.redundancy
            self.publish_from[task] = p.deadline
            self._spend(task, fields["requester"], self.pots[task])
        elif name == "Closed":
            self._give(task, self.tasks[task][0], fields["to_requester"])
            self.pots[task] -= fields["to_requester"]
            assert self.pots[task] == 0, "the pot was not emptied"
        else:
            self.publish_from[task] = fields["publish_from"]

    def _submission(self, name: str, now: int, submission: int, annotator: Any = None, **fields: Any) -> None:
        task = submission >> 64
        requester, _, p = self.tasks[task]
        if name == "Taken":
            locked = p.stake * len(p.batch_of(submission & 2**64 - 1))
            self.stakes[submission] = Stake(annotator, locked)
            self._spend(task, annotator, locked)
        elif name == "Committed":
            self.sealed.add(submission)
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


@dataclass
class Tested:
    """A batch whose gold was opened."""

    opened_at: int
    gold: tuple[int, ...]
    deposit: int  # what is left of it
    pending: int = 0  # disputes
    dropped: frozenset[int] = frozenset()  # gold numbers
    is_void: bool = False


class GoldReplay(LedgerReplay):
    """Of GoldTest; it looks into the events of the escrow as well."""

    def __init__(self, sink: Any, escrow: Replay) -> None:
        super().__init__(sink)
        self.escrow = escrow
        self.terms: dict[int, GoldTerms] = {}  # by task
        self.batches: dict[tuple[int, int], Tested] = {}
        self.bonds: dict[int, tuple[Any, int]] = {}  # by gold dispute: disputer, bond
        self.winners: defaultdict[tuple[int, int], list[Any]] = defaultdict(list)  # who dropped items

    def apply(self, event: Event, now: int) -> None:
        fields = dict(event.fields)
        if event.name in LEDGER:
            self._ledger(event.name, **fields)
        elif event.name == "TestSetUp":
            self.terms[fields["task"]] = fields["test"]
        elif event.name == "GoldOpened":
            self._opened(now, **fields)
        elif event.name == "GoldDisputed":
            self._disputed(**fields)
        elif event.name == "GoldDisputeSettled":
            self._settled(**fields)
        elif event.name == "TestVoided":
            self.batches[fields["task"], fields["batch"]].is_void = True
        elif event.name == "DepositReleased":
            self._released(**fields)

    def published(self, submission: int, right: set[int] | None, is_constant: bool, now: int) -> Tested | None:
        """
        Checks a publication; returns the test that it has passed, if one was held.

        `right`: the positions of labels that are right under its root; None if nobody knows labels of it.
        """
        task = submission >> 64
        batch = (submission & 2**64 - 1) % self.escrow.tasks[task][2].batches
        tested = self.batches.get((task, batch))
        if tested is None or tested.is_void:
            return None
        test = self.terms[task]
        assert now >= tested.opened_at + test.dispute_period and not tested.pending, "E10: published before the outcome"
        assert right is not None, "E10: published what nobody can prove"
        assert not is_constant, "G2: a constant answer has passed"
        asked = [position for number, position in enumerate(tested.gold) if number not in tested.dropped]
        errors = sum(position not in right for position in asked)
        assert errors <= test.allowed_after(len(tested.dropped)), "E10: a failed test was published"
        return tested

    def _opened(self, now: int, task: int, batch: int, gold: tuple[int, ...], deposit: int, **_: Any) -> None:
        requester, _, p = self.escrow.tasks[task]
        slots = range(batch, p.slots, p.batches)
        assert now >= self.escrow.publish_from[task] or self.escrow.sealed.issuperset(
            task << 64 | slot for slot in slots
        ), "G1: gold was opened before all was sealed"
        assert (task, batch) not in self.batches, "G1: gold was opened twice"
        self.batches[task, batch] = Tested(now, gold, deposit)
        self._of(task, requester).spent += deposit

    def _disputed(self, gold_dispute: int, disputer: Any, fee: int, **_: Any) -> None:
        self.bonds[gold_dispute] = disputer, fee
        self._batch(gold_dispute).pending += 1
        self._of(gold_dispute >> 128, disputer).spent += 2 * fee

    def _settled(
        self, gold_dispute: int, outcome: Outcome, dropped: frozenset[int], to_disputer: int, to_sink: int, **_: Any
    ) -> None:
        tested, task = self._batch(gold_dispute), gold_dispute >> 128
        disputer, bond = self.bonds[gold_dispute]
        assert not dropped or outcome == Outcome.WRONG, "G3: dropped without a ruling"
        tested.pending -= 1
        tested.dropped |= dropped
        tested.deposit -= to_disputer + to_sink - bond
        assert tested.deposit >= 0, "G3: the deposit does not cover a winner"
        if dropped:
            self.winners[task, gold_dispute >> 64 & 2**64 - 1].append(disputer)
        self._of(task, disputer).given += to_disputer
        self._of(task, self.sink).given += to_sink

    def _released(self, task: int, batch: int, to_requester: int, to_each_winner: int, to_sink: int) -> None:
        tested, winners = self.batches[task, batch], self.winners[task, batch]
        assert not tested.pending, "G3: released while a dispute is pending"
        assert tested.is_void or not to_each_winner, "G3: the deposit of a test that is held was shared out"
        assert not tested.is_void or not to_requester, "G3: the requester has of a void test's deposit"
        winners = winners if tested.is_void else []
        assert tested.deposit == to_requester + to_each_winner * len(winners) + to_sink, "G3: not all was released"
        tested.deposit = 0
        self._of(task, self.escrow.tasks[task][0]).given += to_requester
        self._of(task, self.sink).given += to_sink
        for winner in winners:
            self._of(task, winner).given += to_each_winner

    def _batch(self, gold_dispute: int) -> Tested:
        return self.batches[gold_dispute >> 128, gold_dispute >> 64 & 2**64 - 1]

    def _of(self, task: int, account: Any) -> Account:
        return self.accounts[self.escrow.tasks[task][1], account]
