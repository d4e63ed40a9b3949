# pragma version 0.4.3
"""
@title Cases: where a dispute stands and what its ruling is
@license AGPL-3.0-only
@dev The latest round lives in the case's own word, so that commits and reveals touch one word; an
     appeal files its votes away beside who pays for it.
"""

from ...interfaces import ICourt
from . import settings
from . import packing

uses: settings

# Outcome of the votes up to some round.
struct Standing:
    ruling: uint256
    heard: bool  # anybody revealed in any of the rounds
    tied: bool  # the ruling is 0 for want of a plurality
    deciding_round: uint256  # round whose votes made the ruling, if heard


# dispute -> Case word
cases: HashMap[uint256, uint256]
# number from 1 -> who is told rulings; whoever creates many disputes pays for the address once
arbitrables: HashMap[uint256, address]
# arbitrable -> its number
arbitrable_numbers: HashMap[address, uint256]
# round id -> Round word: who paid for it, or is to be paid back in their stead
rounds: HashMap[uint256, uint256]
# panel id -> Panel word, of appeals
panels: HashMap[uint256, uint256]


@internal
@view
def _phase(case: packing.Case) -> (ICourt.Phase, uint256):
    """
    @return The phase and the time at which it ends by itself; 0 for one that does not.
    """
    if case.stage == packing.WAITING:
        return ICourt.Phase.WAITING, case.since + settings.DRAW_TIMEOUT
    if case.stage == packing.VOTING:
        if self._is_committing(case):
            return ICourt.Phase.COMMIT, case.since + settings.COMMIT_PERIOD
        reveal_end: uint256 = case.since + settings.COMMIT_PERIOD + settings.REVEAL_PERIOD
        if self._is_revealing(case):
            return ICourt.Phase.REVEAL, reveal_end
        appeal_end: uint256 = reveal_end + settings.APPEAL_PERIOD
        if case.round != packing.LAST_ROUND and block.timestamp < appeal_end:
            return ICourt.Phase.APPEAL, appeal_end
        return ICourt.Phase.FINAL, 0
    if case.stage == packing.CLOSED:
        return ICourt.Phase.FINAL, 0
    if case.stage == packing.NOT_HEARD:
        return ICourt.Phase.NOT_HEARD, 0
    return empty(ICourt.Phase), 0


@internal
@view
def _is_committing(case: packing.Case) -> bool:
    return (
        case.stage == packing.VOTING
        and block.timestamp < case.since + settings.COMMIT_PERIOD
        and case.committed < packing._panel_size(case.round)
    )


@internal
@view
def _is_revealing(case: packing.Case) -> bool:
    """
    @dev Early, once all have committed; the end does not move.
    """
    return (
        case.stage == packing.VOTING
        and not self._is_committing(case)
        and block.timestamp < case.since + settings.COMMIT_PERIOD + settings.REVEAL_PERIOD
    )


@internal
@view
def _is_in(case: packing.Case, phase: ICourt.Phase) -> bool:
    current: ICourt.Phase = empty(ICourt.Phase)
    end: uint256 = 0
    current, end = self._phase(case)
    return current == phase


@internal
@view
def _votes(dispute: uint256, case: packing.Case, round: uint256) -> uint256:
    if round == case.round:
        return case.votes
    return packing._unpack_round(self.rounds[packing._round_id(dispute, round + 1)])[1]


@internal
@view
def _payer(dispute: uint256, round: uint256) -> address:
    return packing._unpack_round(self.rounds[packing._round_id(dispute, round)])[0]


@internal
@view
def _panel(dispute: uint256, round: uint256, position: uint256) -> uint256:
    """
    @return The word in which `position` stands.
    """
    round_id: uint256 = packing._round_id(dispute, round)
    if round == 0:
        return packing._unpack_round(self.rounds[round_id])[1]
    return self.panels[packing._panel_id(round_id, position)]


@internal
@view
def _standing(dispute: uint256, case: packing.Case, last: uint256) -> Standing:
    """
    @dev After the rounds 0..last. A round in which nobody revealed changes nothing.
    """
    for back: uint256 in range(last + 1, bound=packing.LAST_ROUND + 1):
        round: uint256 = last - back
        votes: uint256 = self._votes(dispute, case, round)
        if votes != 0:
            standing: Standing = self._tally(votes, packing._panel_size(round))
            standing.deciding_round = round
            return standing
    return empty(Standing)


@internal
@pure
def _tally(votes: uint256, size: uint256) -> Standing:
    """
    @dev Plurality of the revealed votes; a tie is 0.
    """
    best: uint256 = 0
    winner: uint256 = 0
    tied: bool = False
    for i: uint256 in range(size, bound=packing.MAX_PANEL):
        vote: uint256 = packing._vote(votes, i)
        if vote == 0 or vote == winner:
            continue
        count: uint256 = 0
        for j: uint256 in range(size, bound=packing.MAX_PANEL):
            if packing._vote(votes, j) == vote:
                count += 1
        if count > best:
            best = count
            winner = vote
            tied = False
        elif count == best:
            tied = True
    return Standing(ruling=0 if tied else winner - 1, heard=True, tied=tied, deciding_round=0)
