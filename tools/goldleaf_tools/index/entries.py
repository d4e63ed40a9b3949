"""What moves an account's money in the ledgers: the kinds of entries, and what each does to its balances."""

from dataclasses import dataclass
from enum import Enum, StrEnum

from goldleaf.ids import name_challenge, name_gold_dispute, name_submission


class Effect(Enum):
    """What an entry does to what an account has in a ledger, free and at stake."""

    MOVES_IN = "moves in"  # from outside the ledger, or from another account
    MOVES_OUT = "moves out"
    LOCKS = "locks"  # what was free
    UNLOCKS = "unlocks"
    EARNS = "earns"
    SPENDS = "spends"  # out of what was free
    LOSES = "loses"  # out of what was at stake

    @property
    def free(self) -> int:
        """1, 0 or -1: what the amount counts for in the free balance."""
        return _FREE.get(self, 0)

    @property
    def at_stake(self) -> int:
        """1, 0 or -1: what the amount counts for in what is at stake."""
        return _AT_STAKE.get(self, 0)


_FREE = {
    Effect.MOVES_IN: 1,
    Effect.MOVES_OUT: -1,
    Effect.LOCKS: -1,
    Effect.UNLOCKS: 1,
    Effect.EARNS: 1,
    Effect.SPENDS: -1,
}
_AT_STAKE = {Effect.LOCKS: 1, Effect.UNLOCKS: -1, Effect.LOSES: -1}


class EntryKind(StrEnum):
    """Why an account's money has moved, in words for people."""

    DEPOSIT = "deposit"
    RECEIVED = "received from another account"
    SENT = "sent to another account"
    WITHDRAWAL = "withdrawal"
    # Requesters.
    POT = "pot of a task"
    POT_BACK = "back from the pot"
    LABELS = "labels bought"
    REJECTED_LABELS = "pay of rejected labels, lost"
    TEST_DEPOSIT = "deposit of a test"
    TEST_DEPOSIT_BACK = "deposit of a test, back"
    TEST_DEPOSIT_LOST = "deposit of a test, lost"
    REQUESTER_SHARE = "requester's share of revenue"
    # Annotators.
    STAKE = "stake"
    STAKE_BACK = "stake, back"
    STAKE_LOST = "stake, lost"
    PAY = "pay"
    PRIZES_ADVANCED = "prizes advanced by the stake"
    PRIZES_BACK = "prizes back to the stake"
    FAILED_CHALLENGE = "part of the bond of a challenge that failed"
    # Challengers, and whoever disputes known answers.
    BOND = "bond"
    BOND_BACK = "bond, back"
    BOND_LOST = "bond, lost"
    PRIZE = "prize"
    REJECTION_BONUS = "bonus for a rejection"
    # Whoever pays for a dispute.
    DISPUTE_FEE = "fee of a dispute"
    DISPUTE_FEE_BACK = "fee of a dispute, back"
    DEFENCE_PREMIUM = "premium of a defence"
    APPEAL_FEE = "fee of an appeal"
    APPEAL_FEE_BACK = "fee of an appeal, back"
    APPEAL_FEE_LOST = "fee of an appeal, lost"
    # Jurors.
    SEATS = "jurors' seats"
    SEATS_BACK = "jurors' seats, back"
    JUROR_FEES = "juror fees"
    PENALTIES = "juror penalties"
    # Whoever holds shares of data sets, or pays for their use.
    ROYALTIES = "royalties"
    REVENUE_PAID = "revenue paid for a data set"
    LICENSE = "licence"
    # The sink.
    LOST_BY_OTHERS = "lost by others"

    @property
    def effect(self) -> Effect:
        """What it does to balances."""
        return _EFFECTS[self]


_EFFECTS = {
    EntryKind.DEPOSIT: Effect.MOVES_IN,
    EntryKind.RECEIVED: Effect.MOVES_IN,
    EntryKind.SENT: Effect.MOVES_OUT,
    EntryKind.WITHDRAWAL: Effect.MOVES_OUT,
    EntryKind.POT: Effect.LOCKS,
    EntryKind.POT_BACK: Effect.UNLOCKS,
    EntryKind.LABELS: Effect.LOSES,
    EntryKind.REJECTED_LABELS: Effect.LOSES,
    EntryKind.TEST_DEPOSIT: Effect.LOCKS,
    EntryKind.TEST_DEPOSIT_BACK: Effect.UNLOCKS,
    EntryKind.TEST_DEPOSIT_LOST: Effect.LOSES,
    EntryKind.REQUESTER_SHARE: Effect.EARNS,
    EntryKind.STAKE: Effect.LOCKS,
    EntryKind.STAKE_BACK: Effect.UNLOCKS,
    EntryKind.STAKE_LOST: Effect.LOSES,
    EntryKind.PAY: Effect.EARNS,
    EntryKind.PRIZES_ADVANCED: Effect.LOSES,
    EntryKind.PRIZES_BACK: Effect.EARNS,
    EntryKind.FAILED_CHALLENGE: Effect.EARNS,
    EntryKind.BOND: Effect.LOCKS,
    EntryKind.BOND_BACK: Effect.UNLOCKS,
    EntryKind.BOND_LOST: Effect.LOSES,
    EntryKind.PRIZE: Effect.EARNS,
    EntryKind.REJECTION_BONUS: Effect.EARNS,
    EntryKind.DISPUTE_FEE: Effect.SPENDS,
    EntryKind.DISPUTE_FEE_BACK: Effect.EARNS,
    EntryKind.DEFENCE_PREMIUM: Effect.EARNS,
    EntryKind.APPEAL_FEE: Effect.LOCKS,
    EntryKind.APPEAL_FEE_BACK: Effect.UNLOCKS,
    EntryKind.APPEAL_FEE_LOST: Effect.LOSES,
    EntryKind.SEATS: Effect.LOCKS,
    EntryKind.SEATS_BACK: Effect.UNLOCKS,
    EntryKind.JUROR_FEES: Effect.EARNS,
    EntryKind.PENALTIES: Effect.LOSES,
    EntryKind.ROYALTIES: Effect.EARNS,
    EntryKind.REVENUE_PAID: Effect.SPENDS,
    EntryKind.LICENSE: Effect.SPENDS,
    EntryKind.LOST_BY_OTHERS: Effect.EARNS,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of an account's money in a ledger, by one event; several of one kind in an event are one entry.

    Ids are None where it is not about such a thing. The token is that of the amount, base units.
    """

    time: int
    block: int
    transaction: str
    event: str  # the name of its kind, such as Claimed
    ledger: str  # the contract
    token: str
    kind: EntryKind
    amount: int  # above zero
    task: int | None = None
    submission: int | None = None
    challenge: int | None = None
    batch: int | None = None  # of a graded task
    gold_dispute: int | None = None
    dispute: int | None = None  # of the court
    round: int | None = None  # of that
    license: int | None = None

    @property
    def about(self) -> str:
        """What it is about, for people; empty, if nothing is named."""
        if self.challenge is not None:
            return f"challenge {name_challenge(self.challenge)}"
        if self.submission is not None:
            return f"submission {name_submission(self.submission)}"
        if self.gold_dispute is not None:
            return f"gold dispute {name_gold_dispute(self.gold_dispute)}"
        if self.dispute is not None:
            return f"dispute {self.dispute}" + ("" if self.round is None else f", round {self.round}")
        if self.batch is not None:
            return f"batch {self.task}/{self.batch}"
        return "" if self.task is None else f"task {self.task}"

    @property
    def free(self) -> int:
        """What it changes of the free balance."""
        return self.kind.effect.free * self.amount

    @property
    def at_stake(self) -> int:
        """What it changes of what is locked: stakes, bonds, pots, deposits, seats, fees of appeals."""
        return self.kind.effect.at_stake * self.amount

    @property
    def gain(self) -> int:
        """What it has earned; below zero, what it has cost. To move money, and to lock it, is neither."""
        moves = (Effect.MOVES_IN, Effect.MOVES_OUT)
        return 0 if self.kind.effect in moves else self.free + self.at_stake
