# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Court: drawn jurors rule, and are paid or fined by their votes
@license AGPL-3.0-only
@notice An arbitrator for any contract that implements `IArbitrable`. Jurors lock seats; a panel of 3 is drawn by lot, votes in
        secret and then openly; an appeal goes to 7 and to 15. Everything is charged and paid in one token;
        one that takes fees on transfer or rebases is unsupported.
@dev Who acts is the caller, or who signed, when the caller is the relay.
@custom:invariant C1. A dispute is final or not heard within `max_duration()`, if anyone pushes the queue.
                  C2. An appeal against a ruling other than the final one is refunded in full, unless that is a tie, and the
                      court holds the free balances, what the seats are worth, the fees of unsettled rounds and what
                      settled rounds have carried on: exactly that, if nobody sent tokens by hand.
                  C3. A seat that leaves when the first round of a dispute was drawn can be drawn for every appeal in it,
                      unless it has no free reserve then.
                  Also: a seat has one reserve reserved for each unsettled round that it sits in, and never more than it has;
                  the list holds each seat at most once, and none without a free reserve.
"""

from ethereum.ercs import IERC20
from .interfaces import IArbitrable
from .interfaces import IArbitrator
from .interfaces import ICourt
from .modules import actor
from .modules import ledger
from .modules import reasons
from .modules import require
from .modules.court import cases
from .modules.court import queue
from .modules.court import seats
from .modules.court import settings
from .modules.court import settlement
from .modules.court import votes
from .modules.court import packing

implements: IArbitrator

# The relay that may speak for others.
initializes: actor
# Free balances: seats and appeals are paid from them, fees and shares are credited to them.
initializes: ledger
initializes: settings
initializes: cases[settings := settings]
initializes: seats[ledger := ledger, settings := settings]
initializes: queue[cases := cases, ledger := ledger, seats := seats, settings := settings]
initializes: votes[cases := cases, ledger := ledger, queue := queue, seats := seats, settings := settings]
initializes: settlement[cases := cases, ledger := ledger, seats := seats, settings := settings]


@deploy
def __init__(relay: address, parameters: ICourt.CourtParameters):
    """
    @param relay The ERC-2771 forwarder to trust; empty for none.
    @param parameters See `ICourt.CourtParameters`; fixed for good.
    """
    actor.__init__(relay)
    settings.__init__(parameters)


# Free balances


@external
def deposit(token: address, amount: uint256, account: address) -> uint256:
    """
    @notice Takes `amount` from the caller by `transferFrom` and credits what arrived to `account`.
    @return What arrived, base units.
    """
    return ledger._deposit(actor._actor(), token, amount, account)


@external
def deposit_with_permit(
    token: address, amount: uint256, account: address, deadline: uint256, v: uint8, r: bytes32, s: bytes32
) -> uint256:
    """
    @notice `deposit` with an allowance signed by the caller (ERC-2612); a permit that was used before is no failure.
    @return What arrived, base units.
    """
    return ledger._deposit_with_permit(actor._actor(), token, amount, account, deadline, v, r, s)


@external
def transfer(token: address, amount: uint256, to: address):
    """
    @notice Moves `amount` of the caller's free balance to `to`, inside the ledger.
    """
    ledger._transfer(actor._actor(), token, amount, to)


@external
def withdraw(token: address, amount: uint256, receiver: address):
    """
    @notice Pays `amount` of the caller's free balance out to `receiver`.
    """
    ledger._withdraw(actor._actor(), token, amount, receiver)


@view
@external
def free(token: address, account: address) -> uint256:
    """
    @notice What an account may use or withdraw of a token, base units.
    """
    return ledger.free[token][account]


@view
@external
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


# Seats


@external
def join(seats_wanted: uint256, gate_data: Bytes[1024]) -> uint256:
    """
    @notice Opens 1 to 16 seats for the caller, at `seat_price()` each from their free balance.
    @param gate_data What the court's gate wants to see, e.g. a credential.
    @return The first seat; the others are numbered on from it.
    """
    return seats._join(actor._actor(), seats_wanted, gate_data)


@external
def renew(gate_data: Bytes[1024]):
    """
    @notice Puts what the gate wants to see, e.g. a renewed credential, in place of what the caller has shown before, for all
            of their seats. They should before the old one expires: whoever the gate allows no more can be dismissed.
    """
    seats._renew(actor._actor(), gate_data)


@external
def ready(seat: uint256):
    """
    @notice Lists a seat, so that it may be drawn. For anyone, once its join delay is over. A seat that was full is listed
            again by the settlement that frees it.
    """
    seats._ready(seat)


@external
def leave(seat: uint256):
    """
    @notice Has the caller's seat leave. It can be drawn for two whole rounds more, for the appeals in disputes of today; then it
            is taken out by `draw`, and paid out once its rounds are settled.
    """
    seats._leave(actor._actor(), seat)


@external
def dismiss(seat: uint256, gate_data: Bytes[1024]):
    """
    @notice Has a seat leave whose holder the gate allows no more. For anyone.
    @param gate_data What the holder has shown last, as the event of it says.
    """
    seats._dismiss(seat, gate_data)


# Disputes


@external
def create_dispute(choices: uint256, evidence: bytes32, refund_to: address) -> uint256:
    """
    @notice Opens a dispute for the caller, who will be told the ruling, and takes `arbitration_cost()` from
            them by `transferFrom`. Never fails for want of jurors.
    @param choices Answers besides 0 ("cannot be decided"): 1 to 254.
    @param evidence The caller's own name of the case.
    @param refund_to Who is credited with the fee if the dispute is not heard.
    @return The dispute.
    """
    account: address = actor._actor()
    require.that(0 < choices and choices <= packing.MAX_CHOICES, reasons.COURT_BAD_NUMBER_OF_CHOICES)
    ledger._check_account(refund_to)

    case: packing.Case = empty(packing.Case)
    case.choices = choices
    dispute: uint256 = 0
    dispute, case.arbitrable = queue._number(account)
    cases.rounds[packing._round_id(dispute, 0)] = packing._pack_round(refund_to, 0)
    log ICourt.DisputeCreated(
        dispute=dispute, arbitrable=account, evidence=evidence, choices=choices, refund_to=refund_to
    )
    queue._enter(dispute, case)

    cost: uint256 = settings._round_fee(0)
    before: uint256 = staticcall IERC20(settings.TOKEN).balanceOf(self)
    require.that(
        extcall IERC20(settings.TOKEN).transferFrom(account, self, cost, default_return_value=True),
        reasons.COURT_TRANSFERFROM_REFUSED,
    )
    require.that(staticcall IERC20(settings.TOKEN).balanceOf(self) == before + cost, reasons.COURT_COST_DID_NOT_ARRIVE)
    return dispute


@external
def draw() -> uint256:
    """
    @notice Pushes the queue of waiting rounds: draws the jurors of its head if that is armed, else brings a round to
            the head for which there are seats enough and arms it. For anyone.
    @return The dispute whose jurors were drawn; 0 if none were.
    """
    return queue._draw()


@external
def drop(dispute: uint256):
    """
    @notice Takes a round out of the queue that was not drawn in time: a first round is not heard, an appeal
            leaves the ruling as it was; the fee goes back. For anyone.
    """
    queue._drop(dispute)


# Votes move no money and call nobody, so they need no lock.


@external
@reentrant
def commit_vote(dispute: uint256, commitment: bytes32):
    """
    @notice Seals the caller's vote in the latest round, once, for all their seats in it.
    @param commitment keccak256(abi.encode(chain id, court, dispute, round, holder, choice, salt)).
    """
    votes._commit(actor._actor(), dispute, commitment)


@external
@reentrant
def reveal_vote(dispute: uint256, holder: address, choice: uint256, salt: bytes32):
    """
    @notice Opens the vote that `holder` sealed. For anyone who knows it.
    @param choice 0..choices.
    """
    votes._reveal(dispute, holder, choice, salt)


@external
def appeal(dispute: uint256):
    """
    @notice Brings a ruling before the next larger panel, for `appeal_cost(dispute)` of the caller's free balance. It is
            paid back if the final ruling is another one, and no tie.
    """
    votes._appeal(actor._actor(), dispute)


@external
def settle(dispute: uint256):
    """
    @notice Settles one round of a final dispute: pays and fines its jurors, and refunds an appeal against it that
            was right. For anyone, once for each round.
    """
    settlement._settle(dispute)


@external
def execute(dispute: uint256):
    """
    @notice Tells the arbitrable the ruling. For anyone, once; if the arbitrable reverts, so does this, and the ruling stands.
    """
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    ruling: uint256 = self._final_ruling(dispute, case)
    require.that(not case.executed, reasons.COURT_ALREADY_EXECUTED)
    case.executed = True
    cases.cases[dispute] = packing._pack_case(case)
    arbitrable: address = cases.arbitrables[case.arbitrable]
    log ICourt.RulingExecuted(dispute=dispute, arbitrable=arbitrable, ruling=ruling)
    extcall IArbitrable(arbitrable).rule(dispute, ruling)


# Views


@view
@external
@reentrant
def token() -> address:
    """
    @notice The token in which everything is charged and paid.
    """
    return settings.TOKEN


@view
@external
@reentrant
def arbitration_cost() -> uint256:
    """
    @notice What `create_dispute` takes: three juror fees.
    """
    return settings._round_fee(0)


@view
@external
@reentrant
def max_duration() -> uint256:
    """
    @notice Seconds from `create_dispute` until the ruling is final at the latest, if anyone pushes the queue.
    """
    return settings._max_duration()


@view
@external
@reentrant
def parameters() -> ICourt.CourtParameters:
    """
    @notice What the court was deployed with.
    """
    return settings._parameters()


@view
@external
@reentrant
def seat_price() -> uint256:
    """
    @notice What a new seat locks, base units.
    """
    return settings.LOAD * settings._penalty()


@view
@external
@reentrant
def seat_penalty() -> uint256:
    """
    @notice What a seat loses in a round, base units.
    """
    return settings._penalty()


@view
@external
def seat(seat: uint256) -> ICourt.Seat:
    """
    @notice A seat; all zero if it was never opened, or is closed.
    """
    found: packing.Seat = packing._unpack_seat(seats.seats[seat])
    return ICourt.Seat(
        holder=found.holder,
        reserves=found.reserves,
        reserved=found.reserved,
        ready_from=0 if found.leaving else found.due_at,
        leaves_at=found.due_at if found.leaving else 0,
        listed=found.position != 0,
    )


@view
@external
def seat_count() -> uint256:
    """
    @notice Seats that were ever opened: the number of the latest.
    """
    return packing._unpack_seat_counts(seats.seat_counts).opened


@view
@external
def open_seats() -> uint256:
    """
    @notice Seats that are not closed.
    """
    return packing._unpack_seat_counts(seats.seat_counts).open


@view
@external
def listed_seats() -> uint256:
    """
    @notice Length of the list that jurors are drawn from.
    """
    return seats._listed()


@view
@external
def seat_at(position: uint256) -> uint256:
    """
    @notice The seat at `position` of the list, 1..listed_seats(); 0 elsewhere.
    """
    return seats.list[position] if position <= seats._listed() else 0


@view
@external
def seats_of(holder: address) -> uint256:
    """
    @notice Number of open seats of `holder`.
    """
    return packing._seats_held(seats.holders[holder])


@view
@external
def round_queue() -> ICourt.Queue:
    """
    @notice The queue of rounds that wait for jurors.
    """
    found: packing.Queue = packing._unpack_queue(queue.queue)
    armed: bool = found.candidates != 0
    return ICourt.Queue(
        head=found.head,
        tail=found.tail,
        armed=armed,
        ticket=found.ticket if armed else 0,
        candidates=found.candidates,
    )


@view
@external
def dispute_count() -> uint256:
    """
    @notice Disputes that were ever created: the number of the latest.
    """
    return packing._unpack_queue(queue.queue).disputes


@view
@external
def dispute(dispute: uint256) -> ICourt.Dispute:
    """
    @notice A dispute; its ruling is the one that stands now.
    """
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    phase: ICourt.Phase = empty(ICourt.Phase)
    phase_end: uint256 = 0
    phase, phase_end = cases._phase(case)
    return ICourt.Dispute(
        arbitrable=cases.arbitrables[case.arbitrable],
        choices=case.choices,
        phase=phase,
        phase_end=phase_end,
        round=case.round,
        ruling=self._ruling(dispute, case),
        executed=case.executed,
        settled_count=case.settled_count,
    )


@view
@external
def round(dispute: uint256, round: uint256) -> ICourt.Round:
    """
    @notice Round 0, 1 or 2 of a dispute: its jurors and their votes, as far as it has come.
    """
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    found: ICourt.Round = empty(ICourt.Round)
    if case.stage == 0 or round > case.round:
        return found
    found.payer = cases._payer(dispute, round)
    revealed: uint256 = cases._votes(dispute, case, round)
    for i: uint256 in range(packing._panel_size(round), bound=packing.MAX_PANEL):
        seat_id: uint256 = packing._panelist(cases._panel(dispute, round, i), i)
        if seat_id == 0:
            return found
        found.seats.append(seat_id)
        vote: uint256 = packing._vote(revealed, i)
        found.votes.append(vote - 1 if vote != 0 else max_value(uint256))
    found.committed = case.committed if round == case.round else 0
    return found


@view
@external
def ruling(dispute: uint256) -> uint256:
    """
    @notice The ruling as it stands: 0..choices, or `max_value(uint256)` for not heard.
    """
    return self._ruling(dispute, packing._unpack_case(cases.cases[dispute]))


@view
@external
def is_final(dispute: uint256) -> bool:
    """
    @notice Whether the ruling can change no more; so too when the dispute was not heard.
    """
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    return cases._is_in(case, ICourt.Phase.FINAL) or case.stage == packing.NOT_HEARD


@view
@external
def appeal_cost(dispute: uint256) -> uint256:
    """
    @notice What an appeal against the latest round costs, base units.
    """
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    require.that(case.round < packing.LAST_ROUND, reasons.COURT_LAST_ROUND)
    return settings._round_fee(case.round + 1)


@view
@external
def commitment(dispute: uint256, round: uint256, holder: address) -> bytes32:
    """
    @notice The sealed vote of `holder`; empty if there is none, or it was opened.
    """
    if dispute >= 2**32 or round > packing.LAST_ROUND:
        return empty(bytes32)
    return votes.commitments[packing._vote_id(dispute, round, holder)]


@view
@external
def carried() -> uint256:
    """
    @notice Penalties that wait for the next round that pays anyone, base units.
    """
    return settlement.carried


@internal
@view
def _ruling(dispute: uint256, case: packing.Case) -> uint256:
    standing: cases.Standing = cases._standing(dispute, case, case.round)
    # Silence is no answer: with a ruling of 0, whoever defends would have their fee from the court and from the arbitrable.
    if case.stage == packing.NOT_HEARD or not standing.heard and cases._is_in(case, ICourt.Phase.FINAL):
        return max_value(uint256)
    return standing.ruling


@internal
@view
def _final_ruling(dispute: uint256, case: packing.Case) -> uint256:
    require.that(
        case.stage == packing.NOT_HEARD or cases._is_in(case, ICourt.Phase.FINAL), reasons.COURT_NO_FINAL_RULING
    )
    return self._ruling(dispute, case)
