"""The court: seats, disputes, votes, appeals."""

from collections.abc import Sequence

from .. import errors, events
from .._encoding import codec
from ..signing import commitments
from ..types import NOT_REVEALED, ZERO_ADDRESS, CourtParameters, Dispute, Phase, Queue, Round, Seat
from . import edge, gates
from .asks import Flow
from .core import Context, Transaction, all_events, gather, now, one_event, one_of_events, together, transact, view
from .ledger import require_free
from .logs import read_events

COURT = "Court"
BLOCK_HASHES = "BlockhashRandomness"

MAX_JOIN = 16
# Seats that the last round of a dispute draws.
LARGEST_PANEL = 15


def parameters(context: Context) -> Flow[CourtParameters]:
    """What the court was deployed with."""
    return view(context, CourtParameters, COURT, "parameters")


def gate(context: Context) -> Flow[str]:
    """The gate of the court; the zero address: anyone may sit in it."""
    return (yield from parameters(context)).gate


def arbitration_cost(context: Context) -> Flow[int]:
    """What a dispute costs: three juror fees."""
    return view(context, int, COURT, "arbitration_cost")


def max_duration(context: Context) -> Flow[int]:
    """The longest that a dispute can take, in seconds, if anyone pushes the clocks."""
    return view(context, int, COURT, "max_duration")


def seat_price(context: Context) -> Flow[int]:
    """What a new seat locks: `load * 4 * juror_fee`."""
    return view(context, int, COURT, "seat_price")


def seat_penalty(context: Context) -> Flow[int]:
    """What a seat loses in a round in which it votes against the final ruling or not at all: `4 * juror_fee`."""
    return view(context, int, COURT, "seat_penalty")


def appeal_cost(context: Context, dispute: int) -> Flow[int]:
    """What an appeal against the latest round costs. Raises `LastRound`."""
    return view(context, int, COURT, "appeal_cost", dispute)


def get_seat(context: Context, seat: int) -> Flow[Seat]:
    """All that is stored of a seat. Raises `UnknownSeat`, also of one that was paid out after its holder had left."""
    found = yield from _seat(context, seat)
    if found.holder == ZERO_ADDRESS:
        raise errors.UnknownSeat(f"seat {seat}")
    return found


def held_seats(context: Context, holder: str | None = None) -> Flow[dict[int, Seat]]:
    """The open seats of an account (default: the client's), by their numbers."""
    account = edge.address(holder) if holder is not None else context.actor
    count, held = yield from together(seat_count(context), seats_of(context, account))
    numbers = range(1, count + 1) if held else range(0)
    found = yield from gather([_seat(context, number) for number in numbers])
    return {number: seat for number, seat in zip(numbers, found, strict=True) if seat.holder == account}


def holders(context: Context, seats: Sequence[int]) -> Flow[dict[int, str]]:
    """Who holds each of these seats, or held it before it was closed. Raises `UnknownSeat`."""
    found = yield from gather([_seat(context, number) for number in seats])
    known = {number: seat.holder for number, seat in zip(seats, found, strict=True) if seat.holder != ZERO_ADDRESS}
    if len(known) < len(set(seats)):
        # What a closed seat was is told by the events alone.
        joined = codec.contract(COURT).events["Joined"].topic
        for event in (yield from read_events(context, COURT, (joined,))):
            if isinstance(event, events.Joined):
                opened = range(event.first_seat, event.first_seat + event.seats)
                known |= {number: event.holder for number in seats if number in opened}
    for number in seats:
        if number not in known:
            raise errors.UnknownSeat(f"seat {number}")
    return {number: known[number] for number in seats}


def seat_count(context: Context) -> Flow[int]:
    """How many seats were ever opened; they are numbered from 1."""
    return view(context, int, COURT, "seat_count")


def open_seats(context: Context) -> Flow[int]:
    """How many seats are not closed."""
    return view(context, int, COURT, "open_seats")


def listed_seats(context: Context) -> Flow[int]:
    """How many seats may be drawn."""
    return view(context, int, COURT, "listed_seats")


def seat_at(context: Context, position: int) -> Flow[int]:
    """The seat at a position of the list that jurors are drawn from, counted from 1; 0 elsewhere."""
    return view(context, int, COURT, "seat_at", position)


def seats_of(context: Context, holder: str | None = None) -> Flow[int]:
    """How many open seats an account holds (default: the client's)."""
    return view(context, int, COURT, "seats_of", edge.address(holder) if holder is not None else context.actor)


def dispute_count(context: Context) -> Flow[int]:
    """How many disputes were ever created; they are numbered from 1."""
    return view(context, int, COURT, "dispute_count")


def get(context: Context, dispute: int) -> Flow[Dispute]:
    """All that is stored of a dispute, with the ruling as it stands; an unknown one has the phase NONE."""
    return view(context, Dispute, COURT, "dispute", dispute)


def get_round(context: Context, dispute: int, round: int) -> Flow[Round]:
    """The jurors of a round and their votes, as far as it has come; rounds count from 0."""
    return view(context, Round, COURT, "round", dispute, round)


def ruling(context: Context, dispute: int) -> Flow[int]:
    """The ruling as it stands: 0 to choices, or `NOT_HEARD`."""
    return view(context, int, COURT, "ruling", dispute)


def is_final(context: Context, dispute: int) -> Flow[bool]:
    """Whether the ruling can change no more; so too when the dispute was not heard."""
    return view(context, bool, COURT, "is_final", dispute)


def commitment(context: Context, dispute: int, round: int, holder: str | None = None) -> Flow[bytes]:
    """The sealed vote of an account (default: the client's); 32 zero bytes if there is none, or it was opened."""
    account = edge.address(holder) if holder is not None else context.actor
    return view(context, bytes, COURT, "commitment", dispute, round, account)


def sealed_vote(context: Context, dispute: int, holder: str | None = None) -> Flow[bytes]:
    """The vote that an account (default: the client's) has sealed in the latest round and can still reveal.

    Raises `AlreadyRevealed`, `NoVoteSealed`, `NotAJuror` if none of its seats was drawn, `NotRevealPhase` if nobody's
    was.
    """
    account = edge.address(holder) if holder is not None else context.actor
    found = yield from get(context, dispute)
    sealed = yield from commitment(context, dispute, found.round, account)
    if any(sealed):
        return sealed
    if found.phase in (Phase.NONE, Phase.WAITING):
        raise errors.NotRevealPhase(f"dispute {dispute} is in the phase {found.phase.name.lower()}")
    latest = yield from get_round(context, dispute, found.round)
    seated = yield from holders(context, latest.seats)
    votes = [vote for seat, vote in zip(latest.seats, latest.votes, strict=True) if seated[seat] == account]
    where = f"in round {found.round} of dispute {dispute}"
    if not votes:
        raise errors.NotAJuror(f"{account} {where}")
    if votes[0] == NOT_REVEALED:
        raise errors.NoVoteSealed(f"no vote was sealed {where}")
    raise errors.AlreadyRevealed(f"the vote {where} was revealed before")


def queue(context: Context) -> Flow[Queue]:
    """The disputes that wait for jurors."""
    return view(context, Queue, COURT, "round_queue")


def carried(context: Context) -> Flow[int]:
    """Penalties that wait for the next round that pays anyone, in base units."""
    return view(context, int, COURT, "carried")


def join(context: Context, seats: int = 1, *, gate_data: edge.GateData = b"") -> Flow[Transaction[events.Joined]]:
    """Opens 1 to 16 seats, at `seat_price` each out of the free balance in the court's ledger.

    They can be drawn once somebody has made them `ready`, after the join delay. `gate_data` is what the court's gate
    wants to see: a `SignedCredential`, or bytes. Raises `BadNumberOfSeats`, `GateRefuses`, `CourtFull`, `TooManySeats`,
    `BalanceTooLow`. Warns of a court without a gate, and of one that draws by block hashes.
    """
    edge.between(errors.BadNumberOfSeats, "seats", seats, 1, MAX_JOIN)
    warnings: list[str] = []
    if context.checks:
        terms, held, taken, price = yield from together(
            parameters(context), seats_of(context), open_seats(context), seat_price(context)
        )
        if held + seats > terms.max_seats_per_holder:
            raise errors.TooManySeats("seats held", value=held + seats, bound=f"at most {terms.max_seats_per_holder}")
        if taken + seats > terms.max_seats:
            raise errors.CourtFull("seats in the court", value=taken + seats, bound=f"at most {terms.max_seats}")
        yield from gates.admit(context, errors.GateRefuses, terms.gate, gate_data)
        yield from require_free(context, terms.token, seats * price, "free balance in the court for the seats")
        warnings = _doubts(context, terms)
    data = edge.gate_data(gate_data)
    return transact(context, COURT, "join", seats, data, result=one_event(events.Joined), warnings=warnings)


def renew(context: Context, *, gate_data: edge.GateData) -> Flow[Transaction[events.Renewed]]:
    """Puts what the court's gate wants to see in place of what the account has shown before, for all of its seats.

    Renew a credential here before the old one expires: a seat whose holder the gate allows no more can be dismissed.
    Raises `HoldsNoSeats`, `GateRefuses`.
    """
    if context.checks:
        held, asked = yield from together(seats_of(context), gate(context))
        if not held:
            raise errors.HoldsNoSeats(context.actor)
        yield from gates.admit(context, errors.GateRefuses, asked, gate_data)
    data = edge.gate_data(gate_data)
    return transact(context, COURT, "renew", data, result=one_event(events.Renewed))


def ready(context: Context, seat: int) -> Flow[Transaction[events.Listed]]:
    """Lists a seat, so that it may be drawn, once its join delay is over. Anyone may.

    A seat that was full is listed again by the settlement that frees it. Raises `UnknownSeat`, `SeatIsLeaving`,
    `AlreadyListed`, `TooEarlyToList`, `NoFreeReserve`.
    """
    if context.checks:
        found, time = yield from together(get_seat(context, seat), now())
        if found.leaves_at:
            raise errors.SeatIsLeaving(f"seat {seat} leaves at {edge.show_time(found.leaves_at)}")
        if found.listed:
            raise errors.AlreadyListed(f"seat {seat}")
        _check_join_delay(errors.TooEarlyToList, found, time)
    return transact(context, COURT, "ready", seat, result=one_event(events.Listed))


def leave(context: Context, seat: int) -> Flow[Transaction[events.Left]]:
    """Has a seat leave. The holder's alone. The result's `leaves_at` is the time until which it can still be drawn.

    That is for two whole rounds more, for the appeals in the disputes of today. The first `draw` from then on takes it
    out; it is paid out then, or once the rounds that it sits in are settled.

    Raises `UnknownSeat`, `NotSeatHolder`, `TooEarlyToLeave`, `AlreadyLeaving`.
    """
    if context.checks:
        found, time = yield from together(get_seat(context, seat), now())
        if context.actor != found.holder:
            raise errors.NotSeatHolder("account", value=context.actor, bound=found.holder)
        _check_not_leaving(seat, found)
        _check_join_delay(errors.TooEarlyToLeave, found, time)
    return transact(context, COURT, "leave", seat, result=one_event(events.Left))


def dismiss(context: Context, seat: int, *, gate_data: edge.GateData = b"") -> Flow[Transaction[events.Dismissed]]:
    """Has a seat leave whose holder the gate allows no more, as `leave` does. Anyone may.

    `gate_data` is what the holder has shown last: that of their latest `Joined` or `Renewed` event.

    Raises `UnknownSeat`, `NotHoldersData`, `GateStillAllows`, `AlreadyLeaving`.
    """
    if context.checks:
        found = yield from get_seat(context, seat)
        _check_not_leaving(seat, found)
        asked = yield from gate(context)
        if asked != ZERO_ADDRESS and (yield from gates.is_allowed(context, asked, found.holder, gate_data=gate_data)):
            raise errors.GateStillAllows(f"the holder of seat {seat} is {found.holder}")
    return transact(context, COURT, "dismiss", seat, edge.gate_data(gate_data), result=one_event(events.Dismissed))


def draw(context: Context) -> Flow[Transaction[tuple[events.Event, ...]]]:
    """Pushes the queue: draws the jurors of its head (`Drawn`), or arms a round for which there are seats enough.

    Anyone may. Raises `NobodyWaits`, `TooFewSeats`, `SeedNotKnown`.
    """
    yield from ()  # only the contract can tell whether the queue can be pushed
    return transact(context, COURT, "draw", result=all_events)


def drop(context: Context, dispute: int) -> Flow[Transaction[events.NotHeard | events.AppealDropped]]:
    """Takes a round out of the queue that was not drawn in time; the fee goes back. Anyone may.

    Raises `NotWaiting`, `TooEarlyToDrop`.
    """
    if context.checks:
        found, time = yield from together(get(context, dispute), now())
        if found.phase != Phase.WAITING:
            raise errors.NotWaiting(f"dispute {dispute} is in the phase {found.phase.name.lower()}")
        if time < found.phase_end:
            raise errors.TooEarlyToDrop(f"until {edge.show_time(found.phase_end)}")
    return transact(context, COURT, "drop", dispute, result=one_of_events(events.NotHeard, events.AppealDropped))


def commit_vote(
    context: Context, dispute: int, choice: int, *, salt: bytes, round: int | None = None
) -> Flow[Transaction[events.VoteCommitted]]:
    """Seals the account's vote in the latest round, once, for all its seats in it.

    For a challenge, 1 says "each of these labels is wrong", 2 "not each of them is", 0 "cannot be decided". Keep choice
    and salt (`commitments.new_salt`): a vote that is not revealed costs the penalty. The commitment binds the round;
    without `round`, the latest is looked up.

    Raises `NotCommitPhase`, `NoSuchChoice`, `NotAJuror`, `VoteAlreadyCommitted`.
    """
    if context.checks or round is None:
        found = yield from get(context, dispute)
        round = found.round if round is None else round
    if context.checks:
        _check_phase(errors.NotCommitPhase, dispute, found, Phase.COMMIT)
        edge.between(errors.NoSuchChoice, "choice", choice, 0, found.choices)
        if round != found.round:
            raise errors.NotCommitPhase("round", value=round, bound=found.round)
        sealed = yield from commitment(context, dispute, round)
        if any(sealed):
            raise errors.VoteAlreadyCommitted(f"in round {round} of dispute {dispute}")
    vote = commitments.vote(
        context.deployment.chain_id,
        context.deployment.address(COURT),
        dispute,
        round,
        context.actor,
        choice,
        edge.word("salt", salt),
    )
    return transact(context, COURT, "commit_vote", dispute, vote, result=one_event(events.VoteCommitted))


def reveal_vote(
    context: Context, dispute: int, choice: int, *, salt: bytes, holder: str | None = None
) -> Flow[Transaction[events.VoteRevealed]]:
    """Opens the vote that an account (default: the client's) has sealed in the latest round. Anyone who knows it may.

    Raises `NotRevealPhase`, `NoSuchChoice`, `AlreadyRevealed`, `NoVoteSealed`, `NotAJuror`, `VoteDoesNotOpen`.
    """
    voter = edge.address(holder) if holder is not None else context.actor
    if context.checks:
        found = yield from get(context, dispute)
        _check_phase(errors.NotRevealPhase, dispute, found, Phase.REVEAL)
        edge.between(errors.NoSuchChoice, "choice", choice, 0, found.choices)
        yield from sealed_vote(context, dispute, voter)
    arguments = (dispute, voter, choice, edge.word("salt", salt))
    return transact(context, COURT, "reveal_vote", *arguments, result=one_event(events.VoteRevealed))


def appeal(context: Context, dispute: int) -> Flow[Transaction[events.Appealed]]:
    """Brings the ruling before the next larger panel, for `appeal_cost` out of the free balance in the court's ledger.

    It is paid back in full if the final ruling is another one, and no tie. Raises `NotAppealPhase`, `LastRound`,
    `BalanceTooLow`.
    """
    if context.checks:
        found, terms = yield from together(get(context, dispute), parameters(context))
        _check_phase(errors.NotAppealPhase, dispute, found, Phase.APPEAL)
        cost = yield from appeal_cost(context, dispute)
        yield from require_free(context, terms.token, cost, "free balance in the court for the appeal")
    return transact(context, COURT, "appeal", dispute, result=one_event(events.Appealed))


def execute(context: Context, dispute: int) -> Flow[Transaction[events.RulingExecuted]]:
    """Tells the arbitrable the final ruling, once. Anyone may; if the arbitrable refuses, so does this.

    Raises `NoFinalRuling`, `AlreadyExecuted`.
    """
    if context.checks:
        found = yield from get(context, dispute)
        _check_phase(errors.NoFinalRuling, dispute, found, Phase.FINAL, Phase.NOT_HEARD)
        if found.executed:
            raise errors.AlreadyExecuted(f"dispute {dispute}")
    return transact(context, COURT, "execute", dispute, result=one_event(events.RulingExecuted))


def settle(context: Context, dispute: int) -> Flow[Transaction[events.RoundSettled]]:
    """Settles one round of a final dispute: pays and fines its jurors. Anyone may, once for each round.

    Raises `NotFinal`, `AllRoundsSettled`.
    """
    if context.checks:
        found = yield from get(context, dispute)
        _check_phase(errors.NotFinal, dispute, found, Phase.FINAL)
        if found.settled_count > found.round:
            raise errors.AllRoundsSettled(f"dispute {dispute}")
    return transact(context, COURT, "settle", dispute, result=one_event(events.RoundSettled))


def _seat(context: Context, number: int) -> Flow[Seat]:
    """A seat; one that is closed, or was never opened, has the zero address for a holder."""
    return view(context, Seat, COURT, "seat", number)


def require_jury(context: Context) -> Flow[None]:
    """Refuses a court of which too few seats may be drawn for its largest panel."""
    listed = yield from listed_seats(context)
    if listed < LARGEST_PANEL:
        raise errors.CourtTooSmall("seats that may be drawn", value=listed, bound=f"at least {LARGEST_PANEL}")


def doubts(context: Context) -> Flow[list[str]]:
    """Warnings if anyone may sit in the court, and if block hashes choose its juries."""
    return _doubts(context, (yield from parameters(context)))


def _doubts(context: Context, terms: CourtParameters) -> list[str]:
    court = context.deployment.address(COURT)
    found = []
    if terms.gate == ZERO_ADDRESS:
        found.append(f"the court {court} has no gate: whoever rents a majority of its seats decides its disputes")
    if terms.randomness == context.deployment.contracts.get(BLOCK_HASHES):
        found.append(f"the court {court} draws by block hashes: whoever builds a block can choose the jury that suits")
    return found


def _check_not_leaving(number: int, seat: Seat) -> None:
    if seat.leaves_at:
        raise errors.AlreadyLeaving(f"seat {number} leaves at {edge.show_time(seat.leaves_at)}")


def _check_join_delay(error: type[errors.ContractError], seat: Seat, time: int) -> None:
    if time < seat.ready_from:
        raise error(f"until {edge.show_time(seat.ready_from)}")


def _check_phase(error: type[errors.ContractError], dispute: int, found: Dispute, *phases: Phase) -> None:
    if found.phase not in phases:
        raise error(f"dispute {dispute} is in the phase {found.phase.name.lower()}")


def check_executed(context: Context, arbitrator: str, dispute: int) -> Flow[None]:
    """Refuses to wait for a ruling of the deployment's court that is final, and not told to who has asked for it."""
    if arbitrator != context.deployment.contracts.get(COURT):
        return
    found = yield from get(context, dispute)
    if found.phase in (Phase.FINAL, Phase.NOT_HEARD) and not found.executed:
        raise errors.RulingNotExecuted(f"nobody has executed the ruling of dispute {dispute}", dispute=dispute)
