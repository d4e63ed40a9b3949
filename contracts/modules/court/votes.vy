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
from . import line
from . import seats
from . import settings
from . import words

uses: cases
uses: ledger
uses: line
uses: seats
uses: settings

# vote id -> commitment, until it is opened
commitments: HashMap[uint256, bytes32]


@internal
def _commit(holder: address, dispute: uint256, commitment: bytes32):
    word: uint256 = cases.cases[dispute]
    case: words.Case = words._case(word)
    require.that(cases._is_committing(case), reasons.VOTES_NOT_THE_COMMIT_PHASE)
    require.that(commitment != empty(bytes32), reasons.VOTES_EMPTY_COMMITMENT)
    vote_id: uint256 = words._vote_id(dispute, case.round, holder)
    require.that(self.commitments[vote_id] == empty(bytes32), reasons.VOTES_ALREADY_COMMITTED)

    positions: uint256 = self._positions(dispute, case.round, holder)
    require.that(positions != 0, reasons.VOTES_NOT_A_JUROR_OF_THIS_ROUND)
    self.commitments[vote_id] = commitment
    cases.cases[dispute] = words._with_committed(word, case.committed + words._count(positions))
    log ICourt.VoteCommitted(dispute=dispute, holder=holder, commitment=commitment)


@internal
def _reveal(dispute: uint256, holder: address, choice: uint256, salt: bytes32):
    case: words.Case = words._case(cases.cases[dispute])
    require.that(cases._is_revealing(case), reasons.VOTES_NOT_THE_REVEAL_PHASE)
    require.that(choice <= case.choices, reasons.VOTES_NO_SUCH_CHOICE)
    vote_id: uint256 = words._vote_id(dispute, case.round, holder)
    commitment: bytes32 = keccak256(abi_encode(chain.id, self, dispute, case.round, holder, choice, salt))
    require.that(self.commitments[vote_id] == commitment, reasons.VOTES_COMMITMENT_DOES_NOT_OPEN)

    self.commitments[vote_id] = empty(bytes32)
    case.votes = words._with_votes(case.votes, self._positions(dispute, case.round, holder), choice)
    cases.cases[dispute] = words._case_word(case)
    log ICourt.VoteRevealed(dispute=dispute, holder=holder, choice=choice)


@internal
def _appeal(account: address, dispute: uint256):
    case: words.Case = words._case(cases.cases[dispute])
    require.that(cases._is_in(case, ICourt.Phase.APPEAL), reasons.VOTES_NOT_THE_APPEAL_PHASE)
    cases.filed_votes[words._round_id(dispute, case.round)] = case.votes

    case.round += 1
    case.votes = 0
    case.committed = 0
    cases.payers[words._round_id(dispute, case.round)] = account
    fee: uint256 = settings._round_fee(case.round)
    ledger._debit(settings.TOKEN, account, fee)
    log ICourt.Appealed(dispute=dispute, payer=account, round=case.round, fee=fee)
    line._enter(dispute, case)


@internal
@view
def _positions(dispute: uint256, round: uint256, holder: address) -> uint256:
    """
    @dev One bit for each position of the panel that the holder sits at.
    """
    positions: uint256 = 0
    size: uint256 = words._panel_size(round)
    position: uint256 = 0
    for _: uint256 in range(words.PANEL_WORDS):
        panel: uint256 = cases._panel(dispute, round, position)
        tagged: uint256 = words._tagged(panel, holder)
        for i: uint256 in range(min(size - position, words.PANEL_WORD), bound=words.PANEL_WORD):
            if words._has_position(tagged, i) and seats._holder(words._panelist(panel, i)) == holder:
                positions = words._with_position(positions, position + i)
        position += words.PANEL_WORD
        if position >= size:
            break
    return positions
