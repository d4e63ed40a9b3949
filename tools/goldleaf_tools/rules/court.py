"""
Court: what the protocol says, in plain integers, with time and block number given by the caller.

It is written from the protocol's rules and not from the contract, so that each checks the other. A vote's commitment is
the opening that it binds. Money of one round is reckoned in juror fees.

Every call either changes the state or raises `RefusedError` with the contract's reason and changes nothing.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from goldleaf.types import NOT_HEARD, ZERO_ADDRESS, Phase

from .jury import LAST_ROUND, PANELS, PENALTY, draw_panel, settlement, standing
from .refusal import must

MAX_CHOICES = 254
MAX_JOIN = 16  # seats that one call opens
MAX_DEPARTURES = 16  # that one call takes out
MAX_STEPS = 8  # heads of the queue that one call looks at
BLOCKHASH_REACH = 256

Event = tuple[str, dict[str, Any]]


class Randomness(Protocol):
    """Where seeds come from. `now` is unix seconds, `block` the number of the block that the call is in."""

    def next_ticket(self, now: int, block: int) -> int:
        """Names the next seed that nobody can know yet."""

    def seed(self, ticket: int, block: int) -> bytes | None:
        """None while it is not known, and when it is lost."""

    def is_lost(self, ticket: int, block: int) -> bool:
        """Whether it can no longer be learnt."""


class BlockHashes(Randomness):
    """A ticket is a block, and its seed the block's hash, which the chain forgets after 256 more."""

    def __init__(self, block_hash: Callable[[int], bytes]) -> None:
        self._block_hash = block_hash

    def next_ticket(self, now: int, block: int) -> int:
        return block + 1

    def seed(self, ticket: int, block: int) -> bytes | None:
        return self._block_hash(ticket) if ticket < block <= ticket + BLOCKHASH_REACH else None

    def is_lost(self, ticket: int, block: int) -> bool:
        return block > ticket + BLOCKHASH_REACH


class Parameters(NamedTuple):
    """`ICourt.CourtParameters`, in the order of the ABI."""

    token: str
    gate: str
    randomness: str
    juror_fee: int
    load: int
    max_seats: int
    max_seats_per_holder: int
    join_delay: int
    draw_timeout: int
    commit_period: int
    reveal_period: int
    appeal_period: int

    @property
    def penalty(self) -> int:
        return PENALTY * self.juror_fee

    @property
    def seat_price(self) -> int:
        return self.load * self.penalty

    def round_fee(self, round: int) -> int:
        return PANELS[round] * self.juror_fee

    @property
    def max_duration(self) -> int:
        return 3 * (self.draw_timeout + self.commit_period + self.reveal_period) + 2 * self.appeal_period

    @property
    def leave_delay(self) -> int:
        """How long a seat that leaves can still be drawn: until the last draw of an appeal in a dispute of today."""
        return LAST_ROUND * (self.commit_period + self.reveal_period + self.appeal_period + self.draw_timeout)


class Vote(NamedTuple):
    """What a commitment binds."""

    dispute: int
    round: int
    holder: str
    choice: int
    salt: int


@dataclass
class Seat:
    holder: str
    reserves: int
    ready_from: int
    reserved: int = 0
    leaves_at: int | None = None  # once it leaves


@dataclass
class Round:
    payer: str
    seats: list[int] = field(default_factory=list)
    votes: list[int | None] = field(default_factory=list)
    commitments: dict[str, Vote] = field(default_factory=dict)  # those not opened
    committed: int = 0  # seats


@dataclass
class Dispute:
    arbitrable: str
    choices: int
    rounds: list[Round]
    since: int  # its round waits, or was drawn
    waiting: bool = True
    closed: bool = False  # an appeal was dropped
    not_heard: bool = False
    executed: bool = False
    settled_count: int = 0

    @property
    def votes(self) -> list[list[int | None]]:
        return [round.votes for round in self.rounds]


class Court:
    def __init__(self, address: str, parameters: Parameters, randomness: Randomness) -> None:
        self.address = address
        self.parameters = parameters
        self.randomness = randomness
        self.deaf: set[str] = set()  # arbitrables that revert when they are told a ruling
        self.now = 0
        self.block = 0
        self.events: list[Event] = []
        self.free: Counter[str] = Counter()
        self.seats: dict[int, Seat] = {}
        self.opened = 0
        self.listed: list[int] = []
        self.shown: dict[str, bytes] = {}  # what holders have last shown to the gate
        self.password = b""  # what it wants to see, if there is one
        self.departures: deque[int] = deque()  # in the order of leaving
        self.queue: deque[int] = deque()
        self.armed: tuple[int, int] | None = None  # ticket, candidates
        self.disputes: dict[int, Dispute] = {}
        self.carried = 0

    # What it owes

    def held(self) -> int:
        """What the court must hold altogether, base units."""
        seats = sum(seat.reserves for seat in self.seats.values()) * self.parameters.penalty
        return sum(self.free.values()) + seats + self.carried + sum(map(self._fees_held, self.disputes.values()))

    def _fees_held(self, dispute: Dispute) -> int:
        """Fees of rounds that are not settled, and what settled ones have left for the last."""
        if dispute.not_heard:
            return 0
        fees = sum(self.parameters.round_fee(number) for number in range(len(dispute.rounds)))
        if dispute.settled_count:
            # What came in with the settled rounds and did not go out.
            outcomes = settlement(dispute.votes)[: dispute.settled_count]
            fees += sum(len(o.fined) * self.parameters.penalty for o in outcomes)
            fees -= sum((o.pot + o.refund + o.carried) * self.parameters.juror_fee for o in outcomes)
        return fees

    # Where a dispute stands

    def phase(self, dispute: Dispute | None) -> tuple[Phase, int]:
        """The phase and the time at which it ends."""
        if dispute is None:
            return Phase.NONE, 0
        terms = self.parameters
        if dispute.not_heard:
            return Phase.NOT_HEARD, 0
        if dispute.closed:
            return Phase.FINAL, 0
        if dispute.waiting:
            return Phase.WAITING, dispute.since + terms.draw_timeout
        round = dispute.rounds[-1]
        phases = [(Phase.COMMIT, terms.commit_period), (Phase.REVEAL, terms.reveal_period)]
        if len(dispute.rounds) <= LAST_ROUND:
            phases.append((Phase.APPEAL, terms.appeal_period))
        end = dispute.since
        for phase, period in phases:
            end += period
            if phase == Phase.COMMIT and round.committed == len(round.seats):
                continue
            if self.now < end:
                return phase, end
        return Phase.FINAL, 0

    def ruling(self, dispute: Dispute) -> int:
        """As it stands; a dispute in which nobody has revealed is not heard once it is final."""
        now = standing(dispute.votes)
        silent = now.deciding_round is None and self.phase(dispute)[0] == Phase.FINAL
        return NOT_HEARD if dispute.not_heard or silent else now.ruling

    def _in_phase(self, number: int, phase: Phase, reason: str) -> Dispute:
        dispute = self.disputes.get(number)
        must(dispute is not None and self.phase(dispute)[0] == phase, reason)
        assert dispute is not None
        return dispute

    # Ledger

    def deposit(self, account: str, amount: int) -> None:
        self.free[account] += amount

    def withdraw(self, account: str, amount: int) -> None:
        self._debit(account, amount)

    def _debit(self, account: str, amount: int) -> None:
        must(self.free[account] >= amount, "ledger: balance too low")
        self.free[account] -= amount

    # Seats

    def join(self, account: str, count: int, gate_data: bytes = b"") -> int:
        must(0 < count <= MAX_JOIN, "seats: bad number of seats")
        must(self.is_allowed(gate_data), "seats: gate refuses")
        must(len(self.seats) + count <= self.parameters.max_seats, "seats: court is full")
        must(self.seats_of(account) + count <= self.parameters.max_seats_per_holder, "seats: too many for one holder")
        self._debit(account, count * self.parameters.seat_price)
        first = self.opened + 1
        self.opened += count
        for number in range(first, first + count):
            self.seats[number] = Seat(account, self.parameters.load, self.now + self.parameters.join_delay)
        self.shown[account] = gate_data
        self._log("Joined", first_seat=first, holder=account, seats=count, gate_data=gate_data)
        return first

    def renew(self, account: str, gate_data: bytes) -> None:
        must(self.seats_of(account) != 0, "seats: holds none")
        must(self.is_allowed(gate_data), "seats: gate refuses")
        self.shown[account] = gate_data
        self._log("Renewed", holder=account, gate_data=gate_data)

    def ready(self, number: int) -> None:
        seat = self._seat(number)
        must(seat.leaves_at is None, "seats: is leaving")
        must(number not in self.listed, "seats: already listed")
        must(self.now >= seat.ready_from, "seats: too early")
        must(seat.reserved < seat.reserves, "seats: no free reserve")
        self._list(number)

    def leave(self, account: str, number: int) -> None:
        seat = self._seat(number)
        must(seat.holder == account, "seats: not the holder")
        must(self.now >= seat.ready_from or seat.leaves_at is not None, "seats: too early to leave")
        self._log("Left", seat=number, holder=account, leaves_at=self._depart(number))

    def dismiss(self, number: int, gate_data: bytes) -> None:
        seat = self._seat(number)
        must(self.shown[seat.holder] == gate_data, "seats: not the holder's data")
        must(not self.is_allowed(gate_data), "seats: gate still allows")
        self._log("Dismissed", seat=number, holder=seat.holder, leaves_at=self._depart(number))

    def is_allowed(self, gate_data: bytes) -> bool:
        return self.parameters.gate == ZERO_ADDRESS or gate_data == self.password

    def seats_of(self, account: str) -> int:
        return sum(seat.holder == account for seat in self.seats.values())

    def _seat(self, number: int) -> Seat:
        must(number in self.seats, "seats: unknown seat")
        return self.seats[number]

    def _depart(self, number: int) -> int:
        """Returns the time from which the seat is taken out."""
        seat = self.seats[number]
        must(seat.leaves_at is None, "seats: already leaving")
        seat.leaves_at = self.now + self.parameters.leave_delay
        self.departures.append(number)
        return seat.leaves_at

    def _has_departures(self) -> bool:
        """Whether the first of those that left is to be taken out. A seat that was closed since then is, at once."""
        return bool(self.departures) and (
            self.departures[0] not in self.seats or self.is_gone(self.seats[self.departures[0]])
        )

    def is_gone(self, seat: Seat) -> bool:
        return seat.leaves_at is not None and self.now >= seat.leaves_at

    def _take_out(self, number: int) -> None:
        if number in self.listed:
            self._unlist(number)
        self._close_if_done(number)

    def _list(self, number: int) -> None:
        self.listed.append(number)
        self._log("Listed", seat=number)

    def _unlist(self, number: int) -> None:
        """The last of the list takes the place."""
        place = self.listed.index(number)
        self.listed[place] = self.listed[-1]
        self.listed.pop()
        self._log("Unlisted", seat=number)

    def _close_if_done(self, number: int) -> None:
        seat = self.seats.get(number)
        if seat is None or seat.reserved or number in self.listed:
            return
        if self.is_gone(seat) or not seat.reserves:
            del self.seats[number]
            amount = seat.reserves * self.parameters.penalty
            self.free[seat.holder] += amount
            self._log("SeatClosed", seat=number, holder=seat.holder, amount=amount)

    # The queue

    def create_dispute(self, arbitrable: str, choices: int, evidence: bytes, refund_to: str) -> int:
        """The cost is paid by the arbitrable's token balance, which the caller looks after."""
        must(0 < choices <= MAX_CHOICES, "court: bad number of choices")
        number = len(self.disputes) + 1
        self._log(
            "DisputeCreated",
            dispute=number,
            arbitrable=arbitrable,
            evidence=evidence,
            choices=choices,
            refund_to=refund_to,
        )
        self.disputes[number] = Dispute(arbitrable, choices, [Round(refund_to)], self.now)
        self._enter(number)
        return number

    def draw(self) -> int:
        if self.armed is None:
            must(bool(self.queue) or self._has_departures(), "queue: nobody waits")
            must(self._advance(), "queue: too few seats")
            return 0
        ticket, candidates = self.armed
        head = self.queue[0]
        dispute = self.disputes[head]
        drawn = 0
        if not self._is_overdue(dispute):
            seed = self.randomness.seed(ticket, self.block)
            must(seed is not None or self.randomness.is_lost(ticket, self.block), "queue: seed not known yet")
            if seed is not None:
                drawn = head
                number = len(dispute.rounds) - 1
                round = dispute.rounds[-1]
                round.seats = draw_panel(seed, self.address, head, number, self.listed[:candidates])
                round.votes = [None] * len(round.seats)
                for seat in round.seats:
                    self.seats[seat].reserved += 1
                    if self.seats[seat].reserved == self.seats[seat].reserves:
                        self._unlist(seat)
                dispute.waiting = False
                dispute.since = self.now
                self._log("Drawn", dispute=head, round=number, seed=seed, seats=tuple(round.seats))
                self.queue.popleft()
        self.armed = None
        self._advance()
        return drawn

    def drop(self, number: int) -> None:
        dispute = self._in_phase(number, Phase.WAITING, "queue: does not wait")
        must(self._is_overdue(dispute), "queue: too early to drop")
        self._give_up(number)
        if self.queue and self.queue[0] == number:
            self.queue.popleft()
            self.armed = None
            self._advance()

    def _enter(self, number: int) -> None:
        self.queue.append(number)
        if len(self.queue) == 1 and not self._has_departures() and self._has_seats_for(number):
            self._arm()

    def _arm(self) -> None:
        ticket = self.randomness.next_ticket(self.now, self.block)
        self.armed = ticket, len(self.listed)
        self._log("Armed", dispute=self.queue[0], ticket=ticket, candidates=len(self.listed))

    def _advance(self) -> bool:
        changed = self._has_departures()
        for _ in range(MAX_DEPARTURES):
            if self._has_departures():
                self._take_out(self.departures.popleft())
        if self._has_departures():
            return changed
        for _ in range(MAX_STEPS):
            if not self.queue:
                break
            head = self.queue[0]
            dispute = self.disputes[head]
            if not dispute.waiting:
                self.queue.popleft()
            elif self._is_overdue(dispute):
                self._give_up(head)
                self.queue.popleft()
            elif self._has_seats_for(head):
                self._arm()
                return True
            elif len(self.queue) == 1:
                break
            else:
                self._log("Postponed", dispute=head)
                self.queue.rotate(-1)
            changed = True
        return changed

    def _give_up(self, number: int) -> None:
        dispute = self.disputes[number]
        dispute.waiting = False
        round = dispute.rounds[-1]
        fee = self.parameters.round_fee(len(dispute.rounds) - 1)
        self.free[round.payer] += fee
        if len(dispute.rounds) == 1:
            dispute.not_heard = True
            self._log("NotHeard", dispute=number, refund_to=round.payer, fee=fee)
        else:
            dispute.closed = True
            dispute.rounds.pop()
            self._log("AppealDropped", dispute=number, payer=round.payer, round=len(dispute.rounds), fee=fee)

    def _is_overdue(self, dispute: Dispute) -> bool:
        return self.now >= dispute.since + self.parameters.draw_timeout

    def _has_seats_for(self, number: int) -> bool:
        return len(self.listed) >= PANELS[len(self.disputes[number].rounds) - 1]

    # Votes

    def commit_vote(self, account: str, number: int, vote: Vote) -> None:
        dispute = self._in_phase(number, Phase.COMMIT, "votes: not the commit phase")
        round = dispute.rounds[-1]
        must(account not in round.commitments, "votes: already committed")
        positions = self.positions(round, account)
        must(bool(positions), "votes: not a juror of this round")
        round.commitments[account] = vote
        round.committed += len(positions)
        self._log("VoteCommitted", dispute=number, holder=account, commitment=vote)

    def reveal_vote(self, number: int, holder: str, choice: int, salt: int) -> None:
        dispute = self._in_phase(number, Phase.REVEAL, "votes: not the reveal phase")
        must(choice <= dispute.choices, "votes: no such choice")
        round = dispute.rounds[-1]
        opening = Vote(number, len(dispute.rounds) - 1, holder, choice, salt)
        must(round.commitments.get(holder) == opening, "votes: commitment does not open")
        del round.commitments[holder]
        for position in self.positions(round, holder):
            round.votes[position] = choice
        self._log("VoteRevealed", dispute=number, holder=holder, choice=choice)

    def positions(self, round: Round, holder: str) -> list[int]:
        return [p for p, seat in enumerate(round.seats) if self.seats[seat].holder == holder]

    def appeal(self, account: str, number: int) -> None:
        dispute = self._in_phase(number, Phase.APPEAL, "votes: not the appeal phase")
        fee = self.parameters.round_fee(len(dispute.rounds))
        self._debit(account, fee)
        self._log("Appealed", dispute=number, payer=account, round=len(dispute.rounds), fee=fee)
        dispute.rounds.append(Round(account))
        dispute.waiting = True
        dispute.since = self.now
        self._enter(number)

    # The end

    def settle(self, number: int) -> None:
        dispute = self._in_phase(number, Phase.FINAL, "court: not final")
        must(dispute.settled_count < len(dispute.rounds), "court: all rounds are settled")
        outcome = settlement(dispute.votes)[dispute.settled_count]
        fee = self.parameters.juror_fee
        round = dispute.rounds[outcome.round]
        dispute.settled_count += 1
        share = remainder = 0
        if outcome.paid:
            share, remainder = divmod(outcome.pot * fee + self.carried, len(outcome.paid))
            self.carried = 0
        self.carried += outcome.carried * fee
        if outcome.refund:
            self.free[dispute.rounds[outcome.refunded_round].payer] += outcome.refund * fee
        for position, number_of_seat in enumerate(round.seats):
            seat = self.seats[number_of_seat]
            seat.reserved -= 1
            seat.reserves -= position in outcome.fined
            if position in outcome.paid:
                self.free[seat.holder] += share + (remainder if position == outcome.paid[0] else 0)
            # A full one is free again.
            if number_of_seat not in self.listed and seat.reserved < seat.reserves and not self.is_gone(seat):
                self._list(number_of_seat)
            else:
                self._close_if_done(number_of_seat)
        self._log(
            "RoundSettled",
            dispute=number,
            round=outcome.round,
            paid=sum(1 << position for position in outcome.paid),
            fined=sum(1 << position for position in outcome.fined),
            share=share,
            remainder=remainder,
            refund=outcome.refund * fee,
        )

    def execute(self, number: int) -> int:
        """Returns the ruling that the arbitrable is told."""
        dispute = self.disputes.get(number)
        must(self.phase(dispute)[0] in (Phase.FINAL, Phase.NOT_HEARD), "court: no final ruling")
        assert dispute is not None
        must(not dispute.executed, "court: already executed")
        must(dispute.arbitrable not in self.deaf, "arbitrable: will not hear it")
        dispute.executed = True
        ruling = self.ruling(dispute)
        self._log("RulingExecuted", dispute=number, arbitrable=dispute.arbitrable, ruling=ruling)
        return ruling

    def _log(self, name: str, **fields: Any) -> None:
        self.events.append((name, fields))
