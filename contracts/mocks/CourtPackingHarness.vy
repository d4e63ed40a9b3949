# pragma version 0.4.3
"""
@title The packed words of a court, packed and unpacked for tests
@license AGPL-3.0-only
"""

from ..modules.court import packing


@pure
@external
def repack_seat(seat: packing.Seat) -> packing.Seat:
    return packing._unpack_seat(packing._pack_seat(seat))


@pure
@external
def repack_seat_counts(counts: packing.SeatCounts) -> packing.SeatCounts:
    return packing._unpack_seat_counts(packing._pack_seat_counts(counts))


@pure
@external
def repack_queue(queue: packing.Queue) -> packing.Queue:
    return packing._unpack_queue(packing._pack_queue(queue))


@pure
@external
def repack_case(case: packing.Case) -> packing.Case:
    return packing._unpack_case(packing._pack_case(case))


@pure
@external
def with_committed(case: packing.Case, committed: uint256) -> packing.Case:
    return packing._unpack_case(packing._with_committed(packing._pack_case(case), committed))


@pure
@external
def repack_round(payer: address, rest: uint256) -> (address, uint256):
    return packing._unpack_round(packing._pack_round(payer, rest))


@pure
@external
def repack_first_panel(
    payer: address, seats: DynArray[uint256, 3], holders: DynArray[address, 3]
) -> (address, DynArray[uint256, 3]):
    """
    @return The payer of a first round and the seats of its panel, which share a word.
    """
    panel: uint256 = 0
    for i: uint256 in range(len(seats), bound=3):
        panel = packing._with_panelist(panel, i, seats[i], holders[i])
    found_payer: address = empty(address)
    found_payer, panel = packing._unpack_round(packing._pack_round(payer, panel))
    found: DynArray[uint256, 3] = []
    for i: uint256 in range(len(seats), bound=3):
        found.append(packing._panelist(panel, i))
    return found_payer, found


@pure
@external
def repack_panel(seats: DynArray[uint256, 8], holders: DynArray[address, 8]) -> DynArray[uint256, 8]:
    """
    @return The seats of one panel word, as they are found by position.
    """
    word: uint256 = 0
    for i: uint256 in range(len(seats), bound=8):
        word = packing._with_panelist(word, i, seats[i], holders[i])
    found: DynArray[uint256, 8] = []
    for i: uint256 in range(len(seats), bound=8):
        found.append(packing._panelist(word, i))
    return found


@pure
@external
def tagged(holders: DynArray[address, 8], holder: address) -> uint256:
    word: uint256 = 0
    for i: uint256 in range(len(holders), bound=8):
        word = packing._with_panelist(word, i, i + 1, holders[i])
    return packing._tagged(word, holder)


@pure
@external
def votes(choices: DynArray[uint256, 15], positions: uint256, choice: uint256) -> DynArray[uint256, 15]:
    """
    @param choices Votes as `packing._vote` gives them: the choice plus one, or 0 for none.
    @return The same with `choice` at `positions`.
    """
    word: uint256 = 0
    for i: uint256 in range(len(choices), bound=15):
        if choices[i] != 0:
            word = packing._with_votes(word, packing._with_position(0, i), choices[i] - 1)
    word = packing._with_votes(word, positions, choice)
    found: DynArray[uint256, 15] = []
    for i: uint256 in range(len(choices), bound=15):
        found.append(packing._vote(word, i))
    return found


@pure
@external
def count(positions: uint256) -> uint256:
    return packing._count(positions)


@pure
@external
def has_shown(seats: uint256, gate_data_hash: bytes32, other_hash: bytes32) -> (uint256, bool):
    word: uint256 = packing._pack_holder(seats, gate_data_hash)
    return packing._seats_held(word), packing._has_shown(word, other_hash)


@pure
@external
def ids(dispute: uint256, round: uint256, position: uint256, holder: address) -> (uint256, uint256, uint256):
    round_id: uint256 = packing._round_id(dispute, round)
    return round_id, packing._panel_id(round_id, position), packing._vote_id(dispute, round, holder)
