# pragma version 0.4.3
"""
@title Fights: what challenges and demands have in common
@license AGPL-3.0-only
@dev The fights of a submission share one numbering and are settled in that order, so nobody who files later
     takes an earlier one's prize.
"""

from ...interfaces import ITaskEscrow
from .. import ledger
from .. import losses
from .. import reasons
from .. import require
from . import submissions
from . import tasks
from . import words

uses: ledger
uses: losses
uses: submissions
uses: tasks


# What a settlement pays, base units: the bond, and what the stake advances.
struct Split:
    to_party: uint256
    to_annotator: uint256
    to_defender: uint256
    to_sink: uint256


# fight id -> case word; its picture is in `words`
case_word: HashMap[uint256, uint256]


@internal
def _file(submission: uint256, party: address, labels: uint256, item: uint256) -> uint256:
    """
    @param labels Number of labels challenged; 0 for a demand.
    @param item Item number demanded; 0 for a challenge.
    @return The fight's id.
    """
    filed: uint256 = 0
    settled: uint256 = 0
    filed, settled = words._unpack_fights(submissions.fights_word[submission])
    submissions.fights_word[submission] = words._pack_fights(filed + 1, settled)
    if filed == 0:
        holder: words.Holder = submissions._holder(submission)
        holder.fought = True
        submissions._set_holder(submission, holder)
    fight: uint256 = words._join(submission, filed)
    self._set_case(
        fight,
        words.Case(
            party=party,
            clock=block.timestamp,
            state=ITaskEscrow.FightState.FILED,
            labels=labels,
            ruling=0,
            item=item,
        ),
    )
    return fight


@internal
@view
def _refusal(fight: uint256) -> bytes32:
    """
    @return Why the fight cannot be settled now, if others come first or it is settled; else empty.
    """
    filed: uint256 = 0
    settled: uint256 = 0
    filed, settled = words._unpack_fights(submissions.fights_word[fight >> words.NUMBER_BITS])
    number: uint256 = words._number(fight)
    require.that(number < filed, reasons.FIGHTS_NO_SUCH_FIGHT)
    if number != settled:
        return reasons.FIGHTS_NOT_ITS_TURN
    return empty(bytes32)


@internal
def _end(
    fight: uint256,
    case: words.Case,
    outcome: ITaskEscrow.Outcome,
    proven: uint256,
    split: Split,
    annotator: address,
    defender: address,
):
    """
    @dev Pays, and gives the submission's next fight its turn.
    """
    settled: words.Case = case
    settled.state = ITaskEscrow.FightState.SETTLED
    self._set_case(fight, settled)
    submission: uint256 = fight >> words.NUMBER_BITS
    submissions.fights_word[submission] = words._with_one_more_settled(submissions.fights_word[submission])
    token: address = tasks._token(submission >> words.NUMBER_BITS)
    ledger._credit(token, case.party, split.to_party)
    ledger._credit(token, annotator, split.to_annotator)
    ledger._credit(token, defender, split.to_defender)
    losses._sink(token, split.to_sink)
    log ITaskEscrow.Settled(
        fight=fight,
        outcome=outcome,
        proven=proven,
        to_party=split.to_party,
        to_annotator=split.to_annotator,
        to_defender=split.to_defender,
        to_sink=split.to_sink,
    )


@internal
@view
def _open_case(fight: uint256) -> words.Case:
    """
    @dev A filed case that can still be answered, conceded or defended: a rejection ends all that.
    """
    case: words.Case = self._case(fight)
    require.that(case.state == ITaskEscrow.FightState.FILED, reasons.FIGHTS_NOT_OPEN)
    holder: words.Holder = submissions._published(fight >> words.NUMBER_BITS)
    return case


@internal
@view
def _case(fight: uint256) -> words.Case:
    return words._unpack_case(self.case_word[fight])


@internal
def _set_case(fight: uint256, case: words.Case):
    self.case_word[fight] = words._pack_case(case)


@internal
@view
def _check_items(batch: tasks.Batch, first: uint256, last: uint256):
    """
    @dev Refuses item numbers that are not of the batch.
    """
    require.that(first >= batch.first and last < batch.first + batch.labels, reasons.FIGHTS_ITEM_NOT_IN_THE_BATCH)
