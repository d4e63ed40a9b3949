# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Votes, sealed and then opened, and appeals
@license AGPL-3.0-only
"""

from ...interfaces import ICourt
from .. import ledger
from .. import reasons
from .. import require
from . import cases
from . import queue
from . import seats
from . import settings
from . import packing

uses: cases
uses: ledger
uses: queue
uses: seats
uses: settings

# vote id -> commitment, until it is opened
commitments: HashMap[uint256, bytes32]


@internal
def _commit(holder: address, dispute: uint256, commitment: bytes32):
    word: uint256 = cases.cases[dispute]
    case: packing.Case = packing._unpack_case(word)
    require.that(cases._is_committing(case), reasons.VOTES_NOT_THE_COMMIT_PHASE)
    require.that(commitment != empty(bytes32), reasons.VOTES_EMPTY_COMMITMENT)
    vote_id: uint256 = packing._vote_id(dispute, case.round, holder)
    require.that(self.commitments[vote_id] == empty(bytes32), reasons.VOTES_ALREADY_COMMITTED)

    positions: uint256 = self._positions(dispute, case.round, holder)
    require.that(positions != 0, reasons.VOTES_NOT_A_JUROR_OF_THIS_ROUND)
    self.commitments[vote_id] = commitment
    cases.cases[dispute] = packing._with_committed(word, case.committed + packing._count(positions))
    log ICourt.VoteCommitted(dispute=dispute, holder=holder, commitment=commitment)


@internal
def _reveal(dispute: uint256, holder: address, choice: uint256, salt: bytes32):
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    require.that(cases._is_revealing(case), reasons.VOTES_NOT_THE_REVEAL_PHASE)
    require.that(choice <= case.choices, reasons.VOTES_NO_SUCH_CHOICE)
    vote_id: uint256 = packing._vote_id(dispute, case.round, holder)
    commitment: bytes32 = keccak256(abi_encode(chain.id, self, dispute, case.round, holder, choice, salt))
    require.that(self.commitments[vote_id] == commitment, reasons.VOTES_COMMITMENT_DOES_NOT_OPEN)

    self.commitments[vote_id] = empty(bytes32)
    case.votes = packing._with_votes(case.votes, self._positions(dispute, case.round, holder), choice)
    cases.cases[dispute] = packing._pack_case(case)
    log ICourt.VoteRevealed(dispute=dispute, holder=holder, choice=choice)


@internal
def _appeal(account: address, dispute: uint256):
    case: packing.Case = packing._unpack_case(cases.cases[dispute])
    require.that(cases._is_in(case, ICourt.Phase.APPEAL), reasons.VOTES_NOT_THE_APPEAL_PHASE)

    case.round += 1
    cases.rounds[packing._round_id(dispute, case.round)] = packing._pack_round(account, case.votes)
    case.votes = 0
    case.committed = 0
    fee: uint256 = settings._round_fee(case.round)
    ledger._debit(settings.TOKEN, account, fee)
    log ICourt.Appealed(dispute=dispute, payer=account, round=case.round, fee=fee)
    queue._enter(dispute, case)


@internal
@view
def _positions(dispute: uint256, round: uint256, holder: address) -> uint256:
    """
    @dev One bit for each position of the panel that the holder sits at.
    """
    positions: uint256 = 0
    size: uint256 = packing._panel_size(round)
    position: uint256 = 0
    for _: uint256 in range(packing.PANEL_WORDS):
        panel: uint256 = cases._panel(dispute, round, position)
        tagged: uint256 = packing._tagged(panel, holder)
        for i: uint256 in range(min(size - position, packing.PANEL_WORD), bound=packing.PANEL_WORD):
            if packing._has_position(tagged, i) and seats._holder(packing._panelist(panel, i)) == holder:
                positions = packing._with_position(positions, position + i)
        position += packing.PANEL_WORD
        if position >= size:
            break
    return positions
