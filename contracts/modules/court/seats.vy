# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Jurors' seats and the list that panels are drawn from
@license AGPL-3.0-only
@dev A seat is worth a number of reserves, each the penalty of one round. A round that the seat sits in holds one reserve
     until it is settled: it never has more reserved than reserves, and a seat with no free reserve is not in the list. Losing a round
     takes both down together, so a listed seat stays able to be drawn until it is drawn; once it is full it is listed
     again by the settlement that frees it.
     A seat that leaves stays for two whole rounds more: else a panel that is known could leave, and the appeal against
     its ruling, or the one after that, find no jurors. While a draw is armed nothing is taken out of the list.
"""

from ...interfaces import ICourt
from ...interfaces import IGate
from .. import ledger
from .. import reasons
from .. import require
from . import settings
from . import packing

uses: ledger
uses: settings

# Seats that one call opens, and departures that one call takes out.
MAX_BATCH: constant(uint256) = 16

# seat -> Seat word
seats: HashMap[uint256, uint256]
# account -> Holder word
holders: HashMap[address, uint256]
# position from 1 -> seat; what stands above the list's length means nothing
list: HashMap[uint256, uint256]
# n from 1 -> the n-th seat that left
departures: HashMap[uint256, uint256]
# Seat counts word, see `packing`
seat_counts: uint256


@internal
def _join(account: address, count: uint256, gate_data: Bytes[1024]) -> uint256:
    require.that(0 < count and count <= MAX_BATCH, reasons.SEATS_BAD_NUMBER_OF_SEATS)
    self._check_allowed(account, gate_data)

    counts: packing.SeatCounts = packing._unpack_seat_counts(self.seat_counts)
    held: uint256 = packing._seats_held(self.holders[account]) + count
    require.that(counts.open + count <= settings.MAX_SEATS, reasons.SEATS_COURT_IS_FULL)
    require.that(held <= settings.MAX_SEATS_PER_HOLDER, reasons.SEATS_TOO_MANY_FOR_ONE_HOLDER)
    # Cannot happen within decades of filling and emptying the whole court.
    assert counts.opened + count <= packing.MAX_SEAT

    first: uint256 = counts.opened + 1
    counts.opened += count
    counts.open += count
    self.seat_counts = packing._pack_seat_counts(counts)
    self.holders[account] = packing._pack_holder(held, keccak256(gate_data))
    word: uint256 = packing._pack_seat(
        packing.Seat(
            holder=account,
            reserves=settings.LOAD,
            reserved=0,
            due_at=block.timestamp + settings.JOIN_DELAY,
            position=0,
            leaving=False,
        )
    )
    for i: uint256 in range(count, bound=MAX_BATCH):
        self.seats[first + i] = word
    ledger._debit(settings.TOKEN, account, count * settings.LOAD * settings._penalty())
    log ICourt.Joined(first_seat=first, holder=account, seats=count, gate_data=gate_data)
    return first


@internal
def _renew(account: address, gate_data: Bytes[1024]):
    held: uint256 = packing._seats_held(self.holders[account])
    require.that(held != 0, reasons.SEATS_HOLDS_NONE)
    self._check_allowed(account, gate_data)
    self.holders[account] = packing._pack_holder(held, keccak256(gate_data))
    log ICourt.Renewed(holder=account, gate_data=gate_data)


@internal
def _ready(seat_id: uint256):
    seat: packing.Seat = packing._unpack_seat(self.seats[seat_id])
    self._check_exists(seat)
    require.that(not seat.leaving, reasons.SEATS_IS_LEAVING)
    require.that(seat.position == 0, reasons.SEATS_ALREADY_LISTED)
    require.that(block.timestamp >= seat.due_at, reasons.SEATS_TOO_EARLY)
    require.that(seat.reserved < seat.reserves, reasons.SEATS_NO_FREE_RESERVE)
    self._list(seat_id, seat)


@internal
def _leave(account: address, seat_id: uint256):
    seat: packing.Seat = packing._unpack_seat(self.seats[seat_id])
    self._check_exists(seat)
    require.that(seat.holder == account, reasons.SEATS_NOT_THE_HOLDER)
    require.that(block.timestamp >= seat.due_at or seat.leaving, reasons.SEATS_TOO_EARLY_TO_LEAVE)
    log ICourt.Left(seat=seat_id, holder=account, leaves_at=self._depart(seat_id, seat))


@internal
def _dismiss(seat_id: uint256, gate_data: Bytes[1024]):
    seat: packing.Seat = packing._unpack_seat(self.seats[seat_id])
    self._check_exists(seat)
    # With other data than the holder's own the gate would refuse anyone; a holder's own may be renewed.
    require.that(packing._has_shown(self.holders[seat.holder], keccak256(gate_data)), reasons.SEATS_NOT_THE_HOLDER_DATA)
    require.that(not self._is_allowed(seat.holder, gate_data), reasons.SEATS_GATE_STILL_ALLOWS)
    log ICourt.Dismissed(seat=seat_id, holder=seat.holder, leaves_at=self._depart(seat_id, seat))


@internal
def _depart(seat_id: uint256, seat: packing.Seat) -> uint256:
    """
    @return The time from which the seat is taken out.
    """
    require.that(not seat.leaving, reasons.SEATS_ALREADY_LEAVING)
    departing: packing.Seat = seat
    departing.leaving = True
    departing.due_at = block.timestamp + settings._leave_delay()
    self.seats[seat_id] = packing._pack_seat(departing)
    counts: packing.SeatCounts = packing._unpack_seat_counts(self.seat_counts)
    counts.left += 1
    self.seat_counts = packing._pack_seat_counts(counts)
    self.departures[counts.left] = seat_id
    return departing.due_at


@internal
def _take_out_departures():
    """
    @dev Some of those that are due. Only while no draw is armed.
    """
    for _: uint256 in range(MAX_BATCH):
        if not self._has_departures():
            break
        counts: packing.SeatCounts = packing._unpack_seat_counts(self.seat_counts)
        counts.taken_out += 1
        self.seat_counts = packing._pack_seat_counts(counts)
        self._take_out(self.departures[counts.taken_out])


@internal
def _take_out(seat_id: uint256):
    """
    @dev Of a leaving seat, which may have been closed since it left.
    """
    seat: packing.Seat = packing._unpack_seat(self.seats[seat_id])
    if seat.position != 0:
        self._unlist(seat_id)
        seat.position = 0
    self._close_if_done(seat_id, seat)


@internal
def _list(seat_id: uint256, seat: packing.Seat):
    counts: packing.SeatCounts = packing._unpack_seat_counts(self.seat_counts)
    counts.listed += 1
    self.seat_counts = packing._pack_seat_counts(counts)
    listed: packing.Seat = seat
    listed.position = counts.listed
    self.list[counts.listed] = seat_id
    self.seats[seat_id] = packing._pack_seat(listed)
    log ICourt.Listed(seat=seat_id)


@internal
def _unlist(seat_id: uint256):
    counts: packing.SeatCounts = packing._unpack_seat_counts(self.seat_counts)
    seat: packing.Seat = packing._unpack_seat(self.seats[seat_id])
    last_id: uint256 = self.list[counts.listed]
    if last_id != seat_id:
        last: packing.Seat = packing._unpack_seat(self.seats[last_id])
        last.position = seat.position
        self.seats[last_id] = packing._pack_seat(last)
        self.list[seat.position] = last_id
    seat.position = 0
    self.seats[seat_id] = packing._pack_seat(seat)
    counts.listed -= 1
    self.seat_counts = packing._pack_seat_counts(counts)
    log ICourt.Unlisted(seat=seat_id)


@internal
def _reserve(seat_id: uint256) -> address:
    """
    @dev Takes a listed seat onto a panel.
    @return Its holder.
    """
    seat: packing.Seat = packing._unpack_seat(self.seats[seat_id])
    seat.reserved += 1
    self.seats[seat_id] = packing._pack_seat(seat)
    if seat.reserved == seat.reserves:
        self._unlist(seat_id)
    return seat.holder


@internal
def _release(seat_id: uint256, fined: bool) -> address:
    """
    @dev Gives back, or takes, what one round has reserved.
    @return The seat's holder.
    """
    seat: packing.Seat = packing._unpack_seat(self.seats[seat_id])
    seat.reserved -= 1
    if fined:
        seat.reserves -= 1
    self.seats[seat_id] = packing._pack_seat(seat)
    # It was listed when it was drawn. If it is not any more, it was full, or has left.
    if seat.position == 0 and seat.reserved < seat.reserves and not self._is_gone(seat):
        self._list(seat_id, seat)
    else:
        self._close_if_done(seat_id, seat)
    return seat.holder


@internal
def _close_if_done(seat_id: uint256, seat: packing.Seat):
    if seat.holder == empty(address) or seat.reserved != 0 or seat.position != 0:
        return
    if seat.reserves != 0 and not self._is_gone(seat):
        return
    self.seats[seat_id] = 0
    # The count stands in the lowest bits.
    self.holders[seat.holder] -= 1
    counts: packing.SeatCounts = packing._unpack_seat_counts(self.seat_counts)
    counts.open -= 1
    self.seat_counts = packing._pack_seat_counts(counts)
    amount: uint256 = seat.reserves * settings._penalty()
    ledger._credit(settings.TOKEN, seat.holder, amount)
    log ICourt.SeatClosed(seat=seat_id, holder=seat.holder, amount=amount)


@internal
@view
def _listed() -> uint256:
    return packing._unpack_seat_counts(self.seat_counts).listed


@internal
@view
def _has_departures() -> bool:
    """
    @return Whether the seat that left first of those that were not taken out yet is due. All stay equally long.
    """
    counts: packing.SeatCounts = packing._unpack_seat_counts(self.seat_counts)
    if counts.taken_out == counts.left:
        return False
    # Of a seat that was closed since it left the word is zero.
    return packing._unpack_seat(self.seats[self.departures[counts.taken_out + 1]]).due_at <= block.timestamp


@internal
@view
def _is_gone(seat: packing.Seat) -> bool:
    return seat.leaving and seat.due_at <= block.timestamp


@internal
@view
def _holder(seat_id: uint256) -> address:
    return packing._holder_of(self.seats[seat_id])


@internal
@view
def _is_allowed(account: address, gate_data: Bytes[1024]) -> bool:
    if settings.GATE == empty(address):
        return True
    return staticcall IGate(settings.GATE).is_allowed(account, 0, gate_data)


@internal
@view
def _check_allowed(account: address, gate_data: Bytes[1024]):
    require.that(self._is_allowed(account, gate_data), reasons.SEATS_GATE_REFUSES)


@internal
@pure
def _check_exists(seat: packing.Seat):
    require.that(seat.holder != empty(address), reasons.SEATS_UNKNOWN_SEAT)
