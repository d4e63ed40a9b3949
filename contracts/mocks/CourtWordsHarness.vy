# pragma version 0.4.3
"""
@title The packed words of a court, packed and unpacked for tests
@license AGPL-3.0-only
"""

from ..modules.court import words as words


@pure
@external
def repack_seat(seat: words.Seat) -> words.Seat:
    return words._seat(words._seat_word(seat))


@pure
@external
def repack_stand(stand: words.Stand) -> words.Stand:
    return words._stand(words._stand_word(stand))


@pure
@external
def repack_line(line: words.Line) -> words.Line:
    return words._line(words._line_word(line))


@pure
@external
def repack_case(case: words.Case) -> words.Case:
    return words._case(words._case_word(case))


@pure
@external
def with_committed(case: words.Case, committed: uint256) -> words.Case:
    return words._case(words._with_committed(words._case_word(case), committed))


@pure
@external
def repack_panel(seats: DynArray[uint256, 5], holders: DynArray[address, 5]) -> DynArray[uint256, 5]:
    """
    @return The seats of one panel word, as they are found by position.
    """
    word: uint256 = 0
    for i: uint256 in range(len(seats), bound=5):
        word = words._with_panelist(word, i, seats[i], holders[i])
    found: DynArray[uint256, 5] = []
    for i: uint256 in range(len(seats), bound=5):
        found.append(words._panelist(word, i))
    return found


@pure
@external
def tagged(holders: DynArray[address, 5], holder: address) -> uint256:
    word: uint256 = 0
    for i: uint256 in range(len(holders), bound=5):
        word = words._with_panelist(word, i, i + 1, holders[i])
    return words._tagged(word, holder)


@pure
@external
def votes(choices: DynArray[uint256, 15], positions: uint256, choice: uint256) -> DynArray[uint256, 15]:
    """
    @param choices Votes as `words._vote` gives them: the choice plus one, or 0 for none.
    @return The same with `choice` at `positions`.
    """
    word: uint256 = 0
    for i: uint256 in range(len(choices), bound=15):
        if choices[i] != 0:
            word = words._with_votes(word, words._with_position(0, i), choices[i] - 1)
    word = words._with_votes(word, positions, choice)
    found: DynArray[uint256, 15] = []
    for i: uint256 in range(len(choices), bound=15):
        found.append(words._vote(word, i))
    return found


@pure
@external
def count(positions: uint256) -> uint256:
    return words._count(positions)


@pure
@external
def joined_with(seats: uint256, gate_data_hash: bytes32, other_hash: bytes32) -> (uint256, bool):
    word: uint256 = words._holder_word(seats, gate_data_hash)
    return words._seats_held(word), words._joined_with(word, other_hash)


@pure
@external
def ids(dispute: uint256, round: uint256, position: uint256, holder: address) -> (uint256, uint256, uint256):
    round_id: uint256 = words._round_id(dispute, round)
    return round_id, words._panel_id(round_id, position), words._vote_id(dispute, round, holder)
