# pragma version 0.4.3
"""
@title The packed words of a Court
@license AGPL-3.0-only
@dev Everything that shifts bits for seats, disputes, votes and the queue stands here. Bit 0 is the lowest. What is packed
     is bounded where it comes from; the bounds stand beside the pictures.

     Seat (one per seat)
       0..159  holder
     160..166  reserves, of four juror fees each: 1..64
     167..173  reserved, for unsettled rounds that it sits in: never above reserves
     174..213  due_at: time from which it may be listed and may leave; of a leaving seat, from which it is taken out
     214..237  position in the list, counted from 1; 0: not listed
     238       leaving

     Holder (one per account)
       0..15   seats held now
      16..255  the upper 240 bits of the hash of the gate data that they have shown last

     Seat counts (one)
       0..27   seats that were ever opened
      28..51   seats open now
      52..75   seats in the list
      76..103  seats that ever left
     104..131  seats of these that were taken out

     Queue (one: rounds that wait for jurors)
       0..31   disputes that were ever created
      32..63   head, a dispute; 0: nobody waits
      64..95   tail, a dispute
      96..159  ticket of the head's draw
     160..183  candidates: length of the list when the head was armed; 0: not armed
     184..215  arbitrables that ever created a dispute: never more than disputes

     Case (one per dispute, with its latest round)
       0..119  votes of that round, 8 bits per position: choice plus one; 0: not revealed
     120..123  seats of that round whose holders have committed
     124..163  since: WAITING: time of entering the queue; VOTING: time of the draw
     164..165  round
     166..168  stage, one of the constants below
     169       ruling delivered to the arbitrable
     170..171  rounds settled
     172..178  fees carried to the round of the final ruling: at most 110
     179..186  choices: 1..254
     187..218  next dispute in the queue
     219..250  number of the arbitrable

     Round (one per round)
       0..159  payer
     160..255  of the first round its whole panel; of an appeal the votes of the round that it attacks, as in a case: 7 at most

     Panel (one per eight positions of an appeal's round), 32 bits per position
       0..27   seat
      28..31   tag: lowest bits of the holder's address, so that a holder is found by reading few seats
"""

# Stages of a case.
WAITING: constant(uint256) = 1
VOTING: constant(uint256) = 2
CLOSED: constant(uint256) = 3  # an appeal was dropped: the ruling stands
NOT_HEARD: constant(uint256) = 4

MAX_PANEL: constant(uint256) = 15
LAST_ROUND: constant(uint256) = 2

# Highest number of seats that can ever be opened.
MAX_SEAT: constant(uint256) = 2**28 - 1
MAX_TICKET: constant(uint256) = 2**64 - 1
MAX_CHOICES: constant(uint256) = 254

# Positions in one panel word, and words of the largest panel.
PANEL_WORD: constant(uint256) = 8
PANEL_WORDS: constant(uint256) = 2
# Highest tag.
MAX_TAG: constant(uint256) = 2**4 - 1


struct Seat:
    holder: address
    reserves: uint256
    reserved: uint256
    due_at: uint256
    position: uint256
    leaving: bool


struct SeatCounts:
    opened: uint256
    open: uint256
    listed: uint256
    left: uint256
    taken_out: uint256


struct Queue:
    disputes: uint256
    head: uint256
    tail: uint256
    ticket: uint256
    candidates: uint256
    arbitrables: uint256


struct Case:
    votes: uint256
    committed: uint256
    since: uint256
    round: uint256
    stage: uint256
    executed: bool
    settled_count: uint256
    carried: uint256
    choices: uint256
    next: uint256
    arbitrable: uint256


@internal
@pure
def _unpack_seat(word: uint256) -> Seat:
    return Seat(
        holder=convert(word & convert(max_value(uint160), uint256), address),
        reserves=(word >> 160) & 127,
        reserved=(word >> 167) & 127,
        due_at=(word >> 174) & (2**40 - 1),
        position=(word >> 214) & (2**24 - 1),
        leaving=(word >> 238) == 1,
    )


@internal
@pure
def _pack_seat(seat: Seat) -> uint256:
    return (
        convert(seat.holder, uint256)
        | (seat.reserves << 160)
        | (seat.reserved << 167)
        | (seat.due_at << 174)
        | (seat.position << 214)
        | (convert(seat.leaving, uint256) << 238)
    )


@internal
@pure
def _holder_of(seat_word: uint256) -> address:
    return convert(seat_word & convert(max_value(uint160), uint256), address)


@internal
@pure
def _pack_holder(seats: uint256, gate_data_hash: bytes32) -> uint256:
    return seats | ((convert(gate_data_hash, uint256) >> 16) << 16)


@internal
@pure
def _seats_held(holder_word: uint256) -> uint256:
    return holder_word & 65535


@internal
@pure
def _has_shown(holder_word: uint256, gate_data_hash: bytes32) -> bool:
    return holder_word >> 16 == convert(gate_data_hash, uint256) >> 16


@internal
@pure
def _unpack_seat_counts(word: uint256) -> SeatCounts:
    return SeatCounts(
        opened=word & MAX_SEAT,
        open=(word >> 28) & (2**24 - 1),
        listed=(word >> 52) & (2**24 - 1),
        left=(word >> 76) & MAX_SEAT,
        taken_out=word >> 104,
    )


@internal
@pure
def _pack_seat_counts(counts: SeatCounts) -> uint256:
    return (
        counts.opened | (counts.open << 28) | (counts.listed << 52) | (counts.left << 76) | (counts.taken_out << 104)
    )


@internal
@pure
def _unpack_queue(word: uint256) -> Queue:
    return Queue(
        disputes=word & (2**32 - 1),
        head=(word >> 32) & (2**32 - 1),
        tail=(word >> 64) & (2**32 - 1),
        ticket=(word >> 96) & MAX_TICKET,
        candidates=(word >> 160) & (2**24 - 1),
        arbitrables=word >> 184,
    )


@internal
@pure
def _pack_queue(queue: Queue) -> uint256:
    return (
        queue.disputes
        | (queue.head << 32)
        | (queue.tail << 64)
        | (queue.ticket << 96)
        | (queue.candidates << 160)
        | (queue.arbitrables << 184)
    )


@internal
@pure
def _unpack_case(word: uint256) -> Case:
    return Case(
        votes=word & (2**120 - 1),
        committed=(word >> 120) & 15,
        since=(word >> 124) & (2**40 - 1),
        round=(word >> 164) & 3,
        stage=(word >> 166) & 7,
        executed=(word >> 169) & 1 == 1,
        settled_count=(word >> 170) & 3,
        carried=(word >> 172) & 127,
        choices=(word >> 179) & 255,
        next=(word >> 187) & (2**32 - 1),
        arbitrable=word >> 219,
    )


@internal
@pure
def _pack_case(case: Case) -> uint256:
    return (
        case.votes
        | (case.committed << 120)
        | (case.since << 124)
        | (case.round << 164)
        | (case.stage << 166)
        | (convert(case.executed, uint256) << 169)
        | (case.settled_count << 170)
        | (case.carried << 172)
        | (case.choices << 179)
        | (case.next << 187)
        | (case.arbitrable << 219)
    )


@internal
@pure
def _with_committed(case_word: uint256, committed: uint256) -> uint256:
    return (case_word & ~(15 << 120)) | (committed << 120)


@internal
@pure
def _panel_size(round: uint256) -> uint256:
    """
    @dev 3, 7, 15.
    """
    return (4 << round) - 1


@internal
@pure
def _round_id(dispute: uint256, round: uint256) -> uint256:
    return (dispute << 2) | round


@internal
@pure
def _vote_id(dispute: uint256, round: uint256, holder: address) -> uint256:
    """
    @dev Key of a holder's commitment: one that costs a single hash.
    """
    return (self._round_id(dispute, round) << 160) | convert(holder, uint256)


@internal
@pure
def _pack_round(payer: address, rest: uint256) -> uint256:
    """
    @param rest The first round's panel, or the votes that an appeal attacks.
    """
    return convert(payer, uint256) | rest << 160


@internal
@pure
def _unpack_round(word: uint256) -> (address, uint256):
    return convert(word & convert(max_value(uint160), uint256), address), word >> 160


@internal
@pure
def _panel_id(round_id: uint256, position: uint256) -> uint256:
    """
    @dev Key of the word that holds `position`.
    """
    return (round_id << 2) | (position // PANEL_WORD)


@internal
@pure
def _begins_word(position: uint256) -> bool:
    return position % PANEL_WORD == 0


@internal
@pure
def _fills_word(position: uint256) -> bool:
    return position % PANEL_WORD == PANEL_WORD - 1


@internal
@pure
def _tag(holder: address) -> uint256:
    return convert(holder, uint256) & MAX_TAG


@internal
@pure
def _with_panelist(panel: uint256, position: uint256, seat: uint256, holder: address) -> uint256:
    return panel | ((seat | (self._tag(holder) << 28)) << (32 * (position % PANEL_WORD)))


@internal
@pure
def _panelist(panel: uint256, position: uint256) -> uint256:
    """
    @return The seat at `position`, which must be one of this word's; 0: none.
    """
    return (panel >> (32 * (position % PANEL_WORD))) & MAX_SEAT


@internal
@pure
def _tagged(panel: uint256, holder: address) -> uint256:
    """
    @return One bit for each place of this word that bears the tag of `holder`, counted from its first.
    """
    places: uint256 = 0
    tag: uint256 = self._tag(holder)
    rest: uint256 = panel
    place: uint256 = 1
    for _: uint256 in range(PANEL_WORD):
        # No seat is numbered 0.
        if rest == 0:
            break
        if (rest >> 28) & MAX_TAG == tag:
            places |= place
        rest >>= 32
        place <<= 1
    return places


@internal
@pure
def _with_votes(votes: uint256, positions: uint256, choice: uint256) -> uint256:
    """
    @dev `choice` at each of `positions`, where no vote was.
    """
    voted: uint256 = votes
    vote: uint256 = choice + 1
    rest: uint256 = positions
    for _: uint256 in range(MAX_PANEL):
        if rest == 0:
            break
        if rest & 1 == 1:
            voted |= vote
        rest >>= 1
        vote <<= 8
    return voted


@internal
@pure
def _vote(votes: uint256, position: uint256) -> uint256:
    """
    @return The choice plus one; 0: not revealed.
    """
    return (votes >> (8 * position)) & 255


@internal
@pure
def _with_position(positions: uint256, position: uint256) -> uint256:
    return positions | (1 << position)


@internal
@pure
def _has_position(positions: uint256, position: uint256) -> bool:
    return (positions >> position) & 1 == 1


@internal
@pure
def _count(positions: uint256) -> uint256:
    """
    @dev Number of positions, one bit each.
    """
    count: uint256 = 0
    rest: uint256 = positions
    for _: uint256 in range(MAX_PANEL):
        if rest == 0:
            break
        # Clears the lowest bit.
        rest &= rest - 1
        count += 1
    return count
